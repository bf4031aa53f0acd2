r"""How near a sample comes to its law: exact laws of the largest gap, distances of sums to the normal law, histograms.

Shown on the page ``chapters/5-probability/laws-of-large-numbers``.
"""

from __future__ import annotations

import math

import torch
from jaxtyping import Float
from scipy import special, stats
from torch import Tensor

from mgai.calculus.argument_checks import check_positive, check_tensor
from mgai.probability.rules_and_moments import check_law

BERRY_ESSEEN = 0.4748  # Shevtsova (2011): valid for all independent summands of one law with a third moment
_LONGEST = 200  # samples for which the recurrence of the exact law stays short


def kolmogorov_statistic(levels: Float[Tensor, " n"]) -> float:
    r"""The largest gap :math:`D_n=\sup_x|F_n(x)-F(x)|` of a sample, from the values :math:`F(x_i)`, for continuous F.

    Raises:
        TypeError, ValueError: ``levels`` is no vector of numbers in [0, 1].

    Cost: one sort.

    >>> kolmogorov_statistic(torch.tensor([0.5, 0.25]))
    0.5
    """
    check_tensor(levels, "levels", None)
    if not bool(((levels >= 0) & (levels <= 1)).all()):
        raise ValueError("levels must be in [0, 1]: give F of the sample")
    n, ordered = len(levels), levels.double().sort().values
    steps = torch.arange(n + 1, dtype=torch.float64, device=levels.device) / n
    return float(torch.maximum(steps[1:] - ordered, ordered - steps[:-1]).max())


def kolmogorov_probability(gap: float, n: int) -> float:
    r"""The exact probability :math:`P(D_n<d)` for a sample of n from a continuous law.

    With :math:`d=(k-h)/n`, k an integer and :math:`0\le h<1`, it is :math:`\frac{n!}{n^n}(H^n)_{kk}` for a
    matrix H of order :math:`2k-1`.

    Args:
        gap: d, positive.
        n: from 1 to 200.

    Raises:
        ValueError: an argument is out of range.

    Cost: n products of a vector with H.

    Source: Marsaglia, Tsang and Wang (2003), after Durbin.

    >>> round(kolmogorov_probability(0.75, 1), 12)
    0.5
    """
    check_positive(gap, "gap")
    if not 1 <= n <= _LONGEST:
        raise ValueError(f"n must be from 1 to {_LONGEST}, not {n}")
    if gap >= 1:
        return 1.0
    k = math.floor(n * gap) + 1
    matrix = _durbin_matrix(k, k - n * gap)
    row = torch.zeros(2 * k - 1, dtype=torch.float64)
    row[k - 1] = 1.0
    for i in range(1, n + 1):
        row = row @ matrix * (i / n)
    return float(row[k - 1])


def _durbin_matrix(k: int, h: float) -> Float[Tensor, "m m"]:
    m = 2 * k - 1
    i = torch.arange(m, dtype=torch.float64)
    apart = i[:, None] - i + 1
    matrix = torch.where(apart >= 0, torch.exp(-torch.lgamma(apart.clamp_min(0) + 1)), 0.0)
    missing = torch.exp(-torch.lgamma(i + 2)) * h ** (i + 1)
    matrix[:, 0] -= missing
    matrix[-1] -= missing.flip(0)
    matrix[-1, 0] += max(0.0, 2 * h - 1) ** m * math.exp(-math.lgamma(m + 1))
    return matrix


def kolmogorov_critical(level: float, n: int) -> float:
    r"""The gap that :math:`D_n` exceeds with probability ``level``, from SciPy's exact law.

    Raises:
        ValueError: the level is not in (0, 1), or n not positive.

    >>> round(kolmogorov_critical(0.5, 1), 12)
    0.75
    """
    _check_share(level, "level")
    _check_size(n)
    return float(stats.kstwo.isf(level, n))


def dkw_bound(gap: float, n: int) -> float:
    r"""The bound :math:`2e^{-2nd^2}` of :math:`P(D_n>d)` by Dvoretzky, Kiefer and Wolfowitz, with Massart's constant.

    Raises:
        ValueError: an argument is not positive.

    >>> round(dkw_bound(0.136, 100), 3)
    0.049
    """
    _check_size(n)
    return 2 * math.exp(-2 * n * check_positive(gap, "gap") ** 2)


def edgeworth_cdf(x: Float[Tensor, "*shape"], skewness: float, n: int) -> Float[Tensor, "*shape"]:
    r"""The first Edgeworth correction :math:`\Phi(x)-\frac{\gamma}{6\sqrt n}(x^2-1)\varphi(x)`.

    For standardised sums of n terms with skewness :math:`\gamma`; zero gives :math:`\Phi`.

    Raises:
        ValueError: n is not positive.

    >>> edgeworth_cdf(torch.tensor(1.0), 2.0, 4)
    tensor(0.8413)
    """
    _check_size(n)
    density = torch.exp(-(x**2) / 2) / math.sqrt(2 * math.pi)
    return torch.special.ndtr(x) - skewness / (6 * math.sqrt(n)) * (x**2 - 1) * density


def exponential_distance(n: int, skewness: float = 0.0, n_points: int = 20_001) -> float:
    r"""The largest gap between the law of a standardised sum of n exponential variables and :func:`edgeworth_cdf`.

    The sum has the gamma law; the supremum is taken on a grid of [-6, 10], which costs a relative error below 1e-6.

    Args:
        n: number of summands.
        skewness: 0 for the distance to the normal law, 2 for that to the corrected one.
        n_points: of the grid.

    Raises:
        ValueError: n is not positive.

    >>> round(exponential_distance(100) * 10, 4)
    0.133
    """
    _check_size(n)
    x = torch.linspace(-6, 10, n_points, dtype=torch.float64)
    exact = torch.from_numpy(special.gammainc(n, (n + math.sqrt(n) * x).clamp_min(0).numpy()))  # torch has ten digits
    return float((exact - edgeworth_cdf(x, skewness, n)).abs().max())


def binomial_distance(n: int, p: float, skewness: float = 0.0, *, midpoints: bool = False) -> float:
    r"""The largest gap between the law of a standardised binomial variable and :func:`edgeworth_cdf`.

    A supremum over all x: the values on both sides of each jump. With ``midpoints`` over the half-integers
    alone (the continuity correction).

    Raises:
        ValueError: n is not positive, or p not in (0, 1).

    Cost: n values of a distribution function.

    >>> round(binomial_distance(2, 0.5), 12)  # half the probability of the middle
    0.25
    """
    _check_size(n)
    _check_share(p, "p")
    k = torch.arange(n + 1, dtype=torch.float64)
    heads = torch.from_numpy(stats.binom.cdf(k.numpy(), n, p))
    deviation = math.sqrt(n * p * (1 - p))
    if midpoints:
        return float((heads - edgeworth_cdf((k + 0.5 - n * p) / deviation, skewness, n)).abs().max())
    smooth = edgeworth_cdf((k - n * p) / deviation, skewness, n)
    before = torch.cat([heads.new_zeros(1), heads[:-1]])
    return float(torch.maximum((heads - smooth).abs(), (before - smooth).abs()).max())


def limiting_distance(skewness: float, span: float = 0.0) -> float:
    r"""The limit of :math:`\sqrt n\,\Delta_n`: :math:`(|\gamma|+3h)/6\sqrt{2\pi}`.

    Args:
        skewness: :math:`\gamma` of a summand.
        span: h, the distance of its lattice points over its standard deviation; 0 for laws with a density.

    Raises:
        ValueError: ``span`` is negative or not finite.

    Source: Esseen (1945); Gnedenko and Kolmogorov (1954), §§42 and 43.

    >>> round(limiting_distance(0.0, 2.0), 4)  # a fair coin
    0.3989
    """
    if not 0 <= span < math.inf:
        raise ValueError(f"span must be finite and not negative, not {span}")
    return (abs(skewness) + 3 * span) / (6 * math.sqrt(2 * math.pi))


def normal_bins(width: float) -> tuple[Float[Tensor, " edges"], Float[Tensor, " k"]]:
    r"""Edges at the multiples of a width up to 10 and beyond, and the probabilities of the bins under the normal law.

    Raises:
        ValueError: the width is not positive, or above 10.

    >>> normal_bins(5.0)[1]
    tensor([2.8665e-07, 5.0000e-01, 5.0000e-01, 2.8665e-07], dtype=torch.float64)
    """
    if check_positive(width, "width") > 10:
        raise ValueError(f"width must be at most 10, not {width}")
    reach = math.ceil(10 / width)
    edges = width * torch.arange(-reach, reach + 1, dtype=torch.float64)
    half = torch.special.ndtr(edges[: reach + 1]).diff()  # the lower half, where nothing cancels
    return edges, torch.cat([half, half.flip(0)])


def histogram_error(probabilities: Float[Tensor, " k"], width: float, square_integral: float, n: int) -> float:
    r"""The exact :math:`\mathbb E\int(\hat f-f)^2` of a histogram whose bins hold the whole law.

    .. math:: \frac1{nh}\sum_jp_j(1-p_j)+\int f^2-\frac1h\sum_jp_j^2

    Args:
        probabilities: of the bins.
        width: h of each.
        square_integral: :math:`\int f^2`.
        n: draws.

    Raises:
        TypeError, ValueError: an argument is no such tensor or number.

    >>> round(histogram_error(torch.tensor([0.5, 0.5]), 0.5, 1.0, 4), 12)  # uniform: no bias
    0.25
    """
    check_law(probabilities, "probabilities")
    check_positive(width, "width")
    _check_size(n)
    variance = float((probabilities * (1 - probabilities)).sum()) / (n * width)
    return variance + square_integral - float(probabilities.square().sum()) / width


def _check_size(n: int) -> None:
    if n < 1:
        raise ValueError(f"n must be positive, not {n}")


def _check_share(value: float, argument: str) -> None:
    if not 0 < value < 1:
        raise ValueError(f"{argument} must be in (0, 1), not {value}")
