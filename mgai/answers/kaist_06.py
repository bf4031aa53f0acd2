"""Checks answers to ``kaist-06``: the floor of a Markov text, and how long a spike shortens RMSProp's steps."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from mgai import settings
from mgai.answer_forms import integer, number
from mgai.optimization.rmsprop_and_adam import steps_to_recover
from mgai.optimization.text_sources import Source
from mgai.optimization.tiny_transformer_references import markov_rate
from mgai.tasks import Part, Task, agrees


def _chains() -> list[dict[str, Tensor]]:
    rng = settings.generator("grading/kaist-06/chains")
    drawn = torch.rand(4, 4, dtype=torch.float64, generator=rng) + 0.05 + 3 * torch.eye(4, dtype=torch.float64)[[0] * 4]
    return [
        {"transition": torch.tensor([[0.9, 0.1], [0.5, 0.5]], dtype=torch.float64)},
        {"transition": torch.tensor([[0.2, 0.8], [0.6, 0.4]], dtype=torch.float64)},
        {"transition": drawn / drawn.sum(1, keepdim=True)},
    ]


def _rate(transition: Tensor) -> float:
    return markov_rate(Source(transition, torch.eye(len(transition), dtype=torch.float64)))


def _law(transition: Tensor) -> Tensor:
    return torch.linalg.matrix_power(transition, 2000)[0]


def _row_entropies(transition: Tensor) -> Tensor:
    return torch.special.entr(transition).sum(1)


def _spikes() -> list[dict[str, float]]:
    cases = [(0.5, 10.0, 0.9), (0.5, 100.0, 0.99), (0.9, 100.0, 0.99), (0.5, 1000.0, 0.999), (0.7, 30.0, 0.95)]
    return [{"share": share, "ratio": ratio, "beta": beta} for share, ratio, beta in cases]


def _by_running(share: float, ratio: float, beta: float) -> int:
    squares, n = beta + (1 - beta) * ratio**2, 0
    while True:
        squares, n = beta * squares + (1 - beta), n + 1
        if 1 / math.sqrt(squares) >= share:
            return n


def _count(odds: float, beta: float) -> int:
    return max(1, math.ceil(math.log(odds) / -math.log(beta)))


TASK = Task(
    "kaist-06",
    (
        Part(
            "recovery",
            asks="RMSProp has seen gradients ±1 for ever, one gradient R, then ±1 again. The first n ≥ 1 for which the "
            "n-th step after the spike has at least the given share of the ordinary length (no epsilon).",
            arguments={"share": "in (0, 1)", "ratio": "R > 1", "beta": "of the average of squares, in (0, 1)"},
            form=integer("a number of steps"),
            cases=_spikes,
            properties=(
                agrees("steps", "it is the step at which the optimiser, run, is there", _by_running,
                       hint="write the average of squares n steps later as 1 plus what is left of the spike"),
            ),
            right=(steps_to_recover, _by_running),
            near_misses={
                "the weight of the spike forgotten":
                    (lambda share, ratio, beta: _count((ratio**2 - 1) * share**2 / (1 - share**2), beta), "steps"),
                "the root forgotten":
                    (lambda share, ratio, beta: _count((1 - beta) * (ratio**2 - 1) * share / (1 - share), beta),
                     "steps"),
                "one step too many": (lambda share, ratio, beta: steps_to_recover(share, ratio, beta) + 1, "steps"),
            },
        ),
        Part(
            "floor",
            asks="The least expected loss, in nats per character, on a long stationary text made by a Markov chain.",
            arguments={"transition": "matrix of shape (k, k), rows sum to one; the chain is irreducible"},
            form=number("nats per character"),
            cases=_chains,
            properties=(
                agrees("rate", "it is the entropy of the next character given the one before", _rate, rtol=1e-9,
                       because="rounding of a stationary law", hint="which states does the chain visit how often?"),
            ),
            right=(_rate, lambda transition: _law(transition) @ _row_entropies(transition)),
            near_misses={
                "states weighted equally": (lambda transition: _row_entropies(transition).mean(), "rate"),
                "the entropy of the characters alone":
                    (lambda transition: torch.special.entr(_law(transition)).sum(), "rate"),
                "in bits": (lambda transition: _rate(transition) / math.log(2), "rate"),
            },
        ),
    ),
    note="The comparisons of trained networks, and questions 1 and 3, have no single right answer.",
)  # fmt: skip
