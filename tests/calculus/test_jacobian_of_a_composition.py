"""The composed map against loops, its Jacobian against differentiation at other points, the figure."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, strategies

from mgai import figures
from mgai.calculus.differentiation import central_jacobian, forward_jacobian
from mgai.calculus.jacobian_of_a_composition import (
    POINT,
    PRINTED,
    circle,
    inner,
    inner_jacobian,
    jacobian,
    linear_error,
    outer,
    outer_jacobian,
)
from mgai.calculus.jacobian_of_a_composition_figures import images_alt, images_figure

DOUBLE = torch.float64
coordinates = strategies.floats(-2, 2)


def point(*values: float) -> torch.Tensor:
    return torch.tensor(values, dtype=DOUBLE)


@given(coordinates, coordinates)
def test_values_agree_with_the_definition(a, b):
    y = (math.sin(math.pi * b) / math.pi, math.exp(a - 1) * b**2, a * b)
    np.testing.assert_allclose(inner(point(a, b)).numpy(), y, atol=1e-14)
    np.testing.assert_allclose(outer(point(*y)).numpy(), [sum(y), sum(v * v for v in y)], atol=1e-12)


@given(coordinates, coordinates)
def test_jacobians_by_hand_agree_with_forward_mode_and_differences(a, b):
    x = point(a, b)
    np.testing.assert_allclose(inner_jacobian(x).numpy(), forward_jacobian(inner, x).numpy(), atol=1e-12)
    y = inner(x)
    np.testing.assert_allclose(outer_jacobian(y).numpy(), forward_jacobian(outer, y).numpy(), atol=1e-12)
    differences = central_jacobian(lambda x: outer(inner(x)), x)
    np.testing.assert_allclose(jacobian(x).numpy(), differences.numpy(), atol=1e-6)


def test_the_value_of_the_exercise():
    np.testing.assert_allclose(jacobian(point(*POINT)).numpy(), [[6, 6], [40, 36]], rtol=1e-13)
    assert jacobian(torch.tensor(POINT)).dtype == torch.float32


def test_batches_and_views():
    x = torch.stack([circle(1.0, 7), circle(2.0, 7)])
    view = x.mT.contiguous().mT
    assert inner(view).shape == (2, 7, 3)
    torch.testing.assert_close(outer(inner(view))[1, 3], outer(inner(x[1, 3])))


def test_circle_and_the_order_of_the_error():
    np.testing.assert_allclose(circle(3.0).norm(dim=1).numpy(), 3, rtol=1e-14)
    right, wrong = jacobian(point(*POINT)), torch.tensor(PRINTED, dtype=DOUBLE)
    assert linear_error(right, 1e-3) / linear_error(right, 5e-4) == pytest.approx(4, rel=0.01)
    assert linear_error(wrong, 1e-3) / linear_error(wrong, 5e-4) == pytest.approx(2, rel=0.02)


def test_figure_has_labels_and_the_images():
    left, right = images_figure(0.01).axes
    assert left.get_xlabel() and left.get_ylabel() and right.get_xlabel() and right.get_ylabel()
    shown = right.lines[0].get_xydata()
    np.testing.assert_allclose(shown, outer(inner(point(*POINT) + circle(0.01))).numpy())
    alt = images_alt(0.01)
    figures.check_alt(alt)
    assert f"{linear_error(torch.tensor(PRINTED, dtype=DOUBLE), 0.01):.2g}" in alt


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: inner(point(1.0)), ValueError, "x must have shape"),
        (lambda: inner([1.0, 2.0]), TypeError, "x must be"),
        (lambda: inner(point(1.0, math.nan)), ValueError, "x has entries"),
        (lambda: inner(torch.tensor(1.0)), ValueError, "x must have shape"),
        (lambda: inner(torch.tensor([1, 2])), TypeError, "x must be"),
        (lambda: outer(point(1.0, 2.0)), ValueError, "y must have shape"),
        (lambda: jacobian(point(1.0, 2.0, 3.0)), ValueError, "x must have shape"),
        (lambda: outer_jacobian(point(1.0)), ValueError, "y must have shape"),
        (lambda: circle(0.0), ValueError, "radius must be positive"),
        (lambda: circle(1.0, 1), ValueError, "n_points must be at least 2"),
        (lambda: linear_error(point(1.0, 2.0), 1.0), ValueError, "matrix must have shape"),
        (lambda: linear_error(torch.eye(2), -1.0), ValueError, "radius must be positive"),
    ],
)
def test_bad_input_is_refused_by_name(call, error, words):
    with pytest.raises(error, match=words):
        call()
