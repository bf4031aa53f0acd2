"""The figures of the page ``chapters/3-optimization/total-variation``, and what they show in words."""

from __future__ import annotations

from collections.abc import Mapping

from jaxtyping import Float
from matplotlib.figure import Figure
from torch import Tensor

from mgai import figures
from mgai.optimization.total_variation_experiments import Progress, signal_to_noise


@figures.style()
def images_figure(images: Mapping[str, Float[Tensor, "h w"]], columns: int = 3) -> Figure:
    """Images in rows of ``columns``, each under its title, black for 0 and white for 1."""
    rows = -(-len(images) // columns)
    drawn = figures.figure(7.0, 7.0 / columns * rows * 1.1)
    for position, (title, image) in enumerate(images.items()):
        axes = drawn.add_subplot(rows, columns, position + 1, xticks=[], yticks=[], frame_on=False)
        axes.imshow(image.cpu().numpy(), cmap="gray", vmin=0, vmax=1)
        axes.set_title(title, fontsize=9)
    return drawn


def restored_alt(images: Mapping[str, Float[Tensor, "h w"]]) -> str:
    """What :func:`images_figure` shows of a photograph: how near each image is to the first."""
    truth, *_ = images.values()
    rows = [f"{title} {signal_to_noise(image, truth):.1f} dB" for title, image in images.items() if image is not truth]
    return f"A photograph of a pavilion above a lake and its versions. Peak signal-to-noise ratios: {', '.join(rows)}."


def letters_alt(images: Mapping[str, Float[Tensor, "h w"]]) -> str:
    """What :func:`images_figure` shows of the letter: the range of grey values in each image."""
    rows = [f"{title}: {float(image.min()):.2f} to {float(image.max()):.2f}" for title, image in images.items()]
    return f"{len(images)} images of a noisy letter U, with grey values from and to: {'; '.join(rows)}."


@figures.style()
def progress_figure(measured: Progress, constant: float) -> Figure:
    """What is left against the steps, with the bound ``constant`` / N on the gap of averages."""
    drawn = figures.figure(7.0, 4.0)
    axes = drawn.add_subplot(xscale="log", yscale="log", xlabel="steps N", ylabel="gap, or energy above $D$")
    ends = (measured.counts[0], measured.counts[-1])
    axes.plot(ends, [constant / n for n in ends], color="black", linestyle=":", label="bound B / N")
    for (name, values), colour, dash, marker in zip(
        _named(measured).items(), figures.COLOURS, figures.DASHES, figures.MARKERS, strict=False
    ):
        axes.plot(measured.counts, values, color=colour, linestyle=dash, marker=marker, markevery=2, markersize=4,
                  label=name)  # fmt: skip
    drawn.legend(*axes.get_legend_handles_labels(), loc="outside upper center", ncols=3, fontsize=9)
    return drawn


def progress_alt(measured: Progress, constant: float) -> str:
    """What :func:`progress_figure` shows: where each curve ends."""
    n = measured.counts[-1]
    rows = ", ".join(f"{name} {values[-1]:.2g}" for name, values in _named(measured).items())
    return f"Falling curves on logarithmic axes. After {n} steps: bound B / N {constant / n:.2g}, {rows}."


def _named(measured: Progress) -> dict[str, tuple[float, ...]]:
    return {
        "averages": measured.averaged,
        "last iterate": measured.last,
        "accelerated": measured.accelerated,
        "descent, companion's step": measured.companion,
        "descent, stable step": measured.stable,
    }
