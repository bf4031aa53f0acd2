r"""One die among many whose sum is known: the exact conditional law by counting, and the tilted law that it tends to.

Shown on the page ``chapters/5-probability/rare-events``.
"""

from __future__ import annotations

import math
from fractions import Fraction
from functools import lru_cache

import torch
from jaxtyping import Float
from scipy import optimize
from torch import Tensor

FACES = 6


@lru_cache(maxsize=16)
def ways(n: int) -> tuple[int, ...]:
    r"""How many of the :math:`6^n` throws of n dice have the sum s, for :math:`s=0,\dots,6n`.

    The n-th power of :math:`z+\dots+z^6`, at a power of two so large that the coefficients do not run into each other.

    Raises:
        ValueError: n is not positive.

    >>> ways(2)[2:]
    (1, 2, 3, 4, 5, 6, 5, 4, 3, 2, 1)
    """
    if n < 1:
        raise ValueError(f"n must be positive, not {n}")
    width = (FACES**n).bit_length() + 1
    packed = sum(1 << (width * face) for face in range(1, FACES + 1)) ** n
    mask = (1 << width) - 1
    return tuple((packed >> (width * s)) & mask for s in range(FACES * n + 1))


def conditional_law(n: int, total: int) -> list[Fraction]:
    r""":math:`P(X_1=k\mid X_1+\dots+X_n=s)` for the six faces k, exactly.

    Raises:
        ValueError: fewer than two dice, or a sum that they cannot have.

    >>> [str(p) for p in conditional_law(2, 4)]
    ['1/3', '1/3', '1/3', '0', '0', '0']
    """
    if n < 2 or not n <= total <= FACES * n:
        raise ValueError(f"n={n} dice cannot have the sum {total}, or are fewer than two")
    rest, every = ways(n - 1), ways(n)[total]
    left = [total - face for face in range(1, FACES + 1)]
    return [Fraction(rest[s] if 0 <= s < len(rest) else 0, every) for s in left]


def log_probability(n: int, total: int) -> float:
    r""":math:`\ln P(X_1+\dots+X_n\ge s)`, from exact counts.

    Raises:
        ValueError: as :func:`conditional_law`.

    >>> round(math.exp(log_probability(2, 11)), 9) == round(3 / 36, 9)
    True
    """
    if n < 1 or not n <= total <= FACES * n:
        raise ValueError(f"n={n} dice cannot have the sum {total}")
    return math.log(sum(ways(n)[total:])) - n * math.log(FACES)


def die_log_mgf(theta: float) -> float:
    r""":math:`\Lambda(\theta)=\ln\frac16\sum_{k=1}^6e^{\theta k}`.

    >>> die_log_mgf(0.0)
    0.0
    """
    faces = torch.arange(1, FACES + 1, dtype=torch.float64)
    return float((theta * faces).logsumexp(0)) - math.log(FACES)


def die_tilt(mean: float) -> float:
    r"""The :math:`\theta` for which :math:`q_k\propto e^{\theta k}` has the given mean.

    Raises:
        ValueError: the mean is not between 1 and 6.

    >>> abs(die_tilt(3.5)) < 1e-9
    True
    """
    if not 1 < mean < FACES:
        raise ValueError(f"mean must lie between 1 and {FACES}, not {mean}")
    faces = torch.arange(1, FACES + 1, dtype=torch.float64)
    return float(optimize.brentq(lambda theta: float((theta * faces).softmax(0) @ faces) - mean, -700, 700, xtol=1e-14))


def tilted_law(mean: float) -> Float[Tensor, " 6"]:
    r"""The law :math:`q_k\propto e^{\theta k}` with the given mean: the nearest to a fair die in divergence.

    Raises:
        ValueError: as :func:`die_tilt`.

    >>> tilted_law(3.5).mul(6).round(decimals=9).tolist()
    [1.0, 1.0, 1.0, 1.0, 1.0, 1.0]
    """
    faces = torch.arange(1, FACES + 1, dtype=torch.float64)
    return (die_tilt(mean) * faces).softmax(0)


def corrected_law(n: int, mean: float) -> Float[Tensor, " 6"]:
    r"""The conditional law to first order in 1/n (``thm-rare-events-gibbs``).

    .. math:: q_k\Bigl(1+\frac1{2n}\Bigl(1-\frac{u^2}{s^2}+\frac{\kappa u}{s^4}\Bigr)\Bigr),\qquad u=k-a

    with the variance :math:`s^2` and the third central moment :math:`\kappa` of q.

    Raises:
        ValueError: as :func:`die_tilt`; or n is not positive.

    >>> bool((corrected_law(10, 4.5).sum() - 1).abs() < 1e-14)
    True
    """
    if n < 1:
        raise ValueError(f"n must be positive, not {n}")
    q = tilted_law(mean)
    u = torch.arange(1, FACES + 1, dtype=torch.float64) - mean
    variance, third = float(q @ u**2), float(q @ u**3)
    return q * (1 + (1 - u**2 / variance + third * u / variance**2) / (2 * n))
