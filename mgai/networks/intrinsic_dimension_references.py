"""Laws and samples that the page ``chapters/4-networks/intrinsic-dimension`` compares its estimates with."""

from __future__ import annotations

import torch
from jaxtyping import Float
from sklearn.neighbors import NearestNeighbors
from torch import Tensor


def ball_distances(n: int, d: int, k: int, generator: torch.Generator) -> Float[Tensor, "n k"]:
    """Ascending distances from the centre of the unit ball to the k nearest of k + 3 uniform points, n times.

    The points are drawn in coordinates: a normal direction, and the d-th root of a uniform number as radius.

    >>> bool((ball_distances(4, 3, 2, torch.Generator().manual_seed(0)).diff() > 0).all())
    True
    """
    directions = torch.randn(n, k + 3, d, dtype=torch.float64, generator=generator)
    radii = torch.rand(n, k + 3, 1, dtype=torch.float64, generator=generator) ** (1 / d)
    points = radii * directions / directions.norm(dim=-1, keepdim=True)
    return points.norm(dim=-1).sort(dim=-1).values[:, :k]


def distances_by_scikit_learn(x: Float[Tensor, "n d"], k: int) -> Float[Tensor, "n k"]:
    """The distances to the k nearest others by scikit-learn's trees."""
    found, _ = NearestNeighbors(n_neighbors=k + 1, algorithm="kd_tree").fit(x.numpy()).kneighbors(x.numpy())
    return torch.from_numpy(found[:, 1:].copy())


def levina_bickel_mean(d: float, k: int) -> float:
    r"""The exact expectation :math:`d(k-1)/(k-2)` of :math:`(k-1)/L` for :math:`L\sim` Gamma(k - 1, rate d)."""
    return d * (k - 1) / (k - 2)


def levina_bickel_deviation(d: float, k: int) -> float:
    r"""Its exact standard deviation for one point, :math:`d(k-1)/((k-2)\sqrt{k-3})`; k above 3."""
    return levina_bickel_mean(d, k) / (k - 3) ** 0.5
