"""Clipping: laws of length and direction for all inputs, torch's own clipping, descent with it."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st

from mgai.calculus import gradient_clipping as gc

vectors = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=12).map(lambda v: torch.tensor(v, dtype=torch.float64))
thresholds = st.floats(1e-3, 1e3)


def not_tiny(g):
    return float(g.abs().max()) > 1e-6


@given(vectors, thresholds)
def test_by_norm_keeps_the_direction_and_bounds_the_length(g, c):
    clipped = gc.clip_by_norm(g, c)
    assert float(clipped.norm()) == pytest.approx(min(c, float(g.norm())), rel=1e-12, abs=1e-300)
    assume(not_tiny(g))
    assert float(gc.cosine(g, clipped)) == pytest.approx(1, abs=1e-12)


@given(vectors, thresholds)
def test_by_value_stays_within_the_bound_of_the_theorem(g, c):
    assume(not_tiny(g))
    clipped = gc.clip_by_value(g, c)
    assert float(clipped.abs().max()) <= c
    cosine = float(gc.cosine(g, clipped))
    assert cosine >= 1 / math.sqrt(len(g)) - 1e-12
    if not torch.equal(clipped, g):
        assert cosine >= c / float(clipped.norm()) - 1e-12


@given(vectors, thresholds)
def test_both_leave_short_gradients_alone_and_are_idempotent(g, c):
    for clip in (gc.clip_by_norm, gc.clip_by_value):
        once = clip(g, c)
        torch.testing.assert_close(clip(once, c), once, rtol=1e-14, atol=0)
        small = g * (c / (1 + 2 * float(g.norm())))
        assert torch.equal(clip(small, c), small)


@given(vectors, thresholds)
def test_by_norm_agrees_with_torch(g, c):
    assume(float(g.norm()) > 10)
    parameter = torch.nn.Parameter(torch.zeros_like(g))
    parameter.grad = g.clone()
    torch.nn.utils.clip_grad_norm_([parameter], c)
    torch.testing.assert_close(parameter.grad, gc.clip_by_norm(g, c), rtol=2e-7, atol=0)


@given(vectors, thresholds)
def test_by_value_agrees_with_numpy(g, c):
    np.testing.assert_array_equal(gc.clip_by_value(g, c), np.clip(g.numpy(), -c, c))


def test_batches_are_clipped_row_by_row():
    g = torch.tensor([[3.0, 4.0], [0.3, 0.4]], dtype=torch.float32)
    torch.testing.assert_close(gc.clip_by_norm(g, 1.0), torch.tensor([[0.6, 0.8], [0.3, 0.4]]))
    assert gc.cosine(g, gc.clip_by_value(g, 1.0)).shape == (2,)


def test_extremes():
    huge = torch.tensor([1e200, 1e200], dtype=torch.float64)
    torch.testing.assert_close(gc.clip_by_norm(huge, 1.0), torch.full((2,), 0.5**0.5, dtype=torch.float64))
    assert float(gc.cosine(huge, huge)) == pytest.approx(1)
    assert gc.clip_by_norm(torch.zeros(3), 1.0).tolist() == [0, 0, 0]


def test_descent_converges_for_small_steps_and_oscillates_for_large_ones():
    start = torch.tensor([2.0], dtype=torch.float64)
    small = gc.clipped_descent(lambda x: 10 * x, start, 0.05, 1.0, 500)
    assert abs(float(small[-1])) < 1e-12
    large = gc.clipped_descent(lambda x: 10 * x, start + 0.07, 0.3, 1.0, 500)[:, 0]
    assert float((large[-1] - large[-2]).abs()) == pytest.approx(0.3) and float(large[-1]) == pytest.approx(
        float(large[-3])
    )


@pytest.mark.bad_input
@pytest.mark.parametrize("clip", [gc.clip_by_norm, gc.clip_by_value])
def test_bad_input(clip):
    g = torch.ones(2)
    for c in (0.0, -1.0, float("nan"), float("inf")):
        with pytest.raises(ValueError, match="c must"):
            clip(g, c)
    for bad in (torch.zeros(0), torch.tensor(1.0), torch.tensor([float("nan")])):
        with pytest.raises(ValueError, match="g "):
            clip(bad, 1.0)
    with pytest.raises(TypeError, match="g "):
        clip(torch.tensor([1, 2]), 1.0)


@pytest.mark.bad_input
def test_bad_descent_and_cosines():
    with pytest.raises(ValueError, match="zero"):
        gc.cosine(torch.zeros(2), torch.ones(2))
    with pytest.raises(ValueError, match="shape"):
        gc.cosine(torch.ones(2), torch.ones(3))
    with pytest.raises(ValueError, match="lr"):
        gc.clipped_descent(lambda x: x, torch.ones(1), 0.0, 1.0, 1)
    with pytest.raises(ValueError, match="n_steps"):
        gc.clipped_descent(lambda x: x, torch.ones(1), 0.1, 1.0, -1)
    with pytest.raises(ValueError, match="finite"):
        gc.clipped_descent(lambda x: x / 0, torch.ones(1), 0.1, 1.0, 1)
