"""The figures of the page ``chapters/2-calculus/damping-rate-error``: sweeps, coverage, information."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float
from matplotlib.figure import Figure
from scipy import special
from torch import Tensor

from mgai import figures, settings
from mgai.calculus import damping_rate as rates
from mgai.calculus import damping_rate_error as errors
from mgai.calculus.damped_response import rate_bound, rate_sensitivity, solution

GAMMA, START, DURATION, DEGREE, LEVEL = 1.0, 1.0, 5.0, 7, 0.95  # of the pages


class Cell(NamedTuple):
    """One estimate at one sampling: simulated, exact (NaN where unknown) and first-order mean, spread and coverage."""

    simulated: tuple[float, float, float]
    exact: tuple[float, float]
    first_order: tuple[float, float, float]


def regressions(t: Float[Tensor, " n"]) -> dict[str, rates.Regression]:
    """The four regressions of the pages.

    >>> list(regressions(torch.linspace(0, 5, 51)))
    ['forward differences', 'central differences', 'polynomial, degree 7', 'integrals']
    """
    return {
        "forward differences": rates.forward_differences(t),
        "central differences": rates.central_differences(t),
        f"polynomial, degree {DEGREE}": rates.polynomial_fit(t, DEGREE),
        "integrals": rates.integral_form(t),
    }


def sweep(samplings: Sequence[tuple[int, float]], n_replicas: int, label: str) -> dict[str, list[Cell]]:
    """All estimates at each sampling, a pair of the number of steps and the noise; one batch of data sets for each.

    Remembered within the process, so that two figures may show one sweep; do not change the answer.

    >>> len(sweep([(50, 0.1)], 10, "doctest")["fitted solution"])
    1
    """
    return _sweep(tuple(samplings), n_replicas, label, settings.seed())


@functools.lru_cache(maxsize=4)
def _sweep(samplings: tuple[tuple[int, float], ...], n_replicas: int, label: str, seed: int) -> dict[str, list[Cell]]:
    table: dict[str, list[Cell]] = {}
    for n, noise in samplings:
        t = torch.linspace(0, DURATION, n + 1, dtype=torch.float64)
        y = errors.noisy_samples(GAMMA, START, t, noise, n_replicas, settings.generator(f"{label}/{n}/{noise}", seed))
        for name, regression in regressions(t).items():
            table.setdefault(name, []).append(_regression_cell(regression, t, y, noise))
        table.setdefault("fitted solution", []).append(_fit_cell(t, y, noise))
    return table


def _regression_cell(regression: rates.Regression, t: Tensor, y: Tensor, noise: float) -> Cell:
    x = solution(GAMMA, START, t)
    found, width = rates.estimate_rate(regression, y), rates.naive_standard_error(regression, y)
    covered = ((found - GAMMA).abs() <= _quantile(len(regression.f) - regression.parameters) * width).double().mean()
    first = (
        errors.limiting_rate(regression, x, noise),
        errors.rate_spread(regression, x, noise),
        errors.predicted_coverage(regression, x, GAMMA, noise, LEVEL),
    )
    simulated = (float(found.mean()), float(found.std()), float(covered))
    return Cell(simulated, tuple(errors.exact_moments(regression, x, noise)), first)


def _fit_cell(t: Tensor, y: Tensor, noise: float) -> Cell:
    fit = rates.fit_solution(y, t, GAMMA)
    covered = ((fit.rate - GAMMA).abs() <= _quantile(len(t) - 2) * fit.standard_error).double().mean()
    simulated = (float(fit.rate.mean()), float(fit.rate.std()), float(covered))
    return Cell(simulated, (np.nan, np.nan), (GAMMA, rate_bound(GAMMA, START, t, noise), LEVEL))


def _quantile(freedom: int) -> float:
    return float(special.stdtrit(freedom, (1 + LEVEL) / 2))


@figures.style()
def sweep_figure(against: Sequence[float], label: str, table: dict[str, list[Cell]]) -> Figure:
    """Mean and spread of each estimate: simulated (markers), exact (lines) and to first order (dots)."""
    drawn = figures.figure(7.0, 4.4)
    left, right = drawn.subplots(1, 2)
    for number, (name, cells) in enumerate(table.items()):
        colour, marker = figures.COLOURS[number], figures.MARKERS[number]
        for column, axes in enumerate((left, right)):
            simulated, exact, first = ([getattr(cell, kind)[column] for cell in cells] for kind in Cell._fields)
            axes.plot(against, simulated, marker, color=colour, markersize=5, label=name)
            axes.plot(against, exact if np.isfinite(exact).all() else first, color=colour, linewidth=1.4)
            axes.plot(against, first, ":", color=colour, linewidth=1.4)
            axes.set_xscale("log")
            axes.set_xticks(list(against)[::2], [f"{value:g}" for value in list(against)[::2]])
            axes.set_xticks([], minor=True)
    left.axhline(GAMMA, color="black", linewidth=0.8)
    left.set(ylim=(0.5, 2.0), xlabel=label, ylabel=r"mean of $\hat\gamma$ (true rate: 1)")
    right.set(yscale="log", xlabel=label, ylabel=r"standard deviation of $\hat\gamma$")
    drawn.legend(*left.get_legend_handles_labels(), loc="outside upper center", ncols=3, fontsize=9)
    return drawn


def sweep_alt(against: Sequence[float], what: str, table: dict[str, list[Cell]]) -> str:
    """What :func:`sweep_figure` shows, at the two ends of the sweep."""
    parts = [
        f"{name} {cells[0].simulated[0]:.2f} ± {cells[0].simulated[1]:.2g} and "
        f"{cells[-1].simulated[0]:.2f} ± {cells[-1].simulated[1]:.2g}"
        for name, cells in table.items()
    ]
    return (
        f"Mean and standard deviation of five estimates of a rate of 1 against {what}, from {against[0]:g} to "
        f"{against[-1]:g}; simulated markers lie on the lines of theory; means above 2 are outside the panel. "
        f"At the two ends: {'; '.join(parts)}."
    )


@figures.style()
def coverage_figure(noises: Sequence[float], table: dict[str, list[Cell]]) -> Figure:
    """How often nominal intervals hold the rate, against the noise: simulated (markers) and predicted (lines)."""
    drawn = figures.figure(7.0, 3.8)
    axes = drawn.add_subplot(xscale="log", ylim=(-0.03, 1.05))
    axes.set(xlabel=r"noise $\sigma$ (same unit as $x$)", ylabel="share of intervals that hold the rate")
    for number, (name, cells) in enumerate(table.items()):
        colour = figures.COLOURS[number]
        axes.plot(noises, [cell.simulated[2] for cell in cells], figures.MARKERS[number], color=colour, label=name)
        axes.plot(noises, [cell.first_order[2] for cell in cells], color=colour, linewidth=1.2)
    axes.axhline(LEVEL, color="black", linewidth=0.8, linestyle="--")
    drawn.legend(*axes.get_legend_handles_labels(), loc="outside upper center", ncols=3, fontsize=9)
    return drawn


def coverage_alt(noises: Sequence[float], table: dict[str, list[Cell]]) -> str:
    """What :func:`coverage_figure` shows: the lowest and highest simulated coverage of each estimate."""
    parts = []
    for name, cells in table.items():
        covered = [cell.simulated[2] for cell in cells]
        parts.append(f"{name} {min(covered):.3f} to {max(covered):.3f}")
    return (
        f"Coverage of nominal {LEVEL:.0%} intervals for noise from {noises[0]:g} to {noises[-1]:g}: {'; '.join(parts)}."
    )


def sample_information(t: Float[Tensor, " n"]) -> tuple[Float[Tensor, " n"], Float[Tensor, " n"]]:
    r"""What each sample tells of the rate at :math:`\sigma=1` with a known and with an unknown start.

    These are :math:`s_i^2` and :math:`s_{\perp i}^2`, equation ``eq-rate-information`` of the page.

    >>> [round(float(each.sum()), 3) for each in sample_information(torch.linspace(0, 5, 51, dtype=torch.float64))]
    [3.889, 2.262]
    """
    s, decay = rate_sensitivity(GAMMA, START, t), torch.exp(-GAMMA * t)
    return s.square(), (s - decay * (s @ decay) / (decay @ decay)).square()


@figures.style()
def information_figure(t: Float[Tensor, " n"]) -> Figure:
    """The trajectory, and below it the information on the rate that a sample at each time carries."""
    drawn = figures.figure(7.0, 4.4)
    above, below = drawn.subplots(2, 1, sharex=True)
    above.plot(t, solution(GAMMA, START, t), color="black")
    above.set_ylabel("$x(t)$")
    for number, (name, values) in enumerate(zip(("start known", "start unknown"), sample_information(t), strict=True)):
        below.plot(t, values, figures.DASHES[number], color=figures.COLOURS[number], label=name)
    below.set(xlabel="time $t$", ylabel=r"information $\times\,\sigma^2$")
    below.legend(fontsize=9)
    return drawn


def information_alt(t: Float[Tensor, " n"]) -> str:
    """What :func:`information_figure` shows, in words and numbers."""
    known, unknown = sample_information(t)
    return (
        f"A decaying, then oscillating trajectory, and the information of a sample along it. With the start known a "
        f"sample tells most at time {float(t[known.argmax()]):.2f}, namely {float(known.max()):.3f} over the noise "
        f"variance; with the start unknown at time {float(t[unknown.argmax()]):.2f}, {float(unknown.max()):.3f}."
    )
