"""The formulas of matrix calculus against differentiation, shapes by unequal dimensions, bad input."""

import math

import pytest
import torch
from hypothesis import given, strategies

from mgai.calculus.differentiation import central_jacobian, reverse_jacobian
from mgai.calculus.matrix_calculus import (
    affine_product_gradient,
    bilinear_gradient,
    denominator_layout,
    inner_product_gradient,
    numerator_layout,
    quadratic_form_gradient,
    squared_norm_gradient,
)
from mgai.settings import generator

DOUBLE = torch.float64
seeds, sizes = strategies.integers(0, 10**6), strategies.integers(1, 5)


def draw(seed, *shapes):
    rng = generator(f"test/matrix-calculus/{seed}")
    return [torch.randn(*shape, dtype=DOUBLE, generator=rng) for shape in shapes]


@given(seeds, sizes, sizes)
def test_layouts_are_transposes_with_outputs_in_rows_of_the_first(seed, m, n):
    w, x = draw(seed, (m, n), (n,))
    numerator = numerator_layout(lambda x: (w @ x).tanh(), x)
    assert numerator.shape == (m, n)
    torch.testing.assert_close(numerator, (1 - (w @ x).tanh().square())[:, None] * w, rtol=1e-12, atol=1e-14)
    assert torch.equal(denominator_layout(lambda x: (w @ x).tanh(), x), numerator.T)


def test_a_scalar_function_has_a_row_and_a_column():
    x = torch.tensor([1.0, 2.0, 3.0])
    assert numerator_layout(lambda x: x.prod(), x).shape == (1, 3)
    assert denominator_layout(lambda x: x.prod(), x).tolist() == [[6.0], [3.0], [2.0]]


@given(seeds, sizes, sizes, sizes)
def test_products_agree_with_reverse_mode_and_differences(seed, m, k, n):
    a, w, v, x = draw(seed, (m, k), (m, n), (k, n), (n,))
    jf, jg = denominator_layout(lambda x: (w @ x).sin(), x), denominator_layout(lambda x: (v @ x).cos(), x)
    found = bilinear_gradient((w @ x).sin(), a, (v @ x).cos(), jf, jg)
    expected = reverse_jacobian(lambda x: (w @ x).sin() @ a @ (v @ x).cos(), x)
    torch.testing.assert_close(found, expected, rtol=1e-11, atol=1e-12)
    inner = inner_product_gradient((w @ x).sin(), (w @ x).sin(), jf, jf)
    torch.testing.assert_close(inner, squared_norm_gradient((w @ x).sin(), jf), rtol=1e-12, atol=1e-13)
    slopes = central_jacobian(lambda x: (w @ x).sin().square().sum(), x)
    torch.testing.assert_close(inner, slopes, rtol=1e-6, atol=1e-6)


@given(seeds, sizes, sizes, sizes)
def test_forms_agree_with_reverse_mode(seed, m, k, n):
    a, b, c, d, e, x, q = draw(seed, (m, n), (m,), (m, k), (k, n), (k,), (n,), (n, n))
    expected = reverse_jacobian(lambda x: (a @ x + b) @ c @ (d @ x + e), x)
    torch.testing.assert_close(affine_product_gradient((a, b), c, (d, e), x), expected, rtol=1e-11, atol=1e-12)
    expected = reverse_jacobian(lambda x: x @ q @ x, x)
    torch.testing.assert_close(quadratic_form_gradient(q, x), expected, rtol=1e-12, atol=1e-13)


def test_float32_and_views():
    a, x = draw("views", (4, 4), (4, 2))
    found = quadratic_form_gradient(a.T, x[:, 1])
    torch.testing.assert_close(found, quadratic_form_gradient(a, x[:, 1].contiguous()))
    assert quadratic_form_gradient(a.float(), x[:, 0].float()).dtype == torch.float32


X, EYE = torch.ones(2, dtype=DOUBLE), torch.eye(2, dtype=DOUBLE)


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: numerator_layout(lambda x: x, [1.0]), TypeError, "x must be"),
        (lambda: numerator_layout(lambda x: x, X[:0]), ValueError, "x must have shape"),
        (lambda: numerator_layout(lambda x: x[:, None], X), ValueError, "function must return"),
        (lambda: denominator_layout(lambda x: x, math.nan * X), ValueError, "x has entries"),
        (lambda: quadratic_form_gradient(EYE[:1], X), ValueError, "a must have shape"),
        (lambda: quadratic_form_gradient(EYE, EYE), ValueError, "x must have shape"),
        (lambda: bilinear_gradient(X, EYE, X, EYE, EYE[:1]), ValueError, "jacobian_g must have shape"),
        (lambda: bilinear_gradient(X, math.inf * EYE, X, EYE, EYE), ValueError, "a has entries"),
        (lambda: inner_product_gradient(X, X, EYE[:, :1], EYE), ValueError, "jacobian_f must have shape"),
        (lambda: affine_product_gradient((EYE, X[:1]), EYE, (EYE, X), X), ValueError, "b must have shape"),
        (lambda: affine_product_gradient((EYE, X), EYE, (EYE[:1], X), X), ValueError, "e must have shape"),
        (lambda: squared_norm_gradient(X, EYE[:, :1]), ValueError, "jacobian_f must have shape"),
    ],
)
def test_bad_input_is_refused_by_name(call, error, words):
    with pytest.raises(error, match=words):
        call()
