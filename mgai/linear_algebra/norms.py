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
    :math:`0 < p < 1`. The largest entry is factored out first, so that neither the powers nor the root
    overflow while the result itself is representable, and the result does not underflow to zero.

    Args:
        x: vectors, floating point, finite; the last axis holds the n >= 1 entries.
        p: a finite exponent, positive.

    Returns:
        One value per vector, dtype of ``x``.

    Raises:
        ValueError: ``p`` is not positive and finite, or ``x`` has no entries or some that are not finite.
        TypeError: ``x`` is not a floating-point tensor.

    Cost: O(n) powers a vector.

    >>> p_functional(torch.tensor([1.0, 1.0]), 0.5)
    tensor(4.)
    """
    _check_exponent(p)
    _check_vectors(x, "x")
    largest = x.abs().amax(dim=-1, keepdim=True)
    scale = torch.where(largest > 0, largest, torch.ones_like(largest))
    return scale.squeeze(-1) * ((x.abs() / scale) ** p).sum(dim=-1) ** (1 / p)


def triangle_ratio(x: Float[Tensor, "*batch n"], y: Float[Tensor, "*batch n"], p: float) -> Float[Tensor, "*batch"]:
    r"""The ratio :math:`\|x+y\|_p / (\|x\|_p + \|y\|_p)`: above one, the triangle inequality fails.

    Its largest value is :func:`quasi_norm_constant` (``thm-quasi-norm``).

    Args:
        x, y: vectors of one shape, finite, not both zero.
        p: a finite exponent, positive.

    Returns:
        One ratio per pair.

    Raises:
        ValueError: the shapes differ, both vectors of a pair are zero, or as :func:`p_functional`.
        TypeError: ``x`` or ``y`` is not a floating-point tensor.

    >>> triangle_ratio(torch.tensor([1.0, 0.0]), torch.tensor([0.0, 1.0]), 0.5)
    tensor(2.)
    """
    _check_vectors(x, "x")
    _check_vectors(y, "y")
    if x.shape != y.shape:
        raise ValueError(f"y must have the shape of x, {tuple(x.shape)}, not {tuple(y.shape)}")
    total = p_functional(x, p) + p_functional(y, p)
    if bool((total == 0).any()):
        raise ValueError("x and y are both zero: the ratio is not defined")
    return p_functional(x + y, p) / total


def quasi_norm_constant(p: float) -> float:
    r"""The smallest :math:`C` with :math:`\|x+y\|_p \le C(\|x\|_p + \|y\|_p)` for all vectors of two or more entries.

    :math:`C = \max(1, 2^{1/p-1})`, attained for :math:`p < 1` by two different unit vectors (``thm-quasi-norm``);
    infinite where it exceeds the range of float64. Raises ValueError unless p is positive and finite.

    >>> quasi_norm_constant(0.5), quasi_norm_constant(2)
    (2.0, 1.0)
    """
    _check_exponent(p)
    exponent = 1 / p - 1
    return max(1.0, 2.0**exponent) if exponent < 1024 else math.inf


def unit_circle(p: float, n_quarter: int = 100) -> Float[Tensor, "n_points 2"]:
    r"""Points of the plane with :math:`\|x\|_p = 1`, ordered by angle, in float64; the first and the last coincide.

    Steps in equal angles would miss the spikes that the curve has on the axes for :math:`p < 1`. The points
    :math:`(1-t)^{1/p}, t^{1/p}` with :math:`t=\sin^2\theta` reach them: each quarter starts and ends on an axis.

    Args:
        p: a finite exponent, positive.
        n_quarter: steps a quarter, at least 1; there are 4 n_quarter + 1 points.

    Raises:
        ValueError: ``p`` is not positive and finite, or ``n_quarter`` is below 1.

    >>> unit_circle(0.5, 1).abs().tolist()
    [[1.0, 0.0], [0.0, 1.0], [1.0, 0.0], [0.0, 1.0], [1.0, 0.0]]
    """
    _check_exponent(p)
    if n_quarter < 1:
        raise ValueError(f"n_quarter must be at least 1, not {n_quarter}")
    t = torch.linspace(0, math.pi / 2, n_quarter + 1, dtype=torch.float64).sin().square()
    x, y = (1 - t) ** (1 / p), t ** (1 / p)
    quarters = [torch.stack(pair, dim=1)[:-1] for pair in ((x, y), (-y, x), (-x, -y), (y, -x))]
    return torch.cat([*quarters, quarters[0][:1]])


@figures.style()
def unit_circles_figure(exponents: tuple[float, ...] = (0.5, 1.0, 2.0)) -> Figure:
    """The unit circles of at most six exponents, with the midpoint of the two unit vectors."""
    if len(exponents) > len(figures.DASHES):
        raise ValueError(f"exponents: there are only {len(figures.DASHES)} kinds of line, not {len(exponents)}")
    drawn = figures.figure(5.4, 5.6)
    axes = drawn.add_subplot(aspect="equal", xlabel="$x_1$", ylabel="$x_2$")
    for p, dash in zip(exponents, figures.DASHES, strict=False):
        axes.plot(*unit_circle(p).numpy().T, linestyle=dash, linewidth=2, label=f"p = {p:g}")
    axes.plot([1, 0], [0, 1], "ko", label="unit vectors")
    axes.plot([0.5], [0.5], "k^", markersize=9, label="their midpoint")
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.13), ncols=3, fontsize=9)
    axes.set_xticks(np.linspace(-1, 1, 5))
    axes.set_yticks(np.linspace(-1, 1, 5))
    return drawn


def _check_exponent(p: float) -> None:
    if not (math.isfinite(p) and p > 0):
        raise ValueError(f"p must be positive and finite, not {p}")


def _check_vectors(x: Tensor, name: str) -> None:
    if not isinstance(x, Tensor) or not x.is_floating_point():
        raise TypeError(f"{name} must be a floating-point tensor")
    if x.ndim == 0 or x.shape[-1] == 0:
        raise ValueError(f"{name} must have at least one entry along its last axis, not shape {tuple(x.shape)}")
    if not bool(torch.isfinite(x).all()):
        raise ValueError(f"{name} has entries that are not finite")
