"""The figures of the page ``chapters/2-calculus/damping-rate``: the fits to one data set, the estimates from many."""

from __future__ import annotations

import numpy as np
import torch
from jaxtyping import Float
from matplotlib.figure import Figure
from torch import Tensor

from mgai import figures
from mgai.calculus.damped_response import solution
from mgai.calculus.damping_rate import estimate_rate, fit_solution, integral_form


def fitted_curves(
    t: Float[Tensor, " n"], y: Float[Tensor, " n"], truth: tuple[float, float], degree: int, until: float
) -> dict[str, np.ndarray]:
    """Times up to ``until`` and there the true trajectory, the fitted polynomial and the fitted solution.

    truth: the rate and the start.
    """
    fine = torch.linspace(0, until, 281, dtype=torch.float64)
    fit = fit_solution(y.double(), t.double(), estimate_rate(integral_form(t), y).double())
    polynomial = np.polynomial.Polynomial.fit(t.cpu().numpy(), y.cpu().numpy(), degree)
    return {
        "time": fine.numpy(),
        "true trajectory": solution(*truth, fine).numpy(),
        f"polynomial, degree {degree}": polynomial(fine.numpy()),
        "solution of the equation, fitted": solution(fit.rate.cpu(), fit.start.cpu(), fine).numpy(),
    }


@figures.style()
def curves_figure(t: Float[Tensor, " n"], y: Float[Tensor, " n"], curves: dict[str, np.ndarray]) -> Figure:
    """The samples with :func:`fitted_curves`, beyond the last sample too; cut at twice the range of the truth."""
    drawn = figures.figure(7.0, 3.8)
    axes = drawn.add_subplot(xlabel="time $t$", ylabel="$x(t)$")
    axes.plot(t.cpu(), y.cpu(), ".", color="0.45", label="samples")
    names = [name for name in curves if name != "time"]
    for number, name in enumerate(names):
        axes.plot(curves["time"], curves[name], figures.DASHES[number], color=figures.COLOURS[number], label=name)
    axes.axvspan(float(t[-1]), curves["time"][-1], color="0.5", alpha=0.12, linewidth=0)
    low, high = curves[names[0]].min(), curves[names[0]].max()
    axes.set(ylim=(low - (high - low) / 2, high + (high - low) / 2), xlim=(0, curves["time"][-1]))
    axes.legend(loc="lower left", fontsize=9, ncols=2)
    return drawn


def curves_alt(t: Float[Tensor, " n"], curves: dict[str, np.ndarray]) -> str:
    """What :func:`curves_figure` shows, in words and numbers."""
    inside = curves["time"] <= float(t[-1])
    true = curves["true trajectory"]
    parts = []
    for name, values in curves.items():
        if name not in ("time", "true trajectory"):
            off = [np.sqrt(np.mean((values - true)[part] ** 2)) for part in (inside, ~inside)]
            parts.append(f"{name}: off by {off[0]:.2g} within the samples and by {off[1]:.2g} beyond them")
    return f"{len(t)} noisy samples up to time {float(t[-1]):g} and two fits. Root mean squares: {'; '.join(parts)}."


@figures.style()
def estimates_figure(estimates: dict[str, Float[Tensor, " n"]], means: dict[str, float], truth: float) -> Figure:
    """Histograms of the estimated rate on a common axis; a diamond at each exact mean, if there is one."""
    drawn = figures.figure(7.0, 4.6)
    panels = drawn.subplots(len(estimates), 1, sharex=True)
    everything = torch.cat([each.cpu() for each in estimates.values()])
    edges = np.linspace(float(everything.quantile(0.0005)), float(everything.quantile(0.9995)), 91)
    for number, (axes, (name, rates)) in enumerate(zip(panels, estimates.items(), strict=True)):
        axes.hist(rates.cpu().numpy(), edges, color=figures.COLOURS[number], alpha=0.75)
        axes.axvline(truth, color="black", linewidth=1.2)
        if name in means:
            axes.plot(means[name], 0, "D", color="black", markersize=6, clip_on=False, zorder=5)
        axes.text(0.99, 0.75, name, transform=axes.transAxes, ha="right", fontsize=10)
        axes.set(yticks=[], ylabel="count")
    panels[-1].set_xlabel(r"estimated rate $\hat\gamma$ (line: true rate; diamond: exact mean)")
    return drawn


def estimates_alt(estimates: dict[str, Float[Tensor, " n"]], truth: float) -> str:
    """What :func:`estimates_figure` shows, in words and numbers."""
    parts = [f"{name}: mean {float(each.mean()):.3f}, standard deviation {float(each.std()):.3f}"
             for name, each in estimates.items()]  # fmt: skip
    return f"Histograms of the estimated rate, which is {truth:g} in truth. {'; '.join(parts)}."
