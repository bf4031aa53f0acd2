"""Activation functions with sixty digits, for claims.

Used on the page ``chapters/4-networks/activation-functions``.
"""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

_DIGITS = 60
FUNCTIONS = ("tanh", "tanh slope", "sigmoid", "sigmoid slope", "logit")


def exact(name: str, x: Float[Tensor, " n"]) -> Float[Tensor, " n"]:
    """One of :data:`FUNCTIONS` at the float64 numbers ``x``, correctly rounded from sixty digits (mpmath).

    >>> exact("tanh slope", torch.tensor([20.0], dtype=torch.float64))
    tensor([1.6993e-17], dtype=torch.float64)
    """
    import mpmath

    maps = {
        "tanh": mpmath.tanh,
        "tanh slope": lambda x: mpmath.sech(x) ** 2,
        "sigmoid": lambda x: 1 / (1 + mpmath.exp(-x)),
        "sigmoid slope": lambda x: 1 / (2 + mpmath.exp(x) + mpmath.exp(-x)),
        "logit": lambda y: mpmath.log(y / (1 - y)),
    }
    with mpmath.workdps(_DIGITS):
        return torch.tensor([float(maps[name](mpmath.mpf(value))) for value in x.tolist()], dtype=torch.float64)


def relative_error(found: Float[Tensor, " n"], name: str, x: Float[Tensor, " n"]) -> Float[Tensor, " n"]:
    """The size of the relative error of ``found`` as one of :data:`FUNCTIONS` at x.

    >>> relative_error(torch.tensor([0.0], dtype=torch.float64), "sigmoid", torch.tensor([1.0], dtype=torch.float64))
    tensor([1.], dtype=torch.float64)
    """
    return (found / exact(name, x) - 1).abs()
