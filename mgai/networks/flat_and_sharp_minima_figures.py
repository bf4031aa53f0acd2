"""The figures of the page ``chapters/4-networks/flat-and-sharp-minima``, and what they show in words."""

from __future__ import annotations

import torch
from jaxtyping import Float
from matplotlib.figure import Figure
from torch import Tensor

from mgai import figures, settings
from mgai.networks import flat_and_sharp_minima as sharp
from mgai.networks.step_size_selection import N_STARTS, STEPS

#: Factors by which every unit of the balanced network is rescaled in the figure of the valleys.
FACTORS = (1.0, 4.0, 16.0)


def valleys() -> tuple[list[sharp.ReluNetwork], Float[Tensor, "n 2"], Float[Tensor, " n"]]:
    """The network that fits, balanced, then rescaled by each of the factors; and its samples."""
    network, x, y = sharp.example()
    balanced = sharp.balanced(network, x)
    return [sharp.rescaled(balanced, factor) for factor in FACTORS], x, y


@figures.style()
def valley_figure(networks: list[sharp.ReluNetwork], x: Tensor, y: Tensor) -> Figure:
    """Left the functions of the rescaled networks; right their losses along one and the same direction."""
    drawn = figures.figure(7.0, 3.4)
    left = drawn.add_subplot(1, 2, 1, xlabel="input x", ylabel="output f(x)", title="the functions")
    right = drawn.add_subplot(1, 2, 2, xlabel="step along the direction", ylabel="loss", title="their valleys")
    grid = torch.linspace(-1.2, 1.2, 121, dtype=y.dtype)
    steps = torch.linspace(-0.3, 0.3, 240, dtype=y.dtype)
    direction = _direction(networks[0])
    for style, (factor, network) in enumerate(zip(FACTORS, networks, strict=True)):
        line = {"color": figures.COLOURS[style], "linestyle": figures.DASHES[style], "linewidth": 3.5 - style,
                "label": f"factor {factor:g}"}  # fmt: skip
        left.plot(grid, sharp.outputs(network, sharp.with_ones(grid[:, None])), **line)
        right.plot(steps, _slice(network, direction, steps, x, y), **line)
    left.plot(x[:, 0], y, linestyle="none", marker="o", color="black", markersize=4, label="samples")
    top = _slice(networks[1], direction, steps, x, y)[[0, -1]].max()  # the steepest valley leaves the picture
    right.set_ylim(-0.02 * float(top), float(top))
    left.legend(fontsize=8)  # for both: lines of one network look alike
    return drawn


def valley_alt(networks: list[sharp.ReluNetwork], x: Tensor) -> str:
    """What :func:`valley_figure` shows: one function, and the curvatures of its valleys."""
    rows = ", ".join(
        f"{float(sharp.sharpness(network, x)):.3g} at factor {factor:g}"
        for factor, network in zip(FACTORS, networks, strict=True)
    )
    return f"Left, three equal functions through {len(x)} samples. Right, ever narrower valleys: sharpness {rows}."


@figures.style()
def ends_figure(found: dict[float, tuple[Tensor, Tensor]]) -> Figure:
    """The curvature of the minimum reached, against that of the minimum in which gradient flow ends."""
    drawn = figures.figure(6.6, 3.8)
    axes = drawn.add_subplot(xlabel="bound 2/η", ylabel="curvature $u^2+v^2$ at the end")
    for step, pair in found.items():
        for side, ends in enumerate(pair):
            places = 2 / step + 0.4 * side - 0.2 + torch.linspace(-0.12, 0.12, len(ends))
            label = ("descent", "gradient flow")[side] if step == STEPS[0] else None
            axes.plot(places, ends, linestyle="none", marker=figures.MARKERS[side], markersize=2.5, alpha=0.6,
                      color=figures.COLOURS[side], label=label)  # fmt: skip
    bounds = torch.tensor([2 / step for step in found])
    axes.hlines(bounds, bounds - 0.4, bounds + 0.4, color="black", linewidth=1, label="2/η")
    axes.axhline(2, color="black", linewidth=1, linestyle=":", label="least, 2|c|")
    axes.legend(fontsize=8, loc="upper left")
    return drawn


def ends_alt(found: dict[float, tuple[Tensor, Tensor]]) -> str:
    """What :func:`ends_figure` shows: for each step the largest curvatures, and how many runs converge."""
    rows = "; ".join(
        f"bound {2 / step:.3g}: {len(ends)} of {N_STARTS} runs converge, to at most {float(ends.max()):.3g} "
        f"(flow {float(flow.max()):.3g})"
        for step, (ends, flow) in found.items()
    )
    return f"Curvature at the end of gradient descent, never above its line 2/η. {rows}."


def _direction(network: sharp.ReluNetwork) -> sharp.ReluNetwork:
    rng = settings.generator("sharpness/direction")
    outer = torch.randn(network.outer.shape, dtype=network.outer.dtype, generator=rng)
    return sharp.ReluNetwork(torch.zeros_like(network.inner), outer / outer.norm())


def _slice(network: sharp.ReluNetwork, direction: sharp.ReluNetwork, steps: Tensor, x: Tensor, y: Tensor) -> Tensor:
    inner = network.inner + steps[:, None, None] * direction.inner
    outer = network.outer + steps[:, None] * direction.outer
    return (sharp.outputs(sharp.ReluNetwork(inner, outer), x) - y).square().mean(-1) / 2
