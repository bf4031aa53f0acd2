r"""Muon's step and its orthogonalisation, rates of adaptive methods, and what a diagonal scaling can do.

Shown on the page ``chapters/3-optimization/momentum-and-adaptive-methods``. The steps of momentum, Nesterov, Adagrad,
RMSProp and Adam are in :mod:`mgai.optimization.optimizers`.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from jaxtyping import Float, Int
from torch import Tensor

from mgai.linear_algebra.trace_and_frobenius import polar_factor
from mgai.optimization.adaptive_rates import check_counts
from mgai.optimization.parameter_trees import Number, check_step, lead
from mgai.optimization.steepest_descent import check_finite, check_hessian

#: The coefficients of the odd quintic that Muon iterates (Jordan et al., 2024).
QUINTIC = (3.4445, -4.7750, 2.0315)


def muon_step(
    theta: Float[Tensor, "*batch out in"],
    gradient: Float[Tensor, "*batch out in"],
    velocity: Float[Tensor, "*batch out in"],
    lr: Number,
    beta: Number = 0.95,
    orthogonalize: Callable[[Tensor], Tensor] = polar_factor,
) -> tuple[Float[Tensor, "*batch out in"], Float[Tensor, "*batch out in"]]:
    r"""Muon: :math:`M^+=\mu M+G`, :math:`W^+=W-\eta\sqrt{d_{out}/d_{in}}\operatorname{orth}(M^+)`.

    Args:
        theta: weight matrices, floating point.
        gradient: of the same shape, finite.
        velocity: :math:`M`, zeros before the first step.
        lr: :math:`\eta > 0`, the length of the step in :func:`rms_operator_norm` where :math:`M^+` is not zero.
        beta: :math:`\mu` in [0, 1).
        orthogonalize: exact by default; :func:`newton_schulz` is what is used in practice.

    Returns:
        The new matrices and the new velocity.

    Raises:
        TypeError, ValueError: shapes differ, no matrices, a hyperparameter out of range, or an entry is not finite.

    Cost: one singular value decomposition a matrix, or five times three products. Formula ``cs-11-19``.
    Source: Jordan et al. (2024); the scale is that of Bernstein and Newhouse (2024).

    >>> muon_step(torch.zeros(2, 2), torch.diag(torch.tensor([3.0, 0.1])), torch.zeros(2, 2), lr=0.5)[0].abs()
    tensor([[0.5000, 0.0000],
            [0.0000, 0.5000]])
    """
    check_step({"gradient": gradient, "velocity": velocity}, theta, lr, beta=beta)
    _check_matrix(theta, "theta")
    velocity = lead(beta, velocity) * velocity + gradient
    scale = math.sqrt(theta.shape[-2] / theta.shape[-1])
    return theta - lead(lr, theta) * scale * orthogonalize(velocity), velocity


def newton_schulz(m: Float[Tensor, "*batch m n"], n_steps: int = 5) -> Float[Tensor, "*batch m n"]:
    r"""Muon's approximate orthogonalisation: :math:`X\mapsto aX+bXX^\top X+c(XX^\top)^2X`.

    It starts from :math:`M/\lVert M\rVert_F`.

    Singular vectors stay; each singular value follows :func:`quintic`. Those from 0.002 of the Frobenius norm on end
    within :func:`quintic_band` after five steps, not at 1 (``thm-quintic``). The zero matrix stays zero.

    Raises ValueError when ``m`` is no matrix, has entries that are not finite, or ``n_steps`` is negative.

    Cost: three products of matrices a step. Formula ``cs-11-19``. Source: Jordan et al. (2024).

    >>> newton_schulz(torch.eye(2), 0)
    tensor([[0.7071, 0.0000],
            [0.0000, 0.7071]])
    """
    _check_matrix(m, "m")
    if n_steps < 0:
        raise ValueError(f"n_steps must not be negative, not {n_steps}")
    a, b, c = QUINTIC
    norm = torch.linalg.matrix_norm(m, keepdim=True)
    x = m / torch.where(norm > 0, norm, torch.ones_like(norm))
    for _ in range(n_steps):
        gram = x @ x.mT
        x = a * x + (b * gram + c * gram @ gram) @ x
    return x


def quintic(sigma: Float[Tensor, "*shape"], n_steps: int = 5) -> Float[Tensor, "*shape"]:
    r"""What the iteration makes of a singular value: :math:`p(\sigma)=a\sigma+b\sigma^3+c\sigma^5`, n times.

    Formula ``cs-11-21``. Raises ValueError for entries that are not finite.

    >>> quintic(torch.tensor([0.0, 1.0]), 1)
    tensor([0.0000, 0.7010])
    """
    check_finite(sigma, "sigma")
    a, b, c = QUINTIC
    for _ in range(n_steps):
        sigma = sigma * (a + b * sigma**2 + c * sigma**4)
    return sigma


def quintic_band() -> tuple[float, float]:
    r"""The smallest and the largest value of the quintic between its turning points, from the roots of :math:`p'`.

    The map takes this interval into itself (``thm-quintic``). Formula ``cs-11-19``.

    >>> [round(x, 3) for x in quintic_band()]
    [0.682, 1.202]
    """
    a, b, c = QUINTIC
    root = math.sqrt(9 * b**2 - 20 * a * c)
    turning = torch.tensor([(-3 * b + sign * root) / (10 * c) for sign in (1, -1)], dtype=torch.float64).sqrt()
    low, high = quintic(turning, 1).tolist()
    return low, high


def rms_operator_norm(m: Float[Tensor, "*batch out in"]) -> Float[Tensor, "*batch"]:
    r"""How much a matrix can lengthen a vector, in root mean squares: :math:`\sqrt{d_{in}/d_{out}}\,\lVert M\rVert_2`.

    Formula ``cs-11-19``. Raises ValueError when ``m`` is no matrix or has entries that are not finite.

    >>> rms_operator_norm(torch.diag(torch.tensor([2.0, 1.0])))
    tensor(2.)
    """
    _check_matrix(m, "m")
    return math.sqrt(m.shape[-1] / m.shape[-2]) * torch.linalg.matrix_norm(m, 2)


def scaled_condition(
    hessian: Float[Tensor, "*#batch d d"], rates: Float[Tensor, "*#batch d"]
) -> Float[Tensor, "*shape"]:
    r"""The condition number of :math:`D^{1/2}HD^{1/2}`: what descent with one rate an entry meets.

    Formula ``cs-02-21``.

    Args:
        hessian: symmetric positive definite.
        rates: the diagonal of :math:`D`, positive.

    Raises:
        ValueError: the matrix is not symmetric positive definite, or a rate is not positive.

    >>> scaled_condition(torch.diag(torch.tensor([1.0, 100.0])), torch.tensor([1.0, 0.01]))
    tensor(1.)
    """
    check_hessian(hessian)
    check_finite(rates, "rates")
    if bool((rates <= 0).any()):
        raise ValueError("rates must be positive")
    half = rates.sqrt()
    values = torch.linalg.eigvalsh(half.unsqueeze(-1) * hessian * half.unsqueeze(-2))
    if bool((values[..., 0] <= 0).any()):
        raise ValueError("hessian must be positive definite")
    return values[..., -1] / values[..., 0]


def best_scaled_condition(hessian: Float[Tensor, "2 2"]) -> float:
    r"""The smallest :func:`scaled_condition` over all rates in the plane, reached by :math:`d_i=1/H_{ii}`.

    With the correlation :math:`\rho=H_{12}/\sqrt{H_{11}H_{22}}` it is :math:`\frac{1+|\rho|}{1-|\rho|}`
    (``thm-diagonal``). Formula ``cs-02-21``. Raises ValueError unless positive definite.

    >>> best_scaled_condition(torch.tensor([[4.0, 1.0], [1.0, 1.0]]))
    3.0
    """
    check_hessian(hessian)
    if hessian.shape != (2, 2):
        raise ValueError(f"hessian must be of shape (2, 2), not {tuple(hessian.shape)}")
    (first, cross), (_, second) = hessian.tolist()
    if first <= 0 or first * second <= cross**2:
        raise ValueError("hessian must be positive definite")
    correlation = abs(cross) / math.sqrt(first * second)
    return (1 + correlation) / (1 - correlation)


def adagrad_rate(count: Int[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
    r"""The length of Adagrad's t-th step under a constant gradient, :math:`1/\sqrt t` learning rates.

    Formula ``cs-11-22``. Raises ValueError when a count is below one.

    >>> adagrad_rate(torch.tensor([1, 4]))
    tensor([1.0000, 0.5000], dtype=torch.float64)
    """
    return 1 / check_counts(count).sqrt()


def rmsprop_rate(count: Int[Tensor, "*shape"], beta: float) -> Float[Tensor, "*shape"]:
    r"""The length of RMSProp's t-th step under a constant gradient, :math:`1/\sqrt{1-\beta^t}`: it tends to 1.

    Formula ``cs-11-22``. Raises ValueError when a count is below one or beta not in [0, 1).

    >>> rmsprop_rate(torch.tensor([1]), 0.75)
    tensor([2.], dtype=torch.float64)
    """
    if not 0 <= beta < 1:
        raise ValueError(f"beta must be in [0, 1), not {beta}")
    return 1 / (1 - beta ** check_counts(count)).sqrt()


def _check_matrix(m: Tensor, name: str) -> None:
    check_finite(m, name)
    if m.ndim < 2 or 0 in m.shape[-2:]:
        raise ValueError(f"{name} must be a matrix with at least one entry, not of shape {tuple(m.shape)}")
