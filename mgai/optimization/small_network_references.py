r"""Minima and saddle of the small network's slice by routes without descent, for claims on its page.

Shown on the page ``chapters/3-optimization/gradient-descent-trajectories``.

The slice's loss is :math:`\frac1{2n}\lVert r-v\,t_u\rVert^2` with :math:`t_u=\tanh(ux+b)`. For each :math:`u` the best
:math:`v` is a quotient of inner products, so that one variable remains (variable projection); a stationary point with
:math:`v=0` needs :math:`\langle r,t_u\rangle=0`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float
from scipy import optimize
from torch import Tensor

from mgai.optimization.small_network import example, left_over, slice_loss


def minimum_by_projection(
    theta: Float[Tensor, " p"], x: Float[Tensor, " n"], y: Float[Tensor, " n"], bounds: tuple[float, float]
) -> Float[Tensor, " 2"]:
    r"""The minimum :math:`(u, v)` of the slice with u between ``bounds``, by a search in u alone.

    The derivative of the projected loss in u is followed to its zero by Brent's method.

    Raises ValueError when the derivative has not opposite signs at the bounds.

    >>> theta = torch.tensor([0.0, 0.0, 0.0, 0.0], dtype=torch.float64)
    >>> x = torch.linspace(-1, 1, 9, dtype=torch.float64)
    >>> [round(float(w), 9) for w in minimum_by_projection(theta, x, 3 * torch.tanh(2 * x), (1.0, 4.0))]
    [2.0, 3.0]
    """
    r, points, bias = _numbers(theta, x, y)

    def best(u: float) -> float:
        t = np.tanh(u * points + bias)
        return float(r @ t / (t @ t))

    def slope(u: float) -> float:
        t, v = np.tanh(u * points + bias), best(u)
        return float(-v * ((r - v * t) @ (points * (1 - t**2))))

    if slope(bounds[0]) >= 0 or slope(bounds[1]) <= 0:
        raise ValueError(f"bounds={bounds}: the projected loss does not fall at the first and rise at the second")
    u = optimize.brentq(slope, *bounds, xtol=1e-14)
    return torch.tensor([u, best(u)], dtype=torch.float64)


def saddle_by_root(
    theta: Float[Tensor, " p"], x: Float[Tensor, " n"], y: Float[Tensor, " n"], bounds: tuple[float, float]
) -> tuple[Float[Tensor, " 2"], Float[Tensor, " 2"]]:
    r"""The saddle :math:`(u, 0)` with :math:`\langle r,t_u\rangle=0`, and the eigenvalues of the Hessian there.

    With :math:`v=0` the Hessian is :math:`\begin{pmatrix}0&q\\q&p\end{pmatrix}`, :math:`p=\frac1n\lVert t_u\rVert^2`,
    :math:`q=-\frac1n\langle r,x(1-t_u^2)\rangle`: its determinant :math:`-q^2` is never positive.

    Raises ValueError when the inner product has not opposite signs at the bounds.

    >>> theta = torch.tensor([0.0, 0.0, 0.0, 0.0], dtype=torch.float64)
    >>> x = torch.linspace(-1, 1, 9, dtype=torch.float64)
    >>> saddle, values = saddle_by_root(theta, x, x, (-1.0, 1.1))
    >>> bool(saddle.norm() < 1e-12), values  # p = 0 and q is the mean square of x
    (True, tensor([-0.4167,  0.4167], dtype=torch.float64))
    """
    r, points, bias = _numbers(theta, x, y)
    u = optimize.brentq(lambda u: float(r @ np.tanh(u * points + bias)), *bounds, xtol=1e-15)
    t = np.tanh(u * points + bias)
    p, q = float(t @ t) / len(t), -float(r @ (points * (1 - t**2))) / len(t)
    root = np.hypot(p / 2, q)
    return torch.tensor([u, 0.0], dtype=torch.float64), torch.tensor([p / 2 - root, p / 2 + root], dtype=torch.float64)


class Slice(NamedTuple):
    """The loss on the plane of two weights, its two minima, the deeper one first, and the saddle between them."""

    loss: Callable[[Tensor], Tensor]
    minima: Float[Tensor, "2 2"]
    saddle: Float[Tensor, " 2"]


def example_slice() -> Slice:
    """The slice of the page, with its stationary points by the routes of this module.

    >>> loss, minima, saddle = example_slice()
    >>> bool(minima[0, 0] > saddle[0] > minima[1, 0]), bool(loss(saddle) > loss(minima[1]) > loss(minima[0]))
    (True, True)
    """
    case = example()
    minima = [minimum_by_projection(*case, bounds) for bounds in ((0.2, 4.0), (-4.0, -0.3))]
    return Slice(slice_loss(*case), torch.stack(minima), saddle_by_root(*case, (-0.5, 0.5))[0])


def _numbers(theta: Tensor, x: Tensor, y: Tensor) -> tuple[np.ndarray, np.ndarray, float]:
    units = (theta.numel() - 1) // 3
    return left_over(theta, x, y).cpu().numpy(), x.cpu().numpy(), float(theta[units])
