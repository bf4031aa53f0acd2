r"""Derivatives of scalars by vectors, in both layouts.

Shown on the page ``chapters/2-calculus/matrix-calculus``. For :math:`f:\mathbb R^n\to\mathbb R^m` the *numerator
layout* puts :math:`\partial f_i/\partial x_j` into row i and column j, an m by n matrix; the *denominator layout* is
its transpose, n by m. The gradient of a scalar is a row in the first and a column in the second. The functions below
take Jacobians in denominator layout, as the formulas of this sheet do, and return columns (tensors of shape (n,)).
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor

from mgai.calculus.argument_checks import check_tensor
from mgai.calculus.differentiation import reverse_jacobian


def numerator_layout(function: Callable[[Tensor], Tensor], x: Float[Tensor, " n"]) -> Float[Tensor, "m n"]:
    r"""The Jacobian with :math:`\partial f_i/\partial x_j` in row i; a scalar function gives one row.

    Formulas ``cs-04-01``, ``cs-04-02``, ``cs-11-01``.

    Args:
        function: from vectors of n entries to vectors of m entries or to numbers, differentiable at ``x``.
        x: the point, floating point, finite.

    Raises:
        ValueError: ``x`` is no finite vector, or the function's value is neither a number nor a vector.
        TypeError: ``x`` is no floating-point tensor.

    >>> numerator_layout(lambda x: torch.stack([x.sum(), x.prod()]), torch.tensor([2.0, 3.0, 4.0])).tolist()
    [[1.0, 1.0, 1.0], [12.0, 8.0, 6.0]]
    """
    check_tensor(x, "x", None)
    found = reverse_jacobian(function, x)
    if found.ndim > 2:
        raise ValueError(f"function must return a number or a vector, not a tensor with {found.ndim - 1} axes")
    return found.reshape(-1, len(x))


def denominator_layout(function: Callable[[Tensor], Tensor], x: Float[Tensor, " n"]) -> Float[Tensor, "n m"]:
    r"""The Jacobian with :math:`\partial f_j/\partial x_i` in row i: the transpose of :func:`numerator_layout`.

    Formula ``cs-04-03``. Args and Raises as there; a scalar function gives one column.

    >>> denominator_layout(lambda x: x.sum(), torch.tensor([2.0, 3.0])).tolist()
    [[1.0], [1.0]]
    """
    return numerator_layout(function, x).T


def inner_product_gradient(
    f: Float[Tensor, " m"], g: Float[Tensor, " m"], jacobian_f: Float[Tensor, "n m"], jacobian_g: Float[Tensor, "n m"]
) -> Float[Tensor, " n"]:
    r"""The gradient of :math:`f(x)^\top g(x)`: :math:`J_f\,g+J_g\,f`. Formula ``cs-04-06``.

    Raises ValueError when the shapes do not fit or an entry is not finite, TypeError for other tensors.

    >>> eye = torch.eye(2)
    >>> inner_product_gradient(eye[0], eye[0], eye, eye)  # of x'x at the first unit vector
    tensor([2., 0.])
    """
    return bilinear_gradient(f, torch.eye(len(f), dtype=f.dtype, device=f.device), g, jacobian_f, jacobian_g)


def bilinear_gradient(
    f: Float[Tensor, " m"],
    a: Float[Tensor, "m k"],
    g: Float[Tensor, " k"],
    jacobian_f: Float[Tensor, "n m"],
    jacobian_g: Float[Tensor, "n k"],
) -> Float[Tensor, " n"]:
    r"""The gradient of :math:`f(x)^\top A\,g(x)`: :math:`J_f\,A\,g+J_g\,A^\top f`. Formula ``cs-04-07``.

    Raises ValueError when the shapes do not fit or an entry is not finite, TypeError for other tensors.

    >>> eye, a = torch.eye(2), torch.tensor([[1.0, 2.0], [0.0, 1.0]])
    >>> bilinear_gradient(eye[0], a, eye[0], eye, eye)  # of x'Ax at the first unit vector
    tensor([2., 2.])
    """
    check_tensor(f, "f", None)
    check_tensor(g, "g", None)
    check_tensor(a, "a", len(f), len(g))
    check_tensor(jacobian_f, "jacobian_f", None, len(f))
    check_tensor(jacobian_g, "jacobian_g", len(jacobian_f), len(g))
    return jacobian_f @ (a @ g) + jacobian_g @ (a.T @ f)


def quadratic_form_gradient(a: Float[Tensor, "n n"], x: Float[Tensor, " n"]) -> Float[Tensor, " n"]:
    r"""The gradient of :math:`x^\top Ax`: :math:`(A+A^\top)x`, which is :math:`2Ax` for symmetric A only.

    Formula ``cs-04-11``.

    Raises ValueError when the shapes do not fit or an entry is not finite, TypeError for other tensors.

    >>> quadratic_form_gradient(torch.tensor([[1.0, 2.0], [0.0, 1.0]]), torch.tensor([1.0, 0.0]))
    tensor([2., 2.])
    """
    check_tensor(x, "x", None)
    check_tensor(a, "a", len(x), len(x))
    return a @ x + a.T @ x


def affine_product_gradient(
    first: tuple[Float[Tensor, "m n"], Float[Tensor, " m"]],
    c: Float[Tensor, "m k"],
    second: tuple[Float[Tensor, "k n"], Float[Tensor, " k"]],
    x: Float[Tensor, " n"],
) -> Float[Tensor, " n"]:
    r"""The gradient of :math:`(Ax+b)^\top C(Dx+e)`: :math:`A^\top C(Dx+e)+D^\top C^\top(Ax+b)`. Formula ``cs-04-12``.

    Args:
        first, second: the pairs (A, b) and (D, e).
        c: the matrix between them.
        x: the point.

    Raises:
        ValueError: the shapes do not fit, or an entry is not finite.
        TypeError: an argument is no floating-point tensor.

    >>> eye, zero = torch.eye(2), torch.zeros(2)
    >>> affine_product_gradient((eye, zero), eye, (eye, zero), torch.tensor([1.0, 2.0]))
    tensor([2., 4.])
    """
    (a, b), (d, e) = first, second
    check_tensor(x, "x", None)
    check_tensor(a, "a", None, len(x))
    check_tensor(b, "b", len(a))
    check_tensor(d, "d", None, len(x))
    check_tensor(e, "e", len(d))
    return bilinear_gradient(a @ x + b, c, d @ x + e, a.T, d.T)


def squared_norm_gradient(f: Float[Tensor, " m"], jacobian_f: Float[Tensor, "n m"]) -> Float[Tensor, " n"]:
    r"""The gradient of :math:`\lVert f(x)\rVert_2^2`: :math:`2J_f\,f`. Formula ``cs-04-13``.

    Raises ValueError when the shapes do not fit or an entry is not finite, TypeError for other tensors.

    >>> squared_norm_gradient(torch.tensor([1.0]), torch.tensor([[3.0], [4.0]]))
    tensor([6., 8.])
    """
    check_tensor(f, "f", None)
    check_tensor(jacobian_f, "jacobian_f", None, len(f))
    return 2 * jacobian_f @ f
