"""The four estimates of a damping rate, against NumPy and SciPy, with and without noise; their figures."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from mgai import settings
from mgai.calculus import damping_rate as dr
from mgai.calculus import damping_rate_figures as drawing
from mgai.calculus import damping_rate_references as references
from mgai.calculus.damped_response import rate_bound, solution
from mgai.calculus.damping_rate_error import noisy_samples

T = torch.linspace(0, 5, 51, dtype=torch.float64)
KINDS = {
    "forward": dr.forward_differences,
    "central": dr.central_differences,
    "integral": dr.integral_form,
    "polynomial": lambda t, omega=2.0: dr.polynomial_fit(t, 7, omega),
}


def _data(n=6, noise=0.1):
    return noisy_samples(1.0, 1.0, T, noise, n, settings.generator("t/damping"))


@pytest.mark.parametrize("kind", KINDS)
def test_the_regressions_are_those_of_numpy(kind):
    for y in _data():
        found = float(dr.estimate_rate(KINDS[kind](T), y))
        assert found == pytest.approx(references.rate_by_numpy(y, T, kind), rel=1e-10)


def test_other_forcings_and_uneven_times():
    t = T + 0.03 * torch.sin(7 * T)
    y = solution(0.6, 2.0, t, 1.3)
    for kind in ("forward", "integral", "polynomial"):
        found = float(dr.estimate_rate(KINDS[kind](t, 1.3), y))
        assert found == pytest.approx(references.rate_by_numpy(y, t, kind, omega=1.3), rel=1e-10)


@pytest.mark.parametrize(("kind", "order"), [("forward", 1), ("central", 2), ("integral", 2)])
def test_the_order_of_the_truncation_error(kind, order):
    off = []
    for n in (100, 200):
        t = torch.linspace(0, 5, n + 1, dtype=torch.float64)
        off.append(float(dr.estimate_rate(KINDS[kind](t), solution(1.0, 1.0, t))) - 1)
    assert off[0] / off[1] == pytest.approx(2**order, rel=0.1)


def test_polynomials_are_differentiated_exactly():
    regression = dr.polynomial_fit(T, 3)
    y = 1 - T + 0.5 * T**3
    torch.testing.assert_close(regression.a @ y, y)
    torch.testing.assert_close(regression.b @ y, -1 + 1.5 * T**2)


def test_the_naive_error_is_that_of_least_squares():
    y, regression = _data(1)[0], dr.central_differences(T)
    u, v = (regression.a @ y).numpy(), (regression.b @ y - regression.f).numpy()
    _, squares, _, _ = np.linalg.lstsq(u[:, None], v, rcond=None)
    assert float(dr.naive_standard_error(regression, y)) == pytest.approx(math.sqrt(squares[0] / 48 / (u @ u)))


def test_the_fitted_solution_is_that_of_scipy():
    for y in _data(4, 0.3):
        fit = dr.fit_solution(y, T, 1.0)
        np.testing.assert_allclose([float(part) for part in fit], references.fitted_by_scipy(y, T, 1.0), rtol=1e-5)


def test_fits_of_a_batch_are_those_one_by_one():
    y = _data(12, 0.3).reshape(3, 4, 51)
    fit = dr.fit_solution(y, T, 0.7)
    assert fit.rate.shape == (3, 4)
    alone = dr.fit_solution(y[1, 2], T, 2.0)  # from another guess
    torch.testing.assert_close(torch.stack(alone), torch.stack([part[1, 2] for part in fit]), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("guess", [-0.3, 0.0, 0.2, 4.0, 8.0])
def test_the_search_settles_from_far_away(guess):
    assert float(dr.fit_solution(solution(1.0, 1.0, T), T, guess).rate) == pytest.approx(1.0, abs=1e-9)


def test_noise_that_is_small_scatters_at_the_bound():
    rates = dr.fit_solution(_data(4000, 1e-3), T, 1.0).rate
    assert float(rates.std()) == pytest.approx(rate_bound(1.0, 1.0, T, 1e-3), rel=0.07)  # six standard errors


def test_single_precision_and_strides():
    y = _data(5)
    wide = torch.stack([y, y], dim=-1)[..., 0]  # not contiguous
    for way in KINDS.values():
        torch.testing.assert_close(dr.estimate_rate(way(T), wide), dr.estimate_rate(way(T), y))
        single = dr.estimate_rate(way(T.float()), y.float())
        assert single.dtype == torch.float32
        torch.testing.assert_close(single.double(), dr.estimate_rate(way(T), y), rtol=1e-4, atol=1e-4)
    fit = dr.fit_solution(y.float(), T.float(), 1.0)
    torch.testing.assert_close(fit.rate.double(), dr.fit_solution(y, T, 1.0).rate, rtol=1e-4, atol=1e-4)


def test_figures():
    y = _data(30)
    curves = drawing.fitted_curves(T, y[0], (1.0, 1.0), 7, 7.0)
    drawn = drawing.curves_figure(T, y[0], curves)
    assert drawn.axes[0].get_xlabel() and drawn.axes[0].get_ylabel()
    assert "51 noisy samples" in drawing.curves_alt(T, curves)
    estimates = {kind: dr.estimate_rate(way(T), y) for kind, way in KINDS.items()}
    drawn = drawing.estimates_figure(estimates, {"forward": 1.45}, 1.0)
    assert drawn.axes[-1].get_xlabel() and all(axes.get_ylabel() for axes in drawn.axes)
    assert f"{float(estimates['central'].mean()):.3f}" in drawing.estimates_alt(estimates, 1.0)


@pytest.mark.bad_input
def test_bad_input():
    for way in KINDS.values():
        with pytest.raises(ValueError, match="t must"):
            way(T[:2])
        with pytest.raises(ValueError, match="increase"):
            way(T.flip(0))
        with pytest.raises(ValueError, match="omega"):
            way(T, -1.0)
    for degree in (0, 51):
        with pytest.raises(ValueError, match="degree"):
            dr.polynomial_fit(T, degree)
    with pytest.raises(TypeError, match="degree"):
        dr.polynomial_fit(T, 2.5)
    regression = dr.forward_differences(T)
    for function in (
        lambda y: dr.estimate_rate(regression, y),
        lambda y: dr.naive_standard_error(regression, y),
        lambda y: dr.fit_solution(y, T, 1.0),
    ):
        for y in (T[:-1], T[:0], torch.full((51,), math.nan), torch.zeros(0, 51)):
            with pytest.raises(ValueError, match="y "):
                function(y)
        with pytest.raises(TypeError, match="y must"):
            function(torch.arange(51))
    for guess in (math.nan, math.inf):
        with pytest.raises(ValueError, match="guess"):
            dr.fit_solution(solution(1.0, 1.0, T), T, guess)
    short = dr.integral_form(T[:3])
    with pytest.raises(ValueError, match="freedom"):
        dr.naive_standard_error(dr.Regression(short.a[:2], short.b[:2], short.f[:2], 2), T[:3])
    with pytest.raises(KeyError):
        references.rate_by_numpy(T, T, "sideways")
