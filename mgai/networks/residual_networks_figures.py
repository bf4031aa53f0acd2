"""The figures of the page ``chapters/4-networks/residual-networks``, and what they show in words."""

from __future__ import annotations

import torch
from jaxtyping import Float, Int
from matplotlib.figure import Figure
from torch import Tensor

from mgai import figures
from mgai.networks.residual_networks import N_ARMS, growth_factor
from mgai.networks.residual_networks_experiments import DEPTHS, KINDS, VARIANCES, coefficients

_QUARTILES = (0.25, 0.5, 0.75)


@figures.style()
def gradient_figure(squares: dict[str, Float[Tensor, "layers networks"]]) -> Figure:
    """Lengths of gradients in each state: medians and quartiles of the networks, and the root mean square in theory."""
    drawn = figures.figure(7.0, 3.8)
    axes = drawn.add_subplot(xlabel="block k", ylabel="gradient in $x_k$, over that in $x_L$", yscale="log")
    for style, kind in enumerate(KINDS):
        depth = len(squares[kind]) - 1
        low, middle, high = squares[kind].sqrt().quantile(torch.tensor(_QUARTILES).to(squares[kind]), dim=1)
        line = {"color": figures.COLOURS[style], "linestyle": figures.DASHES[style]}
        axes.plot(range(depth + 1), middle, label=kind, marker=figures.MARKERS[style], markevery=4, **line)
        axes.fill_between(range(depth + 1), low.clamp_min(1e-9), high, color=figures.COLOURS[style], alpha=0.2)
        axes.plot(range(depth + 1), rms_in_theory(kind, depth), color="black", linewidth=0.9, linestyle=":",
                  label=None if style else "root mean square, exact")  # fmt: skip
    axes.legend(fontsize=9)
    return drawn


def rms_in_theory(kind: str, depth: int) -> Float[Tensor, " layers"]:
    """Root mean squares of the gradient in the states 0..depth.

    >>> rms_in_theory("residual", 2)
    tensor([2.0000, 1.4142, 1.0000], dtype=torch.float64)
    """
    factor = growth_factor(VARIANCES, *coefficients(kind, depth))
    return factor ** (torch.arange(depth, -1, -1, dtype=torch.float64) / 2)


def gradient_alt(squares: dict[str, Float[Tensor, "layers networks"]]) -> str:
    """What :func:`gradient_figure` shows: the medians in the input, and the exact root mean squares."""
    rows = "; ".join(
        f"{kind}: median {float(each[0].sqrt().median()):.2g}, "
        f"root mean square {float(rms_in_theory(kind, len(each) - 1)[0]):.3g}"
        for kind, each in squares.items()
    )  # fmt: skip
    return f"Gradients through {len(squares[KINDS[0]]) - 1} blocks, in the input over the output. {rows}."


@figures.style()
def spirals_figure(
    before: Float[Tensor, "points 2"], after: Float[Tensor, "points 2"], arms: Int[Tensor, " points"], n_blocks: int
) -> Figure:
    """The arms of the spirals, and what the blocks make of them."""
    drawn = figures.figure(7.0, 3.4)
    for place, (x, title) in enumerate(((before, "spirals"), (after, f"after {n_blocks} blocks")), start=1):
        axes = drawn.add_subplot(1, 2, place, xlabel="$x_1$", ylabel="$x_2$", aspect="equal", title=title)
        for arm in range(N_ARMS):
            axes.plot(*x[arms == arm].T, linestyle="none", marker=figures.MARKERS[arm], markersize=3,
                      color=figures.COLOURS[arm], label=f"class {arm}")  # fmt: skip
        if place == 2:
            axes.legend(fontsize=8)
    return drawn


def spirals_alt(found: Int[Tensor, " points"], arms: Int[Tensor, " points"], n_blocks: int) -> str:
    """What :func:`spirals_figure` shows: how many points three linear functions then get right."""
    right = int((found == arms).sum())
    return (f"Left, three spiral arms wound into each other. Right, after {n_blocks} blocks, three straight fans: "
            f"linear functions get {right} of {len(arms)} points right.")  # fmt: skip


@figures.style()
def accuracy_figure(found: dict[int, dict[str, Float[Tensor, "networks two"]]]) -> Figure:
    """Accuracy on fresh points against depth: medians, and all networks as small marks."""
    drawn = figures.figure(6.0, 3.4)
    axes = drawn.add_subplot(xlabel="depth (blocks)", ylabel="accuracy on fresh points", ylim=(0, 1.05))
    for style, kind in enumerate(KINDS):
        line = {"color": figures.COLOURS[style], "marker": figures.MARKERS[style]}
        places = torch.arange(len(DEPTHS)) + 0.12 * (style - 1)
        fresh = [found[depth][kind][:, 1] for depth in DEPTHS]
        axes.plot(places, [float(each.median()) for each in fresh], linestyle=figures.DASHES[style], label=kind, **line)
        for place, each in zip(places.tolist(), fresh, strict=True):
            axes.plot([place] * len(each), each, linestyle="none", markersize=3, alpha=0.5, **line)
    axes.axhline(1 / N_ARMS, color="black", linestyle=":", linewidth=1, label="chance")
    axes.set_xticks(range(len(DEPTHS)), [str(depth) for depth in DEPTHS])
    axes.legend(fontsize=9, loc="lower left")
    return drawn


def accuracy_alt(found: dict[int, dict[str, Float[Tensor, "networks two"]]]) -> str:
    """What :func:`accuracy_figure` shows: all medians."""
    rows = "; ".join(
        f"{kind}: " + ", ".join(f"{float(found[depth][kind][:, 1].median()):.0%}" for depth in DEPTHS)
        for kind in KINDS
    )  # fmt: skip
    return f"Median accuracy on fresh points at {', '.join(map(str, DEPTHS))} blocks. {rows}."
