r"""How well each route to the principal directions finds small singular values, measured and drawn.

Shown on the page ``chapters/1-linear-algebra/low-rank``; the routes are in
:mod:`mgai.linear_algebra.principal_directions`.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor

from mgai import figures, settings
from mgai.linear_algebra.principal_directions import (
    centred,
    directions_by_covariance,
    directions_by_gram,
    directions_by_svd,
    with_singular_values,
)

#: Singular values from each route, of samples whose columns sum to zero.
VALUES: dict[str, Callable[[Tensor], Tensor]] = {
    "SVD of the data": lambda x: directions_by_svd(centred(x))[0],
    "eigenvalues of the Gram matrix": lambda x: directions_by_gram(centred(x))[0],
    "SVD of the covariance": lambda x: directions_by_covariance(x)[0],
}


def route_errors(s: Float[Tensor, " d"], n: int, dtype: torch.dtype = torch.float64) -> dict[str, Float[Tensor, " d"]]:
    r"""Relative errors :math:`|\hat s_i-s_i|/s_i` of every route on a matrix with the singular values ``s``.

    The matrix is made in float64, then rounded to ``dtype``: the errors include that rounding.

    s: positive, descending, float64: in float32 the values made would not be the values meant.
    n: rows, more than ``len(s)``. Raises TypeError or ValueError for others.

    >>> errors = route_errors(torch.tensor([1.0, 1e-6], dtype=torch.float64), 10)
    >>> bool(errors["SVD of the data"][1] < 1e-8)
    True
    """
    if not isinstance(s, Tensor) or s.dtype != torch.float64:
        raise TypeError("s must be a float64 tensor")
    if not bool((s > 0).all()) or bool((s[1:] > s[:-1]).any()):
        raise ValueError("s must hold positive singular values in descending order")
    x = with_singular_values(s, n, settings.generator("principal_directions/accuracy")).to(dtype)
    return {route: (values(x).double() - s).abs() / s for route, values in VALUES.items()}


@figures.style()
def accuracy_figure(n: int = 200) -> Figure:
    """Relative error of each route against the singular value, in float64 and float32, with the theory.

    n: rows of the matrices, which have 41 columns and singular values from 1 to 1e-10.
    """
    s = torch.logspace(0, -10, 41, dtype=torch.float64)
    drawn = figures.figure(7.0, 4.4)
    left, right = drawn.subplots(1, 2, sharey=True)
    for axes, dtype in ((left, torch.float64), (right, torch.float32)):
        _draw_errors(axes, s, route_errors(s, n, dtype), torch.finfo(dtype).eps)
        axes.set_title(str(dtype).removeprefix("torch."), fontsize=11)
    left.set_ylabel("relative error of the singular value")
    handles, labels = left.get_legend_handles_labels()
    drawn.legend(handles, labels, loc="outside lower center", ncols=2, fontsize=9)
    return drawn


def _draw_errors(axes: Axes, s: Tensor, errors: dict[str, Tensor], eps: float) -> None:
    for i, (route, error) in enumerate(errors.items()):
        shown = error.clamp_min(1e-17)  # an error of exactly zero has no logarithm
        style = {"marker": figures.MARKERS[i], "color": figures.COLOURS[i], "markersize": 4.5 - i}
        axes.loglog(s, shown, linestyle="none", label=route, **style)
    axes.loglog(s, eps / s, "k-", linewidth=1, label=r"$\varepsilon\,s_1/s_i$")
    axes.loglog(s, eps / s.square(), "k--", linewidth=1, label=r"$\varepsilon\,(s_1/s_i)^2$")
    axes.set(xlabel="true singular value $s_i/s_1$", ylim=(3e-18, 1e8))
    axes.invert_xaxis()
