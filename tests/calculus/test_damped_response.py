"""The damped system in closed form: its equation, its sensitivities, its information, against SciPy and autograd."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mgai.calculus import damped_response as dr
from mgai.calculus.damping_rate_references import integrated_solution

T = torch.linspace(0, 4, 41, dtype=torch.float64)


@given(st.floats(-1, 5), st.floats(-3, 3), st.floats(0.1, 6))
def test_the_trajectory_solves_the_equation(gamma, start, omega):
    t = T.clone().requires_grad_(True)
    x = dr.solution(gamma, start, t, omega)
    (slope,) = torch.autograd.grad(x.sum(), t)
    torch.testing.assert_close(slope, (-gamma * x + torch.cos(omega * t)).detach(), rtol=1e-9, atol=1e-9)
    assert float(x.detach()[0]) == pytest.approx(start, abs=1e-12)


@pytest.mark.parametrize("omega", [0.5, 2.0])
def test_against_the_solver(omega):
    for gamma in (-0.5, 0.0, 1.0, 6.0):
        np.testing.assert_allclose(
            dr.solution(gamma, 0.7, T, omega), integrated_solution(gamma, 0.7, T, omega), atol=1e-9
        )


@given(st.floats(-1, 5), st.floats(-3, 3))
def test_the_sensitivity_is_the_derivative(gamma, start):
    rate = torch.tensor(gamma, dtype=torch.float64)
    by_autograd = torch.func.jacrev(lambda rate: dr.solution(rate, start, T))(rate)
    torch.testing.assert_close(dr.rate_sensitivity(gamma, start, T), by_autograd, rtol=1e-9, atol=1e-10)


def test_batches_are_rows():
    gamma, start = torch.tensor([0.5, 2.0]).double(), torch.tensor([1.0, -1.0]).double()
    for function in (dr.solution, dr.rate_sensitivity):
        one_by_one = torch.stack([function(float(g), float(s), T) for g, s in zip(gamma, start, strict=True)])
        torch.testing.assert_close(function(gamma, start, T), one_by_one)
    assert dr.forced_response(gamma[:, None], T).shape == (2, 1, 41)
    assert dr.solution(1.0, 1.0, T.float()).dtype == torch.float32


def test_the_bound_is_in_the_inverse_of_the_information():
    f = dr.fisher_information(1.0, 1.0, T, 0.3)
    assert dr.rate_bound(1.0, 1.0, T, 0.3) == pytest.approx(float(torch.linalg.inv(f)[0, 0].sqrt()), rel=1e-12)
    assert dr.rate_bound(1.0, 1.0, T, 0.3, start_known=True) == pytest.approx(float(f[0, 0]) ** -0.5)
    assert dr.rate_bound(1.0, 1.0, T, 0.3) > dr.rate_bound(1.0, 1.0, T, 0.3, start_known=True)
    assert dr.rate_bound(1.0, 1.0, T, 0.6) == pytest.approx(2 * dr.rate_bound(1.0, 1.0, T, 0.3))


def test_the_information_is_that_of_the_score():
    at = torch.tensor([0.8, 1.3], dtype=torch.float64)
    jacobian = torch.func.jacrev(lambda p: dr.solution(p[0], p[1], T))(at)
    torch.testing.assert_close(dr.fisher_information(0.8, 1.3, T, 0.5), jacobian.T @ jacobian / 0.25)


@pytest.mark.bad_input
def test_bad_input():
    for t in (T[:0], T[None], torch.tensor([0.0, math.nan])):
        with pytest.raises(ValueError, match="t "):
            dr.solution(1.0, 1.0, t)
    for gamma in (math.nan, math.inf):
        with pytest.raises(ValueError, match="gamma"):
            dr.solution(gamma, 1.0, T)
    with pytest.raises(ValueError, match="start"):
        dr.solution(1.0, math.nan, T)
    with pytest.raises(ValueError, match="omega"):
        dr.solution(1.0, 1.0, T, 0.0)
    with pytest.raises(TypeError, match="t "):
        dr.solution(1.0, 1.0, torch.arange(3))
    for noise in (0.0, -1.0, math.nan):
        with pytest.raises(ValueError, match="noise"):
            dr.fisher_information(1.0, 1.0, T, noise)
    with pytest.raises(ValueError, match="no information"):
        dr.rate_bound(1.0, 1.0, T[:1], 0.1)
    with pytest.raises(ValueError, match="increase"):
        dr.check_times(T.flip(0))
    with pytest.raises(ValueError, match="at least 3"):
        dr.check_times(T[:2], 3)
