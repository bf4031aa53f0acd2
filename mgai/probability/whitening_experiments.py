"""The sweeps of the page ``chapters/5-probability/whitening``: power of Mardia's two statistics over sample sizes."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from mgai.probability.gaussian_mixture import GaussianMixture, example_mixture
from mgai.probability.heavy_tails import student_vectors
from mgai.probability.whitening import mardia, rejection_share

SIZES = (25, 50, 100, 200, 400)


def blind_mixture(distance: float = 4.0) -> GaussianMixture:
    r"""Two unit Gaussians in the plane at a distance, with weights for which Mardia's kurtosis is that of a Gaussian.

    With weights p, q the fourth cumulant along the line of the means is :math:`pq(1-6pq)\delta^4`: zero for
    :math:`pq=\tfrac16`.

    >>> blind_mixture().weights
    tensor([0.2113, 0.7887], dtype=torch.float64)
    """
    small = (1 - math.sqrt(1 / 3)) / 2
    eye = torch.eye(2, dtype=torch.float64)
    means = torch.tensor([[distance, 0.0], [0.0, 0.0]], dtype=torch.float64)
    return GaussianMixture(torch.tensor([small, 1 - small], dtype=torch.float64), means, torch.stack([eye, eye]))


def alternatives(generator: torch.Generator) -> dict[str, Callable[[int, int], Float[Tensor, "r n 2"]]]:
    """Samplers, called with replicas and sample size, of the laws that the page tells from a Gaussian.

    >>> list(alternatives(torch.Generator()))
    ['mixture', 'blind mixture', 't, ν = 5']
    """
    mixture, blind = example_mixture(), blind_mixture()
    return {
        "mixture": lambda r, n: mixture.sample(r, n, generator=generator),
        "blind mixture": lambda r, n: blind.sample(r, n, generator=generator),
        "t, ν = 5": lambda r, n: student_vectors(r, n, freedom=5, generator=generator),
    }


def power_curves(
    samplers: Mapping[str, Callable[[int, int], Float[Tensor, "r n 2"]]],
    generator: torch.Generator,
    replicas: int = 1000,
    sizes: Sequence[int] = SIZES,
) -> dict[str, Float[Tensor, "2 sizes"]]:
    """Power at 5 % of Mardia's skewness (large values reject) and kurtosis (both sides), by law and sample size.

    Critical values come from 4,000 replicas of the standard Gaussian: no affine map changes the statistics, so
    that they serve every Gaussian.

    >>> law = {"normal": lambda r, n: torch.randn(r, n, 2, generator=torch.Generator().manual_seed(1))}
    >>> float(power_curves(law, torch.Generator().manual_seed(0), 200, (20,))["normal"].max()) < 0.2
    True
    """
    found: dict[str, list[list[float]]] = {name: [] for name in samplers}
    for n in sizes:
        null = mardia(torch.randn(4000, n, 2, dtype=torch.float64, generator=generator))
        for name, draw in samplers.items():
            skewness, kurtosis = mardia(draw(replicas, n))
            shares = [rejection_share(null[0].to(skewness), skewness, two_sided=False)]
            found[name].append([*shares, rejection_share(null[1].to(kurtosis), kurtosis)])
    return {name: torch.tensor(rows, dtype=torch.float64).mT for name, rows in found.items()}
