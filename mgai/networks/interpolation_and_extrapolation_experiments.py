"""Errors of polynomials on Runge's function, and an ensemble of small networks trained at once.

Shown on the page ``chapters/4-networks/interpolation-and-extrapolation``. Everything is small: it stays on the CPU, in
float64. What is kept within a process must not be changed in place.
"""

from __future__ import annotations

import functools
import math
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from mgai import settings
from mgai.networks import interpolation_and_extrapolation as polynomials
from mgai.networks.tails import ACTIVATIONS, Parameters, affine_floor, last_kink, outputs, tanh_remainder
from mgai.optimization.optimizers import adam_start, adam_step

UNITS = 7
POINTS = 3 * UNITS + 1  # as many data as a network has parameters, or a polynomial of degree 21 coefficients
SINE, SQUARE, RUNGE = "sin(πx)", "x²", "Runge's function"
RULES = ("equidistant nodes", "Chebyshev nodes", "least squares")
_NETWORKS, _STEPS, _RATE = {"fast": 12, "full": 48}, {"fast": 1000, "full": 4000}, 0.04


def values(target: str, x: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
    """One of the three targets at x."""
    if target == RUNGE:
        return polynomials.runge(x)
    return (math.pi * x).sin() if target == SINE else x.square()


class RungeErrors(NamedTuple):
    """Largest errors on Runge's function against the number of points, and by how much errors are magnified."""

    counts: list[int]
    errors: dict[str, list[float]]
    magnified: dict[str, list[float]]


def fitted_degree(n_points: int) -> int:
    """The degree of the least-squares fits: twice the root of the number of gaps, rounded down, below n_points."""
    return min(math.isqrt(4 * (n_points - 1)), n_points - 1)


@functools.lru_cache(maxsize=2)
def runge_errors(counts: tuple[int, ...] = (4, 8, 12, 20, 28, 36, 44, 52, 60)) -> RungeErrors:
    """The comparison for even numbers of points. Cost: 0.1 s."""
    x = torch.linspace(-1, 1, 401, dtype=torch.float64)
    rows: dict[str, list[list[float]]] = {name: [] for name in RULES}
    for count in counts:
        even, clustered = polynomials.equidistant_nodes(count - 1), polynomials.chebyshev_nodes(count - 1)
        maps = {
            RULES[0]: (even, polynomials.cardinal_functions(even, x)),
            RULES[1]: (clustered, polynomials.cardinal_functions(clustered, x)),
            RULES[2]: (even, polynomials.least_squares_functions(even, fitted_degree(count), x)),
        }
        for name, (nodes, rule) in maps.items():
            error = (rule @ polynomials.runge(nodes) - polynomials.runge(x)).abs().max()
            rows[name].append([float(error), float(rule.abs().sum(1).max())])
    errors, magnified = ({name: [row[i] for row in rows[name]] for name in rows} for i in (0, 1))
    return RungeErrors(list(counts), errors, magnified)


class Ensemble(NamedTuple):
    """Trained networks for every activation and target, and their data."""

    networks: dict[tuple[str, str], Parameters]
    x: Float[Tensor, " points"]


def n_networks() -> int:
    """How many networks there are for each activation and target in this profile."""
    return _NETWORKS[settings.profile()]


def initial(generator: torch.Generator, n: int) -> Parameters:
    """n networks of :data:`UNITS` units whose inputs vanish at random points of [-1.2, 1.2]."""

    def normal() -> Tensor:
        return torch.randn(n, UNITS, dtype=torch.float64, generator=generator)

    w, a = 3 * normal(), normal() / UNITS**0.5
    where = 2.4 * torch.rand(n, UNITS, dtype=torch.float64, generator=generator) - 1.2
    return {"w": w, "b": -w * where, "a": a, "c": torch.zeros(n, dtype=torch.float64)}


def train(
    theta: Parameters, x: Float[Tensor, " m"], y: Float[Tensor, "s m"], activation: str, n_steps: int
) -> Parameters:
    """Adam on the mean square of all data, the rate falling linearly to zero; no network feels another.

    Raises:
        ValueError: no steps, or ``y`` has not a row for each network.
    """
    if n_steps < 1 or len(y) != len(theta["c"]):
        raise ValueError(f"n_steps={n_steps} must be positive, and y must have {len(theta['c'])} rows, not {len(y)}")
    state = adam_start(theta)
    for step in range(n_steps):
        leaves = {name: value.detach().requires_grad_() for name, value in theta.items()}
        loss = (outputs(leaves, x, activation) - y).square().sum() / len(x)
        gradient = dict(zip(leaves, torch.autograd.grad(loss, tuple(leaves.values())), strict=True))
        with torch.no_grad():
            theta, state = adam_step(leaves, gradient, state, _RATE * (1 - step / n_steps))
    return {name: value.detach() for name, value in theta.items()}


def trained() -> Ensemble:
    """All networks; each activation and target starts from the same weights. Cost: a second."""
    return _trained(settings.seed(), settings.profile())


@functools.lru_cache(maxsize=2)
def _trained(*_: object) -> Ensemble:
    targets, count = (SINE, SQUARE, RUNGE), n_networks()
    start = initial(settings.generator("interpolation/networks"), count)
    x = torch.linspace(-1, 1, POINTS, dtype=torch.float64)
    y = torch.cat([values(target, x).expand(count, -1) for target in targets])
    start = {name: value.repeat(len(targets), *[1] * (value.ndim - 1)) for name, value in start.items()}
    networks = {}
    for activation in ACTIVATIONS:
        found = train(start, x, y, activation, _STEPS[settings.profile()])
        for i, target in enumerate(targets):
            part = slice(i * count, (i + 1) * count)
            networks[activation, target] = {name: value[part] for name, value in found.items()}
    return Ensemble(networks, x)


def errors_inside(activation: str, target: str) -> Float[Tensor, " s"]:
    """The largest error of each network on [-1, 1]."""
    x = torch.linspace(-1, 1, 401, dtype=torch.float64)
    return (outputs(trained().networks[activation, target], x, activation) - values(target, x)).abs().amax(1)


def far_points(activation: str, target: str) -> Float[Tensor, "s 3"]:
    """Three equidistant points beyond the last kink, or from 20 for tanh; of the sine successive extrema."""
    theta, steps = trained().networks[activation, target], torch.arange(3, dtype=torch.float64)
    last = last_kink(theta).clamp_min(1) if activation == "ReLU" else torch.full_like(theta["c"], 20)
    last = last[:, None]
    return last.ceil() + 0.5 + steps if target == SINE else last * (1 + steps)


def missed(activation: str, target: str) -> tuple[Float[Tensor, " s"], Float[Tensor, " s"]]:
    """By how much each network must miss the target at its far points, over an affine function's floor, and does."""
    theta, x = trained().networks[activation, target], far_points(activation, target)
    exact = values(target, x)
    size = affine_floor(exact)
    error = (outputs(theta, x, activation) - exact).abs().amax(1)
    spare = tanh_remainder(theta, x[0]).amax(1) if activation == "tanh" else torch.zeros_like(size)
    return 1 - spare / size, error / size
