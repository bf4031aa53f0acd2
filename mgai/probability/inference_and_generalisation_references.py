r"""References for the page ``chapters/5-probability/inference-and-generalisation``: counting, and quadrature."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from itertools import permutations

from scipy.integrate import quad


def coin_by_ranks(n: int) -> list[tuple[Fraction, Fraction]]:
    r"""(P(K = k), P(next is a success | K = k)) for k successes in n tosses of a uniform coin, by counting.

    The coin :math:`\theta` and the numbers that decide the tosses (a success if less than :math:`\theta`) are n + 2
    independent uniform numbers; all orders of them are equally likely, and nothing else matters.

    Raises:
        ValueError: n is not in 1, …, 7.

    >>> coin_by_ranks(1)
    [(Fraction(1, 2), Fraction(1, 3)), (Fraction(1, 2), Fraction(2, 3))]
    """
    if not 1 <= n <= 7:
        raise ValueError(f"n={n} must lie between 1 and 7")
    seen = [[0, 0] for _ in range(n + 1)]
    for coin, *tosses in permutations(range(n + 2)):
        wins = [toss < coin for toss in tosses]
        seen[sum(wins[:n])][wins[n]] += 1
    return [(Fraction(sum(pair), math.factorial(n + 2)), Fraction(pair[1], sum(pair))) for pair in seen]


def urn(n_balls: int, n_drawn: int) -> tuple[Fraction, Fraction]:
    r"""The next ball after n red ones from an urn, the number of red balls uniform on 0, …, N: drawn without return.

    Returns:
        The probability that it is red, by counting all orders of the balls; and what
        :math:`\sum_\theta p(\text{red}\mid\theta)p(\theta\mid S)` says with :math:`p(\text{red}\mid\theta)=\theta/N`.

    Raises:
        ValueError: not 0 < n < N < 8.

    >>> urn(4, 3)
    (Fraction(4, 5), Fraction(19, 20))
    """
    if not 0 < n_drawn < n_balls < 8:
        raise ValueError(f"n_drawn={n_drawn} and n_balls={n_balls} must satisfy 0 < n < N < 8")
    left = [
        (red, order[n_drawn] < red)
        for red in range(n_balls + 1)
        for order in permutations(range(n_balls))
        if all(ball < red for ball in order[:n_drawn])
    ]
    return Fraction(sum(win for _, win in left), len(left)), sum(Fraction(r, n_balls) for r, _ in left) / len(left)


def deviation_share(n: int) -> float:
    r"""De Moivre's mean deviation over n, :math:`\mathbb E|K-\frac n2|/n=2^{-n}\binom{n-1}{\lfloor n/2\rfloor}`.

    K is the number of heads in n tosses of a fair coin.

    Raises:
        ValueError: n is not positive.

    >>> deviation_share(2)
    0.25
    """
    if n < 1:
        raise ValueError(f"n={n} must be positive")
    return math.comb(n - 1, n // 2) / 2**n


def beta_moments(prior: Callable[[float], float], successes: int, failures: int) -> tuple[float, float, float]:
    r"""Integral, mean and variance of prior times likelihood :math:`\theta^k(1-\theta)^m`, by quadrature.

    >>> [round(moment, 6) for moment in beta_moments(lambda t: 1.0, 1, 0)]
    [0.5, 0.666667, 0.055556]
    """

    def moment(power: int, centre: float = 0.0) -> float:
        return quad(
            lambda t: (t - centre) ** power * prior(t) * t**successes * (1 - t) ** failures, 0, 1, epsabs=1e-15
        )[0]

    total = moment(0)
    mean = moment(1) / total
    return total, mean, moment(2, mean) / total


def inverse_square_mean(cut: float) -> float:
    r""":math:`\mathbb E[X^{-2};|X|\ge c]` for a standard normal X, by quadrature: it grows like :math:`0.8/c`.

    Raises:
        ValueError: the cut is not in (0, 1).

    >>> round(inverse_square_mean(0.5), 4)
    0.7912
    """
    if not 0 < cut < 1:
        raise ValueError(f"cut={cut} must lie between 0 and 1")
    density = math.sqrt(2 / math.pi)
    # over u = 1/x, where the integrand is bounded
    return quad(lambda u: density * math.exp(-0.5 / u**2), 0, 1 / cut, points=[0.3, 1.0], limit=200)[0]


def gaussian_kl_by_quadrature(mean: float, deviation: float, prior_deviation: float) -> float:
    r"""The divergence of :math:`N(\mu,\sigma_Q^2)` from :math:`N(0,\sigma_P^2)` as an integral of the log ratio.

    >>> round(gaussian_kl_by_quadrature(1.0, 1.0, 1.0), 10)
    0.5
    """

    def integrand(z: float) -> float:
        w = mean + deviation * z
        ratio = (w / prior_deviation) ** 2 / 2 - z * z / 2 + math.log(prior_deviation / deviation)
        return ratio * math.exp(-z * z / 2) / math.sqrt(2 * math.pi)

    return quad(integrand, -12, 12, epsabs=1e-13, epsrel=1e-13, limit=200)[0]
