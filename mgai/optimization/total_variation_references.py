r"""Minimisers of the total variation energy by routes that share nothing with the primal-dual method.

Used on the page ``chapters/3-optimization/total-variation``.
"""

from __future__ import annotations

import itertools

import numpy as np
import torch
from jaxtyping import Float
from scipy import optimize
from torch import Tensor

_ACCURACY = 1e-7


def step_minimiser(n_low: int, n_high: int, height: float, weight: float) -> Float[Tensor, " n"]:
    r"""The minimiser for a step: ``n_low`` zeros, then ``n_high`` entries of one height, in one dimension.

    The plateaus move towards each other by :math:`\lambda/n_{\mathrm{low}}` and :math:`\lambda/n_{\mathrm{high}}`, and
    both stop at the mean when they meet, :math:`\lambda\ge h\,n_{\mathrm{low}}n_{\mathrm{high}}/n`.
    Derived on the page ``chapters/3-optimization/total-variation`` (``thm-tv-step``).

    Raises ValueError for counts below 1, or a height or weight that is negative.

    >>> step_minimiser(2, 1, 1.0, 0.5)
    tensor([0.2500, 0.2500, 0.5000], dtype=torch.float64)
    """
    if min(n_low, n_high) < 1 or not (height >= 0 and weight >= 0):
        raise ValueError(f"n_low={n_low} and n_high={n_high} must be positive, height and weight not negative")
    move = min(weight, height * n_low * n_high / (n_low + n_high))
    low, high = np.full(n_low, move / n_low), np.full(n_high, height - move / n_high)
    return torch.from_numpy(np.concatenate([low, high]))


def difference_matrix(h: int, w: int) -> Float[np.ndarray, "rows pixels"]:
    """The discrete gradient as a dense matrix, one row a difference, built pixel by pixel: first down, then across.

    Raises ValueError for an image without pixels.

    >>> difference_matrix(1, 2)
    array([[ 0.,  0.],
           [ 0.,  0.],
           [-1.,  1.],
           [ 0.,  0.]])
    """
    if min(h, w) < 1:
        raise ValueError(f"h={h} and w={w} must be positive")
    matrix = np.zeros((2, h, w, h, w))
    for i, j in itertools.product(range(h), range(w)):
        for axis, (k, m) in enumerate(((i + 1, j), (i, j + 1))):
            if k < h and m < w:
                matrix[axis, i, j, k, m], matrix[axis, i, j, i, j] = 1, -1
    return matrix.reshape(2 * h * w, h * w)


def minimiser_by_programming(data: Float[Tensor, "h w"], weight: float) -> Float[Tensor, "h w"]:
    r"""The minimiser from the dual problem, by sequential quadratic programming (SciPy's SLSQP) with dense matrices.

    It minimises :math:`\tfrac12\lVert f-K^\top p\rVert^2` over :math:`|p_i|^2\le\lambda^2` and returns
    :math:`f-K^\top p`. For a few dozen pixels.

    Raises ValueError unless the weight is positive, RuntimeError when the energy may exceed the minimum by over 1e-7.

    Cost: cubic in the number of pixels, an iteration.
    """
    if not weight > 0:
        raise ValueError(f"weight must be positive, not {weight}")
    f, k = data.double().cpu().numpy().ravel(), difference_matrix(*data.shape)
    n = len(f)
    found = optimize.minimize(
        lambda p: 0.5 * np.square(f - k.T @ p).sum(),
        np.zeros(2 * n),
        jac=lambda p: -k @ (f - k.T @ p),
        constraints={
            "type": "ineq",
            "fun": lambda p: weight**2 - p[:n] ** 2 - p[n:] ** 2,
            "jac": lambda p: -2 * np.hstack([np.diag(p[:n]), np.diag(p[n:])]),
        },
        method="SLSQP",
        options={"ftol": 1e-15, "maxiter": 500},
    )
    p = found.x.reshape(2, n)
    p = p / np.maximum(1, np.hypot(*p) / weight)
    u = f - k.T @ p.ravel()
    field = (k @ u).reshape(2, n)
    gap = weight * np.hypot(*field).sum() - (field * p).sum()  # the energy's excess is at most this
    if not gap <= _ACCURACY:
        raise RuntimeError(f"SLSQP did not converge ({found.message}): it leaves a gap of {gap:.1e}")
    return torch.from_numpy(u).reshape(data.shape)
