"""The figure of the page ``chapters/3-optimization/stochastic-gradient``."""

from __future__ import annotations

import math

from matplotlib.figure import Figure

from mgai import figures
from mgai.optimization.stochastic_gradient import second_moments

N_STEPS = 20_000
SCHEDULES = {
    "α = 0.5": lambda t: 0.5,
    "α = 1/√t": lambda t: 1 / math.sqrt(t),
    "α = 1/t": lambda t: 1 / t,
    "α = 1/(4t)": lambda t: 1 / (4 * t),
}


def moments_by_schedule() -> dict[str, tuple[list[float], list[float]]]:
    """Exact second moments of last iterate and mean at t = 1, 2, 4, …, for each schedule, from the start 3."""
    shown = [2**k - 1 for k in range(int(math.log2(N_STEPS)) + 1)]
    found = {}
    for label, rule in SCHEDULES.items():
        both = second_moments((rule(t) for t in range(1, N_STEPS + 1)), 1.0, 1.0, 3.0)
        found[label] = tuple(moments[shown].tolist() for moments in both)
    return found


@figures.style()
def averaging_figure() -> Figure:
    """Expected squared errors of last iterate and arithmetic mean against the number of steps."""
    drawn = figures.figure(7.0, 3.8)
    panels = drawn.subplots(1, 2, sharey=True)
    for number, (label, moments) in enumerate(moments_by_schedule().items()):
        for axes, values in zip(panels, moments, strict=True):
            t = [2**k for k in range(len(values))]
            axes.loglog(t, values, color=figures.COLOURS[number], marker=figures.MARKERS[number], markersize=4,
                        linewidth=1, label=label)  # fmt: skip
    for axes, title in zip(panels, ("last iterate", "arithmetic mean"), strict=True):
        axes.loglog(t, [1 / n for n in t], color="black", linestyle=":", label="1/t")
        axes.set(xlabel="steps t", title=title)
    panels[0].set_ylabel("expected squared error")
    panels[0].legend(fontsize=8, loc="lower left")
    return drawn


def averaging_alt() -> str:
    """What :func:`averaging_figure` shows, in words and numbers."""
    rows = "; ".join(
        f"{label}: last {last[-1]:.2g}, mean {mean[-1]:.2g}" for label, (last, mean) in moments_by_schedule().items()
    )
    end = 2 ** int(math.log2(N_STEPS))
    return (
        f"Expected squared errors of four step-size schedules against the number of steps. After {end} steps: {rows}."
    )
