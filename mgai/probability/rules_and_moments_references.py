r"""References for the claims of the page ``chapters/5-probability/rules-and-moments`` that are integrals."""

from __future__ import annotations

import math

from scipy.integrate import quad


def cauchy_partial_mean(below: float, above: float) -> float:
    r"""The integral :math:`\int_{-A}^B\frac{t}{\pi(1+t^2)}\,dt` over the standard Cauchy law, by quadrature.

    Its limit depends on how A and B grow: the law has no mean (``cs-01-07``).

    Raises:
        ValueError: a limit is not positive, or not finite.

    >>> round(cauchy_partial_mean(10.0, 10.0), 12) + 0.0
    0.0
    """
    if not (0 < below < math.inf and 0 < above < math.inf):
        raise ValueError(f"below={below} and above={above} must be positive and finite")
    return quad(lambda t: t / (math.pi * (1 + t * t)), -below, above, limit=200, epsabs=1e-12)[0]


def gamma_mean_log(shape: float) -> float:
    r""":math:`\mathbb E[\ln X]` for the gamma law of shape k and scale 1, by quadrature over :math:`u=\ln X`.

    The density of u is :math:`e^{ku-e^u}/\Gamma(k)`; the closed form is the digamma function (``cs-02-24``).

    Raises:
        ValueError: ``shape`` lies outside [1/2, 100], where the interval of integration serves.

    >>> round(gamma_mean_log(1.0), 10)  # minus Euler's constant
    -0.5772156649
    """
    if not 0.5 <= shape <= 100:
        raise ValueError(f"shape must lie between 0.5 and 100, not {shape}")

    def integrand(u: float) -> float:
        return u * math.exp(shape * u - math.exp(u) - math.lgamma(shape))

    return quad(integrand, -80, 6, points=[math.log(shape)], limit=200, epsabs=1e-12, epsrel=1e-12)[0]
