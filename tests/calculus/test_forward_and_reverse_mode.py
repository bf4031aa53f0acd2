"""Forward, reverse and checkpointed sweeps: one Jacobian, costs as counted, memory as stated."""

from __future__ import annotations

from itertools import pairwise

import pytest
import torch
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from mgai import settings
from mgai.calculus import forward_and_reverse_mode as modes
from mgai.calculus.cost_measurement import counted_operations, peak_numbers, seconds
from mgai.calculus.differentiation import reverse_jacobian
from mgai.calculus.forward_and_reverse_mode_figures import cost_figure, memory_figure

widths_of_a_chain = st.lists(st.integers(1, 6), min_size=2, max_size=7)


def chain(widths):
    rng = settings.generator(f"tests/modes/{widths}")
    return modes.random_layers(widths, rng), torch.randn(widths[0], dtype=torch.float64, generator=rng)


@hypothesis_settings(max_examples=40, deadline=None)
@given(widths_of_a_chain, st.integers(1, 8))
def test_all_sweeps_give_value_and_jacobian(widths, every):
    weights, x = chain(widths)

    def network(x):
        for w in weights[:-1]:
            x = torch.tanh(w @ x)
        return weights[-1] @ x

    expected = network(x), reverse_jacobian(network, x)
    sweeps = (
        modes.forward_mode(weights, x),
        modes.reverse_mode(weights, x),
        modes.checkpointed_reverse_mode(weights, x, every),
    )
    for sweep in sweeps:
        for found, reference in zip(sweep, expected, strict=True):
            torch.testing.assert_close(found, reference, rtol=0, atol=1e-12)


@pytest.mark.parametrize("widths", [[3, 7, 2], [1, 4, 4, 5], [6, 2], [5, 3, 4, 1]])
def test_operations_are_those_counted_by_torch(widths):
    weights, x = chain(widths)
    assert counted_operations(lambda: modes.forward_mode(weights, x)) == modes.forward_operations(widths)
    assert counted_operations(lambda: modes.reverse_mode(weights, x)) == modes.reverse_operations(widths)
    more = counted_operations(lambda: modes.checkpointed_reverse_mode(weights, x, 2))
    products = sum(m * n for m, n in pairwise(widths))
    assert modes.reverse_operations(widths) <= more <= modes.reverse_operations(widths) + 2 * products


@pytest.mark.parametrize("sizes", [(1, 1, 1, 1), (4, 3, 5, 2)])
def test_weight_gradients_are_counted(sizes):
    n, d, h, m = sizes
    w1, w2 = (w.requires_grad_() for w in chain([d, h, m])[0])
    x = torch.ones(n, d, dtype=torch.float64)
    found = counted_operations(lambda: (torch.tanh(x @ w1.mT) @ w2.mT).square().sum().backward())
    assert found == modes.weight_gradient_operations(*sizes)


def test_memory_grows_with_depth_in_reverse_mode_only():
    def peak(mode, depth):
        weights, x = chain([1, *[9] * depth, 1])
        return peak_numbers(lambda: mode(weights, x))

    assert peak(modes.forward_mode, 30) == peak(modes.forward_mode, 10)
    assert peak(modes.reverse_mode, 30) - peak(modes.reverse_mode, 10) == 20 * 9
    weights, x = chain([1, *[9] * 36, 1])
    assert peak_numbers(lambda: modes.checkpointed_reverse_mode(weights, x, 6)) < peak(modes.reverse_mode, 36) / 2


def test_the_counter_of_memory():
    old = torch.zeros(100)
    assert peak_numbers(lambda: old + 1) == 100
    assert peak_numbers(lambda: [torch.zeros(10) for _ in range(4)]) == 40
    assert peak_numbers(lambda: [torch.zeros(10).sum() for _ in range(4)]) == 14  # three sums wait, then 10 + 1
    assert peak_numbers(lambda: old.view(10, 10).T) == 0
    assert peak_numbers(lambda: old.add_(1)) == 0


def test_seconds_are_positive():
    times = seconds([lambda: sum(range(1000)), lambda: None], 3)
    assert times.shape == (2, 3) and bool((times[0] > 0).all())


def test_figures():
    drawn = cost_figure([(1, 4), (2, 2)], [0.4, 1.0], torch.ones(2, 3))
    assert drawn.axes[0].get_xlabel() and drawn.axes[0].get_ylabel()
    drawn = memory_figure([1, 2], {"forward": [4, 4], "reverse": [6, 8]}, 2)
    assert drawn.axes[0].lines[1].get_ydata().tolist() == [3, 4]
    with pytest.raises(ValueError, match="counted"):
        cost_figure([(1, 4)], [0.4, 1.0], torch.ones(1, 3))


@pytest.mark.bad_input
def test_bad_input():
    weights, x = chain([2, 3, 1])
    for mode in (modes.forward_mode, modes.reverse_mode, lambda w, x: modes.checkpointed_reverse_mode(w, x, 1)):
        with pytest.raises(ValueError, match="weights is empty"):
            mode([], x)
        with pytest.raises(ValueError, match="weights"):
            mode(weights[::-1], x)
        with pytest.raises(ValueError, match="weights"):
            mode([weights[0] * float("nan"), weights[1]], x)
        with pytest.raises(ValueError, match="x"):
            mode(weights, x[None])
        with pytest.raises(TypeError, match="x"):
            mode(weights, [1.0, 2.0])
    with pytest.raises(ValueError, match="every"):
        modes.checkpointed_reverse_mode(weights, x, 0)
    for function in (modes.forward_operations, modes.reverse_operations):
        with pytest.raises(ValueError, match="widths"):
            function([3])
        with pytest.raises(ValueError, match="widths"):
            function([3, 0])
    with pytest.raises(TypeError, match="h must be"):
        modes.weight_gradient_operations(1, 1, 1.5, 1)
    with pytest.raises(ValueError, match="repeats"):
        seconds([], 0)
