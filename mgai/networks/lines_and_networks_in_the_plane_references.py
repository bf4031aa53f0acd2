"""Independent routes to what the page ``chapters/4-networks/lines-and-networks-in-the-plane`` states."""

from __future__ import annotations

import itertools
import math

import numpy as np
import torch
from jaxtyping import Bool, Float
from scipy import integrate, optimize, stats
from torch import Tensor

from mgai.networks.separability import separate


def cuts_by_programming(x: Float[Tensor, "n 2"]) -> Bool[Tensor, "cuts n"]:
    """All subsets that a half-plane cuts off: one linear programme for each pair of subset and complement."""
    n = len(x)
    kept = [(False,) * n, (True,) * n]
    for rest in itertools.product((False, True), repeat=n - 1):
        if any(rest) and separate(x, torch.tensor([0.0, *map(float, rest)], dtype=x.dtype)).radius > 1e-12:
            kept += [(False, *rest), (True, *(not entry for entry in rest))]
    return torch.tensor(sorted(kept))


def cells_by_programming(w: Float[Tensor, "h 2"], b: Float[Tensor, " h"]) -> Bool[Tensor, "cells h"]:
    """All patterns of units for which some point has them: one linear programme each, for the largest ball's radius."""
    kept = []
    lengths = w.norm(dim=1).numpy()
    for pattern in itertools.product((False, True), repeat=len(w)):
        sign = np.where(pattern, 1.0, -1.0)
        system = np.hstack([-sign[:, None] * w.numpy(), lengths[:, None]])
        found = optimize.linprog([0, 0, -1], A_ub=system, b_ub=sign * b.numpy(),
                                 bounds=[(None, None), (None, None), (0, 1)])  # fmt: skip
        if found.status == 0 and found.x[2] > 1e-9:
            kept.append(pattern)
    return torch.tensor(sorted(kept))


def outlier_data(m: int, lever: float) -> tuple[Float[Tensor, "n 2"], Float[Tensor, " n"]]:
    """m points of either class at (±1, v) with equidistant v, and one outlier of each at the distance ``lever``."""
    heights = torch.linspace(-1, 1, m, dtype=torch.float64)
    side = torch.ones_like(heights)
    x = torch.cat([torch.stack([side, heights], 1), torch.stack([-side, heights], 1),
                   torch.tensor([[-lever, 0.0], [lever, 0.0]], dtype=torch.float64)])  # fmt: skip
    return x, torch.tensor([1.0] * m + [0.0] * m + [1.0, 0.0], dtype=torch.float64)


def outlier_slope(m: int, lever: float) -> float:
    r"""The zero of :math:`-m\,\sigma(-w)+L\,\sigma(Lw)`, by bisection."""
    return float(optimize.brentq(lambda w: lever / (1 + math.exp(-lever * w)) - m / (1 + math.exp(w)), -9, 9,
                                 xtol=1e-14))  # fmt: skip


def ring_accuracy(ratio: float) -> float:
    """The best line between circles of radii ``ratio`` and 1: over 401 distances, with 20,000 angles."""
    height = np.cos((np.arange(20_000) + 0.5) * math.pi / 20_000)
    distances = np.linspace(0, 2 * ratio, 401)
    outer, inner = (np.searchsorted(np.sort(c * height), distances, side="right") / 20_000 for c in (1.0, ratio))
    return float(np.max((1 - outer + inner) / 2))


def silent_choices(w: Float[Tensor, "h 2"]) -> int:
    """How many of the 2^h choices of signs of the rows leave a direction in which no unit is active, by programming.

    >>> silent_choices(torch.tensor([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]))
    6
    """
    rows = w.double().numpy()
    choices = itertools.product((1, -1), repeat=len(rows))
    return sum(
        optimize.linprog([0, 0], np.array(signs)[:, None] * rows, -np.ones(len(rows)), bounds=(None, None)).success
        for signs in choices
    )


def least_risks(apart: float, s: float) -> tuple[float, float]:
    """Half the integral of the smaller density, by quadrature: two classes at a distance, two around one point."""
    first = integrate.quad(lambda t: min(stats.norm.pdf(t), stats.norm.pdf(t - apart)), -12, 12 + apart,
                           points=[apart / 2], epsabs=1e-12)[0]  # fmt: skip
    radius = optimize.brentq(lambda r: stats.rayleigh.pdf(r) - stats.rayleigh.pdf(r, scale=s), 0.5, 9)
    second = sum(integrate.quad(lambda r: min(stats.rayleigh.pdf(r), stats.rayleigh.pdf(r, scale=s)), *ends,
                                epsabs=1e-12)[0] for ends in ((0, radius), (radius, 12 * s)))  # fmt: skip
    return first / 2, second / 2


def best_line_around_one_point(s: float) -> tuple[float, float]:
    """The distance and the risk of the best line for N(0, I) and N(0, s²I), by SciPy's scalar minimiser."""
    found = optimize.minimize_scalar(lambda d: (stats.norm.sf(d) + stats.norm.cdf(d / s)) / 2, bounds=(0, 9),
                                     method="bounded", options={"xatol": 1e-10})  # fmt: skip
    return float(found.x), float(found.fun)


def overlap_risk(distance: float, radius: float, side: float) -> float:
    """The least risk for points of a disc against points of a square ``distance`` to its right, by the area they share.

    Equal shares. The square's density must be the larger one, its left side must lie in the disc and right of the
    centre, and its right side beyond the disc.
    """
    start, corner = distance - side / 2, math.sqrt(radius**2 - side**2 / 4)

    def segment(u: float) -> float:
        return (u * math.sqrt(radius**2 - u**2) + radius**2 * math.asin(u / radius)) / 2

    area = side * (corner - start) + 2 * (segment(radius) - segment(corner))
    return area / (2 * math.pi * radius**2)


def overlap_risk_by_quadrature(distance: float, radius: float, side: float) -> float:
    """The same by quadrature over the smaller density."""
    low, high = distance - side / 2, distance + side / 2
    width = integrate.quad(lambda u: 2 * min(side / 2, math.sqrt(max(radius**2 - u**2, 0))), low, min(high, radius),
                           points=[math.sqrt(radius**2 - side**2 / 4)], epsabs=1e-12)[0]  # fmt: skip
    return width * min(1 / (math.pi * radius**2), 1 / side**2) / 2
