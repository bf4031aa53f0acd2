"""Figures of the page ``chapters/1-linear-algebra/tensor-contraction``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mgai import figures
from mgai.linear_algebra.memory_layout import CACHE_LINE, SECTOR, attainable, copy_share
from mgai.linear_algebra.memory_layout_measurement import ITEMSIZE, STRIDES, Point, Seconds, quartiles

_NAMES = {"cpu": "CPU", "cuda": "GPU"}
_SEGMENTS = {"cpu": CACHE_LINE, "cuda": SECTOR}


def ceilings(points: Sequence[Point]) -> tuple[float, float]:
    """The best measured rate (operations a second) and the best measured bandwidth (bytes a second)."""
    if not points:
        raise ValueError("points is empty: nothing was measured")
    return max(point.rate for point in points), max(point.bandwidth for point in points)


@figures.style()
def strided_copies_figure(measured: Mapping[str, Mapping[str, Seconds]]) -> Figure:
    """Speed of strided copies relative to the contiguous one, measured and modelled, for each device.

    Args:
        measured: for each of ``"cpu"``, ``"cuda"`` what ``measure_copies`` returns.
    """
    drawn = figures.figure(7.0, 3.8)
    axes = drawn.add_subplot(xlabel="stride (elements of 4 bytes)", ylabel="speed relative to\ncontiguous copy")
    for number, (device, seconds) in enumerate(measured.items()):
        low, middle, high = np.array([quartiles(seconds["stride 1"], seconds[f"stride {s}"]) for s in STRIDES]).T
        model = [float(copy_share(s, ITEMSIZE, _SEGMENTS[device])) for s in STRIDES]
        colour, marker = figures.COLOURS[number], figures.MARKERS[number]
        axes.errorbar(STRIDES, middle, (middle - low, high - middle), color=colour, marker=marker, capsize=3,
                      label=f"{_NAMES[device]}, measured (quartiles)")  # fmt: skip
        axes.plot(STRIDES, model, color=colour, linestyle="--",
                  label=f"{_NAMES[device]}, model: segments of {_SEGMENTS[device]} bytes")  # fmt: skip
    axes.set_xscale("log", base=2)
    axes.set_yscale("log", base=2)
    axes.set_xticks(STRIDES, [str(s) for s in STRIDES])
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:.3g}")
    axes.legend(fontsize=9)
    return drawn


@figures.style()
def roofline_figure(measured: Mapping[str, Sequence[Point]]) -> Figure:
    """Rate against arithmetic intensity under the two measured ceilings, one panel a device.

    Args:
        measured: for each of ``"cpu"``, ``"cuda"`` what ``measure_roofline`` returns.
    """
    drawn = figures.figure(7.0, 4.4 * len(measured))
    panels = drawn.subplots(len(measured), 1, squeeze=False)[:, 0]
    for axes, (device, points) in zip(panels, measured.items(), strict=True):
        _draw_roofline(axes, points, _NAMES[device])
    return drawn


def _draw_roofline(axes: Axes, points: Sequence[Point], title: str) -> None:
    peak, bandwidth = ceilings(points)
    span = [float(point.work.intensity) for point in points]
    intensity = np.geomspace(min(span) / 2, max(span) * 2, 200)
    roof = [attainable(float(i), peak, bandwidth) / 1e9 for i in intensity]
    axes.plot(intensity, roof, color="black", linewidth=1.2, label="attainable: min(P, βI)")
    axes.plot([peak / bandwidth], [peak / 1e9], "k*", markersize=13, label="machine balance P/β")
    for contiguous, marker in ((True, "o"), (False, "s")):
        chosen = [point for point in points if point.contiguous is contiguous]
        at = [float(point.work.intensity) for point in chosen]
        label, colour, size = ("contiguous", 0, 6) if contiguous else ("strided or transposed", 1, 11)
        rates = [point.rate / 1e9 for point in chosen]
        # Hollow marks for the second layout, so that coinciding points stay visible.
        axes.plot(at, rates, marker, color=figures.COLOURS[colour], markersize=size, label=label,
                  fillstyle="full" if contiguous else "none", markeredgewidth=1.8)  # fmt: skip
    _name_points(axes, points)
    axes.set(xscale="log", yscale="log", title=title, xlabel="arithmetic intensity I (operations a byte)",
             ylabel="rate (10⁹ operations a second)")  # fmt: skip
    axes.legend(fontsize=9, loc="lower right")


def _name_points(axes: Axes, points: Sequence[Point]) -> None:
    for point in points:
        if point.contiguous:
            at = (float(point.work.intensity), point.rate / 1e9)
            last = point is max(points, key=lambda other: (other.contiguous, other.work.intensity))
            place = {"xytext": (0, -18), "ha": "center"} if last else {"xytext": (8, -9), "ha": "left"}
            label = point.name.removesuffix(" products")  # short, so that it does not reach the next point
            axes.annotate(label, at, textcoords="offset points", fontsize=8.5, **place)
