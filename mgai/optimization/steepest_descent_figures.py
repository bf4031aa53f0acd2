"""The figures of the page ``chapters/3-optimization/steepest-descent``: the zigzag, and what each start costs."""

from __future__ import annotations

import torch
from jaxtyping import Float
from matplotlib.figure import Figure
from torch import Tensor

from mgai import figures
from mgai.optimization.steepest_descent import excess_risk, steepest_descent, worst_factor


@figures.style()
def zigzag_figure(hessian: Float[Tensor, "2 2"], start: Float[Tensor, " 2"], n_steps: int = 8) -> Figure:
    """The path of steepest descent on the contours of a quadratic risk; equal scales keep right angles right.

    Each contour passes through a point of the path: the next segment leaves it at a right angle.
    """
    path = steepest_descent(hessian.cpu(), start.cpu(), n_steps)
    drawn = figures.figure(7.0, 4.2)
    axes = drawn.add_subplot(aspect="equal", xlabel="$w_1-w_1^*$", ylabel="$w_2-w_2^*$")
    outermost = 2 * excess_risk(hessian.cpu(), path[0])
    reach = 1.05 * (outermost * torch.linalg.inv(hessian.cpu()).diagonal()).sqrt()  # half axes of its bounding box
    first, second = (torch.linspace(-float(r), float(r), 161, dtype=path.dtype) for r in reach)
    grid = torch.stack(torch.meshgrid(first, second, indexing="xy"), dim=-1)
    levels = sorted(set(excess_risk(hessian.cpu(), path).tolist()))
    axes.contour(first, second, excess_risk(hessian.cpu(), grid), levels=levels, colors="0.55", linewidths=0.8)
    axes.plot(*path.T, "o-", color=figures.COLOURS[0], label="exact line search")
    axes.plot(0, 0, "*", color=figures.COLOURS[1], markersize=12, label="minimiser")
    axes.legend(loc="upper left", fontsize=9)
    return drawn


def zigzag_alt(hessian: Float[Tensor, "2 2"], start: Float[Tensor, " 2"], n_steps: int = 8) -> str:
    """What :func:`zigzag_figure` shows, in words and numbers."""
    risks = excess_risk(hessian, steepest_descent(hessian, start, n_steps))
    return (
        f"A path of {n_steps} segments that turns by a right angle at each point, zigzagging along the long axis of "
        f"elliptic contours towards the minimiser. The first step multiplies the excess risk by "
        f"{risks[1] / risks[0]:.3f}; after all of them {risks[-1] / risks[0]:.1e} of it is left."
    )


def plane_factors(condition_number: float, slopes: Float[Tensor, " n"]) -> Float[Tensor, " n"]:
    r"""The factor of the excess risk in one exact step in the plane, for gradients :math:`(1, s)` in the eigenbasis.

    Computed by taking the step on :math:`\operatorname{diag}(1, \kappa)`; one factor for each slope s.

    >>> plane_factors(3.0, torch.tensor([0.0, 1.0]))
    tensor([0.0000, 0.2500])
    """
    hessian = torch.diag(slopes.new_tensor([1.0, condition_number]))
    start = torch.stack([torch.ones_like(slopes), slopes / condition_number], dim=-1)
    before, after = excess_risk(hessian, steepest_descent(hessian, start, 1))
    return after / before


@figures.style()
def factor_figure(condition_numbers: tuple[float, ...] = (2.0, 10.0, 100.0)) -> Figure:
    """The factor of one exact step against the slope of the gradient in the eigenbasis, under Kantorovich's bound."""
    drawn = figures.figure(7.0, 3.8)
    axes = drawn.add_subplot(
        xscale="log", xlabel="slope of the gradient, $g_{max}/g_{min}$", ylabel="excess risk after / before one step"
    )
    slopes = torch.logspace(-3, 3, 241, dtype=torch.float64)
    for kappa, colour, dash in zip(condition_numbers, figures.COLOURS, figures.DASHES, strict=False):
        axes.plot(slopes, plane_factors(kappa, slopes), linestyle=dash, color=colour, label=f"κ = {kappa:g}")
        axes.plot(1, worst_factor(kappa), "o", color=colour)
    axes.set_ylim(0, 1.02)
    axes.legend(loc="upper left", fontsize=9, title="dot: $((κ-1)/(κ+1))^2$")
    return drawn


def factor_alt(condition_numbers: tuple[float, ...] = (2.0, 10.0, 100.0)) -> str:
    """What :func:`factor_figure` shows, in words and numbers."""
    slopes = torch.tensor([0.01, 0.1, 1.0], dtype=torch.float64)
    rows = []
    for kappa in condition_numbers:
        low, middle, top = plane_factors(kappa, slopes).tolist()
        rows.append(f"κ = {kappa:g}: {low:.3f} at slope 0.01, {middle:.3f} at 0.1, {top:.3f} at 1")
    return f"{len(rows)} bell curves over the slope, symmetric on a log axis, with tops at slope 1. {'; '.join(rows)}."
