"""The inequalities as laws, their cases of equality, Welford's recurrence, references and figures; bad input."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, strategies
from hypothesis.extra.numpy import arrays
from scipy import special, stats

from mgai import figures
from mgai.probability import inequalities, running_variance
from mgai.probability import rules_and_moments_figures as drawings
from mgai.probability.exact_laws import exact_variance
from mgai.probability.rules_and_moments_references import cauchy_partial_mean, gamma_mean_log
from mgai.settings import generator

DOUBLE = torch.float64
FIFTH = torch.full((5,), 0.2, dtype=DOUBLE)
METHODS = (running_variance.textbook_variance, running_variance.running_variance, running_variance.two_pass_variance)
numbers = arrays(np.float64, (5,), elements=strategies.floats(-10, 10))


@given(numbers, strategies.floats(0.1, 30))
def test_chebyshev_holds(x, eps):
    tail = float(inequalities.tail_probability(torch.from_numpy(x), FIFTH, eps))
    assert tail <= inequalities.chebyshev_bound(float(np.var(x)), eps) * (1 + 1e-9) + 1e-12


@given(strategies.floats(1, 1e4))
def test_the_three_point_law_attains_the_bound(ratio):
    values, p = inequalities.chebyshev_law(ratio)
    assert float(inequalities.tail_probability(values, p, ratio)) == pytest.approx(ratio**-2, rel=1e-12)
    assert float(p @ values) == 0 and float(p @ values**2) == pytest.approx(1, rel=1e-12)


@given(numbers, numbers)
def test_cauchy_schwarz_holds_and_is_sharp(x, y):
    x, y = torch.from_numpy(x), torch.from_numpy(y)
    assert float(inequalities.cauchy_schwarz_gap(x, y, FIFTH)) >= -1e-10
    assert abs(float(inequalities.cauchy_schwarz_gap(x, -3 * x, FIFTH))) <= 1e-8


@pytest.mark.parametrize("f", [lambda x: x.logsumexp(0), lambda x: x.norm(), lambda x: x.square().sum(), torch.max])
def test_jensen_holds(f):
    points = torch.randn(20, 5, 3, dtype=DOUBLE, generator=generator("test/inequalities/jensen"))
    gaps = [float(inequalities.jensen_gap(f, x, FIFTH)) for x in points]
    assert min(gaps) > -1e-14 and max(gaps) > 1e-3  # the maximum is linear where one entry is largest throughout


def test_jensen_has_no_gap_for_affine_functions_nor_constants():
    points = torch.randn(5, 3, dtype=DOUBLE, generator=generator("test/inequalities/affine"))
    assert abs(float(inequalities.jensen_gap(lambda x: 2 * x.sum() - 1, points, FIFTH))) < 1e-14
    same = points[:1].expand(5, 3)
    assert abs(float(inequalities.jensen_gap(lambda x: x.logsumexp(0), same, FIFTH))) < 1e-14


@given(arrays(np.float64, strategies.integers(1, 12), elements=strategies.floats(-10, 10)))
def test_three_variances_agree_where_nothing_cancels(x):
    found = [float(method(torch.from_numpy(x))) for method in METHODS]
    np.testing.assert_allclose(found, np.var(x), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("dtype", [torch.float32, DOUBLE])
def test_errors_stay_below_the_bounds(dtype):
    n, unit = 64, torch.finfo(dtype).eps / 2
    noise = torch.randn(n, dtype=dtype, generator=generator("test/inequalities/bounds"))
    for mean in (1.0, 1e2, 1e4):
        sample = noise + mean
        exact = float(exact_variance(sample.tolist()))
        kappa = running_variance.condition_number(mean, exact**0.5)
        error = [abs(float(method(sample)) / exact - 1) for method in METHODS]
        bounds = n * unit * kappa**2, n * unit * kappa, n * unit + (n * unit * kappa) ** 2
        assert all(e <= 2 * bound for e, bound in zip(error, bounds, strict=True))


def test_textbook_formula_loses_everything_at_a_billion():
    sample = 1e9 + torch.rand(64, dtype=DOUBLE, generator=generator("test/inequalities/billion"))
    assert float(running_variance.textbook_variance(sample)) % 128 == 0  # the spacing of doubles near 1e18
    assert float(running_variance.running_variance(sample)) == pytest.approx(1 / 12, rel=0.9)


def test_non_contiguous_samples_and_their_dtype():
    sample = torch.arange(10, dtype=torch.float32)[::3]
    assert all(method(sample).dtype == torch.float32 for method in METHODS)
    np.testing.assert_allclose([float(method(sample)) for method in METHODS], np.var([0, 3, 6, 9]), rtol=1e-6)


def test_references_agree_with_closed_forms():
    for above in (1.0, 50.0, 2000.0):
        expected = math.log((1 + above**2) / (1 + 100)) / (2 * math.pi)
        assert cauchy_partial_mean(10.0, above) == pytest.approx(expected, abs=1e-10)
    for shape in (0.5, 3.0, 100.0):
        assert gamma_mean_log(shape) == pytest.approx(special.digamma(shape), abs=1e-9)


@pytest.mark.bad_input
def test_bad_input_is_named():
    x = torch.zeros(5, dtype=DOUBLE)
    for eps in (0.0, -1.0, math.nan):
        with pytest.raises(ValueError, match="eps must be"):
            inequalities.tail_probability(x, FIFTH, eps)
        with pytest.raises(ValueError, match="eps must be"):
            inequalities.chebyshev_bound(1.0, eps)
    for variance in (-1.0, math.inf, math.nan):
        with pytest.raises(ValueError, match="variance must be"):
            inequalities.chebyshev_bound(variance, 1.0)
    for ratio in (0.5, math.nan, math.inf):
        with pytest.raises(ValueError, match="ratio"):
            inequalities.chebyshev_law(ratio)
    with pytest.raises(ValueError, match="y must have shape"):
        inequalities.cauchy_schwarz_gap(x, x[:4], FIFTH)
    with pytest.raises(ValueError, match="points must have shape"):
        inequalities.jensen_gap(torch.sum, x, FIFTH)
    with pytest.raises(ValueError, match="probabilities has negative"):
        inequalities.jensen_gap(torch.sum, torch.zeros(2, 1), torch.tensor([2.0, -1.0]))
    for method in METHODS:
        with pytest.raises(ValueError, match="sample"):
            method(torch.zeros(0))
        with pytest.raises(TypeError, match="sample"):
            method(torch.arange(3))
    with pytest.raises(ValueError, match="deviation"):
        running_variance.condition_number(1.0, 0.0)
    with pytest.raises(ValueError, match="below"):
        cauchy_partial_mean(-1.0, 1.0)
    with pytest.raises(ValueError, match="shape"):
        gamma_mean_log(0.1)


def test_tails_agree_with_scipy():
    k = torch.tensor([0.6, 0.9, 1.5, 3.0], dtype=DOUBLE)
    found = drawings.tails(k)
    for name, variable in (("exponential", stats.expon()), ("normal", stats.norm()), ("uniform", stats.uniform())):
        m, s = variable.mean(), variable.std()
        expected = variable.sf(m + s * k.numpy()) + variable.cdf(m - s * k.numpy())
        np.testing.assert_allclose(found[name].numpy(), expected, atol=1e-14)
    assert found["three-point law"].tolist() == [0.25, 0.25, 0.25, 0.0]


def test_figures_show_what_they_name():
    (axes,) = drawings.tails_figure().axes
    assert "varepsilon" in axes.get_xlabel() and axes.get_ylabel() and axes.get_yscale() == "log"
    bound, *laws = (np.asarray(line.get_ydata(), dtype=float) for line in axes.lines[:5])
    assert all((tail[np.isfinite(tail)] <= bound[np.isfinite(tail)] * (1 + 1e-12)).all() for tail in laws)
    (axes,) = drawings.cancellation_figure().axes
    assert "standard deviations" in axes.get_xlabel() and "relative error" in axes.get_ylabel()
    textbook, running = (np.asarray(line.get_ydata()) for line in axes.lines[:2])
    kappa = running_variance.condition_number(10.0**4, 1.0)
    assert running[8] <= 256 * 6e-8 * kappa and f"{textbook[8]:.1g}" in drawings.cancellation_alt()
    for alt in (drawings.tails_alt(), drawings.cancellation_alt()):
        figures.check_alt(alt)
