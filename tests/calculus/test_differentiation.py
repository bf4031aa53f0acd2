"""The three routes to a Jacobian on functions whose Jacobian is known, and their orders of accuracy."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import torch

from mgai.calculus import differentiation as diff

ROUTES = [diff.reverse_jacobian, diff.forward_jacobian, diff.central_jacobian]
X = torch.tensor([0.3, -1.2, 2.0], dtype=torch.float64)


def polar(x):
    return torch.stack([x[0] * torch.sin(x[1]), x[0] * torch.cos(x[1]) * x[2] ** 2])


@pytest.mark.parametrize("route", ROUTES)
def test_jacobian_of_a_known_function(route):
    a, b, c = X.tolist()
    exact = [[np.sin(b), a * np.cos(b), 0], [np.cos(b) * c**2, -a * np.sin(b) * c**2, 2 * a * np.cos(b) * c]]
    np.testing.assert_allclose(route(polar, X), exact, atol=1e-8)


@pytest.mark.parametrize("route", ROUTES)
def test_scalar_functions_give_a_gradient(route):
    np.testing.assert_allclose(route(lambda x: x.square().sum() / 2, X), X, atol=1e-9)


@pytest.mark.parametrize("route", ROUTES)
def test_matrix_valued_functions_keep_their_shape(route):
    jacobian = route(lambda x: x[:, None] * x, X)
    assert jacobian.shape == (3, 3, 3)
    np.testing.assert_allclose(jacobian[0, 1], [X[1], X[0], 0], atol=1e-9)


def test_central_differences_are_of_second_order():
    exact = diff.reverse_jacobian(polar, X)
    errors = [float((diff.central_jacobian(polar, X, h) - exact).abs().max()) for h in (1e-1, 1e-2, 1e-3)]
    for coarse, fine in pairwise(errors):
        assert coarse / fine == pytest.approx(100, rel=0.05)


@pytest.mark.bad_input
@pytest.mark.parametrize("route", ROUTES)
def test_bad_input(route):
    for bad in (torch.eye(2), torch.zeros(0), torch.tensor([1.0, float("nan")])):
        with pytest.raises(ValueError, match="x"):
            route(torch.sin, bad)
    with pytest.raises(TypeError, match="x"):
        route(torch.sin, torch.tensor([1, 2]))


@pytest.mark.bad_input
def test_bad_step():
    with pytest.raises(ValueError, match="step"):
        diff.central_jacobian(torch.sin, X, 0.0)
