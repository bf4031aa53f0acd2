"""Principal directions: the routes agree where they should and differ where theory says so."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.decomposition import PCA

from mgai import settings
from mgai.linear_algebra import principal_directions as pd
from mgai.linear_algebra import principal_directions_cost as cost
from mgai.linear_algebra.principal_directions_figures import accuracy_figure, route_errors


def samples(n: int = 40, low: float = -1, d: int = 5, label: str = "tests/directions") -> torch.Tensor:
    s = torch.logspace(0, low, d, dtype=torch.float64)
    return pd.with_singular_values(s, n, settings.generator(label))


def test_three_routes_and_scikit_learn_agree_up_to_sign():
    x = samples() + torch.arange(5.0, dtype=torch.float64)
    pca = PCA(svd_solver="full").fit(x.numpy())
    for s, v in (
        pd.directions_by_svd(pd.centred(x)),
        pd.directions_by_gram(pd.centred(x)),
        pd.directions_by_covariance(x),
    ):
        np.testing.assert_allclose(s, pca.singular_values_, rtol=1e-10)
        np.testing.assert_allclose(np.abs(v.numpy() @ pca.components_.T), np.eye(5), atol=1e-10)


def test_covariance_agrees_with_numpy():
    x = samples(n=7) + 3
    np.testing.assert_allclose(pd.covariance(x), np.cov(x.numpy().T), atol=1e-14)
    assert pd.centred(x).sum(dim=0).abs().max() < 1e-12


def test_without_centring_the_first_directions_differ():
    x = samples() + 10
    cosine = pd.directions_by_gram(x)[1][0] @ pd.directions_by_covariance(x)[1][0]
    mean = x.mean(dim=0) / x.mean(dim=0).norm()
    assert cosine.abs() < 0.99
    assert (pd.directions_by_gram(x)[1][0] @ mean).abs() > 0.999


@pytest.mark.parametrize("shape", [(1, 1), (1, 4), (4, 1), (3, 6), (6, 3)])
def test_shapes_and_orthonormality(shape):
    x = torch.randn(*shape, dtype=torch.float64, generator=settings.generator("tests/shapes"))
    for s, v in (pd.directions_by_svd(x), pd.directions_by_gram(x)):
        assert s.shape[0] == v.shape[0] and v.shape[1] == shape[1]
        assert bool((s[:-1] >= s[1:]).all()) and bool((s >= 0).all())
        torch.testing.assert_close(v @ v.mT, torch.eye(len(v), dtype=torch.float64))


def test_rank_deficient_and_constant_samples():
    constant = torch.full((5, 3), 2.0, dtype=torch.float64)
    assert pd.directions_by_covariance(constant)[0].max() == 0
    x = samples(d=2) @ torch.tensor([[1.0, 0, 2, 0], [0, 1, 0, 0]], dtype=torch.float64)
    np.testing.assert_allclose(pd.directions_by_svd(x)[0][2:], 0, atol=1e-14)


@given(st.integers(0, 2**32), st.integers(1, 6), st.integers(1, 8))
def test_prescribed_singular_values(seed, d, extra):
    s = torch.arange(d, 0, -1, dtype=torch.float64)
    x = pd.with_singular_values(s, d + extra, torch.Generator().manual_seed(seed))
    np.testing.assert_allclose(np.linalg.svd(x.numpy(), compute_uv=False), s, rtol=1e-12)
    assert x.sum(dim=0).abs().max() < 1e-12


@pytest.mark.parametrize(("dtype", "low"), [(torch.float64, -10), (torch.float32, -5)])
def test_small_singular_values_survive_in_the_svd_only(dtype, low):
    x = samples(n=10, low=low, d=6).to(dtype)
    with mpmath.workdps(50):
        exact = np.array([float(v) for v in mpmath.svd_r(mpmath.matrix(x.tolist()), compute_uv=False)])
    bound = 10 * torch.finfo(dtype).eps
    assert np.abs(pd.directions_by_svd(x)[0].numpy() - exact).max() <= bound
    for route in (pd.directions_by_gram, pd.directions_by_covariance):
        assert np.abs(route(x)[0].numpy() - exact).max() > bound


def test_errors_of_each_route_stay_below_their_theory():
    s = torch.logspace(0, -10, 11, dtype=torch.float64)
    for dtype in (torch.float64, torch.float32):
        eps, errors = torch.finfo(dtype).eps, route_errors(s, 60, dtype)
        assert bool((errors["SVD of the data"] <= 60 * eps / s).all())
        for route in ("eigenvalues of the Gram matrix", "SVD of the covariance"):
            assert bool((errors[route] <= 60 * eps / s.square()).all())


def test_lauchli():
    a = pd.lauchli(3, 0.5)
    np.testing.assert_allclose(torch.linalg.svdvals(a), [np.sqrt(3.25), 0.5, 0.5], rtol=1e-14)
    tiny = pd.lauchli(3, 2.0**-30)
    assert torch.equal(tiny.mT @ tiny, torch.ones(3, 3, dtype=torch.float64))  # rounded: singular
    np.testing.assert_allclose(pd.directions_by_svd(tiny)[0][1:], 2.0**-30, rtol=1e-5)


def test_dual_route_for_few_samples():
    x = samples(n=50, d=6).mT
    s, v = pd.directions_by_dual_gram(x, 4)
    _, values, vh = np.linalg.svd(x.numpy(), full_matrices=False)
    np.testing.assert_allclose(s, values[:4], rtol=1e-10)
    np.testing.assert_allclose(np.abs(v.numpy() @ vh[:4].T), np.eye(4), atol=1e-10)


@given(st.integers(2, 9), st.integers(1, 6))
def test_counts_and_products_of_the_counting_loops(n, d):
    x = torch.randn(n, d, dtype=torch.float64, generator=settings.generator(f"tests/{n}x{d}"))
    gram, operations = cost.counted_gram(x)
    torch.testing.assert_close(gram, x.mT @ x)
    assert operations == cost.gram_operations(n, d)
    c, operations = cost.counted_covariance(x)
    np.testing.assert_allclose(c, np.cov(x.numpy().T).reshape(d, d), atol=1e-13)
    assert operations == cost.covariance_operations(n, d) > cost.gram_operations(n, d)


def test_seconds_times_every_route():
    times = cost.seconds(samples(), repeats=3)
    assert list(times) == list(cost.ROUTES)
    assert all(t.shape == (3,) and bool((t > 0).all()) for t in times.values())


def test_accuracy_figure():
    drawn = accuracy_figure(60)
    left, right = drawn.axes
    assert left.get_xlabel() and right.get_xlabel() and left.get_ylabel()
    s = torch.logspace(0, -10, 41, dtype=torch.float64)
    for axes, dtype in ((left, torch.float64), (right, torch.float32)):
        for line, error in zip(axes.lines, route_errors(s, 60, dtype).values(), strict=False):
            np.testing.assert_allclose(line.get_ydata(), error.clamp_min(1e-17))
            assert axes.get_ylim()[0] < min(line.get_ydata()) and max(line.get_ydata()) < axes.get_ylim()[1]


EYE = torch.eye(2)


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: pd.directions_by_svd(EYE.long()), TypeError, "x must be"),
        (lambda: pd.directions_by_gram(EYE[0]), ValueError, "x must be a matrix"),
        (lambda: pd.directions_by_gram(torch.ones(0, 2)), ValueError, "x must have at least 1"),
        (lambda: pd.directions_by_svd(torch.ones(2, 0)), ValueError, "one column"),
        (lambda: pd.covariance(EYE[:1]), ValueError, "x must have at least 2"),
        (lambda: pd.directions_by_covariance(EYE / 0), ValueError, "not finite"),
        (lambda: pd.centred(torch.ones(0, 2)), ValueError, "x must have at least 1"),
        (lambda: pd.directions_by_dual_gram(EYE, 0), ValueError, "k must be from 1 to 2"),
        (lambda: pd.directions_by_dual_gram(EYE, 3), ValueError, "k must be"),
        (lambda: pd.directions_by_dual_gram(torch.ones(2, 3), 2), ValueError, "is lost"),
        (lambda: pd.directions_by_dual_gram(torch.zeros(2, 3), 1), ValueError, "is lost"),
        (lambda: pd.with_singular_values(torch.ones(0), 3, settings.generator("t")), ValueError, "s must hold"),
        (lambda: pd.with_singular_values(-EYE[0], 3, settings.generator("t")), ValueError, "s must hold"),
        (lambda: pd.with_singular_values(EYE[0], 2, settings.generator("t")), ValueError, "n must be at least 3"),
        (lambda: pd.lauchli(1, 0.1), ValueError, "d must be"),
        (lambda: pd.lauchli(2, 0.0), ValueError, "small"),
        (lambda: pd.lauchli(2, float("nan")), ValueError, "small"),
        (lambda: pd.lauchli(2.0, 0.5), TypeError, "d must be an integer"),
        (lambda: pd.directions_by_dual_gram(EYE, 1.0), TypeError, "k must be an integer"),
        (lambda: pd.with_singular_values(EYE[0].long(), 3, settings.generator("t")), TypeError, "s must be"),
        (lambda: pd.with_singular_values(EYE, 5, settings.generator("t")), ValueError, "s must hold"),
        (lambda: cost.gram_operations(2.5, 1), TypeError, "n must be an integer"),
        (lambda: route_errors(EYE[0] + 1, 5), TypeError, "s must be a float64"),
        (lambda: cost.gram_operations(0, 1), ValueError, "n must be"),
        (lambda: cost.covariance_operations(1, 1), ValueError, "n must be at least 2"),
        (lambda: cost.counted_covariance(torch.ones(1, 1)), ValueError, "n must be at least 2"),
        (lambda: cost.seconds(EYE, repeats=0), ValueError, "repeats must be"),
        (lambda: route_errors(torch.zeros(2, dtype=torch.float64), 5), ValueError, "s must hold"),
    ],
)
def test_bad_input(call, error, message):
    with pytest.raises(error, match=message):
        call()
