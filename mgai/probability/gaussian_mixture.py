r"""Mixtures of Gaussians in closed form: samples, density, moments, exact cubature, and all stationary points.

The law :math:`\sum_k\pi_k\,N(\mu_k,\Sigma_k)`; one component is a Gaussian. Shown on the pages
``chapters/5-probability/empirical-covariance`` and ``chapters/5-probability/whitening``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from scipy import optimize
from torch import Tensor

from mgai.calculus.argument_checks import check_tensor


@dataclass(frozen=True, eq=False)
class GaussianMixture:
    r"""The law :math:`\sum_k\pi_k\,N(\mu_k,\Sigma_k)` of vectors in d dimensions.

    Args:
        weights: :math:`\pi`, shape (k,), positive, sum one.
        means: :math:`\mu`, shape (k, d).
        covariances: :math:`\Sigma`, shape (k, d, d), symmetric positive definite.

    Raises:
        TypeError, ValueError: a shape does not fit, weights are no probabilities, a matrix is not positive definite.

    >>> GaussianMixture(torch.ones(1), torch.zeros(1, 2), torch.eye(2)[None]).covariance
    tensor([[1., 0.],
            [0., 1.]])
    """

    weights: Float[Tensor, " k"]
    means: Float[Tensor, "k d"]
    covariances: Float[Tensor, "k d d"]

    def __post_init__(self) -> None:
        check_tensor(self.weights, "weights", None)
        check_tensor(self.means, "means", len(self.weights), None)
        check_tensor(self.covariances, "covariances", *self.means.shape, self.means.shape[1])
        if not (bool((self.weights > 0).all()) and abs(float(self.weights.sum()) - 1) < 1e-6):
            raise ValueError("weights must be positive with sum one")
        for each in self.covariances:
            check_positive_definite(each, "covariances")

    @property
    def mean(self) -> Float[Tensor, " d"]:
        r""":math:`\mu=\sum_k\pi_k\mu_k`."""
        return self.weights @ self.means

    @property
    def covariance(self) -> Float[Tensor, "d d"]:
        r"""Within plus between, :math:`\sum_k\pi_k\Sigma_k+\sum_k\pi_k(\mu_k-\mu)(\mu_k-\mu)^\top`."""
        offsets = self.means - self.mean
        return torch.einsum("k,kij->ij", self.weights, self.covariances) + (self.weights * offsets.mT) @ offsets

    def sample(self, *shape: int, generator: torch.Generator) -> Float[Tensor, "*shape d"]:
        """Independent draws; made on the CPU, so that every device sees the same numbers."""
        dtype, device = self.means.dtype, self.means.device
        normal = torch.randn((*shape, self.means.shape[1]), dtype=dtype, generator=generator).to(device)
        share = torch.rand(shape, dtype=torch.float64, generator=generator).to(device)
        which = torch.searchsorted(self.weights.double().cumsum(0)[:-1].contiguous(), share)
        drawn = torch.empty_like(normal)
        for k, root in enumerate(torch.linalg.cholesky(self.covariances)):
            drawn[which == k] = self.means[k] + normal[which == k] @ root.mT
        return drawn

    def log_terms(self, x: Float[Tensor, "*batch d"]) -> Float[Tensor, "*batch k"]:
        r"""The logarithms of :math:`\pi_kN(x;\mu_k,\Sigma_k)`; their log-sum-exp is the log density."""
        roots = torch.linalg.cholesky(self.covariances)
        shifted = (x[..., None, :] - self.means)[..., None]
        squares = torch.linalg.solve_triangular(roots, shifted, upper=False)[..., 0].square().sum(-1)
        scale = roots.diagonal(dim1=-2, dim2=-1).log().sum(-1) + 0.5 * x.shape[-1] * math.log(2 * math.pi)
        return self.weights.log() - scale - 0.5 * squares

    def log_density(self, x: Float[Tensor, "*batch d"]) -> Float[Tensor, "*batch"]:
        """The logarithm of the density, in nats."""
        return self.log_terms(x).logsumexp(-1)

    def nodes(self, n_nodes: int) -> tuple[Float[Tensor, "m d"], Float[Tensor, " m"]]:
        """Points and weights whose means of polynomials of degree below ``2 * n_nodes`` are those of the law, exactly.

        Gauss-Hermite nodes in each direction of each component; m = k · n_nodes^d.
        """
        if n_nodes < 1:
            raise ValueError(f"n_nodes must be positive, not {n_nodes}")
        points, weights = (torch.as_tensor(each) for each in np.polynomial.hermite_e.hermegauss(n_nodes))
        d = self.means.shape[1]
        grid = torch.cartesian_prod(*[points] * d).reshape(-1, d).to(self.means)
        mass = torch.cartesian_prod(*[weights / weights.sum()] * d).reshape(-1, d).prod(-1).to(self.means)
        placed = self.means[:, None] + grid @ torch.linalg.cholesky(self.covariances).mT
        return placed.flatten(0, 1), (self.weights[:, None] * mass).flatten()

    def image(self, matrix: Float[Tensor, "e d"], shift: Float[Tensor, " d"] | None = None) -> GaussianMixture:
        r"""The law of :math:`W(x-s)`: components :math:`N(W(\mu_k-s),\,W\Sigma_kW^\top)`, the same weights."""
        moved = self.means if shift is None else self.means - shift
        return GaussianMixture(self.weights, moved @ matrix.mT, matrix @ self.covariances @ matrix.mT)


def check_positive_definite(matrix: Tensor, argument: str) -> None:
    """Raise ValueError unless a square matrix is symmetric up to rounding and positive definite."""
    rounding = 100 * torch.finfo(matrix.dtype).eps * float(matrix.abs().max())
    if float((matrix - matrix.mT).abs().max()) > rounding or int(torch.linalg.cholesky_ex(matrix).info):
        raise ValueError(f"{argument} must be symmetric positive definite")


def gaussian(covariance: Float[Tensor, "d d"], mean: Float[Tensor, " d"] | None = None) -> GaussianMixture:
    """A single Gaussian as a mixture of one.

    >>> gaussian(torch.eye(2)).mean
    tensor([0., 0.])
    """
    centre = covariance.new_zeros(len(covariance)) if mean is None else mean
    return GaussianMixture(covariance.new_ones(1), centre[None], covariance[None])


def matched_gaussian(mixture: GaussianMixture) -> GaussianMixture:
    """The Gaussian with the mean and the covariance of a mixture: all that its covariance ellipse knows.

    >>> matched_gaussian(example_mixture()).covariance[0]
    tensor([5.0000, 0.1000], dtype=torch.float64)
    """
    return gaussian(mixture.covariance, mixture.mean)


def example_gaussian() -> GaussianMixture:
    """The Gaussian of the exercise's companion notebook: unit variances, correlation 0.8.

    >>> example_gaussian().covariance[0, 1].item()
    0.8
    """
    return gaussian(torch.tensor([[1.0, 0.8], [0.8, 1.0]], dtype=torch.float64))


def example_mixture() -> GaussianMixture:
    """The mixture of the exercise's companion notebook: two equal parts at (±2, 0), correlations 0.5 and -0.3.

    >>> example_mixture().covariance
    tensor([[5.0000, 0.1000],
            [0.1000, 1.0000]], dtype=torch.float64)
    """
    left, right = [[1.0, 0.5], [0.5, 1.0]], [[1.0, -0.3], [-0.3, 1.0]]
    return GaussianMixture(
        torch.tensor([0.5, 0.5], dtype=torch.float64),
        torch.tensor([[-2.0, 0.0], [2.0, 0.0]], dtype=torch.float64),
        torch.tensor([left, right], dtype=torch.float64),
    )


def stationary_points(mixture: GaussianMixture, n_grid: int = 2001) -> tuple[Float[Tensor, "m d"], list[str]]:
    r"""All points where the density of a mixture of two Gaussians is stationary, and what each of them is.

    They are the :math:`x^*(\alpha)` where :math:`\alpha` equals the posterior weight of the second component,

    .. math:: x^*(\alpha)=\bigl[(1-\alpha)\Sigma_1^{-1}+\alpha\Sigma_2^{-1}\bigr]^{-1}
              \bigl[(1-\alpha)\Sigma_1^{-1}\mu_1+\alpha\Sigma_2^{-1}\mu_2\bigr]

    (``thm-ridgeline``; Ray and Lindsay, 2005): roots of a function of one variable, bracketed on a grid.

    Returns:
        The points, shape (m, d), in the order of :math:`\alpha`, and for each "mode" or "saddle" (for d = 1 a minimum).

    Raises:
        ValueError: the mixture has not two components.

    Cost: O(n_grid · d³).

    >>> stationary_points(example_mixture())[1]
    ['mode', 'saddle', 'mode']
    """
    if len(mixture.weights) != 2:
        raise ValueError(f"mixture must have two components, not {len(mixture.weights)}")
    grid = torch.linspace(0, 1, n_grid, dtype=mixture.means.dtype, device=mixture.means.device)
    signs = _mismatch(mixture, grid).cpu() > 0
    roots = [
        optimize.brentq(
            lambda a: float(_mismatch(mixture, grid.new_tensor([a]))[0]), *grid[i : i + 2].tolist(), xtol=1e-15
        )
        for i in torch.nonzero(signs[1:] != signs[:-1])[:, 0].tolist()
    ]
    points = ridgeline(mixture, grid.new_tensor(roots))
    bends = torch.linalg.eigvalsh(torch.func.vmap(torch.func.jacrev(torch.func.grad(mixture.log_density)))(points))
    return points, ["mode" if top < 0 else "saddle" for top in bends[:, -1].tolist()]


def ridgeline(mixture: GaussianMixture, alpha: Float[Tensor, " n"]) -> Float[Tensor, "n d"]:
    r"""The points :math:`x^*(\alpha)` of :func:`stationary_points`, on a curve from one mean to the other.

    >>> ridgeline(example_mixture(), torch.tensor([0.0, 1.0], dtype=torch.float64))[:, 0]
    tensor([-2.,  2.], dtype=torch.float64)
    """
    inverses = torch.linalg.inv(mixture.covariances)
    shares = torch.stack([1 - alpha, alpha], dim=-1)
    pulled = torch.einsum("nk,kij,kj->ni", shares, inverses, mixture.means)
    return torch.linalg.solve(torch.einsum("nk,kij->nij", shares, inverses), pulled)


def _mismatch(mixture: GaussianMixture, alpha: Tensor) -> Tensor:
    return alpha - mixture.log_terms(ridgeline(mixture, alpha)).softmax(-1)[:, 1]
