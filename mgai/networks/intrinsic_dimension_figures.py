"""The figure of the page ``chapters/4-networks/intrinsic-dimension``, on what biases an estimate, and it in words."""

from __future__ import annotations

import functools

import torch
from matplotlib.figure import Figure
from torch import Tensor

from mgai import figures, settings
from mgai.networks import manifolds
from mgai.networks.intrinsic_dimension import pooled_dimension

DIMENSIONS, NOISES = (1, 2, 3, 5, 8, 12, 16, 20), (0.0, 0.003, 0.01, 0.03, 0.1, 0.3)
_POINTS, _COORDINATES, _NEIGHBOURS = 800, 10, (2, 20)


def boundary_bias() -> dict[str, Tensor]:
    """TwoNN of 800 uniform points of tori and cubes, for each of :data:`DIMENSIONS`; kept. Cost: 0.5 s."""
    return _boundary_bias(settings.seed())


@functools.lru_cache(maxsize=2)
def _boundary_bias(_: int) -> dict[str, Tensor]:
    rng, found = settings.generator("intrinsic-dimension/boundary"), {}
    for name, cloud in (("torus, no boundary", manifolds.flat_torus), ("cube", manifolds.cube)):
        found[name] = torch.stack([pooled_dimension(cloud(_POINTS, d, rng)) for d in DIMENSIONS])
    return found


def noise_bias() -> dict[int, Tensor]:
    """Estimates for a noisy sphere of dimension 2 in 10 coordinates, for 2 and 20 neighbours; kept. Cost: 0.3 s."""
    return _noise_bias(settings.seed())


@functools.lru_cache(maxsize=2)
def _noise_bias(_: int) -> dict[int, Tensor]:
    rng = settings.generator("intrinsic-dimension/noise")
    clean = manifolds.embedded(manifolds.sphere(_POINTS, 2, rng), _COORDINATES, rng)
    clouds = [manifolds.noisy(clean, noise, rng) for noise in NOISES]
    return {k: torch.stack([pooled_dimension(cloud, k) for cloud in clouds]) for k in _NEIGHBOURS}


@figures.style()
def bias_figure() -> Figure:
    """Left: estimates against the true dimension. Right: estimates against the noise."""
    drawn = figures.figure(7.0, 3.6)
    axes = drawn.add_subplot(1, 2, 1, xlabel="true dimension", ylabel="estimated dimension")
    for style, (name, values) in enumerate(boundary_bias().items()):
        axes.plot(DIMENSIONS, values, color=figures.COLOURS[style], linestyle=figures.DASHES[style],
                  marker=figures.MARKERS[style], markersize=4, label=name)  # fmt: skip
    axes.plot(DIMENSIONS, DIMENSIONS, color="black", linestyle=":", label="right")
    axes.legend(fontsize=9)
    axes = drawn.add_subplot(1, 2, 2, xlabel="standard deviation of the noise", ylim=(0, _COORDINATES + 0.5))
    axes.set_xscale("symlog", linthresh=0.003)
    for style, (k, values) in enumerate(noise_bias().items()):
        axes.plot(NOISES, values, color=figures.COLOURS[style], linestyle=figures.DASHES[style],
                  marker=figures.MARKERS[style], markersize=4, label=f"{k} neighbours")  # fmt: skip
    axes.axhline(2, color="black", linestyle=":", label="right")
    axes.set_xticks([0, 0.003, 0.01, 0.03, 0.1, 0.3], ["0", "0.003", "0.01", "0.03", "0.1", "0.3"], rotation=45)
    axes.legend(fontsize=9)
    return drawn


def bias_alt() -> str:
    """What :func:`bias_figure` shows: the estimates at the largest dimension, and without and with the most noise."""
    largest = ", ".join(f"{name} {float(values[-1]):.1f}" for name, values in boundary_bias().items())
    noise = ", ".join(f"{k} neighbours {float(v[0]):.1f} to {float(v[-1]):.1f}" for k, v in noise_bias().items())
    return f"Estimates at true dimension {DIMENSIONS[-1]}: {largest}. From no noise to the most on a sphere: {noise}."
