"""Whitening matrices and Mardia's numbers: laws for all inputs, loops over pairs, exact moments, figures."""

import math

import numpy as np
import pytest
import torch

from mgai import figures
from mgai.probability import gaussian_mixture as laws
from mgai.probability import whitening, whitening_experiments, whitening_figures, whitening_references
from mgai.probability.heavy_tails import student_vectors
from mgai.settings import generator

DOUBLE = torch.float64


@pytest.mark.parametrize("kind", whitening.KINDS)
@pytest.mark.parametrize("d", [1, 2, 5])
def test_whitened_samples_are_white_for_every_replica(kind, d):
    x = 3 + torch.randn(4, 9, d, dtype=DOUBLE, generator=generator(f"test/white{d}")) ** 3
    z = whitening.whitened(x, kind)
    for each in z:
        np.testing.assert_allclose(np.cov(each.T), np.eye(d).squeeze(), atol=1e-10)
    assert float(z.mean(1).abs().max()) < 1e-12


def test_each_kind_has_its_shape():
    root = torch.randn(4, 4, dtype=DOUBLE, generator=generator("test/kinds"))
    sigma = root @ root.mT + torch.eye(4, dtype=DOUBLE)
    zca, pca, triangular = (whitening.whitening_matrix(sigma, kind) for kind in whitening.KINDS)
    torch.testing.assert_close(zca, zca.mT)
    torch.testing.assert_close(triangular.triu(1), torch.zeros_like(sigma))
    rows = pca @ pca.mT
    torch.testing.assert_close(rows, torch.diag(rows.diagonal()))
    assert whitening.whitening_matrix(sigma.float()).dtype == torch.float32


def test_distances_sum_and_are_bounded_and_affine_maps_leave_them():
    x = student_vectors(30, 8, freedom=3, generator=generator("test/distances"))
    squares = whitening.squared_distances(x)
    torch.testing.assert_close(squares.sum(1), torch.full((30,), 14.0, dtype=DOUBLE))
    assert float(squares.max()) <= 49 / 8 + 1e-12
    matrix = torch.tensor([[2.0, -1.0], [0.5, 3.0]], dtype=DOUBLE)
    torch.testing.assert_close(whitening.squared_distances(x @ matrix + 5), squares)
    for before, after in zip(whitening.mardia(x), whitening.mardia(x @ matrix - 1), strict=True):
        torch.testing.assert_close(after, before)


def test_mardia_is_the_mean_over_pairs():
    x = torch.randn(7, 3, dtype=DOUBLE, generator=generator("test/pairs")).numpy()
    offsets = x - x.mean(0)
    gram = offsets @ np.linalg.inv(np.cov(x.T, bias=True)) @ offsets.T
    skewness, kurtosis = whitening.mardia(torch.from_numpy(x))
    assert float(skewness) == pytest.approx((gram**3).mean(), rel=1e-10)
    assert float(kurtosis) == pytest.approx((gram.diagonal() ** 2).mean(), rel=1e-10)


def test_mardia_of_a_law_is_that_of_a_sample_with_these_points():
    x = torch.randn(9, 2, dtype=DOUBLE, generator=generator("test/law"))
    found = whitening.mardia_of_law(x, torch.full((9,), 1 / 9, dtype=DOUBLE))
    np.testing.assert_allclose(found, [float(each) for each in whitening.mardia(x)], rtol=1e-10)


def test_the_reference_for_mixtures_in_three_dimensions():
    root = torch.randn(2, 3, 3, dtype=DOUBLE, generator=generator("test/isserlis"))
    mixture = laws.GaussianMixture(
        torch.tensor([0.3, 0.7], dtype=DOUBLE), root[:, 0], root @ root.mT + torch.eye(3, dtype=DOUBLE)
    )
    found = whitening.mardia_of_law(*mixture.nodes(4))
    np.testing.assert_allclose(whitening_references.mardia_of_mixture(mixture), found, rtol=1e-10)


@pytest.mark.parametrize(("n", "d"), [(6, 1), (8, 2), (12, 3)])
def test_the_exact_law_of_the_kurtosis(n, d):
    replicas = 40_000
    x = torch.randn(replicas, n, d, dtype=DOUBLE, generator=generator(f"test/kurtosis{n}"))
    found = whitening.mardia(x)[1]
    mean, variance = whitening.gaussian_kurtosis_law(n, d)
    assert abs(float(found.mean()) - mean) < 6 * math.sqrt(variance / replicas)
    squares = (found - mean).square()
    assert abs(float(squares.mean()) - variance) < 6 * float(squares.std()) / math.sqrt(replicas)


def test_the_blind_mixture_has_the_kurtosis_of_a_gaussian():
    for distance in (1.0, 3.0, 9.0):
        skewness, kurtosis = whitening.mardia_of_law(*whitening_experiments.blind_mixture(distance).nodes(4))
        assert kurtosis == pytest.approx(8, rel=1e-12) and skewness > 0.001


def test_rejection_shares():
    null = torch.linspace(0, 1, 1001)
    assert whitening.rejection_share(null, torch.tensor([0.01, 0.5, 0.99])) == pytest.approx(2 / 3)
    assert whitening.rejection_share(null, torch.tensor([0.01, 0.5, 0.99]), two_sided=False) == pytest.approx(1 / 3)


def test_power_grows_from_the_level():
    rng = generator("test/power")
    law = laws.example_gaussian()
    samplers = {"null": lambda r, n: law.sample(r, n, generator=rng)} | whitening_experiments.alternatives(rng)
    curves = whitening_experiments.power_curves(samplers, rng, 400, (20, 200))
    assert float(curves["null"].max()) < 0.05 + 6 * math.sqrt(0.0475 / 400)
    assert float(curves["t, ν = 5"][1, 1]) > float(curves["t, ν = 5"][1, 0])
    drawn = whitening_figures.power_figure(curves, (20, 200))
    assert all(axes.get_xlabel() and axes.get_ylabel() for axes in drawn.axes)
    assert f"kurtosis {curves['mixture'][1, 0]:.0%}" in whitening_figures.power_alt(curves, (20, 200))


def test_the_figure_of_whitened_samples():
    samples = {"t": student_vectors(40, freedom=3, generator=generator("test/white/figure"))}
    assert all(axes.get_xlabel() for axes in whitening_figures.whitened_figure(samples).axes)
    alt = whitening_figures.whitened_alt(samples)
    figures.check_alt(alt)
    assert f"{float(whitening.squared_distances(samples['t']).max().sqrt()):.1f}" in alt


@pytest.mark.bad_input
def test_bad_input_is_named():
    for call, word in (
        (lambda: whitening.whitening_matrix(torch.eye(2), "ica"), "kind"),
        (lambda: whitening.whitening_matrix(torch.zeros(2, 3)), "square"),
        (lambda: whitening.whitening_matrix(torch.diag(torch.tensor([1.0, 0.0]))), "positive definite"),
        (lambda: whitening.whitening_matrix(torch.full((2, 2), math.nan)), "covariance"),
        (lambda: whitening.whitened(torch.tensor([[0.0, 0.0], [1.0, 0.0], [2.0, 0.0]])), "positive definite"),
        (lambda: whitening.whitened(torch.zeros(1, 2)), "rows"),
        (lambda: whitening.gaussian_kurtosis_law(2, 2), "n must"),
        (lambda: whitening.rejection_share(torch.zeros(2), torch.zeros(2), 1.0), "level"),
    ):
        with pytest.raises(ValueError, match=word):
            call()
    with pytest.raises(TypeError, match="covariance"):
        whitening.whitening_matrix(torch.eye(2, dtype=torch.long))
