"""Other routes to what ``chapters/4-networks/effective-receptive-field`` derives: gradients, all choices of signs."""

from __future__ import annotations

import itertools

import torch
from jaxtyping import Float
from torch import Tensor, nn

from mgai.networks.effective_receptive_field import Layers


def uniform_gradient(layers: Layers) -> Float[Tensor, "side side"]:
    """The gradient of the middle unit of a stack of averages, by automatic differentiation, on a canvas with room.

    >>> uniform_gradient([(2, 2)]).count_nonzero()
    tensor(4)
    """
    room = 1
    for kernel, stride in reversed(layers):
        room = (room - 1) * stride + kernel
    stack = nn.Sequential(*(nn.AvgPool2d(kernel, stride) for kernel, stride in layers))
    image = torch.rand(1, 1, room + 4, room + 4, dtype=torch.float64, requires_grad=True)
    return torch.autograd.grad(stack(image)[0, 0, 0, 0], image)[0][0, 0]


def support(gradient: Float[Tensor, "h w"]) -> int:
    """How many columns hold a pixel with a derivative other than zero."""
    return int(gradient.ne(0).any(0).sum())


def mean_square_over_signs(n_layers: int, kernel: int) -> Float[Tensor, " side"]:
    """The mean squared gradient of a linear stack on a line, over all choices of weights +1 and -1.

    Cost: 2^(layers × kernel) convolutions.

    >>> mean_square_over_signs(1, 3).tolist()
    [1.0, 1.0, 1.0]
    """
    side = n_layers * (kernel - 1) + 1
    signs = list(itertools.product((-1.0, 1.0), repeat=n_layers * kernel))
    weights = torch.tensor(signs, dtype=torch.float64).view(-1, n_layers, 1, kernel)
    line = torch.zeros(1, len(signs), side, dtype=torch.float64, requires_grad=True)
    out: Tensor = line
    for layer in range(n_layers):
        out = nn.functional.conv1d(out, weights[:, layer], groups=len(signs))
    total = torch.autograd.grad(out.sum(), line)[0].square()
    return total.mean((0, 1))
