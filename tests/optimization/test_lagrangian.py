"""Lagrangians: the stationary system against elimination and SciPy, the multiplier as a derivative; bad input."""

import numpy as np
import pytest
import torch
from scipy import optimize

from mgai.optimization.lagrangian import (
    concave_quadratic_maximiser,
    lagrangian,
    maximiser_by_elimination,
    stationarity_residual,
)
from mgai.settings import generator

DOUBLE = torch.float64


def problem(d):
    rng = generator("test/lagrangian")
    root = torch.randn(d, d, dtype=DOUBLE, generator=rng)
    b, a = torch.randn(2, d, dtype=DOUBLE, generator=rng)
    return root @ root.T / d + torch.eye(d, dtype=DOUBLE), b, a / a.norm()


@pytest.mark.parametrize("d", [1, 2, 6])
def test_system_and_elimination_agree(d):
    h, b, a = problem(d)
    x, multiplier = concave_quadratic_maximiser(h, b, a, 0.7)
    np.testing.assert_allclose(x.numpy(), maximiser_by_elimination(h, b, a, 0.7).numpy(), atol=1e-11)
    np.testing.assert_allclose((b - h @ x - multiplier * a).numpy(), np.zeros(d), atol=1e-11)
    assert float(a @ x) == pytest.approx(0.7, abs=1e-12)


def test_scipy_finds_the_same_maximiser():
    h, b, a = problem(4)
    matrix, slope, normal = h.numpy(), b.numpy(), a.numpy()
    solved = optimize.minimize(
        lambda x: x @ matrix @ x / 2 - slope @ x,
        np.zeros(4),
        jac=lambda x: matrix @ x - slope,
        constraints=[{"type": "eq", "fun": lambda x: normal @ x - 1, "jac": lambda x: normal}],
        options={"ftol": 1e-14},
    )
    np.testing.assert_allclose(concave_quadratic_maximiser(h, b, a, 1.0)[0].numpy(), solved.x, atol=1e-5)


def test_the_residual_vanishes_at_the_maximiser_with_its_multiplier():
    h, b, a = problem(4)
    x, multiplier = concave_quadratic_maximiser(h, b, a, 1.0)
    found, left = stationarity_residual(lambda x: b @ x - x @ h @ x / 2, lambda x: a @ x, x)
    assert float(found) == pytest.approx(float(multiplier), abs=1e-10) and float(left) < 1e-10


def test_the_derivative_by_the_multiplier_is_the_constraint():
    x, multiplier = torch.tensor([1.0, 5.0], dtype=DOUBLE), torch.tensor(0.3, dtype=DOUBLE)
    slope = torch.func.grad(lambda m: lagrangian(torch.prod, torch.sum, 2.0, x, m))(multiplier)
    assert float(slope) == 2.0 - 6.0
    on = torch.tensor([-1.0, 3.0], dtype=DOUBLE)
    assert float(lagrangian(torch.prod, torch.sum, 2.0, on, multiplier)) == -3.0


def test_no_multiplier_where_the_constraint_is_flat():
    multiplier, left = stationarity_residual(lambda x: x[0], lambda x: x.square().sum(), torch.zeros(2))
    assert float(multiplier) == 0.0 and float(left) == 1.0


@pytest.mark.bad_input
def test_bad_input_is_named():
    eye, zero, one = torch.eye(2), torch.zeros(2), torch.ones(2)
    with pytest.raises(ValueError, match="normal is zero"):
        concave_quadratic_maximiser(eye, zero, zero, 1.0)
    with pytest.raises(ValueError, match="positive definite"):
        concave_quadratic_maximiser(-eye, zero, one, 1.0)
    with pytest.raises(ValueError, match="symmetric"):
        concave_quadratic_maximiser(torch.tensor([[1.0, 0.5], [0.0, 1.0]]), zero, one, 1.0)
    with pytest.raises(ValueError, match="hessian must have shape"):
        concave_quadratic_maximiser(torch.eye(3), zero, one, 1.0)
    with pytest.raises(ValueError, match="multiplier"):
        lagrangian(torch.prod, torch.sum, 1.0, one, torch.zeros(1))
    with pytest.raises(ValueError, match="x has entries"):
        stationarity_residual(torch.prod, torch.sum, one / 0)
