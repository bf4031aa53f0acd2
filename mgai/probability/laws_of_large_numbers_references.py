"""Other routes to what the page ``chapters/5-probability/laws-of-large-numbers`` computes, for claims and tests."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import product

import numpy as np
import torch
from jaxtyping import Float
from scipy import integrate, stats
from torch import Tensor

from mgai.probability.laws_of_large_numbers import normal_bins
from mgai.probability.monotone_flow import panels


def kolmogorov_by_scipy(gap: float, n: int) -> float:
    """The probability that the largest gap is below ``gap``: SciPy's exact law.

    >>> round(kolmogorov_by_scipy(0.75, 1), 12)
    0.5
    """
    return float(stats.kstwo.cdf(gap, n))


def kolmogorov_limit(gap: float, n: int) -> float:
    r"""Kolmogorov's limit law at :math:`\sqrt n\,d`, which tables use for finite samples.

    >>> round(kolmogorov_limit(0.1358, 100), 3)
    0.95
    """
    return float(stats.kstwobign.cdf(math.sqrt(n) * gap))


def fourth_moment_by_enumeration(n: int, p: float) -> float:
    r""":math:`\mathbb E(S_n-np)^4` for n coins with the probability p of 1, over all outcomes one by one.

    >>> fourth_moment_by_enumeration(1, 0.5)
    0.0625
    """
    share, total = Fraction(p), Fraction(0)
    for outcome in product((0, 1), repeat=n):
        heads = sum(outcome)
        total += share**heads * (1 - share) ** (n - heads) * (heads - n * share) ** 4
    return float(total)


def exponential_third_moment() -> float:
    r""":math:`\mathbb E|X-1|^3` for the exponential law, by quadrature.

    >>> round(exponential_third_moment() - (12 / math.e - 2), 10)
    0.0
    """
    return float(sum(integrate.quad(lambda x: abs(x - 1) ** 3 * math.exp(-x), *ends)[0] for ends in ((0, 1), (1, 60))))


def intervals_by_scipy(n: int, method: str) -> Float[Tensor, "2 counts"]:
    """Intervals for a probability at 95 per cent, count by count: ``"wilson"`` or ``"exact"``.

    >>> intervals_by_scipy(1, "exact")[0]
    tensor([0.0000, 0.0250], dtype=torch.float64)
    """
    found = [stats.binomtest(k, n).proportion_ci(0.95, method) for k in range(n + 1)]
    return torch.tensor([[float(end.low) for end in found], [float(end.high) for end in found]], dtype=torch.float64)


def usual_coverage_by_scipy(n: int, p: float) -> float:
    r"""The probability of :math:`(\hat p-p)^2\le z^2\hat p(1-\hat p)/n`, count by count, with SciPy's binomial law.

    >>> usual_coverage_by_scipy(1, 0.5)
    0.0
    """
    bound = float(stats.chi2.ppf(0.95, 1))
    held = [k for k in range(n + 1) if (k / n - p) ** 2 <= bound * k / n * (1 - k / n) / n]
    return float(stats.binom.pmf(held, n, p).sum())


def best_width_factor() -> float:
    r"""The limit :math:`(6/\int f'^2)^{1/3}` of the best width times :math:`n^{1/3}` for the normal law, by quadrature.

    >>> round(best_width_factor(), 4)
    3.4908
    """
    roughness, _ = integrate.quad(lambda x: (x * stats.norm.pdf(x)) ** 2, -12, 12)
    return float((6 / roughness) ** (1 / 3))


def histogram_error_by_quadrature(width: float, n: int) -> float:
    """The mean square error of a normal histogram, squared bias and variance at each point, integrated over all bins.

    >>> round(histogram_error_by_quadrature(0.5, 100), 5)
    0.02011
    """
    edges, p = normal_bins(width)
    x, w = panels(edges)
    density = torch.from_numpy(np.exp(-(x.numpy() ** 2) / 2)) / math.sqrt(2 * math.pi)
    p = p.repeat_interleave(len(x) // len(p))
    return float(w @ ((p / width - density) ** 2 + p * (1 - p) / (n * width**2)))
