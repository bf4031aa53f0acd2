r"""Minors of symmetric matrices, and the tests of definiteness that can be read off them.

All functions are exact for matrices of small integers stored as floating-point numbers (every intermediate
result is an integer below :math:`2^{53}` in float64), which is how the page
``chapters/1-linear-algebra/positive-semidefinite`` uses them. For other matrices a minor that vanishes is not
told from one that nearly does: use :func:`mgai.linear_algebra.positive_semidefinite.inertia`.
"""

from __future__ import annotations

from itertools import combinations, permutations, product

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from mgai.linear_algebra.positive_semidefinite import check_square, check_symmetric

_LARGEST = 7  # n! terms a determinant, 2^n - 1 principal minors


def determinant(a: Float[Tensor, "*batch n n"]) -> Float[Tensor, "*batch"]:
    r"""The determinant by Leibniz' formula, :math:`\sum_\pi\operatorname{sgn}(\pi)\prod_i a_{i\pi(i)}`.

    Sums and products only, so that integers stay integers; elimination would divide.

    Args:
        a: square matrices with n <= 7.

    Raises:
        ValueError: ``a`` is not square, empty, or larger than 7 x 7.
        TypeError: ``a`` is not a floating-point tensor.

    Cost: O(n n!).

    >>> determinant(torch.tensor([[1.0, 2.0], [3.0, 4.0]]))
    tensor(-2.)
    """
    check_square(a)
    n = a.shape[-1]
    if n > _LARGEST:
        raise ValueError(
            f"a is {n} x {n}: the formula has n! terms, use torch.linalg.det beyond {_LARGEST} x {_LARGEST}"
        )
    rows = list(range(n))
    terms = [_sign(order) * a[..., rows, list(order)].prod(dim=-1) for order in permutations(rows)]
    return torch.stack(terms, dim=-1).sum(dim=-1)


def leading_minors(a: Float[Tensor, "*batch n n"]) -> Float[Tensor, "*batch n"]:
    r"""The determinants of the upper left blocks of size 1 to n.

    Arguments and errors as for :func:`determinant`.

    >>> leading_minors(torch.diag(torch.tensor([2.0, -1.0])))
    tensor([ 2., -2.])
    """
    check_square(a)
    return torch.stack([determinant(a[..., :k, :k]) for k in range(1, a.shape[-1] + 1)], dim=-1)


def principal_minors(a: Float[Tensor, "*batch n n"]) -> dict[tuple[int, ...], Float[Tensor, "*batch"]]:
    r"""The determinants of the blocks with equal row and column sets, by index set; :math:`2^n-1` of them.

    Arguments and errors as for :func:`determinant`.

    >>> list(principal_minors(torch.eye(2)))
    [(0,), (1,), (0, 1)]
    """
    check_square(a)
    n = a.shape[-1]
    chosen = [list(s) for size in range(1, n + 1) for s in combinations(range(n), size)]
    return {tuple(s): determinant(a[..., s, :][..., s]) for s in chosen}


def characteristic_coefficients(a: Float[Tensor, "*batch n n"]) -> Float[Tensor, "*batch n"]:
    r"""The coefficients :math:`e_1,\dots,e_n` of :math:`\det(tI+A)=t^n+e_1t^{n-1}+\dots+e_n`.

    They are the elementary symmetric functions of the eigenvalues; :math:`e_k` is the sum of the principal
    minors of size k (``thm-principal-minors``). Computed by the recursion of Faddeev and Le Verrier,
    :math:`e_k=\operatorname{tr}(AB_{k-1})/k`, :math:`B_k=e_kI-AB_{k-1}`, :math:`B_0=I`, from traces alone.

    Args:
        a: square matrices.

    Raises:
        ValueError: ``a`` is not square or is empty.
        TypeError: ``a`` is not a floating-point tensor.

    Cost: O(n^4).

    >>> characteristic_coefficients(torch.diag(torch.tensor([1.0, 2.0, 3.0])))
    tensor([ 6., 11.,  6.])
    """
    check_square(a)
    identity = torch.eye(a.shape[-1], dtype=a.dtype, device=a.device)
    previous, coefficients = identity.expand_as(a), []
    for k in range(1, a.shape[-1] + 1):
        step = a @ previous
        coefficients.append(step.diagonal(dim1=-2, dim2=-1).sum(dim=-1) / k)
        previous = coefficients[-1][..., None, None] * identity - step
    return torch.stack(coefficients, dim=-1)


def descartes_inertia(a: Float[Tensor, "*batch n n"]) -> Int[Tensor, "*batch 3"]:
    r"""The counts :math:`(n_+,n_-,n_0)` of eigenvalue signs, from the characteristic polynomial.

    :math:`n_-` is the number of sign changes in :math:`1,e_1,\dots,e_n`, and :math:`n_+` that in
    :math:`1,-e_1,e_2,-e_3,\dots` By Descartes' rule there are no fewer sign changes than roots of that sign, and
    both sequences together have at most as many changes as there are nonzero roots; all roots being real,
    equality follows. No eigenvalue is computed.

    Args:
        a: symmetric matrices.

    Raises:
        ValueError: ``a`` is not square, symmetric and finite.
        TypeError: ``a`` is not a floating-point tensor.

    Cost: O(n^4).

    >>> descartes_inertia(torch.tensor([[0.0, 1.0], [1.0, 0.0]])).tolist()
    [1, 1, 0]
    """
    check_symmetric(a)
    negative = _sign_changes(characteristic_coefficients(a))
    positive = _sign_changes(characteristic_coefficients(-a))
    return torch.stack([positive, negative, a.shape[-1] - positive - negative], dim=-1)


def is_positive_definite(a: Float[Tensor, "*batch n n"]) -> Bool[Tensor, "*batch"]:
    r"""Sylvester's criterion (``thm-sylvester``): all leading minors are positive.

    Formula ``cs-03-07``.

    Arguments and errors as for :func:`determinant`; the matrices must be symmetric and finite.
    Source: Horn and Johnson, Matrix Analysis, 2013, theorem 7.2.5.

    >>> is_positive_definite(torch.tensor([[2.0, 1.0], [1.0, 2.0]]))
    tensor(True)
    """
    check_symmetric(a)
    return (leading_minors(a) > 0).all(dim=-1)


def is_negative_definite(a: Float[Tensor, "*batch n n"]) -> Bool[Tensor, "*batch"]:
    r"""Leading minors of odd size are negative, those of even size positive.

    Formula ``cs-03-08``.

    Arguments and errors as for :func:`is_positive_definite`.

    >>> is_negative_definite(torch.tensor([[-2.0, 1.0], [1.0, -2.0]]))
    tensor(True)
    """
    check_symmetric(a)
    alternating = torch.tensor([(-1.0) ** k for k in range(1, a.shape[-1] + 1)], dtype=a.dtype, device=a.device)
    return (alternating * leading_minors(a) > 0).all(dim=-1)


def is_positive_semidefinite(a: Float[Tensor, "*batch n n"]) -> Bool[Tensor, "*batch"]:
    r"""All principal minors, not the leading ones alone, are non-negative (``thm-principal-minors``).

    Formula ``cs-03-07``.

    Arguments and errors as for :func:`is_positive_definite`.

    >>> is_positive_semidefinite(torch.diag(torch.tensor([0.0, -1.0])))
    tensor(False)
    """
    check_symmetric(a)
    return torch.stack(list(principal_minors(a).values()), dim=-1).ge(0).all(dim=-1)


def is_indefinite(a: Float[Tensor, "*batch n n"]) -> Bool[Tensor, "*batch"]:
    r"""Neither the principal minors of :math:`A` nor those of :math:`-A` are all non-negative.

    Formula ``cs-03-09``.

    Arguments and errors as for :func:`is_positive_definite`.

    >>> [bool(is_indefinite(torch.diag(torch.tensor([1.0, c])))) for c in (1.0, 0.0, -1.0)]
    [False, False, True]
    """
    return ~is_positive_semidefinite(a) & ~is_positive_semidefinite(-a)


def symmetric_integer_matrices(n: int, bound: int = 1) -> Float[Tensor, "count n n"]:
    r"""All symmetric n x n matrices with integer entries of size at most ``bound``, in float64.

    Raises ValueError when n or bound is below 1, or when there are more than a million.

    >>> symmetric_integer_matrices(3).shape
    torch.Size([729, 3, 3])
    """
    if n < 1 or bound < 1:
        raise ValueError(f"n and bound must be at least 1, not {n} and {bound}")
    rows, columns = torch.triu_indices(n, n)
    count = (2 * bound + 1) ** len(rows)
    if count > 10**6:
        raise ValueError(f"n = {n} and bound = {bound} give {count} matrices: too many to enumerate")
    entries = torch.tensor(list(product(range(-bound, bound + 1), repeat=len(rows))), dtype=torch.float64)
    matrices = torch.zeros(count, n, n, dtype=torch.float64)
    matrices[:, rows, columns] = matrices[:, columns, rows] = entries
    return matrices


def semidefinite_tests(a: Float[Tensor, "*batch n n"]) -> dict[str, Bool[Tensor, "*batch"]]:
    """Verdicts "positive semidefinite" of tests that are in use; only the last two are right.

    Arguments and errors as for :func:`is_positive_definite`.

    >>> [name for name, verdict in semidefinite_tests(torch.zeros(2, 2)).items() if not verdict]
    ['leading minors > 0']
    """
    leading, coefficients = leading_minors(a), characteristic_coefficients(a)
    return {
        "diagonal ≥ 0": (a.diagonal(dim1=-2, dim2=-1) >= 0).all(dim=-1),
        "trace, determinant ≥ 0": (coefficients[..., 0] >= 0) & (coefficients[..., -1] >= 0),
        "leading minors > 0": (leading > 0).all(dim=-1),
        "leading minors ≥ 0": (leading >= 0).all(dim=-1),
        "principal minors ≥ 0": is_positive_semidefinite(a),
        "their sums of each size ≥ 0": (coefficients >= 0).all(dim=-1),
    }


def wrong_verdicts(n: int = 3, bound: int = 2) -> dict[str, tuple[int, int]]:
    """For each test of :func:`semidefinite_tests`: how many matrices it accepts and rejects wrongly.

    The truth is :func:`descartes_inertia`, the matrices those of :func:`symmetric_integer_matrices`.

    >>> wrong_verdicts(2, 1)["leading minors ≥ 0"]
    (1, 0)
    """
    a = symmetric_integer_matrices(n, bound)
    truth = descartes_inertia(a)[:, 1] == 0
    tests = semidefinite_tests(a)
    return {name: (int((yes & ~truth).sum()), int((~yes & truth).sum())) for name, yes in tests.items()}


def _sign(order: tuple[int, ...]) -> int:
    inversions = sum(i > j for i, j in combinations(order, 2))
    return -1 if inversions % 2 else 1


def _sign_changes(coefficients: Tensor) -> Tensor:
    """Sign changes in 1, c_1, ..., c_n along the last axis, zeros left out."""
    last = torch.ones_like(coefficients[..., 0])
    changes = torch.zeros_like(last, dtype=torch.int64)
    for sign in coefficients.sign().unbind(dim=-1):
        changes += sign * last < 0
        last = torch.where(sign == 0, last, sign)
    return changes
