r"""Backpropagation in a two-layer network :math:`f(x) = W_2\,\sigma(W_1x+b_1)+b_2`, written out.

Inputs are rows of a batch, as in torch: :math:`F = \sigma(XW_1^\top+\mathbf 1b_1^\top)W_2^\top+\mathbf 1b_2^\top`; the
formulas of a single sample are in columns. Shown on the page ``chapters/2-calculus/backpropagation``.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from mgai.calculus.activations import activation
from mgai.calculus.argument_checks import check_tensor
from mgai.linear_algebra.low_rank import check_integer


class TwoLayer(NamedTuple):
    """The parameters of a two-layer network, or anything that has one entry for each of them, such as a gradient."""

    w1: Float[Tensor, "h d"]
    b1: Float[Tensor, " h"]
    w2: Float[Tensor, "m h"]
    b2: Float[Tensor, " m"]


def random_network(d: int, h: int, m: int, generator: torch.Generator) -> TwoLayer:
    r"""A network with normal entries of variance one over the fan-in, and normal biases, in float64 on the CPU.

    d, h, m: inputs, hidden units and outputs, at least 1; ValueError or TypeError otherwise.

    >>> [tuple(part.shape) for part in random_network(3, 4, 2, torch.Generator())]
    [(4, 3), (4,), (2, 4), (2,)]
    """
    d, h, m = (check_integer(size, name, 1) for size, name in ((d, "d"), (h, "h"), (m, "m")))
    draws = [torch.randn(*shape, dtype=torch.float64, generator=generator) for shape in ((h, d), (h,), (m, h), (m,))]
    return TwoLayer(draws[0] / d**0.5, draws[1], draws[2] / h**0.5, draws[3])


def as_vector(parts: TwoLayer) -> Float[Tensor, " p"]:
    """All parameters in one vector: each matrix row by row, in the order of :class:`TwoLayer`.

    >>> as_vector(TwoLayer(torch.ones(1, 2), torch.zeros(1), torch.full((1, 1), 5.0), torch.zeros(1)))
    tensor([1., 1., 0., 5., 0.])
    """
    return torch.cat([part.flatten() for part in parts])


def from_vector(flat: Float[Tensor, " p"], like: TwoLayer) -> TwoLayer:
    """The inverse of :func:`as_vector`, with the shapes of ``like``.

    Raises ValueError when ``flat`` has another number of entries, TypeError when it is no floating-point tensor.

    >>> net = TwoLayer(torch.ones(1, 2), torch.zeros(1), torch.ones(1, 1), torch.zeros(1))
    >>> from_vector(torch.arange(5.0), net).w1
    tensor([[0., 1.]])
    """
    sizes = [part.numel() for part in like]
    check_tensor(flat, "flat", sum(sizes))
    return TwoLayer(*(part.reshape(old.shape) for part, old in zip(flat.split(sizes), like, strict=True)))


def predict(net: TwoLayer, x: Float[Tensor, "n d"], name: str = "tanh") -> Float[Tensor, "n m"]:
    r"""The outputs of a batch: :math:`F=\sigma(XW_1^\top+\mathbf 1b_1^\top)W_2^\top+\mathbf 1b_2^\top`.

    Args:
        net: the parameters.
        x: one sample a row.
        name: the activation, a key of :data:`mgai.calculus.activations.ACTIVATIONS`.

    Raises:
        ValueError: shapes that do not fit, entries that are not finite, an unknown activation.
        TypeError: an argument is no floating-point tensor.

    Cost: 2nh(d + m) operations.

    >>> net = TwoLayer(torch.eye(2), torch.zeros(2), torch.ones(1, 2), torch.zeros(1))
    >>> predict(net, torch.tensor([[1.0, -2.0]]), "relu")
    tensor([[1.]])
    """
    sigma = activation(name)
    _check_network(net)
    check_tensor(x, "x", None, net.w1.shape[1])
    return sigma(x @ net.w1.mT + net.b1) @ net.w2.mT + net.b2


def input_jacobian(net: TwoLayer, x: Float[Tensor, " d"], name: str = "tanh") -> Float[Tensor, "m d"]:
    r"""The Jacobian of the outputs in the inputs: :math:`J = W_2\,\mathrm{diag}(\sigma'(z))\,W_1`, :math:`z=W_1x+b_1`.

    Derived on the page ``backpropagation`` (``thm-network-jacobian``). Where some :math:`z_i` is a kink, the value
    has torch's convention for :math:`\sigma'` in it and need not be a derivative of anything.

    Args:
        net: the parameters.
        x: one input.
        name: the activation.

    Raises:
        ValueError, TypeError: as :func:`predict`.

    Cost: mh(2d + 1) operations, besides 2hd for the values.

    >>> net = TwoLayer(torch.eye(2), torch.zeros(2), torch.ones(1, 2), torch.zeros(1))
    >>> input_jacobian(net, torch.tensor([1.0, -2.0]), "relu")
    tensor([[1., 0.]])
    """
    sigma = activation(name)
    _check_network(net)
    check_tensor(x, "x", net.w1.shape[1])
    slopes = sigma.derivative(net.w1 @ x + net.b1)
    return (net.w2 * slopes) @ net.w1


def weight_jacobians(net: TwoLayer, x: Float[Tensor, " d"], name: str = "tanh") -> TwoLayer:
    r"""The Jacobian of the outputs in each parameter, the output's index first.

    :math:`\partial f_k/\partial(W_1)_{ij}=(W_2)_{ki}\sigma'(z_i)x_j` and
    :math:`\partial f_k/\partial(b_1)_i=(W_2)_{ki}\sigma'(z_i)`; :math:`\partial f_k/\partial(W_2)_{lj}=\delta_{kl}a_j`
    and :math:`\partial f_k/\partial(b_2)_l=\delta_{kl}`. With the weights read row by row into a vector the first is
    :math:`(W_2D)\otimes x^\top`, the third :math:`I\otimes a^\top`.

    Args, Raises: as :func:`input_jacobian`.

    Returns:
        Four tensors of shapes (m, h, d), (m, h), (m, m, h) and (m, m).

    Cost: O(mhd + m²h), the size of the result.

    >>> net = TwoLayer(torch.eye(2), torch.zeros(2), torch.ones(1, 2), torch.zeros(1))
    >>> weight_jacobians(net, torch.tensor([1.0, -2.0]), "relu").w2
    tensor([[[1., 0.]]])
    """
    sigma = activation(name)
    _check_network(net)
    check_tensor(x, "x", net.w1.shape[1])
    z = net.w1 @ x + net.b1
    through = net.w2 * sigma.derivative(z)
    identity = torch.eye(len(net.b2), dtype=x.dtype, device=x.device)
    return TwoLayer(through[:, :, None] * x, through, identity[:, :, None] * sigma(z), identity)


def backward(
    net: TwoLayer, x: Float[Tensor, "n d"], g: Float[Tensor, "n m"], name: str = "tanh"
) -> tuple[TwoLayer, Float[Tensor, "n d"]]:
    r"""The gradient of a loss in every parameter and in the inputs, by one sweep back.

    With :math:`G=\partial L/\partial F` and :math:`\Delta=(GW_2)\odot\sigma'(Z)` they are :math:`\Delta^\top X`,
    :math:`\Delta^\top\mathbf 1`, :math:`G^\top A`, :math:`G^\top\mathbf 1` and :math:`\Delta W_1`
    (page ``backpropagation``, ``thm-weight-gradients``).

    Args:
        net: the parameters.
        x: one sample a row.
        g: the gradient of the loss in the outputs; for a mean over samples the 1/n is in it.
        name: the activation.

    Returns:
        The gradients of the parameters, in their shapes, and of the inputs.

    Raises:
        ValueError, TypeError: as :func:`predict`, and for ``g``.

    Cost: 4nh(d + m) operations, besides 2nhd for the values.

    >>> net = TwoLayer(torch.eye(2), torch.zeros(2), torch.ones(1, 2), torch.zeros(1))
    >>> backward(net, torch.tensor([[1.0, -2.0]]), torch.tensor([[3.0]]), "relu")[0].w2
    tensor([[3., 0.]])
    """
    sigma = activation(name)
    _check_network(net)
    check_tensor(x, "x", None, net.w1.shape[1])
    check_tensor(g, "g", len(x), net.w2.shape[0])
    z = x @ net.w1.mT + net.b1  # (n, h)
    delta = (g @ net.w2) * sigma.derivative(z)  # (n, h)
    gradients = TwoLayer(delta.mT @ x, delta.sum(dim=0), g.mT @ sigma(z), g.sum(dim=0))
    return gradients, delta @ net.w1


def sample_gradient(
    net: TwoLayer, x: Float[Tensor, " d"], g: Float[Tensor, " m"], name: str = "tanh"
) -> tuple[TwoLayer, Float[Tensor, " d"]]:
    r"""The gradients for one sample, in columns.

    With :math:`\delta=DW_2^\top g` they are :math:`\delta x^\top`, :math:`\delta`, :math:`ga^\top`, :math:`g` for the
    parameters and :math:`W_1^\top\delta` for the input (page ``backpropagation``, ``thm-weight-gradients``). This is
    :func:`backward` for one row; summed over samples it gives the gradient of a batch.

    Args:
        net: the parameters.
        x: one input.
        g: the gradient of the loss in the output.
        name: the activation.

    Raises:
        ValueError, TypeError: as :func:`predict`, and for ``g``.

    Cost: O(hd + mh + h²), with D written as a matrix.

    >>> net = TwoLayer(torch.eye(2), torch.zeros(2), torch.ones(1, 2), torch.zeros(1))
    >>> sample_gradient(net, torch.tensor([1.0, -2.0]), torch.tensor([3.0]), "relu")[0].b1
    tensor([3., 0.])
    """
    sigma = activation(name)
    _check_network(net)
    check_tensor(x, "x", net.w1.shape[1])
    check_tensor(g, "g", net.w2.shape[0])
    z = net.w1 @ x + net.b1
    delta = torch.diag(sigma.derivative(z)) @ net.w2.mT @ g
    return TwoLayer(delta.outer(x), delta, g.outer(sigma(z)), g), net.w1.mT @ delta


def _check_network(net: TwoLayer) -> None:
    check_tensor(net.w1, "w1", None, None)
    h = net.w1.shape[0]
    check_tensor(net.b1, "b1", h)
    check_tensor(net.w2, "w2", None, h)
    check_tensor(net.b2, "b2", net.w2.shape[0])
