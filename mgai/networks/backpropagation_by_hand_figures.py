"""The figures of the page ``chapters/4-networks/backpropagation-by-hand``, and what they show in words."""

from __future__ import annotations

import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mgai import figures
from mgai.calculus.backpropagation import as_vector
from mgai.networks.backpropagation_by_hand import (
    INPUT,
    PARAMETERS,
    READINGS,
    loss_along,
    network,
    pre_output_along,
    run,
    turning_steps,
)

_NODES = {
    "x1": (0.0, 1.0), "x2": (0.0, -1.0), "h1": (2.8, 1.0), "h2": (2.8, -1.0), "y": (5.4, 0.0),
    "bias 1": (2.8, 2.6), "bias 2": (2.8, -2.6), "output bias": (5.4, 1.8),
}  # fmt: skip
#: Each weight with its ends, and how far along the edge its numbers stand.
_EDGES = {
    "w11": ("x1", "h1", 0.5), "w12": ("x2", "h1", 0.25), "w21": ("x1", "h2", 0.25), "w22": ("x2", "h2", 0.5),
    "b1": ("bias 1", "h1", 0.42), "b2": ("bias 2", "h2", 0.42), "v1": ("h1", "y", 0.5), "v2": ("h2", "y", 0.5),
    "c": ("output bias", "y", 0.42),
}  # fmt: skip
_SIZES = (-2.0, 2.0)  # powers of ten of the step sizes that are drawn


@figures.style()
def network_figure() -> Figure:
    """The network with values and errors at its nodes, and each weight before and after the step."""
    drawn = figures.figure(7.2, 5.0)
    axes = drawn.add_subplot(xlim=(-0.6, 6.1), ylim=(-2.9, 2.9))
    axes.set_axis_off()
    before, after = _weights()
    for name, (start, end, along) in _EDGES.items():
        ends = _NODES[start], _NODES[end]
        _edge(axes, *ends)
        place = [(1 - along) * a + along * b for a, b in zip(*ends, strict=True)]
        text = f"{before[name]:g}\n{after[name]:.4f}".replace("-", "\N{MINUS SIGN}")
        plain = {"boxstyle": "round,pad=0.15", "facecolor": "white", "edgecolor": "none"}
        axes.text(*place, text, ha="center", va="center", fontsize=8.5, linespacing=1.1, bbox=plain)
    for name, label in _labels().items():
        box = {"boxstyle": "round,pad=0.35", "facecolor": "white", "edgecolor": figures.COLOURS[0]}
        axes.text(*_NODES[name], label, ha="center", va="center", fontsize=9, zorder=3, bbox=box)
    axes.text(-0.55, -2.6, "boxes: value, error $\\delta$\nedges: weight before, after", fontsize=9, va="center")
    return drawn


def network_alt() -> str:
    """What :func:`network_figure` shows, in words and numbers."""
    step, (before, after) = run(), _weights()
    weights = ", ".join(f"{name} {before[name]:g} to {after[name]:.4f}" for name in PARAMETERS)
    return (
        f"Two inputs with values {INPUT[0]:g} and {INPUT[1]:g}, two hidden units with values {step.hidden[0]:.4f} and "
        f"{step.hidden[1]:.4f} and errors {step.hidden_errors[0]:.5f} and {step.hidden_errors[1]:.5f}, one output "
        f"{step.output:.4f} with error {step.error:.4f}; constants 1 feed the hidden units and the output. Weights "
        f"before and after the step: {weights}."
    )


@figures.style()
def descent_figure() -> Figure:
    """The loss after one step of each size, as a part of the loss before, under each reading."""
    drawn = figures.figure(7.0, 4.0)
    axes = drawn.add_subplot()
    sizes = torch.logspace(*_SIZES, 161, dtype=torch.float64)
    styles = zip(READINGS, figures.COLOURS, figures.DASHES * 2, strict=False)
    for name, colour, dash in styles:
        shown = loss_along(sizes, name) / run(name).loss
        axes.plot(sizes, shown.where(shown > 1e-6, torch.nan), color=colour, linestyle=dash, label=name)
    axes.axhline(1.0, color="0.5", linewidth=0.9)
    axes.set(xlabel=r"step size $\alpha$", ylabel="loss after / loss before", xscale="log", yscale="log")
    axes.set(ylim=(1e-4, 1e2), xlim=(10 ** _SIZES[0], 10 ** _SIZES[1]))
    axes.legend(loc="upper left", fontsize=8.5, ncol=2)
    return drawn


def descent_alt() -> str:
    """What :func:`descent_figure` shows, in words and numbers."""
    sizes = torch.tensor([0.1, 1.0, 10.0], dtype=torch.float64)
    rows = []
    for name in READINGS:
        ratios = (loss_along(sizes, name) / run(name).loss).tolist()
        rows.append(f"{name} " + ", ".join(f"{ratio:.3g}" for ratio in ratios))
    best, back = turning_steps()
    end = float(pre_output_along(sizes[2:])[0])
    return (
        f"Loss after one step over loss before, against the step size, on logarithmic axes. At 0.1, 1 and 10: "
        f"{'; '.join(rows)}. All curves fall throughout but that of the linear output, which touches zero at "
        f"{best:.3f} and is above 1 beyond {back:.3f}. At 10 the pre-output of the first is {end:.1f}."
    )


def _weights() -> tuple[dict[str, float], dict[str, float]]:
    pair = (as_vector(network()), as_vector(run().updated))
    before, after = (dict(zip(PARAMETERS, part.tolist(), strict=True)) for part in pair)
    return before, after


def _labels() -> dict[str, str]:
    step = run()
    hidden = [
        f"$h_{j + 1}$ = {float(value):.4f}\n$\\delta_{j + 1}$ = {float(error):.5f}"
        for j, (value, error) in enumerate(zip(step.hidden, step.hidden_errors, strict=True))
    ]
    return {
        "x1": f"$x_1$ = {INPUT[0]:g}", "x2": f"$x_2$ = {INPUT[1]:g}", "h1": hidden[0], "h2": hidden[1],
        "y": f"$\\hat y$ = {step.output:.4f}\n$\\delta$ = {step.error:.4f}", "bias 1": "1", "bias 2": "1",
        "output bias": "1",
    }  # fmt: skip


def _edge(axes: Axes, start: tuple[float, float], end: tuple[float, float]) -> None:
    style = {"arrowstyle": "->", "color": "0.55", "linewidth": 1.0, "shrinkA": 10, "shrinkB": 19}
    axes.annotate("", end, start, arrowprops=style)
