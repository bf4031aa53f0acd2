"""Moments of the estimated rate: exact ones against SciPy, first-order ones against autograd; coverage; figures."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from scipy import stats

from mgai import settings
from mgai.calculus import damping_rate as rates
from mgai.calculus import damping_rate_error as errors
from mgai.calculus import damping_rate_error_figures as drawing
from mgai.calculus import damping_rate_references as references
from mgai.calculus.damped_response import solution

T = torch.linspace(0, 5, 31, dtype=torch.float64)
X = solution(1.0, 1.0, T)
WAYS = drawing.regressions(T)


@pytest.mark.parametrize("noise", [0.05, 0.4, 3.0])
@pytest.mark.parametrize("name", WAYS)
def test_exact_moments_are_those_of_quadrature(name, noise):
    found = errors.exact_moments(WAYS[name], X, noise)
    np.testing.assert_allclose(found, references.ratio_moments_by_scipy(WAYS[name], X, noise), rtol=1e-7)


def test_a_case_with_a_known_answer():
    n = 12  # in pure noise N/D for A = I depends on the direction alone: mean tr B/n, variance of a uniform direction
    b = torch.randn(n, n, dtype=torch.float64, generator=settings.generator("t/direction"))
    regression = rates.Regression(torch.eye(n, dtype=torch.float64), b, torch.zeros(n, dtype=torch.float64))
    q, zero = (b + b.T) / 2, torch.zeros(n, dtype=torch.float64)
    variance = 2 * (float((q * q).sum()) - float(q.trace()) ** 2 / n) / (n * (n + 2))
    for noise in (0.1, 7.0):
        mean, spread = errors.exact_moments(regression, zero, noise)
        assert mean == pytest.approx(-float(b.trace()) / n, abs=1e-12)
        assert spread == pytest.approx(math.sqrt(variance), rel=1e-10)


def test_first_order_theory_is_right_for_small_noise():
    for way in WAYS.values():
        gradient = torch.func.grad(lambda y, way=way: -((way.a @ y) @ (way.b @ y - way.f)) / (way.a @ y).square().sum())
        assert errors.rate_spread(way, X, 1e-6) / 1e-6 == pytest.approx(float(gradient(X).norm()), rel=1e-8)
        small = errors.exact_moments(way, X, 1e-4)
        assert small.mean == pytest.approx(errors.limiting_rate(way, X, 1e-4), abs=1e-6)
        assert small.standard_deviation == pytest.approx(errors.rate_spread(way, X, 1e-4), rel=1e-5)


def test_the_bias_to_second_order_is_half_the_trace_of_the_hessian():
    way, noise = WAYS["central differences"], 1e-3

    def rate(y):
        return -((way.a @ y) @ (way.b @ y - way.f)) / (way.a @ y).square().sum()

    curvature = float(torch.func.jacrev(torch.func.grad(rate))(X).trace())
    bias = errors.exact_moments(way, X, noise).mean - float(rate(X))
    assert bias == pytest.approx(noise**2 * curvature / 2, rel=1e-3)


def test_simulated_moments_lie_near():
    y = errors.noisy_samples(1.0, 1.0, T, 0.2, 4000, settings.generator("t/moments"))
    for way in WAYS.values():
        found, exact = rates.estimate_rate(way, y), errors.exact_moments(way, X, 0.2)
        assert float(found.mean()) == pytest.approx(exact.mean, abs=6 * exact.standard_deviation / 4000**0.5)
        naive = rates.naive_standard_error(way, y).square().mean().sqrt()
        assert float(naive) == pytest.approx(errors.typical_naive_error(way, X, 0.2), rel=0.2)  # a ratio of means


def test_noisy_samples():
    y = errors.noisy_samples(1.0, 1.0, T, 0.2, 500, settings.generator("t/samples"))
    assert stats.kstest(((y - X) / 0.2).flatten().numpy(), "norm").pvalue > 1e-7
    assert torch.equal(y, errors.noisy_samples(1.0, 1.0, T, 0.2, 500, settings.generator("t/samples")))


def test_coverage_of_an_honest_error_is_the_level():
    m = 400  # half of the samples are regressors with next to no error, half are independent responses, the rate is 0
    eye, zero = torch.eye(m, dtype=torch.float64), torch.zeros(m, m, dtype=torch.float64)
    way = rates.Regression(torch.cat([eye, zero], dim=1), torch.cat([zero, eye], dim=1), zero[0])
    x = torch.cat([torch.linspace(100, 200, m, dtype=torch.float64), zero[0]])
    for level in (0.5, 0.95):
        assert errors.predicted_coverage(way, x, 0.0, 0.1, level) == pytest.approx(level, abs=2e-3)


def test_root_mean_square_error():
    assert errors.Moments(1.3, 0.4).root_mean_square_error(1.0) == pytest.approx(0.5)


def test_figures():
    samplings, noises = [(20, 0.05), (20, 0.1)], (0.05, 0.1)
    table = drawing.sweep(samplings, 20, "t/sweep")
    assert list(table) == [*WAYS, "fitted solution"] and len(table["integrals"]) == 2
    drawn = [drawing.sweep_figure(noises, "noise", table), drawing.coverage_figure(noises, table)]
    drawn.append(drawing.information_figure(T))
    for each in drawn:
        assert each.axes[-1].get_xlabel() and all(axes.get_ylabel() for axes in each.axes)
    assert f"{table['integrals'][0].simulated[0]:.2f}" in drawing.sweep_alt(noises, "the noise", table)
    assert "integrals" in drawing.coverage_alt(noises, table)
    assert f"{float(drawing.sample_information(T)[0].max()):.3f}" in drawing.information_alt(T)


@pytest.mark.bad_input
def test_bad_input():
    way, rng = WAYS["integrals"], torch.Generator()
    for function in (errors.limiting_rate, errors.rate_spread, errors.exact_moments, errors.typical_naive_error):
        for noise in (0.0, -1.0, math.nan):
            with pytest.raises(ValueError, match="noise"):
                function(way, X, noise)
        for x in (X[:-1], torch.full_like(X, math.nan)):
            with pytest.raises(ValueError, match="x "):
                function(way, x, 0.1)
        with pytest.raises(TypeError, match="x must"):
            function(way, torch.arange(31), 0.1)
    for level in (0.0, 1.0, math.nan):
        with pytest.raises(ValueError, match="level"):
            errors.predicted_coverage(way, X, 1.0, 0.1, level)
    with pytest.raises(ValueError, match="rank"):
        errors.exact_moments(rates.polynomial_fit(T, 2), X, 0.1)
    with pytest.raises(ValueError, match="n_nodes"):
        errors.exact_moments(way, X, 0.1, 1)
    with pytest.raises(ValueError, match="n_replicas"):
        errors.noisy_samples(1.0, 1.0, T, 0.1, 0, rng)
    with pytest.raises(ValueError, match="noise"):
        errors.noisy_samples(1.0, 1.0, T, 0.0, 2, rng)
