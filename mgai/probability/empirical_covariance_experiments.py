"""The sweeps of ``chapters/5-probability/empirical-covariance``: sample sizes in turn, replicas as one batch."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from mgai.probability.empirical_covariance import covariance_error, moment_error, moment_tensor, sample_moments
from mgai.probability.gaussian_mixture import GaussianMixture
from mgai.probability.heavy_tails import student_vectors, tail_exponent

SIZES = (25, 100, 400, 1600, 6400)


@dataclass(frozen=True, eq=False)
class Errors:
    """Errors of sample moments over sample sizes, and what theory says of them.

    measured: shape (orders, sizes); theory: the same shape, exact errors, or None; exponents: the powers of n.
    """

    title: str
    sizes: tuple[int, ...]
    measured: Float[Tensor, "orders sizes"]
    theory: Float[Tensor, "orders sizes"] | None
    exponents: tuple[float, ...]


def standardised(mixture: GaussianMixture) -> GaussianMixture:
    """The same law in coordinates in which its mean is zero and its covariance the identity.

    >>> from mgai.probability.gaussian_mixture import example_gaussian
    >>> standardised(example_gaussian()).covariance.round(decimals=12).abs()
    tensor([[1., 0.],
            [0., 1.]], dtype=torch.float64)
    """
    return mixture.image(torch.linalg.inv(torch.linalg.cholesky(mixture.covariance)), mixture.mean)


def squared_errors(
    x: Float[Tensor, "r n d"], fourth: Float[Tensor, "d d d d"] | None, third: Float[Tensor, "d d d"] | None
) -> list[Float[Tensor, " r"]]:
    """Squared Frobenius errors of mean, covariance, third and fourth moments of samples of a standardised law."""
    mean, covariance = sample_moments(x)
    found = [mean.square().sum(-1), (covariance - torch.eye(x.shape[-1], dtype=x.dtype)).square().sum((-2, -1))]
    for order, exact in ((3, third), (4, fourth)):
        if exact is not None:
            found.append((moment_tensor(x, order) - exact).square().flatten(1).sum(-1))
    return found


def mixture_errors(mixture: GaussianMixture, title: str, generator: torch.Generator, replicas: int = 200) -> Errors:
    """Root mean square errors over sample sizes beside the exact ones, for a standardised mixture.

    >>> from mgai.probability.gaussian_mixture import example_gaussian
    >>> mixture_errors(example_gaussian(), "Gaussian", torch.Generator(), replicas=2).measured.shape
    torch.Size([4, 5])
    """
    law = standardised(mixture)
    points, weights = law.nodes(5)
    third, fourth = (moment_tensor(points, order, weights) for order in (3, 4))
    measured = _sweep(lambda n: law.sample(replicas, n, generator=generator), third, fourth, torch.mean)
    exact = torch.tensor([[moment_error(points, weights, k) / n for n in SIZES] for k in (1, 2, 3, 4)])
    exact[1] = torch.tensor([covariance_error(points, weights, n) for n in SIZES])
    return Errors(title, SIZES, measured, exact.sqrt(), (0.5,) * 4)


def student_errors(freedom: int, generator: torch.Generator, replicas: int = 200) -> Errors:
    r"""Median errors over sample sizes for the multivariate t law, of the moments that exist, with their exponents.

    Its fourth moments are those of a Gaussian with the covariance I, times :math:`(\nu-2)/(\nu-4)`.

    >>> student_errors(3, torch.Generator(), replicas=2).measured.shape
    torch.Size([2, 5])
    """
    eye = torch.eye(2, dtype=torch.float64)
    pairs = torch.einsum("ij,kl->ijkl", eye, eye)
    fourth = (
        (freedom - 2) / (freedom - 4) * (pairs + pairs.transpose(1, 2) + pairs.transpose(1, 3)) if freedom > 4 else None
    )
    third = torch.zeros(2, 2, 2, dtype=torch.float64) if freedom > 3 else None

    def draw(n: int) -> Tensor:
        return student_vectors(replicas, n, freedom=freedom, generator=generator)

    measured = _sweep(draw, third, fourth, torch.median)
    exponents = tuple(tail_exponent(freedom, k) for k in range(1, len(measured) + 1))
    return Errors(f"t with {freedom} degrees of freedom", SIZES, measured, None, exponents)


def slope(sizes: tuple[int, ...], errors: Float[Tensor, " sizes"]) -> float:
    """The slope of the least-squares line through the errors in logarithmic scales.

    >>> round(slope((1, 10, 100), torch.tensor([1.0, 0.1, 0.01])), 6)
    -1.0
    """
    x = torch.tensor([math.log(n) for n in sizes], dtype=errors.dtype)
    x = x - x.mean()
    return float(x @ errors.log() / x.square().sum())


def _sweep(
    draw: Callable[[int], Tensor], third: Tensor | None, fourth: Tensor | None, typical: Callable[[Tensor], Tensor]
) -> Tensor:
    rows = [[typical(each).sqrt() for each in squared_errors(draw(n), fourth, third)] for n in SIZES]
    return torch.tensor(rows, dtype=torch.float64).mT
