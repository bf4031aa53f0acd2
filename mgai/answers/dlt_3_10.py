"""Checks answers to ``dlt-3.10``: divergences and distance of two parallel segments."""

from __future__ import annotations

import math

from mgai.answer_forms import number, word
from mgai.information.entropy_and_divergences import jensen_shannon
from mgai.information.parallel_segments import blurred_kl, on_common_points, segment, separation
from mgai.information.parallel_segments_references import blurred_on_grid, segments_by_assignment
from mgai.tasks import Part, Task, agrees

_THETAS = (0.5, 0.0, 1.0, 1e-3, -0.25)


def _separations() -> list[dict]:
    return [{"theta": theta} for theta in _THETAS]


def _enumerated(theta: float) -> float:
    return float(jensen_shannon(*on_common_points(segment(0.0, 16), segment(theta, 16))))


def _noises() -> list[dict]:
    return [{"theta": theta, "sigma": sigma} for theta, sigma in ((0.5, 0.5), (0.25, 0.1), (-0.4, 0.2), (0.0, 0.3))]


TASK = Task(
    "dlt-3.10",
    (
        Part(
            "jensen-shannon",
            asks="The Jensen-Shannon divergence of the segments at 0 and at θ, in nats.",
            arguments={"theta": "a real number"},
            cases=_separations,
            form=number("a divergence in nats"),
            properties=(
                agrees("value", "it is that of many atoms on each segment", _enumerated, atol=1e-12,
                       hint="what does the mixture give to each segment?"),
            ),
            right=(lambda theta: separation(theta).jensen_shannon, lambda theta: math.log(2) if theta else 0.0),
            near_misses={
                "in bits": (lambda theta: float(theta != 0), "value"),
                "continuous": (lambda theta: math.log(2), "value"),
                "a total of both halves": (lambda theta: 2 * math.log(2) * (theta != 0), "value"),
            },
        ),
        Part(
            "wasserstein",
            asks="The distance W₁ of the segments at 0 and at θ, where θ may have either sign.",
            arguments={"theta": "a real number"},
            cases=_separations,
            form=number("a distance"),
            properties=(
                agrees("value", "no coupling of atoms on the segments is cheaper, and one costs as much",
                       segments_by_assignment, atol=1e-12),
            ),
            right=(lambda theta: separation(theta).wasserstein, abs),
            near_misses={
                "with its sign": (lambda theta: theta, "value"),
                "the squared distance": (lambda theta: theta**2, "value"),
            },
        ),
        Part(
            "touching",
            asks="Two segments [0, 1/2] and [1/2, 1] of one line, each with its uniform law, share a point. "
            "Is the divergence of the one from the other finite?",
            form=word("yes or no", ("yes", "no")),
            properties=(
                agrees("finite", "what counts is the probability of the shared points", lambda: "no",
                       hint="which probability has the point 1/2?"),
            ),
            right=("no", "No"),
            near_misses={"as if sharing a point were enough": ("yes", "finite")},
        ),
        Part(
            "noise",
            asks="The divergence D(P‖Q) in nats after noise N(0, σ²I) was added to both.",
            arguments={"theta": "a real number", "sigma": "positive"},
            cases=_noises,
            form=number("a divergence in nats"),
            properties=(
                agrees("value", "it is the mean of ln p - ln q over the plane",
                       lambda theta, sigma: blurred_on_grid(theta, sigma)[0], rtol=1e-8, atol=1e-10),
            ),
            right=(blurred_kl,),
            near_misses={
                "without the half": (lambda theta, sigma: (theta / sigma) ** 2, "value"),
                "only one law blurred twice": (lambda theta, sigma: (theta / sigma) ** 2 / 4, "value"),
            },
        ),
    ),
    note="The proofs are yours to check against the page.",
)  # fmt: skip
