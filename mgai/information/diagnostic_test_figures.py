"""The figures of the page ``chapters/6-information/diagnostic-test``, and what they show in words."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import torch
from matplotlib.figure import Figure
from scipy.special import ndtri

from mgai import figures
from mgai.information.diagnostic_test import posterior, predictive_values, repeated_ratio, roc
from mgai.information.diagnostic_test_references import companion
from mgai.information.diagnostic_uncertainty import Study, mean_value, next_patient, value_below, value_quantile

STUDY = Study(19, 20, 1, 50)  # shares of 95 and 98 per cent, as the companion's


def score_of_companion() -> tuple[float, float, float]:
    """Distance of the Gaussian scores and threshold that give the companion's test, and the slope of the ROC there.

    >>> [round(value, 2) for value in score_of_companion()]
    [3.7, 2.05, 2.13]
    """
    _, test = companion()
    ill, healthy = (float(ndtri(float(rate))) for rate in test)
    return ill + healthy, healthy, math.exp((healthy**2 - ill**2) / 2)


@figures.style()
def posterior_figure() -> Figure:
    """Predictive value against prevalence for one and two positive results; the curve of the score."""
    drawn = figures.figure(7.0, 3.5)
    left, right = drawn.subplots(1, 2)
    _, test = companion()
    prior = np.logspace(-4, math.log10(0.5), 80)
    rows = (
        ("one positive", Fraction(1), 1),
        ("two, half of them copies", Fraction(1, 2), 2),
        ("two, independent", Fraction(0), 2),
    )
    for (label, share, n), colour, dash in zip(rows, figures.COLOURS, figures.DASHES, strict=False):
        ratio = float(repeated_ratio(test, share, n))
        left.plot(prior, [posterior(p, ratio) for p in prior.tolist()], color=colour, linestyle=dash, label=label)
    left.plot(0.01, float(predictive_values(*companion())[0]), "o", color="black")
    left.set(xscale="log", xlabel="prevalence", ylabel="P(ill | all positive)", ylim=(0, 1.02))
    left.legend(fontsize=9, loc="lower left", bbox_to_anchor=(0, 1))
    distance, _, slope = score_of_companion()
    alarms, powers = roc(torch.linspace(-2, distance + 3, 200, dtype=torch.float64), distance)
    right.plot(alarms, powers, color=figures.COLOURS[0], label=f"$d={distance:.2f}$")
    x = np.array([0.0, 0.045])
    right.plot(x, 0.95 + slope * (x - 0.02), color=figures.COLOURS[1], linestyle="--", label="equal cost")
    right.plot(0.02, 0.95, "o", color="black")
    right.set(xlabel="false-alarm rate $1-c$", ylabel="sensitivity $s$", xlim=(-0.005, 0.2), ylim=(0.7, 1.01))
    right.legend(fontsize=9, loc="lower right")
    return drawn


def posterior_alt() -> str:
    """What :func:`posterior_figure` shows, in numbers."""
    prior, test = companion()
    once, _ = predictive_values(prior, test)
    twice = [float(posterior(prior, repeated_ratio(test, Fraction(share, 2), 2))) for share in (1, 0)]
    distance, t, slope = score_of_companion()
    return (
        f"Left: three S-shaped curves over prevalence; at 0.01 one positive result gives {float(once):.3f}, "
        f"two of which half are copies {twice[0]:.3f}, two independent ones {twice[1]:.3f}. Right: sensitivity against "
        f"false-alarm rate, a concave curve for d = {distance:.2f}, with its tangent of slope {slope:.2f} at the "
        f"companion's test, threshold {t:.2f}."
    )


@figures.style()
def uncertainty_figure(study: Study = STUDY) -> Figure:
    """The distribution function of the predictive value after a study, with three point estimates."""
    drawn = figures.figure(6.0, 3.2)
    axes = drawn.add_subplot(
        xlabel="predictive value P(ill | +)", ylabel="probability below", ylim=(0, 1), xlim=(0, 0.8)
    )
    values = np.linspace(0.01, 0.8, 120)
    axes.plot(values, [value_below(v, 0.01, study) for v in values.tolist()], color=figures.COLOURS[0])
    marks = (
        ("next patient", next_patient(0.01, study)),
        ("mean value", mean_value(0.01, study)),
        ("shares plugged in", plug_in(study)),
    )
    for (label, value), colour, dash in zip(marks, figures.COLOURS[1:], figures.DASHES[1:], strict=False):
        axes.axvline(value, color=colour, linestyle=dash, label=f"{label}: {value:.2f}")
    axes.legend(fontsize=9, loc="lower right")
    return drawn


def plug_in(study: Study = STUDY) -> float:
    """The predictive value at one per cent with the study's shares in place of the probabilities.

    >>> round(plug_in(), 4)
    0.3242
    """
    return posterior(0.01, (study.ill_positive / study.ill) / (study.healthy_positive / study.healthy))


def uncertainty_alt(study: Study = STUDY) -> str:
    """What :func:`uncertainty_figure` shows, in numbers."""
    low, middle, high = (value_quantile(level, 0.01, study) for level in (0.05, 0.5, 0.95))
    return (
        f"A rising distribution function: five per cent of the predictive values lie below {low:.2f}, half below "
        f"{middle:.2f}, 95 per cent below {high:.2f}. Vertical lines: next patient {next_patient(0.01, study):.2f}, "
        f"mean {mean_value(0.01, study):.2f}, shares plugged in {plug_in(study):.2f}."
    )
