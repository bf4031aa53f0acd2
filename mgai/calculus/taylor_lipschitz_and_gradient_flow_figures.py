"""The figure of the page ``chapters/2-calculus/taylor-lipschitz-and-gradient-flow``: descent beside the flow."""

from __future__ import annotations

import torch
from jaxtyping import Float
from matplotlib.figure import Figure
from torch import Tensor

from mgai import figures
from mgai.calculus.taylor_lipschitz_and_gradient_flow import gradient_descent_path, quadratic_flow

_CURVATURES, _START, _TIME = (1.0, 10.0), (4.0, 1.0), 2.0
_STEPS = (0.02, 0.1, 0.19, 0.22)


@figures.style()
def paths_figure(steps: tuple[float, ...] = _STEPS) -> Figure:
    """Gradient flow of a valley, and gradient descent with several steps, over the same time: plane and distance."""
    flow = _flow()
    drawn = figures.figure(7.0, 3.8)
    plane, apart = drawn.subplots(1, 2)
    plane.set(xlabel="$x_1$", ylabel="$x_2$", ylim=(-2.2, 2.2))
    apart.set(yscale="log", xlabel="time, step times number of steps", ylabel="distance to the flow at that time")
    for step, colour, dash, marker in zip(steps, figures.COLOURS[1:], figures.DASHES, figures.MARKERS, strict=False):
        path, gaps = _descent(step)
        style = {"color": colour, "linestyle": dash, "marker": marker, "markersize": 3, "label": f"η = {step:g}"}
        plane.plot(*path.T.numpy(), linewidth=1, **style)
        apart.plot(step * torch.arange(1, len(path)).numpy(), gaps[1:].numpy(), linewidth=1, **style)
    plane.plot(*flow.T.numpy(), color="black", linewidth=2.5, label="flow")
    drawn.legend(*plane.get_legend_handles_labels(), loc="outside lower center", ncols=5, fontsize=10)
    return drawn


def paths_alt(steps: tuple[float, ...] = _STEPS) -> str:
    """What :func:`paths_figure` shows, in words and numbers."""
    rows = "; ".join(f"step {step:g}: {float(_descent(step)[1].max()):.2g}" for step in steps)
    return (
        "Left: the flow bends smoothly into the valley; descent with small steps follows it, with larger ones it jumps "
        f"from side to side. Right: distances between descent and flow over time. The largest are {rows}."
    )


def _flow() -> Float[Tensor, "t 2"]:
    times = torch.linspace(0, _TIME, 201, dtype=torch.float64)
    return quadratic_flow(_hessian(), torch.tensor(_START, dtype=torch.float64), times)


def _descent(step: float) -> tuple[Float[Tensor, "n 2"], Float[Tensor, " n"]]:
    """The path, and its distances from the flow at the same times."""
    start = torch.tensor(_START, dtype=torch.float64)
    path = gradient_descent_path(lambda x: _hessian() @ x, start, step, int(_TIME / step + 1e-9))
    times = step * torch.arange(len(path), dtype=torch.float64)
    return path, (path - quadratic_flow(_hessian(), start, times)).norm(dim=1)


def _hessian() -> Float[Tensor, "2 2"]:
    return torch.diag(torch.tensor(_CURVATURES, dtype=torch.float64))
