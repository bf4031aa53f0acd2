"""After a spike: closed forms against running optimisers, logarithm against square, the cliff, figures, bad input."""

import math

import pytest
import torch
from hypothesis import given, settings, strategies

from mgai.optimization import rmsprop_and_adam as spikes
from mgai.optimization import rmsprop_and_adam_figures as drawing
from mgai.optimization import transformer_spike
from mgai.optimization import transformer_training as training

N = torch.arange(1, 101, dtype=torch.float64)
ratios, ages = strategies.floats(1, 1e4), strategies.integers(0, 50)


@settings(max_examples=30)
@given(ratios, ages)
def test_shares_are_those_of_the_running_optimisers(ratio, age):
    found = spikes.spiked_shares(spikes.RULES["RMSProp"], ratio, age, 100)
    torch.testing.assert_close(found, spikes.step_share(N, ratio, 0.95, age), rtol=1e-9, atol=0)
    found = spikes.spiked_shares(spikes.RULES["Adagrad"], ratio, age, 100)
    torch.testing.assert_close(found, spikes.adagrad_share(N, ratio, age), rtol=1e-6, atol=0)


@pytest.mark.parametrize("ratio", [1.0, 30.0, 1e4])
def test_adam_after_a_long_history(ratio):
    found = spikes.spiked_shares(spikes.RULES["Adam"], ratio, 700, 100)
    torch.testing.assert_close(found, spikes.adam_share(N, ratio, 0.9, 0.95), rtol=1e-9, atol=0)


@given(strategies.floats(0.01, 0.99), strategies.floats(1, 1e5), strategies.floats(0.5, 0.999))
def test_recovery_is_the_first_step_with_the_share(share, ratio, beta):
    n = spikes.steps_to_recover(share, ratio, beta)
    assert spikes.step_share(torch.tensor(float(n)).double(), ratio, beta) >= share * (1 - 1e-9)
    if n > 1:
        assert spikes.step_share(torch.tensor(n - 1.0).double(), ratio, beta) < share * (1 + 1e-9)


@given(strategies.floats(1, 1e6), strategies.floats(0.5, 0.99))
def test_the_sum_lies_within_one_of_the_integral(ratio, beta):
    n = torch.arange(1, 5001, dtype=torch.float64)
    total = float((1 - spikes.step_share(n, ratio, beta)).sum())
    assert spikes.steps_lost(ratio, beta) - 1 - 1e-9 <= total <= spikes.steps_lost(ratio, beta) + 1e-9


def test_the_cliff_turns_paths_but_sgd_leaps():
    ends = {name: spikes.path(rule, spikes.RATES.get(name, spikes.RATE)) for name, rule in spikes.RULES.items()}
    assert ends["SGD"][1, 1] < 4.1 < 5.8 < ends["RMSProp"][1, 1]
    for name in ("RMSProp", "Adam"):
        assert ends[name][-1].abs().max() < 0.1
    assert spikes.arrival(ends["Adagrad"])[1] == math.inf
    plain = spikes.path(spikes.RULES["RMSProp"], ratio=1.0)
    assert abs(spikes.arrival(plain)[0] - spikes.arrival(plain)[1]) < 10


def test_figures_have_labels_and_their_texts_the_numbers(monkeypatch):
    train = training.train
    monkeypatch.setattr(transformer_spike, "train", lambda *args, **more: train(*args, n_steps=60, **more))
    monkeypatch.setattr(transformer_spike, "replicas", lambda: (1,))
    for name in ("shares", "paths", "training"):
        drawn, alt = getattr(drawing, f"{name}_figure")(), getattr(drawing, f"{name}_alt")()
        assert all(axes.get_xlabel() and axes.get_ylabel() for axes in drawn.axes)
        assert len(alt.split()) > 20
    assert str(spikes.steps_to_recover(0.5, 100.0, 0.99)) in drawing.shares_alt()
    assert transformer_spike.update_shares("RMSProp").shape == (1, 39)
    assert transformer_spike.loss_gaps("RMSProp").abs().max() < 2


@pytest.mark.bad_input
def test_bad_input_is_named():
    for call in (spikes.steps_lost, lambda r, b: spikes.step_share(N, r, b)):
        with pytest.raises(ValueError, match="ratio"):
            call(0.5, 0.9)
        with pytest.raises(ValueError, match="ratio"):
            call(math.nan, 0.9)
        with pytest.raises(ValueError, match="beta"):
            call(2.0, 1.0)
    with pytest.raises(ValueError, match="share"):
        spikes.steps_to_recover(1.0, 2.0, 0.9)
    with pytest.raises(ValueError, match="later steps"):
        spikes.step_share(torch.zeros(1), 2.0, 0.9)
