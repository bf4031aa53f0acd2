"""Checks answers to ``ps03-02``: a network with one hidden layer for the exclusive or of two clauses."""

from __future__ import annotations

import torch
from torch import Tensor

from mgai.answer_forms import array, integer, number, several
from mgai.networks import exclusive_or_of_clauses as ours
from mgai.networks.hidden_layers_references import decompositions_by_masks, has_conflict, inputs, mask
from mgai.networks.threshold_networks import ThresholdNetwork, all_inputs, outputs
from mgai.tasks import Part, Property, Task, agrees

_WIDEST = 1000


def _right(x: tuple[int, ...]) -> int:
    a, b, c, d = x
    return (a | 1 - b) ^ (1 - c | 1 - d)


def _fits(answer: tuple) -> str:
    w1, b1, w2, _ = answer
    h = w1.shape[0]
    if not 1 <= h <= _WIDEST:
        return f"the hidden layer has {h} units; 1 to {_WIDEST} are accepted"
    return "" if b1.shape == w2.shape == (h,) else f"with {h} hidden units b1 and w2 must have {h} entries"


def _bits(answer: tuple) -> str:
    if _fits(answer):
        return "the shapes do not fit"
    w1, b1, w2, b2 = answer
    net = ThresholdNetwork(w1, b1, w2[None], torch.tensor([b2], dtype=w1.dtype))
    found = outputs(net, all_inputs(4)).flatten().tolist()
    wrong = sum(bit != _right(x) for bit, x in zip(found, inputs(4), strict=True))
    return f"{wrong} of the 16 outputs are wrong" if wrong else ""


def _printed_wrong(threshold: float) -> int:
    def fires(z: float) -> int:
        return int(z >= threshold)

    return sum(fires(fires(a - b + 0.5) + fires(-c - d + 1.5) - 1) != _right((a, b, c, d)) for a, b, c, d in inputs(4))


def _fewest() -> int:
    """One unit when there is no conflict, two when there is a decomposition; more are not needed here."""
    function = mask([_right(x) for x in inputs(4)])
    return 1 if not has_conflict(function, 4) else 2 if sum(decompositions_by_masks(function, 4)) else 3


def _entries(net: ThresholdNetwork) -> tuple[Tensor, Tensor, Tensor, float]:
    return net.w1, net.b1, net.w2[0], float(net.b2)


def _printed(bias: float) -> tuple:
    rows = torch.tensor([[1.0, -1.0, 0.0, 0.0], [0.0, 0.0, -1.0, -1.0]], dtype=torch.float64)
    return rows, [0.5, 1.5], [1.0, 1.0], bias


def _counted(threshold: float) -> int:
    x = all_inputs(4)
    return int((ours.printed_units(x, threshold).output != ours.target(x)).sum())


TASK = Task(
    "ps03-02",
    (
        Part(
            "network",
            asks="Weights W1 (h, 4) for A, B, C, D, biases b1 (h), weights w2 (h) and the bias b2 of the output; a "
            "unit is 1 when its sum plus bias is at least 0.",
            form=several(
                "W1, b1, w2, b2",
                array("W1: a row of four weights for each hidden unit", lambda: (None, 4)),
                array("b1", lambda: (None,)),
                array("w2", lambda: (None,)),
                number("b2"),
            ),
            properties=(
                Property("fits", "the sizes of the layers fit", _fits),
                Property("bits", "the output is right for all 16 inputs", _bits,
                         hint="in which two ways can exactly one clause hold, and is each a threshold function?"),
            ),
            right=(_entries(ours.two_units()),),
            near_misses={
                "both clauses, joined by or": (_printed(-1.0), "bits"),
                "both clauses, joined by and": (_printed(-1.5), "bits"),
                "a weight missing": ((ours.two_units().w1, [-0.5, -3.5], [1.0], -0.5), "fits"),
            },
        ),
        Part(
            "printed",
            asks="How many of the 16 outputs are wrong when the hidden units are 1 where A - B + 1/2 and -C - D + 3/2 "
            "reach the threshold, and the output is 1 where their sum minus 1 reaches it.",
            arguments={"threshold": "0 or 1/2"},
            cases=lambda: [{"threshold": 0.0}, {"threshold": 0.5}],
            form=integer("how many outputs"),
            properties=(
                agrees("count", "it counts every wrong output", _printed_wrong,
                       hint="which logical function joins the two hidden units?"),
            ),
            right=(_counted,),
            near_misses={
                "as for the other threshold": (lambda threshold: _counted(0.5 - threshold), "count"),
                "none, as printed": (lambda threshold: 0, "count"),
            },
        ),
        Part(
            "fewest",
            asks="The smallest number of hidden threshold units, with one hidden layer, a threshold unit as output and "
            "no direct weights.",
            form=integer("how many hidden units"),
            properties=(agrees("count", "that many suffice and fewer do not", _fewest),),
            right=(2,),
            near_misses={"a single layer": (1, "count"), "both clauses and their conjunction": (3, "count")},
        ),
    ),
    note="The drawing is yours to compare with the page.",
)  # fmt: skip
