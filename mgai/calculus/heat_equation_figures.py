"""The figure of the page ``chapters/2-calculus/heat-equation``: profiles in time, errors against the spacing."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from jaxtyping import Float
from matplotlib.figure import Figure
from torch import Tensor

from mgai import figures
from mgai.calculus.heat_equation import euler_heat, fourier_heat, grid


def two_waves(n: int) -> Float[Tensor, " {n}"]:
    r"""The start :math:`\cos x+\tfrac12\sin2x` on n points.

    >>> two_waves(4)[0]
    tensor(1., dtype=torch.float64)
    """
    x = grid(n)
    return torch.cos(x) + torch.sin(2 * x) / 2


def euler_error(n: int, ratio: float, steps: int) -> float:
    """The largest error of explicit Euler on n points after ``steps`` steps of ``ratio`` dx², start :func:`two_waves`.

    >>> 1e-5 < euler_error(24, 1 / 6, 40) < 1e-4
    True
    """
    u, time = two_waves(n), steps * ratio * (2 * math.pi / n) ** 2
    return float((euler_heat(u, ratio, steps) - fourier_heat(u, time)).abs().max())


def errors(sizes: Sequence[int], ratios: Sequence[float]) -> dict[float, list[float]]:
    """The errors at one time, about 0.55, for each ratio dt/dx² and each number of points, multiples of 12.

    >>> [len(row) for row in errors([12, 24], [0.5]).values()]
    [2]
    """
    return {r: [euler_error(n, r, round(2 / r) * (n // 12) ** 2) for n in sizes] for r in ratios}


@figures.style()
def heat_figure(sizes: Sequence[int], ratios: Sequence[float]) -> Figure:
    """Left: a step of temperature at four times. Right: errors of explicit Euler against the spacing."""
    drawn = figures.figure(7.0, 3.6)
    left, right = drawn.subplots(1, 2)
    n, x = 48, grid(48)
    start = (x < math.pi).double()
    for steps, dash in zip((0, 8, 64, 512), figures.DASHES, strict=False):
        shown = euler_heat(start, 0.25, steps)
        left.plot(x, shown, linestyle=dash, label=f"t = {steps * 0.25 * (2 * math.pi / n) ** 2:.2g}")
    left.set(xlabel="$x$ (radians)", ylabel="temperature $u$")
    left.legend(fontsize=9)
    for (ratio, found), marker, dash in zip(
        errors(sizes, ratios).items(), figures.MARKERS, figures.DASHES, strict=False
    ):
        label = f"$\\Delta t/\\Delta x^2$ = {ratio:.3g}"
        right.plot([2 * math.pi / n for n in sizes], found, marker=marker, linestyle=dash, label=label)
    right.set(xscale="log", yscale="log", xlabel="spacing $\\Delta x$ (radians)", ylabel="largest error")
    right.set_xticks([2 * math.pi / n for n in sizes], labels=[f"2π/{n}" for n in sizes])
    right.minorticks_off()
    right.legend(fontsize=9)
    return drawn


def heat_alt(sizes: Sequence[int], ratios: Sequence[float]) -> str:
    """What :func:`heat_figure` shows, in words and numbers."""
    rows = "; ".join(
        f"with the ratio {ratio:.3g} from {found[0]:.1e} to {found[-1]:.1e}"
        for ratio, found in errors(sizes, ratios).items()
    )
    return (
        "Left: a step of temperature on the circle is smoothed until it is almost level at one half. Right: errors of "
        f"explicit Euler for {sizes[0]} to {sizes[-1]} points: {rows}."
    )
