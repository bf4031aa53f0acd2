"""The figures of the page ``chapters/6-information/entropy-along-training``, and what they show in words."""

from __future__ import annotations

import functools

import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor

from mgai import figures, settings
from mgai.information import entropy_along_training as law
from mgai.information.entropy_along_training_experiments import STEPS, Course, course

_CURVES = (
    ("training", "training loss"),
    ("certainty", "mean entropy, sample"),
    ("loss", "test loss"),
    ("entropy", "mean entropy, test"),
)
_COLOURS = (1, 1, 0, 0)
_TITLES = {"regression": "regression, 200 points", "network": "network, 40 points"}


def floor() -> float:
    """The floor, on the grid of the experiments."""
    return float(law.conditional_entropy(law.quadrature(0.3, 9.0)[1]))


@figures.style()
def course_figure() -> Figure:
    """Losses and mean entropies of predictions along training, medians over networks; on the sample and on the law."""
    drawn = figures.figure(7.0, 3.8)
    for axes, kind in zip(drawn.subplots(1, 2), _TITLES, strict=True):
        _curves(axes, course(kind))
        axes.axhline(floor(), color="0.4", linewidth=1, linestyle=(0, (1, 3)), label="floor $H(Y|X)$")
        axes.set(xscale="symlog", xlabel="steps of Adam", title=_TITLES[kind], ylim=(0, None))
        axes.set_xlim(0, STEPS[-1])
    drawn.axes[0].set_ylabel("nats")
    drawn.legend(*drawn.axes[0].get_legend_handles_labels(), loc="outside upper center", ncols=3, fontsize=9)
    return drawn


def _curves(axes: Axes, run: Course) -> None:
    for number, ((field, label), colour) in enumerate(zip(_CURVES, _COLOURS, strict=True)):
        values = getattr(run, field).median(1).values
        dash, marker = ("-", "o") if number % 2 == 0 else ("--", "s")
        axes.plot(
            STEPS, values, dash, marker=marker, markersize=3, color=figures.COLOURS[colour], label=label,
            markerfacecolor="none" if number < 2 else None,
        )  # fmt: skip


def course_alt() -> str:
    """What :func:`course_figure` shows, in words and numbers."""
    parts = []
    for kind, title in _TITLES.items():
        run = course(kind)
        ends = [float(getattr(run, field)[-1].median()) for field, _ in _CURVES]
        least = float(run.loss.min(0).values.median())
        parts.append(
            f"{title.capitalize()}: training loss falls from {float(run.training[0].median()):.2f} to {ends[0]:.3f}, "
            f"the mean entropy on the sample to {ends[1]:.3f}; the test loss has its least value {least:.2f} and ends "
            f"at {ends[2]:.2f}, where the mean entropy is {ends[3]:.2f}"
        )
    return f"Two panels over steps, medians of 24 in nats; the floor is at {floor():.3f}. {'. '.join(parts)}."


@functools.lru_cache(maxsize=2)
def _sweep(kind: str, seed: int) -> tuple[Tensor, Tensor, Tensor, float]:
    """Temperatures, losses, mean entropies of the first network of a kind, and its best temperature; kept by seed."""
    joint, outputs = law.quadrature(0.3, 9.0)[1], course(kind).logits[0]
    temperatures = torch.logspace(-0.5, 2, 41, dtype=torch.float64)
    tempered = [(outputs / t).log_softmax(-1) for t in temperatures]
    losses = torch.stack([law.mean_loss(joint, q) for q in tempered])
    entropies = torch.stack([law.prediction_entropies(joint, q).mean for q in tempered])
    return temperatures, losses, entropies, float(law.best_temperature(joint, outputs))


@figures.style()
def temperature_figure() -> Figure:
    """Test loss and mean entropy of one trained network against the temperature; they cross at the least loss."""
    drawn = figures.figure(7.0, 3.4)
    axes = drawn.subplots()
    temperatures, losses, entropies, best = _sweep("network", settings.seed())
    axes.plot(temperatures, losses, "-", label="test loss")
    axes.plot(temperatures, entropies, "--", label="mean entropy of predictions")
    axes.axhline(floor(), color="0.4", linewidth=1, linestyle=(0, (1, 3)), label="floor $H(Y|X)$")
    axes.axvline(best, color=figures.COLOURS[2], linestyle="-.", label=f"best temperature {best:.1f}")
    axes.set(xscale="log", xlabel="temperature $T$", ylabel="nats", ylim=(0, 3))
    axes.legend(fontsize=9)
    return drawn


def temperature_alt() -> str:
    """What :func:`temperature_figure` shows, in words and numbers."""
    temperatures, losses, entropies, best = _sweep("network", settings.seed())
    return (
        f"Against the temperature from {temperatures[0]:.2f} to {temperatures[-1]:.0f} the mean entropy rises from "
        f"{entropies[0]:.2f} to {entropies[-1]:.2f} nats; the test loss falls from {losses[0]:.1f} to its least value "
        f"{losses.min():.3f}, near the temperature {best:.1f}, where the two curves cross, and rises to "
        f"{losses[-1]:.2f}."
    )
