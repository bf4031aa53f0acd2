"""The figures of the page ``chapters/3-optimization/gradient-descent-in-the-eigenbasis``."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Float
from matplotlib.figure import Figure
from torch import Tensor

from mgai import figures
from mgai.optimization.early_stopping import flow_share, largest_gap, ridge_share, risk
from mgai.optimization.gradient_descent_in_the_eigenbasis import learned_share, regime


@figures.style()
def regimes_figure(products: Sequence[float] = (0.2, 1.0, 1.8, 2.0, 2.05), n_steps: int = 20) -> Figure:
    """The share learned against the number of steps, for several products of step and eigenvalue."""
    drawn = figures.figure(7.0, 4.0)
    axes = drawn.add_subplot(xlabel="gradient steps", ylabel="share of the minimiser's component")
    for product, colour, marker in zip(products, figures.COLOURS, figures.MARKERS, strict=False):
        shares = [float(learned_share(torch.tensor(product, dtype=torch.float64), 1.0, t)) for t in range(n_steps + 1)]
        label = f"ρλ = {product:g}: {regime(1.0, product)}"
        axes.plot(range(n_steps + 1), shares, marker=marker, markersize=4, color=colour, linewidth=1, label=label)
    axes.axhline(1, color="black", linewidth=0.8)
    axes.set_ylim(-2, 4)
    axes.set_xticks(range(0, n_steps + 1, 5))
    axes.legend(loc="upper left", fontsize=9, ncols=2)
    return drawn


def regimes_alt(products: Sequence[float] = (0.2, 1.0, 1.8, 2.0, 2.05), n_steps: int = 20) -> str:
    """What :func:`regimes_figure` shows, in words and numbers."""
    ends = [learned_share(torch.tensor(p, dtype=torch.float64), 1.0, n_steps).item() for p in products]
    rows = "; ".join(f"{p:g} ({regime(1.0, p)}): {end:.3g}" for p, end in zip(products, ends, strict=True))
    return (
        f"The share learned over {n_steps} steps, one line for each product of step and eigenvalue. At the end: {rows}."
    )


@figures.style()
def filters_figure(n_steps: Sequence[int] = (1, 5, 100)) -> Figure:
    """The shares that descent, flow and ridge keep, against the eigenvalue in units of 1 / (step times steps)."""
    drawn = figures.figure(7.0, 4.0)
    axes = drawn.add_subplot(xscale="log", xlabel="λ ρ τ", ylabel="share of the least-squares component")
    s = torch.logspace(-2, 2, 201, dtype=torch.float64)
    for n, colour, dash in zip(n_steps, figures.COLOURS[2:], figures.DASHES[1:], strict=False):
        inside = s[s <= n]  # step times eigenvalue at most one
        axes.plot(inside, learned_share(inside, 1 / n, n), color=colour, linestyle=dash, label=f"descent, {n} steps")
    axes.plot(s, flow_share(s, 1.0), color=figures.COLOURS[0], linewidth=2, label="gradient flow")
    axes.plot(s, ridge_share(s, 1.0), color=figures.COLOURS[1], linewidth=2, label="ridge, α = 1/(ρτ)")
    at, gap = largest_gap()
    axes.annotate(f"largest gap\nflow - ridge: {gap:.2f}", (at, 1 - 1 / (1 + at)), (5, 0.35), fontsize=9,
                  arrowprops={"arrowstyle": "-"})  # fmt: skip
    axes.legend(loc="upper left", fontsize=9)
    return drawn


def filters_alt() -> str:
    """What :func:`filters_figure` shows, in words and numbers."""
    at, gap = largest_gap()
    one = torch.tensor(1.0, dtype=torch.float64)
    return (
        "Curves that rise from 0 to 1 as the eigenvalue grows. Gradient flow lies above ridge everywhere, by at most "
        f"{gap:.2f}, where λρτ = {at:.2f}. At λρτ = 1 flow keeps {flow_share(one, 1.0):.2f} and ridge "
        f"{ridge_share(one, 1.0):.2f}; descent approaches flow from above as the steps get smaller."
    )


@figures.style()
def risk_figure(
    eigenvalues: Float[Tensor, " d"], signal: Float[Tensor, " d"], noise: float, times: Float[Tensor, " n"]
) -> Figure:
    """The risk of gradient flow stopped at each time, and of ridge with the penalty 1 / time."""
    drawn = figures.figure(7.0, 3.8)
    axes = drawn.add_subplot(xscale="log", yscale="log", xlabel="time t = ρτ, or 1/α", ylabel="expected squared error")
    for name, colour, dash in (("gradient flow", 0, "-"), ("ridge", 1, "--")):
        values = risk_path(eigenvalues, signal, noise, times, name)
        axes.plot(times, values, color=figures.COLOURS[colour], linestyle=dash, linewidth=2, label=name)
        best = int(values.argmin())
        axes.plot(times[best], values[best], "o", color=figures.COLOURS[colour])
    axes.legend(loc="upper center", fontsize=9, title="dots: smallest risk")
    return drawn


def risk_path(
    eigenvalues: Float[Tensor, " d"], signal: Float[Tensor, " d"], noise: float, times: Float[Tensor, " n"], name: str
) -> Float[Tensor, " n"]:
    """The risk at each time of "gradient flow", or of "ridge" with the penalty 1 / time.

    Raises ValueError for another name.

    >>> one = torch.ones(1)
    >>> risk_path(one, one, 0.0, one, "ridge")
    tensor([0.2500])
    """
    if name not in ("gradient flow", "ridge"):
        raise ValueError(f"name must be 'gradient flow' or 'ridge', not {name!r}")
    share = flow_share if name == "gradient flow" else lambda values, time: ridge_share(values, 1 / time)
    return torch.stack([risk(share(eigenvalues, float(t)), signal, eigenvalues, noise) for t in times])


def risk_alt(
    eigenvalues: Float[Tensor, " d"], signal: Float[Tensor, " d"], noise: float, times: Float[Tensor, " n"]
) -> str:
    """What :func:`risk_figure` shows, in words and numbers."""
    flow, ridge = (risk_path(eigenvalues, signal, noise, times, name) for name in ("gradient flow", "ridge"))
    return (
        "Two valleys that nearly cover each other: too early and too late are both bad. The smallest expected squared "
        f"error is {flow.min():.3g} for gradient flow and {ridge.min():.3g} for ridge; their quotient stays along the "
        f"path between {(flow / ridge).min():.2f} and {(flow / ridge).max():.2f}."
    )
