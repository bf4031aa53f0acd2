"""The figures of the page ``chapters/1-linear-algebra/positive-semidefinite``."""

from __future__ import annotations

import torch
from matplotlib.figure import Figure

from mgai import figures
from mgai.linear_algebra.minors import wrong_verdicts
from mgai.linear_algebra.positive_semidefinite import definiteness


@figures.style()
def level_sets_figure(curvatures: tuple[float, ...] = (1.0, 0.25, 0.0, -0.25)) -> Figure:
    r"""The sets :math:`x_1^2+c\,x_2^2=1` of at most six curvatures :math:`c`: ellipse, lines, hyperbola."""
    if len(curvatures) > len(figures.DASHES):
        raise ValueError(f"curvatures: there are only {len(figures.DASHES)} kinds of line, not {len(curvatures)}")
    drawn = figures.figure(6.4, 4.6)
    axes = drawn.add_subplot(aspect="equal", xlabel="$x_1$", ylabel="$x_2$")
    height = torch.linspace(-2.5, 2.5, 501, dtype=torch.float64)
    for c, dash, colour in zip(curvatures, figures.DASHES, figures.COLOURS, strict=False):
        half = height if c <= 0 else height / 2.5 / c**0.5  # a closed curve ends where its width is zero
        width = (1 - c * half.square()).clamp(min=0).sqrt()
        kind = definiteness(torch.diag(torch.tensor([1.0, c], dtype=torch.float64)))
        for side, label in ((1, f"c = {c:g}, {kind}"), (-1, None)):
            axes.plot(side * width, half, linestyle=dash, color=colour, linewidth=2, label=label)
    axes.set_xlim(-3.4, 3.4)
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.15), ncols=2, fontsize=9)
    return drawn


@figures.style()
def wrong_verdicts_figure(n: int = 3, bound: int = 2) -> Figure:
    """How many small integer matrices each test of semidefiniteness accepts or rejects wrongly."""
    verdicts = wrong_verdicts(n, bound)
    drawn = figures.figure(7.0, 3.6)
    axes = drawn.add_subplot(xlabel=f"matrices judged wrongly (of {(2 * bound + 1) ** (n * (n + 1) // 2)})")
    rows = range(len(verdicts))
    accepted, rejected = zip(*verdicts.values(), strict=True)
    axes.barh(rows, accepted, color=figures.COLOURS[0], label="accepted wrongly")
    axes.barh(rows, rejected, left=accepted, color=figures.COLOURS[5], hatch="//", label="rejected wrongly")
    for row, both in zip(rows, zip(accepted, rejected, strict=True), strict=True):
        axes.annotate(f"{sum(both)}", (sum(both), row), (4, 0), textcoords="offset points", va="center", fontsize=10)
    axes.set_yticks(rows, list(verdicts))
    axes.invert_yaxis()
    axes.set_axisbelow(True)
    axes.grid(visible=False, axis="y")
    axes.set_xlim(0, 1.1 * max(1, *map(sum, verdicts.values())))  # room for the numbers
    axes.legend(loc="lower right", fontsize=9)
    return drawn
