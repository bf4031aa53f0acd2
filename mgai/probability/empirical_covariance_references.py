"""Independent routes to what ``chapters/5-probability/empirical-covariance`` claims; its grading uses them, too."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from jaxtyping import Float
from scipy import integrate, special
from torch import Tensor

from mgai import settings
from mgai.probability.empirical_covariance import moment_tensor
from mgai.probability.gaussian_mixture import GaussianMixture


def discrete_law(label: str, n_atoms: int = 5, d: int = 2) -> tuple[Float[Tensor, "m d"], Float[Tensor, " m"]]:
    """Atoms drawn from a normal law, and probabilities drawn evenly, bounded away from zero.

    >>> discrete_law("example")[0].shape
    torch.Size([5, 2])
    """
    rng = settings.generator(f"discrete-law/{label}")
    weights = 0.2 + torch.rand(n_atoms, dtype=torch.float64, generator=rng)
    return torch.randn(n_atoms, d, dtype=torch.float64, generator=rng), weights / weights.sum()


def mean_over_all_samples(
    points: Float[Tensor, "m d"],
    weights: Float[Tensor, " m"],
    n: int,
    statistic: Callable[[Float[Tensor, "r n d"]], Float[Tensor, " r"]],
) -> float:
    """The expectation of a statistic of n draws from a discrete law, by going through all m^n samples.

    >>> coin = torch.tensor([[0.0], [1.0]]), torch.tensor([0.5, 0.5])
    >>> mean_over_all_samples(*coin, 2, lambda x: x.amax((1, 2)))  # one of two tosses shows a one
    0.75
    """
    which = torch.cartesian_prod(*[torch.arange(len(points))] * n).reshape(-1, n)
    return float(weights[which].prod(-1) @ statistic(points[which]))


def moment_error_over_all_samples(
    points: Float[Tensor, "m d"], weights: Float[Tensor, " m"], order: int, n: int
) -> float:
    r"""The mean square error of the sample moments of one order from n draws, by going through all samples.

    >>> coin = torch.tensor([[-1.0], [1.0]]), torch.tensor([0.5, 0.5])
    >>> moment_error_over_all_samples(*coin, 1, 4)  # the mean of four signs has the variance 1/4
    0.25
    """
    exact = moment_tensor(points, order, weights)

    def square(x: Tensor) -> Tensor:
        return (moment_tensor(x, order) - exact).square().flatten(1).sum(1)

    return mean_over_all_samples(points, weights, n, square)


def mixture_covariance_by_moments(
    weights: Float[Tensor, " k"], means: Float[Tensor, "k d"], covariances: Float[Tensor, "k d d"]
) -> Float[Tensor, "d d"]:
    r"""The covariance of a mixture as :math:`E\,xx^\top-\mu\mu^\top`, without the split into within and between.

    >>> mixture_covariance_by_moments(torch.tensor([0.5, 0.5]), torch.tensor([[0.0], [2.0]]), torch.ones(2, 1, 1))
    tensor([[2.]])
    """
    second = sum(w * (c + torch.outer(m, m)) for w, m, c in zip(weights, means, covariances, strict=True))
    mean = sum(w * m for w, m in zip(weights, means, strict=True))
    return second - torch.outer(mean, mean)


def mass_by_slices(mixture: GaussianMixture, radius: float) -> float:
    r"""The mass of a mixture in the plane inside its own covariance ellipse: slices of known mass, integrated by SciPy.

    Each component's second coordinate, given the first, is normal; the ellipse cuts an interval from each slice.

    >>> from mgai.probability.gaussian_mixture import example_gaussian
    >>> round(mass_by_slices(example_gaussian(), 1.0), 6)
    0.393469
    """
    centre, sigma = mixture.mean.tolist(), mixture.covariance.tolist()
    tilt, rest = sigma[0][1] / sigma[0][0], sigma[1][1] - sigma[0][1] ** 2 / sigma[0][0]
    parts = list(zip(mixture.weights.tolist(), mixture.means.tolist(), mixture.covariances.tolist(), strict=True))

    def slice_mass(angle: float) -> float:
        u = radius * math.sqrt(sigma[0][0]) * math.sin(angle)  # smooth at both ends, unlike the coordinate itself
        half = math.sqrt(rest) * radius * math.cos(angle)
        total = 0.0
        for weight, mean, c in parts:
            off = centre[0] + u - mean[0]
            middle = centre[1] + tilt * u - mean[1] - c[0][1] / c[0][0] * off
            width = math.sqrt(c[1][1] - c[0][1] ** 2 / c[0][0])
            inside = special.ndtr((middle + half) / width) - special.ndtr((middle - half) / width)
            total += weight * math.exp(-(off**2) / (2 * c[0][0])) / math.sqrt(2 * math.pi * c[0][0]) * inside
        return total * radius * math.sqrt(sigma[0][0]) * math.cos(angle)

    return float(integrate.quad(slice_mass, -math.pi / 2, math.pi / 2, epsabs=1e-13, epsrel=1e-12)[0])


def stationary_points_by_newton(mixture: GaussianMixture, reach: float = 4.0, n_side: int = 12) -> Float[Tensor, "m 2"]:
    """Zeros of the gradient of a log density in the plane: Newton's method from a grid of starts, each found once.

    Sorted by the first coordinate.

    >>> from mgai.probability.gaussian_mixture import example_gaussian
    >>> stationary_points_by_newton(example_gaussian()).abs().max().item() < 1e-12
    True
    """
    line = torch.linspace(-reach, reach, n_side, dtype=mixture.means.dtype)
    points, slope = torch.cartesian_prod(line, line), torch.func.grad(mixture.log_density)
    slopes, bends = torch.func.vmap(slope), torch.func.vmap(torch.func.jacrev(slope))
    for _ in range(30):
        step = torch.linalg.solve(bends(points), slopes(points))
        points = points - step * (1.0 / step.norm(dim=-1, keepdim=True).clamp_min(1e-300)).clamp_max(1.0)
    settled = points[(slopes(points).norm(dim=-1) < 1e-11) & (points.norm(dim=-1) < 3 * reach)]
    return torch.unique((settled * 1e8).round() + 0.0, dim=0) / 1e8
