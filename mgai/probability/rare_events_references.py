r"""What the claims of ``chapters/5-probability/rare-events`` compare with: other routes to the same numbers."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction

import torch
from scipy import integrate, optimize

from mgai.information.entropy_and_divergences import kl
from mgai.probability.exponential_families import Bernoulli, Exponential, Law, Normal, Poisson

#: The page's events: a law of the summands, and the level that their mean is to reach.
CASES: tuple[tuple[Law, float], ...] = (
    (Bernoulli(0.5), 0.7),
    (Exponential(1.0), 2.0),
    (Normal(), 1.0),
    (Poisson(1.0), 2.0),
)


def numerical_conjugate(f: Callable[[float], float], slope: float, low: float, high: float) -> float:
    r""":math:`\sup_x\{\text{slope}\cdot x-f(x)\}` over an interval, by SciPy's bounded scalar search.

    >>> round(numerical_conjugate(lambda x: x * x / 2, 3.0, -10.0, 10.0), 9)
    4.5
    """
    found = optimize.minimize_scalar(
        lambda x: f(x) - slope * x, bounds=(low, high), method="bounded", options={"xatol": 1e-11}
    )
    return -float(found.fun)


def tilted_divergence(law: Law, a: float, *, reverse: bool = False) -> float:
    r""":math:`D(P_\theta\Vert P)` of the law tilted to the mean a, by summing or integrating the densities.

    >>> round(tilted_divergence(Normal(), 2.0), 9)
    2.0
    """
    pair = law.tilted(law.tilt(a)), law
    first, second = pair[::-1] if reverse else pair
    if isinstance(first, Bernoulli) and isinstance(second, Bernoulli):
        p, q = (torch.tensor([one.p, 1 - one.p], dtype=torch.float64) for one in (first, second))
        return float(kl(p, q))
    if isinstance(first, Poisson) and isinstance(second, Poisson):
        ratio, shift = math.log(first.mean / second.mean), second.mean - first.mean
        masses = [math.exp(k * math.log(first.mean) - math.lgamma(k + 1) - first.mean) for k in range(200)]
        return math.fsum(mass * (k * ratio + shift) for k, mass in enumerate(masses))
    low = 0.0 if isinstance(law, Exponential) else -math.inf
    return _density_divergence(_log_density(first), _log_density(second), low)


def _density_divergence(p: Callable[[float], float], q: Callable[[float], float], low: float) -> float:
    def integrand(x: float) -> float:
        return math.exp(p(x)) * (p(x) - q(x))

    return float(integrate.quad(integrand, low, math.inf, epsabs=1e-13, epsrel=1e-13)[0])


def _log_density(law: Law) -> Callable[[float], float]:
    if isinstance(law, Exponential):
        return lambda x: math.log(law.decay) - law.decay * x
    return lambda x: -((x - law.mean) ** 2) / (2 * law.variance) - math.log(2 * math.pi * law.variance) / 2


def fair_coin_log_tail(n: int, k: int) -> float:
    r""":math:`\ln\sum_{j\ge k}\binom nj2^{-n}`, the sum in integers of any size.

    >>> round(math.exp(fair_coin_log_tail(3, 2)), 12)
    0.5
    """
    term, total = math.comb(n, k), 0
    for j in range(k, n + 1):
        total += term
        term = term * (n - j) // (j + 1)
    return math.log(total) - n * math.log(2)


def exponential_log_tail(n: int, t: int) -> float:
    r""":math:`\ln P(S_n\ge t)` for unit exponentials and an integer t: :math:`e^{-t}\sum_{k<n}t^k/k!`, in integers.

    >>> round(exponential_log_tail(1, 5), 12)
    -5.0
    """
    term, total = 1, 0  # t^k (n-1)! / k!, from k = n - 1 downwards, is an integer
    power = t ** (n - 1)
    for k in range(n - 1, -1, -1):
        total += term * power
        term, power = term * k, power // t
    return math.log(total) - math.lgamma(n) - t


def poisson_log_tail(total: int, k: int, digits: int = 30) -> float:
    r""":math:`\ln P(N\ge k)` for a Poisson variable of an integer mean, as an incomplete gamma function (mpmath).

    >>> round(math.exp(poisson_log_tail(1, 1)), 9) == round(1 - math.exp(-1), 9)
    True
    """
    import mpmath

    with mpmath.workdps(digits):
        return float(mpmath.log(mpmath.gammainc(k, 0, total, regularized=True)))


def normal_log_tail(z: float, digits: int = 30) -> float:
    r""":math:`\ln P(Z\ge z)`, as a complementary error function (mpmath).

    >>> round(normal_log_tail(0.0), 12) == round(math.log(0.5), 12)
    True
    """
    import mpmath

    with mpmath.workdps(digits):
        return float(mpmath.log(mpmath.erfc(mpmath.mpf(z) / mpmath.sqrt(2)) / 2))


def coin_second_moment(n: int, k: int, odds: int) -> float:
    r"""The logarithm of the second moment of a weighted draw of n fair coins, enumerated over the number of heads.

    Heads are drawn with the probability odds / (1 + odds), the tilt :math:`\theta=\ln(\text{odds})`; all in fractions.

    >>> round(math.exp(coin_second_moment(1, 1, 1)), 12)  # no tilt: the probability itself
    0.5
    """
    heads, second = Fraction(odds, 1 + odds), Fraction(0)
    for j in range(k, n + 1):
        drawn = heads**j * (1 - heads) ** (n - j)
        second += math.comb(n, j) * Fraction(1, 4**n) / drawn
    return math.log(second.numerator) - math.log(second.denominator)


def exponential_second_moment(n: int, t: float, decay: float) -> float:
    r"""The second moment for a sum of n unit exponentials above t, drawn with another decay, by quadrature.

    >>> round(exponential_second_moment(1, 1.0, 1.0), 9) == round(math.exp(-1), 9)
    True
    """

    def integrand(s: float) -> float:  # p²/q for the gamma densities of the sum
        return math.exp((n - 1) * math.log(s) - math.lgamma(n) - (2 - decay) * s - n * math.log(decay))

    return float(integrate.quad(integrand, t, math.inf, epsabs=0, epsrel=1e-12)[0])


def two_sided_second_moment(c: float) -> float:
    r""":math:`\int_{|z|\ge c}\varphi(z)^2/\varphi(z-c)\,dz`, by quadrature.

    >>> round(two_sided_second_moment(1e-9), 6)
    1.0
    """

    def integrand(z: float) -> float:
        return math.exp(-z * z / 2 - c * z + c * c / 2) / math.sqrt(2 * math.pi)

    sides = [integrate.quad(integrand, *ends, epsabs=0, epsrel=1e-12)[0] for ends in ((c, math.inf), (-math.inf, -c))]
    return float(sum(sides))
