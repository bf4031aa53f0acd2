"""The figure of the page ``chapters/5-probability/densities-and-generating-functions``: laws with equal moments."""

from __future__ import annotations

import math

import torch
from jaxtyping import Float
from matplotlib.figure import Figure
from torch import Tensor

from mgai import figures
from mgai.probability.densities_and_generating_functions_references import heyde_mean

_AMPLITUDES = (0.0, 0.5, 1.0)


def heyde_density(x: Float[Tensor, " n"], amplitude: float) -> Float[Tensor, " n"]:
    r"""The density :math:`\frac{e^{-(\ln x)^2/2}}{x\sqrt{2\pi}}\bigl(1+a\sin(2\pi\ln x)\bigr)`, for x > 0.

    Raises:
        ValueError: an entry of ``x`` is not positive, or the amplitude makes the density negative.

    >>> heyde_density(torch.ones(1), 0.0)
    tensor([0.3989])
    """
    if not bool((x > 0).all()) or not -1 <= amplitude <= 1:
        raise ValueError(f"x must be positive and amplitude={amplitude} between -1 and 1")
    y = x.log()
    return (-0.5 * y.square() - y).exp() / math.sqrt(2 * math.pi) * (1 + amplitude * (2 * math.pi * y).sin())


def _grid() -> Tensor:
    return torch.linspace(math.log(0.01), math.log(5), 800, dtype=torch.float64).exp()


@figures.style()
def heyde_figure() -> Figure:
    """Three densities with the same moments of every order, the first of them log-normal."""
    drawn = figures.figure(7.0, 3.6)
    axes = drawn.subplots()
    for amplitude, dash in zip(_AMPLITUDES, figures.DASHES, strict=False):
        axes.plot(_grid(), heyde_density(_grid(), amplitude), linestyle=dash, label=f"$a={amplitude:g}$")
    axes.set(xlabel="$x$", ylabel="density", xlim=(0, 5), ylim=(0, None))
    axes.legend(loc="upper right")
    return drawn


def heyde_alt() -> str:
    """What :func:`heyde_figure` shows, in words and numbers."""
    peaks = [float(heyde_density(_grid(), a).max()) for a in _AMPLITUDES]
    means = [heyde_mean(1.0, a) for a in _AMPLITUDES]
    return (
        f"Three densities on the positive numbers, all with the mean {means[0]:.3f} and equal moments of every order. "
        f"The log-normal density has one peak, of height {peaks[0]:.2f}. The others wave around it, with peaks of "
        f"{peaks[1]:.2f} for amplitude {_AMPLITUDES[1]:g} and {peaks[2]:.2f} for amplitude {_AMPLITUDES[2]:g}, "
        "and cross it where the logarithm of x is a multiple of one half."
    )
