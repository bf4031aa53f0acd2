"""The figures of the page ``chapters/3-optimization/tiny-transformer``, and their descriptions."""

from __future__ import annotations

import math

import torch
from matplotlib.figure import Figure
from torch import Tensor

from mgai import figures
from mgai.optimization import text_sources
from mgai.optimization import transformer_comparison as comparison
from mgai.optimization.text_prediction import conditional_entropies
from mgai.optimization.transformer_training import RULES, STEPS

CONTEXT_TEXTS = ("periodic", "words", "prose")
MATRIX_TEXTS, MATRIX_OPTIMISERS = ("periodic", "words"), (None, "SGD", "RMSProp", "Adam")


@figures.style()
def curves_figure() -> Figure:
    """Loss against training step for every text and optimiser: median and quartiles over replicas."""
    drawn = figures.figure(7.0, 5.2)
    for place, text in enumerate(text_sources.TEXTS, 1):
        axes = drawn.add_subplot(2, 3, place, title=text, xscale="log")
        for optimiser, colour, dash in zip(RULES, figures.COLOURS, figures.DASHES, strict=False):
            low, middle, high = comparison.curves(optimiser, text).quantile(torch.tensor([0.25, 0.5, 0.75]).double(), 0)
            steps = range(comparison.SMOOTHED, STEPS + 1)
            axes.plot(steps, middle, color=colour, linestyle=dash, linewidth=1.4, label=optimiser)
            axes.fill_between(steps, low, high, color=colour, alpha=0.15, linewidth=0)
        alone, floor = comparison.levels(text)
        axes.axhline(alone, color="black", linewidth=0.8, linestyle=":")
        axes.axhline(floor, color="black", linewidth=1.2)
        axes.set_ylim(*_limits(alone, floor))
        axes.set_xlabel("training steps" if place > 3 else "")
        axes.set_ylabel("loss (nats per character)" if place % 3 == 1 else "")
    drawn.legend(*axes.get_legend_handles_labels(), loc="outside lower center", ncols=4, fontsize=9)
    return drawn


def _limits(alone: float, floor: float) -> tuple[float, float]:
    bottom = alone - 1.0 if math.isnan(floor) else min(floor, alone - 0.2)
    room = 0.12 * (alone - bottom)
    return bottom - room, alone + max(0.3, 2 * room)


def curves_alt() -> str:
    """What :func:`curves_figure` shows at its end, in words and numbers."""
    rows = []
    for text in text_sources.TEXTS:
        ends = ", ".join(f"{o} {comparison.curves(o, text)[:, -1].quantile(0.5):.2f}" for o in RULES)
        alone, floor = comparison.levels(text)
        known = "" if math.isnan(floor) else f", floor {floor:.2f}"
        rows.append(f"{text} (characters alone {alone:.2f}{known}): {ends}")
    return f"Learning curves in six panels, one for each text. Losses after {STEPS} steps: {'; '.join(rows)}."


@figures.style()
def context_figure() -> Figure:
    """Loss by the number of visible characters, for networks retrained with each context length, over the floor."""
    found = comparison.by_context(CONTEXT_TEXTS)
    drawn = figures.figure(7.0, 3.4)
    for place, text in enumerate(CONTEXT_TEXTS):
        axes = drawn.add_subplot(1, 3, place + 1, title=text, xlabel="visible characters")
        for (context, losses), colour, marker in zip(found.items(), figures.COLOURS, figures.MARKERS, strict=False):
            axes.plot(range(1, context + 1), losses[place], marker=marker, markersize=4, linewidth=1, color=colour,
                      label=f"context {context}")  # fmt: skip
        made = text_sources.source(text)
        if made is not None:
            floors = conditional_entropies(made, comparison.CONTEXT + 1)[1:]
            axes.step(range(1, len(floors) + 1), floors, where="mid", color="black", linewidth=1.5, label="exact floor")
        axes.set_xticks((1, 4, 8, 12, 16))
        if place == 0:
            axes.set_ylabel("loss (nats per character)")
            handles = axes.get_legend_handles_labels()
    drawn.legend(*handles, loc="outside lower center", ncols=5, fontsize=9)
    return drawn


def context_alt() -> str:
    """What :func:`context_figure` shows where each context is full, in words and numbers."""
    found = comparison.by_context(CONTEXT_TEXTS)
    rows = []
    for place, text in enumerate(CONTEXT_TEXTS):
        made = text_sources.source(text)
        floors = None if made is None else conditional_entropies(made, comparison.CONTEXT + 1)
        for context, losses in found.items():
            floor = "" if floors is None else f" (floor {floors[context]:.2f})"
            rows.append(f"{text}, {context}: {losses[place, -1]:.2f}{floor}")
    return f"Losses of networks with contexts of 2 to 16, by visible characters. At full context: {'; '.join(rows)}."


@figures.style()
def confusion_figure() -> Figure:
    """Soft confusion matrices, row by row, of the ideal predictor and of networks under three optimisers."""
    drawn = figures.figure(7.0, 4.1)
    for place, (text, optimiser) in enumerate(_cases(), 1):
        letters = used(text)
        axes = drawn.add_subplot(2, 4, place, title=optimiser or "ideal predictor")
        axes.grid(False)
        shown = axes.imshow(_rows(text, optimiser).numpy(), vmin=0, vmax=1)
        names = [text_sources.ALPHABET[i].replace(" ", "␣") for i in letters]
        axes.set_xticks(range(len(letters)), names, fontsize=8)
        axes.set_yticks(range(len(letters)), names, fontsize=8)
        axes.set_xlabel("predicted" if place > 4 else "", fontsize=9)
        axes.set_ylabel(f"{text}: true" if place % 4 == 1 else "", fontsize=9)
    drawn.colorbar(shown, ax=drawn.axes, shrink=0.8, label="mean probability")
    return drawn


def _cases() -> list[tuple[str, str | None]]:
    return [(text, optimiser) for text in MATRIX_TEXTS for optimiser in MATRIX_OPTIMISERS]


def used(text: str) -> list[int]:
    """The characters that a synthetic text uses, as places in the alphabet.

    >>> len(used("words"))
    8
    """
    return text_sources.source(text).emission.sum(0).nonzero().flatten().tolist()


def _rows(text: str, optimiser: str | None) -> Tensor:
    letters = used(text)
    joint = comparison.confusion(text, optimiser)[letters][:, letters]
    return joint / joint.sum(1, keepdim=True)


def confusion_alt() -> str:
    """What :func:`confusion_figure` shows: the mean of the diagonal of each matrix."""
    rows = (
        f"{text}, {optimiser or 'ideal'}: {_rows(text, optimiser).diag().mean():.2f}" for text, optimiser in _cases()
    )
    return f"Eight confusion matrices, truth in rows. Mean probability given to the true character: {'; '.join(rows)}."
