r"""The dimension of a cloud from distances to nearest neighbours: TwoNN, Levina and Bickel's estimate, exact intervals.

With :math:`T_1<T_2<\dots` the distances of a point to its neighbours, and a density that is constant in the ball of
radius :math:`T_k`, the sum :math:`\sum_{j<k}\ln(T_k/T_j)` has the law Gamma(k - 1) with the rate d (theorem
``thm-neighbour-ratios``).
Shown on the page ``chapters/4-networks/intrinsic-dimension``.
"""

from __future__ import annotations

import torch
from jaxtyping import Float
from scipy import stats
from torch import Tensor

from mgai.linear_algebra.low_rank import check_integer

_REPEATED = 1e-13  # a squared distance below this share of the largest squared radius is rounding: one point, twice


def neighbour_distances(x: Float[Tensor, "*batch n d"], k: int) -> Float[Tensor, "*batch n k"]:
    """The distances of every point to its ``k`` nearest others, ascending.

    Args:
        x: finite, floating point, points in rows.
        k: from 1 to n - 1.

    Raises:
        TypeError, ValueError: ``x`` is no such tensor, or ``k`` is out of range.

    Cost: O(n² d), some n² numbers of memory for each cloud; float64 inside.

    >>> neighbour_distances(torch.tensor([[0.0], [1.0], [3.0]]), 2)
    tensor([[1., 3.],
            [1., 2.],
            [2., 3.]])
    """
    if not isinstance(x, Tensor) or not x.is_floating_point():
        raise TypeError("x must be a real floating-point tensor")
    if x.ndim < 2 or x.shape[-1] == 0 or not bool(torch.isfinite(x).all()):
        raise ValueError(f"x must be finite points in rows, not of shape {tuple(x.shape)}")
    k = check_integer(k, "k", 1, x.shape[-2] - 1)
    # centred and in float64, so that the expanded square keeps small distances
    shifted = (x - x.mean(-2, keepdim=True)).double()
    sizes = shifted.square().sum(-1)
    squares = sizes[..., None] + sizes[..., None, :] - 2 * shifted @ shifted.mT
    squares = torch.where(squares > _REPEATED * sizes.amax(-1)[..., None, None], squares, 0.0)
    squares.diagonal(dim1=-2, dim2=-1).fill_(torch.inf)
    return squares.topk(k, largest=False).values.sqrt().to(x.dtype)


def log_ratio_sums(distances: Float[Tensor, "*shape k"]) -> Float[Tensor, "*shape"]:
    r"""The sums :math:`L=\sum_{j<k}\ln(T_k/T_j)` of each point.

    Args:
        distances: ascending along the last axis, two or more, positive.

    Raises:
        ValueError: fewer than two, or not positive: a point that occurs twice has no scale of its own.

    >>> float(log_ratio_sums(torch.tensor([1.0, 2.0, 4.0])).exp())
    8.0
    """
    if distances.ndim == 0 or distances.shape[-1] < 2:
        raise ValueError("distances must hold at least two neighbours")
    if not bool((distances > 0).all()):
        raise ValueError("distances must be positive: are there repeated points?")
    return (distances[..., -1:] / distances[..., :-1]).log().sum(-1)


def pooled_dimension(x: Float[Tensor, "*batch n d"], k: int = 2) -> Float[Tensor, "*batch"]:
    r"""The estimate :math:`\hat d=(N-1)/\sum_iL_i` with :math:`N=n(k-1)`; with k = 2 it is TwoNN by maximum likelihood.

    Unbiased if the n sums were independent draws of their law; N in place of N - 1 is the maximum of the likelihood.

    Args:
        x: points in rows, all different, n at least 3.
        k: how many neighbours, from 2 to n - 1.

    Raises:
        TypeError, ValueError: as for :func:`neighbour_distances`; repeated points; all ratios 1.

    Cost: O(n² d).

    Source: Facco, d'Errico, Rodriguez and Laio (2017) for k = 2; MacKay and Ghahramani (2005) for pooling.

    >>> pooled_dimension(torch.linspace(0, 1, 50, dtype=torch.float64)[:, None] ** 2) > 0.5
    tensor(True)
    """
    k = check_integer(k, "k", 2)
    total = log_ratio_sums(neighbour_distances(x, k)).sum(-1)
    if not bool((total > 0).all()):
        raise ValueError("x is a regular pattern: all ratios of distances are 1")
    return (x.shape[-2] * (k - 1) - 1) / total


def levina_bickel(x: Float[Tensor, "*batch n d"], k: int) -> Float[Tensor, "*batch"]:
    r"""The mean over the points of :math:`(k-1)/L_i`: the estimate of Levina and Bickel (2004).

    Under the law of theorem ``thm-neighbour-ratios`` its expectation is :math:`d\,(k-1)/(k-2)`, infinite for k = 2.

    Args:
        x: points in rows, all different.
        k: how many neighbours, from 3 to n - 1.

    Raises:
        TypeError, ValueError: as for :func:`pooled_dimension`.

    Cost: O(n² d).

    >>> rng = torch.Generator().manual_seed(0)
    >>> 1 < float(levina_bickel(torch.rand(200, 2, dtype=torch.float64, generator=rng), 10)) < 3
    True
    """
    k = check_integer(k, "k", 3)
    sums = log_ratio_sums(neighbour_distances(x, k))
    if not bool((sums > 0).all()):
        raise ValueError("x is a regular pattern: all ratios of distances are 1")
    return ((k - 1) / sums).mean(-1)


def dimension_interval(total: float, shape: int, level: float = 0.95) -> tuple[float, float]:
    r"""The exact interval for d from a Gamma sum: :math:`2d\sum L` is chi-square with 2 shape degrees of freedom.

    Args:
        total: the sum of the L, positive.
        shape: the number of logarithms in it, n (k - 1), of *independent* points.
        level: of confidence, in (0, 1).

    Raises:
        TypeError, ValueError: an argument out of range.

    >>> low, high = dimension_interval(20.0, 100)
    >>> low < 5 < high
    True
    """
    shape = check_integer(shape, "shape", 1)
    if not (0 < total < float("inf") and 0 < level < 1):
        raise ValueError(f"total={total} must be positive and finite, level={level} between 0 and 1")
    ends = stats.chi2.ppf([(1 - level) / 2, (1 + level) / 2], 2 * shape) / (2 * total)
    return float(ends[0]), float(ends[1])
