"""The figures of the page ``chapters/3-optimization/logistic-regression``, and what they show in words."""

from __future__ import annotations

import math

import torch
from jaxtyping import Float
from matplotlib.figure import Figure
from torch import Tensor

from mgai import figures
from mgai.optimization.gradient_descent_trajectories_figures import plane
from mgai.optimization.logistic_regression import (
    asymptote,
    descent_path,
    flow,
    max_margin,
    newton_path,
    risk,
    risk_gradient,
    stable_rate,
)

_STEPS, _REACH = 300, 5.0


def _paths(z: Tensor) -> Tensor:
    """Descent from three places of the window."""
    starts = _REACH * torch.tensor([[0.8, -0.8], [-0.8, 0.8], [-0.8, -0.8]], dtype=torch.float64)
    return torch.stack([descent_path(z, start, stable_rate(z), _STEPS) for start in starts])


@figures.style()
def field_figure(samples: dict[str, Float[Tensor, "n 2"]]) -> Figure:
    """Contours of the risk, arrows along minus the gradient, and three descents, for each set of signed samples."""
    drawn = figures.figure(7.0, 3.9)
    span = (-_REACH, _REACH, -_REACH, _REACH)
    for position, (title, z) in enumerate(samples.items()):
        z = z.cpu()
        axes = drawn.add_subplot(1, len(samples), position + 1, aspect="equal", xlabel="$w_1$", ylabel="$w_2$")
        axes.set(xlim=span[:2], ylim=span[2:])
        axes.set_title(title, fontsize=10)
        grid = plane(span, 81)
        axes.contour(*(part.numpy() for part in (*grid.unbind(-1), risk(grid, z).log())), levels=14, colors="0.55",
                     linewidths=0.7, linestyles="-")  # fmt: skip
        places = plane(span, 15)[1:-1, 1:-1]
        arrows = -torch.nn.functional.normalize(risk_gradient(places, z), dim=-1)
        axes.quiver(*(part.numpy() for part in (*places.unbind(-1), *arrows.unbind(-1))), color="0.45", scale=26)
        for path, colour, dash in zip(_paths(z), figures.COLOURS, figures.DASHES, strict=False):
            axes.plot(*path.T, color=colour, linestyle=dash, linewidth=1.8)
            axes.plot(*path[0], "s", color=colour, markersize=5)
            axes.plot(*path[-1], "o", color=colour, markersize=5)
    return drawn


def field_alt(samples: dict[str, Float[Tensor, "n 2"]]) -> str:
    """What :func:`field_figure` shows: where the descents end."""
    rows = []
    for title, z in samples.items():
        ends = _paths(z.cpu())[:, -1]
        apart = float(torch.cdist(ends, ends).max())
        rows.append(f"{title}: the ends have norms from {ends.norm(dim=1).min():.1f} to {ends.norm(dim=1).max():.1f} "
                    f"and are at most {apart:.1g} apart")  # fmt: skip
    ends = "; ".join(rows)
    return f"Contours of the risk over two weights with arrows downhill; three descents of {_STEPS} steps. {ends}."


def directions(z: Float[Tensor, "n 2"], powers: int = 12) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Times from 1 to a power of ten, and the norm of the flow, its angle to the largest margin, and that of the law.

    Angles are in degrees.
    """
    times = torch.logspace(0, powers, 4 * powers + 1, dtype=torch.float64)
    best, path = max_margin(z)[0], flow(z, times)
    return times, path.norm(dim=1), angle(path, best), angle(asymptote(z, times), best)


def angle(w: Float[Tensor, "n 2"], direction: Float[Tensor, " 2"]) -> Float[Tensor, " n"]:
    """The angle between each row and a direction, in degrees.

    >>> angle(torch.tensor([[1.0, 1.0]]), torch.tensor([2.0, 0.0]))
    tensor([45.])
    """
    across = w[:, 0] * direction[1] - w[:, 1] * direction[0]
    return torch.rad2deg(torch.atan2(across.abs(), w @ direction))


@figures.style()
def directions_figure(z: Float[Tensor, "n 2"]) -> Figure:
    """Norm and angle of gradient flow against time, with the laws."""
    times, norms, angles, law = directions(z)
    drawn = figures.figure(7.0, 3.4)
    left = drawn.add_subplot(1, 2, 1, xscale="log", xlabel="time t", ylabel="norm of w")
    left.plot(times, norms, color=figures.COLOURS[0], label="gradient flow")
    left.plot(times, asymptote(z, times).norm(dim=1), "--", color=figures.COLOURS[1], label=r"$\hat w\,\ln t+\tilde w$")
    left.legend(fontsize=9)
    right = drawn.add_subplot(1, 2, 2, xscale="log", yscale="log", xlabel="time t",
                              ylabel=r"angle to $\hat w$ (degrees)")  # fmt: skip
    right.plot(times, angles, color=figures.COLOURS[0])
    right.plot(times[8:], law[8:], "--", color=figures.COLOURS[1])
    return drawn


def directions_alt(z: Float[Tensor, "n 2"]) -> str:
    """What :func:`directions_figure` shows: norm and angle at a few times."""
    times, norms, angles, _ = directions(z)
    rows = [f"t = 1e{round(math.log10(float(times[k])))}: norm {norms[k]:.1f}, angle {angles[k]:.2g} degrees"
            for k in (12, 24, 48)]  # fmt: skip
    return f"Left a straight line over the logarithm of time, right a slowly falling curve. {'; '.join(rows)}."


@figures.style()
def newton_figure(z: Float[Tensor, "n 2"], minimiser: Float[Tensor, " 2"]) -> Figure:
    """Distances to the minimiser: Newton's method and gradient descent from zero."""
    drawn = figures.figure(7.0, 3.2)
    axes = drawn.add_subplot(yscale="log", xlabel="step", ylabel=r"$\|w-w^*\|$")
    newton, descent = newton_errors(z, minimiser, 6), descent_path(z, torch.zeros_like(minimiser), stable_rate(z), 30)
    axes.plot(range(7), newton.clamp(min=1e-17), "o-", color=figures.COLOURS[0], label="Newton")
    axes.plot(range(31), (descent - minimiser).norm(dim=1), "s--", color=figures.COLOURS[1], markersize=4,
              label="gradient descent, step 1/L")  # fmt: skip
    axes.legend(fontsize=9)
    return drawn


def newton_errors(z: Float[Tensor, "n 2"], minimiser: Float[Tensor, " 2"], n_steps: int) -> Float[Tensor, " n_points"]:
    """Distances of Newton's points from the minimiser, from zero on."""
    return (newton_path(z, torch.zeros_like(minimiser), n_steps) - minimiser).norm(dim=1)


def newton_alt(z: Float[Tensor, "n 2"], minimiser: Float[Tensor, " 2"]) -> str:
    """What :func:`newton_figure` shows: the distances."""
    errors = ", ".join(f"{error:.1g}" for error in newton_errors(z, minimiser, 6))
    last = float((descent_path(z, torch.zeros_like(minimiser), stable_rate(z), 30)[-1] - minimiser).norm())
    return f"Newton's distances to the minimiser are {errors}; gradient descent is at {last:.1g} after 30 steps."
