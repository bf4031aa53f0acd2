r"""Gradient clipping by norm and by value: what each does to the length and to the direction.

Shown on the page ``chapters/2-calculus/deep-products``.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor

from mgai.calculus.argument_checks import check_positive, check_tensor
from mgai.linear_algebra.low_rank import check_integer


def clip_by_norm(g: Float[Tensor, "*batch d"], c: float) -> Float[Tensor, "*batch d"]:
    r"""The gradient shortened to length c if it is longer: :math:`g\min(1,c/\|g\|)`. The direction stays.

    torch's ``clip_grad_norm_`` multiplies by :math:`\min(1,c/(\|g\|+10^{-6}))`.

    Args:
        g: vectors, finite; the last axis holds the d >= 1 entries.
        c: the threshold, positive and finite.

    Raises:
        ValueError: ``c`` is not positive and finite, or ``g`` has no entries or some that are not finite.
        TypeError: ``g`` is no floating-point tensor.

    Source: Pascanu, Mikolov and Bengio (2013), algorithm 1.

    >>> clip_by_norm(torch.tensor([3.0, 4.0]), 1.0)
    tensor([0.6000, 0.8000])
    """
    _check(g, c)
    return g / (_length(g) / c).clamp(min=1)  # exactly g where it is short: c / c need not round to 1


def clip_by_value(g: Float[Tensor, "*batch d"], c: float) -> Float[Tensor, "*batch d"]:
    r"""Each entry moved into :math:`[-c,c]`, which changes the direction.

    It stays only when nothing is clipped, or all entries that are not zero have the same size. The cosine of the angle
    is above :math:`1/\sqrt d` for d of 2 or more, and no larger bound holds (page ``deep-products``,
    ``thm-value-clipping``).

    Args and Raises: as :func:`clip_by_norm`.

    >>> clip_by_value(torch.tensor([3.0, 0.5]), 1.0)
    tensor([1.0000, 0.5000])
    """
    _check(g, c)
    return g.clamp(-c, c)


def cosine(g: Float[Tensor, "*batch d"], u: Float[Tensor, "*batch d"]) -> Float[Tensor, "*batch"]:
    """The cosine of the angle between two vectors, from unit vectors, so that no product overflows.

    Raises ValueError when a vector is zero or the shapes differ.

    >>> cosine(torch.tensor([2.0, 0.0]), torch.tensor([1.0, 1.0]))
    tensor(0.7071)
    """
    if g.shape != u.shape:
        raise ValueError(f"u must have the shape of g, {tuple(g.shape)}, not {tuple(u.shape)}")
    lengths = [_length(each) for each in (g, u)]
    if any(bool((length == 0).any()) for length in lengths):
        raise ValueError("g or u is zero: it has no direction")
    return ((g / lengths[0]) * (u / lengths[1])).sum(dim=-1)


def clipped_descent(
    gradient: Callable[[Tensor], Tensor], x: Float[Tensor, " d"], lr: float, c: float, n_steps: int
) -> Float[Tensor, "steps d"]:
    r"""The iterates of :math:`x\leftarrow x-\eta\,\mathrm{clip}(\nabla L(x))`, clipped by norm, the start included.

    Args:
        gradient: the gradient as a function of the point.
        x: the start.
        lr: the step size η, positive and finite.
        c: the threshold.
        n_steps: at least 0.

    Raises:
        ValueError, TypeError: an argument is not as stated, or a gradient is not finite.

    >>> clipped_descent(lambda x: x, torch.tensor([4.0]), 1.0, 1.0, 4)[:, 0].tolist()
    [4.0, 3.0, 2.0, 1.0, 0.0]
    """
    check_positive(lr, "lr")
    check_tensor(x, "x", None)
    points = [x]
    for _ in range(check_integer(n_steps, "n_steps", 0)):
        points.append(points[-1] - lr * clip_by_norm(gradient(points[-1]), c))
    return torch.stack(points)


def _length(g: Tensor) -> Tensor:
    """The norm along the last axis, which is kept; the largest entry is factored out, so that squares stay in range."""
    largest = g.abs().amax(dim=-1, keepdim=True)
    scale = torch.where(largest > 0, largest, torch.ones_like(largest))
    return scale * torch.linalg.vector_norm(g / scale, dim=-1, keepdim=True)


def _check(g: Tensor, c: float) -> None:
    check_positive(c, "c")
    if not isinstance(g, Tensor) or not g.is_floating_point():
        raise TypeError("g must be a floating-point tensor")
    if g.ndim == 0 or g.shape[-1] == 0:
        raise ValueError(f"g must have at least one entry along its last axis, not shape {tuple(g.shape)}")
    if not bool(torch.isfinite(g).all()):
        raise ValueError("g has entries that are not finite")
