"""Stochastic gradients: enumerated batches, averages against loops, moments against simulation and sums, bad input."""

import math
from itertools import combinations, product

import pytest
import torch
from hypothesis import given, strategies

from mgai import figures
from mgai.optimization.stochastic_gradient import (
    arithmetic_mean,
    batch_covariance,
    moving_average,
    moving_average_variance,
    remembered_start,
    robbins_monro,
    second_moments,
    stationary_variance,
)
from mgai.optimization.stochastic_gradient_figures import averaging_alt, averaging_figure, moments_by_schedule
from mgai.optimization.stochastic_gradient_references import expected_iterate, least_worst_excess, simulate
from mgai.settings import generator

DOUBLE = torch.float64
seeds, stable = strategies.integers(0, 10**6), strategies.floats(0.05, 1.9)


@given(seeds, strategies.integers(1, 4), strategies.booleans())
def test_batches_by_enumeration(seed, size, replacement):
    gradients = torch.randn(4, 2, dtype=DOUBLE, generator=generator(f"test/sgd/{seed}"))
    batches = product(range(4), repeat=size) if replacement else combinations(range(4), size)
    means = torch.stack([gradients[list(batch)].mean(0) for batch in batches])
    centred = means - gradients.mean(0)
    expected = centred.T @ centred / len(means)
    torch.testing.assert_close(batch_covariance(gradients, size, replacement), expected, rtol=1e-10, atol=1e-13)


@given(seeds, strategies.integers(1, 20), strategies.floats(0.01, 1.0))
def test_averages_against_their_weights(seed, n, weight):
    path = torch.randn(n, 2, dtype=DOUBLE, generator=generator(f"test/sgd/path/{seed}"))
    counts = torch.arange(1, n + 1, dtype=DOUBLE)[:, None]
    torch.testing.assert_close(arithmetic_mean(path), path.cumsum(0) / counts, rtol=1e-10, atol=1e-12)
    weights = weight * (1 - weight) ** torch.arange(n - 1, -1, -1, dtype=DOUBLE)
    weights[0] = (1 - weight) ** (n - 1)  # all that is left belongs to the first point
    torch.testing.assert_close(moving_average(path, weight)[-1], weights @ path, rtol=1e-10, atol=1e-12)


@given(stable, strategies.floats(0.5, 2.0), strategies.floats(-3, 3))
def test_moments_by_the_matrix_of_the_linear_map(product_, curvature, start):
    steps = [product_ / curvature * s for s in (1.0, 0.5, 0.8, 0.3)]
    last, mean = second_moments(steps, curvature, 2.0, start)
    rows = [torch.zeros(5, dtype=DOUBLE)]  # each iterate in terms of the start and four noises
    rows[0][0] = 1.0
    for t, step in enumerate(steps):
        row = (1 - step * curvature) * rows[-1]
        row[t + 1] -= step
        rows.append(row)
    sizes = torch.tensor([start**2, 2.0, 2.0, 2.0, 2.0], dtype=DOUBLE)
    iterates = torch.stack(rows[1:])
    torch.testing.assert_close(last, iterates.square() @ sizes, rtol=1e-10, atol=1e-12)
    torch.testing.assert_close(mean[-1], iterates.mean(0).square() @ sizes, rtol=1e-10, atol=1e-12)
    assert remembered_start(steps, curvature) == pytest.approx(float(rows[-1][0]), rel=1e-10, abs=1e-14)


@given(stable, strategies.floats(0.05, 1.0))
def test_stationary_variances_are_fixed_points(step, weight):
    v = stationary_variance(1.0, 1.0, step)
    assert v == pytest.approx((1 - step) ** 2 * v + step**2)
    # the average m and an iterate x are jointly stationary: solve for Var m and Cov(m, x)
    kept, left = 1 - step, 1 - weight
    cross = weight * v / (1 - left * kept)
    assert moving_average_variance(1.0, 1.0, step, weight) == pytest.approx(
        (2 * left * weight * kept * cross + weight**2 * v) / (1 - left**2)
    )


def test_a_weight_of_one_is_the_path_itself():
    path = torch.arange(6.0).reshape(3, 2).T  # not contiguous
    assert torch.equal(moving_average(path, 1.0), path)
    assert arithmetic_mean(path).dtype == torch.float32
    assert moving_average_variance(1.0, 1.0, 0.5, 1.0) == stationary_variance(1.0, 1.0, 0.5)


@pytest.mark.parametrize("power", [0.25, 0.5, 0.51, 1.0, 1.01, 2.0])
def test_conditions_by_doubling_the_number_of_terms(power):
    """A sum diverges when blocks from n to 2n do not shrink."""

    def shrinks(q):
        blocks = [sum(t**-q for t in range(n, 2 * n)) for n in (1000, 8000)]
        return blocks[1] < blocks[0] * (1 - 1e-3)

    assert robbins_monro(power) == (not shrinks(power), shrinks(2 * power))


def test_references():
    runs = simulate([0.5], 1.0, 2.0, 100_000, generator("test/sgd/simulate"))
    assert float(runs.mean()) == pytest.approx(1.0, abs=6 * 0.5 / math.sqrt(100_000))
    mean, exponential = expected_iterate(lambda x: x, 0.5, 2)  # ±1/2, halved, ±1/2
    assert mean == 0.0
    assert exponential == pytest.approx(math.cosh(0.5) * math.cosh(0.25))
    assert least_worst_excess(10**6, 0.1) < 1e-300
    assert least_worst_excess(1, 1.0) == pytest.approx(2 * 0.15865525393145707)


def test_the_figure_shows_the_numbers_it_names():
    panels = averaging_figure().axes
    assert panels[0].get_xlabel() and panels[0].get_ylabel() and panels[1].get_xlabel()
    moments = moments_by_schedule()
    for number, (last, mean) in enumerate(moments.values()):
        assert list(panels[0].lines[number].get_ydata()) == last
        assert list(panels[1].lines[number].get_ydata()) == mean
    alt = averaging_alt()
    figures.check_alt(alt)
    assert all(label in alt and f"{last[-1]:.2g}" in alt for label, (last, _) in moments.items())


X = torch.ones(3, 2, dtype=DOUBLE)


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: batch_covariance(X, 0, True), ValueError, "size must be"),
        (lambda: batch_covariance(X, 4, False), ValueError, "size must be"),
        (lambda: batch_covariance(X[0], 1, False), ValueError, "gradients must have shape"),
        (lambda: batch_covariance([[1.0]], 1, False), TypeError, "gradients must be"),
        (lambda: arithmetic_mean(X[:0]), ValueError, "path must have"),
        (lambda: arithmetic_mean(math.nan * X), ValueError, "path has entries"),
        (lambda: moving_average(X, 0.0), ValueError, "weight must lie"),
        (lambda: moving_average(X, math.nan), ValueError, "weight must lie"),
        (lambda: moving_average(X[:0], 0.5), ValueError, "path must have"),
        (lambda: stationary_variance(1.0, 1.0, 2.0), ValueError, "step must be below"),
        (lambda: stationary_variance(-1.0, 1.0, 0.5), ValueError, "curvature must be positive"),
        (lambda: stationary_variance(1.0, 0.0, 0.5), ValueError, "noise must be positive"),
        (lambda: moving_average_variance(1.0, 1.0, 0.5, 1.5), ValueError, "weight must lie"),
        (lambda: second_moments([], 1.0, 1.0, 0.0), ValueError, "steps is empty"),
        (lambda: second_moments([0.1, 0.0], 1.0, 1.0, 0.0), ValueError, "steps must be positive"),
        (lambda: second_moments([0.1], 1.0, -1.0, 0.0), ValueError, "noise must not be negative"),
        (lambda: second_moments([0.1], math.nan, 1.0, 0.0), ValueError, "curvature nan"),
        (lambda: remembered_start([-0.1], 1.0), ValueError, "steps must be positive"),
        (lambda: robbins_monro(0.0), ValueError, "power must be positive"),
    ],
)
def test_bad_input_is_refused_by_name(call, error, words):
    with pytest.raises(error, match=words):
        call()
