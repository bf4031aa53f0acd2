"""The numerical backward pass by torch's own layers and reverse mode, for claims and grading.

Used on the page ``chapters/4-networks/convolution-gradients``.
"""

from __future__ import annotations

import torch
from scipy import signal
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


def output_by_scipy(x: Tensor, f: Tensor) -> Tensor:
    """The layer's output by SciPy.

    >>> output_by_scipy(torch.tensor([[1.0, 2.0, 3.0]]), torch.tensor([[1.0, 10.0]])).tolist()
    [[21.0, 32.0]]
    """
    return torch.from_numpy(signal.correlate2d(x.numpy(), f.numpy(), "valid"))


def full_by_scipy(f: Tensor, g: Tensor) -> Tensor:
    """The full convolution of a filter and a gradient by SciPy.

    >>> full_by_scipy(torch.tensor([[1.0, 10.0]]), torch.tensor([[1.0, 0.0, 2.0]])).tolist()
    [[1.0, 10.0, 2.0, 20.0]]
    """
    return torch.from_numpy(signal.convolve2d(g.numpy(), f.numpy(), "full"))


def _pooled(output: Tensor, reading: Reading) -> Tensor:
    if reading.pool == "max":
        return functional.max_pool2d(output, 2, reading.pool_stride)
    if reading.pool == "mean":
        return functional.avg_pool2d(output, 2, reading.pool_stride)
    return output[..., : reading.size, : reading.size]
