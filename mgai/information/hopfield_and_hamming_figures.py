"""The figures of the page ``chapters/6-information/hopfield-and-hamming``, and what they show in words."""

from __future__ import annotations

import functools

import torch
from matplotlib.figure import Figure
from torch import Tensor

from mgai import figures
from mgai.information import hopfield_and_hamming_references as references
from mgai.information.hopfield_and_hamming import (
    codewords,
    corrected,
    descent_limits,
    hebbian_weights,
    quadratic_energies,
    success,
    syndrome_decoder,
)
from mgai.information.hopfield_capacity import crosstalk_error, gaussian_error

_SIZES = (20, 100, 500)


@functools.cache
def profiles() -> dict[str, Tensor]:
    """The profiles of the decoders in :func:`success_figure`; for two words, those that the companion stored."""
    two = references.companion_words()
    return {
        "Hamming code": corrected(syndrome_decoder(), codewords()),
        "Hebb, 16 codewords": corrected(descent_limits(quadratic_energies(hebbian_weights(codewords()))), codewords()),
        "Hebb, ties kept": corrected(descent_limits(quadratic_energies(hebbian_weights(two))), two),
        "ties to +1": corrected(references.companion_limits(False, 400), two),
        "and stopped early": corrected(references.companion_limits(), two),
    }


@figures.style()
def success_figure() -> Figure:
    """Probabilities to recover a word: sixteen words on the left, the companion's two on the right."""
    drawn = figures.figure(7.0, 3.6)
    left, right = drawn.subplots(1, 2, sharey=True)
    p = torch.linspace(0, 0.3, 121, dtype=torch.float64)
    names = list(profiles())
    for axes, chosen in ((left, names[:2]), (right, [names[0], *names[2:]])):
        for name in chosen:
            colour, dash = figures.COLOURS[names.index(name)], figures.DASHES[names.index(name)]
            axes.plot(p, success(profiles()[name], p), color=colour, linestyle=dash, label=name)
    left.plot(p, (1 - p) ** 4, color="black", linestyle=figures.DASHES[5], label="four bits, uncoded")
    right.plot(references.COMPANION_NOISE, references.COMPANION_MEMORY, "x", color="black", label="printed")
    left.set(xlabel="bit-flip probability", ylabel="probability of recovery", title="sixteen words")
    right.set(xlabel="bit-flip probability", title="two words")
    for axes in (left, right):
        axes.legend(fontsize=8)
    return drawn


def success_alt() -> str:
    """What :func:`success_figure` shows, at one noise level."""
    at = torch.tensor(0.1, dtype=torch.float64)
    values = [f"{name} {float(success(profile, at)):.3f}" for name, profile in profiles().items()]
    return (
        f"Falling curves of the probability of recovery. At bit-flip probability 0.1: {values[0]}, {values[1]}, four "
        f"uncoded bits {float((1 - at) ** 4):.3f}; with two stored words {', '.join(values[2:])}. Crosses, the "
        "companion's printed shares, lie on the lowest curve."
    )


@functools.cache
def corrected_by_pairs() -> tuple[tuple[float, float], ...]:
    """For 1 to 8 stored pairs: the least and the largest mean number of the seven single errors that are corrected."""
    found: dict[int, list[float]] = {}
    for choice in references.choices_of_pairs():
        words = references.pairs()[list(choice)]
        limits = descent_limits(quadratic_energies(hebbian_weights(words)))
        found.setdefault(len(choice), []).append(float(corrected(limits, torch.cat([words, -words]))[1]))
    return tuple((min(row), max(row)) for row in found.values())


@figures.style()
def capacity_figure() -> Figure:
    """Single errors corrected against the number of stored pairs; unstable bits against the load of random patterns."""
    drawn = figures.figure(7.0, 3.4)
    left, right = drawn.subplots(1, 2)
    low, high = zip(*corrected_by_pairs(), strict=True)
    counts = range(1, len(low) + 1)
    left.plot(counts, high, "o-", color=figures.COLOURS[0], label="best choice")
    left.plot(counts, low, "s--", color=figures.COLOURS[1], label="worst choice")
    left.axhline(7, color="0.5", linestyle=":")
    left.set(xlabel="pairs of codewords stored", ylabel="single errors corrected (of 7)", ylim=(-0.3, 7.6),
             xticks=list(counts))  # fmt: skip
    left.legend(fontsize=9)
    loads = torch.linspace(0.05, 0.5, 19).tolist()
    for n, marker, colour in zip(_SIZES, figures.MARKERS, figures.COLOURS, strict=False):
        counts = sorted({max(2, round(load * n)) for load in loads})
        errors = [crosstalk_error(n, k) for k in counts]
        right.plot([k / n for k in counts], errors, marker, color=colour, markersize=3.5, label=f"$N={n}$")
    right.plot(loads, [gaussian_error(1000, round(1000 * load)) for load in loads], "-", color="black", linewidth=1,
               label=r"$\Phi(-\sqrt{N/P})$")  # fmt: skip
    right.axvline(0.138, color="0.5", linestyle=":")
    right.set(xlabel="load $P/N$", ylabel="unstable bits (share)", yscale="log", ylim=(1e-6, 0.2))
    right.legend(fontsize=9)
    return drawn


def capacity_alt() -> str:
    """What :func:`capacity_figure` shows, in numbers."""
    ranges = corrected_by_pairs()
    rows = ", ".join(f"{high:.2g}" if high - low < 0.01 else f"{low:.2g} to {high:.2g}" for low, high in ranges)
    return (
        f"Left: single errors corrected, of seven, with 1 to 8 pairs of codewords stored: {rows}. Right, on a "
        f"logarithmic axis: share of unstable bits against the load, rising along the normal approximation; at 100 "
        f"bits and 14 patterns {crosstalk_error(100, 14):.1e} against {gaussian_error(100, 14):.1e}."
    )
