"""The figures of the page ``chapters/6-information/gaussian-kl``, and what they show in words."""

from __future__ import annotations

import math

import numpy as np
import torch
from jaxtyping import Float
from matplotlib.figure import Figure
from torch import Tensor

from mgai import figures
from mgai.information.gaussian_kl import factorised_variances, gaussian_kl, gaussian_kl_near
from mgai.information.gaussian_kl_references import kl_of_diagonals

CORRELATION = 0.9
CLOSENESS = tuple(10.0 ** (-k / 2) for k in range(1, 13))


def correlated(correlation: float) -> Float[Tensor, "2 2"]:
    """The covariance of two variables of variance one.

    >>> correlated(0.5)
    tensor([[1.0000, 0.5000],
            [0.5000, 1.0000]], dtype=torch.float64)
    """
    return torch.tensor([[1.0, correlation], [correlation, 1.0]], dtype=torch.float64)


@figures.style()
def factorised_figure() -> Figure:
    """Ellipses of one standard deviation: a correlated Gaussian and its two best factorised approximations."""
    drawn = figures.figure(7.0, 3.8)
    left, right = drawn.subplots(1, 2)
    angle = np.linspace(0, 2 * math.pi, 201)
    circle = np.stack([np.cos(angle), np.sin(angle)])
    covariance = correlated(CORRELATION)
    shapes = {"target": covariance} | {word: _diagonal(CORRELATION, word) for word in ("forward", "reverse")}
    for (label, shape), colour, dash in zip(shapes.items(), figures.COLOURS, figures.DASHES, strict=False):
        left.plot(*(torch.linalg.cholesky(shape).numpy() @ circle), color=colour, linestyle=dash, label=label)
    left.set(aspect="equal", xlabel="$x_1$", ylabel="$x_2$", xlim=(-1.3, 1.3), ylim=(-1.3, 1.9))
    left.legend(loc="upper center", ncol=3, fontsize=8, columnspacing=1.0)
    grid = np.linspace(0, 0.99, 100)
    for word, colour, dash in zip(("forward", "reverse"), figures.COLOURS[1:], figures.DASHES[1:], strict=False):
        variances = [float(_diagonal(rho, word)[0, 0]) for rho in grid]
        right.plot(grid, variances, color=colour, linestyle=dash, label=word)
    right.set(xlabel=r"correlation $\rho$", ylabel="variance of the approximation", ylim=(0, 1.1))
    right.legend(loc="lower left", fontsize=9)
    return drawn


def factorised_alt() -> str:
    """What :func:`factorised_figure` shows, in words and numbers."""
    forward, reverse = (float(_diagonal(CORRELATION, word)[0, 0]) for word in ("forward", "reverse"))
    return (
        f"Left: a narrow tilted ellipse of correlation {CORRELATION}, a circle of radius {math.sqrt(forward):.2f} that "
        f"spans it (forward) and one of radius {math.sqrt(reverse):.2f} that meets it on the axes (reverse). "
        f"Right: the variance of the forward approximation stays at {forward:.2f}, that of the reverse one "
        f"falls from 1 to {float(_diagonal(0.99, 'reverse')[0, 0]):.2f} at correlation 0.99."
    )


def relative_errors(dtype: torch.dtype = torch.float32) -> dict[str, list[float]]:
    """Errors of the two forms in ``dtype``, over the divergence, for variances (1 + ε, 1 - ε, 1 + ε/2) beside ones.

    >>> errors = relative_errors()
    >>> max(errors["difference"]) < 1e-5 < 0.1 < max(errors["textbook"])
    True
    """
    errors: dict[str, list[float]] = {"textbook": [], "difference": []}
    zero, one = torch.zeros(3, dtype=dtype), torch.eye(3, dtype=dtype)
    for closeness in CLOSENESS:
        variances = 1 + closeness * torch.tensor([1.0, -1.0, 0.5], dtype=dtype)
        exact = kl_of_diagonals(variances.tolist(), [1.0, 1.0, 1.0])
        for label, form in (("textbook", gaussian_kl), ("difference", gaussian_kl_near)):
            found = float(form(zero, torch.diag(variances), zero, one))
            errors[label].append(abs(found / exact - 1))
    return errors


@figures.style()
def cancellation_figure() -> Figure:
    """Relative errors of the two forms in float32 and float64, on logarithmic axes."""
    drawn = figures.figure(7.0, 3.8)
    axes = drawn.add_subplot(xscale="log", yscale="log", xlabel=r"closeness $\varepsilon$", ylabel="relative error")
    for dtype, dash in ((torch.float32, "-"), (torch.float64, "--")):
        name = str(dtype).removeprefix("torch.")
        for (label, values), colour, marker in zip(
            relative_errors(dtype).items(), figures.COLOURS, figures.MARKERS, strict=False
        ):
            shown = np.maximum(values, 1e-17)
            axes.plot(CLOSENESS, shown, color=colour, marker=marker, linestyle=dash, label=f"{label}, {name}")
    axes.axhline(1.0, color="0.5", linewidth=0.9)
    axes.set_ylim(1e-17, 1e7)
    axes.legend(loc="upper right", fontsize=9, ncol=2)
    return drawn


def cancellation_alt() -> str:
    """What :func:`cancellation_figure` shows, in words and numbers."""
    single, double = relative_errors(torch.float32), relative_errors(torch.float64)
    lost = max(eps for eps, error in zip(CLOSENESS, single["textbook"], strict=True) if error >= 1)
    return (
        "Relative error against closeness on logarithmic axes. The textbook form gets worse as the covariances get "
        f"closer: in float32 its error is as large as the divergence from ε = {lost:.0e}, in float64 it is "
        f"{double['textbook'][-1]:.0e} at ε = {CLOSENESS[-1]:.0e}. The form made from the difference stays below "
        f"{max(single['difference']):.0e} and {max(double['difference']):.0e}."
    )


def _diagonal(correlation: float, direction: str) -> Float[Tensor, "2 2"]:
    return torch.diag(factorised_variances(correlated(float(correlation)), direction))
