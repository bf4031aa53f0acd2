r"""How many directions a cloud of activations uses: its variances, participation ratio and classes, and what ReLU does.

The points of a cloud are the rows of x, its units the columns; variances are those of the *centred* cloud. Shown on the
page ``chapters/4-networks/activation-spectra``.
"""

from __future__ import annotations

import math

import torch
from jaxtyping import Float, Int
from torch import Tensor

from mgai.linear_algebra.low_rank import check_integer
from mgai.linear_algebra.principal_directions import centred, directions_by_svd


def principal_variances(x: Float[Tensor, "n d"]) -> Float[Tensor, " r"]:
    r"""The variances along the principal axes, :math:`\lambda_i=s_i^2/(n-1)`, in descending order; r = min(n, d).

    Args:
        x: a finite floating-point matrix, two rows or more; centred here.

    Raises:
        TypeError, ValueError: ``x`` is no such matrix.

    Cost: O(n d min(n, d)).

    >>> [round(float(value), 4) for value in principal_variances(torch.tensor([[3.0, 1.0], [3.0, -1.0]]))]
    [2.0, 0.0]
    """
    s, _ = directions_by_svd(centred(x))
    if len(x) < 2:
        raise ValueError("x must have at least two rows")
    return s.square() / (len(x) - 1)


def explained_share(variances: Float[Tensor, "*batch r"], k: int) -> Float[Tensor, "*batch"]:
    r"""The share of the total variance along the leading ``k`` axes, :math:`\sum_{i\le k}\lambda_i/\sum_i\lambda_i`.

    Args:
        variances: in descending order, finite, not negative, not all zero.
        k: from 0 to r.

    Raises:
        TypeError, ValueError: bad variances, or ``k`` out of range.

    >>> explained_share(torch.tensor([3.0, 1.0]), 1)
    tensor(0.7500)
    """
    _check_variances(variances)
    k = check_integer(k, "k", 0, variances.shape[-1])
    return variances[..., :k].sum(-1) / variances.sum(-1)


def participation_ratio(variances: Float[Tensor, "*batch r"]) -> Float[Tensor, "*batch"]:
    r"""The effective number of directions, :math:`PR=(\sum_i\lambda_i)^2/\sum_i\lambda_i^2`.

    It lies between 1 and the number of positive variances (theorem ``thm-participation-ratio``).

    Args:
        variances: finite, not negative, not all zero, in any order.

    Raises:
        TypeError, ValueError: bad variances.

    >>> participation_ratio(torch.tensor([2.0, 2.0, 0.0])), participation_ratio(torch.tensor([3.0, 1.0]))
    (tensor(2.), tensor(1.6000))
    """
    _check_variances(variances)
    shares = variances / variances.sum(-1, keepdim=True)
    return 1 / shares.square().sum(-1)


def sample_participation_ratio(x: Float[Tensor, "*batch n d"]) -> Float[Tensor, "*batch"]:
    r"""The participation ratio of a cloud without its spectrum: :math:`(\operatorname{tr}G)^2/\lVert G\rVert_F^2`.

    G is the smaller of the two Gram matrices of the centred cloud, which have the same non-zero eigenvalues.

    Args:
        x: finite, floating point; two rows or more that are not all equal.

    Raises:
        TypeError, ValueError: ``x`` is no such tensor.

    Cost: O(n d min(n, d)), a product of matrices and no decomposition.

    >>> sample_participation_ratio(torch.tensor([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]]))
    tensor(2.)
    """
    _check_cloud(x)
    shifted = x - x.mean(-2, keepdim=True)
    size = shifted.square().sum((-2, -1))
    if not bool((size > 0).all()):
        raise ValueError("x has no two different rows: it has no directions")
    shifted = shifted / size.sqrt()[..., None, None]
    gram = shifted @ shifted.mT if x.shape[-2] < x.shape[-1] else shifted.mT @ shifted
    return 1 / gram.square().sum((-2, -1))


def relu_correlation(rho: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
    r"""The correlation of max(0, u) and max(0, v) for centred Gaussian u, v of correlation :math:`\rho`.

    .. math:: \kappa(\rho)=\frac{\sqrt{1-\rho^2}+(\pi-\arccos\rho)\rho-1}{\pi-1}

    Derived on the page (theorem ``thm-relu-correlation``); :math:`|\kappa(\rho)|\le|\rho|`.

    Args:
        rho: correlations, from -1 to 1.

    Raises:
        ValueError: an entry outside.

    Source: Cho and Saul, Kernel methods for deep learning (2009), equations 3 and 6 with n = 1.

    >>> relu_correlation(torch.tensor([0.0, 1.0]))
    tensor([0., 1.])
    """
    if not bool((rho.abs() <= 1).all()):
        raise ValueError("rho must lie between -1 and 1")
    return ((1 - rho.square()).sqrt() + (math.pi - rho.arccos()) * rho - 1) / (math.pi - 1)


def relu_covariance(covariance: Float[Tensor, "d d"]) -> Float[Tensor, "d d"]:
    r"""The covariance of max(0, z), z centred Gaussian: :math:`\frac{\pi-1}{2\pi}\sigma_i\sigma_j\kappa(\rho_{ij})`.

    Args:
        covariance: symmetric positive semidefinite, with a positive diagonal.

    Raises:
        ValueError: not square, or a variance that is not positive and finite.

    >>> relu_covariance(torch.eye(2)) * 2 * math.pi / (math.pi - 1)
    tensor([[1., 0.],
            [0., 1.]])
    """
    if covariance.ndim != 2 or covariance.shape[0] != covariance.shape[1]:
        raise ValueError(f"covariance must be a square matrix, not of shape {tuple(covariance.shape)}")
    scales = covariance.diagonal().sqrt()
    if not bool((scales > 0).all()) or not bool(covariance.isfinite().all()):
        raise ValueError("covariance must have a positive diagonal and finite entries")
    rho = (covariance / torch.outer(scales, scales)).clamp(-1, 1)
    rho.fill_diagonal_(1)
    return (math.pi - 1) / (2 * math.pi) * torch.outer(scales, scales) * relu_correlation(rho)


def relu_variance(mean: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
    r"""The variance of max(0, z) for :math:`z\sim N(\mu,1)`: :math:`(1+\mu^2)\Phi+\mu\varphi-(\mu\Phi+\varphi)^2`.

    >>> round(float(relu_variance(torch.tensor(0.0))) * 2 * math.pi / (math.pi - 1), 5)
    1.0
    """
    density, mass = torch.exp(-mean.square() / 2) / math.sqrt(2 * math.pi), torch.special.ndtr(mean)
    return (1 + mean.square()) * mass + mean * density - (mean * mass + density).square()


def class_means(x: Float[Tensor, "*batch n d"], labels: Int[Tensor, " n"]) -> Float[Tensor, "*batch k d"]:
    """The mean of each class that occurs, in the order of the labels.

    Raises TypeError or ValueError for a bad cloud, or labels that are not one for each row.

    >>> class_means(torch.tensor([[1.0], [3.0], [7.0]]), torch.tensor([4, 4, 9]))
    tensor([[2.],
            [7.]])
    """
    _check_cloud(x)
    if labels.shape != x.shape[-2:-1]:
        raise ValueError(f"labels must be one for each of {x.shape[-2]} rows, not of shape {tuple(labels.shape)}")
    return torch.stack([x[..., labels == label, :].mean(-2) for label in labels.unique()], dim=-2)


def between_class_share(x: Float[Tensor, "*batch n d"], labels: Int[Tensor, " n"]) -> Float[Tensor, "*batch"]:
    r"""The share of the total variance that the class means account for.

    .. math:: \frac{\sum_cn_c\lVert\bar x_c-\bar x\rVert^2}{\sum_i\lVert x_i-\bar x\rVert^2}

    From 0 (equal means) to 1 (each class in a point). Labels that are shuffled give :math:`(K-1)/(n-1)` in the mean
    (theorem ``thm-shuffled-labels``).

    Args, Raises: as for :func:`class_means`; also when all rows are equal.

    Cost: O(n d).

    >>> between_class_share(torch.tensor([[0.0], [2.0], [4.0], [6.0]]), torch.tensor([0, 0, 1, 1]))
    tensor(0.8000)
    """
    means = class_means(x, labels)
    centre = x.mean(-2, keepdim=True)
    counts = torch.stack([(labels == label).sum() for label in labels.unique()]).to(x)
    total = (x - centre).square().sum((-2, -1))
    if not bool((total > 0).all()):
        raise ValueError("x has no two different rows: nothing varies")
    return ((means - centre).square().sum(-1) * counts).sum(-1) / total


def hinge_curve(d: int) -> Float[Tensor, "points d"]:
    r"""The points :math:`t=0,\dots,d` of a line, through d ReLU units: :math:`\max(0,t-j)`, j = 0..d - 1.

    Before ReLU they lie on a line; after it they span d dimensions.

    Raises TypeError or ValueError unless d is an integer of at least 1.

    >>> hinge_curve(2)
    tensor([[0., 0.],
            [1., 0.],
            [2., 1.]], dtype=torch.float64)
    """
    d = check_integer(d, "d", 1)
    t = torch.arange(d + 1, dtype=torch.float64)
    return (t[:, None] - t[:-1]).clamp_min(0)


def _check_variances(variances: Tensor) -> None:
    if not isinstance(variances, Tensor) or not variances.is_floating_point():
        raise TypeError("variances must be a real floating-point tensor")
    if variances.ndim == 0 or not bool((variances.isfinite() & (variances >= 0)).all()):
        raise ValueError("variances must be finite and not negative")
    if not bool((variances.sum(-1) > 0).all()):
        raise ValueError("variances are all zero: the cloud has no directions")


def _check_cloud(x: Tensor) -> None:
    if not isinstance(x, Tensor) or not x.is_floating_point():
        raise TypeError("x must be a real floating-point tensor")
    if x.ndim < 2 or x.shape[-2] < 2 or x.shape[-1] == 0:
        raise ValueError(f"x must have at least two rows and one column, not shape {tuple(x.shape)}")
    if not bool(torch.isfinite(x).all()):
        raise ValueError("x has entries that are not finite")
