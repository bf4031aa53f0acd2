"""Lines, conics and small networks fitted to three problems in the plane whose best rule is known, many draws at once.

Shown on the page ``chapters/4-networks/lines-and-networks-in-the-plane``. Everything is small: it stays on the CPU, in
float64. What is kept within a process must not be changed in place.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator
from typing import NamedTuple

import torch
from jaxtyping import Float
from scipy import stats
from torch import Tensor
from torch.nn.functional import softplus

from mgai import settings
from mgai.networks import gaussian_classes as gaussian
from mgai.optimization import relu_classifier as relu

EQUAL, UNEQUAL, SPIRAL = PROBLEMS = ("equal covariances", "unequal covariances", "noisy spiral")
MODELS = ("line", "conic", "network")
FEW, MANY = 40, 640  # points to fit
UNITS, SPREAD, FLIPPED = 12, 3.0, 0.1  # deviation of the outer class; share of wrong labels on the spiral
MEANS = torch.tensor([[-1.0, 0.0], [1.0, 0.0]], dtype=torch.float64)  # of the classes with equal covariances
_DRAWS = {"fast": {FEW: 64, MANY: 16}, "full": {FEW: 192, MANY: 48}}
_STEPS, _RATE, _AT_ONCE = 300, 0.05, 16
_TWIST, _REACH = 1.5, 2.0  # of the spiral, in radians per unit of length; radius of its disc
_LATTICE = (4181, 6765)  # two successive Fibonacci numbers


def classes(problem: str) -> tuple[Float[Tensor, "2 2"], Float[Tensor, "2 2 2"]]:
    """The means and the covariances of the two Gaussian problems: at (±1, 0), or around one point.

    Raises ValueError for another problem.
    """
    if problem not in (EQUAL, UNEQUAL):
        raise ValueError(f"problem must be {EQUAL!r} or {UNEQUAL!r}, not {problem!r}")
    one = torch.eye(2, dtype=torch.float64)
    return (MEANS, torch.stack([one, one])) if problem == EQUAL else (0 * MEANS, torch.stack([one, SPREAD**2 * one]))


def posterior(problem: str, x: Float[Tensor, "n 2"]) -> Float[Tensor, " n"]:
    r"""The probability of label 1 at x. On the spiral it is 0.9 where :math:`\sin(\varphi-\tfrac32r)>0`, else 0.1."""
    if problem == SPIRAL:
        side = (torch.atan2(x[:, 1], x[:, 0]) - _TWIST * x.norm(dim=1)).sin()
        return torch.where(side > 0, 1 - FLIPPED, FLIPPED).to(x.dtype)
    return torch.sigmoid(gaussian.log_odds(x, *classes(problem)))


def draw(
    problem: str, generator: torch.Generator, batch: int, n: int
) -> tuple[Float[Tensor, "batch n 2"], Float[Tensor, "batch n"]]:
    """Points and labels: of either Gaussian class every second; on the spiral uniform in a disc of radius 2."""
    if problem == SPIRAL:
        first, turn, chance = torch.rand(3, batch, n, dtype=torch.float64, generator=generator)
        radius, turn = _REACH * first.sqrt(), 2 * math.pi * turn
        x = torch.stack([radius * turn.cos(), radius * turn.sin()], dim=-1)
        return x, (chance < posterior(problem, x.flatten(0, 1)).view(batch, n)).double()
    means, covariances = classes(problem)
    y = torch.arange(n) % 2
    x = torch.randn(batch, n, 2, dtype=torch.float64, generator=generator) * covariances[y, 0, :1].sqrt() + means[y]
    return x, y.double().expand(batch, n).contiguous()


def features(x: Float[Tensor, "*batch n 2"], model: str) -> Float[Tensor, "*batch n f"]:
    """One and the coordinates; for the conic also their squares and their product."""
    parts = [torch.ones_like(x[..., :1]), x]
    if model == "conic":
        parts += [x.square(), x.prod(-1, keepdim=True)]
    return torch.cat(parts, dim=-1)


def logistic(z: Float[Tensor, "batch n f"], y: Float[Tensor, "batch n"], n_steps: int = 15) -> Float[Tensor, "batch f"]:
    r"""Minimisers of :math:`\sum_i\ln(1+e^{-(2y_i-1)w\cdot z_i})+\tfrac12\lVert w_{2:}\rVert^2`, by Newton's method.

    The penalty, which leaves out the intercept, makes a minimiser exist on separable data. Of six lengths of the step,
    halved each time, the best is taken.
    """
    penalty = torch.ones(z.shape[-1], dtype=z.dtype)
    penalty[0] = 0
    w = z.new_zeros(len(z), z.shape[-1])
    for _ in range(n_steps):
        p = torch.sigmoid(_product(z, w))
        slope = _product(z.mT, p - y) + penalty * w
        curvature = z.mT @ ((p * (1 - p)).unsqueeze(-1) * z) + penalty.diag()
        step = torch.linalg.solve(curvature, slope)
        tried = torch.stack([w - 0.5**k * step for k in range(6)])
        height = torch.stack([softplus((1 - 2 * y) * _product(z, v)).sum(-1) + v.square() @ penalty / 2 for v in tried])
        w = tried[height.argmin(0), torch.arange(len(w))]
    return w


def _product(matrices: Tensor, vectors: Tensor) -> Tensor:
    return (matrices @ vectors.unsqueeze(-1)).squeeze(-1)


class Fits(NamedTuple):
    """What is fitted to the same draws: coefficients of lines and conics, and networks."""

    line: Float[Tensor, "batch 3"]
    conic: Float[Tensor, "batch 6"]
    network: dict[str, Tensor]


def fit(x: Float[Tensor, "batch n 2"], y: Float[Tensor, "batch n"], generator: torch.Generator, n_steps: int) -> Fits:
    """All three models. A network gets full-batch steps of Adam on the logistic loss, from random weights."""
    start = relu.initial(generator, UNITS, (len(x),))
    start["b"] = torch.randn(start["b"].shape, dtype=torch.float64, generator=generator)
    network = relu.train("Adam", start, x, y, _RATE, n_steps)
    return Fits(*(logistic(features(x, model), y) for model in MODELS[:2]), network)


def logits(fits: Fits, model: str, x: Float[Tensor, "m 2"]) -> Iterator[Float[Tensor, "part m"]]:
    """The logits of one model at common points, for some draws at a time."""
    if model == "network":
        for first in range(0, len(fits.line), _AT_ONCE):
            yield relu.logits({name: leaf[first : first + _AT_ONCE] for name, leaf in fits.network.items()}, x)
    else:
        yield getattr(fits, model) @ features(x, model).mT


def lattice(problem: str) -> Float[Tensor, "m 2"]:
    """Points that stand for the problem, all with the same share: a Fibonacci lattice of the square, transported.

    Coordinates of normal classes are quantiles; squared radii in the disc, and angles, are uniform. An area is right
    to about 0.001.
    """
    i = torch.arange(_LATTICE[1])
    first, second = (i.double() + 0.5) / _LATTICE[1], ((i * _LATTICE[0]) % _LATTICE[1] + 0.5) / _LATTICE[1]
    if problem == SPIRAL:
        radius, turn = _REACH * first.sqrt(), 2 * math.pi * second
        return torch.stack([radius * turn.cos(), radius * turn.sin()], dim=1)
    normal = torch.special.ndtri(torch.stack([first, second.double()], dim=1))
    means, covariances = classes(problem)
    return torch.cat([normal * covariances[k, 0, 0].sqrt() + means[k] for k in (0, 1)])


def excess_risks(problem: str, fits: Fits) -> dict[str, Float[Tensor, " batch"]]:
    r"""The risk of each fit above the least one, :math:`\mathbb E|2\eta(x)-1|` where it differs from the best rule."""
    x = lattice(problem)
    eta = posterior(problem, x)
    cost = (2 * eta - 1).abs() / len(x)
    return {
        model: torch.cat([((part > 0) != (eta > 0.5)).double() @ cost for part in logits(fits, model, x)])
        for model in MODELS
    }


class Ensemble(NamedTuple):
    """For each problem and number of points: the draws, the fits and their excess risks."""

    data: dict[tuple[str, int], tuple[Tensor, Tensor]]
    fits: dict[tuple[str, int], Fits]
    excess: dict[tuple[str, int], dict[str, Float[Tensor, " batch"]]]


def ensemble() -> Ensemble:
    """Everything, for the seed and the profile. Cost: two seconds."""
    return _ensemble(settings.seed(), settings.profile())


@functools.lru_cache(maxsize=2)
def _ensemble(_: int, profile: str) -> Ensemble:
    found = Ensemble({}, {}, {})
    for problem in PROBLEMS:
        for n, batch in _DRAWS[profile].items():
            rng = settings.generator(f"plane/{problem}/{n}")
            key, (x, y) = (problem, n), draw(problem, rng, batch, n)
            found.data[key], found.fits[key] = (x, y), fit(x, y, rng, _STEPS)
            found.excess[key] = excess_risks(problem, found.fits[key])
    return found


class LineRisks(NamedTuple):
    """Risks of the fitted lines: on the lattice, exactly, and exactly with all deviations doubled."""

    lattice: Float[Tensor, " m"]
    exact: Float[Tensor, " m"]
    doubled: Float[Tensor, " m"]


def line_risks() -> LineRisks:
    """Of all lines fitted to :data:`FEW` points of the two Gaussian problems."""
    rows = []
    least = (gaussian.least_risk(MEANS, torch.eye(2, dtype=torch.float64)), gaussian.concentric(SPREAD).least_risk)
    for problem, floor in zip((EQUAL, UNEQUAL), least, strict=True):
        w, (means, covariances) = ensemble().fits[problem, FEW].line, classes(problem)
        risks = (gaussian.line_risk(w[:, 1:], w[:, 0], means, k * covariances) for k in (1, 4))
        rows.append((ensemble().excess[problem, FEW]["line"] + floor, *risks))
    return LineRisks(*(torch.cat(parts) for parts in zip(*rows, strict=True)))


def best_line_excess() -> float:
    """The excess risk of the best line there is, with unequal covariances."""
    best = gaussian.concentric(SPREAD)
    return best.line_risk - best.least_risk


def sign_test(first: Float[Tensor, " n"], second: Float[Tensor, " n"]) -> float:
    """The chance that fair coins say "the first is larger" at least as often as was seen."""
    return float(stats.binom.sf(int((first > second).sum()) - 1, len(first), 0.5))


def tossed() -> Fits:
    """Fits to labels that are coin tosses, on 40 points of a standard normal cloud. Cost: 0.2 s."""
    return _tossed(settings.seed())


@functools.lru_cache(maxsize=2)
def _tossed(_: int) -> Fits:
    rng = settings.generator("plane/tossed")
    x = torch.randn(16, FEW, 2, dtype=torch.float64, generator=rng)
    return fit(x, torch.randint(2, (16, FEW), generator=rng).double(), rng, _STEPS)


def directions(n: int) -> Float[Tensor, "n 2"]:
    """Equidistant unit vectors, turned by a little so that they are in no special position."""
    angles = 2 * math.pi * (torch.arange(n, dtype=torch.float64) + 0.3819) / n
    return torch.stack([angles.cos(), angles.sin()], dim=1)
