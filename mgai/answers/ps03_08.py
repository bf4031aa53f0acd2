"""Checks answers to ``ps03-08``: the derivative of a small network's squared error in its first filter weight."""

from __future__ import annotations

import torch
from torch import Tensor

from mgai.answer_forms import number
from mgai.networks.small_convolutional_network import (
    Network,
    counterexample,
    gradient,
    printed_derivative,
    random_network,
    states,
)
from mgai.networks.small_convolutional_network_references import by_complex_step, by_layers
from mgai.tasks import Part, Task, agrees

_NAMES = ("x", "w", "v2", "v3", "y")


def _row(net: Network, x: Tensor, y: float) -> dict:
    return dict(zip(_NAMES, (x, net.filter, net.dense, net.last, y), strict=True))


def _cases() -> list[dict]:
    drawn = [random_network(f"grading/ps03-08/{i}") for i in range(4)]
    return [_row(*counterexample()), *(_row(*each) for each in drawn)]


def _answer(x: Tensor, w: Tensor, v2: Tensor, v3: Tensor, y: float) -> float:
    return float(gradient(Network(w, v2, v3), x, y).filter[0])


def _slope_at_value(x: Tensor, w: Tensor, v2: Tensor, v3: Tensor, y: float) -> float:
    """With the sigmoid's derivative taken at its value in place of its argument."""
    seen = states(Network(w, v2, v3), x)
    slope = torch.sigmoid(seen.z) * (1 - torch.sigmoid(seen.z))
    through = v2.T @ (slope * v3)
    return float(2 * (seen.prediction - y) * (through * (1 - seen.h**2)) @ x[:, 0])


def _first_window(x: Tensor, w: Tensor, v2: Tensor, v3: Tensor, y: float) -> float:
    seen = states(Network(w, v2, v3), x)
    through = v2.T @ (seen.z * (1 - seen.z) * v3)
    return float(2 * (seen.prediction - y) * through[0] * (1 - seen.h[0] ** 2) * x[0, 0])


TASK = Task(
    "ps03-08",
    (
        Part(
            "first-weight",
            asks="The derivative of (y* - y)² in w1, for σ the logistic sigmoid and the filter not rotated.",
            arguments={
                "x": "image of shape (2, 2)",
                "w": "filter, w1 and w2",
                "v2": "dense layer of shape (2, 2), rows (w31, w32) and (w41, w42)",
                "v3": "last layer, w5 and w6",
                "y": "the target, a number",
            },
            cases=_cases,
            form=number("a derivative"),
            properties=(
                agrees("value", "the loss changes by it when w1 does",
                       lambda x, w, v2, v3, y: by_complex_step(Network(w, v2, v3), x, y), rtol=1e-9, atol=1e-12,
                       hint="count the functions between w1 and y*: each gives a factor"),
            ),
            right=(_answer, lambda x, w, v2, v3, y: by_layers(Network(w, v2, v3), x, y).filter[0]),
            near_misses={
                "σ left out": (lambda x, w, v2, v3, y: printed_derivative(Network(w, v2, v3), x, y), "value"),
                "the factor 2 left out": (lambda *row: _answer(*row) / 2, "value"),
                "one place of the filter": (_first_window, "value"),
                "the slope of σ at its value": (_slope_at_value, "value"),
                "the other weight": (lambda x, w, v2, v3, y: gradient(Network(w, v2, v3), x, y).filter[1], "value"),
            },
        ),
    ),
)  # fmt: skip
