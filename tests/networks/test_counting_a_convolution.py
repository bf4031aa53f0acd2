"""Counting a convolution: formulas against torch's layers and enumeration; bad input; the figure."""

import math

import pytest
import torch
from hypothesis import given, strategies
from hypothesis import settings as hypothesis_settings

from mgai import figures
from mgai.networks import counting_a_convolution as ours
from mgai.networks import counting_a_convolution_figures as drawings
from mgai.networks import counting_a_convolution_references as references
from mgai.settings import generator

SMALL = strategies.integers(1, 12)


@hypothesis_settings(max_examples=40, deadline=None)
@given(SMALL, SMALL, strategies.integers(1, 5), strategies.integers(0, 4))
def test_all_kernels_and_no_other(n_in, n_out, stride, added):
    wanted = [k for k in range(1, n_in + added + 1) if references.fits(n_in, n_out, stride, k, added)]
    assert ours.kernel_sizes(n_in, n_out, stride, added) == wanted
    for kernel in wanted:
        read = stride * (n_out - 1) + kernel
        assert ours.unread(n_in, kernel, stride, added) == n_in + added - read


@hypothesis_settings(max_examples=40, deadline=None)
@given(strategies.integers(1, 15), strategies.integers(1, 8), strategies.integers(1, 9), strategies.integers(0, 6))
def test_taps_on_the_image_against_enumeration(n_in, kernel, stride, padding):
    if kernel > n_in + 2 * padding:
        return
    outputs = (n_in + 2 * padding - kernel) // stride + 1
    pairs = [stride * i - padding + m for i in range(outputs) for m in range(kernel)]
    found = ours.taps_on_image(n_in, kernel, stride, padding)
    assert found == sum(0 <= place < n_in for place in pairs)
    assert found == references.taps_by_ones(n_in, kernel, stride, padding)


@pytest.mark.parametrize(("kernel", "padding"), [(8, 0), (9, 0), (10, 0), (11, 1), (18, 4)])
def test_counts_are_those_of_layers(kernel, padding):
    shape, weights, products = references.layer_of(kernel, padding)
    assert shape == (1, ours.C_OUT, ours.N_OUT, ours.N_OUT)
    assert weights == ours.parameters(kernel, ours.C_IN, ours.C_OUT)
    assert products == ours.multiplications(ours.N_OUT, kernel, ours.C_IN, ours.C_OUT)
    bare = torch.nn.Conv2d(ours.C_IN, ours.C_OUT, kernel, bias=False, device="meta")
    assert bare.weight.numel() == ours.parameters(kernel, ours.C_IN, ours.C_OUT, bias=False)


def test_neighbouring_kernels_lead_elsewhere():
    for kernel, padding in ((7, 0), (11, 0), (9, 1), (13, 1)):
        assert references.layer_of(kernel, padding)[0][-1] != ours.N_OUT


def test_four_products_in_both_precisions():
    rng = generator("test/counting-a-convolution")
    x, f = torch.randn(4, generator=rng), torch.randn(3, generator=rng)
    for dtype, tolerance in ((torch.float32, 1e-5), (torch.float64, 1e-13)):
        found, products = ours.two_outputs(x.to(dtype), f.to(dtype))
        assert products == 4 and found.dtype == dtype
        torch.testing.assert_close(found, x.to(dtype).unfold(0, 3, 1) @ f.to(dtype), atol=tolerance, rtol=0)


@pytest.mark.bad_input
def test_bad_input_is_named():
    for call, name in (
        (lambda bad: ours.kernel_sizes(bad, 1, 1), "n_in"),
        (lambda bad: ours.kernel_sizes(1, 1, bad), "stride"),
        (lambda bad: ours.unread(4, bad, 1), "kernel"),
        (lambda bad: ours.parameters(1, bad, 1), "c_in"),
        (lambda bad: ours.multiplications(bad, 1, 1, 1), "n_out"),
        (lambda bad: ours.taps_on_image(4, 1, bad, 0), "stride"),
    ):
        with pytest.raises(ValueError, match=name):
            call(0)
        with pytest.raises(TypeError, match=name):
            call(1.5)
    with pytest.raises(ValueError, match="added"):
        ours.kernel_sizes(4, 2, 1, -1)
    with pytest.raises(ValueError, match="padding"):
        ours.taps_on_image(4, 2, 1, -1)
    for call in (lambda: ours.unread(4, 5, 1), lambda: ours.taps_on_image(2, 5, 1, 1)):
        with pytest.raises(ValueError, match="does not fit"):
            call()
    with pytest.raises(ValueError, match="x must have shape"):
        ours.two_outputs(torch.ones(5), torch.ones(3))
    with pytest.raises(ValueError, match="f has entries"):
        ours.two_outputs(torch.ones(4), torch.tensor([1.0, math.nan, 1.0]))


def test_figure_shows_what_it_names():
    left, right = drawings.solutions_figure().axes
    assert left.get_xlabel() and left.get_ylabel() == right.get_xlabel() == "kernel (pixels)"
    shown = sorted(point for line in left.lines for point in zip(*line.get_data(), strict=True))
    assert shown == [(p, k) for p in range(5) for k in (2 * p + 8, 2 * p + 9, 2 * p + 10)]
    alt = drawings.solutions_alt()
    figures.check_alt(alt)
    assert "0: 8, 9, 10" in alt and "61,536" in alt
