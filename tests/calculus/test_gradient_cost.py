"""Differences and the complex step: laws of their errors, rounding to any number of bits, figures."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given, strategies

from mgai.calculus import gradient_cost as cost
from mgai.calculus import gradient_cost_figures as drawings
from mgai.settings import generator

X = torch.linspace(0.5, 2, 60, dtype=torch.float64)


@given(strategies.floats(-1e30, 1e30).filter(lambda v: v == 0 or abs(v) > 1e-30), strategies.integers(1, 53))
def test_rounding_is_to_nearest(value, bits):
    found = float(cost.rounded(torch.tensor([value], dtype=torch.float64), bits)[0])
    assert abs(found - value) <= 2.0**-bits * abs(value)
    assert math.frexp(found)[0] * 2**bits == int(math.frexp(found)[0] * 2**bits)


def test_rounding_to_24_bits_is_float32():
    x = torch.randn(1000, dtype=torch.float64, generator=generator("test/cost/rounding"))
    assert torch.equal(cost.rounded(x, 24), x.float().double())
    assert torch.equal(cost.rounded(x, 53), x)


def test_differences_are_exact_on_polynomials():
    torch.testing.assert_close(cost.difference_quotient(lambda x: 3 * x - 1, X, 0.25), torch.full_like(X, 3))
    torch.testing.assert_close(cost.difference_quotient(torch.square, X, 0.25, central=True), 2 * X)
    assert cost.difference_quotient(torch.square, X.float()[::2], 0.25).dtype == torch.float32


@pytest.mark.parametrize("function", [torch.exp, torch.sin, lambda x: x**3 / (1 + x * x)])
def test_the_complex_step_agrees_with_pytorch(function):
    expected = torch.func.grad(lambda x: function(x).sum())(X)
    torch.testing.assert_close(cost.complex_step(function, X), expected, rtol=1e-14, atol=1e-14)


@pytest.mark.parametrize("central", [False, True])
def test_the_best_step_minimises_the_bound(central):
    noise, bound = 1e-9, 3.0
    step, least = cost.best_step(noise, bound, central)

    def total(h):
        return h**2 * bound / 6 + noise / h if central else h * bound / 2 + 2 * noise / h

    assert total(step) == pytest.approx(least, rel=1e-12)
    assert min(total(step * factor) for factor in (0.9, 0.99, 1.01, 1.1)) > least


def test_error_curves_are_those_of_a_loop():
    steps = [0.1, 1e-3]
    for central in (False, True):
        curve = cost.error_curve(torch.exp, X, steps, 30, central)
        for found, h in zip(curve.tolist(), steps, strict=True):
            errors = []
            for x in X.tolist():
                high, low = x + h, x - h if central else x
                a, b = (float(cost.rounded(torch.tensor([math.exp(z)], dtype=torch.float64), 30)) for z in (high, low))
                errors.append((a - b) / (high - low) - math.exp(x))
            assert found == pytest.approx(np.sqrt(np.mean(np.square(errors))), rel=1e-6)


def test_slopes_of_power_laws():
    x = [1.0, 3.0, 10.0]
    assert cost.slope(x, [5 * each**-1.5 for each in x]) == pytest.approx(-1.5)


def test_figures_have_labels_and_show_the_numbers():
    def program(x):
        return x[0] * x[1]

    axes = drawings.operations_figure(program, [2, 3]).axes[0]
    assert axes.get_xlabel() and axes.get_ylabel()
    assert [line.get_ydata().tolist() for line in axes.lines] == list(drawings.counts(program, [2, 3]).values())
    assert "5 to 5" in drawings.operations_alt(program, [2, 3])
    steps = [1e-12, 1e-6, 1e-1]
    axes = drawings.error_figure(torch.sin, X, steps).axes[0]
    assert axes.get_xlabel() and axes.get_ylabel()
    shown = drawings.curves(torch.sin, X, steps, 53)
    for line, errors in zip(axes.lines, shown.values(), strict=False):
        np.testing.assert_array_equal(line.get_ydata(), errors.numpy())
    assert "at the step 1e-06" in drawings.error_alt(torch.sin, X, steps)


@pytest.mark.bad_input
def test_bad_input():
    with pytest.raises(ValueError, match="bits"):
        cost.rounded(X, 54)
    with pytest.raises(ValueError, match="step"):
        cost.difference_quotient(torch.sin, X, -1.0)
    with pytest.raises(ValueError, match="x"):
        cost.difference_quotient(torch.sin, X[None], 1.0)
    with pytest.raises(TypeError, match="float64"):
        cost.complex_step(torch.sin, X.float())
    with pytest.raises(ValueError, match="noise"):
        cost.best_step(0.0, 1.0)
    with pytest.raises(ValueError, match="y must be positive"):
        cost.slope([1.0, 2.0], [1.0, -1.0])
    with pytest.raises(ValueError, match="one length"):
        cost.slope([1.0], [1.0])
