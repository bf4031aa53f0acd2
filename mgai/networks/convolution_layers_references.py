"""Output sizes, pooling and gradients of convolutional layers by other routes, for claims.

Used on the page ``chapters/4-networks/convolution-layers``.
"""

from __future__ import annotations

import warnings

import numpy as np
import torch
from jaxtyping import Float
from scipy import signal, special
from torch import Tensor
from torch.nn import functional

from mgai.networks.convolution_layer_gradients import Geometry


def positions(n: int, k: int, geometry: Geometry) -> int:
    """How often a kernel of k taps fits on n entries in their frame, counted one position after another.

    >>> positions(7, 3, Geometry(stride=2))
    3
    """
    framed, start, count = range(n + 2 * geometry.padding), 0, 0
    while start + geometry.dilation * (k - 1) in framed:
        start, count = start + geometry.stride, count + 1
    return count


def pools_by_numpy(x: Float[Tensor, "*n"], r: int, sharpness: float = 1.0) -> Float[Tensor, "kinds ..."]:
    """Least, mean, softmax-weighted mean and greatest entry of every window, by NumPy and SciPy.

    >>> pools_by_numpy(torch.tensor([1.0, 3.0]), 2, sharpness=0.0).tolist()
    [[1.0], [2.0], [2.0], [3.0]]
    """
    seen = np.lib.stride_tricks.sliding_window_view(x.numpy(), (r,) * x.ndim)
    seen = seen.reshape(*seen.shape[: x.ndim], -1)
    weighted = (special.softmax(sharpness * seen, axis=-1) * seen).sum(-1)
    return torch.from_numpy(np.stack([seen.min(-1), seen.mean(-1), weighted, seen.max(-1)]))


def gradients_by_autograd(
    x: Float[Tensor, "H W"], w: Float[Tensor, "M N"], g: Float[Tensor, "h w"]
) -> tuple[Float[Tensor, "M N"], Float[Tensor, "H W"]]:
    """The gradients in w and x of the whole convolution, by torch's layer with the kernel turned, and reverse mode.

    >>> gradients_by_autograd(torch.ones(1, 2), torch.ones(1, 2), torch.tensor([[1.0, 0.0, 10.0]]))
    (tensor([[ 1., 10.]]), tensor([[ 1., 10.]]))
    """
    leaves = [part.detach().requires_grad_() for part in (w, x)]
    frame = tuple(k - 1 for k in w.shape)
    out = functional.conv2d(leaves[1][None, None], leaves[0].flip(0, 1)[None, None], padding=frame)
    return torch.autograd.grad(out, leaves, g[None, None])


def same_by_torch(x: Float[Tensor, " n"], w: Float[Tensor, " k"], dilation: int = 1) -> Float[Tensor, " n"]:
    """Torch's one-dimensional layer with "same" padding.

    >>> same_by_torch(torch.ones(3), torch.ones(2)).tolist()
    [2.0, 2.0, 1.0]
    """
    with warnings.catch_warnings():  # of a copy that uneven padding needs
        warnings.simplefilter("ignore", UserWarning)
        return functional.conv1d(x[None, None], w[None, None], padding="same", dilation=dilation)[0, 0]


def layer_by_scipy(x: Float[Tensor, "c H W"], f: Float[Tensor, "k c M N"]) -> Float[Tensor, "k h w"]:
    """The layer with stride 1 and no padding: correlations of each channel, summed over channels.

    >>> layer_by_scipy(torch.ones(3, 2, 2), torch.ones(1, 3, 2, 2)).tolist()
    [[[12.0]]]
    """
    return torch.stack([
        sum(torch.from_numpy(signal.correlate2d(a.numpy(), b.numpy(), "valid")) for a, b in zip(x, kernel, strict=True))
        for kernel in f
    ])  # fmt: skip


def layer_by_loops(x: Float[Tensor, "H W"], f: Float[Tensor, "M N"]) -> Float[Tensor, "h w"]:
    """One channel, stride 1, no padding: the double sum, entry by entry.

    >>> layer_by_loops(torch.tensor([[1.0, 2.0, 3.0]]), torch.tensor([[1.0, 10.0]])).tolist()
    [[21.0, 32.0]]
    """
    (rows, columns), (height, width) = f.shape, x.shape
    return x.new_tensor([
        [sum(float(x[i + a, j + b] * f[a, b]) for a in range(rows) for b in range(columns))
         for j in range(width - columns + 1)]
        for i in range(height - rows + 1)
    ])  # fmt: skip


def layer_matrix(f: Float[Tensor, "k c M N"], shape: tuple[int, int]) -> Float[Tensor, "outputs inputs"]:
    """The layer with several channels as one matrix: its outputs for all unit inputs of rows × columns pixels.

    >>> layer_matrix(torch.tensor([[[[1.0, 10.0]]]]), (1, 3)).tolist()
    [[1.0, 10.0, 0.0], [0.0, 1.0, 10.0]]
    """
    inputs = f.shape[1] * shape[0] * shape[1]
    units = torch.eye(inputs, dtype=f.dtype).view(inputs, f.shape[1], *shape)
    return functional.conv2d(units, f).flatten(1).T
