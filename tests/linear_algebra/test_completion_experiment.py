"""The experiments on hidden entries: no method sees them; the figures show the numbers they are given."""

import math

import numpy as np
import pytest
import torch

from mgai import figures, settings
from mgai.linear_algebra import completion_experiment as experiment
from mgai.linear_algebra import matrix_completion_figures as drawings


def test_split_is_a_partition_with_the_right_fractions():
    split = experiment.split_entries((300, 300), 0.5, settings.generator("test/split"))
    assert bool((split.train.int() + split.validation + split.test == 1).all())
    for mask, fraction in zip(split, (0.45, 0.05, 0.5), strict=True):
        spread = math.sqrt(fraction * (1 - fraction) / 90_000)
        assert abs(float(mask.double().mean()) - fraction) < 6 * spread


def test_held_out_never_reads_the_test_entries_to_choose_or_fit(instance):
    truth = instance("held-out", 40, 20)[0] @ instance("other", 20, 20)[0]
    split = experiment.split_entries(truth.shape, 0.6, settings.generator("test/held-out"))
    spoiled = torch.where(split.test, truth + 1000.0, truth)
    first, second = experiment.held_out(truth, split), experiment.held_out(spoiled, split)
    assert first.chosen == second.chosen
    for method, error in second.errors.items():  # a method that had read them would be near the spoiled values
        assert abs(error - 1000.0) <= first.errors[method] + 1e-9
    assert set(first.errors) == set(second.errors)


@pytest.fixture
def made(instance):
    truth = instance("trial", 30, 16, dtype=torch.float64)[0].abs()
    split = experiment.split_entries(truth.shape, 0.6, settings.generator("test/trial"))
    return [experiment.held_out(truth, split)]


def test_penalty_figure_has_labels_and_its_alt_text_the_numbers(made):
    axes = drawings.penalty_figure(made).axes[0]
    assert "lambda" in axes.get_xlabel()
    assert "RMSE" in axes.get_ylabel()
    alt = drawings.penalty_alt(made)
    figures.check_alt(alt)
    assert f"{min(made[0].path_errors):.3f}" in alt
    assert f"{made[0].errors['global mean']:.3f}" in alt


def test_images_figure_has_three_labelled_rows():
    images = torch.rand(4, 8, 8, generator=settings.generator("test/images"))
    drawn = drawings.images_figure(images, images > 0.5, images)
    assert len(drawn.axes) == 12
    assert [axes.get_ylabel() for axes in drawn.axes[::4]] == ["truth", "observed", "completed"]
    shown = drawn.axes[4].images[0].get_array()
    assert np.array_equal(np.ma.getmaskarray(shown) | ~np.isfinite(shown.filled(np.nan)), (images[0] <= 0.5).numpy())


def test_completed_images_beat_zero():
    images = torch.rand(60, 1, 1, generator=settings.generator("test/rank-one")) * torch.ones(60, 4, 4)
    split = experiment.split_entries((60, 16), 0.6, settings.generator("test/rank-one-mask"))
    completed, fraction = experiment.completed_images(images, split)
    assert completed.shape == images.shape
    assert 0 < fraction < 1
    flat = images.flatten(1)
    zero = experiment.rmse(torch.zeros_like(flat), flat, split.test)
    assert experiment.rmse(completed.flatten(1), flat, split.test) < zero / 2


def test_trials_are_memoised_and_begin_with_the_seed_of_the_book():
    assert experiment.trial_seeds()[0] == settings.seed()
    first = experiment._digits_trial(0, 30, 0.5, "cpu", torch.float64)
    assert experiment._digits_trial(0, 30, 0.5, "cpu", torch.float64) is first
    assert 1 <= first.rank <= 30


@pytest.mark.bad_input
def test_bad_fractions_are_named():
    for fraction in (0.0, 1.0):
        with pytest.raises(ValueError, match="observed"):
            experiment.split_entries((2, 2), fraction, settings.generator("test/bad"))
