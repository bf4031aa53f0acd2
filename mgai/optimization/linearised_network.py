r"""A network linearised at its initial parameters.

:math:`h(\beta)(x)=f(x;\theta_0)+\beta^\top\nabla_\theta f(x;\theta_0)`, where the parameters are one vector and
:math:`\beta` is their change. Shown on the page ``chapters/3-optimization/convexity``.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor

from mgai.calculus.argument_checks import check_tensor

Network = Callable[[Tensor, Tensor], Tensor]


def linearise(
    network: Network, theta: Float[Tensor, " p"], x: Float[Tensor, "n d"]
) -> tuple[Float[Tensor, " n"], Float[Tensor, "n p"]]:
    r"""Outputs :math:`f(x_i;\theta_0)` and features :math:`\nabla_\theta f(x_i;\theta_0)` of every sample.

    Args:
        network: from parameters and samples of shape (n, d) to n outputs; differentiable in the parameters.
        theta: the initial parameters.
        x: samples.

    Raises:
        TypeError, ValueError: an argument is no finite floating-point tensor of its shape, or there is not one output
            for each sample.

    Cost: n gradients.

    >>> outputs, features = linearise(lambda theta, x: theta[0] * (x @ theta[1:]), torch.ones(2), torch.tensor([[3.0]]))
    >>> outputs.tolist(), features.tolist()
    ([3.0], [[3.0, 3.0]])
    """
    check_tensor(theta, "theta", None)
    check_tensor(x, "x", None, None)
    outputs = network(theta, x)
    check_tensor(outputs, "network: its outputs", len(x))
    return outputs, torch.func.jacrev(network)(theta, x)


def linearised_outputs(
    outputs: Float[Tensor, " n"], features: Float[Tensor, "n p"], beta: Float[Tensor, " p"]
) -> Float[Tensor, " n"]:
    r"""The predictions :math:`h(\beta)`, affine in :math:`\beta`.

    Formula ``cs-17-02``: the mean of :math:`\ell(h(\beta)(x_i),y_i)` is convex in :math:`\beta` when every
    :math:`\ell(\cdot,y_i)` is convex.

    Args:
        outputs, features: from :func:`linearise`.
        beta: change of the parameters.

    Raises:
        TypeError, ValueError: an argument is no finite floating-point tensor, or shapes do not fit.

    Cost: O(np).

    >>> linearised_outputs(torch.tensor([3.0]), torch.tensor([[3.0, 3.0]]), torch.tensor([1.0, 0.5]))
    tensor([7.5000])
    """
    check_tensor(outputs, "outputs", None)
    check_tensor(features, "features", len(outputs), None)
    check_tensor(beta, "beta", features.shape[1])
    return outputs + features @ beta


def two_layer_network(theta: Float[Tensor, " p"], x: Float[Tensor, "n d"]) -> Float[Tensor, " n"]:
    r"""The network :math:`\sum_j a_j\tanh(w_j^\top x)` without biases, with p = m(d + 1) parameters in one vector.

    Changing the sign of all parameters leaves it as it is, since tanh is odd.

    Args:
        theta: the rows :math:`w_j`, then the :math:`a_j`.
        x: samples.

    Raises:
        ValueError: p is no multiple of d + 1.

    >>> two_layer_network(torch.tensor([100.0, 2.0]), torch.tensor([[1.0], [-1.0]])).tolist()
    [2.0, -2.0]
    """
    d = x.shape[1]
    if theta.ndim != 1 or len(theta) == 0 or len(theta) % (d + 1):
        raise ValueError(
            f"theta must be a vector with a multiple of {d + 1} entries, not of shape {tuple(theta.shape)}"
        )
    width = len(theta) // (d + 1)
    return torch.tanh(x @ theta[: width * d].reshape(width, d).mT) @ theta[width * d :]
