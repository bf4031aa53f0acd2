"""Checks answers to ``ps03-04``: values, errors and updated parameters of a network with two hidden units."""

from __future__ import annotations

import torch
from torch import Tensor

from mgai.answer_forms import array
from mgai.networks.backpropagation_by_hand import PARAMETERS, PRINTED, network, quantities, run
from mgai.networks.backpropagation_by_hand_references import certified
from mgai.tasks import Part, Task, agrees

_NET = (
    "w11 = 2.5, w12 = 1, b1 = 1.5; w21 = -1.5, w22 = -0.3, b2 = 2; v1 = 1, v2 = 0.5, c = -1; sigmoids at all three "
    "nodes; x = (0, 1), y = 1"
)
_EXACT = {"atol": 1e-9}
_VALUES, _ERRORS = ("h1", "h2", "output"), ("error", "error1", "error2")


def _certified(names: tuple[str, ...]) -> Tensor:
    numbers = certified(16)
    return torch.tensor([float(numbers[name]) for name in names], dtype=torch.float64)


def _ours(names: tuple[str, ...], reading: str = "half square") -> list[float]:
    numbers = quantities(run(reading))
    return [numbers[name] for name in names]


def _printed(names: tuple[str, ...]) -> list[float]:
    return [float(PRINTED[name]) for name in names]


def _uphill() -> list[float]:
    w1, b1, w2, b2 = network()
    start = torch.cat([w1.flatten(), b1, w2.flatten(), b2])
    return (2 * start - torch.tensor(_ours(PARAMETERS), dtype=torch.float64)).tolist()


TASK = Task(
    "ps03-04",
    (
        Part(
            "updated",
            asks="The parameters w11, w12, w21, w22, b1, b2, v1, v2, c after one step of gradient descent on half the "
            f"square of y - ŷ with the step size 0.1, to nine decimals, where {_NET}.",
            form=array("nine numbers", lambda: (9,)),
            properties=(
                agrees("value", "each moves against its derivative", lambda: _certified(PARAMETERS), **_EXACT,
                       hint="hidden errors come from the output weights before the step"),
            ),
            right=(_ours(PARAMETERS),),
            near_misses={"as printed": (_printed(PARAMETERS), "value"), "uphill": (_uphill(), "value"),
                         "the square": (_ours(PARAMETERS, "square"), "value")},
        ),
        Part(
            "values",
            asks=f"The hidden values h1, h2 and the output, to nine decimals, where {_NET}.",
            form=array("three numbers", lambda: (3,)),
            properties=(
                agrees("value", "each node is the sigmoid of its sum", lambda: _certified(_VALUES), **_EXACT),
            ),
            right=(_ours(_VALUES),),
            near_misses={"biases of one": (_ours(_VALUES, "biases of one"), "value"),
                         "linear output": (_ours(_VALUES, "linear output"), "value")},
        ),
        Part(
            "errors",
            asks="Minus the derivatives of half the square of y - ŷ in the sums that enter the output, the first and "
            f"the second hidden node, to nine decimals, where {_NET}.",
            form=array("three numbers", lambda: (3,)),
            properties=(
                agrees("value", "they say how the loss answers to the three sums", lambda: _certified(_ERRORS),
                       **_EXACT, hint="the slope of the sigmoid at each node belongs to it"),
            ),
            right=(_ours(_ERRORS),),
            near_misses={"as printed": (_printed(_ERRORS), "value"),
                         "the cross-entropy": (_ours(_ERRORS, "cross-entropy"), "value"),
                         "the other sign": ([-value for value in _ours(_ERRORS)], "value")},
        ),
    ),
    note="Other losses and step sizes stand on the page.",
)  # fmt: skip
