"""Convolutions as dense layers: impulses and torch against closed forms; whole networks; bad input; the figure."""

import math

import pytest
import torch
from torch import nn

from mgai import figures
from mgai.networks import convolution_as_a_dense_layer as ours
from mgai.networks import convolution_as_a_dense_layer_figures as drawings
from mgai.networks import convolution_as_a_dense_layer_references as references
from mgai.networks import network_as_perceptron as networks
from mgai.networks.convolution_layer_gradients import Geometry
from mgai.settings import generator

DOUBLE = torch.float64


def test_matrix_against_impulses_and_ties_against_the_definition():
    for f, x, geometry in references.draws(generator("test/dense/matrix")):
        matrix = ours.dense_matrix(f, (6, 5), geometry)
        assert torch.equal(matrix, references.by_impulses(f, (6, 5), geometry))
        out = nn.functional.conv2d(x, f, **geometry._asdict())
        assert torch.equal((x.flatten(1) @ matrix.T).view_as(out), out)
        where = ours.ties(tuple(f.shape), (6, 5), geometry).view(*out.shape[1:], 2, 6, 5)
        k, i, j, c, u, v = (where >= 0).nonzero().T
        m, n = (where[k, i, j, c, u, v] // 2) % 3, where[k, i, j, c, u, v] % 2
        assert torch.equal(u, geometry.stride * i + geometry.dilation * m - geometry.padding)
        assert torch.equal(v, geometry.stride * j + geometry.dilation * n - geometry.padding)
        assert torch.equal(where[k, i, j, c, u, v] // 6, 2 * k + c)


def test_gradients_and_projection():
    for f, x, geometry in references.draws(generator("test/dense/gradients")):
        where, matrix = ours.ties(tuple(f.shape), (6, 5), geometry), ours.dense_matrix(f, (6, 5), geometry)
        tied, dense = references.gradients(f, matrix, x, geometry)
        assert torch.equal(ours.tied_gradient(dense, where), tied.flatten())
        present = torch.bincount(where[where >= 0], minlength=f.numel()) > 0
        assert torch.equal(ours.nearest_tied(matrix, where), f.flatten() * present)
        nearest = ours.dense_matrix(ours.nearest_tied(dense, where).view_as(f), (6, 5), geometry)
        # the rest is orthogonal to every convolution
        torch.testing.assert_close(
            ours.tied_gradient(dense - nearest, where), torch.zeros(f.numel(), dtype=DOUBLE), atol=1e-9, rtol=0
        )


def test_a_dense_layer_is_a_convolution_in_single_precision():
    weight = torch.randn(4, 18, generator=generator("test/dense/converse"))
    filters = ours.as_filters(weight, (2, 3, 3))
    assert filters.dtype == torch.float32
    assert torch.equal(ours.dense_matrix(filters, (3, 3)), weight)


def filled(network, label):
    network = network.to_empty(device="cpu").double().eval()
    for values in network.parameters():
        nn.init.normal_(values, generator=generator(f"test/dense/{label}"))
    return network


@pytest.mark.parametrize(
    ("shape", "layers", "hidden"),
    [
        ((2, 5, 6), lambda: [nn.MaxPool2d(3, 2)], 4),
        ((1, 4, 4), lambda: [nn.AvgPool2d(2), nn.Conv2d(1, 2, 2, bias=False)], 0),
        (
            (1, 6, 6),
            lambda: [nn.Conv2d(1, 2, 3, 2, 1), nn.ReLU(), nn.MaxPool2d(2, 1), nn.Flatten(), nn.Linear(8, 2)],
            3,
        ),
    ],
)
def test_networks_layer_by_layer(shape, layers, hidden):
    with torch.device("meta"):
        network = nn.Sequential(*layers())
    network = filled(network, "layers")
    x = torch.randn(7, *shape, dtype=DOUBLE, generator=generator("test/dense/images"))
    found = networks.perceptron(network, shape)
    assert len(found) == hidden + 1
    expected = network(x).detach().flatten(1)
    torch.testing.assert_close(networks.evaluate(found, x.flatten(1)), expected, atol=1e-11, rtol=0)


def test_the_small_network():
    rng = generator("test/dense/network")
    network = references.small_network(rng)
    x = torch.randn(5, 1, 8, 8, dtype=DOUBLE, generator=rng)
    found = networks.evaluate(networks.perceptron(network, (1, 8, 8)), x.flatten(1))
    torch.testing.assert_close(found, network(x).detach(), atol=1e-11, rtol=0)


@pytest.mark.bad_input
def test_bad_input_is_named():
    f, where = torch.ones(1, 1, 2, 2), ours.ties((1, 1, 2, 2), (3, 3))
    with pytest.raises(ValueError, match="does not fit"):
        ours.dense_matrix(f, (1, 3))
    with pytest.raises(ValueError, match="stride"):
        ours.dense_matrix(f, (3, 3), Geometry(0))
    with pytest.raises(ValueError, match="f must have shape"):
        ours.dense_matrix(torch.ones(2, 2), (3, 3))
    with pytest.raises(ValueError, match="H must"):
        ours.ties((1, 1, 2, 2), (0, 3))
    for call, name in ((ours.tied_gradient, "g"), (ours.nearest_tied, "matrix")):
        with pytest.raises(ValueError, match=f"{name} must have shape"):
            call(torch.ones(4, 8), where)
        with pytest.raises(ValueError, match=f"{name} has entries"):
            call(torch.full((4, 9), math.nan), where)
    with pytest.raises(ValueError, match="weight must have shape"):
        ours.as_filters(torch.ones(2, 5), (1, 2, 2))


@pytest.mark.bad_input
def test_networks_that_cannot_be_translated():
    with torch.device("meta"):
        wrong = [nn.BatchNorm2d(2), nn.Conv2d(2, 2, 1, groups=2), nn.MaxPool2d(2, padding=1)]
    for layer, message in zip(wrong, ("evaluation mode", "groups", "padded"), strict=True):
        with pytest.raises(ValueError, match=message):
            networks.perceptron(nn.Sequential(layer), (2, 4, 4))
    with pytest.raises(TypeError, match="Sigmoid"):
        networks.perceptron(nn.Sequential(nn.Sigmoid()), (1, 2, 2))
    layers = networks.perceptron(nn.Sequential(nn.MaxPool2d(2)), (1, 2, 2))
    with pytest.raises(ValueError, match="x must have shape"):
        networks.evaluate(layers, torch.ones(1, 5, dtype=DOUBLE))


def test_figure_shows_what_it_names():
    drawn = drawings.step_figure()
    assert [axes.get_ylabel() for axes in drawn.axes] == ["output"] * 3 + ["weight"]
    assert drawn.axes[2].get_xlabel().startswith("pixel")
    alt = drawings.step_alt()
    figures.check_alt(alt)
    assert "144 of 576" in alt and "576 of 576" in alt
