"""Drawings of networks, made from their weights alone.

Used on the pages ``chapters/4-networks/hamming-parity-network`` and ``chapters/4-networks/exclusive-or-of-clauses``.
"""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mgai import figures
from mgai.networks.threshold_networks import ThresholdNetwork

_POSITIVE, _NEGATIVE = figures.COLOURS[0], figures.COLOURS[1]
_LAYERS = (0.0, 2.0, 4.0)  # horizontal places
_SIZE = 780  # of a node, in square points


@figures.style()
def network_figure(net: ThresholdNetwork, inputs: Sequence[str], names: Sequence[str], height: float = 4.2) -> Figure:
    """A network drawn from its weights: blue solid lines are positive, orange dashed ones negative, thickness is size.

    A hidden or output node shows the threshold, the negative of its bias; a line its weight, when it is not 1 or -1.

    Args:
        net: a network without direct weights.
        inputs: a name for each input.
        names: a name for each output.
        height: in inches.

    Raises:
        ValueError: another number of names, or direct weights.

    >>> from mgai.networks.threshold_networks import network
    >>> len(network_figure(network([[1, 2]], [-0.5], [[1]], [-0.5]), "AB", "T").axes[0].lines)
    3
    """
    if net.direct is not None:
        raise ValueError("net has direct weights, which are not drawn")
    if len(inputs) != net.w1.shape[1] or len(names) != net.w2.shape[0]:
        raise ValueError(f"inputs and names must be {net.w1.shape[1]} and {net.w2.shape[0]} names")
    drawn = figures.figure(7.0, height)
    axes = drawn.add_subplot()
    axes.set_axis_off()
    axes.set(xlim=(-0.5, 4.9), ylim=(-0.02, 1.02))
    places = [_spread(len(inputs)), _spread(len(net.b1)), _spread(len(names))]
    for layer, weights in enumerate((net.w1.tolist(), net.w2.tolist())):
        _lines(axes, layer, weights, places[layer], places[layer + 1])
    labels = [list(inputs), [f"≥{-b:g}" for b in net.b1.tolist()], [f"≥{-b:g}" for b in net.b2.tolist()]]
    for x, ys, texts in zip(_LAYERS, places, labels, strict=True):
        axes.scatter([x] * len(ys), ys, s=_SIZE, facecolor="white", edgecolor="black", zorder=3)
        for y, text in zip(ys, texts, strict=True):
            axes.text(x, y, text, ha="center", va="center", fontsize=9, zorder=4)
    for y, name in zip(places[2], names, strict=True):
        axes.text(_LAYERS[2] + 0.28, y, name, ha="left", va="center")
    return drawn


def _spread(count: int) -> list[float]:
    """Places from top to bottom."""
    return [1 - (i + 0.5) / count for i in range(count)]


def _lines(axes: Axes, layer: int, weights: list[list[float]], starts: list[float], ends: list[float]) -> None:
    left, right = _LAYERS[layer], _LAYERS[layer + 1]
    for j, row in enumerate(weights):
        for i, weight in enumerate(row):
            if weight == 0:
                continue
            colour, dash = (_POSITIVE, "-") if weight > 0 else (_NEGATIVE, "--")
            width = 0.8 + 0.6 * abs(weight)
            axes.plot([left, right], [starts[i], ends[j]], dash, color=colour, linewidth=width, zorder=1)
            if abs(weight) != 1:
                at = 0.72 if (i + j) % 2 else 0.62  # neighbours' labels stand apart
                x, y = left + at * (right - left), starts[i] + at * (ends[j] - starts[i])
                box = {"facecolor": "white", "edgecolor": "none", "pad": 1.5}
                axes.text(
                    x,
                    y,
                    f"{weight:g}".replace("-", "−"),
                    color=colour,
                    ha="center",
                    va="center",
                    fontsize=9,
                    bbox=box,
                    zorder=2,
                )


def network_alt(net: ThresholdNetwork, inputs: Sequence[str], names: Sequence[str]) -> str:
    """What :func:`network_figure` shows, in words: every unit with its weights and threshold.

    >>> from mgai.networks.threshold_networks import network
    >>> network_alt(network([[1, -2]], [-0.5], [[1]], [-0.5]), "AB", "T")
    'A network of 2 inputs, 1 hidden unit and 1 output, 3 lines. Hidden 1: A -2B ≥ 0.5. T: h1 ≥ 0.5.'
    """
    (h, d), m = net.w1.shape, net.w2.shape[0]
    lines = int((net.w1 != 0).sum() + (net.w2 != 0).sum())
    hidden = [f"h{j + 1}" for j in range(h)]
    rows = [
        (f"Hidden {j + 1}" if part is net.w1 else names[j], _sum(row, terms), -bias)
        for part, biases, terms in ((net.w1, net.b1, inputs), (net.w2, net.b2, hidden))
        for j, (row, bias) in enumerate(zip(part.tolist(), biases.tolist(), strict=True))
    ]
    counts = f"A network of {d} inputs, {h} hidden unit{'s' * (h > 1)} and {m} output{'s' * (m > 1)}, {lines} lines. "
    return counts + ". ".join(f"{name}: {text} ≥ {threshold:g}" for name, text, threshold in rows) + "."


def _sum(row: list[float], terms: Sequence[str]) -> str:
    signs = {1.0: "+", -1.0: "-"}
    parts = [f"{signs.get(w, f'{w:+g}')}{term}" for w, term in zip(row, terms, strict=True) if w]
    return " ".join(parts).removeprefix("+")
