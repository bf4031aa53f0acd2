"""The figures of the page ``chapters/4-networks/activation-spectra``, and what they show in words."""

from __future__ import annotations

import torch
from jaxtyping import Float
from matplotlib.figure import Figure
from torch import Tensor

from mgai import figures
from mgai.networks.activation_ensemble import RECTIFIED, STAGES
from mgai.networks.activation_spectra import participation_ratio, relu_correlation
from mgai.networks.activation_spectra_experiments import CONDITIONS, MEASURES, quartiles

Profiles = dict[str, dict[str, Tensor]]
_SHOWN = 30  # principal axes in the figure of spectra


def _bars(axes, positions, values: Float[Tensor, "networks positions"], style: int, label: str) -> None:
    """Medians with quartiles."""
    low, middle, high = quartiles(values)
    drawing = {"linestyle": figures.DASHES[style], "marker": figures.MARKERS[style], "color": figures.COLOURS[style]}
    bars = (middle - low, high - middle)
    axes.errorbar(positions, middle, bars, markersize=4, linewidth=1.5, capsize=2, label=label, **drawing)


@figures.style()
def depth_figure(profiles: Profiles) -> Figure:
    """The three measures through the layers, a line for each kind of network."""
    drawn = figures.figure(7.0, 7.2)
    for row, measure in enumerate(MEASURES, start=1):
        axes = drawn.add_subplot(3, 1, row, ylabel=measure)
        for style, (name, profile) in enumerate(profiles.items()):
            _bars(axes, range(len(STAGES)), profile[measure], style, name)
        axes.set_ylim(bottom=0)
        axes.set_xticks(range(len(STAGES)), STAGES if row == 3 else [""] * len(STAGES), rotation=30)
        if row == 1:
            axes.legend(fontsize=9)
    axes.set_xlabel("stage")
    return drawn


def depth_alt(profiles: Profiles) -> str:
    """What :func:`depth_figure` shows: the medians at the input, the last hidden layer and the logits."""
    rows = "; ".join(
        f"{measure}, {name}: " + ", ".join(f"{float(quartiles(profile[measure])[1][i]):.2g}" for i in (0, -2, -1))
        for measure in MEASURES for name, profile in profiles.items()
    )  # fmt: skip
    return f"Three measures through ten stages. Medians at the input, the last hidden layer and the logits: {rows}."


@figures.style()
def spectra_figure(shares: dict[str, dict[str, Tensor]]) -> Figure:
    """Shares of variance before and after each ReLU, a column for each ReLU, a row for each kind of network."""
    drawn = figures.figure(7.0, 5.2)
    for row, (name, spectra) in enumerate(shares.items()):
        for column, pair in enumerate(RECTIFIED):
            axes = drawn.add_subplot(len(shares), 3, 3 * row + column + 1, yscale="log", ylim=(1e-4, 1))
            for style, stage in enumerate(pair):
                middle = quartiles(spectra[stage][:, :_SHOWN])[1]
                axes.plot(range(1, len(middle) + 1), middle, color=figures.COLOURS[style], label=stage, markersize=3,
                          linestyle=figures.DASHES[style], marker=figures.MARKERS[style], linewidth=1.3)  # fmt: skip
            axes.set_title(f"{name}: {pair[0]}", fontsize=10)
            axes.set(xlabel="axis" if row else None, ylabel=None if column else "share of variance")
            axes.legend(fontsize=8)
    return drawn


def spectra_alt(shares: dict[str, dict[str, Tensor]]) -> str:
    """What :func:`spectra_figure` shows: median participation ratios before and after."""
    rows = "; ".join(
        f"{name}, {before}: {float(participation_ratio(spectra[before]).median()):.1f} to "
        f"{float(participation_ratio(spectra[after]).median()):.1f}"
        for name, spectra in shares.items() for before, after in RECTIFIED
    )  # fmt: skip
    return f"Falling spectra before and after three ReLUs. Median participation ratios: {rows}."


@figures.style()
def correlation_figure() -> Figure:
    """The correlation after ReLU against the correlation before it."""
    drawn = figures.figure(5.0, 3.6)
    axes = drawn.add_subplot(xlabel="correlation before ReLU", ylabel="correlation after ReLU")
    rho = torch.linspace(-1, 1, 201, dtype=torch.float64)
    axes.plot(rho, relu_correlation(rho), label="centred Gaussian pair")
    axes.plot(rho, rho, color="black", linestyle=":", label="unchanged")
    axes.set_xticks([-1, -0.5, 0, 0.5, 1])
    axes.legend(fontsize=9)
    return drawn


def correlation_alt() -> str:
    """What :func:`correlation_figure` shows: the ends of the curve."""
    ends = relu_correlation(torch.tensor([-1.0, -0.5, 0.5, 1.0], dtype=torch.float64)).tolist()
    shown = ", ".join(f"{value:.2f}" for value in ends)
    return f"A convex curve, nearer to zero than the diagonal: correlations -1, -0.5, 0.5 and 1 become {shown}."


@figures.style()
def memory_figure(measured: Profiles) -> Figure:
    """The last hidden layer on images that were shown and on fresh ones, for every condition."""
    drawn = figures.figure(7.0, 5.0)
    for place, measure in enumerate(next(iter(measured.values())), start=1):
        axes = drawn.add_subplot(2, 2, place, ylabel=measure)
        for style, (column, label) in enumerate(((0, "shown in training"), (1, "fresh"))):
            values = torch.stack([measured[name][measure][:, column] for name in CONDITIONS], dim=1)
            low, middle, high = quartiles(values)
            where = torch.arange(len(CONDITIONS)) + 0.2 * (style - 0.5)
            axes.errorbar(where, middle, (middle - low, high - middle), linestyle="none", marker=figures.MARKERS[style],
                          color=figures.COLOURS[style], capsize=3, label=label)  # fmt: skip
        axes.set_xticks(range(len(CONDITIONS)), [name.replace(" at ", "\nat ") for name in CONDITIONS], fontsize=9)
        axes.set_ylim(0, None if "ratio" in measure else 1.05)
        if place == 1:
            axes.legend(fontsize=8)
        if place > 2:
            axes.set_xlabel("training images")
    return drawn


def memory_alt(measured: Profiles) -> str:
    """What :func:`memory_figure` shows: all medians."""
    rows = "; ".join(
        f"{measure}, {name}: {float(values[:, 0].median()):.2f} and {float(values[:, 1].median()):.2f}"
        for name, table in measured.items() for measure, values in table.items()
    )  # fmt: skip
    return f"Medians over the networks on images shown and on fresh ones. {rows}."
