"""Risks of least squares: SciPy's Wishart law and drawn data as references, laws of matched ridge, bad input."""

import math

import pytest
import torch
from scipy import stats

from mgai.probability import double_descent as descent
from mgai.settings import generator

DOUBLE = torch.float64
FALLING = torch.tensor([1.0, 0.5, 0.25, 0.125], dtype=DOUBLE)


def draws(label, *shape):
    return torch.randn(*shape, dtype=DOUBLE, generator=generator(f"test/descent/{label}"))


@pytest.mark.parametrize(("n", "p"), [(9, 1), (1, 9), (20, 1)])
def test_inverse_trace_is_the_mean_of_an_inverse_chi_squared_variable(n, p):
    mean = stats.invgamma(max(n, p) / 2, scale=0.5).mean()
    assert descent.inverse_trace(n, p) == pytest.approx(mean, rel=1e-12)


@pytest.mark.parametrize(("n", "p"), [(40, 3), (3, 40)])
def test_inverse_trace_agrees_with_drawn_matrices(n, p):
    x = draws(f"wishart/{n}", 4000, n, p)
    traces = torch.linalg.svdvals(x).pow(-2).sum(1)
    error = float(traces.std() / len(traces) ** 0.5)
    assert abs(float(traces.mean()) - descent.inverse_trace(n, p)) < 6 * error


def test_risks_at_the_ends():
    assert descent.minimum_norm_risk(FALLING, 0.5, 3, 0) == pytest.approx(0.5 + 1.875)
    assert all(math.isinf(descent.minimum_norm_risk(FALLING, 0.5, 3, p)) for p in (2, 3, 4))
    assert descent.minimum_norm_risk(FALLING, 0.5, 10**9, 4) == pytest.approx(0.5, rel=1e-6)


def test_trials_without_noise_and_with_all_features_find_the_coefficients():
    risks = descent.minimum_norm_trials(FALLING, 1e-20, 9, 4, 5, generator("test/descent/exact"))
    assert risks.shape == (5,) and float(risks.max()) < 1e-15


def test_matched_ridge_is_never_worse_than_other_penalties():
    x = draws("ridge", 7, 3)
    best, effective = float(descent.matched_ridge_risk(x, FALLING, 0.3)), 0.3 + 0.125

    def risk(penalty):
        """Of ridge regression with this penalty for each weight, given X, from its bias and variance."""
        shrink = torch.linalg.solve(x.T @ x + torch.diag(penalty), x.T)
        bias = torch.eye(3, dtype=DOUBLE) - shrink @ x
        return float(effective + (bias**2 @ FALLING[:3]).sum() + effective * (shrink**2).sum())

    matched = effective / FALLING[:3]
    assert best == pytest.approx(risk(matched), rel=1e-10)
    assert all(risk(matched * factor) > best for factor in (0.5, 0.9, 1.1, 2.0))


def test_matched_ridge_of_one_sample_agrees_with_drawn_data():
    x = draws("one", 20_000, 1, 3)
    risks = descent.matched_ridge_risk(x, torch.ones(5, dtype=DOUBLE), 0.5)
    error = float(risks.std() / len(risks) ** 0.5)
    assert abs(float(risks.mean()) - descent.one_sample_ridge_risk(5, 0.5, 3)) < 6 * error


@pytest.mark.bad_input
def test_bad_input_is_named():
    with pytest.raises(ValueError, match="p=0"):
        descent.inverse_trace(3, 0)
    with pytest.raises(ValueError, match="energies must not"):
        descent.effective_noise(-FALLING, 1.0, 1)
    with pytest.raises(TypeError, match="energies"):
        descent.effective_noise(torch.ones(3, dtype=torch.int64), 1.0, 1)
    with pytest.raises(ValueError, match="p=5"):
        descent.minimum_norm_risk(FALLING, 1.0, 3, 5)
    with pytest.raises(ValueError, match="noise_variance"):
        descent.minimum_norm_risk(FALLING, 0.0, 3, 1)
    with pytest.raises(ValueError, match="p=0"):
        descent.minimum_norm_trials(FALLING, 1.0, 3, 0, 2, generator("test/descent/bad"))
    with pytest.raises(ValueError, match="p=11"):
        descent.one_sample_ridge_risk(10, 1.0, 11)
