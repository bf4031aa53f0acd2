"""Muon, its quintic, rates under constant gradients, diagonal scalings: laws, independent routes, bad input."""

import math

import pytest
import torch
from hypothesis import given, strategies

from mgai import figures
from mgai.linear_algebra.trace_and_frobenius import polar_factor
from mgai.optimization.momentum_and_adaptive_methods import (
    adagrad_rate,
    best_scaled_condition,
    muon_step,
    newton_schulz,
    quintic,
    quintic_band,
    rms_operator_norm,
    rmsprop_rate,
    scaled_condition,
)
from mgai.optimization.momentum_and_adaptive_methods_figures import quintic_alt, quintic_figure
from mgai.optimization.optimizers import adagrad_step, path, rmsprop_step
from mgai.optimization.optimizers_references import steps_of_adam
from mgai.settings import generator

DOUBLE = torch.float64
seeds = strategies.integers(0, 10**6)


def draw(label, *shape):
    return torch.randn(*shape, dtype=DOUBLE, generator=generator(f"test/methods/{label}"))


@given(seeds, strategies.integers(1, 6), strategies.integers(1, 6))
def test_newton_schulz_moves_singular_values_only(seed, m, n):
    matrix = draw(seed, 3, m, n)
    left, values, right = torch.linalg.svd(matrix, full_matrices=False)
    shares = values / torch.linalg.matrix_norm(matrix)[:, None]
    expected = left @ (quintic(shares).unsqueeze(-1) * right)
    torch.testing.assert_close(newton_schulz(matrix), expected, rtol=0, atol=1e-10)


@given(strategies.floats(0.002, 1.0), strategies.integers(5, 40))
def test_large_singular_values_stay_in_the_band(share, n_steps):
    low, high = quintic_band()
    assert low - 1e-9 <= float(quintic(torch.tensor(share, dtype=DOUBLE), n_steps)) <= high + 1e-9


@given(seeds, strategies.integers(1, 6), strategies.integers(1, 6))
def test_muon_steps_have_their_length_and_are_steepest(seed, m, n):
    w, g = draw(seed, 2, m, n)
    moved, velocity = muon_step(w, g, torch.zeros_like(g), lr=0.3)
    assert float(rms_operator_norm(moved - w)) == pytest.approx(0.3, rel=1e-9)
    nuclear = float(torch.linalg.matrix_norm(velocity, "nuc"))
    assert float(((w - moved) * velocity).sum()) == pytest.approx(0.3 * math.sqrt(m / n) * nuclear, rel=1e-9)


def test_muon_runs_a_sweep_and_takes_newton_schulz():
    w, g = draw("sweep", 2, 3, 4, 2)
    lr = torch.tensor([0.1, 0.2, 0.3], dtype=DOUBLE)
    together, _ = muon_step(w, g, w, lr, 0.5, newton_schulz)
    for run in range(3):
        alone, _ = muon_step(w[run], g[run], w[run], float(lr[run]), 0.5, newton_schulz)
        torch.testing.assert_close(together[run], alone)
    assert not torch.allclose(newton_schulz(g), polar_factor(g), atol=0.01)


def test_edges_of_newton_schulz():
    assert newton_schulz(torch.zeros(2, 3)).eq(0).all()
    assert newton_schulz(torch.ones(1, 1)).item() == pytest.approx(float(quintic(torch.ones(()))), rel=1e-5)
    assert newton_schulz(draw("float", 4, 3).float().mT).dtype == torch.float32


@given(seeds)
def test_the_best_diagonal_scaling_is_best(seed):
    root = draw(seed, 2, 3)
    hessian = root @ root.T + 0.1 * torch.eye(2, dtype=DOUBLE)
    best = best_scaled_condition(hessian)
    assert float(scaled_condition(hessian, 1 / hessian.diagonal())) == pytest.approx(best, rel=1e-8)
    tried = scaled_condition(hessian, draw(f"rates {seed}", 200, 2).exp())
    assert tried.min() >= best * (1 - 1e-9)


@given(strategies.floats(0.01, 100.0), strategies.floats(0.05, 0.999))
def test_lengths_under_a_constant_gradient(slope, beta):
    start, counts = torch.zeros(1, dtype=DOUBLE), torch.arange(1, 16)
    for step, options, expected in (
        (adagrad_step, {}, adagrad_rate(counts)),
        (rmsprop_step, {"beta": beta}, rmsprop_rate(counts, beta)),
    ):
        points = path(step, start, lambda p: 0 * p + slope, start, 15, lr=1.0, eps=0.0, **options)
        torch.testing.assert_close(-points.diff(dim=0)[:, 0], expected, rtol=1e-10, atol=0)


def test_adam_that_does_not_arrive_is_infinite():
    far = torch.full((1, 2), 1e3, dtype=DOUBLE)
    assert steps_of_adam(torch.eye(2, dtype=DOUBLE)[None], far, torch.tensor([0.1], dtype=DOUBLE), 5).isinf().all()


def test_the_figure_has_labels_and_words():
    (axes,) = quintic_figure().axes
    assert axes.get_xlabel()
    assert axes.get_ylabel()
    figures.check_alt(quintic_alt())
    assert "0.001 becomes 0.471" in quintic_alt()


EYE = torch.eye(2)


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: muon_step(EYE[0], EYE[0], EYE[0], 0.1), ValueError, "theta must be a matrix"),
        (lambda: muon_step(EYE, EYE[:1], EYE, 0.1), ValueError, "gradient does not fit"),
        (lambda: muon_step(EYE, EYE, EYE, -0.1), ValueError, "lr must be positive"),
        (lambda: muon_step(EYE, EYE * math.nan, EYE, 0.1), ValueError, "finite"),
        (lambda: newton_schulz(EYE[0]), ValueError, "m must be a matrix"),
        (lambda: newton_schulz(EYE[:0]), ValueError, "m must be a matrix"),
        (lambda: newton_schulz(EYE, -1), ValueError, "n_steps must not be negative"),
        (lambda: newton_schulz([[1.0]]), TypeError, "m must be a floating-point tensor"),
        (lambda: quintic(torch.tensor(math.nan)), ValueError, "sigma"),
        (lambda: rms_operator_norm(EYE[0]), ValueError, "m must be a matrix"),
        (lambda: scaled_condition(EYE, torch.zeros(2)), ValueError, "rates must be positive"),
        (lambda: scaled_condition(-EYE, torch.ones(2)), ValueError, "positive definite"),
        (lambda: best_scaled_condition(torch.eye(3)), ValueError, "of shape"),
        (lambda: best_scaled_condition(torch.ones(2, 2)), ValueError, "positive definite"),
        (lambda: adagrad_rate(torch.tensor([0])), ValueError, "count must hold whole numbers"),
        (lambda: rmsprop_rate(torch.tensor([1]), 1.0), ValueError, "beta must be in"),
    ],
)
def test_bad_input_is_refused_by_name(call, error, words):
    with pytest.raises(error, match=words):
        call()
