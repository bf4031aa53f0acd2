"""Divergences and distances of two segments by enumeration, programming and quadrature, for claims and grading.

Used on the page ``chapters/6-information/parallel-segments``. Points have shape (n, 2).
"""

from __future__ import annotations

import numpy as np
import torch
from jaxtyping import Float
from scipy.stats import norm
from torch import Tensor

from mgai.information.parallel_segments import segment
from mgai.information.wasserstein_distance_references import transport_by_assignment, transport_by_linear_program


def distances(x: Float[Tensor, "n d"], y: Float[Tensor, "m d"]) -> Float[Tensor, "n m"]:
    """Euclidean distances between the points of two sets.

    >>> distances(torch.tensor([[0.0, 0.0]]), torch.tensor([[3.0, 4.0], [0.0, 1.0]]))
    tensor([[5., 1.]])
    """
    return (x[:, None] - y[None]).square().sum(-1).sqrt()


def distance_by_linear_program(
    x: Float[Tensor, "n d"], y: Float[Tensor, "m d"], power: float = 1.0
) -> tuple[float, np.ndarray]:
    r""":math:`W_p^p` of the uniform laws on two sets of points and an optimal coupling, by a linear programme.

    >>> round(distance_by_linear_program(torch.tensor([[0.0, 0.0]]), torch.tensor([[3.0, 4.0], [0.0, 1.0]]))[0], 12)
    3.0
    """
    return transport_by_linear_program(distances(x, y) ** power)


def distance_by_assignment(x: Float[Tensor, "n d"], y: Float[Tensor, "n d"]) -> float:
    r""":math:`W_1` of two sets of as many points: the cheapest permutation.

    >>> distance_by_assignment(torch.tensor([[0.0, 0.0], [1.0, 0.0]]), torch.tensor([[1.0, 1.0], [0.0, 1.0]]))
    1.0
    """
    return transport_by_assignment(distances(x, y))


def segments_by_assignment(theta: float, n: int = 16) -> float:
    """The distance of the two segments with n atoms each, from the assignment problem.

    >>> segments_by_assignment(-0.5)
    0.5
    """
    return distance_by_assignment(segment(0.0, n), segment(theta, n))


def blurred_on_grid(theta: float, sigma: float, n: int = 401) -> tuple[float, float]:
    r"""Divergence and Jensen-Shannon divergence of the blurred laws, summed over a grid of the *plane*.

    The density is :math:`\varphi_\sigma(x-\theta)\,\bigl(\Phi(y/\sigma)-\Phi((y-1)/\sigma)\bigr)`. Trapezoidal rule.

    >>> [round(value, 9) for value in blurred_on_grid(0.2, 0.2)]
    [0.5, 0.111421482]
    """
    x = np.linspace(min(0.0, theta) - 9 * sigma, max(0.0, theta) + 9 * sigma, n)
    y = np.linspace(-9 * sigma, 1 + 9 * sigma, n)
    across = norm.cdf(y / sigma) - norm.cdf((y - 1) / sigma)
    p, q = (norm.pdf(x, place, sigma)[:, None] * across for place in (0.0, theta))
    cell = (x[1] - x[0]) * (y[1] - y[0])

    def divergence(first: np.ndarray, second: np.ndarray) -> float:
        there = (first > 0) & (second > 0)  # elsewhere the densities are below the smallest double
        return float((first[there] * np.log(first[there] / second[there])).sum() * cell)

    middle = (p + q) / 2
    return divergence(p, q), (divergence(p, middle) + divergence(q, middle)) / 2


def sampled_segments(theta: float, n: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """n independent draws from each of the two segments, in float64.

    >>> [tuple(t.shape) for t in sampled_segments(0.5, 3, torch.Generator().manual_seed(0))]
    [(3, 2), (3, 2)]
    """
    y = torch.rand(2, n, dtype=torch.float64, generator=generator)
    return torch.stack([0 * y[0], y[0]], dim=1), torch.stack([0 * y[1] + theta, y[1]], dim=1)
