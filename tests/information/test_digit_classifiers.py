"""The experiments on digits and their figures: the halves, what is kept, and that pictures show what was measured."""

import pytest
import torch

from mgai import figures, settings
from mgai.information import calibration_and_divergence_figures as calibration_drawings
from mgai.information import digit_classifiers as digits
from mgai.information import divergence_experiments, naive_bayes, naive_bayes_experiments
from mgai.information import naive_bayes_figures as drawings


@pytest.fixture(autouse=True, scope="module")
def few_and_quick():
    """A few hundred images and one epoch: the experiments' wiring, not their numbers."""
    _forget()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(digits, "_LARGEST", 400)
        patch.setattr(digits, "_EPOCHS", 1)
        yield
    _forget()


def _forget():
    for kept in (digits._trained, digits._dependence, digits._log_posteriors):
        kept.cache_clear()


def test_halves_share_no_image_and_hold_the_classes_alike():
    first, second, source = digits.halves()
    assert len(first.x) + len(second.x) == 400 and "MNIST" in source
    assert torch.equal(first.labels.bincount(), second.labels.bincount())
    assert torch.equal(first.x, first.images.flatten(1) > 0.5)


def test_posteriors_are_normalised_repeatable_and_depend_on_the_replica():
    logs = digits.log_posteriors()
    assert tuple(logs) == digits.MODELS
    for log_p in logs.values():
        torch.testing.assert_close(log_p.exp().sum(1), torch.ones(200, dtype=torch.float64))
    again, other = digits.log_posteriors(), digits.log_posteriors(replica=1)
    assert torch.equal(logs["network"], again["network"])
    assert not torch.equal(logs["network"], other["network"])
    assert torch.equal(logs["naive Bayes"], other["naive Bayes"])


def test_swapping_judges_the_other_half():
    fitted, judged, _ = digits.halves()
    model = naive_bayes.fit(judged.x, judged.labels, 10)
    expected = naive_bayes.log_posterior(naive_bayes.log_joint(model, fitted.x))
    torch.testing.assert_close(digits.log_posteriors(swapped=True)["naive Bayes"], expected)


def test_a_linear_model_has_no_interactions(monkeypatch):
    edges = digits.dependence()[1][:3]
    assert float(naive_bayes_experiments.interactions(edges, n=5).max()) > 0
    monkeypatch.setattr(digits, "NETWORK", 0)
    linear = digits.trained(0)
    monkeypatch.setattr(digits, "trained", lambda **_: linear)
    assert float(naive_bayes_experiments.interactions(edges, n=5).max()) < 1e-10


def test_figures_of_the_exercise_show_the_tests():
    tests = naive_bayes_experiments.pair_tests()
    assert len(tests) == 90 and all(a != b for a, b, *_ in tests)
    axes = drawings.confusions_figure(tests).axes[0]
    assert len(axes.texts) == 90 and axes.get_xlabel() and axes.get_ylabel()
    figures.check_alt(drawings.confusions_alt(tests))
    pairs = [row[:2] for row in tests[:2]]
    shown = naive_bayes_experiments.confused_images(pairs)
    assert len(drawings.samples_figure(digits.halves()[0], pairs, shown).axes) == 12
    figures.check_alt(drawings.samples_alt(pairs, shown))


def test_figures_of_dependence():
    fitted = digits.halves()[0]
    right = next(axes for axes in drawings.dependence_figure(fitted).axes if axes.get_xlabel())
    assert right.get_yscale() == "log"
    figures.check_alt(drawings.dependence_alt(fitted))
    kept = (0, 5)
    sweep = naive_bayes_experiments.edge_sweep(kept)
    assert len({values[0] for values in sweep.values()}) == 1  # no edges: both are naive Bayes
    drawn = drawings.edges_figure(kept, sweep, {"network": 0.9})
    assert list(drawn.axes[0].lines[0].get_ydata()) == sweep["strongest edges"]
    assert "network 0.900" in drawings.edges_alt(kept, sweep, {"network": 0.9})


def test_figures_of_calibration_and_divergence():
    binned = calibration_drawings.reliabilities()
    drawn = calibration_drawings.reliability_figure(binned)
    assert all(axes.get_ylabel() for axes in drawn.axes)
    figures.check_alt(calibration_drawings.reliability_alt(binned))
    first, second = divergence_experiments.divergences(0, 0), divergence_experiments.divergences(1, 1)
    naive, network = divergence_experiments.errors()
    kinds = naive.long() + 2 * network.long()
    assert calibration_drawings.recurrence_figure(first, second, kinds).axes[0].get_xlabel()
    figures.check_alt(calibration_drawings.recurrence_alt(first, second, kinds))
    top = first.argsort(descending=True)[:2]
    parts, names = divergence_experiments.contributions(top)
    images = digits.halves()[1].images[top]
    assert len(calibration_drawings.largest_figure(images, parts, names, first[top].tolist()).axes) == 5
    figures.check_alt(calibration_drawings.largest_alt(names, first[top].tolist(), parts))


def test_contributions_add_up_to_the_log_odds():
    fitted, judged, _ = digits.halves()
    some = torch.arange(5)
    parts, names = divergence_experiments.contributions(some)
    joint = naive_bayes.log_joint(naive_bayes.fit(fitted.x, fitted.labels, 10), judged.x[some])
    prior = (fitted.labels.bincount().double() / len(fitted.labels)).log()
    for part, row, (_, decided, other) in zip(parts, joint - prior, names, strict=True):
        assert float(part.sum()) == pytest.approx(float(row[decided] - row[other]))


def test_another_seed_trains_another_network(monkeypatch):
    before = digits.log_posteriors()["network"]
    monkeypatch.setenv("MGAI_SEED", str(settings.seed() + 1))
    assert not torch.equal(before, digits.log_posteriors()["network"])
