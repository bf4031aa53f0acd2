r"""References for the damping rate that share nothing with it: SciPy's solver and curve fit, NumPy's polynomials.

Shown on the pages ``chapters/2-calculus/damping-rate`` and ``chapters/2-calculus/damping-rate-error``.
"""

from __future__ import annotations

import numpy as np
import torch
from jaxtyping import Float
from scipy import integrate, optimize, stats
from torch import Tensor

from mgai.calculus.damped_response import check_times
from mgai.calculus.damping_rate import Regression


def integrated_solution(gamma: float, start: float, t: Float[Tensor, " n"], omega: float = 2.0) -> np.ndarray:
    r"""The solution of :math:`\dot x=-\gamma x+\cos\omega t` by Dormand and Prince's method of order 8, to about 1e-12.

    gamma, start: the rate and the value at time 0; t: increasing times from 0 on.

    >>> integrated_solution(1.0, 1.0, torch.tensor([0.0, 0.5], dtype=torch.float64)).round(4).tolist()
    [1.0, 0.9299]
    """
    check_times(t)
    times = t.cpu().double().numpy()  # between steps the method interpolates with order 7: short steps keep that exact
    run = integrate.solve_ivp(
        lambda time, x: -gamma * x + np.cos(omega * time),
        (0.0, times[-1]), [start], method="DOP853", t_eval=times, rtol=1e-12, atol=1e-13,
        max_step=0.25 * np.diff(times).min(),
    )  # fmt: skip
    return run.y[0]


def fitted_by_scipy(y: Float[Tensor, " n"], t: Float[Tensor, " n"], guess: float, omega: float = 2.0) -> np.ndarray:
    r"""Rate, start and the rate's standard error by :func:`scipy.optimize.curve_fit`.

    The trajectory is written with a phase,
    :math:`x=\rho\cos(\omega t-\varphi)+(x_0-\rho\cos\varphi)e^{-\gamma t}`,
    :math:`\rho e^{i\varphi}=(\gamma-i\omega)^{-1}`.
    Derivatives are differences.
    """
    check_times(t, 3)
    times, data = t.cpu().double().numpy(), y.cpu().double().numpy()

    def model(time: np.ndarray, gamma: float, start: float) -> np.ndarray:
        response = 1 / (gamma - 1j * omega)
        size, phase = np.abs(response), np.angle(response)
        return size * np.cos(omega * time - phase) + (start - size * np.cos(phase)) * np.exp(-gamma * time)

    best, covariance = optimize.curve_fit(model, times, data, p0=(guess, data[0]), ftol=1e-15, xtol=1e-15, gtol=1e-15)
    return np.array([*best, covariance[0, 0] ** 0.5])


def rate_by_numpy(
    y: Float[Tensor, " n"], t: Float[Tensor, " n"], kind: str, degree: int = 7, omega: float = 2.0
) -> float:
    """The rates of :mod:`mgai.calculus.damping_rate` from NumPy's own differences, polynomials and integrals.

    kind: ``"forward"``, ``"central"``, ``"integral"`` or ``"polynomial"``; KeyError otherwise.
    """
    times, data = t.cpu().double().numpy(), y.cpu().double().numpy()
    fit = np.polynomial.Polynomial.fit(times, data, degree)
    force, total = np.cos(omega * times), np.sin(omega * times) / omega
    inner, ones = slice(1, -1), np.ones_like(times)
    columns, response = {
        "forward": ([data[:-1]], np.diff(data) / np.diff(times) - force[:-1]),
        "central": ([data[inner]], np.gradient(data, times)[inner] - force[inner]),
        "integral": ([integrate.cumulative_trapezoid(data, times, initial=0), ones], data - total),
        "polynomial": ([fit(times)], fit.deriv()(times) - force),
    }[kind]
    return -float(np.linalg.lstsq(np.stack(columns, axis=1), response, rcond=None)[0][0])


def ratio_moments_by_scipy(regression: Regression, x: Float[Tensor, " n"], noise: float) -> tuple[float, float]:
    r"""Mean and standard deviation of a regression's estimate by adaptive quadrature in :math:`p=s/(1+s)`.

    Each node solves with the full matrix; nothing is diagonalised. To about 1e-8 while the noise is not small: the
    variance is a difference of two integrals.
    """
    a, b, f, clean = (part.cpu().double().numpy() for part in (*regression[:3], x))
    gram, cross, force = a.T @ a, a.T @ b, a.T @ f
    q = (cross + cross.T) / 2
    scale = clean @ gram @ clean + noise**2 * np.trace(gram)

    def integrand(p: float, power: int) -> float:
        s = p / (1 - p) / scale
        v = np.linalg.inv(np.eye(len(clean)) + 2 * s * noise**2 * gram)
        v, m = (v + v.T) / 2, v @ clean
        weight = np.exp(np.linalg.slogdet(v)[1] / 2 - s * clean @ gram @ m)
        mean = m @ q @ m - force @ m + noise**2 * np.trace(q @ v)
        lean = 2 * q @ m - force
        square = mean**2 + noise**2 * lean @ v @ lean + 2 * noise**4 * np.trace(q @ v @ q @ v)
        return weight * (mean if power == 1 else s * square) / (1 - p) ** 2 / scale

    first, second = (
        integrate.quad(integrand, 0, 1, (power,), epsabs=1e-13, epsrel=1e-11, limit=200)[0] for power in (1, 2)
    )
    return -first, float(np.sqrt(second - first**2))


def rate_gradient(regression: Regression, x: Float[Tensor, " n"]) -> Float[Tensor, " n"]:
    """The derivative of a regression's estimate by its samples, by automatic differentiation."""

    def rate(y: Tensor) -> Tensor:
        u = regression.a @ y
        return -(u @ (regression.b @ y - regression.f)) / (u @ u)

    return torch.func.grad(rate)(x)


def polynomial_values(y: Float[Tensor, " n"], t: Float[Tensor, " n"], degree: int) -> np.ndarray:
    """The values of NumPy's least-squares polynomial at the samples."""
    times = t.cpu().double().numpy()
    return np.polynomial.Polynomial.fit(times, y.cpu().double().numpy(), degree)(times)


def student_quantile(freedom: int, level: float = 0.95) -> float:
    """The factor of a two-sided Student interval.

    >>> round(student_quantile(49), 4)
    2.0096
    """
    return float(stats.t.isf((1 - level) / 2, freedom))


def highest_coverage(held: int, n: int, level: float = 1e-6) -> float:
    """The upper end of Clopper and Pearson's interval for a probability, after ``held`` successes in n trials.

    >>> round(highest_coverage(950, 1000), 3)
    0.976
    """
    return float(stats.beta.isf(level, held + 1, n - held))
