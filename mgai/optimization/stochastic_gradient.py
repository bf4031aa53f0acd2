r"""Stochastic gradients: batches, averages of the iterates, and step sizes, with exact moments on a quadratic.

Shown on the page ``chapters/3-optimization/stochastic-gradient``. On :math:`J(\theta)=\tfrac h2\theta^2` with gradients
:math:`h\theta_t+\xi_t`, where :math:`\xi_t` are independent with mean 0 and variance :math:`\sigma^2`, the iterates
:math:`\theta_{t+1} = (1-\alpha_th)\theta_t - \alpha_t\xi_t` are linear in the noise; their first two moments obey exact
recursions, and with a constant step they are an autoregression of order one.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import torch
from jaxtyping import Float
from torch import Tensor

from mgai.calculus.argument_checks import check_positive, check_tensor
from mgai.optimization.steepest_descent import check_finite


def batch_covariance(gradients: Float[Tensor, "n d"], size: int, replacement: bool) -> Float[Tensor, "d d"]:
    r"""The covariance of the mean gradient of a batch drawn uniformly: :math:`\frac Cb` with replacement.

    Without replacement it is :math:`\frac Cb\cdot\frac{n-b}{n-1}`. :math:`C` is the covariance of the n gradients (with
    the divisor n). In both cases the mean is the full gradient. Formula ``cs-11-03``.

    Args:
        gradients: one row for each sample.
        size: :math:`b`, at least 1; at most n without replacement.
        replacement: whether a sample may be drawn twice.

    Raises:
        ValueError: the batch size is out of range, or ``gradients`` is no finite matrix.
        TypeError: ``gradients`` is no floating-point tensor.

    >>> [batch_covariance(torch.tensor([[1.0], [3.0]]), size, False).item() for size in (1, 2)]
    [1.0, 0.0]
    """
    check_tensor(gradients, "gradients", None, None)
    n = len(gradients)
    if size < 1 or (not replacement and size > n):
        raise ValueError(f"size must be at least 1, and at most {n} without replacement, not {size}")
    centred = gradients - gradients.mean(0)
    left = 1.0 if replacement or n == 1 else (n - size) / (n - 1)
    return centred.T @ centred / n / size * left


def arithmetic_mean(path: Float[Tensor, "n ..."]) -> Float[Tensor, "n ..."]:
    r"""The means :math:`\frac1t\sum_{i\le t}\theta_i` of a path's beginnings, by :math:`\bar\theta_t =
    (1-\frac1t)\bar\theta_{t-1}+\frac1t\theta_t`. Formula ``cs-11-06``.

    Raises ValueError when the path is empty or not finite, TypeError for other tensors.

    >>> arithmetic_mean(torch.tensor([1.0, 2.0, 6.0]))
    tensor([1.0000, 1.5000, 3.0000])
    """
    return _averaged(path, [1 / t for t in range(1, len(path) + 1)])


def moving_average(path: Float[Tensor, "n ..."], weight: float) -> Float[Tensor, "n ..."]:
    r"""The averages :math:`\bar\theta_t = (1-\beta)\bar\theta_{t-1}+\beta\theta_t` with :math:`\bar\theta_1=\theta_1`.

    The weight of :math:`\theta_{t-k}` is :math:`\beta(1-\beta)^k`: a memory of about :math:`1/\beta` points.
    Formula ``cs-11-06``.

    Raises ValueError when the weight is not in (0, 1], or the path is empty or not finite.

    >>> moving_average(torch.tensor([1.0, 2.0, 6.0]), 0.5)
    tensor([1.0000, 1.5000, 3.7500])
    """
    _check_weight(weight)
    return _averaged(path, [1.0] + [weight] * (len(path) - 1))


def stationary_variance(curvature: float, noise: float, step: float) -> float:
    r"""The variance :math:`\frac{\alpha\sigma^2}{h(2-\alpha h)}` at which a constant step stays. Formula ``cs-11-07``.

    Args:
        curvature: :math:`h > 0`.
        noise: the variance :math:`\sigma^2 > 0`.
        step: :math:`0 < \alpha < 2/h`.

    Raises:
        ValueError: an argument is out of range.

    >>> stationary_variance(1.0, 1.0, 1.0)
    1.0
    """
    check_positive(curvature, "curvature")
    check_positive(noise, "noise")
    if not check_positive(step, "step") * curvature < 2:
        raise ValueError(f"step must be below 2 / curvature = {2 / curvature:g}, not {step}")
    return step * noise / (curvature * (2 - step * curvature))


def moving_average_variance(curvature: float, noise: float, step: float, weight: float) -> float:
    r"""The variance :math:`\frac\beta{2-\beta}\cdot\frac{1+(1-\beta)\rho}{1-(1-\beta)\rho}` times that of an iterate.

    :math:`\rho=1-\alpha h` is the correlation of consecutive points. Formula ``cs-11-06``.

    Raises ValueError as :func:`stationary_variance`, and when the weight is not in (0, 1].

    >>> moving_average_variance(1.0, 1.0, 1.0, 0.5)  # independent points: a third
    0.3333333333333333
    """
    _check_weight(weight)
    kept = (1 - weight) * (1 - step * curvature)
    return stationary_variance(curvature, noise, step) * weight / (2 - weight) * (1 + kept) / (1 - kept)


def second_moments(
    steps: Iterable[float], curvature: float, noise: float, start: float
) -> tuple[Float[Tensor, " n"], Float[Tensor, " n"]]:
    r"""The exact :math:`\mathbb E\theta_t^2` and :math:`\mathbb E\bar\theta_t^2` after each step (arithmetic mean).

    With the sum :math:`S_t` of the iterates after the start and :math:`a=1-\alpha_th`:
    :math:`\mathbb E\theta^2\to a^2\mathbb E\theta^2+\alpha_t^2\sigma^2`,
    :math:`\mathbb ES\theta\to a\,\mathbb ES\theta+` the new :math:`\mathbb E\theta^2`; :math:`\mathbb ES^2` grows by
    :math:`2a\,\mathbb ES\theta` and the new :math:`\mathbb E\theta^2`. Formulas ``cs-11-07``, ``cs-11-08``.

    Args:
        steps: :math:`\alpha_t > 0`, one for each step.
        curvature: :math:`h`, of any sign.
        noise: the variance :math:`\sigma^2 \ge 0`.
        start: :math:`\theta_0`.

    Raises:
        ValueError: a step is not positive, the noise is negative, or there is no step.

    Cost: O(n), in float64.

    >>> [moments.tolist() for moments in second_moments([0.5, 0.5], 1.0, 1.0, 0.0)]
    [[0.25, 0.3125], [0.25, 0.203125]]
    """
    if not 0 <= noise < math.inf or not math.isfinite(curvature) or not math.isfinite(start):
        raise ValueError(f"noise must not be negative, all finite, not {noise}; curvature {curvature}, start {start}")
    last, mean, square, cross, total = [], [], start**2, 0.0, 0.0
    for t, step in enumerate(steps, start=1):
        kept = 1 - check_positive(step, "steps") * curvature
        square = kept**2 * square + step**2 * noise
        total += 2 * kept * cross + square
        cross = kept * cross + square
        last.append(square)
        mean.append(total / t**2)
    if not last:
        raise ValueError("steps is empty")
    return torch.tensor(last, dtype=torch.float64), torch.tensor(mean, dtype=torch.float64)


def remembered_start(steps: Iterable[float], curvature: float) -> float:
    r"""The share :math:`\prod_t(1-\alpha_th)` of the start in the mean of the last iterate. Formula ``cs-11-10``.

    For :math:`0<\alpha_th<1` it tends to zero if and only if :math:`\sum_t\alpha_t=\infty`.

    Raises ValueError when a step is not positive.

    >>> remembered_start([0.5, 0.5], 1.0)
    0.25
    """
    return math.prod(1 - check_positive(step, "steps") * curvature for step in steps)


def robbins_monro(power: float) -> tuple[bool, bool]:
    r"""Whether the steps :math:`t^{-p}` satisfy :math:`\sum\alpha_t=\infty` and :math:`\sum\alpha_t^2<\infty`.

    The first holds for :math:`p\le1`, the second for :math:`p>\frac12`. Formulas ``cs-11-09``, ``cs-11-11``,
    ``cs-11-12``.

    Raises ValueError when the power is not positive.

    >>> robbins_monro(1.0), robbins_monro(0.5)
    ((True, True), (True, False))
    """
    check_positive(power, "power")
    return power <= 1, 2 * power > 1


def _averaged(path: Tensor, weights: list[float]) -> Tensor:
    check_finite(path, "path")
    if path.ndim == 0 or len(path) == 0:
        raise ValueError("path must have at least one point")
    means = [path[0]]
    for point, weight in zip(path[1:], weights[1:], strict=True):
        means.append((1 - weight) * means[-1] + weight * point)
    return torch.stack(means)


def _check_weight(weight: float) -> None:
    if not 0 < weight <= 1:
        raise ValueError(f"weight must lie in (0, 1], not {weight}")
