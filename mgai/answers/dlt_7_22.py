r"""Checks answers to ``dlt-7.22``: for :math:`p<1` the p-functional breaks the triangle inequality."""

from __future__ import annotations

import torch
from torch import Tensor

from mgai.answer_forms import array, several
from mgai.linear_algebra.norms import p_functional
from mgai.tasks import Part, Property, Task

_EXPONENTS = (0.5, 0.25, 0.75, 0.9, 0.99)


def _same_length(pair: tuple[Tensor, Tensor], p: float) -> str:
    n, m = map(len, pair)
    return "" if n == m and n > 0 else f"they have {n} and {m} entries"


def _violation(pair: tuple[Tensor, Tensor], p: float) -> str:
    if _same_length(pair, p):
        return "vectors of different lengths cannot be added"
    x, y = pair
    whole, parts = float(p_functional(x + y, p)), float(p_functional(x, p) + p_functional(y, p))
    if whole > parts * (1 + 1e-12):  # more than rounding of the three sums
        return ""
    return f"the size of x + y is {whole:.6g}, and the sizes of x and y add up to {parts:.6g}"


TASK = Task(
    "dlt-7.22",
    (
        Part(
            "counterexample",
            asks="For a given exponent p below one, two vectors that show that the functional is no norm.",
            arguments={"p": "a number, 0 < p < 1"},
            form=several(
                "two vectors x and y of real numbers", array("x", lambda p: (None,)), array("y", lambda p: (None,))
            ),
            cases=lambda: [{"p": p} for p in _EXPONENTS],
            properties=(
                Property("same-space", "x and y have the same number of entries", _same_length),
                Property(
                    "violation",
                    "the triangle inequality fails: the size of x + y exceeds the sum of the sizes of x and y",
                    _violation,
                    hint="all mass in one entry is cheap, mass spread over several entries is dear",
                ),
            ),
            right=(lambda p: ([1.0, 0.0], [0.0, 1.0]), lambda p: torch.eye(2, dtype=torch.float32) * 5),
            near_misses={
                "parallel vectors": (lambda p: ([1.0, 1.0], [2.0, 2.0]), "violation"),
                "vectors of one entry": (lambda p: ([1.0], [1.0]), "violation"),
                "vectors that cancel": (lambda p: ([1.0, 0.0], [-1.0, 0.0]), "violation"),
                "good for small p only": (
                    lambda p: torch.eye(2) if p < 0.7 else torch.ones(2, 2),
                    "violation",
                ),
                "vectors of different lengths": (lambda p: ([1.0, 0.0], [1.0]), "same-space"),
            },
        ),
    ),
    note="The proof is yours; the example that it rests on is checked here.",
)
