"""The figures of the page ``chapters/6-information/calibration-and-divergence``, and what they say in words."""

from __future__ import annotations

import torch
from jaxtyping import Float, Int
from matplotlib.figure import Figure
from torch import Tensor

from mgai import figures
from mgai.information import digit_classifiers
from mgai.information.calibration_and_divergence import Reliability, decisions, reliability, share_interval
from mgai.information.naive_bayes_figures import WIDTH

SHOWN = ("naive Bayes", "tree", "network")


def reliabilities(n_bins: int = 10) -> dict[str, Reliability]:
    """The binned decisions of three classifiers on the judged half."""
    labels, logs = digit_classifiers.halves()[1].labels, digit_classifiers.log_posteriors()
    return {name: reliability(*decisions(logs[name], labels), n_bins) for name in SHOWN}


@figures.style()
def reliability_figure(binned: dict[str, Reliability]) -> Figure:
    """Share right against confidence with 95 % intervals, above the number of decisions in each bin."""
    drawn = figures.figure(7.0, 5.2)
    above = drawn.add_subplot(
        3, 1, (1, 2), ylabel="share of decisions that are right", xlim=(0.1, 1.02), ylim=(0, 1.02)
    )
    below = drawn.add_subplot(3, 1, 3, xlabel="confidence (mean of the bin)", ylabel="decisions", yscale="log",
                              xlim=(0.1, 1.02))  # fmt: skip
    above.plot([0, 1], [0, 1], color="0.5", linewidth=1, label="calibrated")
    for number, (name, bins) in enumerate(binned.items()):
        share = bins.hits / bins.counts
        ends = torch.tensor(
            [share_interval(hits, n) for hits, n in zip(bins.hits.tolist(), bins.counts.tolist(), strict=True)]
        ).T
        style = {
            "color": figures.COLOURS[number],
            "marker": figures.MARKERS[number],
            "linestyle": figures.DASHES[number],
        }
        reach = torch.stack([share - ends[0], ends[1] - share]).clamp_min(0)
        above.errorbar(
            bins.confidence.numpy(), share.numpy(), reach.numpy(), capsize=2, markersize=5, label=name, **style
        )
        below.plot(bins.confidence.numpy(), bins.counts.numpy(), markersize=5, **style)
    above.legend(fontsize=9)
    return drawn


def reliability_alt(binned: dict[str, Reliability]) -> str:
    """What :func:`reliability_figure` shows, in words and numbers."""
    rows = "; ".join(
        f"{name}: {int(bins.counts[-1])} of {int(bins.counts.sum())} decisions in the last bin, mean confidence "
        f"{float(bins.confidence[-1]):.3f}, of which {float(bins.hits[-1] / bins.counts[-1]):.3f} right"
        for name, bins in binned.items()
    )
    return f"Share of right decisions against confidence, with the diagonal of calibrated classifiers. {rows}."


KINDS = ("both right", "naive Bayes wrong", "network wrong", "both wrong")


@figures.style()
def recurrence_figure(first: Float[Tensor, " n"], second: Float[Tensor, " n"], kinds: Int[Tensor, " n"]) -> Figure:
    """Divergence of every image under one pair of trainings against another, by who is wrong."""
    drawn = figures.figure(6.4, 5.0)
    axes = drawn.add_subplot(xscale="log", yscale="log", xlabel="divergence in nats, first trainings",
                             ylabel="divergence in nats, second trainings")  # fmt: skip
    for kind, name in enumerate(KINDS):
        some = kinds == kind
        axes.plot(first[some].clamp_min(1e-9).numpy(), second[some].clamp_min(1e-9).numpy(), figures.MARKERS[kind],
                  markersize=3.5, color=figures.COLOURS[kind], alpha=0.7, label=name)  # fmt: skip
    axes.legend(fontsize=9)
    return drawn


def recurrence_alt(first: Float[Tensor, " n"], second: Float[Tensor, " n"], kinds: Int[Tensor, " n"]) -> str:
    """What :func:`recurrence_figure` shows, in words and numbers."""
    rows = "; ".join(
        f"{name}: {int((kinds == kind).sum())} images, median {float(first[kinds == kind].median()):.2g} nats"
        for kind, name in enumerate(KINDS)
        if (kinds == kind).any()
    )
    return f"A cloud along the diagonal over many decades, up to {float(first.max()):.0f} nats. {rows}."


@figures.style()
def largest_figure(
    images: Float[Tensor, "m h w"], parts: Float[Tensor, "m d"], names: list[tuple[int, int, int]], sizes: list[float]
) -> Figure:
    """Images with the largest divergences above the log-odds that each pixel adds for the class of naive Bayes."""
    drawn = figures.figure(7.2, 2.8)
    bound = float(parts.abs().flatten().quantile(0.998))  # a few pixels beyond it are drawn as it
    columns = len(images)
    for column, (label, decided, other) in enumerate(names):
        top = drawn.add_subplot(2, columns, column + 1, xticks=[], yticks=[])
        top.imshow(images[column].numpy(), cmap="gray_r", vmin=0, vmax=1, interpolation="none")
        top.set_title(f"a {label}: {sizes[column]:.0f} nats\nNB {decided}, net {other}", fontsize=8)
        low = drawn.add_subplot(2, columns, columns + column + 1, xticks=[], yticks=[])
        shown = low.imshow(parts[column].view(WIDTH, WIDTH).numpy(), cmap="cividis", vmin=-bound, vmax=bound,
                           interpolation="none")  # fmt: skip
        for axes in (top, low):
            axes.grid(False)
            axes.spines[:].set_visible(False)
    drawn.colorbar(shown, ax=drawn.axes, label="nats for NB's class", shrink=0.8)
    return drawn


def largest_alt(names: list[tuple[int, int, int]], sizes: list[float], parts: Float[Tensor, "m d"]) -> str:
    """What :func:`largest_figure` shows, in words and numbers."""
    rows = "; ".join(
        f"a {label}, {size:.0f} nats, naive Bayes {decided}, network {other}, "
        f"{int((part > 0.5).sum())} pixels above half a nat"
        for (label, decided, other), size, part in zip(names, sizes, parts, strict=True)
    )
    return f"Digits above maps of the log-odds of each pixel, which lie in connected patches. {rows}."
