r"""The p-functional :math:`(\sum_i |x_i|^p)^{1/p}`: a norm for :math:`p \ge 1`, a quasi-norm below.

Shown on the page ``chapters/1-linear-algebra/norms``.
"""

from __future__ import annotations

import math

import numpy as np
import torch
from jaxtyping import Float
from matplotlib.figure import Figure
from torch import Tensor

from mgai import figures


def p_functional(x: Float[Tensor, "*batch n"], p: float) -> Float[Tensor, "*batch"]:
    r"""The functional :math:`\|x\|_p = (\sum_i |x_i|^p)^{1/p}` along the last axis.

    It is a norm for :math:`p \ge 1` (Minkowski's inequality) and, when :math:`n \ge 2`, none for
    :math:`0 < p < 1`. The largest entry is factored out first, so that neither the powers nor
    the root overflow or underflow while the result itself is representable.

    Args:
        x: vectors, floating point, finite; the last axis holds the n >= 1 entries.
        p: a finite exponent, positive.

    Returns:
        One value per vector, dtype of ``x``.

    Raises:
        ValueError: ``p`` is not positive and finite, or ``x`` has no entries.
        TypeError: ``x`` is not a floating-point tensor.

    Cost: O(n) powers a vector.

    >>> p_functional(torch.tensor([1.0, 1.0]), 0.5)
    tensor(4.)
    """
    _check_exponent(p)
    if not isinstance(x, Tensor) or not x.is_floating_point():
        raise TypeError("x must be a floating-point tensor")
    if x.ndim == 0 or x.shape[-1] == 0:
        raise ValueError(f"x must have at least one entry along its last axis, not shape {tuple(x.shape)}")
    largest = x.abs().amax(dim=-1, keepdim=True)
    scale = torch.where(largest > 0, largest, torch.ones_like(largest))
    return scale.squeeze(-1) * ((x.abs() / scale) ** p).sum(dim=-1) ** (1 / p)


def triangle_ratio(
    x: Float[Tensor, "*batch n"], y: Float[Tensor, "*batch n"], p: float
) -> Float[Tensor, "*batch"]:
    r"""The ratio :math:`\|x+y\|_p / (\|x\|_p + \|y\|_p)`: above one, the triangle inequality fails.

    Args:
        x, y: vectors of one shape, not both zero.
        p: a finite exponent, positive.

    Raises:
        ValueError: the shapes differ, or both vectors of a pair are zero.

    >>> triangle_ratio(torch.tensor([1.0, 0.0]), torch.tensor([0.0, 1.0]), 0.5)
    tensor(2.)
    """
    if x.shape != y.shape:
        raise ValueError(f"y must have the shape of x, {tuple(x.shape)}, not {tuple(y.shape)}")
    total = p_functional(x, p) + p_functional(y, p)
    if bool((total == 0).any()):
        raise ValueError("x and y are both zero: the ratio is not defined")
    return p_functional(x + y, p) / total


def quasi_norm_constant(p: float) -> float:
    r"""The smallest :math:`C` with :math:`\|x+y\|_p \le C(\|x\|_p + \|y\|_p)` for all vectors of :math:`n \ge 2` entries.

    :math:`C = \max(1, 2^{1/p-1})`, attained for :math:`p < 1` by two different unit vectors.

    >>> quasi_norm_constant(0.5), quasi_norm_constant(2)
    (2.0, 1.0)
    """
    _check_exponent(p)
    return max(1.0, 2.0 ** (1 / p - 1))


def unit_circle(p: float, n_points: int = 400) -> Float[Tensor, "n_points 2"]:
    r"""Points of the plane with :math:`\|x\|_p = 1`, ordered by angle; the first and the last coincide.

    >>> unit_circle(1.0, 5).abs().sum(dim=1).allclose(torch.ones(5, dtype=torch.float64))
    True
    """
    if n_points < 2:
        raise ValueError(f"n_points must be at least 2, not {n_points}")
    angle = torch.linspace(0, 2 * math.pi, n_points, dtype=torch.float64)
    ray = torch.stack([angle.cos(), angle.sin()], dim=1)
    return ray / p_functional(ray, p)[:, None]


@figures.style()
def unit_circles_figure(exponents: tuple[float, ...] = (0.5, 1.0, 2.0)) -> Figure:
    """The unit circles of several exponents, with the midpoint of the two unit vectors."""
    drawn = figures.figure(5.2, 5.0)
    axes = drawn.add_subplot(aspect="equal", xlabel="$x_1$", ylabel="$x_2$")
    for p, dash in zip(exponents, figures.DASHES, strict=False):
        axes.plot(*unit_circle(p).numpy().T, linestyle=dash, linewidth=2, label=f"p = {p:g}")
    axes.plot([1, 0], [0, 1], "ko", label="unit vectors")
    axes.plot([0.5], [0.5], "k^", markersize=9, label="their midpoint")
    axes.legend(loc="center", fontsize=9)
    axes.set_xticks(np.linspace(-1, 1, 5))
    axes.set_yticks(np.linspace(-1, 1, 5))
    return drawn


def _check_exponent(p: float) -> None:
    if not (math.isfinite(p) and p > 0):
        raise ValueError(f"p must be positive and finite, not {p}")
