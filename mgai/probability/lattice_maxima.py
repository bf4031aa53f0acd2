r"""Maxima of integer variables, for which no norming gives a limit: geometric and Poisson laws.

Shown on the page ``chapters/5-probability/extreme-values``.
"""

from __future__ import annotations

import math
from functools import lru_cache

import torch
from jaxtyping import Float
from torch import Tensor

from mgai.calculus.argument_checks import check_positive
from mgai.probability.exponential_families import Poisson
from mgai.probability.extreme_values import maximum_cdf


def geometric_cdf(k: Float[Tensor, "*batch"], log_n: float, ratio: float = 0.5) -> Float[Tensor, "*batch"]:
    r""":math:`P(M_n\le k)=(1-q^{k+1})^n` where :math:`P(X\ge k)=q^k`, at integers :math:`k\ge0`.

    Args:
        k: integers as floats.
        log_n: :math:`\ln n`.
        ratio: q between 0 and 1.

    Raises:
        ValueError: q is out of range.

    >>> geometric_cdf(torch.tensor([0.0, 1.0]), 0.0).tolist()
    [0.5, 0.75]
    """
    if not 0 < ratio < 1:
        raise ValueError(f"ratio must lie between 0 and 1, not {ratio}")
    return maximum_cdf((k + 1) * math.log(ratio), log_n)


def nearest_value(level: float, n: int, ratio: float = 0.5) -> float:
    r"""The value of :math:`P(M_n\le k)`, over all k, that is nearest to a level, for geometric variables.

    Raises:
        ValueError: the level is not between 0 and 1, or n is not positive.

    >>> round(nearest_value(0.5, 2**20), 4)  # e^(-1/2)
    0.6065
    """
    if not 0 < level < 1:
        raise ValueError(f"level must lie between 0 and 1, not {level}")
    centre = math.floor(math.log(check_positive(n, "n")) / -math.log(ratio))
    k = torch.arange(max(centre - 40, 0), centre + 60, dtype=torch.float64)
    values = geometric_cdf(k, math.log(n), ratio)
    return float(values[(values - level).abs().argmin()])


def poisson_maximum(mean: float, log_n: float, n_values: int = 200) -> Float[Tensor, " n_values"]:
    r""":math:`P(M_n=k)` for n Poisson variables, :math:`k=0,1,\dots`, from exact tails.

    Args:
        mean: :math:`\lambda>0`.
        log_n: :math:`\ln n`.
        n_values: how many k.

    Raises:
        ValueError: an argument is out of range.

    >>> round(float(poisson_maximum(1.0, 0.0)[0]), 6)
    0.367879
    """
    tails = torch.tensor(_poisson_log_tails(mean, n_values), dtype=torch.float64)
    below = maximum_cdf(tails, log_n)
    return below.diff(prepend=torch.zeros(1, dtype=torch.float64))


def best_pair(masses: Float[Tensor, " n_values"]) -> tuple[int, float]:
    """The integer k for which k and k + 1 together have the largest probability, and that probability.

    Raises:
        ValueError: fewer than two masses.

    >>> best_pair(torch.tensor([0.25, 0.25, 0.5]))
    (1, 0.75)
    """
    if len(masses) < 2:
        raise ValueError("masses must have at least two entries")
    pairs = masses[:-1] + masses[1:]
    k = int(pairs.argmax())
    return k, float(pairs[k])


@lru_cache(maxsize=8)
def _poisson_log_tails(mean: float, n_values: int) -> tuple[float, ...]:
    law = Poisson(mean)
    return tuple(min(law.log_tail(1, float(k)), 0.0) for k in range(1, n_values + 1))
