"""Borders, pooling, parameters and gradients of convolutional layers: libraries, laws, bad input, the figure."""

import numpy as np
import pytest
import torch
from hypothesis import given, strategies
from hypothesis import settings as hypothesis_settings

from mgai import figures
from mgai.calculus.discrete_convolution import convolve
from mgai.networks import convolution_layers as layers
from mgai.networks import convolution_layers_figures as drawings
from mgai.networks import convolution_layers_references as references
from mgai.networks.convolution_gradients_references import integers
from mgai.networks.convolution_layer_gradients import Geometry
from mgai.settings import generator

SIZES = strategies.integers(1, 5)


def drawn(label, *shapes):
    rng = generator(f"test/convolution-layers/{label}")
    return [integers(*shape, generator=rng) for shape in shapes]


@pytest.mark.parametrize("shape", [(4,), (2, 3), (1, 1), (2, 1, 3)])
def test_frames_against_numpy(shape):
    (x,) = drawn("pad", shape)
    for before, after, value in ((0, 0, 1.0), (2, 1, 0.0), (1, 3, -2.5)):
        expected = np.pad(x.numpy(), (before, after), constant_values=value)
        np.testing.assert_array_equal(layers.pad(x, before, after, value=value), expected)
    assert torch.equal(layers.pad(x, 2), layers.pad(x, 2, 2))
    assert layers.pad(x.float(), 1).dtype == torch.float32


@pytest.mark.parametrize("kernel", range(1, 7))
@pytest.mark.parametrize("dilation", [1, 2, 3])
def test_same_padding_keeps_the_size_as_torch_does(kernel, dilation):
    before, after = layers.same_padding(kernel, dilation)
    assert 0 <= after - before <= 1
    assert before + after == dilation * (kernel - 1)
    x, w = drawn("same", (20,), (kernel,))
    taps = torch.zeros(before + after + 1, dtype=x.dtype)
    taps[::dilation] = w
    assert torch.equal(
        layers.windows(layers.pad(x, before, after), len(taps)) @ taps, references.same_by_torch(x, w, dilation)
    )


@hypothesis_settings(max_examples=60, deadline=None)
@given(
    strategies.integers(1, 12), SIZES, strategies.integers(1, 4), strategies.integers(0, 3), strategies.integers(1, 3)
)
def test_output_sizes_by_walking(n, k, stride, padding, dilation):
    geometry = Geometry(stride, padding, dilation)
    count = references.positions(n, k, geometry)
    if count:
        assert geometry.extent(n, k) == count
        if padding == 0 and dilation == 1:
            assert len(layers.windows(torch.zeros(n), k, stride)) == count
    else:
        with pytest.raises(ValueError, match="does not fit"):
            geometry.extent(n, k)


@pytest.mark.parametrize("shape", [(7,), (5, 6), (3, 4, 3), (3, 3)])
@pytest.mark.parametrize("stride", [1, 2])
def test_pooling_against_numpy(shape, stride):
    (x,) = drawn("pool", shape)
    steps = (slice(None), *[slice(None, None, stride)] * x.ndim)
    expected = references.pools_by_numpy(x, 3, 0.7)[steps]
    for kind, right in zip(("min", "mean", "softmax", "max"), expected, strict=True):
        torch.testing.assert_close(layers.pool(x, 3, kind, stride, 0.7), right, rtol=1e-13, atol=1e-13)
    assert torch.equal(layers.pool(x.T if x.ndim == 2 else x, 1), x.T if x.ndim == 2 else x)  # a view is no obstacle


def test_softmax_pooling_lies_between_the_other_kinds():
    (x,) = drawn("softmax", (30,))
    values = torch.stack([layers.pool(x, 4, "softmax", sharpness=beta) for beta in (-300.0, -1.0, 0.0, 1.0, 300.0)])
    assert (values.diff(dim=0) >= -1e-13).all()
    for row, kind in ((0, "min"), (2, "mean"), (4, "max")):
        torch.testing.assert_close(values[row], layers.pool(x, 4, kind))


def test_max_pooling_sends_the_gradient_to_the_maximum():
    x = torch.tensor([1.0, 5.0, 2.0, 3.0], requires_grad=True)
    assert torch.autograd.grad(layers.pool(x, 2, stride=2).sum(), x)[0].tolist() == [0.0, 1.0, 0.0, 1.0]


@hypothesis_settings(max_examples=30, deadline=None)
@given(SIZES, SIZES, SIZES, SIZES)
def test_gradients_of_both_factors(h, w, m, n):
    x, kernel, g = drawn(f"factor{h}{w}{m}{n}", (h, w), (m, n), (h + m - 1, w + n - 1))
    in_kernel, in_x = references.gradients_by_autograd(x, kernel, g)
    assert torch.equal(layers.factor_gradient(g, x), in_kernel)
    assert torch.equal(layers.factor_gradient(g, kernel), in_x)
    form = (g * convolve(x, kernel)).sum()  # linear in each factor: each gradient times its factor is the form
    assert (in_kernel * kernel).sum() == (in_x * x).sum() == form


def test_layers_of_the_references_agree():
    x, f = drawn("layers", (2, 5, 6), (3, 2, 2, 3))
    expected = torch.nn.functional.conv2d(x[None], f)[0]
    assert torch.equal(references.layer_by_scipy(x, f), expected)
    assert torch.equal((references.layer_matrix(f, (5, 6)) @ x.flatten()).view_as(expected), expected)
    one = references.layer_by_scipy(x[:1], f[:1, :1])[0]
    assert torch.equal(references.layer_by_loops(x[0], f[0, 0]), one)


@pytest.mark.parametrize(
    ("shape", "kernel", "filters"), [((7, 7, 3), (3, 3), 2), ((4, 6, 1), (4, 2), 5), ((1, 1, 1), (1, 1), 1)]
)
def test_parameters_against_torch(shape, kernel, filters):
    m, n, c = shape
    for bias in (True, False):
        conv = torch.nn.Conv2d(c, filters, kernel, bias=bias)
        outputs = conv(torch.zeros(1, c, m, n)).numel()
        dense = torch.nn.Linear(m * n * c, outputs, bias=bias)
        found = layers.parameter_counts(shape, kernel, filters, bias)
        assert found.convolutional == sum(part.numel() for part in conv.parameters())
        assert found.fully_connected == sum(part.numel() for part in dense.parameters())
        assert found.locally_connected == outputs * found.convolutional // filters


ONES = torch.ones(3)


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: layers.pad(torch.tensor(1.0), 1), ValueError, "x must have at least one axis"),
        (lambda: layers.pad(ONES, -1), ValueError, "before"),
        (lambda: layers.pad(ONES, 1, 0.5), TypeError, "after"),
        (lambda: layers.pad(ONES, 1, value=float("nan")), ValueError, "value"),
        (lambda: layers.pad(ONES.long(), 1), TypeError, "x must"),
        (lambda: layers.same_padding(0), ValueError, "kernel"),
        (lambda: layers.same_padding(3, 0), ValueError, "dilation"),
        (lambda: layers.windows(ONES, 4), ValueError, "r must"),
        (lambda: layers.windows(ONES, 2, 0), ValueError, "stride"),
        (lambda: layers.windows(torch.ones(0), 1), ValueError, "x must"),
        (lambda: layers.pool(ONES, 2, "median"), ValueError, "kind"),
        (lambda: layers.pool(ONES, 2, "softmax", sharpness=float("inf")), ValueError, "sharpness"),
        (lambda: layers.pool(ONES * float("nan"), 2), ValueError, "not finite"),
        (lambda: layers.factor_gradient(ONES, torch.ones(4)), ValueError, "other"),
        (lambda: layers.factor_gradient(ONES, torch.ones(1, 1)), ValueError, "other"),
        (lambda: layers.factor_gradient([1.0], ONES), TypeError, "g must"),
        (lambda: layers.parameter_counts((7, 7), (3, 3), 2), ValueError, "shape"),
        (lambda: layers.parameter_counts((7, 7, 0), (3, 3), 2), ValueError, "shape"),
        (lambda: layers.parameter_counts((7, 7, 3), (8, 3), 2), ValueError, "does not fit"),
        (lambda: layers.parameter_counts((7, 7, 3), (3, 3), 0), ValueError, "filters"),
    ],
)
def test_bad_input_is_named(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_the_figure_and_its_words():
    drawn_figure = drawings.counts_figure()
    left, right = drawn_figure.axes
    assert all(axes.get_xlabel() and axes.get_ylabel() for axes in (left, right))
    assert len(left.texts) == (drawings.INPUTS - drawings.TAPS + 1) * drawings.TAPS
    alt = drawings.counts_alt()
    figures.check_alt(alt)
    for line in right.lines:
        assert ", ".join(str(int(value)) for value in line.get_ydata()) in alt
