"""Independent routes to what the page ``chapters/4-networks/activation-spectra`` states."""

from __future__ import annotations

import math

import torch
from jaxtyping import Float, Int
from scipy import integrate, special
from torch import Tensor


def variances_by_scikit_learn(x: Float[Tensor, "n d"]) -> Float[Tensor, " r"]:
    """Explained variances by scikit-learn's PCA with the full decomposition."""
    from sklearn.decomposition import PCA  # a second to import

    return torch.from_numpy(PCA(svd_solver="full").fit(x.numpy()).explained_variance_.copy())


def participation_by_moments(covariance: Float[Tensor, "d d"]) -> float:
    """The participation ratio from the entries of a covariance: squared trace over the sum of squared entries."""
    return float(covariance.trace() ** 2 / covariance.square().sum())


def relu_covariance_by_quadrature(rho: float) -> float:
    """The covariance of the positive parts of two standard normal variables of correlation ``rho``, by quadrature.

    Given u, the other is normal with mean ρu and variance 1 - ρ²; its positive part has a mean in closed form.
    """
    rest = math.sqrt(1 - rho**2)

    def density(u: float) -> float:
        return math.exp(-(u**2) / 2) / math.sqrt(2 * math.pi)

    def inner(u: float) -> float:
        mean = rho * u
        return u * density(u) * (mean * special.ndtr(mean / rest) + rest * density(mean / rest))

    return integrate.quad(inner, 0, 12, epsabs=1e-14, epsrel=1e-13)[0] - 1 / (2 * math.pi)


def mean_inverse_participation(n: int, d: int) -> float:
    r"""The exact mean of 1/PR of n draws of a standard normal vector of d coordinates, :math:`(d+\nu+1)/(d\nu+2)`."""
    return (d + n) / (d * (n - 1) + 2)


def uncentred_participation(d: int) -> float:
    r"""What ReLU of d standard normal coordinates gives when nobody centres: :math:`\pi^2d/(d+\pi^2-1)`."""
    return math.pi**2 * d / (d + math.pi**2 - 1)


def between_share_by_regression(x: Float[Tensor, "n d"], labels: Int[Tensor, " n"]) -> float:
    """The share of the variance that a linear regression on indicators of the classes explains."""
    design = (labels[:, None] == labels.unique()).to(x)
    left = x - design @ torch.linalg.lstsq(design, x).solution
    return float(1 - left.square().sum() / (x - x.mean(0)).square().sum())
