"""The figures of the page ``chapters/2-calculus/deep-products``: growth with depth, rates, spread, clipping."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Float
from matplotlib.figure import Figure
from torch import Tensor

from mgai import figures
from mgai.calculus.deep_products import lyapunov_exponents, mean_field_log_growth, typical_rate
from mgai.calculus.gradient_clipping import clip_by_norm, clip_by_value


@figures.style()
def growth_figure(runs: dict[float, Float[Tensor, "n_networks depth"]], width: int) -> Figure:
    r"""The gradient's norm against depth in linear networks: median and the range of nine tenths, with both theories.

    runs: natural logarithms of the norm for each :math:`\sigma_w`; width: that of the networks.
    """
    drawn = figures.figure(6.2, 4.8)
    axes = drawn.add_subplot(xlabel="layers passed", ylabel=r"norm of the gradient, $\log_{10}$")
    tens = 1 / math.log(10)
    for number, (sigma, logs) in enumerate(runs.items()):
        depth = np.arange(1, logs.shape[1] + 1)
        low, middle, high = (tens * logs.cpu()).quantile(torch.tensor([0.05, 0.5, 0.95], dtype=logs.dtype), dim=0)
        colour, marker = figures.COLOURS[number], figures.MARKERS[number]
        axes.fill_between(depth, low, high, color=colour, alpha=0.2, linewidth=0)
        axes.plot(
            depth, middle, marker, color=colour, markersize=4, markevery=4, label=rf"median, $\sigma_w={sigma:g}$"
        )
        axes.plot(depth, tens * typical_rate(sigma, width) * depth, color=colour, linewidth=1.4)
        axes.plot(depth, tens * math.log(sigma) * depth, color=colour, linewidth=1.2, linestyle="--")
    axes.plot([], [], color="black", linewidth=1.4, label="theory: typical")
    axes.plot([], [], color="black", linewidth=1.2, linestyle="--", label="theory: root mean square")
    axes.legend(loc="upper left", fontsize=9)
    return drawn


@figures.style()
def rates_figure(
    sigmas: Sequence[float], rates: dict[str, Float[Tensor, "sigmas n_networks"]], width: int, depth: int
) -> Figure:
    r"""Growth of :math:`\log\|g\|` a layer against :math:`\sigma_w`: medians and nine tenths, with the theory.

    rates: for ``"linear"`` and ``"tanh"``, one row for each of ``sigmas``.
    """
    drawn = figures.figure(6.2, 4.4)
    axes = drawn.add_subplot(xlabel=r"$\sigma_w$ (weights have variance $\sigma_w^2/n$)", ylabel="growth a layer, nats")
    fine = np.linspace(min(sigmas), max(sigmas), 60)
    theory = {
        "linear": ("theory: exact at this width", [typical_rate(s, width) for s in fine]),
        "tanh": ("theory: infinite width", [float(mean_field_log_growth(s, depth)[-1]) / depth for s in fine]),
    }
    for number, (kind, sample) in enumerate(rates.items()):
        low, middle, high = sample.cpu().quantile(torch.tensor([0.05, 0.5, 0.95], dtype=sample.dtype), dim=1)
        look = {"color": figures.COLOURS[number], "markersize": 6, "capsize": 3, "linestyle": "none"}
        spread = torch.stack([middle - low, high - middle])
        axes.errorbar(sigmas, middle, yerr=spread, marker=figures.MARKERS[number], label=f"{kind}, measured", **look)
        label, line = theory[kind]
        axes.plot(fine, line, figures.DASHES[number], color=figures.COLOURS[number], label=f"{kind}, {label}")
    axes.axhline(0, color="black", linewidth=0.8)
    axes.legend(loc="lower right", fontsize=9)
    return drawn


@figures.style()
def spread_figure(logs: Float[Tensor, "n_networks depth width"]) -> Figure:
    r"""Medians of :math:`\log_{10}|R_{ii}|` against depth with the slopes of the Lyapunov exponents."""
    drawn = figures.figure(6.2, 4.2)
    axes = drawn.add_subplot(xlabel="layers", ylabel=r"$\log_{10}|R_{ii}|$ of the product")
    tens, width = 1 / math.log(10), logs.shape[2]
    depth = np.arange(1, logs.shape[1] + 1)
    middle = tens * logs.cpu().median(dim=0).values
    rates = tens * lyapunov_exponents(1.0, width)
    for i in range(width):
        colour = figures.COLOURS[i % len(figures.COLOURS)]
        axes.plot(
            depth, middle[:, i], figures.MARKERS[i % len(figures.MARKERS)], color=colour, markersize=4, markevery=4
        )
        axes.plot(depth, float(rates[i]) * depth, color=colour, linewidth=1.2)
        axes.annotate(
            f"i = {i + 1}", (depth[-1], float(middle[-1, i])), xytext=(6, -3), textcoords="offset points", fontsize=9
        )
    axes.set_xlim(0, 1.12 * depth[-1])
    return drawn


@figures.style()
def clipping_figure(g: Float[Tensor, 2], c: float = 1.0) -> Figure:
    """A gradient of two entries, and what clipping by norm and by value makes of it, with the two regions allowed."""
    drawn = figures.figure(5.6, 3.6)
    axes = drawn.add_subplot(aspect="equal", xlabel="first entry", ylabel="second entry")
    angle = np.linspace(0, 2 * np.pi, 200)
    axes.plot(c * np.cos(angle), c * np.sin(angle), color=figures.COLOURS[0], linewidth=1)
    axes.plot(
        c * np.array([-1, 1, 1, -1, -1]), c * np.array([-1, -1, 1, 1, -1]), "--", color=figures.COLOURS[1], linewidth=1
    )
    arrows = (
        (g, "black", "gradient", ":"),
        (clip_by_norm(g, c), figures.COLOURS[0], "clipped by norm", "-"),
        (clip_by_value(g, c), figures.COLOURS[1], "clipped by value", "--"),
    )
    for arrow, colour, label, dash in arrows:
        end = arrow.tolist()
        axes.annotate(
            "", end, (0, 0), arrowprops={"arrowstyle": "->", "color": colour, "linestyle": dash, "linewidth": 2}
        )
        axes.plot([], [], color=colour, linestyle=dash, linewidth=2, label=label)
    axes.set(xlim=(-1.15 * c, max(1.15 * c, 1.1 * float(g[0]))), ylim=(-1.15 * c, max(1.3 * c, 1.15 * float(g[1]))))
    axes.legend(loc="lower right", fontsize=9)
    return drawn
