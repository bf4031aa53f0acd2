r"""What noise does to the estimates of a damping rate: their mean, spread and the coverage of their intervals.

For the regressions of :mod:`mgai.calculus.damping_rate`, with samples :math:`y=x+\sigma z` and independent standard
normal z. Numerator and denominator of :math:`\hat\gamma=-N/D`, :math:`N=(Ay)^\top(By-f)`, :math:`D=\lVert Ay\rVert^2`,
are quadratic in z, so that their moments are exact. Shown on the page ``chapters/2-calculus/damping-rate-error``.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from jaxtyping import Float
from scipy import special
from torch import Tensor

from mgai.calculus.argument_checks import check_positive, check_tensor
from mgai.calculus.damped_response import solution
from mgai.calculus.damping_rate import Regression
from mgai.linear_algebra.low_rank import check_integer


def noisy_samples(
    gamma: float,
    start: float,
    t: Float[Tensor, " n"],
    noise: float,
    n_replicas: int,
    generator: torch.Generator,
    omega: float = 2.0,
) -> Float[Tensor, "n_replicas n"]:
    r"""Independent data sets :math:`y_i=x(t_i)+\sigma z_i`, one a row, drawn on the CPU.

    Args:
        gamma, start, t, omega: of :func:`mgai.calculus.damped_response.solution`.
        noise: the standard deviation :math:`\sigma`, positive.
        n_replicas: how many, at least 1.
        generator: on the CPU.

    Raises:
        ValueError: an argument is not as stated.
        TypeError: ``n_replicas`` is no integer or ``t`` is no floating-point tensor.

    >>> noisy_samples(1.0, 1.0, torch.tensor([0.0, 0.5]), 0.1, 3, torch.Generator()).shape
    torch.Size([3, 2])
    """
    check_positive(noise, "noise")
    z = torch.randn(check_integer(n_replicas, "n_replicas", 1), len(t), dtype=torch.float64, generator=generator)
    return solution(gamma, start, t, omega) + noise * z.to(t)


def limiting_rate(regression: Regression, x: Float[Tensor, " n"], noise: float) -> float:
    r"""The quotient of the means, to which the estimate tends as the noise is averaged over more and more equations:

    .. math:: -\frac{EN}{ED}=-\frac{u^\top v+\sigma^2\operatorname{tr}A^\top B}
                                   {\lVert u\rVert^2+\sigma^2\operatorname{tr}A^\top A},\qquad u=Ax,\ v=Bx-f .

    Equation ``eq-limiting-rate`` of ``chapters/2-calculus/damping-rate``.

    Args:
        regression: the equations.
        x: the samples without noise.
        noise: the standard deviation :math:`\sigma` of their errors, positive.

    Raises:
        ValueError: an argument is not as stated.
        TypeError: ``x`` is no floating-point tensor.

    Cost: O(mn).

    >>> from mgai.calculus.damping_rate import forward_differences
    >>> t = torch.arange(0, 5.05, 0.1, dtype=torch.float64)
    >>> round(limiting_rate(forward_differences(t), 0 * t, 0.1), 6)  # nothing but noise: 1/h
    10.0
    """
    n, d = _means(regression, x, noise)
    return -n / d


def rate_spread(regression: Regression, x: Float[Tensor, " n"], noise: float) -> float:
    r"""The standard deviation of the estimate by linearising the quotient about the means of N and D.

    With :math:`\gamma_*` the :func:`limiting_rate` and :math:`Q` the symmetric part of :math:`A^\top(B+\gamma_*A)`,

    .. math:: \frac{\operatorname{Var}(N+\gamma_*D)}{(ED)^2}
              =\frac{\sigma^2\lVert2Qx-A^\top f\rVert^2+2\sigma^4\lVert Q\rVert_F^2}{(ED)^2} .

    The first term alone is the delta method. Derived on ``chapters/2-calculus/damping-rate-error``.

    Args, Raises: as :func:`limiting_rate`.

    Cost: :math:`O(mn^2)`.
    """
    slope, q, _ = _linearised(regression, x, noise)
    variance = noise**2 * float(slope.square().sum()) + 2 * noise**4 * float(q.square().sum())
    return math.sqrt(variance) / _means(regression, x, noise)[1]


class Moments(NamedTuple):
    """Mean and standard deviation of an estimate."""

    mean: float
    standard_deviation: float

    def root_mean_square_error(self, truth: float) -> float:
        """The root of squared bias plus variance."""
        return math.hypot(self.mean - truth, self.standard_deviation)


def exact_moments(regression: Regression, x: Float[Tensor, " n"], noise: float, n_nodes: int = 800) -> Moments:
    r"""Mean and standard deviation of the estimate at any noise, from integrals over one variable:

    .. math:: E\frac ND=\int_0^\infty E(Ne^{-sD})\,ds,\qquad E\frac{N^2}{D^2}=\int_0^\infty s\,E(N^2e^{-sD})\,ds .

    Under the weight :math:`e^{-sD}`, whose mean is :math:`\sqrt{\det V}\,e^{-s\,x^\top A^\top AVx}` with
    :math:`V=(I+2s\sigma^2A^\top A)^{-1}`, the samples are again normal, with mean :math:`Vx` and covariance
    :math:`\sigma^2V`; there the first two moments of the quadratic N are known. Equation ``eq-exact-moments`` of
    ``chapters/2-calculus/damping-rate-error``. The integrals are taken in :math:`\log s` by the trapezoidal rule, which
    converges exponentially there; :math:`N+\gamma_*D` in place of N avoids cancellation.

    Args:
        regression, x, noise: as :func:`limiting_rate`.
        n_nodes: of the rule, at least 2.

    Raises: as :func:`limiting_rate`; ValueError also when A has a rank below 6, for which the range of s is too short.

    Cost: one symmetric eigendecomposition, and :math:`O(n^2)` a node.

    Source: Magnus, Annales d'Économie et de Statistique 4 (1986).

    >>> from mgai.calculus.damping_rate import central_differences
    >>> t = torch.arange(0, 5.05, 0.1, dtype=torch.float64)
    >>> [round(each, 4) for each in exact_moments(central_differences(t), solution(1.0, 1.0, t), 0.1)]
    [0.959, 0.0828]
    """
    _, q, limit = _linearised(regression, x, noise)
    values, axes = torch.linalg.eigh((regression.a.mT @ regression.a).double())
    values = values.clamp(min=0)
    if int((values > 1e-12 * values[-1]).sum()) < 6:
        raise ValueError("regression has a regressor of rank below 6")
    q, force = axes.mT @ q.double() @ axes, axes.mT @ (regression.a.mT @ regression.f).double()
    along = axes.mT @ x.double()
    logs = torch.linspace(-37, 37, check_integer(n_nodes, "n_nodes", 2), dtype=torch.float64, device=x.device)
    s = torch.exp(logs)[:, None] / _means(regression, x, noise)[1]
    v = 1 / (1 + 2 * s * noise**2 * values)  # the diagonal of V, one row a node
    m = v * along
    weight = torch.exp(v.log().sum(1) / 2 - (s * values * along * m).sum(1)) * s[:, 0]  # ds = s d log s
    mean = (m @ q * m).sum(1) - m @ force + noise**2 * v @ q.diagonal()
    spread = noise**2 * (v * (2 * m @ q - force).square()).sum(1) + 2 * noise**4 * (v @ q.square() * v).sum(1)
    off = -float(torch.trapezoid(weight * mean, logs))
    square = float(torch.trapezoid(weight * s[:, 0] * (mean.square() + spread), logs))
    return Moments(limit + off, math.sqrt(square - off**2))


def predicted_coverage(
    regression: Regression, x: Float[Tensor, " n"], gamma: float, noise: float, level: float = 0.95
) -> float:
    r"""How often the interval from the naive standard error holds the rate, with a normal estimate and a fixed width.

    .. math:: \Phi\Bigl(\frac{qw-b}\tau\Bigr)-\Phi\Bigl(\frac{-qw-b}\tau\Bigr)

    b and :math:`\tau` are the bias and the spread by :func:`exact_moments`, w is the :func:`typical_naive_error`, q the
    normal quantile. A first-order prediction, not exact.

    Args:
        regression, x, noise: as :func:`limiting_rate`.
        gamma: the true rate.
        level: of the interval, between 0 and 1.

    Raises: as :func:`exact_moments`.
    """
    if not 0 < level < 1:
        raise ValueError(f"level must lie between 0 and 1, not {level}")
    width = float(special.ndtri((1 + level) / 2)) * typical_naive_error(regression, x, noise)
    mean, spread = exact_moments(regression, x, noise)
    return float(special.ndtr((width + gamma - mean) / spread) - special.ndtr((gamma - mean - width) / spread))


def typical_naive_error(regression: Regression, x: Float[Tensor, " n"], noise: float) -> float:
    r"""The naive standard error with the residual sum of squares and :math:`\lVert u\rVert^2` replaced by their means.

    The sum of squares is taken at the :func:`limiting_rate`. With :math:`R=B+\gamma_*A` its mean is
    :math:`\lVert Rx-f\rVert^2+\sigma^2\lVert R\rVert_F^2`.

    Args, Raises: as :func:`limiting_rate`.
    """
    residual = regression.b + limiting_rate(regression, x, noise) * regression.a
    squares = float((residual @ x - regression.f).square().sum() + noise**2 * residual.square().sum())
    freedom = len(regression.f) - regression.parameters
    return math.sqrt(squares / freedom / _means(regression, x, noise)[1])


def _means(regression: Regression, x: Tensor, noise: float) -> tuple[float, float]:
    """The means of N and D."""
    check_positive(noise, "noise")
    check_tensor(x, "x", regression.a.shape[1])
    u, v = regression.a @ x, regression.b @ x - regression.f
    n = u @ v + noise**2 * (regression.a * regression.b).sum()
    d = u @ u + noise**2 * regression.a.square().sum()
    return float(n), float(d)


def _linearised(regression: Regression, x: Tensor, noise: float) -> tuple[Tensor, Tensor, float]:
    r"""The gradient :math:`2Qx-A^\top f` of :math:`N+\gamma_*D`, the matrix Q, and :math:`\gamma_*`."""
    limit = limiting_rate(regression, x, noise)
    product = regression.a.mT @ (regression.b + limit * regression.a)
    q = (product + product.mT) / 2
    return 2 * q @ x - regression.a.mT @ regression.f, q, limit
