"""The numerical backward pass by torch's own layers and reverse mode, for claims and grading.

Used on the page ``chapters/4-networks/convolution-gradients``.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from mgai.networks.convolution_example import READINGS, Reading, arrays


def by_autograd(name: str = "maximum") -> tuple[Tensor, Tensor, Tensor]:
    """Gradients in output, filter and input under one reading.

    >>> by_autograd("corner")[1].tolist()
    [[9.0, 7.0, -1.0], [7.0, -2.0, 0.0], [8.0, -6.0, 6.0]]
    """
    reading = READINGS[name]
    x, f = (array.requires_grad_() for array in arrays())
    before, after = reading.pads
    taps = f.flip(0, 1) if reading.rotated else f
    framed = functional.pad(x, (before, after, before, after))
    output = functional.conv2d(framed[None, None], taps[None, None], stride=reading.stride)
    end, target = _pooled(output, reading)[0, 0], torch.eye(reading.size, dtype=x.dtype)
    loss = (end - target).square().sum() / 2 if reading.label else (end * target).sum()
    in_output, in_filter, in_input = torch.autograd.grad(loss, [output, f, x])
    return in_output[0, 0], in_filter, in_input


def _pooled(output: Tensor, reading: Reading) -> Tensor:
    if reading.pool == "max":
        return functional.max_pool2d(output, 2, reading.pool_stride)
    if reading.pool == "mean":
        return functional.avg_pool2d(output, 2, reading.pool_stride)
    return output[..., : reading.size, : reading.size]
