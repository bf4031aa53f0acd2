"""Linear systems solved by a general solver: what claims of ``chapters/2-calculus/heat-equation`` compare with."""

from __future__ import annotations

import numpy as np
import torch
from jaxtyping import Float
from scipy.integrate import solve_ivp
from torch import Tensor


def solved(a: Float[Tensor, "n n"], b: Float[Tensor, " n"], x0: Float[Tensor, " n"], t: float) -> Float[Tensor, " n"]:
    r"""The solution of :math:`x'=Ax+b` at time t by SciPy's Runge-Kutta method of order 8, tolerance 1e-12 a step.

    Args:
        a, b, x0: float64.
        t: the time.

    Raises:
        ValueError: the solver does not reach t.

    >>> one = torch.ones(1, dtype=torch.float64)
    >>> torch.allclose(solved(-one[:, None], one, 3 * one, 1.0), 1 + 2 * torch.exp(-one))
    True
    """
    matrix, force = a.cpu().numpy(), b.cpu().numpy()
    done = solve_ivp(
        lambda _, x: matrix @ x + force, (0.0, t), x0.cpu().numpy(), method="DOP853", rtol=1e-12, atol=1e-13
    )
    if not done.success:
        raise ValueError(f"t={t} is not reached: {done.message}")
    return torch.from_numpy(np.ascontiguousarray(done.y[:, -1]))
