"""The figures of the page ``chapters/5-probability/heavy-tailed-flow``, and what they say in words."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import torch
from jaxtyping import Float
from matplotlib.figure import Figure
from torch import Tensor

from mgai import figures, settings
from mgai.probability import heavy_tailed_flow_experiments as experiments
from mgai.probability.heavy_tailed_flow import gradient_tail_constant, power_law_quantile, power_law_sample
from mgai.probability.monotone_flow import MonotoneFlow

TRAINED = (3.0, 2.0, 1.5, 1.25, 1.0, 0.75)
_SHOWN = (3.0, 1.5, 1.0, 0.75)
_N = 100_000
_START = MonotoneFlow(torch.tensor([0.0, 0.5, 0.5], dtype=torch.float64), torch.zeros(1, dtype=torch.float64), 1.0)


def gradient_lengths(alpha: float) -> Float[Tensor, " n"]:
    """Lengths of the gradients of 100,000 samples under a fixed map, y/2 + tanh(y)/2, in falling order.

    >>> bool(gradient_lengths(1.0)[0] > 1e6)
    True
    """
    return _gradient_lengths(alpha, settings.seed())


@lru_cache(maxsize=8)
def _gradient_lengths(alpha: float, seed: int) -> Tensor:
    y = power_law_sample(alpha, _N, f"heavy-tailed-flow/gradients/{alpha}")
    return experiments.sample_gradients(_START, y).sort(descending=True).values


def largest_gradients(treatment: str) -> Float[Tensor, " alphas"]:
    """The largest gradient of a batch in the training of all replicas; infinite where a run overflowed.

    >>> bool(largest_gradients("tail map").max() < 10)
    True
    """
    lengths = experiments.train(treatment, TRAINED).gradients
    return lengths.nan_to_num(nan=float("inf"), posinf=float("inf")).amax((0, 2))


@figures.style()
def gradient_figure() -> Figure:
    """Left: how often a sample's gradient is longer than t, and the limit law. Right: largest gradient in training."""
    drawn = figures.figure(7.0, 4.0)
    left, right = drawn.subplots(1, 2)
    shares = torch.arange(1, _N + 1, dtype=torch.float64) / _N
    kept = torch.logspace(0, 5, 120).long().unique().clamp(max=_N) - 1
    for alpha, dash, colour in zip(_SHOWN, figures.DASHES, figures.COLOURS, strict=False):
        lengths = gradient_lengths(alpha)
        left.plot(lengths[kept], shares[kept], linestyle=dash, color=colour, label=f"α = {alpha:g}")
        far = torch.logspace(1, 12, 12, dtype=torch.float64)
        limit = gradient_tail_constant(alpha, 0.5**0.5) * far ** (0.5 - alpha)
        left.plot(far, limit, color=colour, linewidth=0.8, alpha=0.7)
    left.set(xscale="log", yscale="log", xlim=(0.1, 1e12), ylim=(0.7 / _N, 1.4))
    left.set(xlabel="length t of a sample's gradient", ylabel="share of longer ones (thin: theory)")
    left.legend(fontsize=9)
    for treatment, dash, marker, colour in zip(
        experiments.TREATMENTS, figures.DASHES, figures.MARKERS, figures.COLOURS[1:], strict=False
    ):
        right.plot(TRAINED, largest_gradients(treatment).clamp(max=1e9), linestyle=dash, marker=marker, color=colour,
                   label=treatment)  # fmt: skip
    right.set(yscale="log", xlabel="exponent α", ylabel="largest gradient of a batch in training", ylim=(0.1, 1e9))
    right.invert_xaxis()
    right.legend(fontsize=9)
    return drawn


def gradient_alt() -> str:
    """What :func:`gradient_figure` shows, in words and numbers."""
    longest = "; ".join(f"α = {alpha:g}: {gradient_lengths(alpha)[0]:.2g}" for alpha in _SHOWN)
    rows = []
    for treatment in experiments.TREATMENTS:
        found = zip(TRAINED, largest_gradients(treatment).tolist(), strict=True)
        rows.append(f"{treatment} " + ", ".join(f"{length:.2g} at {alpha:g}" for alpha, length in found))
    return (
        f"Left, straight tails on logarithmic axes that reach further as α falls; longest gradients: {longest}. "
        f"Right, largest gradient of a batch in training: {'; '.join(rows)}; infinite where a run overflowed."
    )


def learned_scores(alpha: float, scores: Float[Tensor, " n"], *, adapted: bool) -> Float[Tensor, "replicas n"]:
    """Where the fitted maps send the points whose exact normal scores are given, from four samples of ten thousand.

    >>> found = learned_scores(1.0, torch.tensor([0.5], dtype=torch.float64), adapted=True)
    >>> bool((found - 0.5).abs().max() < 0.2)
    True
    """
    y = scores.sign() * power_law_quantile(alpha, torch.special.ndtr(-scores.abs()))
    fitted = experiments.sweep([alpha], 10_000, 4)[alpha]
    return torch.stack([one.adapted(torch.asinh(y) / one.scale) if adapted else one.linear(y) for one in fitted])


@figures.style()
def distortion_figure() -> Figure:
    """Learned against exact normal scores: with linear tails on the left, after the tail map on the right."""
    drawn = figures.figure(7.0, 3.9)
    scores = torch.linspace(-5, 5, 201, dtype=torch.float64)
    for axes, adapted in zip(drawn.subplots(1, 2, sharey=True), (False, True), strict=True):
        for alpha, dash, colour in zip(_SHOWN, figures.DASHES, figures.COLOURS, strict=False):
            for number, row in enumerate(learned_scores(alpha, scores, adapted=adapted)):
                axes.plot(scores, row, linestyle=dash, color=colour, linewidth=1,
                          label=f"α = {alpha:g}" if number == 0 else None)  # fmt: skip
        axes.axline((0, 0), slope=1, color="black", linewidth=0.8, label="exact")
        axes.set(ylim=(-9, 9), xlabel="exact normal score", title="tail map" if adapted else "linear tails")
    drawn.axes[0].set_ylabel("learned normal score")
    drawn.axes[1].legend(fontsize=9)
    return drawn


def distortion_alt() -> str:
    """What :func:`distortion_figure` shows, in words and numbers."""
    return (
        "Learned against exact normal scores. With linear tails the curves leave the diagonal on both sides, the more "
        f"the smaller α: {_at_points(_SHOWN, adapted=False)}. After the tail map they stay near: "
        f"{_at_points(_SHOWN, adapted=True)} (medians of four samples)."
    )


def _at_points(alphas: Sequence[float], *, adapted: bool) -> str:
    points = torch.tensor([1.0, 3.0, 5.0], dtype=torch.float64)
    rows = []
    for alpha in alphas:
        found = learned_scores(alpha, points, adapted=adapted).quantile(0.5, dim=0)
        rows.append(f"α = {alpha:g} " + ", ".join(f"{x:.3g} at {p:g}" for x, p in zip(found, points, strict=True)))
    return "; ".join(rows)
