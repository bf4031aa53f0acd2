"""The figure of the page ``chapters/4-networks/convolution-layers``, and what it shows in words."""

from __future__ import annotations

import torch
from matplotlib.figure import Figure

from mgai import figures
from mgai.networks.convolution_layers import parameter_counts
from mgai.networks.convolution_layers_references import layer_matrix

INPUTS, TAPS = 8, 3
SIDES, CHANNELS, KERNEL, FILTERS = (8, 16, 32, 64, 128, 256), 3, 3, 16
NAMES = ("convolutional", "locally connected", "fully connected")


def _counts() -> list[tuple[int, ...]]:
    """Parameters of the three layers for every side, one tuple for each layer."""
    rows = [parameter_counts((side, side, CHANNELS), (KERNEL, KERNEL), FILTERS) for side in SIDES]
    return list(zip(*rows, strict=True))


@figures.style()
def counts_figure() -> Figure:
    """The matrix of a one-dimensional layer with its shared weights, and parameters against the image's side."""
    drawn = figures.figure(7.2, 3.4)
    left, right = drawn.subplots(1, 2, width_ratios=(1.0, 1.15))
    matrix = layer_matrix(torch.arange(1.0, TAPS + 1).view(1, 1, 1, TAPS), (1, INPUTS))
    left.imshow(matrix.numpy(), cmap="Greys", vmin=0, vmax=2.5 * TAPS)
    for (row, column), value in zip(matrix.nonzero().tolist(), matrix[matrix != 0].tolist(), strict=True):
        left.text(column, row, f"$w_{{{int(value) - 1}}}$", ha="center", va="center", fontsize=10)
    left.set(xlabel="input", ylabel="output", title="one kernel of three weights", xticks=range(INPUTS))
    left.grid(visible=False)
    right.set(xscale="log", yscale="log", xlabel="side of the image in pixels", ylabel="parameters")
    for name, values, mark, colour in zip(NAMES, _counts(), figures.MARKERS, figures.COLOURS, strict=False):
        right.plot(SIDES, values, f"{mark}-", color=colour, label=name)
    right.set(xticks=SIDES, xticklabels=SIDES)
    right.minorticks_off()
    right.legend(fontsize=9)
    return drawn


def counts_alt() -> str:
    """What :func:`counts_figure` shows: the pattern of the matrix and all counts."""
    rows = [f"{name} {', '.join(map(str, values))}" for name, values in zip(NAMES, _counts(), strict=True)]
    return (
        f"Left: a matrix with {INPUTS - TAPS + 1} rows and {INPUTS} columns; row i has the {TAPS} weights of the "
        f"kernel from column i on and nothing elsewhere. Right: parameters for sides {', '.join(map(str, SIDES))}: "
        f"{'; '.join(rows)}."
    )
