"""Forms, inertia, triangular factors and condition numbers, against NumPy and loops."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings, strategies

from mgai.linear_algebra import positive_semidefinite_figures
from mgai.linear_algebra.minors import wrong_verdicts
from mgai.linear_algebra.positive_semidefinite import (
    bilinear_form,
    cholesky_factor,
    condition_number,
    definiteness,
    gram_determinant,
    inertia,
)
from mgai.settings import generator

DOUBLE = torch.float64
entries = strategies.integers(-50, 50)


def normal(*shape: int, label: str = "test/psd", dtype: torch.dtype = DOUBLE) -> torch.Tensor:
    return torch.randn(*shape, dtype=DOUBLE, generator=generator(label)).to(dtype)


def diagonal(*values: float) -> torch.Tensor:
    return torch.diag(torch.tensor(values, dtype=DOUBLE))


def test_bilinear_form_is_the_double_sum() -> None:
    u, v, a = normal(4, 3, label="u"), normal(4, 3, label="v"), normal(3, 3, label="a")
    loops = [sum(p[i] * a[i, j] * q[j] for i in range(3) for j in range(3)) for p, q in zip(u, v, strict=True)]
    torch.testing.assert_close(bilinear_form(u, v, a), torch.stack(loops))
    torch.testing.assert_close(bilinear_form(u, v, a), bilinear_form(v, u, a.mT))


@given(strategies.lists(strategies.tuples(entries, entries), min_size=1, max_size=6))
def test_gram_determinant_is_the_determinant_and_never_negative(pairs: list[tuple[int, int]]) -> None:
    u, v = torch.tensor(pairs, dtype=DOUBLE).T
    found = gram_determinant(u, v)
    assert found >= 0
    assert found == (u @ u) * (v @ v) - (u @ v) ** 2  # integers: exact


def test_gram_determinant_vanishes_for_dependent_vectors_only() -> None:
    u = torch.tensor([1.0, -2.0, 4.0])
    assert gram_determinant(u, -2 * u) == 0
    assert gram_determinant(torch.tensor([3.0]), torch.tensor([5.0])) == 0
    assert gram_determinant(u, u.flip(0)) > 0


@pytest.mark.parametrize("dtype", [torch.float32, DOUBLE])
@pytest.mark.parametrize(("n", "rank"), [(1, 1), (4, 2), (5, 5), (6, 1)])
def test_inertia_of_a_product_counts_its_rank(n: int, rank: int, dtype: torch.dtype) -> None:
    b = torch.linalg.qr(normal(n, n)).Q[:, :rank].to(dtype)
    assert inertia(b @ b.mT).tolist() == [rank, 0, n - rank]
    assert inertia(-b @ b.mT).tolist() == [0, rank, n - rank]


def test_inertia_keeps_batches_and_takes_views() -> None:
    batch = torch.stack([diagonal(1, 2), diagonal(0, 0), diagonal(-1, 1)])
    assert inertia(batch).tolist() == [[2, 0, 0], [0, 0, 2], [1, 1, 0]]
    assert inertia(batch.mT[::2]).tolist() == [[2, 0, 0], [1, 1, 0]]
    assert inertia(batch[:0]).shape == (0, 3)


def test_the_tolerance_decides_what_counts_as_zero() -> None:
    a = diagonal(1.0, 1e-3)
    assert inertia(a).tolist() == [2, 0, 0]
    assert inertia(a, rtol=1e-2).tolist() == [1, 0, 1]


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ((2, 1), "positive definite"),
        ((2, 0), "positive semidefinite"),
        ((0, 0), "zero"),
        ((-2, 0), "negative semidefinite"),
        ((-2, -1), "negative definite"),
        ((2, -1), "indefinite"),
        ((3,), "positive definite"),
    ],
)
def test_definiteness_names_the_case(values: tuple[float, ...], name: str) -> None:
    assert definiteness(diagonal(*values)) == name


@pytest.mark.parametrize("dtype", [torch.float32, DOUBLE])
@pytest.mark.parametrize("rank", [0, 1, 3, 5])
def test_cholesky_factor_multiplies_back(rank: int, dtype: torch.dtype) -> None:
    b = normal(7, 5, max(rank, 1), dtype=dtype) * (rank > 0)
    a = b @ b.mT
    factor = cholesky_factor(a)
    tolerance = 100 * torch.finfo(dtype).eps * max(float(a.abs().max()), 1.0)
    torch.testing.assert_close(factor @ factor.mT, a, rtol=0, atol=tolerance)
    assert factor.dtype == dtype
    assert (factor.triu(1) == 0).all()
    assert (factor.diagonal(dim1=1, dim2=2) >= 0).all()


def test_cholesky_factor_of_a_definite_matrix_is_numpys() -> None:
    b = normal(5, 5)
    a = b @ b.mT + torch.eye(5, dtype=DOUBLE)
    np.testing.assert_allclose(cholesky_factor(a).numpy(), np.linalg.cholesky(a.numpy()), rtol=1e-11, atol=1e-12)


def test_condition_number_is_numpys_and_is_infinite_when_singular() -> None:
    b = normal(6, 6)
    a = b + b.mT  # indefinite in general
    shifted = a + (a.abs().sum() + 1) * torch.eye(6, dtype=DOUBLE)  # diagonally dominant
    np.testing.assert_allclose(condition_number(shifted), np.linalg.cond(shifted.numpy()), rtol=1e-12)
    assert condition_number(diagonal(4, -2)) == 2
    singular = torch.stack([diagonal(1, 0), diagonal(0, 0), torch.ones(2, 2, dtype=DOUBLE)])
    assert condition_number(singular).isinf().all()
    assert condition_number(diagonal(-3)) == 1


@settings(max_examples=30)
@given(strategies.floats(0.01, 100), strategies.floats(0.01, 100))
def test_condition_number_does_not_change_with_scale(low: float, scale: float) -> None:
    a = diagonal(low, 1.0, 2.0)
    torch.testing.assert_close(condition_number(scale * a), condition_number(a))
    assert condition_number(a) >= 1


def test_figures_have_labelled_axes_and_show_all_cases() -> None:
    levels = positive_semidefinite_figures.level_sets_figure().axes[0]
    assert levels.get_xlabel() and levels.get_ylabel()
    assert len(levels.get_legend().get_texts()) == 4
    verdicts = positive_semidefinite_figures.wrong_verdicts_figure(2, 1).axes[0]
    assert "27" in verdicts.get_xlabel()
    assert len(verdicts.get_yticklabels()) == 6


def test_figures_show_what_was_computed() -> None:
    curvatures = (1.0, 0.25, 0.0, -0.25)
    lines = positive_semidefinite_figures.level_sets_figure(curvatures).axes[0].lines
    for i, c in enumerate(curvatures):
        for x1, x2 in np.concatenate([line.get_xydata() for line in lines[2 * i : 2 * i + 2]]):
            assert x1**2 + c * x2**2 == pytest.approx(1, abs=1e-12)
    axes = positive_semidefinite_figures.wrong_verdicts_figure(2, 1).axes[0]
    widths = np.array([bar.get_width() for bar in axes.patches]).reshape(2, 6)
    assert widths.T.astype(int).tolist() == [list(pair) for pair in wrong_verdicts(2, 1).values()]
    assert [text.get_text() for text in axes.texts] == [f"{total:g}" for total in widths.sum(axis=0)]
    assert axes.get_xlim()[1] > widths.sum(axis=0).max()  # the number beside the longest bar has room


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: inertia(torch.tensor([[1.0, 2.0], [0.0, 1.0]])), ValueError, "a must be symmetric"),
        (lambda: inertia(torch.zeros(2, 3)), ValueError, "a must be square"),
        (lambda: inertia(torch.zeros(0, 0)), ValueError, "a must be square"),
        (lambda: inertia(torch.full((2, 2), torch.nan)), ValueError, "not finite"),
        (lambda: inertia(torch.eye(2), rtol=-1.0), ValueError, "rtol"),
        (lambda: inertia(torch.eye(2, dtype=torch.int64)), TypeError, "floating-point"),
        (lambda: inertia([[1.0]]), TypeError, "floating-point"),
        (lambda: inertia(torch.eye(2), rtol=torch.nan), ValueError, "rtol"),
        (lambda: definiteness(torch.eye(3).expand(3, 3, 3)), ValueError, "a must be one matrix"),
        (lambda: bilinear_form(torch.ones(3), torch.ones(3), torch.ones(2, 3, 3)), ValueError, "a has shape"),
        (lambda: bilinear_form(torch.ones(3), torch.ones(3), torch.eye(3, dtype=DOUBLE)), TypeError, "a must have"),
        (lambda: gram_determinant(torch.ones(3), torch.ones(3, dtype=DOUBLE)), TypeError, "v must have the dtype"),
        (lambda: positive_semidefinite_figures.level_sets_figure((1.0,) * 7), ValueError, "curvatures"),
        (lambda: cholesky_factor(-torch.eye(2)), ValueError, "not positive semidefinite"),
        (lambda: condition_number(torch.full((1, 1), torch.inf)), ValueError, "not finite"),
        (lambda: bilinear_form(torch.ones(3), torch.ones(3), torch.eye(2)), ValueError, "3 entries"),
        (lambda: gram_determinant(torch.ones(3), torch.ones(2)), ValueError, "v must have the shape"),
        (lambda: gram_determinant(torch.ones(0), torch.ones(0)), ValueError, "at least one entry"),
        (lambda: gram_determinant(torch.ones(3), 1.0), TypeError, "v must be"),
    ],
)
def test_bad_input_is_refused_by_name(call, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        call()
