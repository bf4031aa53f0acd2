"""Extents, parameters and products of a convolutional layer as torch has them, for claims and grading.

Used on the page ``chapters/4-networks/counting-a-convolution``. Layers on the meta device have shapes and no numbers.
"""

from __future__ import annotations

import torch
from torch.nn import functional
from torch.utils.flop_counter import FlopCounterMode

from mgai.networks.counting_a_convolution import C_IN, C_OUT, N_IN, STRIDE


def fits(n_in: int, n_out: int, stride: int, kernel: int, added: int = 0) -> bool:
    """Whether torch's convolution with this kernel leads from one extent to the other.

    >>> [kernel for kernel in range(1, 13) if fits(205, 66, 3, kernel)]
    [8, 9, 10]
    """
    if kernel > n_in + added:
        return False
    x = torch.empty(1, 1, n_in + added, device="meta")
    return functional.conv1d(x, torch.empty(1, 1, kernel, device="meta"), stride=stride).shape[-1] == n_out


def layer_of(kernel: int, padding: int = 0) -> tuple[tuple[int, ...], int, int]:
    """The shape of torch's output for the exercise's input, the layer's parameters, and its products as torch counts.

    >>> layer_of(10)
    ((1, 96, 66, 66), 96096, 418176000)
    """
    layer = torch.nn.Conv2d(C_IN, C_OUT, kernel, STRIDE, padding, device="meta")
    with FlopCounterMode(display=False) as counter:
        out = layer(torch.empty(1, C_IN, N_IN, N_IN, device="meta"))
    return tuple(out.shape), sum(p.numel() for p in layer.parameters()), counter.get_total_flops() // 2


def taps_by_ones(n_in: int, kernel: int, stride: int, padding: int) -> int:
    """Pairs of a window and a tap that meet the input: a kernel of ones on an input of ones adds them up.

    >>> taps_by_ones(3, 3, 1, 1)
    7
    """
    x, f = (torch.ones(1, 1, n, dtype=torch.float64) for n in (n_in, kernel))
    return int(functional.conv1d(x, f, stride=stride, padding=padding).sum())
