"""The figure of the page ``chapters/3-optimization/convexity``: chord, tangent, and the subgradients at a kink."""

from __future__ import annotations

import torch
from matplotlib.figure import Figure
from torch import Tensor

from mgai import figures
from mgai.optimization.convexity import chord_gap, tangent_gap
from mgai.optimization.subdifferential import active_pieces, max_affine

_LEFT, _RIGHT, _TOUCH = -2.0, 3.0, 0.5  # ends of the chord; where the tangent touches
_SLOPES = torch.tensor([[-1.0], [0.5], [2.0]], dtype=torch.float64)
_OFFSETS = torch.tensor([0.0, 0.0, -3.0], dtype=torch.float64)


def softplus(x: Tensor) -> Tensor:
    r"""The sum of :math:`\ln(1+e^{x_i})`: strictly convex, and without a minimiser.

    >>> softplus(torch.zeros(1))
    tensor(0.6931)
    """
    return torch.nn.functional.softplus(x).sum()


def kink_slopes() -> list[float]:
    """The least and the largest subgradient of the right panel's function at its kink in 0.

    >>> kink_slopes()
    [-1.0, 0.5]
    """
    return sorted(_SLOPES[active_pieces(_SLOPES, _OFFSETS, torch.zeros(1, dtype=torch.float64))].flatten().tolist())


@figures.style()
def convexity_figure() -> Figure:
    """Left: a strictly convex function between its chord and its tangent. Right: subgradients at a kink."""
    drawn = figures.figure(7.0, 3.4)
    left, right = drawn.subplots(1, 2)
    x = torch.linspace(-4, 4, 161, dtype=torch.float64)
    value, slope = torch.nn.functional.softplus, torch.sigmoid(torch.tensor(_TOUCH, dtype=torch.float64))
    ends = torch.tensor([_LEFT, _RIGHT], dtype=torch.float64)
    at = torch.tensor(_TOUCH, dtype=torch.float64)
    left.plot(x, value(x), "-", label="$f(x)=\\ln(1+e^x)$")
    left.plot(ends, value(ends), "s--", label="chord")
    left.plot(x, value(at) + slope * (x - at), "-.", label="tangent")
    left.plot(at, value(at), "o", color=figures.COLOURS[2])
    left.set(xlabel="$x$", ylabel="value", ylim=(-1.5, 4.2))
    left.legend(loc="upper left", fontsize=9)
    x = torch.linspace(-2, 3, 161, dtype=torch.float64)
    right.plot(x, max_affine(_SLOPES, _OFFSETS, x.unsqueeze(1)), "-", linewidth=2.5, label="$f(x)$")
    least, largest = kink_slopes()
    for i, share in enumerate((0.25, 0.5, 2 / 3, 0.85)):
        g = least + share * (largest - least)
        right.plot(x, g * x, "--" if g else "-", color=figures.COLOURS[1 if g else 2], linewidth=1, label=_label(i, g))
    right.plot(0, 0, "o", color=figures.COLOURS[6])
    right.set(xlabel="$x$", ylim=(-1.5, 3))
    right.legend(loc="upper center", fontsize=9)
    return drawn


def _label(index: int, slope: float) -> str | None:
    if slope == 0:
        return "subgradient 0"
    return "subgradients at 0" if index == 0 else None


def convexity_alt() -> str:
    """What :func:`convexity_figure` shows, in words and numbers."""
    ends = [torch.tensor([[end]], dtype=torch.float64) for end in (_LEFT, _RIGHT)]
    chord = float(chord_gap(softplus, *ends, torch.tensor([0.5], dtype=torch.float64)))
    contact = torch.tensor([[_TOUCH]], dtype=torch.float64)
    gaps = [float(tangent_gap(softplus, contact, end)) for end in ends]
    least, largest = kink_slopes()
    return (
        f"Left: the softplus function rises from near 0 ever more steeply. Its chord from {_LEFT:g} to {_RIGHT:g} lies "
        f"above it, by {chord:.2f} in the middle; its tangent at {_TOUCH:g} lies below, by {gaps[0]:.2f} and "
        f"{gaps[1]:.2f} at the ends of the chord. Right: a function of three straight pieces with a kink at 0; lines "
        f"through the kink with slopes between {least:g} and {largest:g} stay below it, one of them horizontal."
    )
