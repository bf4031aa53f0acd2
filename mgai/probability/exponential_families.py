r"""Four laws closed under exponential tilting: cumulants, rate functions, and exact tails of their sums in logarithms.

Shown on ``chapters/5-probability/rare-events``. Tilting multiplies a law by :math:`e^{\theta x-\Lambda(\theta)}`, with
:math:`\Lambda(\theta)=\ln\mathbb E[e^{\theta X}]`; each of these families contains all its tilted laws.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from mgai.calculus.argument_checks import check_positive

_SLACK = 1e-9  # n a within this much, relatively, of an integer counts as that integer


class Law(ABC):
    r"""A law with the cumulant generating function :math:`\Lambda` and the rate function :math:`I=\Lambda^*`."""

    mean: float
    variance: float
    span: ClassVar[float] = 0.0  #: distance of neighbouring values; zero for a law with a density

    @abstractmethod
    def log_mgf(self, theta: Float[Tensor, "*batch"]) -> Float[Tensor, "*batch"]:
        r""":math:`\Lambda(\theta)`, infinite where the mean of :math:`e^{\theta X}` is."""

    @abstractmethod
    def rate(self, a: Float[Tensor, "*batch"]) -> Float[Tensor, "*batch"]:
        r""":math:`I(a)=\sup_\theta\{\theta a-\Lambda(\theta)\}`, infinite outside the closed range of X."""

    @abstractmethod
    def tilt(self, a: float) -> float:
        r"""The :math:`\theta` with :math:`\Lambda'(\theta)=a`; ValueError unless a lies inside the range of X."""

    @abstractmethod
    def tilted(self, theta: float) -> Law:
        r"""The law with the weight :math:`e^{\theta x-\Lambda(\theta)}`; ValueError where :math:`\Lambda=\infty`."""

    @abstractmethod
    def log_tail(self, n: int, a: float) -> float:
        r""":math:`\ln P(X_1+\dots+X_n\ge na)`, exact up to rounding, far below the smallest float."""


@dataclass(frozen=True)
class Bernoulli(Law):
    r"""1 with probability p, else 0: :math:`\Lambda=\ln(1-p+pe^\theta)`, and :math:`I` is a divergence.

    >>> round(float(Bernoulli(0.5).rate(torch.tensor(0.7, dtype=torch.float64))), 6)
    0.082283
    """

    p: float
    span: ClassVar[float] = 1.0

    def __post_init__(self) -> None:
        _check_inside(self.p, "p", 0, 1)

    @property
    def mean(self) -> float:
        r"""p."""
        return self.p

    @property
    def variance(self) -> float:
        r""":math:`p(1-p)`."""
        return self.p * (1 - self.p)

    def log_mgf(self, theta: Float[Tensor, "*batch"]) -> Float[Tensor, "*batch"]:
        r""":math:`\ln(1-p+pe^\theta)`."""
        return torch.logaddexp(theta + math.log(self.p), torch.full_like(theta, math.log1p(-self.p)))

    def rate(self, a: Float[Tensor, "*batch"]) -> Float[Tensor, "*batch"]:
        r""":math:`a\ln\frac ap+(1-a)\ln\frac{1-a}{1-p}`, the divergence of the coin with a from the coin with p."""
        value = torch.xlogy(a, a / self.p) + torch.xlogy(1 - a, (1 - a) / (1 - self.p))
        return torch.where((a < 0) | (a > 1), math.inf, value)

    def tilt(self, a: float) -> float:
        r"""The log odds of a less those of p."""
        _check_inside(a, "a", 0, 1)
        return math.log(a / (1 - a)) - math.log(self.p / (1 - self.p))

    def tilted(self, theta: float) -> Bernoulli:
        r"""The coin whose log odds are larger by the tilt."""
        return Bernoulli(1 / (1 + (1 - self.p) / self.p * math.exp(-theta)))

    def log_tail(self, n: int, a: float) -> float:
        r""":math:`\ln\sum_{k\ge na}\binom nkp^k(1-p)^{n-k}`, summed from logarithms."""
        first = _lattice_point(n, a)
        if first > n:
            return -math.inf
        k = torch.arange(max(first, 0), n + 1, dtype=torch.float64)
        choices = math.lgamma(n + 1) - torch.lgamma(k + 1) - torch.lgamma(n - k + 1)
        return float((choices + k * math.log(self.p) + (n - k) * math.log1p(-self.p)).logsumexp(0))


@dataclass(frozen=True)
class Exponential(Law):
    r"""Density :math:`\nu e^{-\nu x}`: :math:`\Lambda=-\ln(1-\theta/\nu)` and :math:`I=\nu a-1-\ln\nu a`.

    >>> round(Exponential(1.0).log_tail(1, 3.0), 12)
    -3.0
    """

    decay: float

    def __post_init__(self) -> None:
        check_positive(self.decay, "decay")

    @property
    def mean(self) -> float:
        r""":math:`1/\nu`."""
        return 1 / self.decay

    @property
    def variance(self) -> float:
        r""":math:`1/\nu^2`."""
        return 1 / self.decay**2

    def log_mgf(self, theta: Float[Tensor, "*batch"]) -> Float[Tensor, "*batch"]:
        r""":math:`-\ln(1-\theta/\nu)` below :math:`\nu`, else infinite."""
        inside = theta < self.decay
        return torch.where(inside, -torch.log1p(-torch.where(inside, theta, 0.0) / self.decay), math.inf)

    def rate(self, a: Float[Tensor, "*batch"]) -> Float[Tensor, "*batch"]:
        r""":math:`\nu a-1-\ln\nu a`."""
        inside = a > 0
        scaled = torch.where(inside, a, 1.0) * self.decay
        return torch.where(inside, scaled - 1 - scaled.log(), math.inf)

    def tilt(self, a: float) -> float:
        r""":math:`\nu-1/a`."""
        return self.decay - 1 / check_positive(a, "a")

    def tilted(self, theta: float) -> Exponential:
        r"""The exponential law with the decay :math:`\nu-\theta`."""
        if not theta < self.decay:
            raise ValueError(f"theta={theta} must be below the decay {self.decay}: beyond it no tilted law exists")
        return Exponential(self.decay - theta)

    def log_tail(self, n: int, a: float) -> float:
        r""":math:`\ln\sum_{k<n}e^{-t}t^k/k!` with :math:`t=\nu na`: fewer than n arrivals by then."""
        _check_count(n)
        t = self.decay * n * max(a, 0.0)
        k = torch.arange(n, dtype=torch.float64)
        return float((torch.xlogy(k, torch.tensor(t, dtype=k.dtype)) - torch.lgamma(k + 1) - t).logsumexp(0))


@dataclass(frozen=True)
class Normal(Law):
    r"""The normal law: :math:`\Lambda=\mu\theta+\frac12\sigma^2\theta^2` and :math:`I=(a-\mu)^2/2\sigma^2`.

    >>> Normal(0.0, 4.0).tilted(0.5)
    Normal(mean=2.0, variance=4.0)
    """

    mean: float = 0.0
    variance: float = 1.0

    def __post_init__(self) -> None:
        _check_inside(self.mean, "mean", -math.inf, math.inf)
        check_positive(self.variance, "variance")

    def log_mgf(self, theta: Float[Tensor, "*batch"]) -> Float[Tensor, "*batch"]:
        r""":math:`\mu\theta+\frac12\sigma^2\theta^2`."""
        return self.mean * theta + self.variance * theta.square() / 2

    def rate(self, a: Float[Tensor, "*batch"]) -> Float[Tensor, "*batch"]:
        r""":math:`(a-\mu)^2/2\sigma^2`."""
        return (a - self.mean).square() / (2 * self.variance)

    def tilt(self, a: float) -> float:
        r""":math:`(a-\mu)/\sigma^2`."""
        return (a - self.mean) / self.variance

    def tilted(self, theta: float) -> Normal:
        r"""The normal law with its mean moved by :math:`\theta\sigma^2`."""
        return Normal(self.mean + theta * self.variance, self.variance)

    def log_tail(self, n: int, a: float) -> float:
        r""":math:`\ln\Phi(-\sqrt n(a-\mu)/\sigma)`."""
        _check_count(n)
        z = (a - self.mean) * math.sqrt(n / self.variance)
        return float(torch.special.log_ndtr(torch.tensor(-z, dtype=torch.float64)))


@dataclass(frozen=True)
class Poisson(Law):
    r"""The Poisson law: :math:`\Lambda=\lambda(e^\theta-1)` and :math:`I=a\ln(a/\lambda)-a+\lambda`.

    >>> round(Poisson(1.0).log_tail(1, 1.0), 12) == round(math.log1p(-math.exp(-1)), 12)
    True
    """

    mean: float
    span: ClassVar[float] = 1.0

    def __post_init__(self) -> None:
        check_positive(self.mean, "mean")

    @property
    def variance(self) -> float:
        r""":math:`\lambda`, the mean."""
        return self.mean

    def log_mgf(self, theta: Float[Tensor, "*batch"]) -> Float[Tensor, "*batch"]:
        r""":math:`\lambda(e^\theta-1)`."""
        return self.mean * torch.expm1(theta)

    def rate(self, a: Float[Tensor, "*batch"]) -> Float[Tensor, "*batch"]:
        r""":math:`a\ln(a/\lambda)-a+\lambda`."""
        return torch.where(a < 0, math.inf, torch.xlogy(a, a / self.mean) - a + self.mean)

    def tilt(self, a: float) -> float:
        r""":math:`\ln(a/\lambda)`."""
        return math.log(check_positive(a, "a") / self.mean)

    def tilted(self, theta: float) -> Poisson:
        r"""The Poisson law with the mean :math:`\lambda e^\theta`."""
        return Poisson(self.mean * math.exp(theta))

    def log_tail(self, n: int, a: float) -> float:
        r""":math:`\ln\sum_{k\ge na}e^{-n\lambda}(n\lambda)^k/k!`, without a rest of less than :math:`e^{-200}`."""
        first, total = max(_lattice_point(n, a), 0), n * self.mean
        end = max(first, math.ceil(total)) + math.ceil(40 * math.sqrt(total)) + 200  # beyond it less than e^-200 of it
        k = torch.arange(first, end, dtype=torch.float64)
        return float((k * math.log(total) - torch.lgamma(k + 1) - total).logsumexp(0))


def _lattice_point(n: int, a: float) -> int:
    """The least integer not below n a, forgiving the rounding of the product."""
    _check_count(n)
    return math.ceil(n * a - _SLACK * max(abs(n * a), 1.0))


def _check_count(n: int) -> None:
    if n != int(n) or n < 1:
        raise ValueError(f"n must be a positive integer, not {n}")


def _check_inside(value: float, argument: str, low: float, high: float) -> None:
    if not low < value < high:
        raise ValueError(f"{argument} must lie strictly between {low} and {high}, not {value}")
