"""The figures of the page ``chapters/5-probability/normalizing-flow``, and what they say in words."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from jaxtyping import Float
from matplotlib.figure import Figure
from torch import Tensor

from mgai import figures
from mgai.probability.monotone_flow import MonotoneFlow
from mgai.probability.normalizing_flow import laplace_fits, laplace_transport, tail_errors

SIZES = ((1000, 8), (10_000, 8), (100_000, 2))  # samples, replicas
_LEVELS = torch.logspace(-0.5, -9, 69, dtype=torch.float64)


def typical_errors(n: int | None, n_replicas: int, levels: Float[Tensor, " levels"]) -> Float[Tensor, " levels"]:
    """Root mean square error of the fitted maps over replicas and both tails, by tail probability.

    >>> typical_errors(None, 1, torch.tensor([1e-9]).double()) > 1
    tensor([True])
    """
    return torch.stack([tail_errors(flow, levels) for flow in laplace_fits(n, n_replicas)]).square().mean(0).sqrt()


@figures.style()
def map_figure() -> Figure:
    """Left: flows of ten thousand samples beside the exact transport. Right: errors by tail probability and size."""
    drawn = figures.figure(7.0, 3.8)
    left, right = drawn.subplots(1, 2)
    y = torch.linspace(-25, 25, 401, dtype=torch.float64)
    for number, flow in enumerate(laplace_fits(*SIZES[1])):
        left.plot(
            y, flow(y), color=figures.COLOURS[1], linewidth=1, alpha=0.7, label="learned" if number == 0 else None
        )
    left.plot(y, laplace_transport(y), color=figures.COLOURS[0], linestyle="--", label="exact transport")
    left.set(xlabel="y, Laplace", ylabel="mapped value")
    left.legend(fontsize=9)
    for (n, replicas), dash, colour in zip((*SIZES, (None, 1)), figures.DASHES, figures.COLOURS, strict=False):
        name = "the law itself" if n is None else f"n = {n:,}"
        right.plot(_LEVELS, typical_errors(n, replicas, _LEVELS), linestyle=dash, color=colour, label=name)
        if n:
            right.plot(
                [1 / n], typical_errors(n, replicas, torch.tensor([1 / n], dtype=_LEVELS.dtype)), "o", color=colour
            )
    right.set(xscale="log", yscale="log", xlabel="tail probability (dots: 1/n)", ylabel="rms error of the map")
    right.set(xlim=(float(_LEVELS[0]), float(_LEVELS[-1])), ylim=(1e-3, 10))
    right.legend(fontsize=9)
    return drawn


def map_alt() -> str:
    """What :func:`map_figure` shows, in words and numbers."""
    levels = torch.tensor([0.1, 1e-3, 1e-6, 1e-9], dtype=torch.float64)
    rows = []
    for n, replicas in (*SIZES, (None, 1)):
        name = "for the law itself" if n is None else f"for {n:,} samples"
        pairs = zip(levels.tolist(), typical_errors(n, replicas, levels).tolist(), strict=True)
        rows.append(f"{name} " + ", ".join(f"{error:.2g} at {p:g}" for p, error in pairs))
    return (
        "Learned maps lie on the exact transport in the middle and leave it on straight lines in both tails, where it "
        f"bends. Errors by tail probability grow to the right: {'; '.join(rows)}."
    )


@figures.style()
def normality_figure(flow: MonotoneFlow, y: Float[Tensor, " n"]) -> Figure:
    """Histogram of the mapped sample with the normal density, and its Q-Q plot."""
    drawn = figures.figure(7.0, 3.6)
    left, right = drawn.subplots(1, 2)
    x = flow(y).sort().values
    grid = torch.linspace(-4.5, 4.5, 181, dtype=torch.float64)
    left.hist(x, bins=60, range=(-4.5, 4.5), density=True, color=figures.COLOURS[4], label="mapped samples")
    left.plot(grid, torch.exp(-grid.square() / 2) / math.sqrt(2 * math.pi), color=figures.COLOURS[0], label="normal")
    left.set(xlabel="mapped value", ylabel="density", ylim=(0, 0.52))
    left.legend(fontsize=9, loc="upper right")
    quantiles = _plotting_positions(len(y))
    right.plot(quantiles, quantiles, color=figures.COLOURS[0], linestyle="--", label="normal")
    right.plot(quantiles, x, ".", color=figures.COLOURS[1], markersize=4, label="mapped samples", rasterized=True)
    right.set(xlabel="normal quantile", ylabel="quantile of mapped samples")
    right.legend(fontsize=9)
    return drawn


def normality_alt(flow: MonotoneFlow, y: Float[Tensor, " n"]) -> str:
    """What :func:`normality_figure` shows, in words and numbers."""
    x, quantiles = flow(y).sort().values, _plotting_positions(len(y))
    return (
        f"A histogram of {len(y):,} mapped samples under the bell curve, mean {x.mean():.3f}, deviation {x.std():.3f}. "
        f"In the Q-Q plot 99 in 100 points lie within {_middle_gap(x, quantiles):.2f} of the line; "
        f"the outermost reach {x[0]:.2f} and {x[-1]:.2f}, the line {quantiles[0]:.2f} and {quantiles[-1]:.2f}."
    )


def _plotting_positions(n: int) -> Float[Tensor, " n"]:
    return torch.special.ndtri((torch.arange(n, dtype=torch.float64) + 0.5) / n)


def _middle_gap(x: Tensor, quantiles: Tensor) -> float:
    cut: Sequence[int] = (len(x) // 200, len(x) - len(x) // 200)
    return float((x - quantiles)[cut[0] : cut[1]].abs().max())
