"""The figures of the page ``chapters/6-information/wasserstein-distance``, and what they show in words."""

from __future__ import annotations

import math

import numpy as np
from matplotlib.figure import Figure
from scipy.stats import norm

from mgai import figures
from mgai.information.laplace_and_gaussian import (
    kl_gaussian_laplace,
    kl_laplace_gaussian,
    wasserstein_laplace_gaussian,
)
from mgai.information.wasserstein_distance import expected_empirical_wasserstein, gaussian_wasserstein

#: Means and standard deviations of the three laws of the companion notebook.
LAWS = {"P₁": (0.0, 1.0), "P₂": (2.0, 1.0), "P₃": (0.0, 2.0)}
PAIRS = (("P₁", "P₂"), ("P₁", "P₃"), ("P₂", "P₃"))
SIZES = (10, 20, 50, 100, 200, 500, 1000)


def pair_distances() -> list[float]:
    """The closed form for each of the three pairs.

    >>> pair_distances()[0]
    2.0
    """
    return [gaussian_wasserstein(*LAWS[p], *LAWS[q]) for p, q in PAIRS]


@figures.style()
def quantile_figure() -> Figure:
    """Quantile functions of each pair, with the area between them, which is their distance."""
    drawn = figures.figure(7.0, 3.4)
    u = np.linspace(0.001, 0.999, 999)
    panels = drawn.subplots(1, 3, sharey=True)
    for axes, pair, distance in zip(panels, PAIRS, pair_distances(), strict=True):
        quantiles = {name: LAWS[name][0] + LAWS[name][1] * norm.ppf(u) for name in pair}
        axes.fill_between(u, *quantiles.values(), color="0.8", linewidth=0)
        for name, values in quantiles.items():
            place = list(LAWS).index(name)
            axes.plot(u, values, color=figures.COLOURS[place], linestyle=figures.DASHES[place], label=name)
        axes.set(xlabel="level $u$", title=f"area {distance:.3f}", xlim=(0, 1), ylim=(-5, 6), xticks=(0, 0.5, 1))
        axes.legend(loc="upper left", fontsize=9)
    panels[0].set_ylabel("quantile $F^{-1}(u)$")
    return drawn


def quantile_alt() -> str:
    """What :func:`quantile_figure` shows, in words and numbers."""
    areas = [f"{p} and {q} {d:.3f}" for (p, q), d in zip(PAIRS, pair_distances(), strict=True)]
    return (
        f"Three panels of two quantile functions each, with the area between them shaded: {', '.join(areas)}. "
        "In the first panel the curves are parallel, in the second they cross at level 0.5, in the third at "
        f"level {norm.cdf(2.0):.3f}."
    )


def excess_curves(sizes: tuple[int, ...] = SIZES) -> dict[str, list[float]]:
    """The exact mean of the empirical distance less the distance: equal laws, and the pairs of unequal spread.

    >>> {label: round(values[0], 3) for label, values in excess_curves((1,)).items()}
    {'equal laws': 1.128, 'P₁, P₃': 0.986, 'P₂, P₃': 0.437}
    """
    curves = {}
    for label, p, q in (("equal laws", "P₁", "P₁"), ("P₁, P₃", "P₁", "P₃"), ("P₂, P₃", "P₂", "P₃")):
        limit, laws = gaussian_wasserstein(*LAWS[p], *LAWS[q]), (norm(*LAWS[p]), norm(*LAWS[q]))
        curves[label] = [expected_empirical_wasserstein(*laws, n, 201) - limit for n in sizes]
    return curves


@figures.style()
def convergence_figure() -> Figure:
    """The bias of the empirical distance against the size of the samples, on logarithmic axes."""
    drawn = figures.figure(7.0, 3.8)
    axes = drawn.add_subplot(
        xscale="log", yscale="log", xlabel="draws in each sample, $n$", ylabel="mean of $W_1(P_n,Q_n)$ less $W_1(P,Q)$"
    )
    styles = zip(figures.COLOURS, figures.MARKERS, figures.DASHES, strict=False)
    for (label, values), (colour, marker, dash) in zip(excess_curves().items(), styles, strict=False):
        axes.plot(SIZES, values, marker=marker, color=colour, linestyle=dash, label=label)
    n = np.array([100.0, 1000.0])
    for power, height, words in ((-0.5, 3.6, "$n^{-1/2}$"), (-1.0, 4.2, "$n^{-1}$")):
        axes.plot(n, height * n**power, color="0.5", linewidth=0.9)
        axes.text(1050, height * 1000**power, words, fontsize=9, va="center", color="0.35")
    axes.legend(loc="lower left", fontsize=9)
    return drawn


def convergence_alt() -> str:
    """What :func:`convergence_figure` shows, in words and numbers."""
    rows = []
    for label, values in excess_curves((100, 1000)).items():
        slope = math.log10(values[1] / values[0])
        rows.append(f"{label}: {values[0]:.2g} at 100 draws, {values[1]:.2g} at 1,000 (slope {slope:.2f})")
    return f"Three falling curves on logarithmic axes. {'; '.join(rows)}. Thin lines of slope -1/2 and -1 beside them."


@figures.style()
def linearity_figure() -> Figure:
    """The distance under a shift and under a scaling of one of the laws: straight, and not straight."""
    drawn = figures.figure(7.0, 3.6)
    left, right = drawn.subplots(1, 2)
    t = np.linspace(-4, 4, 161)
    for std, colour, dash in zip((1.0, 2.0, 4.0), figures.COLOURS, figures.DASHES, strict=False):
        values = [gaussian_wasserstein(shift, 1.0, 0.0, std) for shift in t]
        left.plot(t, values, color=colour, linestyle=dash, label=f"to N(0, {std:g}²)")
    left.set(xlabel="shift $t$ of N(0, 1)", ylabel="$W_1$", ylim=(0, 5))
    for mean, colour, dash in zip((0.0, 1.0), figures.COLOURS[3:], figures.DASHES, strict=False):
        values = [gaussian_wasserstein(mean, 1.0, factor * mean, abs(factor)) for factor in t]
        right.plot(t, values, color=colour, linestyle=dash, label=f"N({mean:g}, 1)")
    right.set(xlabel="factor $a$", ylabel="$W_1$ of the law of $X$ and of $aX$", ylim=(0, 6))
    for axes in (left, right):
        axes.legend(loc="upper center", fontsize=9)
    return drawn


def linearity_alt() -> str:
    """What :func:`linearity_figure` shows, in words and numbers."""
    shifted = [[gaussian_wasserstein(t, 1.0, 0.0, std) for t in (0.0, 2.0)] for std in (1.0, 2.0, 4.0)]
    scaled = [[gaussian_wasserstein(mean, 1.0, a * mean, abs(a)) for a in (-1.0, 0.0, 3.0)] for mean in (0.0, 1.0)]
    return (
        "Left: the distance of a shifted standard normal law to three normal laws. To itself a V through 0; to wider "
        f"ones a rounded bottom: {shifted[1][0]:.2f} at shift 0 and {shifted[1][1]:.2f} at 2 for N(0, 4), "
        f"{shifted[2][0]:.2f} and {shifted[2][1]:.2f} for N(0, 16). Right: the distance of X and aX against a, "
        "straight lines for a ≥ 0 that meet in 0 at a = 1. "
        f"For N(0, 1): {scaled[0][0]:.2f} at a = -1, {scaled[0][1]:.2f} at 0, "
        f"{scaled[0][2]:.2f} at 3; for N(1, 1): {scaled[1][0]:.2f}, {scaled[1][1]:.2f}, {scaled[1][2]:.2f}."
    )


def divergences(std: float, scale: float = math.sqrt(0.5)) -> dict[str, float]:
    """Both divergences and the distance of a centred Laplace law and N(0, std²).

    >>> [round(value, 4) for value in divergences(1.0).values()]
    [0.0724, 0.056, 0.1454]
    """
    return {
        "D(Laplace‖Gaussian)": kl_laplace_gaussian(0.0, scale, 0.0, std),
        "D(Gaussian‖Laplace)": kl_gaussian_laplace(0.0, std, 0.0, scale),
        "W₁": wasserstein_laplace_gaussian(scale, std),
    }


@figures.style()
def divergence_figure() -> Figure:
    """Divergences and distance of a Laplace law of variance one and a Gaussian, against the width of the Gaussian."""
    drawn = figures.figure(7.0, 3.8)
    axes = drawn.add_subplot(
        xscale="log", yscale="log", xlabel="standard deviation of the Gaussian", ylabel="divergence (nats), distance"
    )
    stds = np.logspace(-2, 2, 201)
    rows = [divergences(float(s)) for s in stds]
    for label, colour, dash in zip(rows[0], figures.COLOURS, figures.DASHES, strict=False):
        axes.plot(stds, [row[label] for row in rows], color=colour, linestyle=dash, label=label)
    axes.set_ylim(0.03, 1e4)
    axes.legend(loc="upper center", fontsize=9)
    return drawn


def divergence_alt() -> str:
    """What :func:`divergence_figure` shows, in words and numbers."""
    rows = []
    for label in divergences(1.0):
        narrow, equal, wide = (divergences(std)[label] for std in (0.01, 1.0, 100.0))
        rows.append(f"{label}: {narrow:.3g} at 0.01, {equal:.3g} at 1, {wide:.3g} at 100")
    return f"Three curves over the standard deviation, each with its smallest values near 1. {'; '.join(rows)}."
