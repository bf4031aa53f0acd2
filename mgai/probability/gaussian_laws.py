r"""The multivariate normal law: density, maximum likelihood, blocks, conditioning, and Gaussian-process prediction.

Shown on the page ``chapters/5-probability/gaussian-laws``.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor

from mgai.calculus.argument_checks import check_positive, check_tensor
from mgai.probability.gaussian_mixture import check_positive_definite, gaussian

Blocks = tuple[Tensor, Tensor, Tensor, Tensor]


def log_density(
    x: Float[Tensor, "*batch d"], mean: Float[Tensor, " d"], covariance: Float[Tensor, "d d"]
) -> Float[Tensor, "*batch"]:
    r""":math:`\ln N(x;\mu,\Sigma)=-\frac12\bigl(d\ln2\pi+\ln\det\Sigma+(x-\mu)^\top\Sigma^{-1}(x-\mu)\bigr)`.

    Formula ``cs-01-26``. By Cholesky's factor: no inverse, no determinant that could overflow.

    Args:
        x: points in rows, any leading axes.
        mean: :math:`\mu`.
        covariance: :math:`\Sigma`, symmetric positive definite.

    Raises:
        TypeError, ValueError: an argument is no finite floating-point tensor, shapes do not fit, or the covariance is
            not positive definite: then there is no density.

    Cost: O(d³), and O(d²) a point.

    >>> log_density(torch.zeros(2), torch.zeros(2), torch.eye(2))
    tensor(-1.8379)
    """
    check_tensor(mean, "mean", None)
    check_tensor(x, "x", *([None] * (x.ndim - 1) if isinstance(x, Tensor) else []), len(mean))
    return gaussian(covariance, mean).log_density(x)


def maximum_likelihood(x: Float[Tensor, "n d"]) -> tuple[Float[Tensor, " d"], Float[Tensor, "d d"]]:
    r"""The estimates :math:`\hat\mu=\frac1n\sum_ix_i`, :math:`\hat\Sigma=\frac1n\sum_i(x_i-\hat\mu)(x_i-\hat\mu)^\top`.

    Formulas ``cs-01-27`` and ``cs-01-28``, theorem ``thm-gaussian-likelihood``. If the covariance is singular, as it is
    for :math:`n\le d`, the likelihood has no maximum.

    Raises:
        TypeError, ValueError: ``x`` is no finite floating-point tensor with samples in rows.

    Cost: O(nd²).

    >>> maximum_likelihood(torch.tensor([[3.0], [5.0]]))
    (tensor([4.]), tensor([[1.]]))
    """
    check_tensor(x, "x", None, None)
    shifted = x - x.mean(0)
    return x.mean(0), shifted.mT @ shifted / len(x)


def blocks(covariance: Float[Tensor, "d d"], e: int) -> Blocks:
    r"""The blocks :math:`\Sigma_{11},\Sigma_{12},\Sigma_{21},\Sigma_{22}` of a covariance, the first of size e.

    Formula ``cs-01-29``.

    Args:
        covariance: :math:`\Sigma`, symmetric positive semidefinite up to rounding.
        e: the length of the first part, at least 1 and below d.

    Raises:
        TypeError, ValueError: no finite floating-point matrix; not symmetric; a negative eigenvalue; no such ``e``.

    Cost: O(d³), for the check.

    >>> [tuple(block.shape) for block in blocks(torch.eye(3), 1)]
    [(1, 1), (1, 2), (2, 1), (2, 2)]
    """
    check_tensor(covariance, "covariance", None, None)
    check_tensor(covariance, "covariance", *[len(covariance)] * 2)
    if not 1 <= e < len(covariance):
        raise ValueError(f"e={e} must be at least 1 and below {len(covariance)}")
    rounding = 10 * (10 + len(covariance)) * torch.finfo(covariance.dtype).eps * float(covariance.abs().max())
    if float((covariance - covariance.mT).abs().max()) > rounding:
        raise ValueError("covariance must be symmetric")
    if float(torch.linalg.eigvalsh(covariance)[0]) < -rounding:
        raise ValueError("covariance must be positive semidefinite as a whole")
    return covariance[:e, :e], covariance[:e, e:], covariance[e:, :e], covariance[e:, e:]


def conditional(
    mean: Float[Tensor, " d"], covariance: Float[Tensor, "d d"], z: Float[Tensor, " e"]
) -> tuple[Float[Tensor, " f"], Float[Tensor, "f f"]]:
    r"""Mean and covariance of :math:`a_2` given :math:`a_1=z` for jointly normal :math:`(a_1,a_2)`.

    Formula ``cs-01-30``, theorem ``thm-conditional-gaussian``:
    :math:`\mu_2+\Sigma_{21}\Sigma_{11}^{-1}(z-\mu_1)` and :math:`\Sigma_{22}-\Sigma_{21}\Sigma_{11}^{-1}\Sigma_{12}`.

    Args:
        mean: of both parts together.
        covariance: of both parts together, symmetric positive semidefinite.
        z: the value of the first e coordinates.

    Raises:
        TypeError, ValueError: as :func:`blocks`; shapes do not fit; :math:`\Sigma_{11}` is not positive definite.

    Cost: O(d³).

    >>> conditional(torch.zeros(2), torch.tensor([[4.0, 2.0], [2.0, 3.0]]), torch.tensor([2.0]))
    (tensor([1.]), tensor([[2.]]))
    """
    check_tensor(z, "z", None)
    s11, s12, _, s22 = blocks(covariance, len(z))
    check_tensor(mean, "mean", len(covariance))
    check_positive_definite(s11, "the block of z in covariance")
    gain = torch.linalg.solve(s11, s12).mT
    return mean[len(z) :] + gain @ (z - mean[: len(z)]), s22 - gain @ s12


def squared_exponential(x: Float[Tensor, " n"], y: Float[Tensor, " m"]) -> Float[Tensor, "n m"]:
    r"""The kernel :math:`k(x,y)=e^{-(x-y)^2/2}` of a Gaussian process with smooth paths.

    >>> squared_exponential(torch.zeros(1), torch.tensor([0.0, 1.0]))
    tensor([[1.0000, 0.6065]])
    """
    return (-0.5 * (x[:, None] - y).square()).exp()


def process_prediction(
    kernel: Callable[[Tensor, Tensor], Tensor],
    x: Float[Tensor, " n"],
    y: Float[Tensor, " n"],
    noise: float,
    x_new: Float[Tensor, " m"],
) -> tuple[Float[Tensor, " m"], Float[Tensor, "m m"]]:
    r"""Mean and covariance of a Gaussian process at new points, given noisy values: ``cs-01-30`` at work.

    The vector of observations and function values is jointly normal with mean zero and the covariance
    :math:`\begin{pmatrix}K+\sigma^2I&K_*\\K_*^\top&K_{**}\end{pmatrix}`.

    Args:
        kernel: the covariances of function values.
        x, y: where the function was observed, and what.
        noise: the variance :math:`\sigma^2` of the observations' errors, positive.
        x_new: where it is wanted.

    Raises:
        TypeError, ValueError: as :func:`conditional`; the noise is not positive.

    Cost: O((n + m)³).

    Source: Rasmussen and Williams, Gaussian Processes for Machine Learning (2006), eqs. 2.21 to 2.24.

    >>> one = torch.ones(1)
    >>> process_prediction(squared_exponential, one, one, 1.0, one)  # halfway between prior and datum
    (tensor([0.5000]), tensor([[0.5000]]))
    """
    check_tensor(x, "x", None)
    check_tensor(x_new, "x_new", None)
    check_tensor(y, "y", len(x))
    both = torch.cat([x, x_new])
    errors = torch.cat([torch.full_like(x, check_positive(noise, "noise")), torch.zeros_like(x_new)])
    return conditional(torch.zeros_like(both), kernel(both, both) + errors.diag(), y)
