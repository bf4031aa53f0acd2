r"""Linear separability: the widest separation of two sets by linear programming, or a point that both hulls share.

Shown on the pages ``chapters/4-networks/hamming-parity-network`` and ``chapters/4-networks/exclusive-or-of-clauses``.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float
from scipy.optimize import linprog
from torch import Tensor

_DENOMINATOR = 1000  # of the largest fraction that a solver's decimals are read as


class Separation(NamedTuple):
    """The widest separation: weights with absolute sum 1 (if r > 0), bias, radius; and the best shares of the points.

    ``shares`` add up to 1 over the points with label 1, and over those with label 0.
    """

    w: Float[Tensor, " d"]
    b: float
    radius: float
    shares: Float[Tensor, " n"]


def separate(points: Float[Tensor, "n d"], labels: Float[Tensor, " n"]) -> Separation:
    r"""The hyperplane from which two sets of points have the largest distance, in the norm :math:`\max_i|x_i|`.

    Maximises r under :math:`s_i(w\cdot x_i+b)\ge r` and :math:`\lVert w\rVert_1\le1`, with :math:`s_i=\pm1`
    (``thm-exclusive-or-radius``). Its dual finds the nearest points :math:`\sum\lambda_ix_i` and :math:`\sum\mu_ix_i`
    of the hulls; they are 2r apart. Separable means r > 0. Where r = 0 the hulls share a point and w may be 0
    (``thm-hamming-parity-certificate``).

    Args:
        points: one point a row.
        labels: 1 or 0, both there.

    Raises:
        ValueError: other labels, one class alone, or points that are not finite.

    Cost: a linear programme in 2d + 2 unknowns (HiGHS).

    >>> separate(torch.tensor([[0.0], [1.0]]), torch.tensor([0.0, 1.0])).radius
    0.5
    """
    signs = _signs(points, labels)
    x = points.detach().cpu().double().numpy()
    (n, d), s = x.shape, signs[:, None]
    system = -np.hstack([s * x, -s * x, s, -np.ones((n, 1))])
    system = np.vstack([system, np.r_[np.ones(2 * d), 0.0, 0.0]])
    solved = linprog(
        np.r_[np.zeros(2 * d + 1), -1.0],
        A_ub=system,
        b_ub=np.r_[np.zeros(n), 1.0],
        bounds=[(0, None)] * (2 * d) + [(None, None)] * 2,
        method="highs-ds",  # a vertex: few points with simple shares
    )
    w = solved.x[:d] - solved.x[d : 2 * d]
    shares = -2 * solved.ineqlin.marginals[:n]
    return Separation(torch.from_numpy(w), float(solved.x[2 * d]), float(solved.x[-1]), torch.from_numpy(shares))


def is_separable(points: Float[Tensor, "n d"], labels: Float[Tensor, " n"]) -> bool:
    """Whether a threshold unit gives the points their labels; no inner margin below 1e-7 occurs for bits.

    Raises: as :func:`separate`.

    >>> square = torch.tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    >>> [is_separable(square, torch.tensor([0.0, 1.0, 1.0, last])) for last in (1.0, 0.0)]
    [True, False]
    """
    return separate(points, labels).radius > 1e-7


def common_point(
    points: Sequence[Sequence[int]], labels: Sequence[int], shares: Sequence[Fraction]
) -> tuple[Fraction, ...] | None:
    """The point that ``shares`` make of either class, if it is the same; None if it is not, or they are no shares.

    All in exact arithmetic: a point returned proves that no threshold unit has these labels.

    >>> half = Fraction(1, 2)
    >>> common_point([[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0], [half] * 4)
    (Fraction(1, 2), Fraction(1, 2))
    """
    made = []
    for wanted in (0, 1):
        part = [(share, point) for share, point, label in zip(shares, points, labels, strict=True) if label == wanted]
        if not part or min(share for share, _ in part) < 0 or sum(share for share, _ in part) != 1:
            return None
        made.append(tuple(sum(share * c for share, c in zip(*pair, strict=True)) for pair in _columns(part)))
    return made[0] if made[0] == made[1] else None


def midpoint_shares(four: Sequence[int], n: int) -> list[Fraction]:
    """Shares of n points that are one half at four of them: two of either class, with one midpoint.

    >>> [str(share) for share in midpoint_shares((0, 1, 3, 4), 5)]
    ['1/2', '1/2', '0', '1/2', '1/2']
    """
    return [Fraction(int(i in four), 2) for i in range(n)]


def certificate(points: Float[Tensor, "n d"], labels: Float[Tensor, " n"]) -> list[Fraction]:
    """Shares of the points by which the hulls of both classes meet, as fractions checked by :func:`common_point`.

    Raises:
        ValueError: the classes can be separated, the points are no integers, or as :func:`separate`.

    >>> square = torch.tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    >>> [str(share) for share in certificate(square, torch.tensor([0.0, 1.0, 1.0, 0.0]))]
    ['1/2', '1/2', '1/2', '1/2']
    """
    if not bool((points == points.round()).all()):
        raise ValueError("points must have whole coordinates")
    found = separate(points, labels)
    shares = [Fraction(share).limit_denominator(_DENOMINATOR) for share in found.shares.tolist()]
    if common_point(points.long().tolist(), labels.long().tolist(), shares) is None:
        raise ValueError(f"labels can be separated with radius {found.radius:.3g}: there is no certificate")
    return shares


def _columns(part: list) -> list:
    shares = [share for share, _ in part]
    return [(shares, column) for column in zip(*(point for _, point in part), strict=True)]


def _signs(points: Tensor, labels: Tensor) -> np.ndarray:
    if points.ndim != 2 or labels.shape != points.shape[:1]:
        raise ValueError(f"labels must be one for each row of points, not {tuple(labels.shape)}")
    if not bool(torch.isfinite(points).all()):
        raise ValueError("points has entries that are not finite")
    if set(labels.tolist()) != {0, 1}:
        raise ValueError("labels must be 0 and 1, and both must occur")
    return 2 * labels.detach().cpu().double().numpy() - 1
