"""The figure of the page ``chapters/2-calculus/consensus``: disagreement in time on four graphs, beside its rate."""

from __future__ import annotations

import torch
from jaxtyping import Float
from matplotlib.figure import Figure
from torch import Tensor

from mgai import figures
from mgai.calculus.consensus import KINDS, consensus_flow, disagreement, graph_edges, laplacian_spectrum
from mgai.linear_algebra.graph_matrices import adjacency_matrix, laplacian


def kind_laplacian(kind: str, n: int) -> Float[Tensor, "{n} {n}"]:
    """The Laplacian of one of the four kinds of graphs.

    >>> kind_laplacian("star", 3).diagonal()
    tensor([2., 1., 1.], dtype=torch.float64)
    """
    return laplacian(adjacency_matrix(graph_edges(kind, n), n))


def decays(x0: Float[Tensor, " n"], times: Float[Tensor, " t"]) -> dict[str, Float[Tensor, " t"]]:
    """The disagreement on each kind of graph at the times, as a share of that at the start.

    >>> list(decays(torch.arange(4.0).double(), torch.zeros(1).double()))
    ['cycle', 'path', 'complete', 'star']
    """
    states = {kind: consensus_flow(kind_laplacian(kind, len(x0)), x0, times) for kind in KINDS}
    return {kind: disagreement(x) / disagreement(x0) for kind, x in states.items()}


@figures.style()
def consensus_figure(x0: Float[Tensor, " n"]) -> Figure:
    """Disagreement against time on a log axis for four graphs; thin lines fall at the rate of the second eigenvalue."""
    drawn = figures.figure(6.6, 4.0)
    axes = drawn.add_subplot(yscale="log", xlabel="time $t$", ylabel="disagreement / disagreement at the start")
    times, n = torch.linspace(0, 8, 81, dtype=torch.float64), len(x0)
    styles = zip(decays(x0, times).items(), figures.COLOURS, figures.DASHES, figures.MARKERS, strict=False)
    for (kind, shares), colour, dash, marker in styles:
        rate = float(laplacian_spectrum(kind, n)[1])
        axes.plot(times, shares, linestyle=dash, color=colour, marker=marker, markevery=10, label=f"{kind}, {rate:.3g}")
        axes.plot(times, torch.exp(-rate * times), color=colour, linewidth=0.6)
    axes.set_ylim(1e-6, 1.5)
    axes.legend(loc="lower right", fontsize=10, title="graph, $\\lambda_2$")
    return drawn


def consensus_alt(x0: Float[Tensor, " n"]) -> str:
    """What :func:`consensus_figure` shows, in words and numbers."""
    shares = decays(x0, torch.tensor([0.5, 1.0], dtype=torch.float64))
    rows = "; ".join(f"{kind}: {early:.1e} at t = 0.5, {late:.1e} at t = 1" for kind, (early, late) in shares.items())
    return (
        f"Disagreement on four graphs of {len(x0)} vertices falls along curves that become straight on a log axis and "
        f"lie on or below thin lines of the rate of each second eigenvalue. {rows}."
    )
