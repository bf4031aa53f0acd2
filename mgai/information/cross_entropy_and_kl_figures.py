"""The figure of the page ``chapters/6-information/cross-entropy-and-kl``: what is bounded, and what is not."""

from __future__ import annotations

import torch
from matplotlib.figure import Figure
from torch import Tensor

from mgai import figures
from mgai.information.cross_entropy_and_kl import largest_over_data
from mgai.information.entropy_and_divergences import cross_entropy, entropy, kl

_GIVEN = torch.tensor([0.2, 0.8], dtype=torch.float64)


def _coins(heads: Tensor) -> Tensor:
    return torch.stack([heads, 1 - heads], -1)


@figures.style()
def bounds_figure() -> Figure:
    """Left: the data given, the model free, no bound. Right: the model given, the data free, one bound for both."""
    drawn = figures.figure(7.0, 3.5)
    left, right = drawn.subplots(1, 2)
    heads = torch.logspace(-6, -0.01, 200, dtype=torch.float64)
    left.plot(heads, cross_entropy(_GIVEN, _coins(heads)), "-", label="$H(p,q)$")
    left.plot(heads, kl(_GIVEN, _coins(heads)), "--", label="$KL(p,q)$")
    left.axhline(float(entropy(_GIVEN)), color=figures.COLOURS[2], linestyle=":", label="$H(p)$")
    left.set(xscale="log", xlabel="probability of heads under $q$; $p$ given", ylabel="nats", ylim=(-0.05, 3))
    left.legend(loc="upper center", fontsize=9)
    heads = torch.linspace(0, 1, 201, dtype=torch.float64)
    right.plot(heads, cross_entropy(_coins(heads), _GIVEN), "-", label="$H(p,q)$")
    right.plot(heads, kl(_coins(heads), _GIVEN), "--", label="$KL(p,q)$")
    right.axhline(float(largest_over_data(_GIVEN)), color=figures.COLOURS[2], linestyle=":", label="$\\ln(1/\\min q)$")
    right.plot([0, 1], cross_entropy(_coins(heads[[0, -1]]), _GIVEN), "o", color=figures.COLOURS[6])
    right.set(xlabel="probability of heads under $p$; $q$ given", ylim=(-0.05, 3))
    right.legend(loc="upper center", fontsize=9)
    return drawn


def bounds_alt() -> str:
    """What :func:`bounds_figure` shows, in words and numbers."""
    ends = _coins(torch.tensor([0.0, 1.0], dtype=torch.float64))
    rare = _coins(torch.tensor([1e-6], dtype=torch.float64))
    low, high = cross_entropy(ends, _GIVEN).tolist()
    return (
        f"Coins. Left: p has heads with probability {_GIVEN[0]:g}. Towards a model without heads both curves rise like "
        f"straight lines on the logarithmic axis, the cross-entropy to {float(cross_entropy(_GIVEN, rare)):.2f} nats "
        f"at 1e-06, the divergence {float(entropy(_GIVEN)):.3f} below it. Right: q has heads with probability "
        f"{_GIVEN[0]:g}. The cross-entropy is a straight line from {low:.3f} to {high:.3f}; the divergence, a convex "
        f"curve below it, touches zero at {_GIVEN[0]:g} and meets the line at both ends."
    )
