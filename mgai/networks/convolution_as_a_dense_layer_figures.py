"""The figure of the page ``chapters/4-networks/convolution-as-a-dense-layer``, and what it shows in words."""

from __future__ import annotations

import torch
from matplotlib.figure import Figure
from torch import Tensor

from mgai import figures, settings
from mgai.networks import convolution_as_a_dense_layer as ours
from mgai.networks.convolution_as_a_dense_layer_references import gradients

_EXTENTS, _RATE = (6, 6), 0.1


def _matrices() -> dict[str, Tensor]:
    rng = settings.generator("convolution-as-a-dense-layer/figure")
    f, x = (torch.rand(shape, dtype=torch.float64, generator=rng) for shape in ((1, 1, 3, 3), (1, 1, *_EXTENTS)))
    where, matrix = ours.ties((1, 1, 3, 3), _EXTENTS), ours.dense_matrix(f, _EXTENTS)
    after = matrix - _RATE * gradients(f, matrix, x)[1]
    nearest = ours.dense_matrix(ours.nearest_tied(after, where).view_as(f), _EXTENTS)
    return {"convolution": matrix, "after a step": after, "nearest convolution": nearest}


@figures.style()
def step_figure() -> Figure:
    """The matrix of a 3×3 convolution on 6×6 pixels, the same after a free gradient step, and the nearest tied one."""
    drawn = figures.figure(7.4, 4.6)
    places = drawn.subplots(3, 1, sharex=True)
    for (title, matrix), axes in zip(_matrices().items(), places, strict=True):
        shown = axes.imshow(matrix.numpy(), vmin=-0.3, vmax=1.0, aspect="auto")
        axes.set_title(title, fontsize=10)
        axes.set(ylabel="output")
        axes.grid(visible=False)
    places[-1].set_xlabel("pixel of the image, row after row")
    drawn.colorbar(shown, ax=list(places), label="weight")
    return drawn


def step_alt() -> str:
    """What :func:`step_figure` shows, in words and numbers."""
    rows = [
        f"{title}: {int((matrix != 0).sum())} of {matrix.numel()} entries not zero, "
        f"{len(matrix[matrix != 0].round(decimals=12).unique())} different values"
        for title, matrix in _matrices().items()
    ]
    return "Three matrices of 16 by 36 weights in bands. " + "; ".join(rows) + "."
