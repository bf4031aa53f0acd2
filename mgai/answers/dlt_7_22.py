r"""Checks answers to ``dlt-7.22``: for :math:`p<1` the p-functional breaks the triangle inequality."""

from __future__ import annotations

import torch
from torch import Tensor

from mgai import settings
from mgai.answer_forms import array, number, several
from mgai.linear_algebra.norms import p_functional
from mgai.tasks import Part, Property, Task, agrees

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


def _vectors() -> list[dict]:
    x = torch.randn(7, dtype=torch.float64, generator=settings.generator("grading/dlt-7.22"))
    small = [{"x": torch.tensor([3.0, -4.0], dtype=torch.float64), "p": p} for p in (0.5, 1.0, 2.0)]
    return [*small, {"x": torch.zeros(3, dtype=torch.float64), "p": 0.5}, {"x": x, "p": 0.3}]


def _by_logarithms(x: Tensor, p: float) -> float:
    """The functional by another route, the logarithm of the sum of powers."""
    terms = p * x[x != 0].abs().log()
    return float((terms.logsumexp(0) / p).exp()) if len(terms) else 0.0


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
        Part(
            "p-functional",
            asks="The functional itself, the p-th root of the sum of the p-th powers of the moduli.",
            arguments={"x": "vector of shape (n,), n at least 1", "p": "a positive number"},
            form=number("a number"),
            cases=_vectors,
            properties=(
                agrees(
                    "value",
                    "it is the root of the sum of powers",
                    _by_logarithms,
                    rtol=1e-12,
                    because="rounding of n powers and a root",
                ),
            ),
            right=(p_functional,),
            near_misses={
                "the root forgotten": (lambda x, p: (x.abs() ** p).sum(), "value"),
                "exponent p in place of 1/p": (lambda x, p: (x.abs() ** p).sum() ** p, "value"),
                "the mean in place of the sum": (lambda x, p: (x.abs() ** p).mean() ** (1 / p), "value"),
                "moduli forgotten": (lambda x, p: (x**p).sum() ** (1 / p), "form"),
            },
        ),
    ),
    note="That no p below one gives a norm is a proof; here its example is checked.",
)
