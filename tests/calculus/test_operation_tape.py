"""Programs on a tape: gradients against PyTorch, counts against the closed forms, the factor of five."""

from __future__ import annotations

import functools
import operator

import pytest
import torch
from hypothesis import given, strategies

from mgai.calculus.operation_tape import (
    Counted,
    difference_gradient,
    random_program,
    reverse_gradient,
    value_operations,
)
from mgai.settings import generator

seeds = strategies.integers(0, 10**6)


@given(seeds, strategies.integers(1, 5), strategies.integers(1, 25))
def test_gradients_of_random_programs(seed, n, length):
    rng = generator(f"test/tape/{seed}")
    program, x = random_program(n, length, rng), 2 * torch.rand(n, dtype=torch.float64, generator=rng) - 1
    lines = value_operations(program, x)
    gradient, total = reverse_gradient(program, x)
    assert length <= lines <= 3 * length and 3 * lines <= total <= 5 * lines
    torch.testing.assert_close(gradient, torch.func.grad(lambda x: program(list(x)))(x), rtol=0, atol=1e-13)
    slopes, moved = difference_gradient(program, x, 1e-7)
    assert moved == (n + 1) * lines + 3 * n
    torch.testing.assert_close(slopes, gradient, rtol=0, atol=1e-4)


@pytest.mark.parametrize(
    ("program", "total"),
    [
        (lambda x: x[0] + x[1], 3),
        (lambda x: x[0] - x[1], 3),
        (lambda x: x[0] * x[1], 5),
        (lambda x: x[0] / x[1], 5),
        (lambda x: x[0].sin(), 4),
        (lambda x: 2.0 * x[0], 3),
        (lambda x: 2.0 + x[0], 2),
        (lambda x: x[0] - 2.0, 2),
        (lambda x: x[0] / 2.0, 3),
        (lambda x: x[0] * x[0], 5),
    ],
)
def test_the_cost_of_each_operation(program, total):
    x = torch.tensor([0.5, 2.0], dtype=torch.float64)
    gradient, found = reverse_gradient(program, x)
    assert value_operations(program, x) == 1 and found == total
    torch.testing.assert_close(gradient, torch.func.grad(lambda x: program(list(x)))(x))


def test_a_product_attains_the_bound():
    product = functools.partial(functools.reduce, operator.mul)
    x = torch.arange(1.0, 8.0)
    gradient, total = reverse_gradient(product, x)
    assert total == 5 * value_operations(product, x) == 30
    assert gradient.tolist() == [5040 / k for k in range(1, 8)]


def test_counted_numbers_compute():
    tally = [0]
    a = Counted(0.5, tally)
    assert (1 + a * 2 - a / 4).value == 1.875 and tally == [4]
    assert a.sin().value ** 2 + a.cos().value ** 2 == pytest.approx(1)


@pytest.mark.bad_input
def test_bad_input():
    x = torch.ones(2)
    with pytest.raises(TypeError, match="program"):
        reverse_gradient(lambda x: 1.0, x)
    with pytest.raises(ValueError, match="step"):
        difference_gradient(lambda x: x[0], x, 0.0)
    for route in (value_operations, reverse_gradient):
        with pytest.raises(ValueError, match="x"):
            route(lambda x: x[0], torch.tensor([float("nan")]))
        with pytest.raises(TypeError, match="x"):
            route(lambda x: x[0], [1.0])
    with pytest.raises(ValueError, match="length"):
        random_program(1, 0, torch.Generator())
