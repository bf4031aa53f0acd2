"""The figures of the page ``chapters/1-linear-algebra/low-rank`` about error, storage and rebuilt images."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator
from torch import Tensor

from mgai import figures, frames
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
            _image(axes, image)
        row[0].set_ylabel(f"k = {k}", rotation=0, ha="right", va="center")
    return drawn


def rank_frames(
    images: Float[Tensor, "n h w"],
    rebuilt: Float[Tensor, "ranks n h w"],
    s: Float[Tensor, " r"],
    ranks: Sequence[int],
) -> list[frames.Frame]:
    """One frame a rank: the images as rebuilt, above the images themselves, and the energy that the rank keeps.

    images: the images shown; rebuilt: the same at every rank; s: the singular values of the whole matrix;
    ranks: from 1 to r. Raises ValueError when these do not fit each other.
    """
    if rebuilt.shape != (len(ranks), *images.shape) or 0 in rebuilt.shape:
        raise ValueError(f"rebuilt must have one stack like images for each of the {len(ranks)} ranks")
    if not all(1 <= k <= len(s) for k in ranks):
        raise ValueError(f"ranks must be from 1 to {len(s)}, not {list(ranks)}")
    errors = relative_errors(s.cpu())
    return [_rank_frame(images.cpu(), stack.cpu(), errors, k) for k, stack in zip(ranks, rebuilt, strict=True)]


def _rank_frame(images: Tensor, stack: Tensor, errors: Tensor, k: int) -> frames.Frame:
    error, off = float(errors[k]), float((stack - images).square().mean().sqrt())
    kept = f"{100 * (1 - error**2):.3g} % of the energy"
    alt = (
        f"Rank {k} keeps {kept}, at a relative error of {error:.3g}; "
        f"the images shown are off by {off:.2g} in root mean square."
    )
    return frames.Frame(_rank_figure(images, stack, errors, k), f"rank {k}: {kept}", alt)


@figures.style()
def _rank_figure(images: Tensor, stack: Tensor, errors: Tensor, k: int) -> Figure:
    drawn = figures.figure(7.0, 2.7)
    left, right = drawn.subfigures(1, 2, width_ratios=(4, 3))
    grid = left.subplots(2, len(images), squeeze=False)
    for row, name, shown in zip(grid, ("rebuilt", "data"), (stack, images), strict=True):
        for axes, image in zip(row, shown, strict=True):
            _image(axes, image)
        row[0].set_ylabel(name)  # the same in all frames, so that nothing moves but what the rank changes
    _mark_rank(right.subplots(), 1 - errors.square(), k)
    return drawn


def _mark_rank(axes: Axes, energies: Tensor, k: int) -> None:
    axes.set(xscale="log", xlim=(0.8, 1.2 * len(energies)), ylim=(0, 1.05), xlabel="rank k", ylabel="energy kept")
    axes.xaxis.set_minor_locator(NullLocator())
    _curve(axes, torch.arange(1, len(energies)), energies[1:], 0, "energy kept")
    axes.plot([k, k], [0, energies[k]], color=figures.COLOURS[1], linestyle=figures.DASHES[1])
    axes.plot(k, energies[k], figures.MARKERS[0], color=figures.COLOURS[1], markersize=9)
    axes.text(0.96, 0.08, f"k = {k}", transform=axes.transAxes, ha="right")


def _image(axes: Axes, image: Tensor) -> None:
    axes.imshow(image.numpy(), cmap="gray_r", vmin=0, vmax=1, interpolation="none")
    axes.set(xticks=[], yticks=[])
    axes.grid(False)
    axes.spines[:].set_visible(False)


def _curve(axes: Axes, x: Tensor, y: Tensor, number: int, label: str) -> None:
    axes.plot(x, y, color=figures.COLOURS[number], linestyle=figures.DASHES[number], linewidth=2, label=label)
