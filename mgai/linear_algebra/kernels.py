r"""Kernels :math:`k(x,y)`: functions of two points, whose Gram matrices may or may not be semidefinite.

Shown on the page ``chapters/1-linear-algebra/positive-semidefinite``.
"""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor


def gaussian_kernel(x: Float[Tensor, "n d"], y: Float[Tensor, "m d"], width: float = 1.0) -> Float[Tensor, "n m"]:
    r"""The Gaussian kernel :math:`k(x,y)=\exp(-\|x-y\|^2/2w^2)` between all points of two sets.

    Formula ``cs-03-02``.

    Args:
        x, y: points, one a row.
        width: :math:`w`, positive.

    Raises:
        ValueError: the points have different dimensions, or ``width`` is not positive.
        TypeError: ``x`` or ``y`` is not a floating-point tensor, or their dtypes differ.

    Cost: O(nmd).

    >>> gaussian_kernel(torch.zeros(1, 2), torch.zeros(2, 2))
    tensor([[1., 1.]])
    """
    _check_points(x, y)
    if not width > 0:
        raise ValueError(f"width must be positive, not {width}")
    return torch.exp(-((x[:, None] - y[None]) / width).square().sum(dim=-1) / 2)


def gaussian_features(x: Float[Tensor, " n"], n_features: int = 60) -> Float[Tensor, "n n_features"]:
    r"""The first features :math:`\varphi_k(x)=e^{-x^2/2}x^k/\sqrt{k!}` of the Gaussian kernel on the line.

    Formula ``cs-03-02``.

    Their sum :math:`\sum_k\varphi_k(x)\varphi_k(y)=e^{-(x^2+y^2)/2}e^{xy}` is the kernel of width 1. The rest
    after 60 terms is below rounding in float64 for :math:`|xy|\le9`, where :math:`9^{60}/60!<10^{-24}`.

    Args:
        x: points of the line.
        n_features: how many, k = 0, ..., n_features - 1.

    Raises:
        ValueError: ``x`` is not one-dimensional, or ``n_features`` is below 1.
        TypeError: ``x`` is not a floating-point tensor.

    >>> gaussian_features(torch.zeros(1), 3)
    tensor([[1., 0., 0.]])
    """
    if not isinstance(x, Tensor) or not x.is_floating_point():
        raise TypeError("x must be a floating-point tensor")
    if x.ndim != 1:
        raise ValueError(f"x must be one-dimensional, not of shape {tuple(x.shape)}")
    if n_features < 1:
        raise ValueError(f"n_features must be at least 1, not {n_features}")
    k = torch.arange(1, n_features, dtype=x.dtype, device=x.device)
    ratios = torch.cat([torch.exp(-x.square() / 2)[:, None], x[:, None] / k.sqrt()], dim=1)
    return ratios.cumprod(dim=1)


def sigmoid_kernel(x: Float[Tensor, "n d"], y: Float[Tensor, "m d"], offset: float = 0.0) -> Float[Tensor, "n m"]:
    r"""The function :math:`\tanh(x^\top y+b)`, called a kernel though its Gram matrices may be indefinite.

    Arguments and errors as for the points of :func:`gaussian_kernel`; ``offset`` is :math:`b`.

    >>> sigmoid_kernel(torch.ones(1, 1), torch.zeros(1, 1))
    tensor([[0.]])
    """
    _check_points(x, y)
    return torch.tanh(x @ y.mT + offset)


def _check_points(x: Tensor, y: Tensor) -> None:
    for name, value in (("x", x), ("y", y)):
        if not isinstance(value, Tensor) or not value.is_floating_point():
            raise TypeError(f"{name} must be a floating-point tensor")
        if value.ndim != 2:
            raise ValueError(f"{name} must hold one point a row, not have shape {tuple(value.shape)}")
    if x.dtype != y.dtype:
        raise TypeError(f"y must have the dtype of x, {x.dtype}, not {y.dtype}")
    if x.shape[1] != y.shape[1]:
        raise ValueError(f"y must hold points of dimension {x.shape[1]}, not {y.shape[1]}")
