r"""How many random patterns a Hopfield network holds: the exact law of the crosstalk and bounds from it.

Shown on the page ``chapters/6-information/hopfield-and-hamming``. N bits, P patterns of independent fair signs.
"""

from __future__ import annotations

import math

from scipy import stats


def crosstalk_error(n: int, k: int) -> float:
    r"""The probability that a bit of a stored pattern has a field against it, exactly.

    :math:`P(X<\tfrac12(M-N+1))` with :math:`X\sim\mathrm{Bin}(M,\tfrac12)`, :math:`M=(N-1)(P-1)`, derived on the page
    under ``thm-hopfield-and-hamming-crosstalk``. A field of zero is no error.

    Args:
        n: bits, at least 2.
        k: patterns, at least 1.

    Raises ValueError for fewer.

    >>> crosstalk_error(2, 3)
    0.25
    """
    _check(n, k)
    terms = (n - 1) * (k - 1)
    # below half of M - N + 1: the largest integer that is strictly less
    return float(stats.binom.cdf(math.ceil((terms - n + 1) / 2) - 1, terms, 0.5))


def gaussian_error(n: int, k: int) -> float:
    r"""The normal approximation :math:`\Phi(-\sqrt{N/P})` of :func:`crosstalk_error`.

    >>> round(gaussian_error(100, 25), 4)
    0.0228
    """
    _check(n, k)
    return float(stats.norm.cdf(-math.sqrt(n / k)))


def error_bound(n: int, k: int) -> float:
    r"""Hoeffding's bound :math:`e^{-(N-1)/2(P-1)}` on :func:`crosstalk_error` (0 for a single pattern).

    >>> error_bound(21, 11) > crosstalk_error(21, 11)
    True
    """
    _check(n, k)
    return math.exp(-(n - 1) / (2 * (k - 1))) if k > 1 else 0.0


def safe_patterns(n: int, risk: float) -> int:
    r"""The most patterns for which Hoeffding and the union bound keep a given pattern fixed, up to the given risk.

    The largest P with :math:`Ne^{-(N-1)/2(P-1)}\le` risk: about :math:`N/(2\ln N)` for large N.

    Raises ValueError unless the risk lies between 0 and 1.

    >>> safe_patterns(1000, 0.01)
    44
    """
    _check(n, 1)
    if not 0 < risk < 1:
        raise ValueError(f"risk must lie between 0 and 1, not {risk}")
    return 1 + math.floor((n - 1) / (2 * math.log(n / risk)))


def _check(n: int, k: int) -> None:
    if n < 2:
        raise ValueError(f"n must be at least 2, not {n}")
    if k < 1:
        raise ValueError(f"k must be at least 1, not {k}")
