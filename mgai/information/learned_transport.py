r"""Maps that carry one law on the line to another: monotone, optimal but not monotone, and learned from sorted samples.

Shown on the page ``chapters/6-information/learned-transport``. A map T *transports* P to Q if T(X) has the law Q when X
has the law P; it is *optimal* if its cost :math:`\mathbb E|T(X)-X|` is :math:`W_1(P,Q)`.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import torch
from jaxtyping import Float, Int
from torch import Tensor

from mgai import settings
from mgai.information.wasserstein_distance import check_sample, empirical_wasserstein
from mgai.linear_algebra.low_rank import check_integer

STARTS = ("identity", "reflection", "random")
_WIDTH = 32
Map = Callable[[Tensor], Tensor]


def monotone_map(x: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
    r"""The increasing map :math:`G^{-1}\circ F` from :math:`\mathcal N(0,1)` to :math:`\mathcal N(2,4)`: :math:`2+2x`.

    >>> monotone_map(torch.tensor([-1.0, 0.0]))
    tensor([0., 2.])
    """
    return 2 + 2 * x


def reflected_map(x: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
    r"""The decreasing map between the same laws: :math:`2-2x`. It transports, but not at the least cost.

    >>> reflected_map(torch.tensor([-1.0, 0.0]))
    tensor([4., 2.])
    """
    return 2 - 2 * x


def folded_map(x: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
    r"""An optimal map between the same laws, not monotone: :math:`2-2x` where :math:`|x|\le\frac23`, else :math:`2+2x`.

    By symmetry it transports, and both pieces stay above x where :math:`|x|\le\frac23` (``thm-not-unique``).

    >>> folded_map(torch.tensor([-1.0, 0.5]))
    tensor([0., 1.])
    """
    return torch.where(x.abs() <= 2 / 3, 2 - 2 * x, 2 + 2 * x)


def optimal_permutations(
    x: Float[Tensor, " n"], y: Float[Tensor, " n"], power: float = 1.0, rtol: float = 1e-12
) -> list[tuple[int, ...]]:
    r"""All permutations σ with the least :math:`\sum_i|x_i-y_{\sigma(i)}|^p`, by enumeration.

    Args:
        x, y: at most 9 points each.
        power: p, positive.
        rtol: costs within this of the least one count as equal.

    Raises:
        TypeError, ValueError: the points are no samples of one size or more than 9, or the power is not positive.

    Cost: n! n.

    >>> x = torch.tensor([0.0, 1.0])
    >>> optimal_permutations(x, x + 1), optimal_permutations(x, x + 1, power=2.0)
    ([(0, 1), (1, 0)], [(0, 1)])
    """
    check_sample(x, "x")
    check_sample(y, "y")
    if x.ndim != 1 or x.shape != y.shape or len(x) > 9:
        raise ValueError(f"x and y must be one sample each of at most 9 points, not {tuple(x.shape)}, {tuple(y.shape)}")
    if not power > 0:
        raise ValueError(f"power must be positive, not {power}")
    everything = permutations(len(x)).to(y.device)
    costs = (x - y[everything]).abs().double().pow(power).sum(1)
    return [tuple(row) for row in everything[costs <= costs.min() * (1 + rtol)].tolist()]


def permutations(n: int) -> Int[Tensor, "count n"]:
    """All permutations of 0, ..., n - 1, one a row, for n from 1 to 9.

    Raises TypeError, ValueError when ``n`` is no integer in that range.

    >>> permutations(2).tolist()
    [[0, 1], [1, 0]]
    """
    if check_integer(n, "n", 1) > 9:
        raise ValueError(f"n must be at most 9, not {n}")
    return torch.tensor(list(itertools.permutations(range(n))))


def crosses_both_ways(x: Float[Tensor, " n"], y: Float[Tensor, " n"]) -> bool:
    """Whether somewhere one of the moves x_i → y_i goes to the right and another to the left (``thm-crossings``).

    >>> crosses_both_ways(torch.tensor([0.0, 1.0]), torch.tensor([2.0, 0.5]))
    True
    >>> crosses_both_ways(torch.tensor([0.0, 1.0]), torch.tensor([2.0, 1.5]))
    False
    """
    moves = list(zip(x.tolist(), y.tolist(), strict=True))
    right = [(a, b) for a, b in moves if a < b]
    left = [(b, a) for a, b in moves if b < a]
    return any(max(a, c) < min(b, d) for a, b in right for c, d in left)


def sorting_descent(start: Float[Tensor, " n"], targets: Float[Tensor, " n"], step: float) -> Float[Tensor, " n"]:
    r"""Free points that descend the empirical :math:`W_1` to the targets by steps of length ``step`` (``thm-order``).

    Each point moves towards the target of its rank. If the targets are more than two steps apart, no two points change
    their order, and all end within a step of their target.

    Args:
        start, targets: samples of one size; start without ties.
        step: positive.

    Raises:
        TypeError, ValueError: a sample is none, sizes differ, or the step is not positive.

    >>> sorting_descent(torch.tensor([1.0, 0.0]), torch.tensor([5.0, 7.0]), 0.5)  # the first stays the larger
    tensor([7., 5.])
    """
    check_sample(start, "start")
    check_sample(targets, "targets")
    if start.ndim != 1 or start.shape != targets.shape:
        raise ValueError(f"targets must have the shape {tuple(start.shape)} of start, not {tuple(targets.shape)}")
    if not step > 0:
        raise ValueError(f"step must be positive, not {step}")
    points, goals = start.clone(), targets.sort().values
    for _ in range(math.ceil(float((start.sort().values - goals).abs().max()) / step)):
        ranks = points.argsort().argsort()
        points = points - step * (points - goals[ranks]).sign()
    return points


@dataclass(frozen=True)
class Learned:
    """Maps of several networks on one grid (networks, points), and the loss on fresh draws of each."""

    start: str
    grid: Tensor
    maps: Tensor
    losses: Tensor

    @property
    def directions(self) -> list[str]:
        """Of each map on the grid: increasing, decreasing or neither.

        >>> x = torch.tensor([0.0, 1.0, 2.0])
        >>> Learned("identity", x, torch.stack([x, -x, x * (x - 2)]), x).directions
        ['increasing', 'decreasing', 'neither']
        """
        slopes = self.maps.diff(dim=1)
        rising, falling = (slopes > 0).all(1).tolist(), (slopes < 0).all(1).tolist()
        return [
            "increasing" if up else "decreasing" if down else "neither"
            for up, down in zip(rising, falling, strict=True)
        ]

    def error(self, wanted: Map) -> Float[Tensor, " networks"]:
        """The root-mean-square distance from a map, over the grid of standard normal quantiles."""
        return (self.maps - wanted(self.grid)).square().mean(1).sqrt()

    @property
    def costs(self) -> Float[Tensor, " networks"]:
        """The mean of \\|T(x) - x\\| over the grid."""
        return (self.maps - self.grid).abs().mean(1)


def learn(start: str, weight: float = 0.0, n_networks: int = 8, n_steps: int = 300, n: int = 256) -> Learned:
    r"""Train networks T so that T(X), X standard normal, comes near :math:`\mathcal N(2,4)` (``eq-exact-penalty``).

    Each step draws n fresh X and Y and takes one step of Adam on the empirical :math:`W_1` of T(X) and Y, plus
    ``weight`` times the mean of :math:`|T(X)-X|`. All networks train at once; memoised by arguments, seed, dtype and
    device.

    Args:
        start: ``identity`` (T = x + network, whose last layer starts at zero), ``reflection`` (T = -x + network) or
            ``random`` (the network alone, with usual starting weights).
        weight: λ, not negative.
        n_networks, n_steps, n: positive.

    Raises:
        ValueError: an unknown start, a negative weight, or a count that is not positive.

    Cost: O(n_networks · n_steps · n · 32²).

    >>> learn("identity", n_networks=2, n_steps=1, n=4).maps.shape
    torch.Size([2, 199])
    """
    if start not in STARTS:
        raise ValueError(f"start must be one of {', '.join(STARTS)}, not {start!r}")
    if not weight >= 0:
        raise ValueError(f"weight must not be negative, not {weight}")
    n_networks, n_steps, n = (
        check_integer(v, name, 1) for v, name in ((n_networks, "n_networks"), (n_steps, "n_steps"), (n, "n"))
    )
    return _learn(start, weight, n_networks, n_steps, n, settings.seed(), settings.dtype(), settings.device())


@lru_cache(maxsize=16)
def _learn(
    start: str,
    weight: float,
    n_networks: int,
    n_steps: int,
    n: int,
    seed: int,
    dtype: torch.dtype,
    device: torch.device,
) -> Learned:
    rng = settings.generator(f"learned-transport/{start}/{weight}", seed)
    parameters = [p.to(device, dtype).requires_grad_() for p in _initial(start, n_networks, rng)]
    optimizer = torch.optim.Adam(parameters, lr=0.01)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, n_steps)
    for _ in range(n_steps):
        x, y = torch.randn(2, n_networks, n, generator=rng, dtype=torch.float64).to(device, dtype)
        moved = _apply(parameters, start, x)
        loss = empirical_wasserstein(moved, monotone_map(y)) + weight * (moved - x).abs().mean(-1)
        optimizer.zero_grad()
        loss.sum().backward()  # networks share nothing, so the sum trains each by itself
        optimizer.step()
        schedule.step()
    levels = torch.arange(1, 200, dtype=torch.float64) / 200
    grid = torch.special.ndtri(levels).to(device, dtype)
    x, y = torch.randn(2, n_networks, 10_000, generator=rng, dtype=torch.float64).to(device, dtype)
    with torch.no_grad():
        maps = _apply(parameters, start, grid.expand(n_networks, -1))
        losses = empirical_wasserstein(_apply(parameters, start, x), monotone_map(y))
    return Learned(start, grid, maps, losses)


def _initial(start: str, n_networks: int, rng: torch.Generator) -> list[Tensor]:
    """Weights and biases of two hidden layers, drawn uniformly within one over the root of the inputs."""
    shapes = ((1, _WIDTH), (_WIDTH, _WIDTH), (_WIDTH, 1))
    drawn = []
    for rows, columns in shapes:
        for shape in ((rows, columns), (1, columns)):
            drawn.append((2 * torch.rand(n_networks, *shape, generator=rng, dtype=torch.float64) - 1) / rows**0.5)
    if start != "random":
        drawn[-2:] = [torch.zeros_like(p) for p in drawn[-2:]]
    return drawn


def _apply(parameters: list[Tensor], start: str, x: Float[Tensor, "networks n"]) -> Float[Tensor, "networks n"]:
    """One network for each row of x."""
    hidden = x.unsqueeze(-1)
    for layer in range(3):
        hidden = hidden @ parameters[2 * layer] + parameters[2 * layer + 1]
        hidden = torch.tanh(hidden) if layer < 2 else hidden
    return hidden.squeeze(-1) + {"identity": x, "reflection": -x, "random": 0 * x}[start]
