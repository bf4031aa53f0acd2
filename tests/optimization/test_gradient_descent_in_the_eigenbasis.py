"""Gradient descent on a quadratic: the path against matrix powers, stability, the best rate; figures."""

import math
from fractions import Fraction

import numpy as np
import pytest
import torch
from hypothesis import given, strategies

from mgai import figures
from mgai.optimization.gradient_descent_in_the_eigenbasis import (
    best_fixed_step,
    gradient_descent,
    largest_stable_step,
    learned_share,
    regime,
)
from mgai.optimization.gradient_descent_in_the_eigenbasis_figures import regimes_alt, regimes_figure
from mgai.settings import generator

DOUBLE = torch.float64
EYE, ONES = torch.eye(2, dtype=DOUBLE), torch.ones(2, dtype=DOUBLE)


def instance(label, d=4, n=()):
    rng = generator(f"test/eigenbasis/{label}")
    root = torch.randn(*n, d, d, dtype=DOUBLE, generator=rng)
    return root @ root.mT + torch.eye(d, dtype=DOUBLE) / 10, torch.randn(*n, 2, d, dtype=DOUBLE, generator=rng)


@given(strategies.integers(0, 10**6), strategies.integers(1, 6), strategies.integers(0, 12))
def test_the_path_is_a_power_of_the_iteration_matrix(seed, d, n_steps):
    hessian, (goal, start) = instance(seed, d)
    step = 1.5 / float(torch.linalg.eigvalsh(hessian)[-1])
    found = gradient_descent(hessian, goal, step, n_steps, start)
    assert found.shape == (n_steps + 1, d)
    power = np.linalg.matrix_power(np.eye(d) - step * hessian.numpy(), n_steps)
    expected = goal.numpy() + power @ (start - goal).numpy()
    np.testing.assert_allclose(found[-1].numpy(), expected, atol=1e-11 * float(goal.norm() + start.norm()))
    assert torch.equal(found[0], start)


@given(strategies.floats(0, 3), strategies.integers(0, 200))
def test_the_share_agrees_with_exact_arithmetic(product, n_steps):
    found = float(learned_share(torch.tensor(product, dtype=DOUBLE), 1.0, n_steps))
    exact = 1 - (1 - Fraction(product)) ** n_steps
    assert found == pytest.approx(float(exact), rel=1e-9, abs=1e-300)


def test_the_share_keeps_its_digits_where_little_is_learned():
    found = learned_share(torch.tensor([1e-17, 1e-12], dtype=DOUBLE), 1.0, 10)
    np.testing.assert_allclose(found.numpy(), [1e-16, 1e-11], rtol=1e-10)
    negative = learned_share(torch.tensor(-0.5, dtype=DOUBLE), 1.0, 3)
    assert float(negative) == pytest.approx(1 - 1.5**3)
    assert learned_share(torch.rand(2, 3), 0.5, 2).dtype == torch.float32


def test_stability_bound_and_best_rate_by_brute_force():
    hessian, _ = instance("brute", 5)
    values = torch.linalg.eigvalsh(hessian)
    rates = torch.linspace(1e-3, 1, 5001, dtype=DOUBLE) * largest_stable_step(hessian)
    worst = (1 - rates[:, None] * values).abs().amax(1)
    assert (worst[:-1] < 1).all() and float(worst[-1]) == pytest.approx(1)
    step, factor = best_fixed_step(hessian)
    assert float(rates[worst.argmin()]) == pytest.approx(step, rel=1e-3)
    assert factor <= float(worst.min()) <= factor + 1e-3
    assert best_fixed_step(3 * EYE) == (pytest.approx(1 / 3), 0.0)


@pytest.mark.parametrize(("product", "expected"), [
    (Fraction(1, 3), "monotone"), (1, "one step"), (1.5, "oscillating"), (2, "for ever"), (2.1, "divergent"),
    (-1, "divergent"), (0, "at rest"),
])  # fmt: skip
def test_regimes(product, expected):
    assert regime(1, product) == regime(2, product / 2) == expected


def test_batches_views_and_float32():
    hessian, points = instance("batch", 3, (4,))
    goal, start = points[:, 0], points[:, 1]
    together = gradient_descent(hessian, goal, 0.05, 7, start)
    for i in range(4):
        torch.testing.assert_close(together[:, i], gradient_descent(hessian[i], goal[i], 0.05, 7, start[i]))
    shared = gradient_descent(hessian[0], goal.mT.contiguous().mT, 0.05, 2)
    assert shared.shape == (3, 4, 3)
    assert gradient_descent(hessian[0].float(), goal[0].float(), 0.05, 1).dtype == torch.float32


def test_the_figure_shows_the_shares_it_names():
    axes = regimes_figure((0.5, 2.0), 6).axes[0]
    assert axes.get_xlabel() and axes.get_ylabel()
    np.testing.assert_allclose(axes.lines[0].get_ydata(), [1 - 0.5**t for t in range(7)])
    assert list(axes.lines[1].get_ydata()) == [0, 2, 0, 2, 0, 2, 0]
    alt = regimes_alt((0.5, 2.0), 6)
    figures.check_alt(alt)
    assert f"{1 - 0.5**6:.3g}" in alt and "for ever" in alt


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: gradient_descent(EYE, ONES, 0.0, 1), ValueError, "step must be positive and finite, not 0"),
        (lambda: gradient_descent(EYE, ONES, math.nan, 1), ValueError, "step must be"),
        (lambda: gradient_descent(EYE, ONES, 0.1, -1), ValueError, "n_steps must not be negative"),
        (lambda: gradient_descent(EYE, torch.ones(3, dtype=DOUBLE), 0.1, 1), ValueError, "minimiser must have 2"),
        (lambda: gradient_descent(EYE, ONES, 0.1, 1, ONES[:1]), ValueError, "start must have 2"),
        (lambda: gradient_descent(EYE, math.inf * ONES, 0.1, 1), ValueError, "minimiser has entries"),
        (lambda: gradient_descent(torch.triu(torch.ones(2, 2)), ONES.float(), 0.1, 1), ValueError, "not symmetric"),
        (lambda: gradient_descent("h", ONES, 0.1, 1), TypeError, "hessian"),
        (lambda: learned_share(torch.tensor(math.nan), 0.1, 1), ValueError, "eigenvalues has entries"),
        (lambda: learned_share(torch.tensor(1), 0.1, 1), TypeError, "eigenvalues"),
        (lambda: learned_share(ONES, -0.1, 1), ValueError, "step"),
        (lambda: largest_stable_step(-EYE), ValueError, "positive definite"),
        (lambda: best_fixed_step(0 * EYE), ValueError, "positive definite"),
        (lambda: best_fixed_step(EYE.expand(3, 2, 2)), ValueError, "one matrix"),
        (lambda: regime(0.0, 1.0), ValueError, "step must be positive"),
        (lambda: regime(1.0, math.inf), ValueError, "eigenvalue must be finite"),
    ],
)
def test_bad_input_is_refused_by_name(call, error, words):
    with pytest.raises(error, match=words):
        call()
