"""The figure of the page ``chapters/4-networks/counting-a-convolution``, and what it shows in words."""

from __future__ import annotations

from matplotlib.figure import Figure

from mgai import figures
from mgai.networks.counting_a_convolution import (
    C_IN,
    C_OUT,
    N_IN,
    N_OUT,
    STRIDE,
    kernel_sizes,
    multiplications,
    parameters,
    unread,
)

_PADDINGS = range(5)


def _solutions() -> list[tuple[int, int, int]]:
    """Padding at each end, kernel, and rows of the frame that no window reads."""
    return [
        (p, kernel, unread(N_IN, kernel, STRIDE, 2 * p))
        for p in _PADDINGS
        for kernel in kernel_sizes(N_IN, N_OUT, STRIDE, 2 * p)
    ]


@figures.style()
def solutions_figure() -> Figure:
    """All kernels up to padding 4 that lead from 205 to 66 with stride 3, and what they cost."""
    drawn = figures.figure(7.2, 3.4)
    left, right = drawn.subplots(1, 2)
    for rest, mark in zip((0, 1, 2), figures.MARKERS, strict=False):
        found = [(p, kernel) for p, kernel, left_over in _solutions() if left_over == rest]
        left.plot(*zip(*found, strict=True), mark, color=figures.COLOURS[rest], label=f"{rest} unread")
    left.set(xlabel="padding at each end (pixels)", ylabel="kernel (pixels)", xticks=_PADDINGS)
    left.legend(fontsize=9)
    kernels = sorted({kernel for _, kernel, _ in _solutions()})
    products = [multiplications(N_OUT, kernel, C_IN, C_OUT) / 1e6 for kernel in kernels]
    right.plot(kernels, products, "o-", color=figures.COLOURS[0])
    right.set(xlabel="kernel (pixels)", ylabel="millions of products", ylim=(0, None), xticks=kernels[::2])
    return drawn


def solutions_alt() -> str:
    """What :func:`solutions_figure` shows, in words and numbers."""
    rows = [f"{p}: {', '.join(str(k) for q, k, _ in _solutions() if q == p)}" for p in _PADDINGS]
    kernels = sorted({kernel for _, kernel, _ in _solutions()})
    ends = [f"{multiplications(N_OUT, k, C_IN, C_OUT) / 1e6:.0f}" for k in (kernels[0], kernels[-1])]
    weights = [f"{parameters(k, C_IN, C_OUT):,}" for k in (kernels[0], kernels[-1])]
    return (
        f"Left: kernels that fit, for each padding. {'; '.join(rows)}; the largest of each leaves no row unread. "
        f"Right: products grow from {ends[0]} to {ends[1]} million as the kernel grows from {kernels[0]} to "
        f"{kernels[-1]} (parameters: {weights[0]} to {weights[1]})."
    )
