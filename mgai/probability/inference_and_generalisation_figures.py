"""The figures of the page ``chapters/5-probability/inference-and-generalisation``: double descent, width and fit."""

from __future__ import annotations

from functools import lru_cache

import torch
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor

from mgai import figures, settings
from mgai.probability.double_descent import matched_ridge_risk, minimum_norm_risk, minimum_norm_trials
from mgai.probability.pac_bayes import best_deviation, gaussian_kl

_N, _D, _NOISE = 20, 120, 0.1
_LAWS = {"falling energies": 2.0, "equal energies": 0.0}  # the energy of feature j falls as this power of 1/j
_DRAWN = (2, 5, 10, 15, 26, 40, 80, 120)
_RIDGE = (1, 2, 3, 5, 8, 12, 16, 20, 24, 30, 40, 60, 90, 120)
_CURVATURES = {"sharp, $h=10$": 10.0, "flat, $h=0.1$": 0.1}
_STRENGTH = 2.0


def energies(power: float) -> Float[Tensor, " d"]:
    """Energies of the 120 features of the figure, with the sum 1.

    >>> round(float(energies(0.0)[0]), 6)
    0.008333
    """
    raw = torch.arange(1, _D + 1, dtype=torch.float64) ** -power
    return raw / raw.sum()


@lru_cache(maxsize=8)
def _drawn(power: float, base_seed: int) -> tuple[list[float], list[float]]:
    """Means of drawn risks: minimum norm at ``_DRAWN``, matched ridge at ``_RIDGE`` (the same nested features)."""
    rng = settings.generator(f"inference-and-generalisation/descent/{power}", base_seed)
    law = energies(power)
    least = [float(minimum_norm_trials(law, _NOISE, _N, p, 200, rng).mean()) for p in _DRAWN]
    x = torch.randn(60, _N, _D, dtype=torch.float64, generator=rng)
    return least, [float(matched_ridge_risk(x[..., :p], law, _NOISE).mean()) for p in _RIDGE]


def curve(power: float) -> dict[int, float]:
    """The exact risk of the minimum-norm solution for every number of features where it is finite.

    >>> sorted(set(range(121)) - set(curve(0.0)))
    [19, 20, 21]
    """
    return {p: minimum_norm_risk(energies(power), _NOISE, _N, p) for p in range(_D + 1) if abs(p - _N) > 1}


def _panel(axes: Axes, title: str, power: float) -> None:
    exact, (least, ridge) = curve(power), _drawn(power, settings.seed())
    for k, side in enumerate(([p for p in exact if 0 < p < _N], [p for p in exact if p > _N])):
        label = "least norm, exact" if k == 0 else None
        axes.plot(side, [exact[p] for p in side], color=figures.COLOURS[0], label=label)
    axes.plot(_DRAWN, least, "o", color=figures.COLOURS[0], label="least norm, 200 samples")
    axes.plot(_RIDGE, ridge, "--", marker="^", color=figures.COLOURS[1], markersize=4, label="matched ridge")
    axes.axvline(_N, color=figures.COLOURS[6], linestyle=":", linewidth=1)
    axes.axhline(exact[0], color=figures.COLOURS[6], linestyle="-.", linewidth=1)
    axes.set(title=title, xlabel="features used, p", xscale="log", yscale="log", ylim=(0.15, 30))


@figures.style()
def descent_figure() -> Figure:
    """Risk against the number of features for two laws of the energies: exact, drawn, and with matched ridge."""
    drawn = figures.figure(7.0, 3.8)
    panels = drawn.subplots(1, 2, sharey=True)
    for axes, (title, power) in zip(panels, _LAWS.items(), strict=True):
        _panel(axes, title, power)
    panels[0].set_ylabel("mean squared error on new data")
    panels[0].legend(loc="upper left", fontsize=8)
    return drawn


def descent_alt() -> str:
    """What :func:`descent_figure` shows, in words and numbers."""
    falling, equal = (curve(power) for power in _LAWS.values())
    left, right = (min((p for p in falling if low <= p < high), key=falling.get) for low, high in ((0, _N), (_N, 999)))
    ridge = [_drawn(power, settings.seed())[1] for power in _LAWS.values()]
    return (
        f"Two panels: error on new data against the number of features, {_N} samples, axes logarithmic; dotted at "
        f"p = {_N}. Left, energies falling as 1/j²: from {falling[0]:.2f} without features down to {falling[left]:.2f} "
        f"at p = {left}, up without bound towards p = {_N}, down to {falling[right]:.2f} at p = {right} and up to "
        f"{falling[_D]:.2f} at {_D}. Right, equal energies: up from the start, down to {equal[_D]:.2f} at p = {_D}, "
        f"the least of all. Matched ridge has no peak: it ends at {ridge[0][-1]:.2f} and {ridge[1][-1]:.2f}."
    )


def objective(curvature: float, ratio: Float[Tensor, " n"]) -> Float[Tensor, " n"]:
    r"""Twice the mean excess loss plus the divergence, for one weight with :math:`\mu=0` and :math:`\sigma_P=1`.

    >>> objective(0.0, torch.tensor([1.0]))
    tensor([0.])
    """
    kl = torch.tensor([gaussian_kl(torch.zeros(1), float(s), 1.0) for s in ratio], dtype=ratio.dtype)
    return _STRENGTH * curvature / 2 * ratio**2 + kl


@figures.style()
def width_figure() -> Figure:
    """Divergence and objective against the width of Q, for a sharp and a flat minimum."""
    drawn = figures.figure(7.0, 3.6)
    axes = drawn.subplots()
    ratio = torch.logspace(-1.3, 0.6, 120, dtype=torch.float64)
    axes.plot(ratio, objective(0.0, ratio), color=figures.COLOURS[6], label="$KL(Q\\|P)$ alone")
    for k, (name, h) in enumerate(_CURVATURES.items()):
        best = torch.tensor([best_deviation(h, _STRENGTH, 1.0)], dtype=torch.float64)
        axes.plot(ratio, objective(h, ratio), figures.DASHES[k + 1], color=figures.COLOURS[k], label=name)
        axes.plot(best, objective(h, best), figures.MARKERS[k], color=figures.COLOURS[k])
    axes.plot(1.0, 0.0, "D", color=figures.COLOURS[6])
    axes.set(xscale="log", ylim=(-0.15, 4), xlabel="$\\sigma_Q/\\sigma_P$", ylabel="nats")
    axes.legend(loc="lower left", fontsize=9)
    return drawn


def width_alt() -> str:
    """What :func:`width_figure` shows, in words and numbers."""
    best = {h: best_deviation(h, _STRENGTH, 1.0) for h in _CURVATURES.values()}
    at = {h: float(objective(h, torch.tensor([s], dtype=torch.float64))) for h, s in best.items()}
    return (
        "Three curves against the width of Q in units of that of P, logarithmic axis. The divergence falls to 0 at "
        "the ratio 1 and rises beyond. Loss plus divergence is least at "
        + " and at ".join(f"{best[h]:.2f} with {at[h]:.2f} nats for the curvature {h:g}" for h in best)
        + "."
    )
