r"""Strong convexity, smoothness and the Polyak-Lojasiewicz (PL) condition, and the rates they give to gradient descent.

Shown on the page ``chapters/3-optimization/strong-convexity-and-pl``. A *function* here takes points of shape
(..., d) and returns their values of shape (...), so that many starts are one computation. Throughout, :math:`L` is
the Lipschitz constant of the *gradient*, :math:`\mu` the constant of strong convexity or of the PL condition.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from jaxtyping import Float
from scipy import optimize
from torch import Tensor

from mgai.calculus.argument_checks import check_positive
from mgai.optimization.steepest_descent import check_finite


def value_and_gradient(
    function: Callable[[Tensor], Tensor], x: Float[Tensor, "*batch d"]
) -> tuple[Float[Tensor, "*batch"], Float[Tensor, "*batch d"]]:
    r"""The values :math:`f(x)` and the gradients :math:`\nabla f(x)` at a batch of points, by reverse mode.

    Raises:
        TypeError: ``x`` is no floating-point tensor.
        ValueError: ``x`` is a number or has entries that are not finite, or ``function`` does not return one value for
            each point.

    >>> value_and_gradient(lambda x: x.square().sum(-1), torch.tensor([[3.0, 4.0]]))
    (tensor([25.]), tensor([[6., 8.]]))
    """
    check_finite(x, "x")
    if x.ndim == 0 or x.shape[-1] == 0:
        raise ValueError(f"x must have at least one entry along its last axis, not the shape {tuple(x.shape)}")
    point = x.detach().clone().requires_grad_()
    value = function(point)
    if value.shape != x.shape[:-1]:
        raise ValueError(f"function must return values of shape {tuple(x.shape[:-1])}, not {tuple(value.shape)}")
    return value.detach(), torch.autograd.grad(value.sum(), point)[0]


def fixed_step_descent(
    function: Callable[[Tensor], Tensor], start: Float[Tensor, "*batch d"], step: float, n_steps: int
) -> Float[Tensor, "n_points *batch d"]:
    r"""The points :math:`x_0,\dots,x_n` of gradient descent :math:`x_{k+1} = x_k - \eta\nabla f(x_k)`.

    Args:
        function: differentiable, one value for each point.
        start: floating point, finite.
        step: :math:`\eta > 0`.
        n_steps: at least 0.

    Raises:
        ValueError: the step is not positive, ``n_steps`` is negative, or a point is not finite.

    Cost: one evaluation of function and gradient a step. Formula ``cs-11-02``.

    >>> fixed_step_descent(lambda x: x.square().sum(-1), torch.tensor([1.0]), 0.25, 2).flatten().tolist()
    [1.0, 0.5, 0.25]
    """
    check_positive(step, "step")
    if n_steps < 0:
        raise ValueError(f"n_steps must not be negative, not {n_steps}")
    check_finite(start, "start")
    points = [start]
    for _ in range(n_steps):
        points.append(points[-1] - step * value_and_gradient(function, points[-1])[1])
    return torch.stack(points)


def strong_convexity_gap(
    function: Callable[[Tensor], Tensor],
    x: Float[Tensor, "*batch d"],
    y: Float[Tensor, "*batch d"],
    curvature: float,
) -> Float[Tensor, "*batch"]:
    r"""By how much :math:`f(y)` lies above the parabola of curvature :math:`\mu` that touches the graph at x.

    .. math:: f(y) - f(x) - \nabla f(x)^\top(y-x) - \tfrac\mu2\lVert y-x\rVert^2

    It is nowhere negative if and only if f is :math:`\mu`-strongly convex. Formula ``cs-02-15``.

    Raises ValueError when the points differ in shape or the curvature is not positive, and as
    :func:`value_and_gradient`.

    >>> strong_convexity_gap(lambda x: x.square().sum(-1), torch.tensor([1.0]), torch.tensor([3.0]), 2.0)
    tensor(0.)
    """
    check_positive(curvature, "curvature")
    if x.shape != y.shape:
        raise ValueError(f"y must have the shape {tuple(x.shape)} of x, not {tuple(y.shape)}")
    check_finite(y, "y")
    value, gradient = value_and_gradient(function, x)
    difference = y - x
    return function(y) - value - (gradient * difference).sum(-1) - curvature / 2 * difference.square().sum(-1)


def gradient_dominance_gap(
    function: Callable[[Tensor], Tensor], x: Float[Tensor, "*batch d"], curvature: float, minimum: float
) -> Float[Tensor, "*batch"]:
    r"""The slack :math:`\tfrac12\lVert\nabla f(x)\rVert^2 - \mu\,(f(x)-f^*)`; nowhere negative under PL.

    Formula ``cs-02-28``. Divided by :math:`\mu` it is what the bound
    :math:`f(x)-f^*\le\lVert\nabla f(x)\rVert^2/2\mu` leaves. Formula ``cs-02-29``.

    Raises ValueError when the curvature is not positive or the minimum not finite, and as
    :func:`value_and_gradient`.

    >>> gradient_dominance_gap(lambda x: x.square().sum(-1), torch.tensor([3.0]), 2.0, 0.0)  # |2x|² / 2 - 2x²
    tensor(0.)
    """
    check_positive(curvature, "curvature")
    if not math.isfinite(minimum):
        raise ValueError(f"minimum must be finite, not {minimum}")
    value, gradient = value_and_gradient(function, x)
    return gradient.square().sum(-1) / 2 - curvature * (value - minimum)


def contraction_factor(curvature: float, smoothness: float, step: float) -> float:
    r"""What one step leaves of a distance at most: :math:`\max(|1-\eta\mu|, |1-\eta L|)`. Formula ``cs-02-17``.

    For every :math:`\mu`-strongly convex function with :math:`L`-Lipschitz gradient; attained by quadratics; below 1
    exactly for :math:`0<\eta<2/L`. The smallest is :math:`(\kappa-1)/(\kappa+1)`, at :math:`\eta=2/(\mu+L)`.

    Raises ValueError unless :math:`0<\mu\le L<\infty` and the step is positive.

    >>> contraction_factor(1.0, 4.0, 0.25), contraction_factor(1.0, 4.0, 0.4)
    (0.75, 0.6000000000000001)
    """
    _check_constants(curvature, smoothness)
    check_positive(step, "step")
    return max(abs(1 - step * curvature), abs(1 - step * smoothness))


def guaranteed_decrease(smoothness: float, step: float) -> float:
    r"""How many times :math:`\lVert\nabla f\rVert^2` one step lowers the value at least: :math:`\eta-L\eta^2/2`.

    By the descent lemma, for every function with :math:`L`-Lipschitz gradient; positive for :math:`\eta<2/L`;
    largest, :math:`1/2L`, at :math:`\eta=1/L`. Formulas ``cs-02-26``, ``cs-11-05``.

    Raises ValueError unless both are positive and finite.

    >>> guaranteed_decrease(2.0, 0.5), guaranteed_decrease(2.0, 1.0)
    (0.25, 0.0)
    """
    check_positive(smoothness, "smoothness")
    check_positive(step, "step")
    return step * (1 - smoothness * step / 2)


def excess_factor(curvature: float, smoothness: float, step: float | None = None) -> float:
    r"""What one step leaves of :math:`f-f^*` under PL: at most :math:`1-2\mu(\eta-L\eta^2/2)`, which is
    :math:`1-\mu/L` for the step :math:`1/L` (taken when left out). Formulas ``cs-02-30``, ``cs-02-32``.

    Raises ValueError unless :math:`0<\mu\le L<\infty` and the step is positive.

    >>> excess_factor(1.0, 4.0)
    0.75
    """
    _check_constants(curvature, smoothness)
    return 1 - 2 * curvature * guaranteed_decrease(smoothness, 1 / smoothness if step is None else step)


def iterations_needed(factor: float, reduction: float) -> int:
    r"""The least k with :math:`q^k\le\varepsilon`: :math:`\lceil\ln\varepsilon/\ln q\rceil`. Formula ``cs-02-18``.

    For :math:`q=1-1/\kappa` it is at most :math:`\lceil\kappa\ln(1/\varepsilon)\rceil`.

    Raises ValueError unless both arguments lie strictly between 0 and 1.

    >>> iterations_needed(0.5, 0.1), iterations_needed(0.99, 0.1)
    (4, 230)
    """
    if not (0 < factor < 1 and 0 < reduction < 1):
        raise ValueError(f"factor and reduction must lie between 0 and 1, not {factor} and {reduction}")
    return math.ceil(math.log(reduction) / math.log(factor))


def valley_crossings(path: Float[Tensor, "n_points d"], direction: Float[Tensor, " d"]) -> int:
    r"""How often a path changes sides: sign changes of :math:`v^\top(x_k-x^*)` along it. Formula ``cs-02-20``.

    Args:
        path: points relative to the minimiser.
        direction: :math:`v`, across the valley.

    Raises ValueError when the shapes do not fit or an entry is not finite.

    >>> valley_crossings(torch.tensor([[1.0], [-0.5], [0.25], [0.125]]), torch.ones(1))
    2
    """
    check_finite(path, "path")
    check_finite(direction, "direction")
    if path.ndim != 2 or direction.shape != path.shape[1:]:
        raise ValueError(f"direction must have the {path.shape[-1:]} entries of a point, not {tuple(direction.shape)}")
    side = path @ direction
    return int((side[1:] * side[:-1] < 0).sum())


def tangent_kernel(model: Callable[[Tensor], Tensor], theta: Float[Tensor, " p"]) -> Float[Tensor, "n n"]:
    r"""The Gram matrix :math:`JJ^\top` of the Jacobian of a model's n outputs by its p parameters.

    For :math:`f=\tfrac12\lVert F(\theta)-y\rVert^2` it gives
    :math:`\tfrac12\lVert\nabla f\rVert^2\ge\lambda_{\min}(JJ^\top)\,f`. Formula ``cs-02-31``.

    Raises ValueError when ``theta`` is no finite vector or the model returns no vector.

    >>> tangent_kernel(lambda w: w.prod(-1, keepdim=True), torch.tensor([3.0, 4.0]))
    tensor([[25.]])
    """
    check_finite(theta, "theta")
    if theta.ndim != 1:
        raise ValueError(f"theta must be a vector, not of shape {tuple(theta.shape)}")
    jacobian = torch.func.jacrev(model)(theta)
    if jacobian.ndim != 2:
        raise ValueError(f"model must return a vector, not a tensor with {jacobian.ndim - 1} axes")
    return jacobian @ jacobian.T


def sine_valley(x: Float[Tensor, "*batch d"]) -> Float[Tensor, "*batch"]:
    r"""The function :math:`\sum_i x_i^2+3\sin^2x_i`: PL with :math:`L=8`, not convex (Karimi, Nutini, Schmidt 2016).

    >>> sine_valley(torch.zeros(3))
    tensor(0.)
    """
    return (x.square() + 3 * x.sin().square()).sum(-1)


def sine_valley_constant() -> float:
    r"""The largest :math:`\mu` for :func:`sine_valley`: the minimum of :math:`f'^2/2f`, where :math:`2ff''=f'^2`.

    >>> round(sine_valley_constant(), 4)
    0.1755
    """

    def stationary(x: float) -> float:
        f, slope, bend = x**2 + 3 * math.sin(x) ** 2, 2 * x + 3 * math.sin(2 * x), 2 + 6 * math.cos(2 * x)
        return 2 * f * bend - slope**2

    x = optimize.brentq(stationary, math.pi / 2, 2.5, xtol=1e-15)
    return (2 * x + 3 * math.sin(2 * x)) ** 2 / (2 * (x**2 + 3 * math.sin(x) ** 2))


def _check_constants(curvature: float, smoothness: float) -> None:
    check_positive(curvature, "curvature")
    if not check_positive(smoothness, "smoothness") >= curvature:
        raise ValueError(f"smoothness must be at least the curvature {curvature}, not {smoothness}")
