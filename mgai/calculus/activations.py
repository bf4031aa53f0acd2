r"""Activation functions with their derivatives in closed form, and what happens at their kinks.

Shown on the page ``chapters/2-calculus/backpropagation``.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

from mgai.calculus.argument_checks import check_positive

_LEAK = 0.01  # the slope of torch's leaky ReLU for negative arguments


@dataclass(frozen=True)
class Activation:
    r"""A function :math:`\sigma` that acts entry by entry, its derivative, and where it has none.

    ``derivative`` is :math:`\sigma'` where it exists; at a kink it returns what torch returns there. ``kinks`` maps
    each kink to the slopes on its left and on its right.
    """

    name: str
    function: Callable[[Tensor], Tensor]
    derivative: Callable[[Tensor], Tensor]
    kinks: dict[float, tuple[float, float]]

    def __call__(self, z: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
        """The values of the activation."""
        return self.function(z)


def _sigmoid_slope(z: Tensor) -> Tensor:
    value = torch.sigmoid(z)
    return value * (1 - value)


def _gelu_slope(z: Tensor) -> Tensor:
    density = torch.exp(-z.square() / 2) / math.sqrt(2 * math.pi)
    return torch.special.ndtr(z) + z * density


def _step(z: Tensor) -> Tensor:
    return (z > 0).to(z.dtype)


_ALL = (
    Activation("tanh", torch.tanh, lambda z: 1 - torch.tanh(z).square(), {}),
    Activation("sigmoid", torch.sigmoid, _sigmoid_slope, {}),
    Activation("softplus", functional.softplus, torch.sigmoid, {}),
    Activation("gelu", functional.gelu, _gelu_slope, {}),
    Activation("relu", torch.relu, _step, {0.0: (0.0, 1.0)}),
    Activation(
        "leaky_relu", functional.leaky_relu, lambda z: _LEAK + (1 - _LEAK) * _step(z), {0.0: (_LEAK, 1.0)}
    ),
    Activation("abs", torch.abs, torch.sign, {0.0: (-1.0, 1.0)}),
    Activation(
        "hardtanh",
        functional.hardtanh,
        lambda z: (z.abs() < 1).to(z.dtype),
        {-1.0: (0.0, 1.0), 1.0: (1.0, 0.0)},
    ),
)  # fmt: skip

#: The activations by name: four smooth ones, four with kinks.
ACTIVATIONS: dict[str, Activation] = {each.name: each for each in _ALL}


def activation(name: str) -> Activation:
    """The activation of that name; ValueError naming those there are.

    >>> activation("relu").derivative(torch.tensor([-1.0, 0.0, 2.0]))
    tensor([0., 0., 1.])
    """
    if name not in ACTIVATIONS:
        raise ValueError(f"name={name!r} is no activation: choose one of {', '.join(ACTIVATIONS)}")
    return ACTIVATIONS[name]


def central_slope(function: Callable[[Tensor], Tensor], z: float, step: float) -> float:
    r"""The central difference :math:`\bigl(\sigma(z+h)-\sigma(z-h)\bigr)/2h` at one point, in float64.

    At a kink of a piecewise linear function it is the mean of the two one-sided slopes, for every h
    that reaches no other kink.

    Args:
        function: a function of tensors, entry by entry.
        z: the point.
        step: the h, positive and finite.

    Raises:
        ValueError: ``step`` is not positive and finite.

    >>> central_slope(torch.relu, 0.0, 0.25)
    0.5
    """
    check_positive(step, "step")
    right, left = function(torch.tensor([z + step, z - step], dtype=torch.float64)).tolist()
    return (right - left) / (2 * step)


def framework_slope(function: Callable[[Tensor], Tensor], z: float) -> float:
    """What torch's reverse mode returns as the derivative of ``function`` at the number ``z``, in float64.

    >>> framework_slope(torch.relu, 0.0)
    0.0
    """
    point = torch.tensor(z, dtype=torch.float64, requires_grad=True)
    (slope,) = torch.autograd.grad(function(point), point)
    return slope.item()
