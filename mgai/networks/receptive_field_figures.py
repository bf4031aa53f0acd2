"""The figure of the page ``chapters/4-networks/receptive-field``, and what it shows in words."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mgai import figures
from mgai.networks.receptive_field import Layer, centre, extent, pixels
from mgai.networks.receptive_field_references import read_by

STACKS = {
    "kernels 3, 3; strides 2, 1": [Layer(3, 2), Layer(3)],
    "kernels 1, 3; strides 2, 1": [Layer(1, 2), Layer(3)],
    "kernels 3, 3; dilations 2, 2": [Layer(3, dilation=2), Layer(3, dilation=2)],
}


@figures.style()
def graphs_figure() -> Figure:
    """What one unit of the second layer depends on, in three stacks of two layers."""
    drawn = figures.figure(7.4, 2.8)
    for (title, layers), axes in zip(STACKS.items(), drawn.subplots(1, len(STACKS), sharey=True), strict=True):
        _graph(axes, layers)
        axes.set_title(f"{title}\n{len(pixels(layers))} of {extent(layers)} pixels", fontsize=9)
        axes.set(xlabel="pixel", xlim=(-0.6, 8.6), xticks=range(0, 9, 2))
        axes.grid(visible=False)
    drawn.axes[0].set(ylabel="layer", yticks=[0, 1, 2], yticklabels=["image", "1", "2"], ylim=(-0.3, 2.3))
    return drawn


def graphs_alt() -> str:
    """What :func:`graphs_figure` shows, in words and numbers."""
    rows = [
        f"{title}: extent {extent(layers)}, pixels {', '.join(map(str, pixels(layers)))}"
        for title, layers in STACKS.items()
    ]
    return "Graphs of what one unit reads, layer by layer, down to the image. " + "; ".join(rows) + "."


def _graph(axes: Axes, layers: list[Layer]) -> None:
    levels = read_by(layers)
    for height in range(len(layers), 0, -1):
        layer = layers[height - 1]
        for unit in levels[height]:
            for m in range(layer.kernel):
                below = layer.stride * unit - layer.padding + layer.dilation * m
                ends = _place(layers, height, unit), _place(layers, height - 1, below)
                axes.plot(ends, (height, height - 1), "-", color="0.5", linewidth=0.9)
    for height, level in enumerate(levels):
        axes.plot([_place(layers, height, u) for u in level], [height] * len(level), "o", color=figures.COLOURS[0])
    holes = sorted(set(range(min(levels[0]), max(levels[0]))) - levels[0])
    axes.plot(holes, [0] * len(holes), "o", color="black", markerfacecolor="none")


def _place(layers: list[Layer], height: int, unit: int) -> float:
    """Where a unit is drawn: above the centre of its field."""
    return (
        centre(layers[:height], 0) + unit * (centre(layers[:height], 1) - centre(layers[:height])) if height else unit
    )
