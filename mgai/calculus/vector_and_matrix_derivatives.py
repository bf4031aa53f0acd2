r"""Derivatives of vectors by vectors, and of scalars and vectors by a matrix.

Shown on the page ``chapters/2-calculus/vector-and-matrix-derivatives``. Vectors by vectors are in numerator layout, row
i for output i; the gradient of a scalar by a matrix has the shape of the matrix.
"""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from mgai.calculus.argument_checks import check_tensor
from mgai.calculus.tensor_chain_rule import matrix_product_jacobian


def scaled_vector_jacobian(
    u: Float[Tensor, ""], gradient_u: Float[Tensor, " n"], f: Float[Tensor, " m"], jacobian_f: Float[Tensor, "m n"]
) -> Float[Tensor, "m n"]:
    r"""The Jacobian of :math:`u(x)f(x)`: :math:`u\,\partial f/\partial x+f\,\partial u/\partial x`.

    Formula ``cs-04-14``. The second term is an outer product of the column f with a row.

    Raises ValueError when the shapes do not fit or an entry is not finite, TypeError for other tensors.

    >>> scaled_vector_jacobian(torch.tensor(2.0), torch.tensor([1.0, 0.0]), torch.tensor([3.0, 4.0]), torch.eye(2))
    tensor([[5., 0.],
            [4., 2.]])
    """
    check_tensor(u, "u")
    check_tensor(gradient_u, "gradient_u", None)
    check_tensor(f, "f", None)
    check_tensor(jacobian_f, "jacobian_f", len(f), len(gradient_u))
    return u * jacobian_f + torch.outer(f, gradient_u)


def chain_rule(*jacobians: Float[Tensor, "_ _"]) -> Float[Tensor, "m n"]:
    r"""The Jacobian of a composition: the product of the Jacobians, that of the outermost map first.

    Formulas ``cs-04-22``, ``cs-04-23``. Each factor must be taken at the value that its map receives.

    Args:
        jacobians: at least one, in numerator layout; columns of each = rows of the next.

    Raises:
        ValueError: there is none, the shapes do not fit or an entry is not finite.
        TypeError: a factor is no floating-point tensor.

    Cost: that of the cheapest order of multiplication (:func:`torch.linalg.multi_dot`).

    >>> chain_rule(torch.ones(1, 2), torch.eye(2), torch.tensor([[3.0], [4.0]]))
    tensor([[7.]])
    """
    if not jacobians:
        raise ValueError("jacobians is empty: a composition has at least one map")
    columns = None
    for each in jacobians:
        check_tensor(each, "jacobians", columns, None)
        columns = each.shape[1]
    return torch.linalg.multi_dot(jacobians) if len(jacobians) > 1 else jacobians[0].clone()


def bilinear_form_gradient(a: Float[Tensor, " m"], b: Float[Tensor, " n"]) -> Float[Tensor, "m n"]:
    r"""The gradient of :math:`a^\top Xb` by X: :math:`ab^\top`.

    With a and b exchanged, :math:`ba^\top`, it is that of :math:`a^\top X^\top b`. Formulas ``cs-04-24``, ``cs-04-25``.

    Raises ValueError unless both are finite vectors, TypeError for other tensors.

    >>> bilinear_form_gradient(torch.tensor([1.0, 2.0]), torch.tensor([0.0, 1.0, 3.0]))
    tensor([[0., 1., 3.],
            [0., 2., 6.]])
    """
    check_tensor(a, "a", None)
    check_tensor(b, "b", None)
    return torch.outer(a, b)


def gram_form_gradient(x: Float[Tensor, "m n"], a: Float[Tensor, " n"], b: Float[Tensor, " n"]) -> Float[Tensor, "m n"]:
    r"""The gradient of :math:`a^\top X^\top Xb` by X: :math:`X(ab^\top+ba^\top)`. Formula ``cs-04-26``.

    Raises ValueError when the shapes do not fit or an entry is not finite, TypeError for other tensors.

    Cost: about 3mn multiply-adds and as many numbers; the n by n sum in the formula is not formed.

    >>> gram_form_gradient(torch.eye(2), torch.tensor([1.0, 0.0]), torch.tensor([0.0, 1.0]))
    tensor([[0., 1.],
            [1., 0.]])
    """
    check_tensor(x, "x", None, None)
    check_tensor(a, "a", x.shape[1])
    check_tensor(b, "b", x.shape[1])
    return torch.outer(x @ a, b) + torch.outer(x @ b, a)


def trace_product_gradient(
    a: Float[Tensor, "p m"], b: Float[Tensor, "n p"], transposed: bool = False
) -> Float[Tensor, "rows columns"]:
    r"""The gradient by the matrix X of :math:`\operatorname{Tr}(AXB)`, or of :math:`\operatorname{Tr}(AX^\top B)`.

    :math:`A^\top B^\top`, m by n, for the first; for the second, :math:`BA`, where now X is n by m and A still p by
    m. Formulas ``cs-04-28``, ``cs-04-29``; with A = B = I both are ``cs-04-27``.

    Args:
        a, b: the constant factors; the columns of B are the rows of A.
        transposed: whether X stands transposed in the trace.

    Raises:
        ValueError: the shapes do not fit or an entry is not finite.
        TypeError: ``a`` or ``b`` is no floating-point tensor.

    >>> trace_product_gradient(torch.tensor([[1.0, 2.0]]), torch.tensor([[3.0], [4.0]]))
    tensor([[3., 4.],
            [6., 8.]])
    """
    check_tensor(a, "a", None, None)
    check_tensor(b, "b", None, len(a))
    return b @ a if transposed else (b @ a).mT


def matrix_vector_jacobian(a: Float[Tensor, " n"], m: int) -> Float[Tensor, "m m n"]:
    r"""The derivative of :math:`Xa` by the m by n matrix X: :math:`\partial(Xa)_i/\partial X_{jk}=\delta_{ij}a_k`.

    Formula ``cs-04-30``. It does not depend on X. Slice i is zero but for its row i, which is :math:`a^\top`.

    Args:
        a: the constant vector, finite.
        m: rows of X, at least 1.

    Raises:
        ValueError: ``a`` is no finite vector, or ``m`` is below 1.
        TypeError: ``a`` is no floating-point tensor.

    >>> matrix_vector_jacobian(torch.tensor([5.0, 7.0]), 2)[1].tolist()
    [[0.0, 0.0], [5.0, 7.0]]
    """
    check_tensor(a, "a", None)
    return matrix_product_jacobian(a[:, None], m)[:, 0]
