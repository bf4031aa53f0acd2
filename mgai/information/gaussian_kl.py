r"""The Kullback-Leibler divergence of two Gaussians, the best factorised approximations, and how rounding harms it.

Shown on the page ``chapters/6-information/gaussian-kl``. Throughout :math:`q=\mathcal N(\mu_q,\Sigma_q)` is the law
that is averaged over and :math:`p=\mathcal N(\mu_\theta,\Sigma_\theta)` the model; means have shape (..., d),
covariances (..., d, d), and leading axes are batches.
"""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

_SYMMETRIC = 1e3  # units of round-off of the largest entry: what a product such as X'X may leave
_SMALL = 0.25  # below it the series of the logarithm is used
_TERMS = 12  # the first term left out is below (1/7)^24 of the sum


def gaussian_kl(
    mean_q: Float[Tensor, "*#batch d"],
    covariance_q: Float[Tensor, "*#batch d d"],
    mean_p: Float[Tensor, "*#batch d"],
    covariance_p: Float[Tensor, "*#batch d d"],
) -> Float[Tensor, "*shape"]:
    r"""The divergence :math:`D(q\|p)` in nats, from the Cholesky factors of both covariances (``thm-gaussian-kl``).

    .. math:: \tfrac12\Bigl[\ln\frac{|\Sigma_\theta|}{|\Sigma_q|}-d+\operatorname{tr}(\Sigma_\theta^{-1}\Sigma_q)
        +(\mu_\theta-\mu_q)^\top\Sigma_\theta^{-1}(\mu_\theta-\mu_q)\Bigr]

    With :math:`\Sigma=LL^\top` the determinant is :math:`\prod_iL_{ii}^2` and the trace
    :math:`\lVert L_\theta^{-1}L_q\rVert_F^2`: nothing is inverted. Near equality use :func:`gaussian_kl_near`.

    Args:
        mean_q, mean_p: floating point, finite, of one dtype.
        covariance_q, covariance_p: symmetric positive definite.

    Raises:
        TypeError: an argument is no floating-point tensor.
        ValueError: shapes do not fit, an entry is not finite, a covariance is not symmetric positive definite.

    Cost: O(d³) a pair.

    >>> one = torch.eye(2)
    >>> gaussian_kl(torch.zeros(2), one, torch.tensor([3.0, 4.0]), one)
    tensor(12.5000)
    """
    _check_pair(mean_q, covariance_q, mean_p, covariance_p)
    root_q, root_p = _cholesky(covariance_q, "covariance_q"), _cholesky(covariance_p, "covariance_p")
    d = mean_q.shape[-1]
    log_ratio = 2 * (_log_diagonal(root_p) - _log_diagonal(root_q))
    trace = _solve(root_p, root_q).square().sum((-2, -1))
    shift = _solve(root_p, (mean_p - mean_q).unsqueeze(-1)).square().sum((-2, -1))
    return (log_ratio - d + trace + shift) / 2


def gaussian_kl_near(
    mean_q: Float[Tensor, "*#batch d"],
    covariance_q: Float[Tensor, "*#batch d d"],
    mean_p: Float[Tensor, "*#batch d"],
    covariance_p: Float[Tensor, "*#batch d d"],
) -> Float[Tensor, "*shape"]:
    r"""The same divergence from the *difference* of the covariances: accurate when they are nearly equal.

    .. math:: \tfrac12\sum_i\bigl(\varepsilon_i-\ln(1+\varepsilon_i)\bigr)
        +\tfrac12\lVert L_\theta^{-1}(\mu_\theta-\mu_q)\rVert^2 ,\qquad
        \varepsilon_i\text{ the eigenvalues of }L_\theta^{-1}(\Sigma_q-\Sigma_\theta)L_\theta^{-\top}

    Equation ``eq-kl-eigenvalues``. All terms are at least zero and none cancels another.

    Args, raises, cost: as :func:`gaussian_kl`; ValueError also when an eigenvalue is not above -1 by rounding, which
    happens when :math:`\Sigma_q` is far narrower than :math:`\Sigma_\theta` in some direction.

    >>> one = torch.eye(1)
    >>> gaussian_kl_near(torch.zeros(1), (1 + 2**-10) * one, torch.zeros(1), one)
    tensor(2.3826e-07)
    """
    _check_pair(mean_q, covariance_q, mean_p, covariance_p)
    _cholesky(covariance_q, "covariance_q")
    root = _cholesky(covariance_p, "covariance_p")
    half = _solve(root, covariance_q - covariance_p)
    relative = torch.linalg.eigvalsh(_symmetrised(_solve(root, half.mT)))
    if bool((relative <= -1).any()):
        raise ValueError("covariance_q is too narrow beside covariance_p for this form: use gaussian_kl")
    shift = _solve(root, (mean_p - mean_q).unsqueeze(-1)).square().sum((-2, -1))
    return (excess_over_logarithm(relative).sum(-1) + shift) / 2


def log_ratio_variance(
    mean_q: Float[Tensor, "*#batch d"],
    covariance_q: Float[Tensor, "*#batch d d"],
    mean_p: Float[Tensor, "*#batch d"],
    covariance_p: Float[Tensor, "*#batch d d"],
) -> Float[Tensor, "*shape"]:
    r"""The variance of :math:`\ln(q/p)` under q: n times the squared standard error of an estimate from n draws.

    .. math:: \tfrac12\sum_i\varepsilon_i^2+\delta^\top\Sigma_\theta^{-1}\Sigma_q\Sigma_\theta^{-1}\delta

    Equation ``eq-kl-variance``; arguments, errors and cost as for :func:`gaussian_kl`.

    >>> one = torch.eye(2)
    >>> log_ratio_variance(torch.zeros(2), one, torch.tensor([3.0, 4.0]), one)
    tensor(25.)
    """
    _check_pair(mean_q, covariance_q, mean_p, covariance_p)
    _cholesky(covariance_q, "covariance_q")
    root = _cholesky(covariance_p, "covariance_p")
    relative = _solve(root, _solve(root, covariance_q).mT)
    shift = _solve(root, (mean_p - mean_q).unsqueeze(-1))
    excess = relative - torch.eye(relative.shape[-1], dtype=relative.dtype, device=relative.device)
    return excess.square().sum((-2, -1)) / 2 + (shift.mT @ relative @ shift)[..., 0, 0]


def excess_over_logarithm(x: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
    r"""What x exceeds :math:`\ln(1+x)` by, to full relative accuracy; for :math:`x>-1`.

    With :math:`r=x/(2+x)` the logarithm is :math:`2(r+\tfrac{r^3}3+\tfrac{r^5}5+\dots)`, and :math:`x-2r=xr`, so that

    .. math:: x-\ln(1+x)=xr-2r^3\bigl(\tfrac13+\tfrac{r^2}5+\tfrac{r^4}7+\dots\bigr) .

    Raises ValueError when an entry is -1 or less, or NaN.

    >>> excess_over_logarithm(torch.tensor([0.0, 1e-3]))
    tensor([0.0000e+00, 4.9967e-07])
    """
    if not bool((x > -1).all()):
        raise ValueError("x must be above -1")
    small = x.abs() < _SMALL
    near = torch.where(small, x, torch.zeros_like(x))
    r = near / (2 + near)
    tail = torch.zeros_like(r)
    for k in range(_TERMS, 0, -1):
        tail = 1 / (2 * k + 1) + r.square() * tail
    return torch.where(small, near * r - 2 * r**3 * tail, x - torch.log1p(x))


def kl_to_standard_normal(
    mean: Float[Tensor, "*#batch d"], log_variance: Float[Tensor, "*#batch d"]
) -> Float[Tensor, "*shape"]:
    r"""Divergence of :math:`\mathcal N(\mu,\operatorname{diag}e^\ell)` from :math:`\mathcal N(0,I)` (``eq-kl-vae``).

    .. math:: \tfrac12\sum_i\bigl(\mu_i^2+e^{\ell_i}-1-\ell_i\bigr)

    The term with which a variational autoencoder is regularised; ``expm1`` loses fewer digits for small :math:`\ell`.

    Args:
        mean, log_variance: floating point, finite; :math:`\ell=\ln s^2`.

    Raises:
        TypeError, ValueError: an argument is no floating-point tensor or not finite.

    >>> kl_to_standard_normal(torch.tensor([1.0, 0.0]), torch.zeros(2))
    tensor(0.5000)
    """
    _check_finite(mean, "mean")
    _check_finite(log_variance, "log_variance")
    return (mean.square() + torch.expm1(log_variance) - log_variance).sum(-1) / 2


def factorised_variances(covariance: Float[Tensor, "*batch d d"], direction: str) -> Float[Tensor, "*batch d"]:
    r"""Variances of the independent Gaussian nearest to a given one :math:`\pi` (``thm-factorised``).

    Args:
        covariance: :math:`\Sigma`, symmetric positive definite, that of :math:`\pi`.
        direction: ``"forward"`` minimises :math:`D(\pi\|r)`, with :math:`\Sigma_{ii}`; ``"reverse"`` minimises
            :math:`D(r\|\pi)`, with :math:`1/(\Sigma^{-1})_{ii}`, the variance of coordinate i given all others.

    Raises:
        TypeError, ValueError: a covariance is not symmetric positive definite, or the direction is another word.

    Cost: O(d³).

    >>> covariance = torch.tensor([[1.0, 0.8], [0.8, 1.0]])
    >>> factorised_variances(covariance, "forward"), factorised_variances(covariance, "reverse")
    (tensor([1., 1.]), tensor([0.3600, 0.3600]))
    """
    if direction not in ("forward", "reverse"):
        raise ValueError(f"direction must be 'forward' or 'reverse', not {direction!r}")
    _check_finite(covariance, "covariance")
    root = _cholesky(covariance, "covariance")
    if direction == "forward":
        return covariance.diagonal(dim1=-2, dim2=-1)
    return 1 / torch.cholesky_inverse(root).diagonal(dim1=-2, dim2=-1)


def random_gaussians(n: int, d: int, generator: torch.Generator) -> tuple[Float[Tensor, "n d"], Float[Tensor, "n d d"]]:
    r"""Means and covariances :math:`RR^\top+\tfrac12I` with standard normal entries, in float64 on the CPU.

    Raises ValueError when ``n`` or ``d`` is below one.

    >>> [tuple(t.shape) for t in random_gaussians(4, 3, torch.Generator().manual_seed(0))]
    [(4, 3), (4, 3, 3)]
    """
    if n < 1 or d < 1:
        raise ValueError(f"n and d must be at least 1, not {n} and {d}")
    mean = torch.randn(n, d, dtype=torch.float64, generator=generator)
    root = torch.randn(n, d, d, dtype=torch.float64, generator=generator)
    return mean, root @ root.mT + torch.eye(d, dtype=torch.float64) / 2


def _solve(root: Tensor, right: Tensor) -> Tensor:
    return torch.linalg.solve_triangular(root, right, upper=False)


def _symmetrised(matrix: Tensor) -> Tensor:
    return (matrix + matrix.mT) / 2


def _log_diagonal(root: Tensor) -> Tensor:
    return root.diagonal(dim1=-2, dim2=-1).log().sum(-1)


def _cholesky(covariance: Tensor, name: str) -> Tensor:
    if covariance.ndim < 2 or covariance.shape[-1] != covariance.shape[-2] or covariance.shape[-1] == 0:
        raise ValueError(f"{name} must hold square matrices with a row at least, not shape {tuple(covariance.shape)}")
    allowed = _SYMMETRIC * torch.finfo(covariance.dtype).eps * covariance.abs().amax((-2, -1))
    if bool(((covariance - covariance.mT).abs().amax((-2, -1)) > allowed).any()):
        raise ValueError(f"{name} is not symmetric")
    root, info = torch.linalg.cholesky_ex(covariance)
    if bool((info != 0).any()):
        raise ValueError(f"{name} is not positive definite: the law has no density, and the formula no meaning")
    return root


def _check_pair(mean_q: Tensor, covariance_q: Tensor, mean_p: Tensor, covariance_p: Tensor) -> None:
    given = {"mean_q": mean_q, "covariance_q": covariance_q, "mean_p": mean_p, "covariance_p": covariance_p}
    for name, value in given.items():
        _check_finite(value, name)
        if value.dtype != mean_q.dtype:
            raise TypeError(f"{name} is of dtype {value.dtype}, mean_q of {mean_q.dtype}")
    for name in ("mean_p", "covariance_q", "covariance_p"):
        if given[name].shape[-1:] != mean_q.shape[-1:]:
            raise ValueError(f"{name} has shape {tuple(given[name].shape)}, mean_q has {tuple(mean_q.shape)}")


def _check_finite(value: Tensor, name: str) -> None:
    if not isinstance(value, Tensor) or not value.is_floating_point():
        raise TypeError(f"{name} must be a floating-point tensor")
    if value.ndim == 0 or not bool(torch.isfinite(value).all()):
        raise ValueError(f"{name} must have an axis of coordinates and finite entries")
