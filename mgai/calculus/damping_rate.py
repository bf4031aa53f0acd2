r"""Four ways to estimate the rate :math:`\gamma` in :math:`\dot x=-\gamma x+\cos\omega t` from noisy samples.

Three are regressions on the differential equation, with differences, integrals or the derivative of a fitted
polynomial; each is one :class:`Regression`. The fourth, :func:`fit_solution`, fits the solved trajectory. Shown on the
page ``chapters/2-calculus/damping-rate``; their errors are on ``chapters/2-calculus/damping-rate-error``.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float
from numpy.polynomial import legendre
from torch import Tensor

from mgai.calculus.argument_checks import check_positive
from mgai.calculus.damped_response import check_times, forced_response, rate_sensitivity, solution
from mgai.linear_algebra.low_rank import check_integer


class Regression(NamedTuple):
    r"""The equations :math:`By-f=-\gamma Ay`, linear in the samples :math:`y` and in the rate.

    ``parameters`` counts what is estimated: the rate, and where it has been projected out, a constant.
    """

    a: Float[Tensor, "m n"]
    b: Float[Tensor, "m n"]
    f: Float[Tensor, " m"]
    parameters: int = 1


class Fit(NamedTuple):
    """A fitted rate and start with the standard error of the rate; one of each for each data set."""

    rate: Float[Tensor, "*batch"]
    start: Float[Tensor, "*batch"]
    standard_error: Float[Tensor, "*batch"]


def forward_differences(t: Float[Tensor, " n"], omega: float = 2.0) -> Regression:
    r"""The equations :math:`(y_{i+1}-y_i)/h=-\gamma y_i+\cos\omega t_i`; n - 1 of them.

    Args:
        t: increasing times, at least 3.
        omega: the angular frequency of the forcing, positive.

    Raises:
        ValueError: an argument is not as stated.
        TypeError: ``t`` is no floating-point tensor.

    >>> forward_differences(torch.tensor([0.0, 0.5, 1.0])).b
    tensor([[-2.,  2.,  0.],
            [ 0., -2.,  2.]])
    """
    identity = _identity(t, omega)
    return Regression(identity[:-1], identity.diff(dim=0) / t.diff()[:, None], torch.cos(omega * t[:-1]))


def central_differences(t: Float[Tensor, " n"], omega: float = 2.0) -> Regression:
    r"""The equations :math:`(y_{i+1}-y_{i-1})/2h=-\gamma y_i+\cos\omega t_i` at the n - 2 inner times.

    Args and Raises: as :func:`forward_differences`; the times should be equally spaced.

    >>> central_differences(torch.tensor([0.0, 0.5, 1.0])).b
    tensor([[-1.,  0.,  1.]])
    """
    identity = _identity(t, omega)
    spans = (t[2:] - t[:-2])[:, None]
    return Regression(identity[1:-1], (identity[2:] - identity[:-2]) / spans, torch.cos(omega * t[1:-1]))


def integral_form(t: Float[Tensor, " n"], omega: float = 2.0) -> Regression:
    r"""The equations :math:`x(t_i)-\tfrac1\omega\sin\omega t_i=c-\gamma\int_{t_0}^{t_i}x`, integrals by trapezia.

    The constant c, which holds the unknown start, is projected out by subtracting means.

    Args and Raises: as :func:`forward_differences`.

    >>> integral_form(torch.tensor([0.0, 1.0, 2.0])).a
    tensor([[-0.3333, -0.5000, -0.1667],
            [ 0.1667,  0.0000, -0.1667],
            [ 0.1667,  0.5000,  0.3333]])
    """
    identity = _identity(t, omega)
    trapezia = (identity[1:] + identity[:-1]) / 2 * t.diff()[:, None]
    integrals = torch.cat([torch.zeros_like(identity[:1]), trapezia.cumsum(dim=0)])
    f = torch.sin(omega * t) / omega
    return Regression(integrals - integrals.mean(dim=0), identity - identity.mean(dim=0), f - f.mean(), 2)


def polynomial_fit(t: Float[Tensor, " n"], degree: int, omega: float = 2.0) -> Regression:
    r"""Fit a polynomial p to the samples by least squares, then regress on :math:`\dot p=-\gamma p+\cos\omega t`.

    Args:
        t, omega: as :func:`forward_differences`.
        degree: of p, from 1 to n - 1.

    Raises: as :func:`forward_differences`.

    Cost: :math:`O(n^2\,\text{degree})` for the two matrices. Legendre polynomials keep the pseudo-inverse well
    conditioned.

    >>> line = polynomial_fit(torch.tensor([0.0, 1.0, 2.0]), 1)
    >>> (line.b @ torch.tensor([0.0, 1.0, 2.0])).round(decimals=4)
    tensor([1., 1., 1.])
    """
    _identity(t, omega)
    if check_integer(degree, "degree", 1) >= len(t):
        raise ValueError(f"degree must be below the number of times, {len(t)}, not {degree}")
    half = float(t[-1] - t[0]) / 2
    z = (t - t[0]).cpu().double().numpy() / half - 1
    values = legendre.legvander(z, degree)
    slopes = np.stack([legendre.legval(z, legendre.legder(row)) for row in np.eye(degree + 1)], axis=1) / half
    fit = np.linalg.pinv(values)
    a, b = (torch.as_tensor(part @ fit, dtype=t.dtype, device=t.device) for part in (values, slopes))
    return Regression(a, b, torch.cos(omega * t))


def estimate_rate(regression: Regression, y: Float[Tensor, "*batch n"]) -> Float[Tensor, "*batch"]:
    r"""The least-squares rate :math:`\hat\gamma=-\dfrac{u^\top v}{u^\top u}`, with :math:`u=Ay` and :math:`v=By-f`.

    Args:
        regression: the equations.
        y: one data set a row, sampled at the times of the regression.

    Raises:
        ValueError: ``y`` has another length or entries that are not finite.
        TypeError: ``y`` is no floating-point tensor.

    Cost: :math:`O(mn)` a data set.

    >>> t = torch.arange(0, 5.05, 0.1, dtype=torch.float64)
    >>> round(float(estimate_rate(central_differences(t), solution(1.0, 1.0, t))), 4)
    1.0007
    """
    u, v = _sides(regression, y)
    return -(u * v).sum(-1) / (u * u).sum(-1)


def naive_standard_error(regression: Regression, y: Float[Tensor, "*batch n"]) -> Float[Tensor, "*batch"]:
    r"""The error :math:`s/\lVert u\rVert` that a regression program reports, with the residual variance :math:`s^2`.

    It supposes an exact regressor and independent residuals; neither holds here, as the page
    ``chapters/2-calculus/damping-rate-error`` shows.

    Args and Raises: as :func:`estimate_rate`; ValueError also without a degree of freedom.
    """
    u, v = _sides(regression, y)
    freedom = len(regression.f) - regression.parameters
    if freedom < 1:
        raise ValueError("regression leaves no degree of freedom for the residuals")
    rest = v + estimate_rate(regression, y)[..., None] * u
    return (rest.square().sum(-1) / freedom / u.square().sum(-1)).sqrt()


def fit_solution(
    y: Float[Tensor, "*batch n"], t: Float[Tensor, " n"], guess: float | Float[Tensor, "*batch"], omega: float = 2.0
) -> Fit:
    r"""Least squares on the solved trajectory, the maximum-likelihood estimate when the errors are normal.

    The start enters linearly and is eliminated; for the rate remains the Gauss-Newton step (Kaufman's form of
    variable projection) :math:`\delta=s_\perp^\top r/\lVert s_\perp\rVert^2`, where :math:`s_\perp` is the part of
    :math:`\partial x/\partial\gamma` that no change of the start imitates. Steps that do not reduce the sum of squares
    are halved.

    Args:
        y, t, omega: as :func:`estimate_rate` and :func:`forward_differences`.
        guess: where the search for the rate begins.

    Returns:
        Rates, starts, and standard errors with n - 2 degrees of freedom.

    Raises:
        ValueError: an argument is not as stated.
        RuntimeError: the search does not settle within 60 steps.

    Cost: O(n) a step and data set.

    Source: Kaufman, BIT 15 (1975).

    >>> t = torch.arange(0, 5.05, 0.1, dtype=torch.float64)
    >>> [round(float(part), 6) for part in fit_solution(solution(1.0, 2.0, t), t, 0.5)[:2]]
    [1.0, 2.0]
    """
    check_times(t, 3)
    _check_data(y, len(t))
    rate = torch.as_tensor(guess, dtype=y.dtype, device=y.device)
    if not bool(torch.isfinite(rate).all()):
        raise ValueError("guess must be finite")
    rate = rate.expand(y.shape[:-1]).clone()
    small = 4 * torch.finfo(y.dtype).eps ** 0.75
    for _ in range(60):
        start, rest, sensitivity = _profile(rate, y, t, omega)
        step = (sensitivity * rest).sum(-1) / sensitivity.square().sum(-1)
        if bool((step.abs() <= small * (1 + rate.abs())).all()):
            error = (rest.square().sum(-1) / (len(t) - 2) / sensitivity.square().sum(-1)).sqrt()
            return Fit(rate, start, error)
        rate = rate + _shortened(step, rate, rest.square().sum(-1), y, t, omega)
    raise RuntimeError("the fit did not settle: give a guess nearer to the rate")


def _profile(rate: Tensor, y: Tensor, t: Tensor, omega: float) -> tuple[Tensor, Tensor, Tensor]:
    """The best start for each rate, the residuals, and the sensitivity with the start's share taken out."""
    decay = torch.exp(-rate[..., None] * t)
    size = decay.square().sum(-1)
    start = (decay * (y - forced_response(rate, t, omega))).sum(-1) / size
    sensitivity = rate_sensitivity(rate, start, t, omega)
    share = (decay * sensitivity).sum(-1) / size
    return start, y - solution(rate, start, t, omega), sensitivity - share[..., None] * decay


def _shortened(step: Tensor, rate: Tensor, before: Tensor, y: Tensor, t: Tensor, omega: float) -> Tensor:
    """Each step, halved until the sum of squares does not grow, up to rounding."""
    slack = len(t) * torch.finfo(y.dtype).eps  # rounding of the sum
    for _ in range(30):
        after = _profile(rate + step, y, t, omega)[1].square().sum(-1)
        grows = ~(after <= before + slack * (before + y.square().sum(-1)))
        if not bool(grows.any()):
            break
        step = torch.where(grows, step / 2, step)
    return step


def _sides(regression: Regression, y: Tensor) -> tuple[Tensor, Tensor]:
    _check_data(y, regression.a.shape[1])
    return y @ regression.a.mT, y @ regression.b.mT - regression.f


def _check_data(y: Tensor, n: int) -> None:
    if not isinstance(y, Tensor) or not y.is_floating_point():
        raise TypeError("y must be a real floating-point tensor")
    if y.ndim < 1 or y.shape[-1] != n or not y.numel():
        raise ValueError(f"y must have {n} samples a row, not shape {tuple(y.shape)}")
    if not bool(torch.isfinite(y).all()):
        raise ValueError("y has entries that are not finite")


def _identity(t: Tensor, omega: float) -> Tensor:
    check_times(t, 3)
    check_positive(omega, "omega")
    return torch.eye(len(t), dtype=t.dtype, device=t.device)
