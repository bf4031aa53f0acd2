"""Alternating least squares against loops, against its gradient, and against the convex problem."""

import numpy as np
import pytest
import torch

from mgai import settings
from mgai.linear_algebra import completion_objective as problem
from mgai.linear_algebra import matrix_factorization as factors
from mgai.linear_algebra.matrix_completion import soft_impute


def instance(label, m=14, n=10, rank=2, p=0.7, noise=0.1):
    generator = settings.generator(f"test/factors/{label}")
    u = torch.randn(m, rank, dtype=torch.float64, generator=generator)
    v = torch.randn(n, rank, dtype=torch.float64, generator=generator)
    a = u @ v.T + noise * torch.randn(m, n, dtype=torch.float64, generator=generator)
    return u, v, a, torch.rand(m, n, generator=generator) < p


def test_ridge_rows_agree_with_one_regression_a_row():
    _, v, a, observed = instance("rows")
    found = factors.ridge_rows(v, a, observed, 0.3)
    for i in range(len(a)):
        seen = observed[i].numpy()
        design = np.vstack([v.numpy()[seen], np.sqrt(0.3) * np.eye(2)])
        target = np.concatenate([a.numpy()[i, seen], np.zeros(2)])
        expected = np.linalg.lstsq(design, target, rcond=None)[0]
        np.testing.assert_allclose(found[i].numpy(), expected, atol=1e-12)


def test_factored_objective_is_never_below_the_convex_one_and_meets_it_when_balanced():
    u, v, a, observed = instance("bound")
    convex = problem.objective(u @ v.T, a, observed, 0.7)
    assert factors.factored_objective(u, v, a, observed, 0.7) > convex
    left, sigma, right = torch.linalg.svd(u @ v.T, full_matrices=False)
    balanced = left * sigma.sqrt(), right.T * sigma.sqrt()
    torch.testing.assert_close(factors.factored_objective(*balanced, a, observed, 0.7), convex)


def test_gradient_vanishes_at_the_answer():
    *_, a, observed = instance("gradient")
    u, v = factors.alternating_least_squares(a, observed, 3, 1.0, 2000, tolerance=1e-13)
    u, v = u.requires_grad_(), v.requires_grad_()
    factors.factored_objective(u, v, a, observed, 1.0).backward()
    assert float(u.grad.abs().max()) < 1e-4
    assert float(v.grad.abs().max()) < 1e-4


def test_same_minimum_as_soft_impute():
    *_, a, observed = instance("same")
    ridge = 0.2 * problem.largest_penalty(a, observed)
    u, v = factors.alternating_least_squares(a, observed, 6, ridge, 50_000, tolerance=1e-9)
    fit = soft_impute(a, observed, ridge, tolerance=1e-9)
    least = problem.objective(fit.matrix, a, observed, ridge)
    value = factors.factored_objective(u, v, a, observed, ridge)
    assert float(abs(value - least)) <= 2e-9 * float(least)


def test_sweeps_never_raise_the_objective():
    *_, a, observed = instance("monotone")
    v, value = factors.spectral_start(a, observed, 4), float("inf")
    for _ in range(50):
        u, v = factors.als_step(v, a, observed, 0.5)
        new = float(factors.factored_objective(u, v, a, observed, 0.5))
        assert new <= value * (1 + 1e-13)
        value = new


def test_float32_is_kept():
    *_, a, observed = instance("float32")
    u, v = factors.alternating_least_squares(a.float(), observed, 2, 0.5, 20)
    assert u.dtype == v.dtype == torch.float32
    exact = factors.alternating_least_squares(a, observed, 2, 0.5, 20)
    torch.testing.assert_close(u @ v.T, (exact[0] @ exact[1].T).float(), rtol=0, atol=1e-3)


def test_an_empty_row_becomes_zero():
    *_, a, observed = instance("empty")
    observed[2] = False
    u, _ = factors.alternating_least_squares(a, observed, 2, 0.5, 10)
    assert not bool(u[2].any())


@pytest.mark.bad_input
def test_bad_input_is_named():
    u, v, a, observed = instance("bad")
    with pytest.raises(ValueError, match="ridge"):
        factors.ridge_rows(v, a, observed, 0.0)
    with pytest.raises(ValueError, match="ridge"):
        factors.factored_objective(u, v, a, observed, -1.0)
    for rank in (0, 11):
        with pytest.raises(ValueError, match="rank"):
            factors.alternating_least_squares(a, observed, rank, 1.0, 1)
    with pytest.raises(ValueError, match="n_steps"):
        factors.alternating_least_squares(a, observed, 2, 1.0, 0)
    with pytest.raises(ValueError, match="tolerance"):
        factors.alternating_least_squares(a, observed, 2, 1.0, 1, tolerance=-1.0)
    with pytest.raises(ValueError, match="v must have one row for each column of a"):
        factors.ridge_rows(u, a, observed, 1.0)
    with pytest.raises(ValueError, match="equally many columns"):
        factors.factored_objective(u[:, :1], v, a, observed, 1.0)


def test_gap_bounds_the_excess_over_the_minimum_also_of_unbalanced_factors():
    u, v, a, observed = instance("gap")
    ridge = 0.2 * problem.largest_penalty(a, observed)
    least = problem.objective(soft_impute(a, observed, ridge, tolerance=1e-12).matrix, a, observed, ridge)
    for scale in (1.0, 3.0):
        excess = factors.factored_objective(scale * u, v / scale, a, observed, ridge) - least
        assert 0 < float(excess) <= float(factors.factored_gap(scale * u, v / scale, a, observed, ridge)) + 1e-9


def test_a_tolerance_stops_at_a_certified_answer():
    *_, a, observed = instance("stop")
    u, v = factors.alternating_least_squares(a, observed, 6, 1.0, 50_000, tolerance=1e-8)
    value = factors.factored_objective(u, v, a, observed, 1.0)
    assert float(factors.factored_gap(u, v, a, observed, 1.0)) <= 1e-8 * float(value)
