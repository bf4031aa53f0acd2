r"""Laws of transformed variables: quantile functions, densities by branches, and uniforms with enough digits.

Shown on the page ``chapters/5-probability/transformations``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import torch
from jaxtyping import Float, Int
from torch import Tensor

from mgai.calculus.argument_checks import check_positive, check_tensor
from mgai.probability.rules_and_moments import check_law

Function = Callable[[Tensor], Tensor]
_BITS = 53  # of a float64 in [1/2, 1)


def discrete_quantile(probabilities: Float[Tensor, " k"], level: Float[Tensor, " n"]) -> Int[Tensor, " n"]:
    r"""The generalised inverse of a law with k atoms in order: the first index i with :math:`F_i\ge u`.

    Derived under ``thm-transformations-quantile``. With :math:`u=0` excluded no atom of probability zero is met, and
    a sum of probabilities that rounding leaves below one does no harm.

    Args:
        probabilities: a law.
        level: :math:`u\in(0,1]`.

    Raises:
        TypeError, ValueError: an argument is no such tensor.

    Cost: a binary search for each level.

    >>> discrete_quantile(torch.tensor([0.0, 0.25, 0.75]), torch.tensor([0.1, 0.25, 0.3, 1.0]))
    tensor([1, 1, 2, 2])
    """
    check_law(probabilities, "probabilities")
    check_tensor(level, "level", None)
    _check_levels(level, closed=True)
    last = int(probabilities.nonzero().max())
    return torch.searchsorted(probabilities.cumsum(0), level).clamp(max=last)


def quantile_by_bisection(
    cdf: Function, level: Float[Tensor, " n"], lower: float, upper: float, n_steps: int = 50
) -> Float[Tensor, " n"]:
    r"""Quantiles of a distribution function without a closed inverse: middles of brackets halved ``n_steps`` times.

    Every step keeps :math:`F(a)<u\le F(b)`. The error is bounded by ``thm-transformations-bisection``, also where F is
    computed with errors, is flat, or jumps.

    Args:
        cdf: entry by entry from float64 to float64.
        level: :math:`u\in(0,1)`, float64.
        lower, upper: with ``cdf(lower) < level <= cdf(upper)`` for every level.
        n_steps: not negative.

    Raises:
        TypeError, ValueError: an argument is no such tensor or number, or the bracket holds not all quantiles.

    Cost: ``n_steps + 2`` evaluations of F for all levels together.

    >>> quantile_by_bisection(torch.special.ndtr, torch.tensor([0.8, 0.975], dtype=torch.float64), -9.0, 9.0)
    tensor([0.8416, 1.9600], dtype=torch.float64)
    """
    check_tensor(level, "level", None)
    _check_levels(level)
    if not -math.inf < lower < upper < math.inf or n_steps < 0:
        raise ValueError(f"lower={lower} must be below upper={upper}, both finite, n_steps={n_steps} not negative")
    a, b = torch.full_like(level, lower), torch.full_like(level, upper)
    if not bool((cdf(a) < level).all() and (level <= cdf(b)).all()):
        raise ValueError(f"the bracket from lower={lower} to upper={upper} does not hold all quantiles")
    for _ in range(n_steps):
        middle = (a + b) / 2
        below = cdf(middle) < level
        a, b = torch.where(below, middle, a), torch.where(below, b, middle)
    return (a + b) / 2


def branch_density(density: Function, branches: Sequence[Function], y: Float[Tensor, " n"]) -> Float[Tensor, "k n"]:
    r"""What each branch of the inverse of g adds to the density of :math:`Y=g(X)`; the density is the sum.

    .. math:: f_Y(y)=\sum_kf_X\bigl(x_k(y)\bigr)\,|x_k'(y)|

    The derivatives come from automatic differentiation (see ``thm-transformations-branches``).

    Args:
        density: of X, entry by entry.
        branches: the k functions :math:`x_k` with :math:`g(x_k(y))=y`, differentiable at the given points.
        y: points inside the range of every branch.

    Returns:
        One row for each branch.

    Raises:
        TypeError, ValueError: ``y`` is no vector of floating-point numbers, or there are no branches.

    Cost: one pass forwards and one backwards through each branch.

    >>> uniform = lambda x: ((x > -1) & (x < 2)) / 3
    >>> branch_density(uniform, [torch.sqrt, lambda y: -torch.sqrt(y)], torch.tensor([0.25, 2.25]))
    tensor([[0.3333, 0.1111],
            [0.3333, 0.0000]])
    """
    check_tensor(y, "y", None)
    if not branches:
        raise ValueError("branches is empty: give at least one inverse function")
    parts = []
    for branch in branches:
        x, pull_back = torch.func.vjp(branch, y)
        (slope,) = pull_back(torch.ones_like(x))
        parts.append(density(x) * slope.abs())
    return torch.stack(parts)


def square_branches() -> list[Function]:
    r"""The two inverses of :math:`g(x)=x^2` for :math:`y>0`.

    >>> [float(branch(torch.tensor(4.0))) for branch in square_branches()]
    [2.0, -2.0]
    """
    return [torch.sqrt, lambda y: -torch.sqrt(y)]


def sine_branches(reach: int) -> list[Function]:
    r"""Inverses of the sine on :math:`|y|<1`: :math:`\arcsin y+2\pi k` and :math:`\pi-\arcsin y+2\pi k`.

    For :math:`|k|\le` ``reach``, first all of the first kind, where the sine rises.

    Raises:
        ValueError: ``reach`` is negative.

    >>> [round(float(branch(torch.tensor(0.0))), 4) for branch in sine_branches(0)]
    [0.0, 3.1416]
    """
    if reach < 0:
        raise ValueError(f"reach must not be negative, not {reach}")
    turns = [2 * math.pi * k for k in range(-reach, reach + 1)]
    rising: list[Function] = [lambda y, turn=turn: torch.asin(y) + turn for turn in turns]
    return rising + [lambda y, turn=turn: math.pi - torch.asin(y) + turn for turn in turns]


def tanh_mode(sigma: float) -> float:
    r"""Where X lies if :math:`Y=\tanh X` is at its upper mode, for :math:`X\sim\mathcal N(0,\sigma^2)`.

    The positive solution of :math:`x=2\sigma^2\tanh x`, which exists if and only if :math:`\sigma^2>\frac12`; else 0.

    Raises:
        ValueError: ``sigma`` is not positive.

    >>> tanh_mode(0.5), round(tanh_mode(1.0), 4)
    (0.0, 1.915)
    """
    factor = 2 * check_positive(sigma, "sigma") ** 2
    if factor <= 1:
        return 0.0
    low, high = 0.0, factor  # x - factor * tanh(x) is negative just right of 0 and positive at factor
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if middle < factor * math.tanh(middle) else (low, middle)
    return (low + high) / 2


def box_muller(u: Float[Tensor, "n 2"]) -> Float[Tensor, "n 2"]:
    r"""Two independent standard normal numbers from two uniform ones in [0, 1).

    :math:`r=\sqrt{-2\ln(1-u_1)}`, :math:`\varphi=2\pi u_2`, and :math:`(r\cos\varphi,r\sin\varphi)`.

    Raises:
        TypeError, ValueError: ``u`` is no floating-point matrix of two columns, or a number is outside [0, 1).

    Source: Box and Muller (1958).

    >>> box_muller(torch.tensor([[0.5, 0.0]]))
    tensor([[1.1774, 0.0000]])
    """
    check_tensor(u, "u", None, 2)
    if not bool(((u >= 0) & (u < 1)).all()):
        raise ValueError("u must be in [0, 1)")
    radius, angle = (-2 * torch.log1p(-u[:, 0])).sqrt(), 2 * math.pi * u[:, 1]
    return torch.stack([radius * angle.cos(), radius * angle.sin()], dim=1)


def fine_uniform(n: int, generator: torch.Generator) -> Float[Tensor, " n"]:
    r"""Uniform numbers in (0, 1] on a grid of :math:`2^{-106}`, rounded to float64: fine where they are small.

    :math:`(k+v)2^{-53}` with k an integer below :math:`2^{53}` and v uniform on a grid of :math:`2^{-53}` in (0, 1].

    Raises:
        ValueError: n is not positive.

    >>> bool((fine_uniform(9, torch.Generator().manual_seed(0)) > 0).all())
    True
    """
    if n < 1:
        raise ValueError(f"n must be positive, not {n}")
    k, v = torch.rand(2, n, dtype=torch.float64, generator=generator)
    return k + (1 - v) * 2.0**-_BITS


def _check_levels(level: Tensor, *, closed: bool = False) -> None:
    if not bool(((level > 0) & ((level <= 1) if closed else (level < 1))).all()):
        raise ValueError(f"level must be in (0, 1{']' if closed else ')'}")
