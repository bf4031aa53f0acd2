"""Gradients of convolutions: definitions, torch and SciPy against closed forms; laws; bad input; figures."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, strategies
from hypothesis import settings as hypothesis_settings
from scipy import signal

from mgai import figures
from mgai.networks import convolution_example as example
from mgai.networks import convolution_example_references as example_references
from mgai.networks import convolution_gradients as ours
from mgai.networks import convolution_gradients_figures as drawings
from mgai.networks import convolution_gradients_references as references
from mgai.networks import convolution_layer_gradients as layer
from mgai.settings import generator

DOUBLE = torch.float64
SIZES = strategies.integers(1, 5)


def drawn(label, *shapes):
    rng = generator(f"test/convolution-gradients/{label}")
    return [references.integers(*shape, generator=rng) for shape in shapes]


@hypothesis_settings(max_examples=40, deadline=None)
@given(SIZES, SIZES, SIZES, SIZES)
def test_plain_gradients_against_their_definition(m, n, h, w):
    x, f, g = drawn(f"{m}{n}{h}{w}", (m + h - 1, n + w - 1), (m, n), (h, w))
    np.testing.assert_array_equal(ours.layer_output(x, f), signal.correlate2d(x, f, "valid"))
    in_filter, in_input = references.by_unit_arrays(x, f, g)
    assert torch.equal(ours.filter_gradient(x, g), in_filter)
    assert torch.equal(ours.input_gradient(f, g), in_input)
    for found, expected in zip(references.by_scipy(x, f, g), (in_filter, in_input), strict=True):
        assert torch.equal(found, expected)
    # the form is linear in each argument, so that each gradient times its argument is the form itself
    form = float(ours.pairing(g, x, f))
    assert float((in_filter * f).sum()) == float((in_input * x).sum()) == form
    matrix = references.layer_matrix(f, tuple(x.shape))
    assert torch.equal(matrix @ x.flatten(), ours.layer_output(x, f).flatten())
    assert torch.equal(matrix.T @ g.flatten(), in_input.flatten())


@hypothesis_settings(max_examples=40, deadline=None)
@given(
    strategies.integers(1, 3), strategies.integers(0, 2), strategies.integers(1, 2), strategies.integers(5, 8),
    strategies.integers(1, 3), strategies.integers(1, 3),
)  # fmt: skip
def test_layer_gradients_against_torch(stride, padding, dilation, n, m, k):
    geometry = layer.Geometry(stride, padding, dilation)
    h, w = geometry.extent(n, m), geometry.extent(n + 1, k)
    x, f, bias, g = drawn("layer", (2, 2, n, n + 1), (3, 2, m, k), (3,), (2, 3, h, w))
    expected = torch.nn.functional.conv2d(x, f, bias, **geometry._asdict())
    assert torch.equal(layer.forward(x, f, bias, geometry), expected)
    in_input, in_filter, in_bias = references.by_autograd(x, f, bias, g, geometry)
    found = layer.input_gradient(f, g, tuple(x.shape), geometry)
    assert torch.equal(found, in_input)
    assert torch.equal(layer.filter_gradient(x, g, tuple(f.shape), geometry), in_filter)
    assert torch.equal(g.sum((0, 2, 3)), in_bias)
    assert torch.equal(references.input_gradient_by_insertion(f, g, tuple(x.shape), geometry), found)
    assert layer.multiplications(tuple(x.shape), tuple(f.shape), geometry) == 2 * 3 * 2 * m * k * h * w
    left = [size - ((out - 1) * stride - 2 * padding + dilation * (taps - 1) + 1)
            for size, out, taps in ((n, h, m), (n + 1, w, k))]  # fmt: skip
    transposed = torch.nn.functional.conv_transpose2d(
        g, f, stride=stride, padding=padding, dilation=dilation, output_padding=left
    ) if max(left) < max(stride, dilation) else found  # fmt: skip
    assert torch.equal(transposed, found)


def test_one_channel_is_the_plain_layer_in_single_precision_and_out_of_order():
    x, f, g = drawn("plain", (5, 6), (3, 2), (3, 5))
    assert torch.equal(layer.forward(x[None, None], f[None, None])[0, 0], ours.layer_output(x, f))
    assert torch.equal(
        layer.input_gradient(f[None, None], g[None, None], (1, 1, 5, 6))[0, 0], ours.input_gradient(f, g)
    )
    single = ours.input_gradient(f.float().T, g.float().T)
    assert single.dtype == torch.float32 and torch.equal(single.T.double(), ours.input_gradient(f, g))
    assert torch.equal(ours.input_gradient(f, g), ours.input_gradient(g, f))
    assert torch.equal(ours.rotate(ours.rotate(f)), f)


@pytest.mark.parametrize("name", example.READINGS)
def test_every_reading_against_torch(name):
    passed, expected = example.run(name), example_references.by_autograd(name)
    for found, right in zip(
        (passed.output_gradient, passed.filter_gradient, passed.input_gradient), expected, strict=True
    ):
        assert torch.equal(found, right)
    # no ties, so that the maxima have derivatives
    windows = passed.output.unfold(0, 2, 1).unfold(1, 2, 1).flatten(2)
    assert all(window.unique().numel() == 4 for row in windows for window in row)


def test_numbers_of_the_example_by_hand():
    passed = example.run()
    assert passed.output[0].tolist() == [9, 39, -35, -44]
    assert passed.end.tolist() == [[46, 46, -16], [71, 71, -16], [88, 88, -29]]
    assert passed.filter_gradient.tolist() == [[17, 0, 0], [15, -14, -10], [16, -20, -5]]
    corner = example.run("corner")
    assert corner.input_gradient[2].tolist() == [1, 2, 0, -2, -1, 0]
    assert corner.input_gradient[:2].tolist() == [list(row) for row in example.PRINTED_INPUT_GRADIENT[:2]]
    printed = torch.tensor(example.PRINTED_INPUT_AFTER) - 100 * torch.tensor(example.INPUT)
    differs = printed != -torch.tensor(example.PRINTED_INPUT_GRADIENT)
    assert differs.nonzero().tolist() == [[4, 3]]


@pytest.mark.bad_input
def test_bad_input_is_named():
    x, f = torch.ones(3, 3), torch.ones(2, 2)
    with pytest.raises(ValueError, match="f of shape"):
        ours.layer_output(x, torch.ones(4, 1))
    with pytest.raises(ValueError, match="g of shape"):
        ours.filter_gradient(x, torch.ones(1, 4))
    for call in (lambda bad: ours.layer_output(bad, f), lambda bad: ours.filter_gradient(bad, f)):
        for bad in (torch.full((3, 3), math.nan), torch.ones(3), torch.ones(0, 3)):
            with pytest.raises(ValueError, match="x "):
                call(bad)
    with pytest.raises(TypeError, match="f must be"):
        ours.input_gradient([[1.0]], x)
    with pytest.raises(TypeError, match="f must be"):
        ours.rotate(torch.ones(2, 2, dtype=torch.long))
    with pytest.raises(ValueError, match="g must have shape"):
        ours.pairing(torch.ones(3, 3), x, f)
    with pytest.raises(ValueError, match="is no reading"):
        example.run("minimum")


@pytest.mark.bad_input
def test_bad_layers_are_named():
    x, f, g = torch.ones(1, 2, 4, 4), torch.ones(3, 2, 2, 2), torch.ones(1, 3, 3, 3)
    for geometry, name in (
        (layer.Geometry(0), "stride"),
        (layer.Geometry(1, -1), "padding"),
        (layer.Geometry(1, 0, 0), "dilation"),
    ):
        with pytest.raises(ValueError, match=name):
            layer.forward(x, f, geometry=geometry)
    with pytest.raises(TypeError, match="stride"):
        layer.forward(x, f, geometry=layer.Geometry(1.5))
    with pytest.raises(ValueError, match="does not fit"):
        layer.forward(x, torch.ones(3, 2, 5, 1))
    with pytest.raises(ValueError, match="f must have shape"):
        layer.forward(x, torch.ones(3, 1, 2, 2))
    with pytest.raises(ValueError, match="bias must have shape"):
        layer.forward(x, f, torch.ones(2))
    with pytest.raises(ValueError, match="g must have shape"):
        layer.filter_gradient(x, g, (3, 2, 2, 3))
    with pytest.raises(ValueError, match="input channels"):
        layer.filter_gradient(x, g, (3, 1, 2, 2))
    with pytest.raises(ValueError, match="input channels"):
        layer.input_gradient(f, g, (1, 1, 4, 4))
    with pytest.raises(ValueError, match="four positive entries"):
        layer.multiplications((1, 2, 4), (3, 2, 2, 2))


def test_figures_say_what_they_show():
    for figure, alt, count in (
        (drawings.passes_figure(), drawings.passes_alt(), 8),
        (drawings.readings_figure(), drawings.readings_alt(), 10),
    ):
        figures.check_alt(alt)
        assert len(figure.axes) == count and all(axes.get_title() for axes in figure.axes)
        assert figure.get_supxlabel() == "column" and figure.get_supylabel().startswith("row")
    shown = [text.get_text() for text in drawings.passes_figure().axes[2].texts]
    assert shown[:4] == ["9", "39", "-35", "-44"] and "9 39 -35 -44" in drawings.passes_alt()
