"""A convolutional network as a multilayer perceptron: affine maps with a ReLU between each and the next.

Shown on the page ``chapters/4-networks/convolution-as-a-dense-layer``.
"""

from __future__ import annotations

import math

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from mgai.calculus.argument_checks import check_tensor
from mgai.networks.convolution_as_a_dense_layer import dense_matrix
from mgai.networks.convolution_layer_gradients import Geometry

Affine = tuple[Tensor, Tensor]  # weights and bias
Shape = tuple[int, ...]


def perceptron(network: nn.Sequential, shape: tuple[int, int, int]) -> list[Affine]:
    r"""Weights and biases of a perceptron that computes what the network does on images of one shape, in float64.

    Derived under ``thm-convolution-as-a-dense-layer-network``. Affine layers are multiplied into one; a max-pooling
    takes a hidden layer for each halving of its windows, by :math:`\max(a,b)=(a-b)_++b_+-(-b)_+`.

    Args:
        network: of Conv2d, BatchNorm2d, ReLU, AvgPool2d, MaxPool2d, Flatten and Linear, for square strides; without
            groups, and poolings without padding.
        shape: channels, height and width of the images.

    Returns:
        One pair of a matrix and a bias for each layer; a ReLU follows every one but the last.

    Raises:
        TypeError: a layer of another kind.
        ValueError: batch normalization in training mode, groups, or padded poolings.

    Cost: the dense matrices, and their products where no ReLU lies between two of them.

    >>> [tuple(weight.shape) for weight, _ in perceptron(nn.Sequential(nn.MaxPool2d(2)), (1, 2, 2))]
    [(6, 4), (3, 6), (1, 3)]
    """
    layers, (a, b) = [], _identity(math.prod(shape))
    for layer in network:
        if isinstance(layer, nn.ReLU):
            layers.append((a, b))
            a, b = _identity(len(b))
        elif isinstance(layer, nn.MaxPool2d):
            windows, shape = _windows(layer, shape)
            hidden, (a, b) = _maxima(a, b, windows)
            layers += hidden
        else:
            weight, bias, shape = _affine(layer, shape)
            a, b = weight @ a, weight @ b + bias
    return [*layers, (a, b)]


def evaluate(layers: list[Affine], x: Float[Tensor, "b inputs"]) -> Float[Tensor, "b outputs"]:
    """What a perceptron with ReLUs between its layers makes of a batch.

    Raises TypeError or ValueError when ``x`` is no finite matrix that fits the first layer.

    >>> evaluate(perceptron(nn.Sequential(nn.MaxPool2d(2)), (1, 2, 2)), -torch.arange(1.0, 5)[None].double())
    tensor([[-1.]], dtype=torch.float64)
    """
    check_tensor(x, "x", None, layers[0][0].shape[1])
    for weight, bias in layers[:-1]:
        x = (x @ weight.T + bias).relu()
    return x @ layers[-1][0].T + layers[-1][1]


def _identity(n: int) -> Affine:
    return torch.eye(n, dtype=torch.float64), torch.zeros(n, dtype=torch.float64)


def _affine(layer: nn.Module, shape: Shape) -> tuple[Tensor, Tensor, Shape]:
    """The matrix and bias of an affine layer on images of a shape, and the shape that comes out."""
    if isinstance(layer, nn.Flatten):
        return *_identity(math.prod(shape)), (math.prod(shape),)
    if isinstance(layer, nn.Linear):
        weight = layer.weight.detach().double()
        return weight, _bias(layer, len(weight)), (len(weight),)
    if isinstance(layer, nn.BatchNorm2d):
        scale, shift = _normalization(layer)
        places = math.prod(shape[1:])
        return torch.diag(scale.repeat_interleave(places)), shift.repeat_interleave(places), shape
    filters, bias, geometry = _filters(layer, shape[0])
    out = (len(filters), *(geometry.extent(n, k) for n, k in zip(shape[1:], filters.shape[2:], strict=True)))
    return dense_matrix(filters, shape[1:], geometry), bias.repeat_interleave(math.prod(out[1:])), out


def _filters(layer: nn.Module, channels: int) -> tuple[Tensor, Tensor, Geometry]:
    """A convolution's filters, or those that average over windows, channel by channel."""
    if isinstance(layer, nn.Conv2d):
        if layer.groups != 1:
            raise ValueError("network must have no groups")
        geometry = Geometry(layer.stride[0], layer.padding[0], layer.dilation[0])
        return layer.weight.detach().double(), _bias(layer, layer.out_channels), geometry
    if isinstance(layer, nn.AvgPool2d):
        side, stride = _pooling(layer)
        window = torch.full((side, side), side**-2, dtype=torch.float64)
        filters = torch.eye(channels, dtype=torch.float64)[:, :, None, None] * window
        return filters, torch.zeros(channels, dtype=torch.float64), Geometry(stride)
    raise TypeError(f"network holds a {type(layer).__name__}, which is not supported")


def _normalization(layer: nn.BatchNorm2d) -> Affine:
    """Batch normalization with its stored mean and variance: a factor and a summand a channel."""
    if layer.training:
        raise ValueError("network must be in evaluation mode: in training, batch normalization mixes the images")
    scale = layer.weight.detach().double() / (layer.running_var.double() + layer.eps).sqrt()
    return scale, layer.bias.detach().double() - scale * layer.running_mean.double()


def _bias(layer: nn.Module, n: int) -> Tensor:
    return torch.zeros(n, dtype=torch.float64) if layer.bias is None else layer.bias.detach().double()


def _pooling(layer: nn.Module) -> tuple[int, int]:
    if layer.padding != 0:
        raise ValueError("network must have no padded pooling")
    return layer.kernel_size, layer.stride


def _windows(layer: nn.MaxPool2d, shape: Shape) -> tuple[Tensor, Shape]:
    """The places of each window of a pooling, a row a window."""
    side, stride = _pooling(layer)
    places = torch.arange(math.prod(shape), dtype=torch.float64).view(1, *shape)
    table = functional.unfold(places, side, stride=stride).view(shape[0], side**2, -1)
    out = (shape[0], *((n - side) // stride + 1 for n in shape[1:]))
    return table.transpose(1, 2).reshape(-1, side**2).long(), out


def _maxima(a: Tensor, b: Tensor, windows: Tensor) -> tuple[list[Affine], Affine]:
    """Hidden layers that take maxima over windows of an affine map's outputs, and the affine map after them."""
    hidden = []
    while windows.shape[1] > 1:
        if windows.shape[1] % 2:
            windows = torch.cat([windows, windows[:, -1:]], dim=1)
        first, second = (torch.eye(len(b), dtype=b.dtype)[half.flatten()] for half in windows.chunk(2, dim=1))
        pairs = torch.cat([first - second, second, -second])
        hidden.append((pairs @ a, pairs @ b))
        one, zero = _identity(len(first))
        a, b = torch.cat([one, one, -one], dim=1), zero
        windows = torch.arange(len(first)).view(len(windows), -1)
    return hidden, (a, b)
