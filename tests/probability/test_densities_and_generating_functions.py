"""Densities, generating functions, the log-derivative trick: SciPy, quadrature and autograd; bad input."""

import math
from fractions import Fraction

import numpy as np
import pytest
import torch
from hypothesis import given, strategies
from scipy import stats

from mgai.probability import densities_and_generating_functions as densities
from mgai.probability import densities_and_generating_functions_figures as drawings
from mgai.probability import densities_and_generating_functions_references as references
from mgai.probability import generating_functions as mgfs
from mgai.settings import generator

DOUBLE = torch.float64
ZERO = torch.zeros((), dtype=DOUBLE)


@given(strategies.floats(0.1, 5), strategies.sampled_from([-1, 1]))
def test_scaled_normal_density_agrees_with_scipy(size, sign):
    z = torch.linspace(-4, 4, 9, dtype=DOUBLE)
    found = densities.scaled_density(lambda y: torch.exp(-0.5 * (y - 1) ** 2) / (2 * math.pi) ** 0.5, sign * size, z)
    np.testing.assert_allclose(found, stats.norm(sign * size, size).pdf(z), rtol=1e-12)


def test_sum_of_normals_is_normal():
    first, second = stats.norm(1, 0.6).pdf, stats.norm(-2, 0.8).pdf
    for z in (-3.0, -1.0, 0.5):
        found = densities.sum_density(first, second, z, -10.0, 12.0, breaks=[1.0, 99.0])
        assert found == pytest.approx(stats.norm(-1, 1).pdf(z), abs=1e-11)


def test_score_gradient_agrees_with_autograd_and_ignores_the_baseline():
    rng = generator("test/score")
    features, theta = torch.randn(6, 3, dtype=DOUBLE, generator=rng), torch.randn(3, dtype=DOUBLE, generator=rng)
    values = torch.randn(6, dtype=DOUBLE, generator=rng)

    def logs(parameters):
        return (features @ parameters).log_softmax(0)

    expected = torch.func.grad(lambda parameters: logs(parameters).exp() @ values)(theta)
    for baseline in (0.0, -7.0):
        np.testing.assert_allclose(densities.score_gradient(values, logs, theta, baseline), expected, atol=1e-13)


@pytest.mark.parametrize(
    ("mgf", "law"),
    [
        (lambda t: mgfs.bernoulli_mgf(0.2, t), stats.bernoulli(0.2)),
        (lambda t: mgfs.binomial_mgf(6, 0.7, t), stats.binom(6, 0.7)),
        (lambda t: mgfs.normal_mgf(-1.0, 2.0, t), stats.norm(-1, 2**0.5)),
        (lambda t: mgfs.gamma_mgf(1.5, 2.0, t), stats.gamma(1.5, scale=2)),
        (lambda t: mgfs.poisson_mgf(0.4, t), stats.poisson(0.4)),
    ],
)
def test_cumulants_are_mean_and_variance(mgf, law):
    first = torch.func.grad(lambda t: mgf(t).log())
    assert float(mgf(ZERO)) == 1
    assert float(first(ZERO)) == pytest.approx(law.mean(), rel=1e-12)
    assert float(torch.func.grad(first)(ZERO)) == pytest.approx(law.var(), rel=1e-12)


def test_gamma_is_infinite_from_the_reciprocal_of_the_scale():
    found = mgfs.gamma_mgf(2.0, 0.25, torch.tensor([3.0, 4.0, 5.0]))
    assert found.dtype == torch.float32 and found[0] == 16 and found[1:].isinf().all()


def test_finite_law_takes_atoms_of_probability_zero_and_large_exponents():
    values, p = torch.tensor([0.0, 1.0, 9.0], dtype=DOUBLE), torch.tensor([0.5, 0.5, 0.0], dtype=DOUBLE)
    found = mgfs.finite_mgf(values, p, torch.tensor([[0.0, 700.0]], dtype=DOUBLE))
    np.testing.assert_allclose(found, [[1.0, 0.5 * math.exp(700)]], rtol=1e-12)


def test_sums_of_poisson_and_of_gamma_laws_stay_in_the_family():
    t = torch.linspace(-1, 0.9, 5, dtype=DOUBLE)
    ones = torch.ones(2, dtype=DOUBLE)
    poisson = mgfs.combination_mgf([lambda s: mgfs.poisson_mgf(1.0, s), lambda s: mgfs.poisson_mgf(2.5, s)], ones, t)
    gamma = mgfs.combination_mgf(
        [lambda s: mgfs.gamma_mgf(1.0, 1.0, s), lambda s: mgfs.gamma_mgf(2.0, 1.0, s)], ones, t
    )
    np.testing.assert_allclose(poisson, mgfs.poisson_mgf(3.5, t), rtol=1e-13)
    np.testing.assert_allclose(gamma, mgfs.gamma_mgf(3.0, 1.0, t), rtol=1e-13)


@given(strategies.integers(0, 81), strategies.integers(0, 81))
def test_cantor_function_is_monotone_and_self_similar(i, j):
    low, high = sorted((Fraction(i, 81), Fraction(j, 81)))
    value = references.cantor_function
    assert value(low) <= value(high) and value(low / 3) == value(low) / 2 and value(1 - low) == 1 - value(low)


def test_references_agree_with_scipy():
    law = stats.gamma(2.5, scale=0.6)
    found = references.gamma_mgf_by_quadrature(2.5, 0.6, -1.0)
    assert found == pytest.approx(law.expect(lambda x: np.exp(-x)), rel=1e-8)
    assert references.cauchy_tail(2.0, 3.0) == pytest.approx(stats.cauchy(scale=2).cdf(3), abs=1e-12)
    assert references.heyde_mean(2.0, -0.5) == pytest.approx(stats.lognorm(1).moment(2), rel=1e-12)


def test_figure_shows_densities_that_integrate_to_one():
    x = torch.linspace(-9, 9, 20001, dtype=DOUBLE).exp()
    for amplitude in (0.0, 0.5, 1.0):
        assert float(torch.trapezoid(drawings.heyde_density(x, amplitude), x)) == pytest.approx(1, abs=1e-5)
    axes = drawings.heyde_figure().axes[0]
    assert axes.get_xlabel() and axes.get_ylabel() and len(axes.lines) == 3
    assert f"{float(axes.lines[2].get_ydata().max()):.2f}" in drawings.heyde_alt()


@pytest.mark.bad_input
def test_bad_input_is_named():
    one, half = torch.ones(1), torch.tensor([0.5, 0.5])
    for call, error, message in (
        (lambda: densities.scaled_density(torch.exp, 0.0, one), ValueError, "factor"),
        (lambda: densities.scaled_density(torch.exp, 1.0, [1.0]), TypeError, "z must be"),
        (lambda: densities.sum_density(float, float, 0.0, 1.0, 0.0), ValueError, "lower"),
        (lambda: densities.score_gradient(half, lambda v: v.log(), torch.tensor([0.0, 1.0])), ValueError, "log_prob"),
        (lambda: densities.score_gradient(one, lambda v: v.log_softmax(0), half), ValueError, "log_prob"),
        (lambda: mgfs.finite_mgf(one, half, one), ValueError, "values must have shape"),
        (lambda: mgfs.finite_mgf(half, torch.tensor([0.5, 0.6]), one), ValueError, "probabilities sums"),
        (lambda: mgfs.finite_mgf(half, half, one * math.nan), ValueError, "t has entries"),
        (lambda: mgfs.bernoulli_mgf(1.5, one), ValueError, "p must lie"),
        (lambda: mgfs.binomial_mgf(0, 0.5, one), ValueError, "n must be"),
        (lambda: mgfs.normal_mgf(0.0, -1.0, one), ValueError, "variance"),
        (lambda: mgfs.gamma_mgf(0.0, 1.0, one), ValueError, "shape"),
        (lambda: mgfs.gamma_mgf(1.0, -1.0, one), ValueError, "scale"),
        (lambda: mgfs.poisson_mgf(0.0, one), ValueError, "rate"),
        (lambda: mgfs.combination_mgf([torch.exp], half, one), ValueError, "coefficients must have shape"),
        (lambda: references.cantor_function(Fraction(1, 4)), ValueError, "power of 1/3"),
        (lambda: references.cantor_function(Fraction(2)), ValueError, "between 0 and 1"),
        (lambda: references.gamma_mgf_by_quadrature(1.0, 1.0, 1.0), ValueError, "shape=1"),
        (lambda: references.heyde_mean(9.0), ValueError, "amplitude"),
        (lambda: drawings.heyde_density(torch.zeros(1), 0.0), ValueError, "x must be positive"),
    ):
        with pytest.raises(error, match=message):
            call()
