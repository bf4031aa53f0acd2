r"""Symmetric matrices with :math:`x^\top Ax \ge 0`: forms, inertia, triangular factors, conditioning.

Shown on the page ``chapters/1-linear-algebra/positive-semidefinite``. Tests by minors are in
:mod:`mgai.linear_algebra.minors`, kernels in :mod:`mgai.linear_algebra.kernels`, the group axioms in
:mod:`mgai.linear_algebra.groups`.
"""

from __future__ import annotations

import torch
from jaxtyping import Float, Int
from torch import Tensor


def bilinear_form(
    u: Float[Tensor, "*points n"], v: Float[Tensor, "*points n"], a: Float[Tensor, "n n"]
) -> Float[Tensor, "*points"]:
    r"""The bilinear form :math:`u^\top A v`; with :math:`u=v` the quadratic form of :math:`A`.

    Formula ``cs-02-02``.

    It is an inner product exactly when :math:`A` is symmetric positive definite.

    Args:
        u, v: vectors of one shape along the last axis.
        a: one matrix, n x n, of the same dtype.

    Raises:
        ValueError: the shapes do not fit.
        TypeError: an argument is not a floating-point tensor, or the dtypes differ.

    Cost: O(n^2) a pair.

    >>> e1, e2 = torch.eye(2)
    >>> bilinear_form(e1, e2, torch.tensor([[1.0, 4.0], [0.0, 1.0]]))
    tensor(4.)
    """
    _check_pair(u, v)
    check_square(a)
    if a.dtype != u.dtype:
        raise TypeError(f"a must have the dtype of the vectors, {u.dtype}, not {a.dtype}")
    if a.ndim != 2 or u.shape[-1] != a.shape[-1]:
        raise ValueError(f"a has shape {tuple(a.shape)}, but the vectors have {u.shape[-1]} entries")
    return ((u @ a) * v).sum(dim=-1)


def gram_determinant(u: Float[Tensor, "*points n"], v: Float[Tensor, "*points n"]) -> Float[Tensor, "*points"]:
    r"""The gap of Cauchy-Schwarz, :math:`\|u\|^2\|v\|^2-\langle u,v\rangle^2=\sum_{i<j}(u_iv_j-u_jv_i)^2`.

    Formula ``cs-02-03``.

    The right-hand side (Lagrange's identity, ``thm-lagrange-identity``) is a sum of squares. It is zero
    exactly when the vectors are linearly dependent.

    Args:
        u, v: vectors of one shape along the last axis.

    Raises:
        ValueError: the shapes differ or the vectors have no entries.
        TypeError: an argument is not a floating-point tensor, or the dtypes differ.

    Cost: O(n^2) a pair.

    >>> gram_determinant(torch.tensor([1.0, 2.0]), torch.tensor([3.0, 4.0]))
    tensor(4.)
    """
    _check_pair(u, v)
    product = u[..., :, None] * v[..., None, :]
    return (product - product.mT).square().sum(dim=(-2, -1)) / 2


def inertia(a: Float[Tensor, "*batch n n"], rtol: float | None = None) -> Int[Tensor, "*batch 3"]:
    r"""How many eigenvalues of a symmetric matrix are positive, negative and zero.

    Formula ``cs-03-04``.

    Args:
        a: symmetric matrices, finite.
        rtol: eigenvalues of size up to ``rtol`` times the largest count as zero; by default eight times n
            machine epsilons, since that is how well computed eigenvalues are known.

    Returns:
        The counts :math:`(n_+, n_-, n_0)` along the last axis.

    Raises:
        ValueError: ``a`` is not square, symmetric and finite.
        TypeError: ``a`` is not a floating-point tensor.

    Cost: O(n^3).

    >>> inertia(torch.diag(torch.tensor([2.0, 0.0, -1.0]))).tolist()
    [1, 1, 1]
    """
    check_symmetric(a)
    values = torch.linalg.eigvalsh(a)
    zero = _zero_threshold(values, rtol)
    counts = [(values > zero).sum(-1), (values < -zero).sum(-1), (values.abs() <= zero).sum(-1)]
    return torch.stack(counts, dim=-1)


def definiteness(a: Float[Tensor, "n n"], rtol: float | None = None) -> str:
    """The sharpest of: zero, positive definite, positive semidefinite, negative ..., indefinite.

    Formula ``cs-03-03``.

    Arguments and errors as for :func:`inertia`, but for a single matrix: a batch is a ValueError.

    >>> definiteness(torch.diag(torch.tensor([1.0, 0.0]))), definiteness(-torch.eye(2))
    ('positive semidefinite', 'negative definite')
    """
    counts = inertia(a, rtol)
    if counts.ndim != 1:
        raise ValueError(f"a must be one matrix, not of shape {tuple(a.shape)}")
    positive, negative, zero = counts.tolist()
    if positive and negative:
        return "indefinite"
    if not positive and not negative:
        return "zero"
    return ("positive" if positive else "negative") + (" semidefinite" if zero else " definite")


def cholesky_factor(a: Float[Tensor, "*batch n n"]) -> Float[Tensor, "*batch n n"]:
    r"""A lower triangular :math:`L` with :math:`LL^\top=A`, :math:`L_{ii}\ge0`, also for singular :math:`A`.

    Formula ``cs-03-06``.

    With :math:`A=V\Lambda V^\top` and the QR factorisation :math:`\Lambda^{1/2}V^\top=QR`, :math:`A=R^\top R`
    (``thm-semidefinite-cholesky``). Unlike elimination, this never divides by a pivot. For a positive
    definite matrix it is the Cholesky factor; for a singular one it is one of several.

    Args:
        a: symmetric positive semidefinite matrices, finite.

    Raises:
        ValueError: ``a`` is not square, symmetric and finite, or has a negative eigenvalue beyond rounding.
        TypeError: ``a`` is not a floating-point tensor.

    Cost: O(n^3).
    Source: Higham, Accuracy and Stability of Numerical Algorithms, 2002, theorem 10.9.

    >>> cholesky_factor(torch.diag(torch.tensor([4.0, 0.0]))).abs()
    tensor([[2., 0.],
            [0., 0.]])
    """
    check_symmetric(a)
    values, vectors = torch.linalg.eigh(a)
    if bool((values < -_zero_threshold(values, None)).any()):
        raise ValueError(f"a is not positive semidefinite: its smallest eigenvalue is {values.min():.3g}")
    root = values.clamp(min=0).sqrt()[..., None] * vectors.mT
    upper = torch.linalg.qr(root).R
    sign = torch.where(upper.diagonal(dim1=-2, dim2=-1) < 0, -1.0, 1.0).to(a.dtype)
    return upper.mT * sign[..., None, :]


def condition_number(a: Float[Tensor, "*batch n n"]) -> Float[Tensor, "*batch"]:
    r"""The condition number :math:`\kappa_2(A)=\max_i|\lambda_i|/\min_i|\lambda_i|` of a symmetric matrix.

    Formula ``cs-02-19``.

    It is infinite for a singular matrix, the zero matrix included. A matrix whose smallest eigenvalue cannot
    be told from zero in its dtype (see :func:`inertia`) counts as singular.

    Args:
        a: symmetric matrices, finite.

    Raises:
        ValueError: ``a`` is not square, symmetric and finite.
        TypeError: ``a`` is not a floating-point tensor.

    Cost: O(n^3).

    >>> condition_number(torch.diag(torch.tensor([2.0, 0.25, -1.0])))
    tensor(8.)
    """
    check_symmetric(a)
    values = torch.linalg.eigvalsh(a)
    sizes = values.abs()
    singular = (sizes <= _zero_threshold(values, None)).any(dim=-1)
    return torch.where(singular, torch.inf, sizes.amax(dim=-1) / sizes.amin(dim=-1))


def _zero_threshold(values: Tensor, rtol: float | None) -> Tensor:
    if rtol is None:
        rtol = 8 * values.shape[-1] * torch.finfo(values.dtype).eps
    if not 0 <= rtol < 1:
        raise ValueError(f"rtol must lie in [0, 1), not {rtol}")
    return rtol * values.abs().amax(dim=-1, keepdim=True)


def _check_pair(u: Tensor, v: Tensor) -> None:
    for name, value in (("u", u), ("v", v)):
        if not isinstance(value, Tensor) or not value.is_floating_point():
            raise TypeError(f"{name} must be a floating-point tensor")
    if u.dtype != v.dtype:
        raise TypeError(f"v must have the dtype of u, {u.dtype}, not {v.dtype}")
    if u.shape != v.shape:
        raise ValueError(f"v must have the shape of u, {tuple(u.shape)}, not {tuple(v.shape)}")
    if u.ndim == 0 or u.shape[-1] == 0:
        raise ValueError(f"u must have at least one entry along its last axis, not shape {tuple(u.shape)}")


def check_square(a: Tensor) -> None:
    """Raise TypeError or ValueError unless ``a`` holds floating-point square matrices, 1 x 1 at least."""
    if not isinstance(a, Tensor) or not a.is_floating_point():
        raise TypeError("a must be a floating-point tensor")
    if a.ndim < 2 or a.shape[-1] != a.shape[-2] or a.shape[-1] == 0:
        raise ValueError(f"a must be square with at least one row, not of shape {tuple(a.shape)}")


def check_symmetric(a: Tensor) -> None:
    """Raise TypeError or ValueError unless ``a`` holds finite symmetric matrices.

    Symmetric up to the rounding of a product such as B^T B, whose two halves may differ in the last digits.
    """
    check_square(a)
    if not bool(torch.isfinite(a).all()):
        raise ValueError("a has entries that are not finite")
    allowed = 8 * a.shape[-1] * torch.finfo(a.dtype).eps * a.abs().amax(dim=(-2, -1))
    if bool(((a - a.mT).abs().amax(dim=(-2, -1)) > allowed).any()):
        raise ValueError("a must be symmetric: give (a + a.mT) / 2 if its symmetric part is meant")
