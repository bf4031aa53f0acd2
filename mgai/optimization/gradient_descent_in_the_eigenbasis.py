r"""Gradient descent with a fixed step on a quadratic error, in the eigenbasis of its Hessian.

Shown on the page ``chapters/3-optimization/gradient-descent-in-the-eigenbasis``. The error is
:math:`E = E_0 + \tfrac12 (w-w^*)^\top H (w-w^*)` with symmetric :math:`H = Q\Lambda Q^\top`; the component of
:math:`w` along the eigenvector :math:`q_i` is :math:`q_i^\top w`.
"""

from __future__ import annotations

import math
from fractions import Fraction

import torch
from jaxtyping import Float
from torch import Tensor

from mgai.optimization.steepest_descent import check_finite, check_hessian, check_vector


def gradient_descent(
    hessian: Float[Tensor, "*#batch d d"],
    minimiser: Float[Tensor, "*#batch d"],
    step: float,
    n_steps: int,
    start: Float[Tensor, "*#batch d"] | None = None,
) -> Float[Tensor, "n_points ... d"]:
    r"""The points :math:`w_0, \dots, w_n` of :math:`w_t = w_{t-1} - \rho H (w_{t-1} - w^*)`, one matrix product a step.

    Args:
        hessian: symmetric, of any sign.
        minimiser: :math:`w^*`, the stationary point.
        step: :math:`\rho > 0`.
        n_steps: at least 0.
        start: :math:`w_0`; the origin when left out.

    Raises:
        ValueError: shapes do not fit, an entry is not finite, the matrix is not symmetric, the step is not positive,
            or ``n_steps`` is negative.

    >>> gradient_descent(torch.diag(torch.tensor([1.0, 4.0])), torch.ones(2), 0.25, 2)[-1]
    tensor([0.4375, 1.0000])
    """
    check_hessian(hessian)
    check_vector(hessian, minimiser, "minimiser")
    _check_step(step, n_steps)
    if start is not None:
        check_vector(hessian, start, "start")
    first = torch.zeros_like(minimiser) if start is None else start
    points = [first.expand(torch.broadcast_shapes(first.shape, minimiser.shape, hessian.shape[:-1]))]
    for _ in range(n_steps):
        points.append(points[-1] - step * torch.einsum("...ij,...j->...i", hessian, points[-1] - minimiser))
    return torch.stack(points)


def learned_share(eigenvalues: Float[Tensor, "*shape"], step: float, n_steps: int) -> Float[Tensor, "*shape"]:
    r"""What part of each component of the minimiser is reached from the origin: :math:`1-(1-\rho\lambda)^\tau`.

    Derived on the page (``thm-eigenbasis``). Computed without cancellation where :math:`\rho\lambda` is small.

    Args:
        eigenvalues: :math:`\lambda`, of any sign.
        step: :math:`\rho > 0`.
        n_steps: :math:`\tau \ge 0`.

    Raises:
        ValueError: the step is not positive or ``n_steps`` is negative.

    >>> learned_share(torch.tensor([0.0, 1.0, 2.0]), 0.5, 2)
    tensor([0.0000, 0.7500, 1.0000])
    """
    check_finite(eigenvalues, "eigenvalues")
    _check_step(step, n_steps)
    factor = 1 - step * eigenvalues
    small = -torch.expm1(n_steps * torch.log1p((-step * eigenvalues).clamp(min=-0.5)))
    return torch.where(factor > 0.5, small, 1 - factor**n_steps)


def largest_stable_step(hessian: Float[Tensor, "d d"]) -> float:
    r"""The bound :math:`2/\lambda_{\max}`: below it every component converges, at it one oscillates for ever.

    Raises ValueError unless the matrix is symmetric positive definite.

    >>> largest_stable_step(torch.diag(torch.tensor([1.0, 4.0])))
    0.5
    """
    return 2 / _positive_eigenvalues(hessian)[1]


def best_fixed_step(hessian: Float[Tensor, "d d"]) -> tuple[float, float]:
    r"""The step :math:`2/(\lambda_{\min}+\lambda_{\max})` and its factor :math:`(\kappa-1)/(\kappa+1)`, the best.

    The factor bounds what one step leaves of :math:`\lVert w-w^*\rVert` (``thm-best-fixed-step``).

    Raises ValueError unless the matrix is symmetric positive definite.

    >>> best_fixed_step(torch.diag(torch.tensor([1.0, 3.0])))
    (0.5, 0.5)
    """
    low, high = _positive_eigenvalues(hessian)
    return 2 / (low + high), (high - low) / (high + low)


def regime(step: float | Fraction, eigenvalue: float | Fraction) -> str:
    r"""How a component approaches its limit, by :math:`\rho\lambda`, in exact comparisons.

    "monotone" for :math:`0<\rho\lambda<1`, "one step" at 1, "oscillating" between 1 and 2, "for ever" at 2, "divergent"
    above 2 and below 0, "at rest" at 0. Arguments may be fractions. Raises ValueError when the step is not positive.

    >>> [regime(1.0, x) for x in (0.5, 1.0, 1.5, 2.0, 2.5)]
    ['monotone', 'one step', 'oscillating', 'for ever', 'divergent']
    """
    if not step > 0:
        raise ValueError(f"step must be positive, not {step}")
    product = step * eigenvalue
    if not math.isfinite(product):
        raise ValueError(f"eigenvalue must be finite, not {eigenvalue}")
    at = {0: "at rest", 1: "one step", 2: "for ever"}
    between = "monotone" if 0 < product < 1 else "oscillating" if 1 < product < 2 else "divergent"
    return at.get(product, between)


def _positive_eigenvalues(hessian: Tensor) -> tuple[float, float]:
    check_hessian(hessian)
    if hessian.ndim != 2:
        raise ValueError(f"hessian must be one matrix, not of shape {tuple(hessian.shape)}")
    values = torch.linalg.eigvalsh(hessian)
    if values[0] <= 0:
        raise ValueError(f"hessian must be positive definite, but has the eigenvalue {float(values[0]):.3g}")
    return float(values[0]), float(values[-1])


def _check_step(step: float, n_steps: int) -> None:
    if not 0 < step < math.inf:
        raise ValueError(f"step must be positive and finite, not {step}")
    if n_steps < 0:
        raise ValueError(f"n_steps must not be negative, not {n_steps}")
