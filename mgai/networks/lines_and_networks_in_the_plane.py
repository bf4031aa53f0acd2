r"""What half-planes and one hidden layer of ReLU units can do with points of the plane.

Shown on the page ``chapters/4-networks/lines-and-networks-in-the-plane``. Networks are dictionaries as in
:mod:`mgai.optimization.relu_classifier`: ``w`` of shape ``(*batch, h, 2)``, ``b`` and ``a`` of shape ``(*batch, h)``,
``c`` of shape ``(*batch,)``.
"""

from __future__ import annotations

import itertools
import math

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from mgai.calculus.argument_checks import check_tensor
from mgai.optimization.logistic_regression import newton_path
from mgai.optimization.relu_classifier import Parameters

_SAME = 1e-12  # turns nearer to each other than this, in radians, are one
_MOST = 100  # points: the sweep holds arrays of n³ entries


def dichotomies(x: Float[Tensor, "n 2"]) -> Bool[Tensor, "cuts n"]:
    r"""All subsets of the points that a half-plane cuts off, the empty one and the whole among them; one a row.

    A direction is turned once round. Between two turns at which it is orthogonal to some :math:`x_i-x_j` the order of
    the points along it does not change, and the subsets are that order's beginnings. In general position there are
    :math:`n^2-n+2` (``thm-lines-cuts``).

    Args:
        x: at most 100 points.

    Raises:
        TypeError: no floating-point tensor. ValueError: another shape, entries that are not finite, too many points.

    Cost: O(n⁴) memory for the rows before they are made unique: meant for some tens of points.

    >>> len(dichotomies(torch.tensor([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])))
    14
    """
    order, distinct = _sweep(x)
    first = torch.arange(len(x), device=x.device) < torch.arange(len(x) + 1, device=x.device)[:, None]
    cuts = torch.zeros(len(order), len(x) + 1, len(x), dtype=torch.bool, device=x.device)
    cuts.scatter_(2, order[:, None].expand_as(cuts), first.expand_as(cuts).contiguous())
    return torch.unique(cuts[distinct], dim=0)


def best_half_plane(x: Float[Tensor, "n 2"], labels: Float[Tensor, " n"]) -> int:
    """The largest number of labels, 1 or 0, that any half-plane gets right: exact, by the sweep of :func:`dichotomies`.

    Raises: as :func:`dichotomies`, and ValueError for other labels.

    Cost: O(n³ log n).

    >>> square = torch.tensor([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    >>> best_half_plane(square, torch.tensor([0.0, 1.0, 1.0, 0.0]))
    3
    """
    order, distinct = _sweep(x)
    _check_labels(x, labels)
    signs = (2 * labels - 1).long()[order]
    inside = torch.nn.functional.pad(signs.cumsum(1), (1, 0))  # ones less zeros among the first k
    right = inside + (labels == 0).sum()
    return int(right[distinct].max())


def logistic_line(x: Float[Tensor, "n 2"], labels: Float[Tensor, " n"], n_steps: int = 9) -> Float[Tensor, " 3"]:
    r"""Logistic regression: the :math:`(w_1,w_2,b)` to which Newton's method leads from zero, without a penalty.

    Args:
        x: points with a minimiser (``thm-logistic-minimiser``).
        labels: 1 or 0.

    Raises: as :func:`mgai.optimization.logistic_regression.newton_path`, and ValueError for other labels.

    >>> logistic_line(torch.tensor([[-1.0, 0.0], [1.0, 1.0], [1.0, -1.0]]), torch.tensor([1.0, 1.0, 0.0]), 0)
    tensor([0., 0., 0.])
    """
    check_tensor(x, "x", None, 2)
    _check_labels(x, labels)
    signed = (2 * labels - 1).to(x)[:, None] * torch.cat([x, torch.ones_like(x[:, :1])], dim=1)
    return newton_path(signed, torch.zeros_like(signed[0]), n_steps)[-1]


def _check_labels(x: Tensor, labels: Tensor) -> None:
    if labels.shape != x.shape[:1] or not bool(((labels == 0) | (labels == 1)).all()):
        raise ValueError("labels must be 0 or 1, one for each point")


def _sweep(x: Tensor) -> tuple[Tensor, Tensor]:
    """The order of the points along each direction of the sweep; and which beginnings part no equal points."""
    check_tensor(x, "x", None, 2)
    if len(x) > _MOST:
        raise ValueError(f"x must have at most {_MOST} points, not {len(x)}")
    i, j = torch.triu_indices(len(x), len(x), offset=1, device=x.device)
    apart = (x[i] - x[j])[(x[i] != x[j]).any(1)].double()
    turns = (torch.atan2(apart[:, 1], apart[:, 0]) + math.pi / 2).remainder(math.pi)
    turns = torch.cat([turns.new_zeros(1), turns.sort().values, turns.new_full((1,), math.pi)])
    middles = ((turns[1:] + turns[:-1]) / 2)[turns.diff() > _SAME]
    middles = torch.cat([middles, middles + math.pi])
    heights = torch.stack([middles.cos(), middles.sin()], dim=1) @ x.double().T
    order = heights.argsort(dim=1)
    differ = (x[order][:, 1:] != x[order][:, :-1]).any(2)
    return order, torch.nn.functional.pad(differ, (1, 1), value=True)


def most_cells(h: int) -> int:
    r"""The largest number of cells into which h lines cut the plane, :math:`1+h+\tfrac12h(h-1)` (``thm-lines-cells``).

    Raises ValueError for a negative number.

    >>> [most_cells(h) for h in range(5)]
    [1, 2, 4, 7, 11]
    """
    if h < 0:
        raise ValueError(f"h must not be negative, not {h}")
    return 1 + h + h * (h - 1) // 2


def cells(w: Float[Tensor, "h 2"], b: Float[Tensor, " h"]) -> Bool[Tensor, "cells h"]:
    r"""The cells of the lines :math:`w_j\cdot x+b_j=0`: for each the units that are on, one cell a row.

    Of lines not all parallel every cell has a corner. Around the corner of two lines, four cells meet; the other
    lines' signs are those at the corner.

    Args:
        w: at least two units, no two with parallel weights.
        b: their biases, such that no three lines meet.

    Raises:
        TypeError: no floating-point tensors.
        ValueError: other shapes, entries that are not finite, parallel lines, or three through one point.

    Cost: O(h³).

    >>> len(cells(torch.tensor([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]), torch.tensor([0.0, 0.0, -1.0])))
    7
    """
    check_tensor(w, "w", None, 2)
    check_tensor(b, "b", len(w))
    if len(w) < 2:
        raise ValueError("w must have at least two units")
    i, j = torch.triu_indices(len(w), len(w), offset=1, device=w.device)
    lines = torch.stack([w[i], w[j]], dim=1).double()
    lengths = lines.norm(dim=2).prod(1)
    if not bool((torch.linalg.det(lines).abs() > 1e-12 * lengths).all()):
        raise ValueError("w must not have parallel or vanishing rows")
    corners = torch.linalg.solve(lines, -torch.stack([b[i], b[j]], dim=1).double())
    inputs = corners @ w.double().T + b
    own = torch.zeros_like(inputs, dtype=torch.bool).scatter(1, torch.stack([i, j], dim=1), True)
    if bool(((inputs == 0) & ~own).any()):
        raise ValueError("b must be such that no three lines meet")
    around = []
    for first, second in itertools.product((False, True), repeat=2):
        pattern, rows = inputs > 0, torch.arange(len(i), device=w.device)
        pattern[rows, i], pattern[rows, j] = first, second
        around.append(pattern)
    return torch.unique(torch.cat(around), dim=0)


def line_as_network(w: Float[Tensor, "*batch 2"], b: Float[Tensor, "*batch"]) -> dict[str, Tensor]:
    r"""Two ReLU units with the logit :math:`w\cdot x+b`, since :math:`u=\max(0,u)-\max(0,-u)`.

    Raises TypeError or ValueError when the arguments are no finite floating-point tensors of these shapes.

    >>> line_as_network(torch.tensor([1.0, 2.0]), torch.tensor(3.0))["w"]
    tensor([[ 1.,  2.],
            [-1., -2.]])
    """
    check_tensor(w, "w", *[None] * (w.ndim - 1), 2)
    check_tensor(b, "b", *w.shape[:-1])
    outer = torch.stack([torch.ones_like(b), -torch.ones_like(b)], dim=-1)
    return {"w": torch.stack([w, -w], dim=-2), "b": torch.zeros_like(outer), "a": outer, "c": b}


def far_field(
    theta: Parameters, u: Float[Tensor, "m 2"]
) -> tuple[Float[Tensor, "*batch m"], Float[Tensor, "*batch m"], Float[Tensor, "*batch m"]]:
    r"""What a network does along the rays :math:`x=su`: the slope, the constant, and from which s on.

    There :math:`f(su)=s\,\alpha(u)+\beta(u)` with :math:`\alpha=\sum_{w_j\cdot u>0}a_jw_j\cdot u` and
    :math:`\beta=c+\sum_{w_j\cdot u>0}a_jb_j`, for :math:`s\ge\max_j|b_j|/|w_j\cdot u|` (``thm-lines-far``).

    Args:
        theta: networks as in the module's text.
        u: directions to which no :math:`w_j` is orthogonal.

    Raises:
        TypeError: u is no floating-point tensor. ValueError: another shape, or a direction that is orthogonal.

    >>> one = {"w": torch.ones(1, 2), "b": torch.tensor([2.0]), "a": torch.tensor([3.0]), "c": torch.tensor(1.0)}
    >>> [float(part) for part in far_field(one, torch.tensor([[1.0, 0.0]]))]
    [3.0, 7.0, 2.0]
    """
    check_tensor(u, "u", None, 2)
    along = u @ theta["w"].mT  # (*batch, m, h)
    if bool((along == 0).any()):
        raise ValueError("u must not be orthogonal to the weights of a unit")
    on = (along > 0).to(along.dtype) * theta["a"].unsqueeze(-2)
    slope, constant = (on * along).sum(-1), (on * theta["b"].unsqueeze(-2)).sum(-1) + theta["c"].unsqueeze(-1)
    return slope, constant, (theta["b"].unsqueeze(-2) / along).abs().amax(-1)
