r"""Steepest descent with exact line search: :math:`w^+ = w - \eta^*\nabla R(w)`, the best step on the ray.

Shown on the page ``chapters/3-optimization/steepest-descent``. A quadratic risk is given by its symmetric
positive definite Hessian :math:`H` and its error :math:`e = w - w^*`: :math:`R - R^* = \tfrac12 e^\top H e` and
:math:`\nabla R = He`.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from jaxtyping import Float, Int
from scipy import optimize
from torch import Tensor

_SYMMETRIC = 1e-10  # of the largest entry: what rounding may leave in a product such as X'X


def optimal_step(
    hessian: Float[Tensor, "*#batch d d"], gradient: Float[Tensor, "*#batch d"]
) -> Float[Tensor, "*shape"]:
    r"""The step :math:`\eta^* = g^\top g / g^\top H g`, the minimiser of :math:`R(w-\eta g)` (``eq-optimal-step``).

    Args:
        hessian: symmetric, floating point, finite.
        gradient: floating point, finite, not zero.

    Returns:
        One positive step for each gradient; between :math:`1/\lambda_{\max}` and :math:`1/\lambda_{\min}`.

    Raises:
        ValueError: shapes do not fit, a matrix is not symmetric, an entry is not finite, or the risk has no positive
            curvature along the gradient: then it has no minimum on the ray.

    Cost: O(d²) a gradient.

    >>> optimal_step(torch.diag(torch.tensor([1.0, 3.0])), torch.tensor([1.0, 1.0]))
    tensor(0.5000)
    """
    check_hessian(hessian)
    check_vector(hessian, gradient, "gradient")
    if bool((gradient == 0).all(-1).any()):
        raise ValueError("gradient is zero: every step is optimal")
    return _step_or_rest(hessian, gradient)


def steepest_descent(
    hessian: Float[Tensor, "*#batch d d"], start: Float[Tensor, "*#batch d"], n_steps: int
) -> Float[Tensor, "n_points ... d"]:
    r"""The errors :math:`e_0, \dots, e_n` of steepest descent with exact steps on a quadratic risk.

    A path that reaches the minimiser exactly stays there. Batches run as one computation.

    Args:
        hessian: symmetric, with positive curvature along every gradient that is met.
        start: the error :math:`w_0 - w^*`.
        n_steps: at least 0.

    Raises:
        ValueError: as :func:`optimal_step`, or ``n_steps`` is negative.

    >>> steepest_descent(torch.diag(torch.tensor([1.0, 3.0])), torch.tensor([3.0, 1.0]), 1)
    tensor([[ 3.0000,  1.0000],
            [ 1.5000, -0.5000]])
    """
    if n_steps < 0:
        raise ValueError(f"n_steps must not be negative, not {n_steps}")
    check_hessian(hessian)
    check_vector(hessian, start, "start")
    errors = [start]
    for _ in range(n_steps):
        gradient = torch.einsum("...ij,...j->...i", hessian, errors[-1])
        step = _step_or_rest(hessian, gradient)
        errors.append(errors[-1] - step.unsqueeze(-1) * gradient)
    return torch.stack(errors)


def excess_risk(hessian: Float[Tensor, "*#batch d d"], error: Float[Tensor, "*#batch d"]) -> Float[Tensor, "*shape"]:
    r"""What a quadratic risk exceeds its minimum by: :math:`\tfrac12 e^\top H e`.

    >>> excess_risk(torch.diag(torch.tensor([1.0, 3.0])), torch.tensor([2.0, 1.0]))
    tensor(3.5000)
    """
    return torch.einsum("...i,...ij,...j->...", error, hessian, error) / 2


def worst_factor(condition_number: float) -> float:
    r"""The largest factor of the excess risk in one exact step, :math:`\bigl(\frac{\kappa-1}{\kappa+1}\bigr)^2`.

    Derived on the page ``chapters/3-optimization/steepest-descent`` (``thm-kantorovich``).

    Raises ValueError when the condition number is below one.

    >>> worst_factor(3.0)
    0.25
    """
    if not 1 <= condition_number < math.inf:
        raise ValueError(f"condition_number must be at least 1 and finite, not {condition_number}")
    return ((condition_number - 1) / (condition_number + 1)) ** 2


def worst_start(hessian: Float[Tensor, "d d"]) -> Float[Tensor, " d"]:
    r"""The error :math:`v_{\min}/\lambda_{\min} + v_{\max}/\lambda_{\max}`: every step has the :func:`worst_factor`.

    Its gradient has equal parts along the eigenvectors of the smallest and of the largest eigenvalue.

    Args:
        hessian: symmetric positive definite, d at least 2.

    Raises:
        ValueError: it is not, or its shape is not square.

    >>> worst_start(torch.diag(torch.tensor([1.0, 4.0]))).abs()
    tensor([1.0000, 0.2500])
    """
    check_hessian(hessian)
    values, vectors = torch.linalg.eigh(hessian)
    if len(values) < 2 or values[0] <= 0:
        raise ValueError("hessian must be positive definite with at least two rows")
    return vectors[:, 0] / values[0] + vectors[:, -1] / values[-1]


def steps_to_reduce(
    hessian: Float[Tensor, "d d"], starts: Float[Tensor, "n d"], factor: float, delay: int = 0, most: int = 5000
) -> Int[Tensor, " n"]:
    r"""How many steps bring the excess risk of each start down to ``factor`` of what it was.

    Args:
        hessian: symmetric positive definite.
        starts: errors, none of them zero.
        factor: between 0 and 1.
        delay: 0 takes each best step at once; 1 takes the best step of the iteration before (Barzilai and Borwein,
            1988), and the best step itself at the start.
        most: where counting ends.

    Raises:
        ValueError: a factor outside (0, 1), a delay other than 0 or 1, or a start that needs more than ``most`` steps.

    >>> hessian = torch.diag(torch.tensor([1.0, 3.0]))
    >>> steps_to_reduce(hessian, torch.tensor([[3.0, 1.0]]), 0.1)  # each step leaves a quarter
    tensor([2])
    """
    if not 0 < factor < 1 or delay not in (0, 1):
        raise ValueError(f"factor must lie between 0 and 1 and delay be 0 or 1, not {factor} and {delay}")
    error, counts = starts, torch.zeros(len(starts), dtype=torch.long, device=starts.device)
    goal, late = factor * excess_risk(hessian, starts), None
    for _ in range(most):
        running = excess_risk(hessian, error) > goal
        if not bool(running.any()):
            return counts
        gradient = error @ hessian
        best = _step_or_rest(hessian, gradient)
        step, late = (best if late is None or delay == 0 else late), best
        error = torch.where(running.unsqueeze(-1), error - step.unsqueeze(-1) * gradient, error)
        counts += running
    raise ValueError(f"most: {int(running.sum())} starts need more than {most} steps")


def first_stationary_step(
    risk: Callable[[Tensor], Tensor], w: Float[Tensor, " d"], largest: float = 1e6
) -> tuple[float, Float[Tensor, " d"]]:
    r"""The smallest :math:`\eta>0` at which :math:`\eta\mapsto R(w-\eta\nabla R(w))` turns, and the point reached.

    The derivative :math:`-\nabla R(w^+)\cdot\nabla R(w)` is followed from :math:`\eta=0`, where it is negative, over
    geometrically growing steps until it changes sign, and its zero is found by Brent's method.

    Args:
        risk: a differentiable function of one float64 vector.
        w: float64, finite, not stationary.
        largest: where the search ends.

    Raises:
        ValueError: ``w`` is stationary or not float64, or the risk still falls at the step ``largest``.

    >>> step, reached = first_stationary_step(lambda w: (w**2).sum(), torch.tensor([3.0], dtype=torch.float64))
    >>> round(step, 12)
    0.5
    """
    if not isinstance(w, Tensor) or w.dtype != torch.float64 or w.ndim != 1:
        raise ValueError("w must be a float64 vector")
    slope = torch.func.grad(risk)
    direction = slope(w)
    if not bool(direction.isfinite().all()) or not bool((direction != 0).any()):
        raise ValueError("w: the gradient there is zero or not finite, so there is no ray to search")

    def derivative(step: float) -> float:
        return -float(slope(w - step * direction) @ direction)

    low, high = 0.0, 1e-6 / float(direction.norm().clamp(min=1.0))
    while derivative(high) <= 0:  # zero may be a derivative that underflows
        low, high = high, 1.3 * high
        if high > largest:
            raise ValueError(f"risk still falls at the step {largest:g}: it has no minimum on the ray before it")
    step = optimize.brentq(derivative, low, high, xtol=1e-15, rtol=4 * 2.0**-52)
    return step, w - step * direction


def _step_or_rest(hessian: Tensor, gradient: Tensor) -> Tensor:
    """The optimal step, zero where the gradient is."""
    curvature = torch.einsum("...i,...ij,...j->...", gradient, hessian, gradient)
    at_rest = (gradient == 0).all(-1)
    if bool(((curvature <= 0) & ~at_rest).any()):
        raise ValueError("hessian: the risk has no positive curvature along the gradient, so no minimum on the ray")
    return torch.where(at_rest, 0.0, gradient.square().sum(-1) / curvature.where(~at_rest, torch.ones_like(curvature)))


def check_hessian(hessian: Tensor) -> None:
    """Raise unless a Hessian is a finite floating-point tensor of symmetric matrices with at least one row."""
    check_finite(hessian, "hessian")
    if hessian.ndim < 2 or hessian.shape[-1] != hessian.shape[-2] or hessian.shape[-1] == 0:
        raise ValueError(f"hessian must be square with at least one row, not of shape {tuple(hessian.shape)}")
    if bool(((hessian - hessian.mT).abs().amax((-2, -1)) > _SYMMETRIC * hessian.abs().amax((-2, -1))).any()):
        raise ValueError("hessian is not symmetric")


def check_vector(hessian: Tensor, vector: Tensor, name: str) -> None:
    """Raise unless a vector is finite and has as many entries as a Hessian has rows; ``name`` stands in the message."""
    check_finite(vector, name)
    if vector.ndim == 0 or vector.shape[-1] != hessian.shape[-1]:
        raise ValueError(f"{name} must have {hessian.shape[-1]} entries, not shape {tuple(vector.shape)}")


def check_finite(given: Tensor, name: str) -> None:
    """Raise TypeError unless ``given`` is a floating-point tensor, ValueError unless its entries are finite."""
    if not isinstance(given, Tensor) or not given.is_floating_point():
        raise TypeError(f"{name} must be a floating-point tensor")
    if not bool(torch.isfinite(given).all()):
        raise ValueError(f"{name} has entries that are not finite")
