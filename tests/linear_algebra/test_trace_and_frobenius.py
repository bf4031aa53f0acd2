"""Laws, references and edge cases of the trace, the Frobenius norm and the orthogonal factors."""

import math

import numpy as np
import pytest
import scipy.linalg
import torch
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from mgai import settings
from mgai.linear_algebra import trace_and_frobenius as tf

unhurried = hypothesis_settings(deadline=None)  # the first call pays for lazy imports
sizes = st.tuples(*[st.integers(1, 5)] * 3)
SHAPES = [(1, 1), (3, 3), (5, 3), (3, 5), (4, 1), (1, 4)]


def draw(*shape, dtype=torch.float64, label="test/trace"):
    return torch.randn(*shape, dtype=dtype, generator=settings.generator(label))


@unhurried
@given(sizes, st.integers(0, 2**31))
def test_the_trace_is_cyclic_for_all_shapes_that_close(shape, seed):
    m, n, p = shape
    rng = torch.Generator().manual_seed(seed)
    a, b, c = (torch.rand(*s, dtype=torch.float64, generator=rng) for s in ((m, n), (n, p), (p, m)))
    total = torch.einsum("ij,jk,ki->", a, b, c)
    for product in (a @ b @ c, b @ c @ a, c @ a @ b):
        torch.testing.assert_close(tf.trace(product), total, rtol=1e-13, atol=1e-300)


def test_the_trace_agrees_with_numpy_in_batches_and_on_views():
    a = draw(2, 3, 6, 4)[..., ::2, :].mT[..., :3, :]  # neither contiguous nor in the usual order
    expected = np.trace(a.numpy(), axis1=-2, axis2=-1)
    np.testing.assert_allclose(tf.trace(a), expected, rtol=1e-14, atol=1e-15)


def test_the_trace_of_integers_is_exact_and_of_nothing_is_zero():
    assert tf.trace(torch.tensor([[2**40, 1], [1, 1]])).item() == 2**40 + 1
    assert tf.trace(torch.zeros(0, 0)).item() == 0
    assert math.isnan(tf.trace(torch.tensor([[float("nan"), 0.0], [0.0, 1.0]])).item())


def test_the_inner_product_is_the_trace_of_the_product_and_conjugate_linear_in_its_first_argument():
    a, b = draw(2, 4, 5, 3, dtype=torch.complex128)
    torch.testing.assert_close(tf.frobenius_inner(a, b), tf.trace(a.mH @ b))
    torch.testing.assert_close(tf.frobenius_inner(2j * a, b), -2j * tf.frobenius_inner(a, b))
    torch.testing.assert_close(tf.frobenius_inner(a, a).real.sqrt(), tf.frobenius_norm(a))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.complex64, torch.complex128])
@pytest.mark.parametrize("shape", SHAPES)
def test_the_frobenius_norm_agrees_with_numpy_and_is_real(shape, dtype):
    a = draw(7, *shape, dtype=dtype)
    found = tf.frobenius_norm(a)
    assert found.dtype == a.real.dtype and found.shape == (7,)
    np.testing.assert_allclose(found, np.linalg.norm(a.numpy(), axis=(1, 2)), rtol=20 * torch.finfo(dtype).eps)


@pytest.mark.parametrize("scale", [1e-300, 1e-160, 1e160, 1e300])
def test_the_frobenius_norm_neither_overflows_nor_underflows(scale):
    found = tf.frobenius_norm(scale * torch.tensor([[3.0], [4.0]], dtype=torch.float64))
    assert found.item() == pytest.approx(5 * scale, rel=1e-14)


def test_the_frobenius_norm_of_zero_empty_infinite_and_undefined_matrices():
    assert tf.frobenius_norm(torch.zeros(2, 3)).item() == 0
    assert tf.frobenius_norm(torch.zeros(4, 0, 3)).tolist() == [0, 0, 0, 0]
    assert tf.frobenius_norm(torch.tensor([[math.inf, 1.0]])).item() == math.inf
    assert math.isnan(tf.frobenius_norm(torch.tensor([[math.nan, 1.0]])).item())


def test_orthonormal_columns_on_the_left_keep_the_norm_and_orthonormal_rows_do_not():
    a, q = draw(5, 3, label="test/a"), torch.linalg.qr(draw(8, 5, label="test/q")).Q
    torch.testing.assert_close(tf.frobenius_norm(q @ a), tf.frobenius_norm(a))
    wide = torch.linalg.qr(draw(5, 2, label="test/wide")).Q.mT
    assert tf.frobenius_norm(wide @ a) < tf.frobenius_norm(a)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("dtype", [torch.float64, torch.complex128])
def test_the_polar_factor_is_semi_orthogonal_and_leaves_a_semidefinite_rest(shape, dtype):
    m = draw(6, *shape, dtype=dtype)
    q = tf.polar_factor(m)
    small = q.mH @ q if shape[0] >= shape[1] else q @ q.mH
    torch.testing.assert_close(small, torch.eye(min(shape), dtype=dtype).expand_as(small))
    rest = q.mH @ m if shape[0] >= shape[1] else m @ q.mH  # Q^H M is Hermitian and semidefinite
    torch.testing.assert_close(rest, rest.mH)
    assert torch.linalg.eigvalsh(rest).min() > -1e-12


def test_the_polar_factor_agrees_with_scipy_and_with_the_newton_iteration():
    left, right = torch.linalg.qr(draw(2, 4, 4)).Q
    m = left @ torch.diag(torch.tensor([3.0, 2.0, 1.0, 0.5], dtype=torch.float64)) @ right
    x = m
    for _ in range(12):  # quadratic convergence from condition 6
        x = (x + torch.linalg.inv(x).mT) / 2
    torch.testing.assert_close(tf.polar_factor(m), x)
    torch.testing.assert_close(tf.polar_factor(m), torch.tensor(scipy.linalg.polar(m.numpy())[0]))


@pytest.mark.parametrize("shape", SHAPES)
def test_the_distance_is_attained_by_the_polar_factor_and_beaten_by_no_rival(shape):
    m = draw(*shape)
    best = tf.distance_to_orthogonal(m)
    torch.testing.assert_close(tf.frobenius_norm(m - tf.polar_factor(m)), best)
    rivals = tf.polar_factor(tf.polar_factor(m) + 0.1 * draw(200, *shape, label="test/rivals"))
    assert bool((tf.frobenius_norm(m - rivals) >= best - 1e-12).all())


def test_the_partial_isometry_drops_zero_singular_values_only():
    m = draw(5, 3)
    torch.testing.assert_close(tf.partial_isometry(m), tf.polar_factor(m))
    singular = draw(5, 2, label="test/left") @ draw(2, 4, label="test/right")
    w = tf.partial_isometry(singular)
    torch.testing.assert_close(w @ w.mT @ w, w)
    assert round(tf.trace(w.mT @ w).item(), 10) == 2
    assert not tf.partial_isometry(torch.zeros(2, 3)).any()


@unhurried
@given(st.lists(st.floats(1e-3, 1e3) | st.just(0.0), min_size=1, max_size=4), st.integers(0, 2**31))
def test_the_pseudo_inverse_of_orthogonal_columns_satisfies_the_penrose_equations(lengths, seed):
    rng = torch.Generator().manual_seed(seed)
    basis = torch.linalg.qr(torch.randn(6, len(lengths), dtype=torch.float64, generator=rng)).Q
    w = basis * torch.tensor(lengths, dtype=torch.float64)
    x = tf.pseudo_inverse_of_orthogonal_columns(w)
    left, right = x @ w, w @ x
    tolerance = {"rtol": 1e-9, "atol": 1e-9}
    torch.testing.assert_close(right @ w, w, **tolerance)
    torch.testing.assert_close(left @ x, x, **tolerance)
    torch.testing.assert_close(left, left.mT, **tolerance)
    torch.testing.assert_close(right, right.mT, **tolerance)


def test_the_pseudo_inverse_agrees_with_numpy_for_complex_and_tiny_columns():
    w = torch.linalg.qr(draw(5, 3, dtype=torch.complex128)).Q * 1e-170
    found = tf.pseudo_inverse_of_orthogonal_columns(w)
    torch.testing.assert_close(found, torch.tensor(np.linalg.pinv(w.numpy())))


def test_functions_work_in_float32():
    m = draw(4, 2, dtype=torch.float32)
    assert tf.polar_factor(m).dtype == tf.distance_to_orthogonal(m).dtype == torch.float32
    w = torch.linalg.qr(m).Q * torch.tensor([2.0, 0.5])
    torch.testing.assert_close(tf.pseudo_inverse_of_orthogonal_columns(w), torch.linalg.pinv(w))


def test_the_figure_marks_the_lowest_point_of_the_two_curves():
    m = torch.tensor([[2.0, 1.0], [0.0, 0.5]], dtype=torch.float64)
    degrees, rotations, reflections = tf.distance_curves(m)
    lowest = torch.minimum(rotations, reflections).min()
    assert 0 <= lowest - tf.distance_to_orthogonal(m) < 1e-3 and degrees.tolist()[::360] == [-180, 180]
    (axes,) = tf.nearest_orthogonal_figure(m).axes
    assert axes.get_xlabel() and axes.get_ylabel() and len(axes.lines) == 4
    angle, height = (float(values[0]) for values in axes.lines[3].get_data())
    turned = torch.tensor([[math.cos(math.radians(angle)), math.sin(math.radians(angle))]], dtype=torch.float64)
    torch.testing.assert_close(tf.polar_factor(m)[:, :1].mT, turned)
    assert height == pytest.approx(tf.distance_to_orthogonal(m).item())


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: tf.trace(torch.zeros(2, 3)), ValueError, "a must be square"),
        (lambda: tf.trace(torch.zeros(3)), ValueError, "a must be a matrix"),
        (lambda: tf.trace([[1.0]]), TypeError, "a must be a tensor"),
        (lambda: tf.trace(torch.ones(2, 2, dtype=torch.bool)), TypeError, "a must be a tensor of numbers"),
        (lambda: tf.frobenius_norm(torch.ones(2, 2, dtype=torch.int64)), TypeError, "a must be floating"),
        (lambda: tf.frobenius_inner(torch.ones(2, 2), torch.ones(2, 3)), ValueError, "b must have the shape"),
        (lambda: tf.polar_factor(torch.zeros(2, 0)), ValueError, "m must have entries"),
        (lambda: tf.polar_factor(torch.tensor([[math.nan]])), ValueError, "m must have entries, all finite"),
        (lambda: tf.partial_isometry(torch.ones(3)), ValueError, "m must be a matrix"),
        (lambda: tf.pseudo_inverse_of_orthogonal_columns(torch.ones(2, 2)), ValueError, "not orthogonal"),
        (lambda: tf.pseudo_inverse_of_orthogonal_columns(torch.ones(1, 2, 2)), ValueError, "w must be one"),
        (lambda: tf.distance_curves(torch.ones(3, 3)), ValueError, "m must be 2 x 2"),
        (lambda: tf.distance_curves(torch.ones(2, 2, dtype=torch.int64)), TypeError, "m must be floating"),
        (lambda: tf.distance_curves(torch.ones(2, 2, dtype=torch.complex64)), TypeError, "m must be real"),
        (lambda: tf.distance_curves([[1.0, 0.0], [0.0, 1.0]]), TypeError, "m must be a tensor"),
        (lambda: tf.distance_curves(torch.ones(2, 2), 1), ValueError, "n_angles at least 2"),
    ],
)
def test_bad_input_is_refused_with_the_name_of_the_argument(call, error, message):
    with pytest.raises(error, match=message):
        call()
