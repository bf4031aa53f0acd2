"""Products of tensors against loops and tensordot, Jacobian tensors against differences, places against NumPy."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mgai import figures, settings
from mgai.calculus import tensor_chain_rule as tensors
from mgai.calculus.differentiation import forward_jacobian
from mgai.calculus.tensor_chain_rule_figures import jacobian_alt, jacobian_figure
from mgai.calculus.tensor_chain_rule_references import (
    central_jacobian_tensor,
    contracted_entry_by_entry,
    product_by_loops,
)

shapes = st.lists(st.integers(1, 4), min_size=0, max_size=3).map(tuple)


def draw(label: str, *shape: int, dtype: torch.dtype = torch.float64) -> torch.Tensor:
    return torch.randn(shape, dtype=torch.float64, generator=settings.generator(f"test/tensors/{label}")).to(dtype)


@given(shapes, shapes, shapes)
def test_products_agree_with_tensordot_for_all_numbers_of_axes(rows, shared, columns):
    p, q = draw("p", *rows, *shared), draw("q", *shared, *columns)
    found = tensors.tensor_product(p, q, len(shared))
    assert found.shape == torch.Size(rows + columns)
    torch.testing.assert_close(found, torch.tensordot(p, q, dims=len(shared)), rtol=1e-12, atol=1e-12)


def test_products_agree_with_loops_for_views():
    p, q = draw("p", 3, 4, 2).permute(2, 0, 1), draw("q", 5, 3, 4).permute(1, 2, 0)
    torch.testing.assert_close(tensors.tensor_product(p, q, 2), product_by_loops(p, q, 2))


@given(shapes.filter(bool), st.data())
def test_places_are_those_of_numpy(shape, data):
    index = tuple(data.draw(st.integers(0, extent - 1)) for extent in shape)
    assert tensors.position(index, shape) == np.ravel_multi_index(index, shape)


@given(shapes, st.data())
def test_matricised_keeps_the_order_of_the_entries(shape, data):
    t, cut = draw("t", *shape), data.draw(st.integers(0, len(shape)))
    matrix = tensors.matricised(t, cut)
    assert matrix.shape == (int(np.prod(shape[:cut])), int(np.prod(shape[cut:])))
    assert torch.equal(matrix.flatten(), t.flatten())


LEFT, RIGHT = draw("left", 3, 2), draw("right", 4, 5)


def curved(w: torch.Tensor) -> torch.Tensor:
    return (LEFT @ w @ RIGHT).sin()


def test_jacobian_tensor_agrees_with_differences_and_forward_mode():
    w = draw("w", 4, 2).mT
    found = tensors.jacobian_tensor(curved, w)
    assert found.shape == (3, 5, 2, 4)
    torch.testing.assert_close(found, central_jacobian_tensor(curved, w), rtol=0, atol=1e-6)
    flat = forward_jacobian(lambda v: curved(v.reshape(2, 4)), w.flatten())
    torch.testing.assert_close(found, flat.reshape(3, 5, 2, 4), rtol=1e-12, atol=1e-12)


def test_jacobian_tensor_of_numbers_and_vectors():
    w = draw("w", 2, 3)
    assert torch.equal(tensors.jacobian_tensor(lambda w: w.sum(), w), torch.ones(2, 3).double())
    assert tensors.jacobian_tensor(torch.square, torch.tensor(3.0)).tolist() == 6
    assert tensors.jacobian_tensor(lambda x: x[:2], w[0]).tolist() == [[1, 0, 0], [0, 1, 0]]


def test_chain_rule_by_four_routes():
    w, g = draw("w", 2, 4), draw("g", 3, 5)
    jacobian = tensors.jacobian_tensor(curved, w)
    contracted = tensors.tensor_product(g, jacobian, 2)
    for other in (
        tensors.pulled_back(curved, w, g),
        tensors.jacobian_tensor(lambda w: (g * curved(w)).sum(), w),
        torch.tensor(contracted_entry_by_entry(g, jacobian), dtype=torch.float64),
    ):
        torch.testing.assert_close(contracted, other, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_linear_layer(dtype):
    x, w, g = (draw(k, *s, dtype=dtype) for k, s in (("x", (3, 2)), ("w", (4, 3)), ("g", (4, 2))))
    found = tensors.matrix_product_jacobian(x, 4)
    assert found.dtype == dtype
    torch.testing.assert_close(found, tensors.jacobian_tensor(lambda w: w @ x, w))
    torch.testing.assert_close(tensors.tensor_product(g, found, 2), g @ x.mT)
    assert torch.equal(tensors.matrix_product_jacobian(x[:1, :1], 1).flatten(), x[0, :1])


def test_the_point_is_left_as_it_was():
    w = draw("w", 2, 4)
    tensors.pulled_back(curved, w, torch.ones(3, 5).double())
    assert not w.requires_grad and w.grad is None


def test_figure_shows_the_matrix_and_the_alt_its_numbers():
    axes = jacobian_figure().axes[0]
    assert axes.get_xlabel() and axes.get_ylabel()
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], dtype=torch.float64)
    shown = torch.kron(torch.eye(4).double(), x.mT.contiguous())
    np.testing.assert_array_equal(axes.images[0].get_array(), shown.numpy())
    alt = jacobian_alt()
    figures.check_alt(alt)
    assert f"{int((shown == 0).sum())} of {shown.numel()}" in alt


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: tensors.tensor_product(torch.ones(2, 3), torch.ones(2, 3), 1), ValueError, "last extents of p"),
        (lambda: tensors.tensor_product(torch.ones(2), torch.ones(2), 2), ValueError, "n_shared"),
        (lambda: tensors.tensor_product(torch.ones(2), torch.ones(2), -1), ValueError, "n_shared"),
        (lambda: tensors.tensor_product([1.0], torch.ones(2), 1), TypeError, "p must"),
        (lambda: tensors.matricised(torch.ones(2, 3), 3), ValueError, "n_rows"),
        (lambda: tensors.matricised(torch.ones(2, 0), 1), ValueError, "t must"),
        (lambda: tensors.matricised(torch.ones(2, dtype=torch.int64), 1), TypeError, "t must"),
        (lambda: tensors.position((2, 0), (2, 3)), ValueError, "index"),
        (lambda: tensors.position((0,), (2, 3)), ValueError, "index"),
        (lambda: tensors.jacobian_tensor(torch.sin, torch.tensor([float("nan")])), ValueError, "w has"),
        (lambda: tensors.jacobian_tensor(torch.sin, 1.0), TypeError, "w must"),
        (lambda: tensors.matrix_product_jacobian(torch.ones(2), 1), ValueError, "x must"),
        (lambda: tensors.matrix_product_jacobian(torch.ones(2, 2), 0), ValueError, "m must"),
        (lambda: tensors.pulled_back(torch.sin, torch.ones(2), torch.ones(3)), ValueError, "gradient must"),
    ],
)
def test_bad_input(call, error, message):
    with pytest.raises(error, match=message):
        call()
