"""Taylor's formula for polynomials and curves, Lipschitz quotients, descent and flow against solvers and the bound."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.polynomial import Polynomial
from scipy.integrate import quad, solve_ivp

from mgai import figures, settings
from mgai.calculus import taylor_lipschitz_and_gradient_flow as calculus
from mgai.calculus.taylor_lipschitz_and_gradient_flow_figures import paths_alt, paths_figure

DOUBLE = torch.float64
places = st.floats(-2, 2)


def tensor(*values: float) -> torch.Tensor:
    return torch.tensor(values, dtype=DOUBLE)


@given(st.lists(st.integers(-5, 5), min_size=1, max_size=7), st.integers(0, 6), places, places)
def test_polynomials_are_their_taylor_formula(coefficients, n, x0, x):
    f = Polynomial(coefficients)
    derivatives = [torch.tensor(f.deriv(k)(x0) if k else f(x0), dtype=DOUBLE) for k in range(n + 1)]
    rest = calculus.integral_remainder(lambda t: torch.from_numpy(f.deriv(n + 1)(t.numpy()) + 0 * t.numpy()), n, x0, x)
    assert float(calculus.taylor_polynomial(derivatives, x0, x) + rest) == pytest.approx(float(f(x)), abs=1e-8)


@pytest.mark.parametrize("n", [0, 1, 4])
def test_remainder_agrees_with_scipy(n):
    expected, _ = quad(lambda t: math.exp(t) * (2 - t) ** n / math.factorial(n), -1, 2, epsabs=1e-13)
    assert float(calculus.integral_remainder(torch.exp, n, -1.0, 2.0)) == pytest.approx(expected, rel=1e-12)


def test_no_distance_no_remainder():
    assert float(calculus.integral_remainder(torch.exp, 3, 1.0, 1.0)) == 0
    assert float(calculus.taylor_polynomial([torch.tensor(7.0)] * 3, 1.0, 1.0)) == 7


@given(st.lists(st.tuples(st.floats(0, 10), st.floats(0.1, 10)), min_size=1, max_size=9))
def test_largest_quotient(pairs):
    outputs, inputs = zip(*pairs, strict=True)
    found = calculus.largest_quotient(tensor(*outputs), tensor(*inputs))
    assert found == pytest.approx(max(a / b for a, b in pairs), rel=1e-15)


def test_descent_by_hand_and_its_start():
    path = calculus.gradient_descent_path(lambda x: x**3, tensor(1.0, -2.0), 0.1, 1)
    np.testing.assert_allclose(path.numpy(), [[1, -2], [0.9, -1.2]])
    assert calculus.gradient_descent_path(torch.sin, torch.ones(3), 0.1, 0).shape == (1, 3)
    assert calculus.gradient_descent_path(torch.sin, torch.ones(3), 0.1, 2).dtype == torch.float32


def test_flow_agrees_with_a_solver_for_a_hessian_of_any_sign():
    b = torch.randn(3, 3, dtype=DOUBLE, generator=settings.generator("test/flow"))
    hessian, x, times = b + b.mT, tensor(1.0, -1.0, 0.5), tensor(0.0, 0.3, 0.8)
    solved = solve_ivp(lambda t, y: -hessian.numpy() @ y, (0, 0.8), x.numpy(), t_eval=times, rtol=1e-11, atol=1e-12)
    found = calculus.quadratic_flow(hessian, x, times)
    np.testing.assert_allclose(found.numpy(), solved.y.T, rtol=1e-7, atol=1e-8)


@given(st.floats(0.1, 3), st.floats(0.01, 2), st.integers(0, 60))
def test_bound_holds_for_log_cosh(start, step, n_steps):
    x = tensor(start)
    flow = math.asinh(math.exp(-step * n_steps) * math.sinh(start))
    end = calculus.gradient_descent_path(torch.tanh, x, step, n_steps)[-1].item()
    assert abs(end - flow) <= calculus.euler_error_bound(step, n_steps, 1.0, math.tanh(start)) + 1e-14


def test_error_halves_with_the_step():
    def error(n_steps: int) -> float:
        end = calculus.gradient_descent_path(torch.tanh, tensor(2.0), 1 / n_steps, n_steps)[-1].item()
        return abs(end - math.asinh(math.exp(-1) * math.sinh(2)))

    assert error(1000) / error(2000) == pytest.approx(2, rel=2e-3)


def test_figure_has_labels_and_the_flow():
    plane, apart = paths_figure().axes
    assert all((plane.get_xlabel(), plane.get_ylabel(), apart.get_xlabel(), apart.get_ylabel()))
    flow = plane.lines[-1].get_xydata()
    np.testing.assert_allclose(flow[-1], [4 * math.exp(-2), math.exp(-20)], rtol=1e-12)
    alt = paths_alt()
    figures.check_alt(alt)
    largest = max(apart.lines[1].get_ydata())
    assert f"step 0.1: {largest:.2g}" in alt


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: calculus.taylor_polynomial([], 0.0, 1.0), ValueError, "empty"),
        (lambda: calculus.taylor_polynomial([torch.ones(1), torch.ones(2)], 0.0, 1.0), ValueError, "derivatives must"),
        (lambda: calculus.taylor_polynomial([torch.ones(1)], 0.0, math.inf), ValueError, "x must"),
        (lambda: calculus.integral_remainder(torch.exp, -1, 0.0, 1.0), ValueError, "n must"),
        (lambda: calculus.integral_remainder(torch.exp, 1, math.nan, 1.0), ValueError, "x0 must"),
        (lambda: calculus.integral_remainder(torch.exp, 1.5, 0.0, 1.0), TypeError, "n must"),
        (lambda: calculus.largest_quotient(torch.ones(2), torch.tensor([1.0, 0.0])), ValueError, "positive"),
        (lambda: calculus.largest_quotient(-torch.ones(1), torch.ones(1)), ValueError, "positive"),
        (lambda: calculus.largest_quotient(torch.ones(3), torch.ones(2)), ValueError, "outputs must"),
        (lambda: calculus.largest_quotient(torch.ones(0), torch.ones(0)), ValueError, "inputs must"),
        (lambda: calculus.gradient_descent_path(torch.sin, torch.ones(2), 0.0, 1), ValueError, "step"),
        (lambda: calculus.gradient_descent_path(torch.sin, torch.ones(2), 0.1, -1), ValueError, "n_steps"),
        (
            lambda: calculus.quadratic_flow(torch.tensor([[1.0, 2.0], [0.0, 1.0]]), torch.ones(2), torch.ones(1)),
            ValueError,
            "symmetric",
        ),
        (lambda: calculus.quadratic_flow(torch.ones(2, 3), torch.ones(2), torch.ones(1)), ValueError, "hessian must"),
        (lambda: calculus.euler_error_bound(2.1, 3, 1.0, 1.0), ValueError, "step"),
        (lambda: calculus.euler_error_bound(0.1, 3, -1.0, 1.0), ValueError, "smoothness"),
    ],
)
def test_bad_input(call, error, message):
    with pytest.raises(error, match=message):
        call()
