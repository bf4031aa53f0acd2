r"""The nuclear-norm problem of matrix completion: its objective, its dual, and the gap between the two.

The problem is :math:`\min_Z f(Z)=\tfrac12\|P_\Omega(A-Z)\|_F^2+\lambda\|Z\|_*`, where :math:`P_\Omega` keeps
the observed entries and puts zero elsewhere. The gap is a certificate: it bounds the distance of any
candidate from the optimum, whichever algorithm found it. Shown on the page
``chapters/1-linear-algebra/matrix-completion``.
"""

from __future__ import annotations

import math

import torch
from jaxtyping import Bool, Float
from torch import Tensor


def keep_observed(a: Float[Tensor, "m n"], observed: Bool[Tensor, "m n"]) -> Float[Tensor, "m n"]:
    r"""The projection :math:`P_\Omega(A)`: entries that were not observed become zero and are never read.

    Args:
        a: the matrix, floating point; finite where observed, anything (NaN too) elsewhere.
        observed: true where the entry is known.

    Raises:
        TypeError: ``a`` is not floating point, or ``observed`` is not Boolean.
        ValueError: ``a`` is no matrix or empty, the shapes differ, or an observed entry is not finite.

    Cost: O(mn).

    >>> keep_observed(torch.tensor([[1.0, float("nan")]]), torch.tensor([[True, False]]))
    tensor([[1., 0.]])
    """
    check_problem(a, observed)
    return torch.where(observed, a, torch.zeros_like(a))


def residual(z: Float[Tensor, "m n"], a: Float[Tensor, "m n"], observed: Bool[Tensor, "m n"]) -> Float[Tensor, "m n"]:
    r"""What the candidate leaves unexplained, :math:`R=P_\Omega(A-Z)`: minus the gradient of the smooth part.

    >>> residual(torch.ones(1, 2), 3 * torch.ones(1, 2), torch.tensor([[True, False]]))
    tensor([[2., 0.]])
    """
    if z.shape != a.shape:
        raise ValueError(f"z must have the shape of a, {tuple(a.shape)}, not {tuple(z.shape)}")
    return keep_observed(a - z, observed)


def objective(
    z: Float[Tensor, "m n"], a: Float[Tensor, "m n"], observed: Bool[Tensor, "m n"], penalty: float
) -> Float[Tensor, ""]:
    r"""The nuclear-norm objective :math:`f(Z)=\tfrac12\|P_\Omega(A-Z)\|_F^2+\lambda\|Z\|_*`.

    Args:
        z: the candidate, shape and dtype of ``a``.
        a, observed: as in :func:`keep_observed`.
        penalty: :math:`\lambda\ge0`.

    Cost: one set of singular values.

    >>> one = torch.ones(1, 1)
    >>> objective(one, 3 * one, one.bool(), 0.5)
    tensor(2.5000)
    """
    check_penalty(penalty)
    return residual(z, a, observed).square().sum() / 2 + penalty * torch.linalg.svdvals(z).sum()


def dual_objective(
    y: Float[Tensor, "m n"], a: Float[Tensor, "m n"], observed: Bool[Tensor, "m n"]
) -> Float[Tensor, ""]:
    r"""The dual objective :math:`D(Y)=\langle P_\Omega A,Y\rangle-\tfrac12\|Y\|_F^2`.

    For every :math:`Y` supported on :math:`\Omega` with :math:`\|Y\|_2\le\lambda`, :math:`D(Y)\le\min_Z f(Z)`
    (theorem ``thm-gap`` of the page).

    >>> one = torch.ones(1, 1)
    >>> dual_objective(0.5 * one, 3 * one, one.bool())
    tensor(1.3750)
    """
    return (keep_observed(a, observed) * y).sum() - y.square().sum() / 2


def dual_point(
    z: Float[Tensor, "m n"], a: Float[Tensor, "m n"], observed: Bool[Tensor, "m n"], penalty: float
) -> Float[Tensor, "m n"]:
    r"""The best feasible multiple of the residual, :math:`Y=tR` with :math:`\|Y\|_2\le\lambda`.

    :math:`t=\min(\lambda/\|R\|_2,\ \langle P_\Omega A,R\rangle/\|R\|_F^2)`, zero if that is negative: the
    dual objective is a concave parabola in :math:`t`.

    >>> one = torch.ones(1, 1)
    >>> dual_point(0 * one, 3 * one, one.bool(), 0.5)
    tensor([[0.5000]])
    """
    check_penalty(penalty)
    r = residual(z, a, observed)
    size = torch.linalg.matrix_norm(r, 2)
    if size == 0:
        return r
    vertex = (keep_observed(a, observed) * r).sum() / r.square().sum()
    return r * torch.minimum(penalty / size, vertex).clamp(min=0)


def duality_gap(
    z: Float[Tensor, "m n"], a: Float[Tensor, "m n"], observed: Bool[Tensor, "m n"], penalty: float
) -> Float[Tensor, ""]:
    r"""A computable bound on the distance from the optimum: :math:`f(Z)-\min f\le f(Z)-D(Y)`.

    It also bounds the fit: :math:`\tfrac12\|P_\Omega(Z-Z^\star)\|_F^2` is at most the gap. Any candidate may
    be certified, whichever algorithm it came from. Arguments and cost as in :func:`certificate`.

    >>> one = torch.ones(1, 1)
    >>> duality_gap(2.5 * one, 3 * one, one.bool(), 0.5)  # 2.5 is the minimiser
    tensor(0.)
    """
    return certificate(z, a, observed, penalty)[1]


def certificate(
    z: Float[Tensor, "m n"], a: Float[Tensor, "m n"], observed: Bool[Tensor, "m n"], penalty: float
) -> tuple[Float[Tensor, ""], Float[Tensor, ""]]:
    """The objective and the duality gap of a candidate, for stopping rules that compare the two.

    Arguments as in :func:`objective`. Cost: two sets of singular values.

    >>> one = torch.ones(1, 1)
    >>> certificate(0 * one, 3 * one, one.bool(), 0.5)
    (tensor(4.5000), tensor(3.1250))
    """
    value = objective(z, a, observed, penalty)
    y = dual_point(z, a, observed, penalty)
    return value, (value - dual_objective(y, a, observed)).clamp(min=0)  # rounding


def largest_penalty(a: Float[Tensor, "m n"], observed: Bool[Tensor, "m n"]) -> float:
    r"""The smallest penalty at which the zero matrix is optimal, :math:`\lambda_{\max}=\|P_\Omega A\|_2`.

    >>> largest_penalty(torch.diag(torch.tensor([3.0, 4.0])), torch.eye(2).bool())
    4.0
    """
    return float(torch.linalg.matrix_norm(keep_observed(a, observed), 2))


def check_problem(a: Tensor, observed: Tensor) -> None:
    """Raise TypeError or ValueError, naming the argument, unless ``a`` and ``observed`` pose a problem."""
    if not isinstance(a, Tensor) or not a.is_floating_point():
        raise TypeError("a must be a floating-point tensor")
    if not isinstance(observed, Tensor) or observed.dtype != torch.bool:
        raise TypeError("observed must be a tensor of truth values (dtype torch.bool)")
    if a.ndim != 2 or a.numel() == 0:
        raise ValueError(f"a must be a matrix with at least one entry, not of shape {tuple(a.shape)}")
    if observed.shape != a.shape:
        raise ValueError(f"observed must have the shape of a, {tuple(a.shape)}, not {tuple(observed.shape)}")
    if not bool((torch.isfinite(a) | ~observed).all()):
        raise ValueError("a has an observed entry that is not finite: mark it as not observed")


def check_penalty(penalty: float, name: str = "penalty") -> None:
    """Raise ValueError, naming the argument, unless the penalty is finite and not negative."""
    if not (math.isfinite(penalty) and penalty >= 0):
        raise ValueError(f"{name} must be finite and not negative, not {penalty}")
