"""The law of the largest gap, distances to the normal law, histograms, intervals; references, figures, bad input."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, strategies
from scipy import stats

from mgai import figures
from mgai.probability import laws_of_large_numbers as lln
from mgai.probability import laws_of_large_numbers_figures as drawings
from mgai.probability import laws_of_large_numbers_references as references
from mgai.probability import proportion_intervals as bars
from mgai.settings import generator

DOUBLE = torch.float64


def test_the_statistic_is_that_of_scipy():
    u = torch.rand(37, dtype=DOUBLE, generator=generator("test/lln/statistic"))
    assert lln.kolmogorov_statistic(u) == pytest.approx(stats.kstest(u.numpy(), "uniform").statistic, abs=1e-15)
    assert lln.kolmogorov_statistic(u.float()[::2]) > 0


@given(strategies.integers(1, 100), strategies.floats(0.02, 1.2))
def test_the_exact_law_is_that_of_scipy(n, gap):
    assert lln.kolmogorov_probability(gap, n) == pytest.approx(stats.kstwo.cdf(gap, n), abs=1e-11)


@pytest.mark.parametrize("gap", [0.3, 0.5, 0.7, 0.95])
def test_the_exact_law_of_two_draws_by_area(gap):
    u = (torch.arange(400, dtype=DOUBLE) + 0.5) / 400
    low, high = torch.meshgrid(u, u, indexing="ij")
    low, high = torch.minimum(low, high), torch.maximum(low, high)
    gaps = torch.stack([low, 0.5 - low, high - 0.5, 1 - high]).amax(0)
    assert lln.kolmogorov_probability(gap, 2) == pytest.approx(float((gaps < gap).double().mean()), abs=0.01)


@given(strategies.integers(1, 60), strategies.floats(0.01, 0.99))
def test_the_bound_holds(n, gap):
    assert 1 - lln.kolmogorov_probability(gap, n) <= lln.dkw_bound(gap, n) + 1e-11


def test_distances_agree_with_scipy():
    x = np.linspace(-6, 10, 20_001)
    for n in (1, 9, 400):
        sums = torch.special.gammainc(
            torch.tensor(n, dtype=DOUBLE), torch.from_numpy(n + math.sqrt(n) * x).clamp_min(0)
        )
        expected = np.abs(sums.numpy() - stats.norm.cdf(x)).max()
        assert lln.exponential_distance(n) == pytest.approx(expected, abs=1e-9)
    for n, p in ((1, 0.3), (7, 0.5), (30, 0.9)):
        x = (np.arange(n + 1) - n * p) / math.sqrt(n * p * (1 - p))
        around = np.concatenate([x - 1e-12, x + 1e-12])
        steps = stats.binom.cdf(np.floor(around * math.sqrt(n * p * (1 - p)) + n * p), n, p)
        assert lln.binomial_distance(n, p) == pytest.approx(np.abs(steps - stats.norm.cdf(around)).max(), abs=1e-9)


def test_the_correction_has_the_right_third_moment():
    x = torch.linspace(-12, 12, 24_001, dtype=DOUBLE)
    mass = lln.edgeworth_cdf(x, 0.8, 4).diff()
    middle = (x[1:] + x[:-1]) / 2
    moments = [float((mass * middle**k).sum()) for k in range(4)]
    assert moments == pytest.approx([1, 0, 1, 0.8 / 2], abs=1e-6)


def test_limits():
    assert lln.limiting_distance(0.0, 2.0) == pytest.approx((2 * math.pi) ** -0.5)
    assert lln.limiting_distance(-2.0) == lln.limiting_distance(2.0)
    p = (4 - math.sqrt(10)) / 2  # Esseen's extremal coin
    deviation = math.sqrt(p * (1 - p))
    ratio = (p**2 + (1 - p) ** 2) / deviation
    limit = lln.limiting_distance((1 - 2 * p) / deviation, 1 / deviation) / ratio
    assert (
        limit == pytest.approx((math.sqrt(10) + 3) / (6 * math.sqrt(2 * math.pi)), rel=1e-12)
        and limit < lln.BERRY_ESSEEN
    )


@pytest.mark.parametrize("width", [0.3, 0.5, 1.7])
def test_the_error_of_a_histogram(width):
    edges, p = lln.normal_bins(width)
    assert float(p.sum()) == pytest.approx(1, abs=1e-15) and len(edges) == len(p) + 1
    np.testing.assert_allclose(p, np.diff(stats.norm.cdf(edges)), atol=1e-15)
    found = lln.histogram_error(p, width, 0.5 / math.sqrt(math.pi), 77)
    assert found == pytest.approx(references.histogram_error_by_quadrature(width, 77), rel=1e-9)


@pytest.mark.parametrize(
    ("method", "name"), [(bars.wilson_interval, "wilson"), (bars.clopper_pearson_interval, "exact")]
)
def test_intervals_are_those_of_scipy(method, name):
    for n in (1, 2, 17):
        torch.testing.assert_close(torch.stack(method(n)), references.intervals_by_scipy(n, name), atol=1e-10, rtol=0)


@given(strategies.integers(1, 40), strategies.floats(0.001, 0.999))
def test_coverage(n, p):
    at = torch.tensor([p], dtype=DOUBLE)
    assert float(bars.coverage(bars.clopper_pearson_interval(n), at)) >= 0.95 - 1e-9
    assert float(bars.coverage(bars.wald_interval(n), at)) <= 1 - p**n - (1 - p) ** n + 1e-12
    assert float(bars.coverage((torch.zeros(n + 1), torch.ones(n + 1)), at)) == pytest.approx(1, abs=1e-12)


def test_references():
    assert references.fourth_moment_by_enumeration(2, 0.5) == 0.5
    assert references.exponential_third_moment() == pytest.approx(drawings.EXPONENTIAL_THIRD, rel=1e-12)
    assert references.best_width_factor() == pytest.approx((24 * math.sqrt(math.pi)) ** (1 / 3), rel=1e-10)
    assert references.kolmogorov_limit(10.0, 9) == pytest.approx(1)
    found = float(bars.coverage(bars.wald_interval(20), torch.tensor([0.37], dtype=DOUBLE)))
    assert references.usual_coverage_by_scipy(20, 0.37) == pytest.approx(found, abs=1e-12)


def test_figures_show_what_they_name():
    (axes,) = drawings.distances_figure().axes
    assert "summands" in axes.get_xlabel() and axes.get_yscale() == "log" and len(axes.lines) == 5
    bound, *_, plain, corrected = (np.asarray(line.get_ydata()) for line in axes.lines)
    assert (plain < bound).all() and corrected[-1] < plain[-1] / 50
    (axes,) = drawings.coverage_figure().axes
    assert "expected count" in axes.get_xlabel() and axes.get_ylabel()
    expected, rows = drawings.coverages()
    assert rows["Clopper-Pearson"].min() >= 0.95 and (rows["usual"] <= 1 - (1 - expected / 5000) ** 5000 + 1e-9).all()
    for alt in (drawings.distances_alt(), drawings.coverage_alt()):
        figures.check_alt(alt)


@pytest.mark.bad_input
def test_bad_input_is_named():
    for levels in (torch.tensor([1.5]), torch.tensor([-0.1])):
        with pytest.raises(ValueError, match="levels must be in"):
            lln.kolmogorov_statistic(levels)
    with pytest.raises(ValueError, match="levels"):
        lln.kolmogorov_statistic(torch.zeros(0))
    with pytest.raises(ValueError, match="gap must be"):
        lln.kolmogorov_probability(0.0, 3)
    with pytest.raises(ValueError, match="n must be from"):
        lln.kolmogorov_probability(0.1, 1000)
    with pytest.raises(ValueError, match="gap must be"):
        lln.dkw_bound(math.nan, 3)
    with pytest.raises(ValueError, match="level"):
        lln.kolmogorov_critical(0.0, 3)
    for call in (
        lambda: lln.exponential_distance(0),
        lambda: lln.binomial_distance(0, 0.5),
        lambda: lln.dkw_bound(0.1, 0),
    ):
        with pytest.raises(ValueError, match="n must be positive"):
            call()
    with pytest.raises(ValueError, match="p must be in"):
        lln.binomial_distance(3, 1.0)
    with pytest.raises(ValueError, match="span"):
        lln.limiting_distance(1.0, -1.0)
    with pytest.raises(ValueError, match="width"):
        lln.normal_bins(11.0)
    with pytest.raises(ValueError, match="probabilities sums"):
        lln.histogram_error(torch.tensor([0.5]), 1.0, 1.0, 3)
    for method in (bars.wald_interval, bars.wilson_interval, bars.clopper_pearson_interval):
        with pytest.raises(ValueError, match="n must be positive"):
            method(0)
        with pytest.raises(ValueError, match="level must be in"):
            method(3, 1.0)
    with pytest.raises(ValueError, match="p must be in"):
        bars.coverage(bars.wald_interval(3), torch.tensor([0.0]))
    with pytest.raises(ValueError, match="interval"):
        bars.coverage((torch.zeros(1), torch.ones(1)), torch.tensor([0.5]))
