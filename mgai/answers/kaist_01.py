r"""Checks answers to ``kaist-01``: contractions in index notation, their shape and cost."""

from __future__ import annotations

import torch
from torch import Tensor

from mgai import settings
from mgai.answer_forms import array, integer, number
from mgai.linear_algebra import tensor_contraction as tc
from mgai.tasks import Part, Property, Task, agrees

_EXACT = "integers: no rounding"
_SUBSCRIPTS = "ij,jkl"


def _integers(label: str, *shape: int) -> Tensor:
    """Whole numbers from -9 to 9, none of them zero: sums are exact in every dtype."""
    generator = settings.generator(f"grading/kaist-01/{label}")
    signs = 2 * torch.randint(0, 2, shape, generator=generator) - 1
    return (signs * torch.randint(1, 10, shape, generator=generator)).double()


def _matrices() -> list[dict[str, Tensor]]:
    shapes = [(2, 2), (2, 3), (3, 1), (1, 3), (6, 5)]
    fixed = torch.tensor([[1.0, 2.0], [3.0, 4.0]], dtype=torch.float64)
    return [{"a": fixed}, *({"a": _integers(f"a/{m}x{n}", m, n)} for m, n in shapes)]


def _products() -> list[dict[str, Tensor]]:
    matrices = [case["a"] for case in _matrices()]
    return [{"a": a, "x": torch.arange(1.0, a.shape[1] + 1, dtype=torch.float64)} for a in matrices]


_EXTENTS = [(2, 3, 4, 5), (2, 2, 2, 2), (5, 2, 7, 3), (1, 4, 1, 6)]


def _sizes() -> list[dict[str, int]]:
    return [dict(zip("IJKL", extents, strict=True)) for extents in _EXTENTS]


def _arrays() -> list[dict[str, Tensor]]:
    """The cube first: there wrong indices still fit, so that values, not shapes, must tell."""
    cases = [(2, 2, 2, 2), (3, 3, 3, 3), (2, 3, 4, 5), (1, 4, 1, 6)]
    return [{"a": _integers(f"A/{case}", *case[:2]), "b": _integers(f"B/{case}", *case[1:])} for case in cases]


def _shapes(I: int, J: int, K: int, L: int) -> list[tuple[int, ...]]:  # noqa: E741
    return [(I, J), (J, K, L)]


def _free(I: int, J: int, K: int, L: int) -> tuple[int, ...]:  # noqa: E741
    return tc.result_shape(_SUBSCRIPTS, _shapes(I, J, K, L))


def _count_by_loops(I: int, J: int, K: int, L: int) -> int:  # noqa: E741
    return tc.contract_by_loops(_SUBSCRIPTS, *map(torch.ones, _shapes(I, J, K, L)))[1]


def _order(answer: Tensor, **extents: int) -> str:
    return "" if len(answer) == len(_free(**extents)) else f"C has not {len(answer)} indices"


def _shape(answer: Tensor, a: Tensor, b: Tensor) -> str:
    wanted = tc.result_shape(_SUBSCRIPTS, [tuple(a.shape), tuple(b.shape)])
    return "" if tuple(answer.shape) == wanted else f"its shape is {tuple(answer.shape)}"


TASK = Task(
    "kaist-01",
    (
        Part(
            "matrix-vector",
            asks="(1) The product of a matrix and a vector, as your index expression says it.",
            arguments={"a": "matrix of shape (m, n)", "x": "vector of shape (n,)"},
            cases=_products,
            form=array("a vector of shape (m,)", lambda a, x: a.shape[:1]),
            properties=(
                agrees("entries", "every entry is the right sum", tc.product_by_loops, because=_EXACT,
                       hint="which index is free, and which is summed?"),
            ),
            right=(lambda a, x: tc.contract("ij,j", a, x), lambda a, x: a @ x),
            near_misses={
                "the other index summed": (lambda a, x: a.T @ x, "entries"),
                "nothing summed": (lambda a, x: a * x, "form"),
                "all summed": (lambda a, x: (a * x).sum(), "form"),
                "one sign wrong": (lambda a, x: a @ x.abs() - 2 * a[:, -1] * x[-1], "entries"),
            },
        ),
        Part(
            "frobenius",
            asks="(2) The squared Frobenius norm of a matrix, as your index expression says it.",
            arguments={"a": "matrix of shape (m, n)"},
            cases=_matrices,
            form=number("a number"),
            properties=(
                agrees("value", "it is the sum of all squared entries", tc.squares_by_loops, rtol=1e-12,
                       because="rounding in float64, where a root is taken and squared again",
                       hint="try it on a matrix that is not symmetric"),
            ),
            right=(lambda a: tc.contract("ij,ij", a, a), lambda a: a.norm() ** 2),
            near_misses={
                "indices swapped": (lambda a: (a @ a).trace(), "value"),
                "diagonal only": (lambda a: (a.diagonal() ** 2).sum(), "value"),
                "the root taken": (lambda a: a.norm(), "value"),
                "the sum squared": (lambda a: a.sum() ** 2, "value"),
            },
        ),
        Part(
            "order",
            asks="Question 1: how many indices C has.",
            form=integer("a whole number"),
            properties=(
                agrees("count", "it counts the free indices", lambda: len(_free(2, 3, 4, 5)), because="counts: exact",
                       hint="an index that appears twice is summed and gone"),
            ),
            right=(3,),
            near_misses={
                "places for indices": (5, "count"),
                "distinct indices": (4, "count"),
                "those of A": (2, "count"),
            },
        ),
        Part(
            "shape",
            asks="Question 1: the extents of C, one for each of its indices, in their order.",
            arguments=dict(zip("IJKL", (f"extent of the index {letter}" for letter in "ijkl"), strict=True)),
            cases=_sizes,
            form=array("a tuple of whole numbers", lambda **extents: (None,)),
            properties=(
                Property("order", "C has as many indices as the tuple has entries", _order),
                agrees("extents", "the extents are those of the free indices, in order", _free, because=_EXACT),
            ),
            right=(lambda I, J, K, L: (I, K, L), _free),  # noqa: E741
            near_misses={
                "the summed index kept": (lambda I, J, K, L: (I, J, K, L), "order"),  # noqa: E741
                "one index lost": (lambda I, J, K, L: (I, K), "order"),  # noqa: E741
                "the last two exchanged": (lambda I, J, K, L: (I, L, K), "extents"),  # noqa: E741
            },
        ),
        Part(
            "contraction",
            asks="Question 1, carried out: the array C for given A and B.",
            arguments={"a": "array of shape (I, J)", "b": "array of shape (J, K, L)"},
            cases=_arrays,
            form=array("an array of numbers"),
            properties=(
                Property("shape", "the shape lists the extents of the free indices, in order", _shape),
                agrees("values", "every entry is the sum over the repeated index",
                       lambda a, b: tc.contract_by_loops(_SUBSCRIPTS, a, b)[0], because=_EXACT,
                       hint="which axis of B carries the index that A shares with it?"),
            ),
            right=(lambda a, b: tc.contract(_SUBSCRIPTS, a, b), lambda a, b: torch.tensordot(a, b, dims=1)),
            near_misses={
                "the middle index of B summed": (lambda a, b: torch.einsum("ij,kjl->ikl", a, b), "values"),
                "A transposed": (lambda a, b: torch.einsum("ji,jkl->ikl", a, b), "values"),
                "the last two exchanged": (lambda a, b: torch.einsum("ij,jkl->ilk", a, b), "values"),
                "the summed index kept": (lambda a, b: torch.einsum("ij,jkl->ijkl", a, b), "shape"),
            },
        ),
        Part(
            "multiply-adds",
            asks="The cost: how many steps of one multiplication and one addition a direct evaluation of C makes, "
            "sums starting at zero.",
            arguments=dict(zip("IJKL", (f"extent of the index {letter}" for letter in "ijkl"), strict=True)),
            cases=_sizes,
            form=integer("a whole number"),
            properties=(
                agrees("count", "it counts every step", _count_by_loops, because="counts: exact",
                       hint="count the terms of one entry, then the entries"),
            ),
            right=(lambda I, J, K, L: I * J * K * L,),  # noqa: E741
            near_misses={
                "entries only": (lambda I, J, K, L: I * K * L, "count"),  # noqa: E741
                "additions between terms only": (lambda I, J, K, L: I * (J - 1) * K * L, "count"),  # noqa: E741
                "operations, two a step": (lambda I, J, K, L: 2 * I * J * K * L, "count"),  # noqa: E741
            },
        ),
    ),
    note="Question 2 asks why; no program checks an explanation.",
)  # fmt: skip
