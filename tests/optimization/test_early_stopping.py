"""Early stopping beside ridge: the shares against solvers, their extrema, the risk against simulation; figures."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, strategies

from mgai import figures
from mgai.optimization.early_stopping import flow_share, largest_gap, largest_ratio, ridge_share, risk
from mgai.optimization.early_stopping_references import gap_by_search, ratio_by_search, shares
from mgai.optimization.gradient_descent_in_the_eigenbasis import gradient_descent
from mgai.optimization.gradient_descent_in_the_eigenbasis_figures import (
    filters_alt,
    filters_figure,
    risk_alt,
    risk_figure,
    risk_path,
)
from mgai.settings import generator

DOUBLE = torch.float64
ONE = torch.ones(1, dtype=DOUBLE)


def test_ridge_keeps_what_its_normal_equations_keep():
    rng = generator("test/early/ridge")
    root = torch.randn(5, 5, dtype=DOUBLE, generator=rng)
    hessian, goal = root @ root.T, torch.randn(5, dtype=DOUBLE, generator=rng)
    values, vectors = torch.linalg.eigh(hessian)
    solved = np.linalg.solve(hessian.numpy() + 0.3 * np.eye(5), (hessian @ goal).numpy())
    found = vectors @ (ridge_share(values, 0.3) * (vectors.T @ goal))
    np.testing.assert_allclose(found.numpy(), solved, atol=1e-12)


def test_flow_is_the_limit_of_small_steps():
    goal = torch.tensor([1.0, 1.0], dtype=DOUBLE)
    hessian = torch.diag(torch.tensor([0.5, 2.0], dtype=DOUBLE))
    errors = [
        float((gradient_descent(hessian, goal, 1.0 / n, n)[-1] - flow_share(hessian.diagonal(), 1.0)).abs().max())
        for n in (100, 200)
    ]
    assert errors[0] / errors[1] == pytest.approx(2, rel=0.02)  # first order in the step


@given(strategies.floats(1e-6, 1e3))
def test_flow_keeps_more_than_ridge_within_the_extrema(s):
    flow, ridge = float(flow_share(ONE * s, 1.0)), float(ridge_share(ONE * s, 1.0))
    assert ridge <= flow <= ridge + largest_gap()[1] + 1e-15
    assert flow <= largest_ratio()[1] * ridge * (1 + 1e-14)
    assert shares(s) == pytest.approx((flow, ridge), rel=1e-9)


def test_extrema_agree_with_searches():
    assert largest_gap()[1] == pytest.approx(gap_by_search(), rel=1e-9)
    assert largest_ratio()[1] == pytest.approx(ratio_by_search(), rel=1e-9)


def test_the_risk_agrees_with_simulation():
    rng = generator("test/early/risk")
    values, signal = torch.tensor([2.0, 0.5], dtype=DOUBLE), torch.tensor([1.0, -2.0], dtype=DOUBLE)
    kept, noise, n = ridge_share(values, 0.4), 0.3, 200_000
    estimates = signal + (noise / values).sqrt() * torch.randn(n, 2, dtype=DOUBLE, generator=rng)
    losses = (kept * estimates - signal).square().sum(1)
    assert abs(float(losses.mean() - risk(kept, signal, values, noise))) < 6 * float(losses.std()) / n**0.5


def test_figures_show_what_they_name():
    axes = filters_figure().axes[0]
    assert axes.get_xlabel() and axes.get_ylabel()
    figures.check_alt(filters_alt())
    assert f"{largest_gap()[1]:.2f}" in filters_alt()
    values = torch.tensor([1.0, 0.1], dtype=DOUBLE)
    times = torch.logspace(-2, 3, 21, dtype=DOUBLE)
    axes = risk_figure(values, values, 0.01, times).axes[0]
    assert axes.get_xlabel() and axes.get_ylabel()
    flow = risk_path(values, values, 0.01, times, "gradient flow")
    np.testing.assert_allclose(axes.lines[0].get_ydata(), flow.numpy())
    alt = risk_alt(values, values, 0.01, times)
    figures.check_alt(alt)
    assert f"{flow.min():.3g}" in alt


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: ridge_share(-ONE, 1.0), ValueError, "eigenvalues must not be negative"),
        (lambda: ridge_share(ONE, 0.0), ValueError, "penalty must be positive"),
        (lambda: ridge_share([1.0], 1.0), TypeError, "eigenvalues"),
        (lambda: flow_share(ONE, -1.0), ValueError, "time must not be negative"),
        (lambda: flow_share(math.nan * ONE, 1.0), ValueError, "eigenvalues has entries"),
        (lambda: risk(ONE, ONE, 0 * ONE, 1.0), ValueError, "eigenvalues must be positive"),
        (lambda: risk(ONE, ONE, ONE, -1.0), ValueError, "noise must not be negative"),
        (lambda: risk_path(ONE, ONE, 0.1, ONE, "lasso"), ValueError, "name must be"),
    ],
)
def test_bad_input_is_refused_by_name(call, error, words):
    with pytest.raises(error, match=words):
        call()
