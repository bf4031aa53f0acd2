"""Checks answers to ``kaist-12``: distances of Gaussians, divergences from a Laplace law, optimal matchings."""

from __future__ import annotations

import math

import torch
from scipy.stats import laplace, norm
from torch import Tensor

from mgai import settings
from mgai.answer_forms import integer, number
from mgai.information import laplace_and_gaussian as closed
from mgai.information.learned_transport import optimal_permutations
from mgai.information.wasserstein_distance import gaussian_wasserstein
from mgai.information.wasserstein_distance_references import kl_by_quadrature, wasserstein_by_quadrature
from mgai.tasks import Part, Task, agrees


def _pairs() -> list[dict[str, float]]:
    rows = [(0.0, 1.0, 2.0, 1.0), (0.0, 1.0, 0.0, 2.0), (2.0, 1.0, 0.0, 2.0), (-1.0, 0.5, 0.5, 2.5)]
    return [dict(zip(("mean_p", "std_p", "mean_q", "std_q"), row, strict=True)) for row in rows]


def _distance(mean_p: float, std_p: float, mean_q: float, std_q: float) -> float:
    return wasserstein_by_quadrature(norm(mean_p, std_p), norm(mean_q, std_q))


def _laws() -> list[dict[str, float]]:
    rows = [(0.0, 1.0, 0.0, math.sqrt(0.5)), (0.0, 1.0, 0.0, 1.0), (1.0, 0.5, -0.5, 2.0)]
    return [dict(zip(("mean", "std", "location", "scale"), row, strict=True)) for row in rows]


def _from_gaussian(mean: float, std: float, location: float, scale: float) -> float:
    return kl_by_quadrature(norm(mean, std), laplace(location, scale), (location,))


def _from_laplace(mean: float, std: float, location: float, scale: float) -> float:
    return kl_by_quadrature(laplace(location, scale), norm(mean, std), (location,))


def _swapped(mean: float, std: float, location: float, scale: float) -> float:
    return closed.kl_laplace_gaussian(location, scale, mean, std)


def _points() -> list[dict[str, Tensor]]:
    line = torch.arange(6, dtype=torch.float64)
    drawn = torch.randn(2, 6, dtype=torch.float64, generator=settings.generator("grading/kaist-12/points"))
    return [{"x": line[:2], "y": line[:2] + 1}, {"x": line, "y": line + 1}, {"x": drawn[0], "y": drawn[1]}]


def _count(x: Tensor, y: Tensor) -> int:
    return len(optimal_permutations(x, y))


TASK = Task(
    "kaist-12",
    (
        Part(
            "gaussian",
            asks="The distance W1 of two Gaussians.",
            arguments={"mean_p": "of P", "std_p": "its standard deviation", "mean_q": "of Q", "std_q": "likewise"},
            form=number("a distance"),
            cases=_pairs,
            properties=(
                agrees("distance", "it is the area between the distribution functions", _distance, rtol=1e-8,
                       because="quadrature", hint="how does the difference of the two quantile functions look?"),
            ),
            right=(gaussian_wasserstein, _distance),
            near_misses={
                "the parts added":
                    (lambda mean_p, std_p, mean_q, std_q:
                     abs(mean_p - mean_q) + abs(std_p - std_q) * math.sqrt(2 / math.pi), "distance"),
                "W2": (lambda mean_p, std_p, mean_q, std_q: math.hypot(mean_p - mean_q, std_p - std_q), "distance"),
                "the means alone": (lambda mean_p, std_p, mean_q, std_q: abs(mean_p - mean_q), "distance"),
            },
        ),
        Part(
            "divergence",
            asks="The divergence D(P‖Q) in nats of a Gaussian P from a Laplace law Q.",
            arguments={"mean": "of P", "std": "of P", "location": "a of Q",
                       "scale": "b of Q, whose density is e^(-|x-a|/b)/2b"},
            form=number("nats"),
            cases=_laws,
            properties=(
                agrees("divergence", "it is the mean of ln(p/q) under the Gaussian", _from_gaussian, rtol=1e-8,
                       because="quadrature", hint="cross-entropy less entropy; which mean of a modulus is needed?"),
            ),
            right=(closed.kl_gaussian_laplace, _from_gaussian),
            near_misses={
                "the other direction": (_swapped, "divergence"),
                "in bits": (lambda *laws: closed.kl_gaussian_laplace(*laws) / math.log(2), "divergence"),
            },
        ),
        Part(
            "reverse-divergence",
            asks="The divergence D(Q‖P) in nats of the Laplace law Q from the Gaussian P.",
            arguments={"mean": "of P", "std": "of P", "location": "a of Q",
                       "scale": "of Q"},
            form=number("nats"),
            cases=_laws,
            properties=(
                agrees("divergence", "it is the mean of ln(q/p) under the Laplace law", _from_laplace, rtol=1e-8,
                       because="quadrature", hint="the variance of a Laplace law is twice the square of its scale"),
            ),
            right=(_swapped, _from_laplace),
            near_misses={
                "the variance b²": (lambda mean, std, location, scale:
                                    _swapped(mean, std, location, scale) - (scale / std) ** 2 / 2, "divergence"),
            },
        ),
        Part(
            "matchings",
            asks="How many permutations match x with y at the least mean distance |x - y|.",
            arguments={"x": "at most six points", "y": "as many points"},
            form=integer("how many permutations"),
            cases=_points,
            properties=(
                agrees("count", "every permutation of the least cost is counted", _count,
                       hint="which matchings move something to the right and something to the left over one point?"),
            ),
            right=(_count,),
            near_misses={"one, the monotone one": (lambda x, y: 1, "count")},
        ),
    ),
    note="The explanations, and the training of question 3, have no single right answer.",
)  # fmt: skip
