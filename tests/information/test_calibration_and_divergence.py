"""Calibration and divergence: loops, exact laws, simulation, libraries, bad input."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, strategies
from scipy.special import rel_entr

from mgai.information import calibration_and_divergence as calibration
from mgai.information import calibration_and_divergence_references as references
from mgai.settings import generator

DOUBLE = torch.float64


def sample(n=200):
    rng = generator("test/calibration")
    confidence = torch.rand(n, dtype=DOUBLE, generator=rng)
    return confidence, torch.rand(n, dtype=DOUBLE, generator=rng) < confidence**2


def test_the_error_is_that_of_a_loop():
    confidence, right = sample()
    total = 0.0
    for b in range(7):
        some = (confidence > b / 7) & (confidence <= (b + 1) / 7)
        total += float((right[some].double() - confidence[some]).sum().abs()) / len(right)
    found = calibration.reliability(confidence, right, 7)
    assert int(found.counts.sum()) == len(right)
    assert calibration.calibration_error(found) == pytest.approx(total)


def test_ends_have_their_bins():
    counts = calibration.reliability(
        torch.tensor([0.0, 0.1, 1.0], dtype=DOUBLE), torch.ones(3, dtype=torch.bool)
    ).counts
    assert counts.tolist() == [2, 1]


@given(strategies.integers(1, 60), strategies.floats(0.01, 0.99))
def test_the_bias_of_equal_confidences_is_de_moivre_s(n, p):
    found = calibration.error_if_calibrated(torch.full((n,), p, dtype=DOUBLE))
    assert found == pytest.approx(references.mean_absolute_deviation(n, p) / n, rel=1e-10)


def test_the_bias_is_the_mean_of_simulations():
    confidence = sample()[0]
    draws = calibration.simulated_errors(confidence, generator("test/calibration/draws"), 2000)
    exact = calibration.error_if_calibrated(confidence)
    assert abs(float(draws.mean()) - exact) < 6 * float(draws.std()) / 2000**0.5


@given(strategies.integers(1, 30))
def test_brier_s_score_is_the_sum_of_its_terms(n_bins):
    confidence, right = sample()
    terms = calibration.brier_terms(confidence, right, n_bins)
    assert terms.score == pytest.approx(float((confidence - right.double()).square().mean()), abs=1e-13)


def test_temperatures_keep_decisions_and_are_found_again():
    logits = 3 * torch.randn(400, 5, dtype=DOUBLE, generator=generator("test/calibration/logits"))
    log_p = logits.log_softmax(1)
    for t in (0.2, 1.0, 7.0):
        assert torch.equal(calibration.tempered(log_p, t).argmax(1), log_p.argmax(1))
    labels = torch.multinomial(log_p.exp(), 1, generator=generator("test/calibration/labels"))[:, 0]
    best = calibration.best_temperature(log_p, labels)
    stretched = calibration.best_temperature(calibration.tempered(log_p, 0.25), labels)
    assert stretched == pytest.approx(4 * best, rel=1e-5)


def test_divergences_are_the_library_s_where_it_can():
    logs = torch.randn(2, 50, 6, dtype=DOUBLE, generator=generator("test/calibration/kl")).log_softmax(2)
    p, q = logs.exp().numpy()
    np.testing.assert_allclose(calibration.kl_from_logs(*logs), rel_entr(p, q).sum(1), rtol=1e-11, atol=1e-15)
    scores = 300 * logs[1]
    found = calibration.kl_from_logs(logs[0], scores.log_softmax(1))
    np.testing.assert_allclose(found, references.precise_divergence(logs[0], scores), rtol=1e-12)


def test_divergence_at_the_edge():
    one = torch.tensor([[0.0, -math.inf]])
    assert float(calibration.kl_from_logs(one, one)) == 0
    assert float(calibration.kl_from_logs(torch.tensor([[0.5, 0.5]]).log(), one)) == math.inf


def test_the_variance_of_log_odds():
    x = torch.rand(500, 4, dtype=DOUBLE, generator=generator("test/calibration/x")) < 0.3
    w = torch.tensor([1.0, -2.0, 0.5, 0.0])
    actual, independent = calibration.log_odds_variance(w, x)
    covariance = np.cov(x.double().numpy().T, ddof=0)
    assert actual == pytest.approx(w.numpy() @ covariance @ w.numpy())
    assert independent == pytest.approx((w.numpy() ** 2 * np.diag(covariance)).sum())


def test_intervals_cover():
    low, high = calibration.share_interval(7, 10)
    assert low < 0.7 < high
    assert calibration.share_interval(10, 10)[1] == 1


HALF, RIGHT = torch.tensor([0.5]), torch.tensor([True])


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: calibration.reliability(HALF, RIGHT[:0]), "confidence and right must be vectors"),
        (lambda: calibration.reliability(HALF, RIGHT, 0), "at least one decision and one bin"),
        (lambda: calibration.reliability(HALF + 1, RIGHT), "confidence must lie"),
        (lambda: calibration.reliability(HALF / 0 * 0, RIGHT), "confidence must lie"),
        (lambda: calibration.decisions(torch.zeros(2, 2), torch.zeros(1).long()), "log_p must be"),
        (lambda: calibration.tempered(torch.zeros(1, 2), 0.0), "temperature must be positive"),
        (lambda: calibration.kl_from_logs(torch.zeros(1, 2), torch.zeros(1, 3)), "log_p and log_q must be"),
    ],
)
def test_bad_input_is_refused_by_name(call, words):
    with pytest.raises(ValueError, match=words):
        call()
