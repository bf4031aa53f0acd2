"""Minors and the tests of definiteness, against SymPy's exact arithmetic and eigenvalues."""

import numpy as np
import pytest
import sympy
import torch
from hypothesis import given, strategies

from mgai.linear_algebra import minors
from mgai.linear_algebra.positive_semidefinite import inertia


@strategies.composite
def integer_matrices(draw, largest: int = 4) -> torch.Tensor:
    n = draw(strategies.integers(1, largest))
    rows = draw(strategies.lists(strategies.integers(-9, 9), min_size=n * n, max_size=n * n))
    return torch.tensor(rows, dtype=torch.float64).reshape(n, n)


def exact(a: torch.Tensor) -> sympy.Matrix:
    return sympy.Matrix(a.int().tolist())


@given(integer_matrices())
def test_determinant_and_coefficients_are_sympys_exactly(a: torch.Tensor) -> None:
    t = sympy.Symbol("t")
    assert minors.determinant(a) == int(exact(a).det())
    expected = (t * sympy.eye(len(a)) + exact(a)).det(method="berkowitz").as_poly(t).all_coeffs()[1:]
    assert minors.characteristic_coefficients(a).tolist() == [int(c) for c in expected]


@given(integer_matrices())
def test_coefficients_are_sums_of_principal_minors(a: torch.Tensor) -> None:
    sums = [0.0] * len(a)
    for chosen, minor in minors.principal_minors(a).items():
        sums[len(chosen) - 1] += float(minor)
    assert minors.characteristic_coefficients(a).tolist() == sums
    assert len(minors.principal_minors(a)) == 2 ** len(a) - 1


@given(integer_matrices())
def test_inertia_by_descartes_is_that_of_the_eigenvalues(a: torch.Tensor) -> None:
    symmetric = a + a.mT
    assert minors.descartes_inertia(symmetric).tolist() == inertia(symmetric).tolist()
    gram = a.mT @ a  # semidefinite, often singular
    rank = exact(a).rank()
    assert minors.descartes_inertia(gram).tolist() == [rank, 0, len(a) - rank]
    assert minors.is_positive_semidefinite(gram)


@pytest.mark.parametrize(("n", "bound"), [(1, 3), (2, 3), (3, 1)])
def test_verdicts_are_those_of_numpys_eigenvalues(n: int, bound: int) -> None:
    a = minors.symmetric_integer_matrices(n, bound)
    lowest, *_, highest = np.linalg.eigvalsh(a.numpy()).T[[0, -1]]
    low, high = (torch.from_numpy(np.where(abs(v) < 1e-9, 0, v)) for v in (lowest, highest))
    assert torch.equal(minors.is_positive_definite(a), low > 0)
    assert torch.equal(minors.is_positive_semidefinite(a), low >= 0)
    assert torch.equal(minors.is_negative_definite(a), high < 0)
    assert torch.equal(minors.is_indefinite(a), (low < 0) & (high > 0))


def test_small_counterexamples() -> None:
    hidden = torch.diag(torch.tensor([0.0, -1.0]))
    assert minors.semidefinite_tests(hidden)["leading minors ≥ 0"] and not minors.is_positive_semidefinite(hidden)
    zero = torch.zeros(2, 2)
    assert minors.is_positive_semidefinite(zero) and not minors.is_positive_definite(zero)
    assert not minors.is_indefinite(zero) and not minors.is_negative_definite(zero)
    pair = torch.diag(torch.tensor([3.0, -1.0, -1.0]))
    assert minors.semidefinite_tests(pair)["trace, determinant ≥ 0"] and minors.is_indefinite(pair)


def test_only_the_right_tests_make_no_mistake() -> None:
    wrong = {name for name, counts in minors.wrong_verdicts(3, 1).items() if sum(counts)}
    assert wrong == {"diagonal ≥ 0", "trace, determinant ≥ 0", "leading minors > 0", "leading minors ≥ 0"}


def test_enumeration_is_complete_and_symmetric() -> None:
    a = minors.symmetric_integer_matrices(2, 2)
    assert torch.equal(a, a.mT)
    assert len({tuple(m.flatten().tolist()) for m in a}) == 5**3
    assert a.abs().max() == 2


def test_batches_views_and_float32() -> None:
    a = minors.symmetric_integer_matrices(3, 1)[:12].reshape(3, 4, 3, 3)
    assert minors.leading_minors(a).shape == (3, 4, 3)
    assert torch.equal(minors.determinant(a.mT[:, ::2]), minors.determinant(a)[:, ::2])
    assert minors.determinant(a.float()).dtype == torch.float32
    assert minors.descartes_inertia(a[:0]).shape == (0, 4, 3)


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: minors.determinant(torch.ones(2, 3)), ValueError, "square"),
        (lambda: minors.determinant(torch.eye(8)), ValueError, "n! terms"),
        (lambda: minors.determinant(torch.eye(2, dtype=torch.int64)), TypeError, "floating-point"),
        (
            lambda: minors.is_positive_definite(torch.tensor([[1.0, 4.0], [0.0, 1.0]])),
            ValueError,
            "symmetric",
        ),
        (lambda: minors.is_positive_semidefinite(torch.full((2, 2), torch.nan)), ValueError, "finite"),
        (lambda: minors.symmetric_integer_matrices(0), ValueError, "at least 1"),
        (lambda: minors.symmetric_integer_matrices(6, 1), ValueError, "too many"),
    ],
)
def test_bad_input_is_refused_by_name(call, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        call()
