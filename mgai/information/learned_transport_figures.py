"""The figures of the page ``chapters/6-information/learned-transport``, and what they show in words."""

from __future__ import annotations

import torch
from matplotlib.figure import Figure

from mgai import figures
from mgai.information.learned_transport import STARTS, Map, folded_map, learn, monotone_map, reflected_map

_MAPS = (("monotone", monotone_map), ("folded", folded_map), ("reflected", reflected_map))


@figures.style()
def maps_figure() -> Figure:
    """Three exact maps from N(0, 1) to N(2, 4), in three panels with the identity."""
    drawn = figures.figure(7.0, 3.2)
    x = torch.linspace(-2.5, 2.5, 1001, dtype=torch.float64)
    for axes, (name, transport) in zip(drawn.subplots(1, 3, sharey=True), _MAPS, strict=True):
        values = transport(x)
        values[1:][values.diff().abs() > 0.5] = torch.nan  # no line across a jump
        axes.plot(x, x, color="0.55", linewidth=0.9, label="identity")
        axes.plot(x, values, color=figures.COLOURS[0], linewidth=2, label="$T(x)$")
        axes.set(xlabel="$x$", title=f"{name}: cost {map_cost(transport):.3f}")
        if name == "monotone":
            axes.set_ylabel("image $T(x)$")
            axes.legend(loc="lower right", fontsize=9)
    return drawn


def map_cost(transport: Map) -> float:
    """The mean of \\|T(x) - x\\| under N(0, 1), by the midpoint rule over 20,000 quantiles.

    >>> round(map_cost(lambda x: x + 2), 9)
    2.0
    """
    x = torch.special.ndtri((torch.arange(20_000, dtype=torch.float64) + 0.5) / 20_000)
    return float((transport(x) - x).abs().mean())


def maps_alt() -> str:
    """What :func:`maps_figure` shows, in words and numbers."""
    costs = [f"{name} {map_cost(transport):.3f}" for name, transport in _MAPS]
    return (
        "Three panels with a map over x from -2.5 to 2.5 and the identity. Monotone: a line of slope 2 through 2. "
        "Folded: the same line, but of slope -2 between -2/3 and 2/3, above the identity there. Reflected: a line of "
        f"slope -2. Mean distances moved: {', '.join(costs)}."
    )


@figures.style()
def learned_figure() -> Figure:
    """Maps learned from three starts, each with the two exact maps of slope 2 and -2."""
    drawn = figures.figure(7.0, 3.2)
    for axes, start in zip(drawn.subplots(1, 3, sharey=True), STARTS, strict=True):
        learned = learn(start)
        grid = learned.grid.cpu()
        for exact, dash, label in ((monotone_map, "-", "2 + 2x"), (reflected_map, "--", "2 - 2x")):
            axes.plot(grid, exact(grid), color="0.45", linestyle=dash, linewidth=2.5, alpha=0.7, label=label)
        for row, values in enumerate(learned.maps.cpu()):
            axes.plot(grid, values, color=figures.COLOURS[1], linewidth=0.9, label="learned" if row == 0 else None)
        axes.set(xlabel="$x$", title=f"start: {start}")
    drawn.axes[0].set_ylabel("image $T(x)$")
    drawn.legend(*drawn.axes[0].get_legend_handles_labels(), loc="outside upper center", ncols=3, fontsize=9)
    return drawn


def learned_alt() -> str:
    """What :func:`learned_figure` shows, in words and numbers."""
    rows = []
    for start in STARTS:
        learned = learn(start)
        up, down = (learned.directions.count(word) for word in ("increasing", "decreasing"))
        rows.append(f"start {start}: {up} of {len(learned.maps)} increasing, {down} decreasing")
    return (
        f"Three panels with learned maps over the lines 2 + 2x and 2 - 2x. {'; '.join(rows)}. "
        "Each lies close to the line of its direction."
    )
