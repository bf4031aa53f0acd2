r"""Clouds of known dimension: curves, spheres, tori, cubes and rolls, to try estimates of dimension on.

Shown on the page ``chapters/4-networks/intrinsic-dimension``.
"""

from __future__ import annotations

import math

import torch
from jaxtyping import Float
from torch import Tensor

from mgai.linear_algebra.low_rank import check_integer


def cube(n: int, d: int, generator: torch.Generator) -> Float[Tensor, "n d"]:
    """Uniform points of the unit cube; float64, as all clouds here.

    >>> cube(2, 3, torch.Generator()).shape
    torch.Size([2, 3])
    """
    n, d = check_integer(n, "n", 1), check_integer(d, "d", 1)
    return torch.rand(n, d, dtype=torch.float64, generator=generator)


def flat_torus(n: int, d: int, generator: torch.Generator) -> Float[Tensor, "n coordinates"]:
    r"""Uniform points of d circles, :math:`(\cos t_i,\sin t_i)_{i\le d}`: dimension d in 2d coordinates, no boundary.

    >>> round(float(flat_torus(5, 2, torch.Generator().manual_seed(0)).square().sum(1).mean()), 9)
    2.0
    """
    angles = 2 * math.pi * cube(n, d, generator)
    return torch.cat([angles.cos(), angles.sin()], dim=1)


def sphere(n: int, d: int, generator: torch.Generator) -> Float[Tensor, "n coordinates"]:
    """Uniform points of the unit sphere of dimension d, in d + 1 coordinates.

    >>> round(float(sphere(5, 2, torch.Generator().manual_seed(0)).norm(dim=1).mean()), 9)
    1.0
    """
    n, d = check_integer(n, "n", 1), check_integer(d, "d", 1)
    x = torch.randn(n, d + 1, dtype=torch.float64, generator=generator)
    return x / x.norm(dim=1, keepdim=True)


def winding_curve(t: Float[Tensor, " n"], m: int) -> Float[Tensor, "n coordinates"]:
    r"""The closed curve :math:`(\cos jt,\sin jt)_{j\le m}`: dimension 1, and 2m equal principal variances.

    Args:
        t: angles.
        m: how many frequencies, at least 1.

    Raises:
        TypeError, ValueError: ``m`` is no such integer.

    >>> winding_curve(torch.tensor([0.0]), 2)
    tensor([[1., 1., 0., 0.]])
    """
    phases = t[:, None] * torch.arange(1, check_integer(m, "m", 1) + 1).to(t)
    return torch.cat([phases.cos(), phases.sin()], dim=1)


def swiss_roll(n: int, generator: torch.Generator) -> Float[Tensor, "n 3"]:
    """Uniform angles from 1.5π to 4.5π on a rolled strip in three dimensions, uniform across it: dimension 2.

    >>> swiss_roll(4, torch.Generator()).shape
    torch.Size([4, 3])
    """
    angle, across = (cube(n, 2, generator) * torch.tensor([3 * math.pi, 20], dtype=torch.float64)).unbind(1)
    angle = angle + 1.5 * math.pi
    return torch.stack([angle * angle.cos(), across, angle * angle.sin()], dim=1)


def embedded(x: Float[Tensor, "n d"], dimensions: int, generator: torch.Generator) -> Float[Tensor, "n dimensions"]:
    """The cloud in more coordinates, by a random isometry: no distance changes.

    Raises ValueError when there are fewer ``dimensions`` than columns.

    >>> round(float(embedded(torch.eye(2).double(), 5, torch.Generator().manual_seed(0)).norm(dim=1).mean()), 9)
    1.0
    """
    dimensions = check_integer(dimensions, "dimensions", x.shape[1])
    frame, _ = torch.linalg.qr(torch.randn(dimensions, x.shape[1], dtype=torch.float64, generator=generator))
    return x @ frame.to(x).mT


def noisy(x: Float[Tensor, "n d"], noise: float, generator: torch.Generator) -> Float[Tensor, "n d"]:
    """The cloud with independent normal noise of the standard deviation ``noise`` in every coordinate.

    Raises ValueError when ``noise`` is negative or not finite.

    >>> noisy(torch.ones(1, 2).double(), 0.0, torch.Generator())
    tensor([[1., 1.]], dtype=torch.float64)
    """
    if not (math.isfinite(noise) and noise >= 0):
        raise ValueError(f"noise must be finite and not negative, not {noise}")
    return x + noise * torch.randn(x.shape, dtype=torch.float64, generator=generator).to(x)
