r"""Solutions of :math:`U'=A(t)U` by a general solver, for claims to compare with.

Used on the page ``chapters/2-calculus/time-ordered-exponential``.
"""

from __future__ import annotations

import numpy as np
import torch
from jaxtyping import Float
from scipy.integrate import solve_ivp
from torch import Tensor

from mgai.calculus.time_ordered_exponential import Generator


def solved(generator: Generator, t: float) -> Float[Tensor, "n n"]:
    r"""The matrix U(t) by SciPy's Runge-Kutta method of order 8, tolerance 1e-12 a step.

    Args:
        generator: a time, as a float64 tensor, to a matrix.
        t: the time.

    Raises:
        ValueError: the solver does not reach t.

    >>> torch.allclose(solved(lambda t: t[..., None, None], 2.0).log(), torch.tensor([[2.0]]).double())
    True
    """
    n = generator(torch.zeros((), dtype=torch.float64)).shape[-1]

    def slope(time: float, flat: np.ndarray) -> np.ndarray:
        matrix = generator(torch.tensor(time, dtype=torch.float64)).cpu().numpy()
        return (matrix @ flat.reshape(n, n)).ravel()

    done = solve_ivp(slope, (0.0, t), np.eye(n).ravel(), method="DOP853", rtol=1e-12, atol=1e-13)
    if not done.success:
        raise ValueError(f"t={t} is not reached: {done.message}")
    return torch.from_numpy(done.y[:, -1].reshape(n, n).copy())
