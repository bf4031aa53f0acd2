"""The figure of the page ``chapters/2-calculus/jacobian-of-a-composition``: a small circle and its images."""

from __future__ import annotations

import torch
from matplotlib.figure import Figure

from mgai import figures
from mgai.calculus.jacobian_of_a_composition import (
    POINT,
    PRINTED,
    circle,
    inner,
    jacobian,
    linear_error,
    outer,
)


@figures.style()
def images_figure(radius: float = 0.02) -> Figure:
    """A circle around the point of the exercise, and its images under the map, its Jacobian and the printed matrix."""
    drawn = figures.figure(7.0, 4.0)
    left, right = drawn.subplots(1, 2, width_ratios=[1, 1.6])
    moves, point = circle(radius), torch.tensor(POINT, dtype=torch.float64)
    left.plot(*(point + moves).T, color=figures.COLOURS[0])
    left.plot(*point, "k+")
    left.set_xticks([POINT[0] - radius, POINT[0], POINT[0] + radius])
    left.set_yticks([POINT[1] - radius, POINT[1], POINT[1] + radius])
    left.set(aspect="equal", xlabel="$x_1$", ylabel="$x_2$", title="a circle")
    centre = outer(inner(point))
    right.plot(*outer(inner(point + moves)).T, color=figures.COLOURS[0], linewidth=4, alpha=0.5, label="its image")
    matrices = {"by the Jacobian": jacobian(point), "by the printed matrix": torch.tensor(PRINTED, dtype=torch.float64)}
    for (label, matrix), colour, dash in zip(matrices.items(), figures.COLOURS[1:], ("--", ":"), strict=False):
        right.plot(*(centre + moves @ matrix.T).T, color=colour, linestyle=dash, linewidth=2, label=label)
    right.plot(*centre, "k+")
    right.set(xlabel="first output", ylabel="second output", title="and its images")
    right.legend(fontsize=9, loc="upper left")
    return drawn


def images_alt(radius: float = 0.02) -> str:
    """What :func:`images_figure` shows, in words and numbers."""
    point = torch.tensor(POINT, dtype=torch.float64)
    right, wrong = (linear_error(m.double(), radius) for m in (jacobian(point), torch.tensor(PRINTED)))
    return (
        f"A circle of radius {radius:g} around (1, 2), and beside it three thin ovals. The ellipse by the Jacobian "
        f"covers the image of the circle, with a largest distance of {right:.2g}; the ellipse by the printed matrix is "
        f"shorter and wider, up to {wrong:.2g} away."
    )
