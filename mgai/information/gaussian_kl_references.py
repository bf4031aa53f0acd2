r"""Divergences of Gaussians by routes without the formula, for claims and grading.

Used on the page ``chapters/6-information/gaussian-kl``. Arguments as in :mod:`mgai.information.gaussian_kl`.
"""

from __future__ import annotations

from decimal import Decimal, localcontext
from itertools import product

import numpy as np
import torch
from jaxtyping import Float
from scipy.stats import multivariate_normal
from torch import Tensor
from torch.distributions import MultivariateNormal, Normal, kl_divergence


def kl_by_quadrature(
    mean_q: Float[Tensor, " d"],
    covariance_q: Float[Tensor, "d d"],
    mean_p: Float[Tensor, " d"],
    covariance_p: Float[Tensor, "d d"],
) -> float:
    r""":math:`\mathbb E_q\ln(q/p)`, from :func:`moments_by_quadrature`.

    >>> zero, one = torch.zeros(2).double(), torch.eye(2).double()
    >>> round(kl_by_quadrature(zero, one, zero + 1, one), 12)
    1.0
    """
    return moments_by_quadrature(mean_q, covariance_q, mean_p, covariance_p)[0]


def moments_by_quadrature(
    mean_q: Float[Tensor, " d"],
    covariance_q: Float[Tensor, "d d"],
    mean_p: Float[Tensor, " d"],
    covariance_p: Float[Tensor, "d d"],
) -> tuple[float, float]:
    r"""Mean and variance of :math:`\ln(q/p)` under q, from SciPy's densities at :math:`3^d` nodes.

    Gauss-Hermite quadrature: three nodes an axis are exact for polynomials of degree 5 in each variable, hence for the
    square of a quadratic one.

    >>> zero, one = torch.zeros(2).double(), torch.eye(2).double()
    >>> [round(moment, 12) for moment in moments_by_quadrature(zero, one, zero + 1, one)]
    [1.0, 2.0]
    """
    nodes, weights = np.polynomial.hermite_e.hermegauss(3)
    d = len(mean_q)
    z = np.array(list(product(nodes, repeat=d)))
    mass = np.array([np.prod(w) for w in product(weights, repeat=d)]) / (2 * np.pi) ** (d / 2)
    x = mean_q.cpu().numpy() + z @ np.linalg.cholesky(covariance_q.cpu().numpy()).T
    values = log_ratio(torch.from_numpy(x), mean_q, covariance_q, mean_p, covariance_p).numpy()
    mean = float(mass @ values)
    return mean, float(mass @ (values - mean) ** 2)


def log_ratio(
    x: Float[Tensor, "n d"],
    mean_q: Float[Tensor, " d"],
    covariance_q: Float[Tensor, "d d"],
    mean_p: Float[Tensor, " d"],
    covariance_p: Float[Tensor, "d d"],
) -> Float[Tensor, " n"]:
    r""":math:`\ln q(x)-\ln p(x)` of SciPy's densities; its mean under q is the divergence.

    >>> zero, one = torch.zeros(2).double(), torch.eye(2).double()
    >>> log_ratio(zero[None], zero, one, zero + 1, one)
    tensor([1.], dtype=torch.float64)
    """
    points = x.cpu().numpy()
    laws = ((mean_q, covariance_q), (mean_p, covariance_p))
    q, p = (multivariate_normal(m.cpu().numpy(), c.cpu().numpy()).logpdf(points) for m, c in laws)
    return torch.from_numpy(np.atleast_1d(q - p))


def kl_by_library(
    mean_q: Float[Tensor, "*batch d"],
    covariance_q: Float[Tensor, "*batch d d"],
    mean_p: Float[Tensor, "*batch d"],
    covariance_p: Float[Tensor, "*batch d d"],
) -> Float[Tensor, "*batch"]:
    r"""The divergence by ``torch.distributions``.

    >>> zero, one = torch.zeros(2), torch.eye(2)
    >>> kl_by_library(zero, one, zero + 1, one)
    tensor(1.)
    """
    return kl_divergence(MultivariateNormal(mean_q, covariance_q), MultivariateNormal(mean_p, covariance_p))


def kl_by_conditioning(
    mean_q: Float[Tensor, " d"],
    covariance_q: Float[Tensor, "d d"],
    mean_p: Float[Tensor, " d"],
    covariance_p: Float[Tensor, "d d"],
) -> float:
    r"""The chain rule: the scalar divergences of each coordinate given those before it, averaged under q and summed.

    >>> zero, one = torch.zeros(2), torch.eye(2)
    >>> kl_by_conditioning(zero, one, zero + 1, one)
    1.0
    """
    total = 0.0
    for i in range(len(mean_q)):
        (slope_q, s_q), (slope_p, s_p) = (_regression(c, i) for c in (covariance_q, covariance_p))
        slope = slope_q - slope_p  # of the difference of the two conditional means, as a function of what is before
        offset = mean_q[i] - mean_p[i] - slope_p @ (mean_q[:i] - mean_p[:i])
        square = offset**2 + slope @ covariance_q[:i, :i] @ slope
        total += float((torch.log(s_p / s_q) - 1 + (s_q + square) / s_p) / 2)
    return total


def kl_of_diagonals(variances_q: list[float], variances_p: list[float]) -> float:
    r""":math:`\tfrac12\sum_i(\varepsilon_i-\ln(1+\varepsilon_i))` in decimal arithmetic with 60 digits.

    For centred Gaussians with diagonal covariances; the floats given are taken as exact.

    >>> kl_of_diagonals([1.0, 1.0], [1.0, 1.0])
    0.0
    """
    with localcontext() as context:
        context.prec = 60
        ratios = [Decimal(q) / Decimal(p) for q, p in zip(variances_q, variances_p, strict=True)]
        return float(sum((ratio - 1 - ratio.ln() for ratio in ratios), Decimal(0)) / 2)


def kl_to_standard_normal_by_library(
    mean: Float[Tensor, "*batch d"], variance: Float[Tensor, "*batch d"]
) -> Float[Tensor, "*batch"]:
    r"""The divergences of ``torch.distributions``' scalar Gaussians from the standard one, added up.

    >>> kl_to_standard_normal_by_library(torch.ones(2), torch.ones(2))
    tensor(1.)
    """
    standard = Normal(torch.zeros_like(mean), torch.ones_like(mean))
    return kl_divergence(Normal(mean, variance.sqrt()), standard).sum(-1)


def _regression(covariance: Tensor, i: int) -> tuple[Tensor, Tensor]:
    """Coordinate i given those before it: the coefficients, and what variance remains."""
    slope = torch.linalg.solve(covariance[:i, :i], covariance[:i, i]) if i else covariance[:0, 0]
    return slope, covariance[i, i] - slope @ covariance[:i, i]
