"""The figures of the page ``chapters/4-networks/cnn-capacity``, and what they show in words."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor

from mgai import figures
from mgai.networks.cnn_capacity import Design, multiplications, parameter_count
from mgai.networks.cnn_capacity_experiments import FILTERS, KERNELS, Gaps, Sweep, side


@figures.style()
def grid_figure(measured: Sweep) -> Figure:
    """Median test accuracy over filters and kernels, with the parameters; and the same against multiplications."""
    drawn = figures.figure(7.0, 3.6)
    medians = measured.test_accuracy.median(-1).values
    left, right = drawn.subplots(1, 2)
    left.imshow(medians.numpy(), vmin=0, vmax=1, aspect="auto", origin="lower")
    for i, filters in enumerate(FILTERS):
        for j, kernel in enumerate(KERNELS):
            text = f"{float(medians[i, j]):.0%}\n{parameter_count(Design(filters, kernel, side())):,}"
            shade = "white" if medians[i, j] < 0.6 else "black"
            left.text(j, i, text, ha="center", va="center", color=shade, fontsize=8.5)
    left.set(xticks=range(len(KERNELS)), xticklabels=KERNELS, yticks=range(len(FILTERS)), yticklabels=FILTERS,
             xlabel="side of the kernel (pixels)", ylabel="filters", title="test accuracy, parameters")  # fmt: skip
    left.grid(visible=False)
    for j, (kernel, colour, mark) in enumerate(zip(KERNELS, figures.COLOURS, figures.MARKERS, strict=False)):
        costs = [multiplications(Design(filters, kernel, side())) for filters in FILTERS]
        right.plot(costs, medians[:, j], mark + "-", color=colour, markersize=5, label=f"kernel {kernel}")
    right.set(xscale="log", ylim=(0, 1.03), xlabel="multiplications per image", title="accuracy for the cost")
    right.legend(fontsize=8.5)
    for axes in (left, right):
        axes.title.set_fontsize(10)
    return drawn


def grid_alt(measured: Sweep) -> str:
    """What :func:`grid_figure` shows: the median accuracies, row by row."""
    medians = measured.test_accuracy.median(-1).values
    rows = "; ".join(
        f"{filters} filters " + ", ".join(f"{value:.0%}" for value in row)
        for filters, row in zip(FILTERS, medians.tolist(), strict=True)
    )
    return f"Median test accuracy for kernels {', '.join(map(str, KERNELS))}: {rows}. Larger networks cost more."


@figures.style()
def curves_figure(measured: Sweep) -> Figure:
    """Training loss over the steps for several numbers of filters, and test accuracy for several kernels."""
    drawn = figures.figure(7.0, 3.3)
    left, right = drawn.subplots(1, 2)
    column, row = KERNELS.index(3), FILTERS.index(4)
    for i, filters in enumerate(FILTERS):
        _band(left, measured.times, measured.curve_loss[i, column], i, f"{filters}")
    for j, kernel in enumerate(KERNELS):
        _band(right, measured.times, measured.curve_accuracy[row, j], j, f"{kernel}")
    ticks = (0.05, 0.1, 0.2, 0.5, 1, 2)
    left.set(xlabel="steps", ylabel="training loss (nats)", yscale="log", title="filters, kernel 3")
    left.set_yticks(ticks, ticks)
    left.minorticks_off()
    left.set_ylim(float(measured.curve_loss[:, column].min()) / 1.1, 2.6)
    right.set(xlabel="steps", ylabel="test accuracy", ylim=(0, 1), title="kernel, 4 filters")
    for axes in (left, right):
        axes.legend(fontsize=8.5, ncols=2)
        axes.title.set_fontsize(10)
    return drawn


def curves_alt(measured: Sweep) -> str:
    """What :func:`curves_figure` shows: where the curves end."""
    losses = measured.curve_loss[:, KERNELS.index(3), -1].median(-1).values.tolist()
    ends = measured.curve_accuracy[FILTERS.index(4), :, -1].median(-1).values.tolist()
    lost = ", ".join(f"{loss:.2f} with {filters}" for filters, loss in zip(FILTERS, losses, strict=True))
    right = ", ".join(f"{value:.0%} with kernel {kernel}" for kernel, value in zip(KERNELS, ends, strict=True))
    return f"Convergence. Training loss ends at {lost} filters; test accuracy of 4 filters ends at {right}."


@figures.style()
def gap_figure(measured: Gaps) -> Figure:
    """Accuracy on training and on test images against the number of filters, in three settings."""
    drawn = figures.figure(7.0, 3.0)
    for panel, (axes, setting) in enumerate(zip(drawn.subplots(1, 3, sharey=True), measured.settings, strict=True)):
        for place, (name, table) in enumerate(
            (("training", measured.train_accuracy), ("test", measured.test_accuracy))
        ):
            _band(axes, list(FILTERS), table[panel], place, name)
        axes.axhline(0.1, color="black", linestyle=":", linewidth=1)
        axes.set(xscale="log", xticks=FILTERS, xticklabels=FILTERS, xlabel="filters", ylim=(0, 1.03))
        axes.minorticks_off()
        axes.set_title(setting, fontsize=9.5)
    drawn.axes[0].set_ylabel("accuracy")
    drawn.axes[1].legend(fontsize=9)
    return drawn


def gap_alt(measured: Gaps) -> str:
    """What :func:`gap_figure` shows: the median gaps in the three settings."""
    gaps = (measured.train_accuracy - measured.test_accuracy).median(-1).values.tolist()
    rows = "; ".join(
        f"{setting}: {', '.join(f'{value:.2f}' for value in row)}"
        for setting, row in zip(measured.settings, gaps, strict=True)
    )
    return f"Training minus test accuracy for {', '.join(map(str, FILTERS))} filters, medians. {rows}."


def _band(axes: Axes, x: list[int], values: Tensor, place: int, label: str) -> None:
    """The median over the last axis as a line, the whole range as a band."""
    colour, dash = figures.COLOURS[place], figures.DASHES[place]
    axes.plot(x, values.median(-1).values, color=colour, linestyle=dash, marker=figures.MARKERS[place], markersize=4,
              linewidth=1.6, label=label)  # fmt: skip
    axes.fill_between(x, values.amin(-1), values.amax(-1), color=colour, alpha=0.15, linewidth=0)
