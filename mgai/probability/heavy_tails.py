r"""Laws with heavy tails, for which a sample covariance settles slowly or not at all.

Shown on the pages ``chapters/5-probability/empirical-covariance`` and ``chapters/5-probability/whitening``.
"""

from __future__ import annotations

import math

import torch
from jaxtyping import Float
from scipy import integrate, optimize
from torch import Tensor

from mgai.calculus.argument_checks import check_positive


def student_vectors(*shape: int, freedom: int, generator: torch.Generator, d: int = 2) -> Float[Tensor, "*shape d"]:
    r"""Draws from the multivariate t law with :math:`\nu>2` degrees of freedom, scaled to the covariance I.

    :math:`x=z\sqrt{(\nu-2)/w}` with z standard normal and w chi-square with :math:`\nu` degrees of freedom. Moments of
    order k exist for :math:`k<\nu` alone.

    Raises:
        ValueError: :math:`\nu` is no integer, or there is no covariance, :math:`\nu\le2`.

    >>> student_vectors(4, freedom=3, generator=torch.Generator().manual_seed(0)).shape
    torch.Size([4, 2])
    """
    if freedom != int(freedom) or freedom < 3:
        raise ValueError(f"freedom must be an integer above 2, not {freedom}: else there is no covariance")
    normal = torch.randn((*shape, d), dtype=torch.float64, generator=generator)
    chi_square = torch.zeros(shape, dtype=torch.float64)
    for _ in range(freedom):
        chi_square += torch.randn(shape, dtype=torch.float64, generator=generator).square()
    return normal * ((freedom - 2) / chi_square).sqrt()[..., None]


def symmetric_stable(*shape: int, index: float, generator: torch.Generator) -> Float[Tensor, "*shape"]:
    r"""Draws with the characteristic function :math:`e^{-|t|^\alpha}`: Chambers, Mallows and Stuck (1976).

    The mean of n of them has exactly the law of :math:`n^{1/\alpha-1}` times one.

    Args:
        shape: of the result.
        index: :math:`0<\alpha\le2`; two gives a normal law of variance 2, one the Cauchy law.
        generator: draws on the CPU.

    Raises:
        ValueError: the index is out of range.

    >>> bool(symmetric_stable(5, index=1.5, generator=torch.Generator().manual_seed(0)).isfinite().all())
    True
    """
    _check_index(index)
    angle = math.pi * (torch.rand(shape, dtype=torch.float64, generator=generator) - 0.5)
    waiting = -torch.log1p(-torch.rand(shape, dtype=torch.float64, generator=generator))
    tail = (((1 - index) * angle).cos() / waiting.clamp_min(1e-300)) ** (1 / index - 1)
    return (index * angle).sin() / angle.cos() ** (1 / index) * tail


def stable_share(q: float, index: float) -> float:
    r"""The probability :math:`P(|p|\le q)` for the law of :func:`symmetric_stable`, from its characteristic function.

    .. math:: P(|p|\le q)=\frac2\pi\int_0^\infty\frac{\sin qt}{t}\,e^{-t^\alpha}\,dt

    Args:
        q: positive.
        index: :math:`\alpha`, from 1 to 2; below one the integrand reaches too far.

    Raises:
        ValueError: q is not positive, or the index out of range.

    >>> round(stable_share(1.0, 1.0), 8)  # the Cauchy law
    0.5
    """
    check_positive(q, "q")
    if not 1 <= index <= 2:
        raise ValueError(f"index must be in [1, 2], not {index}")
    end = 40.0 ** (1 / index)  # the integrand is below exp(-40) from there on
    inner = integrate.quad(lambda t: math.exp(-(t**index)) * (math.sin(q * t) / t if t else q), 0, end, limit=400)[0]
    return float(2 / math.pi * inner)


def stable_median(index: float) -> float:
    r"""The median of :math:`|p|` for the law of :func:`symmetric_stable`: where :func:`stable_share` is one half.

    Raises ValueError when the index is not in [1, 2].

    >>> round(stable_median(1.0), 8)  # the Cauchy law
    1.0
    """
    return float(optimize.brentq(lambda q: stable_share(q, index) - 0.5, 0.1, 5.0, xtol=1e-12))


def tail_exponent(freedom: float, order: int) -> float:
    r"""The power of n with which the error of a sample moment falls if the tails have the index :math:`\nu`.

    For :math:`\nu>2k` it is :math:`\tfrac12`, by the central limit theorem; for :math:`k<\nu<2k` it is
    :math:`1-k/\nu`, by the generalised one (Gnedenko and Kolmogorov, 1954, §35), since :math:`x^{\otimes k}` has tails
    of the index :math:`\nu/k<2`.

    Raises:
        ValueError: the moment does not exist, :math:`\nu\le k`, or :math:`\nu=2k`, where a logarithm enters.

    >>> tail_exponent(5.0, 2), round(tail_exponent(3.0, 2), 4)
    (0.5, 0.3333)
    """
    check_positive(freedom, "freedom")
    if order < 1 or freedom <= order or freedom == 2 * order:
        raise ValueError(f"freedom must be above the order and not twice it: freedom={freedom}, order={order}")
    return min(0.5, 1 - order / freedom)


def _check_index(index: float) -> None:
    if not 0 < index <= 2:
        raise ValueError(f"index must be in (0, 2], not {index}")
