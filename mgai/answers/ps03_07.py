"""Checks answers to ``ps03-07``: a convolution's matrix, its cost as a dense layer, and the tied gradient."""

from __future__ import annotations

import torch
from torch import Tensor

from mgai import settings
from mgai.answer_forms import array, integer
from mgai.networks import convolution_as_a_dense_layer as ours
from mgai.networks.convolution_as_a_dense_layer_references import by_impulses
from mgai.networks.convolution_gradients_references import integers
from mgai.networks.convolution_layer_gradients import Geometry
from mgai.tasks import Part, Task, agrees

_SIZES = ((1, 2, 1, 3, 1), (2, 2, 3, 4, 1), (3, 2, 5, 4, 2))  # rows and columns of filter and image, stride


def _matrix_cases() -> list[dict]:
    rng = settings.generator("grading/ps03-07/matrix")
    return [{"f": integers(m, n, generator=rng), "rows": h, "columns": w, "stride": s} for m, n, h, w, s in _SIZES]


def _by_impulses(f: Tensor, rows: int, columns: int, stride: int) -> Tensor:
    return by_impulses(f[None, None], (rows, columns), Geometry(stride))


def _matrix(f: Tensor, rows: int, columns: int, stride: int) -> Tensor:
    return ours.dense_matrix(f[None, None], (rows, columns), Geometry(stride))


def _gradient_cases() -> list[dict]:
    rng = settings.generator("grading/ps03-07/gradient")
    return [
        {"g": integers((h - m + 1) * (w - n + 1), h * w, generator=rng), "filter": [m, n], "image": [h, w]}
        for m, n, h, w, _ in _SIZES
    ]


def _tied(g: Tensor, filter: list[int], image: list[int]) -> Tensor:
    return ours.tied_gradient(g, ours.ties((1, 1, *filter), tuple(image))).view(*filter)


def _by_chain_rule(g: Tensor, filter: list[int], image: list[int]) -> Tensor:
    """The derivative of the matrix in each weight, times the gradient, added up."""
    units = torch.eye(filter[0] * filter[1], dtype=g.dtype).view(-1, 1, 1, *filter)
    return torch.stack([(by_impulses(unit, tuple(image)) * g).sum() for unit in units]).view(*filter)


TASK = Task(
    "ps03-07",
    (
        Part(
            "matrix",
            asks="The matrix of a convolutional layer without padding (one channel, the filter not turned); "
            "arrays are flattened row after row.",
            arguments={"f": "the filter", "rows": "of the image", "columns": "of the image", "stride": "the stride"},
            form=array("a matrix"),
            cases=_matrix_cases,
            properties=(agrees("value", "it does to an image with a single 1 what the layer does", _by_impulses),),
            right=(_matrix,),
            near_misses={
                "turned": (lambda f, rows, columns, stride: _matrix(f.flip(0, 1), rows, columns, stride), "value"),
                "transposed": (lambda f, rows, columns, stride: _matrix(f, rows, columns, stride).T, "value"),
                "stride forgotten": (lambda f, rows, columns, stride: _matrix(f, rows, columns, 1), "value"),
            },
        ),
        Part(
            "dense-parameters",
            asks="Weights and biases of a dense layer between maps of the given shapes.",
            arguments={"image": "channels, height and width", "out": "channels, height and width of the output"},
            form=integer("a number of parameters"),
            cases=lambda: [{"image": [1, 3, 3], "out": [1, 2, 2]}, {"image": [1, 28, 28], "out": [32, 26, 26]}],
            properties=(agrees("count", "it counts weights and biases", lambda image, out: sum(
                p.numel() for p in torch.nn.Linear(
                    image[0] * image[1] * image[2], out[0] * out[1] * out[2], device="meta").parameters())),),
            right=(lambda image, out: (image[0] * image[1] * image[2] + 1) * out[0] * out[1] * out[2],),
            near_misses={
                "biases forgotten": (lambda image, out: image[0] * image[1] * image[2] * out[0] * out[1] * out[2],
                                     "count"),
                "a bias for each channel": (lambda image, out: image[0] * image[1] * image[2] * out[0] * out[1] * out[2]
                                            + out[0], "count"),
            },
        ),
        Part(
            "tied-gradient",
            asks="The gradient in the filter, from the gradient in the layer's dense matrix (stride 1, no padding).",
            arguments={"g": "the gradient in the matrix", "filter": "rows and columns of the filter",
                       "image": "rows and columns of the image"},
            form=array("a matrix"),
            cases=_gradient_cases,
            properties=(agrees("value", "it is what the chain rule gives", _by_chain_rule,
                               hint="at how many places of the matrix does one weight stand?"),),
            right=(_tied,),
            near_misses={
                "the mean": (lambda g, filter, image: ours.nearest_tied(
                    g, ours.ties((1, 1, *filter), tuple(image))).view(*filter), "value"),
                "the first row": (lambda g, filter, image: torch.stack(
                    [g[0, m * image[1]: m * image[1] + filter[1]] for m in range(filter[0])]), "value"),
            },
        ),
    ),
    note="The conditions under which the translation is possible are yours to name.",
)  # fmt: skip
