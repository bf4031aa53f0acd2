r"""Where elements lie in memory, and what that costs: strides, segments, intensity, the roofline.

Everything here is exact; :mod:`mgai.linear_algebra.memory_layout_measurement` measures.
Shown on the page ``chapters/1-linear-algebra/tensor-contraction``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import torch
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

#: Bytes that travel together: a line of an x86-64 CPU's cache, a sector of an NVIDIA GPU's.
CACHE_LINE = 64
SECTOR = 32
WARP = 32  # threads of an NVIDIA GPU that issue one memory instruction together


def contiguous_strides(shape: tuple[int, ...]) -> tuple[int, ...]:
    r"""Steps in elements along the axes of a contiguous array: :math:`s_k = \prod_{l>k} n_l`.

    Entry :math:`(i_1, \dots, i_r)` lies :math:`\sum_k i_k s_k` elements after the first.

    Args:
        shape: the extents, at least 1 each.

    Raises:
        ValueError: an extent is below 1.

    >>> contiguous_strides((2, 3, 4))
    (12, 4, 1)
    """
    if any(extent < 1 for extent in shape):
        raise ValueError(f"shape must have extents of at least 1, not {shape}")
    steps = [1]
    for extent in reversed(shape[1:]):
        steps.append(steps[-1] * extent)
    return tuple(reversed(steps)) if shape else ()


def segments_touched(n: int, stride: int, itemsize: int, segment: int, offset: int = 0) -> int:
    r"""How many aligned segments of memory ``n`` elements lie in, ``stride`` elements apart.

    With :math:`b` bytes an element, :math:`S` a segment and the first element :math:`o` bytes behind
    a segment's start: :math:`n` when :math:`bs \ge S`, else
    :math:`\lfloor(o + (n-1)bs)/S\rfloor + 1` (theorem on the page).

    Args:
        n: elements, at least 1.
        stride: elements from one to the next, at least 0.
        itemsize: bytes an element; divides ``segment``.
        segment: bytes of a segment: 32 for a GPU's sector, 64 for a CPU's cache line.
        offset: bytes from a segment's start to the first element; a multiple of ``itemsize``.

    Raises:
        ValueError: an argument outside its range.

    >>> [segments_touched(32, s, 4, 32) for s in (1, 2, 4, 8, 16)]
    [4, 8, 16, 32, 32]
    """
    _check_elements(n, stride, itemsize, segment, offset)
    if stride * itemsize >= segment:
        return n
    return (offset + (n - 1) * stride * itemsize) // segment + 1


def segments_by_enumeration(n: int, stride: int, itemsize: int, segment: int, offset: int = 0) -> int:
    """The same count from the addresses of all bytes: an independent reference for :func:`segments_touched`.

    >>> segments_by_enumeration(32, 2, 4, 32)
    8
    """
    _check_elements(n, stride, itemsize, segment, offset)
    starts = (offset + k * stride * itemsize for k in range(n))
    return len({(start + byte) // segment for start in starts for byte in range(itemsize)})


def useful_share(stride: int, itemsize: int, segment: int) -> Fraction:
    r"""The share of the fetched bytes that is asked for, for many elements: :math:`\max(1/s, b/S)`.

    Args:
        stride: elements from one to the next, at least 1.
        itemsize: bytes an element; divides ``segment``.
        segment: bytes that travel together.

    >>> [str(useful_share(s, 4, 32)) for s in (1, 2, 8, 64)]
    ['1', '1/2', '1/8', '1/8']
    """
    if stride < 1:
        raise ValueError(f"stride must be at least 1, not {stride}")
    _check_elements(1, stride, itemsize, segment, 0)
    return max(Fraction(1, stride), Fraction(itemsize, segment))


def copy_share(stride: int, itemsize: int, segment: int) -> Fraction:
    r"""Modelled speed of a strided copy relative to a contiguous one: :math:`2/(1 + 1/u)`.

    With :math:`u` the :func:`useful_share`: each element is fetched with its segment and written
    contiguously; only bytes moved are counted.

    >>> [str(copy_share(s, 4, 64)) for s in (1, 2, 16, 64)]
    ['1', '2/3', '2/17', '2/17']
    """
    return 2 / (1 + 1 / useful_share(stride, itemsize, segment))


@dataclass(frozen=True)
class Work:
    """What a computation does at least: floating-point operations, and bytes read or written once each."""

    flops: int
    n_bytes: int

    @property
    def intensity(self) -> Fraction:
        """Arithmetic intensity: operations a byte."""
        return Fraction(self.flops, self.n_bytes)


def matmul_work(m: int, k: int, n: int, itemsize: int, batch: int = 1) -> Work:
    r"""The work of ``batch`` products :math:`(m\times k)(k\times n)`.

    Each takes :math:`2mkn` operations and :math:`b(mk+kn+mn)` bytes, b bytes a number.
    A matrix-vector product has ``n = 1``.

    Raises:
        ValueError: an argument is below 1.

    >>> matmul_work(1000, 1000, 1000, itemsize=4).intensity
    Fraction(500, 3)
    """
    if min(m, k, n, itemsize, batch) < 1:
        raise ValueError(f"m, k, n, itemsize and batch must be at least 1, not {(m, k, n, itemsize, batch)}")
    return Work(2 * m * k * n * batch, itemsize * (m * k + k * n + m * n) * batch)


def counted_work(compute: Callable[..., Tensor], *shapes: tuple[int, ...]) -> Work:
    """The work of ``compute`` on float32 arrays of these shapes, by torch's own counter and the arrays' sizes.

    An independent reference for :func:`matmul_work`. The arrays hold no data, so that large shapes
    cost nothing. The counter knows products of matrices and of batches of matrices, not of vectors.

    >>> counted_work(lambda a, b: a @ b, (2, 3), (3, 4))
    Work(flops=48, n_bytes=104)
    """
    operands = [torch.empty(shape, dtype=torch.float32, device="meta") for shape in shapes]
    with FlopCounterMode(display=False) as counter:
        result = compute(*operands)
    n_bytes = sum(array.numel() * array.element_size() for array in (*operands, result))
    return Work(counter.get_total_flops(), n_bytes)


def scale_work(n: int, itemsize: int) -> Work:
    """The work of scaling ``n`` numbers into a new array: one operation and two transfers each.

    >>> scale_work(1000, itemsize=4).intensity
    Fraction(1, 8)
    """
    if min(n, itemsize) < 1:
        raise ValueError(f"n and itemsize must be at least 1, not {(n, itemsize)}")
    return Work(n, 2 * n * itemsize)


def attainable(intensity: float, peak: float, bandwidth: float) -> float:
    r"""The roofline :math:`\min(P, \beta I)`: no computation of intensity :math:`I` runs faster.

    Args:
        intensity: operations a byte, positive.
        peak: operations a second, positive.
        bandwidth: bytes a second, positive.

    Raises:
        ValueError: an argument is not positive.

    Source: Williams, Waterman and Patterson (2009).

    >>> attainable(2.0, peak=100.0, bandwidth=10.0), attainable(20.0, peak=100.0, bandwidth=10.0)
    (20.0, 100.0)
    """
    if not (intensity > 0 and peak > 0 and bandwidth > 0):
        raise ValueError(f"intensity, peak and bandwidth must be positive, not {(intensity, peak, bandwidth)}")
    return min(peak, bandwidth * intensity)


def _check_elements(n: int, stride: int, itemsize: int, segment: int, offset: int) -> None:
    if n < 1 or stride < 0:
        raise ValueError(f"n must be at least 1 and stride at least 0, not n={n}, stride={stride}")
    if itemsize < 1 or segment < 1 or segment % itemsize:
        raise ValueError(f"itemsize must divide segment, not itemsize={itemsize}, segment={segment}")
    if not 0 <= offset < segment or offset % itemsize:
        raise ValueError(f"offset must be a multiple of itemsize below segment, not {offset}")
