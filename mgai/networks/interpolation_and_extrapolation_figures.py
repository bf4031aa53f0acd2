"""The figures of the page ``chapters/4-networks/interpolation-and-extrapolation``, and what they show in words."""

from __future__ import annotations

import math

import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor

from mgai import figures
from mgai.networks import interpolation_and_extrapolation as polynomials
from mgai.networks import interpolation_and_extrapolation_experiments as runs
from mgai.networks.tails import ACTIVATIONS, outputs

_REACH, _HEIGHT = 3.0, 3.0  # how far the second figure goes


@figures.style()
def runge_figure(measured: runs.RungeErrors) -> Figure:
    """How much errors of the values are magnified, and the errors on Runge's function, against the number of points."""
    drawn = figures.figure(7.0, 3.5)
    tables = {"largest factor on errors": measured.magnified, "largest error on Runge's function": measured.errors}
    for place, (label, table) in enumerate(tables.items(), start=1):
        axes = drawn.add_subplot(1, 2, place, xlabel="number of points", ylabel=label, yscale="log")
        for i, (name, heights) in enumerate(table.items()):
            axes.plot(measured.counts, heights, color=figures.COLOURS[i], linestyle=figures.DASHES[i],
                      marker=figures.MARKERS[i], markersize=4, label=name)  # fmt: skip
        if place == 1:
            degrees = [count - 1 for count in measured.counts]
            limit = [2 ** (n + 1) / (math.e * n * math.log(n)) for n in degrees]
            axes.plot(measured.counts, limit, ":", color="black", label="asymptotic formula")
            axes.legend(fontsize=8)
        else:
            axes.axhline(1, color="black", linewidth=0.8)
    return drawn


def runge_alt(measured: runs.RungeErrors) -> str:
    """What :func:`runge_figure` shows: the values at the largest number of points."""
    rows = "; ".join(
        f"{name}: factor {measured.magnified[name][-1]:.2g}, error {measured.errors[name][-1]:.2g}"
        for name in runs.RULES
    )
    return f"Two panels of curves on a logarithmic scale. With {measured.counts[-1]} points: {rows}."


def rounded_interpolants(x: Tensor) -> dict[str, Tensor]:
    """The sine's interpolant at the networks' points, of values to float64's digits and rounded further."""
    nodes = polynomials.equidistant_nodes(runs.POINTS - 1)
    exact = runs.values(runs.SINE, nodes)
    rule = polynomials.cardinal_functions(nodes, x)
    return {"to 16 digits": rule @ exact, "to 3 decimals": rule @ exact.round(decimals=3)}


@figures.style()
def tails_figure() -> Figure:
    """Networks of each activation and two polynomials, fitted to a sine on [-1, 1], from -1 to 3."""
    drawn, x = figures.figure(7.0, 3.2), torch.linspace(-1, _REACH, 401, dtype=torch.float64)
    first = None
    for place, activation in enumerate(ACTIVATIONS, start=1):
        axes = first = _panel(drawn, place, f"{activation} networks", first)
        curves = outputs(runs.trained().networks[activation, runs.SINE], x, activation)
        axes.plot(x, curves.T, color=figures.COLOURS[0], linewidth=0.8, alpha=0.7)
    axes = _panel(drawn, 3, f"polynomial, degree {runs.POINTS - 1}", first)
    for i, (name, curve) in enumerate(rounded_interpolants(x).items()):
        axes.plot(x, curve, color=figures.COLOURS[i], linestyle=figures.DASHES[i], label=name)
    axes.legend(fontsize=8, loc="lower left")
    for axes in drawn.axes:
        axes.plot(x, runs.values(runs.SINE, x), ":", color="black")
    return drawn


def _panel(drawn: Figure, place: int, title: str, first: Axes | None) -> Axes:
    axes = drawn.add_subplot(1, 3, place, xlabel="x", ylabel="f(x)" if place == 1 else None, sharey=first)
    axes.set_title(title, fontsize=10)
    axes.set(xlim=(-1, _REACH), ylim=(-_HEIGHT, _HEIGHT))
    axes.axvspan(-1, 1, color="0.85", linewidth=0)
    return axes


def tails_alt() -> str:
    """What :func:`tails_figure` shows: the spread of the networks, and the polynomials, at the right edge."""
    edge = torch.tensor([_REACH], dtype=torch.float64)
    parts = []
    for activation in ACTIVATIONS:
        ends = outputs(runs.trained().networks[activation, runs.SINE], edge, activation)
        parts.append(f"{activation} networks from {float(ends.min()):.1f} to {float(ends.max()):.1f}")
    parts += [f"polynomial, values {name}: {float(end):.1e}" for name, end in rounded_interpolants(edge).items()]
    return f"Three panels, fits to a sine on [-1, 1]. At x = {_REACH:g}, where the sine is 0: {'; '.join(parts)}."
