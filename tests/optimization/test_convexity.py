"""Convexity: the inequalities as laws, sequences against the definition, bad input; the figure."""

import numpy as np
import pytest
import torch
from hypothesis import given, strategies
from hypothesis.extra.numpy import arrays

from mgai import figures
from mgai.optimization.convexity import (
    all_sequences,
    chord_gap,
    combination,
    convex_sequences,
    is_convex_sequence,
    local_minima,
    smallest_curvature,
    tangent_gap,
)
from mgai.optimization.convexity_figures import convexity_alt, convexity_figure, kink_slopes
from mgai.settings import generator

DOUBLE = torch.float64


def draws(label, *shape):
    return torch.randn(*shape, dtype=DOUBLE, generator=generator(f"test/convexity/{label}"))


def shares(n):
    return torch.rand(n, dtype=DOUBLE, generator=generator("test/convexity/shares"))


def test_combination_agrees_with_numpy_and_its_ends():
    x, y, weight = draws("x", 20, 3), draws("y", 20, 3), shares(20)
    expected = np.array([w * a + (1 - w) * b for a, b, w in zip(x.numpy(), y.numpy(), weight.numpy(), strict=True)])
    np.testing.assert_allclose(combination(x, y, weight).numpy(), expected, rtol=1e-15)
    assert combination(x, y, torch.ones(20, dtype=DOUBLE)).equal(x)
    assert combination(x, y, torch.zeros(20, dtype=DOUBLE)).equal(y)


@pytest.mark.parametrize(
    ("f", "sign"),
    [
        (lambda x: x.logsumexp(0), 1),
        (lambda x: x.abs().sum(), 1),
        (lambda x: x.norm(), 1),
        (lambda x: -x.logsumexp(0), -1),
    ],
)
def test_chord_gaps_have_the_sign_of_convexity(f, sign):
    x, y = draws("chord-x", 50, 3), draws("chord-y", 50, 3)
    gap = sign * chord_gap(f, x, y, shares(50))
    assert float(gap.min()) > -1e-14
    assert float(gap.max()) > 0.01


def test_affine_functions_have_no_gaps():
    x, y = draws("affine-x", 50, 3), draws("affine-y", 50, 3)
    for gap in (chord_gap(lambda x: x.sum() + 1, x, y, shares(50)), tangent_gap(lambda x: x.sum() + 1, x, y)):
        assert float(gap.abs().max()) < 1e-13


def test_tangent_gap_of_a_quadratic_is_the_quadratic_of_the_difference():
    x, y, root = draws("tangent-x", 50, 3), draws("tangent-y", 50, 3), draws("tangent-root", 3, 3)
    h = root + root.T
    gap = tangent_gap(lambda x: x @ h @ x / 2, x, y)
    np.testing.assert_allclose(gap.numpy(), torch.einsum("ni,ij,nj->n", y - x, h, y - x).numpy() / 2, atol=1e-12)


def test_curvature_agrees_with_numpy():
    root = draws("curvature", 4, 4)
    h = (root + root.T).numpy()
    found = smallest_curvature(lambda x: x @ (root + root.T) @ x / 2, draws("curvature-x", 3, 4))
    np.testing.assert_allclose(found.numpy(), np.full(3, np.linalg.eigvalsh(h)[0]), rtol=1e-12)


def test_curvature_of_log_sum_exp_is_zero_along_the_diagonal():
    assert float(smallest_curvature(lambda x: x.logsumexp(0), draws("lse", 10, 3)).abs().max()) < 1e-14


def test_functions_that_branch_are_taken():
    ends = torch.tensor([[-2.0]]), torch.tensor([[2.0]])
    gap = chord_gap(lambda x: x.sum() if float(x.sum()) > 0 else -x.sum(), *ends, torch.tensor([0.5]))
    assert gap.tolist() == [2.0] and gap.dtype == torch.float32


@given(arrays(np.int64, (6,), elements=strategies.integers(-9, 9)))
def test_sequences_agree_with_the_definition(v):
    definition = all(
        (j - i) * v[k] <= (j - k) * v[i] + (k - i) * v[j] for i in range(6) for k in range(i, 6) for j in range(k, 6)
    )
    assert bool(is_convex_sequence(torch.from_numpy(v))) == definition


def test_convex_sequences_are_the_convex_ones_of_all():
    every, convex = all_sequences(4, 2), convex_sequences(4, 2)
    assert len(every) == len({tuple(row) for row in every.tolist()}) == 81
    kept = {tuple(row) for row in convex.tolist()}
    assert kept == {tuple(r) for r in every.tolist() if r[0] + r[2] >= 2 * r[1] and r[1] + r[3] >= 2 * r[2]}


def test_local_minima_by_loops():
    for v, found in zip(all_sequences(4, 2).tolist(), local_minima(all_sequences(4, 2)).tolist(), strict=True):
        assert found == [all(v[i] <= v[j] for j in (i - 1, i + 1) if 0 <= j < 4) for i in range(4)]


def test_two_points_are_always_convex():
    assert is_convex_sequence(torch.tensor([3.0, -1.0])).item()


@pytest.mark.bad_input
def test_bad_input_is_named():
    row, half = torch.zeros(1, 2), torch.tensor([0.5])
    with pytest.raises(ValueError, match="weight"):
        combination(row, row, torch.tensor([1.5]))
    with pytest.raises(ValueError, match="y must have shape"):
        combination(row, torch.zeros(1, 3), half)
    with pytest.raises(ValueError, match="x has entries that are not finite"):
        chord_gap(torch.sum, row + float("nan"), row, half)
    with pytest.raises(TypeError, match="x must be"):
        tangent_gap(torch.sum, row.long(), row)
    with pytest.raises(ValueError, match="x must have shape"):
        smallest_curvature(torch.sum, torch.zeros(2))
    for function in (is_convex_sequence, local_minima):
        with pytest.raises(ValueError, match="values must have at least two"):
            function(torch.zeros(1))
        with pytest.raises(ValueError, match="values has entries"):
            function(torch.tensor([0.0, float("inf")]))
        with pytest.raises(TypeError, match="values"):
            function([0, 1])
    for arguments in ((1, 3), (3, -1), (30, 3)):
        with pytest.raises(ValueError, match="n_points"):
            all_sequences(*arguments)


def test_figure_shows_what_it_names():
    left, right = convexity_figure().axes
    assert left.get_xlabel() == right.get_xlabel() == "$x$" and left.get_ylabel() == "value"
    curve, chord, tangent = (line.get_ydata() for line in left.lines[:3])
    grid = left.lines[0].get_xdata()
    between = (grid >= -2) & (grid <= 3)
    assert (np.interp(grid[between], [-2, 3], chord) >= curve[between] - 1e-12).all()
    assert (tangent <= curve + 1e-12).all()
    below = [line.get_ydata() <= right.lines[0].get_ydata() + 1e-12 for line in right.lines[1:-1]]
    assert len(below) == 4 and np.all(below)
    assert f"slopes between {kink_slopes()[0]:g} and {kink_slopes()[1]:g}" in convexity_alt()
    figures.check_alt(convexity_alt())
