"""Strong convexity, PL and rates: laws on functions with known constants, counts by brute force, figures, bad input."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, strategies

from mgai import figures
from mgai.optimization.strong_convexity_and_pl import (
    contraction_factor,
    excess_factor,
    fixed_step_descent,
    gradient_dominance_gap,
    guaranteed_decrease,
    iterations_needed,
    sine_valley,
    sine_valley_constant,
    strong_convexity_gap,
    tangent_kernel,
    valley_crossings,
    value_and_gradient,
)
from mgai.optimization.strong_convexity_and_pl_figures import KAPPAS, needed, rates_alt, rates_figure
from mgai.optimization.strong_convexity_and_pl_references import log_cosh_bowl, quadratic, rotation
from mgai.settings import generator

DOUBLE = torch.float64
seeds = strategies.integers(0, 10**6)
curvatures = strategies.floats(0.1, 1.0)


def bowl(seed, curvature, smoothness=4.0, d=3):
    return log_cosh_bowl(rotation(d, generator(f"test/pl/{seed}")), curvature, smoothness)


@given(seeds, curvatures)
def test_the_bowl_is_strongly_convex_smooth_and_dominated_by_its_gradient(seed, curvature):
    f = bowl(seed, curvature)
    x, y = 3 * torch.randn(2, 20, 3, dtype=DOUBLE, generator=generator(f"test/pl/points/{seed}"))
    values = torch.linalg.eigvalsh(torch.func.jacrev(torch.func.grad(f))(x[0]))
    assert curvature - 1e-9 <= float(values[0]) <= float(values[-1]) <= 4 + 1e-9
    assert bool((strong_convexity_gap(f, x, y, curvature) >= -1e-10).all())
    assert bool((gradient_dominance_gap(f, x, curvature, 0.0) >= -1e-10).all())


@given(seeds, curvatures, strategies.floats(0.01, 0.49))
def test_one_step_keeps_to_every_bound(seed, curvature, step):
    f = bowl(seed, curvature)
    start = 3 * torch.randn(20, 3, dtype=DOUBLE, generator=generator(f"test/pl/start/{seed}"))
    path = fixed_step_descent(f, start, step, 1)
    values, (_, gradient) = f(path), value_and_gradient(f, start)
    lowered = guaranteed_decrease(4.0, step) * gradient.square().sum(-1)
    assert bool((path[1].norm(dim=-1) <= contraction_factor(curvature, 4.0, step) * start.norm(dim=-1) + 1e-12).all())
    assert bool((values[1] <= values[0] - lowered + 1e-11).all())
    assert bool((values[1] <= excess_factor(curvature, 4.0, step) * values[0] + 1e-11).all())


def test_the_contraction_factor_is_attained_by_a_quadratic():
    f = quadratic(torch.diag(torch.tensor([1.0, 4.0], dtype=DOUBLE)))
    for step in (0.1, 0.25, 0.4, 0.49, 0.6):
        moved = fixed_step_descent(f, torch.eye(2, dtype=DOUBLE), step, 1)[1].norm(dim=-1)
        assert float(moved.max()) == pytest.approx(contraction_factor(1.0, 4.0, step))
    assert excess_factor(1.0, 4.0) == excess_factor(1.0, 4.0, 0.25) == 0.75


@given(strategies.floats(0.01, 0.99), strategies.floats(1e-6, 0.99))
def test_iterations_needed_is_the_least_number(factor, reduction):
    k = iterations_needed(factor, reduction)
    assert factor**k <= reduction * (1 + 1e-12)
    assert factor ** (k - 1) > reduction * (1 - 1e-12)


def test_the_sine_valley_keeps_its_constant_and_no_larger_one():
    x = torch.linspace(-30, 30, 100_001, dtype=DOUBLE)[:, None]
    mu = sine_valley_constant()
    assert bool((gradient_dominance_gap(sine_valley, x, mu, 0.0) >= -1e-9).all())
    assert not bool((gradient_dominance_gap(sine_valley, x, 1.001 * mu, 0.0) >= 0).all())
    curvature = 2 + 6 * torch.cos(2 * x)
    assert float(curvature.abs().max()) <= 8  # L


def test_crossings_and_kernel_by_hand():
    path = torch.tensor([[1.0, 1.0], [1.0, -1.0], [1.0, -1.0], [1.0, 2.0]])
    assert valley_crossings(path, torch.tensor([0.0, 1.0])) == 2
    assert valley_crossings(path, torch.tensor([1.0, 0.0])) == 0
    a = torch.tensor([[1.0, 2.0, 0.0], [0.0, 1.0, 1.0]])
    torch.testing.assert_close(tangent_kernel(lambda t: a @ t, torch.ones(3)), a @ a.T)


def test_batches_views_and_float32():
    f = bowl(1, 0.5)
    start = torch.randn(3, 2, 4, dtype=DOUBLE, generator=generator("test/pl/batch")).mT  # (3, 4, 2): not contiguous
    g = quadratic(torch.eye(2, dtype=DOUBLE))
    together = fixed_step_descent(g, start, 0.3, 4)
    assert together.shape == (5, 3, 4, 2)
    torch.testing.assert_close(together[:, 1, 2], fixed_step_descent(g, start[1, 2], 0.3, 4))
    assert fixed_step_descent(lambda x: x.square().sum(-1), torch.ones(3), 0.1, 2).dtype == torch.float32
    value, gradient = value_and_gradient(f, torch.zeros(3, dtype=DOUBLE))
    assert float(value) == 0 and not bool(gradient.any())
    assert math.isfinite(float(f(torch.full((3,), 1e4, dtype=DOUBLE))))


def test_the_figure_shows_the_numbers_it_names():
    axes = rates_figure().axes
    assert all(axis.get_xlabel() and axis.get_ylabel() for axis in axes)
    short, best = needed(KAPPAS)
    np.testing.assert_array_equal(axes[1].lines[0].get_ydata(), short)
    np.testing.assert_array_equal(axes[1].lines[1].get_ydata(), best)
    alt = rates_alt()
    figures.check_alt(alt)
    assert str(short[-1]) in alt and str(best[0]) in alt


X = torch.ones(2, dtype=DOUBLE)


def square(x):
    return x.square().sum(-1)


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: value_and_gradient(square, [1.0]), TypeError, "x must be"),
        (lambda: value_and_gradient(square, torch.tensor(1.0)), ValueError, "x must have at least one entry"),
        (lambda: value_and_gradient(square, X[:0]), ValueError, "x must have at least one entry"),
        (lambda: value_and_gradient(lambda x: x, X), ValueError, "function must return"),
        (lambda: value_and_gradient(square, math.nan * X), ValueError, "x has entries"),
        (lambda: fixed_step_descent(square, X, 0.0, 1), ValueError, "step must be positive"),
        (lambda: fixed_step_descent(square, X, math.nan, 1), ValueError, "step must be positive"),
        (lambda: fixed_step_descent(square, X, 0.1, -1), ValueError, "n_steps must not be negative"),
        (lambda: fixed_step_descent(square, math.inf * X, 0.1, 1), ValueError, "start has entries"),
        (lambda: strong_convexity_gap(square, X, X[:1], 1.0), ValueError, "y must have the shape"),
        (lambda: strong_convexity_gap(square, X, X, -1.0), ValueError, "curvature must be positive"),
        (lambda: strong_convexity_gap(square, X, math.nan * X, 1.0), ValueError, "y has entries"),
        (lambda: gradient_dominance_gap(square, X, 0.0, 0.0), ValueError, "curvature must be positive"),
        (lambda: gradient_dominance_gap(square, X, 1.0, math.nan), ValueError, "minimum must be finite"),
        (lambda: contraction_factor(2.0, 1.0, 0.1), ValueError, "smoothness must be at least"),
        (lambda: contraction_factor(1.0, 2.0, 0.0), ValueError, "step must be positive"),
        (lambda: guaranteed_decrease(math.inf, 0.1), ValueError, "smoothness must be positive"),
        (lambda: excess_factor(0.0, 1.0), ValueError, "curvature must be positive"),
        (lambda: iterations_needed(1.0, 0.5), ValueError, "factor and reduction"),
        (lambda: iterations_needed(0.5, 0.0), ValueError, "factor and reduction"),
        (lambda: valley_crossings(X[None], X[:1]), ValueError, "direction must have"),
        (lambda: tangent_kernel(square, X), ValueError, "model must return"),
        (lambda: tangent_kernel(lambda t: t, X[None]), ValueError, "theta must be a vector"),
    ],
)
def test_bad_input_is_refused_by_name(call, error, words):
    with pytest.raises(error, match=words):
        call()
