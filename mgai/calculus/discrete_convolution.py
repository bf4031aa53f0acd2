r"""Convolution and cross-correlation of sequences and arrays with finite support.

Shown on the page ``chapters/2-calculus/convolution-and-transforms``; functions on the line are in
:mod:`mgai.calculus.convolution_and_transforms`. An array holds the values of a function on :math:`\mathbb Z^d` at the
indices from 0 on, one axis for each dimension; the function is zero elsewhere. As matrices of one dimension the same
operations are in :mod:`mgai.linear_algebra.structured_matrices`.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from mgai.calculus.argument_checks import check_tensor


def convolve(f: Float[Tensor, "*n"], h: Float[Tensor, "*k"]) -> Float[Tensor, "*m"]:
    r"""The convolution :math:`(f*h)[u]=\sum_tf[u-t]\,h[t]` in any number of dimensions, wherever it can differ from 0.

    Formulas ``cs-12-13``, ``cs-12-14``, ``cs-12-15``.

    Each entry of the kernel adds one copy of f, moved by the entry's index.

    Args:
        f, h: arrays with the same number of axes, at least one, and at least one entry each.

    Returns:
        n + k - 1 entries along an axis on which f has n and h has k; entry u belongs to the index u.

    Raises:
        TypeError: an argument is no floating-point tensor.
        ValueError: they have different numbers of axes, no entries, or entries that are not finite.

    Cost: a product and a sum for each pair of entries; as many steps as h has entries.

    >>> convolve(torch.tensor([1.0, 2.0, 3.0]), torch.tensor([1.0, 10.0])).tolist()
    [1.0, 12.0, 23.0, 30.0]
    """
    _check_pair(f, h)
    return _moved_copies(f, h, lambda t: t)


def cross_correlate(h: Float[Tensor, "*k"], f: Float[Tensor, "*n"]) -> Float[Tensor, "*m"]:
    r"""The cross-correlation :math:`(h\star f)[u]=\sum_th[t]\,f[u+t]`, for u from 1 - k to n - 1 along each axis.

    Formulas ``cs-12-16``, ``cs-12-17``.

    Entry i along an axis belongs to the index u = i - (k - 1); from i = k - 1 to n - 1 the whole kernel lies on f.

    Args, Raises, Cost: as for :func:`convolve`.

    >>> cross_correlate(torch.tensor([1.0, 10.0]), torch.tensor([1.0, 2.0, 3.0])).tolist()
    [10.0, 21.0, 32.0, 3.0]
    """
    _check_pair(f, h)
    return _moved_copies(f, h, lambda t: tuple(k - 1 - i for i, k in zip(t, h.shape, strict=True)))


def circular_convolve(f: Float[Tensor, "*n"], h: Float[Tensor, "*k"], shape: Sequence[int]) -> Float[Tensor, "*shape"]:
    r"""The convolution on a circle or torus, as the product of discrete Fourier transforms, transformed back.

    Formula ``cs-12-12``.

    It is :math:`\sum_tf[(u-t)\bmod n]\,h[t]`: what the linear convolution has beyond the shape comes back at the start.

    Args:
        f, h: arrays with the same number of axes; the rest of the shape counts as zero.
        shape: sizes of the torus, none smaller than those of ``f`` and ``h``.

    Raises:
        TypeError: an argument is no floating-point tensor.
        ValueError: unequal numbers of axes, empty arrays, entries that are not finite, or a shape that is too small.

    Cost: O(N log N) for N points, three fast Fourier transforms. The error is rounding relative to the largest
    entries, so that small entries beside large ones have no correct digits.

    Source: Cooley and Tukey, An Algorithm for the Machine Calculation of Complex Fourier Series (1965).

    >>> two = torch.tensor([1.0, 2.0], dtype=torch.float64)
    >>> circular_convolve(two, two, [2]).tolist()  # (1, 4, 4) with the last entry wrapped around
    [5.0, 4.0]
    """
    _check_pair(f, h)
    sizes = tuple(shape)
    if len(sizes) != f.ndim or any(s < max(n, k) for s, n, k in zip(sizes, f.shape, h.shape, strict=True)):
        raise ValueError(f"shape={sizes} must hold f {tuple(f.shape)} and h {tuple(h.shape)}")
    axes = tuple(range(f.ndim))
    product = torch.fft.rfftn(f, sizes, axes) * torch.fft.rfftn(h, sizes, axes)
    return torch.fft.irfftn(product, sizes, axes)


def fourier_convolve(f: Float[Tensor, "*n"], h: Float[Tensor, "*k"]) -> Float[Tensor, "*m"]:
    r"""The same as :func:`convolve` by fast Fourier transforms: circular on n + k - 1 points, so that nothing wraps.

    Formula ``cs-12-12``.

    Args, Raises, Cost: as for :func:`circular_convolve`; cheaper than the sum when both arrays are long.

    >>> f, h = torch.tensor([1.0, 2.0, 3.0]), torch.tensor([1.0, 10.0])
    >>> fourier_convolve(f, h).round().tolist()
    [1.0, 12.0, 23.0, 30.0]
    """
    _check_pair(f, h)
    return circular_convolve(f, h, _full_shape(f, h))


def impulse_response(transform: Callable[[Tensor], Tensor], n: int) -> Float[Tensor, " n"]:
    r"""What a transform of sequences makes of the unit impulse: :math:`h=T\delta`.

    Formula ``cs-12-07``. For linear T that commute with shifts, :math:`Tf=f*h` for every f with finite support.

    Args:
        transform: of vectors, into vectors of the same length.
        n: length of the impulse, at least 1.

    Raises:
        ValueError: ``n`` is less than 1.

    >>> impulse_response(lambda f: f + 0.5 * torch.cat([f[:1] * 0, f[:-1]]), 3).tolist()
    [1.0, 0.5, 0.0]
    """
    if n < 1:
        raise ValueError(f"n must be at least 1, not {n}")
    return transform(torch.eye(n, dtype=torch.float64)[0])


def _check_pair(f: Tensor, h: Tensor) -> None:
    for argument, value in {"f": f, "h": h}.items():
        if isinstance(value, Tensor) and value.ndim == 0:
            raise ValueError(f"{argument} must have at least one axis")
        check_tensor(value, argument, *[None] * getattr(value, "ndim", 1))
    if f.ndim != h.ndim:
        raise ValueError(f"f has {f.ndim} axes, but h has {h.ndim}")


def _full_shape(f: Tensor, h: Tensor) -> list[int]:
    return [n + k - 1 for n, k in zip(f.shape, h.shape, strict=True)]


def _moved_copies(f: Tensor, h: Tensor, start: Callable[[tuple[int, ...]], tuple[int, ...]]) -> Tensor:
    """The sum over the entries of h of that entry times f, put from the index ``start(t)`` on."""
    total = torch.zeros(_full_shape(f, h), dtype=torch.result_type(f, h), device=f.device)
    for t in itertools.product(*map(range, h.shape)):
        window = tuple(slice(i, i + n) for i, n in zip(start(t), f.shape, strict=True))
        total[window] += h[t] * f
    return total
