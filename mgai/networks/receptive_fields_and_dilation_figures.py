"""The figure of the page ``chapters/4-networks/receptive-fields-and-dilation``: how stacks of convolutions grow."""

from __future__ import annotations

from matplotlib.figure import Figure

from mgai import figures
from mgai.networks.receptive_fields_and_dilation import Layer, doubling, extents

_DEPTH = 10
_DOUBLING, _POOLED, _EQUAL = "dilations 1, 2, 4, …", "pooling between", "stride 1, dilation 1"


def growth() -> dict[str, list[int]]:
    """Extents after 1 to 10 convolutions of kernel 3: plain, with poolings of 2 between, with doubled dilations.

    >>> [sizes[2] for sizes in growth().values()]
    [15, 18, 7]
    """
    pooled = extents([Layer(3), Layer(2, 2)] * _DEPTH)[::2]
    return {
        _DOUBLING: extents(doubling(3, _DEPTH)),
        _POOLED: pooled,
        _EQUAL: extents([Layer(3)] * _DEPTH),
    }


@figures.style()
def growth_figure() -> Figure:
    """Extent against the number of convolutions, on a logarithmic scale."""
    drawn = figures.figure(6.4, 3.6)
    axes = drawn.subplots()
    for (name, sizes), line in zip(growth().items(), ("o-", "s--", "^:"), strict=True):
        axes.plot(range(1, _DEPTH + 1), sizes, line, label=name)
    axes.set_yscale("log", base=2)
    axes.set(xlabel="convolutions with kernel 3", ylabel="extent (inputs)")
    axes.set_xticks(range(1, _DEPTH + 1))
    axes.legend()
    return drawn


def growth_alt() -> str:
    """What :func:`growth_figure` shows, in words and numbers."""
    sizes = growth()
    return (
        "Extent of the receptive field after 1 to 10 convolutions with kernel 3, logarithmic scale. Two nearly "
        f"parallel straight lines: with doubled dilations from {sizes[_DOUBLING][0]} to {sizes[_DOUBLING][-1]}, with "
        f"poolings between to {sizes[_POOLED][-1]}. Far below them the plain stack, which bends and reaches "
        f"{sizes[_EQUAL][-1]}."
    )
