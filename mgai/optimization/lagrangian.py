r"""The Lagrangian of a problem with one equation, :math:`\max f(x)` subject to :math:`g(x)=c`.

Shown on the page ``chapters/3-optimization/convexity``.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor

from mgai.calculus.argument_checks import check_tensor

Function = Callable[[Tensor], Tensor]


def lagrangian(
    f: Function, g: Function, level: float, x: Float[Tensor, " d"], multiplier: Float[Tensor, ""]
) -> Float[Tensor, ""]:
    r"""The number :math:`\mathcal L(x,\gamma)=f(x)-\gamma\,(g(x)-c)`.

    Formula ``cs-02-27``: its derivative by :math:`\gamma` is :math:`c-g(x)`, so that stationary points satisfy the
    constraint.

    Args:
        f, g: objective and constraint, from one vector to a number.
        level: c.
        x: one point.
        multiplier: :math:`\gamma`, of any sign.

    Raises:
        TypeError, ValueError: ``x`` or ``multiplier`` is no finite floating-point tensor of its shape.

    >>> x = torch.tensor([1.0, 2.0])
    >>> lagrangian(lambda x: x.prod(), lambda x: x.sum(), 2.0, x, torch.tensor(3.0))
    tensor(-1.)
    """
    check_tensor(x, "x", None)
    check_tensor(multiplier, "multiplier")
    return f(x) - multiplier * (g(x) - level)


def stationarity_residual(f: Function, g: Function, x: Float[Tensor, " d"]) -> tuple[Tensor, Tensor]:
    r"""The best multiplier :math:`\gamma` at x and what is left, :math:`\min_\gamma\|\nabla f(x)-\gamma\nabla g(x)\|`.

    Nothing is left at a maximiser where :math:`\nabla g(x)\ne0` (``thm-multiplier``). Where :math:`\nabla g(x)=0` all
    multipliers are equally good, and 0 is returned.

    Raises:
        TypeError, ValueError: ``x`` is no finite floating-point vector.

    Cost: one gradient of each function.

    >>> residual = stationarity_residual(lambda x: x.prod(), lambda x: x.sum(), torch.ones(2))
    >>> [round(float(entry), 6) for entry in residual]
    [1.0, 0.0]
    """
    check_tensor(x, "x", None)
    objective, normal = torch.func.grad(f)(x), torch.func.grad(g)(x)
    square = normal @ normal
    multiplier = torch.where(square > 0, objective @ normal / square.where(square > 0, torch.ones_like(square)), 0.0)
    return multiplier, torch.linalg.vector_norm(objective - multiplier * normal)


def concave_quadratic_maximiser(
    hessian: Float[Tensor, "d d"], slope: Float[Tensor, " d"], normal: Float[Tensor, " d"], level: float
) -> tuple[Float[Tensor, " d"], Float[Tensor, ""]]:
    r"""Maximiser and multiplier of :math:`b^\top x-\tfrac12x^\top Hx` subject to :math:`a^\top x=c`.

    The stationarity of ``cs-02-27`` is one linear system, :math:`Hx+\gamma a=b`, :math:`a^\top x=c`.

    Args:
        hessian: H, symmetric positive definite.
        slope: b.
        normal: a, not zero.
        level: c.

    Raises:
        TypeError, ValueError: an argument is no finite floating-point tensor, shapes do not fit, H is not symmetric
            positive definite, or a is zero.

    Cost: O(d³).

    >>> x, multiplier = concave_quadratic_maximiser(torch.eye(2), torch.zeros(2), torch.ones(2), 2.0)
    >>> x.tolist(), round(float(multiplier), 6)
    ([1.0, 1.0], -1.0)
    """
    check_tensor(slope, "slope", None)
    check_tensor(hessian, "hessian", len(slope), len(slope))
    check_tensor(normal, "normal", len(slope))
    if bool((normal == 0).all()):
        raise ValueError("normal is zero: the constraint does not depend on x")
    if not torch.allclose(hessian, hessian.mT) or bool(torch.linalg.cholesky_ex(hessian).info):
        raise ValueError("hessian must be symmetric positive definite")
    column = normal.unsqueeze(1)
    system = torch.cat([torch.cat([hessian, column], 1), torch.cat([column.mT, column.new_zeros(1, 1)], 1)])
    solved = torch.linalg.solve(system, torch.cat([slope, slope.new_tensor([level])]))
    return solved[:-1], solved[-1]


def maximiser_by_elimination(
    hessian: Float[Tensor, "d d"], slope: Float[Tensor, " d"], normal: Float[Tensor, " d"], level: float
) -> Float[Tensor, " d"]:
    r"""The maximiser of :func:`concave_quadratic_maximiser` without a multiplier: coordinates along the constraint.

    With an orthonormal basis N of the vectors orthogonal to a, :math:`x=ca/\|a\|^2+Nz` and z is free.

    >>> maximiser_by_elimination(torch.eye(2), torch.zeros(2), torch.tensor([0.0, 2.0]), 2.0).abs().tolist()
    [0.0, 1.0]
    """
    start = level * normal / (normal @ normal)
    basis = torch.linalg.svd(normal.unsqueeze(0)).Vh[1:].mT
    z = torch.linalg.solve(basis.mT @ hessian @ basis, basis.mT @ (slope - hessian @ start))
    return start + basis @ z
