r"""Noisy gradient descent, :math:`w_{t+1}=w_t-\eta(\nabla f(w_t)+\sigma\xi_t)`: leaving saddles and shallow minima.

Shown on the page ``chapters/3-optimization/noise-and-saddles``; :math:`\xi_t` is standard normal. Near a stationary
point one step multiplies a component by :math:`a=1-\eta\lambda`, so that it is an autoregressive process. In one
dimension the times of first exit of the chain itself, not of a limit, follow from its transition density by quadrature.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from jaxtyping import Float, Int
from scipy import special
from torch import Tensor

from mgai.optimization.gradient_descent_trajectories import Loss
from mgai.optimization.steepest_descent import check_finite


def first_exit(
    gradient: Loss,
    starts: Float[Tensor, "n d"],
    step: float,
    noise: float | Float[Tensor, " n"],
    outside: Callable[[Tensor], Tensor],
    generator: torch.Generator,
    most: int = 100_000,
) -> tuple[Int[Tensor, " n"], Float[Tensor, "n d"]]:
    r"""How many noisy steps each run takes until it is outside, and where it then is; all runs as one batch.

    Args:
        gradient: batched, of points of shape (n, d).
        starts: one row a run; sweeps over starts and noise levels are rows of one batch.
        step: :math:`\eta > 0`.
        noise: :math:`\sigma \ge 0`, one number or one for each run.
        outside: says for each point whether the run ends there.
        generator: on the CPU, so that every device sees the same numbers.
        most: steps after which runs are given up.

    Raises:
        ValueError: a start is not finite, step or noise out of range, or runs are not outside after ``most`` steps.

    Cost: one gradient of the runs still inside for each step.

    >>> runs = torch.zeros(3, 1), 1.0, 0.0, lambda w: w[:, 0] >= 5, torch.Generator()
    >>> first_exit(lambda w: -torch.ones_like(w), *runs)[0]  # downhill by one in each step
    tensor([5, 5, 5])
    """
    check_finite(starts, "starts")
    _check(step, noise)
    spread = torch.as_tensor(noise, dtype=starts.dtype, device=starts.device).expand(len(starts)).unsqueeze(-1)
    points, counts = starts.clone(), torch.zeros(len(starts), dtype=torch.long, device=starts.device)
    inside = torch.arange(len(starts), device=starts.device)
    for t in range(1, most + 1):
        draws = torch.randn(len(inside), starts.shape[1], dtype=starts.dtype, generator=generator).to(starts.device)
        moved = points[inside] - step * (gradient(points[inside]) + spread[inside] * draws)
        points[inside], left = moved, outside(moved)
        counts[inside[left]] = t
        inside = inside[~left]
        if len(inside) == 0:
            return counts, points
    raise ValueError(f"most: {len(inside)} runs are still inside after {most} steps")


def noisy_variance(eigenvalue: float, step: float, noise: float, n_steps: int) -> float:
    r"""The variance of a component after :math:`t` noisy steps from a stationary point.

    .. math:: v_t=\eta^2\sigma^2\frac{a^{2t}-1}{a^2-1},\qquad a=1-\eta\lambda

    Derived on the page (``thm-noisy-component``). Along an unstable direction, :math:`\lambda<0`, it grows like
    :math:`a^{2t}`; for :math:`0<\eta\lambda<2` it tends to :math:`\frac{\eta\sigma^2}{\lambda(2-\eta\lambda)}`.

    Args:
        eigenvalue: :math:`\lambda`, of any sign.
        step: :math:`\eta > 0`.
        noise: :math:`\sigma \ge 0`.
        n_steps: :math:`t \ge 0`.

    Raises:
        ValueError: step, noise or n_steps out of range.

    >>> noisy_variance(-1.0, 1.0, 1.0, 3)  # 1 + 4 + 16
    21.0
    """
    _check(step, noise)
    if n_steps < 0 or not math.isfinite(eigenvalue):
        raise ValueError(f"n_steps must not be negative and eigenvalue finite, not {n_steps} and {eigenvalue}")
    square = (1 - step * eigenvalue) ** 2
    sums = float(n_steps) if square == 1 else (square**n_steps - 1) / (square - 1)
    return (step * noise) ** 2 * sums


def median_escape(eigenvalue: float, step: float, noise: float, radius: float) -> float:
    r"""The number of steps after which half of all runs from a saddle are further than ``radius`` off.

    The :math:`t` at which the standard deviation of the unstable component reaches :math:`r/0.6745`:

    .. math:: t=\frac{1}{2\ln a}\ln\Bigl(1+\frac{r^2(a^2-1)}{0.6745^2\,\eta^2\sigma^2}\Bigr)

    Args:
        eigenvalue: :math:`\lambda < 0`.
        step, noise, radius: positive.

    Raises:
        ValueError: the eigenvalue is not negative, or one of the others not positive.

    >>> round(median_escape(-1.0, 0.1, 1e-3, 0.5) - median_escape(-1.0, 0.1, 2e-3, 0.5), 4)  # ln 2 / ln 1.1
    7.2725
    """
    _check(step, noise)
    if not (-math.inf < eigenvalue < 0 < noise and 0 < radius < math.inf):
        raise ValueError("eigenvalue must be negative, noise and radius positive")
    a = 1 - step * eigenvalue
    half = float(special.ndtri(0.75))
    return math.log1p((radius / (half * step * noise)) ** 2 * (a * a - 1)) / (2 * math.log(a))


def exit_moments(
    slope: Callable[[Tensor], Tensor],
    start: float,
    step: float,
    noise: float,
    interval: tuple[float, float],
    n_nodes: int | None = None,
) -> tuple[float, float]:
    r"""Mean and standard deviation of the number of noisy steps until the chain leaves an interval.

    With the transition density :math:`k(x,y)`, normal about :math:`x-\eta f'(x)` with deviation :math:`\eta\sigma`, the
    moments satisfy :math:`m=1+Km` and :math:`s=1+2Km+Ks`. The integrals are taken by Gauss-Legendre quadrature
    (Nyström's method), whose error is of the order of rounding once its nodes resolve the density.

    Args:
        slope: :math:`f'`, of points of shape (n,) in float64.
        start: inside the interval.
        step, noise: positive.
        interval: its two ends.
        n_nodes: four for each standard deviation of a step, and at least 32, when left out.

    Raises:
        ValueError: the start is not inside, step or noise not positive, or the nodes needed are more than 4,000.

    >>> mean, deviation = exit_moments(lambda x: 0 * x, 0.0, 1.0, 50.0, (-1.0, 1.0))  # nearly all leave at once
    >>> round(mean, 4), round(deviation, 3)
    (1.0162, 0.128)
    """
    kernel, from_start, _ = _transition(slope, start, step, noise, interval, n_nodes)
    one = torch.ones(len(kernel), dtype=torch.float64)
    rest = torch.linalg.lu_factor(torch.eye(len(kernel), dtype=torch.float64) - kernel)
    means = torch.linalg.lu_solve(*rest, one[:, None])[:, 0]
    squares = torch.linalg.lu_solve(*rest, (one + 2 * kernel @ means)[:, None])[:, 0]
    mean = float(1 + from_start @ means)
    return mean, math.sqrt(float(1 + 2 * from_start @ means + from_start @ squares) - mean**2)


def survival(
    slope: Callable[[Tensor], Tensor],
    start: float,
    step: float,
    noise: float,
    interval: tuple[float, float],
    n_steps: int,
) -> Float[Tensor, " points"]:
    r"""The probability that the chain has not left an interval after 0, 1, ..., n steps; as :func:`exit_moments`.

    >>> survival(lambda x: 0 * x, 0.0, 1.0, 1.0, (-1.0, 1.0), 1)  # the second: one standard deviation
    tensor([1.0000, 0.6827], dtype=torch.float64)
    """
    kernel, density, weights = _transition(slope, start, step, noise, interval, None)
    alive = [torch.ones((), dtype=torch.float64)]
    back = torch.ones(len(weights), dtype=torch.float64)
    for _ in range(n_steps):
        alive.append(density @ back)
        back = kernel @ back
    return torch.stack(alive)


def _transition(
    slope: Callable[[Tensor], Tensor], start: float, step: float, noise: float, interval: tuple[float, float],
    n_nodes: int | None,
) -> tuple[Tensor, Tensor, Tensor]:  # fmt: skip
    """Transition densities times weights, from every node and from the start, and the weights themselves."""
    _check(step, noise)
    low, high = interval
    if not (noise > 0 and low < start < high):
        raise ValueError(f"noise must be positive and start inside the interval, not {noise} and {start}")
    wanted = n_nodes or max(32, math.ceil(4 * (high - low) / (step * noise)))
    if wanted > 4000:
        raise ValueError(f"noise is so small that the interval needs {wanted} nodes, more than 4,000")
    nodes, weights = (torch.from_numpy(part) for part in special.roots_legendre(wanted))
    nodes, weights = low + (nodes + 1) * (high - low) / 2, weights * (high - low) / 2

    def row(points: Tensor) -> Tensor:
        z = (nodes - (points - step * slope(points))[:, None]) / (step * noise)
        return torch.exp(-z.square() / 2) / (step * noise * math.sqrt(2 * math.pi)) * weights

    return row(nodes), row(torch.tensor([start], dtype=torch.float64))[0], weights


def _check(step: float, noise: float | Tensor) -> None:
    if not 0 < step < math.inf:
        raise ValueError(f"step must be positive and finite, not {step}")
    levels = torch.as_tensor(noise)
    if not bool(((levels >= 0) & levels.isfinite()).all()):
        raise ValueError(f"noise must not be negative, and finite, not {noise}")
