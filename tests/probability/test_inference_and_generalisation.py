"""Bayesian inference and generalisation errors: SciPy, loops and counting as references; bad input; figures."""

from fractions import Fraction
from itertools import product

import numpy as np
import pytest
import torch
from scipy import stats

from mgai import figures
from mgai.probability import inference_and_generalisation as inference
from mgai.probability import inference_and_generalisation_figures as drawings
from mgai.probability import inference_and_generalisation_references as references
from mgai.probability.pac_bayes import best_deviation
from mgai.settings import generator

DOUBLE = torch.float64


def draws(label, *shape):
    return torch.randn(*shape, dtype=DOUBLE, generator=generator(f"test/inference/{label}"))


def test_decoding_agrees_with_a_loop():
    prior = torch.tensor([0.5, 0.3, 0.2], dtype=DOUBLE)
    channel = draws("channel", 3, 4).softmax(1)
    wanted = [max(range(3), key=lambda t, s=s: float(prior[t] * channel[t, s])) for s in range(4)]
    assert inference.decode(prior, channel).tolist() == wanted


@pytest.mark.parametrize(("a", "b", "k", "m"), [(1, 1, 0, 0), (2.5, 0.5, 3, 4), (0.5, 0.5, 10, 0)])
def test_coins_agree_with_scipy(a, b, k, m):
    law = stats.beta(*inference.beta_posterior(a, b, k, m))
    assert inference.predictive_probability(a, b, k, m) == pytest.approx(law.mean(), rel=1e-12)
    ways = stats.betabinom(k + m, a, b).pmf(k) / stats.binom(k + m, 0.5).pmf(k) / 2 ** (k + m)
    assert inference.evidence(a, b, k, m) == pytest.approx(ways, rel=1e-10)


def test_evidence_is_the_product_of_predictions():
    chain = 1.0
    for k in range(4):
        chain *= inference.predictive_probability(2, 3, k, 0)
    assert inference.evidence(2, 3, 4, 0) == pytest.approx(chain, rel=1e-12)


def test_posterior_of_weights_may_be_found_in_two_steps():
    x, y = draws("x", 6, 2), draws("y", 6)
    once = inference.linear_posterior(x, y, 0.5, 2.0)
    first = inference.linear_posterior(x[:4], y[:4], 0.5, 2.0)
    precision = torch.linalg.inv(first.covariance) + x[4:].T @ x[4:] / 0.5
    mean = torch.linalg.solve(precision, torch.linalg.solve(first.covariance, first.mean) + x[4:].T @ y[4:] / 0.5)
    np.testing.assert_allclose(once.mean.numpy(), mean.numpy(), rtol=1e-10)
    np.testing.assert_allclose(once.covariance.numpy(), torch.linalg.inv(precision).numpy(), rtol=1e-10)


def test_more_weights_than_data_and_single_precision():
    x, y = draws("wide", 2, 5).float(), draws("few", 2).float()
    law = inference.linear_posterior(x, y, 1.0, 1.0)
    assert law.mean.dtype == torch.float32
    outside = torch.linalg.svd(x).Vh[2:]  # directions without data keep the variance of the prior
    np.testing.assert_allclose(inference.predictive_variance(law, outside, 1.0).numpy(), 2.0, rtol=1e-5)


def test_generalisation_errors_agree_with_loops():
    losses, law = draws("losses", 3, 2), torch.tensor([0.25, 0.75], dtype=DOUBLE)
    gaps, mean = inference.expected_gaps(losses, law, 3), 0.0
    for sample in product(range(2), repeat=3):
        weight = float(np.prod([law[z] for z in sample]))
        empirical = [sum(float(losses[f, z]) for z in sample) / 3 for f in range(3)]
        best = int(np.argmin(empirical))
        mean += weight * (float(losses[best] @ law) - empirical[best])
    assert float(gaps.minimiser) == pytest.approx(mean, abs=1e-14) and mean >= -1e-14
    assert float(gaps.fixed.abs().max()) < 1e-14


def test_references_agree_with_closed_forms():
    assert references.coin_by_ranks(4) == [(Fraction(1, 5), Fraction(k + 1, 6)) for k in range(5)]
    for n_balls, n_drawn in ((3, 1), (5, 2)):
        assert float(references.urn(n_balls, n_drawn)[0]) == pytest.approx((n_drawn + 1) / (n_drawn + 2))
    for n in range(1, 9):
        mean = stats.binom(n, 0.5).expect(lambda k, n=n: abs(k - n / 2)) / n
        assert references.deviation_share(n) == pytest.approx(mean, rel=1e-12)
    exact = 2 * (stats.norm.pdf(0.1) / 0.1 - stats.norm.sf(0.1))
    assert references.inverse_square_mean(0.1) == pytest.approx(exact, rel=1e-9)


@pytest.mark.bad_input
def test_bad_input_is_named():
    half = torch.tensor([0.5, 0.5])
    for values, name in (((-1, 1, 0, 0), "a"), ((1, float("nan"), 0, 0), "b"), ((1, 1, -1, 0), "successes")):
        with pytest.raises(ValueError, match=name):
            inference.beta_posterior(*values)
    with pytest.raises(ValueError, match="no posterior"):
        inference.predictive_probability(0, 1, 0, 5)
    with pytest.raises(ValueError, match="a must be positive"):
        inference.evidence(0, 1, 1, 0)
    with pytest.raises(ValueError, match="y must have shape"):
        inference.linear_posterior(torch.ones(2, 1), torch.ones(3), 1.0, 1.0)
    with pytest.raises(ValueError, match="prior_variance"):
        inference.linear_posterior(torch.ones(2, 1), torch.ones(2), 1.0, 0.0)
    with pytest.raises(ValueError, match="x must have shape"):
        inference.predictive_variance(inference.Gaussian(torch.zeros(1), torch.eye(1)), torch.ones(2, 2), 1.0)
    with pytest.raises(ValueError, match="samples"):
        inference.generalisation_error(torch.eye(2), half, torch.tensor([[2]]))
    with pytest.raises(ValueError, match="samples"):
        inference.generalisation_error(torch.eye(2), half, torch.zeros(0, 1, dtype=torch.int64))
    with pytest.raises(ValueError, match="losses"):
        inference.generalisation_error(torch.ones(2, 3), half, torch.tensor([[0]]))
    with pytest.raises(ValueError, match="n=0"):
        inference.expected_gaps(torch.eye(2), half, 0)


@pytest.mark.bad_input
def test_bad_input_of_references_is_named():
    for call, name in (
        (lambda: references.coin_by_ranks(0), "n=0"),
        (lambda: references.urn(3, 3), "n_drawn"),
        (lambda: references.deviation_share(0), "n=0"),
        (lambda: references.inverse_square_mean(0.0), "cut"),
    ):
        with pytest.raises(ValueError, match=name):
            call()


def test_figures_show_what_they_name():
    left, right = drawings.descent_figure().axes
    assert left.get_ylabel() and all("features" in axes.get_xlabel() for axes in (left, right))
    for axes, power in ((left, 2.0), (right, 0.0)):
        exact, (below, above, *_) = drawings.curve(power), axes.lines
        np.testing.assert_allclose(below.get_ydata(), [exact[p] for p in range(1, 19)])
        assert above.get_xdata()[0] == 22
    (axes,) = drawings.width_figure().axes
    assert "sigma_Q" in axes.get_xlabel() and axes.get_ylabel() == "nats"
    assert f"{best_deviation(10.0, 2.0, 1.0):.2f}" in drawings.width_alt()
    for alt in (drawings.descent_alt(), drawings.width_alt()):
        figures.check_alt(alt)
