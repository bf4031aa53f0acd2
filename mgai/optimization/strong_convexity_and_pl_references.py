r"""Test functions with known constants for the page ``chapters/3-optimization/strong-convexity-and-pl``."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from jaxtyping import Float
from scipy import optimize
from torch import Generator, Tensor


def rotation(d: int, generator: Generator) -> Float[Tensor, "d d"]:
    """A random orthogonal matrix in float64.

    >>> q = rotation(3, torch.Generator().manual_seed(0))
    >>> bool(torch.allclose(q @ q.T, torch.eye(3, dtype=torch.float64)))
    True
    """
    return torch.linalg.qr(torch.randn(d, d, dtype=torch.float64, generator=generator))[0]


def quadratic(hessian: Float[Tensor, "d d"]) -> Callable[[Tensor], Tensor]:
    r"""The function :math:`\tfrac12x^\top Hx` of points of shape (..., d).

    >>> quadratic(torch.eye(2))(torch.ones(2))
    tensor(1.)
    """
    return lambda x: torch.einsum("...i,ij,...j->...", x, hessian, x) / 2


def log_cosh_bowl(
    q: Float[Tensor, "d d"], curvature: float, smoothness: float, centre: Float[Tensor, " d"] | float = 0.0
) -> Callable[[Tensor], Tensor]:
    r"""The function :math:`\tfrac\mu2\lVert x\rVert^2+(L-\mu)\sum_i\ln\cosh\bigl((Qx)_i-c_i\bigr)`.

    With orthogonal Q its Hessian has all eigenvalues in :math:`(\mu, L]`: strongly convex, smooth, not quadratic.

    >>> log_cosh_bowl(torch.eye(2), 1.0, 3.0)(torch.zeros(2))
    tensor(0.)
    """

    def function(x: Tensor) -> Tensor:
        z = (x @ q.T - centre).abs()
        log_cosh = z + torch.log1p(torch.expm1(-2 * z) / 2)  # keeps its digits near zero and never overflows
        return curvature / 2 * x.square().sum(-1) + (smoothness - curvature) * log_cosh.sum(-1)

    return function


def bowl_minimiser(
    q: Float[Tensor, "d d"], curvature: float, smoothness: float, centre: Float[Tensor, " d"]
) -> Float[Tensor, " d"]:
    r"""The minimiser of :func:`log_cosh_bowl`: along each row of Q the root of :math:`\mu z+(L-\mu)\tanh(z-c)`.

    >>> bowl_minimiser(torch.eye(2), 1.0, 3.0, torch.zeros(2))
    tensor([0., 0.])
    """
    roots = [
        optimize.brentq(
            lambda z, c=c: curvature * z + (smoothness - curvature) * math.tanh(z - c), -abs(c), abs(c), xtol=1e-15
        )
        for c in centre.tolist()
    ]
    return q.T @ torch.tensor(roots, dtype=q.dtype, device=q.device)
