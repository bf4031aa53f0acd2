"""The figures of the page ``chapters/3-optimization/relu-classifier``, and what they show in words."""

from __future__ import annotations

from matplotlib.figure import Figure

from mgai import figures, settings
from mgai.optimization.gradient_descent_trajectories_figures import plane
from mgai.optimization.relu_classifier import floors, log_odds, logits, ring_data
from mgai.optimization.relu_classifier_experiments import RATES, Comparison, best_network


@figures.style()
def search_figure(measured: Comparison) -> Figure:
    """Medians of the test loss against the rate, with quartiles as bars, and the floor."""
    drawn = figures.figure(7.0, 3.9)
    axes = drawn.add_subplot(xscale="log", ylim=(0.2, 0.75), xlabel="learning rate", ylabel="test cross-entropy (nats)")
    for (name, table), colour, dash, marker in zip(
        measured.search.items(), figures.COLOURS, figures.DASHES, figures.MARKERS, strict=False
    ):
        low, middle, high = table.clamp(max=10).T
        axes.errorbar(RATES, middle, (middle - low, high - middle), color=colour, linestyle=dash, marker=marker,
                      markersize=4, capsize=2, linewidth=1.6, label=name)  # fmt: skip
    axes.axhline(floors()[0], color="black", linestyle=":")
    axes.text(RATES[0], floors()[0] - 0.03, "floor of all classifiers", fontsize=9)
    axes.legend(fontsize=9, ncols=2, loc="upper right")
    return drawn


def search_alt(measured: Comparison) -> str:
    """What :func:`search_figure` shows: the best rate of each method, and its median."""
    rows = ", ".join(
        f"{name} {float(table[:, 1].min()):.3f} at {measured.chosen[name]:.2g}"
        for name, table in measured.search.items()
    )
    return f"Valleys of the test loss over the learning rate. Lowest medians: {rows}. The floor is {floors()[0]:.3f}."


@figures.style()
def boundaries_figure(widths: tuple[int, ...] = (2, 3, 12)) -> Figure:
    """Where trained networks of several widths say ring, with the data and the best border."""
    drawn = figures.figure(7.0, 2.9)
    grid = plane((-4, 4, -4, 4), 161)
    x, y = (part.numpy() for part in ring_data(settings.generator("relu-classifier/boundary"), 400))
    across, up = (part.numpy() for part in grid.unbind(-1))
    # the ring's density per area has a pole at the origin, around which the boundary has a circle too small to draw
    best = log_odds(grid).where(grid.norm(dim=-1) > 0.01, -9.0).nan_to_num(-9)
    for position, width in enumerate(widths):
        axes = drawn.add_subplot(1, len(widths), position + 1, aspect="equal", xlabel="$x_1$", ylabel="$x_2$")
        axes.set_title(f"{width} units", fontsize=10)
        for label, colour, marker in ((0, "0.6", "x"), (1, figures.COLOURS[0], "o")):
            axes.plot(*x[y == label].T, marker, color=colour, markersize=1.5, linestyle="none")
        outputs = logits(best_network(width), grid.flatten(0, 1)).reshape(grid.shape[:2]).numpy()
        axes.contour(across, up, outputs, levels=[0], colors=figures.COLOURS[1], linewidths=1.8)
        axes.contour(across, up, best.numpy(), levels=[0], colors="black", linewidths=0.9, linestyles=":")
        axes.set(xlim=(-4, 4), ylim=(-4, 4))
    return drawn


def boundaries_alt(widths: tuple[int, ...] = (2, 3, 12)) -> str:
    """What :func:`boundaries_figure` shows: how much of the window's border each network calls ring."""
    square = plane((-4, 4, -4, 4), 161)
    outside = square[square.abs().amax(-1) == 4]
    rows = ", ".join(f"{width} units {float((logits(best_network(width), outside) > 0).double().mean()):.0%}"
                     for width in widths)  # fmt: skip
    return f"Borders of networks around a ring of points. Share of the window's edge that is called ring: {rows}."
