"""Checks answers to ``dlt-1.3``: how large cross-entropy and divergence can get when one of the two laws is given."""

from __future__ import annotations

import math

import torch

from mgai import settings
from mgai.answer_forms import number, word
from mgai.information.cross_entropy_and_kl import largest_over_data, largest_over_models
from mgai.information.cross_entropy_and_kl_references import (
    largest_by_linear_program,
    largest_cross_entropy_on_lattice,
    largest_divergence_on_lattice,
)
from mgai.information.entropy_and_divergences import entropy
from mgai.information.laws import random_laws
from mgai.tasks import Part, Task, agrees


def _laws() -> list[torch.Tensor]:
    small = torch.tensor([0.75, 0.25], dtype=torch.float64)
    return [small, *random_laws(3, 5, settings.generator("grading/dlt-1.3"))]


def _models() -> list[dict]:
    return [{"q": q} for q in _laws()]


def _with_floor() -> list[dict]:
    return [{"p": p, "floor": 0.25 / len(p)} for p in _laws()]


def _given_floor(p: torch.Tensor, floor: float) -> float:
    return largest_cross_entropy_on_lattice(p, floor)


TASK = Task(
    "dlt-1.3",
    (
        Part(
            "finite",
            asks="Both laws may be any on two outcomes or more: is there a finite number that the cross-entropy never "
            "exceeds?",
            form=word("yes or no", ("yes", "no")),
            properties=(
                agrees("bounded", "models that come near to excluding an outcome are allowed for", lambda: "no"),
            ),
            right=("no", "No"),
            near_misses={"as if it were an entropy": ("yes", "bounded")},
        ),
        Part(
            "given-model",
            asks="The largest cross-entropy H(p, q) over all laws p, in nats, for a given model q > 0.",
            arguments={"q": "probabilities of shape (n,)"},
            cases=_models,
            form=number("a cross-entropy in nats"),
            properties=(
                agrees("largest", "no law of the data has a larger one, and one law attains it",
                       largest_by_linear_program, rtol=1e-9,
                       hint="a linear function on a simplex is largest at a corner"),
            ),
            right=(largest_over_data, lambda q: max(-math.log(float(x)) for x in q)),
            near_misses={
                "the likeliest outcome": (lambda q: -q.max().log(), "largest"),
                "the largest entropy": (lambda q: math.log(len(q)), "largest"),
                "bits": (lambda q: -q.min().log2(), "largest"),
            },
        ),
        Part(
            "given-model-divergence",
            asks="The largest divergence KL(p, q) over all laws p, in nats, for a given model q > 0.",
            arguments={"q": "probabilities of shape (n,)"},
            cases=_models,
            form=number("a divergence in nats"),
            properties=(
                agrees("largest", "no law of the data is farther, and one law is as far",
                       largest_divergence_on_lattice, rtol=1e-9, hint="it is convex in p"),
            ),
            right=(largest_over_data,),
            near_misses={
                "less the largest entropy": (lambda q: -q.min().log() - math.log(len(q)), "largest"),
                "less the entropy of q": (lambda q: -q.min().log() - entropy(q), "largest"),
            },
        ),
        Part(
            "given-data",
            asks="The largest cross-entropy H(p, q) in nats for a given p, with every entry of q at least floor.",
            arguments={"p": "probabilities of shape (n,)", "floor": "a number, at least 0 and below 1/n"},
            cases=_with_floor,
            form=number("a cross-entropy in nats"),
            properties=(
                agrees("largest", "no such model is worse, and one is as bad", _given_floor, rtol=1e-9,
                       hint="it is convex in q: which corners does the set of models have?"),
            ),
            right=(largest_over_models,),
            near_misses={
                "floor everywhere": (lambda p, floor: -math.log(floor), "largest"),
                "on the likeliest outcome": (
                    lambda p, floor: -math.log(floor) - p.max() * math.log(1 / floor - len(p) + 1), "largest"),
                "as if two outcomes": (
                    lambda p, floor: -math.log(floor) - p.min() * math.log(1 / floor - 1), "largest"),
            },
        ),
    ),
    note="The proofs are not graded.",
)  # fmt: skip
