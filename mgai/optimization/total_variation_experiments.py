r"""The images of the page ``chapters/3-optimization/total-variation``, and how fast each method approaches."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from mgai import settings
from mgai.optimization.total_variation import (
    NORM_SQUARED,
    PrimalDualState,
    dual_value,
    duality_gap,
    primal_dual_start,
    primal_dual_step,
    restore,
)
from mgai.optimization.total_variation_descent import descent, energies, largest_stable_step

EPS = 1e-3  # the smoothing of the companion notebook
WEIGHTS = (0.5, 1.5, 4.0)  # and its weights
SIDE = 128


def letter(size: int = 64, stroke: int = 7) -> Float[Tensor, "size size"]:
    """The letter U, ones on zeros, with a margin of a sixth of the side.

    Raises ValueError when two strokes do not fit.

    >>> letter(6, 1).int()[:4]
    tensor([[0, 0, 0, 0, 0, 0],
            [0, 1, 0, 0, 1, 0],
            [0, 1, 0, 0, 1, 0],
            [0, 1, 0, 0, 1, 0]], dtype=torch.int32)
    """
    first, last = size // 6, size - size // 6
    if stroke < 1 or 2 * stroke > last - first:
        raise ValueError(f"stroke={stroke}: two strokes must fit between the margins of size={size}")
    image = torch.zeros(size, size, dtype=torch.float64)
    image[first:last, first : first + stroke] = 1
    image[first:last, last - stroke : last] = 1
    image[last - stroke : last, first:last] = 1
    return image


def companion_step(weight: float) -> float:
    r"""The step length of the companion notebook, :math:`0.08/(1+4\lambda)`.

    >>> companion_step(0.5) > 50 * largest_stable_step(0.5, EPS)
    True
    """
    if not weight >= 0:
        raise ValueError(f"weight must not be negative, not {weight}")
    return 0.08 / (1 + 4 * weight)


def noisy(image: Float[Tensor, "h w"], deviation: float, label: str) -> Float[Tensor, "h w"]:
    """An image with independent normal noise, drawn under the seed in force and a label; clipped to [0, 1].

    Raises ValueError when the deviation is negative.

    >>> noisy(torch.ones(1, 2, dtype=torch.float64), 0.0, "example")
    tensor([[1., 1.]], dtype=torch.float64)
    """
    if not deviation >= 0:
        raise ValueError(f"deviation must not be negative, not {deviation}")
    noise = torch.randn(image.shape, dtype=torch.float64, generator=settings.generator(label))
    return (image + deviation * noise.to(image)).clamp(0, 1)


@functools.cache
def _photograph() -> Tensor:
    from sklearn.datasets import load_sample_image  # a second to import: only where it is wanted

    grey = torch.from_numpy(load_sample_image("china.jpg").mean(2) / 255)[60 : 60 + 2 * SIDE, 200 : 200 + 2 * SIDE]
    return torch.nn.functional.avg_pool2d(grey[None], 2)[0]


def photograph() -> Float[Tensor, "128 128"]:
    """A part of scikit-learn's photograph ``china.jpg`` in grey, means of 2×2 blocks, in float64 from 0 to 1.

    The photograph is by danielbuechele, under CC BY 2.0, and comes with scikit-learn: nothing is downloaded.

    >>> photograph().shape
    torch.Size([128, 128])
    """
    return _photograph().clone()


def signal_to_noise(image: Float[Tensor, "h w"], truth: Float[Tensor, "h w"]) -> float:
    r"""The peak signal-to-noise ratio :math:`-10\log_{10}` of the mean squared error, in decibels.

    Raises ValueError when the images agree, or differ in shape.

    >>> round(signal_to_noise(torch.zeros(2, 2), torch.full((2, 2), 0.1)), 6)
    20.0
    """
    if image.shape != truth.shape or torch.equal(image, truth):
        raise ValueError("image and truth must have one shape and differ somewhere")
    return -10 * math.log10(float((image - truth).square().mean()))


def rate_constant(data: Float[Tensor, "h w"], weight: float) -> float:
    r"""The constant :math:`B` of the bound :math:`B/N` on the gap of averaged iterates.

    .. math:: B=\sqrt8\,\Bigl(\sum_i\max(f_i,1-f_i)^2+\lambda^2n\Bigr)

    for :math:`n` pixels with values in [0, 1]. Derived on the page ``chapters/3-optimization/total-variation``
    (``thm-tv-rate``).

    >>> round(rate_constant(torch.tensor([[0.0, 1.0]]), 1.0) / 8**0.5, 6)
    4.0
    """
    furthest = torch.maximum(data, 1 - data).square().sum()
    return math.sqrt(NORM_SQUARED) * (float(furthest) + weight**2 * data.numel())


@dataclass(frozen=True)
class Progress:
    """What is left after each of some numbers of steps.

    counts: the numbers of steps. averaged, last, accelerated: duality gaps of the averages of all iterates so far, of
    the iterates, and of the accelerated method's iterates. companion, stable: by how much the energy of descent
    exceeds the best dual value found, with the companion's step and with half the largest stable one.
    """

    counts: tuple[int, ...]
    averaged: tuple[float, ...]
    last: tuple[float, ...]
    accelerated: tuple[float, ...]
    companion: tuple[float, ...]
    stable: tuple[float, ...]


def progress(data: Float[Tensor, "h w"], weight: float, n_steps: int) -> Progress:
    """The :class:`Progress` of restoring an image with values in [0, 1], at eight numbers of steps a decade.

    Raises ValueError when ``n_steps`` is below 1, and what the methods raise.

    Cost: 1 s for 64×64 pixels and 300 steps.
    """
    if n_steps < 1:
        raise ValueError(f"n_steps must be positive, not {n_steps}")
    counts = tuple(sorted({round(10 ** (k / 8)) for k in range(80) if round(10 ** (k / 8)) <= n_steps}))
    averaged, last = _gaps(data, weight, counts)
    best = restore(data, weight, 600, accelerate=True)
    least, at = float(dual_value(best.p, data, weight)), torch.tensor(counts)
    companion, stable = (
        (energies(descent(data, weight, step, n_steps, EPS)[at], data, weight) - least).tolist()
        for step in (companion_step(weight), largest_stable_step(weight, EPS) / 2)
    )
    accelerated = _accelerated_gaps(data, weight, counts)
    return Progress(counts, *map(tuple, (averaged, last, accelerated, companion, stable)))


def noisy_letter() -> Float[Tensor, "64 64"]:
    """The letter with normal noise of deviation 0.15, drawn under the seed in force, clipped to [0, 1]."""
    return noisy(letter(), 0.15, "total-variation/letter")


def letter_minimiser(weight: float) -> PrimalDualState:
    """Image and dual field of the noisy letter after 600 accelerated steps; kept, so that a second call is free.

    Cost: 0.3 s.
    """
    return _letter_minimiser(float(weight), settings.seed())


def letters() -> dict[str, Float[Tensor, "64 64"]]:
    """The noisy letter after 250 steps of the companion's descent for each weight, and the minimisers; by title.

    Cost: 1 s.
    """
    data = noisy_letter()
    stopped = {
        f"descent, λ = {weight:g}": descent(data, weight, companion_step(weight), 250, EPS)[-1] for weight in WEIGHTS
    }
    return stopped | {f"minimiser, λ = {weight:g}": letter_minimiser(weight).u for weight in WEIGHTS}


def photographs() -> tuple[dict[str, Float[Tensor, "128 128"]], list[float]]:
    """The photograph, with noise, restored with three weights, with lost pixels and restored; and the four gaps.

    Kept, so that a second call is free. Cost: 2 s.
    """
    images, gaps = _photographs(settings.seed())
    return {title: image.clone() for title, image in images.items()}, list(gaps)


@functools.lru_cache(maxsize=8)
def _letter_minimiser(weight: float, seed: int) -> PrimalDualState:
    return restore(noisy_letter(), weight, 600, accelerate=True)


@functools.lru_cache(maxsize=2)
def _photographs(seed: int) -> tuple[dict[str, Tensor], list[float]]:
    truth = photograph()
    data = noisy(truth, 0.1, "total-variation/photograph")
    draws = torch.rand(data.shape, dtype=torch.float64, generator=settings.generator("total-variation/lost"))
    known = (draws < 0.4).double()
    images, gaps = {"photograph": truth, "with noise": data}, []
    for weight in (0.02, 0.05, 0.15):
        state = restore(data, weight, 80, accelerate=True)
        images[f"restored, λ = {weight:g}"] = state.u
        gaps.append(float(duality_gap(state.u, state.p, data, weight)))
    state = restore(data, 0.03, 200, known)
    gaps.append(float(duality_gap(state.u, state.p, data, 0.03, known)))
    return images | {"60 % lost": torch.where(known > 0, data, 0.5), "lost, restored": state.u}, gaps


def _gaps(data: Tensor, weight: float, counts: tuple[int, ...]) -> tuple[list[float], list[float]]:
    state, averaged, last = primal_dual_start(data), [], []
    image, field = torch.zeros_like(state.u), torch.zeros_like(state.p)
    for n in range(1, counts[-1] + 1):
        state = primal_dual_step(state, data, weight)
        image, field = image + state.u, field + state.p
        if n in counts:
            averaged.append(float(duality_gap((image / n).clamp(0, 1), field / n, data, weight)))
            last.append(float(duality_gap(state.u, state.p, data, weight)))
    return averaged, last


def _accelerated_gaps(data: Tensor, weight: float, counts: tuple[int, ...]) -> list[float]:
    state, gaps = primal_dual_start(data), []
    for n in range(1, counts[-1] + 1):
        state = primal_dual_step(state, data, weight, accelerate=True)
        if n in counts:
            gaps.append(float(duality_gap(state.u, state.p, data, weight)))
    return gaps
