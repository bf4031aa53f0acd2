"""The figures of the page ``chapters/6-information/naive-bayes``, and what they say in words."""

from __future__ import annotations

import torch
from jaxtyping import Float, Int
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from torch import Tensor

from mgai import figures
from mgai.information import digit_classifiers, tree_augmented
from mgai.information.digit_classifiers import N_CLASSES, Half
from mgai.information.naive_bayes_experiments import LEVEL

WIDTH = 28  # pixels in a row


@figures.style()
def confusions_figure(tests: list[tuple[int, int, int, int, float]]) -> Figure:
    """How many more images of each class naive Bayes sends to each wrong class than the network; tested pairs boxed."""
    difference = torch.full((N_CLASSES, N_CLASSES), torch.nan)
    for a, b, more, fewer, _ in tests:
        difference[a, b] = more - fewer
    drawn = figures.figure(6.2, 5.2)
    axes = drawn.add_subplot(xlabel="decision", ylabel="class", xticks=range(N_CLASSES), yticks=range(N_CLASSES))
    largest = float(difference.nan_to_num().abs().max())
    image = axes.imshow(difference.numpy(), cmap="cividis", vmin=-largest, vmax=largest, interpolation="none")
    axes.grid(False)
    for a, b, more, fewer, p in tests:
        dark = (more - fewer) < largest / 3
        axes.text(b, a, f"{more - fewer:+d}", ha="center", va="center", fontsize=9, color="white" if dark else "black")
        if p <= LEVEL:
            box = {"fill": False, "edgecolor": "black", "linewidth": 2.5}
            axes.add_patch(Rectangle((b - 0.5, a - 0.5), 1, 1, **box))
    drawn.colorbar(image, label="images: naive Bayes minus network")
    return drawn


def confusions_alt(tests: list[tuple[int, int, int, int, float]]) -> str:
    """What :func:`confusions_figure` shows, in words and numbers."""
    found = "; ".join(f"{a} called {b}: {b_} against {c}" for a, b, b_, c, p in tests if p <= LEVEL)
    total = sum(row[2] - row[3] for row in tests)
    return (
        f"A table of classes and decisions; naive Bayes has {total} wrong decisions more than the network. "
        f"Boxed pairs, images on which only one of the two errs so: {found or 'none'}."
    )


@figures.style()
def samples_figure(fitted: Half, pairs: list[tuple[int, int]], shown: Float[Tensor, "pairs n h w"]) -> Figure:
    """Misclassified images between the mean images of their own class (left) and of the class decided (right)."""
    means = torch.stack([fitted.x[fitted.labels == c].double().mean(0).view(WIDTH, WIDTH) for c in range(N_CLASSES)])
    drawn = figures.figure(7.0, 1.25 * len(pairs))
    columns = shown.shape[1] + 2
    for row, (a, b) in enumerate(pairs):
        pictures = [means[a], *shown[row], means[b]]
        titles = [f"mean of {a}", *[f"a {a} called {b}"] * shown.shape[1], f"mean of {b}"]
        for column, (picture, title) in enumerate(zip(pictures, titles, strict=True)):
            axes = drawn.add_subplot(len(pairs), columns, row * columns + column + 1, xticks=[], yticks=[])
            axes.imshow(picture.numpy(), cmap="gray_r", vmin=0, vmax=1, interpolation="none")
            axes.set_title(title, fontsize=8)
            axes.grid(False)
            axes.spines[:].set_visible(False)
    return drawn


def samples_alt(pairs: list[tuple[int, int]], shown: Float[Tensor, "pairs n h w"]) -> str:
    """What :func:`samples_figure` shows, in words and numbers."""
    rows = "; ".join(f"{int((some.flatten(1).sum(1) > 0).sum())} images of {a} called {b}"
                     for (a, b), some in zip(pairs, shown, strict=True))  # fmt: skip
    return f"Rows of misclassified digits between two blurred class means. {rows}; left the mean of the true class."


def distances(edges: Int[Tensor, "e 2"]) -> Float[Tensor, " e"]:
    """How many pixels apart the two ends of each pair are.

    >>> distances(torch.tensor([[0, 1], [0, 29]]))
    tensor([1.0000, 1.4142], dtype=torch.float64)
    """
    rows, columns = edges // WIDTH, edges % WIDTH
    return torch.hypot(*((axis[:, 0] - axis[:, 1]).double() for axis in (rows, columns)))


def by_distance(weights: Float[Tensor, "d d"], used: Tensor) -> tuple[list[int], Float[Tensor, "r 3"]]:
    """Median and 5 % and 95 % quantiles of the dependence of used pixels, by distance rounded down."""
    pairs = torch.triu_indices(len(weights), len(weights), 1).T
    pairs = pairs[used[pairs].all(1)]
    values, away = weights[pairs[:, 0], pairs[:, 1]], distances(pairs).long()
    steps = list(range(1, 21))
    levels = values.new_tensor([0.5, 0.05, 0.95])
    return steps, torch.stack([values[away == step].quantile(levels) for step in steps])


@figures.style()
def dependence_figure(fitted: Half) -> Figure:
    """Where pixels depend on each other given the class: the tree's edges, and dependence against distance."""
    weights, edges = digit_classifiers.dependence()
    strongest = (weights - weights.diag().diag()).max(1).values.view(WIDTH, WIDTH)
    drawn = figures.figure(7.2, 3.7)
    left = drawn.add_subplot(1, 2, 1, title="strongest partner, and tree", xticks=[], yticks=[])
    image = left.imshow(strongest.numpy(), cmap="viridis", interpolation="none")
    for a, b in edges[: int((weights[edges[:, 0], edges[:, 1]] > 0.05).sum())].tolist():
        left.plot([a % WIDTH, b % WIDTH], [a // WIDTH, b // WIDTH], color="white", linewidth=0.9)
    left.grid(False)
    drawn.colorbar(image, ax=left, label="nats", shrink=0.8)
    right = drawn.add_subplot(1, 2, 2, yscale="log", xlabel="distance in pixels", ylabel="I(X;Y | class) in nats")
    steps, rows = by_distance(weights, fitted.x.any(0))
    right.fill_between(steps, rows[:, 1].clamp_min(1e-5), rows[:, 2], alpha=0.25, label="90 % of pairs")
    right.plot(steps, rows[:, 0], "o-", markersize=4, label="median")
    bias = tree_augmented.plug_in_bias(len(fitted.x), N_CLASSES)
    right.axhline(bias, linestyle="--", color=figures.COLOURS[1], label="k/2n: independent, cells filled")
    right.set_ylim(1e-4, 1)
    right.legend(fontsize=9)
    return drawn


def dependence_alt(fitted: Half) -> str:
    """What :func:`dependence_figure` shows, in words and numbers."""
    _, rows = by_distance(digit_classifiers.dependence()[0], fitted.x.any(0))
    bias = tree_augmented.plug_in_bias(len(fitted.x), N_CLASSES)
    parts = "; ".join(f"{step} pixels: {float(rows[step - 1, 0]):.4f}" for step in (1, 3, 8, 20))
    return (
        "Left, a map of the dependence of each pixel on its strongest partner, bright along the strokes, with edges "
        f"of the tree between neighbours. Right, median dependence in nats falling with distance, {parts}; "
        f"the line k/2n, the mean for independent pixels whose cells are all well filled, is at {bias:.4f}."
    )


@figures.style()
def edges_figure(kept: tuple[int, ...], sweep: dict[str, list[float]], others: dict[str, float]) -> Figure:
    """Accuracy against the number of modelled dependences, with the other classifiers as lines."""
    drawn = figures.figure(7.0, 3.8)
    axes = drawn.add_subplot(xlabel="edges modelled", ylabel="accuracy on the other half")
    for number, (name, values) in enumerate(sweep.items()):
        axes.plot(kept, values, marker=figures.MARKERS[number], linestyle=figures.DASHES[number], label=name)
    for number, (name, value) in enumerate(others.items(), 2):
        axes.axhline(value, linestyle=figures.DASHES[number], color=figures.COLOURS[number], label=name)
    axes.legend(fontsize=9)
    return drawn


def edges_alt(kept: tuple[int, ...], sweep: dict[str, list[float]], others: dict[str, float]) -> str:
    """What :func:`edges_figure` shows, in words and numbers."""
    rises = "; ".join(f"{name}: {values[0]:.3f} with {kept[0]} to {values[-1]:.3f} with {kept[-1]}"
                      for name, values in sweep.items())  # fmt: skip
    lines = ", ".join(f"{name} {value:.3f}" for name, value in others.items())
    return f"Accuracy rises with the number of edges modelled. {rises}. Horizontal lines: {lines}."
