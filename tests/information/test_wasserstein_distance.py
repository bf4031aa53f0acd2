"""Wasserstein distances on the line: closed forms, estimates, their exact means, references, figures, bad input."""

import itertools
import math

import numpy as np
import pytest
import torch
from hypothesis import given, strategies
from hypothesis import settings as hypothesis_settings
from scipy import stats

from mgai import figures
from mgai.information import (
    wasserstein_distance as distances,
)
from mgai.information import (
    wasserstein_distance_figures as drawings,
)
from mgai.information import (
    wasserstein_distance_references as references,
)
from mgai.settings import generator

DOUBLE = torch.float64
numbers = strategies.floats(-5, 5)
spreads = strategies.floats(0.1, 5)


def draws(label, *shape):
    return torch.randn(*shape, dtype=DOUBLE, generator=generator(f"test/wasserstein/{label}"))


@hypothesis_settings(max_examples=20, deadline=None)
@given(numbers, spreads, numbers, spreads)
def test_the_closed_form_is_the_mean_of_the_modulus(m, s, k, r):
    found = distances.gaussian_wasserstein(m, s, k, r)
    z = stats.norm.ppf((np.arange(20_000) + 0.5) / 20_000)
    assert found == pytest.approx(np.abs(m - k + (s - r) * z).mean(), rel=1e-3, abs=1e-3)
    assert found == distances.gaussian_wasserstein(k, r, m, s)  # symmetric
    assert abs(m - k) * (1 - 1e-12) <= found <= math.hypot(m - k, s - r) * (1 + 1e-12)  # |E X - E Y| ≤ W1 ≤ W2


def test_point_masses_and_quadrature():
    assert distances.gaussian_wasserstein(1.0, 0.0, -2.0, 0.0) == 3.0
    assert distances.gaussian_wasserstein(0.0, 0.0, 0.0, 3.0) == pytest.approx(3 * math.sqrt(2 / math.pi))
    for m, s, k, r in ((0.0, 1.0, 2.0, 1.0), (0.0, 1.0, 0.0, 2.0), (3.0, 0.5, -1.0, 4.0)):
        by_area = references.wasserstein_by_quadrature(stats.norm(m, s), stats.norm(k, r))
        assert distances.gaussian_wasserstein(m, s, k, r) == pytest.approx(by_area, abs=1e-9)


@given(strategies.integers(0, 10**6), strategies.integers(1, 5))
def test_sorting_is_the_best_permutation_and_a_metric(seed, n):
    x, y, z = draws(seed, 3, n)
    by_permutations = min(float((x - y[list(p)]).abs().mean()) for p in itertools.permutations(range(n)))
    found = float(distances.empirical_wasserstein(x, y))
    assert found == pytest.approx(by_permutations, abs=1e-13)
    assert found == pytest.approx(references.wasserstein_by_assignment(x, y), abs=1e-13)
    through = distances.empirical_wasserstein(x, z) + distances.empirical_wasserstein(z, y)
    assert found <= through + 1e-13
    assert distances.empirical_wasserstein(x, x.flip(0)) == 0
    shifted = distances.empirical_wasserstein(-2 * x + 1, -2 * y + 1)
    assert float(shifted) == pytest.approx(2 * found, abs=1e-13)


@hypothesis_settings(max_examples=30, deadline=None)
@given(strategies.integers(0, 10**6), strategies.integers(1, 6), strategies.integers(1, 6))
def test_unequal_sizes_agree_with_the_linear_programme_and_scipy(seed, n, m):
    x, y = draws((seed, "x"), n).round(), draws((seed, "y"), m)  # rounded, so that there are ties
    found = float(distances.wasserstein_by_cdf(x, y))
    assert found == pytest.approx(references.wasserstein_by_linear_program(x, y), abs=1e-9)
    assert found == pytest.approx(references.wasserstein_by_library(x, y), abs=1e-12)


def test_batches_float32_views_and_gradients():
    x, y = draws("batch", 2, 3, 4, 7)
    found = distances.empirical_wasserstein(x, y)
    assert found.shape == (3, 4)
    assert found[2, 1] == distances.empirical_wasserstein(x[2, 1], y[2, 1])
    narrow = distances.empirical_wasserstein(x.float(), y.float())
    torch.testing.assert_close(narrow.double(), found, rtol=1e-5, atol=1e-6)
    strided = distances.empirical_wasserstein(x.mT.contiguous().mT, y)
    torch.testing.assert_close(strided, found)
    points = x[0, 0].clone().requires_grad_()
    distances.empirical_wasserstein(points, y[0, 0]).backward()
    ranks = x[0, 0].argsort().argsort()
    torch.testing.assert_close(points.grad, (x[0, 0] - y[0, 0].sort().values[ranks]).sign() / 7)


@pytest.mark.parametrize("n", [1, 2, 5])
def test_the_expected_distance_by_all_pairs_of_counts(n):
    p, q = stats.norm(0, 1), stats.norm(0.5, 2)
    x = np.linspace(-18, 18, 1201)
    counts = np.arange(n + 1)
    one, two = (stats.binom.pmf(counts[:, None], n, law.cdf(x)) for law in (p, q))
    gaps = np.abs(counts[:, None] - counts[None, :])
    by_pairs = np.trapezoid(np.einsum("ix,ij,jx->x", one, gaps, two), x) / n
    assert distances.expected_empirical_wasserstein(p, q, n) == pytest.approx(by_pairs, rel=1e-9)


def test_the_expected_distance_falls_to_the_distance():
    p, q = stats.norm(0, 1), stats.norm(0, 2)
    means = [distances.expected_empirical_wasserstein(p, q, n) for n in (1, 3, 10, 30, 100)]
    limit = distances.gaussian_wasserstein(0.0, 1.0, 0.0, 2.0)
    assert all(a > b > limit for a, b in itertools.pairwise(means))
    assert 100 * (means[-1] - limit) == pytest.approx(distances.gaussian_bias(0.0, 1.0, 0.0, 2.0), rel=0.02)
    assert distances.gaussian_bias(0.0, 1.0, 0.0, 2.0) == pytest.approx(math.sqrt(2 * math.pi))
    assert distances.gaussian_bias(1.0, 1.0, 3.0, 2.0) == pytest.approx(distances.gaussian_bias(3.0, 2.0, 1.0, 1.0))


def test_references():
    uniform = stats.uniform
    assert references.wasserstein_by_quadrature(uniform(0, 1), uniform(0.5, 2)) == pytest.approx(1.0, abs=1e-6)
    assert references.kl_by_quadrature(stats.norm(1, 2), stats.norm(0, 3)) == pytest.approx(
        math.log(1.5) + 5 / 18 - 0.5, abs=1e-11
    )
    assert references.transport_cost(lambda z: -z, (0.0,)) == pytest.approx(2 * math.sqrt(2 / math.pi))


@pytest.mark.parametrize("name", ["quantile", "convergence", "linearity", "divergence"])
def test_figures_have_labels_and_words(name):
    drawn = getattr(drawings, f"{name}_figure")()
    figures.check_alt(getattr(drawings, f"{name}_alt")())
    assert all(axes.get_xlabel() for axes in drawn.axes)
    assert drawn.axes[0].get_ylabel()


def test_words_hold_the_numbers_that_are_drawn():
    assert "2.017" in drawings.quantile_alt()
    lines = drawings.convergence_figure().axes[0].lines
    np.testing.assert_allclose(lines[0].get_ydata(), drawings.excess_curves()["equal laws"])
    assert f"{lines[0].get_ydata()[-1]:.2g} at 1,000" in drawings.convergence_alt()


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: distances.gaussian_wasserstein(0.0, -1.0, 0.0, 1.0), "std_p and std_q"),
        (lambda: distances.gaussian_wasserstein(math.nan, 1.0, 0.0, 1.0), "finite"),
        (lambda: distances.folded_normal_mean(0.0, -1.0), "std"),
        (lambda: distances.empirical_wasserstein(torch.zeros(2), torch.zeros(3)), "y has 3 draws"),
        (lambda: distances.empirical_wasserstein(torch.zeros(0), torch.zeros(0)), "x must hold"),
        (lambda: distances.empirical_wasserstein(torch.zeros(1), torch.tensor([math.nan])), "y has entries"),
        (lambda: distances.wasserstein_by_cdf(torch.zeros(2, 2), torch.zeros(2)), "x must be one sample"),
        (lambda: distances.expected_empirical_wasserstein(stats.norm(), stats.norm(), 0), "n"),
        (lambda: distances.gaussian_bias(0.0, 1.0, 0.0, 1.0), "unequal"),
    ],
)
def test_bad_values_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.bad_input
def test_bad_types_are_refused():
    with pytest.raises(TypeError, match="x must be a floating-point tensor"):
        distances.empirical_wasserstein([1.0], torch.zeros(1))
    with pytest.raises(TypeError, match="y must be a floating-point tensor"):
        distances.wasserstein_by_cdf(torch.zeros(1), torch.zeros(1, dtype=torch.long))
