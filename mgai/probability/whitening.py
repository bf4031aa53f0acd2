r"""Whitening: an affine map that makes a covariance the identity, and what it leaves: Mardia's skewness and kurtosis.

Shown on the page ``chapters/5-probability/whitening``.
"""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from mgai.calculus.argument_checks import check_tensor
from mgai.probability.empirical_covariance import moment_tensor, sample_moments

KINDS = ("zca", "pca", "cholesky")


def whitening_matrix(covariance: Float[Tensor, "*batch d d"], kind: str = "zca") -> Float[Tensor, "*batch d d"]:
    r"""A matrix with :math:`W\Sigma W^\top=I`; every other one is :math:`QW` with Q orthogonal.

    With :math:`\Sigma=V\Lambda V^\top=LL^\top`: ``zca`` is the symmetric :math:`V\Lambda^{-1/2}V^\top`, which
    moves the data least; ``pca`` is :math:`\Lambda^{-1/2}V^\top`; ``cholesky`` is :math:`L^{-1}`, lower triangular
    (Kessy, Lewin and Strimmer, 2018).

    Args:
        covariance: symmetric positive definite; leading axes are replicas.
        kind: one of :data:`KINDS`.

    Raises:
        TypeError, ValueError: no finite square matrices, not positive definite, or an unknown kind.

    Cost: O(d³).

    >>> whitening_matrix(torch.tensor([[4.0, 0.0], [0.0, 1.0]]))
    tensor([[0.5000, 0.0000],
            [0.0000, 1.0000]])
    """
    if kind not in KINDS:
        raise ValueError(f"kind={kind!r} is not one of {', '.join(KINDS)}")
    check_tensor(covariance, "covariance", *[None] * max(2, getattr(covariance, "ndim", 2)))
    if covariance.shape[-1] != covariance.shape[-2]:
        raise ValueError(f"covariance must be square, not {tuple(covariance.shape)}")
    root, info = torch.linalg.cholesky_ex(covariance)
    if bool((info != 0).any()):
        raise ValueError("covariance must be positive definite: are there more samples than dimensions?")
    if kind == "cholesky":
        eye = torch.eye(root.shape[-1], dtype=root.dtype, device=root.device).expand_as(root)
        return torch.linalg.solve_triangular(root, eye, upper=False)
    values, vectors = torch.linalg.eigh(covariance)
    scaled = vectors.mT / values.sqrt()[..., None]
    return vectors @ scaled if kind == "zca" else scaled


def whitened(x: Float[Tensor, "*batch n d"], kind: str = "zca") -> Float[Tensor, "*batch n d"]:
    r"""The samples :math:`W(x_i-\hat\mu)` with W from their own covariance: mean zero and covariance I, exactly.

    Args:
        x: n > d samples in rows; leading axes are replicas.
        kind: as for :func:`whitening_matrix`.

    Raises:
        TypeError, ValueError: as there; in particular when the samples lie in a plane of fewer dimensions.

    Cost: O(n d² + d³) a replica.

    >>> sample_moments(whitened(torch.randn(9, 2, dtype=torch.float64)))[1].round(decimals=9).abs()
    tensor([[1., 0.],
            [0., 1.]], dtype=torch.float64)
    """
    mean, covariance = sample_moments(x)
    return (x - mean[..., None, :]) @ whitening_matrix(covariance, kind).mT


def squared_distances(x: Float[Tensor, "*batch n d"]) -> Float[Tensor, "*batch n"]:
    r"""The squared Mahalanobis distances of samples, :math:`(x_i-\hat\mu)^\top\hat\Sigma^{-1}(x_i-\hat\mu)`.

    They sum to :math:`(n-1)d`, none exceeds :math:`(n-1)^2/n`, and no affine map changes them.

    >>> squared_distances(torch.tensor([[0.0], [0.0], [3.0]]))
    tensor([0.3333, 0.3333, 1.3333])
    """
    return whitened(x, "cholesky").square().sum(-1)


def mardia(x: Float[Tensor, "*batch n d"]) -> tuple[Float[Tensor, "*batch"], Float[Tensor, "*batch"]]:
    r"""Mardia's skewness and kurtosis of samples, which no affine map changes.

    .. math:: b_1=\Bigl\lVert\frac1n\sum_iz_i^{\otimes3}\Bigr\rVert_F^2,\qquad b_2=\frac1n\sum_i\lVert z_i\rVert^4

    with z whitened by the covariance with the divisor n, as in Mardia (1970). For a Gaussian law the limits are 0 and
    :math:`d(d+2)`.

    Args:
        x: n > d samples in rows; leading axes are replicas.

    Returns:
        Skewness and kurtosis, one each for every replica.

    Raises:
        TypeError, ValueError: as for :func:`whitened`.

    Cost: O(n d³) a replica, from the third moments in place of all pairs of samples.

    >>> mardia(torch.tensor([[-1.0], [1.0]]))[1].round(decimals=3)
    tensor(1.)
    """
    n = x.shape[-2]
    z = whitened(x, "cholesky") * (n / (n - 1)) ** 0.5
    third = moment_tensor(z, 3)
    return third.square().sum((-3, -2, -1)), z.square().sum(-1).square().mean(-1)


def mardia_of_law(points: Float[Tensor, "m d"], weights: Float[Tensor, " m"]) -> tuple[float, float]:
    r"""Mardia's skewness and kurtosis of a law, given as points with weights that are exact up to degree 6.

    >>> coin = torch.tensor([[-1.0], [1.0]]), torch.tensor([0.5, 0.5])
    >>> mardia_of_law(*coin)
    (0.0, 1.0)
    """
    shifted = points - weights @ points
    z = shifted @ whitening_matrix(moment_tensor(shifted, 2, weights), "cholesky").mT
    return float(moment_tensor(z, 3, weights).square().sum()), float(weights @ z.square().sum(-1).square())


def gaussian_kurtosis_law(n: int, d: int) -> tuple[float, float]:
    r"""Mean and variance of Mardia's kurtosis of n samples of any Gaussian law in d dimensions, exactly (Mardia, 1974).

    .. math:: E\,b_2=d(d+2)\frac{n-1}{n+1},\qquad
              \operatorname{Var}b_2=\frac{8d(d+2)(n-3)(n-d-1)(n-d+1)}{(n+1)^2(n+3)(n+5)}

    Raises:
        ValueError: n is not above d, or d not positive.

    >>> gaussian_kurtosis_law(3, 2)  # three points in the plane: always a simplex
    (4.0, 0.0)
    """
    if not 1 <= d < n:
        raise ValueError(f"n must be above d, and d positive: n={n}, d={d}")
    spread = (n - 3) * (n - d - 1) * (n - d + 1) / ((n + 1) ** 2 * (n + 3) * (n + 5))
    return d * (d + 2) * (n - 1) / (n + 1), 8 * d * (d + 2) * spread


def rejection_share(
    null: Float[Tensor, " r"], other: Float[Tensor, " s"], level: float = 0.05, two_sided: bool = True
) -> float:
    """The power of a test: the share of ``other`` outside two quantiles of ``null`` (one-sided: above the upper one).

    Args:
        null: a statistic on replicas of a Gaussian law, which fix the critical values.
        other: the same statistic on replicas of another law.
        level: the share of the null that is to be rejected, in (0, 1).
        two_sided: half the level on each side; else large values reject.

    Raises:
        ValueError: the level is out of range.

    >>> rejection_share(torch.arange(100.0), torch.tensor([-1.0, 50.0, 120.0, 130.0]))
    0.75
    """
    if not 0 < level < 1:
        raise ValueError(f"level must be in (0, 1), not {level}")
    tail = level / 2 if two_sided else level
    outside = other > null.quantile(1 - tail)
    return float((outside | (other < null.quantile(tail)) if two_sided else outside).double().mean())
