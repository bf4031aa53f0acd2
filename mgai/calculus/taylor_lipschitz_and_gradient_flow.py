r"""Taylor's formula, Lipschitz constants, and what the two say about gradient descent as a method for an ODE.

Shown on the page ``chapters/2-calculus/taylor-lipschitz-and-gradient-flow``. The gradient flow of f is the exact
solution of :math:`\dot x=-\nabla f(x)`; gradient descent is Euler's method for it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from mgai.calculus.argument_checks import check_positive, check_tensor
from mgai.linear_algebra.low_rank import check_integer


def taylor_polynomial(derivatives: Sequence[Tensor], x0: float, x: float) -> Tensor:
    r"""The Taylor polynomial :math:`\sum_{k=0}^nf^{(k)}(x_0)(x-x_0)^k/k!`.

    Args:
        derivatives: :math:`f(x_0),f'(x_0),\dots,f^{(n)}(x_0)`, tensors of one shape, at least one.
        x0, x: the point of expansion and the point of evaluation, finite.

    Raises:
        ValueError: there is no derivative, shapes differ, or something is not finite.
        TypeError: a derivative is no floating-point tensor.

    >>> taylor_polynomial([torch.tensor(1.0)] * 3, 0.0, 1.0)
    tensor(2.5000)
    """
    if not derivatives:
        raise ValueError("derivatives is empty: the polynomial begins with f(x0)")
    for each in derivatives:
        check_tensor(each, "derivatives", *derivatives[0].shape)
    step = _distance(x0, x)
    return sum(each * (step**k / math.factorial(k)) for k, each in enumerate(derivatives))


def integral_remainder(
    derivative: Callable[[Tensor], Tensor], n: int, x0: float, x: float, n_nodes: int = 40
) -> Tensor:
    r"""The remainder :math:`\int_{x_0}^xf^{(n+1)}(t)\,(x-t)^n/n!\,dt` by Gauss-Legendre quadrature.

    Formula ``cs-02-22``; ``thm-taylor``. Exact for polynomials f of degree up to ``2 n_nodes`` and all smaller n.

    Args:
        derivative: :math:`f^{(n+1)}` as a function of a vector of times; entry t of the first axis belongs to time t.
        n: the degree of the polynomial, at least 0.
        x0, x: the ends of the interval, finite, in either order.
        n_nodes: points of the quadrature.

    Raises:
        ValueError: n is negative, or an end is not finite.
        TypeError: n is no integer.

    Cost: ``n_nodes`` values of the derivative.

    >>> integral_remainder(torch.exp, 0, 0.0, 1.0)
    tensor(1.7183, dtype=torch.float64)
    """
    check_integer(n, "n", 0)
    half = _distance(x0, x) / 2
    places, weights = map(torch.from_numpy, np.polynomial.legendre.leggauss(check_integer(n_nodes, "n_nodes", 1)))
    times = x0 + half * (1 + places)
    factors = weights * half * (x - times) ** n / math.factorial(n)
    return torch.tensordot(factors, derivative(times), dims=1)


def largest_quotient(outputs: Float[Tensor, " pairs"], inputs: Float[Tensor, " pairs"]) -> float:
    r"""The largest :math:`d_Y(f(x_1),f(x_2))/d_X(x_1,x_2)` over pairs of points: no Lipschitz constant is smaller.

    Formula ``cs-02-25``.

    Args:
        outputs: distances of the values, not negative.
        inputs: distances of the points, positive.

    Raises:
        ValueError: there is no pair, the numbers differ, or a distance is out of range.
        TypeError: an argument is no floating-point tensor.

    >>> largest_quotient(torch.tensor([1.0, 6.0]), torch.tensor([1.0, 2.0]))
    3.0
    """
    check_tensor(inputs, "inputs", None)
    check_tensor(outputs, "outputs", len(inputs))
    if not bool((inputs > 0).all()) or not bool((outputs >= 0).all()):
        raise ValueError("inputs must be positive and outputs not negative: they are distances")
    return float((outputs / inputs).max())


def gradient_descent_path(
    gradient: Callable[[Tensor], Tensor], x: Float[Tensor, " d"], step: float, n_steps: int
) -> Float[Tensor, "n_points d"]:
    r"""The points of :math:`x_{k+1}=x_k-\eta\nabla f(x_k)`: Euler's method with step η for the gradient flow.

    Formula ``cs-11-04``.

    Args:
        gradient: of f, as a function of the point.
        x: the start, finite.
        step: η, positive and finite.
        n_steps: at least 0.

    Raises:
        ValueError, TypeError: an argument is not as stated.

    >>> gradient_descent_path(lambda x: x, torch.tensor([8.0]), 0.5, 3)[:, 0].tolist()
    [8.0, 4.0, 2.0, 1.0]
    """
    check_positive(step, "step")
    check_tensor(x, "x", None)
    points = [x]
    for _ in range(check_integer(n_steps, "n_steps", 0)):
        points.append(points[-1] - step * gradient(points[-1]))
    return torch.stack(points)


def quadratic_flow(
    hessian: Float[Tensor, "d d"], x: Float[Tensor, " d"], times: Float[Tensor, " t"]
) -> Float[Tensor, "t d"]:
    r"""The gradient flow of :math:`f(x)=\tfrac12x^\top Hx` with symmetric H: :math:`e^{-tH}x`.

    Formula ``cs-11-04``.

    Raises ValueError when the matrix is not symmetric, shapes do not fit or an entry is not finite, TypeError for other
    tensors.

    >>> quadratic_flow(torch.eye(1), torch.tensor([1.0]), torch.tensor([0.0, 1.0]))[:, 0]
    tensor([1.0000, 0.3679])
    """
    check_tensor(x, "x", None)
    check_tensor(hessian, "hessian", len(x), len(x))
    check_tensor(times, "times", None)
    if not torch.allclose(hessian, hessian.mT, rtol=1e-5, atol=0):
        raise ValueError("hessian must be symmetric")
    values, vectors = torch.linalg.eigh(hessian)
    return ((-times[:, None] * values).exp() * (vectors.mT @ x)) @ vectors.mT


def euler_error_bound(step: float, n_steps: int, smoothness: float, gradient_norm: float) -> float:
    r"""The largest distance of descent from the flow: :math:`\tfrac12k\eta^2L\lVert\nabla f(x_0)\rVert`.

    After k steps, at time :math:`k\eta`, for convex f with an L-Lipschitz gradient and
    :math:`\eta\le2/L` (``thm-euler-error``).

    Args:
        step: η, positive, at most 2 / L.
        n_steps: k, at least 0.
        smoothness: L, positive.
        gradient_norm: of the gradient at the start, positive.

    Raises:
        ValueError: an argument is out of range.

    >>> euler_error_bound(0.5, 4, 1.0, 2.0)
    1.0
    """
    for value, name in ((step, "step"), (smoothness, "smoothness"), (gradient_norm, "gradient_norm")):
        check_positive(value, name)
    if step * smoothness > 2:
        raise ValueError(f"step={step} is above 2 / smoothness = {2 / smoothness:g}: the bound does not hold")
    return check_integer(n_steps, "n_steps", 0) * step**2 * smoothness * gradient_norm / 2


def _distance(x0: float, x: float) -> float:
    for value, name in ((x0, "x0"), (x, "x")):
        if not math.isfinite(value):
            raise ValueError(f"{name} must be finite, not {value}")
    return x - x0
