"""The figures of the page ``chapters/1-linear-algebra/low-rank`` about error, storage and rebuilt images."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor

from mgai import figures
from mgai.linear_algebra.low_rank import (
    degrees_of_freedom,
    energy_rank,
    relative_errors,
    stored_numbers,
)


@figures.style()
def trade_off_figure(
    s: Float[Tensor, " r"], shape: tuple[int, int], thresholds: Sequence[float] = (0.5, 0.8, 0.9, 0.95, 0.99)
) -> Figure:
    """Relative error of every truncation against the numbers stored, beside a flat spectrum.

    s: the singular values of the matrix; shape: its rows and columns; thresholds: energies to mark.
    """
    drawn = figures.figure(7.0, 4.4)
    axes = drawn.add_subplot(
        xlabel="numbers stored / numbers in the matrix", ylabel=r"relative error $\|A-A_k\|_F\,/\,\|A\|_F$"
    )
    m, n = shape
    errors, shares = relative_errors(s.cpu()), stored_share(shape, len(s))
    _curve(axes, shares, relative_errors(torch.ones_like(s.cpu())), 1, "flat spectrum")
    _curve(axes, shares, errors, 0, "data, factors and values: k(m+n+1)")
    freedom = torch.tensor([degrees_of_freedom(m, n, k) / (m * n) for k in range(len(s) + 1)])
    _curve(axes, freedom, errors, 2, "data, degrees of freedom: k(m+n-k)")
    for t in thresholds:
        k = energy_rank(s.cpu(), t)
        at = stored_numbers(m, n, k) / (m * n), float(errors[k])
        axes.plot(*at, "o", color=figures.COLOURS[0], markersize=7)
        axes.annotate(f"{100 * t:g} %: k = {k}", at, xytext=(9, 4), textcoords="offset points", fontsize=9)
    axes.axvline(1, color="black", linewidth=1)
    axes.text(1.01, 1.0, "nothing\nsaved", va="top", fontsize=9)
    axes.set(xlim=(0, 1.01 * float(shares[-1])), ylim=(0, 1.02))
    axes.legend(loc="upper right", bbox_to_anchor=(0.86, 0.92), fontsize=9)
    return drawn


def stored_share(shape: tuple[int, int], r: int) -> Float[Tensor, " ranks"]:
    """Numbers stored at rank k = 0..r as a part of the numbers in the matrix.

    >>> stored_share((3, 2), 2)
    tensor([0., 1., 2.])
    """
    m, n = shape
    return torch.tensor([stored_numbers(m, n, k) / (m * n) for k in range(r + 1)])


@figures.style()
def reconstructions_figure(frames: Float[Tensor, "ranks n h w"], ranks: Sequence[int]) -> Figure:
    """Images rebuilt at several ranks: one row a rank, one column an image; black is 1, white is 0."""
    if len(frames) != len(ranks) or frames.ndim != 4 or 0 in frames.shape:
        raise ValueError(f"frames must have one stack of images for each of the {len(ranks)} ranks")
    n_ranks, n = frames.shape[:2]
    drawn = figures.figure(7.0, 0.72 * n_ranks)
    grid = drawn.subplots(n_ranks, n, squeeze=False)
    for row, k, stack in zip(grid, ranks, frames.cpu(), strict=True):
        for axes, image in zip(row, stack, strict=True):
            axes.imshow(image.numpy(), cmap="gray_r", vmin=0, vmax=1)
            axes.set(xticks=[], yticks=[])
            axes.grid(False)
            axes.spines[:].set_visible(False)
        row[0].set_ylabel(f"k = {k}", rotation=0, ha="right", va="center")
    return drawn


def _curve(axes: Axes, x: Tensor, y: Tensor, number: int, label: str) -> None:
    axes.plot(x, y, color=figures.COLOURS[number], linestyle=figures.DASHES[number], linewidth=2, label=label)
