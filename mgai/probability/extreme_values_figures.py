"""The figures of the page ``chapters/5-probability/extreme-values``, and what they say in words."""

from __future__ import annotations

import math

import torch
from matplotlib.figure import Figure

from mgai import figures
from mgai.probability import extreme_values as extremes
from mgai.probability.lattice_maxima import best_pair, geometric_cdf, poisson_maximum

EXPONENTS = (1, 2, 3, 4, 6, 8, 10, 12, 16)  # n = 10 to these
_LN10 = math.log(10)
_POINTS = 10_001


def normal_distances(exponent: float) -> dict[str, float]:
    """Distances of the maximum of 10 to the ``exponent`` normal variables from its limit, by choice of constants.

    >>> round(normal_distances(3.0)["tangent"], 4)
    0.0182
    """
    log_n = exponent * _LN10
    choices = {
        "textbook": extremes.textbook_norming(log_n),
        "Hall": extremes.hall_norming(log_n),
        "tangent": extremes.tangent_norming(log_n),
        "tangent, bent law": extremes.tangent_norming(log_n, bent=True),
    }
    return {
        name: extremes.sup_distance(extremes.normal_log_tail, log_n, norming, _POINTS)
        for name, norming in choices.items()
    }


@figures.style()
def distances_figure() -> Figure:
    """Distance of the maximum's law from its limit against n: normal variables, and the laws of the universal rate."""
    drawn = figures.figure(7.0, 4.0)
    axes = drawn.add_subplot(xscale="log", yscale="log", xlabel="number n of variables", ylabel="largest difference")
    counts = [10.0**e for e in EXPONENTS]
    rows = [normal_distances(e) for e in EXPONENTS]
    for name, dash, colour, marker in zip(rows[0], figures.DASHES, figures.COLOURS, figures.MARKERS, strict=False):
        axes.plot(counts, [row[name] for row in rows], color=colour, linestyle=dash, marker=marker, markersize=4,
                  label=f"normal, {name}")  # fmt: skip
    axes.plot(counts, [extremes.universal_distance(n) for n in counts], color="#000000", linestyle=":",
              label="exponential, Pareto, uniform")  # fmt: skip
    axes.set_ylim(1e-7, 1)
    axes.legend(fontsize=9, loc="lower right")
    return drawn


def distances_alt() -> str:
    """What :func:`distances_figure` shows, in words and numbers."""
    rows = []
    for exponent in (3, 16):
        row = ", ".join(f"{name} {value:.2g}" for name, value in normal_distances(exponent).items())
        rows.append(f"at n = 1e{exponent}: {row}; the other laws {extremes.universal_distance(10.0**exponent):.2g}")
    return f"Largest differences on logarithmic axes, nearly level for normal maxima, {'; '.join(rows)}."


@figures.style()
def lattice_figure() -> Figure:
    """Left: three values of the geometric maximum's distribution function against n. Right: Poisson, the best pair."""
    drawn = figures.figure(7.0, 3.7)
    left, right = drawn.subplots(1, 2)
    log2_n = torch.linspace(3, 9, 721, dtype=torch.float64)
    for offset, dash in zip((0, 1, 2), figures.DASHES, strict=False):
        level = log2_n.floor() + offset - 1
        values = torch.stack([geometric_cdf(k, float(t) * math.log(2)) for k, t in zip(level, log2_n, strict=True)])
        label = r"$P(M_n\leq\lfloor\log_2n\rfloor" + (f"{offset - 1:+d}" if offset != 1 else "") + ")$"
        left.plot(2**log2_n, values, linestyle=dash, label=label)
    left.set(
        xscale="log",
        xlabel="number n of geometric variables",
        ylabel="probability",
        ylim=(0, 1.35),
        yticks=(0, 0.25, 0.5, 0.75, 1),
    )
    left.legend(fontsize=9, loc="upper center")
    exponents = [e / 4 for e in range(4, 401)]
    found = [best_pair(poisson_maximum(1.0, e * _LN10, 110))[1] for e in exponents]
    right.plot(exponents, found, color=figures.COLOURS[0])
    right.set(xlabel=r"$\log_{10}n$, Poisson variables", ylabel="share of the best two integers", ylim=(0.5, 1.02))
    return drawn


def lattice_alt() -> str:
    """What :func:`lattice_figure` shows, in words and numbers."""
    values = [float(geometric_cdf(torch.tensor(float(m), dtype=torch.float64), m * math.log(2))) for m in (4, 6, 8)]
    ends = [best_pair(poisson_maximum(1.0, e * _LN10, 110)) for e in (2, 20, 100)]
    pairs = ", ".join(f"{p:.3f} on {k} and {k + 1}" for k, p in ends)
    return (
        "Left, saw-toothed curves that repeat whenever n doubles; the middle one starts each tooth near "
        + ", ".join(f"{value:.3f}" for value in values)
        + f". Right, the share of the best two integers climbs unevenly towards one: {pairs} at n = 1e2, 1e20, 1e100."
    )
