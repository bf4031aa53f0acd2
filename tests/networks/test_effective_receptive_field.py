"""Extent and effective width: gradients, all signs, moments by NumPy; the harder task and the figures."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings, strategies

from mgai.networks import cnn_capacity_experiments as capacity
from mgai.networks import effective_receptive_field as field
from mgai.networks import effective_receptive_field_experiments as experiments
from mgai.networks import effective_receptive_field_figures as drawings
from mgai.networks import effective_receptive_field_references as references
from mgai.networks.cnn_capacity import Design, feature_maps, initial
from mgai.settings import generator

DOUBLE = torch.float64
layers_drawn = strategies.tuples(strategies.integers(1, 5), strategies.integers(1, 2))


@settings(max_examples=20, deadline=None)
@given(strategies.lists(layers_drawn, min_size=1, max_size=4))
def test_profile_extent_and_variance_are_those_of_the_gradient(layers):
    gradient, profile = references.uniform_gradient(layers), field.uniform_profile(layers)
    assert len(profile) == field.extent(layers)
    assert torch.allclose(gradient[: len(profile), : len(profile)], torch.outer(profile, profile), atol=1e-14)
    assert float(gradient.sum()) == pytest.approx(1)
    assert field.variance_of(gradient) == pytest.approx(field.uniform_variance(layers))
    assert references.support(gradient) == int(profile.count_nonzero())


def test_mean_squares_over_signs_are_uniform_profiles():
    for n, kernel in ((1, 3), (2, 3), (3, 2), (2, 5)):
        paths = kernel**n * field.uniform_profile([(kernel, 1)] * n)
        assert torch.allclose(references.mean_square_over_signs(n, kernel), paths, atol=1e-12)


def test_variances_by_numpy():
    weights = torch.rand(4, 6, dtype=DOUBLE, generator=generator("test/erf"))
    variances = []
    for axis, size in enumerate(weights.shape):
        law = weights.numpy().sum(1 - axis)
        mean = np.average(np.arange(size), weights=law)
        variances.append(np.average((np.arange(size) - mean) ** 2, weights=law))
    assert field.variance_of(weights) == pytest.approx(np.mean(variances))
    assert field.effective_width(field.variance_of(torch.ones(5, 5, dtype=DOUBLE))) == pytest.approx(5)


def test_squared_gradients_by_differences():
    design, rng = Design(2, 3), generator("test/erf/gradient")
    theta = initial(design, [rng]).cpu()
    images = torch.rand(1, 2, 8, 8, dtype=DOUBLE, generator=rng)
    found = field.squared_gradients(lambda x: feature_maps(design, theta, x), images)
    moved = images.clone()
    moved[0, 1, 4, 5] += 1e-7
    change = (feature_maps(design, theta, moved) - feature_maps(design, theta, images))[1, :, 2, 2] / 1e-7
    assert found.shape == images.shape
    assert float(found[0, 1, 4, 5]) == pytest.approx(float(change.square().sum()), rel=1e-4, abs=1e-8)


def test_random_stacks_fill_their_field():
    for with_relu in (False, True):
        seen = field.random_stack(3, 3, 4, generator("test/erf/random"), with_relu)
        assert seen.shape == (7, 7) and bool((seen >= 0).all()) and bool(seen[0].any()) and bool(seen[:, -1].any())
    assert float(experiments.random_fields(3, (2,), 2, False)[2].sum()) == pytest.approx(1)


def test_digits_are_placed_whole():
    sets = capacity.training_sets(2, 30)
    for anywhere in (False, True):
        canvas = experiments.placed(sets, anywhere, "test/erf").images
        assert canvas.shape == (2, 30, 12, 12)
        assert torch.allclose(canvas.sum((2, 3)), sets.images.sum((2, 3)))
        assert torch.equal(canvas[:, :, 2:10, 2:10], sets.images) != anywhere


def test_the_experiment_and_the_figures(monkeypatch):
    for name, value in {"STEPS": 2, "NETWORKS": 2, "IMAGES": 60}.items():
        monkeypatch.setattr(experiments, name, value)
    monkeypatch.setattr(drawings, "STACKS", (1, 2))
    experiments._harder.cache_clear()
    experiments._looked_at.cache_clear()
    try:
        measured = experiments.harder()
        for figure in (drawings.maps_figure(), drawings.widths_figure()):
            assert all(axes.get_xlabel() for axes in figure.axes)
        told = drawings.maps_alt()
        narrow = experiments.looked_at(0, 1, 0, trained=False)
    finally:
        experiments._harder.cache_clear()
        experiments._looked_at.cache_clear()
    assert measured.accuracy.shape == (2, 2, 3, 2)
    assert "of 26" in told and narrow.shape == (12, 12) and references.support(narrow) <= 8
    assert drawings.harder_figure(measured).axes[0].get_ylabel() and "anywhere" in drawings.harder_alt(measured)
    assert "extent 3, 5" in drawings.widths_alt()


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: field.extent([]), "layers"),
        (lambda: field.extent([(0, 1)]), "layers"),
        (lambda: field.uniform_variance([(3, 0)]), "layers"),
        (lambda: field.effective_width(-1.0), "variance"),
        (lambda: field.effective_width(float("nan")), "variance"),
        (lambda: field.variance_of(torch.zeros(2, 2)), "weights"),
        (lambda: field.variance_of(-torch.ones(2, 2)), "weights"),
        (lambda: field.variance_of(torch.ones(2)), "weights"),
        (lambda: field.random_stack(1, 2, 1, torch.Generator(), False), "kernel"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
