"""The best step along a gradient by routes that do not use its formula: what claims and grading compare with.

Used on the page ``chapters/3-optimization/steepest-descent``.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from jaxtyping import Float
from scipy.optimize import minimize_scalar
from torch import Tensor


def step_by_search(risk: Callable[[Tensor], Tensor], w: Float[Tensor, " d"], bracket: tuple[float, float]) -> float:
    r"""The step that minimises :math:`R(w-\eta\nabla R(w))`, found from values of the risk alone (Brent's search).

    Args:
        risk: differentiable at ``w``, with one minimum on the ray.
        w: float64.
        bracket: two steps to start from, the first with the larger risk.

    Returns:
        The step, to about half the digits: near a minimum values hardly change.

    Raises:
        ValueError: no bracket of a minimum is found.

    >>> found = step_by_search(lambda w: 2 * (w**2).sum(), torch.tensor([3.0], dtype=torch.float64), (0.0, 0.1))
    >>> round(found, 6)
    0.25
    """
    direction = torch.func.grad(risk)(w)
    try:
        with np.errstate(all="ignore"):  # a risk without a minimum sends the search to infinity
            found = minimize_scalar(lambda step: float(risk(w - step * direction)), bracket=bracket, tol=1e-12)
    except (RuntimeError, ValueError) as error:  # SciPy found no bracket
        raise ValueError(f"bracket={bracket} leads to no minimum on the ray") from error
    if not np.isfinite(found.fun):
        raise ValueError(f"bracket={bracket} leads to no minimum on the ray")
    return float(found.x)


def step_by_least_squares(
    x: Float[Tensor, "n d"], residual: Float[Tensor, " n"], gradient: Float[Tensor, " d"]
) -> float:
    r"""The step that minimises :math:`\lVert r-\eta Xg\rVert^2`: a least-squares problem in one unknown, by LAPACK.

    Args:
        x: one sample a row.
        residual: :math:`r=Xw-y`.
        gradient: :math:`g`, with :math:`Xg\ne0`.

    Raises:
        ValueError: :math:`Xg` is zero, so that every step gives the same.

    >>> eye = torch.eye(2, dtype=torch.float64)
    >>> step_by_least_squares(eye, 3 * eye[0], eye[0])
    3.0
    """
    moved = (x @ gradient).cpu().numpy()
    if not np.any(moved):
        raise ValueError("gradient: x @ gradient is zero, so every step gives the same risk")
    return float(np.linalg.lstsq(moved[:, None], residual.cpu().numpy(), rcond=None)[0][0])
