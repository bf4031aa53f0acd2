r"""Mean times of escape over a barrier for the diffusion :math:`dx=-f'(x)\,dt+\sqrt{2D}\,dB`, exact and asymptotic.

Shown on the page ``chapters/3-optimization/noise-and-saddles``. Gradient descent with noise :math:`\sigma` and small
step :math:`\eta` is this diffusion with :math:`D=\tfrac12\eta\sigma^2`, where one step is the time :math:`\eta`.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from scipy import integrate
from torch import Tensor


def tilted_double_well(x: float | np.ndarray | Tensor, tilt: float = 0.15) -> float | np.ndarray | Tensor:
    r"""The loss :math:`\tfrac14x^4-\tfrac12x^2+cx`: a deep minimum on the left, a shallow one on the right.

    >>> import torch
    >>> tilted_double_well(torch.tensor([0.0, 2.0]), 0.5)
    tensor([0., 3.])
    """
    return x**4 / 4 - x**2 / 2 + tilt * x


def tilted_slope(x: float | np.ndarray | Tensor, tilt: float = 0.15) -> float | np.ndarray | Tensor:
    r"""Its derivative :math:`x^3-x+c`.

    >>> import torch
    >>> tilted_slope(torch.tensor([0.0, 2.0]), 0.5)
    tensor([0.5000, 6.5000])
    """
    return x**3 - x + tilt


def stationary_points(tilt: float = 0.15) -> tuple[float, float, float]:
    r"""The deep minimum, the barrier's top and the shallow minimum: :math:`\frac{2}{\sqrt3}\cos\bigl(\theta_k\bigr)`.

    Viète's solution of :math:`x^3-x+c=0` with three real roots,
    :math:`\theta_k=\frac13\arccos\bigl(-\frac{3\sqrt3}2c\bigr)+\frac{2\pi k}{3}`.

    Raises ValueError unless :math:`0<c<2/\sqrt{27}`.

    >>> [round(x, 4) for x in stationary_points(0.15)]
    [-1.0679, 0.1536, 0.9143]
    """
    if not 0 < tilt < 2 / math.sqrt(27):
        raise ValueError(f"tilt must lie between 0 and {2 / math.sqrt(27):.4f}, not {tilt}")
    angle = math.acos(-1.5 * math.sqrt(3) * tilt) / 3
    return tuple(sorted(2 / math.sqrt(3) * math.cos(angle + 2 * math.pi * k / 3) for k in range(3)))


def mean_escape_time(
    loss: Callable[[np.ndarray], np.ndarray], diffusion: float, start: float, goal: float, wall: float
) -> float:
    r"""The mean time at which the diffusion from ``start`` first reaches ``goal`` < start; a reflecting wall is above.

    .. math:: T=\frac1D\int_{goal}^{start}e^{f(y)/D}\int_y^{wall}e^{-f(z)/D}\,dz\,dy

    Args:
        loss: f, of NumPy arrays.
        diffusion: :math:`D > 0`.
        start, goal, wall: goal < start < wall.

    Raises:
        ValueError: the diffusion is not positive or the three points are not in order.

    Cost: three integrals on 20,001 points by Simpson's rule.

    Source: Gardiner, Handbook of Stochastic Methods, section 5.2.7 (mean first passage time).

    >>> round(mean_escape_time(lambda x: 0 * x, 0.5, 1.0, 0.0, 2.0), 9)  # (start (2 wall - start)) / 2D
    3.0
    """
    if not (0 < diffusion < math.inf and goal < start < wall):
        raise ValueError("diffusion must be positive and goal < start < wall")
    x = np.linspace(start, wall, 20_001)
    deepest = float(loss(np.linspace(goal, wall, 20_001)).min())
    rest = integrate.simpson(np.exp((deepest - loss(x)) / diffusion), x=x)
    down = np.linspace(0, start - goal, 20_001)
    y = start - down
    inner = rest + integrate.cumulative_simpson(np.exp((deepest - loss(y)) / diffusion), x=down, initial=0)
    height = (loss(y) - deepest) / diffusion
    outer = integrate.simpson(np.exp(height - height.max()) * inner, x=down)
    return float(outer * math.exp(height.max()) / diffusion)


def kramers_time(bottom_curvature: float, top_curvature: float, barrier: float, diffusion: float) -> float:
    r"""Kramers' mean time of escape, :math:`\frac{2\pi}{\sqrt{f''(x_{min})\,|f''(x_{top})|}}\,e^{\Delta f/D}`.

    The limit of the exact time for D much smaller than the barrier, by Laplace's method on both integrals.

    Args:
        bottom_curvature: :math:`f''(x_{min}) > 0`.
        top_curvature: :math:`f''(x_{top}) < 0`.
        barrier: :math:`\Delta f > 0`.
        diffusion: :math:`D > 0`.

    Raises:
        ValueError: a sign is wrong.

    Source: Kramers, Physica 7 (1940), 284-304.

    >>> round(kramers_time(4.0, -1.0, 1.0, 0.5) / math.e**2, 6)  # pi
    3.141593
    """
    if not (bottom_curvature > 0 > top_curvature and barrier > 0 and diffusion > 0):
        raise ValueError("bottom_curvature, barrier and diffusion must be positive, top_curvature negative")
    return 2 * math.pi / math.sqrt(-bottom_curvature * top_curvature) * math.exp(barrier / diffusion)
