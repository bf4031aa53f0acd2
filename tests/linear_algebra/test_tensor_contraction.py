"""Contractions against loops, NumPy and brute force."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mgai import settings
from mgai.linear_algebra import tensor_contraction as tc

PATTERNS = ("ij,j", "ij,ij", "ij,ji", "ij,jkl", "ii", "ij,jk,kl", "i,j", "kb,ba", "ij,ij->i", "ii->i", "->", "ij->ji")


def operands(subscripts: str, extents: dict[str, int], dtype: torch.dtype = torch.float64) -> list[torch.Tensor]:
    rng = settings.generator(f"test/contraction/{subscripts}")
    shapes = [[extents[k] for k in letters] for letters in subscripts.split("->")[0].split(",")]
    return [torch.randint(-9, 10, shape, generator=rng).to(dtype) for shape in shapes]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.int64])
@pytest.mark.parametrize("subscripts", PATTERNS)
def test_einsum_loops_and_numpy_agree(subscripts: str, dtype: torch.dtype) -> None:
    arrays = operands(subscripts, {"i": 2, "j": 2, "k": 3, "l": 4, "a": 2, "b": 5}, dtype)
    found, (by_loops, count) = tc.contract(subscripts, *arrays), tc.contract_by_loops(subscripts, *arrays)
    inputs, output = tc.split_subscripts(subscripts)
    by_numpy = np.einsum(f"{','.join(inputs)}->{output}", *(array.numpy() for array in arrays))
    shapes = [tuple(array.shape) for array in arrays]
    assert found.dtype == by_loops.dtype == dtype
    assert torch.equal(found, by_loops) and np.array_equal(found.numpy(), by_numpy)
    assert tuple(found.shape) == tc.result_shape(subscripts, shapes)
    assert count == tc.multiply_adds(subscripts, shapes)


def test_result_keeps_the_order_of_the_operands_where_einsum_sorts() -> None:
    a, b = operands("kb,ba", {"k": 2, "b": 3, "a": 4})
    assert tc.contract("kb,ba", a, b).shape == (2, 4)
    assert torch.einsum("kb,ba", a, b).shape == (4, 2)


@given(st.lists(st.integers(0, 4), min_size=4, max_size=4))
def test_question_one_for_all_extents(sizes: list[int]) -> None:
    i, j, k, el = sizes
    result, count = tc.contract_by_loops("ij,jkl", torch.ones(i, j), torch.ones(j, k, el))
    assert tuple(result.shape) == (i, k, el) and count == math.prod(sizes)
    assert bool((result == j).all())


def test_non_contiguous_operands_and_empty_sum() -> None:
    a, b = torch.arange(12.0).view(4, 3).T, torch.arange(24.0).view(4, 3, 2)[:, ::2]
    assert torch.equal(tc.contract("ij,jkl", a, b), torch.tensordot(a, b, dims=1))
    assert torch.equal(tc.contract("ij,j", torch.ones(2, 0), torch.ones(0)), torch.zeros(2))


def test_nan_is_not_hidden() -> None:
    assert bool(tc.contract("ij,ij", *[torch.tensor([[1.0, math.nan]])] * 2).isnan())


@given(st.lists(st.integers(0, 20), min_size=2, max_size=7))
def test_best_order_is_the_cheapest_of_all(sizes: list[int]) -> None:
    costs = [tc.chain_multiply_adds(tree, sizes) for tree in tc.all_orders(0, len(sizes) - 1)]
    assert tc.chain_multiply_adds(tc.best_order(sizes), sizes) == min(costs)


@pytest.mark.parametrize("m", range(1, 8))
def test_number_of_orders_is_catalan(m: int) -> None:
    assert len(tc.all_orders(0, m)) == math.comb(2 * m - 2, m - 1) // m


def test_chain_cost_is_the_sum_of_counted_products() -> None:
    for n, k, m, p in product((1, 2, 3), repeat=4):
        a, b, c = torch.ones(n, k), torch.ones(k, m), torch.ones(m, p)
        ab, first = tc.contract_by_loops("ij,jk", a, b)
        _, second = tc.contract_by_loops("ij,jk", ab, c)
        assert tc.chain_multiply_adds(((0, 1), 2), (n, k, m, p)) == first + second


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: tc.contract("ij,jk", torch.ones(2, 3), torch.ones(1, 4)), "'j' has extents 3 and 1"),
        (lambda: tc.contract("ij,jk", torch.ones(2, 3), torch.ones(4, 4)), "'j' has extents 3 and 4"),
        (lambda: tc.contract("ii", torch.ones(2, 3)), "'i' has extents 2 and 3"),
        (lambda: tc.contract("ij", torch.ones(2)), "does not fit an array of shape"),
        (lambda: tc.contract("ij,j", torch.ones(2, 2)), "name 2 operands"),
        (lambda: tc.contract("ij,j->i"), "name 2 operands, but there are 0"),
        (lambda: tc.free_indices("ij,ij,j"), "'j' appears 3 times"),
        (lambda: tc.split_subscripts("i1,j"), "an index is a letter"),
        (lambda: tc.split_subscripts("...i"), "an index is a letter"),
        (lambda: tc.split_subscripts("αj,j"), "an index is a letter"),
        (lambda: tc.contract("ij,j", torch.ones(2, 2), torch.ones(2).double()), "must have one dtype"),
        (lambda: tc.contract_by_loops("ij,j", torch.ones(2, 2), torch.ones(2).double()), "must have one dtype"),
        (lambda: tc.split_subscripts("ij->k"), "from an operand"),
        (lambda: tc.split_subscripts("ij->ii"), "each of its indices once"),
        (lambda: tc.best_order((3,)), "at least two sizes"),
        (lambda: tc.best_order((3, -1)), "none negative"),
        (lambda: tc.chain_multiply_adds((1, 0), (1, 2, 3)), "must come after"),
        (lambda: tc.chain_multiply_adds((0, 2), (1, 2, 3)), "sizes describe 2 matrices"),
        (lambda: tc.all_orders(2, 2), "last must be"),
    ],
)
def test_bad_input_is_named(call, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        call()


@pytest.mark.bad_input
@pytest.mark.parametrize("function", [tc.contract, tc.contract_by_loops])
def test_operands_must_be_tensors(function) -> None:
    with pytest.raises(TypeError, match="operands must be tensors, not list"):
        function("i,i", [1.0, 2.0], torch.ones(2))
