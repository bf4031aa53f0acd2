r"""Completion by two factors: the ridge-penalised problem, its certificate, and alternating least squares.

The ridge-penalised problem is
:math:`F(U,V)=\tfrac12\|P_\Omega(A-UV^\top)\|_F^2+\tfrac\lambda2(\|U\|_F^2+\|V\|_F^2)`. Its minimum is that of
the nuclear-norm problem when the factors have enough columns. Shown on the page
``chapters/1-linear-algebra/matrix-completion``.
"""

from __future__ import annotations

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from mgai.linear_algebra.completion_objective import (
    check_penalty,
    check_problem,
    dual_objective,
    dual_point,
    keep_observed,
    residual,
)

_CHECK_EVERY = 20  # the certificate costs a set of singular values


def factored_objective(
    u: Float[Tensor, "m r"],
    v: Float[Tensor, "n r"],
    a: Float[Tensor, "m n"],
    observed: Bool[Tensor, "m n"],
    ridge: float,
) -> Float[Tensor, ""]:
    r"""The ridge-penalised objective :math:`F(U,V)`.

    It is never below the nuclear-norm objective of :math:`UV^\top` (theorem ``thm-factored`` of the page).

    Args:
        u, v: the factors, dtype of ``a``.
        a, observed: the matrix and the mask of its known entries.
        ridge: :math:`\lambda\ge0`.

    Raises:
        ValueError: ``ridge`` is negative, or ``u`` and ``v`` are no factors of a matrix of the shape of ``a``.

    Cost: O(mnr).

    >>> one = torch.ones(1, 1)
    >>> factored_objective(one, one, 3 * one, one.bool(), 0.5)
    tensor(2.5000)
    """
    check_penalty(ridge, "ridge")
    if u.ndim != 2 or v.ndim != 2 or u.shape[1] != v.shape[1]:
        raise ValueError(f"u and v must have equally many columns, not the shapes {tuple(u.shape)}, {tuple(v.shape)}")
    misfit = residual(u @ v.T, a, observed).square().sum()
    return misfit / 2 + ridge / 2 * (u.square().sum() + v.square().sum())


def factored_gap(
    u: Float[Tensor, "m r"],
    v: Float[Tensor, "n r"],
    a: Float[Tensor, "m n"],
    observed: Bool[Tensor, "m n"],
    ridge: float,
) -> Float[Tensor, ""]:
    r"""A computable bound on the distance from the optimum: :math:`F(U,V)-\min F\le F(U,V)-D(Y)`.

    :math:`D(Y)` is the dual objective at the rescaled residual; it is at most :math:`\min f\le\min F`. With too
    few columns the bound stays away from zero. Arguments as in :func:`factored_objective`.

    Cost: one set of singular values.

    >>> one = torch.ones(1, 1)
    >>> factored_gap(2.5**0.5 * one, 2.5**0.5 * one, 3 * one, one.bool(), 0.5)  # 2.5 is the minimiser
    tensor(0.)
    """
    value = factored_objective(u, v, a, observed, ridge)
    y = dual_point(u @ v.T, a, observed, ridge)
    return (value - dual_objective(y, a, observed)).clamp(min=0)  # rounding


def ridge_rows(
    v: Float[Tensor, "n r"], a: Float[Tensor, "m n"], observed: Bool[Tensor, "m n"], ridge: float
) -> Float[Tensor, "m r"]:
    r"""The factor :math:`U` that minimises :math:`F(\cdot,V)`: one ridge regression for each row of ``a``.

    Row i solves :math:`(V_{\Omega_i}^\top V_{\Omega_i}+\lambda I)\,u_i=V_{\Omega_i}^\top a_{i\Omega_i}`; all
    rows at once.

    Raises:
        ValueError: ``ridge`` is not positive (a row with fewer than r observations has no unique regression),
            or ``v`` has not one row for each column of ``a``.

    Cost: O(mnr^2 + mr^3).

    >>> ridge_rows(torch.ones(2, 1), torch.tensor([[1.0, 3.0]]), torch.ones(1, 2).bool(), 2.0)
    tensor([[1.]])
    """
    check_penalty(ridge, "ridge")
    if ridge == 0:
        raise ValueError("ridge must be positive")
    known, weight = keep_observed(a, observed), observed.to(v.dtype)
    if v.ndim != 2 or len(v) != a.shape[1]:
        raise ValueError(f"v must have one row for each column of a, {a.shape[1]}, not the shape {tuple(v.shape)}")
    n, rank = v.shape
    products = (v[:, :, None] * v[:, None, :]).reshape(n, rank * rank)
    gram = (weight @ products).reshape(-1, rank, rank)  # one r-by-r matrix a row
    gram = gram + ridge * torch.eye(rank, dtype=v.dtype, device=v.device)
    return torch.linalg.solve(gram, (known @ v)[:, :, None])[:, :, 0]


def als_step(
    v: Float[Tensor, "n r"], a: Float[Tensor, "m n"], observed: Bool[Tensor, "m n"], ridge: float
) -> tuple[Float[Tensor, "m r"], Float[Tensor, "n r"]]:
    r"""One sweep: the best :math:`U` for this :math:`V`, then the best :math:`V` for that :math:`U`.

    Neither half can raise the objective. Arguments and errors as in :func:`ridge_rows`.

    >>> u, v = als_step(torch.ones(1, 1), torch.full((1, 1), 3.0), torch.ones(1, 1).bool(), 1.0)
    >>> u.item(), round(v.item(), 4)
    (1.5, 1.3846)
    """
    u = ridge_rows(v, a, observed, ridge)
    return u, ridge_rows(u, a.T, observed.T, ridge)


def alternating_least_squares(
    a: Float[Tensor, "m n"],
    observed: Bool[Tensor, "m n"],
    rank: int,
    ridge: float,
    n_steps: int,
    *,
    tolerance: float = 0.0,
) -> tuple[Float[Tensor, "m r"], Float[Tensor, "n r"]]:
    r"""Alternating least squares from the spectral start.

    Whether the result is optimal, :func:`factored_gap` tells.

    Args:
        a, observed: the matrix and the mask of its known entries.
        rank: columns of the factors, from 1 to min(m, n).
        ridge: :math:`\lambda>0`.
        n_steps: sweeps at most, at least one.
        tolerance: stop early once :func:`factored_gap` is at most this times the objective; zero: never.

    Returns:
        The factors u (m, r) and v (n, r); the completed matrix is ``u @ v.T``.

    Raises:
        ValueError: ``rank``, ``ridge`` or ``n_steps`` is out of range.

    Cost: O(mnr^2 + (m + n)r^3) a sweep.

    Source: Hastie, Mazumder, Lee, Zadeh (2015) for the problem; the stopping rule is ours.

    >>> a, observed = torch.tensor([[4.0, 2.0], [2.0, 0.0]]), torch.tensor([[True, True], [True, False]])
    >>> u, v = alternating_least_squares(a, observed, 1, 1e-4, 100)
    >>> round(float((u @ v.T)[1, 1]), 2)
    1.0
    """
    if n_steps < 1:
        raise ValueError(f"n_steps must be at least 1, not {n_steps}")
    check_penalty(tolerance, "tolerance")
    v = spectral_start(a, observed, rank)
    for step in range(1, n_steps + 1):
        u, v = als_step(v, a, observed, ridge)
        if tolerance and step % _CHECK_EVERY == 0:
            value = factored_objective(u, v, a, observed, ridge)
            if factored_gap(u, v, a, observed, ridge) <= tolerance * value:
                break
    return u, v


def spectral_start(a: Float[Tensor, "m n"], observed: Bool[Tensor, "m n"], rank: int) -> Float[Tensor, "n r"]:
    r"""The factor :math:`V\Sigma^{1/2}` of the zero-filled matrix, leading ``rank`` columns.

    Columns that belong to a zero singular value are zero, and alternating least squares keeps them so.
    """
    check_problem(a, observed)
    if not 1 <= rank <= min(a.shape):
        raise ValueError(f"rank must be between 1 and {min(a.shape)}, not {rank}")
    _, sigma, vh = torch.linalg.svd(keep_observed(a, observed), full_matrices=False)
    return vh[:rank].T * sigma[:rank].sqrt()
