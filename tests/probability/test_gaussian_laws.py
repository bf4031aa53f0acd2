"""Gaussian laws: SciPy, NumPy and autograd as references; singular blocks; one dimension; bad input."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, strategies
from scipy import stats

from mgai.probability import gaussian_laws as laws
from mgai.probability import gaussian_laws_figures as drawings
from mgai.probability import gaussian_laws_references as references
from mgai.settings import generator

DOUBLE = torch.float64


def draws(label, *shape):
    return torch.randn(*shape, dtype=DOUBLE, generator=generator(f"test/gaussian-laws/{label}"))


@pytest.mark.parametrize("d", [1, 2, 5])
def test_log_density_agrees_with_scipy(d):
    mean, sigma, _ = references.random_gaussian("test", d)
    x = draws("points", 2, 3, d)
    expected = stats.multivariate_normal(mean.numpy(), sigma.numpy()).logpdf(x.numpy())
    np.testing.assert_allclose(laws.log_density(x, mean, sigma), expected, atol=1e-12)


def test_log_density_in_single_precision_does_not_overflow():
    found = laws.log_density(torch.zeros(60), torch.zeros(60), 1e6 * torch.eye(60))
    assert found.dtype == torch.float32 and float(found) == pytest.approx(-30 * math.log(2e6 * math.pi), rel=1e-5)


def test_maximum_likelihood_agrees_with_numpy():
    x = draws("sample", 9, 3)
    mean, sigma = laws.maximum_likelihood(x)
    np.testing.assert_allclose(mean, x.numpy().mean(0), atol=1e-15)
    np.testing.assert_allclose(sigma, np.cov(x.numpy().T, bias=True), atol=1e-14)
    assert not laws.maximum_likelihood(x[:1])[1].any()
    assert torch.linalg.matrix_rank(laws.maximum_likelihood(x[:3])[1]) == 2


def test_likelihood_excess_is_zero_at_the_estimates_alone():
    mean, sigma, _ = references.random_gaussian("excess", 3)
    assert references.likelihood_excess(torch.zeros_like(mean), sigma, sigma) == pytest.approx(0, abs=1e-13)
    assert references.likelihood_excess(mean, sigma, sigma) > 0
    assert references.likelihood_excess(torch.zeros_like(mean), sigma, 1.1 * sigma) > 1e-3


@given(strategies.integers(1, 4))
def test_conditioning_step_by_step_is_conditioning_at_once(e):
    mean, sigma, _ = references.random_gaussian("steps", 6)
    z = draws("steps", e + 1)
    first = laws.conditional(mean, sigma, z[:e])
    for found, expected in zip(laws.conditional(*first, z[e:]), laws.conditional(mean, sigma, z), strict=True):
        np.testing.assert_allclose(found, expected, atol=1e-12)


def test_conditional_lowers_the_covariance_and_may_leave_none():
    _, sigma, _ = references.random_gaussian("lower", 4)
    _, given_two = laws.conditional(torch.zeros(4, dtype=DOUBLE), sigma, torch.zeros(2, dtype=DOUBLE))
    assert float(torch.linalg.eigvalsh(sigma[2:, 2:] - given_two)[0]) > -1e-13
    mean, left = laws.conditional(torch.zeros(2), torch.ones(2, 2), torch.tensor([3.0]))
    assert mean.item() == 3 and left.item() == 0


def test_blocks_of_a_transposed_view():
    _, sigma, _ = references.random_gaussian("blocks", 4)
    s11, s12, s21, s22 = laws.blocks(sigma.T, 1)
    assert torch.equal(torch.cat([torch.cat([s11, s12], 1), torch.cat([s21, s22], 1)]), sigma.T)


def test_process_interpolates_as_the_noise_vanishes_and_forgets_far_away():
    x, y = torch.tensor([-1.0, 0.5, 2.0], dtype=DOUBLE), torch.tensor([1.0, -1.0, 0.3], dtype=DOUBLE)
    mean, covariance = laws.process_prediction(laws.squared_exponential, x, y, 1e-10, torch.cat([x, x[:1] + 40]))
    np.testing.assert_allclose(mean, [*y, 0.0], atol=1e-8)
    np.testing.assert_allclose(covariance.diagonal(), [0, 0, 0, 1], atol=1e-8)


def test_figure_shows_the_prediction():
    axes = drawings.process_figure().axes[0]
    assert axes.get_xlabel() and axes.get_ylabel() and axes.get_legend()
    _, _, deviation = drawings.prediction()
    assert f"grows to {float(deviation.max()):.2f}" in drawings.process_alt()
    assert float(deviation[-1]) == float(deviation.max())


@pytest.mark.bad_input
def test_bad_input_is_named():
    one, two, eye = torch.ones(1), torch.zeros(2), torch.eye(2)
    kernel = laws.squared_exponential
    for call, error, message in (
        (lambda: laws.log_density(two, two, torch.ones(2, 2)), ValueError, "positive definite"),
        (lambda: laws.log_density(torch.zeros(3), two, eye), ValueError, "x must have shape"),
        (lambda: laws.log_density(two, two, torch.eye(3)), ValueError, "covariances must have shape"),
        (lambda: laws.log_density([0.0], one, torch.eye(1)), (TypeError, ValueError), "x must"),
        (lambda: laws.maximum_likelihood(torch.zeros(0, 2)), ValueError, "x must have shape"),
        (lambda: laws.maximum_likelihood(torch.full((2, 2), math.nan)), ValueError, "x has entries"),
        (lambda: laws.blocks(eye, 2), ValueError, "e=2"),
        (lambda: laws.blocks(torch.ones(2, 3), 1), ValueError, "covariance must have shape"),
        (lambda: laws.blocks(torch.tensor([[1.0, 0.5], [0.0, 1.0]]), 1), ValueError, "symmetric"),
        (lambda: laws.blocks(torch.tensor([[1.0, 2.0], [2.0, 1.0]]), 1), ValueError, "as a whole"),
        (lambda: laws.conditional(two, torch.diag(torch.tensor([0.0, 1.0])), one), ValueError, "block of z"),
        (lambda: laws.conditional(one, eye, one), ValueError, "mean must have shape"),
        (lambda: laws.process_prediction(kernel, one, two, 1.0, one), ValueError, "y must have shape"),
        (lambda: laws.process_prediction(kernel, one, one, 0.0, one), ValueError, "noise"),
        (lambda: references.likelihood_excess(two, eye, torch.ones(2, 2)), ValueError, "covariance must be"),
    ):
        with pytest.raises(error, match=message):
            call()
