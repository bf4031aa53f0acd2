"""Independent routes for ``chapters/3-optimization/rmsprop-and-adam``: quadrature of what the steps fall short."""

from __future__ import annotations

import math

from scipy.integrate import quad


def lost_by_quadrature(ratio: float, beta: float) -> float:
    """The integral of one minus the share over all times, by SciPy.

    >>> round(lost_by_quadrature(100.0, 0.99))
    340
    """

    def missing(time: float) -> float:
        return 1 - 1 / math.sqrt(1 + (1 - beta) * beta**time * (ratio**2 - 1))

    end = math.log(1e14 * ratio**2) / -math.log(beta)  # what is left beyond is below rounding
    return float(quad(missing, 0, end, limit=500)[0])
