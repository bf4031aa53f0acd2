r"""Convex sets and functions: the inequalities that define and test them, and functions on equally spaced points.

Shown on the page ``chapters/3-optimization/convexity``. A function on equally spaced points is convex if and only if
its second differences are not negative; with integer values that is decided without rounding, for all functions of a
kind at once. Its linear interpolant is then a convex function on an interval.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

import torch
from jaxtyping import Bool, Float, Int, Shaped
from torch import Tensor

from mgai.calculus.argument_checks import check_tensor

Function = Callable[[Tensor], Tensor]


def combination(x: Float[Tensor, "n d"], y: Float[Tensor, "n d"], weight: Float[Tensor, " n"]) -> Float[Tensor, "n d"]:
    r"""The points :math:`\lambda x+(1-\lambda)y` of the segments between members of two lists.

    Formula ``cs-02-05``, on the page ``chapters/3-optimization/convexity``.

    Args:
        x, y: one end of a segment in each row.
        weight: :math:`\lambda\in[0,1]` for each row; the share of ``x``.

    Raises:
        TypeError: an argument is no floating-point tensor.
        ValueError: shapes do not fit, an entry is not finite, or a weight lies outside the unit interval.

    Cost: O(nd).

    >>> combination(torch.tensor([[4.0, 0.0]]), torch.tensor([[0.0, 4.0]]), torch.tensor([0.25]))
    tensor([[1., 3.]])
    """
    check_tensor(x, "x", None, None)
    check_tensor(y, "y", *x.shape)
    check_tensor(weight, "weight", len(x))
    if bool((weight < 0).any() or (weight > 1).any()):
        raise ValueError("weight must lie between 0 and 1")
    return weight.unsqueeze(1) * x + (1 - weight).unsqueeze(1) * y


def chord_gap(
    f: Function, x: Float[Tensor, "n d"], y: Float[Tensor, "n d"], weight: Float[Tensor, " n"]
) -> Float[Tensor, " n"]:
    r"""Height of the chord above the graph, :math:`\lambda f(x)+(1-\lambda)f(y)-f(\lambda x+(1-\lambda)y)`.

    Formula ``cs-02-07``: not negative for all pairs and weights if and only if f is convex; positive for
    :math:`x\ne y` and :math:`0<\lambda<1` if and only if it is strictly convex (``cs-02-08``).

    Args:
        f: from one vector of d entries to a number.
        x, y, weight: as for :func:`combination`.

    Raises:
        TypeError, ValueError: as :func:`combination`.

    Cost: three evaluations of f a row.

    >>> ends = torch.tensor([[0.0]]), torch.tensor([[2.0]])
    >>> chord_gap(lambda x: (x**2).sum(), *ends, torch.tensor([0.5]))
    tensor([1.])
    """
    middle = combination(x, y, weight)
    return weight * _values(f, x) + (1 - weight) * _values(f, y) - _values(f, middle)


def tangent_gap(f: Function, x: Float[Tensor, "n d"], y: Float[Tensor, "n d"]) -> Float[Tensor, " n"]:
    r"""Height of the graph at y above the tangent at x, :math:`f(y)-f(x)-\nabla f(x)^\top(y-x)`.

    Formula ``cs-02-09``; also called the Bregman divergence of f. It takes the gradient of automatic differentiation,
    which at a kink is whatever convention gives.

    Args:
        f: differentiable at each row of ``x``; from one vector of d entries to a number.
        x, y: points of contact; points where the height is taken.

    Raises:
        TypeError, ValueError: an argument is no finite floating-point matrix, or shapes differ.

    Cost: two evaluations and one gradient of f a row.

    >>> tangent_gap(lambda x: (x**2).sum(), torch.tensor([[1.0]]), torch.tensor([[4.0]]))
    tensor([9.])
    """
    check_tensor(x, "x", None, None)
    check_tensor(y, "y", *x.shape)
    slopes = (_values(torch.func.grad(f), x) * (y - x)).sum(1)
    return _values(f, y) - _values(f, x) - slopes


def smallest_curvature(f: Function, x: Float[Tensor, "n d"]) -> Float[Tensor, " n"]:
    r"""The smallest eigenvalue of the Hessian :math:`\nabla^2f(x)` at each row.

    Formula ``cs-02-10``: f is convex on an open convex set if and only if it is nowhere negative there.

    Args:
        f: twice continuously differentiable near each row; from one vector of d entries to a number.
        x: points.

    Raises:
        TypeError, ValueError: ``x`` is no finite floating-point matrix.

    Cost: d gradients and an O(d³) eigenvalue problem a row.

    >>> smallest_curvature(lambda x: x[0] ** 2 - 3 * x[1] ** 2, torch.zeros(1, 2))
    tensor([-6.])
    """
    check_tensor(x, "x", None, None)
    hessian = _values(torch.func.jacrev(torch.func.grad(f)), x)
    return torch.linalg.eigvalsh((hessian + hessian.mT) / 2)[:, 0]


def is_convex_sequence(values: Shaped[Tensor, "*batch n"]) -> Bool[Tensor, "*batch"]:
    r"""Whether :math:`v_{i-1}-2v_i+v_{i+1}\ge0` throughout, for values on equally spaced points.

    Equivalent to the inequality of :func:`chord_gap` for all pairs of points (proof on the page
    ``chapters/3-optimization/convexity``, ``thm-second-differences``); exact for integers.

    Args:
        values: along the last axis; at least two.

    Raises:
        ValueError: fewer than two values, or values that are not finite.

    >>> is_convex_sequence(torch.tensor([[4, 1, 0, 1], [0, 1, 1, 2]])).tolist()
    [True, False]
    """
    _check_values(values)
    return (values.diff(n=2) >= 0).all(-1)


def local_minima(values: Shaped[Tensor, "*batch n"]) -> Bool[Tensor, "*batch n"]:
    r"""Which values are no larger than their neighbours; an end has one neighbour.

    Formula ``cs-02-11``: for a convex sequence these are the global minima.

    Raises:
        ValueError: as :func:`is_convex_sequence`.

    >>> local_minima(torch.tensor([0, 2, 1, 3])).tolist()
    [True, False, True, False]
    """
    _check_values(values)
    rises = values.diff() >= 0
    end = torch.ones_like(rises[..., :1])
    return torch.cat([end, values.diff() <= 0], -1) & torch.cat([rises, end], -1)


def all_sequences(n_points: int, largest: int) -> Int[Tensor, "n_sequences n_points"]:
    r"""All functions from ``n_points`` points to the integers 0, …, ``largest``, one a row.

    Raises:
        ValueError: fewer than two points, a negative value, or more than a million functions.

    >>> all_sequences(2, 1).tolist()
    [[0, 0], [0, 1], [1, 0], [1, 1]]
    """
    if n_points < 2 or largest < 0 or (largest + 1) ** n_points > 1_000_000:
        raise ValueError(f"n_points={n_points} and largest={largest} give no list of at most a million functions")
    return torch.tensor(list(product(range(largest + 1), repeat=n_points)))


def convex_sequences(n_points: int, largest: int) -> Int[Tensor, "n_sequences n_points"]:
    r"""All convex functions among :func:`all_sequences`.

    Raises:
        ValueError: as :func:`all_sequences`.

    >>> convex_sequences(3, 1).tolist()
    [[0, 0, 0], [0, 0, 1], [1, 0, 0], [1, 0, 1], [1, 1, 1]]
    """
    sequences = all_sequences(n_points, largest)
    return sequences[is_convex_sequence(sequences)]


def _values(f: Function, x: Tensor) -> Tensor:
    """f row by row: unlike vmap, a loop also takes functions that check their arguments or branch on them."""
    return torch.stack([f(row) for row in x])


def _check_values(values: Tensor) -> None:
    if not isinstance(values, Tensor) or values.is_complex():
        raise TypeError("values must be a real tensor")
    if values.ndim == 0 or values.shape[-1] < 2:
        raise ValueError(f"values must have at least two entries along the last axis, not shape {tuple(values.shape)}")
    if not bool(torch.isfinite(values).all()):
        raise ValueError("values has entries that are not finite")
