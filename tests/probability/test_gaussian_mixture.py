"""Mixtures: density against SciPy, moments against cubature and samples, stationary points, images, bad input."""

import math

import numpy as np
import pytest
import torch
from scipy import stats

from mgai.probability import gaussian_mixture as laws
from mgai.settings import generator

DOUBLE = torch.float64


def drawn_mixture(label, k=3, d=2, dtype=DOUBLE):
    rng = generator(f"test/mixture/{label}")
    root = torch.randn(k, d, d, dtype=DOUBLE, generator=rng)
    weights = (0.2 + torch.rand(k, dtype=DOUBLE, generator=rng)).to(dtype)
    spread = (root @ root.mT + 0.5 * torch.eye(d, dtype=DOUBLE)).to(dtype)
    means = torch.randn(k, d, dtype=DOUBLE, generator=rng).to(dtype)
    return laws.GaussianMixture(weights / weights.sum(), means, spread)


@pytest.mark.parametrize("d", [1, 2, 3])
def test_the_density_is_that_of_scipy(d):
    mixture = drawn_mixture(f"density{d}", d=d)
    x = torch.randn(4, 5, d, dtype=DOUBLE, generator=generator("test/mixture/points"))
    expected = sum(
        float(w) * stats.multivariate_normal(m.numpy(), c.numpy()).pdf(x.reshape(-1, d).numpy()).reshape(4, 5)
        for w, m, c in zip(mixture.weights, mixture.means, mixture.covariances, strict=True)
    )
    np.testing.assert_allclose(mixture.log_density(x).exp(), expected, rtol=1e-10)


def test_cubature_has_the_moments_of_the_law_up_to_its_degree():
    mixture = drawn_mixture("nodes", d=3)
    x, w = mixture.nodes(2)
    assert float(w.sum()) == pytest.approx(1, rel=1e-12)
    torch.testing.assert_close(w @ x, mixture.mean)
    torch.testing.assert_close((w[:, None] * (x - mixture.mean)).mT @ (x - mixture.mean), mixture.covariance)
    x, w = laws.gaussian(torch.tensor([[4.0]], dtype=DOUBLE)).nodes(4)
    assert float(w @ x[:, 0] ** 6) == pytest.approx(15 * 4**3, rel=1e-12)


def test_samples_have_the_law():
    mixture = drawn_mixture("samples")
    n = 40_000
    x = mixture.sample(n, generator=generator("test/mixture/draws"))
    error = (x.mean(0) - mixture.mean) / (mixture.covariance.diagonal() / n).sqrt()
    assert float(error.abs().max()) < 6
    np.testing.assert_allclose(np.cov(x.T), mixture.covariance, atol=0.25 * float(mixture.covariance.max()) / 5)
    first = laws.example_mixture().sample(n, generator=generator("test/mixture/shares"))
    assert abs(float((first[:, 0] < 0).double().mean()) - 0.5) < 6 * 0.5 / math.sqrt(n)


def test_samples_have_the_shape_and_dtype_asked_for():
    mixture = drawn_mixture("single", d=3, dtype=torch.float32)
    x = mixture.sample(2, 5, generator=generator("test/mixture/shape"))
    assert x.shape == (2, 5, 3) and x.dtype == torch.float32
    assert mixture.log_density(x).shape == (2, 5)
    assert mixture.sample(generator=generator("test/mixture/one")).shape == (3,)


def test_an_image_has_the_transformed_moments_and_density():
    mixture = drawn_mixture("image")
    matrix, shift = torch.tensor([[2.0, 1.0], [0.0, -1.0]], dtype=DOUBLE), torch.tensor([1.0, 3.0], dtype=DOUBLE)
    moved = mixture.image(matrix, shift)
    torch.testing.assert_close(moved.mean, matrix @ (mixture.mean - shift))
    torch.testing.assert_close(moved.covariance, matrix @ mixture.covariance @ matrix.mT)
    x = torch.zeros(2, dtype=DOUBLE)
    there = moved.log_density(matrix @ (x - shift)) + math.log(2)
    torch.testing.assert_close(there, mixture.log_density(x))
    assert mixture.image(matrix[:1]).means.shape == (3, 1)


def test_equal_covariances_have_two_modes_beyond_two_deviations():
    eye = torch.eye(2, dtype=DOUBLE)
    for distance, kinds in ((1.9, ["mode"]), (2.2, ["mode", "saddle", "mode"])):
        means = torch.tensor([[0.0, 0.0], [distance, 0.0]], dtype=DOUBLE)
        pair = laws.GaussianMixture(torch.tensor([0.5, 0.5], dtype=DOUBLE), means, torch.stack([eye, eye]))
        points, found = laws.stationary_points(pair)
        assert found == kinds
        slopes = torch.func.vmap(torch.func.grad(pair.log_density))(points)
        assert float(slopes.abs().max()) < 1e-10


def test_crossed_components_may_have_three_modes():
    """Ray and Lindsay (2005): two components, three modes, when long thin ellipses cross at a right angle."""
    spread = torch.stack([torch.diag(torch.tensor(v, dtype=DOUBLE)) for v in ([1.0, 0.05], [0.05, 1.0])])
    means = torch.tensor([[0.0, 0.0], [1.0, 1.0]], dtype=DOUBLE)
    pair = laws.GaussianMixture(torch.tensor([0.5, 0.5], dtype=DOUBLE), means, spread)
    assert laws.stationary_points(pair)[1].count("mode") == 3


@pytest.mark.bad_input
def test_bad_mixtures_are_refused():
    one, eye = torch.ones(1), torch.eye(2)[None]
    for weights, means, spread, word in (
        (torch.tensor([0.5]), torch.zeros(1, 2), eye, "weights"),
        (torch.tensor([1.5, -0.5]), torch.zeros(2, 2), eye.repeat(2, 1, 1), "weights"),
        (one, torch.zeros(2, 2), eye, "means"),
        (one, torch.full((1, 2), math.nan), eye, "means"),
        (one, torch.zeros(1, 2), -eye, "covariances"),
        (one, torch.zeros(1, 2), torch.tensor([[[1.0, 0.5], [0.0, 1.0]]]), "covariances"),
        (one, torch.zeros(1, 2), torch.zeros(1, 2, 2), "covariances"),
        (one, torch.zeros(1, 2), torch.eye(3)[None], "covariances"),
    ):
        with pytest.raises(ValueError, match=word):
            laws.GaussianMixture(weights, means, spread)
    with pytest.raises(TypeError, match="means"):
        laws.GaussianMixture(one, torch.zeros(1, 2, dtype=torch.long), eye)
    with pytest.raises(ValueError, match="two components"):
        laws.stationary_points(laws.example_gaussian())
    with pytest.raises(ValueError, match="n_nodes"):
        laws.example_gaussian().nodes(0)
