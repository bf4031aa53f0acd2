r"""Momentum and Nesterov's step on a quadratic: which steps are stable, how fast they are, and which are best.

Shown on the page ``chapters/3-optimization/optimizers``. Along an eigenvector with eigenvalue :math:`\lambda` the
error obeys :math:`e_{t+1} = b\,e_t - c\,e_{t-1}`. Its *factor* is the larger modulus of the roots of
:math:`x^2 - bx + c`: what one step leaves of the error in the long run. With :math:`s = \eta\lambda`, momentum has
:math:`b = 1+\beta-s`, :math:`c = \beta`, and Nesterov's step :math:`b = (1+\beta)(1-s)`, :math:`c = \beta(1-s)`.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from mgai.optimization.steepest_descent import check_finite


class Tuning(NamedTuple):
    """A learning rate, a momentum, and the factor that they give on the slowest component."""

    lr: float
    beta: float
    factor: float


def momentum_factor(product: Float[Tensor, "*#batch"], beta: Float[Tensor, "*#batch"]) -> Float[Tensor, "*shape"]:
    r"""What a momentum step leaves of a component: the larger modulus of the roots of :math:`x^2-(1+\beta-s)x+\beta`.

    It is :math:`\sqrt\beta` where :math:`(1-\sqrt\beta)^2\le s\le(1+\sqrt\beta)^2`, and below one exactly where
    :math:`0<s<2(1+\beta)` (``thm-momentum-rate``). Formula ``cs-11-13``.

    Args:
        product: :math:`s=\eta\lambda`, any sign.
        beta: in [0, 1]; broadcast with ``product``.

    Raises:
        TypeError, ValueError: an argument is not floating point, not finite, or beta out of range.

    >>> momentum_factor(torch.tensor([0.0, 1.0, 4.0]), torch.tensor(0.25))
    tensor([1.0000, 0.5000, 2.6559])
    """
    _check(product, beta)
    return _larger_root(1 + beta - product, beta + 0 * product)


def nesterov_factor(product: Float[Tensor, "*#batch"], beta: Float[Tensor, "*#batch"]) -> Float[Tensor, "*shape"]:
    r"""What Nesterov's step leaves of a component: the same for :math:`x^2-(1+\beta)(1-s)x+\beta(1-s)`.

    Below one exactly where :math:`0<s<2(1+\beta)/(1+2\beta)` (``thm-momentum-rate``). Arguments and errors as for
    :func:`momentum_factor`. Formula ``cs-11-14``.

    >>> nesterov_factor(torch.tensor([0.0, 1.0, 1.5]), torch.tensor(0.25))
    tensor([1.0000, 0.0000, 0.7844])
    """
    _check(product, beta)
    return _larger_root((1 + beta) * (1 - product), beta * (1 - product))


def momentum_limit(beta: float) -> float:
    r"""The bound :math:`2(1+\beta)`: momentum is stable for :math:`0<\eta\lambda` below it.

    Raises ValueError unless beta is in [0, 1).

    >>> momentum_limit(0.5)
    3.0
    """
    _check_momentum(beta)
    return 2 * (1 + beta)


def nesterov_limit(beta: float) -> float:
    r"""The bound :math:`2(1+\beta)/(1+2\beta)` of Nesterov's step, smaller than that of momentum.

    Raises ValueError unless beta is in [0, 1).

    >>> nesterov_limit(0.5)
    1.5
    """
    _check_momentum(beta)
    return 2 * (1 + beta) / (1 + 2 * beta)


def best_momentum(smallest: float, largest: float) -> Tuning:
    r"""Momentum's best pair: :math:`\eta=4/(\sqrt L+\sqrt\mu)^2`, :math:`\beta=\rho^2`.

    The factor is :math:`\rho=(\sqrt\kappa-1)/(\sqrt\kappa+1)`; no other pair leaves less of the slowest component
    (``thm-best-momentum``). Formula ``cs-02-21``.

    Args:
        smallest, largest: the extreme eigenvalues, :math:`0<\mu\le L`.

    Raises ValueError when they are not in this order. Source: Polyak (1964).

    >>> best_momentum(1.0, 9.0)
    Tuning(lr=0.25, beta=0.25, factor=0.5)
    """
    _check_spectrum(smallest, largest)
    low, high = math.sqrt(smallest), math.sqrt(largest)
    factor = (high - low) / (high + low)
    return Tuning(4 / (high + low) ** 2, factor**2, factor)


def best_nesterov(smallest: float, largest: float) -> Tuning:
    r"""The same for Nesterov's step: :math:`\eta=4/(3L+\mu)`, and the factor :math:`1-2/\sqrt{3\kappa+1}`.

    Its momentum is :math:`\beta=(\sqrt{3\kappa+1}-2)/(\sqrt{3\kappa+1}+2)`. Arguments and errors as for
    :func:`best_momentum`. Source: Lessard, Recht and Packard (2016).

    >>> best_nesterov(1.0, 5.0)
    Tuning(lr=0.25, beta=0.3333333333333333, factor=0.5)
    """
    _check_spectrum(smallest, largest)
    root = max(math.sqrt(3 * largest / smallest + 1), 2.0)  # rounding must not make the momentum negative
    return Tuning(4 / (3 * largest + smallest), (root - 2) / (root + 2), 1 - 2 / root)


def usual_nesterov(smallest: float, largest: float) -> Tuning:
    r"""The usual pair :math:`\eta=1/L`, :math:`\beta=(\sqrt\kappa-1)/(\sqrt\kappa+1)`; factor :math:`1-1/\sqrt\kappa`.

    It converges for every smooth strongly convex function, not for quadratics alone. Arguments and errors as for
    :func:`best_momentum`. Source: Nesterov (2018), section 2.2.1.

    >>> usual_nesterov(1.0, 4.0)
    Tuning(lr=0.25, beta=0.3333333333333333, factor=0.5)
    """
    _check_spectrum(smallest, largest)
    root = math.sqrt(largest / smallest)
    return Tuning(1 / largest, (root - 1) / (root + 1), 1 - 1 / root)


def kinked_gradient(x: Fraction) -> Fraction:
    r"""The gradient of a convex function with slopes 25, 1 and 25, on which momentum tuned for quadratics cycles.

    It is :math:`25x` below 1, :math:`x+24` up to 2 and :math:`25x-24` beyond: strongly convex with :math:`\mu=1`, and
    smooth with :math:`L=25`. Source: Lessard, Recht and Packard (2016).

    >>> [kinked_gradient(Fraction(x)) for x in (0, 1, 2)]
    [Fraction(0, 1), Fraction(25, 1), Fraction(26, 1)]
    """
    return 25 * x if x < 1 else x + 24 if x < 2 else 25 * x - 24


def _larger_root(b: Tensor, c: Tensor) -> Tensor:
    """The larger modulus of the roots of x² - bx + c."""
    discriminant = b**2 - 4 * c
    real = (b.abs() + discriminant.clamp(min=0).sqrt()) / 2
    return torch.where(discriminant < 0, c.clamp(min=0).sqrt(), real)


def _check(product: Tensor, beta: Tensor) -> None:
    check_finite(product, "product")
    check_finite(beta, "beta")
    if bool(((beta < 0) | (beta > 1)).any()):
        raise ValueError("beta must be in [0, 1]")


def _check_momentum(beta: float) -> None:
    if not 0 <= beta < 1:
        raise ValueError(f"beta must be in [0, 1), not {beta}")


def _check_spectrum(smallest: float, largest: float) -> None:
    if not 0 < smallest <= largest < math.inf:
        raise ValueError(f"smallest and largest must be 0 < smallest <= largest, not {smallest} and {largest}")
