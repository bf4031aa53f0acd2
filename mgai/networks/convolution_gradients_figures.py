"""The figures of the page ``chapters/4-networks/convolution-gradients``, and what they show in words."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor

from mgai import figures
from mgai.networks.convolution_example import READINGS, arrays, run

_PALE = 3.0  # the largest entry is a third of the way to black, so that numbers stay legible


@figures.style()
def passes_figure() -> Figure:
    """The arrays of the page's reading: forward in the upper row, their gradients below."""
    drawn = figures.figure(7.2, 4.3)
    axes = drawn.subplots(2, 4, width_ratios=(6, 3, 4, 3))
    for place, (title, array) in zip(axes.flat, _passes(), strict=True):
        _table(place, array, title, 8.5)
    drawn.supxlabel("column", fontsize=10)
    drawn.supylabel("row (upper arrays: forward; lower arrays: backward)", fontsize=10)
    return drawn


def passes_alt() -> str:
    """What :func:`passes_figure` shows, in words and numbers."""
    passed = run()
    return (
        f"Eight arrays of numbers in two rows. Above, forward: input 6 by 6, filter 3 by 3, output 4 by 4 with rows "
        f"{_rows(passed.output)}, and its maxima over 2 by 2 windows, {_rows(passed.end)}. Below, backward, from the "
        f"right: the 3 by 3 identity; in the output {_rows(passed.output_gradient)}; in the filter "
        f"{_rows(passed.filter_gradient)}; in the input {_rows(passed.input_gradient)}."
    )


@figures.style()
def readings_figure() -> Figure:
    """The gradient in the input under each reading of the lost figure."""
    drawn = figures.figure(7.2, 6.0)
    places = [drawn.add_subplot(3, 4, index + 1) for index in range(len(READINGS))]
    for place, name in zip(places, READINGS, strict=True):
        _table(place, run(name).input_gradient, name, 7.0)
    drawn.supxlabel("column", fontsize=10)
    drawn.supylabel("row", fontsize=10)
    return drawn


def readings_alt() -> str:
    """What :func:`readings_figure` shows, in words and numbers."""
    rows = []
    for name in READINGS:
        gradient = run(name).input_gradient
        rows.append(f"{name}: first row {_rows(gradient[:1])}, {int((gradient != 0).sum())} of 36 not zero")
    return "Ten arrays of 6 by 6 numbers, the input's gradient under each reading. " + "; ".join(rows) + "."


def _passes() -> list[tuple[str, Tensor]]:
    (x, f), passed = arrays(), run()
    forward = (("$X$", x), ("$F$", f), ("$O$", passed.output), ("$M$", passed.end))
    backward = (
        (r"$\partial L/\partial X$", passed.input_gradient),
        (r"$\partial L/\partial F$", passed.filter_gradient),
        (r"$\partial L/\partial O$", passed.output_gradient),
        (r"$\partial L/\partial M$", passed.end_gradient),
    )
    return [*forward, *backward]


def _table(axes: Axes, array: Tensor, title: str, size: float) -> None:
    """An array as a table: numbers on cells that are the darker the larger the number."""
    values = array.numpy()
    axes.pcolormesh(
        abs(values) / max(abs(values).max(), 1.0), cmap="Greys", vmin=0, vmax=_PALE, edgecolors="0.6", linewidth=0.4
    )
    for row, entries in enumerate(values):
        for column, value in enumerate(entries):
            axes.text(column + 0.5, row + 0.5, f"{value:g}", ha="center", va="center", fontsize=size)
    axes.set_title(title, fontsize=10 if size > 8 else 9)
    axes.set(xticks=[], yticks=[], aspect="equal", ylim=(len(values), 0))
    axes.grid(False)


def _rows(array: Tensor) -> str:
    return "; ".join(" ".join(f"{value:g}" for value in row) for row in array.tolist())
