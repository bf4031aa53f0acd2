"""Adam's averages and lengths: closed forms against the steps themselves, bounds, figures."""

import pytest
import torch
from hypothesis import given, strategies

from mgai import figures
from mgai.optimization.adaptive_rates import (
    bias_corrected,
    lag,
    longest_adam_step,
    uncorrected_ratio,
    worst_gradients,
)
from mgai.optimization.momentum_rates import momentum_factor, nesterov_factor
from mgai.optimization.optimizers import adam_start, adam_step
from mgai.optimization.optimizers_figures import (
    factors_alt,
    factors_figure,
    first_steps_alt,
    first_steps_figure,
    measured_factors,
    paths_alt,
    paths_figure,
)
from mgai.settings import generator

DOUBLE = torch.float64
betas = strategies.floats(0.05, 0.999)


def adam_lengths(gradients, **options):
    theta = torch.zeros_like(gradients[0])
    state, points = adam_start(theta), [theta]
    for g in gradients:
        theta, state = adam_step(theta, g, state, lr=1.0, eps=0.0, **options)
        points.append(theta)
    return -torch.stack(points).diff(dim=0)


@given(strategies.integers(0, 10**6), betas, betas)
def test_the_correction_scales_every_step(seed, beta1, beta2):
    gradients = torch.randn(10, 3, dtype=DOUBLE, generator=generator(f"test/adaptive/{seed}"))
    options = {"beta1": beta1, "beta2": beta2}
    plain, corrected = (adam_lengths(gradients, correct=correct, **options) for correct in (False, True))
    expected = uncorrected_ratio(torch.arange(1, 11), beta1, beta2)[:, None] * corrected
    torch.testing.assert_close(plain, expected, rtol=1e-9, atol=1e-12)


@given(strategies.integers(1, 40), betas, betas)
def test_no_step_is_longer_than_the_longest(count, beta1, beta2):
    bound = longest_adam_step(count, beta1, beta2)
    attained = adam_lengths(worst_gradients(count, beta1, beta2), beta1=beta1, beta2=beta2)[-1]
    assert float(attained) == pytest.approx(bound, rel=1e-8)
    drawn = torch.randn(count, 50, dtype=DOUBLE, generator=generator("test/adaptive/longest"))
    assert adam_lengths(drawn, beta1=beta1, beta2=beta2)[-1].abs().max() <= bound * (1 + 1e-9)


@given(strategies.integers(1, 30), betas)
def test_the_lag_is_the_mean_age(count, beta):
    average = torch.zeros((), dtype=DOUBLE)
    for t in range(1, count + 1):
        average = beta * average + (1 - beta) * t
    age = count - bias_corrected(average, beta, count)
    torch.testing.assert_close(lag(torch.tensor([count]), beta)[0], age, rtol=1e-7, atol=1e-8)


def test_measured_factors_lie_on_the_curves():
    products, heavy, nesterov = measured_factors(0.81)
    beta = torch.tensor(0.81, dtype=DOUBLE)
    assert (heavy - momentum_factor(products, beta)).abs().max() < 0.02
    inside = nesterov_factor(products, beta) > 0.3  # next to ηλ = 1 a factor near zero is lost in rounding
    assert (nesterov - nesterov_factor(products, beta))[inside].abs().max() < 0.02


@pytest.mark.parametrize(
    ("drawn", "alt"),
    [(factors_figure, factors_alt), (paths_figure, paths_alt), (first_steps_figure, first_steps_alt)],
)
def test_figures_have_labels_and_words(drawn, alt):
    for axes in drawn().axes:
        assert axes.get_xlabel()
        assert axes.get_ylabel()
    figures.check_alt(alt())


def test_the_alternative_texts_tell_the_numbers():
    assert "3.16 at step 1" in first_steps_alt()
    assert "6.57 at step 12" in first_steps_alt()
    assert "from ηλ = 3.62 on" in factors_alt()
    assert "momentum reaches 0.63" in paths_alt()


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: uncorrected_ratio(torch.tensor([1]), 0.9, -0.1), "beta"),
        (lambda: longest_adam_step(0), "count must be at least 1"),
        (lambda: worst_gradients(0), "count must be at least 1"),
        (lambda: worst_gradients(2, 0.0), "beta1 and beta2"),
        (lambda: lag(torch.tensor([], dtype=torch.long), 0.9), "count must hold whole numbers"),
        (lambda: lag(torch.tensor([0]), 0.9), "count"),
        (lambda: lag(torch.tensor([1.0]), 0.9), "count"),
        (lambda: bias_corrected(torch.ones(1), 0.9, 0), "count must be at least 1"),
        (lambda: bias_corrected(torch.ones(1), 1.0, 1), "beta"),
    ],
)
def test_bad_input_is_refused_by_name(call, words):
    with pytest.raises(ValueError, match=words):
        call()
