r"""What the claims of ``chapters/5-probability/extreme-values`` compare with: SciPy's laws, brute force."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise

import numpy as np
from jaxtyping import Float
from scipy import optimize, special, stats
from torch import Tensor

Function = Callable[[float], float]


def normal_norming(n: int, choice: str) -> tuple[float, float, float]:
    r"""Scale, shift and shape by choice: Lambert's function for Hall's, SciPy's quantile and density for the tangent.

    >>> [round(value, 4) for value in normal_norming(1000, "Hall")]
    [0.321, 3.1153, 0.0]
    """
    if choice == "textbook":
        scale = (2 * math.log(n)) ** -0.5
        return scale, 1 / scale - scale * math.log(4 * math.pi * math.log(n)) / 2, 0.0
    if choice == "Hall":
        square = float(special.lambertw(n**2 / (2 * math.pi)).real)
        return square**-0.5, square**0.5, 0.0
    shift = float(stats.norm.isf(1 / n))
    scale = 1 / (n * float(stats.norm.pdf(shift)))
    return scale, shift, scale * shift - 1 if choice == "bent" else 0.0


def largest_difference(exact: Function, limit: Function, low: float, high: float, n_starts: int = 60) -> float:
    r""":math:`\sup_x|F(x)-G(x)|` over an interval, by bounded searches in each of its parts.

    >>> round(largest_difference(lambda x: x, lambda x: x * x, 0.0, 1.0), 9)
    0.25
    """
    best = 0.0
    for left, right in pairwise(np.linspace(low, high, n_starts + 1)):
        found = optimize.minimize_scalar(lambda x: -abs(exact(x) - limit(x)), bounds=(left, right), method="bounded",
                                         options={"xatol": 1e-9})  # fmt: skip
        best = max(best, -float(found.fun))
    return best


def normal_distance(n: int, choice: str) -> float:
    """The distance of the maximum of n normal variables from its limit, with SciPy's laws.

    >>> round(normal_distance(1000, "tangent"), 4)
    0.0182
    """
    scale, shift, shape = normal_norming(n, choice)
    limit = stats.genextreme(-shape) if shape else stats.gumbel_r
    high = min(25.0, -1 / shape) if shape else 25.0
    return largest_difference(
        lambda x: float(special.ndtr(shift + scale * x)) ** n, lambda x: float(limit.cdf(x)), -6.0, high
    )


def lomax_distance(n: int, alpha: float, start: float) -> float:
    r"""The distance of :math:`(M_n+s)/n^{1/\alpha}` from Fréchet's law, for Lomax variables.

    >>> round(lomax_distance(1000, 2.5, 0.0), 4)
    0.062
    """
    root = n ** (1 / alpha)
    law, limit = stats.lomax(alpha), stats.invweibull(alpha)
    return largest_difference(
        lambda x: float(law.cdf(root * x - start)) ** n, lambda x: float(limit.cdf(x)), 1e-6, 40.0, 200
    )


def empirical_distance(sample: Float[Tensor, " n"], cdf: Float[Tensor, " n"]) -> float:
    """Kolmogorov's distance of a sorted sample from a distribution function, given by its values at the sample.

    >>> import torch
    >>> empirical_distance(torch.tensor([0.0, 1.0]), torch.tensor([0.5, 0.75]))
    0.5
    """
    if bool((sample.diff() < 0).any()):
        raise ValueError("sample must be sorted")
    values, n = cdf.numpy(), len(sample)
    steps = np.arange(n + 1) / n
    return float(max((steps[1:] - values).max(), (values - steps[:-1]).max()))


def fair_geometric_cdf(k: int, n: int) -> Fraction:
    r""":math:`(1-2^{-(k+1)})^n` as a fraction.

    >>> fair_geometric_cdf(0, 2)
    Fraction(1, 4)
    """
    return (1 - Fraction(1, 2 ** (k + 1))) ** n


def poisson_pair(k: int, n: int) -> float:
    r""":math:`P(k\le M_n\le k+1)` for n Poisson variables of mean 1, by SciPy's distribution function.

    >>> round(poisson_pair(4, 100), 3)
    0.795
    """
    below, above = (n * math.log1p(-float(stats.poisson.sf(m, 1.0))) for m in (k - 1, k + 1))
    return math.exp(above) - math.exp(below)
