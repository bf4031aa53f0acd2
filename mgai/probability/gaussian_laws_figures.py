"""The figure of the page ``chapters/5-probability/gaussian-laws``: a Gaussian process before and after five data."""

from __future__ import annotations

import math
from functools import lru_cache

import torch
from matplotlib.figure import Figure
from torch import Tensor

from mgai import figures
from mgai.probability.gaussian_laws import process_prediction, squared_exponential

_NOISE = 0.01  # variance of the observations
_X = torch.tensor([-4.0, -2.5, -1.0, 0.0, 2.0], dtype=torch.float64)


@lru_cache(maxsize=1)
def prediction() -> tuple[Tensor, Tensor, Tensor]:
    """Points, means and standard deviations of the process given sin x at five places.

    >>> [len(part) for part in prediction()]
    [101, 101, 101]
    """
    x = torch.linspace(-5, 5, 101, dtype=torch.float64)
    mean, covariance = process_prediction(squared_exponential, _X, _X.sin(), _NOISE, x)
    return x, mean, covariance.diagonal().clamp_min(0).sqrt()


@figures.style()
def process_figure() -> Figure:
    """Predictive mean and band of two standard deviations, the prior's band, and the function observed."""
    drawn = figures.figure(7.0, 3.8)
    axes = drawn.subplots()
    x, mean, deviation = prediction()
    axes.fill_between(
        x, mean - 2 * deviation, mean + 2 * deviation, color=figures.COLOURS[4], alpha=0.35, label="± 2 sd"
    )
    axes.plot(x, mean, label="conditional mean")
    axes.plot(x, x.sin(), "--", label="$\\sin x$")
    axes.plot(_X, _X.sin(), "o", color=figures.COLOURS[6], label="observed")
    for side in (-2, 2):
        axes.axhline(side, linestyle=":", color=figures.COLOURS[6], linewidth=1)
    axes.set(xlabel="$x$", ylabel="function value", ylim=(-2.7, 3.9))
    axes.legend(loc="upper center", ncols=4, fontsize=9)
    return drawn


def process_alt() -> str:
    """What :func:`process_figure` shows, in words and numbers."""
    x, mean, deviation = prediction()
    inside = float(((mean - x.sin()).abs() <= 2 * deviation).double().mean())
    mass = math.erf(2 / math.sqrt(2))
    return (
        f"Conditional mean of a Gaussian process given {len(_X)} values of sin x from {_X.min():g} to {_X.max():g}, "
        f"with a band of two standard deviations, {mass:.0%} of the law at each x. The standard deviation is at least "
        f"{float(deviation.min()):.2f} near the data and grows to {float(deviation.max()):.2f} at the right end, "
        "against 1 before any datum (dotted lines at plus and minus 2). "
        f"The sine lies in the band at {inside:.0%} of the points."
    )
