"""The figures of the page ``chapters/5-probability/laws-of-large-numbers``, and what they show in words."""

from __future__ import annotations

import math
from functools import cache

import torch
from jaxtyping import Float
from matplotlib.figure import Figure
from torch import Tensor

from mgai import figures
from mgai.probability.laws_of_large_numbers import BERRY_ESSEEN, binomial_distance, exponential_distance
from mgai.probability.proportion_intervals import clopper_pearson_interval, coverage, wald_interval, wilson_interval

SIZES = tuple(4**k for k in range(7))
DRAWS = 5000
METHODS = {"usual": wald_interval, "Wilson": wilson_interval, "Clopper-Pearson": clopper_pearson_interval}
EXPONENTIAL_THIRD = 12 / math.e - 2  # the third absolute moment about the mean


@cache
def distances() -> dict[str, tuple[float, ...]]:
    """Distances to the normal law by the number of summands, and the bound for exponential summands.

    >>> round(distances()["fair coin"][1], 12)
    0.1875
    """
    return {
        "bound, exponential": tuple(BERRY_ESSEEN * EXPONENTIAL_THIRD / math.sqrt(n) for n in SIZES),
        "coin, $p=0.3$": tuple(binomial_distance(n, 0.3) for n in SIZES),
        "fair coin": tuple(binomial_distance(n, 0.5) for n in SIZES),
        "exponential": tuple(exponential_distance(n) for n in SIZES),
        "exponential, corrected": tuple(exponential_distance(n, 2.0) for n in SIZES),
    }


@figures.style()
def distances_figure() -> Figure:
    """Kolmogorov distances of standardised sums from the normal law against the number of summands."""
    drawn = figures.figure(7.0, 3.8)
    axes = drawn.add_subplot()
    order = (6, 3, 2, 0, 1)
    for (label, values), colour, marker in zip(distances().items(), order, figures.MARKERS, strict=False):
        dash = ":" if label.startswith("bound") else "-"
        axes.loglog(SIZES, values, color=figures.COLOURS[colour], marker=marker, linestyle=dash, label=label)
    axes.set(xlabel="number of summands $n$", ylabel="largest gap to the normal law")
    axes.legend(fontsize=9, loc="lower left")
    return drawn


def distances_alt() -> str:
    """What :func:`distances_figure` shows, in words and numbers."""
    rows = [f"{label.replace('$', '')}: {values[0]:.2g} and {values[-1]:.2g}" for label, values in distances().items()]
    return (
        f"Largest gaps for {SIZES[0]} and {SIZES[-1]} summands, on logarithmic axes. {'; '.join(rows)}. All lines fall "
        "with the slope -1/2, but the corrected one with -1."
    )


@cache
def coverages() -> tuple[Float[Tensor, " m"], dict[str, Float[Tensor, " m"]]]:
    """Expected counts, and for each interval the probability that it covers.

    >>> sorted(coverages()[1])
    ['Clopper-Pearson', 'Wilson', 'usual']
    """
    expected = torch.logspace(math.log10(0.2), math.log10(40), 300, dtype=torch.float64)
    return expected, {label: coverage(method(DRAWS), expected / DRAWS) for label, method in METHODS.items()}


@figures.style()
def coverage_figure() -> Figure:
    """How often three intervals for the probability of a bin cover it, against the expected count."""
    drawn = figures.figure(7.0, 3.6)
    axes = drawn.add_subplot()
    expected, rows = coverages()
    for (label, values), colour, dash in zip(rows.items(), figures.COLOURS, figures.DASHES, strict=False):
        axes.semilogx(expected, values, color=colour, linestyle=dash, linewidth=1.3, label=label)
    axes.axhline(0.95, color="0.5", linewidth=0.9)
    axes.set(xlabel="expected count in the bin", ylabel="probability of covering", ylim=(0.15, 1.02))
    axes.legend(loc="lower right")
    return drawn


def coverage_alt() -> str:
    """What :func:`coverage_figure` shows, in words and numbers."""
    expected, rows = coverages()
    place = int((expected - 3).abs().argmin())
    words = [f"{label} {values[place]:.2f} there and {values.min():.2f} at worst" for label, values in rows.items()]
    return (
        f"Coverage of three intervals of nominal 0.95 against expected counts from 0.2 to 40, {DRAWS} draws; jagged "
        f"lines. At a count of {expected[place]:.1f}: {'; '.join(words)}. The usual one climbs towards 0.95."
    )
