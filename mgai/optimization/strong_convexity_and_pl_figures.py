"""The figure of the page ``chapters/3-optimization/strong-convexity-and-pl``."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from matplotlib.figure import Figure

from mgai import figures
from mgai.optimization.strong_convexity_and_pl import (
    contraction_factor,
    excess_factor,
    fixed_step_descent,
    iterations_needed,
    sine_valley,
    sine_valley_constant,
)

_STARTS, _STEPS = (-9.0, 2.5, 7.0), 40
KAPPAS = (2.0, 5.0, 10.0, 30.0, 100.0, 300.0, 1000.0)


def valley_excess() -> list[list[float]]:
    """The excess of gradient descent with the step 1/L in the sine valley over its first, for each start, by step."""
    start = torch.tensor(_STARTS, dtype=torch.float64)[:, None]
    excess = sine_valley(fixed_step_descent(sine_valley, start, 1 / 8, _STEPS))
    return (excess / excess[0]).T.tolist()


def needed(kappas: Sequence[float], reduction: float = 1e-6) -> tuple[list[int], list[int]]:
    """Steps that reduce the excess of the worst quadratic: with the step 1/L, and with 2/(L + mu)."""
    steps = [(1 / kappa, 2 / (1 + kappa)) for kappa in kappas]
    pairs = [[iterations_needed(contraction_factor(1.0, kappa, step) ** 2, reduction) for step in both]
             for kappa, both in zip(kappas, steps, strict=True)]  # fmt: skip
    return [pair[0] for pair in pairs], [pair[1] for pair in pairs]


@figures.style()
def rates_figure() -> Figure:
    """Left the excess in the sine valley beside its bound, right the steps needed against the condition number."""
    drawn = figures.figure(7.0, 3.6)
    left, right = drawn.subplots(1, 2)
    for start, values, colour, dash in zip(_STARTS, valley_excess(), figures.COLOURS, figures.DASHES, strict=False):
        shown = [value for value in values if value > 1e-16]
        left.semilogy(shown, color=colour, linestyle=dash, label=f"from x = {start:g}")
    factor = excess_factor(sine_valley_constant(), 8.0)
    left.semilogy([factor**k for k in range(_STEPS + 1)], color="black", linewidth=2, label="bound (1 - μ/L)^k")
    left.set(xlabel="gradient steps k", ylabel="excess / first excess", ylim=(1e-10, 10), xlim=(0, _STEPS))
    left.legend(fontsize=8, loc="lower right")
    short, best = needed(KAPPAS)
    right.loglog(KAPPAS, short, marker="o", label="step 1/L")
    right.loglog(KAPPAS, best, marker="s", linestyle="--", label="step 2/(μ + L)")
    right.set(xlabel="condition number κ = L/μ", ylabel="steps to a millionth")
    right.legend(fontsize=8)
    return drawn


def rates_alt() -> str:
    """What :func:`rates_figure` shows, in words and numbers."""
    ends = [next(k for k, value in enumerate(values) if value <= 1e-6) for values in valley_excess()]
    bound = iterations_needed(excess_factor(sine_valley_constant(), 8.0), 1e-6)
    starts = ", ".join(f"{k} from {start:g}" for k, start in zip(ends, _STARTS, strict=True))
    short, best = needed(KAPPAS)
    return (
        f"Left: the excess in the sine valley falls to a millionth in {starts} steps; the bound needs {bound}. Right: "
        f"steps needed by the worst quadratic, from {short[0]} at κ = {KAPPAS[0]:g} to {short[-1]} at {KAPPAS[-1]:g} "
        f"with the step 1/L, and from {best[0]} to {best[-1]} with 2/(μ + L); both lines end with slope one."
    )
