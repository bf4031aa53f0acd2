"""Growth of gradients with depth: theory against SciPy, simulation against autograd and against theory; figures."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy import special, stats

from mgai import settings
from mgai.calculus import deep_products as dp
from mgai.calculus import deep_products_figures as drawing
from mgai.calculus import deep_products_references as references


@given(st.floats(0.1, 5), st.integers(1, 300))
def test_rates_agree_with_scipy(sigma, n):
    degrees = np.arange(n, 0, -1)
    exact = (np.log(2 * sigma**2 / n) + special.digamma(degrees / 2)) / 2
    np.testing.assert_allclose(dp.lyapunov_exponents(sigma, n), exact, atol=1e-12)
    assert dp.typical_rate(sigma, n) == pytest.approx(exact[0], abs=1e-12)
    assert dp.typical_rate(sigma, n) < math.log(sigma)  # Jensen
    assert dp.log_norm_variance(n) == pytest.approx(special.polygamma(1, n / 2) / 4, rel=1e-8)


@pytest.mark.parametrize("n", [1, 2, 3, 8, 100, 1000])
def test_the_reference_of_the_logarithm(n):
    assert references.chi_squared_log_mean(n) == pytest.approx(math.log(2) + special.digamma(n / 2), abs=1e-11)


def test_references_on_known_cases():
    assert references.normal_mean(lambda z: math.cos(z)) == pytest.approx(math.exp(-0.5), abs=1e-12)
    assert references.huber_minimiser([1.0, 2.0, 40.0], 0.5) == pytest.approx(2.0, abs=1e-6)


def test_one_layer_back_has_the_law_of_chi():
    squares = 6 * (2 * dp.gradient_log_norms("identity", 1.0, 6, 1, 4000, settings.generator("t/chi"))[:, 0]).exp()
    assert stats.kstest(squares.numpy(), stats.chi2(6).cdf).pvalue > 1e-7


def test_simulated_lengths_are_those_of_autograd():
    width, depth = 5, 4
    label = "t/lengths"
    for name in ("identity", "tanh", "relu"):
        found = dp.gradient_log_norms(name, 1.4, width, depth, 1, settings.generator(label))[0]
        rng = settings.generator(label)
        x, u = (torch.randn(width, dtype=torch.float64, generator=rng) for _ in range(2))
        sigma = (lambda z: z) if name == "identity" else getattr(torch, name)
        a, values = x.requires_grad_(), []
        for _ in range(depth):
            values.append(a)
            w = torch.randn(1, width, width, dtype=torch.float64, generator=rng)[0] * 1.4 / width**0.5
            a = sigma(w @ a)
        gradients = torch.autograd.grad((u / u.norm()) @ a, values)
        expected = [float(g.norm().log()) for g in reversed(gradients)]  # minus infinity where a ReLU network is dead
        np.testing.assert_allclose(found, expected, atol=1e-12)


def test_nothing_overflows_at_great_depth():
    logs = dp.gradient_log_norms("identity", 30.0, 2, 400, 2, settings.generator("t/deep"))
    assert bool(torch.isfinite(logs).all()) and float(logs.max()) > 720  # beyond float64 as a number


def test_scaling_the_weights_shifts_the_linear_growth():
    one, three = (dp.gradient_log_norms("identity", s, 4, 5, 3, settings.generator("t/scale")) for s in (1.0, 3.0))
    torch.testing.assert_close(three - one, math.log(3) * torch.arange(1.0, 6).double().expand(3, 5))


def test_triangular_growth_is_that_of_the_product():
    logs = dp.triangular_log_growth(4, 3, 2, settings.generator("t/qr"))
    rng, product = settings.generator("t/qr"), torch.eye(4, dtype=torch.float64)
    for step in range(3):
        product = torch.randn(2, 4, 4, dtype=torch.float64, generator=rng) / 2 @ product
        torch.testing.assert_close(logs[:, step].sum(dim=1), torch.linalg.slogdet(product).logabsdet)
        first = product[:, :, 0].norm(dim=1).log()
        torch.testing.assert_close(logs[:, step, 0], first)


@given(st.floats(0, 50), st.floats(0.1, 4))
def test_mean_field_maps_are_bounded(q, sigma):
    after, chi = dp.next_variance(q, sigma), dp.growth_factor(q, sigma)
    assert 0 <= after <= sigma**2 * min(1, q) * (1 + 1e-12)
    assert 0 < chi <= sigma**2 * (1 + 1e-12)
    assert after + chi <= sigma**2 * (1 + 1e-12)  # t² + (1 - t²)² <= 1 for t² in [0, 1]


@pytest.mark.parametrize("q", [0.01, 1.0, 9.0, 100.0, 400.0])
def test_mean_field_maps_agree_with_quadrature(q):
    nodes, weights = np.polynomial.legendre.leggauss(20)
    centres = np.arange(-12, 12, 0.1)[:, None] + 0.05  # panels of width 0.1
    z = centres + 0.05 * nodes
    w = (0.05 * weights * stats.norm.pdf(z)).ravel()
    z = z.ravel()
    t = np.tanh(math.sqrt(q) * z)
    assert dp.next_variance(q, 1.0) == pytest.approx(float(w @ t**2), abs=1e-10)
    assert dp.growth_factor(q, 1.0) == pytest.approx(float(w @ (1 - t**2) ** 2), abs=1e-10)


def test_small_weights_behave_linearly():
    growth = dp.mean_field_log_growth(0.5, 40)
    assert float(growth[0]) == pytest.approx(math.log(0.5), abs=1e-6)  # the last layer: its variance is almost 0


def test_layer_gradients_are_outer_products():
    g = dp.layer_gradients("tanh", 1.5, 5, 3, settings.generator("t/layers"))
    assert [int(torch.linalg.matrix_rank(each, rtol=1e-10)) for each in g] == [1, 1, 1]


def test_last_step_squares_are_not_negative():
    draws = dp.last_step_squares(1.0, 3, 50, settings.generator("t/last"))
    assert draws.shape == (50,) and bool((draws >= 0).all())


def test_figures():
    runs = {s: dp.gradient_log_norms("identity", s, 3, 5, 8, settings.generator("t/figure")) for s in (0.9, 1.1)}
    rates = {kind: torch.randn(2, 8, generator=settings.generator("t/rates")).double() for kind in ("linear", "tanh")}
    drawn = [
        drawing.growth_figure(runs, 3),
        drawing.rates_figure((0.5, 1.5), rates, 3, 5),
        drawing.spread_figure(dp.triangular_log_growth(3, 5, 8, settings.generator("t/spread"))),
        drawing.clipping_figure(torch.tensor([3.0, 0.5])),
    ]
    for each in drawn:
        assert each.axes[0].get_xlabel() and each.axes[0].get_ylabel()


@pytest.mark.bad_input
def test_bad_input():
    rng = torch.Generator()
    for sigma in (0.0, -1.0, float("nan")):
        with pytest.raises(ValueError, match="sigma_w"):
            dp.typical_rate(sigma, 3)
        with pytest.raises(ValueError, match="sigma_w"):
            dp.gradient_log_norms("tanh", sigma, 2, 2, 2, rng)
        for function in (dp.mean_field_log_growth, lambda s, n: dp.layer_gradients("tanh", s, n, 1, rng)):
            with pytest.raises(ValueError, match="sigma_w"):
                function(sigma, 2)
    with pytest.raises(ValueError, match="width"):
        dp.lyapunov_exponents(1.0, 0)
    with pytest.raises(ValueError, match="name"):
        dp.gradient_log_norms("swish", 1.0, 2, 2, 2, rng)
    for q in (-1.0, float("inf")):
        with pytest.raises(ValueError, match="q must"):
            dp.growth_factor(q, 1.0)
    with pytest.raises(TypeError, match="depth"):
        dp.triangular_log_growth(2, 1.5, 1, rng)
    with pytest.raises(ValueError, match="points"):
        references.huber_minimiser([], 1.0)
