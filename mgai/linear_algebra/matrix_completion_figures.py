"""Figures of the page ``chapters/1-linear-algebra/matrix-completion``."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool, Float
from matplotlib.figure import Figure
from torch import Tensor

from mgai import figures
from mgai.linear_algebra.completion_experiment import FRACTIONS, HeldOut

_LINES = ("global mean", "rescaled zero-filled SVD", "row and column means", "alternating least squares")


@figures.style()
def penalty_figure(trials: Sequence[HeldOut]) -> Figure:
    """Held-out error of soft-impute against the penalty, with baselines and what validation chose."""
    drawn = figures.figure(7.0, 4.4)
    axes = drawn.add_subplot(xscale="log", xlabel=r"penalty $\lambda/\lambda_{\max}$ [dimensionless]")
    axes.set_ylabel("held-out RMSE [grey value, 0 to 1]")
    errors = np.array([trial.path_errors for trial in trials])
    mean = errors.mean(axis=0)
    axes.fill_between(FRACTIONS, errors.min(axis=0), errors.max(axis=0), color=figures.COLOURS[0], alpha=0.2)
    axes.plot(FRACTIONS, mean, "o-", label="soft-impute: mean and range")
    for k, name in enumerate(_LINES, start=1):
        level = np.mean([trial.errors[name] for trial in trials])
        axes.axhline(level, color=figures.COLOURS[k], linestyle=figures.DASHES[k], label=name)
    low = int(mean.argmin())
    axes.plot(FRACTIONS[low], mean[low], "kv", markersize=10, zorder=5, label="minimum of the mean")
    chosen = [FRACTIONS[trial.chosen] for trial in trials]
    axes.plot(chosen, [0.03] * len(chosen), "k|", markersize=14, transform=axes.get_xaxis_transform())
    beside = {"xytext": (8, -4), "textcoords": "offset points", "xycoords": axes.get_xaxis_transform()}
    axes.annotate("chosen by validation", (max(chosen), 0.03), **beside)
    axes.legend(fontsize=9, loc="center left", bbox_to_anchor=(0, 0.72))
    return drawn


def penalty_alt(trials: Sequence[HeldOut]) -> str:
    """The alternative text of :func:`penalty_figure`, from the numbers it plots."""
    mean = np.array([trial.path_errors for trial in trials]).mean(axis=0)
    low = int(mean.argmin())
    levels = ", ".join(f"{name} {np.mean([trial.errors[name] for trial in trials]):.3f}" for name in _LINES)
    return (
        f"Held-out error of soft-impute against the penalty: {mean[0]:.3f} at {FRACTIONS[0]:.2f} of the "
        f"largest penalty, lowest, {mean[low]:.3f}, at {FRACTIONS[low]:.3f}, and {mean[-1]:.3f} at "
        f"{FRACTIONS[-1]:.4f}. Horizontal lines: {levels}. Means of {len(trials)} trials."
    )


@figures.style()
def images_figure(
    truth: Float[Tensor, "n h w"], observed: Bool[Tensor, "n h w"], completed: Float[Tensor, "n h w"]
) -> Figure:
    """Three rows of images: the truth, its observed pixels (the missing ones blue), and the completion."""
    drawn = figures.figure(7.0, 2.5)
    grid = drawn.subplots(3, len(truth), squeeze=False)
    seen = truth.where(observed, float("nan"))
    rows = (("truth", truth), ("observed", seen), ("completed", completed))
    for row, (name, images) in zip(grid, rows, strict=True):
        row[0].set_ylabel(name, fontsize=9)
        for axes, image in zip(row, images.cpu().numpy(), strict=True):
            axes.imshow(image, vmin=0, vmax=1, cmap="gray", interpolation="nearest")
            axes.set_facecolor(figures.COLOURS[0])  # shows where a pixel is missing; mid-grey without colour
            axes.set(xticks=[], yticks=[])
            axes.grid(False)
            axes.spines[:].set_visible(False)
    return drawn
