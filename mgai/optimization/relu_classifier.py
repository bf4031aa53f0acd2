r"""A ring against its background, classified by networks with one hidden layer of ReLU units; many networks at once.

Shown on the page ``chapters/3-optimization/relu-classifier``. The network is
:math:`f(x)=c+\sum_{j=1}^ha_j\max(0,w_j\cdot x+b_j)`, its parameters a dictionary: ``w`` of shape ``(*batch, h, 2)``,
``b`` and ``a`` of shape ``(*batch, h)``, ``c`` of shape ``(*batch,)``.
Positive :math:`f` means the ring, whose log odds it estimates.
"""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from scipy import integrate
from torch import Tensor

from mgai.optimization.optimizers import (
    adagrad_step,
    adam_start,
    adam_step,
    momentum_step,
    rmsprop_step,
    zeros,
)
from mgai.optimization.parameter_trees import tree_map
from mgai.optimization.steepest_descent import check_finite

RADIUS, WIDTH, SPREAD = 1.0, 0.2, 2.0  # of the ring; standard deviation of the background
Parameters = Mapping[str, Tensor]

#: Each method as its step, its state before the first one, and the hyperparameters besides the rate.
METHODS: dict[str, tuple[Callable[..., Any], Callable[[Any], Any], dict[str, float]]] = {
    "SGD": (momentum_step, zeros, {"beta": 0.0}),
    "momentum": (momentum_step, zeros, {"beta": 0.9}),
    "Adagrad": (adagrad_step, zeros, {}),
    "RMSProp": (rmsprop_step, zeros, {"beta": 0.9}),
    "Adam": (adam_step, adam_start, {}),
}


def ring_data(
    generator: torch.Generator, n: int, batch: tuple[int, ...] = ()
) -> tuple[Float[Tensor, "*batch n 2"], Float[Tensor, "*batch n"]]:
    r"""Half of n points on a ring of radius :math:`\mathcal N(1,0.2^2)`, half :math:`\mathcal N(0,2^2I)`; labels 1, 0.

    Raises ValueError when n is not even and positive.

    >>> x, y = ring_data(torch.Generator(), 4)
    >>> y
    tensor([1., 1., 0., 0.], dtype=torch.float64)
    """
    if n < 2 or n % 2:
        raise ValueError(f"n must be even and positive, not {n}")
    half = (*batch, n // 2)
    radius = RADIUS + WIDTH * torch.randn(half, dtype=torch.float64, generator=generator)
    turn = 2 * torch.pi * torch.rand(half, dtype=torch.float64, generator=generator)
    ring = radius[..., None] * torch.stack([turn.cos(), turn.sin()], dim=-1)
    rest = SPREAD * torch.randn((*half, 2), dtype=torch.float64, generator=generator)
    labels = torch.cat([torch.ones(half), torch.zeros(half)], dim=-1).double()
    return torch.cat([ring, rest], dim=-2), labels


def log_odds(x: Float[Tensor, "*batch 2"]) -> Float[Tensor, "*batch"]:
    """The logarithm of the ring's density over the background's: the best logit there is.

    >>> bool(log_odds(torch.tensor([1.0, 0.0])) > 0 > log_odds(torch.tensor([3.0, 0.0])))
    True
    """
    r = x.norm(dim=-1)
    ring = torch.logaddexp(-(((r - RADIUS) / WIDTH) ** 2) / 2, -(((r + RADIUS) / WIDTH) ** 2) / 2)
    ring = ring - math.log(WIDTH * math.sqrt(2 * math.pi)) - (2 * math.pi * r).log()
    return ring + r**2 / (2 * SPREAD**2) + math.log(2 * math.pi * SPREAD**2)


@functools.cache
def floors() -> tuple[float, float]:
    """The least cross-entropy in nats, and the largest accuracy, of any classifier of the ring; by quadrature.

    >>> entropy, accuracy = floors()
    >>> 0.25 < entropy < 0.4 < 0.85 < accuracy < 0.95
    True
    """

    def density(r: float) -> tuple[float, float]:
        ring = (math.exp(-(((r - RADIUS) / WIDTH) ** 2) / 2) + math.exp(-(((r + RADIUS) / WIDTH) ** 2) / 2)) / (
            WIDTH * math.sqrt(2 * math.pi)
        )
        return ring, r / SPREAD**2 * math.exp(-((r / SPREAD) ** 2) / 2)

    def entropy(r: float) -> float:
        p, q = density(r)
        return -(p * math.log(p / (p + q)) if p else 0.0) / 2 - (q * math.log(q / (p + q)) if q else 0.0) / 2

    edges = np.linspace(0, 20, 81).tolist()  # beyond 20 nothing is left
    least, right = (
        sum(integrate.quad(f, a, b)[0] for a, b in itertools.pairwise(edges))
        for f in (entropy, lambda r: max(density(r)) / 2)
    )
    return float(least), float(right)


def initial(generator: torch.Generator, width: int, batch: tuple[int, ...] = ()) -> dict[str, Tensor]:
    r"""Weights :math:`\mathcal N(0,1)`, outer ones :math:`\mathcal N(0,1/h)`, biases zero; float64.

    Raises ValueError when the width is below 1.
    """
    if width < 1:
        raise ValueError(f"width must be positive, not {width}")
    w = torch.randn(*batch, width, 2, dtype=torch.float64, generator=generator)
    a = torch.randn(*batch, width, dtype=torch.float64, generator=generator) / math.sqrt(width)
    return {"w": w, "b": torch.zeros_like(a), "a": a, "c": torch.zeros_like(a[..., 0])}


def logits(theta: Parameters, x: Float[Tensor, "*#batch n 2"]) -> Float[Tensor, "*outputs n"]:
    r"""The outputs :math:`f(x)` of one network or of many, each on its own points or all on the same.

    Raises TypeError or ValueError when points are no finite floating-point tensor with two coordinates.

    >>> one = {"w": torch.ones(1, 2), "b": torch.zeros(1), "a": torch.ones(1), "c": torch.tensor(-1.0)}
    >>> logits(one, torch.tensor([[2.0, 1.0], [-1.0, 0.0]]))
    tensor([ 2., -1.])
    """
    check_finite(x, "x")
    if x.ndim < 2 or x.shape[-1] != 2:
        raise ValueError(f"x must have the shape (..., n, 2), not {tuple(x.shape)}")
    hidden = torch.relu(x @ theta["w"].mT + theta["b"].unsqueeze(-2))
    return (hidden @ theta["a"].unsqueeze(-1)).squeeze(-1) + theta["c"].unsqueeze(-1)


def cross_entropy(
    theta: Parameters, x: Float[Tensor, "*#batch n 2"], y: Float[Tensor, "*#batch n"]
) -> Float[Tensor, "*outputs"]:
    """The mean logistic loss of each network, in nats. Raises as :func:`logits`.

    >>> none = {"w": torch.ones(1, 2), "b": torch.zeros(1), "a": torch.zeros(1), "c": torch.tensor(0.0)}
    >>> cross_entropy(none, torch.ones(1, 2), torch.ones(1))
    tensor(0.6931)
    """
    return torch.nn.functional.softplus((1 - 2 * y) * logits(theta, x)).mean(-1)


def gradient(theta: Parameters, x: Float[Tensor, "*#batch n 2"], y: Float[Tensor, "*#batch n"]) -> dict[str, Tensor]:
    """The gradient of each network's :func:`cross_entropy` by its own parameters; in the structure of ``theta``."""
    leaves = {name: value.detach().requires_grad_() for name, value in theta.items()}
    total = cross_entropy(leaves, x, y).sum()  # the networks share no parameters, so that the sum does not mix them
    return dict(zip(leaves, torch.autograd.grad(total, list(leaves.values())), strict=True))


def train(
    method: str,
    theta: Parameters,
    x: Float[Tensor, "*#batch n 2"],
    y: Float[Tensor, "*#batch n"],
    lr: float | Float[Tensor, " rates"],
    n_steps: int,
) -> dict[str, Tensor]:
    """Parameters after ``n_steps`` full-batch steps of one of :data:`METHODS`.

    lr: a number, or one for each entry of the first axis of the parameters, so that a sweep is one computation.

    Raises ValueError for an unknown method or a negative count, and what the step raises.

    Cost: two passes through the network a step.
    """
    if method not in METHODS:
        raise ValueError(f"method={method!r} is not one of {', '.join(METHODS)}")
    if n_steps < 0:
        raise ValueError(f"n_steps must not be negative, not {n_steps}")
    step, start, options = METHODS[method]
    theta = tree_map(torch.clone, theta)
    state = start(theta)
    for _ in range(n_steps):
        theta, state = step(theta, gradient(theta, x, y), state, lr=lr, **options)
    return theta


def rising_direction(theta: Parameters, x: Float[Tensor, " 2"]) -> Float[Tensor, " 2"]:
    r"""A unit vector along which the output of a network of *two* units does not fall, from x on for ever.

    One unit's input moves and the other's stays. Derived on the page ``chapters/3-optimization/relu-classifier``
    (``thm-two-units``).

    Raises ValueError unless there are two units with linearly independent weights.

    >>> two = {"w": torch.eye(2), "b": torch.zeros(2), "a": -torch.ones(2), "c": torch.tensor(1.0)}
    >>> rising_direction(two, torch.tensor([0.5, 0.2])).abs()  # to the left: the first unit is switched off
    tensor([1., 0.])
    """
    if theta["w"].shape != (2, 2) or float(torch.linalg.det(theta["w"])) == 0:
        raise ValueError("theta must have two units with linearly independent weights")
    up = bool(theta["w"][0] @ x + theta["b"][0] > 0 and theta["a"][0] >= 0)
    along = torch.linalg.solve(theta["w"], theta["w"].new_tensor([1.0 if up else -1.0, 0.0]))
    return along / along.norm()


def hexagon() -> dict[str, Tensor]:
    """Three units whose positive set is bounded: a regular hexagon around the origin, of inradius 1.

    >>> logits(hexagon(), torch.tensor([[0.0, 0.0], [9.0, 0.0]]).double()) > 0
    tensor([ True, False])
    """
    angles = 2 * torch.pi * torch.arange(3, dtype=torch.float64) / 3
    outer = -torch.ones(3, dtype=torch.float64)
    return {"w": torch.stack([angles.cos(), angles.sin()], dim=1), "b": torch.zeros_like(outer), "a": outer,
            "c": torch.tensor(1.0, dtype=torch.float64)}  # fmt: skip
