"""The figures of the page ``chapters/5-probability/whitening``, and what they say in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from jaxtyping import Float
from matplotlib.figure import Figure
from torch import Tensor

from mgai import figures
from mgai.probability.empirical_covariance_figures import scatter_alt, scatter_figure
from mgai.probability.whitening import squared_distances, whitened

_WIDEST = 4.5


def whitened_figure(samples: Mapping[str, Float[Tensor, "n 2"]]) -> Figure:
    """Whitened samples side by side; each covariance is the identity, so that all ellipses are the same circles.

    >>> import torch
    >>> len(whitened_figure({"normal": torch.randn(9, 2, dtype=torch.float64)}).axes)
    1
    """
    return scatter_figure({name: whitened(x) for name, x in samples.items()}, widest=_WIDEST)


def whitened_alt(samples: Mapping[str, Float[Tensor, "n 2"]]) -> str:
    """What :func:`whitened_figure` shows, in words and numbers."""
    white = {name: whitened(x) for name, x in samples.items()}
    furthest = ", ".join(f"{name} {float(squared_distances(x).max().sqrt()):.1f}" for name, x in samples.items())
    outside = ", ".join(f"{name} {int((x.abs().amax(1) > _WIDEST).sum())}" for name, x in white.items())
    return (
        f"{scatter_alt(white)} All ellipses are circles about zero. Largest distance from the centre: {furthest}; "
        f"points outside the frame: {outside}."
    )


@figures.style()
def power_figure(curves: Mapping[str, Float[Tensor, "2 sizes"]], sizes: Sequence[int]) -> Figure:
    """Power at 5 % of Mardia's kurtosis and skewness against the sample size, a line for each law."""
    drawn = figures.figure(7.0, 3.4)
    for panel, title in enumerate(("skewness", "kurtosis")):
        axes = drawn.add_subplot(1, 2, panel + 1, xscale="log", xlabel="sample size n", ylabel="share rejected at 5 %",
                                 title=f"Mardia's {title}", ylim=(-0.03, 1.05))  # fmt: skip
        for i, (name, rows) in enumerate(curves.items()):
            axes.plot(sizes, rows[panel], marker=figures.MARKERS[i], linestyle=figures.DASHES[i], markersize=5,
                      color=figures.COLOURS[i], label=name)  # fmt: skip
        axes.set_xticks(sizes, [f"{n}" for n in sizes])
        axes.minorticks_off()
    axes.legend(fontsize=9)
    return drawn


def power_alt(curves: Mapping[str, Float[Tensor, "2 sizes"]], sizes: Sequence[int]) -> str:
    """What :func:`power_figure` shows, in words and numbers."""
    rows = "; ".join(
        f"{name}: skewness {skew[0]:.0%} to {skew[-1]:.0%}, kurtosis {kurt[0]:.0%} to {kurt[-1]:.0%}"
        for name, (skew, kurt) in ((name, rows.tolist()) for name, rows in curves.items())
    )
    return f"Shares of samples rejected, from n = {sizes[0]} to {sizes[-1]}, at a level of 5 %. {rows}."
