r"""A convolution of a 6×6 array with a 3×3 filter and its backward pass, under ten readings of a lost figure.

Shown on the page ``chapters/4-networks/convolution-gradients``. All numbers are whole, or quarters, and
exact in float64.
"""

from __future__ import annotations

import itertools
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from mgai.networks import convolution_layer_gradients as layer
from mgai.networks.convolution_gradients import rotate

#: The input, the filter, and the 3×3 array at the end of the graph.
INPUT = (
    (1, 7, -1, -7, 10, 11), (2, 8, 0, 0, 12, 13), (3, 9, 0, 0, 0, 0),
    (4, 10, -4, -10, 0, 0), (5, 11, -5, -11, 16, 17), (6, 12, -6, -12, 14, 15),
)  # fmt: skip
FILTER = ((1, 0, -1), (2, 0, -2), (1, 0, -1))
END = ((1, 0, 0), (0, 1, 0), (0, 0, 1))
#: The step of the updates, as one over this number.
INVERSE_STEP = 100
#: What the copy we had gives: gradients, and updated arrays in hundredths.
PRINTED_FILTER_GRADIENT = ((1, 7, -1), (2, 8, 0), (3, 9, 0))
PRINTED_INPUT_GRADIENT = (
    (1, 0, -1, 0, 0, 0), (2, 1, -2, -1, 0, 0), (3, 2, -3, -2, 1, 0),
    (2, 2, -2, -2, 2, 0), (1, 1, -1, -1, 1, 0), (0, 0, 0, 0, 0, 1),
)  # fmt: skip
PRINTED_INPUT_AFTER = (
    (99, 700, -99, -700, 1000, 1100), (198, 799, 2, 1, 1200, 1300), (297, 898, 3, 2, -1, 0),
    (398, 998, -398, -998, -2, 0), (499, 1099, -499, -1101, 1599, 1700), (600, 1200, -600, -1200, 1400, 1499),
)  # fmt: skip


class Reading(NamedTuple):
    """What may stand between the input and the array at the end.

    pads: rows and columns of zeros before and after the input; stride: of the filter; rotated: a true convolution;
    pool: how 2×2 windows of O become an entry of M (``none``, ``max``, ``mean`` or ``first``), ``pool_stride`` their
    distance; size: of the identity at the end; label: whether it is what M should be, instead of the gradient in M.
    """

    pads: tuple[int, int] = (0, 0)
    stride: int = 1
    rotated: bool = False
    pool: str = "none"
    pool_stride: int = 1
    size: int = 3
    label: bool = False


#: The readings whose shapes fit; the first is the page's.
READINGS = {
    "maximum": Reading(pool="max"),
    "mean": Reading(pool="mean"),
    "corner": Reading(pool="first"),
    "frame, maximum": Reading(pads=(1, 1), pool="max", pool_stride=2),
    "frame, mean": Reading(pads=(1, 1), pool="mean", pool_stride=2),
    "frame, stride 2": Reading(pads=(1, 1), stride=2),
    "zeros after, stride 2": Reading(pads=(0, 1), stride=2),
    "4×4 identity": Reading(size=4),
    "rotated, maximum": Reading(pool="max", rotated=True),
    "label": Reading(pool="max", label=True),
}


class Passed(NamedTuple):
    """The arrays of one forward and backward pass."""

    output: Float[Tensor, "h w"]
    end: Float[Tensor, "k k"]
    end_gradient: Float[Tensor, "k k"]
    output_gradient: Float[Tensor, "h w"]
    filter_gradient: Float[Tensor, "3 3"]
    input_gradient: Float[Tensor, "6 6"]


def arrays() -> tuple[Float[Tensor, "6 6"], Float[Tensor, "3 3"]]:
    """Input and filter of the exercise, in float64.

    >>> [tuple(each.shape) for each in arrays()]
    [(6, 6), (3, 3)]
    """
    return torch.tensor(INPUT, dtype=torch.float64), torch.tensor(FILTER, dtype=torch.float64)


def run(name: str = "maximum", f: Float[Tensor, "3 3"] | None = None) -> Passed:
    """Forward and backward pass under one reading.

    Args:
        name: a key of :data:`READINGS`.
        f: a filter in place of the exercise's.

    Raises:
        ValueError: there is no such reading.

    >>> run("corner").filter_gradient.tolist()
    [[9.0, 7.0, -1.0], [7.0, -2.0, 0.0], [8.0, -6.0, 6.0]]
    """
    if name not in READINGS:
        raise ValueError(f"name={name!r} is no reading: choose one of {', '.join(READINGS)}")
    reading = READINGS[name]
    x, kernel = arrays()
    kernel = kernel if f is None else f
    taps = rotate(kernel) if reading.rotated else kernel
    before, after = reading.pads
    framed = torch.nn.functional.pad(x, (before, after, before, after))[None, None]
    geometry = layer.Geometry(reading.stride)
    output = layer.forward(framed, taps[None, None], geometry=geometry)[0, 0]
    weights = _window_weights(output, reading)
    end = (_windows(output, reading) * weights).sum((2, 3))
    target = torch.eye(reading.size, dtype=x.dtype)
    end_gradient = end - target if reading.label else target
    output_gradient = _spread(end_gradient, weights, output.shape, reading.pool_stride)
    g = output_gradient[None, None]
    in_taps = layer.filter_gradient(framed, g, (1, 1, 3, 3), geometry)[0, 0]
    in_input = layer.input_gradient(taps[None, None], g, tuple(framed.shape), geometry)[0, 0]
    in_filter = rotate(in_taps) if reading.rotated else in_taps
    cut = slice(before, before + len(x))
    return Passed(output, end, end_gradient, output_gradient, in_filter, in_input[cut, cut])


def _windows(output: Tensor, reading: Reading) -> Tensor:
    """The windows that pooling sees, of shape (k, k, 2, 2); of one entry without pooling."""
    size = 1 if reading.pool == "none" else 2
    return output.unfold(0, size, reading.pool_stride).unfold(1, size, reading.pool_stride)


def _window_weights(output: Tensor, reading: Reading) -> Tensor:
    """What each entry of a window counts in its pooled value; a tie, of which there is none, would go to the first."""
    windows = _windows(output, reading)
    if reading.pool == "mean":
        return torch.full_like(windows, 0.25)
    flat = windows.flatten(2)
    chosen = flat.argmax(-1) if reading.pool == "max" else torch.zeros_like(flat[..., 0], dtype=torch.long)
    return torch.nn.functional.one_hot(chosen, flat.shape[-1]).to(windows).view_as(windows)


def _spread(g: Tensor, weights: Tensor, shape: torch.Size, stride: int) -> Tensor:
    """The adjoint of pooling: each pooled entry's gradient goes back to its window, by weight."""
    result = g.new_zeros(shape)
    for a, b in itertools.product(range(weights.shape[2]), range(weights.shape[3])):
        rows, columns = (slice(start, start + stride * (n - 1) + 1, stride) for start, n in ((a, len(g)), (b, len(g))))
        result[rows, columns] += g * weights[:, :, a, b]
    return result
