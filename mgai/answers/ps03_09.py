"""Checks answers to ``ps03-09``: the kernels that fit a convolutional layer's extents, its parameters and products."""

from __future__ import annotations

from mgai.answer_forms import array, integer
from mgai.networks.counting_a_convolution import kernel_sizes, multiplications, parameters
from mgai.networks.counting_a_convolution_references import fits
from mgai.tasks import Part, Property, Task, agrees

_EXTENTS = ((5, 3, 2, 0), (205, 66, 3, 0), (205, 66, 3, 2), (28, 28, 1, 4), (10, 1, 4, 0))
_LAYERS = ((2, 1, 1, 1), (10, 10, 96, 66), (3, 3, 64, 55))


def _accepted(answer, n_in: int, n_out: int, stride: int, added: int) -> str:
    wrong = [k for k in answer.tolist() if k != int(k) or k < 1 or not fits(n_in, n_out, stride, int(k), added)]
    return "an entry leads to another output" if wrong else ""


def _complete(answer, n_in: int, n_out: int, stride: int, added: int) -> str:
    wanted = {k for k in range(1, n_in + added + 1) if fits(n_in, n_out, stride, k, added)}
    return "" if wanted <= set(answer.flatten().tolist()) else "a kernel is missing"


TASK = Task(
    "ps03-09",
    (
        Part(
            "kernel-sizes",
            asks="All kernel extents, along one axis, that lead from the input's extent to the output's.",
            arguments={
                "n_in": "extent of the input",
                "n_out": "extent of the output",
                "stride": "the stride",
                "added": "zeros added at both ends together",
            },
            form=array("a list of kernel extents", lambda **_: (None,)),
            cases=lambda: [dict(zip(("n_in", "n_out", "stride", "added"), row, strict=True)) for row in _EXTENTS],
            properties=(
                Property("fits", "each entry leads to the output", _accepted),
                Property("complete", "no kernel is missing", _complete, hint="what does a library do with a rest?"),
            ),
            right=(kernel_sizes,),
            near_misses={
                "the largest alone": (lambda n_in, n_out, stride, added:
                                      kernel_sizes(n_in, n_out, stride, added)[-1:], "complete"),
                "padding forgotten": (lambda n_in, n_out, stride, added: kernel_sizes(n_in, n_out, stride), "fits"),
                "one too large": (lambda n_in, n_out, stride, added:
                                  [k + 1 for k in kernel_sizes(n_in, n_out, stride, added)], "fits"),
            },
        ),
        Part(
            "parameters",
            asks="The number of trainable parameters of a layer with square kernels and biases.",
            arguments={"kernel": "its extent", "c_in": "input channels", "c_out": "output channels"},
            form=integer("a number of parameters"),
            cases=lambda: [dict(zip(("kernel", "c_in", "c_out"), row[:3], strict=True)) for row in _LAYERS],
            properties=(agrees("count", "it counts weights and biases", parameters),),
            right=(lambda kernel, c_in, c_out: (kernel * kernel * c_in + 1) * c_out,),
            near_misses={
                "no biases": (lambda kernel, c_in, c_out: kernel**2 * c_in * c_out, "count"),
                "a bias for each pair of channels": (lambda kernel, c_in, c_out:
                                                     (kernel**2 + 1) * c_in * c_out, "count"),
                "one input channel": (lambda kernel, c_in, c_out: (kernel**2 + 1) * c_out, "count"),
            },
        ),
        Part(
            "multiplications",
            asks="The products in the sum that defines a square output, those with padded zeros included.",
            arguments={"n_out": "the output's extent", "kernel": "the kernel's", "c_in": "input channels",
                       "c_out": "output channels"},
            form=integer("a number of products"),
            cases=lambda: [{"n_out": n, "kernel": k, "c_in": c, "c_out": d} for k, c, d, n in _LAYERS],
            properties=(agrees("count", "it counts the products", multiplications),),
            right=(lambda n_out, kernel, c_in, c_out: (n_out * kernel) ** 2 * c_in * c_out,),
            near_misses={
                "additions, too": (lambda n_out, kernel, c_in, c_out:
                                   2 * multiplications(n_out, kernel, c_in, c_out), "count"),
                "one output channel": (lambda n_out, kernel, c_in, c_out: (n_out * kernel) ** 2 * c_in, "count"),
                "parameters": (lambda n_out, kernel, c_in, c_out: parameters(kernel, c_in, c_out), "count"),
            },
        ),
    ),
    note="Question 1 has more than one answer: say which further condition would leave one.",
)  # fmt: skip
