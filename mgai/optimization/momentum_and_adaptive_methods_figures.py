"""The figure of the page ``chapters/3-optimization/momentum-and-adaptive-methods``: singular values under Muon."""

from __future__ import annotations

import torch
from matplotlib.figure import Figure

from mgai import figures
from mgai.optimization.momentum_and_adaptive_methods import quintic, quintic_band


@figures.style()
def quintic_figure(n_steps: tuple[int, ...] = (1, 3, 5)) -> Figure:
    """Singular values after several steps of the quintic, against their share of the Frobenius norm."""
    drawn = figures.figure(7.0, 3.8)
    axes = drawn.add_subplot(
        xscale="log", xlabel="singular value / Frobenius norm, before", ylabel="singular value, after"
    )
    sigma = torch.logspace(-4, 0, 1200, dtype=torch.float64)
    for n, colour, dash in zip(n_steps, figures.COLOURS, (":", "--", "-"), strict=False):
        axes.plot(sigma, quintic(sigma, n), dash, color=colour, label=f"{n} step{'s' if n > 1 else ''}", linewidth=1.3)
    low, high = quintic_band()
    axes.axhspan(low, high, color="0.5", alpha=0.15)
    axes.axhline(1, color="black", linewidth=0.8, label="polar factor")
    axes.legend(loc="upper left", fontsize=9)
    return drawn


def quintic_alt() -> str:
    """What :func:`quintic_figure` shows, in words and numbers."""
    rows = "; ".join(
        f"{start:g} becomes {quintic(torch.tensor(start, dtype=torch.float64)):.3f}"
        for start in (1e-4, 1e-3, 0.01, 1.0)
    )
    low, high = quintic_band()
    return (
        f"Curves that rise from zero and then oscillate within a grey band from {low:.3f} to {high:.3f}, the earlier "
        f"the more steps are taken. After five steps {rows}. The polar factor is the line at 1."
    )
