"""The figures of the page ``chapters/6-information/parallel-segments``, and what they show in words."""

from __future__ import annotations

import math

import numpy as np
import torch
from matplotlib.figure import Figure

from mgai import figures
from mgai.information.parallel_segments import blurred_jensen_shannon, segment, separation

NOISES = (0.3, 0.1, 0.03)
_EXAMPLE = 0.6
_ROUNDING = 1e-12  # slopes below it are rounding errors of the quadrature


@figures.style()
def segments_figure() -> Figure:
    """The two segments with the optimal transport between them, and four separations against θ."""
    drawn = figures.figure(7.0, 3.6)
    left, right = drawn.subplots(1, 2, width_ratios=(1, 1.6))
    for place, label, colour in ((0.0, "P", figures.COLOURS[0]), (_EXAMPLE, "Q", figures.COLOURS[1])):
        left.plot([place, place], [0, 1], color=colour, linewidth=3)
        left.text(place, 1.06, label, ha="center", color=colour)
    for x, y in segment(0.0, 7).tolist():
        left.annotate("", (_EXAMPLE - 0.02, y), (x + 0.02, y), arrowprops={"arrowstyle": "->", "color": "0.5"})
    left.set(xlabel="$x$", ylabel="$y$", xlim=(-0.2, 0.8), ylim=(-0.05, 1.2))
    theta = np.linspace(-1, 1, 201)
    sides = (theta[theta < 0], theta[theta > 0])
    rows = (("total variation", "total_variation"), ("Jensen-Shannon (nats)", "jensen_shannon"))
    for (label, field), colour, dash in zip(rows, figures.COLOURS[2:], figures.DASHES[1:], strict=False):
        for index, side in enumerate(sides):
            values = [getattr(separation(float(t)), field) for t in side]
            right.plot(side, values, color=colour, linestyle=dash, label=label if index == 0 else None)
    right.plot(
        theta, [separation(float(t)).wasserstein for t in theta], color=figures.COLOURS[0], label="$W_1$ (length)"
    )
    right.plot(0, 0, "o", color=figures.COLOURS[6], label="all at $\\theta=0$")
    right.set(xlabel=r"separation $\theta$", ylabel="divergence, distance", ylim=(-0.06, 1.5))
    right.text(0.0, 1.06, r"KL $=\infty$ for $\theta\ne0$", ha="center", fontsize=9)
    right.legend(loc="upper center", fontsize=8, ncol=2)
    return drawn


def segments_alt() -> str:
    """What :func:`segments_figure` shows, in words and numbers."""
    half, zero = separation(0.5), separation(0.0)
    return (
        f"Left: two vertical segments at 0 and {_EXAMPLE}, joined by horizontal arrows of equal length. Right, against "
        f"separation from -1 to 1: total variation is {half.total_variation:.0f} and the Jensen-Shannon divergence "
        f"{half.jensen_shannon:.3f} everywhere except at 0, where both jump to {zero.jensen_shannon:.0f}; the distance "
        f"is a V, {half.wasserstein:.1f} at 0.5; KL is infinite everywhere except at 0."
    )


@figures.style()
def blurred_figure() -> Figure:
    """Jensen-Shannon divergences after noise, and the size of their slopes."""
    drawn = figures.figure(7.0, 3.6)
    left, right = drawn.subplots(1, 2)
    theta = torch.linspace(0, 1, 201, dtype=torch.float64)
    for sigma, colour, dash in zip(NOISES, figures.COLOURS, figures.DASHES, strict=False):
        left.plot(theta, blurred_jensen_shannon(theta, sigma), color=colour, linestyle=dash, label=rf"$\sigma={sigma}$")
        shown = slopes(theta[1:], sigma)
        right.plot(theta[1:], shown.where(shown > _ROUNDING, math.nan), color=colour, linestyle=dash)
    right.axhline(1.0, color="0.5", linewidth=0.9)
    right.text(0.99, 1.4, "slope of $W_1$", ha="right", fontsize=9)
    left.set(xlabel=r"separation $\theta$", ylabel="Jensen-Shannon (nats)", ylim=(0, 0.75))
    right.set(xlabel=r"separation $\theta$", ylabel="its slope (nats per length)", yscale="log", ylim=(1e-12, 1e2))
    left.legend(loc="lower right", fontsize=9)
    return drawn


def slopes(theta: torch.Tensor, sigma: float) -> torch.Tensor:
    """Derivatives of the blurred Jensen-Shannon divergence by θ, by automatic differentiation.

    >>> slopes(torch.tensor([0.0, 0.1], dtype=torch.float64), 1.0)
    tensor([0.0000, 0.0249], dtype=torch.float64)
    """
    return torch.func.grad(lambda t: blurred_jensen_shannon(t, sigma).sum())(theta)


def blurred_alt() -> str:
    """What :func:`blurred_figure` shows, in words and numbers."""
    at = torch.tensor([0.2, 0.5], dtype=torch.float64)
    rows = []
    for sigma in NOISES:
        value, slope = blurred_jensen_shannon(at, sigma), slopes(at, sigma)
        rows.append(f"σ = {sigma}: {value[0]:.3f} and {value[1]:.3f}, slopes {_words(slope[0])} and {_words(slope[1])}")
    return (
        "Left: Jensen-Shannon divergence against separation for three noises, from 0 towards ln 2, the steeper the "
        f"smaller the noise. Right: its slope on a logarithmic axis. At separations 0.2 and 0.5: {'; '.join(rows)}. "
        "The slope of the distance is 1 throughout."
    )


def _words(slope: torch.Tensor) -> str:
    return f"{float(slope):.1e}" if slope > _ROUNDING else f"below {_ROUNDING:.0e}"
