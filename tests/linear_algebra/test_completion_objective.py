"""The nuclear-norm objective against a loop, its dual against the optimum, and the certificate."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from mgai.linear_algebra import completion_objective as problem
from mgai.linear_algebra import matrix_completion as completion


def test_objective_agrees_with_a_loop(instance, objective_by_numpy):
    a, observed = instance("objective")
    z = instance("candidate")[0]
    assert float(problem.objective(z, a, observed, 0.7)) == pytest.approx(objective_by_numpy(z, a, observed, 0.7))


@given(st.integers(0, 10**6), st.integers(1, 6), st.integers(1, 6), st.floats(0.01, 5.0))
@hypothesis_settings(max_examples=40, deadline=None)
def test_weak_duality_holds_for_every_candidate(seed, m, n, penalty):
    generator = torch.Generator().manual_seed(seed)
    a, z = torch.randn(2, m, n, dtype=torch.float64, generator=generator)
    observed = torch.rand(m, n, generator=generator) < 0.5
    y = problem.dual_point(z, a, observed, penalty)
    assert float(torch.linalg.matrix_norm(y, 2)) <= penalty * (1 + 1e-12)
    assert not bool(y[~observed].any())
    value = float(problem.objective(z, a, observed, penalty))
    assert float(problem.dual_objective(y, a, observed)) <= value + 1e-12 * (1 + abs(value))


def test_gap_bounds_the_distance_from_the_optimum(instance):
    a, observed = instance("distance")
    penalty = 0.3 * problem.largest_penalty(a, observed)
    best = problem.objective(completion.soft_impute(a, observed, penalty, tolerance=1e-12).matrix, a, observed, penalty)
    for z in (torch.zeros_like(a), a, instance("elsewhere")[0]):
        excess = problem.objective(z, a, observed, penalty) - best
        assert 0 < excess <= problem.duality_gap(z, a, observed, penalty) * (1 + 1e-9)


def test_gap_bounds_the_distance_of_the_observed_entries(instance):
    a, observed = instance("fit")
    penalty = 0.3 * problem.largest_penalty(a, observed)
    best = completion.soft_impute(a, observed, penalty, tolerance=1e-13).matrix
    for z in (torch.zeros_like(a), a, instance("elsewhere")[0]):
        moved = (z - best)[observed].square().sum() / 2
        assert float(moved) <= float(problem.duality_gap(z, a, observed, penalty)) * (1 + 1e-5)


def test_certificate_is_the_objective_and_its_gap(instance):
    a, observed = instance("certificate")
    z = instance("candidate")[0]
    value, gap = problem.certificate(z, a, observed, 0.7)
    assert float(value) == float(problem.objective(z, a, observed, 0.7))
    dual = problem.dual_objective(problem.dual_point(z, a, observed, 0.7), a, observed)
    assert float(gap) == pytest.approx(float(value - dual))


def test_dual_point_is_the_best_multiple_of_the_residual(instance):
    a, observed = instance("multiple")
    z = instance("candidate")[0]
    r = problem.residual(z, a, observed)
    best = float(problem.dual_objective(problem.dual_point(z, a, observed, 0.7), a, observed))
    longest = 0.7 / float(torch.linalg.matrix_norm(r, 2))
    for t in np.linspace(0, longest, 50):
        assert float(problem.dual_objective(t * r, a, observed)) <= best + 1e-12


@pytest.mark.bad_input
def test_bad_input_is_named(instance):
    a, observed = instance("bad")
    with pytest.raises(ValueError, match="z must have the shape"):
        problem.residual(a[:2], a, observed)
    with pytest.raises(ValueError, match="penalty"):
        problem.objective(a, a, observed, -1.0)
    with pytest.raises(ValueError, match="not finite"):
        problem.keep_observed(torch.full_like(a, float("inf")), observed)
