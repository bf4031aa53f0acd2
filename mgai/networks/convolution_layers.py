r"""Borders, pooling, parameters and gradients of convolutional layers.

Shown on the page ``chapters/4-networks/convolution-layers``. The layer itself, with channels, stride, padding and
dilation, is :func:`mgai.networks.convolution_layer_gradients.forward`; sizes of outputs come from its ``Geometry``.
"""

from __future__ import annotations

import math
from typing import Literal, NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from mgai.calculus.argument_checks import check_tensor
from mgai.calculus.discrete_convolution import convolve
from mgai.linear_algebra.low_rank import check_integer
from mgai.networks.convolution_layer_gradients import PLAIN

Pooling = Literal["min", "mean", "softmax", "max"]


class Counts(NamedTuple):
    """Parameters of three layers with equal input and output: convolutional, locally connected, fully connected."""

    convolutional: int
    locally_connected: int
    fully_connected: int


def pad(x: Float[Tensor, "*n"], before: int, after: int | None = None, value: float = 0.0) -> Float[Tensor, "*m"]:
    """An array in a frame of a constant: the same number of entries is added along every axis.

    Formula ``cs-12-19``.

    Args:
        x: at least one axis, at least one entry.
        before, after: entries added at the start and at the end of every axis; ``after`` is ``before`` when left out.
        value: the constant, finite.

    Raises:
        TypeError: ``x`` is no floating-point tensor, or a number of entries is no integer.
        ValueError: ``x`` is empty or not finite, has no axis, or a number is negative or not finite.

    Cost: one copy.

    >>> pad(torch.tensor([1.0, 2.0]), 1, 2).tolist()
    [0.0, 1.0, 2.0, 0.0, 0.0]
    """
    _check_array(x, "x")
    start = check_integer(before, "before", 0)
    end = start if after is None else check_integer(after, "after", 0)
    if not math.isfinite(value):
        raise ValueError(f"value must be finite, not {value}")
    framed = x.new_full([n + start + end for n in x.shape], value)
    framed[tuple(slice(start, start + n) for n in x.shape)] = x
    return framed


def same_padding(kernel: int, dilation: int = 1) -> tuple[int, int]:
    r"""How many entries to add before and after, so that stride 1 keeps the size: :math:`d(k-1)` in total.

    Formula ``cs-12-20``. An odd total cannot be shared equally: the larger part comes after, as in torch.

    Args:
        kernel, dilation: of the layer, at least 1.

    Raises:
        TypeError: an argument is no integer.
        ValueError: an argument is less than 1.

    >>> same_padding(3), same_padding(4)
    ((1, 1), (1, 2))
    """
    total = check_integer(dilation, "dilation", 1) * (check_integer(kernel, "kernel", 1) - 1)
    return total // 2, total - total // 2


def windows(x: Float[Tensor, "*n"], r: int, stride: int = 1) -> Float[Tensor, "*positions entries"]:
    """The windows of r entries along every axis that lie wholly on the array, each as one row.

    Args:
        x: at least one axis, none shorter than ``r``.
        r: extent of the window, at least 1.
        stride: from one window to the next, at least 1.

    Returns:
        As many positions along an axis as ``Geometry(stride).extent`` says; r to the power of the axes entries each.

    Raises:
        TypeError: ``x`` is no floating-point tensor, or a number is no integer.
        ValueError: ``x`` is empty, not finite or smaller than the window, or a number is less than 1.

    Cost: none; views of ``x``, except for the last reshaping when there are several axes.

    >>> windows(torch.tensor([1.0, 2.0, 3.0, 4.0]), 2, stride=2).tolist()
    [[1.0, 2.0], [3.0, 4.0]]
    """
    _check_array(x, "x")
    r, stride = check_integer(r, "r", 1, min(x.shape)), check_integer(stride, "stride", 1)
    views = x
    for axis in range(x.ndim):
        views = views.unfold(axis, r, stride)
    return views.flatten(x.ndim)


def pool(
    x: Float[Tensor, "*n"], r: int, kind: Pooling = "max", stride: int = 1, sharpness: float = 1.0
) -> Float[Tensor, "*positions"]:
    r"""One number for each window: the least, the mean, the greatest, or a mean with the weights of a softmax.

    Formulas ``cs-12-30``, ``cs-12-31``, ``cs-12-32``. The last is :math:`\sum_ux_ue^{\beta x_u}/\sum_ue^{\beta x_u}`.

    Args:
        x: one channel; all its axes are positions.
        r, stride: as for :func:`windows`.
        kind: which number.
        sharpness: β of the softmax, finite; the other kinds do not use it.

    Raises:
        TypeError: as for :func:`windows`.
        ValueError: as for :func:`windows`, or a kind that is none, or a sharpness that is not finite.

    Cost: r to the power of the axes operations for each position.

    >>> pool(torch.tensor([1.0, 5.0, 2.0, 4.0]), 2).tolist()
    [5.0, 5.0, 4.0]
    """
    seen = windows(x, r, stride)
    if kind == "softmax":
        if not math.isfinite(sharpness):
            raise ValueError(f"sharpness must be finite, not {sharpness}")
        return (torch.softmax(sharpness * seen, -1) * seen).sum(-1)
    if kind not in ("min", "mean", "max"):
        raise ValueError(f"kind must be min, mean, softmax or max, not {kind!r}")
    return {"min": seen.amin, "mean": seen.mean, "max": seen.amax}[kind](-1)


def factor_gradient(g: Float[Tensor, "*m"], other: Float[Tensor, "*n"]) -> Float[Tensor, "*k"]:
    r"""The gradient in one factor of a convolution: :math:`\delta*\operatorname{rot}_{180}` of the other factor.

    Formulas ``cs-12-27``, ``cs-12-28``. With :math:`y=x*w` and :math:`\delta=\partial R/\partial y` it is the gradient
    in w when ``other`` is x, and the gradient in x when ``other`` is w.

    Args:
        g: the gradient in all entries of :func:`mgai.calculus.discrete_convolution.convolve`.
        other: the other factor, with as many axes, no larger.

    Returns:
        m - n + 1 entries along each axis: those of the convolution at the indices of the factor.

    Raises:
        TypeError: an argument is no floating-point tensor.
        ValueError: empty or not finite arguments, unequal numbers of axes, or ``other`` larger than ``g``.

    Cost: a product for each pair of entries.

    >>> factor_gradient(torch.tensor([1.0, 0.0, 10.0]), torch.tensor([1.0, 2.0])).tolist()
    [1.0, 20.0]
    """
    _check_array(g, "g")
    _check_array(other, "other")
    if other.ndim != g.ndim or any(n > m for n, m in zip(other.shape, g.shape, strict=True)):
        raise ValueError(f"other of shape {tuple(other.shape)} must fit into g of shape {tuple(g.shape)}")
    whole = convolve(g, other.flip(tuple(range(other.ndim))))  # starts at the index 1 - n
    return whole[tuple(slice(n - 1, m) for n, m in zip(other.shape, g.shape, strict=True))]


def parameter_counts(shape: tuple[int, int, int], kernel: tuple[int, int], filters: int, bias: bool = True) -> Counts:
    """Parameters of a convolutional layer, and of the locally and fully connected ones with its input and output.

    Formulas ``cs-12-54``, ``cs-12-55``, ``cs-12-56``. Valid padding and stride 1.

    Args:
        shape: rows, columns and channels of the input.
        kernel: rows and columns of the kernels, which fit on the input.
        filters: number of kernels, at least 1.
        bias: whether biases count: one for each filter when weights are shared, one for each output otherwise.

    Raises:
        TypeError: a number is no integer.
        ValueError: a number is less than 1, or the kernel does not fit.

    >>> parameter_counts((7, 7, 3), (3, 3), 2)
    Counts(convolutional=56, locally_connected=1400, fully_connected=7400)
    """
    if len(shape) != 3 or len(kernel) != 2:
        raise ValueError(f"shape must be rows, columns, channels and kernel rows, columns, not {shape} and {kernel}")
    m, n, c = (check_integer(value, "shape", 1) for value in shape)
    p, q = (check_integer(value, "kernel", 1) for value in kernel)
    outputs = PLAIN.extent(m, p) * PLAIN.extent(n, q) * check_integer(filters, "filters", 1)
    fan_in = p * q * c + bias
    return Counts(filters * fan_in, outputs * fan_in, outputs * (m * n * c + bias))


def _check_array(value: Tensor, argument: str) -> None:
    """Raise unless ``value`` is a finite floating-point tensor with at least one axis and one entry."""
    if isinstance(value, Tensor) and value.ndim == 0:
        raise ValueError(f"{argument} must have at least one axis")
    check_tensor(value, argument, *[None] * getattr(value, "ndim", 1))
