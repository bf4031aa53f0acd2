"""The figure of the page ``chapters/4-networks/lines-and-networks-in-the-plane``, and what it shows in words."""

from __future__ import annotations

import torch
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor

from mgai import figures
from mgai.networks import lines_and_networks_in_the_plane_experiments as runs
from mgai.networks.lines_and_networks_in_the_plane import most_cells
from mgai.optimization.gradient_descent_trajectories_figures import plane

_WINDOW = {runs.UNEQUAL: 6.0, runs.SPIRAL: 2.0}
_SHOWN, _PIXELS = 160, 241  # of the points; of the raster


def first_logits(problem: str, model: str, x: Float[Tensor, "m 2"]) -> Float[Tensor, " m"]:
    """The logits of the first draw's fit to many points."""
    return next(runs.logits(runs.ensemble().fits[problem, runs.MANY], model, x))[0]


@figures.style()
def regions_figure() -> Figure:
    """Decision regions of the three models on two problems, with the best border and the network's own lines."""
    drawn = figures.figure(7.0, 4.9)
    for row, (problem, reach) in enumerate(_WINDOW.items()):
        for column, model in enumerate(runs.MODELS):
            axes = drawn.add_subplot(2, 3, 3 * row + column + 1, aspect="equal")
            axes.set(xlim=(-reach, reach), ylim=(-reach, reach), xlabel="$x_1$" if row else None,
                     ylabel=f"$x_2$, {problem}" if column == 0 else None)  # fmt: skip
            axes.set_title(model if row == 0 else "", fontsize=10)
            axes.grid(False)
            _panel(axes, problem, model, reach)
    return drawn


def _panel(axes: Axes, problem: str, model: str, reach: float) -> None:
    window = plane((-reach, reach, -reach, reach), _PIXELS)
    across, up = (part.numpy() for part in window.unbind(-1))
    flat, shape = window.flatten(0, 1), window.shape[:2]
    positive = (first_logits(problem, model, flat) > 0).view(shape).numpy()
    axes.imshow(positive, origin="lower", extent=(-reach, reach, -reach, reach), cmap="Greys", vmin=0, vmax=3)
    best = (runs.posterior(problem, flat) - 0.5).view(shape)
    best = best.masked_fill(window.norm(dim=-1) > 2, float("nan")) if problem == runs.SPIRAL else best
    axes.contour(across, up, best.numpy(), levels=[0], colors="black", linewidths=1.1, linestyles=":")
    x, y = (part[0, :_SHOWN] for part in runs.ensemble().data[problem, runs.MANY])
    for label, colour, marker in ((0, figures.COLOURS[0], "x"), (1, figures.COLOURS[1], "o")):
        axes.plot(*x[y == label].T, marker, color=colour, markersize=2.2, linestyle="none")
    if model == "network":
        theta = runs.ensemble().fits[problem, runs.MANY].network
        for (w1, w2), b in zip(theta["w"][0].tolist(), theta["b"][0].tolist(), strict=True):
            foot = (-b * w1 / (w1**2 + w2**2), -b * w2 / (w1**2 + w2**2))
            axes.axline(foot, (foot[0] - w2, foot[1] + w1), color=figures.COLOURS[2], linewidth=0.8)


def cells_in_window(problem: str) -> int:
    """How many cells of the first network's lines hold a point of the figure's raster."""
    reach, theta = _WINDOW[problem], runs.ensemble().fits[problem, runs.MANY].network
    x = plane((-reach, reach, -reach, reach), _PIXELS).flatten(0, 1)
    return len(torch.unique(x @ theta["w"][0].T + theta["b"][0] > 0, dim=0))


def regions_alt() -> str:
    """What :func:`regions_figure` shows: the excess risks of the drawn fits, and the cells in the window."""
    rows = []
    for problem in _WINDOW:
        excess = runs.ensemble().excess[problem, runs.MANY]
        risks = ", ".join(f"{model} {float(excess[model][0]):.3f}" for model in runs.MODELS)
        seen = f"at least {cells_in_window(problem)} of the network's {most_cells(runs.UNITS)} cells meet the window"
        rows.append(f"{problem}: excess risks {risks}; {seen}")
    return f"Six panels of decision regions in the plane, fitted to {runs.MANY} points. {'. '.join(rows)}."
