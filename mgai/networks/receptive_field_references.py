"""Receptive fields by other routes: the graph of dependences, and gradients of torch's layers, for claims and grading.

Used on the page ``chapters/4-networks/receptive-field``.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

from mgai.networks.receptive_field import Layer

VGG = [Layer(3, 1, 1) for _ in range(2)] + [Layer(2, 2)]
VGG = [*VGG, *VGG, *([Layer(3, 1, 1)] * 3 + [Layer(2, 2)]) * 3]  # the 16-layer network up to its last pooling


def read_by(layers: Sequence[Layer], unit: int = 0) -> list[set[int]]:
    """The units of each layer on which a unit of the last one depends, from the image up: layer after layer downwards.

    >>> read_by([Layer(1, 2), Layer(3)])
    [{0, 2, 4}, {0, 1, 2}, {0}]
    """
    levels = [{unit}]
    for layer in reversed(layers):
        starts = {layer.stride * place - layer.padding for place in levels[0]}
        levels.insert(0, {start + layer.dilation * m for start in starts for m in range(layer.kernel)})
    return levels


def path_counts(layers: Sequence[Layer], weights: Sequence[Tensor], unit: int, n_in: int) -> Float[Tensor, " n_in"]:
    """The derivative of a unit in the pixels, by reverse mode; with weights of one it counts paths.

    >>> ones = torch.ones(3, dtype=torch.float64)
    >>> path_counts([Layer(3), Layer(3)], [ones, ones], 0, 5).tolist()
    [1.0, 2.0, 3.0, 2.0, 1.0]
    """
    image = torch.zeros(1, 1, n_in, dtype=torch.float64, requires_grad=True)
    out = image
    for layer, weight in zip(layers, weights, strict=True):
        out = functional.conv1d(out, weight.view(1, 1, -1), None, layer.stride, layer.padding, layer.dilation)
    return torch.autograd.grad(out[0, 0, unit], image)[0][0, 0]


def measured(layers: Sequence[Layer], generator: torch.Generator) -> tuple[int, list[int]]:
    """A unit far from the border, and the pixels in which its derivative is not zero, for random positive weights.

    Sums of products of positive weights never cancel.

    >>> measured([Layer(1, 2), Layer(3)], torch.Generator())
    (0, [0, 2, 4])
    """
    unit, n_in = _interior(layers)
    weights = [torch.rand(layer.kernel, dtype=torch.float64, generator=generator) + 0.5 for layer in layers]
    return unit, path_counts(layers, weights, unit, n_in).nonzero().flatten().tolist()


def by_recursion(kernels: Sequence[int], strides: Sequence[int]) -> int:
    """The extent by going down from one unit: m units of a layer read s (m - 1) + k of the one before.

    >>> by_recursion([3, 3, 3], [2, 2, 1])
    15
    """
    units = 1
    for kernel, stride in zip(reversed(kernels), reversed(strides), strict=True):
        units = stride * (units - 1) + kernel
    return units


def printed(kernels: Sequence[int], strides: Sequence[int]) -> int:
    """The source's closed form: k of the first layer, plus for each later one (k - 1) times the strides before it.

    >>> printed([3, 3, 3], [2, 2, 1])
    15
    """
    total, product = kernels[0], 1
    for i in range(1, len(kernels)):
        product *= strides[i - 1]
        total += (kernels[i] - 1) * product
    return total


def random_stacks(n: int, generator: torch.Generator) -> list[list[Layer]]:
    """Stacks of one to five layers with kernels up to 5, strides and dilations up to 3 and padding up to 2.

    >>> len(random_stacks(4, torch.Generator()))
    4
    """
    stacks = []
    for _ in range(n):
        depth = int(torch.randint(1, 6, (), generator=generator))
        columns = [
            torch.randint(low, high, (depth,), generator=generator).tolist()
            for low, high in ((1, 6), (1, 4), (0, 3), (1, 4))
        ]
        stacks.append([Layer(*row) for row in zip(*columns, strict=True)])
    return stacks


def _interior(layers: Sequence[Layer]) -> tuple[int, int]:
    """The first unit all of whose dependences, in every layer, are from 0 on, and an image that holds them all."""
    unit = 0
    while any(min(level) < 0 for level in read_by(layers, unit)):
        unit += 1
    return unit, max(read_by(layers, unit)[0]) + 1
