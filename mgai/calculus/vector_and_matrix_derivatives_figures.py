"""The figure of the page ``chapters/2-calculus/vector-and-matrix-derivatives``: slices of a third-order derivative."""

from __future__ import annotations

import numpy as np
import torch
from matplotlib.figure import Figure

from mgai import figures
from mgai.calculus.vector_and_matrix_derivatives import matrix_vector_jacobian

_VECTOR = (1.0, 2.0, 3.0, 4.0)


@figures.style()
def slices_figure(a: tuple[float, ...] = _VECTOR, m: int = 3) -> Figure:
    """One panel for each entry of Xa: its derivatives by all entries of the matrix."""
    derivative = matrix_vector_jacobian(torch.tensor(a, dtype=torch.float64), m).numpy()
    drawn = figures.figure(7.0, 2.4)
    panels = drawn.subplots(1, m, sharey=True, squeeze=False)[0]
    for i, (axes, part) in enumerate(zip(panels, derivative, strict=True), start=1):
        image = axes.imshow(part, cmap="Greys", vmin=0, vmax=max(a), aspect="equal")
        axes.grid(False)
        axes.set(xlabel="column k of X", title=f"entry {i} of Xa")
        axes.set_xticks(range(len(a)), range(1, len(a) + 1))
        axes.set_yticks(range(m), range(1, m + 1))
        for (row, column), value in np.ndenumerate(part):
            axes.text(column, row, f"{value:g}", ha="center", va="center", color="w" if value > max(a) / 2 else "k")
    panels[0].set_ylabel("row j of X")
    drawn.colorbar(image, ax=panels, label="derivative")
    return drawn


def slices_alt(a: tuple[float, ...] = _VECTOR, m: int = 3) -> str:
    """What :func:`slices_figure` shows, in words and numbers."""
    derivative = matrix_vector_jacobian(torch.tensor(a, dtype=torch.float64), m)
    rows = [int(part.abs().sum(dim=1).argmax()) + 1 for part in derivative]
    entries = ", ".join(f"{value:g}" for value in derivative[0, 0].tolist())
    return (
        f"{m} panels of {m} by {len(a)} cells, one for each entry of Xa. The numbers {entries} stand in row "
        f"{', then '.join(map(str, rows))}; the other {int((derivative == 0).sum())} derivatives are zero."
    )
