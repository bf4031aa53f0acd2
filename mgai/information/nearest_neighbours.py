r"""Mutual information from nearest neighbours, after Kraskov, Stögbauer and Grassberger, and how large it can become.

Shown on the page ``chapters/6-information/information-through-layers``.
"""

from __future__ import annotations

import math

import torch
from jaxtyping import Float
from scipy import special
from torch import Tensor


def ksg(x: Float[Tensor, "*batch n d"], y: Float[Tensor, "*batch n m"], k: int = 3) -> Float[Tensor, "*batch"]:
    r"""The estimate :math:`\psi(k)+\psi(n)-\langle\psi(n_x+1)+\psi(n_y+1)\rangle` of :math:`I(X;Y)` in nats.

    For each point let ε be the largest coordinate difference, in (x, y), to its k-th neighbour; :math:`n_x` counts the
    other points whose x is nearer than ε, :math:`n_y` those whose y is.

    Args:
        x, y: n pairs, one a row; no two others may lie equally far from one of them, as for draws from a density.
        k: from 1 to n - 1.

    Returns:
        At most :func:`ksg_ceiling` (``thm-information-through-layers-ceiling``); may be negative.

    Raises:
        ValueError: rows or leading axes differ, an entry is not finite, or k is out of range.

    Cost: O(n²(d + m)) operations, O(n²) memory.

    Source: Kraskov, Stögbauer and Grassberger, Phys. Rev. E 69 (2004) 066138, equation (8).

    >>> x = torch.arange(4.0).unsqueeze(1)
    >>> round(float(ksg(x, x, 1)), 4) == round(ksg_ceiling(4, 1), 4)
    True
    """
    if x.ndim < 2 or x.shape[:-1] != y.shape[:-1] or 0 in (x.shape[-1], y.shape[-1]):
        raise ValueError(f"x and y must be (..., n, d) and (..., n, m), not {tuple(x.shape)} and {tuple(y.shape)}")
    if not 1 <= k < x.shape[-2]:
        raise ValueError(f"k={k} must be from 1 to n - 1 = {x.shape[-2] - 1}")
    if not bool(x.isfinite().all() and y.isfinite().all()):
        raise ValueError("x and y must be finite")
    far_x, far_y = distances(x), distances(y)
    radius = far_x.maximum(far_y).kthvalue(k + 1, dim=-1, keepdim=True).values  # the nearest is the point itself
    inside = [
        (far < radius).sum(-1).clamp(min=1).double() for far in (far_x, far_y)
    ]  # counts the point itself: n_x + 1
    return special.digamma(k) + special.digamma(x.shape[-2]) - sum(torch.digamma(c) for c in inside).mean(-1)


def distances(x: Float[Tensor, "*batch n d"]) -> Float[Tensor, "*batch n n"]:
    """The largest coordinate difference of each two rows.

    >>> distances(torch.tensor([[0.0, 0.0], [1.0, -3.0]]))
    tensor([[0., 3.],
            [3., 0.]])
    """
    largest = (x[..., :, None, 0] - x[..., None, :, 0]).abs()
    for column in range(1, x.shape[-1]):  # one coordinate at a time: no tensor of n² d entries
        largest = largest.maximum((x[..., :, None, column] - x[..., None, :, column]).abs())
    return largest


def ksg_ceiling(n: int, k: int) -> float:
    r"""The largest value :math:`\psi(n)-\psi(k)` that :func:`ksg` can take on n points without equal distances.

    Theorem ``thm-information-through-layers-ceiling``. For k = 1 it is the harmonic number :math:`H_{n-1}`, about
    :math:`\ln n+0.577`.

    Raises ValueError unless 1 ≤ k < n.

    >>> ksg_ceiling(4, 1)  # 1 + 1/2 + 1/3
    1.8333333333333333
    """
    if not 1 <= k < n:
        raise ValueError(f"k={k} must be from 1 to n - 1 = {n - 1}")
    return math.fsum(1 / j for j in range(k, n))


def collision_probability(n: int, m: int) -> float:
    """The probability that n draws with replacement from m things are not all different.

    Raises ValueError when n or m is below 1.

    >>> round(collision_probability(2, 4), 12)
    0.25
    """
    if n < 1 or m < 1:
        raise ValueError(f"n={n} and m={m} must be at least 1")
    if n > m:
        return 1.0
    return -math.expm1(math.fsum(math.log1p(-j / m) for j in range(n)))
