r"""References for :mod:`mgai.calculus.deep_products` that share nothing with it: SciPy's integrals and minimiser.

Shown on the page ``chapters/2-calculus/deep-products``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from scipy import integrate, optimize, stats

from mgai.calculus.argument_checks import check_positive
from mgai.linear_algebra.low_rank import check_integer


def chi_squared_log_mean(degrees: int) -> float:
    r"""The mean of :math:`\log\chi^2_k`, by integrating over the density of :math:`t=\log\chi^2_k`, which is smooth.

    degrees: at least 1; ValueError or TypeError otherwise.

    >>> round(chi_squared_log_mean(2), 6)  # log 2 - Euler's constant
    0.115932
    """
    half = check_integer(degrees, "degrees", 1) / 2

    def weighted(t: float) -> float:
        return t * math.exp(half * t - math.exp(t) / 2 - half * math.log(2) - math.lgamma(half))

    centre, reach = math.log(degrees), 80 / math.sqrt(degrees)
    value, _ = integrate.quad(weighted, centre - reach, centre + 6, points=[centre], epsabs=1e-13, epsrel=1e-12)
    return value


def normal_mean(function: Callable[[float], float]) -> float:
    """The mean of a function of a standard normal variable, by adaptive quadrature.

    >>> round(normal_mean(lambda z: z**4), 9)
    3.0
    """
    density = stats.norm.pdf
    value, _ = integrate.quad(lambda z: function(z) * density(z), -12, 12, points=[0.0], epsabs=1e-13, epsrel=1e-12)
    return value


def huber_minimiser(points: Sequence[float], c: float) -> float:
    r"""The x that minimises the sum of Huber's function of :math:`x-a_i`: a parabola up to c, a straight line beyond.

    points: one or more numbers; c: positive. ValueError otherwise.

    >>> round(huber_minimiser([0.0, 0.0, 3.0], 10.0), 6)  # the mean
    1.0
    """
    if not points:
        raise ValueError("points is empty: there is nothing to minimise")
    check_positive(c, "c")

    def loss(x: float) -> float:
        sizes = [abs(x - a) for a in points]
        return sum(r**2 / 2 if r <= c else c * (r - c / 2) for r in sizes)

    found = optimize.minimize_scalar(
        loss, bounds=(min(points), max(points)), method="bounded", options={"xatol": 1e-12}
    )
    return float(found.x)
