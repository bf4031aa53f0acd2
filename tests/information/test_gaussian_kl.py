"""The divergence of two Gaussians: routes, laws, rounding, factorised fits, batches, bad input, figures."""

import math

import pytest
import torch
from hypothesis import given, strategies
from hypothesis import settings as hypothesis_settings

from mgai import figures
from mgai.information import gaussian_kl as ours
from mgai.information import gaussian_kl_figures as drawings
from mgai.information import gaussian_kl_references as references
from mgai.settings import generator

DOUBLE = torch.float64


def pair(label, n=1, d=3):
    rng = generator(f"test/gaussian-kl/{label}")
    return *ours.random_gaussians(n, d, rng), *ours.random_gaussians(n, d, rng)


@hypothesis_settings(max_examples=12, deadline=None)
@given(strategies.integers(0, 10**6), strategies.integers(1, 4))
def test_all_routes_agree(seed, d):
    laws = pair(seed, 1, d)
    found = float(ours.gaussian_kl(*laws))
    one = [law[0] for law in laws]
    for route in (references.kl_by_quadrature, references.kl_by_conditioning):
        assert found == pytest.approx(route(*one), rel=1e-9)
    assert found == pytest.approx(float(references.kl_by_library(*laws)), rel=1e-9)
    variance = float(ours.log_ratio_variance(*laws))
    assert variance == pytest.approx(references.moments_by_quadrature(*one)[1], rel=1e-9)
    if bool((torch.linalg.eigvals(torch.linalg.solve(laws[3], laws[1])).real > 1e-3).all()):
        assert found == pytest.approx(float(ours.gaussian_kl_near(*laws)), rel=1e-8)
    assert found > 0
    assert abs(float(ours.gaussian_kl(laws[0], laws[1], laws[0], laws[1]))) < 1e-12


def test_near_equality_is_accurate_in_both_precisions():
    for dtype, rtol in ((torch.float32, 3e-6), (DOUBLE, 1e-13)):
        zero, one = torch.zeros(3, dtype=dtype), torch.eye(3, dtype=dtype)
        for closeness in (0.5, 0.1, 1e-3, 1e-6):
            row = 1 + closeness * torch.tensor([1.0, -1.0, 0.5], dtype=dtype)
            exact = references.kl_of_diagonals(row.tolist(), [1.0] * 3)
            found = ours.gaussian_kl_near(zero, row.diag(), zero, one)
            assert found.dtype == dtype and float(found) == pytest.approx(exact, rel=rtol)
    assert float(ours.gaussian_kl_near(zero, one, zero, one)) == 0


def test_excess_over_logarithm_has_no_seam():
    x = torch.tensor([-0.999, -0.2500001, -0.2499999, 0.0, 1e-12, 0.2499999, 0.2500001, 30.0], dtype=DOUBLE)
    exact = [2 * references.kl_of_diagonals([1 + v], [1.0]) for v in x.tolist()]
    torch.testing.assert_close(
        ours.excess_over_logarithm(x)[[0, 1, 2, 5, 6, 7]], torch.tensor(exact, dtype=DOUBLE)[[0, 1, 2, 5, 6, 7]],
        rtol=1e-13, atol=0,
    )  # fmt: skip
    assert float(ours.excess_over_logarithm(x[4])) == pytest.approx(5e-25, rel=1e-11)
    slopes = torch.func.grad(lambda x: ours.excess_over_logarithm(x).sum())(x)
    torch.testing.assert_close(slopes, x / (1 + x), rtol=1e-12, atol=1e-15)


def test_batches_views_and_determinants_out_of_range():
    m, s, k, t = pair("batch", 4, 3)
    found = ours.gaussian_kl(m.view(2, 2, 3), s.view(2, 2, 3, 3), k[0], t[0])
    assert found.shape == (2, 2)
    torch.testing.assert_close(found[1, 0], ours.gaussian_kl(m[2], s[2], k[0], t[0]))
    torch.testing.assert_close(ours.gaussian_kl(m, s.mT, k, t.mT), ours.gaussian_kl(m, s, k, t))
    d = 300
    zero, one = torch.zeros(d, dtype=DOUBLE), torch.eye(d, dtype=DOUBLE)
    assert torch.det(1e-6 * one) == 0
    assert float(ours.gaussian_kl(zero, 1e-6 * one, zero, one)) == pytest.approx(
        d / 2 * (1e-6 - 1 + 6 * math.log(10)), rel=1e-12
    )


def test_factorised_fits_are_marginal_and_conditional_variances():
    covariance = pair("fit", 5, 4)[1]
    forward, reverse = (ours.factorised_variances(covariance, word) for word in ("forward", "reverse"))
    assert bool((reverse <= forward).all())
    for c, variances in zip(covariance, reverse, strict=True):
        rest = c[1:, 1:]
        torch.testing.assert_close(variances[0], c[0, 0] - c[0, 1:] @ torch.linalg.solve(rest, c[1:, 0]))
    zero = torch.zeros(4, dtype=DOUBLE)
    best = ours.gaussian_kl(zero, torch.diag_embed(reverse), zero, covariance)
    for factor in (0.9, 1.1):
        assert bool((ours.gaussian_kl(zero, torch.diag_embed(factor * reverse), zero, covariance) > best).all())


def test_the_autoencoders_term():
    mean, logs = torch.randn(2, 6, 5, dtype=DOUBLE, generator=generator("test/gaussian-kl/vae"))
    full = ours.gaussian_kl(mean, torch.diag_embed(logs.exp()), torch.zeros(5).double(), torch.eye(5).double())
    torch.testing.assert_close(ours.kl_to_standard_normal(mean, logs), full)
    torch.testing.assert_close(references.kl_to_standard_normal_by_library(mean, logs.exp()), full)


@pytest.mark.bad_input
def test_bad_input_is_named():
    zero, one = torch.zeros(2), torch.eye(2)
    singular, crooked = torch.ones(2, 2), torch.tensor([[1.0, 0.5], [0.0, 1.0]])
    for form in (ours.gaussian_kl, ours.gaussian_kl_near, ours.log_ratio_variance):
        with pytest.raises(ValueError, match="covariance_q is not positive"):
            form(zero, singular, zero, one)
        with pytest.raises(ValueError, match="covariance_p is not symmetric"):
            form(zero, one, zero, crooked)
        with pytest.raises(ValueError, match="covariance_p must hold square"):
            form(zero, one, zero, torch.ones(3, 2))
        with pytest.raises(ValueError, match="mean_p has shape"):
            form(zero, one, torch.zeros(3), one)
        with pytest.raises(ValueError, match="mean_q must have"):
            form(zero * math.nan, one, zero, one)
        with pytest.raises(TypeError, match="covariance_p is of dtype"):
            form(zero, one, zero, one.double())
        with pytest.raises(TypeError, match="mean_p must be"):
            form(zero, one, zero.long(), one)
    with pytest.raises(ValueError, match="too narrow"):
        ours.gaussian_kl_near(zero, 1e-20 * one, zero, one)
    with pytest.raises(ValueError, match="x must"):
        ours.excess_over_logarithm(torch.tensor([math.nan]))
    with pytest.raises(ValueError, match="direction"):
        ours.factorised_variances(one, "sideways")
    with pytest.raises(ValueError, match="n and d"):
        ours.random_gaussians(0, 2, generator("test/gaussian-kl/bad"))
    with pytest.raises(ValueError, match="log_variance"):
        ours.kl_to_standard_normal(zero, zero + math.inf)


def test_figures_show_what_they_name():
    left, right = drawings.factorised_figure().axes
    assert left.get_aspect() == 1 and "correlation" in right.get_xlabel() and "variance" in right.get_ylabel()
    assert right.lines[1].get_ydata()[0] == pytest.approx(1) and "0.44" in drawings.factorised_alt()
    axes = drawings.cancellation_figure().axes[0]
    assert axes.get_xlabel() and axes.get_ylabel() == "relative error" and len(axes.lines) == 5
    for alt in (drawings.factorised_alt(), drawings.cancellation_alt()):
        figures.check_alt(alt)
