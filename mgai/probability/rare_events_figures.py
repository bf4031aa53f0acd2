"""The figures of the page ``chapters/5-probability/rare-events``, and what they say in words."""

from __future__ import annotations

import math
from functools import lru_cache

from matplotlib.figure import Figure

from mgai import figures
from mgai.probability.exponential_families import Bernoulli, Exponential
from mgai.probability.heavy_sums import Bracket, big_jump, log_maximum_tail, pareto_survival, sum_tail
from mgai.probability.rare_events import bahadur_rao, chernoff, normal_log_tail

ALPHA, THRESHOLD = 2.5, 3.0
COUNTS = tuple(2**k for k in range(10))
_CELLS = 2**16
_LN10 = math.log(10)


@lru_cache(maxsize=1)
def pareto_brackets() -> tuple[Bracket, ...]:
    """Bounds of the probability that the mean of n Pareto variables of index 2.5 exceeds 3, for n up to 512.

    >>> all(0 < low <= high for low, high in pareto_brackets())
    True
    """
    return tuple(sum_tail(pareto_survival(ALPHA), n, THRESHOLD * n, _CELLS) for n in COUNTS)


def tail_curves(n: int) -> dict[str, float]:
    """Base-ten logarithms of the tail of n exponentials at the mean 2: exact and three predictions.

    >>> round(tail_curves(100)["exact"], 2)
    -14.73
    """
    law = Exponential(1.0)
    return {
        "exact": law.log_tail(n, 2.0) / _LN10,
        "Chernoff's bound": chernoff(law, n, 2.0) / _LN10,
        "with prefactor": bahadur_rao(law, n, 2.0) / _LN10,
        "normal law": normal_log_tail(law, n, 2.0) / _LN10,
    }


def lattice_ratio(n: int, *, lattice: bool) -> float:
    """Exact tail of n fair coins at 0.7 over the leading term, of the lattice case or as if there were a density.

    >>> round(lattice_ratio(1000, lattice=True), 2)
    1.0
    """
    law = Bernoulli(0.5)
    theta = law.tilt(0.7)
    other = 1.0 if lattice else theta / -math.expm1(-theta)
    return math.exp(law.log_tail(n, 0.7) - bahadur_rao(law, n, 0.7)) * other


@figures.style()
def tails_figure() -> Figure:
    """Left: the tail of a mean of exponentials and what is predicted. Right: coins, exact over predicted."""
    drawn = figures.figure(7.0, 3.8)
    left, right = drawn.subplots(1, 2)
    counts = range(5, 201, 5)
    rows = [tail_curves(n) for n in counts]
    for name, dash, colour, marker in zip(
        rows[0], ("", "--", "-", "-."), ("#000000", *figures.COLOURS), ("o", "", "", ""), strict=False
    ):
        left.plot(counts, [row[name] for row in rows], color=colour, linestyle=dash or "none", marker=marker,
                  markersize=3, label=name)  # fmt: skip
    left.set(xlabel="number n of exponentials", ylabel=r"$\log_{10}P(\bar X_n\geq2)$")
    left.legend(fontsize=9)
    tens = range(10, 401, 10)
    for lattice, name, dash in ((True, "lattice", "-"), (False, "as with a density", "--")):
        right.plot(tens, [lattice_ratio(n, lattice=lattice) for n in tens], linestyle=dash, label=name)
    right.axhline(1.0, color="black", linewidth=0.8)
    right.set(xlabel="number n of fair coins", ylabel="exact over predicted", ylim=(0.7, 1.6))
    right.legend(fontsize=9)
    return drawn


def tails_alt() -> str:
    """What :func:`tails_figure` shows, in words and numbers."""
    row = ", ".join(f"{name} {value:.2f}" for name, value in tail_curves(200).items())
    ratios = [lattice_ratio(400, lattice=lattice) for lattice in (True, False)]
    return (
        f"Left, four falling lines; base-ten logarithms at n = 200: {row}. The prefactor's line runs through the exact "
        f"points, the normal law's falls far below. Right, exact over predicted for 400 coins: {ratios[0]:.3f} with "
        f"the lattice's prefactor, {ratios[1]:.3f} with the other."
    )


@figures.style()
def big_jump_figure() -> Figure:
    """The probability that a mean exceeds 3: Pareto summands, bounds and predictions, and exponentials beside."""
    drawn = figures.figure(7.0, 4.0)
    axes = drawn.add_subplot(xscale="log", yscale="log", xlabel="number n of summands", ylim=(1e-9, 1))
    axes.set_ylabel(r"$P(\bar X_n\geq3)$")
    survival, mean = pareto_survival(ALPHA), ALPHA / (ALPHA - 1)
    middles = [(low + high) / 2 for low, high in pareto_brackets()]
    axes.plot(COUNTS, middles, color="#000000", marker="o", linestyle="none", label="Pareto, α = 2.5")
    jumps = [big_jump(survival, n, THRESHOLD * n, mean) for n in COUNTS]
    axes.plot(COUNTS, jumps, color=figures.COLOURS[0], linestyle="-", label="one big jump")
    bounds = [math.exp(log_maximum_tail(survival, n, THRESHOLD * n)) for n in COUNTS]
    axes.plot(COUNTS, bounds, color=figures.COLOURS[2], linestyle=":", label="bound by the maximum")
    light = [math.exp(Exponential(1 / mean).log_tail(n, THRESHOLD)) for n in COUNTS]
    axes.plot(COUNTS, light, color=figures.COLOURS[1], linestyle="--", label="exponential, same mean")
    axes.legend(fontsize=9, loc="lower left")
    return drawn


def big_jump_alt() -> str:
    """What :func:`big_jump_figure` shows, in words and numbers."""
    low, high = pareto_brackets()[-1]
    n = COUNTS[-1]
    jump = big_jump(pareto_survival(ALPHA), n, THRESHOLD * n, ALPHA / (ALPHA - 1))
    light = Exponential((ALPHA - 1) / ALPHA).log_tail(n, THRESHOLD) / _LN10
    return (
        f"On logarithmic axes the Pareto points settle on a straight line: at n = {n} between {low:.3g} and "
        f"{high:.3g}, one big jump {jump:.3g}. The exponentials' curve bends down; its logarithm to the base ten "
        f"there is {light:.1f}."
    )
