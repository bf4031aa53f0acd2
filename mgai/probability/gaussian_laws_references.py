r"""Independent routes to what ``chapters/5-probability/gaussian-laws`` claims."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from mgai import settings
from mgai.probability.gaussian_mixture import check_positive_definite


def random_gaussian(label: str, d: int) -> tuple[Float[Tensor, " d"], Float[Tensor, "d d"], Float[Tensor, "d d"]]:
    r"""A mean, a covariance :math:`Q\operatorname{diag}(\lambda)Q^\top` with eigenvalues from 1/2 to 2, and Q.

    >>> [tuple(part.shape) for part in random_gaussian("example", 2)]
    [(2,), (2, 2), (2, 2)]
    """
    rng = settings.generator(f"gaussian-laws/{label}")
    q = torch.linalg.qr(torch.randn(d, d, dtype=torch.float64, generator=rng))[0]
    spread = torch.logspace(-1, 1, d, base=2, dtype=torch.float64)
    return torch.randn(d, dtype=torch.float64, generator=rng), (q * spread) @ q.mT, q


def weight_space_prediction(
    features: Float[Tensor, "n k"], y: Float[Tensor, " n"], noise: float, new: Float[Tensor, "m k"]
) -> tuple[Float[Tensor, " m"], Float[Tensor, "m m"]]:
    r"""Prediction by Bayesian linear regression: weights of prior N(0, I), posterior covariance
    :math:`(\Phi^\top\Phi/\sigma^2+I)^{-1}`.

    For the kernel :math:`\phi(x)^\top\phi(y)` it must agree with a Gaussian process (``cs-01-30``).

    >>> one = torch.ones(1, 1)
    >>> weight_space_prediction(one, one[0], 1.0, one)
    (tensor([0.5000]), tensor([[0.5000]]))
    """
    eye = torch.eye(features.shape[1], dtype=features.dtype, device=features.device)
    posterior = torch.linalg.inv(features.mT @ features / noise + eye)
    return new @ posterior @ features.mT @ y / noise, new @ posterior @ new.mT


def likelihood_excess(mean_gap: Float[Tensor, " d"], s: Tensor, covariance: Float[Tensor, "d d"]) -> float:
    r"""What the mean log-likelihood lacks of its maximum, by the eigenvalues :math:`\lambda_i` of :math:`\Sigma^{-1}S`.

    :math:`\frac12\sum_i(\lambda_i-1-\ln\lambda_i)+\frac12\delta^\top\Sigma^{-1}\delta\ge0` with
    :math:`\delta=\mu-\hat\mu`; theorem ``thm-gaussian-likelihood``.

    Raises:
        ValueError: :math:`S` or :math:`\Sigma` is not positive definite.

    >>> likelihood_excess(torch.tensor([1.0]), torch.eye(1), torch.eye(1))
    0.5
    """
    check_positive_definite(s, "s")
    check_positive_definite(covariance, "covariance")
    ratio = torch.linalg.eigvals(torch.linalg.solve(covariance, s)).real
    square = mean_gap @ torch.linalg.solve(covariance, mean_gap)
    return float((ratio - 1 - ratio.log()).sum() + square) / 2
