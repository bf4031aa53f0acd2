"""Checks answers to ``ps03-03``: the Jacobian of a composed map at the point (1, 2)."""

from __future__ import annotations

import torch
from torch import Tensor

from mgai.answer_forms import array
from mgai.calculus.jacobian_of_a_composition import (
    POINT,
    PRINTED,
    inner,
    inner_jacobian,
    jacobian,
    linear_error,
    outer,
    outer_jacobian,
)
from mgai.tasks import Part, Property, Task, exceeds

_WORDS = ("sum", "sum of squares")


def _row(matrix: Tensor, index: int) -> str:
    """Whether one row predicts what a small move does to one output."""
    point = torch.tensor(POINT, dtype=torch.float64)
    moves = 1e-5 * torch.tensor([[1.0, 0.0], [0.0, 1.0]], dtype=torch.float64)
    seen = (outer(inner(point + moves)) - outer(inner(point - moves)))[:, index] / 2e-5
    worst = int((seen - matrix[index]).abs().argmax())
    off = float((seen - matrix[index]).abs().max())
    return "" if off < 1e-6 else f"a small move of x{worst + 1} changes the {_WORDS[index]} otherwise than it says"


def _second_order(matrix: Tensor) -> str:
    ratio = linear_error(matrix, 2e-3) / linear_error(matrix, 1e-3)
    return exceeds("the distance from 4 of the error's quotient", abs(ratio - 4), 0.1)


TASK = Task(
    "ps03-03",
    (
        Part(
            "jacobian",
            asks="The Jacobian of the composition at (1, 2), one row for each output.",
            form=array("a matrix of two rows and two columns", lambda: (2, 2)),
            properties=(
                Property("first-row", "its first row predicts the sum of the three entries", lambda m: _row(m, 0),
                         hint="each of the three inner outputs contributes to the sum"),
                Property("second-row", "its second row predicts the sum of their squares", lambda m: _row(m, 1),
                         hint="the outer factor belongs at g(x), not at x"),
                Property("second-order", "halving a small move divides the error by four", _second_order),
            ),
            right=(jacobian(torch.tensor(POINT, dtype=torch.float64)),),
            near_misses={
                "the printed matrix": (PRINTED, "first-row"),
                "its transpose": (jacobian(torch.tensor(POINT, dtype=torch.float64)).T, "second-row"),
                "the outer factor at (1, 2, 3)": (
                    outer_jacobian(torch.tensor([1.0, 2.0, 3.0], dtype=torch.float64))
                    @ inner_jacobian(torch.tensor(POINT, dtype=torch.float64)),
                    "second-row",
                ),
                "one entry a tenth off": (jacobian(torch.tensor(POINT, dtype=torch.float64)) + 0.1, "second-order"),
            },
        ),
    ),
)  # fmt: skip
