r"""Maxima of n independent variables: the exact law, the three limits, norming constants, and how far off they are.

Shown on the page ``chapters/5-probability/extreme-values``. The number n enters through its logarithm where it may be
larger than any float.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import torch
from jaxtyping import Float
from scipy import optimize
from torch import Tensor

from mgai.calculus.argument_checks import check_positive

LogTail = Callable[[Tensor], Tensor]


class Norming(NamedTuple):
    r"""Constants for :math:`(M_n-b)/a`, and the shape :math:`\xi` of the law that it is compared with."""

    scale: float
    shift: float
    shape: float


def extreme_value_cdf(x: Float[Tensor, "*batch"], shape: float) -> Float[Tensor, "*batch"]:
    r""":math:`G_\xi(x)=\exp(-(1+\xi x)_+^{-1/\xi})`, and :math:`\exp(-e^{-x})` for :math:`\xi=0`.

    See ``thm-extreme-values-types``. Fréchet for :math:`\xi>0`, Gumbel, Weibull for :math:`\xi<0`, each with the
    location 0 and the scale 1.

    Args:
        x: points.
        shape: :math:`\xi`, finite.

    Raises:
        ValueError: the shape is not finite.

    >>> extreme_value_cdf(torch.tensor([-2.0, 0.0, 2.0]), -0.5).tolist()[2]
    1.0
    """
    if not math.isfinite(shape):
        raise ValueError(f"shape must be finite, not {shape}")
    if shape == 0:
        return torch.exp(-torch.exp(-x))
    return torch.exp(-torch.exp(-torch.log1p((shape * x).clamp_min(-1.0)) / shape))


def maximum_cdf(log_tail: Float[Tensor, "*batch"], log_n: float) -> Float[Tensor, "*batch"]:
    r""":math:`P(M_n\le x)=(1-\bar F(x))^n=\exp(n\ln(1-\bar F(x)))`, for any n without loss.

    Args:
        log_tail: :math:`\ln\bar F(x)`, at most 0.
        log_n: :math:`\ln n`, not negative; n need not be an integer.

    Raises:
        ValueError: ``log_n`` is negative or not finite.

    >>> maximum_cdf(torch.tensor([0.5]).log(), math.log(2))
    tensor([0.2500])
    """
    if not 0 <= log_n < math.inf:
        raise ValueError(f"log_n must be finite and not negative, not {log_n}")
    tail = log_tail.exp()
    stretch = torch.where(tail > 1e-12, -torch.log1p(-tail) / tail.clamp_min(1e-300), 1.0)  # 1 + tail / 2 + ...
    return torch.exp(-torch.exp(log_n + log_tail) * stretch)


def exponential_log_tail(x: Float[Tensor, "*batch"]) -> Float[Tensor, "*batch"]:
    r""":math:`\ln P(X>x)=-x` for :math:`x\ge0`.

    >>> exponential_log_tail(torch.tensor([-1.0, 2.0])).tolist() == [0.0, -2.0]
    True
    """
    return -x.clamp_min(0.0)


def pareto_log_tail(alpha: float, start: float = 1.0) -> LogTail:
    r""":math:`-\alpha\ln(x+1-s)` for :math:`x\ge s`: the Pareto law for s = 1, Lomax's for s = 0.

    Raises:
        ValueError: :math:`\alpha` is not positive.

    >>> float(pareto_log_tail(2.0)(torch.tensor(1.0)).abs())
    0.0
    """
    check_positive(alpha, "alpha")
    return lambda x: -alpha * torch.log1p((x - start).clamp_min(0.0))


def uniform_log_tail(x: Float[Tensor, "*batch"]) -> Float[Tensor, "*batch"]:
    r""":math:`\ln(1-x)` on the unit interval.

    >>> float(uniform_log_tail(torch.tensor(1.0)))
    -inf
    """
    return torch.log1p(-x.clamp(0.0, 1.0))


def normal_log_tail(x: Float[Tensor, "*batch"]) -> Float[Tensor, "*batch"]:
    r""":math:`\ln\bar\Phi(x)`.

    >>> round(float(normal_log_tail(torch.tensor(0.0))), 4)
    -0.6931
    """
    return torch.special.log_ndtr(-x)


def textbook_norming(log_n: float) -> Norming:
    r"""For normal variables: :math:`a=1/\sqrt{2\ln n}`, :math:`b=1/a-\frac a2(\ln\ln n+\ln4\pi)`.

    Raises:
        ValueError: n is below 2.

    >>> round(textbook_norming(math.log(1000)).shift, 4)
    3.1165
    """
    root = math.sqrt(2 * _check_log(log_n))
    return Norming(1 / root, root - (math.log(log_n) + math.log(4 * math.pi)) / (2 * root), 0.0)


def hall_norming(log_n: float) -> Norming:
    r"""For normal variables: :math:`2\pi b^2e^{b^2}=n^2` and :math:`a=1/b`, by Newton's method for :math:`b^2`.

    Raises:
        ValueError: n is below 2.

    Source: Hall (1979).

    >>> round(hall_norming(math.log(1000)).shift, 4)
    3.1153
    """
    target = 2 * _check_log(log_n) - math.log(2 * math.pi)
    square = max(target, 0.1)
    for _ in range(60):
        square = max(square - (square + math.log(square) - target) / (1 + 1 / square), square / 8)
    return Norming(square**-0.5, square**0.5, 0.0)


def tangent_norming(log_n: float, *, bent: bool = False) -> Norming:
    r"""For normal variables: :math:`n\bar\Phi(b)=1` and :math:`a=\bar\Phi(b)/\varphi(b)`, the tangent at b.

    :math:`-\ln n\bar\Phi(b+ax)` has the value 0 and the slope 1 at x = 0. With ``bent`` the shape is
    :math:`\xi=(\bar\Phi/\varphi)'(b)=ab-1`, which matches the second derivative, too.

    Args:
        log_n: :math:`\ln n`, at least :math:`\ln2`.
        bent: whether the limit is compared with the bent law :math:`G_\xi` in place of Gumbel's.

    Raises:
        ValueError: n is below 2.

    >>> norming = tangent_norming(math.log(2))
    >>> abs(norming.shift) < 1e-12, round(norming.scale, 4)
    (True, 1.2533)
    """
    _check_log(log_n)
    high = math.sqrt(2 * log_n) + 1
    b = float(optimize.brentq(lambda x: _normal_log_tail(x) + log_n, -1.0, high, xtol=1e-15, rtol=1e-15))
    a = math.exp(_normal_log_tail(b) + b * b / 2 + math.log(2 * math.pi) / 2)
    return Norming(a, b, a * b - 1 if bent else 0.0)


def sup_distance(log_tail: LogTail, log_n: float, norming: Norming, n_points: int = 100_001) -> float:
    r""":math:`\sup_x|P(M_n\le b+ax)-G_\xi(x)|`, over a grid of the values of :math:`-\ln G_\xi` from e^-30 to e^7.

    Args:
        log_tail: :math:`\ln\bar F` of the law, at a tensor of points.
        log_n: :math:`\ln n`.
        norming: a, b and :math:`\xi`.
        n_points: of the grid; the error of the maximum is of the order of its square's inverse.

    Raises:
        ValueError: as :func:`maximum_cdf`; or the scale is not positive.

    >>> round(sup_distance(exponential_log_tail, math.log(100), Norming(1.0, math.log(100), 0.0)), 6)
    0.002716
    """
    check_positive(norming.scale, "norming.scale")
    gumbel = torch.linspace(-7.0, 30.0, n_points, dtype=torch.float64)  # - ln(- ln G)
    x = gumbel if norming.shape == 0 else torch.expm1(norming.shape * gumbel) / norming.shape
    limit = torch.exp(-torch.exp(-gumbel))
    return float((maximum_cdf(log_tail(norming.shift + norming.scale * x), log_n) - limit).abs().max())


def universal_distance(n: float) -> float:
    r""":math:`\sup_t\{e^{-t}-(1-t/n)^n\}=t_ne^{-t_n}/n`, about :math:`2e^{-2}/n` (``thm-extreme-values-universal``).

    The distance of the exponential, Pareto and uniform laws from their limits, with the right constants.

    Args:
        n: above 1.

    Raises:
        ValueError: n is not above 1.

    >>> round(universal_distance(100.0), 6)
    0.002716
    """
    if not 1 < n < math.inf:
        raise ValueError(f"n must be finite and above 1, not {n}")

    def slope(t: float) -> float:
        return (n - 1) * math.log1p(-t / n) + t

    t = float(optimize.brentq(slope, 1.0, min(3.0, n * (1 - 1e-15)), xtol=1e-14))
    return t * math.exp(-t) / n


def sample_maxima(
    inverse_log_tail: LogTail, n: int, n_samples: int, generator: torch.Generator
) -> Float[Tensor, " n_samples"]:
    r"""Draws of :math:`M_n` from one uniform variable each: :math:`F^{-1}(U^{1/n})`, through :math:`\ln(1-U^{1/n})`.

    Args:
        inverse_log_tail: x as a function of :math:`\ln\bar F(x)`.
        n, n_samples: positive.
        generator: draws on the CPU.

    Raises:
        ValueError: a count is not positive.

    Cost: one draw a maximum, for any n.

    >>> sample_maxima(lambda log_tail: -log_tail, 1000, 3, torch.Generator().manual_seed(0)).shape
    torch.Size([3])
    """
    if n < 1 or n_samples < 1:
        raise ValueError(f"n={n} and n_samples={n_samples} must be positive")
    waiting = torch.empty(n_samples, dtype=torch.float64).exponential_(generator=generator)  # - ln U
    return inverse_log_tail(torch.log(-torch.expm1(-waiting / n)))


def _normal_log_tail(x: float) -> float:
    return float(normal_log_tail(torch.tensor(x, dtype=torch.float64)))


def _check_log(log_n: float) -> float:
    if not math.log(2) <= log_n < math.inf:
        raise ValueError(f"log_n must be finite and at least ln 2, not {log_n}")
    return log_n
