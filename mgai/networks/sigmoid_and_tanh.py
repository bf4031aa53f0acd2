r"""Networks of affine layers with one activation, rewritten with another: the same functions, other parameters.

A network is a tuple of affine layers; every one but the last is followed by the activation. Weights may have leading
axes for an ensemble. Shown on the page ``chapters/4-networks/activation-functions``.
"""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from mgai.calculus.activations import activation
from mgai.linear_algebra.low_rank import check_integer


class Layer(NamedTuple):
    """An affine layer."""

    weight: Float[Tensor, "*batch m d"]
    bias: Float[Tensor, "*batch m"]


Network = tuple[Layer, ...]


def random_network(sizes: tuple[int, ...], generator: torch.Generator, copies: int = 1) -> Network:
    """An ensemble of networks with normal weights of variance one over the fan-in, normal biases, in float64.

    Args:
        sizes: entries of the input, of each hidden layer, of the output; at least two.
        generator: on the CPU.
        copies: how many networks, the leading axis.

    Raises:
        ValueError, TypeError: fewer than two sizes, or a size or ``copies`` that is no positive integer.

    >>> [tuple(layer.weight.shape) for layer in random_network((2, 3, 1), torch.Generator(), 5)]
    [(5, 3, 2), (5, 1, 3)]
    """
    if len(sizes) < 2:
        raise ValueError("sizes must name input and output at least")
    copies, *sizes = (check_integer(size, "sizes and copies", 1) for size in (copies, *sizes))
    layers = []
    for d, m in pairwise(sizes):
        weight = torch.randn(copies, m, d, dtype=torch.float64, generator=generator) / d**0.5
        layers.append(Layer(weight, torch.randn(copies, m, dtype=torch.float64, generator=generator)))
    return tuple(layers)


def evaluate(network: Network, x: Float[Tensor, "n d"], name: str) -> Float[Tensor, "*batch n m"]:
    """The outputs for a batch of inputs, one a row.

    Args:
        network: at least one layer.
        x: inputs.
        name: a key of :data:`mgai.calculus.activations.ACTIVATIONS`.

    Raises:
        ValueError: no layers, no such activation, or shapes that do not fit.

    >>> network = (Layer(torch.eye(2), torch.zeros(2)), Layer(torch.ones(1, 2), torch.ones(1)))
    >>> evaluate(network, torch.zeros(1, 2), "tanh")
    tensor([[1.]])
    """
    _check(network)
    if x.ndim != 2 or x.shape[1] != network[0].weight.shape[-1]:
        raise ValueError(f"x must have {network[0].weight.shape[-1]} columns, not the shape {tuple(x.shape)}")
    sigma, values = activation(name), x
    for layer in network[:-1]:
        values = sigma(values @ layer.weight.mT + layer.bias.unsqueeze(-2))
    return values @ network[-1].weight.mT + network[-1].bias.unsqueeze(-2)


def as_tanh_network(network: Network) -> Network:
    r"""The tanh network with the values that ``network`` has with sigmoids. Formula ``cs-06-12``.

    From :math:`\sigma(z)=\frac12+\frac12\tanh\frac z2`: ``thm-activation-functions-exchange``.

    Raises ValueError when there are no layers or their shapes do not fit.

    Cost: one pass over the weights.

    >>> network = (Layer(torch.ones(1, 1), torch.zeros(1)), Layer(torch.ones(1, 1), torch.zeros(1)))
    >>> [(layer.weight.item(), layer.bias.item()) for layer in as_tanh_network(network)]
    [(0.5, 0.0), (0.5, 0.5)]
    """
    return _exchanged(network, inner=0.5, slope=0.5, shift=0.5)


def as_sigmoid_network(network: Network) -> Network:
    r"""The inverse of :func:`as_tanh_network`, from :math:`\tanh z=2\sigma(2z)-1`. Formula ``cs-06-12``.

    >>> network = (Layer(torch.ones(1, 1), torch.zeros(1)), Layer(torch.ones(1, 1), torch.zeros(1)))
    >>> [(layer.weight.item(), layer.bias.item()) for layer in as_sigmoid_network(network)]
    [(2.0, 0.0), (2.0, -1.0)]
    """
    return _exchanged(network, inner=2.0, slope=2.0, shift=-1.0)


def as_vector(network: Network) -> Float[Tensor, " p"]:
    """All parameters of one network (no ensemble), layer by layer: weights row by row, then biases.

    >>> as_vector((Layer(torch.ones(1, 2), torch.zeros(1)),))
    tensor([1., 1., 0.])
    """
    return torch.cat([part.flatten() for layer in network for part in layer])


def from_vector(theta: Float[Tensor, " p"], like: Network) -> Network:
    """The inverse of :func:`as_vector`, with the shapes of ``like``.

    >>> from_vector(torch.arange(3.0), (Layer(torch.ones(1, 2), torch.zeros(1)),))[0].bias
    tensor([2.])
    """
    parts = iter(theta.split([part.numel() for layer in like for part in layer]))
    return tuple(Layer(*(next(parts).reshape(part.shape) for part in layer)) for layer in like)


def descend(
    network: Network, x: Float[Tensor, "n d"], y: Float[Tensor, "n m"], name: str, lr: float, n_steps: int
) -> tuple[Network, Float[Tensor, "t ..."]]:
    r"""Gradient descent on half the mean square of the residuals, for every member of the ensemble by itself.

    Args:
        network: the start.
        x, y: inputs and targets, one a row.
        name: the activation.
        lr: the step size.
        n_steps: how many steps.

    Returns:
        The last network, and the losses before each step and after the last, one row each.

    Cost: ``n_steps`` forward and backward passes.

    >>> start = (Layer(torch.ones(1, 1), torch.zeros(1)), Layer(torch.ones(1, 1), torch.zeros(1)))
    >>> descend(start, torch.zeros(1, 1), torch.ones(1, 1), "tanh", 1.0, 1)[1].round(decimals=3)
    tensor([0.5000, 0.2900])
    """
    parts, losses = [part.detach().clone() for layer in network for part in layer], []
    for _ in range(n_steps):
        parts = [part.requires_grad_() for part in parts]
        loss = _losses(_paired(parts), x, y, name)
        losses.append(loss.detach())
        gradients = torch.autograd.grad(loss.sum(), parts)
        parts = [(part - lr * slope).detach() for part, slope in zip(parts, gradients, strict=True)]
    losses.append(_losses(_paired(parts), x, y, name))
    return _paired(parts), torch.stack(losses)


def _losses(network: Network, x: Tensor, y: Tensor, name: str) -> Tensor:
    return (evaluate(network, x, name) - y).square().sum(-1).mean(-1) / 2


def _paired(parts: list[Tensor]) -> Network:
    return tuple(Layer(*pair) for pair in zip(parts[::2], parts[1::2], strict=True))


def _exchanged(network: Network, inner: float, slope: float, shift: float) -> Network:
    """The network for an activation φ, where the old one is ``slope * φ(inner * z) + shift``."""
    _check(network)
    result = []
    for index, (weight, bias) in enumerate(network):
        outer = inner if index < len(network) - 1 else 1.0
        if index > 0:  # the values that come in are the new ones, stretched and shifted
            weight, bias = slope * weight, bias + shift * weight.sum(-1)
        result.append(Layer(outer * weight, outer * bias))
    return tuple(result)


def _check(network: Network) -> None:
    if len(network) == 0:
        raise ValueError("network must have at least one layer")
    for index, (weight, bias) in enumerate(network):
        if weight.ndim < 2 or bias.shape != weight.shape[:-1]:
            raise ValueError(f"network: bias and weight of layer {index} do not fit")
        if index > 0 and weight.shape[-1] != network[index - 1].weight.shape[-2]:
            raise ValueError(f"network: layer {index} does not take what layer {index - 1} gives")
