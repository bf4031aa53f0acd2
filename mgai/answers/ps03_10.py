"""Checks answers to ``ps03-10``: the receptive field of a unit in closed form, its pixels and its place."""

from __future__ import annotations

import math

from mgai.answer_forms import integer
from mgai.networks.receptive_field import Layer, extent, first_pixel, pixels
from mgai.networks.receptive_field_references import by_recursion, read_by
from mgai.tasks import Part, Task, agrees

_STACKS = (
    ([3, 2], [2, 1]),
    ([3, 3, 3], [2, 2, 1]),
    ([5], [3]),
    ([7, 3, 3, 2, 3], [2, 2, 1, 2, 1]),
    ([1, 4, 3], [3, 1, 2]),
)
_DILATED = (
    ([1, 3], [2, 1], [1, 1]),
    ([3, 3], [1, 1], [2, 2]),
    ([2, 2, 2, 2], [1, 1, 1, 1], [1, 2, 4, 8]),
    ([3, 2, 3], [3, 1, 2], [1, 2, 1]),
)
_PADDED = (([2, 1], [1, 1], 0), ([2, 2], [1, 1], 5), ([1, 1, 1], [1, 2, 0], 3), ([3, 1, 2], [2, 1, 1], 7))


def _layers(kernels: list[int], strides: list[int], dilations: list[int]) -> list[Layer]:
    return [Layer(k, s, 0, d) for k, s, d in zip(kernels, strides, dilations, strict=True)]


def _used(kernels: list[int], strides: list[int], dilations: list[int]) -> int:
    return len(read_by(_layers(kernels, strides, dilations))[0])


def _start(strides: list[int], paddings: list[int], unit: int) -> int:
    """With kernels of one, what a unit reads is where its field begins."""
    return min(read_by([Layer(1, s, p) for s, p in zip(strides, paddings, strict=True)], unit)[0])


TASK = Task(
    "ps03-10",
    (
        Part(
            "receptive-field",
            asks="The extent in pixels of the receptive field of a unit in the last layer.",
            arguments={"kernels": "kernel sizes, the first layer first", "strides": "the strides, likewise"},
            form=integer("a number of pixels"),
            cases=lambda: [{"kernels": k, "strides": s} for k, s in _STACKS],
            properties=(agrees("extent", "it is what going down layer by layer gives", by_recursion,
                               hint="which strides does a kernel of layer i meet on the way down?"),),
            right=(lambda kernels, strides: extent(_layers(kernels, strides, [1] * len(kernels))),),
            near_misses={
                "the layer's own stride, too": (lambda kernels, strides: 1 + sum(
                    (k - 1) * math.prod(strides[: i + 1]) for i, k in enumerate(kernels)), "extent"),
                "strides left out": (lambda kernels, strides: 1 + sum(k - 1 for k in kernels), "extent"),
                "kernels not less one": (lambda kernels, strides: sum(
                    k * math.prod(strides[:i]) for i, k in enumerate(kernels)), "extent"),
            },
        ),
        Part(
            "pixels-used",
            asks="How many pixels of that extent the unit depends on, with dilations.",
            arguments={"kernels": "kernel sizes", "strides": "strides", "dilations": "dilations"},
            form=integer("a number of pixels"),
            cases=lambda: [{"kernels": k, "strides": s, "dilations": d} for k, s, d in _DILATED],
            properties=(agrees("count", "it counts what going down layer by layer reaches", _used,
                               hint="draw the graph: are there pixels that no path reaches?"),),
            right=(lambda kernels, strides, dilations: len(pixels(_layers(kernels, strides, dilations))),),
            near_misses={
                "the extent": (lambda kernels, strides, dilations:
                               extent(_layers(kernels, strides, dilations)), "count"),
                "paths": (lambda kernels, strides, dilations: math.prod(kernels), "count"),
            },
        ),
        Part(
            "first-pixel",
            asks="The first pixel of the field of a unit of the last layer; negative in the frame of zeros.",
            arguments={"strides": "strides", "paddings": "zeros before the first entry, in each layer",
                       "unit": "its number, from 0"},
            form=integer("a pixel"),
            cases=lambda: [{"strides": s, "paddings": p, "unit": u} for s, p, u in _PADDED],
            properties=(agrees("place", "it is where the unit's first path ends", _start),),
            right=(lambda strides, paddings, unit:
                   first_pixel([Layer(1, s, p) for s, p in zip(strides, paddings, strict=True)], unit),),
            near_misses={
                "paddings not scaled": (lambda strides, paddings, unit:
                                        unit * math.prod(strides) - sum(paddings), "place"),
                "the last stride forgotten": (lambda strides, paddings, unit: unit * math.prod(strides[:-1]) - sum(
                    p * math.prod(strides[:i]) for i, p in enumerate(paddings)), "place"),
            },
        ),
    ),
    note="The induction is yours to check against the page.",
)  # fmt: skip
