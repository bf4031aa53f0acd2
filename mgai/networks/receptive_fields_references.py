"""Receptive fields by routes that are not ours: PyTorch's convolutions, and derivatives of what they compute.

What the claims of ``chapters/4-networks/receptive-fields-and-dilation`` compare with.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from jaxtyping import Bool, Float
from torch import Tensor
from torch.nn import functional

from mgai.networks.receptive_fields_and_dilation import Layer


def seen(layers: Sequence[Layer], n: int) -> Bool[Tensor, " n"]:
    """Which of n inputs the first unit of the last layer depends on: its gradient, with all weights 1.

    Positive weights cannot cancel, and the gradient counts paths, in exact integers below 2**53.

    >>> seen([Layer(2, dilation=2)], 4).tolist()
    [True, False, True, False]
    """
    signal = torch.zeros(1, 1, n, dtype=torch.float64, requires_grad=True)
    units = signal
    for layer in layers:
        weights = torch.ones(1, 1, layer.kernel, dtype=torch.float64)
        units = functional.conv1d(units, weights, stride=layer.stride, dilation=layer.dilation)
    return torch.autograd.grad(units[0, 0, 0], signal)[0][0, 0] != 0


def seen_extent(layers: Sequence[Layer], n: int) -> int:
    """From the first input of the unit to the last, both counted.

    >>> seen_extent([Layer(2, dilation=2)], 4)
    3
    """
    return int(seen(layers, n).nonzero()[-1]) + 1


def dilated_length(kernel: int, dilation: int) -> int:
    """The least input that PyTorch's convolution accepts, from the output's size; nothing is computed.

    >>> dilated_length(3, 2)
    5
    """
    layer = torch.nn.Conv1d(1, 1, kernel, dilation=dilation, device="meta")
    return 1000 - layer(torch.empty(1, 1, 1000, device="meta")).shape[-1] + 1


def causal_by_torch(
    signal: Float[Tensor, " n"], weights: Float[Tensor, " k"], dilation: int = 1
) -> Float[Tensor, " n"]:
    """The causal convolution by padding on the left: PyTorch slides a kernel whose last weight is the present one.

    >>> causal_by_torch(torch.tensor([1.0, 0.0, 0.0]), torch.tensor([3.0, 5.0])).tolist()
    [3.0, 5.0, 0.0]
    """
    padded = functional.pad(signal, (dilation * (len(weights) - 1), 0))
    return functional.conv1d(padded[None, None], weights.flip(0)[None, None], dilation=dilation)[0, 0]


def jacobian(function: Callable[[Tensor], Tensor], x: Float[Tensor, " n"]) -> Tensor:
    """All derivatives of the function at x by reverse mode; the last axis belongs to x.

    >>> jacobian(torch.square, torch.tensor([1.0, 3.0])).tolist()
    [[2.0, 0.0], [0.0, 6.0]]
    """
    return torch.autograd.functional.jacobian(function, x)
