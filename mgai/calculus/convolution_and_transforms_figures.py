"""The figures of the page ``chapters/2-calculus/convolution-and-transforms``: spectra that multiply, and borders."""

from __future__ import annotations

import torch
from jaxtyping import Float
from matplotlib.figure import Figure
from torch import Tensor

from mgai import figures
from mgai.calculus.convolution_and_transforms import box, convolution, fourier_transform, gaussian
from mgai.calculus.discrete_convolution import circular_convolve, convolve

_PANELS = (-4.0, -2.0, 0.0, 2.0, 4.0)


def smoothed_box_spectra(
    u: Float[Tensor, " m"], width: float
) -> tuple[Float[Tensor, " m"], Float[Tensor, " m"], Float[Tensor, " m"]]:
    """Transforms of the box on [-1/2, 1/2], of a Gaussian, and of their convolution, each from its own integral.

    u: frequencies, to about 10. width: of the Gaussian, at most 1. All three functions are even, so that their
    transforms are real.

    >>> [round(each.item(), 6) for each in smoothed_box_spectra(torch.zeros(1, dtype=torch.float64), 0.5)]
    [1.0, 1.0, 1.0]
    """

    def bell(t: Tensor) -> Tensor:
        return gaussian(t, width)

    def smoothed(t: Tensor) -> Tensor:
        return convolution(bell, torch.ones_like, t, (-0.5, 0.5))

    return (
        fourier_transform(torch.ones_like, u, (-0.5, 0.5)).real,
        fourier_transform(bell, u, _PANELS).real,
        fourier_transform(smoothed, u, _PANELS).real,
    )


@figures.style()
def spectra_figure(width: float) -> Figure:
    """A box, a Gaussian of this width and their convolution; beside them their transforms and the product of two."""
    t = torch.linspace(-1.5, 1.5, 301, dtype=torch.float64)
    u = torch.linspace(-4, 4, 161, dtype=torch.float64)
    bell = gaussian(t, width)
    smoothed = convolution(lambda t: gaussian(t, width), torch.ones_like, t, (-0.5, 0.5))
    drawn = figures.figure(7.0, 3.6)
    left = drawn.add_subplot(1, 2, 1, xlabel="t", ylabel="value", title="functions")
    right = drawn.add_subplot(1, 2, 2, xlabel="u, cycles a unit of t", ylabel="transform", title="Fourier transforms")
    spectra = smoothed_box_spectra(u, width)
    curves = zip(("f: box", "h: Gaussian", "f ∗ h"), (box(t, -0.5, 0.5), bell, smoothed), spectra, strict=True)
    for number, (name, values, spectrum) in enumerate(curves):
        style = {"color": figures.COLOURS[number], "linestyle": figures.DASHES[number], "linewidth": 2}
        left.plot(t, values, label=name, **style)
        right.plot(u, spectrum, **style)
    product = (spectra[0] * spectra[1])[::8]
    right.plot(u[::8], product, "o", color="black", markersize=4, markerfacecolor="none", label="product")
    drawn.legend(loc="outside lower center", ncols=4)
    return drawn


def spectra_alt(width: float) -> str:
    """The alternative text of :func:`spectra_figure`, from the same functions.

    >>> spectra_alt(0.5)[:34]
    'Left: a box of width 1, a Gaussian'
    """
    u = torch.linspace(-4, 4, 161, dtype=torch.float64)
    f, h, both = smoothed_box_spectra(u, width)
    top = gaussian(torch.zeros(1, dtype=torch.float64), width).item()
    return (
        f"Left: a box of width 1, a Gaussian of width {width:g} and height {top:.2g}, and their convolution, a box "
        f"with rounded shoulders. Right: the box's transform dips to {f.min():.2g}, the Gaussian's is positive; "
        f"circles mark the product of the two and lie on the transform of the convolution, "
        f"to {(both - f * h).abs().max():.0e}."
    )


@figures.style()
def borders_figure(f: Float[Tensor, " n"], h: Float[Tensor, " k"]) -> Figure:
    """A signal on n points, its linear convolution with h, and the circular one on the same n points."""
    linear, circular = convolve(f, h), circular_convolve(f, h, f.shape)
    drawn = figures.figure(7.0, 3.8)
    axes = drawn.add_subplot(xlabel="index u", ylabel="value")
    axes.axvspan(-0.5, len(f) - 0.5, color="black", alpha=0.06, linewidth=0)
    axes.step(range(len(f)), f.cpu(), where="mid", color="black", linewidth=1, label="signal f")
    axes.plot(linear.cpu(), "o-", color=figures.COLOURS[0], markersize=5, label="linear f ∗ h")
    axes.plot(circular.cpu(), "s--", color=figures.COLOURS[1], markersize=4, label=f"circular on {len(f)} points")
    drawn.legend(loc="outside lower center", ncols=3)
    return drawn


def borders_alt(f: Float[Tensor, " n"], h: Float[Tensor, " k"]) -> str:
    """The alternative text of :func:`borders_figure`, from the same numbers.

    >>> borders_alt(torch.tensor([0.0, 1.0]), torch.tensor([0.5, 0.5])).split(";")[0]
    'Values over the index: the linear convolution has 3 entries'
    """
    linear, circular = convolve(f, h), circular_convolve(f, h, f.shape)
    wrong = int(((circular - linear[: len(f)]).abs() > 1e-6).sum())
    return (
        f"Values over the index: the linear convolution has {len(linear)} entries; the circular one has {len(f)} and "
        f"differs in the first {wrong}, where it has up to {circular[: len(h) - 1].max():.2g} instead of at most "
        f"{linear[: len(h) - 1].max():.2g}, because the {len(h) - 1} entries beyond the end return at the start."
    )
