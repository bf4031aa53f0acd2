r"""Matrix completion: soft-impute for the nuclear-norm problem, and the simple predictors it must beat.

Soft-impute fills the missing entries from its last guess and shrinks the singular values of the filled
matrix. Shown on the page ``chapters/1-linear-algebra/matrix-completion``. The objective and its certificate
are in :mod:`mgai.linear_algebra.completion_objective`, the factored form in
:mod:`mgai.linear_algebra.matrix_factorization`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from mgai.linear_algebra.completion_objective import (
    certificate,
    check_penalty,
    check_problem,
    keep_observed,
)

_CHECK_EVERY = 10  # the certificate costs two decompositions, a step only one


class Completion(NamedTuple):
    """A completed matrix, the duality gap that certifies it, and the number of steps taken."""

    matrix: Tensor
    gap: float
    n_steps: int


def soft_threshold(y: Float[Tensor, "m n"], threshold: float) -> Float[Tensor, "m n"]:
    r"""Shrink the singular values: :math:`S_\tau(Y)=U\,\mathrm{diag}\,(\sigma_i-\tau)_+V^\top`.

    The proximal map of the nuclear norm, the minimiser over :math:`Z` of
    :math:`\tfrac12\|Y-Z\|_F^2+\tau\|Z\|_*` (theorem ``thm-prox`` of the page).

    Args:
        y: a matrix, floating point, finite.
        threshold: :math:`\tau\ge0`.

    Raises:
        ValueError: ``y`` is no matrix or not finite, or ``threshold`` is negative or not finite.

    Cost: one thin singular value decomposition, O(mn min(m, n)).

    Source: Cai, Candès, Shen (2010), theorem 2.1.

    >>> soft_threshold(torch.diag(torch.tensor([3.0, 1.0])), 2.0).abs()
    tensor([[1., 0.],
            [0., 0.]])
    """
    check_penalty(threshold, "threshold")
    if y.ndim != 2 or not bool(torch.isfinite(y).all()):
        raise ValueError("y must be a matrix with finite entries")
    u, sigma, vh = torch.linalg.svd(y, full_matrices=False)
    rank = int((sigma > threshold).sum())  # the other terms are zero
    return (u[:, :rank] * (sigma[:rank] - threshold)) @ vh[:rank]


def soft_impute_step(
    z: Float[Tensor, "m n"], a: Float[Tensor, "m n"], observed: Bool[Tensor, "m n"], penalty: float
) -> Float[Tensor, "m n"]:
    r"""One step, :math:`S_\lambda(P_\Omega A+P_\Omega^\perp Z)`: fill the missing entries, then shrink.

    Source: Mazumder, Hastie, Tibshirani (2010), algorithm 1. Cost: one singular value decomposition.

    >>> one = torch.ones(1, 1)
    >>> soft_impute_step(0 * one, 3 * one, one.bool(), 0.5)
    tensor([[2.5000]])
    """
    check_problem(a, observed)
    return soft_threshold(torch.where(observed, a, z), penalty)


def soft_impute(
    a: Float[Tensor, "m n"],
    observed: Bool[Tensor, "m n"],
    penalty: float,
    *,
    start: Float[Tensor, "m n"] | None = None,
    tolerance: float = 1e-4,
    max_steps: int = 10_000,
) -> Completion:
    r"""Repeat :func:`soft_impute_step` until the duality gap is at most ``tolerance`` times the objective.

    Args:
        a, observed: as in :func:`keep_observed`.
        penalty: :math:`\lambda>0`.
        start: the first iterate (zero by default); the answer for a larger penalty saves steps.
        tolerance: relative duality gap, positive; in float32 not below about 1e-5.
        max_steps: the gap in the answer tells whether they were enough.

    Returns:
        The last iterate with its gap (absolute) and the number of steps.

    Raises:
        ValueError: ``penalty`` or ``tolerance`` is not positive, or ``a`` and ``observed`` are no problem.

    Cost: one decomposition a step; the objective exceeds the optimum by O(1/steps) at worst.

    Source: Mazumder, Hastie, Tibshirani (2010), algorithm 1; the stopping rule is ours.

    >>> a, observed = torch.tensor([[4.0, 2.0], [2.0, 0.0]]), torch.tensor([[True, True], [True, False]])
    >>> round(float(soft_impute(a, observed, 0.01).matrix[1, 1]), 1)  # the rank-one guess is 2 * 2 / 4
    1.0
    """
    check_penalty(penalty)
    if not (penalty > 0 and tolerance > 0 and max_steps >= 0):
        raise ValueError("penalty and tolerance must be positive, max_steps not negative")
    known = keep_observed(a, observed)
    z = torch.zeros_like(a) if start is None else start
    for n_steps in range(max_steps + 1):
        if n_steps % _CHECK_EVERY == 0 or n_steps == max_steps:
            value, gap = certificate(z, a, observed, penalty)
            if gap <= tolerance * value:
                break
        if n_steps < max_steps:
            z = soft_threshold(torch.where(observed, known, z), penalty)  # soft_impute_step, checked once
    return Completion(z, float(gap), n_steps)


def soft_impute_path(
    a: Float[Tensor, "m n"],
    observed: Bool[Tensor, "m n"],
    penalties: Sequence[float],
    *,
    tolerance: float = 1e-4,
) -> list[Completion]:
    """Solutions for falling penalties, each started from the one before (warm starts).

    >>> one = torch.ones(1, 1)
    >>> [step.matrix.item() for step in soft_impute_path(3 * one, one.bool(), [2.0, 1.0])]
    [1.0, 2.0]
    """
    path: list[Completion] = []
    for penalty in penalties:
        start = path[-1].matrix if path else None
        path.append(soft_impute(a, observed, penalty, start=start, tolerance=tolerance))
    return path


def zero_filled_svd(
    a: Float[Tensor, "m n"], observed: Bool[Tensor, "m n"], rank: int, *, rescale: bool = True
) -> Float[Tensor, "m n"]:
    r"""The best rank-k approximation of the zero-filled matrix, rescaled by 1 / (observed fraction).

    When every entry is observed independently with probability :math:`p`, :math:`\mathbb E\,P_\Omega A=pA`:
    without the factor :math:`1/p` every prediction is too small (theorem ``thm-zero-fill`` of the page).

    Raises:
        ValueError: ``rank`` is not between 1 and min(m, n), or no entry is observed.

    Cost: one thin singular value decomposition.

    >>> half = torch.tensor([[True, False], [False, True]])
    >>> zero_filled_svd(torch.ones(2, 2), half, 2).abs()
    tensor([[2., 0.],
            [0., 2.]])
    """
    filled = keep_observed(a, observed)
    if not 1 <= rank <= min(a.shape):
        raise ValueError(f"rank must be between 1 and {min(a.shape)}, not {rank}")
    if not bool(observed.any()):
        raise ValueError("observed has no true entry: there is nothing to predict from")
    u, sigma, vh = torch.linalg.svd(filled, full_matrices=False)
    low_rank = (u[:, :rank] * sigma[:rank]) @ vh[:rank]
    return low_rank / observed.to(a.dtype).mean() if rescale else low_rank


def additive_fit(a: Float[Tensor, "m n"], observed: Bool[Tensor, "m n"]) -> Float[Tensor, "m n"]:
    r"""Two-way additive predictor :math:`r_i+c_j`: least squares on the observed entries.

    Of all minimisers the one with the smallest coefficients is taken, so that a row without observations gets
    coefficient zero.

    Cost: one pseudo-inverse, O((m + n)^3).

    >>> grid = torch.tensor([[1.0, 2.0], [3.0, 0.0]])
    >>> additive_fit(grid, torch.tensor([[True, True], [True, False]]))[1, 1].round(decimals=3)
    tensor(4.)
    """
    known, weight = keep_observed(a, observed), observed.to(a.dtype)
    rows, columns = weight.sum(dim=1).diag(), weight.sum(dim=0).diag()
    normal = torch.cat([torch.cat([rows, weight], dim=1), torch.cat([weight.T, columns], dim=1)])
    sums = torch.cat([known.sum(dim=1), known.sum(dim=0)])
    effects = torch.linalg.pinv(normal, hermitian=True) @ sums
    return effects[: len(a), None] + effects[None, len(a) :]
