"""The ring's ReLU classifier: densities, networks in batches, gradients, training, two units, experiments, figures."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, strategies
from scipy import stats

from mgai.optimization import relu_classifier as relu
from mgai.optimization import relu_classifier_experiments as experiments
from mgai.optimization import relu_classifier_figures as drawings
from mgai.settings import generator

DOUBLE = torch.float64


def draw(label, width=3, batch=()):
    rng = generator(f"test/relu/{label}")
    theta = relu.initial(rng, width, batch)
    theta["b"] = torch.randn(*batch, width, dtype=DOUBLE, generator=rng)
    return theta, *relu.ring_data(rng, 10, batch)


def test_the_log_odds_are_those_of_scipys_densities():
    x = torch.tensor([[0.3, 0.2], [1.0, 0.1], [-2.0, 1.0]], dtype=DOUBLE)
    r = x.norm(dim=1).numpy()
    ring = (stats.norm.pdf(r, 1, 0.2) + stats.norm.pdf(-r, 1, 0.2)) / (2 * np.pi * r)
    rest = stats.multivariate_normal.pdf(x.numpy(), cov=4 * np.eye(2))
    assert np.allclose(relu.log_odds(x).numpy(), np.log(ring / rest))
    entropy, accuracy = relu.floors()
    assert 1 - accuracy < entropy / math.log(2) < 1


def test_a_network_is_its_formula_and_its_gradient_autograds():
    theta, x, y = draw("batch", 3, (4,))
    outputs = relu.logits(theta, x)
    for i in range(4):
        slow = sum(theta["a"][i, j] * (x[i] @ theta["w"][i, j] + theta["b"][i, j]).clamp(min=0) for j in range(3))
        assert torch.allclose(outputs[i], slow + theta["c"][i])
        alone = {name: value[i] for name, value in theta.items()}
        exact = torch.func.grad(lambda t, i=i: relu.cross_entropy(t, x[i], y[i]))(alone)
        found = relu.gradient(theta, x, y)
        assert all(torch.allclose(found[name][i], exact[name]) for name in theta)
    assert relu.cross_entropy(theta, x[0], y[0]).shape == (4,)


@given(strategies.integers(0, 10**6))
def test_two_units_have_a_rising_ray(seed):
    theta, x, _ = draw(seed, 2)
    ray = x[0] + torch.logspace(-3, 2, 9, dtype=DOUBLE)[:, None] * relu.rising_direction(theta, x[0])
    values = relu.logits(theta, torch.cat([x[:1], ray]))
    assert (values.diff() >= -1e-9).all()


def test_sweeps_train_each_rate_alone():
    theta, x, y = draw("train", 4)
    rates = torch.tensor([0.01, 0.1], dtype=DOUBLE)
    both = {name: value.expand(2, *value.shape) for name, value in theta.items()}
    for method in relu.METHODS:
        swept = relu.train(method, both, x, y, rates, 5)
        for k, lr in enumerate(rates.tolist()):
            alone = relu.train(method, theta, x, y, lr, 5)
            assert all(torch.allclose(swept[name][k], alone[name]) for name in theta)
        assert relu.cross_entropy(swept, x, y)[1] < relu.cross_entropy(theta, x, y)
    assert torch.equal(relu.train("SGD", theta, x, y, 0.1, 0)["w"], theta["w"])


def test_quartiles_count_divergence():
    assert experiments.quartiles(torch.tensor([math.nan, 1.0, 2.0, 4.0, 3.0])).tolist() == [2.0, 3.0, 4.0]


def test_the_figures_say_what_they_show(monkeypatch):
    monkeypatch.setattr(experiments, "STEPS", 5)
    monkeypatch.setattr(experiments, "SAMPLES", 20)
    experiments._comparison.cache_clear()
    experiments._best.cache_clear()
    measured = experiments.comparison()
    assert set(measured.chosen) == set(relu.METHODS) and measured.search["Adam"].shape == (len(experiments.RATES), 3)
    assert (measured.fresh["SGD"].diff() >= 0).all() and measured.training["SGD"] > 0
    axes = drawings.search_figure(measured).axes[0]
    assert axes.get_xlabel() and axes.get_ylabel()
    assert f"{measured.chosen['Adam']:.2g}" in drawings.search_alt(measured)
    assert len(drawings.boundaries_figure((2, 3)).axes) == 2
    assert "2 units" in drawings.boundaries_alt((2, 3))
    experiments._comparison.cache_clear()
    experiments._best.cache_clear()


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("call", "argument"),
    [
        (lambda theta, x, y: relu.ring_data(torch.Generator(), 3), "n"),
        (lambda theta, x, y: relu.initial(torch.Generator(), 0), "width"),
        (lambda theta, x, y: relu.logits(theta, x[:, :1]), "x"),
        (lambda theta, x, y: relu.logits(theta, x * math.nan), "x"),
        (lambda theta, x, y: relu.train("Newton", theta, x, y, 0.1, 1), "method"),
        (lambda theta, x, y: relu.train("SGD", theta, x, y, 0.1, -1), "n_steps"),
        (lambda theta, x, y: relu.train("SGD", theta, x, y, -0.1, 1), "lr"),
        (lambda theta, x, y: relu.rising_direction(theta, x[0]), "two units"),
    ],
)
def test_bad_input_is_named(call, argument):
    with pytest.raises(ValueError, match=argument):
        call(*draw("bad"))
