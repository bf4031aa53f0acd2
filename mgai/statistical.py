"""Statistical claims and observations: what is known from a sample only.

A statistical claim compares an estimate with its reference in units of the standard error and is
set so that a true statement fails less than once in a million runs. It is exported by
:mod:`mgai.claims`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from scipy import stats

from mgai.comparison import FAR, as_array, labelled
from mgai.records import ClaimDefect, Control, Record, publish

LEVEL = 1e-6  # a true statement fails less often than this
CONTROL_GAP = 5.0  # controls lie this many standard errors beyond the threshold
_SMALLEST_SAMPLE = 30


def statistical(
    found: Any,
    reference: float,
    *,
    item: str,
    name: str,
    says: str,
    route: str,
    rejects: Mapping[str, float],
    standard_error: float | None = None,
    n: int | None = None,
    because: str = "",
) -> None:
    r"""The estimate agrees with ``reference``: :math:`|\hat\mu-\mu| \le q\,\mathrm{se}`.

    Either ``found`` is the sample itself (one-dimensional, independent draws): the estimate is its
    mean, the standard error comes from the data and :math:`q` is Student's quantile with
    ``n - 1`` degrees of freedom at half the level: the other half covers what is not normal about the
    draws. Or ``found`` is an estimate and ``standard_error`` with ``n`` and ``because`` say what
    theory gives for it; then :math:`q` is the normal quantile. The level is one in a million, two-sided.

    A sample with zero variance, of fewer than 30 draws, or so skewed or heavy-tailed that its tail is
    not under control at that level is refused (ClaimDefect): normal draws need about 500, exponential
    ones 10,000. So is a control that is not at least five standard errors beyond the threshold.
    """
    target = _number(reference, "reference")
    estimate, error, size, quantile, reason = (
        _from_sample(as_array(found, "found"))
        if standard_error is None
        else _from_theory(found, standard_error, n, because)
    )
    controls = _controls(rejects, target, error, quantile)
    z = abs(estimate - target) / error
    publish(
        Record(
            item, name, "statistical", says, bool(z <= quantile), estimate, target, route,
            f"statistical (n = {size}, level {LEVEL:g})", difference=abs(estimate - target),
            tolerance=f"{z:.2g} ≤ {quantile:.3g} standard errors of {error:.2g}", because=reason,
            controls=controls,
            detail={"standard_error": error, "n": size, "z": z, "tolerance": quantile * error},
        )
    )  # fmt: skip


def _controls(rejects: Mapping[str, float], target: float, error: float, quantile: float) -> list[Control]:
    controls, needed = [], quantile + CONTROL_GAP
    for label, value in labelled(rejects).items():
        wrong = _number(value, f"the control {label!r}")
        apart = abs(wrong - target) / error
        if not needed <= apart < np.inf:
            raise ClaimDefect(
                f"the control {label!r} is {apart:.3g} standard errors off; with the threshold at "
                f"{quantile:.3g} it must be finite and at least {needed:.3g}: the sample is too small"
            )
        controls.append(Control(label, wrong, apart / quantile, True))
    nearest = min(control.distance for control in controls) * quantile * error
    if abs(target) > quantile * error and nearest > FAR * max(abs(target), needed * error):
        raise ClaimDefect("no control is near: add the smallest error a competent person would make")
    return controls


def _number(value: Any, argument: str) -> float:
    array = as_array(value, argument)
    if array.size != 1 or array.dtype.kind == "c":
        raise ClaimDefect(f"{argument} must be one real number, not {value!r}")
    return float(array.item())


def _from_sample(sample: np.ndarray) -> tuple[float, float, int, float, str]:
    if sample.ndim != 1 or sample.size < _SMALLEST_SAMPLE:
        raise ClaimDefect(f"found must be one-dimensional with at least {_SMALLEST_SAMPLE} draws: {sample.shape}")
    if sample.dtype.kind == "c":
        raise ClaimDefect("found is complex: claim its real and imaginary part one by one")
    sample = sample.astype(float)
    if not np.isfinite(sample).all():
        raise ClaimDefect("found has draws that are not finite")
    spread = sample.std(ddof=1)
    if spread <= 1e-12 * np.abs(sample).max():
        raise ClaimDefect("the sample has zero variance: claim equality, or give standard_error from theory")
    quantile = float(stats.t.isf(LEVEL / 4, sample.size - 1))
    needed = _draws_for_normality(sample, quantile)
    if not needed <= sample.size:
        raise ClaimDefect(
            f"the sample is too skewed or heavy-tailed for a standard error from the data: "
            f"about {needed:.3g} draws are needed; bound or transform the draws, or give standard_error"
        )
    return (
        float(sample.mean()),
        float(spread / np.sqrt(sample.size)),
        sample.size,
        quantile,
        "Student's quantile, standard error from the data",
    )


def _draws_for_normality(sample: np.ndarray, quantile: float) -> float:
    r"""Draws for which the first Edgeworth terms of Student's statistic leave the level as promised.

    Skewness :math:`\gamma` multiplies the two tails by about :math:`e^{\pm\gamma q^3/3\sqrt n}`, kurtosis
    :math:`\kappa` by :math:`e^{-\kappa q^4/12n}` (Hall, The Bootstrap and Edgeworth Expansion, 1992, ch. 2).
    With exponents of at most 1 and 1/2 and half the level kept in reserve, the two tails together stay
    below it; the sign of the kurtosis is ignored, since a large positive one tells of a heavy tail.
    """
    skew, kurtosis = float(stats.skew(sample)), float(stats.kurtosis(sample))
    return max((skew * quantile**3 / 3) ** 2, abs(kurtosis) * quantile**4 / 6)


def _from_theory(found: Any, error: float, n: int | None, because: str) -> tuple[float, float, int, float, str]:
    error = _number(error, "standard_error")
    if not (np.isfinite(error) and error > 0):
        raise ClaimDefect(f"standard_error must be positive and finite, not {error}")
    if not n or n < 1:
        raise ClaimDefect("n is missing: state the sample size")
    if not because.strip():
        raise ClaimDefect("because is empty: say which theory gives the standard error")
    return _number(found, "found"), error, int(n), float(stats.norm.isf(LEVEL / 2)), because


def observe(
    value: Any,
    *,
    item: str,
    name: str,
    says: str,
    n: int,
    interval: tuple[float, float] | None,
    seeds: Sequence[int],
    unit: str = "",
) -> None:
    """Record what is only seen: a timing, a comparison of trained models. Never gating, not a claim.

    n: how many runs or repetitions; interval: the range that holds most of them (say which in
    ``says``), or None for a single reading; seeds: the base seeds used.
    """
    if isinstance(n, bool) or not isinstance(n, (int, np.integer)) or n < 1:
        raise ClaimDefect(f"n={n}: an observation needs at least one run")
    if interval is not None:
        interval = (float(interval[0]), float(interval[1]))
        if not interval[0] <= interval[1]:
            raise ClaimDefect(f"interval={interval}: the lower end is above the upper end")
    span = "" if interval is None else f", {interval[0]:.4g} to {interval[1]:.4g}"
    found = as_array(value, "value") if hasattr(value, "tolist") else value
    publish(
        Record(
            item, name, "observation", says, True, found, None, "measurement",
            f"n = {n}{span}{' ' + unit if unit else ''}; seeds {', '.join(map(str, seeds)) or 'none'}",
            detail={"n": n, "interval": interval, "seeds": list(seeds), "unit": unit},
        )
    )  # fmt: skip
