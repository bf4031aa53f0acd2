r"""What the observed entries of a low-rank matrix determine, and when they do not determine the others.

Counting degrees of freedom, the first-order visibility of a change, a second completion where there is one,
and coherence. Shown on the page ``chapters/1-linear-algebra/matrix-completion``.
"""

from __future__ import annotations

import torch
from jaxtyping import Bool, Float
from torch import Tensor


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

    Raises:
        ValueError: the shapes do not belong together.

    Cost: :math:`O(|\Omega|\,d^2)` for d degrees of freedom: small matrices only.

    >>> one = torch.ones(2, 1)
    >>> restricted_singular_values(one, one, torch.tensor([[True, True], [True, False]]))[-1] > 0.1
    tensor(True)
    """
    _check_factors(u, v, observed)
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
        ValueError: every row has k observations or more, so that this construction finds nothing; or the
            shapes do not belong together.

    Cost: O(mnk).

    >>> top_row = torch.tensor([[True, True], [False, False]])
    >>> (second_completion(torch.ones(2, 1), torch.ones(2, 1), top_row) - 1).abs()
    tensor([[0., 0.],
            [1., 1.]])
    """
    _check_factors(u, v, observed)
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

    Raises:
        ValueError: ``u`` is no matrix with at least one column and at least as many rows.

    Cost: one QR decomposition, O(mk^2).

    Source: Candès, Recht (2009), definition 1.2.

    >>> coherence(torch.ones(4, 1)).round(decimals=3), coherence(torch.eye(4)[:, :1])
    (tensor(1.), tensor(4.))
    """
    if u.ndim != 2 or not 1 <= u.shape[1] <= len(u):
        raise ValueError(f"u must have between 1 and m columns, not the shape {tuple(u.shape)}")
    m, rank = u.shape
    return m / rank * torch.linalg.qr(u)[0].square().sum(dim=1).max()


def _check_factors(u: Tensor, v: Tensor, observed: Tensor) -> None:
    if u.ndim != 2 or v.ndim != 2 or u.shape[1] != v.shape[1]:
        raise ValueError(f"u and v must have equally many columns, not the shapes {tuple(u.shape)}, {tuple(v.shape)}")
    if observed.dtype != torch.bool or observed.shape != (len(u), len(v)):
        raise ValueError(f"observed must be Boolean of shape {(len(u), len(v))}, not {tuple(observed.shape)}")
