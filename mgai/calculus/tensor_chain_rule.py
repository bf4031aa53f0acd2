r"""Tensors as factors of the chain rule: contraction, its matrix form, Jacobian tensors.

Shown on the page ``chapters/2-calculus/tensor-chain-rule``. The derivative of a tensor :math:`y` by a tensor :math:`W`
has the axes of :math:`y` first and those of :math:`W` last, numerator layout for any number of axes.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor

from mgai.calculus.argument_checks import check_tensor
from mgai.calculus.differentiation import reverse_jacobian
from mgai.linear_algebra.low_rank import check_integer
from mgai.linear_algebra.memory_layout import contiguous_strides


def position(index: tuple[int, ...], shape: tuple[int, ...]) -> int:
    r"""Where entry :math:`(i_1,\dots,i_k)` stands when a tensor is written in one row, the last index running fastest.

    The sum of :math:`i_l` times the product of the extents after the l-th; indices start at 0. Formula ``cs-18-01``.

    Args:
        index: one integer for each axis.
        shape: the extents, at least 1 each.

    Raises:
        ValueError: ``index`` has another length than ``shape``, or is out of range.

    >>> position((1, 2, 3), (2, 3, 4))
    23
    """
    steps = contiguous_strides(shape)
    if len(index) != len(shape) or not all(0 <= i < extent for i, extent in zip(index, shape, strict=True)):
        raise ValueError(f"index={index} is no entry of a tensor of shape {shape}")
    return sum(i * step for i, step in zip(index, steps, strict=True))


def tensor_product(
    p: Float[Tensor, "*rows_and_shared"], q: Float[Tensor, "*shared_and_columns"], n_shared: int
) -> Float[Tensor, "*rows_and_columns"]:
    r"""The last axes of P summed against the first of Q: :math:`T_{ik}=\sum_jP_{ij}Q_{jk}` with tuples i, j, k.

    Formula ``cs-18-02``.

    Args:
        p, q: tensors of one dtype; the last ``n_shared`` extents of ``p`` are the first of ``q``, in this order.
        n_shared: how many axes are summed, from 0 (outer product) to the number of axes of either.

    Returns:
        The axes of P that are left, then those of Q.

    Raises:
        ValueError: the shared extents differ, or there are too few axes, or an entry is not finite.
        TypeError: an argument is no floating-point tensor.

    Cost: the product of all extents of P times the extents of Q that are left, in multiply-adds.

    >>> tensor_product(torch.ones(2, 3, 4), torch.ones(3, 4, 5), 2).shape
    torch.Size([2, 5])
    """
    check_integer(n_shared, "n_shared", 0)
    rows, shared, columns = _split(p, q, n_shared)
    product = matricised(p, len(rows)) @ matricised(q, len(shared))
    return product.reshape(rows + columns)


def matricised(t: Float[Tensor, "*shape"], n_rows: int) -> Float[Tensor, "m n"]:
    r"""The tensor as a matrix: the first ``n_rows`` axes together number the rows, the others the columns.

    In this form :func:`tensor_product` is the product of matrices. Formula ``cs-18-03``; ``thm-matricised-product``.

    Args:
        t: any number of axes, no extent of 0, finite.
        n_rows: from 0 (one row) to the number of axes (one column).

    Raises:
        ValueError: ``n_rows`` is out of range, or ``t`` is empty or has entries that are not finite.
        TypeError: ``t`` is no floating-point tensor.

    Cost: no copy for a contiguous tensor.

    >>> matricised(torch.ones(2, 3, 4), 1).shape
    torch.Size([2, 12])
    """
    check_integer(n_rows, "n_rows", 0)
    check_tensor(t, "t", *[None] * _axes(t, "t"))
    if n_rows > t.ndim:
        raise ValueError(f"n_rows={n_rows} is more than the {t.ndim} axes of t")
    return t.reshape(math.prod(t.shape[:n_rows]), math.prod(t.shape[n_rows:]))


def jacobian_tensor(
    function: Callable[[Tensor], Tensor], w: Float[Tensor, "*inputs"]
) -> Float[Tensor, "*outputs_and_inputs"]:
    r"""All partial derivatives by reverse mode: entry i, k is :math:`\partial y_i/\partial W_k` with tuples i and k.

    Formula ``cs-18-05``. For vectors it is the Jacobian in numerator layout, for a number as output the gradient
    in the shape of W.

    Args:
        function: from tensors of the shape of ``w`` to tensors or numbers, differentiable at ``w``.
        w: the point, finite, without extents of 0.

    Raises:
        ValueError: ``w`` is empty or has entries that are not finite.
        TypeError: ``w`` is no floating-point tensor.

    Cost: one sweep back for each entry of the output; as many numbers as outputs times inputs.

    >>> jacobian_tensor(lambda w: w @ torch.ones(3), torch.zeros(2, 3)).shape
    torch.Size([2, 2, 3])
    """
    check_tensor(w, "w", *[None] * _axes(w, "w"))
    found = reverse_jacobian(lambda flat: function(flat.reshape(w.shape)), w.flatten())
    return found.reshape(found.shape[:-1] + w.shape)


def matrix_product_jacobian(x: Float[Tensor, "n samples"], m: int) -> Float[Tensor, "m samples m n"]:
    r"""The Jacobian tensor of :math:`y=WX` by the m by n matrix W: :math:`T_{ijkl}=\delta_{ik}X_{lj}`.

    As a matrix it is block diagonal, with m copies of the transpose of X (``thm-linear-layer``).

    Args:
        x: the constant factor, finite.
        m: rows of W, at least 1.

    Raises:
        ValueError: ``x`` is no finite matrix, or ``m`` is below 1.
        TypeError: ``x`` is no floating-point tensor.

    >>> matrix_product_jacobian(torch.tensor([[5.0], [7.0]]), 2)[1, 0].tolist()
    [[0.0, 0.0], [5.0, 7.0]]
    """
    check_tensor(x, "x", None, None)
    eye = torch.eye(check_integer(m, "m", 1), dtype=x.dtype, device=x.device)
    return torch.einsum("ik,lj->ijkl", eye, x)


def pulled_back(
    function: Callable[[Tensor], Tensor], w: Float[Tensor, "*inputs"], gradient: Float[Tensor, "*outputs"]
) -> Float[Tensor, "*inputs"]:
    r"""The gradient of the loss by W from that by :math:`y`, without the Jacobian tensor: one sweep back.

    It equals the contraction of ``gradient`` with :func:`jacobian_tensor`. Formula ``cs-18-04``.

    Args:
        function: as there.
        w: the point.
        gradient: of the shape of ``function(w)``.

    Raises:
        ValueError: ``gradient`` has not the shape of the output, or an entry is not finite.
        TypeError: an argument is no floating-point tensor.

    Cost: a small multiple of one evaluation.

    >>> pulled_back(lambda w: w.square(), torch.tensor([[1.0, 3.0]]), torch.tensor([[1.0, 1.0]]))
    tensor([[2., 6.]])
    """
    check_tensor(w, "w", *[None] * _axes(w, "w"))
    point = w.detach().requires_grad_()
    y = function(point)
    check_tensor(gradient, "gradient", *y.shape)
    return torch.autograd.grad(y, point, gradient)[0]


def _axes(t: Tensor, name: str) -> int:
    if not isinstance(t, Tensor):
        raise TypeError(f"{name} must be a real floating-point tensor")
    return t.ndim


def _split(p: Tensor, q: Tensor, n_shared: int) -> tuple[torch.Size, torch.Size, torch.Size]:
    """The extents of P alone, of both, of Q alone."""
    if n_shared > min(_axes(p, "p"), _axes(q, "q")):
        raise ValueError(f"n_shared={n_shared} is more than the {p.ndim} axes of p or the {q.ndim} of q")
    cut = p.ndim - n_shared
    if p.shape[cut:] != q.shape[:n_shared]:
        raise ValueError(f"the last extents of p, {tuple(p.shape[cut:])}, must be the first of q, {tuple(q.shape)}")
    return p.shape[:cut], q.shape[:n_shared], q.shape[n_shared:]
