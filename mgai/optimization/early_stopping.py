r"""Early stopping beside ridge regression: two filters of the same components.

Shown on the page ``chapters/3-optimization/gradient-descent-in-the-eigenbasis``. Along an eigenvector with eigenvalue
:math:`\lambda`, gradient descent from the origin has learned the share :math:`1-(1-\rho\lambda)^\tau`
(:func:`~mgai.optimization.gradient_descent_in_the_eigenbasis.learned_share`), ridge regression
:math:`\lambda/(\lambda+\alpha)`. They are matched by :math:`\alpha = 1/(\rho\tau)`.
"""

from __future__ import annotations

import math

import torch
from jaxtyping import Float
from scipy import special
from torch import Tensor

from mgai.optimization.steepest_descent import check_finite


def ridge_share(eigenvalues: Float[Tensor, "*shape"], penalty: float) -> Float[Tensor, "*shape"]:
    r"""What ridge regression keeps of each component of the minimiser: :math:`\lambda/(\lambda+\alpha)`.

    It minimises :math:`\tfrac12(w-w^*)^\top H(w-w^*) + \tfrac\alpha2\lVert w\rVert^2`.

    Args:
        eigenvalues: :math:`\lambda \ge 0`.
        penalty: :math:`\alpha > 0`.

    Raises:
        ValueError: an eigenvalue is negative or not finite, or the penalty is not positive.

    >>> ridge_share(torch.tensor([0.0, 1.0, 3.0]), 1.0)
    tensor([0.0000, 0.5000, 0.7500])
    """
    _check_spectrum(eigenvalues)
    if not 0 < penalty < math.inf:
        raise ValueError(f"penalty must be positive and finite, not {penalty}")
    return eigenvalues / (eigenvalues + penalty)


def flow_share(eigenvalues: Float[Tensor, "*shape"], time: float) -> Float[Tensor, "*shape"]:
    r"""What the gradient flow :math:`\dot w=-H(w-w^*)` has learned at a time: :math:`1-e^{-\lambda t}`.

    The limit of :math:`1-(1-\rho\lambda)^\tau` for :math:`\rho\to0` at :math:`\rho\tau=t`.

    Raises ValueError when an eigenvalue is negative or not finite, or the time is negative.

    >>> flow_share(torch.tensor([0.0, 1.0]), 1.0)
    tensor([0.0000, 0.6321])
    """
    _check_spectrum(eigenvalues)
    if not 0 <= time < math.inf:
        raise ValueError(f"time must not be negative, and finite, not {time}")
    return -torch.expm1(-eigenvalues * time)


def risk(
    shares: Float[Tensor, "*#batch d"],
    signal: Float[Tensor, "*#batch d"],
    eigenvalues: Float[Tensor, "*#batch d"],
    noise: float,
) -> Float[Tensor, "*shape"]:
    r"""The expected squared error of a filtered least-squares estimate.

    .. math:: \sum_i (1-f_i)^2 b_i^2 + \frac{\sigma^2}{n} \frac{f_i^2}{\lambda_i}

    For :math:`y = Xw_0+\varepsilon` with :math:`X^\top X/n = H`: along :math:`q_i` the least-squares estimate has
    the mean :math:`b_i = q_i^\top w_0` and the variance :math:`\sigma^2/(n\lambda_i)`. The filter multiplies it by
    :math:`f_i`.

    Args:
        shares: :math:`f_i`, one for each eigenvalue.
        signal: :math:`b_i`.
        eigenvalues: :math:`\lambda_i > 0`.
        noise: :math:`\sigma^2/n`, not negative.

    Raises:
        ValueError: an eigenvalue is not positive and finite, or the noise is negative.

    >>> risk(torch.tensor([0.5]), torch.tensor([2.0]), torch.tensor([1.0]), 4.0)
    tensor(2.)
    """
    _check_spectrum(eigenvalues)
    if bool((eigenvalues == 0).any()):
        raise ValueError("eigenvalues must be positive: along the others there is no least-squares estimate")
    if not 0 <= noise < math.inf:
        raise ValueError(f"noise must not be negative, and finite, not {noise}")
    return ((1 - shares) ** 2 * signal**2 + noise * shares**2 / eigenvalues).sum(-1)


def largest_gap() -> tuple[float, float]:
    r"""Where flow and ridge differ most, :math:`s=\lambda t`, and by how much: :math:`\frac1{1+s}-e^{-s}`.

    The derivative vanishes where :math:`(1+s)e^{-s/2}=1`, at :math:`s=-1-2W_{-1}(-\tfrac12e^{-1/2})` with the lower
    branch of Lambert's function.

    >>> [round(x, 4) for x in largest_gap()]
    [2.5129, 0.2036]
    """
    s = -1 - 2 * float(special.lambertw(-math.exp(-0.5) / 2, -1).real)
    return s, 1 / (1 + s) - math.exp(-s)


def largest_ratio() -> tuple[float, float]:
    r"""Where the flow has learned most in proportion to ridge, and the ratio :math:`(1-e^{-s})(1+s)/s`.

    The derivative vanishes where :math:`e^s = 1+s+s^2`, found by Newton's method. The square of the ratio bounds the
    quotient of their risks (Ali, Kolter and Tibshirani, 2019, theorem 1).

    >>> [round(x, 4) for x in largest_ratio()]
    [1.7933, 1.2984]
    """
    s = 2.0
    for _ in range(20):
        s -= (math.exp(s) - 1 - s - s * s) / (math.exp(s) - 1 - 2 * s)
    return s, -math.expm1(-s) * (1 + s) / s


def _check_spectrum(eigenvalues: Tensor) -> None:
    check_finite(eigenvalues, "eigenvalues")
    if bool((eigenvalues < 0).any()):
        raise ValueError("eigenvalues must not be negative")
