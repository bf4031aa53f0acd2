"""Figures of the page ``chapters/1-linear-algebra/structured-matrices``."""

from __future__ import annotations

import torch
from jaxtyping import Float
from matplotlib.figure import Figure
from torch import Tensor

from mgai import figures
from mgai.linear_algebra.graph_matrices import (
    degree_matrix,
    mixed_normalised_laplacian,
    normalised_laplacian,
)
from mgai.linear_algebra.structured_matrices import circulant_matrix, convolution_matrix


@figures.style()
def convolution_matrices_figure(h: Float[Tensor, " k"], n: int) -> Figure:
    """The matrices of full, same, valid and circular convolution with one kernel, as images."""
    names = ("full", "same", "valid", "circular")
    matrices = [convolution_matrix(h, n, mode) for mode in names[:3]] + [circulant_matrix(h, n)]
    drawn = figures.figure(7.0, 3.0)
    for place, (name, matrix) in enumerate(zip(names, matrices, strict=True)):
        axes = drawn.add_subplot(1, 4, place + 1, xlabel="input j", title=f"{name}, {len(matrix)} × {n}")
        axes.title.set_fontsize(10)
        box = (-0.5, n - 0.5, len(matrix) - 0.5, -0.5)
        image = axes.imshow(matrix.cpu().numpy(), vmin=0, vmax=h.max().item(), extent=box)
        axes.set_ylim(n + len(h) - 1.5, -0.5)  # one scale for all four
        axes.set_xticks(range(0, n, 2))
        axes.set_yticks(range(0, n + len(h) - 1, 2))
        axes.grid(False)
        axes.set_ylabel("output i" if place == 0 else "")
    drawn.colorbar(image, ax=drawn.axes, label="entry", shrink=0.8)
    return drawn


def laplacian_spectra(a: Float[Tensor, "n n"]) -> dict[str, Float[Tensor, " n"]]:
    r"""Eigenvalues, in rising order, of the consistent normalised Laplacians and of the mixed form.

    Args, Raises: as for :func:`mgai.linear_algebra.graph_matrices.laplacian`, one graph. Cost: O(n^3).

    >>> {k: round(v[0].item(), 6) + 0.0 for k, v in laplacian_spectra(1 - torch.eye(2)).items()}
    {'without self-loops': 0.0, 'with self-loops': 0.0, 'mixed': 0.5}
    """
    matrices = {
        "without self-loops": normalised_laplacian(a),
        "with self-loops": normalised_laplacian(a, self_loops=True),
        "mixed": mixed_normalised_laplacian(a),
    }
    return {name: torch.linalg.eigvalsh(matrix) for name, matrix in matrices.items()}


@figures.style()
def laplacian_spectra_figure(a: Float[Tensor, "n n"]) -> Figure:
    """A graph, drawn on a circle with its degrees, beside the spectra of three normalised Laplacians."""
    drawn = figures.figure(7.0, 3.6)
    left = drawn.add_subplot(1, 2, 1, aspect="equal", title="the graph and its degrees")
    _draw_graph(left, a)
    right = drawn.add_subplot(1, 2, 2, xlabel="index of the eigenvalue", ylabel="eigenvalue")
    for name, marker, dash in zip(
        ("without self-loops", "with self-loops", "mixed"), "os^", figures.DASHES, strict=False
    ):
        values = laplacian_spectra(a)[name].cpu()
        right.plot(range(1, len(values) + 1), values, marker=marker, linestyle=dash, label=name)
    right.axhline(0, color="black", linewidth=1)
    right.set_xticks(range(1, len(a) + 1))
    right.legend(fontsize=9)
    return drawn


def _draw_graph(axes, a: Tensor) -> None:
    angle = torch.arange(len(a)) * 2 * torch.pi / len(a)
    x, y = angle.cos().tolist(), angle.sin().tolist()
    for i, j in a.triu().nonzero().tolist():
        axes.plot([x[i], x[j]], [y[i], y[j]], color="black", linewidth=1.5, zorder=1)
    axes.scatter(x, y, s=420, color=figures.COLOURS[0], zorder=2)
    for i, degree in enumerate(degree_matrix(a).diagonal().tolist()):
        axes.annotate(f"{degree:g}", (x[i], y[i]), color="white", ha="center", va="center", zorder=3)
    axes.margins(0.15)
    axes.set_axis_off()
