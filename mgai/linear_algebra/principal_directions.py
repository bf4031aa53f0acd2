r"""Principal directions by three routes: the data matrix itself, its Gram matrix, the covariance matrix.

Samples are the n rows of x, features its d columns. Every route returns the singular values of its matrix in
descending order and the unit directions as rows, each up to its sign. Shown on the page
``chapters/1-linear-algebra/low-rank``; costs are in :mod:`mgai.linear_algebra.principal_directions_cost`.
"""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from mgai.linear_algebra.low_rank import check_integer, check_matrix


def centred(x: Float[Tensor, "n d"]) -> Float[Tensor, "n d"]:
    r"""The samples less their mean, :math:`X_c = X - \mathbf 1\bar x^\top`: every column then sums to zero.

    Raises TypeError or ValueError when ``x`` is no finite floating-point matrix with a row.

    >>> centred(torch.tensor([[1.0, 5.0], [3.0, 5.0]]))
    tensor([[-1.,  0.],
            [ 1.,  0.]])
    """
    _check_samples(x, 1)
    return x - x.mean(dim=0)


def covariance(x: Float[Tensor, "n d"]) -> Float[Tensor, "d d"]:
    r"""The sample covariance :math:`C = X_c^\top X_c/(n-1)`: the scaled Gram matrix of the centred samples.

    Raises TypeError or ValueError when ``x`` is no finite floating-point matrix of two rows or more.

    Cost: O(n d²).

    >>> covariance(torch.tensor([[3.0, 1.0], [3.0, -1.0]]))
    tensor([[0., 0.],
            [0., 2.]])
    """
    _check_samples(x, 2)
    shifted = centred(x)
    return shifted.mT @ shifted / (len(x) - 1)


def directions_by_svd(x: Float[Tensor, "n d"]) -> tuple[Float[Tensor, " r"], Float[Tensor, "r d"]]:
    r"""The singular value decomposition of ``x`` itself; r = min(n, d).

    Backward stable: every computed singular value is within a modest multiple of
    :math:`\varepsilon s_1` of the true one. For principal directions pass ``centred(x)``.

    Args:
        x: a finite floating-point matrix, samples in rows.

    Returns:
        Singular values (r,) and directions (r, d), dtype and device of ``x``.

    Raises:
        TypeError, ValueError: ``x`` is no finite floating-point matrix with an entry.

    Cost: O(n d min(n, d)). Source: Golub and Van Loan, Matrix Computations (2013), section 8.6.

    >>> [round(float(value), 6) for value in directions_by_svd(torch.tensor([[0.0, 2.0], [1.0, 0.0]]))[0]]
    [2.0, 1.0]
    """
    _check_samples(x, 1)
    _, s, vh = torch.linalg.svd(x, full_matrices=False)
    return s, vh


def directions_by_gram(x: Float[Tensor, "n d"]) -> tuple[Float[Tensor, " d"], Float[Tensor, "d d"]]:
    r"""Eigenvectors of :math:`X^\top X`, whose eigenvalues are :math:`s_i^2`.

    Forming the product rounds the eigenvalues by about :math:`\varepsilon s_1^2`, so that singular values
    below :math:`\sqrt\varepsilon\,s_1` are lost; an eigenvalue rounded to below zero gives 0.

    Args, Returns and Raises: as for :func:`directions_by_svd`, with r = d.

    Cost: O(n d² + d³), and a d×d matrix of memory.

    >>> [round(float(value), 6) for value in directions_by_gram(torch.tensor([[0.0, 2.0], [1.0, 0.0]]))[0]]
    [2.0, 1.0]
    """
    _check_samples(x, 1)
    eigenvalues, vectors = torch.linalg.eigh(x.mT @ x)
    return eigenvalues.flip(0).clamp_min(0).sqrt(), vectors.mT.flip(0)


def directions_by_covariance(x: Float[Tensor, "n d"]) -> tuple[Float[Tensor, " d"], Float[Tensor, "d d"]]:
    r"""The singular value decomposition of the covariance, :math:`C = V\,\mathrm{diag}(\lambda)V^\top`.

    The values returned are :math:`\sqrt{(n-1)\lambda_i}`, the singular values of the centred samples, so
    that the routes compare. It centres by itself.

    Args, Returns and Raises: as for :func:`directions_by_gram`, with two rows or more.

    Cost: as for :func:`directions_by_gram`, with a dearer decomposition of the d×d matrix.

    >>> s, _ = directions_by_covariance(torch.tensor([[3.0, 1.0], [3.0, -1.0]]))
    >>> [round(float(value), 4) for value in s.square()]
    [2.0, 0.0]
    """
    _, variances, vh = torch.linalg.svd(covariance(x))
    return ((len(x) - 1) * variances).sqrt(), vh


def directions_by_dual_gram(x: Float[Tensor, "n d"], k: int) -> tuple[Float[Tensor, " k"], Float[Tensor, "k d"]]:
    r"""The leading ``k`` directions from the n×n matrix :math:`XX^\top`: :math:`v_i = X^\top u_i/s_i`.

    The route for fewer samples than features: it never forms a d×d matrix.

    Args:
        x: a finite floating-point matrix, samples in rows.
        k: how many directions, from 1 to min(n, d).

    Raises:
        TypeError, ValueError: as for :func:`directions_by_svd`; also for ``k`` out of range, or
            when :math:`s_k \le \sqrt\varepsilon\,s_1`, which this route cannot resolve.

    Cost: O(n² d + n³).

    >>> directions_by_dual_gram(torch.tensor([[0.0, 2.0, 0.0]]), 1)[1].abs()
    tensor([[0., 1., 0.]])
    """
    _check_samples(x, 1)
    k = check_integer(k, "k", 1, min(x.shape))
    eigenvalues, vectors = torch.linalg.eigh(x @ x.mT)
    s = eigenvalues.flip(0)[:k].clamp_min(0).sqrt()
    if not bool(s[-1] > torch.finfo(x.dtype).eps ** 0.5 * s[0]):
        raise ValueError(f"k={k} is too large: singular value {k} of x is lost in the product x x^T")
    return s, (vectors.flip(1)[:, :k].mT @ x) / s[:, None]


def with_singular_values(s: Float[Tensor, " d"], n: int, generator: torch.Generator) -> Float[Tensor, "n d"]:
    r"""A matrix :math:`Q\,\mathrm{diag}(s)\,P^\top` with given singular values and columns that sum to zero.

    Q has orthonormal columns orthogonal to the vector of ones, P is orthogonal, both from QR of
    Gaussian matrices.

    Args:
        s: the singular values, floating point, not negative, at least one.
        n: number of rows, more than ``len(s)``.
        generator: a CPU generator.

    Returns:
        The matrix, with the dtype of ``s``, on the CPU; its singular values are ``s`` up to rounding of order
        :math:`\varepsilon s_1`.

    Raises:
        TypeError: ``s`` is not a floating-point tensor, or ``n`` is no integer.
        ValueError: ``s`` is no vector, is empty or has a negative or non-finite entry, or ``n`` is too small.

    >>> x = with_singular_values(torch.tensor([2.0, 1.0]), 5, torch.Generator().manual_seed(0))
    >>> torch.linalg.svdvals(x).allclose(torch.tensor([2.0, 1.0])), bool(x.sum(0).abs().max() < 1e-5)
    (True, True)
    """
    if not isinstance(s, Tensor) or not s.is_floating_point():
        raise TypeError("s must be a real floating-point tensor")
    if s.ndim != 1 or len(s) == 0 or not bool((torch.isfinite(s) & (s >= 0)).all()):
        raise ValueError("s must hold at least one singular value, all finite and none negative")
    d = len(s)
    n = check_integer(n, "n", d + 1)  # room for the vector of ones beside d columns
    columns = torch.randn(n, d, generator=generator, dtype=s.dtype)
    q, _ = torch.linalg.qr(torch.cat([torch.ones(n, 1, dtype=s.dtype), columns], dim=1))
    p, _ = torch.linalg.qr(torch.randn(d, d, generator=generator, dtype=s.dtype))
    return (q[:, 1:] * s.cpu()) @ p.mT


def lauchli(d: int, small: float) -> Float[Tensor, "rows d"]:
    r"""Läuchli's matrix, a row of ones above :math:`\mu I`.

    Its singular values are :math:`\sqrt{d+\mu^2}`, once, and :math:`\mu`, d - 1 times.
    With :math:`\mu^2<\varepsilon/2` its Gram matrix is rounded to the matrix of ones, which is singular:
    nothing computed from it can know :math:`\mu`.

    Args:
        d: number of columns, at least 2.
        small: the number :math:`\mu`, positive and finite.

    Raises:
        TypeError: ``d`` is no integer. ValueError: ``d`` or ``small`` is out of range.

    Source: Läuchli (1961).

    >>> lauchli(2, 0.5).tolist()
    [[1.0, 1.0], [0.5, 0.0], [0.0, 0.5]]
    """
    d = check_integer(d, "d", 2)
    if not 0 < small < float("inf"):
        raise ValueError(f"small must be positive and finite, not {small}")
    return torch.cat([torch.ones(1, d, dtype=torch.float64), small * torch.eye(d, dtype=torch.float64)])


def _check_samples(x: Tensor, least: int) -> None:
    check_matrix(x, "x")
    if x.shape[0] < least or x.shape[1] == 0:
        raise ValueError(f"x must have at least {least} row(s) and one column, not shape {tuple(x.shape)}")
