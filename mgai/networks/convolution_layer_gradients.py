r"""A convolutional layer with batch, channels, stride, padding and dilation, and its gradients.

Shown on the page ``chapters/4-networks/convolution-gradients``. With the input in a frame of p zeros, :math:`\bar X`,

.. math:: O_{bkij}=\beta_k+\sum_{c,m,n}\bar X_{b,\,c,\,si+dm,\,sj+dn}\,F_{kcmn} .

For one tap m, n of the filter the entries :math:`\bar X_{bc,\,si+dm,\,sj+dn}` form a window: every s-th entry from dm
and dn on. Forward reads the windows, the filter's gradient reads them again, the input's gradient writes into them.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from mgai.calculus.argument_checks import check_tensor
from mgai.linear_algebra.low_rank import check_integer


class Geometry(NamedTuple):
    """How the filter moves: stride s, p zeros on each side, dilation d; the same along both axes."""

    stride: int = 1
    padding: int = 0
    dilation: int = 1

    def extent(self, n: int, k: int) -> int:
        r"""How many entries the output has along an axis: :math:`\lfloor(n+2p-d(k-1)-1)/s\rfloor+1`.

        n, k: extents of the input and the filter. Raises TypeError or ValueError when the geometry is none, or the
        filter does not fit.

        >>> Geometry(stride=2, padding=1).extent(6, 3)
        3
        """
        for name, value, low in zip(self._fields, self, (1, 0, 1), strict=True):
            check_integer(value, name, low)
        room = n + 2 * self.padding - self.dilation * (k - 1) - 1
        if room < 0:
            raise ValueError(f"a filter of extent {k} with {self} does not fit on an input of extent {n}")
        return room // self.stride + 1


PLAIN = Geometry()


def forward(
    x: Float[Tensor, "b c H W"],
    f: Float[Tensor, "k c M N"],
    bias: Float[Tensor, " k"] | None = None,
    geometry: Geometry = PLAIN,
) -> Float[Tensor, "b k h w"]:
    """The layer's output.

    Formulas ``cs-12-33``, ``cs-12-36``, ``cs-12-37``.

    Args:
        x: a batch of inputs.
        f: a filter for each pair of an output and an input channel.
        bias: one number for each output channel; zero when left out.
        geometry: stride, padding and dilation.

    Returns:
        ``geometry.extent`` entries along each axis.

    Raises:
        TypeError: an argument is no floating-point tensor.
        ValueError: shapes that do not fit, or entries that are not finite.

    Cost: bkc·hw·MN products, in one matrix product for each tap.

    >>> forward(torch.ones(1, 1, 4, 4), torch.ones(1, 1, 2, 2), torch.ones(1), Geometry(stride=2))[0, 0].tolist()
    [[5.0, 5.0], [5.0, 5.0]]
    """
    check_tensor(x, "x", None, None, None, None)
    check_tensor(f, "f", None, x.shape[1], None, None)
    extents = _extents(x.shape, f.shape, geometry)
    if bias is not None:
        check_tensor(bias, "bias", len(f))
    framed = _framed(x, geometry.padding)
    out = x.new_zeros(len(x), len(f), *extents)
    for tap, window in _windows(f.shape, extents, geometry):
        out += torch.einsum("bchw,kc->bkhw", framed[window], f[(..., *tap)])
    return out if bias is None else out + bias[:, None, None]


def filter_gradient(
    x: Float[Tensor, "b c H W"],
    g: Float[Tensor, "b k h w"],
    shape: tuple[int, int, int, int],
    geometry: Geometry = PLAIN,
) -> Float[Tensor, "k c M N"]:
    r"""The gradient in the filters: :math:`\sum_{bij}G_{bkij}\,\bar X_{b,\,c,\,si+dm,\,sj+dn}`.

    Derived under ``thm-convolution-gradients-layer``: the input correlated with G with s - 1 zeros between its entries,
    read at every d-th place, the first M by N of these. The bias has the gradient ``g.sum((0, 2, 3))``.

    Args:
        x: the batch of inputs.
        g: the gradient of the loss in the output.
        shape: of the filters; G alone does not tell it when the stride exceeds one.
        geometry: stride, padding and dilation.

    Raises, Cost: as for :func:`forward`.

    >>> filter_gradient(torch.ones(1, 1, 3, 3), torch.ones(1, 1, 2, 2), (1, 1, 2, 2))[0, 0].tolist()
    [[4.0, 4.0], [4.0, 4.0]]
    """
    check_tensor(x, "x", None, None, None, None)
    extents = _extents(x.shape, shape, geometry)
    if shape[1] != x.shape[1]:
        raise ValueError(f"shape={tuple(shape)} has {shape[1]} input channels, but x has {x.shape[1]}")
    check_tensor(g, "g", len(x), shape[0], *extents)
    framed, gradient = _framed(x, geometry.padding), g.new_zeros(shape)
    for tap, window in _windows(shape, extents, geometry):
        gradient[(..., *tap)] = torch.einsum("bkhw,bchw->kc", g, framed[window])
    return gradient


def input_gradient(
    f: Float[Tensor, "k c M N"],
    g: Float[Tensor, "b k h w"],
    shape: tuple[int, int, int, int],
    geometry: Geometry = PLAIN,
) -> Float[Tensor, "b c H W"]:
    r"""The gradient in the input: every entry of G writes its multiple of the filters where they were read.

    Derived under ``thm-convolution-gradients-layer``: the full convolution of G with s - 1 zeros between its entries
    and the filters with d - 1 zeros between theirs, summed over output channels, with the frame of padding cut off.

    Args:
        f: the filters.
        g: the gradient of the loss in the output.
        shape: of the input; with a stride several extents have outputs of the same size.
        geometry: stride, padding and dilation.

    Raises, Cost: as for :func:`forward`.

    >>> input_gradient(torch.ones(1, 1, 2, 2), torch.ones(1, 1, 1, 1), (1, 1, 3, 3), Geometry(stride=2))[0, 0].tolist()
    [[1.0, 1.0, 0.0], [1.0, 1.0, 0.0], [0.0, 0.0, 0.0]]
    """
    check_tensor(f, "f", None, None, None, None)
    extents = _extents(shape, f.shape, geometry)
    if shape[1] != f.shape[1]:
        raise ValueError(f"shape={tuple(shape)} has {shape[1]} channels, but f has {f.shape[1]} input channels")
    check_tensor(g, "g", shape[0], len(f), *extents)
    p = geometry.padding
    gradient = g.new_zeros(*shape[:2], shape[2] + 2 * p, shape[3] + 2 * p)
    for tap, window in _windows(f.shape, extents, geometry):
        gradient[window] += torch.einsum("bkhw,kc->bchw", g, f[(..., *tap)])
    return gradient[..., p : p + shape[2], p : p + shape[3]]


def multiplications(x: tuple[int, ...], f: tuple[int, ...], geometry: Geometry = PLAIN) -> int:
    """Products of a number of the framed input (or of G) with a number of the filters in one pass: bkc·hw·MN.

    Forward, the filter's gradient and the input's gradient each need as many (``thm-convolution-gradients-layer``).

    x, f: the shapes of the input and the filters. Raises ValueError when they do not fit.

    >>> multiplications((2, 3, 8, 8), (4, 3, 3, 3))
    7776
    """
    h, w = _extents(x, f, geometry)
    return x[0] * f[0] * f[1] * f[2] * f[3] * h * w


def _extents(x: tuple[int, ...], f: tuple[int, ...], geometry: Geometry) -> tuple[int, int]:
    for name, shape in (("x", x), ("f", f)):
        if len(shape) != 4 or min(shape) < 1:
            raise ValueError(f"the shape of {name} must have four positive entries, not {tuple(shape)}")
    return geometry.extent(x[2], f[2]), geometry.extent(x[3], f[3])


def _framed(x: Tensor, padding: int) -> Tensor:
    return torch.nn.functional.pad(x, (padding,) * 4)


def _windows(
    f: tuple[int, ...], extents: tuple[int, int], geometry: Geometry
) -> Iterator[tuple[tuple[int, int], tuple]]:
    """For each tap of the filter the slices of the framed input that it meets."""
    s, _, d = geometry
    for tap in itertools.product(range(f[2]), range(f[3])):
        spans = (slice(d * t, d * t + s * (n - 1) + 1, s) for t, n in zip(tap, extents, strict=True))
        yield tap, (..., *spans)
