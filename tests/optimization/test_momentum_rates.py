"""Factors of momentum and Nesterov's step: against the matrices of the steps, limits, best pairs, the cycle."""

import itertools
import math
from fractions import Fraction

import pytest
import torch
from hypothesis import given, strategies

from mgai.optimization.momentum_rates import (
    best_momentum,
    best_nesterov,
    kinked_gradient,
    momentum_factor,
    momentum_limit,
    nesterov_factor,
    nesterov_limit,
    usual_nesterov,
)
from mgai.optimization.optimizers import momentum_step, nesterov_step
from mgai.optimization.optimizers_references import step_matrix

DOUBLE = torch.float64


def heavy_ball(theta, velocity, lr, beta):
    return momentum_step(theta, theta, velocity, lr, beta)


def nesterov(theta, velocity, lr, beta):
    return nesterov_step(theta, lambda p: p, velocity, lr, beta)


def scalars(*numbers):
    return (torch.tensor(x, dtype=DOUBLE) for x in numbers)


@given(strategies.floats(0.01, 5.0), strategies.floats(0.0, 0.95))
def test_factors_are_spectral_radii_of_the_steps(product, beta):
    for step, factor in ((heavy_ball, momentum_factor), (nesterov, nesterov_factor)):
        radius = torch.linalg.eigvals(step_matrix(step, product, beta)).abs().max()
        torch.testing.assert_close(factor(*scalars(product, beta)), radius, rtol=0, atol=2e-7)


@given(strategies.floats(0.0, 0.99), strategies.floats(1e-6, 0.3))
def test_the_limits_are_sharp(beta, away):
    for factor, limit in ((momentum_factor, momentum_limit), (nesterov_factor, nesterov_limit)):
        assert factor(*scalars(limit(beta) * (1 - away), beta)) < 1
        assert factor(*scalars(limit(beta) * (1 + away), beta)) > 1
        assert factor(*scalars(-away, beta)) > 1


@given(strategies.floats(0.1, 10.0), strategies.floats(1.0, 1e4))
def test_the_pairs_have_their_factors_and_the_best_is_best(smallest, kappa):
    spectrum = smallest * torch.logspace(0, math.log10(kappa), 50, dtype=DOUBLE)
    low, high = float(spectrum[0]), float(spectrum.max())
    for tune, factor in (
        (best_momentum, momentum_factor),
        (best_nesterov, nesterov_factor),
        (usual_nesterov, nesterov_factor),
    ):
        tuning = tune(low, high)
        measured = float(factor(tuning.lr * spectrum, torch.tensor(tuning.beta, dtype=DOUBLE)).max())
        assert measured == pytest.approx(tuning.factor, abs=1e-6)
    assert (
        best_momentum(low, high).factor <= best_nesterov(low, high).factor <= usual_nesterov(low, high).factor + 1e-15
    )


def test_batches_broadcast_and_float32_stays():
    s, beta = torch.rand(4, 1), torch.rand(3)
    found = nesterov_factor(s, beta)
    assert found.shape == (4, 3)
    assert found.dtype == torch.float32
    assert found[2, 1] == nesterov_factor(s[2, 0], beta[1])


def test_without_friction_a_component_keeps_its_size():
    torch.testing.assert_close(momentum_factor(torch.tensor([0.1, 1.0, 3.9]), torch.tensor(1.0)), torch.ones(3))


def test_the_kinked_gradient_is_continuous_with_slopes_between_one_and_25():
    grid = [Fraction(n, 7) for n in range(-10, 25)]
    slopes = [7 * (kinked_gradient(b) - kinked_gradient(a)) for a, b in itertools.pairwise(grid)]
    assert min(slopes) == 1
    assert max(slopes) == 25


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: momentum_factor(1.0, torch.ones(1)), TypeError, "product"),
        (lambda: momentum_factor(torch.ones(1), torch.tensor(1.1)), ValueError, r"beta must be in \[0, 1\]"),
        (lambda: nesterov_factor(torch.ones(1) * math.nan, torch.tensor(0.5)), ValueError, "product"),
        (lambda: momentum_limit(1.0), ValueError, "beta"),
        (lambda: nesterov_limit(math.nan), ValueError, "beta"),
        (lambda: best_momentum(0.0, 1.0), ValueError, "smallest and largest"),
        (lambda: best_nesterov(2.0, 1.0), ValueError, "smallest and largest"),
        (lambda: usual_nesterov(1.0, math.inf), ValueError, "smallest and largest"),
    ],
)
def test_bad_input_is_refused_by_name(call, error, words):
    with pytest.raises(error, match=words):
        call()
