"""The figures of the page ``chapters/4-networks/effective-receptive-field``, and what they show in words."""

from __future__ import annotations

from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from mgai import figures
from mgai.networks import effective_receptive_field as field
from mgai.networks import effective_receptive_field_experiments as experiments
from mgai.networks.cnn_capacity import Design

STACKS, DRAWS = (1, 2, 4, 8, 16), 12
SHOWN = ((1, 0), (1, 2), (2, 0), (2, 2))  # convolutions a stage, and which of the experiments' designs


def _widths() -> dict[str, list[float]]:
    """Effective widths of random stacks of 3×3 kernels, measured."""
    found = {}
    for with_relu in (False, True):
        fields = experiments.random_fields(3, STACKS, DRAWS, with_relu)
        name = "random, with ReLU" if with_relu else "random, linear"
        found[name] = [field.effective_width(field.variance_of(fields[n])) for n in STACKS]
    return found


@figures.style()
def widths_figure() -> Figure:
    """Extent and effective width of stacks of 3×3 kernels against the number of layers: theory and random networks."""
    drawn = figures.figure(6.0, 3.5)
    axes = drawn.add_subplot(xscale="log", yscale="log", xlabel="layers of 3×3 kernels", ylabel="pixels")
    whole = [field.extent([(3, 1)] * n) for n in STACKS]
    axes.plot(STACKS, whole, "--", color=figures.COLOURS[1], label="extent 1 + 2n")
    exact = [field.effective_width(field.uniform_variance([(3, 1)] * n)) for n in STACKS]
    axes.plot(STACKS, exact, "-", color=figures.COLOURS[0], label="width √(1 + 8n), theory")
    for (name, values), mark in zip(_widths().items(), figures.MARKERS, strict=False):
        axes.plot(STACKS, values, mark, color="black", markerfacecolor="none", markersize=7, label=name)
    axes.set(xticks=STACKS, xticklabels=STACKS, yticks=(3, 5, 10, 20, 30), yticklabels=(3, 5, 10, 20, 30))
    axes.minorticks_off()
    axes.legend(fontsize=9)
    return drawn


def widths_alt() -> str:
    """What :func:`widths_figure` shows: extents, exact widths and measured ones."""
    exact = [field.effective_width(field.uniform_variance([(3, 1)] * n)) for n in STACKS]
    rows = {"extent": [field.extent([(3, 1)] * n) for n in STACKS], "width in theory": exact, **_widths()}
    told = "; ".join(f"{name} {', '.join(f'{value:.3g}' for value in values)}" for name, values in rows.items())
    return f"For {', '.join(map(str, STACKS))} layers: {told}."


@figures.style()
def maps_figure() -> Figure:
    """Where the middle unit of trained networks looks: squared gradients, and the frame of the theoretical field."""
    drawn = figures.figure(7.0, 2.5)
    for (depth, change), axes in zip(SHOWN, drawn.subplots(1, len(SHOWN)), strict=True):
        seen = experiments.looked_at(1, depth, change)
        design = experiments.harder().thetas[1, depth, change][0]
        axes.imshow(seen.sqrt().numpy(), vmin=0)
        side = field.extent(field.layers_of(design))
        centre = _centre(design) - side / 2
        axes.add_patch(Rectangle((centre, centre), side, side, fill=False, edgecolor="white", linestyle="--"))
        width = field.effective_width(field.variance_of(seen))
        axes.set_title(f"{depth} × kernel {design.kernel} a stage\nwidth {width:.1f} of {side}", fontsize=9)
        axes.set(xticks=[0, len(seen) - 1], yticks=[0, len(seen) - 1], xlabel="pixel")
        axes.grid(visible=False)
    return drawn


def _centre(design: Design) -> float:
    """Where on the image the field of the middle unit is centred: a unit of the second stage stands for two pixels."""
    jump = 2 ** (design.stages - 1)
    return (design.side // jump // 2) * jump + (jump - 1) / 2


def maps_alt() -> str:
    """What :func:`maps_figure` shows: extents and measured widths."""
    rows = []
    for depth, change in SHOWN:
        design = experiments.harder().thetas[1, depth, change][0]
        width = field.effective_width(field.variance_of(experiments.looked_at(1, depth, change)))
        rows.append(f"{depth} of kernel {design.kernel} a stage {width:.1f} of {field.extent(field.layers_of(design))}")
    return f"Bright spots around the middle of the image. Effective width of the theoretical extent: {'; '.join(rows)}."


@figures.style()
def harder_figure(measured: experiments.Harder) -> Figure:
    """Test accuracy of six designs on both tasks: each network a dot, the median a bar."""
    drawn = figures.figure(7.0, 3.3)
    axes = drawn.add_subplot(ylabel="test accuracy", ylim=(0, 1.03))
    names = design_names()
    for task, name in enumerate(experiments.TASKS):
        values = measured.accuracy[task].flatten(0, 1)
        colour, mark = figures.COLOURS[task], figures.MARKERS[task]
        places = [place + 0.3 * task - 0.15 for place in range(len(values))]
        for place, row in zip(places, values, strict=True):
            axes.plot([place] * len(row), row, mark, color=colour, markersize=4, alpha=0.5)
        axes.plot(places, values.median(-1).values, "_", color=colour, markersize=18, markeredgewidth=2.5,
                  label=f"digit {name}")  # fmt: skip
    axes.set_xticks(range(len(names)), names, fontsize=9)
    axes.legend(fontsize=9, loc="lower left")
    return drawn


def design_names() -> list[str]:
    """The six designs in words, in the order of the table of accuracies."""
    return [
        f"{'1 conv.' if depth == 1 else '2 conv.'} a stage\n{filters} filters\nkernel {kernel}"
        for depth in experiments.DEPTHS
        for filters, kernel in experiments.CHANGES
    ]


def harder_alt(measured: experiments.Harder) -> str:
    """What :func:`harder_figure` shows: the medians of both tasks."""
    rows = []
    for task, name in enumerate(experiments.TASKS):
        medians = measured.accuracy[task].flatten(0, 1).median(-1).values.tolist()
        rows.append(f"digit {name}: {', '.join(f'{value:.0%}' for value in medians)}")
    designs = "; ".join(name.replace("\n", ", ") for name in design_names())
    return f"Median test accuracies. {'. '.join(rows)}. Designs in turn: {designs}."
