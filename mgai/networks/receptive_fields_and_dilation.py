r"""Receptive fields as sets: strided and dilated stacks, their gaps, and causal convolutions.

Shown on the page ``chapters/4-networks/receptive-fields-and-dilation``. Layers run along one axis; their padding is
left out, which changes nothing away from the border. Extents are those of
:mod:`mgai.networks.effective_receptive_field`, for kernels that a dilation has spread.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from mgai.calculus.argument_checks import check_tensor
from mgai.networks import effective_receptive_field


class Layer(NamedTuple):
    """A layer with a window: a convolution, or a pooling (dilation 1), with its numbers in PyTorch's order.

    Args:
        kernel: number of places in the window.
        stride: steps of its input from one window to the next.
        padding: zeros before its input; it moves a field and does not change its extent.
        dilation: steps of its input from one place of the window to the next.
    """

    kernel: int
    stride: int = 1
    padding: int = 0
    dilation: int = 1


def spread(layer: Layer) -> int:
    r"""The length of the window with its gaps, :math:`d(k-1)+1`. Formula ``cs-12-35``.

    Raises ValueError for a kernel, stride or dilation below 1.

    >>> spread(Layer(3, dilation=4))
    9
    """
    if min(layer.kernel, layer.stride, layer.dilation) < 1:
        raise ValueError(f"layer must have positive kernel, stride and dilation, not {tuple(layer)}")
    return layer.dilation * (layer.kernel - 1) + 1


def extents(layers: Sequence[Layer]) -> list[int]:
    r"""From first to last input of a unit, after each layer: :math:`r_l=r_{l-1}+d_l(k_l-1)j_{l-1}` with :math:`r_0=1`.

    Formula ``cs-12-24``; :math:`j_{l-1}` is the product of the strides before layer l.

    Args:
        layers: from the input on, at least one.

    Returns:
        One extent for each layer.

    Raises:
        ValueError: no layers, or a kernel, stride or dilation below 1.

    >>> extents([Layer(3), Layer(2, 2), Layer(3, dilation=2)])
    [3, 4, 12]
    """
    jumps = effective_receptive_field.jumps([(spread(layer), layer.stride) for layer in layers])
    totals, extent = [], 1
    for layer, jump in zip(layers, jumps, strict=True):
        extent += (spread(layer) - 1) * jump
        totals.append(extent)
    return totals


def offsets(layers: Sequence[Layer]) -> list[int]:
    r"""The inputs of a unit, as distances from the first: all :math:`\sum_lj_{l-1}d_lu_l` with :math:`0\le u_l<k_l`.

    Formula ``cs-12-23``. As many as the extent only if there are no gaps.

    Raises ValueError as :func:`extents` does.

    Cost: O(extent) a place of a kernel.

    >>> offsets([Layer(3), Layer(3, dilation=4)])
    [0, 1, 2, 4, 5, 6, 8, 9, 10]
    """
    jumps = effective_receptive_field.jumps([(spread(layer), layer.stride) for layer in layers])
    reached = {0}
    for layer, jump in zip(layers, jumps, strict=True):
        reached = {start + jump * layer.dilation * place for start in reached for place in range(layer.kernel)}
    return sorted(reached)


def connections(layer: Layer, n: int) -> Bool[Tensor, "m n"]:
    """Where the matrix of the layer may differ from zero: row i holds the inputs of unit i.

    Formula ``cs-12-22``.

    Args:
        layer: the layer.
        n: number of its inputs.

    Raises:
        ValueError: the window does not fit.

    >>> connections(Layer(2, stride=2), 4).int().tolist()
    [[1, 1, 0, 0], [0, 0, 1, 1]]
    """
    if n < spread(layer):
        raise ValueError(f"n must be at least {spread(layer)}, the length of the window, not {n}")
    m = (n - spread(layer)) // layer.stride + 1
    mask = torch.zeros(m, n, dtype=torch.bool)
    places = torch.arange(layer.kernel) * layer.dilation
    mask[torch.arange(m)[:, None], torch.arange(m)[:, None] * layer.stride + places] = True
    return mask


def causal_matrix(weights: Float[Tensor, " k"], n: int, dilation: int = 1) -> Float[Tensor, "n n"]:
    r"""The matrix of :math:`y_t=\sum_{i<k}w_ix_{t-di}` with zeros before the start: lower triangular, and Toeplitz.

    Formula ``cs-12-50``.

    Args:
        weights: the present first, then the past.
        n: length of the sequence, at least 1.
        dilation: d, at least 1.

    Raises:
        TypeError, ValueError: ``weights`` is no finite vector, or n or dilation is below 1.

    Cost: O(kn), and the matrix.

    >>> causal_matrix(torch.tensor([1.0, 2.0]), 4, dilation=2).tolist()
    [[1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0], [2.0, 0.0, 1.0, 0.0], [0.0, 2.0, 0.0, 1.0]]
    """
    check_tensor(weights, "weights", None)
    if n < 1 or dilation < 1:
        raise ValueError(f"n and dilation must be positive, not {n} and {dilation}")
    matrix = weights.new_zeros(n, n)
    for i in range(min(len(weights), (n - 1) // dilation + 1)):
        matrix.diagonal(-i * dilation).fill_(weights[i])
    return matrix


def doubling(kernel: int, depth: int) -> list[Layer]:
    """Layers of one kernel whose dilation doubles from 1 on (``cs-12-49``).

    >>> [layer.dilation for layer in doubling(2, 4)]
    [1, 2, 4, 8]
    """
    return [Layer(kernel, dilation=2**level) for level in range(depth)]


def wavenet(blocks: int) -> list[Layer]:
    """The dilated layers of WaveNet: blocks of ten with kernel 2 and dilations 1, 2, 4, …, 512 (``cs-12-51``).

    Source: van den Oord et al., WaveNet: A Generative Model for Raw Audio (2016), section 2.1.

    >>> extents(wavenet(1))[-1]
    1024
    """
    return doubling(2, 10) * blocks
