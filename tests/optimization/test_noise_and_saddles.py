"""Noisy descent: variances by recursion, exit times by simulation and known cases, Kramers' limit, figures."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, strategies
from scipy.special import ndtr

from mgai import figures
from mgai.optimization import escape_times as escape
from mgai.optimization import noise_and_saddles as noisy
from mgai.optimization import noise_and_saddles_experiments as experiments
from mgai.optimization import noise_and_saddles_figures as drawings
from mgai.optimization.small_network_references import example_slice
from mgai.settings import generator

DOUBLE = torch.float64


@given(strategies.floats(-3, 3), strategies.floats(0.01, 0.9), strategies.floats(0, 2), strategies.integers(0, 40))
def test_the_variance_is_that_of_the_recursion(eigenvalue, step, noise, n_steps):
    variance = 0.0
    for _ in range(n_steps):
        variance = (1 - step * eigenvalue) ** 2 * variance + (step * noise) ** 2
    assert noisy.noisy_variance(eigenvalue, step, noise, n_steps) == pytest.approx(variance, rel=1e-7)


def test_the_median_is_where_half_of_the_normal_law_is_outside():
    t = noisy.median_escape(-2.0, 0.1, 1e-3, 0.7)
    whole = [noisy.noisy_variance(-2.0, 0.1, 1e-3, k) for k in (math.floor(t), math.ceil(t))]
    outside = [2 * ndtr(-0.7 / math.sqrt(v)) for v in whole]
    assert outside[0] < 0.5 < outside[1]


def test_first_exit_of_deterministic_runs_is_counted_exactly():
    starts = torch.tensor([[0.01], [0.1], [-0.3]], dtype=DOUBLE)
    counts, ends = noisy.first_exit(torch.neg, starts, 0.5, 0.0, lambda z: z[:, 0].abs() > 1, torch.Generator())
    assert counts.tolist() == [math.floor(math.log(1 / abs(s)) / math.log(1.5)) + 1 for s in (0.01, 0.1, 0.3)]
    torch.testing.assert_close(ends[:, 0], starts[:, 0] * 1.5 ** counts.double())


def test_levels_in_one_batch_have_the_law_of_each_alone():
    n = 4000
    noise = torch.tensor([0.2, 0.4], dtype=DOUBLE).repeat_interleave(n)
    counts, _ = noisy.first_exit(
        torch.neg, torch.zeros(2 * n, 1, dtype=DOUBLE), 0.1, noise, lambda z: z[:, 0].abs() > 0.5,
        generator("test/noise/levels"),
    )  # fmt: skip
    for level, part in zip((0.2, 0.4), counts.view(2, n).double(), strict=True):
        mean, deviation = noisy.exit_moments(torch.neg, 0.0, 0.1, level, (-0.5, 0.5))
        assert abs(float(part.mean()) - mean) < 6 * deviation / math.sqrt(n)
        alive = noisy.survival(torch.neg, 0.0, 0.1, level, (-0.5, 0.5), 30)
        assert abs(float((part > 30).double().mean()) - float(alive[-1])) < 6 * 0.5 / math.sqrt(n)


def test_moments_are_sums_of_the_survival_function():
    mean, deviation = noisy.exit_moments(torch.neg, 0.1, 0.2, 0.5, (-0.6, 0.8))
    alive = noisy.survival(torch.neg, 0.1, 0.2, 0.5, (-0.6, 0.8), 400).numpy()
    assert mean == pytest.approx(alive.sum(), rel=1e-10)
    second = ((2 * np.arange(401) + 1) * alive).sum()
    assert deviation == pytest.approx(math.sqrt(second - mean**2), rel=1e-8)
    finer = noisy.exit_moments(torch.neg, 0.1, 0.2, 0.5, (-0.6, 0.8), 200)
    np.testing.assert_allclose((mean, deviation), finer, rtol=1e-10)


def test_the_mean_escape_time_of_known_diffusions():
    flat = escape.mean_escape_time(lambda x: 0 * x, 0.5, 1.0, 0.0, 3.0)
    assert flat == pytest.approx(1.0 * (2 * 3 - 1) / (2 * 0.5))
    slope, d = 0.7, 0.3  # a drift towards the goal: a line, and a wall far above
    line = escape.mean_escape_time(lambda x: slope * x, d, 1.0, 0.0, 60.0)
    assert line == pytest.approx(1 / slope, rel=1e-6)
    for diffusion, within in ((0.02, 0.1), (0.005, 0.02), (0.0025, 0.01)):
        _, exact, kramers = drawings.well_times(diffusion, 1.0)
        assert abs(exact / kramers - 1) < within


def test_stationary_points_are_roots_of_the_slope():
    for tilt in (0.01, 0.15, 0.38):
        points = escape.stationary_points(tilt)
        np.testing.assert_allclose(points, np.sort(np.roots([1, 0, -1, tilt]).real), atol=1e-7)
        assert all(abs(escape.tilted_slope(x, tilt)) < 1e-12 for x in points)
    x = torch.tensor([0.3, -1.2], dtype=DOUBLE)
    slope = torch.func.vmap(torch.func.grad(escape.tilted_double_well))(x)
    torch.testing.assert_close(slope, escape.tilted_slope(x))


def test_figures_show_what_was_measured():
    measured = experiments.saddle_experiment(example_slice(), generator("test/noise/saddle"), (1e-1, 1e-3), 100)
    axes = drawings.saddle_figure(*measured).axes[0]
    np.testing.assert_allclose(axes.lines[1].get_ydata(), measured[1].numpy())
    assert axes.get_xlabel() and axes.get_ylabel()
    alt = drawings.saddle_alt(*measured)
    figures.check_alt(alt)
    assert f"{measured[1][0]:.0f} steps" in alt
    theory = [noisy.median_escape(measured[2], 0.1, level, 0.3) for level in (1e-1, 1e-3)]
    assert all(abs(float(m) - t) < 6 for m, t in zip(measured[1], theory, strict=True))
    times = experiments.well_experiment([0.1, 0.07], 0.1, 300, generator("test/noise/well"))
    drawn = drawings.well_figure([0.1, 0.07], times, 0.1)
    assert list(drawn.axes[0].lines[-1].get_ydata()) == list(times.values())
    assert f"D = 0.07: {times[0.07]:.0f}" in drawings.well_alt([0.1, 0.07], times, 0.1)


START = torch.zeros(2, 1, dtype=DOUBLE)


def never(points):
    return points[:, 0] > 1e9


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: noisy.first_exit(torch.neg, START, 0.0, 0.1, never, torch.Generator()), "step must be positive"),
        (lambda: noisy.first_exit(torch.neg, START, 0.1, -0.1, never, torch.Generator()), "noise must not be negative"),
        (lambda: noisy.first_exit(torch.neg, START / 0, 0.1, 0.1, never, torch.Generator()), "starts has entries"),
        (lambda: noisy.first_exit(torch.neg, START, 0.1, 0.0, never, torch.Generator(), 5), "2 runs are still inside"),
        (lambda: noisy.noisy_variance(-1.0, 0.1, 0.1, -1), "n_steps must not be negative"),
        (lambda: noisy.median_escape(1.0, 0.1, 0.1, 1.0), "eigenvalue must be negative"),
        (lambda: noisy.exit_moments(torch.neg, 2.0, 0.1, 0.1, (-1.0, 1.0)), "start inside the interval"),
        (lambda: noisy.exit_moments(torch.neg, 0.0, 0.1, 1e-4, (-1.0, 1.0)), "more than 4,000"),
        (lambda: escape.mean_escape_time(lambda x: x, 0.0, 1.0, 0.0, 2.0), "diffusion must be positive"),
        (lambda: escape.mean_escape_time(lambda x: x, 1.0, 1.0, 1.5, 2.0), "goal < start < wall"),
        (lambda: escape.kramers_time(1.0, 1.0, 1.0, 1.0), "top_curvature negative"),
        (lambda: escape.stationary_points(0.5), "tilt must lie between"),
    ],
)
def test_bad_input_is_refused_by_name(call, words):
    with pytest.raises(ValueError, match=words):
        call()
