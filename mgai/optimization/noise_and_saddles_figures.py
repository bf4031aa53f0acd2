"""The figures of the page ``chapters/3-optimization/noise-and-saddles``, and what they say in words."""

from __future__ import annotations

import math
from collections.abc import Sequence

from jaxtyping import Float
from matplotlib.figure import Figure
from torch import Tensor

from mgai import figures
from mgai.optimization.escape_times import (
    kramers_time,
    mean_escape_time,
    stationary_points,
    tilted_double_well,
    tilted_slope,
)
from mgai.optimization.noise_and_saddles import exit_moments, median_escape


@figures.style()
def saddle_figure(
    levels: Sequence[float], medians: Float[Tensor, " n"], eigenvalue: float, step: float, radius: float
) -> Figure:
    """Median number of steps until runs have left a saddle, against the noise: measured, and by the linearisation."""
    drawn = figures.figure(7.0, 4.0)
    axes = drawn.add_subplot(xscale="log", xlabel="noise σ in each component of the gradient",
                             ylabel="median number of steps")  # fmt: skip
    theory = [median_escape(eigenvalue, step, level, radius) for level in levels]
    axes.plot(levels, theory, linestyle="--", color=figures.COLOURS[1], label="linearised saddle, exact")
    axes.plot(levels, medians, "o", color=figures.COLOURS[0], label="network, measured")
    axes.set_ylim(0, 1.15 * max(theory))
    axes.legend(fontsize=9)
    return drawn


def saddle_alt(
    levels: Sequence[float], medians: Float[Tensor, " n"], eigenvalue: float, step: float, radius: float
) -> str:
    """What :func:`saddle_figure` shows, in words and numbers."""
    theory = [median_escape(eigenvalue, step, level, radius) for level in levels]
    rows = "; ".join(
        f"noise {level:g}: {float(median):.0f} steps, {expected:.0f} in theory"
        for level, median, expected in zip(levels, medians, theory, strict=True)
    )
    return f"A straight line that falls as the noise grows on a logarithmic axis, with measured points near it. {rows}."


def well_times(diffusion: float, step: float) -> tuple[float, float, float]:
    r"""Mean time from the shallow minimum of the tilted double well to the deep one: of the chain, diffusion, Kramers.

    diffusion: :math:`D=\tfrac12\eta\sigma^2`; step: :math:`\eta`, which a step of the chain takes.

    >>> [round(time) for time in well_times(0.04, 0.1)]
    [114, 116, 100]
    """
    deep, top, shallow = stationary_points()
    noise = math.sqrt(2 * diffusion / step)
    chain = step * exit_moments(tilted_slope, shallow, step, noise, (deep, 2.5))[0]
    exact = mean_escape_time(tilted_double_well, diffusion, shallow, deep, 2.5)
    barrier = tilted_double_well(top) - tilted_double_well(shallow)
    return chain, exact, kramers_time(3 * shallow**2 - 1, 3 * top**2 - 1, barrier, diffusion)


@figures.style()
def well_figure(diffusions: Sequence[float], simulated: dict[float, float], step: float) -> Figure:
    """Mean time of escape against barrier over diffusion: measured, exact for chain and diffusion, and Kramers'."""
    drawn = figures.figure(7.0, 4.0)
    axes = drawn.add_subplot(yscale="log", xlabel="barrier / D", ylabel="mean time of escape, steps × η")
    _, top, shallow = stationary_points()
    barrier = tilted_double_well(top) - tilted_double_well(shallow)
    ratios, times = [barrier / d for d in diffusions], [well_times(d, step) for d in diffusions]
    for row, name, dash, colour in zip(zip(*times, strict=True), ("chain, exact", "diffusion, exact", "Kramers"),
                                       figures.DASHES, figures.COLOURS[1:], strict=False):  # fmt: skip
        axes.plot(ratios, row, linestyle=dash, color=colour, label=name)
    axes.plot([barrier / d for d in simulated], list(simulated.values()), "o", label="measured")
    axes.legend(fontsize=9)
    return drawn


def well_alt(diffusions: Sequence[float], simulated: dict[float, float], step: float) -> str:
    """What :func:`well_figure` shows, in words and numbers."""
    first, last = (well_times(d, step) for d in (diffusions[0], diffusions[-1]))
    rows = "; ".join(f"D = {d:g}: {time:.0f}" for d, time in simulated.items())
    return (
        f"Times that grow exponentially with barrier over D, from {first[0]:.3g} to {last[0]:.3g} for the chain; "
        f"diffusion {first[1]:.3g} to {last[1]:.3g}, Kramers {first[2]:.3g} to {last[2]:.3g}. "
        f"Measured means, beside the chain's curve: {rows}."
    )
