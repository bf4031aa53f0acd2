r"""Intervals for a probability from a count, and how often they cover it, without approximation.

Shown on the page ``chapters/5-probability/laws-of-large-numbers``.
"""

from __future__ import annotations

import math

import torch
from jaxtyping import Float
from scipy import stats
from torch import Tensor

Interval = tuple[Float[Tensor, " counts"], Float[Tensor, " counts"]]
LEVEL = 0.95


def _counts(n: int) -> Tensor:
    if n < 1:
        raise ValueError(f"n must be positive, not {n}")
    return torch.arange(n + 1, dtype=torch.float64)


def _quantile(level: float) -> float:
    if not 0 < level < 1:
        raise ValueError(f"level must be in (0, 1), not {level}")
    return float(stats.norm.isf((1 - level) / 2))


def wald_interval(n: int, level: float = LEVEL) -> Interval:
    r"""The usual error bar :math:`\hat p\pm z\sqrt{\hat p(1-\hat p)/n}`, for all counts 0, …, n at once.

    Raises:
        ValueError: n is not positive, or the level not in (0, 1).

    >>> [float(end[0]) for end in wald_interval(10)]  # no width at the count zero
    [0.0, 0.0]
    """
    p, z = _counts(n) / n, _quantile(level)
    half = z * (p * (1 - p) / n).sqrt()
    return p - half, p + half


def wilson_interval(n: int, level: float = LEVEL) -> Interval:
    r"""All p with :math:`|\hat p-p|\le z\sqrt{p(1-p)/n}`, for all counts: the error at p, not that at the estimate.

    .. math:: \frac{\hat p+\frac{z^2}{2n}\pm z\sqrt{\frac{\hat p(1-\hat p)}n+\frac{z^2}{4n^2}}}{1+z^2/n}

    Raises:
        ValueError: as :func:`wald_interval`.

    Source: Wilson (1927).

    >>> [round(float(end[0]), 4) for end in wilson_interval(10)]
    [0.0, 0.2775]
    """
    p, z = _counts(n) / n, _quantile(level)
    middle, half = p + z**2 / (2 * n), z * (p * (1 - p) / n + z**2 / (4 * n**2)).sqrt()
    stretch = 1 + z**2 / n
    return ((middle - half) / stretch).clamp_min(0.0), ((middle + half) / stretch).clamp_max(1.0)


def clopper_pearson_interval(n: int, level: float = LEVEL) -> Interval:
    r"""All p that neither of two exact tests rejects, each at half of one minus the level, for all counts.

    Ends are quantiles of beta laws. It covers every p with at least the probability ``level``.

    Raises:
        ValueError: as :func:`wald_interval`.

    Source: Clopper and Pearson (1934).

    >>> [round(float(end[0]), 4) for end in clopper_pearson_interval(10)]
    [0.0, 0.3085]
    """
    k, tail = _counts(n).numpy(), (1 - level) / 2
    _quantile(level)
    lower = torch.zeros(n + 1, dtype=torch.float64)
    upper = torch.ones(n + 1, dtype=torch.float64)
    lower[1:] = torch.from_numpy(stats.beta.ppf(tail, k[1:], n - k[1:] + 1))
    upper[:-1] = torch.from_numpy(stats.beta.isf(tail, k[:-1] + 1, n - k[:-1]))
    return lower, upper


def coverage(interval: Interval, p: Float[Tensor, " m"]) -> Float[Tensor, " m"]:
    r"""The probability that the interval of a binomial count holds p: summed over all counts for which it does.

    Args:
        interval: lower and upper ends for the counts 0, …, n.
        p: probabilities in (0, 1).

    Raises:
        ValueError: a probability is out of range, or the ends are not equally many.

    Cost: nm logarithms.

    >>> coverage(wald_interval(1), torch.tensor([0.5]).double())
    tensor([0.], dtype=torch.float64)
    """
    lower, upper = interval
    if len(lower) != len(upper) or len(lower) < 2:
        raise ValueError("interval must have two ends for each of at least two counts")
    if not bool(((p > 0) & (p < 1)).all()):
        raise ValueError("p must be in (0, 1)")
    k, n = torch.arange(len(lower), dtype=torch.float64), len(lower) - 1
    chosen = math.lgamma(n + 1) - torch.lgamma(k + 1) - torch.lgamma(n - k + 1)
    p = p[:, None]
    probabilities = torch.exp(chosen + k * p.log() + (n - k) * torch.log1p(-p))
    return (probabilities * ((lower <= p) & (p <= upper))).sum(1)
