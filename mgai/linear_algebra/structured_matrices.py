r"""Matrices given by few numbers: banded Toeplitz, circulant and permutation matrices.

Shown on the page ``chapters/1-linear-algebra/structured-matrices``; the matrices of a graph are in
:mod:`mgai.linear_algebra.graph_matrices`.
"""

from __future__ import annotations

import torch
from jaxtyping import Float, Int, Num
from torch import Tensor

MODES = ("full", "same", "valid")


def convolution_matrix(h: Float[Tensor, " k"], n: int, mode: str = "full") -> Float[Tensor, "rows {n}"]:
    r"""The banded Toeplitz matrix :math:`T_{ij}=h_{i-j}` with :math:`Tx=h*x` for signals of length ``n``.

    Formula ``cs-12-18``.

    Column j holds the kernel, moved down by j rows. The full convolution has n + k - 1 rows. ``valid`` keeps
    the n - k + 1 in which the whole kernel lies on the signal, ``same`` the n rows from row
    :math:`\lfloor(k-1)/2\rfloor` on. The kernel is not reversed; reverse it for cross-correlation, which
    is what deep-learning libraries call convolution.

    Args:
        h: the kernel, k >= 1 values.
        n: length of the signal, at least 1; at least k for ``valid``.
        mode: ``full``, ``same`` or ``valid``.

    Raises:
        TypeError: ``h`` is no floating-point tensor, or ``n`` no integer.
        ValueError: an unknown mode, an empty kernel or signal, or no valid row.

    Cost: O(n(n + k)) memory; the product with a vector costs as much, the sum itself only O(nk).
    Source: Gray, Toeplitz and Circulant Matrices (2006).

    >>> convolution_matrix(torch.tensor([1.0, 2.0]), 3)
    tensor([[1., 0., 0.],
            [2., 1., 0.],
            [0., 2., 1.],
            [0., 0., 2.]])
    """
    k = _check_kernel(h, n)
    if mode not in MODES:
        raise ValueError(f"mode={mode!r} is not one of {', '.join(MODES)}")
    if mode == "valid" and n < k:
        raise ValueError(f"n={n} is shorter than the kernel ({k}): no row is valid")
    shift = torch.arange(n + k - 1, device=h.device)[:, None] - torch.arange(n, device=h.device)
    inside = (shift >= 0) & (shift < k)
    full = torch.where(inside, h[shift.clamp(0, k - 1)], torch.zeros_like(h[0]))
    first, count = {"full": (0, n + k - 1), "same": ((k - 1) // 2, n), "valid": (k - 1, n - k + 1)}[mode]
    return full[first : first + count]


def circulant_matrix(h: Float[Tensor, " k"], n: int) -> Float[Tensor, "{n} {n}"]:
    r"""The circulant matrix :math:`C_{ij}=h_{(i-j)\bmod n}` of circular convolution on ``n`` points.

    Formula ``cs-12-18``.

    Its eigenvectors are the discrete Fourier modes, its eigenvalues the transform of the kernel.

    Args:
        h: the kernel, 1 <= k <= n values; the rest counts as zero.
        n: number of points on the circle.

    Raises:
        TypeError: ``h`` is no floating-point tensor, or ``n`` no integer.
        ValueError: an empty kernel, or one longer than the circle.

    Cost: O(n^2) memory; by the fast Fourier transform the product costs O(n log n).
    Source: Gray, Toeplitz and Circulant Matrices (2006), chapter 3.

    >>> circulant_matrix(torch.tensor([1.0, 2.0]), 3)
    tensor([[1., 0., 2.],
            [2., 1., 0.],
            [0., 2., 1.]])
    """
    k = _check_kernel(h, n)
    if k > n:
        raise ValueError(f"h has {k} values, more than the n={n} points of the circle")
    shift = torch.arange(n, device=h.device)
    return torch.cat([h, h.new_zeros(n - k)])[(shift[:, None] - shift) % n]


def permutation_matrix(pi: Int[Tensor, " n"], dtype: torch.dtype = torch.float64) -> Float[Tensor, "n n"]:
    r"""The matrix :math:`P_{i,\pi(i)}=1` that gathers: row i of :math:`PX` is row :math:`\pi(i)` of ``X``.

    Formula ``cs-16-01``.

    So :math:`(XP^{\mathsf T})_{:,j}=X_{:,\pi(j)}`, and :math:`P_\pi P_\sigma=P_{\sigma\circ\pi}`.
    The other convention in use, a one at :math:`(\pi(i),i)`, gives the transpose,
    that is the matrix of :math:`\pi^{-1}`.

    Args:
        pi: the lower line of the two-line form, numbered from 0: position i holds :math:`\pi(i)`.
        dtype: of the result.

    Raises:
        TypeError: ``pi`` is no integer tensor.
        ValueError: ``pi`` is no rearrangement of 0, ..., n - 1.

    Cost: O(n^2) memory; indexing ``X[pi]`` does the same for the price of a copy.

    >>> permutation_matrix(torch.tensor([1, 2, 0])) @ torch.tensor([10.0, 20.0, 30.0], dtype=torch.float64)
    tensor([20., 30., 10.], dtype=torch.float64)
    """
    if not isinstance(pi, Tensor) or pi.dtype not in (torch.int64, torch.int32):
        raise TypeError("pi must be a tensor of integers")
    if pi.ndim != 1 or not torch.equal(pi.sort().values, torch.arange(len(pi), dtype=pi.dtype, device=pi.device)):
        raise ValueError(f"pi must hold each of 0, ..., n - 1 once, not {pi.tolist()}")
    return torch.eye(len(pi), dtype=dtype, device=pi.device)[pi]


def permutation_of(p: Num[Tensor, "n n"]) -> Int[Tensor, " n"]:
    r"""The permutation :math:`\pi` of a permutation matrix: the inverse of :func:`permutation_matrix`.

    Formula ``cs-16-01``.

    Args:
        p: zeros and ones, a single one in each row and in each column.

    Returns:
        The column of the one in each row, int64.

    Raises:
        TypeError: ``p`` is no tensor.
        ValueError: ``p`` is no permutation matrix.

    Cost: O(n^2).

    >>> permutation_of(torch.tensor([[0.0, 1.0], [1.0, 0.0]]))
    tensor([1, 0])
    """
    if not isinstance(p, Tensor):
        raise TypeError("p must be a tensor of zeros and ones")
    if p.ndim != 2 or p.shape[0] != p.shape[1]:
        raise ValueError(f"p must be one square matrix, not of shape {tuple(p.shape)}")
    ones = p == 1
    single = bool((ones.sum(dim=0) == 1).all() and (ones.sum(dim=1) == 1).all())
    if not (single and bool((ones | (p == 0)).all())):
        raise ValueError("p must hold zeros and a single one in each row and in each column")
    return ones.nonzero()[:, 1]


def _check_kernel(h: Tensor, n: int) -> int:
    if not isinstance(h, Tensor) or not h.is_floating_point():
        raise TypeError("h must be a floating-point tensor")
    if h.ndim != 1 or len(h) == 0:
        raise ValueError(f"h must be a vector with at least one value, not of shape {tuple(h.shape)}")
    if not isinstance(n, int):
        raise TypeError(f"n must be an integer, not {n!r}")
    if n < 1:
        raise ValueError(f"n must be at least 1, not {n}")
    return len(h)
