"""PAC-Bayes bounds: laws, loops and torch's divergences as references; bad input."""

import math
from itertools import product

import pytest
import torch
from hypothesis import given, settings, strategies

from mgai.probability import pac_bayes

HALF = torch.tensor([0.5, 0.5], dtype=torch.float64)


def binary(q, p):
    return sum(a * math.log(a / b) for a, b in ((q, p), (1 - q, 1 - p)) if a > 0)


@settings(max_examples=40)
@given(strategies.floats(0, 1), strategies.floats(0, 50), strategies.integers(1, 10_000), strategies.floats(1e-6, 1))
def test_the_tighter_bound_solves_its_equation(empirical, kl, n, delta):
    bound = pac_bayes.maurer_bound(empirical, kl, n, delta)
    assert empirical <= bound <= min(1.0, pac_bayes.mcallester_bound(empirical, kl, n, delta) + 1e-9)
    if bound < 1 - 1e-9:
        assert binary(empirical, bound) == pytest.approx((kl + math.log(2 * n**0.5 / delta)) / n, rel=1e-4, abs=1e-9)


def test_bound_of_an_empirical_risk_of_zero_has_a_closed_form():
    term = (2.0 + pac_bayes.confidence_term(50, 0.1)) / 50
    assert pac_bayes.maurer_bound(0.0, 2.0, 50, 0.1) == pytest.approx(-math.expm1(-term), rel=1e-10)


@pytest.mark.parametrize("risk", [0.1, 0.5, 0.7])
def test_the_moment_does_not_depend_on_the_risk(risk):
    n = 12
    mean = sum(
        math.comb(n, k) * risk**k * (1 - risk) ** (n - k) * math.exp(n * binary(k / n, risk)) for k in range(n + 1)
    )
    assert float(pac_bayes.exponential_moment(n)) == pytest.approx(mean, rel=1e-12)


def test_failures_agree_with_a_search_over_posteriors():
    risks, prior, n, term = (0.4, 0.6), (0.3, 0.7), 5, 0.45  # no ties
    total = 0.0
    for counts in product(range(n + 1), repeat=2):
        weight = math.prod(math.comb(n, k) * r**k * (1 - r) ** (n - k) for k, r in zip(counts, risks, strict=True))
        gaps = [r - k / n for k, r in zip(counts, risks, strict=True)]
        fails = any(
            q * gaps[0] + (1 - q) * gaps[1] > math.sqrt((binary(q, prior[0]) + term) / (2 * n))
            for q in (i / 500 for i in range(501))
        )
        total += weight * fails
    laws = torch.tensor([risks, prior], dtype=torch.float64)
    found = pac_bayes.failure_probability(*laws, n, term)
    assert found == pytest.approx(total, abs=1e-12) and 0.05 < found < 0.95


def test_selection_agrees_with_powers():
    single = sum(math.comb(10, k) for k in range(3)) / 2**10  # less than 3 of 10 tosses
    assert pac_bayes.selected_failure_probability(7, 10, 0.2) == pytest.approx(1 - (1 - single) ** 7, rel=1e-12)


def test_divergence_agrees_with_torch():
    mean, normal = torch.tensor([1.0, -2.0, 0.5], dtype=torch.float64), torch.distributions.Normal
    wanted = float(torch.distributions.kl_divergence(normal(mean, 0.7), normal(torch.zeros(3), 1.3)).sum())
    assert pac_bayes.gaussian_kl(mean, 0.7, 1.3) == pytest.approx(wanted, rel=1e-7)  # torch holds 1.3 in float32


@given(strategies.floats(0, 100), strategies.floats(0.01, 100), strategies.floats(0.1, 10))
def test_the_best_width_beats_its_neighbours(curvature, strength, prior):
    best = pac_bayes.best_deviation(curvature, strength, prior)

    def objective(deviation):
        return strength * curvature / 2 * deviation**2 + pac_bayes.gaussian_kl(torch.zeros(1), deviation, prior)

    assert best <= prior and objective(best) < min(objective(best * 0.9), objective(best * 1.1))


@pytest.mark.bad_input
def test_bad_input_is_named():
    for values, name in (((0.5, 0.0, 0, 0.1), "n=0"), ((0.5, 0.0, 9, 0.0), "delta"), ((1.5, 0.0, 9, 0.1), "empirical"),
                         ((0.5, -1.0, 9, 0.1), "kl"), ((0.5, float("nan"), 9, 0.1), "kl")):  # fmt: skip
        for bound in (pac_bayes.mcallester_bound, pac_bayes.maurer_bound):
            with pytest.raises(ValueError, match=name):
                bound(*values)
    with pytest.raises(ValueError, match="n=0"):
        pac_bayes.exponential_moment(0)
    with pytest.raises(ValueError, match="risks"):
        pac_bayes.failure_probability(torch.tensor([0.0, 0.5]), HALF, 3, 1.0)
    with pytest.raises(ValueError, match="prior"):
        pac_bayes.failure_probability(HALF, torch.tensor([0.5, 0.6]), 3, 1.0)
    with pytest.raises(ValueError, match="width"):
        pac_bayes.selected_failure_probability(2, 3, 0.5)
    with pytest.raises(ValueError, match="deviation"):
        pac_bayes.gaussian_kl(torch.zeros(1), 0.0, 1.0)
    with pytest.raises(TypeError, match="mean"):
        pac_bayes.gaussian_kl([0.0], 1.0, 1.0)
    with pytest.raises(ValueError, match="curvature"):
        pac_bayes.best_deviation(-1.0, 1.0, 1.0)
