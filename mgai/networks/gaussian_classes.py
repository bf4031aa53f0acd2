r"""Two Gaussian classes with equal shares: their log odds, the least risk, and the risk of a line.

Shown on the page ``chapters/4-networks/lines-and-networks-in-the-plane``. Class 0 is
:math:`\mathcal N(\mu_0,\Sigma_0)` and class 1 :math:`\mathcal N(\mu_1,\Sigma_1)`; the risk is the share of points
that are misclassified.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from mgai.calculus.argument_checks import check_tensor


def log_odds(
    x: Float[Tensor, "n d"], means: Float[Tensor, "2 d"], covariances: Float[Tensor, "2 d d"]
) -> Float[Tensor, " n"]:
    r"""The logarithm of the second class's density over the first's; derived in ``thm-lines-gaussians``.

    :math:`\tfrac12(x-\mu_0)^\top\Sigma_0^{-1}(x-\mu_0)-\tfrac12(x-\mu_1)^\top\Sigma_1^{-1}(x-\mu_1)
    +\tfrac12\ln\det\Sigma_0-\tfrac12\ln\det\Sigma_1`.

    Raises:
        TypeError: no floating-point tensors.
        ValueError: other shapes, entries that are not finite, or a covariance that is not positive definite.

    >>> means = torch.tensor([[-1.0], [1.0]])
    >>> log_odds(torch.tensor([[0.5]]), means, torch.ones(2, 1, 1))
    tensor([1.])
    """
    check_tensor(x, "x", None, None)
    factors = _factors(means, covariances, x.shape[1])
    white = torch.linalg.solve_triangular(factors, (x - means[:, None]).mT, upper=False)
    halves = white.square().sum(1) / 2 + factors.diagonal(dim1=1, dim2=2).log().sum(1, keepdim=True)
    return halves[0] - halves[1]


def line_risk(
    w: Float[Tensor, "*batch d"],
    b: Float[Tensor, "*batch"],
    means: Float[Tensor, "2 d"],
    covariances: Float[Tensor, "2 d d"],
) -> Float[Tensor, "*batch"]:
    r"""The risk of the rule :math:`w\cdot x+b>0`, exactly: :math:`\tfrac12\Phi(t_0)+\tfrac12\Phi(-t_1)`.

    Here :math:`t_k=(w\cdot\mu_k+b)/\sqrt{w^\top\Sigma_kw}`.

    Raises as :func:`log_odds`, and ValueError when weights vanish.

    >>> line_risk(torch.ones(1), torch.tensor(0.0), torch.tensor([[-1.0], [1.0]]), torch.ones(2, 1, 1))
    tensor(0.1587)
    """
    check_tensor(w, "w", *[None] * w.ndim)
    _factors(means, covariances, w.shape[-1])
    if not bool((w != 0).any(-1).all()):
        raise ValueError("w must not vanish")
    spread = torch.einsum("...d,kde,...e->...k", w, covariances, w).sqrt()
    t = (w @ means.mT + b.unsqueeze(-1)) / spread
    return (torch.special.ndtr(t[..., 0]) + torch.special.ndtr(-t[..., 1])) / 2


def least_risk(means: Float[Tensor, "2 d"], covariance: Float[Tensor, "d d"]) -> float:
    r"""The least risk of any rule when both covariances are equal, :math:`\Phi(-\Delta/2)`.

    :math:`\Delta^2=(\mu_1-\mu_0)^\top\Sigma^{-1}(\mu_1-\mu_0)`. Raises as :func:`log_odds`.

    >>> round(least_risk(torch.tensor([[-1.0], [1.0]]), torch.ones(1, 1)), 4)
    0.1587
    """
    factor = _factors(means, covariance.expand(2, *covariance.shape), means.shape[-1])[0]
    apart = torch.linalg.solve_triangular(factor, (means[1] - means[0])[:, None], upper=False).norm()
    return float(torch.special.ndtr(-apart / 2))


class Concentric(NamedTuple):
    """For the classes N(0, I) and N(0, s²I) of the plane: the best circle and line, and their risks."""

    radius: float
    least_risk: float
    distance: float
    line_risk: float


def concentric(s: float) -> Concentric:
    r"""The best rule of all, inside or outside the circle :math:`r^2=4\ln s/(1-s^{-2})`, and the best line.

    That line has the distance :math:`r/\sqrt2` from the centre. Derived in ``thm-lines-gaussians``.

    Raises ValueError unless s > 1.

    >>> [round(part, 3) for part in concentric(3.0)]
    [2.223, 0.162, 1.572, 0.379]
    """
    if not 1 < s < math.inf:
        raise ValueError(f"s must be finite and above 1, not {s}")
    radius = math.sqrt(4 * math.log(s) / (1 - s**-2))
    distance = radius / math.sqrt(2)
    least = (math.exp(-(radius**2) / 2) + 1 - math.exp(-((radius / s) ** 2) / 2)) / 2
    inner, outer = (math.erfc(distance / scale / math.sqrt(2)) / 2 for scale in (1.0, s))  # shares beyond the line
    return Concentric(radius, least, distance, (inner + 1 - outer) / 2)


def _factors(means: Tensor, covariances: Tensor, d: int) -> Tensor:
    check_tensor(means, "means", 2, d)
    check_tensor(covariances, "covariances", 2, d, d)
    factors, failed = torch.linalg.cholesky_ex(covariances)
    if bool(failed.any()) or not torch.allclose(covariances, covariances.mT):
        raise ValueError("covariances must be symmetric and positive definite")
    return factors
