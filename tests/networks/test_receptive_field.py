"""Receptive fields: closed forms against the graph of dependences and gradients; bad input; the figure."""

import math

import pytest
import torch
from hypothesis import given, strategies
from hypothesis import settings as hypothesis_settings

from mgai import figures
from mgai.networks import effective_receptive_field
from mgai.networks import receptive_field as ours
from mgai.networks import receptive_field_figures as drawings
from mgai.networks import receptive_field_references as references
from mgai.networks.receptive_fields_and_dilation import Layer, spread
from mgai.settings import generator

LAYERS = strategies.builds(
    Layer, strategies.integers(1, 4), strategies.integers(1, 3), strategies.integers(0, 2), strategies.integers(1, 3)
)
STACKS = strategies.lists(LAYERS, min_size=1, max_size=4)


@hypothesis_settings(max_examples=80, deadline=None)
@given(STACKS, strategies.integers(0, 3))
def test_closed_forms_are_those_of_the_graph(layers, unit):
    reached = references.read_by(layers, unit)[0]
    assert ours.pixels(layers, unit) == sorted(reached)
    assert ours.first_pixel(layers, unit) == min(reached)
    assert ours.extent(layers) == max(reached) - min(reached) + 1
    assert ours.centre(layers, unit) == (min(reached) + max(reached)) / 2
    assert ours.without_holes(layers) == (len(reached) == ours.extent(layers))
    assert len(reached) <= min(ours.extent(layers), math.prod(layer.kernel for layer in layers))


@hypothesis_settings(max_examples=40, deadline=None)
@given(STACKS)
def test_other_forms_of_the_extent(layers):
    kernels, strides = [spread(layer) for layer in layers], [layer.stride for layer in layers]
    found = ours.extent(layers)
    assert found == references.by_recursion(kernels, strides) == references.printed(kernels, strides)
    bare = [layer._replace(padding=0) for layer in layers]
    last = [*layers[:-1], layers[-1]._replace(stride=layers[-1].stride + 1)]
    assert ours.extent(bare) == ours.extent(last) == found
    plain = [layer._replace(stride=min(layer.stride, layer.kernel), dilation=1) for layer in layers]
    assert ours.without_holes(plain)


def test_gradients_reach_the_same_pixels():
    rng = generator("test/receptive-field")
    for layers in [[Layer(2)], [Layer(1, 3, 1), Layer(3, 2, 2)], *references.random_stacks(10, rng)]:
        unit, seen = references.measured(layers, rng)
        assert seen == ours.pixels(layers, unit) and seen[0] >= 0


def test_same_padding_keeps_the_centre_and_known_networks():
    same = [Layer(3, 2, 1), Layer(5, 1, 2), Layer(3, 3, 2, 2)]
    assert [ours.centre(same, unit) for unit in range(3)] == [0, 6, 12]
    assert ours.extent(references.VGG) == 212 and len(references.VGG) == 18
    pairs = [(layer.kernel, layer.stride) for layer in references.VGG]
    assert effective_receptive_field.extent(pairs) == 212


def test_near_the_border_at_most_the_intersection_is_seen():
    layers = [Layer(5), Layer(1, 1, 1)]  # unit 0 reads a padded zero alone
    weights = [torch.ones(layer.kernel, dtype=torch.float64) for layer in layers]
    assert not references.path_counts(layers, weights, 0, 9).any()
    assert any(0 <= pixel < 9 for pixel in ours.pixels(layers))


@pytest.mark.bad_input
def test_bad_input_is_named():
    for call in (ours.extent, ours.pixels, ours.without_holes, ours.jumps, ours.first_pixel, ours.centre):
        with pytest.raises(ValueError, match="layers must"):
            call([])
        for place, name in enumerate(("kernel", "stride", "padding", "dilation")):
            for bad, error in ((-1, ValueError), (1.5, TypeError)):
                with pytest.raises(error, match=name):
                    call([Layer(3), Layer(*(bad if i == place else 1 for i in range(4)))])
    with pytest.raises(ValueError, match="unit"):
        ours.pixels([Layer(3)], -1)


def test_figure_shows_what_it_names():
    drawn = drawings.graphs_figure()
    assert len(drawn.axes) == 3 and all(axes.get_xlabel() == "pixel" and axes.get_title() for axes in drawn.axes)
    assert "3 of 5" in drawn.axes[1].get_title() and drawn.axes[0].get_ylabel() == "layer"
    alt = drawings.graphs_alt()
    figures.check_alt(alt)
    assert "extent 5, pixels 0, 2, 4" in alt
