"""The figure of the page ``chapters/2-calculus/time-ordered-exponential``: errors of one step, errors of many."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from matplotlib.figure import Figure

from mgai import figures
from mgai.calculus.time_ordered_exponential import (
    METHODS,
    ordered_product,
    rotating_generator,
    rotating_solution,
    short_steps,
    spectral_distance,
    time_ordered,
)


def single_errors(times: Sequence[float], omega: float) -> dict[str, list[float]]:
    """Errors on the rotating example of one naive exponential, of one with the second term, and of the reversed order.

    >>> [len(row) for row in single_errors([0.1, 0.2], 1.0).values()]
    [2, 2, 2]
    """
    a = partial(rotating_generator, omega=omega)
    exact = [rotating_solution(t, omega) for t in times]
    found = {
        "factors in reverse order": [ordered_product(short_steps(a, t, 64, "magnus").flip(0)) for t in times],
        "$\\exp\\Omega_1$, naive": [time_ordered(a, t, 1, "naive") for t in times],
        "$\\exp(\\Omega_1+\\Omega_2)$": [time_ordered(a, t, 1, "magnus") for t in times],
    }
    return {label: [spectral_distance(*pair) for pair in zip(row, exact, strict=True)] for label, row in found.items()}


def product_errors(counts: Sequence[int], t: float, omega: float) -> dict[str, list[float]]:
    """Errors on the rotating example of ordered products of so many steps, for each method.

    >>> list(product_errors([2], 1.0, 1.0))
    ['euler', 'left', 'midpoint', 'naive', 'magnus']
    """
    a, exact = partial(rotating_generator, omega=omega), rotating_solution(t, omega)
    return {
        method: [spectral_distance(time_ordered(a, t, count, method), exact) for count in counts] for method in METHODS
    }


@figures.style()
def errors_figure(times: Sequence[float], counts: Sequence[int], omega: float = 1.0) -> Figure:
    """Left: errors of one exponential against the time. Right: errors of ordered products at t = 2."""
    drawn = figures.figure(7.0, 3.8)
    left, right = drawn.subplots(1, 2)
    panels = (left, times, single_errors(times, omega)), (right, counts, product_errors(counts, 2.0, omega))
    for axes, across, rows in panels:
        kinds = zip(rows.items(), figures.MARKERS, figures.DASHES, strict=False)
        for (label, found), marker, dash in kinds:
            axes.plot(across, found, marker=marker, markersize=5, linestyle=dash, label=label)
        axes.set(xscale="log", yscale="log", ylabel="error of $U$, spectral norm")
        axes.set_xticks(across, labels=[f"{each:g}" for each in across])
        axes.minorticks_off()
        axes.legend(fontsize=9)
    left.set_xlabel("time $t$")
    right.set_xlabel("steps up to $t=2$")
    return drawn


def errors_alt(times: Sequence[float], counts: Sequence[int], omega: float = 1.0) -> str:
    """What :func:`errors_figure` shows, in words and numbers."""
    names = ("reversed", "naive", "with the second term")
    one = "; ".join(
        f"{name} {row[0]:.1e} to {row[-1]:.1e}"
        for name, row in zip(names, single_errors(times, omega).values(), strict=True)
    )
    many = "; ".join(
        f"{name} {row[0]:.1e} to {row[-1]:.1e}" for name, row in product_errors(counts, 2.0, omega).items()
    )
    return (
        f"Straight lines on log axes. Left, a reversed product and single exponentials for times {times[0]:g} to "
        f"{times[-1]:g}: {one}. Right, products of {counts[0]} to {counts[-1]} steps: {many}."
    )
