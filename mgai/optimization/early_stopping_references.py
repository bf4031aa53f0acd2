"""Extrema of :mod:`mgai.optimization.early_stopping` by a numerical search, for claims to compare with.

Used on the page ``chapters/3-optimization/gradient-descent-in-the-eigenbasis``.
"""

from __future__ import annotations

import math

from scipy.optimize import minimize_scalar


def shares(s: float) -> tuple[float, float]:
    r"""What gradient flow and ridge keep of a component with :math:`\lambda t = s`.

    >>> [round(share, 3) for share in shares(1.0)]
    [0.632, 0.5]
    """
    return 1 - math.exp(-s), s / (1 + s)


def gap_by_search() -> float:
    """The largest difference of the two shares, by a bounded search over its values.

    >>> round(gap_by_search(), 3)
    0.204
    """
    return -float(minimize_scalar(lambda s: shares(s)[1] - shares(s)[0], bounds=(0.1, 20), method="bounded").fun)


def ratio_by_search() -> float:
    """The largest quotient of the two shares, by a bounded search over its values.

    >>> round(ratio_by_search(), 3)
    1.298
    """
    return -float(minimize_scalar(lambda s: -shares(s)[0] / shares(s)[1], bounds=(0.1, 20), method="bounded").fun)
