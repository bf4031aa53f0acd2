r"""The data of the page ``chapters/3-optimization/logistic-regression``, and its results by independent routes."""

from __future__ import annotations

import numpy as np
import torch
from jaxtyping import Float
from scipy import optimize
from torch import Tensor

from mgai import settings


def overlapping_samples(n: int = 60) -> Float[Tensor, "n 2"]:
    r"""Signed samples of two classes that overlap: labels drawn with :math:`P(y=1\mid x)=\sigma(x_1-x_2/2)`.

    Drawn under the seed in force. Raises ValueError when n is below 2.
    """
    if n < 2:
        raise ValueError(f"n must be at least 2, not {n}")
    rng = settings.generator("logistic-regression/overlapping")
    x = 1.5 * torch.randn(n, 2, dtype=torch.float64, generator=rng)
    positive = torch.rand(n, dtype=torch.float64, generator=rng) < torch.sigmoid(x[:, 0] - x[:, 1] / 2)
    return torch.where(positive[:, None], x, -x)


def separable_samples(n: int = 20) -> tuple[Float[Tensor, "n 2"], Float[Tensor, " 2"]]:
    r"""Signed samples with two support vectors at the margin 1, all others at 2 or more; and the separating vector.

    Drawn under the seed in force. Raises ValueError when n is below 2.

    >>> z, u = separable_samples()
    >>> torch.allclose((z @ u).sort().values[:2], torch.ones(2, dtype=torch.float64))
    True
    """
    if n < 2:
        raise ValueError(f"n must be at least 2, not {n}")
    rng = settings.generator("logistic-regression/separable")
    angle = 2 * torch.pi * torch.rand(1, dtype=torch.float64, generator=rng)
    u, across = torch.cat([angle.cos(), angle.sin()]), torch.cat([-angle.sin(), angle.cos()])
    along = 2 + torch.randn(n, dtype=torch.float64, generator=rng).abs()
    aside = torch.randn(n, dtype=torch.float64, generator=rng)
    along[:2], aside[0], aside[1] = 1, 0.5 + aside[0].abs(), -0.5 - aside[1].abs()
    return along[:, None] * u + aside[:, None] * across, u


def max_margin_by_least_squares(z: Float[Tensor, "n d"]) -> Float[Tensor, " d"]:
    r"""The shortest :math:`w` with :math:`z_i\cdot w\ge1` by non-negative least squares (SciPy).

    Least-distance programming: with the residual :math:`r` of
    :math:`\min_{a\ge0}\lVert(Z^\top a,\mathbf 1^\top a)-(0,1)\rVert` the solution is :math:`-r_{1..d}/r_{d+1}`.

    Raises ValueError when the samples are not separable. Source: Lawson and Hanson (1974), chapter 23.

    >>> max_margin_by_least_squares(torch.tensor([[2.0, 0.0], [3.0, 1.0]], dtype=torch.float64))
    tensor([0.5000, 0.0000], dtype=torch.float64)
    """
    samples = z.double().cpu().numpy()
    matrix = np.vstack([samples.T, np.ones(len(samples))])
    target = np.append(np.zeros(samples.shape[1]), 1.0)
    coefficients, distance = optimize.nnls(matrix, target)
    residual = matrix @ coefficients - target
    if distance < 1e-9:
        raise ValueError("z is not separable: no weights give every sample a positive margin")
    return torch.from_numpy(-residual[:-1] / residual[-1]) + 0.0


def minimiser_by_root_finding(z: Float[Tensor, "n d"]) -> Float[Tensor, " d"]:
    """The point where the gradient of the risk vanishes, by MINPACK's hybrid method, with NumPy formulas.

    Raises RuntimeError when there is none that the method finds.
    """
    samples = z.double().cpu().numpy()
    found = optimize.root(
        lambda w: -(samples / (1 + np.exp(samples @ w))[:, None]).mean(0), np.zeros(samples.shape[1]), tol=1e-14
    )
    if np.abs(found.fun).max() > 1e-12 or (samples @ found.x > 0).all():  # the latter: far out on separable data
        raise RuntimeError(f"no stationary point was found: {found.message}")
    return torch.from_numpy(found.x)


def reweighted_least_squares(z: Float[Tensor, "n d"], w: Float[Tensor, " d"]) -> Float[Tensor, " d"]:
    r"""One step of iteratively reweighted least squares, by LAPACK.

    It fits :math:`z_i\cdot w+\sigma(-z_i\cdot w)/s_i` by :math:`z_i\cdot w^+` with the weights
    :math:`s_i=\sigma(z_i\cdot w)\sigma(-z_i\cdot w)`.

    >>> reweighted_least_squares(torch.eye(1, dtype=torch.float64), torch.zeros(1, dtype=torch.float64))
    tensor([2.], dtype=torch.float64)
    """
    samples, weights = z.double().cpu().numpy(), w.double().cpu().numpy()
    margins = samples @ weights
    doubt = 1 / (1 + np.exp(margins))
    root = np.sqrt(doubt * (1 - doubt))
    fitted, *_ = np.linalg.lstsq(root[:, None] * samples, root * margins + doubt / root, rcond=None)
    return torch.from_numpy(fitted)


def critical_start() -> float:
    r"""Where Newton's method turns from convergence to divergence for the samples 1 and -1: :math:`\sinh w=2w`.

    >>> round(critical_start(), 4)
    2.1773
    """
    return float(optimize.brentq(lambda w: np.sinh(w) - 2 * w, 1.0, 3.0, xtol=1e-15))


def rings(n: int = 60) -> tuple[Float[Tensor, "n 2"], Float[Tensor, " n"]]:
    """Points in a disc of radius 0.8, labelled -1, and in a ring from 1 to 1.6, labelled 1: half of n each.

    Drawn under the seed in force. Raises ValueError when n is below 8.
    """
    if n < 8:
        raise ValueError(f"n must be at least 8, not {n}")
    rng = settings.generator("logistic-regression/rings")
    radius, turn = torch.rand(2, n, dtype=torch.float64, generator=rng)
    labels = torch.where(torch.arange(n) % 2 == 0, -1.0, 1.0).double()
    radius = torch.where(labels < 0, 0.8 * radius, 1 + 0.6 * radius)
    turn = 2 * torch.pi * (turn + torch.arange(n) // 2) / (n // 2)  # spread over the circle
    return radius[:, None] * torch.stack([turn.cos(), turn.sin()], dim=1), labels
