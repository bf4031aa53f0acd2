"""The figure of the page ``chapters/4-networks/convolutional-architectures``: where the parameters are."""

from __future__ import annotations

from matplotlib.figure import Figure

from mgai import figures
from mgai.networks.convolutional_architectures import KINDS, NETWORKS, by_kind

_HATCHES = ("", "///", "...")


def shares() -> dict[str, dict[str, float]]:
    """For each network the share of each kind of layer in its parameters.

    >>> round(shares()["VGG-16"]["dense"], 3)
    0.894
    """
    counts = {name: by_kind(network()) for name, network in NETWORKS.items()}
    return {name: {kind: n / sum(count.values()) for kind, n in count.items()} for name, count in counts.items()}


@figures.style()
def shares_figure() -> Figure:
    """Shares as stacked bars, one for each network, with its number of parameters."""
    drawn = figures.figure(7.0, 3.4)
    axes, found = drawn.subplots(), shares()
    totals = [sum(by_kind(network()).values()) for network in NETWORKS.values()]
    labels = [f"{name}\n{_short(n)}" for name, n in zip(found, totals, strict=True)]
    left = [0.0] * len(labels)
    for index, kind in enumerate(KINDS.values()):
        width = [100 * share[kind] for share in found.values()]
        axes.barh(labels, width, left=left, label=kind, color=figures.COLOURS[index], hatch=_HATCHES[index], alpha=0.8)
        left = [a + b for a, b in zip(left, width, strict=True)]
    axes.invert_yaxis()
    axes.set(xlabel="share of the parameters (per cent)", ylabel="network", xlim=(0, 100))
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=3)
    return drawn


def shares_alt() -> str:
    """What :func:`shares_figure` shows, in words and numbers."""
    rows = [f"{name} {100 * share['dense']:.0f}" for name, share in shares().items()]
    return (
        "Stacked bars: shares of convolutions, dense layers, and factors and biases of channels in the parameters of "
        f"six networks. Dense layers, in per cent: {', '.join(rows)}."
    )


def _short(n: int) -> str:
    return f"{n / 1e6:.1f} million" if n >= 1e6 else f"{n:,}"
