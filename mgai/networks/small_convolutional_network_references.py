"""Derivatives of the small convolutional network by other routes, for claims and grading.

Used on the page ``chapters/4-networks/small-convolutional-network``.
"""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

from mgai.calculus.activations import activation
from mgai.calculus.gradient_cost import complex_step
from mgai.networks.small_convolutional_network import Network


def by_layers(net: Network, x: Float[Tensor, "2 2"], y: float, name: str = "sigmoid") -> Network:
    """The gradient by reverse mode through torch's convolution and linear layers.

    >>> net = Network(torch.zeros(2), torch.ones(2, 2), torch.ones(2))
    >>> by_layers(net, torch.ones(2, 2), 0.5).filter
    tensor([1., 1.])
    """
    weights = Network(*(part.detach().requires_grad_() for part in net))
    h = torch.tanh(functional.conv2d(x[None, None], weights.filter.view(1, 1, 1, 2))).flatten()
    prediction = weights.last @ activation(name)(functional.linear(h, weights.dense))
    return Network(*torch.autograd.grad((prediction - y).square(), list(weights)))


def by_complex_step(net: Network, x: Float[Tensor, "2 2"], y: float) -> float:
    """The derivative in the first filter weight for the sigmoid, from one complex evaluation of the loss.

    >>> net = Network(torch.zeros(2), torch.ones(2, 2), torch.ones(2))
    >>> by_complex_step(net, torch.ones(2, 2), 0.5)
    1.0
    """
    w, dense, last = (part.double() for part in net)
    x = x.double()

    def squared_error(first: Tensor) -> Tensor:
        h = torch.tanh(first * x[:, 0] + w[1] * x[:, 1])
        z = 1 / (1 + torch.exp(-(dense.to(h.dtype) @ h)))
        return ((last.to(h.dtype) * z).sum(0, keepdim=True) - y) ** 2

    return float(complex_step(squared_error, w[:1]))


def opposite_signs(n: int, generator: torch.Generator) -> int:
    """In how many of n networks of standard normal numbers the printed derivative has the wrong sign.

    >>> 0 < opposite_signs(1000, torch.Generator().manual_seed(0)) < 1000
    True
    """
    w, dense, last, x, y = (
        torch.randn(n, *shape, dtype=torch.float64, generator=generator) for shape in ((2,), (2, 2), (2,), (2, 2), ())
    )
    slopes = []
    for name in ("sigmoid", None):
        v = w.clone().requires_grad_()
        a = torch.einsum("nij,nj->ni", dense, torch.tanh(torch.einsum("nij,nj->ni", x, v)))
        prediction = (last * (a if name is None else activation(name)(a))).sum(1)
        slopes.append(torch.autograd.grad((prediction - y).square().sum(), v)[0][:, 0])
    return int((slopes[0] * slopes[1] < 0).sum())
