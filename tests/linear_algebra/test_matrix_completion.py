"""Soft-impute against optimality conditions, closed forms and loops; the simple predictors."""

import itertools
import math

import numpy as np
import pytest
import torch

from mgai.linear_algebra import completion_objective as problem
from mgai.linear_algebra import matrix_completion as completion


def test_soft_threshold_shrinks_the_singular_values(instance):
    y = instance("shrink")[0]
    for threshold in (0.0, 1.0, 100.0):
        expected = np.maximum(np.linalg.svd(y.numpy(), compute_uv=False) - threshold, 0)
        found = np.linalg.svd(completion.soft_threshold(y, threshold).numpy(), compute_uv=False)
        np.testing.assert_allclose(found, expected, atol=1e-13)


def test_fully_observed_problem_has_the_closed_form(instance):
    a = instance("full")[0]
    fit = completion.soft_impute(a, torch.ones_like(a).bool(), 0.8, tolerance=1e-12)
    torch.testing.assert_close(fit.matrix, completion.soft_threshold(a, 0.8), rtol=0, atol=1e-12)


def test_zero_is_the_answer_exactly_from_the_largest_penalty_on(instance):
    a, observed = instance("largest")
    top = problem.largest_penalty(a, observed)
    assert not bool(completion.soft_impute(a, observed, top * 1.0001).matrix.any())
    assert float(completion.soft_impute(a, observed, top * 0.99, tolerance=1e-9).matrix.norm()) > 0


def test_step_agrees_with_a_loop_and_lowers_the_objective(instance, objective_by_numpy):
    a, observed = instance("step")
    z, value = torch.zeros_like(a), math.inf
    for _ in range(20):
        filled = z.clone()
        for i, j in itertools.product(range(len(a)), range(a.shape[1])):
            if observed[i, j]:
                filled[i, j] = a[i, j]
        u, sigma, vh = np.linalg.svd(filled.numpy(), full_matrices=False)
        z = completion.soft_impute_step(z, a, observed, 0.5)
        np.testing.assert_allclose(z.numpy(), (u * np.maximum(sigma - 0.5, 0)) @ vh, atol=1e-12)
        new = objective_by_numpy(z, a, observed, 0.5)
        assert new <= value + 1e-12
        value = new


def test_a_path_ends_where_a_cold_start_does(instance):
    a, observed = instance("path")
    path = completion.soft_impute_path(a, observed, [2.0, 1.0, 0.5], tolerance=1e-10)
    cold = completion.soft_impute(a, observed, 0.5, tolerance=1e-10)
    torch.testing.assert_close(path[-1].matrix[observed], cold.matrix[observed], rtol=0, atol=1e-3)
    assert [fit.gap >= 0 for fit in path] == [True] * 3


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_dtype_is_kept_and_missing_entries_are_never_read(instance, dtype):
    a, observed = instance("dtype", dtype=dtype)
    spoiled = torch.where(observed, a, torch.tensor(float("nan"), dtype=dtype))
    for fit in (completion.soft_impute, completion.zero_filled_svd):
        found = fit(spoiled, observed, 1)
        found = found.matrix if isinstance(found, completion.Completion) else found
        assert found.dtype == dtype
        assert bool(torch.isfinite(found).all())
    assert bool(torch.isfinite(completion.additive_fit(spoiled, observed)).all())


def test_strided_input_and_one_by_one(instance):
    a, observed = instance("strided")
    one = completion.soft_impute(a.T, observed.T, 0.5, tolerance=1e-12).matrix.T
    two = completion.soft_impute(a, observed, 0.5, tolerance=1e-12).matrix
    torch.testing.assert_close(one[observed], two[observed], rtol=0, atol=1e-4)
    three = torch.full((1, 1), 3.0, dtype=torch.float64)
    assert completion.soft_impute(three, three.bool(), 1.0).matrix.item() == pytest.approx(2.0)


def test_nothing_observed_gives_zero(instance):
    a = instance("nothing")[0]
    fit = completion.soft_impute(a, torch.zeros_like(a).bool(), 1.0)
    assert not bool(fit.matrix.any())
    assert fit.gap == 0


def test_too_few_steps_leave_an_open_gap(instance):
    a, observed = instance("few")
    fit = completion.soft_impute(a, observed, 0.5, tolerance=1e-12, max_steps=3)
    assert fit.n_steps == 3
    assert fit.gap > 0


def test_additive_fit_is_least_squares(instance):
    a, observed = instance("additive")
    rows, columns = np.nonzero(observed.numpy())
    design = np.zeros((len(rows), sum(a.shape)))
    design[np.arange(len(rows)), rows] = design[np.arange(len(rows)), len(a) + columns] = 1
    effects = np.linalg.lstsq(design, a.numpy()[rows, columns], rcond=None)[0]
    expected = effects[: len(a), None] + effects[None, len(a) :]
    np.testing.assert_allclose(completion.additive_fit(a, observed).numpy(), expected, atol=1e-10)


def test_zero_filled_svd_is_the_scaled_truncation(instance):
    a, observed = instance("zero")
    u, sigma, vh = np.linalg.svd(np.where(observed, a, 0), full_matrices=False)
    expected = (u[:, :3] * sigma[:3]) @ vh[:3]
    found = completion.zero_filled_svd(a, observed, 3, rescale=False).numpy()
    np.testing.assert_allclose(found, expected, atol=1e-12)
    found = completion.zero_filled_svd(a, observed, 3).numpy()
    np.testing.assert_allclose(found, expected * observed.numel() / observed.sum().item(), atol=1e-12)


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("a", "observed", "error", "match"),
    [
        ([[1.0]], torch.ones(1, 1).bool(), TypeError, "a must be"),
        (torch.ones(2, 2).int(), torch.ones(2, 2).bool(), TypeError, "a must be"),
        (torch.ones(2, 2), torch.ones(2, 2), TypeError, "observed must be"),
        (torch.ones(2), torch.ones(2).bool(), ValueError, "a must be a matrix"),
        (torch.ones(0, 2), torch.ones(0, 2).bool(), ValueError, "at least one entry"),
        (torch.ones(2, 2), torch.ones(2, 1).bool(), ValueError, "shape of a"),
        (torch.full((1, 1), float("nan")), torch.ones(1, 1).bool(), ValueError, "not finite"),
    ],
)
def test_bad_problems_are_named(a, observed, error, match):
    with pytest.raises(error, match=match):
        completion.soft_impute(a, observed, 1.0)


@pytest.mark.bad_input
def test_bad_numbers_are_named(instance):
    a, observed = instance("bad")
    for penalty in (0.0, -1.0, math.nan, math.inf):
        with pytest.raises(ValueError, match="penalty"):
            completion.soft_impute(a, observed, penalty)
    with pytest.raises(ValueError, match="tolerance"):
        completion.soft_impute(a, observed, 1.0, tolerance=0.0)
    with pytest.raises(ValueError, match="threshold"):
        completion.soft_threshold(a, -1.0)
    with pytest.raises(ValueError, match="rank"):
        completion.zero_filled_svd(a, observed, 10)
    with pytest.raises(ValueError, match="observed"):
        completion.zero_filled_svd(a, torch.zeros_like(observed), 1)
    for y in (torch.full((2, 2), math.nan), torch.ones(2)):
        with pytest.raises(ValueError, match="y must be a matrix"):
            completion.soft_threshold(y, 1.0)
    with pytest.raises(ValueError, match="shape of a"):
        completion.soft_impute(a, observed, 1.0, start=a[:2])
