r"""Integral transforms, the Fourier transform and convolution of functions on the line, by quadrature.

Shown on the page ``chapters/2-calculus/convolution-and-transforms``; sequences and arrays are in
:mod:`mgai.calculus.discrete_convolution`. Integrals are taken over *panels*: rising numbers, the first the lower
limit and the last the upper one, between which the integrand is smooth; jumps and kinks belong on a panel's end.
On each panel stand the points of a Gauss-Legendre rule, which is exact for polynomials of degree 2 n_points - 1.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
import torch
from jaxtyping import Complex, Float, Inexact
from torch import Tensor

from mgai.calculus.argument_checks import check_positive, check_tensor

Function = Callable[[Tensor], Tensor]
Kernel = Callable[[Tensor, Tensor], Tensor]


def quadrature_points(
    panels: Sequence[float], n_points: int = 64, dtype: torch.dtype = torch.float64
) -> tuple[Float[Tensor, " n"], Float[Tensor, " n"]]:
    r"""Points and weights with :math:`\sum_iw_if(t_i)\approx\int f(t)\,dt` over the panels.

    Raises:
        ValueError: fewer than two ends of panels, ends that do not rise or are not finite, or ``n_points`` < 1.

    >>> t, w = quadrature_points((0.0, 1.0, 2.0), 2)
    >>> round((w * t**3).sum().item(), 12)  # exact for cubics: 2^4 / 4
    4.0
    """
    ends = np.asarray(panels, dtype=float)
    if ends.ndim != 1 or len(ends) < 2 or not np.isfinite(ends).all() or not (np.diff(ends) > 0).all():
        raise ValueError(f"panels must be two or more finite rising numbers, not {panels}")
    if n_points < 1:
        raise ValueError(f"n_points must be at least 1, not {n_points}")
    x, w = np.polynomial.legendre.leggauss(n_points)
    half = np.diff(ends)[:, None] / 2
    t = (ends[:-1] + ends[1:])[:, None] / 2 + half * x
    return torch.as_tensor(t.ravel(), dtype=dtype), torch.as_tensor((half * w).ravel(), dtype=dtype)


def integral_transform(
    kernel: Kernel, f: Function, u: Float[Tensor, " m"], panels: Sequence[float], n_points: int = 64
) -> Inexact[Tensor, " m"]:
    r"""The transform :math:`(Tf)(u)=\int_{t_1}^{t_2}K(t,u)f(t)\,dt` at the points ``u``.

    Formulas ``cs-12-02``, ``cs-12-04``.

    Args:
        kernel: :math:`K(t,u)` of two tensors that broadcast, real or complex.
        f: a function of a tensor, entry by entry.
        u: where the transform is wanted.
        panels: from :math:`t_1` to :math:`t_2`, with the points between at which the integrand is not smooth.
        n_points: of the Gauss-Legendre rule on each panel.

    Raises:
        TypeError: ``u`` is no floating-point tensor.
        ValueError: ``u`` is no finite vector, ``panels`` do not rise, or the integrand is not finite.

    Cost: one value of the kernel for each point of the rule and each entry of ``u``.

    >>> u = torch.tensor([1.0, 2.0], dtype=torch.float64)
    >>> integral_transform(lambda t, u: t**u, torch.ones_like, u, (0.0, 1.0))  # 1 / (u + 1)
    tensor([0.5000, 0.3333], dtype=torch.float64)
    """
    check_tensor(u, "u", None)
    t, weights = (each.to(u.device) for each in quadrature_points(panels, n_points, u.dtype))
    integrand = kernel(t, u[:, None]) * f(t)
    if not torch.isfinite(integrand).all():
        raise ValueError("kernel(t, u) f(t) is not finite at some point of the panels")
    return (integrand * weights).sum(dim=-1)


def fourier_transform(
    f: Function, u: Float[Tensor, " m"], panels: Sequence[float], n_points: int = 64
) -> Complex[Tensor, " m"]:
    r"""The Fourier transform :math:`(\mathcal Ff)(u)=\int f(t)\,e^{-2\pi iut}\,dt`, ``u`` in cycles a unit of ``t``.

    Formulas ``cs-12-03``, ``cs-12-10``.

    Args, Raises, Cost: as for :func:`integral_transform`. The panels must hold all but a negligible part of f, and
    a panel must be short against the length ``n_points`` / (2 abs(u)). At ``-u`` it is the inverse transform.

    >>> u = torch.tensor([0.0, 1.0], dtype=torch.float64)
    >>> [round(v, 6) for v in fourier_transform(gaussian, u, (-6.0, 0.0, 6.0)).real.tolist()]  # exp(-pi u^2)
    [1.0, 0.043214]
    """
    return integral_transform(lambda t, u: torch.exp(-2j * torch.pi * u * t), f, u, panels, n_points)


def convolution(
    f: Function, h: Function, u: Float[Tensor, " m"], panels: Sequence[float], n_points: int = 64
) -> Inexact[Tensor, " m"]:
    r"""The convolution :math:`(f*h)(u)=\int h(t)\,f(u-t)\,dt`: an integral transform of h with the kernel f(u - t).

    Formulas ``cs-12-05``, ``cs-12-09``.

    Args, Raises, Cost: as for :func:`integral_transform`. The panels are those of ``h``; f must be smooth.

    >>> u = torch.tensor([2.0, 3.0], dtype=torch.float64)
    >>> [round(v, 12) for v in convolution(torch.square, lambda t: 3 * t**2, u, (0.0, 1.0)).tolist()]
    [1.6, 5.1]
    """
    return integral_transform(lambda t, u: f(u - t), h, u, panels, n_points)


def translate(f: Function, delta: float) -> Function:
    r"""The function :math:`f_\Delta(t)=f(t+\Delta)`: for positive :math:`\Delta` the graph moves to the left.

    Formula ``cs-12-09``. Raises ValueError when ``delta`` is not finite.

    >>> translate(torch.square, 1.0)(torch.tensor(2.0)).item()
    9.0
    """
    if not math.isfinite(delta):
        raise ValueError(f"delta must be finite, not {delta}")
    return lambda t: f(t + delta)


def gaussian(t: Float[Tensor, "*batch"], width: float = 1.0) -> Float[Tensor, "*batch"]:
    r"""The bell :math:`\frac1w e^{-\pi t^2/w^2}` of integral 1; its Fourier transform is :math:`e^{-\pi w^2u^2}`.

    Raises ValueError unless ``width`` is positive and finite.

    >>> gaussian(torch.tensor([0.0]), 0.5).item()
    2.0
    """
    return torch.exp(-torch.pi * (t / check_positive(width, "width")).square()) / width


def box(t: Float[Tensor, "*batch"], lower: float = 0.0, upper: float = 1.0) -> Float[Tensor, "*batch"]:
    r"""The indicator of the interval from ``lower`` to ``upper``, both ends included.

    Raises ValueError unless ``lower`` < ``upper``.

    >>> box(torch.tensor([-0.5, 0.0, 0.5, 2.0])).tolist()
    [0.0, 1.0, 1.0, 0.0]
    """
    if not lower < upper:
        raise ValueError(f"lower={lower} must be less than upper={upper}")
    return ((t >= lower) & (t <= upper)).to(t.dtype)


def young_exponent(p: float, q: float) -> float:
    r"""The r with :math:`\frac1r=\frac1p+\frac1q-1`, for which :math:`\|f*h\|_r\le\|f\|_p\|h\|_q`.

    Formula ``cs-12-06``.

    Raises:
        ValueError: an exponent below 1 or NaN, or 1/p + 1/q < 1, where the convolution need not exist.

    >>> young_exponent(1.0, 2.0), young_exponent(2.0, 2.0)
    (2.0, inf)
    """
    if not (p >= 1 and q >= 1):
        raise ValueError(f"the exponents p={p} and q={q} must be at least 1")
    excess = 1 / p + 1 / q - 1
    if abs(excess) < 1e-12:  # rounding of conjugate exponents such as 3 and 3/2
        return math.inf
    if excess < 0:
        raise ValueError(f"p={p} and q={q}: 1/p + 1/q must be at least 1")
    return 1 / excess


def superposition_defect(
    transform: Callable[[Function], Tensor], f: Function, g: Function, alpha: complex, beta: complex
) -> Inexact[Tensor, "*shape"]:
    r"""How far a transform is from linear at one instance: :math:`T(\alpha f+\beta g)-\alpha\,Tf-\beta\,Tg`.

    Formula ``cs-12-01``. A linear transform gives zero for all functions and numbers; one nonzero value refutes it.

    Args:
        transform: from functions to the values of the transformed function at points of its own choice.

    >>> grid = torch.linspace(0, 1, 3)
    >>> superposition_defect(lambda f: f(2 * grid), torch.square, torch.neg, 2.0, -3.0).tolist()
    [0.0, 0.0, 0.0]
    >>> superposition_defect(lambda f: f(grid) + 1, torch.square, torch.neg, 2.0, -3.0).tolist()
    [2.0, 2.0, 2.0]
    """
    together = transform(lambda t: alpha * f(t) + beta * g(t))
    return together - alpha * transform(f) - beta * transform(g)
