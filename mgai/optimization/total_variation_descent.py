r"""What does not converge: gradient descent on smoothed total variation, and the subgradient method, with a fixed step.

Shown on the page ``chapters/3-optimization/total-variation``; the convergent method is in
:mod:`mgai.optimization.total_variation`.
"""

from __future__ import annotations

import math

import torch
from jaxtyping import Float
from torch import Tensor

from mgai.optimization.total_variation import NORM_SQUARED, adjoint, differences, energy


def descent_direction(
    u: Float[Tensor, "h w"], data: Float[Tensor, "h w"], weight: float, eps: float
) -> Float[Tensor, "h w"]:
    r"""The gradient :math:`u-f+\lambda K^\top\frac{Ku}{\sqrt{|Ku|^2+\epsilon^2}}`; a subgradient of :math:`E` for zero.

    Args:
        u, data: images of one shape.
        weight: :math:`\lambda`.
        eps: :math:`\epsilon\ge0`; with 0 the quotient is taken as 0 where :math:`Ku=0`.

    Raises:
        ValueError: ``eps`` is negative or not finite, or the shapes differ.

    >>> descent_direction(torch.tensor([[0.0, 1.0]]), torch.zeros(1, 2), 2.0, 0.0)
    tensor([[-2.,  3.]])
    """
    if not 0 <= eps < math.inf:
        raise ValueError(f"eps must be finite and not negative, not {eps}")
    if u.shape != data.shape:
        raise ValueError(f"u has the shape {tuple(u.shape)}, data {tuple(data.shape)}")
    field = differences(u)
    length = (field.square().sum(0) + eps**2).sqrt()
    return u - data + weight * adjoint(field / torch.where(length > 0, length, 1.0))


def descent(
    data: Float[Tensor, "h w"],
    weight: float,
    step: float,
    n_steps: int,
    eps: float = 0.0,
    start: Float[Tensor, "h w"] | None = None,
) -> Float[Tensor, "n_points h w"]:
    """The images that steps of one length along minus :func:`descent_direction` visit, each clipped to [0, 1].

    Args:
        data, weight, eps: as for :func:`descent_direction`.
        step: positive.
        n_steps: not negative.
        start: the first image, the data clipped to [0, 1] if left out.

    Raises:
        ValueError: the step is not positive and finite, or ``n_steps`` is negative.

    >>> descent(torch.tensor([[0.0, 1.0]]), 0.1, 0.5, 1)[-1]
    tensor([[0.0500, 0.9500]])
    """
    if not 0 < step < math.inf or n_steps < 0:
        raise ValueError(f"step must be positive and finite and n_steps not negative, not {step} and {n_steps}")
    images = [(data if start is None else start).clamp(0, 1)]
    for _ in range(n_steps):
        images.append((images[-1] - step * descent_direction(images[-1], data, weight, eps)).clamp(0, 1))
    return torch.stack(images)


def energies(images: Float[Tensor, "n h w"], data: Float[Tensor, "h w"], weight: float) -> Float[Tensor, " n"]:
    """The objective, not smoothed, of each of several images; raises as ``energy`` does.

    >>> energies(torch.ones(2, 1, 2), torch.zeros(1, 2), 1.0)
    tensor([1., 1.])
    """
    return torch.stack([energy(u, data, weight) for u in images])


def largest_stable_step(weight: float, eps: float) -> float:
    r"""Twice the inverse of the gradient's Lipschitz constant, :math:`2/(1+8\lambda/\epsilon)`.

    Descent on the smoothed energy converges for every smaller step; at a minimiser with a flat part, a step much
    above it does not. Raises ValueError unless ``weight`` and ``eps`` are positive.

    >>> round(largest_stable_step(0.5, 1e-3), 6)
    0.0005
    """
    if not (weight > 0 and eps > 0):
        raise ValueError(f"weight and eps must be positive, not {weight} and {eps}")
    return 2 / (1 + NORM_SQUARED * weight / eps)
