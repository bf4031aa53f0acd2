"""The figures of the page ``chapters/5-probability/transformations``, and what they show in words."""

from __future__ import annotations

import math

import torch
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor

from mgai import figures
from mgai.probability.transformations import branch_density, sine_branches, square_branches, tanh_mode
from mgai.probability.transformations_references import ATOM, START, mixed_cdf

MEAN, SIGMAS, BINS = 0.7, (0.5, 2.0), 60
SPREAD = 1.5  # the standard deviation of X where its sine is taken
_LEVELS = (0.15, 0.65)


def normal_density(x: Float[Tensor, "*shape"], mean: float = 0.0, sigma: float = 1.0) -> Float[Tensor, "*shape"]:
    r"""The density of :math:`\mathcal N(\mu,\sigma^2)`.

    >>> normal_density(torch.tensor(0.0))
    tensor(0.3989)
    """
    return torch.exp(-(((x - mean) / sigma) ** 2) / 2) / (sigma * math.sqrt(2 * math.pi))


def tanh_density(y: Float[Tensor, " n"], sigma: float) -> Float[Tensor, " n"]:
    r"""The density of :math:`\tanh X` for :math:`X\sim\mathcal N(0,\sigma^2)`, at points in (-1, 1).

    >>> tanh_density(torch.tensor([0.0]), 0.5)
    tensor([0.7979])
    """
    return branch_density(lambda x: normal_density(x, 0.0, sigma), [torch.atanh], y)[0]


def last_bin_height(sigma: float, n_bins: int = BINS) -> float:
    """What a histogram with equal bins on (-1, 1) shows on average in its last bin: probability over width.

    >>> round(last_bin_height(2.0), 2)
    4.62
    """
    edge = torch.tensor(1 - 2 / n_bins, dtype=torch.float64)
    return float(torch.special.ndtr(-torch.atanh(edge) / sigma)) * n_bins / 2


@figures.style()
def inverse_figure() -> Figure:
    """A distribution function with a jump and a flat piece, read backwards; and the law of F(X)."""
    drawn = figures.figure(7.0, 3.2)
    left, right = drawn.subplots(1, 2)
    for x in (torch.tensor([-0.5, -1e-9]), torch.tensor([0.0, 1.0, 2.0, 2.5])):
        left.plot(x, mixed_cdf(x), color=figures.COLOURS[0], linewidth=2)
    left.plot([0, 0], [0, ATOM], color=figures.COLOURS[0], linestyle=":")
    for level, quantile in zip(_LEVELS, (0.0, START + (_LEVELS[1] - ATOM) / (1 - ATOM)), strict=True):
        arrow = {"arrowstyle": "->", "color": figures.COLOURS[1], "linestyle": "--"}
        left.annotate("", (quantile, level), (-0.5, level), arrowprops=arrow)
        left.annotate("", (quantile, -0.04), (quantile, level), arrowprops=arrow)
    left.set(xlabel="$x$", ylabel="$F(x)$", ylim=(-0.04, 1.05))
    right.plot([0, 1], [0, 1], color="0.5", linestyle="--", label="uniform")
    right.plot([0, ATOM, ATOM, 1], [0, 0, ATOM, 1], color=figures.COLOURS[0], linewidth=2, label="$F(X)$")
    right.set(xlabel="$u$", ylabel=r"$P(F(X)\leq u)$", ylim=(-0.04, 1.05))
    right.legend(loc="upper left")
    return drawn


def inverse_alt() -> str:
    """What :func:`inverse_figure` shows, in words and numbers."""
    high = START + (_LEVELS[1] - ATOM) / (1 - ATOM)
    return (
        f"Left: a distribution function that jumps from 0 to {ATOM} at 0, is flat up to {START:.0f} and rises to 1 at "
        f"{START + 1:.0f}; arrows lead from the level {_LEVELS[0]} to the atom 0 and from {_LEVELS[1]} to {high:.1f}. "
        f"Right: the distribution function of F(X) is 0 below {ATOM}, then on the diagonal; it is nowhere above it."
    )


@figures.style()
def densities_figure() -> Figure:
    """Densities of a square and of a sine by branches, of a hyperbolic tangent with its histogram."""
    drawn = figures.figure(7.0, 3.0)
    square, sine, tanh = drawn.subplots(1, 3)
    y = torch.linspace(0.02, 4, 400, dtype=torch.float64)
    parts = branch_density(lambda x: normal_density(x, MEAN), square_branches(), y)
    _stack(square, y, [("$+\\sqrt{y}$", parts[0]), ("$-\\sqrt{y}$", parts[1])])
    square.set(xlabel="$y=x^2$", ylabel="density", ylim=(0, 2))
    y = torch.linspace(-0.999, 0.999, 401, dtype=torch.float64)
    rising, falling = branch_density(lambda x: normal_density(x, MEAN, SPREAD), sine_branches(4), y).chunk(2)
    _stack(sine, y, [("rising", rising.sum(0)), ("falling", falling.sum(0))])
    sine.set(xlabel="$y=\\sin x$", ylim=(0, 2.5))
    gap = torch.logspace(-10, 0, 400, dtype=torch.float64)
    for sigma, colour, dash in zip(SIGMAS, figures.COLOURS, figures.DASHES, strict=False):
        tanh.loglog(gap, tanh_density(1 - gap, sigma), color=colour, linestyle=dash, label=rf"$\sigma={sigma}$")
    tanh.plot([gap[0], 2 / BINS], 2 * [last_bin_height(SIGMAS[1])], color="0.4", label="last bin")
    tanh.set(xlabel="$1-y$, where $y=\\tanh x$", ylim=(1e-3, 1e3))
    tanh.legend(fontsize=8, loc="lower left")
    return drawn


def densities_alt() -> str:
    """What :func:`densities_figure` shows, in words and numbers."""
    one = torch.tensor([1.0], dtype=torch.float64)
    plus, minus = branch_density(lambda x: normal_density(x, MEAN), square_branches(), one)[:, 0].tolist()
    place = 1 - math.tanh(tanh_mode(SIGMAS[1]))
    return (
        f"Three densities. Left: the square, which falls from a pole at 0; at 1 the branches add {plus:.3f} and "
        f"{minus:.3f}. Middle: the sine, with poles at -1 and 1, the higher one at 1. Right: the hyperbolic tangent "
        f"against the distance from 1, on logarithmic axes: for a deviation of {SIGMAS[0]} it falls towards 1; for "
        f"{SIGMAS[1]:.0f} it rises to a mode only {place:.1e} from 1 and then falls, while the last of {BINS} bins "
        f"shows a level of {last_bin_height(SIGMAS[1]):.2f}."
    )


def _stack(axes: Axes, y: Tensor, parts: list[tuple[str, Tensor]]) -> None:
    below = torch.zeros_like(y)
    for (label, part), colour, hatch in zip(parts, figures.COLOURS, ("", "///"), strict=False):
        axes.fill_between(y, below, below + part, color=colour, alpha=0.35, hatch=hatch, linewidth=0, label=label)
        below = below + part
    axes.plot(y, below, color=figures.COLOURS[6], linewidth=1.2)
    axes.legend(fontsize=8, loc="upper center")
