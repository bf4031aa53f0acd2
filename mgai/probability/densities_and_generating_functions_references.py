r"""Independent routes to what ``chapters/5-probability/densities-and-generating-functions`` claims."""

from __future__ import annotations

import math
from fractions import Fraction

import torch
from jaxtyping import Float
from scipy import stats
from scipy.integrate import quad
from torch import Tensor

_REACH, _STEP = 14.0, 2.0**-7  # the trapezoidal rule for smooth integrands that decay like a normal density


def cantor_function(x: Fraction) -> Fraction:
    r"""Cantor's distribution function at a multiple of :math:`3^{-k}` in [0, 1], exactly.

    Ternary digits up to the first 1 are halved and read as binary ones. See ``cs-01-16``.

    Raises:
        ValueError: x lies outside [0, 1], or 64 ternary digits do not end it.

    >>> cantor_function(Fraction(1, 3)), cantor_function(Fraction(8, 9))
    (Fraction(1, 2), Fraction(3, 4))
    """
    if not 0 <= x <= 1:
        raise ValueError(f"x must lie between 0 and 1, not {x}")
    value, weight = Fraction(0), Fraction(1, 2)
    for _ in range(64):
        if x == 1:
            return value + 2 * weight
        digit, x = divmod(3 * x, 1)
        if digit == 1:
            return value + weight
        value, weight = value + weight * (digit // 2), weight / 2
        if x == 0:
            return value
    raise ValueError("x must be a multiple of a power of 1/3")


def summed_mgfs(t: Float[Tensor, " n"]) -> dict[str, Float[Tensor, " n"]]:
    r"""The sums :math:`\sum_ke^{tk}P(X=k)` with SciPy's probabilities: Bernoulli 0.3, binomial (9, 0.3), Poisson 2.5.

    See ``cs-01-19``, ``cs-01-21``, ``cs-01-23``. The Poisson law is cut off at 120, for :math:`|t|\le1.5`.

    >>> {name: float(value.round(decimals=12)) for name, value in summed_mgfs(torch.zeros(1).double()).items()}
    {'Bernoulli': 1.0, 'binomial': 1.0, 'Poisson': 1.0}
    """
    laws = {"Bernoulli": (stats.bernoulli(0.3), 2), "binomial": (stats.binom(9, 0.3), 10)}
    laws["Poisson"] = (stats.poisson(2.5), 120)
    k = torch.arange(120, dtype=t.dtype, device=t.device)
    return {
        name: torch.exp(t[:, None] * k[:n]) @ torch.as_tensor(law.pmf(range(n))).to(t)
        for name, (law, n) in laws.items()
    }


def gamma_mgf_by_quadrature(shape: float, scale: float, t: float) -> float:
    r"""The integral :math:`\int_0^\infty e^{tx}x^{\alpha-1}e^{-x/\beta}dx/(\Gamma(\alpha)\beta^\alpha)`; ``cs-01-22``.

    Raises:
        ValueError: :math:`t\ge1/\beta`, where it is infinite, or shape below 1, where the integrand is not bounded.

    >>> round(gamma_mgf_by_quadrature(2.0, 0.5, 1.0), 10)
    4.0
    """
    if not (scale > 0 and t < 1 / scale and shape >= 1):
        raise ValueError(f"shape={shape}, scale={scale}, t={t} give no bounded integrand with a finite integral")
    constant = math.gamma(shape) * scale**shape
    decay = 1 / scale - t
    end = (60 + 4 * shape) / decay
    return quad(lambda x: x ** (shape - 1) * math.exp(-decay * x), 0, end, epsabs=1e-13, limit=200)[0] / constant


def lognormal_nodes() -> tuple[Float[Tensor, " m"], Float[Tensor, " m"]]:
    r"""Nodes :math:`y=\ln x` and weights of the trapezoidal rule for the standard normal law of :math:`\ln X`.

    >>> bool((lognormal_nodes()[1].sum() - 1).abs() < 1e-14)
    True
    """
    y = torch.arange(-_REACH, _REACH + _STEP, _STEP, dtype=torch.float64)
    return y, _STEP * (-0.5 * y.square()).exp() / math.sqrt(2 * math.pi)


def heyde_mean(power: float, amplitude: float = 1.0) -> float:
    r""":math:`\mathbb E[X^n]` for the density :math:`f(x)(1+a\sin(2\pi\ln x))`, f log-normal, by quadrature.

    For integer n the value is :math:`e^{n^2/2}` whatever :math:`a\in[-1,1]`: Heyde's example (``cs-01-18``).

    Raises:
        ValueError: the amplitude makes the density negative, or n is too large for the nodes.

    >>> abs(heyde_mean(1.0) - math.exp(0.5)) < 1e-14
    True
    """
    if not (-1 <= amplitude <= 1 and abs(power) <= 6):
        raise ValueError(f"amplitude={amplitude} and power={power} must lie in [-1, 1] and [-6, 6]")
    y, weights = lognormal_nodes()
    return float(weights @ ((power * y).exp() * (1 + amplitude * (2 * math.pi * y).sin())))


def heyde_laplace(amplitude: float) -> float:
    r""":math:`\psi_X(-1)=\mathbb E[e^{-X}]` for the same density, by quadrature.

    >>> heyde_laplace(0.0) < 1
    True
    """
    y, weights = lognormal_nodes()
    return float(weights @ ((-y.exp()).exp() * (1 + amplitude * (2 * math.pi * y).sin())))


def cauchy_tail(scale: float, level: float) -> float:
    r""":math:`P(X\le a)` for the Cauchy law of scale c, by quadrature of its density from 0 to a.

    >>> round(cauchy_tail(1.0, 1.0), 12)
    0.75
    """
    return 0.5 + quad(lambda x: scale / (math.pi * (scale**2 + x**2)), 0, level, epsabs=1e-14)[0]
