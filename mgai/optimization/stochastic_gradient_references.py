r"""Simulations and enumerations for the page ``chapters/3-optimization/stochastic-gradient``."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import torch
from jaxtyping import Float
from torch import Generator, Tensor


def simulate(
    steps: Sequence[float], curvature: float, start: float, n_runs: int, generator: Generator
) -> Float[Tensor, "n_points n_runs"]:
    r"""Runs of :math:`\theta_{t+1} = \theta_t-\alpha_t(h\theta_t+\xi_t)` with standard normal noise, without the start.

    >>> simulate([0.5, 0.5], 1.0, 1.0, 3, torch.Generator()).shape
    torch.Size([2, 3])
    """
    theta, points = torch.full((n_runs,), start, dtype=torch.float64), []
    for step in steps:
        noise = torch.randn(n_runs, dtype=torch.float64, generator=generator)
        theta = theta - step * (curvature * theta + noise)
        points.append(theta)
    return torch.stack(points)


def expected_iterate(slope: Callable[[Tensor], Tensor], step: float, n_steps: int) -> tuple[float, float]:
    r"""The exact :math:`\mathbb E\theta_n` and :math:`\mathbb E\,e^{\theta_n}` from 0 with the noise 1 or -1.

    All :math:`2^n` equally likely sequences of signs are followed.

    >>> expected_iterate(lambda x: x, 0.5, 1)[0]
    0.0
    """
    theta = torch.zeros(1, dtype=torch.float64)
    for _ in range(n_steps):
        down = theta - step * slope(theta)
        theta = torch.cat([down - step, down + step])
    return float(theta.mean()), float(theta.exp().mean())


def least_worst_excess(n_samples: int, gap: float) -> float:
    r"""The least worst expected excess on the two slopes :math:`\pm\delta\theta`, :math:`|\theta|\le1`, of any method.

    From n gradients with standard normal noise: :math:`2\delta\,\Phi(-\delta\sqrt n)`, by the sign of their mean.

    >>> round(least_worst_excess(100, 0.1), 4)
    0.0317
    """
    return gap * math.erfc(gap * math.sqrt(n_samples / 2))
