"""Two Gaussian classes: log odds, risks of lines, least risks."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings, strategies
from scipy import stats

from mgai.networks import gaussian_classes as gaussian
from mgai.networks import lines_and_networks_in_the_plane_references as references
from mgai.settings import generator

DOUBLE = torch.float64


def draw(label, *shape):
    return torch.randn(*shape, dtype=DOUBLE, generator=generator(f"test/gaussian-classes/{label}"))


def covariances(label, d):
    root = draw(label, 2, d, d)
    return root @ root.mT + torch.eye(d, dtype=DOUBLE)


@pytest.mark.parametrize("d", [1, 2, 4])
def test_log_odds_are_scipys(d):
    x, means, both = draw("x", 20, d), draw("means", 2, d), covariances("cov", d)
    first, second = (stats.multivariate_normal(means[k].numpy(), both[k].numpy()).logpdf(x.numpy()) for k in (0, 1))
    assert np.allclose(gaussian.log_odds(x, means, both), second - first)
    single = gaussian.log_odds(x.float(), means.float(), both.float())
    assert single.dtype == torch.float32
    assert np.allclose(single, second - first, atol=1e-3)


def test_equal_covariances_make_them_affine():
    x, means, cov = draw("affine", 3, 2), draw("two", 2, 2), covariances("one", 2)[:1].expand(2, 2, 2)
    middle = gaussian.log_odds(x, means, cov)
    assert torch.allclose(gaussian.log_odds(x + 1, means, cov) + gaussian.log_odds(x - 1, means, cov), 2 * middle)


def test_the_risk_of_a_line_is_a_share():
    means, both, w, b = draw("m", 2, 2), covariances("c", 2), draw("w", 3, 2), draw("b", 3)
    rng = generator("test/gaussian-classes/points")
    noise = torch.randn(2, 40_000, 2, dtype=DOUBLE, generator=rng)
    x = noise @ torch.linalg.cholesky(both).mT + means[:, None]
    positive = (x @ w.T + b > 0).double().mean(1)
    found = gaussian.line_risk(w, b, means, both)
    assert torch.allclose(found, (positive[0] + 1 - positive[1]) / 2, atol=6 * 0.5 / 200)
    assert torch.allclose(gaussian.line_risk(-w, -b, means, both), 1 - found)
    assert torch.allclose(gaussian.line_risk(7 * w, 7 * b, means, both), found)


def test_no_line_is_below_the_least_risk():
    means, cov = draw("floor", 2, 2), covariances("floor-cov", 2)[0]
    found = gaussian.line_risk(draw("many", 300, 2), draw("offsets", 300), means, cov.expand(2, 2, 2))
    assert float(found.min()) >= gaussian.least_risk(means, cov) - 1e-12
    w = torch.linalg.solve(cov, means[1] - means[0])
    best = gaussian.line_risk(w, -w @ means.mean(0), means, cov.expand(2, 2, 2))
    assert math.isclose(float(best), gaussian.least_risk(means, cov), rel_tol=1e-9)


@settings(max_examples=10, deadline=None)
@given(strategies.floats(1.1, 10))
def test_concentric_classes(s):
    found = gaussian.concentric(s)
    distance, risk = references.best_line_around_one_point(s)
    assert math.isclose(found.distance, distance, abs_tol=1e-5)
    assert math.isclose(found.line_risk, risk, abs_tol=1e-10)
    assert math.isclose(found.least_risk, references.least_risks(1.0, s)[1], abs_tol=1e-8)
    assert found.least_risk < found.line_risk < 0.5
    one = torch.eye(2, dtype=DOUBLE)
    on_circle = torch.tensor([[found.radius, 0.0]], dtype=DOUBLE)
    zero = gaussian.log_odds(on_circle, torch.zeros(2, 2, dtype=DOUBLE), torch.stack([one, s**2 * one]))
    assert abs(float(zero)) < 1e-9


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("call", "named"),
    [
        (lambda: gaussian.log_odds(torch.zeros(3), torch.zeros(2, 1), torch.ones(2, 1, 1)), "x"),
        (lambda: gaussian.log_odds(torch.zeros(3, 1), torch.zeros(3, 1), torch.ones(2, 1, 1)), "means"),
        (lambda: gaussian.log_odds(torch.zeros(3, 1), torch.zeros(2, 1), -torch.ones(2, 1, 1)), "covariances"),
        (lambda: gaussian.log_odds(torch.full((1, 1), torch.nan), torch.zeros(2, 1), torch.ones(2, 1, 1)), "x"),
        (lambda: gaussian.least_risk(torch.zeros(2, 2), torch.tensor([[1.0, 0.5], [0.0, 1.0]])), "covariances"),
        (lambda: gaussian.line_risk(torch.zeros(2), torch.tensor(0.0), torch.zeros(2, 2), torch.eye(2).expand(2, 2, 2)),
         "w"),
        (lambda: gaussian.concentric(1.0), "s"),
        (lambda: gaussian.concentric(math.nan), "s"),
    ],
)  # fmt: skip
def test_bad_input_is_named(call, named):
    with pytest.raises((TypeError, ValueError), match=named):
        call()
