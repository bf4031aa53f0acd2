"""The figures of the page ``chapters/3-optimization/gradient-descent-trajectories``, and what they say in words."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Float, Int
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor

from mgai import figures, frames
from mgai.optimization.gradient_descent_in_the_eigenbasis import regime
from mgai.optimization.gradient_descent_trajectories import (
    Loss,
    descent_path,
    distances_from_flow,
    flow_path,
    gradients,
    stable_manifold,
)

_RED, _GREEN, _PURPLE = figures.COLOURS[1:4]


def plane(span: tuple[float, float, float, float], n: int) -> Float[Tensor, "{n} {n} 2"]:
    """A grid of points over a window (left, right, bottom, top), rows upwards.

    >>> plane((0.0, 1.0, 0.0, 2.0), 2)[1, 0]
    tensor([0., 2.], dtype=torch.float64)
    """
    first, second = (torch.linspace(*ends, n, dtype=torch.float64) for ends in (span[:2], span[2:]))
    return torch.stack(torch.meshgrid(first, second, indexing="xy"), dim=-1)


@figures.style()
def paths_figure(
    loss: Loss,
    starts: Float[Tensor, "n 2"],
    step: float,
    n_steps: int,
    *,
    span: tuple[float, float, float, float],
    labels: tuple[str, str],
    minima: Float[Tensor, "k 2"],
    saddle: Float[Tensor, " 2"] | None = None,
    border: float = 3.5,
) -> Figure:
    """Descent and flow from several starts, on contours and arrows of the vector field -grad f, all of one length.

    span: the window; labels: of the axes; minima, saddle: marked; border: how far to follow the saddle's stable
    manifold to either side.
    """
    drawn = figures.figure(7.0, 5.4)
    axes = drawn.add_subplot(xlabel=labels[0], ylabel=labels[1], xlim=span[:2], ylim=span[2:])
    _landscape(axes, loss, span)
    grid = plane(span, 17)[1:-1, 1:-1]
    arrows = -torch.nn.functional.normalize(gradients(loss)(grid), dim=-1)
    axes.quiver(*grid.unbind(-1), *arrows.unbind(-1), color="0.6", scale=34, width=0.0025)
    path, flow = descent_path(loss, starts, step, n_steps), flow_path(loss, starts, step * n_steps, n_steps)
    for i in range(len(starts)):
        axes.plot(*flow[:, i].T, color=_GREEN, linestyle="--", linewidth=1.6, label="flow" if i == 0 else None)
        axes.plot(*path[:, i].T, "o-", color=figures.COLOURS[0], markersize=3, linewidth=0.9,
                  label=f"descent, step {step:g}" if i == 0 else None)  # fmt: skip
    axes.plot(*starts.T, "s", color="black", markersize=5, label="starts")
    axes.plot(*minima.T, "*", color=_RED, markersize=14, label="minima" if len(minima) > 1 else "minimum")
    if saddle is not None:
        for i, branch in enumerate(stable_manifold(loss, saddle, border)):
            axes.plot(*branch.T, color=_PURPLE, linewidth=2, label="border of the basins" if i == 0 else None)
        axes.plot(*saddle, "X", color=_PURPLE, markersize=9, label="saddle")
    drawn.legend(loc="outside lower center", ncols=3 if saddle is not None else 4, fontsize=9)
    return drawn


def paths_alt(loss: Loss, starts: Tensor, step: float, n_steps: int, minima: Float[Tensor, "k 2"]) -> str:
    """What :func:`paths_figure` shows, in words and numbers."""
    ends = descent_path(loss, starts, step, n_steps)[-1]
    distance, nearest = (ends.unsqueeze(-2) - minima).norm(dim=-1).min(-1)
    counts = ", ".join(
        f"{int((nearest == k).sum())} towards ({u:.2f}, {v:.2f}), loss {loss(minima[k]):.3f}"
        for k, (u, v) in enumerate(minima.tolist())
    )
    return (
        f"Paths of gradient descent from {len(starts)} starts on contours of the loss with arrows downhill: {counts}. "
        f"After {n_steps} steps of size {step:g} they are at most {distance.max():.2g} from there. "
        "The flow lines run beside them."
    )


def step_frames(
    hessian: Float[Tensor, "2 2"],
    minimiser: Float[Tensor, " 2"],
    starts: Float[Tensor, "n 2"],
    multiples: Sequence[float],
    labels: tuple[str, str],
    n_steps: int = 20,
) -> list[frames.Frame]:
    """One frame for each step size, given as a multiple of 1/L: the paths on the contours of a quadratic.

    All step sizes and starts are computed as one batch.
    """
    values = torch.linalg.eigvalsh(hessian)

    def loss(w: Tensor) -> Tensor:
        return torch.einsum("...i,ij,...j->...", w - minimiser, hessian, w - minimiser) / 2

    sizes = hessian.new_tensor(list(multiples)) / values[-1]
    paths = descent_path(loss, starts.expand(len(sizes), -1, -1), sizes[:, None, None], n_steps)
    made = []
    for multiple, size, path in zip(multiples, sizes.tolist(), paths.unbind(1), strict=True):
        kinds = [regime(size, value) for value in values.tolist()]
        kinds = ["for ever" if abs(multiple - 2) < 1e-12 and k == 1 else kind for k, kind in enumerate(kinds)]
        left = (path[-1] - minimiser).norm(dim=-1).max() / (path[0] - minimiser).norm(dim=-1).max()
        words = f"gentle direction {kinds[0]}, steep direction {kinds[1]}"
        alt = f"With step {multiple:g}/L: {words}; after {n_steps} steps {left:.2g} of the largest distance is left."
        made.append(frames.Frame(_step_figure(loss, minimiser, path, labels, f"η = {multiple:g}/L: {words}"),
                                 f"step {multiple:g}/L", alt))  # fmt: skip
    return made


@figures.style()
def _step_figure(loss: Loss, minimiser: Tensor, path: Tensor, labels: tuple[str, str], title: str) -> Figure:
    drawn = figures.figure(6.4, 4.0)
    u, v = minimiser.tolist()
    span = (u - 2.4, u + 2.4, v - 1.5, v + 1.5)
    axes = drawn.add_subplot(xlabel=labels[0], ylabel=labels[1], xlim=span[:2], ylim=span[2:], aspect="equal")
    axes.set_title(title, fontsize=10)
    _landscape(axes, loss, span, 25, 5)
    for i, mark in enumerate(figures.MARKERS[: path.shape[1]]):
        axes.plot(*path[:, i].T, marker=mark, color=figures.COLOURS[i], markersize=4, linewidth=1)
    axes.plot(u, v, "*", color="black", markersize=12)
    return drawn


def _landscape(
    axes: Axes, loss: Loss, span: tuple[float, float, float, float], n: int = 81, n_levels: int = 11
) -> None:
    grid = plane(span, n)
    heights = loss(grid)
    low, high = heights.min(), heights.max()
    levels = low + (high - low) * torch.linspace(0.2, 0.95, n_levels, dtype=torch.float64) ** 2
    axes.contour(*grid.unbind(-1), heights, levels=levels.tolist(), colors="0.75", linewidths=0.8)


def orders_data(
    losses: dict[str, Loss], start: Sequence[float], time: float, counts: Sequence[int]
) -> tuple[Float[Tensor, " k"], dict[str, tuple[Float[Tensor, " k"], Float[Tensor, " k"]]]]:
    """Step sizes, and for each loss the distances of descent from its flow and from that of the modified loss.

    >>> steps, errors = orders_data({"parabola": lambda w: w.square().sum(-1) / 2}, [1.0, 0.0], 1.0, [2, 4])
    >>> steps.tolist(), [[round(float(e), 3) for e in error] for error in errors["parabola"]]
    ([0.5, 0.25], [[0.118, 0.051], [0.037, 0.008]])
    """
    point = torch.tensor([list(start)], dtype=torch.float64)
    errors = {
        name: tuple(distances_from_flow(loss, point, time, counts, share, 100)[:, 0] for share in (0.0, 1.0))
        for name, loss in losses.items()
    }
    return time / torch.tensor(counts, dtype=torch.float64), errors


@figures.style()
def orders_figure(
    steps: Float[Tensor, " k"], errors: dict[str, tuple[Float[Tensor, " k"], Float[Tensor, " k"]]]
) -> Figure:
    """Distance of descent from the flow (filled) and from the flow of the modified loss (open), over the step size."""
    drawn = figures.figure(7.0, 4.0)
    axes = drawn.add_subplot(xscale="log", yscale="log", xlabel="step size η", ylabel="distance after the same time")
    for (name, pair), colour, mark in zip(errors.items(), figures.COLOURS, figures.MARKERS, strict=False):
        for error, fill, dash, what in zip(pair, ("full", "none"), figures.DASHES, ("flow", "modified flow"),
                                           strict=False):  # fmt: skip
            axes.plot(steps, error, marker=mark, color=colour, fillstyle=fill, linestyle=dash, label=f"{name}: {what}")
    axes.legend(fontsize=9)
    return drawn


def orders_alt(steps: Float[Tensor, " k"], errors: dict[str, tuple[Float[Tensor, " k"], Float[Tensor, " k"]]]) -> str:
    """What :func:`orders_figure` shows, in words and numbers."""
    octaves = float((steps[0] / steps[-1]).log2())
    slopes = []
    for name, pair in errors.items():
        flow, modified = (float((error[0] / error[-1]).log2()) / octaves for error in pair)
        slopes.append(f"{name}: slope {flow:.2f} from the flow and {modified:.2f} from that of the modified loss")
    return f"Straight lines on logarithmic axes. {'; '.join(slopes)}. The second lie lower everywhere."


@figures.style()
def basins_figure(
    span: tuple[float, float, float, float],
    reached: Int[Tensor, "n n"],
    minima: Float[Tensor, "2 2"],
    saddle: Float[Tensor, " 2"],
    border: Float[Tensor, "two points 2"],
) -> Figure:
    """Which minimum a grid of starts reaches (dark: the first; light: the second; white: none yet), with the border."""
    drawn = figures.figure(7.0, 5.0)
    axes = drawn.add_subplot(xlabel="hidden weight $u=w_1$", ylabel="output weight $v=a_1$")
    shades = torch.tensor([1.0, 0.45, 0.8])[reached + 1]
    cell = (span[1] - span[0]) / (len(reached) - 1) / 2
    box = (span[0] - cell, span[1] + cell, span[2] - cell, span[3] + cell)
    axes.imshow(
        shades.numpy(), extent=box, origin="lower", cmap="gray", vmin=0, vmax=1, interpolation="none", aspect="auto"
    )
    axes.set(xlim=box[:2], ylim=box[2:])
    axes.grid(False)
    for i, branch in enumerate(border):
        axes.plot(*branch.T, color=_PURPLE, linewidth=2, label="stable manifold of the saddle" if i == 0 else None)
    axes.plot(*saddle, "X", color=_PURPLE, markersize=9, label="saddle")
    for mark, point, name in zip("*s", minima, ("deeper minimum", "shallower minimum"), strict=True):
        axes.plot(*point, mark, color=_RED, markersize=12, label=name, linestyle="none")
    drawn.legend(loc="outside lower center", ncols=2, fontsize=9)
    return drawn


def basins_alt(reached: Int[Tensor, "n n"]) -> str:
    """What :func:`basins_figure` shows, in words and numbers."""
    shares = [float((reached == k).double().mean()) for k in (0, 1, -1)]
    return (
        f"A grid of {reached.numel()} starts. {shares[0]:.0%} reach the deeper minimum, {shares[1]:.0%} the shallower "
        f"one, {shares[2]:.0%} neither within the steps taken. The two regions meet along the curve through the saddle."
    )
