"""The figures of the page ``chapters/5-probability/empirical-covariance``, and what they say in words."""

from __future__ import annotations

import math
from collections.abc import Mapping

import torch
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor

from mgai import figures
from mgai.probability.empirical_covariance import ellipse_mass, ellipse_points, ellipse_radius, sample_moments
from mgai.probability.empirical_covariance_experiments import Errors, slope
from mgai.probability.gaussian_mixture import GaussianMixture

_MASSES = (0.5, 0.9)
_ORDERS = ("mean", "covariance", "third moments", "fourth moments")


def share_inside(x: Float[Tensor, "n 2"], radius: float) -> float:
    """The share of samples inside the covariance ellipse of their own mean and covariance.

    >>> share_inside(torch.tensor([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [9.0, 9.0]]), 1.4)
    0.75
    """
    mean, covariance = sample_moments(x)
    offsets = x - mean
    squares = (offsets * torch.linalg.solve(covariance, offsets.mT).mT).sum(-1)
    return float((squares <= radius**2).double().mean())


@figures.style()
def scatter_figure(
    samples: Mapping[str, Float[Tensor, "n 2"]], parts: GaussianMixture | None = None, widest: float = math.inf
) -> Figure:
    """Samples side by side, each with the ellipses of its sample covariance that hold 50 % and 90 % of a Gaussian.

    With ``parts`` the last panel also has the ellipses of the components of a mixture, at 50 % of each. Axes end at
    ``widest`` where points lie further out.
    """
    drawn = figures.figure(7.0, 0.7 + 4.2 / len(samples))
    panels = [drawn.add_subplot(1, len(samples), i + 1, aspect="equal") for i in range(len(samples))]
    reach = torch.stack([x.abs().amax(0) for x in samples.values()]).amax(0).mul(1.05).clamp_max(widest).tolist()
    for axes, (title, x) in zip(panels, samples.items(), strict=True):
        axes.plot(*x.T, ".", color="0.55", markersize=2.5, zorder=1)
        _ellipses(axes, x)
        axes.set(title=title, xlabel="$x_1$", xlim=(-reach[0], reach[0]), ylim=(-reach[1], reach[1]))
    panels[0].set_ylabel("$x_2$")
    if parts is not None:
        for mean, covariance in zip(parts.means, parts.covariances, strict=True):
            curve = ellipse_points(mean, covariance, ellipse_radius(0.5))
            panels[-1].plot(*curve.T, linestyle=":", linewidth=2.4, color=figures.COLOURS[0])
    return drawn


def scatter_alt(samples: Mapping[str, Float[Tensor, "n 2"]], parts: GaussianMixture | None = None) -> str:
    """What :func:`scatter_figure` shows, in words and numbers."""
    rows = "; ".join(
        f"{title}: " + " and ".join(f"{share_inside(x, ellipse_radius(m)):.0%}" for m in _MASSES)
        for title, x in samples.items()
    )
    extra = "" if parts is None else f" The last panel also has the ellipses of the {len(parts.means)} components."
    n = len(next(iter(samples.values())))
    return (
        f"Scatter plots of {n} points, each with two covariance ellipses, drawn to hold 50 % and 90 % of a Gaussian. "
        f"Shares of the points inside the two, {rows}.{extra}"
    )


def _ellipses(axes: Axes, x: Tensor) -> None:
    for mass, dash in zip(_MASSES, figures.DASHES, strict=False):
        curve = ellipse_points(*sample_moments(x), ellipse_radius(mass))
        axes.plot(*curve.T, linestyle=dash, color=figures.COLOURS[1], linewidth=1.8)


@figures.style()
def convergence_figure(found: list[Errors]) -> Figure:
    """Errors of moments of order one to four against the sample size, one panel a law; lines are theory."""
    drawn = figures.figure(7.0, 6.4)
    for i, each in enumerate(found):
        axes = drawn.add_subplot(2, 2, i + 1, xscale="log", yscale="log", title=each.title)
        axes.title.set_size(11)
        for k, row in enumerate(each.measured):
            line = _guide(each, k)
            axes.plot(each.sizes, line, color=figures.COLOURS[k], linestyle=figures.DASHES[k], linewidth=1.2)
            axes.plot(each.sizes, row, figures.MARKERS[k], color=figures.COLOURS[k], markersize=5, label=_ORDERS[k])
        axes.set(xlabel="sample size n", ylabel=f"{'median' if each.theory is None else 'r.m.s.'} error")
        if i == 0:
            axes.legend(fontsize=8, loc="lower left", handletextpad=0.1)
    return drawn


def convergence_alt(found: list[Errors]) -> str:
    """What :func:`convergence_figure` shows, in words and numbers."""
    rows = "; ".join(
        f"{each.title}: "
        + ", ".join(
            f"{name} {slope(each.sizes, row):.2f} ({-power:.2f})"
            for name, row, power in zip(_ORDERS, each.measured, each.exponents, strict=False)
        )
        for each in found
    )
    return (
        f"Errors against the sample size from {found[0].sizes[0]} to {found[0].sizes[-1]}, both axes logarithmic, in "
        f"{len(found)} panels. Slopes measured, and in brackets those of theory. {rows}."
    )


def _guide(each: Errors, k: int) -> Tensor:
    """The exact errors, or a line of the right slope through the measured error at the largest size."""
    if each.theory is not None:
        return each.theory[k]
    sizes = torch.tensor(each.sizes, dtype=torch.float64)
    return each.measured[k, -1] * (sizes / sizes[-1]) ** -each.exponents[k]


@figures.style()
def density_figure(mixture: GaussianMixture, matched: GaussianMixture, points: Float[Tensor, "m 2"],
                   kinds: list[str]) -> Figure:  # fmt: skip
    """Contours of a mixture's density with its covariance ellipse, and beside it the density on a line of the means."""
    drawn = figures.figure(7.0, 3.3)
    left = drawn.add_subplot(1, 2, 1, aspect="equal", xlabel="$x_1$", ylabel="$x_2$", title="density of the mixture")
    across, up = torch.linspace(-5.5, 5.5, 161), torch.linspace(-3.6, 3.6, 121)
    grid = torch.stack(torch.meshgrid(across, up, indexing="xy"), dim=-1).to(mixture.means)
    left.contour(across, up, mixture.log_density(grid).exp(), levels=8, colors="0.5", linewidths=0.8)
    curve = ellipse_points(mixture.mean, mixture.covariance, ellipse_radius(0.5))
    left.plot(*curve.T, color=figures.COLOURS[1], linewidth=1.8)
    for kind, marker, colour in (("mode", "^", figures.COLOURS[0]), ("saddle", "s", figures.COLOURS[2])):
        chosen = points[torch.tensor([each == kind for each in kinds])]
        left.plot(*chosen.T, marker, color=colour, markersize=6, label=kind)
    left.plot(*mixture.mean, "x", color=figures.COLOURS[1], markersize=8, markeredgewidth=2, label="mean")
    left.legend(fontsize=8, ncols=3, loc="lower center", handletextpad=0.1, columnspacing=0.8)
    right = drawn.add_subplot(1, 2, 2, xlabel="$x_1$, at $x_2=0$", ylabel="density", title="on the line of the means")
    line = torch.stack([across, torch.zeros_like(across)], dim=-1).to(mixture.means)
    right.plot(across, mixture.log_density(line).exp(), color=figures.COLOURS[0], label="mixture")
    right.plot(across, matched.log_density(line).exp(), "--", color=figures.COLOURS[1], label="Gaussian of its ellipse")
    right.set_ylim(0, 1.45 * float(mixture.log_density(points).exp().max()))
    right.legend(fontsize=9, loc="upper center")
    return drawn


def density_alt(mixture: GaussianMixture, matched: GaussianMixture, points: Float[Tensor, "m 2"],
                kinds: list[str]) -> str:  # fmt: skip
    """What :func:`density_figure` shows, in words and numbers."""
    named = ", ".join(f"{kind} at ({x:.2f}, {y:.2f})" for kind, (x, y) in zip(kinds, points.tolist(), strict=True))
    at_mean = [float(law.log_density(mixture.mean).exp()) for law in (mixture, matched)]
    share = ellipse_mass(ellipse_radius(0.5))
    return (
        f"Left: contours with two separate hills and one ellipse, which would hold {share:.0%} of a Gaussian; {named}. "
        f"Right: along the line of the means the mixture has two peaks with a valley between them; at the mean its "
        f"density is {at_mean[0]:.3f}, where the Gaussian of the same mean and covariance has its only peak, "
        f"{at_mean[1]:.3f}."
    )


def ring(covariance: Float[Tensor, "2 2"], n: int, generator: torch.Generator) -> Float[Tensor, "n 2"]:
    r"""Draws from the law with mean zero and a given covariance whose points all lie on one ellipse, :math:`r^2=2`.

    >>> drawn = ring(torch.eye(2, dtype=torch.float64), 3, torch.Generator().manual_seed(0))
    >>> drawn.square().sum(1).round(decimals=9)
    tensor([2., 2., 2.], dtype=torch.float64)
    """
    angle = 2 * math.pi * torch.rand(n, dtype=covariance.dtype, generator=generator).to(covariance.device)
    circle = math.sqrt(2) * torch.stack([angle.cos(), angle.sin()], dim=-1)
    return circle @ torch.linalg.cholesky(covariance).mT
