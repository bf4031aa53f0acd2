"""Steepest descent with exact line search: laws of the step, Kantorovich's bound, searches along rays, figures."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, strategies
from scipy.optimize import minimize_scalar

from mgai import figures
from mgai.optimization.steepest_descent import (
    excess_risk,
    first_stationary_step,
    optimal_step,
    steepest_descent,
    steps_to_reduce,
    worst_factor,
    worst_start,
)
from mgai.optimization.steepest_descent_figures import (
    factor_alt,
    factor_figure,
    plane_factors,
    zigzag_alt,
    zigzag_figure,
)
from mgai.optimization.steepest_descent_references import step_by_least_squares, step_by_search
from mgai.settings import generator

DOUBLE = torch.float64
seeds = strategies.integers(0, 10**6)


def quadratic(label, d=4, n=()):
    """Positive definite Hessians with condition numbers of at most about a hundred, and vectors."""
    rng = generator(f"test/steepest/{label}")
    root = torch.randn(*n, d, d, dtype=DOUBLE, generator=rng)
    hessian = root @ root.mT
    hessian = hessian + hessian.diagonal(dim1=-2, dim2=-1).sum(-1)[..., None, None] / 50 * torch.eye(d, dtype=DOUBLE)
    return hessian, torch.randn(*n, d, dtype=DOUBLE, generator=rng)


@given(seeds, strategies.integers(1, 6))
def test_the_step_is_the_minimum_on_the_ray(seed, d):
    hessian, error = quadratic(seed, d)
    gradient = hessian @ error
    step = float(optimal_step(hessian, gradient))
    on_the_ray = minimize_scalar(lambda s: float(excess_risk(hessian, error - s * gradient)), bracket=(0, step))
    assert step == pytest.approx(on_the_ray.x, rel=1e-5)
    values = torch.linalg.eigvalsh(hessian)
    assert 1 / values[-1] * (1 - 1e-12) <= step <= 1 / values[0] * (1 + 1e-12)


@given(seeds, strategies.integers(2, 6))
def test_consecutive_gradients_are_orthogonal_and_the_bound_holds(seed, d):
    hessian, start = quadratic(seed, d)
    path = steepest_descent(hessian, start, 5)
    gradients = path @ hessian
    products = (gradients[1:] * gradients[:-1]).sum(1) / gradients[:-1].square().sum(1)
    assert products.abs().max() < 1e-12
    values = torch.linalg.eigvalsh(hessian)
    factors = excess_risk(hessian, path[1:]) / excess_risk(hessian, path[:-1])
    assert factors.max() <= worst_factor(float(values[-1] / values[0])) + 1e-12
    assert (factors.diff() >= -1e-9).all()  # the factor never falls (Akaike, 1959)


@given(seeds, strategies.integers(2, 6))
def test_the_worst_start_attains_the_bound(seed, d):
    hessian, _ = quadratic(seed, d)
    values = torch.linalg.eigvalsh(hessian)
    risks = excess_risk(hessian, steepest_descent(hessian, worst_start(hessian), 3))
    expected = worst_factor(float(values[-1] / values[0]))
    np.testing.assert_allclose((risks[1:] / risks[:-1]).numpy(), expected, rtol=1e-9)


def test_batches_float32_and_views_agree_with_single_vectors():
    hessian, start = quadratic("batch", 3, (2, 5))
    path = steepest_descent(hessian, start, 4)
    assert path.shape == (5, 2, 5, 3)
    for i, j in np.ndindex(2, 5):
        alone = steepest_descent(hessian[i, j], start[i, j], 4)
        torch.testing.assert_close(path[:, i, j], alone, rtol=1e-13, atol=1e-14)
    narrow = optimal_step(hessian.float(), start.float())
    assert narrow.dtype == torch.float32
    torch.testing.assert_close(narrow.double(), optimal_step(hessian, start), rtol=1e-4, atol=0)
    shared = steepest_descent(hessian[0, 0], start.mT.contiguous().mT, 2)  # one Hessian for all, not contiguous
    torch.testing.assert_close(shared[:, 1, 2], steepest_descent(hessian[0, 0], start[1, 2], 2))


def test_an_eigenvector_needs_one_step_and_the_path_rests_there():
    hessian = torch.diag(torch.tensor([2.0, 8.0], dtype=DOUBLE))
    path = steepest_descent(hessian, torch.tensor([0.0, 4.0], dtype=DOUBLE), 3)
    assert path.tolist() == [[0, 4], [0, 0], [0, 0], [0, 0]]
    assert steepest_descent(hessian, torch.ones(2, dtype=DOUBLE), 0).shape == (1, 2)


def test_a_singular_hessian_leaves_its_kernel_alone():
    hessian = torch.diag(torch.tensor([1.0, 0.0], dtype=DOUBLE))
    path = steepest_descent(hessian, torch.tensor([3.0, 5.0], dtype=DOUBLE), 2)
    assert path.tolist() == [[3, 5], [0, 5], [0, 5]]


def test_a_ray_search_agrees_with_the_formula_on_a_quadratic():
    hessian, start = quadratic("ray")
    step, reached = first_stationary_step(lambda w: excess_risk(hessian, w), start)
    assert step == pytest.approx(float(optimal_step(hessian, hessian @ start)), rel=1e-12)
    torch.testing.assert_close(reached, steepest_descent(hessian, start, 1)[1], rtol=1e-9, atol=1e-10)


def test_a_ray_search_stops_at_the_first_of_two_minima():
    def risk(w):
        return (torch.cos(3 * w) + w**2 / 20).sum()

    step, reached = first_stationary_step(risk, torch.tensor([0.5], dtype=DOUBLE))
    assert 0.5 < float(reached) < math.pi / 2  # the minimum next to the start; another lies beyond pi
    assert abs(float(torch.func.grad(risk)(reached))) < 1e-12
    assert step > 0


@pytest.mark.parametrize("delay", [0, 1])
def test_steps_are_counted_as_by_a_loop(delay):
    hessian, starts = quadratic("count", 3, (4,))
    counts = steps_to_reduce(hessian[0], starts, 1e-3, delay)
    for start, count in zip(starts.numpy(), counts.tolist(), strict=True):
        h, error, late, steps = hessian[0].numpy(), start, None, 0
        goal = 1e-3 * start @ h @ start
        while error @ h @ error > goal:
            gradient = h @ error
            best = gradient @ gradient / (gradient @ h @ gradient)
            error, late = error - (best if late is None or not delay else late) * gradient, best
            steps += 1
        assert steps == count


def test_figures_have_labels_and_show_the_path():
    hessian = torch.diag(torch.tensor([1.0, 6.0], dtype=DOUBLE))
    axes = zigzag_figure(hessian, worst_start(hessian), 3).axes[0]
    assert axes.get_xlabel() and axes.get_ylabel() and axes.get_aspect() == 1
    shown = axes.lines[0].get_xydata()
    np.testing.assert_allclose(shown, steepest_descent(hessian, worst_start(hessian), 3).numpy())
    (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()
    assert left < shown[:, 0].min() and shown[:, 0].max() < right
    assert bottom < shown[:, 1].min() and shown[:, 1].max() < top
    axes = factor_figure((2.0, 5.0)).axes[0]
    assert axes.get_xlabel() and axes.get_ylabel()
    curves = [line for line in axes.lines if len(line.get_xdata()) > 1]
    assert [max(line.get_ydata()) for line in curves] == pytest.approx([worst_factor(2), worst_factor(5)])


def test_alternative_texts_state_the_numbers():
    hessian = torch.diag(torch.tensor([1.0, 6.0], dtype=DOUBLE))
    assert f"{worst_factor(6):.3f}" in zigzag_alt(hessian, worst_start(hessian))
    alt = factor_alt((3.0,))
    assert alt.startswith("1 bell") and "0.250 at 1" in alt
    figures.check_alt(alt)


def test_references_agree_with_the_formula():
    hessian, w = quadratic("references")
    step = float(optimal_step(hessian, hessian @ w))
    assert step_by_search(lambda w: excess_risk(hessian, w), w, (0.0, step / 3)) == pytest.approx(step, rel=1e-6)
    x, residual = torch.linalg.cholesky(hessian).mT, torch.linalg.cholesky(hessian).mT @ w
    assert step_by_least_squares(x, residual, hessian @ w) == pytest.approx(step, rel=1e-12)


def test_plane_factors_are_symmetric_on_a_log_axis():
    slopes = torch.tensor([0.1, 0.5, 2.0, 10.0], dtype=DOUBLE)
    factors = plane_factors(7.0, slopes)
    torch.testing.assert_close(factors, factors.flip(0))


EYE = torch.eye(2, dtype=DOUBLE)
ONES = torch.ones(2, dtype=DOUBLE)


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: optimal_step([[1.0]], ONES), TypeError, "hessian must be a floating-point tensor"),
        (lambda: optimal_step(torch.eye(2, dtype=torch.long), ONES), TypeError, "hessian"),
        (lambda: optimal_step(EYE[:1], ONES), ValueError, "hessian must be square"),
        (lambda: optimal_step(EYE[:0, :0], ONES[:0]), ValueError, "hessian must be square"),
        (lambda: optimal_step(EYE, torch.ones(3, dtype=DOUBLE)), ValueError, "gradient must have 2 entries"),
        (lambda: optimal_step(EYE, torch.tensor(1.0)), ValueError, "gradient must have 2 entries"),
        (lambda: optimal_step(EYE, math.nan * ONES), ValueError, "gradient has entries that are not finite"),
        (lambda: optimal_step(EYE, 0 * ONES), ValueError, "gradient is zero"),
        (lambda: optimal_step(torch.tensor([[1.0, 1.0], [0.0, 1.0]]), ONES.float()), ValueError, "not symmetric"),
        (lambda: optimal_step(-EYE, ONES), ValueError, "no positive curvature"),
        (lambda: steepest_descent(EYE, ONES, -1), ValueError, "n_steps must not be negative"),
        (lambda: steepest_descent(EYE, "ones", 1), TypeError, "start must be"),
        (lambda: worst_factor(0.5), ValueError, "condition_number must be at least 1"),
        (lambda: worst_factor(math.nan), ValueError, "condition_number"),
        (lambda: worst_start(EYE[:1, :1]), ValueError, "at least two rows"),
        (lambda: worst_start(torch.diag(torch.tensor([0.0, 1.0]))), ValueError, "positive definite"),
        (lambda: first_stationary_step(lambda w: w.sum(), ONES.float()), ValueError, "w must be a float64"),
        (lambda: first_stationary_step(lambda w: w.square().sum(), 0 * ONES), ValueError, "gradient there is zero"),
        (lambda: first_stationary_step(lambda w: torch.exp(-w).sum(), ONES, 10.0), ValueError, "still falls"),
        (lambda: first_stationary_step(lambda w: torch.exp(-w).sum(), ONES), ValueError, "still falls"),  # underflows
        (lambda: step_by_search(lambda w: -w.square().sum(), ONES, (0.0, 1.0)), ValueError, "no minimum on the ray"),
        (lambda: step_by_least_squares(EYE, ONES, 0 * ONES), ValueError, "every step gives the same"),
        (lambda: steps_to_reduce(EYE, ONES[None], 1.0), ValueError, "factor must lie between 0 and 1"),
        (lambda: steps_to_reduce(EYE, ONES[None], 0.5, 2), ValueError, "delay"),
        (lambda: steps_to_reduce(torch.diag(torch.tensor([1.0, 9.0])), torch.tensor([[9.0, 1.0]]), 0.01, 0, 2),
         ValueError, "1 starts need more than 2 steps"),
    ],
)  # fmt: skip
def test_bad_input_is_refused_by_name(call, error, words):
    with pytest.raises(error, match=words):
        call()
