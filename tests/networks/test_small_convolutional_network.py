"""The small convolutional network: layers, complex steps and differences against the formulas; bad input; figure."""

import math

import pytest
import torch

from mgai import figures
from mgai.networks import small_convolutional_network as ours
from mgai.networks import small_convolutional_network_figures as drawings
from mgai.networks import small_convolutional_network_references as references
from mgai.settings import generator


@pytest.mark.parametrize("name", ["sigmoid", "tanh", "softplus", "gelu", "relu"])
def test_gradient_against_torch_layers(name):
    for index in range(5):
        net, x, y = ours.random_network(f"test/small-convolutional-network/{index}")
        for found, expected in zip(ours.gradient(net, x, y, name), references.by_layers(net, x, y, name), strict=True):
            torch.testing.assert_close(found, expected, rtol=1e-12, atol=1e-13)


def test_first_weight_against_complex_step_and_differences():
    for index in range(5):
        net, x, y = ours.random_network(f"test/small-convolutional-network/step/{index}")
        found, h = float(ours.gradient(net, x, y).filter[0]), 1e-5
        assert found == pytest.approx(references.by_complex_step(net, x, y), rel=1e-12, abs=1e-13)
        step = torch.tensor([h, 0.0], dtype=torch.float64)
        ends = [float(ours.loss(net._replace(filter=net.filter + sign * step), x, y)) for sign in (1, -1)]
        assert found == pytest.approx((ends[0] - ends[1]) / (2 * h), abs=1e-7)


def test_printed_derivative_is_that_without_activation():
    for index in range(5):
        net, x, y = ours.random_network(f"test/small-convolutional-network/printed/{index}")
        w = net.filter.clone().requires_grad_()
        prediction = net.last @ (net.dense @ torch.tanh(x @ w))
        (expected,) = torch.autograd.grad((prediction - y).square(), w)
        torch.testing.assert_close(ours.printed_derivative(net, x, y), expected[0], rtol=1e-12, atol=1e-13)


def test_counterexample_by_hand():
    net, x, y = ours.counterexample()
    assert float(ours.states(net, x).prediction) == 1.0
    assert ours.gradient(net, x, y).filter.tolist() == [1.0, 1.0]
    assert float(ours.printed_derivative(net, x, y)) == -4.0
    single = ours.gradient(ours.Network(*(part.float() for part in net)), x.float(), y)
    assert all(part.dtype == torch.float32 for part in single)


def test_signs_against_a_loop():
    n, count = 40, 0
    draws = generator("test/small-convolutional-network/signs")
    w, dense, last, x, y = (
        torch.randn(n, *shape, dtype=torch.float64, generator=draws) for shape in ((2,), (2, 2), (2,), (2, 2), ())
    )
    for row in range(n):
        net = ours.Network(w[row], dense[row], last[row])
        right = ours.gradient(net, x[row], float(y[row])).filter[0]
        count += int(right * ours.printed_derivative(net, x[row], float(y[row])) < 0)
    assert references.opposite_signs(n, generator("test/small-convolutional-network/signs")) == count


@pytest.mark.bad_input
def test_bad_input_is_named():
    net, x, y = ours.counterexample()
    for call in (ours.loss, ours.gradient, ours.printed_derivative):
        for bad in (torch.ones(2, 3), torch.full((2, 2), math.nan)):
            with pytest.raises(ValueError, match="x "):
                call(net, bad, y)
        with pytest.raises(ValueError, match=r"net\.dense"):
            call(net._replace(dense=torch.ones(2)), x, y)
        with pytest.raises(TypeError, match=r"net\.filter"):
            call(net._replace(filter=[0.0, 0.0]), x, y)
    with pytest.raises(ValueError, match="is no activation"):
        ours.states(net, x, "step")


def test_figure_says_what_it_shows():
    figure, alt = drawings.slopes_figure(), drawings.slopes_alt()
    figures.check_alt(alt)
    (axes,) = figure.axes
    assert "w_1" in axes.get_xlabel() and "loss" in axes.get_ylabel()
    assert "slope 1 " in alt and "slope -4 " in alt
    net, x, y = ours.counterexample()
    expected = float(ours.loss(net._replace(filter=torch.tensor([0.6, 0.0], dtype=torch.float64)), x, y))
    assert float(axes.lines[0].get_ydata()[-1]) == pytest.approx(expected) and f"{expected:.3f}" in alt
