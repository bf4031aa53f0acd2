"""Every formula against automatic differentiation or differences, with shapes that a transposed result cannot have."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mgai import figures, settings
from mgai.calculus import vector_and_matrix_derivatives as derivatives
from mgai.calculus.differentiation import forward_jacobian
from mgai.calculus.matrix_calculus import numerator_layout
from mgai.calculus.tensor_chain_rule import jacobian_tensor
from mgai.calculus.tensor_chain_rule_references import central_jacobian_tensor
from mgai.calculus.vector_and_matrix_derivatives_figures import slices_alt, slices_figure

sizes = st.integers(1, 5)


def draw(label: str, *shape: int) -> torch.Tensor:
    return torch.randn(*shape, dtype=torch.float64, generator=settings.generator(f"test/derivatives/{label}"))


def close(found: torch.Tensor, expected: torch.Tensor) -> None:
    torch.testing.assert_close(found, expected, rtol=1e-12, atol=1e-12)


@given(sizes, sizes)
def test_product_rule(m, n):
    w, b, x = draw("w", m, n), draw("b", n), draw("x", n)

    def f(x):
        return (w @ x).sin()

    def u(x):
        return (b @ x).exp()

    found = derivatives.scaled_vector_jacobian(u(x), numerator_layout(u, x)[0], f(x), numerator_layout(f, x))
    assert found.shape == (m, n)
    close(found, forward_jacobian(lambda x: u(x) * f(x), x))


@given(st.lists(sizes, min_size=2, max_size=5))
def test_chain_rule_for_any_number_of_maps(widths):
    weights = [draw(f"w{k}", b, a) for k, (a, b) in enumerate(pairwise(widths))]
    x = draw("x", widths[0])
    factors, value = [], x
    for w in weights:
        factors.insert(0, numerator_layout(lambda v, w=w: (w @ v).sin(), value))
        value = (w @ value).sin()

    def whole(x):
        for w in weights:
            x = (w @ x).sin()
        return x

    close(derivatives.chain_rule(*factors), forward_jacobian(whole, x))


def test_chain_rule_returns_a_new_tensor():
    one = torch.eye(2)
    assert derivatives.chain_rule(one) is not one


@given(sizes, sizes, sizes)
def test_gradients_by_a_matrix(m, n, p):
    x, a, b, c = draw("x", m, n), draw("a", m), draw("b", n), draw("c", n)
    left, right = draw("left", p, m), draw("right", n, p)
    trace = derivatives.trace_product_gradient
    cases = [
        (derivatives.bilinear_form_gradient(a, b), lambda x: a @ x @ b, x),
        (derivatives.bilinear_form_gradient(b, a), lambda y: a @ y.mT @ b, x.mT),
        (derivatives.gram_form_gradient(x, b, c), lambda x: b @ x.mT @ x @ c, x),
        (trace(left, right), lambda x: torch.trace(left @ x @ right), x),
        (trace(left, right, transposed=True), lambda y: torch.trace(left @ y.mT @ right), x.mT),
    ]
    for found, function, point in cases:
        assert found.shape == point.shape
        close(found, jacobian_tensor(function, point))


def test_gram_form_with_equal_vectors_is_the_gradient_of_a_square():
    x, a = draw("x", 3, 4), draw("a", 4)
    expected = central_jacobian_tensor(lambda x: (x @ a).square().sum(), x)
    torch.testing.assert_close(derivatives.gram_form_gradient(x, a, a), expected, rtol=0, atol=1e-7)


@given(sizes, sizes)
def test_vector_by_matrix(m, n):
    x, a = draw("x", m, n), draw("a", n)
    found = derivatives.matrix_vector_jacobian(a, m)
    assert found.shape == (m, m, n)
    close(found, jacobian_tensor(lambda x: x @ a, x))
    np.testing.assert_array_equal(found.reshape(m, -1).numpy(), np.kron(np.eye(m), a.numpy()[None]))


def test_single_precision_is_kept():
    assert derivatives.matrix_vector_jacobian(torch.ones(2), 3).dtype == torch.float32
    assert derivatives.gram_form_gradient(torch.ones(2, 3), torch.ones(3), torch.ones(3)).dtype == torch.float32


def test_figure_shows_the_slices():
    drawn = slices_figure()
    panels = drawn.axes[:3]
    assert panels[0].get_ylabel() and all(axes.get_xlabel() for axes in panels)
    for i, axes in enumerate(panels):
        expected = np.zeros((3, 4))
        expected[i] = [1, 2, 3, 4]
        np.testing.assert_array_equal(axes.images[0].get_array(), expected)
    alt = slices_alt()
    figures.check_alt(alt)
    assert "row 1, then 2, then 3" in alt and "24 derivatives" in alt


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: derivatives.chain_rule(), ValueError, "empty"),
        (lambda: derivatives.chain_rule(torch.ones(2, 3), torch.ones(2, 3)), ValueError, "jacobians must"),
        (lambda: derivatives.chain_rule(torch.ones(2)), ValueError, "jacobians must"),
        (
            lambda: derivatives.scaled_vector_jacobian(
                torch.tensor(1.0), torch.ones(2), torch.ones(3), torch.ones(2, 3)
            ),
            ValueError,
            "jacobian_f",
        ),
        (lambda: derivatives.bilinear_form_gradient(torch.ones(2, 2), torch.ones(2)), ValueError, "a must"),
        (lambda: derivatives.bilinear_form_gradient(torch.ones(2), [1.0]), TypeError, "b must"),
        (lambda: derivatives.gram_form_gradient(torch.ones(2, 3), torch.ones(2), torch.ones(3)), ValueError, "a must"),
        (lambda: derivatives.gram_form_gradient(torch.ones(0, 3), torch.ones(3), torch.ones(3)), ValueError, "x must"),
        (lambda: derivatives.trace_product_gradient(torch.ones(2, 3), torch.ones(4, 3)), ValueError, "b must"),
        (lambda: derivatives.matrix_vector_jacobian(torch.tensor([float("inf")]), 2), ValueError, "a has"),
        (lambda: derivatives.matrix_vector_jacobian(torch.ones(2), 0), ValueError, "m must"),
        (lambda: derivatives.matrix_vector_jacobian(torch.ones(2), 1.5), TypeError, "m must"),
    ],
)
def test_bad_input(call, error, message):
    with pytest.raises(error, match=message):
        call()
