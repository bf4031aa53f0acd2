"""The figures of the page ``chapters/3-optimization/rmsprop-and-adam``, and their descriptions."""

from __future__ import annotations

import math

import torch
from matplotlib.figure import Figure

from mgai import figures
from mgai.optimization import transformer_spike
from mgai.optimization.rmsprop_and_adam import (
    RATE,
    RATES,
    RULES,
    START,
    adagrad_share,
    adam_share,
    arrival,
    path,
    step_share,
    steps_to_recover,
)

RATIO, SHOWN, SEEN = 100.0, 3000, (1, 10, 50, 200)


@figures.style()
def shares_figure() -> Figure:
    """Closed forms of the share against the steps since the spike."""
    drawn = figures.figure(7.0, 3.8)
    axes = drawn.add_subplot(xscale="log", yscale="log", xlabel="steps since the spike",
                             ylabel="step, over the step without a spike")  # fmt: skip
    n = torch.logspace(0, math.log10(SHOWN), 300, dtype=torch.float64)
    lines = {
        "RMSProp, β = 0.95": step_share(n, RATIO, 0.95),
        "RMSProp, β = 0.99": step_share(n, RATIO, 0.99),
        "Adam, β₁ = 0.9, β₂ = 0.99": adam_share(n, RATIO, 0.9, 0.99),
        "Adam, β₁ = 0.9, β₂ = 0.999": adam_share(n, RATIO, 0.9, 0.999),
        "Adagrad": adagrad_share(n, RATIO),
    }
    for (name, shares), colour, dash in zip(lines.items(), figures.COLOURS, figures.DASHES, strict=False):
        axes.plot(n, shares, color=colour, linestyle=dash, linewidth=1.8, label=name)
    axes.axhline(1, color="black", linewidth=0.8)
    axes.legend(fontsize=9)
    return drawn


def shares_alt() -> str:
    """What :func:`shares_figure` shows: when each step is half its ordinary length again."""
    halves = ", ".join(f"{steps_to_recover(0.5, RATIO, beta)} steps with β = {beta}" for beta in (0.95, 0.99, 0.999))
    late = float(adagrad_share(torch.tensor(float(SHOWN)), RATIO))
    return (
        f"Step lengths after a gradient {RATIO:.0f} times the ordinary one. They are at one half after {halves}, for "
        f"RMSProp and Adam alike; Adagrad is at {late:.2f} after {SHOWN} steps. Adam's first ten steps are longer."
    )


@figures.style()
def paths_figure() -> Figure:
    """Paths on the cliff from (6, 6), with a mark every hundred steps."""
    drawn = figures.figure(7.0, 4.2)
    axes = drawn.add_subplot(xlabel="x", ylabel="y", xlim=(-0.8, 6.6), ylim=(-0.8, 6.6), aspect="equal")
    line = torch.linspace(-0.8, 6.6, 60, dtype=torch.float64)
    bowl = (1 + line.square()).sqrt()
    axes.contour(line, line, bowl[:, None] + bowl, levels=10, colors="grey", linewidths=0.6)
    axes.axhline(START, color="black", linestyle=":", linewidth=1)
    axes.text(0.2, START + 0.1, "cliff: steep above", fontsize=9)
    for (name, rule), colour, marker in zip(RULES.items(), figures.COLOURS, figures.MARKERS, strict=False):
        points = path(rule, RATES.get(name, RATE))
        axes.plot(*points.T, color=colour, marker=marker, markevery=100, markersize=5, linewidth=1.4, label=name)
    drawn.legend(*axes.get_legend_handles_labels(), loc="outside right center", fontsize=9)
    return drawn


def paths_alt() -> str:
    """What :func:`paths_figure` shows: when each coordinate comes near the minimum."""
    rows = []
    for name, rule in RULES.items():
        x, y = arrival(path(rule, RATES.get(name, RATE)))
        rows.append(f"{name}: x after {x:.0f} steps, y {'not in 1,200' if math.isinf(y) else f'after {y:.0f}'}")
    return f"Paths from a cliff to the minimum of a bowl. Within a half of the minimum: {'; '.join(rows)}."


@figures.style()
def training_figure() -> Figure:
    """In the transformer: median share of the updates after the spike, and the closed form for RMSProp."""
    drawn = figures.figure(7.0, 3.8)
    axes = drawn.add_subplot(yscale="log", xlabel="steps since the spike", ylabel="update, over that without a spike")
    for (name, _), colour, dash in zip(list(RULES.items())[1:], figures.COLOURS[1:], figures.DASHES[1:], strict=False):
        shares = transformer_spike.update_shares(name).quantile(0.5, dim=0)
        axes.plot(range(1, len(shares) + 1), shares, color=colour, linestyle=dash, linewidth=1.4, label=name)
    n = torch.arange(1, len(shares) + 1).double()
    axes.plot(n, step_share(n, RATIO, 0.95, transformer_spike.SPIKE_AT), color="black", linewidth=1,
              label="closed form, 0.95")  # fmt: skip
    axes.axhline(1, color="black", linewidth=0.8)
    axes.legend(fontsize=9, ncols=2)
    return drawn


def training_alt() -> str:
    """What :func:`training_figure` shows, at four times after the spike."""
    rows = []
    for name in list(RULES)[1:]:
        shares = transformer_spike.update_shares(name).quantile(0.5, dim=0)
        rows.append(f"{name} {', '.join(f'{shares[n - 1]:.2f}' for n in SEEN if n <= len(shares))}")
    steps = ", ".join(map(str, SEEN))
    return f"Sizes of updates relative to training without the spike, after {steps} steps: {'; '.join(rows)}."
