r"""Completion by two factors: alternating least squares, and what the observed entries determine.

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
    duality_gap,
    keep_observed,
    objective,
    residual,
)

_CHECK_EVERY = 20  # the certificate costs two decompositions


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

    Cost: O(mnr).

    >>> one = torch.ones(1, 1)
    >>> factored_objective(one, one, 3 * one, one.bool(), 0.5)
    tensor(2.5000)
    """
    check_penalty(ridge, "ridge")
    misfit = residual(u @ v.T, a, observed).square().sum()
    return misfit / 2 + ridge / 2 * (u.square().sum() + v.square().sum())


def ridge_rows(
    v: Float[Tensor, "n r"], a: Float[Tensor, "m n"], observed: Bool[Tensor, "m n"], ridge: float
) -> Float[Tensor, "m r"]:
    r"""The factor :math:`U` that minimises :math:`F(\cdot,V)`: one ridge regression for each row of ``a``.

    Row i solves :math:`(V_{\Omega_i}^\top V_{\Omega_i}+\lambda I)\,u_i=V_{\Omega_i}^\top a_{i\Omega_i}`; all
    rows at once.

    Raises:
        ValueError: ``ridge`` is not positive (a row with fewer than r observations has no unique regression).

    Cost: O(mnr^2 + mr^3).

    >>> ridge_rows(torch.ones(2, 1), torch.tensor([[1.0, 3.0]]), torch.ones(1, 2).bool(), 2.0)
    tensor([[1.]])
    """
    check_penalty(ridge, "ridge")
    if ridge == 0:
        raise ValueError("ridge must be positive")
    n, rank = v.shape
    known, weight = keep_observed(a, observed), observed.to(v.dtype)
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

    Whether the result is optimal, :func:`~mgai.linear_algebra.completion_objective.duality_gap` tells.

    Args:
        a, observed: the matrix and the mask of its known entries.
        rank: columns of the factors, from 1 to min(m, n).
        ridge: :math:`\lambda>0`.
        n_steps: sweeps at most, at least one.
        tolerance: stop early once the duality gap is at most this times the objective; zero: do not look.
        With too
            few columns the gap stays open.

    Returns:
        The factors u (m, r) and v (n, r); the completed matrix is ``u @ v.T``.

    Raises:
        ValueError: ``rank``, ``ridge`` or ``n_steps`` is out of range.

    Cost: O(mnr^2 + (m + n)r^3) a sweep.

    Source: Hastie, Mazumder, Lee, Zadeh (2015), section 2, for the problem; the start is that of Jain,
    Netrapalli, Sanghavi (2013).

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
        if tolerance and step % _CHECK_EVERY == 0 and _relative_gap(u @ v.T, a, observed, ridge) <= tolerance:
            break
    return u, v


def _relative_gap(z: Tensor, a: Tensor, observed: Tensor, ridge: float) -> Tensor:
    return duality_gap(z, a, observed, ridge) / objective(z, a, observed, ridge)


def spectral_start(a: Float[Tensor, "m n"], observed: Bool[Tensor, "m n"], rank: int) -> Float[Tensor, "n r"]:
    r"""The factor :math:`V\Sigma^{1/2}` of the zero-filled matrix, leading ``rank`` columns.

    Columns that belong to a zero singular value are zero, and alternating least squares keeps them so.
    """
    check_problem(a, observed)
    if not 1 <= rank <= min(a.shape):
        raise ValueError(f"rank must be between 1 and {min(a.shape)}, not {rank}")
    _, sigma, vh = torch.linalg.svd(keep_observed(a, observed), full_matrices=False)
    return vh[:rank].T * sigma[:rank].sqrt()


def degrees_of_freedom(m: int, n: int, rank: int) -> int:
    """The dimension of the set of m-by-n matrices of one rank, k(m + n - k).

    >>> degrees_of_freedom(30, 30, 2)
    116
    """
    if not 0 <= rank <= min(m, n):
        raise ValueError(f"rank must be between 0 and min(m, n) = {min(m, n)}, not {rank}")
    return rank * (m + n - rank)


def restricted_singular_values(
    u: Float[Tensor, "m k"], v: Float[Tensor, "n k"], observed: Bool[Tensor, "m n"]
) -> Float[Tensor, " d"]:
    r"""Singular values of :math:`P_\Omega` on the tangent space of the rank-k matrices at :math:`UV^\top`.

    All are positive exactly when no first-order change of the matrix within its rank is invisible to the
    observed entries; fewer than :func:`degrees_of_freedom` observations always leave invisible ones, and then
    zeros are appended. Falling order, between 0 and 1.

    Args:
        u, v: factors of full column rank.
        observed: the mask.

    Cost: :math:`O(|\Omega|\,d^2)` for d degrees of freedom: small matrices only.

    >>> one = torch.ones(2, 1)
    >>> restricted_singular_values(one, one, torch.tensor([[True, True], [True, False]]))[-1] > 0.1
    tensor(True)
    """
    (m, rank), n = u.shape, len(v)
    left, right = torch.linalg.qr(u, mode="complete")[0], torch.linalg.qr(v, mode="complete")[0]
    rows = torch.arange(m, device=u.device)[:, None] < rank
    columns = torch.arange(n, device=u.device)[None, :] < rank
    basis = torch.einsum("ia,jb->abij", left, right)[rows | columns]  # (d, m, n), orthonormal
    sigma = torch.linalg.svdvals(basis[:, observed])
    return torch.cat([sigma, sigma.new_zeros(len(basis) - len(sigma))])


def second_completion(
    u: Float[Tensor, "m k"], v: Float[Tensor, "n k"], observed: Bool[Tensor, "m n"]
) -> Float[Tensor, "m n"]:
    r"""Another matrix of rank at most k with the same observed entries as :math:`UV^\top`.

    A row with fewer than k observations leaves its coefficients undetermined: add to them a unit vector
    orthogonal to the observed rows of :math:`V`.

    Raises:
        ValueError: every row has k observations or more, so that this construction finds nothing.

    >>> top_row = torch.tensor([[True, True], [False, False]])
    >>> (second_completion(torch.ones(2, 1), torch.ones(2, 1), top_row) - 1).abs()
    tensor([[0., 0.],
            [1., 1.]])
    """
    counts, rank = observed.sum(dim=1), u.shape[1]
    row = int(torch.where(counts < rank, counts, -1).argmax())  # the fullest of the rows that are free
    if counts[row] >= rank:
        raise ValueError(f"observed has at least {rank} entries in every row: no row is free")
    free = torch.linalg.svd(v[observed[row]], full_matrices=True)[2][-1]
    other = u @ v.T
    other[row] += v @ free
    return other


def coherence(u: Float[Tensor, "m k"]) -> Float[Tensor, ""]:
    r"""The coherence :math:`\mu=\tfrac mk\max_i\|P_Ue_i\|^2` of a column space.

    It runs from 1 (spread out over the rows) to m/k (spiky).

    Args:
        u: any basis, of full column rank.

    Source: Candès, Recht (2009), definition 1.2.

    >>> coherence(torch.ones(4, 1)).round(decimals=3), coherence(torch.eye(4)[:, :1])
    (tensor(1.), tensor(4.))
    """
    m, rank = u.shape
    return m / rank * torch.linalg.qr(u)[0].square().sum(dim=1).max()
