"""Checks answers to ``ps03-05``: the gradients of a convolutional layer in its filter and in its input."""

from __future__ import annotations

import torch
from torch import Tensor

from mgai import settings
from mgai.answer_forms import array
from mgai.calculus.discrete_convolution import convolve, cross_correlate
from mgai.networks.convolution_gradients import filter_gradient, input_gradient, rotate
from mgai.networks.convolution_gradients_references import by_unit_arrays, integers
from mgai.tasks import Part, Property, Task, agrees

_SIZES = (((3, 3), (2, 2)), ((4, 6), (3, 2)), ((5, 4), (1, 3)))  # of the input and the filter


def _draws(label: str) -> list[tuple[Tensor, Tensor, Tensor]]:
    rng = settings.generator(f"grading/ps03-05/{label}")
    rows = []
    for x, f in _SIZES:
        g = tuple(n - k + 1 for n, k in zip(x, f, strict=True))
        rows.append(tuple(integers(*size, generator=rng) for size in (x, f, g)))
    return rows


def _filter_cases() -> list[dict]:
    small = torch.tensor([[1.0, 2.0, 3.0]], dtype=torch.float64)
    return [{"x": small, "g": small[:, :2]}, *({"x": x, "g": g} for x, _, g in _draws("filter"))]


def _input_cases() -> list[dict]:
    small = torch.tensor([[1.0, 2.0, 3.0]], dtype=torch.float64)
    return [{"f": small[:, :2], "g": small}, *({"f": f, "g": g} for _, f, g in _draws("input"))]


def _in_filter(x: Tensor, g: Tensor) -> Tensor:
    return by_unit_arrays(x, x.new_ones([n - k + 1 for n, k in zip(x.shape, g.shape, strict=True)]), g)[0]


def _in_input(f: Tensor, g: Tensor) -> Tensor:
    return by_unit_arrays(f.new_ones([n + k - 1 for n, k in zip(f.shape, g.shape, strict=True)]), f, g)[1]


TASK = Task(
    "ps03-05",
    (
        Part(
            "filter-gradient",
            asks="The gradient of the loss in the filter; the output is the sum over m, n of X[i+m, j+n] F[m, n].",
            arguments={"x": "the input, a matrix", "g": "the gradient of the loss in the output, a matrix no larger"},
            cases=_filter_cases,
            form=array("a matrix"),
            properties=(
                agrees("value", "a unit change of an entry of the filter changes the loss by it", _in_filter,
                       hint="which entries of the output does F[m, n] enter, and with which factor?"),
            ),
            right=(filter_gradient,),
            near_misses={
                "rotated": (lambda x, g: rotate(filter_gradient(x, g)), "value"),
                "a true convolution": (lambda x, g: filter_gradient(x, rotate(g)), "value"),
                "full": (lambda x, g: cross_correlate(g, x), "value"),
            },
        ),
        Part(
            "input-gradient",
            asks="The gradient of the loss in the input of the same layer.",
            arguments={"f": "the filter, a matrix", "g": "the gradient of the loss in the output, a matrix"},
            cases=_input_cases,
            form=array("a matrix"),
            properties=(
                Property("shape", "it has the input's shape", lambda answer, f, g: "" if answer.shape == tuple(
                    n + k - 1 for n, k in zip(f.shape, g.shape, strict=True)) else "it has another shape",
                    hint="the output is smaller than the input by the filter's extent less one"),
                agrees("value", "a unit change of an entry of the input changes the loss by it", _in_input,
                       hint="with which entry of the filter does X[p, q] enter O[i, j]?"),
            ),
            right=(input_gradient, lambda f, g: convolve(f, g)),
            near_misses={
                "the filter not rotated": (lambda f, g: cross_correlate(f, g), "value"),
                "rotated as a whole": (lambda f, g: rotate(input_gradient(f, g)), "value"),
                "not full": (lambda f, g: input_gradient(f, g)[: g.shape[0], : g.shape[1]], "shape"),
            },
        ),
    ),
    note="The proofs are yours to check against the page.",
)  # fmt: skip
