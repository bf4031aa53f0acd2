"""A Laplace law beside a Gaussian: closed forms against quadrature and torch, estimators against loops, bad input."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, strategies
from hypothesis import settings as hypothesis_settings
from scipy import stats

from mgai.information import laplace_and_gaussian as laws
from mgai.information.wasserstein_distance_references import kl_by_quadrature, wasserstein_by_quadrature
from mgai.settings import generator

numbers, scales = strategies.floats(-3, 3), strategies.floats(0.3, 3)


@hypothesis_settings(max_examples=10, deadline=None)
@given(numbers, scales, numbers, scales)
def test_divergences_agree_with_quadrature(mean, std, location, scale):
    gaussian, laplace = stats.norm(mean, std), stats.laplace(location, scale)
    found = laws.kl_gaussian_laplace(mean, std, location, scale)
    assert found == pytest.approx(kl_by_quadrature(gaussian, laplace, (location,)), rel=1e-8, abs=1e-9)
    assert found >= 0
    found = laws.kl_laplace_gaussian(location, scale, mean, std)
    assert found == pytest.approx(kl_by_quadrature(laplace, gaussian, (location,)), rel=1e-8, abs=1e-9)


def test_a_divergence_agrees_with_torch():
    laplace, gaussian = torch.distributions.Laplace(0.3, 0.8), torch.distributions.Normal(-1.0, 2.0)
    exact = float(torch.distributions.kl_divergence(laplace, gaussian))
    assert laws.kl_laplace_gaussian(0.3, 0.8, -1.0, 2.0) == pytest.approx(exact, rel=1e-5)


@pytest.mark.parametrize("scale", [0.2, 0.7, 1.1, 1.25, math.sqrt(math.pi / 2), 1.4, 4.0])
@pytest.mark.parametrize("std", [1.0, 3.0])
def test_the_distance_agrees_with_quadrature(scale, std):
    by_area = wasserstein_by_quadrature(stats.laplace(0, scale * std), stats.norm(0, std), (0,))
    assert laws.wasserstein_laplace_gaussian(scale * std, std) == pytest.approx(by_area, abs=1e-6 * std)


def test_limits_of_the_distance():
    assert laws.wasserstein_laplace_gaussian(0.7, 1e-9) == pytest.approx(0.7, rel=1e-8)
    assert laws.wasserstein_laplace_gaussian(1e-9, 0.7) == pytest.approx(0.7 * math.sqrt(2 / math.pi), rel=1e-8)
    threshold = math.sqrt(math.pi / 2)
    for nudge in (-1e-8, 0.0, 1e-8):  # where the crossing disappears
        found = laws.wasserstein_laplace_gaussian(threshold + nudge, 1.0)
        assert found == pytest.approx(threshold - math.sqrt(2 / math.pi), abs=1e-7)


def test_draws_follow_the_law():
    drawn = laws.laplace_sample(2.0, (20_000,), generator("test/laplace/draws"))
    assert stats.kstest(drawn.numpy(), stats.laplace(0, 2).cdf).pvalue > 1e-6
    assert bool(drawn.isfinite().all())


def test_histograms_against_numpy():
    rng = generator("test/laplace/histogram")
    x, y = torch.rand(2, 5, 400, dtype=torch.float64, generator=rng)
    found = laws.histogram_kl(x, y, 0.25)
    for row in range(5):
        p, q = (np.histogram(s[row], bins=4, range=(0, 1))[0] / 400 for s in (x, y))
        assert float(found[row]) == pytest.approx(stats.entropy(p, q), rel=1e-9)
    assert float(laws.histogram_kl(x[0], y[0] + 1, 0.25)) == math.inf
    assert float(laws.histogram_kl(x[0], x[0], 0.25)) == 0
    assert float(laws.histogram_kl(x[0], torch.cat([x[0], y[0] - 5]), 0.25)) == pytest.approx(math.log(2))


@given(strategies.integers(0, 10**6), strategies.integers(1, 3), strategies.integers(4, 9), strategies.integers(3, 9))
def test_neighbours_against_a_loop(seed, k, n, m):
    rng = generator(f"test/laplace/neighbours/{seed}")
    x, y = (torch.randn(size, dtype=torch.float64, generator=rng) for size in (n, m))
    terms = []
    for i in range(n):
        within = sorted(abs(float(x[i] - x[j])) for j in range(n) if j != i)[k - 1]
        across = sorted(abs(float(x[i] - v)) for v in y)[k - 1]
        terms.append(math.log(across / within))
    expected = sum(terms) / n + math.log(m / (n - 1))
    both = laws.nearest_neighbour_kl(torch.stack([x, x]), torch.stack([y, y]), k)
    assert both.tolist() == [pytest.approx(expected, abs=1e-12)] * 2


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: laws.kl_gaussian_laplace(0.0, 0.0, 0.0, 1.0), "std and scale"),
        (lambda: laws.kl_laplace_gaussian(0.0, -1.0, 0.0, 1.0), "std and scale"),
        (lambda: laws.wasserstein_laplace_gaussian(math.nan, 1.0), "std and scale"),
        (lambda: laws.laplace_sample(0.0, (2,), generator("test/none")), "scale"),
        (lambda: laws.histogram_kl(torch.zeros(2), torch.zeros(2), 0.0), "width"),
        (lambda: laws.histogram_kl(torch.ones(2), torch.zeros(2), 1e-30), "too small"),
        (lambda: laws.nearest_neighbour_kl(torch.zeros(2), torch.zeros(5), 2), "more than k=2"),
        (lambda: laws.nearest_neighbour_kl(torch.zeros(2), torch.zeros(5), 0), "k"),
    ],
)
def test_bad_values_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.bad_input
def test_a_list_is_no_sample():
    with pytest.raises(TypeError, match="y must be a floating-point tensor"):
        laws.histogram_kl(torch.zeros(2), [0.0], 1.0)
