"""Checks answers to ``ps03-06``: output, gradients and updated filter of a numerical convolution."""

from __future__ import annotations

from torch import Tensor

from mgai.answer_forms import array
from mgai.networks import convolution_example as example
from mgai.networks.convolution_example import arrays, run
from mgai.networks.convolution_example_references import by_autograd
from mgai.networks.convolution_gradients import layer_output, rotate
from mgai.tasks import Part, Task, agrees

_RULE = "M holds the maxima of O over 2×2 windows with stride 1, and the gradient of the loss in M is the identity."


def _output() -> Tensor:
    x, f = arrays()
    return x.unfold(0, 3, 1).unfold(1, 3, 1).mul(f).sum((2, 3))


def _updated(gradient: Tensor) -> Tensor:
    return arrays()[1] - gradient / example.INVERSE_STEP


_CORNER = run("corner")

TASK = Task(
    "ps03-06",
    (
        Part(
            "output",
            asks="The output O, the cross-correlation of the 6×6 input with the filter, without padding.",
            form=array("a matrix", lambda: (4, 4)),
            properties=(agrees("value", "each entry is the sum of nine products", _output),),
            right=(layer_output(*arrays()),),
            near_misses={"the filter rotated": (layer_output(arrays()[0], rotate(arrays()[1])), "value"),
                         "the filter transposed": (layer_output(arrays()[0], arrays()[1].T), "value")},
        ),
        Part(
            "filter-gradient",
            asks=f"The gradient of the loss in F. {_RULE}",
            form=array("a matrix", lambda: (3, 3)),
            properties=(
                agrees("value", "it says how the loss answers to each entry of F", lambda: by_autograd()[1],
                       hint="find the three entries of O through which the loss sees F"),
            ),
            right=(run().filter_gradient,),
            near_misses={"the printed array": (example.PRINTED_FILTER_GRADIENT, "value"),
                         "the identity in a corner of O": (_CORNER.filter_gradient, "value"),
                         "rotated": (rotate(run().filter_gradient), "value")},
        ),
        Part(
            "input-gradient",
            asks="The gradient of the loss in X, under the same rule.",
            form=array("a matrix", lambda: (6, 6)),
            properties=(
                agrees("value", "it says how the loss answers to each entry of X", lambda: by_autograd()[2],
                       hint="each of the three entries of O adds one copy of F"),
            ),
            right=(run().input_gradient,),
            near_misses={"the printed array": (example.PRINTED_INPUT_GRADIENT, "value"),
                         "the identity in a corner of O": (_CORNER.input_gradient, "value"),
                         "the filter rotated": (-run().input_gradient, "value")},
        ),
        Part(
            "updated-filter",
            asks="The filter after one step of gradient descent with the learning rate 0.01, under the same rule.",
            form=array("a matrix", lambda: (3, 3)),
            properties=(
                agrees("value", "it moves against the gradient", lambda: _updated(by_autograd()[1]), rtol=1e-12),
            ),
            right=(_updated(run().filter_gradient),),
            near_misses={"the printed gradient": (_updated(run().filter_gradient * 0 + arrays()[0][:3, :3]), "value"),
                         "uphill": (_updated(-run().filter_gradient), "value")},
        ),
    ),
    note="Question 1 asks for rules.",
)  # fmt: skip
