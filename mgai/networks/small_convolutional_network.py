r"""A network of one filter, one dense layer and a linear output on a 2×2 image, with all its derivatives by hand.

Shown on the page ``chapters/4-networks/small-convolutional-network``. With the rows :math:`x_1,x_2` of the image

.. math:: u=xw,\quad h=\tanh u,\quad a=Vh,\quad z=\sigma(a),\quad y^*=v^\top z,\quad L=(y^*-y)^2 ,

where :math:`w=(w_1,w_2)` is the filter, applied to each row, :math:`V` the dense layer and :math:`v` the last one.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from mgai import settings
from mgai.calculus.activations import activation
from mgai.calculus.argument_checks import check_tensor


class Network(NamedTuple):
    """The eight weights, or anything that has one entry for each of them, such as a gradient."""

    filter: Float[Tensor, " 2"]
    dense: Float[Tensor, "2 2"]
    last: Float[Tensor, " 2"]


class States(NamedTuple):
    """What the forward pass leaves behind: u, h, a, z and the prediction."""

    u: Float[Tensor, " 2"]
    h: Float[Tensor, " 2"]
    a: Float[Tensor, " 2"]
    z: Float[Tensor, " 2"]
    prediction: Float[Tensor, ""]


def states(net: Network, x: Float[Tensor, "2 2"], name: str = "sigmoid") -> States:
    r"""The forward pass.

    Args:
        net: the weights.
        x: the image, one row for each place of the filter.
        name: the activation σ of the dense layer, a key of :data:`mgai.calculus.activations.ACTIVATIONS`.

    Raises:
        TypeError: an argument is no floating-point tensor.
        ValueError: another shape, entries that are not finite, an unknown activation.

    >>> net = Network(torch.zeros(2), torch.ones(2, 2), torch.ones(2))
    >>> float(states(net, torch.ones(2, 2)).prediction)
    1.0
    """
    sigma = activation(name)
    _check(net, x)
    u = x @ net.filter
    h = torch.tanh(u)
    a = net.dense @ h
    z = sigma(a)
    return States(u, h, a, z, net.last @ z)


def loss(net: Network, x: Float[Tensor, "2 2"], y: float, name: str = "sigmoid") -> Float[Tensor, ""]:
    """The squared error of the prediction. Args and Raises as for :func:`states`, y the target.

    >>> net = Network(torch.zeros(2), torch.ones(2, 2), torch.ones(2))
    >>> float(loss(net, torch.ones(2, 2), 0.5))
    0.25
    """
    return (states(net, x, name).prediction - y).square()


def gradient(net: Network, x: Float[Tensor, "2 2"], y: float, name: str = "sigmoid") -> Network:
    r"""The derivatives of the loss in all eight weights by one sweep back.

    With ``thm-small-convolutional-network-gradient``,

    .. math:: \delta_z=2(y^*-y)\,v,\quad\delta_a=\sigma'(a)\odot\delta_z,\quad\delta_u=(1-h^2)\odot V^\top\delta_a,\quad
       \nabla_wL=x^\top\delta_u,\ \nabla_VL=\delta_ah^\top,\ \nabla_vL=2(y^*-y)\,z .

    Args:
        net: the weights.
        x: the image.
        y: the target.
        name: the activation σ; at a kink its derivative is torch's choice.

    Raises:
        TypeError, ValueError: as for :func:`states`.

    >>> net = Network(torch.zeros(2), torch.ones(2, 2), torch.ones(2))
    >>> gradient(net, torch.ones(2, 2), 0.5).filter
    tensor([1., 1.])
    """
    seen = states(net, x, name)
    residual = 2 * (seen.prediction - y)
    delta_a = activation(name).derivative(seen.a) * (residual * net.last)
    delta_u = (1 - seen.h.square()) * (net.dense.mT @ delta_a)
    return Network(x.mT @ delta_u, torch.outer(delta_a, seen.h), residual * seen.z)


def printed_derivative(net: Network, x: Float[Tensor, "2 2"], y: float) -> Float[Tensor, ""]:
    r"""What the copy we had gives for :math:`\partial L/\partial w_1`: the derivative with :math:`\sigma` left out.

    It is right for the network whose dense layer is linear. Args and Raises as for :func:`states`.

    >>> net = Network(torch.zeros(2), torch.ones(2, 2), torch.ones(2))
    >>> float(printed_derivative(net, torch.ones(2, 2), 0.5))
    -4.0
    """
    _check(net, x)
    h = torch.tanh(x @ net.filter)
    through = net.dense.mT @ net.last
    return 2 * (through @ h - y) * (through * (1 - h.square()) * x[:, 0]).sum()


def counterexample() -> tuple[Network, Float[Tensor, "2 2"], float]:
    """Weights, image and target at which the printed derivative has the wrong sign: filter 0, all else 1, target 1/2.

    >>> counterexample()[2]
    0.5
    """
    ones = torch.ones(2, 2, dtype=torch.float64)
    return Network(torch.zeros_like(ones[0]), ones, ones[0]), ones, 0.5


def random_network(label: str) -> tuple[Network, Float[Tensor, "2 2"], float]:
    """Standard normal weights, image and target in float64, from the generator of that label.

    >>> random_network("example")[1].shape
    torch.Size([2, 2])
    """
    draws = torch.randn(13, dtype=torch.float64, generator=settings.generator(label))
    return Network(draws[:2], draws[2:6].view(2, 2), draws[6:8]), draws[8:12].view(2, 2), float(draws[12])


def _check(net: Network, x: Tensor) -> None:
    for part, argument, sizes in zip(net, Network._fields, ((2,), (2, 2), (2,)), strict=True):
        check_tensor(part, f"net.{argument}", *sizes)
    check_tensor(x, "x", 2, 2)
