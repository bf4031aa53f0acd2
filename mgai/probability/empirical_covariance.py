r"""What a sample says of mean, covariance and higher moments: exact errors; what an ellipse holds.

A law enters as points with weights: the atoms of a discrete law, or the nodes of a cubature that is exact for the
polynomials in question (:meth:`mgai.probability.gaussian_mixture.GaussianMixture.nodes`). Shown on the page
``chapters/5-probability/empirical-covariance``.
"""

from __future__ import annotations

import math

import torch
from jaxtyping import Float
from scipy import special
from torch import Tensor

from mgai.calculus.argument_checks import check_positive, check_tensor
from mgai.probability.gaussian_mixture import GaussianMixture, check_positive_definite, matched_gaussian


def sample_moments(x: Float[Tensor, "*batch n d"]) -> tuple[Float[Tensor, "*batch d"], Float[Tensor, "*batch d d"]]:
    r"""Mean and covariance of samples, :math:`\hat\Sigma=\frac1{n-1}\sum_i(x_i-\hat\mu)(x_i-\hat\mu)^\top`.

    Args:
        x: n ≥ 2 samples in rows; leading axes are replicas.

    Raises:
        TypeError, ValueError: ``x`` is no finite floating-point tensor with two rows.

    Cost: O(n d²) a replica.

    >>> sample_moments(torch.tensor([[3.0, 1.0], [3.0, -1.0]]))[1]
    tensor([[0., 0.],
            [0., 2.]])
    """
    _check_samples(x, 2)
    mean = x.mean(-2)
    shifted = x - mean[..., None, :]
    return mean, shifted.mT @ shifted / (x.shape[-2] - 1)


def moment_tensor(
    x: Float[Tensor, "*batch n d"], order: int, weights: Float[Tensor, " n"] | None = None
) -> Float[Tensor, "*batch ..."]:
    r"""The moments of one order, :math:`M_k=\sum_iw_i\,x_i^{\otimes k}`, as a tensor with k axes of length d.

    Args:
        x: points in rows; leading axes are replicas.
        order: :math:`k \ge 1`.
        weights: probabilities of the points, equal ones when left out.

    Raises:
        TypeError, ValueError: ``x`` is no finite tensor of points, order or weights do not fit.

    Cost: O(n d^k) a replica: a product of two matrices, each with the products of about half the factors.

    >>> moment_tensor(torch.tensor([[1.0, 2.0], [3.0, 0.0]]), 2)
    tensor([[5., 1.],
            [1., 2.]])
    """
    _check_samples(x, 1)
    if order < 1:
        raise ValueError(f"order must be at least 1, not {order}")
    n, d = x.shape[-2:]
    if weights is not None:
        check_tensor(weights, "weights", n)
    left = _powers(x, order // 2) * (1 / n if weights is None else weights[:, None])
    return (left.mT @ _powers(x, order - order // 2)).reshape(*x.shape[:-2], *[d] * order)


def moment_error(points: Float[Tensor, "m d"], weights: Float[Tensor, " m"], order: int) -> float:
    r"""n times the mean square error of a sample moment about a known point.

    For every law and every n, exactly: :math:`E\lVert\hat M_k-M_k\rVert_F^2=\frac1n\bigl(E\lVert x\rVert^{2k}-\lVert
    M_k\rVert_F^2\bigr)`; page, ``thm-moment-error``.

    Args:
        points, weights: the law; exact for polynomials of degree :math:`2k`.
        order: :math:`k \ge 1`.

    Cost: O(m d^k).

    >>> coin = torch.tensor([[-1.0], [1.0]]), torch.tensor([0.5, 0.5])
    >>> moment_error(*coin, 1), moment_error(*coin, 2)  # the square of ±1 is known without a sample
    (1.0, 0.0)
    """
    exact = moment_tensor(points, order, weights)
    return float(weights @ points.square().sum(-1) ** order - exact.square().sum())


def covariance_error(points: Float[Tensor, "m d"], weights: Float[Tensor, " m"], n: int) -> float:
    r"""The mean square error :math:`E\lVert\hat\Sigma-\Sigma\rVert_F^2` of the sample covariance of n draws, exactly.

    .. math:: \frac1n\sum_{ij}\kappa_{iijj}+\frac{(\operatorname{tr}\Sigma)^2+\lVert\Sigma\rVert_F^2}{n-1}

    with the fourth cumulants :math:`\kappa`, which vanish for a Gaussian; page, ``thm-covariance-error``.

    Args:
        points, weights: the law; exact for polynomials of degree 4.
        n: at least 2.

    Raises:
        ValueError: n is below 2.

    >>> covariance_error(torch.tensor([[-1.0], [1.0]]), torch.tensor([0.5, 0.5]), 2)  # the variance is 0 or 2
    1.0
    """
    if n < 2:
        raise ValueError(f"n must be at least 2, not {n}")
    check_tensor(points, "points", None, None)
    check_tensor(weights, "weights", len(points))
    x = points - weights @ points
    sigma = moment_tensor(x, 2, weights)
    gaussian_part = float(sigma.trace() ** 2 + sigma.square().sum())
    fourth = float(weights @ x.square().sum(-1) ** 2) - float(sigma.trace() ** 2 + 2 * sigma.square().sum())
    return fourth / n + gaussian_part / (n - 1)


def ellipse_mass(radius: float, d: int = 2) -> float:
    r"""The mass of a Gaussian inside the ellipse :math:`(x-\mu)^\top\Sigma^{-1}(x-\mu)\le r^2`.

    In the plane :math:`1-e^{-r^2/2}`; in d dimensions the chi-square law's distribution function at :math:`r^2`.

    >>> round(ellipse_mass(1.0), 4), round(ellipse_mass(1.0, d=1), 4)
    (0.3935, 0.6827)
    """
    if not (radius >= 0 and d >= 1):
        raise ValueError(f"radius must not be negative and d positive, not {radius} and {d}")
    return float(special.gammainc(d / 2, radius**2 / 2))


def ellipse_radius(mass: float, d: int = 2) -> float:
    r"""The radius at which the ellipse holds the stated mass of a Gaussian: in the plane :math:`\sqrt{-2\ln(1-m)}`.

    >>> round(ellipse_radius(0.5), 4)
    1.1774
    """
    if not (0 <= mass < 1 and d >= 1):
        raise ValueError(f"mass must be in [0, 1) and d positive, not {mass} and {d}")
    return math.sqrt(2 * float(special.gammaincinv(d / 2, mass)))


def ellipse_points(
    mean: Float[Tensor, " 2"], covariance: Float[Tensor, "2 2"], radius: float, n: int = 181
) -> Float[Tensor, "n 2"]:
    r"""Points :math:`\mu+r\,Lu` of a covariance ellipse, with :math:`\Sigma=LL^\top` and u on the unit circle.

    >>> ellipse_points(torch.zeros(2), torch.eye(2), 2.0, n=5)[0]
    tensor([2., 0.])
    """
    check_tensor(mean, "mean", 2)
    check_tensor(covariance, "covariance", 2, 2)
    check_positive_definite(covariance, "covariance")
    check_positive(radius, "radius")
    angles = torch.linspace(0, 2 * math.pi, n, dtype=mean.dtype, device=mean.device)
    circle = torch.stack([angles.cos(), angles.sin()], dim=-1)
    return mean + radius * circle @ torch.linalg.cholesky(covariance).mT


def mass_in_ellipse(mixture: GaussianMixture, radius: float, n_radii: int = 80, n_angles: int = 400) -> float:
    r"""The mass of a mixture in the plane inside its own covariance ellipse of a radius, by quadrature.

    In the coordinates :math:`x=\mu+\rho Lu`: Gauss-Legendre in :math:`\rho`, trapezoidal in the angle; both converge
    exponentially for a smooth density.

    Raises:
        ValueError: the mixture is not in the plane, or radius is not positive.

    >>> from mgai.probability.gaussian_mixture import example_gaussian
    >>> round(mass_in_ellipse(example_gaussian(), 1.0), 6)  # 1 - exp(-1/2)
    0.393469
    """
    check_positive(radius, "radius")
    if mixture.means.shape[1] != 2:
        raise ValueError("mixture must be one of vectors in the plane")
    nodes, weights = (torch.as_tensor(each).to(mixture.means) for each in special.roots_legendre(n_radii))
    rho, weights = (nodes + 1) * radius / 2, weights * radius / 2
    rings = ellipse_points(mixture.mean, mixture.covariance, 1.0, n_angles + 1)[:-1] - mixture.mean
    density = mixture.log_density(mixture.mean + rho[:, None, None] * rings).exp().mean(-1)
    return float(2 * math.pi * torch.linalg.det(mixture.covariance).sqrt() * (weights * rho * density).sum())


def negentropy(mixture: GaussianMixture, n_grid: int = 500) -> float:
    r"""What the covariance does not know, :math:`J=\mathrm{KL}\bigl(p\,\|\,N(\mu,\Sigma)\bigr)`, in nats; in the plane.

    By the trapezoidal rule in coordinates in which the covariance is the identity. Zero for a Gaussian alone;
    every invertible affine map leaves it as it is.

    >>> from mgai.probability.gaussian_mixture import example_gaussian
    >>> round(abs(negentropy(example_gaussian())), 12)
    0.0
    """
    if mixture.means.shape[1] != 2:
        raise ValueError("mixture must be one of vectors in the plane")
    root = torch.linalg.cholesky(mixture.covariance)
    white = mixture.image(torch.linalg.inv(root), mixture.mean)
    widest = torch.linalg.eigvalsh(white.covariances)[:, -1].sqrt()
    reach = float((white.means.norm(dim=1) + 9 * widest).max())
    line = torch.linspace(-reach, reach, n_grid, dtype=root.dtype, device=root.device)
    points = torch.cartesian_prod(line, line)
    logs = white.log_density(points)
    return float((logs.exp() * (logs - matched_gaussian(white).log_density(points))).sum() * (line[1] - line[0]) ** 2)


def _powers(x: Tensor, order: int) -> Tensor:
    """The products of ``order`` coordinates of each point, flattened: shape (..., n, d^order)."""
    found = x.new_ones(*x.shape[:-1], 1)
    for _ in range(order):
        found = (found[..., :, None] * x[..., None, :]).flatten(-2)
    return found


def _check_samples(x: Tensor, rows: int) -> None:
    check_tensor(x, "x", *[None] * max(2, x.ndim if isinstance(x, Tensor) else 2))
    if x.shape[-2] < rows:
        raise ValueError(f"x must have at least {rows} rows, not {x.shape[-2]}")
