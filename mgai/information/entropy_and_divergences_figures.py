"""The figure of the page ``chapters/6-information/entropy-and-divergences``: one coin against all others."""

from __future__ import annotations

import math

import torch
from matplotlib.figure import Figure
from torch import Tensor

from mgai import figures
from mgai.information.entropy_and_divergences import cross_entropy, entropy, jensen_shannon, kl

_HEADS = 0.3  # the coin that all others are compared with


def coins(heads: Tensor) -> Tensor:
    """The laws of coins with these probabilities of heads, one a row.

    >>> coins(torch.tensor([0.25])).tolist()
    [[0.25, 0.75]]
    """
    return torch.stack([heads, 1 - heads], -1)


@figures.style()
def coins_figure() -> Figure:
    """Left: entropy, and the cross-entropy that lies above it. Right: both divergences of KL, and the bounded one."""
    drawn = figures.figure(7.0, 3.5)
    left, right = drawn.subplots(1, 2)
    heads = torch.linspace(-12, 12, 301, dtype=torch.float64).sigmoid()  # dense near certainty
    p, q = coins(torch.tensor([_HEADS], dtype=torch.float64)), coins(heads)
    left.plot(heads, cross_entropy(p, q), "-", label="$H(p,q)$")
    left.plot(heads, entropy(q), "-.", label="$H(q)$")
    left.axhline(float(entropy(p)), color=figures.COLOURS[2], linestyle="--", label="$H(p)$")
    left.plot(_HEADS, float(entropy(p)), "o", color=figures.COLOURS[6])
    left.set(xlabel="probability of heads under $q$", ylabel="nats", ylim=(0, 2.2))
    left.legend(loc="upper center", fontsize=9)
    right.plot(heads, kl(p, q), "-", label="$KL(p,q)$")
    right.plot(heads, kl(q, p), "-.", label="$KL(q,p)$")
    right.plot(heads, jensen_shannon(p, q), "--", label="$JSD(p,q)$")
    right.axhline(math.log(2), color="0.45", linewidth=1, linestyle=":", label="$\\ln2$")
    right.set(xlabel="probability of heads under $q$", ylim=(0, 2.2))
    right.legend(loc="upper center", fontsize=9)
    return drawn


def coins_alt() -> str:
    """What :func:`coins_figure` shows, in words and numbers."""
    p, ends = coins(torch.tensor([_HEADS], dtype=torch.float64)), coins(torch.tensor([0.0, 1.0], dtype=torch.float64))
    toward, bounded = kl(ends, p).tolist(), jensen_shannon(p, ends).tolist()
    return (
        f"A coin with probability {_HEADS:g} of heads against all coins. Left: the cross-entropy is a valley that "
        f"touches the entropy of the coin, {float(entropy(p)):.3f} nats, at {_HEADS:g} and grows without bound at both "
        f"ends. Right: KL(p,q) does the same above zero; KL(q,p) ends at {toward[0]:.3f} and {toward[1]:.3f}, the "
        f"Jensen-Shannon divergence at {bounded[0]:.3f} and {bounded[1]:.3f}, below {math.log(2):.3f}."
    )
