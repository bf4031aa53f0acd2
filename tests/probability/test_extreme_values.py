"""The exact law of a maximum, limits, norming constants against SciPy, the universal distance, lattices, figures."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings, strategies
from scipy import stats

from mgai import figures
from mgai import settings as book
from mgai.probability import extreme_values as extremes
from mgai.probability import extreme_values_figures as drawings
from mgai.probability import extreme_values_references as references
from mgai.probability import lattice_maxima as lattices

DOUBLE = torch.float64


@pytest.mark.parametrize("shape", [-1.0, -0.3, 0.0, 0.4])
def test_limit_laws_are_those_of_scipy(shape):
    x = torch.linspace(-4, 6, 41, dtype=DOUBLE)
    expected = stats.genextreme(-shape).cdf(x.numpy())
    np.testing.assert_allclose(extremes.extreme_value_cdf(x, shape), expected, rtol=1e-10, atol=1e-15)


@pytest.mark.parametrize(
    ("tail", "law"),
    [
        (extremes.exponential_log_tail, stats.expon),
        (extremes.pareto_log_tail(2.5), stats.pareto(2.5)),
        (extremes.pareto_log_tail(2.5, 0.0), stats.lomax(2.5)),
        (extremes.uniform_log_tail, stats.uniform),
        (extremes.normal_log_tail, stats.norm),
    ],
)
def test_law_of_the_maximum_is_the_power(tail, law):
    x = torch.linspace(-2, 5, 57, dtype=DOUBLE)
    np.testing.assert_allclose(tail(x).exp(), law.sf(x.numpy()), rtol=1e-12, atol=1e-15)
    for n in (1, 2, 50):
        found = extremes.maximum_cdf(tail(x), math.log(n))
        np.testing.assert_allclose(found, law.cdf(x.numpy()) ** n, rtol=1e-9, atol=1e-12)


def test_law_of_the_maximum_keeps_digits_for_huge_counts():
    tail = torch.tensor([-700.0, -699.0], dtype=DOUBLE)
    found = extremes.maximum_cdf(tail, 700.0)
    torch.testing.assert_close(found, torch.exp(-torch.exp(tail + 700)))


@settings(max_examples=30)
@given(strategies.floats(1.5, 1e6))
def test_universal_distance_is_the_largest_difference_and_below_its_bound(n):
    t = torch.linspace(0, 1, 4001, dtype=DOUBLE) * min(n, 8.0)
    difference = torch.exp(-t) - torch.exp(n * torch.log1p(-t / n))
    best = extremes.universal_distance(n)
    assert float(difference.min()) >= -1e-15
    assert float(difference.max()) <= best * (1 + 1e-9) + 1e-15 <= 1 / (math.e * n) * (1 + 1e-9) + 2e-15
    assert float(difference.max()) >= best * (1 - 1e-4) - 1e-15


@pytest.mark.parametrize("n", [10, 1000, 10**7])
def test_normings_are_those_of_scipy(n):
    log_n = math.log(n)
    found = {
        "textbook": extremes.textbook_norming(log_n),
        "Hall": extremes.hall_norming(log_n),
        "tangent": extremes.tangent_norming(log_n),
        "bent": extremes.tangent_norming(log_n, bent=True),
    }
    for choice, norming in found.items():
        assert tuple(norming) == pytest.approx(references.normal_norming(n, choice), rel=1e-9)
    square = found["Hall"].shift ** 2
    assert math.log(2 * math.pi * square) + square == pytest.approx(2 * log_n)


def test_better_constants_come_nearer():
    log_n = math.log(1e5)
    normings = [
        extremes.hall_norming(log_n),
        extremes.tangent_norming(log_n),
        extremes.tangent_norming(log_n, bent=True),
    ]
    far, near, bent = (extremes.sup_distance(extremes.normal_log_tail, log_n, one, 10_001) for one in normings)
    assert far > 2 * near > 10 * bent
    assert references.normal_distance(100, "Hall") == pytest.approx(
        extremes.sup_distance(extremes.normal_log_tail, math.log(100), extremes.hall_norming(math.log(100)), 10_001),
        abs=1e-6,
    )


def test_maxima_from_one_uniform_variable_follow_the_power_law():
    maxima = extremes.sample_maxima(lambda tail: -tail, 50, 20_000, book.generator("test/extremes")).sort().values
    cdf = extremes.maximum_cdf(extremes.exponential_log_tail(maxima), math.log(50))
    assert references.empirical_distance(maxima, cdf) < math.sqrt(math.log(2e6) / 40_000)
    assert stats.kstest(maxima.numpy(), lambda x: stats.expon.cdf(x) ** 50).statistic == pytest.approx(
        references.empirical_distance(maxima, cdf), abs=1e-9
    )


def test_geometric_values_and_poisson_masses():
    for m in (3, 6, 10):
        k = torch.arange(30, dtype=DOUBLE)
        exact = [float(references.fair_geometric_cdf(int(j), 2**m)) for j in k]
        np.testing.assert_allclose(lattices.geometric_cdf(k, m * math.log(2)), exact, rtol=1e-11, atol=1e-300)
        assert min(abs(value - 0.5) for value in exact) == pytest.approx(abs(lattices.nearest_value(0.5, 2**m) - 0.5))
    masses = lattices.poisson_maximum(2.0, math.log(30), 60)
    expected = np.diff(stats.poisson.cdf(np.arange(-1, 60), 2.0) ** 30)
    np.testing.assert_allclose(masses, expected, atol=1e-12)
    k, share = lattices.best_pair(masses)
    assert share == pytest.approx(max(expected[:-1] + expected[1:])) and expected[k] + expected[k + 1] == pytest.approx(
        share
    )
    assert lattices.best_pair(lattices.poisson_maximum(1.0, 5000.0, 1000))[1] > 0.99


def test_figures_have_labels_and_alt_texts_tell_their_numbers():
    for drawn, alt in (
        (drawings.distances_figure(), drawings.distances_alt()),
        (drawings.lattice_figure(), drawings.lattice_alt()),
    ):
        figures.check_alt(alt)
        assert all(axes.get_xlabel() and axes.get_ylabel() for axes in drawn.axes)
    assert f"{drawings.normal_distances(3)['Hall']:.2g}" in drawings.distances_alt()


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("call", "argument"),
    [
        (lambda: extremes.extreme_value_cdf(torch.zeros(2), math.nan), "shape"),
        (lambda: extremes.maximum_cdf(torch.zeros(2), -1.0), "log_n"),
        (lambda: extremes.pareto_log_tail(-1.0), "alpha"),
        (lambda: extremes.textbook_norming(0.1), "log_n"),
        (lambda: extremes.hall_norming(math.inf), "log_n"),
        (lambda: extremes.tangent_norming(math.nan), "log_n"),
        (lambda: extremes.sup_distance(extremes.normal_log_tail, 5.0, extremes.Norming(0.0, 1.0, 0.0)), "scale"),
        (lambda: extremes.universal_distance(1.0), "n must"),
        (lambda: extremes.sample_maxima(lambda t: -t, 0, 2, torch.Generator()), "n=0"),
        (lambda: lattices.geometric_cdf(torch.zeros(2), 1.0, 1.0), "ratio"),
        (lambda: lattices.nearest_value(1.0, 8), "level"),
        (lambda: lattices.nearest_value(0.5, 0), "n must"),
        (lambda: lattices.poisson_maximum(0.0, 1.0), "mean"),
        (lambda: lattices.best_pair(torch.zeros(1)), "masses"),
        (lambda: references.empirical_distance(torch.tensor([1.0, 0.0]), torch.zeros(2)), "sorted"),
    ],
)
def test_bad_input_is_named(call, argument):
    with pytest.raises(ValueError, match=argument):
        call()
