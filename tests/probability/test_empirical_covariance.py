"""Sample moments against NumPy, their exact errors against enumeration, masses against SciPy, references, figures."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, strategies
from scipy import stats

from mgai import figures
from mgai.probability import empirical_covariance as moments
from mgai.probability import empirical_covariance_experiments as runs
from mgai.probability import empirical_covariance_figures as drawings
from mgai.probability import empirical_covariance_references as references
from mgai.probability import gaussian_mixture as laws
from mgai.settings import generator

DOUBLE = torch.float64


def test_sample_moments_are_those_of_numpy_for_every_replica():
    x = torch.randn(3, 7, 4, dtype=DOUBLE, generator=generator("test/moments")).mT.contiguous().mT
    mean, covariance = moments.sample_moments(x)
    for k in range(3):
        np.testing.assert_allclose(mean[k], x[k].numpy().mean(0), rtol=1e-12)
        np.testing.assert_allclose(covariance[k], np.cov(x[k].T), atol=1e-13)
    assert moments.sample_moments(x.float())[1].dtype == torch.float32


@pytest.mark.parametrize("order", [1, 2, 3, 4, 5])
def test_moment_tensors_are_weighted_means_of_outer_powers(order):
    points, weights = references.discrete_law(f"tensor{order}", d=3)
    expected = 0.0
    for x, w in zip(points, weights, strict=True):
        power = x
        for _ in range(order - 1):
            power = power[..., None] * x
        expected = expected + w * power
    torch.testing.assert_close(moments.moment_tensor(points, order, weights), expected)
    batch = torch.stack([points, 2 * points])
    torch.testing.assert_close(moments.moment_tensor(batch, order)[1], 2**order * moments.moment_tensor(points, order))


@pytest.mark.parametrize("d", [1, 2, 3])
def test_exact_errors_are_those_of_all_samples(d):
    points, weights = references.discrete_law(f"errors{d}", n_atoms=4, d=d)
    sigma = moments.moment_tensor(points - weights @ points, 2, weights)

    def square(x):
        return (moments.sample_moments(x)[1] - sigma).square().sum((1, 2))

    for n in (2, 3):
        found = references.mean_over_all_samples(points, weights, n, square)
        assert moments.covariance_error(points, weights, n) == pytest.approx(found, rel=1e-11)
    exact = moments.moment_tensor(points, 3, weights)
    found = references.mean_over_all_samples(
        points, weights, 3, lambda x: (moments.moment_tensor(x, 3) - exact).square().sum((1, 2, 3))
    )
    assert moments.moment_error(points, weights, 3) / 3 == pytest.approx(found, rel=1e-11)


def test_a_gaussian_has_wisharts_error():
    law = laws.gaussian(torch.tensor([[2.0, 0.3, 0.0], [0.3, 1.0, -0.2], [0.0, -0.2, 0.5]], dtype=DOUBLE))
    sigma = law.covariance
    wishart = float(sigma.trace() ** 2 + sigma.square().sum())
    assert moments.covariance_error(*law.nodes(3), 8) == pytest.approx(wishart / 7, rel=1e-11)


@given(strategies.floats(0, 6), strategies.integers(1, 9))
def test_masses_are_the_chi_square_law(radius, d):
    assert moments.ellipse_mass(radius, d) == pytest.approx(stats.chi2.cdf(radius**2, d), abs=1e-12)


@given(strategies.floats(0, 0.999), strategies.integers(1, 9))
def test_radius_and_mass_are_inverse(mass, d):
    assert moments.ellipse_mass(moments.ellipse_radius(mass, d), d) == pytest.approx(mass, abs=1e-9)


def test_ellipse_points_have_one_distance():
    sigma = torch.tensor([[5.0, 0.1], [0.1, 1.0]], dtype=DOUBLE)
    mean = torch.tensor([1.0, -2.0], dtype=DOUBLE)
    offsets = moments.ellipse_points(mean, sigma, 1.5, 40) - mean
    distances = (offsets @ sigma.inverse() * offsets).sum(1)
    torch.testing.assert_close(distances, torch.full_like(distances, 2.25))


@pytest.mark.parametrize("radius", [0.3, 1.0, 3.0])
def test_two_quadratures_agree_on_the_mass(radius):
    mixture = laws.example_mixture()
    assert moments.mass_in_ellipse(mixture, radius) == pytest.approx(
        references.mass_by_slices(mixture, radius), abs=1e-11
    )
    one = laws.example_gaussian()
    assert references.mass_by_slices(one, radius) == pytest.approx(moments.ellipse_mass(radius), abs=1e-11)


def test_negentropy_is_settled_and_positive():
    mixture = laws.example_mixture()
    assert moments.negentropy(mixture) == pytest.approx(moments.negentropy(mixture, 300), abs=1e-10)
    assert moments.negentropy(mixture) > 0.1


def test_newton_finds_the_stationary_points_of_the_ridgeline():
    mixture = laws.example_mixture()
    found = references.stationary_points_by_newton(mixture)
    np.testing.assert_allclose(found, laws.stationary_points(mixture)[0], atol=1e-7)


def test_a_ring_keeps_all_mass_on_one_ellipse():
    sigma = torch.tensor([[5.0, 0.1], [0.1, 1.0]], dtype=DOUBLE)
    x = drawings.ring(sigma, 20_000, generator("test/ring"))
    np.testing.assert_allclose((x @ sigma.inverse() * x).sum(1), 2.0, atol=1e-12)
    assert float((torch.cov(x.mT) - sigma).abs().max()) < 0.2


def test_figures_have_labels_and_their_numbers_in_words():
    rng = generator("test/covariance/figures")
    one, two = laws.example_gaussian(), laws.example_mixture()
    samples = {"Gaussian": one.sample(50, generator=rng), "mixture": two.sample(50, generator=rng)}
    errors = [
        runs.mixture_errors(one, "Gaussian", rng, 3),
        runs.student_errors(5, rng, 3),
        runs.student_errors(3, rng, 3),
    ]
    found = two, laws.matched_gaussian(two), *laws.stationary_points(two)
    for drawn, alt in (
        (drawings.scatter_figure(samples, two), drawings.scatter_alt(samples, two)),
        (drawings.convergence_figure(errors), drawings.convergence_alt(errors)),
        (drawings.density_figure(*found), drawings.density_alt(*found)),
    ):
        assert all(axes.get_xlabel() for axes in drawn.axes)
        figures.check_alt(alt)
    assert f"{drawings.share_inside(samples['mixture'], moments.ellipse_radius(0.9)):.0%}" in drawings.scatter_alt(
        samples
    )
    assert "saddle at (0.07, 0.81)" in drawings.density_alt(*found)
    assert f"{runs.slope(errors[0].sizes, errors[0].measured[3]):.2f} (-0.50)" in drawings.convergence_alt(errors)


def test_the_sweep_compares_t_with_its_own_fourth_moments():
    """Against those of a Gaussian, a quarter less for ν = 12, an error of 1.2 would be left at every sample size."""
    found = runs.student_errors(12, generator("test/target"), 20)
    assert float(found.measured[3, -1]) < 0.8


@pytest.mark.bad_input
def test_bad_input_is_named():
    x, w = torch.zeros(3, 2), torch.full((3,), 1 / 3)
    for call, word in (
        (lambda: moments.sample_moments(torch.zeros(1, 2)), "rows"),
        (lambda: moments.sample_moments(torch.zeros(3)), "x"),
        (lambda: moments.sample_moments(torch.full((3, 2), math.nan)), "x"),
        (lambda: moments.sample_moments(torch.zeros(0, 2)), "x"),
        (lambda: moments.moment_tensor(x, 0), "order"),
        (lambda: moments.moment_tensor(x, 2, w[:2]), "weights"),
        (lambda: moments.covariance_error(x, w, 1), "n"),
        (lambda: moments.ellipse_mass(-1.0), "radius"),
        (lambda: moments.ellipse_radius(1.0), "mass"),
        (lambda: moments.ellipse_points(torch.zeros(2), torch.zeros(2, 2), 1.0), "covariance"),
        (lambda: moments.ellipse_points(torch.zeros(3), torch.eye(2), 1.0), "mean"),
        (lambda: moments.mass_in_ellipse(laws.example_gaussian(), 0.0), "radius"),
        (lambda: moments.mass_in_ellipse(laws.gaussian(torch.eye(3)), 1.0), "plane"),
        (lambda: moments.negentropy(laws.gaussian(torch.eye(3))), "plane"),
    ):
        with pytest.raises(ValueError, match=word):
            call()
    with pytest.raises(TypeError, match="x"):
        moments.sample_moments([[0.0], [1.0]])
