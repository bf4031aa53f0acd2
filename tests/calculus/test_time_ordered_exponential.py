"""Ordered products and the Magnus series: exact examples, SciPy, the order of factors, orders of methods, figures."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
import torch
from hypothesis import given, strategies
from hypothesis import settings as hypothesis_settings

from mgai.calculus import time_ordered_exponential as ordered
from mgai.calculus import time_ordered_exponential_figures as drawings
from mgai.calculus.time_ordered_exponential_references import solved
from mgai.settings import generator

seeds = strategies.integers(0, 10**6)


def smooth(label, n=3):
    parts = torch.randn(2, n, n, dtype=torch.float64, generator=generator(f"test/ordered/{label}")) / 2
    return lambda t: parts[0] + torch.cos(t)[..., None, None] * parts[1]


@given(seeds, strategies.integers(1, 9))
def test_products_are_those_of_a_loop(seed, k):
    factors = torch.randn(k, 2, 2, dtype=torch.float64, generator=generator(f"test/ordered/product/{seed}"))
    expected = torch.eye(2, dtype=torch.float64)
    for factor in factors:
        expected = factor @ expected
    torch.testing.assert_close(ordered.ordered_product(factors), expected, rtol=1e-12, atol=1e-12)


@hypothesis_settings(max_examples=10, deadline=None)
@given(seeds)
def test_products_solve_random_systems(seed):
    a = smooth(seed)
    expected = solved(a, 1.0)
    size = float(expected.abs().max())
    torch.testing.assert_close(ordered.time_ordered(a, 1.0, 100, "magnus"), expected, rtol=0, atol=1e-5 * size)
    trace = ordered.magnus_terms(a, torch.zeros(1, dtype=torch.float64), 1.0)[0][0].trace()
    for method in ("naive", "magnus"):
        torch.testing.assert_close(ordered.time_ordered(a, 1.0, 3, method).det(), trace.exp(), rtol=1e-8, atol=0)


@pytest.mark.parametrize("omega", [0.3, 1.0, 2.5])
def test_the_turning_matrix(omega):
    a = partial(ordered.rotating_generator, omega=omega)
    torch.testing.assert_close(ordered.rotating_solution(1.5, omega), solved(a, 1.5), rtol=1e-9, atol=1e-10)
    times = torch.tensor([[0.0, 1.0], [2.0, 3.0]], dtype=torch.float64)
    assert a(times).shape == (2, 2, 2, 2)
    torch.testing.assert_close(torch.linalg.eigvalsh(a(times)), torch.tensor([-1.0, 1.0]).double().expand(2, 2, 2))
    step = 1e-6
    slope = (ordered.rotating_solution(1 + step, omega) - ordered.rotating_solution(1 - step, omega)) / (2 * step)
    torch.testing.assert_close(
        slope, a(torch.ones(()).double()) @ ordered.rotating_solution(1.0, omega), atol=1e-7, rtol=0
    )


def test_magnus_terms_of_a_linear_generator():
    b, c = torch.randn(2, 3, 3, dtype=torch.float64, generator=generator("test/ordered/linear"))
    starts, h = torch.tensor([0.0, 0.7], dtype=torch.float64), 0.4
    first, second = ordered.magnus_terms(lambda t: b + t[..., None, None] * c, starts, h)
    middles = (starts + h / 2)[:, None, None]
    torch.testing.assert_close(first, h * (b + middles * c))
    torch.testing.assert_close(second, (-(h**3) / 12 * ordered.commutator(b, c)).expand(2, 3, 3))


def test_commuting_matrices_need_no_order():
    m = torch.randn(3, 3, dtype=torch.float64, generator=generator("test/ordered/commuting"))

    def a(t):
        return torch.cos(t)[..., None, None] * m

    exact = torch.linalg.matrix_exp(torch.sin(torch.tensor(2.0).double()) * m)
    torch.testing.assert_close(ordered.time_ordered(a, 2.0, 1, "naive"), exact)
    backwards = ordered.ordered_product(ordered.short_steps(a, 2.0, 7, "naive").flip(0))
    torch.testing.assert_close(backwards, exact)


def test_methods_have_their_orders():
    for (method, row), order in zip(drawings.product_errors([64, 128], 2.0, 1.0).items(), (1, 1, 2, 2, 4), strict=True):
        assert np.log2(row[0] / row[1]) == pytest.approx(order, abs=0.1), method


def test_figure_has_labels_and_shows_the_errors():
    times, counts = [0.1, 0.2], [4, 8]
    drawn = drawings.errors_figure(times, counts)
    assert all(axes.get_xlabel() and axes.get_ylabel() for axes in drawn.axes)
    rows = drawings.single_errors(times, 1.0), drawings.product_errors(counts, 2.0, 1.0)
    for axes, shown in zip(drawn.axes, rows, strict=True):
        for line, row in zip(axes.lines, shown.values(), strict=True):
            np.testing.assert_array_equal(line.get_ydata(), row)
    assert f"magnus {rows[1]['magnus'][0]:.1e}" in drawings.errors_alt(times, counts)


@pytest.mark.bad_input
def test_bad_input():
    a = smooth("bad")
    with pytest.raises(ValueError, match="factors"):
        ordered.ordered_product(torch.ones(0, 2, 2))
    with pytest.raises(ValueError, match="factors"):
        ordered.ordered_product(torch.ones(2, 2, 3))
    with pytest.raises(ValueError, match="method"):
        ordered.short_steps(a, 1.0, 2, "right")
    with pytest.raises(ValueError, match="t must be positive"):
        ordered.short_steps(a, -1.0, 2)
    with pytest.raises(ValueError, match="n_steps"):
        ordered.time_ordered(a, 1.0, 0)
    with pytest.raises(ValueError, match="length"):
        ordered.magnus_terms(a, torch.zeros(1).double(), 0.0)
