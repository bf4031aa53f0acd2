"""The figures of the page ``chapters/5-probability/rules-and-moments``: Chebyshev's bound, and cancellation."""

from __future__ import annotations

from functools import lru_cache

import torch
from matplotlib.figure import Figure

from mgai import figures, settings
from mgai.probability.exact_laws import exact_variance
from mgai.probability.inequalities import chebyshev_bound, chebyshev_law, tail_probability
from mgai.probability.running_variance import condition_number, running_variance, textbook_variance, two_pass_variance

_SHARP = 2.0  # where the three-point law of the figure meets the bound
_MEANS = tuple(10.0 ** (k / 2) for k in range(15))  # in units of the standard deviation
_METHODS = {"textbook": textbook_variance, "running": running_variance, "two passes": two_pass_variance}
_UNIT = torch.finfo(torch.float32).eps / 2


def tails(k: torch.Tensor) -> dict[str, torch.Tensor]:
    r""":math:`P(|X-\mu|\ge k\sigma)` for four laws.

    >>> {name: round(float(tail), 4) for name, tail in tails(torch.tensor([2.0])).items()}
    {'three-point law': 0.25, 'exponential': 0.0498, 'normal': 0.0455, 'uniform': 0.0}
    """
    law = chebyshev_law(_SHARP)
    return {
        "three-point law": torch.stack([tail_probability(*law, float(ratio)) for ratio in k]),
        "exponential": (-1 - k).exp() + (1 - (k - 1).exp()).clamp(min=0),
        "normal": torch.special.erfc(k / 2**0.5),
        "uniform": (1 - k / 3**0.5).clamp(min=0),
    }


@figures.style()
def tails_figure() -> Figure:
    """Tails of four laws with variance 1 below Chebyshev's bound, which one of them meets."""
    drawn = figures.figure(7.0, 3.8)
    axes = drawn.subplots()
    k = torch.linspace(0.5, 5, 181, dtype=torch.float64)
    axes.plot(k, [chebyshev_bound(1.0, float(ratio)) for ratio in k], color=figures.COLOURS[6], label="bound $1/k^2$")
    for dash, (name, tail) in zip(figures.DASHES[1:], tails(k).items(), strict=False):
        axes.plot(k, torch.where(tail > 0, tail, torch.nan), linestyle=dash, label=name)
    axes.plot(_SHARP, chebyshev_bound(1.0, _SHARP), "o", color=figures.COLOURS[0])
    axes.set(xlabel="$k=\\varepsilon/\\sigma$", ylabel="$P(|X-\\mu|\\geq k\\sigma)$", yscale="log", ylim=(1e-5, 5))
    axes.legend(loc="lower left", fontsize=9)
    return drawn


def tails_alt() -> str:
    """What :func:`tails_figure` shows, in words and numbers."""
    at = {name: float(tail[0]) for name, tail in tails(torch.tensor([_SHARP], dtype=torch.float64)).items()}
    far = {name: float(tail[0]) for name, tail in tails(torch.tensor([4.0], dtype=torch.float64)).items()}
    return (
        f"Probability of a distance of k standard deviations or more from the mean, k from 0.5 to 5, logarithmic axis. "
        f"Chebyshev's bound falls as 1/k². The three-point law is constant at {at['three-point law']:g} up to k = "
        f"{_SHARP:g}, where it meets the bound, and zero beyond. At k = 4 the bound is "
        f"{chebyshev_bound(1.0, 4.0):.2g}, the exponential law {far['exponential']:.1g}, "
        f"the normal law {far['normal']:.1g}; the uniform law ends at k = {3**0.5:.2f}."
    )


@lru_cache(maxsize=4)
def _errors(base_seed: int, n: int = 256) -> dict[str, list[float]]:
    """Relative errors in float32, one sample of n numbers for each mean, against rational arithmetic."""
    rng = settings.generator("rules-and-moments/cancellation", base_seed)
    samples = [torch.randn(n, generator=rng) + mean for mean in _MEANS]
    exact = [float(exact_variance(sample.tolist())) for sample in samples]
    return {
        name: [max(abs(float(method(s)) / v - 1), _UNIT / 8) for s, v in zip(samples, exact, strict=True)]
        for name, method in _METHODS.items()
    }


@figures.style()
def cancellation_figure() -> Figure:
    """Relative error of three variances in float32 against the mean, with the lines of the two condition numbers."""
    drawn = figures.figure(7.0, 3.8)
    axes = drawn.subplots()
    kappa = torch.tensor([condition_number(mean, 1.0) for mean in _MEANS])
    for (name, error), marker in zip(_errors(settings.seed()).items(), figures.MARKERS, strict=False):
        axes.plot(_MEANS, error, marker, label=name)
    axes.plot(_MEANS, _UNIT * kappa**2, "--", color=figures.COLOURS[6], linewidth=1, label="$u\\kappa^2$")
    axes.plot(_MEANS, _UNIT * kappa, ":", color=figures.COLOURS[6], linewidth=1, label="$u\\kappa$")
    axes.set(xscale="log", yscale="log", xlabel="mean, in standard deviations", ylabel="relative error of the variance")
    axes.set_ylim(3e-9, 1e8)
    axes.legend(loc="upper left", fontsize=9)
    return drawn


def cancellation_alt() -> str:
    """What :func:`cancellation_figure` shows, in words and numbers."""
    errors = _errors(settings.seed())
    at = _MEANS.index(10.0**4)
    return (
        "Relative error of the variance of 256 numbers in float32 against their mean in standard deviations, both axes "
        "logarithmic. The errors of the textbook formula climb with the square of the mean, to "
        f"{errors['textbook'][at]:.1g} at a mean of 10,000. There the running variance has the error "
        f"{errors['running'][at]:.1g}, and two passes have {errors['two passes'][at]:.1g}."
    )
