"""The figure of the page ``chapters/4-networks/learned-decoder``, and what it shows in words."""

from __future__ import annotations

import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor

from mgai import figures
from mgai.information.hopfield_and_hamming import codewords
from mgai.networks.learned_decoder import noise_deviation, pairwise_errors, word_layer
from mgai.networks.learned_decoder_experiments import RATE, SIZES, TRAINING, best_errors, learned_errors

TESTS, SIZE, COMPARED = tuple(range(9)), 256, 5.0  # decibels; training words; decibels
_SHOWN = (TRAINING[0], TRAINING[-1])


def uncoded_error(decibels: float) -> float:
    """Error of a block of four bits sent without a code, at the same energy per bit.

    >>> round(uncoded_error(-300.0), 6)  # pure guessing
    0.9375
    """
    return 1 - (1 - _flip(decibels, 1.0)) ** 4


def hard_error(decibels: float) -> float:
    """Word error of the syndrome decoder on the signs of the received numbers.

    >>> round(hard_error(-300.0), 6)
    0.9375
    """
    p = _flip(decibels, RATE)
    return 1 - (1 - p) ** 7 - 7 * p * (1 - p) ** 6


def union_bound(decibels: float) -> float:
    """The sum of the pairwise errors of the best decoder, which bounds its word error from above.

    >>> union_bound(12.0) < 1e-12
    True
    """
    sigma = noise_deviation(decibels, RATE)
    layer = (part[None] for part in word_layer(codewords(), sigma))
    return float(pairwise_errors(*layer, codewords(), sigma).sum(-1).mean())


@figures.style()
def errors_figure() -> Figure:
    """Left: word error against the signal-to-noise ratio. Right: errors over the least, against training words."""
    drawn = figures.figure(7.0, 4.0)
    axes = drawn.add_subplot(1, 2, 1, yscale="log", xlabel="$E_b/N_0$ in the test (dB)", ylabel="word error")
    for name, error, colour, dash in (
        ("uncoded", uncoded_error, figures.COLOURS[6], ":"),
        ("syndrome", hard_error, figures.COLOURS[2], "-."),
        ("union bound", union_bound, "0.5", (0, (1, 1))),
        ("best", lambda db: best_errors(float(db))[0], figures.COLOURS[6], "-"),
    ):
        axes.plot(TESTS, [error(db) for db in TESTS], color=colour, linestyle=dash, linewidth=1.6, label=name)
    for style, training in enumerate(_SHOWN):
        errors = [learned_errors(training, SIZE, float(db)) for db in TESTS]
        _bars(axes, TESTS, errors, style, f"learned at {training:.0f} dB")
    axes.legend(fontsize=8, loc="lower left")
    axes = drawn.add_subplot(1, 2, 2, xscale="log", yscale="log", xlabel="training words")
    axes.set_ylabel(f"word error at {COMPARED:.0f} dB, over the least")
    for style, training in ((0, TRAINING[0]), (2, TRAINING[1]), (1, TRAINING[2])):
        _bars(axes, SIZES, list(excess_factors(training)), style, f"learned at {training:.0f} dB")
    axes.axhline(1, color="black", linewidth=1)
    axes.set_xticks(SIZES, [str(size) for size in SIZES], minor=False)
    axes.set_xticks([], minor=True)
    axes.set_yticks([1, 2, 5, 10, 20], ["1", "2", "5", "10", "20"])
    axes.set_yticks([], minor=True)
    axes.legend(fontsize=8)
    return drawn


def excess_factors(training: float) -> Tensor:
    """Word errors at 5 dB over the least, (sizes, seeds), of decoders trained at ``training`` decibels."""
    return torch.stack([learned_errors(training, size, COMPARED) for size in SIZES]) / best_errors(COMPARED)[0]


def errors_alt() -> str:
    """What :func:`errors_figure` shows: word errors at the last test, and medians of the factors on the right."""
    last = float(TESTS[-1])
    known = {"uncoded": uncoded_error(last), "syndrome": hard_error(last), "best": best_errors(last)[0]}
    rows = ", ".join(f"{name} {error:.1e}" for name, error in known.items())
    learned = ", ".join(f"learned at {t:.0f} dB {float(learned_errors(t, SIZE, last).median()):.1e}" for t in _SHOWN)
    factors = "; ".join(
        f"at {t:.0f} dB " + " ".join(f"{float(f):.2f}" for f in excess_factors(t).median(1).values) for t in TRAINING
    )
    sizes = ", ".join(map(str, SIZES))
    return (
        f"Word errors fall with the signal. At {last:.0f} dB: {rows}, {learned}. "
        f"Right: median factor over the least error for {sizes} training words, learned {factors}."
    )


def _bars(axes: Axes, x: tuple[float, ...], errors: list[Tensor], style: int, label: str) -> None:
    low, middle, high = (torch.stack([each(row) for row in errors]) for each in (torch.min, torch.median, torch.max))
    axes.errorbar(x, middle, (middle - low, high - middle), color=figures.COLOURS[style], marker=figures.MARKERS[style],
                  linestyle=figures.DASHES[style], markersize=4, capsize=2, linewidth=1.4, label=label)  # fmt: skip


def _flip(decibels: float, rate: float) -> float:
    """The probability that noise inverts the sign of a received number."""
    return float(torch.special.ndtr(torch.tensor(-1 / noise_deviation(decibels, rate), dtype=torch.float64)))
