"""The figures of the page ``chapters/2-calculus/forward-and-reverse-mode``: cost and memory of the two modes."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Float
from matplotlib.figure import Figure
from torch import Tensor

from mgai import figures


@figures.style()
def cost_figure(
    shapes: Sequence[tuple[int, int]], counted: Sequence[float], timed: Float[Tensor, "shapes repeats"]
) -> Figure:
    """Forward mode's cost over reverse mode's against d/m: counted operations, seconds, and the theory.

    shapes: pairs (d, m); counted: one ratio a pair; timed: ratios of seconds, drawn as medians with their quartiles.
    """
    if not len(shapes) == len(counted) == len(timed):
        raise ValueError("counted and timed must have one entry for each of shapes")
    ratios = [d / m for d, m in shapes]
    theory = [(1 + d) / (1 + m) for d, m in shapes]
    low, middle, high = timed.cpu().quantile(torch.tensor([0.25, 0.5, 0.75], dtype=timed.dtype), dim=1)
    drawn = figures.figure(6.0, 4.4)
    axes = drawn.add_subplot(
        xscale="log", yscale="log", xlabel="inputs over outputs, d / m", ylabel="cost of forward over reverse mode"
    )
    axes.plot(ratios, theory, color="black", linewidth=1.2, label="theory, (1+d)/(1+m)")
    axes.plot(ratios, counted, "o", color=figures.COLOURS[0], markersize=8, label="operations, counted")
    spread = torch.stack([middle - low, high - middle])
    bars = {"fmt": "s", "color": figures.COLOURS[1], "markerfacecolor": "none", "markersize": 8, "capsize": 4}
    axes.errorbar(ratios, middle, yerr=spread, label="seconds, median and quartiles", **bars)
    axes.axhline(1, color="black", linewidth=0.8, linestyle=":")
    axes.legend(loc="upper left", fontsize=10)
    return drawn


@figures.style()
def memory_figure(depths: Sequence[int], peaks: dict[str, Sequence[int]], width: int) -> Figure:
    """The most numbers alive at once against the number of hidden layers, for each mode, in units of the width."""
    drawn = figures.figure(6.0, 4.2)
    axes = drawn.add_subplot(
        xscale="log", yscale="log", xlabel="hidden layers", ylabel="largest memory / numbers in a layer"
    )
    kinds = zip(peaks.items(), figures.MARKERS, figures.DASHES, strict=False)
    for (label, numbers), marker, dash in kinds:
        axes.plot(depths, [each / width for each in numbers], marker=marker, linestyle=dash, label=label)
    axes.legend(loc="upper left", fontsize=10)
    return drawn
