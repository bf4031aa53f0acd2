"""The comparison, on a small budget: choices, marks of speed, surpluses, matrices and figures."""

import math

import pytest
import torch

from mgai.optimization import tiny_transformer_figures as drawing
from mgai.optimization import transformer_comparison as comparison
from mgai.optimization import transformer_training as training


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """Twelve steps in place of 240: the tests are about bookkeeping, not about what is learned."""
    train = training.train
    monkeypatch.setattr(comparison, "train", lambda rule, runs, context=16: train(rule, runs, 12, context))
    monkeypatch.setattr(drawing, "STEPS", 12)


def test_each_text_gets_a_rate_of_its_grid_and_replica_0_is_not_reported():
    for name, rule in training.RULES.items():
        assert set(comparison.chosen_rates(name).values()) <= set(rule.rates)
    runs, trained = comparison.compared("Adam")
    assert 0 not in {run.replica for run in runs}
    assert trained.losses.shape == (len(runs), 12)


def test_levels_and_targets():
    for text in comparison.TEXTS:
        alone, floor = comparison.levels(text)
        assert math.isnan(floor) or floor <= alone + 1e-12
    assert math.isnan(comparison.target("shuffled prose"))
    alone, floor = comparison.levels("Markov")
    assert comparison.target("Markov") == pytest.approx((alone + floor) / 2)
    assert comparison.steps_to_target("SGD", "words").isinf().all()


def test_the_oracle_beats_the_floor_and_networks_do_not():
    assert float(comparison.words_oracle(500).mean()) < -0.02
    assert float(comparison.surplus("words", "Adam", 500).mean()) > 0


def test_matrices_are_joint_laws_and_the_ideal_one_is_nearest_to_itself():
    ideal, found = comparison.confusion("words", None), comparison.confusion("words", "SGD")
    assert float(ideal.sum()) == pytest.approx(1)
    assert float(found.sum()) == pytest.approx(1)
    assert comparison.apart(ideal, ideal) == 0 < comparison.apart(ideal, found) <= 1


def test_figures_have_labels_and_their_texts_the_numbers():
    for name in ("curves", "context", "confusion"):
        drawn, alt = getattr(drawing, f"{name}_figure")(), getattr(drawing, f"{name}_alt")()
        assert any(axes.get_xlabel() for axes in drawn.axes)
        assert any(axes.get_ylabel() for axes in drawn.axes)
        assert "periodic" in alt
    loss = float(comparison.curves("Adam", "words")[:, -1].quantile(0.5))
    assert f"{loss:.2f}" in drawing.curves_alt()
    assert torch.isfinite(comparison.by_context(("words",))[4]).all()
