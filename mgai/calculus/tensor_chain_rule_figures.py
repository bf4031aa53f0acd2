"""The figure of the page ``chapters/2-calculus/tensor-chain-rule``: a Jacobian tensor written as a matrix."""

from __future__ import annotations

import numpy as np
import torch
from matplotlib.figure import Figure

from mgai import figures
from mgai.calculus.tensor_chain_rule import matricised, matrix_product_jacobian

_FACTOR = ((1.0, 2.0), (3.0, 4.0), (5.0, 6.0))


@figures.style()
def jacobian_figure(x: tuple[tuple[float, ...], ...] = _FACTOR, m: int = 4) -> Figure:
    """The matrix of the Jacobian tensor of WX by W: rows are entries of the product, columns entries of W."""
    matrix = _matrix(x, m)
    n, samples = len(x), len(x[0])
    drawn = figures.figure(7.0, 4.4)
    axes = drawn.add_subplot(xlabel="entry (k, l) of W", ylabel="entry (i, j) of y = WX")
    image = axes.imshow(matrix, cmap="Greys", vmin=0, vmax=matrix.max())
    axes.grid(False)
    axes.set_xticks(range(m * n), [f"{k},{each}" for k in range(1, m + 1) for each in range(1, n + 1)])
    axes.set_yticks(range(m * samples), [f"{i},{j}" for i in range(1, m + 1) for j in range(1, samples + 1)])
    for cut in range(1, m):
        axes.axhline(cut * samples - 0.5, color="black", linewidth=0.8)
        axes.axvline(cut * n - 0.5, color="black", linewidth=0.8)
    for (row, column), value in np.ndenumerate(matrix):
        if value:
            light = "white" if value > matrix.max() / 2 else "black"
            axes.text(column, row, f"{value:g}", ha="center", va="center", color=light, fontsize=9)
    drawn.colorbar(image, label="derivative")
    return drawn


def jacobian_alt(x: tuple[tuple[float, ...], ...] = _FACTOR, m: int = 4) -> str:
    """What :func:`jacobian_figure` shows, in words and numbers."""
    matrix = _matrix(x, m)
    n, samples = len(x), len(x[0])
    rows = "; ".join(", ".join(f"{value:g}" for value in row) for row in matrix[:samples, :n])
    return (
        f"A matrix of {len(matrix)} by {matrix.shape[1]} cells in {m} by {m} blocks. The {m} blocks on the diagonal "
        f"hold the rows {rows}; {int((matrix == 0).sum())} of {matrix.size} cells are zero."
    )


def _matrix(x: tuple[tuple[float, ...], ...], m: int) -> np.ndarray:
    return matricised(matrix_product_jacobian(torch.tensor(x, dtype=torch.float64), m), 2).numpy()
