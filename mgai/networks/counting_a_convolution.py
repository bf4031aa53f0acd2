r"""Kernel sizes that fit the extents of a convolutional layer, its parameters and its products.

Shown on the page ``chapters/4-networks/counting-a-convolution``. Along an axis the layer has the extents

.. math:: O=\left\lfloor\frac{I+T-K}{S}\right\rfloor+1

for input I, kernel K, stride S and T zeros added at both ends together.
"""

from __future__ import annotations

from jaxtyping import Float
from torch import Tensor

from mgai.calculus.argument_checks import check_tensor
from mgai.linear_algebra.low_rank import check_integer

N_IN, N_OUT, STRIDE, C_IN, C_OUT = 205, 66, 3, 10, 96  # of the exercise


def kernel_sizes(n_in: int, n_out: int, stride: int, added: int = 0) -> list[int]:
    r"""All kernel extents that lead from one extent to the other, in increasing order.

    Derived under ``thm-counting-a-convolution-sizes``: from :math:`I+T-SO+1` to :math:`I+T-S(O-1)`, as far as they are
    positive.

    Args:
        n_in, n_out: extents of input and output, at least 1.
        stride: S, at least 1.
        added: T, zeros added at both ends together, at least 0.

    Raises:
        TypeError, ValueError: an argument is no integer, or out of range.

    >>> kernel_sizes(205, 66, 3), kernel_sizes(205, 66, 3, added=2), kernel_sizes(3, 5, 1)
    ([8, 9, 10], [10, 11, 12], [])
    """
    _check(n_in=n_in, n_out=n_out, stride=stride)
    check_integer(added, "added", 0)
    largest = n_in + added - stride * (n_out - 1)
    return list(range(max(1, largest - stride + 1), largest + 1))


def unread(n_in: int, kernel: int, stride: int, added: int = 0) -> int:
    r"""How many entries at the end of the padded axis no window reads: the rest of :math:`(I+T-K)/S`.

    For stride ≤ kernel; larger strides leave gaps between the windows as well.

    Raises TypeError or ValueError when an argument is no integer, or the kernel does not fit.

    >>> [unread(205, kernel, 3) for kernel in (8, 9, 10)]
    [2, 1, 0]
    """
    _check(n_in=n_in, kernel=kernel, stride=stride)
    check_integer(added, "added", 0)
    if kernel > n_in + added:
        raise ValueError(f"kernel={kernel} does not fit on {n_in + added} entries")
    return (n_in + added - kernel) % stride


def parameters(kernel: int, c_in: int, c_out: int, bias: bool = True) -> int:
    r"""Trainable numbers of a layer with square kernels: :math:`(K^2c+1)\,c'`, without biases :math:`K^2cc'`.

    Raises TypeError or ValueError when an argument is no positive integer.

    >>> parameters(10, 10, 96)
    96096
    """
    _check(kernel=kernel, c_in=c_in, c_out=c_out)
    return (kernel**2 * c_in + bool(bias)) * c_out


def multiplications(n_out: int, kernel: int, c_in: int, c_out: int) -> int:
    r"""Products in the sum that defines the layer's output: :math:`O^2K^2cc'`, those with padded zeros included.

    Raises TypeError or ValueError when an argument is no positive integer.

    >>> multiplications(66, 10, 10, 96)
    418176000
    """
    _check(n_out=n_out, kernel=kernel, c_in=c_in, c_out=c_out)
    return n_out**2 * kernel**2 * c_in * c_out


def taps_on_image(n_in: int, kernel: int, stride: int, padding: int) -> int:
    r"""Pairs of a window and a tap along one axis that meet an entry of the input and no padded zero.

    The window i covers the entries from :math:`Si-P` to :math:`Si-P+K-1`. In two dimensions the products with entries
    of the image are the square of this number, times the channels in and out.

    Args:
        n_in, kernel, stride: extents and stride.
        padding: P, the zeros at each end.

    Raises:
        TypeError, ValueError: an argument is no integer or out of range, or the kernel does not fit.

    Cost: O(outputs).

    >>> taps_on_image(205, 12, 3, 1), 66 * 12
    (790, 792)
    """
    _check(n_in=n_in, kernel=kernel, stride=stride)
    check_integer(padding, "padding", 0)
    if kernel > n_in + 2 * padding:
        raise ValueError(f"kernel={kernel} does not fit on {n_in + 2 * padding} entries")
    starts = range(-padding, n_in + padding - kernel + 1, stride)
    return sum(max(0, min(start + kernel, n_in) - max(start, 0)) for start in starts)


def two_outputs(x: Float[Tensor, " 4"], f: Float[Tensor, " 3"]) -> tuple[Tensor, int]:
    r"""Two neighbouring outputs of a filter with three taps from four products, and how many products it took.

    Sums of the filter's entries and halves are made once for each filter and do not count.

    Raises TypeError or ValueError when an argument is no finite vector of its length.

    Source: Winograd, Arithmetic Complexity of Computations (1980); Lavin and Gray (2016).

    >>> import torch
    >>> two_outputs(torch.tensor([1.0, 2.0, 3.0, 4.0]), torch.tensor([1.0, 10.0, 100.0]))
    (tensor([321., 432.]), 4)
    """
    check_tensor(x, "x", 4)
    check_tensor(f, "f", 3)
    middle, rest = (f[0] + f[2]) / 2, f[1] / 2
    factors = ((x[0] - x[2], f[0]), (x[1] + x[2], middle + rest), (x[2] - x[1], middle - rest), (x[1] - x[3], f[2]))
    m = [a * b for a, b in factors]
    return x.new_tensor([m[0] + m[1] + m[2], m[1] - m[2] - m[3]]), len(m)


def _check(**sizes: int) -> None:
    for argument, value in sizes.items():
        check_integer(value, argument, 1)
