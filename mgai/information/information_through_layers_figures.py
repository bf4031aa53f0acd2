"""The figures of the page ``chapters/6-information/information-through-layers``, and what they show in words."""

from __future__ import annotations

import math

import torch
from matplotlib.figure import Figure
from torch import Tensor

from mgai import figures
from mgai.information.information_through_layers import binned, code_entropy
from mgai.information.information_through_layers_experiments import (
    BIN_WIDTHS,
    N_PAIRS,
    N_POINTS,
    NEIGHBOURS,
    STEPS,
    TRUE,
    estimates,
    hidden,
    rescaled,
    trained,
)
from mgai.information.nearest_neighbours import ksg_ceiling

_ALONG = (0.25, 2.0, 8.0)
_DIMENSIONS = (1, 5, 10)
SCALE = 8.0


def curves() -> tuple[Tensor, Tensor, Tensor]:
    """Binned entropies for each of the widths: before training, after it, and with the layer rescaled; medians."""
    run = trained()
    larger = hidden(rescaled(run.parameters[-1], SCALE), run.x)
    found = [
        [[code_entropy(binned(code, w)) for code in layer] for w in BIN_WIDTHS]
        for layer in (run.codes[0], run.codes[-1], larger)
    ]
    return torch.tensor(found, dtype=torch.float64).median(-1).values.unbind()


@figures.style()
def bins_figure() -> Figure:
    """Left: binned entropy of a hidden layer against the width of the bins. Right: along training, for three widths."""
    drawn = figures.figure(7.0, 3.8)
    left, right = drawn.subplots(1, 2, sharey=True)
    labels = ("before training", "after training", f"after, layer times {SCALE:.0f}")
    for values, label, dash, marker in zip(curves(), labels, figures.DASHES, figures.MARKERS, strict=False):
        left.plot(BIN_WIDTHS, values, dash, marker=marker, markersize=4, label=label)
    left.set(xscale="log", xlabel="width of the bins", ylabel="binned entropy (nats)")
    left.legend(fontsize=8, loc="lower left")
    for number, width in enumerate(_ALONG):
        values = trained().entropies(width).median(1).values
        right.plot(
            STEPS, values, figures.DASHES[number], marker=figures.MARKERS[number], markersize=4,
            color=figures.COLOURS[3 + number], label=f"width {width:g}",
        )  # fmt: skip
    right.set(xscale="symlog", xlabel="steps of Adam", xlim=(0, STEPS[-1]))
    right.legend(fontsize=8, loc="center right")
    for axes in (left, right):
        axes.axhline(math.log(N_POINTS), color="0.4", linewidth=1, linestyle=(0, (1, 3)))
    return drawn


def bins_alt() -> str:
    """What :func:`bins_figure` shows, in words and numbers."""
    before, after, scaled = curves()
    middle = BIN_WIDTHS.index(2.0)
    along = [trained().entropies(w).median(1).values for w in _ALONG]
    changes = ", ".join(f"{w:g} from {v[0]:.2f} to {v[-1]:.2f}" for w, v in zip(_ALONG, along, strict=True))
    return (
        f"Left: binned entropies fall from about {before[0]:.2f} nats at the width {BIN_WIDTHS[0]:.3f}, near "
        f"ln {N_POINTS} = {math.log(N_POINTS):.2f}, to {before[-1]:.2f} at {BIN_WIDTHS[-1]:.0f}. At the width 2: "
        f"{before[middle]:.2f} before training, {after[middle]:.2f} after it, {scaled[middle]:.2f} with the layer "
        f"times {SCALE:.0f}. Right: along training, for the widths {changes}."
    )


@figures.style()
def estimates_figure() -> Figure:
    """Nearest-neighbour estimates from 300 pairs against the true information, in 1, 5 and 10 dimensions."""
    drawn = figures.figure(7.0, 3.8)
    axes = drawn.subplots()
    axes.plot((0, TRUE[-1]), (0, TRUE[-1]), color="0.55", linewidth=0.9, label="true value")
    for d, dash, marker in zip(_DIMENSIONS, figures.DASHES, figures.MARKERS, strict=False):
        found = estimates(d)
        word = "dimension" if d == 1 else "dimensions"
        axes.errorbar(
            TRUE, found.mean(1), found.std(1), linestyle=dash, marker=marker, markersize=5, label=f"{d} {word}"
        )
    ceiling = ksg_ceiling(N_PAIRS, NEIGHBOURS)
    axes.axhline(ceiling, color="0.4", linestyle=(0, (1, 3)), label="ceiling")
    axes.set(xlabel="true information (nats)", ylabel="estimate (nats)", ylim=(-0.2, 1.5 * ceiling))
    axes.legend(fontsize=9)
    return drawn


def estimates_alt() -> str:
    """What :func:`estimates_figure` shows, in words and numbers."""
    parts = []
    for d in _DIMENSIONS:
        means = estimates(d).mean(1)
        parts.append(
            f"{d}: {means[TRUE.index(1.0)]:.2f} at 1, {means[TRUE.index(4.0)]:.2f} at 4, {means[-1]:.2f} at 12"
        )
    return (
        f"Estimates from {N_PAIRS} pairs, mean and deviation of ten samples, against the true information up to "
        f"{TRUE[-1]:.0f} nats, below a ceiling of {ksg_ceiling(N_PAIRS, NEIGHBOURS):.2f}. "
        f"In dimension {'; '.join(parts)}."
    )
