"""Convolution of arrays against NumPy, SciPy, PyTorch and matrices; its laws on integers, exactly."""

import math

import numpy as np
import pytest
import scipy.signal
import torch
from hypothesis import given, strategies

from mgai.calculus.discrete_convolution import (
    circular_convolve,
    convolve,
    cross_correlate,
    fourier_convolve,
    impulse_response,
)
from mgai.linear_algebra.structured_matrices import circulant_matrix, convolution_matrix
from mgai.settings import generator

DOUBLE = torch.float64
seeds, sizes = strategies.integers(0, 10**6), strategies.integers(1, 7)


def integers(seed, *shapes):
    rng = generator(f"test/discrete-convolution/{seed}")
    return [torch.randint(-9, 10, shape, generator=rng).double() for shape in shapes]


@given(seeds, sizes, sizes)
def test_sequences_agree_with_numpy_and_with_the_matrix(seed, n, k):
    f, h = integers(seed, (n,), (k,))
    assert np.array_equal(convolve(f, h), np.convolve(f.numpy(), h.numpy()))
    assert torch.equal(convolve(f, h), convolution_matrix(h, n) @ f)
    assert np.array_equal(cross_correlate(h, f), np.correlate(f.numpy(), h.numpy(), "full"))


@given(seeds, sizes, sizes, sizes)
def test_convolution_commutes_and_associates(seed, n, k, m):
    f, g, h = integers(seed, (n,), (k,), (m,))
    assert torch.equal(convolve(f, g), convolve(g, f))
    assert torch.equal(convolve(convolve(f, g), h), convolve(f, convolve(g, h)))


@given(seeds, sizes, sizes)
def test_cross_correlation_is_convolution_with_the_flipped_kernel(seed, n, k):
    f, h = integers(seed, (n,), (k,))
    assert torch.equal(cross_correlate(h, f), convolve(f, h.flip(0)))
    assert torch.equal(cross_correlate(f, h), cross_correlate(h, f).flip(0))


@given(seeds, sizes, sizes, sizes)
def test_zeros_before_the_signal_shift_the_result(seed, n, k, shift):
    f, h = integers(seed, (n,), (k,))
    zeros = torch.zeros(shift, dtype=DOUBLE)
    assert torch.equal(convolve(torch.cat([zeros, f]), h), torch.cat([zeros, convolve(f, h)]))


@given(seeds, strategies.lists(strategies.tuples(sizes, sizes), min_size=1, max_size=3))
def test_arrays_agree_with_scipy(seed, pairs):
    f, h = integers(seed, *zip(*pairs, strict=True))
    assert np.array_equal(convolve(f, h), scipy.signal.convolve(f.numpy(), h.numpy(), method="direct"))
    assert np.array_equal(cross_correlate(h, f), scipy.signal.correlate(f.numpy(), h.numpy(), method="direct"))
    torch.testing.assert_close(fourier_convolve(f, h), convolve(f, h), rtol=1e-12, atol=1e-9)


def test_a_layer_of_a_network_is_the_valid_part_of_the_cross_correlation():
    f, h = integers("layer", (6, 5), (2, 3))
    layer = torch.nn.functional.conv2d(f[None, None], h[None, None])[0, 0]
    assert torch.equal(cross_correlate(h, f)[1:6, 2:5], layer)


@given(seeds, sizes, sizes, strategies.integers(0, 3))
def test_circular_convolution_is_the_circulant_matrix(seed, n, k, more):
    points = max(n, k) + more
    f, h = integers(seed, (n,), (k,))
    padded = torch.cat([f, torch.zeros(points - n, dtype=DOUBLE)])
    found = circular_convolve(f, h, [points])
    torch.testing.assert_close(found, circulant_matrix(h, points) @ padded, rtol=1e-12, atol=1e-10)


def test_one_by_one_float32_views_and_gradients():
    assert convolve(torch.tensor([2.0]), torch.tensor([3.0])).tolist() == [6.0]
    f, h = (each.float() for each in integers("views", (4, 6), (2, 2)))
    view = f.T[1:5:2]
    assert convolve(view, h).dtype == torch.float32
    assert torch.equal(convolve(view, h), convolve(view.contiguous(), h))
    kernel = h.clone().requires_grad_()
    convolve(f, kernel).sum().backward()  # each weight meets every entry once
    assert torch.equal(kernel.grad, f.sum().expand(2, 2))


@given(seeds, sizes)
def test_impulse_response_recovers_the_kernel(seed, k):
    (h,) = integers(seed, (k,))
    assert torch.equal(impulse_response(lambda f: convolve(f, h)[: len(f)], k), h)


def test_a_filter_that_changes_in_time_is_no_convolution():
    ramp = torch.arange(4, dtype=DOUBLE)
    h = impulse_response(lambda f: ramp * f, 4)
    assert not torch.equal(convolve(torch.ones(4, dtype=DOUBLE), h)[:4], ramp)


ONE, EMPTY = torch.ones(3), torch.zeros(0)


@pytest.mark.bad_input
@pytest.mark.parametrize("operation", [convolve, cross_correlate, fourier_convolve])
@pytest.mark.parametrize(
    ("first", "second", "error"),
    [
        (EMPTY, ONE, ValueError),
        (ONE, EMPTY, ValueError),
        (ONE, torch.ones(2, 2), ValueError),
        (ONE, torch.tensor(1.0), ValueError),
        (ONE, torch.tensor([math.nan]), ValueError),
        (torch.tensor([math.inf]), ONE, ValueError),
        (torch.arange(3), ONE, TypeError),
        (ONE, [1.0, 2.0], TypeError),
    ],
)
def test_bad_arrays_are_named(operation, first, second, error):
    with pytest.raises(error, match=r"^[fh] "):
        operation(first, second)


@pytest.mark.bad_input
@pytest.mark.parametrize("shape", [[2], [3, 3], [], [-1]])
def test_the_torus_must_hold_both_arrays(shape):
    with pytest.raises(ValueError, match="shape"):
        circular_convolve(ONE, ONE, shape)


@pytest.mark.bad_input
def test_an_impulse_has_a_length():
    with pytest.raises(ValueError, match="n must"):
        impulse_response(torch.sin, 0)
