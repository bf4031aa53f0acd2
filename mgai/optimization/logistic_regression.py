r"""Logistic regression without intercept: its gradient field, Newton's method, and what happens on separable data.

Shown on the page ``chapters/3-optimization/logistic-regression``. With labels :math:`y_i=\pm1` only the products
:math:`z_i=y_ix_i` matter, the *signed samples*; the risk is
:math:`R(w)=\frac1n\sum_i\log(1+e^{-z_i\cdot w})`.
"""

from __future__ import annotations

import itertools

import numpy as np
import torch
from jaxtyping import Float
from scipy import integrate, optimize, special
from torch import Tensor

from mgai.optimization.optimizers import newton_step
from mgai.optimization.steepest_descent import check_finite


def risk(w: Float[Tensor, "*batch d"], z: Float[Tensor, "n d"]) -> Float[Tensor, "*batch"]:
    r"""The mean logistic loss :math:`\frac1n\sum_i\log(1+e^{-z_i\cdot w})`, without overflow.

    Args:
        w: one weight vector or many.
        z: signed samples, one a row.

    Raises:
        TypeError: an argument is no floating-point tensor.
        ValueError: entries are not finite, there is no sample, or the numbers of features differ.

    >>> risk(torch.zeros(2), torch.ones(3, 2))
    tensor(0.6931)
    """
    _check(w, z)
    return torch.nn.functional.softplus(-(w @ z.mT)).mean(-1)


def risk_gradient(w: Float[Tensor, "*batch d"], z: Float[Tensor, "n d"]) -> Float[Tensor, "*batch d"]:
    r""":math:`\nabla R(w)=-\frac1n\sum_i\sigma(-z_i\cdot w)\,z_i`. Arguments and raises as for :func:`risk`.

    >>> risk_gradient(torch.zeros(2), torch.tensor([[2.0, 4.0]]))
    tensor([-1., -2.])
    """
    _check(w, z)
    return -torch.sigmoid(-(w @ z.mT)) @ z / len(z)


def risk_hessian(w: Float[Tensor, "*batch d"], z: Float[Tensor, "n d"]) -> Float[Tensor, "*batch d d"]:
    r""":math:`\nabla^2R(w)=\frac1n\sum_i\sigma(z_i\cdot w)\,\sigma(-z_i\cdot w)\,z_iz_i^\top`. As for :func:`risk`.

    >>> risk_hessian(torch.zeros(1), torch.tensor([[2.0]]))
    tensor([[1.]])
    """
    _check(w, z)
    margins = w @ z.mT
    return torch.einsum("...n,nd,ne->...de", torch.sigmoid(margins) * torch.sigmoid(-margins), z, z) / len(z)


def stable_rate(z: Float[Tensor, "n d"]) -> float:
    r"""The inverse of the gradient's Lipschitz constant, :math:`4n/\lVert Z\rVert_2^2`.

    Raises as :func:`risk`, and ValueError when all samples are zero.

    >>> round(stable_rate(torch.tensor([[2.0, 0.0]])), 6)
    1.0
    """
    _check(z[:1], z)
    norm = float(torch.linalg.matrix_norm(z, 2))
    if norm == 0:
        raise ValueError("z holds nothing but zeros")
    return 4 * len(z) / norm**2


def descent_path(
    z: Float[Tensor, "n d"], start: Float[Tensor, " d"], lr: float, n_steps: int
) -> Float[Tensor, "n_points d"]:
    """The points of gradient descent from ``start``. Raises as :func:`risk`, ValueError for a bad rate or count.

    >>> descent_path(torch.tensor([[2.0]]), torch.zeros(1), 0.5, 1)
    tensor([[0.0000],
            [0.5000]])
    """
    if not 0 < lr < float("inf") or n_steps < 0:
        raise ValueError(f"lr must be positive and finite and n_steps not negative, not {lr} and {n_steps}")
    _check(start, z)
    points, scaled = [start], lr * z / len(z)
    for _ in range(n_steps):
        points.append(points[-1] + torch.sigmoid(-(z @ points[-1])) @ scaled)
    return torch.stack(points)


def newton_path(z: Float[Tensor, "n d"], start: Float[Tensor, " d"], n_steps: int) -> Float[Tensor, "n_points d"]:
    """The points of Newton's method with full steps: iteratively reweighted least squares.

    Raises as :func:`risk` and :func:`mgai.optimization.optimizers.newton_step`; ValueError for a negative count.
    """
    if n_steps < 0:
        raise ValueError(f"n_steps must not be negative, not {n_steps}")
    points = [start]
    for _ in range(n_steps):
        w = points[-1]
        points.append(newton_step(w, risk_gradient(w, z), risk_hessian(w, z)))
    return torch.stack(points)


def is_separable(z: Float[Tensor, "n d"]) -> bool:
    r"""Whether some :math:`w` has :math:`z_i\cdot w\ge1` for all samples, by linear programming.

    Raises as :func:`risk`; RuntimeError when SciPy's solver gives no answer.

    >>> is_separable(torch.tensor([[1.0, 0.0], [0.5, 1.0]])), is_separable(torch.tensor([[1.0], [-1.0]]))
    (True, False)
    """
    _check(z[:1], z)
    n, d = z.shape
    found = optimize.linprog(
        np.zeros(d), A_ub=-z.double().cpu().numpy(), b_ub=-np.ones(n), bounds=(None, None), method="highs"
    )
    if found.status not in (0, 2):
        raise RuntimeError(f"the linear program has no answer: {found.message}")
    return found.status == 0


def max_margin(z: Float[Tensor, "n 2"]) -> tuple[Float[Tensor, " 2"], Float[Tensor, " n"]]:
    r"""The shortest :math:`\hat w` with :math:`z_i\cdot\hat w\ge1`, in the plane, by enumeration; and its multipliers.

    :math:`\hat w=\sum_i\alpha_iz_i` with :math:`\alpha_i\ge0`, zero where the inequality is strict. At most two
    inequalities are active, so one and two of them are tried. The margin is :math:`1/\lVert\hat w\rVert`.

    Raises as :func:`risk`, and ValueError when the samples are not separable or not in the plane.

    Cost: O(n³).

    >>> max_margin(torch.tensor([[1.0, 1.0], [1.0, -1.0], [3.0, 0.0]], dtype=torch.float64))[0]
    tensor([1., 0.], dtype=torch.float64)
    """
    _check(z[:1], z)
    if z.shape[1] != 2:
        raise ValueError(f"z must have two features, not {z.shape[1]}")
    best, multipliers = None, torch.zeros(len(z), dtype=z.dtype, device=z.device)
    for active in itertools.chain(*(itertools.combinations(range(len(z)), k) for k in (1, 2))):
        rows = z[list(active)]
        alpha = torch.linalg.pinv(rows @ rows.mT, hermitian=True).sum(1)
        w = alpha @ rows
        if bool((alpha >= 0).all() and (z @ w >= 1 - 1e-9).all()) and (best is None or w.norm() < best.norm()):
            best, multipliers = w, torch.zeros_like(multipliers)
            multipliers[list(active)] = alpha
    if best is None:
        raise ValueError("z is not separable: no weights give every sample a positive margin")
    return best, multipliers


def asymptote(z: Float[Tensor, "n 2"], times: Float[Tensor, " t"]) -> Float[Tensor, "t 2"]:
    r"""Where gradient flow on separable data goes: :math:`\hat w\ln t+\tilde w`, for two support vectors in the plane.

    :math:`\tilde w` solves :math:`e^{-z_i\cdot\tilde w}=n\alpha_i` for both. Derived on the page
    ``chapters/3-optimization/logistic-regression`` (``thm-margin-flow``). Source: Soudry et al. (2018).

    Raises as :func:`max_margin`, and ValueError unless there are two support vectors and times are positive.
    """
    direction, multipliers = max_margin(z)
    support = multipliers > 0
    if int(support.sum()) != 2:
        raise ValueError(f"z must have exactly two support vectors, not {int(support.sum())}")
    if not bool((times > 0).all()):
        raise ValueError("times must be positive")
    offset = torch.linalg.solve(z[support], -(len(z) * multipliers[support]).log())
    return times.log()[:, None] * direction + offset


def flow(z: Float[Tensor, "n d"], times: Float[Tensor, " t"]) -> Float[Tensor, "t d"]:
    r"""Gradient flow :math:`\dot w=-\nabla R(w)` from zero at the given times, by an implicit method in :math:`\ln t`.

    Logarithmic time makes times like :math:`10^{12}` reachable (SciPy's Radau, relative tolerance 1e-10).

    Args:
        z: float64.
        times: increasing, the first at least 1.

    Raises:
        ValueError: times out of order, or below 1; RuntimeError when SciPy's solver fails.
    """
    _check(z[:1], z)
    if not bool(times[0] >= 1 and (times.diff() > 0).all()):
        raise ValueError("times must increase from 1 or later")
    samples = z.double().cpu().numpy()
    n, d = samples.shape

    def slope(s: float, w: np.ndarray) -> np.ndarray:
        return np.exp(s) * special.expit(-samples @ w) @ samples / n

    def jacobian(s: float, w: np.ndarray) -> np.ndarray:
        margins = samples @ w
        curvature = special.expit(margins) * special.expit(-margins)
        return -np.exp(s) * (samples * curvature[:, None]).T @ samples / n

    stops = np.log(times.double().cpu().numpy())
    early = -20.0  # until then the flow is w = -t grad R(0), to a part in 10^8 of a step of 2e-9
    start = slope(early, np.zeros(d))
    found = integrate.solve_ivp(
        slope, (early, stops[-1] + 1e-12), start, "Radau", stops, jac=jacobian, rtol=1e-10, atol=1e-12
    )
    if not found.success:
        raise RuntimeError(f"the flow was not solved: {found.message}")
    return torch.from_numpy(found.y.T.copy()).to(z)


def _check(w: Tensor, z: Tensor) -> None:
    check_finite(w, "w")
    check_finite(z, "z")
    if z.ndim != 2 or 0 in z.shape:
        raise ValueError(f"z must be a matrix with at least one sample and feature, not {tuple(z.shape)}")
    if w.ndim == 0 or w.shape[-1] != z.shape[1]:
        raise ValueError(f"w must have {z.shape[1]} entries, not shape {tuple(w.shape)}")
