"""Three routes to a Jacobian that share no code: reverse mode, forward mode, central differences.

Shown on the page ``chapters/2-calculus/backpropagation``, where they check each other.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor

from mgai.calculus.argument_checks import check_positive, check_tensor

Map = Callable[[Tensor], Tensor]


def reverse_jacobian(function: Map, x: Float[Tensor, " d"]) -> Float[Tensor, "*outputs d"]:
    """The Jacobian by torch's reverse mode, one output after another.

    Args:
        function: from vectors to tensors.
        x: the point.

    Returns:
        The shape of the output, followed by d.

    Raises:
        ValueError: ``x`` is no finite vector.
        TypeError: ``x`` is no floating-point tensor.

    Cost: one evaluation forward, one sweep back an output.

    >>> reverse_jacobian(lambda x: x.square(), torch.tensor([1.0, 3.0]))
    tensor([[2., 0.],
            [0., 6.]])
    """
    check_tensor(x, "x", None)
    return torch.autograd.functional.jacobian(function, x)


def forward_jacobian(function: Map, x: Float[Tensor, " d"]) -> Float[Tensor, "*outputs d"]:
    """The Jacobian by torch's forward mode, one input after another.

    Args, Returns and Raises: as :func:`reverse_jacobian`.

    Cost: one evaluation with a tangent an input.

    >>> forward_jacobian(lambda x: x.square(), torch.tensor([1.0, 3.0]))
    tensor([[2., 0.],
            [0., 6.]])
    """
    check_tensor(x, "x", None)
    with warnings.catch_warnings():  # torch scripts its own decompositions at the first use, which it deprecates
        warnings.filterwarnings("ignore", message=".*torch.jit.script.*", category=DeprecationWarning)
        return torch.func.jacfwd(function)(x)


def central_jacobian(function: Map, x: Float[Tensor, " d"], step: float = 6e-6) -> Float[Tensor, "*outputs d"]:
    r"""The Jacobian by central differences, column j being :math:`\bigl(f(x+he_j)-f(x-he_j)\bigr)/2h`.

    The truncation error is at most :math:`h^2/6` times the largest third derivative, the rounding error about
    :math:`\varepsilon\lvert f\rvert/h`; :math:`h=\varepsilon^{1/3}`, the default in float64, balances the two.

    Args:
        function, x: as :func:`reverse_jacobian`.
        step: the h, positive and finite.

    Raises:
        ValueError: ``step`` or ``x`` is not as stated.
        TypeError: ``x`` is no floating-point tensor.

    Cost: 2d evaluations.

    >>> central_jacobian(lambda x: x.square(), torch.tensor([1.0, 3.0], dtype=torch.float64), 0.5)
    tensor([[2., 0.],
            [0., 6.]], dtype=torch.float64)
    """
    check_positive(step, "step")
    check_tensor(x, "x", None)
    moves = step * torch.eye(len(x), dtype=x.dtype, device=x.device)
    return torch.stack([(function(x + move) - function(x - move)) / (2 * step) for move in moves], dim=-1)
