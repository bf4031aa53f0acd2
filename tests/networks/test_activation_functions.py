"""Stable activations against SciPy and sixty digits; laws; exchange of sigmoid and tanh; bad input; figures."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, strategies
from hypothesis import settings as hypothesis_settings
from scipy import special

from mgai import figures
from mgai.networks import activation_functions as ours
from mgai.networks import activation_functions_figures as drawings
from mgai.networks import activation_functions_references as references
from mgai.networks import sigmoid_and_tanh as nets
from mgai.settings import generator

DOUBLE = torch.float64
REALS = strategies.floats(-600, 600)
ELEMENTWISE = (ours.tanh, ours.tanh_slope, ours.relu, ours.sigmoid, ours.sigmoid_slope, ours.tanh_by_quotient)


@hypothesis_settings(max_examples=60, deadline=None)
@given(REALS)
def test_values_against_sixty_digits_and_scipy(number):
    x = torch.tensor([number], dtype=DOUBLE)
    for form, name in (
        (ours.sigmoid, "sigmoid"),
        (ours.sigmoid_slope, "sigmoid slope"),
        (ours.tanh, "tanh"),
        (ours.tanh_slope, "tanh slope"),
    ):
        exact = references.exact(name, x)
        assert float((form(x) - exact).abs()) <= max(1e-15 * abs(float(exact)), 1e-307)
    np.testing.assert_allclose(ours.sigmoid(x).numpy(), special.expit(x.numpy()), rtol=1e-15, atol=1e-300)
    assert float(ours.sigmoid(x) + ours.sigmoid(-x)) == pytest.approx(1, rel=1e-15)
    assert torch.equal(ours.tanh(-x), -ours.tanh(x))


@hypothesis_settings(max_examples=60, deadline=None)
@given(strategies.floats(1e-300, 1 - 2.0**-53))
def test_logit_is_the_inverse(number):
    y = torch.tensor([number], dtype=DOUBLE)
    assert float(torch.sigmoid(ours.logit(y))) == pytest.approx(number, rel=1e-12)
    exact = references.exact("logit", y)
    assert float((ours.logit(y) - exact).abs()) <= 2e-15 * abs(float(exact))


def test_limits_and_nan():
    ends = torch.tensor([-math.inf, 0.0, math.inf])
    assert ours.tanh(ends).tolist() == [-1, 0, 1] and ours.sigmoid(ends).tolist() == [0, 0.5, 1]
    assert ours.tanh_slope(ends).tolist() == [0, 1, 0] and ours.sigmoid_slope(ends).tolist() == [0, 0.25, 0]
    left, right = ours.relu_subdifferential(ends)
    assert left.tolist() == [0, 0, 1] and right.tolist() == [0, 1, 1]
    nan = torch.tensor([math.nan])
    for form in ELEMENTWISE:
        assert form(nan).isnan().all()
    assert all(end.isnan().all() for end in ours.relu_subdifferential(nan))


def test_shapes_types_and_strides():
    x = torch.arange(12, dtype=torch.float32).reshape(3, 4).T / 4
    for form in ELEMENTWISE:
        assert form(x).shape == x.shape and form(x).dtype == torch.float32
    jacobian = ours.sigmoid_jacobian(x)
    assert jacobian.shape == (4, 3, 3)
    assert torch.equal(torch.diagonal(jacobian, dim1=-2, dim2=-1), ours.sigmoid_slope(x))
    assert ours.logit(torch.tensor(0.5)).item() == 0.0


@pytest.mark.parametrize("sizes", [(1, 1), (2, 3, 1), (3, 5, 4, 2)])
def test_exchange_and_back(sizes):
    rng = generator("test/sigmoid-and-tanh")
    network = nets.random_network(sizes, rng, 4)
    x = torch.randn(6, sizes[0], dtype=DOUBLE, generator=rng)
    other = nets.as_tanh_network(network)
    torch.testing.assert_close(nets.evaluate(other, x, "tanh"), nets.evaluate(network, x, "sigmoid"))
    for layer, same in zip(nets.as_sigmoid_network(other), network, strict=True):
        torch.testing.assert_close(layer.weight, same.weight)
        torch.testing.assert_close(layer.bias, same.bias)
    one = tuple(nets.Layer(layer.weight[0], layer.bias[0]) for layer in network)
    torch.testing.assert_close(nets.evaluate(one, x, "tanh"), nets.evaluate(network, x, "tanh")[0])
    for layer, same in zip(nets.from_vector(nets.as_vector(one), one), one, strict=True):
        assert torch.equal(layer.weight, same.weight) and torch.equal(layer.bias, same.bias)


def test_descent_treats_each_member_by_itself():
    rng = generator("test/descent")
    network = nets.random_network((1, 4, 1), rng, 3)
    x = torch.linspace(-1, 1, 7, dtype=DOUBLE)[:, None]
    last, losses = nets.descend(network, x, x**2, "tanh", 0.1, 5)
    assert losses.shape == (6, 3) and bool((losses[-1] < losses[0]).all())
    alone = tuple(nets.Layer(layer.weight[1], layer.bias[1]) for layer in network)
    end, single = nets.descend(alone, x, x**2, "tanh", 0.1, 5)
    torch.testing.assert_close(single, losses[:, 1])
    torch.testing.assert_close(end[0].weight, last[0].weight[1])
    assert not last[0].weight.requires_grad


@pytest.mark.bad_input
def test_bad_input_is_named():
    for form in (*ELEMENTWISE, ours.relu_subdifferential, ours.sigmoid_jacobian):
        for bad in ([1.0], torch.ones(2, dtype=torch.long)):
            with pytest.raises(TypeError, match="x must be"):
                form(bad)
    with pytest.raises(ValueError, match="x must have an axis"):
        ours.sigmoid_jacobian(torch.tensor(1.0))
    for bad in (0.0, 1.0, -0.5, math.nan):
        with pytest.raises(ValueError, match="strictly between"):
            ours.logit(torch.tensor([0.5, bad]))
    with pytest.raises(TypeError, match="y must be"):
        ours.logit(0.5)


@pytest.mark.bad_input
def test_bad_networks_are_named():
    good = nets.Layer(torch.ones(2, 3), torch.ones(2))
    for network, message in (
        ((), "at least one layer"),
        ((good._replace(bias=torch.ones(3)),), "do not fit"),
        ((good, good), "does not take"),
    ):
        with pytest.raises(ValueError, match=message):
            nets.as_tanh_network(network)
    with pytest.raises(ValueError, match="x must have 3 columns"):
        nets.evaluate((good,), torch.ones(1, 2), "tanh")
    with pytest.raises(ValueError, match="is no activation"):
        nets.evaluate((good,), torch.ones(1, 3), "softmax")
    with pytest.raises(ValueError, match="sizes must name"):
        nets.random_network((2,), torch.Generator())
    with pytest.raises(ValueError, match="sizes and copies"):
        nets.random_network((2, 0), torch.Generator())


def test_figures_say_what_they_show():
    for figure, alt in (
        (drawings.activations_figure(), drawings.activations_alt()),
        (drawings.errors_figure(), drawings.errors_alt()),
    ):
        figures.check_alt(alt)
        assert len(figure.axes) == 2 and all(axes.get_xlabel() and axes.get_ylabel() for axes in figure.axes)
    assert "0.250" in drawings.activations_alt() and "from 20 on" in drawings.errors_alt()
