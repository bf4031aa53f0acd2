r"""A diagnostic test: Bayes' rule, repeats that depend on each other, thresholds, and what a result is worth.

Shown on the page ``chapters/6-information/diagnostic-test``. Functions that say so take fractions and then compute
exactly. The score of section 3 is :math:`\mathcal N(0,1)` in healthy people and :math:`\mathcal N(d,1)` in ill ones.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor


class Test(NamedTuple):
    """A test: the probability of a positive result in the ill, and of a negative one in the healthy."""

    __test__ = False  # not a test of pytest's
    sensitivity: float | Fraction
    specificity: float | Fraction


def posterior(prior: float | Fraction, likelihood_ratio: float | Fraction) -> float | Fraction:
    r"""The probability :math:`o/(1+o)` with the odds :math:`o=\frac{\pi}{1-\pi}\Lambda`; exact for fractions.

    Args:
        prior: :math:`\pi`, strictly between 0 and 1.
        likelihood_ratio: :math:`\Lambda=P(\text{result}\mid D)/P(\text{result}\mid\bar D)`, not negative.

    Raises:
        ValueError: outside these ranges.

    >>> posterior(Fraction(1, 100), Fraction(95, 2))
    Fraction(95, 293)
    """
    _check_open(prior, "prior")
    if not 0 <= likelihood_ratio < math.inf:
        raise ValueError(f"likelihood_ratio must be finite and not negative, not {likelihood_ratio}")
    return prior * likelihood_ratio / (prior * likelihood_ratio + 1 - prior)


def likelihood_ratios(test: Test) -> tuple[float | Fraction, float | Fraction]:
    r"""The ratios :math:`s/(1-c)` of a positive and :math:`(1-s)/c` of a negative result; exact for fractions.

    Raises ValueError unless both probabilities lie strictly between 0 and 1.

    >>> likelihood_ratios(Test(Fraction(95, 100), Fraction(98, 100)))
    (Fraction(95, 2), Fraction(5, 98))
    """
    _check_test(test)
    return test.sensitivity / (1 - test.specificity), (1 - test.sensitivity) / test.specificity


def predictive_values(prior: float | Fraction, test: Test) -> tuple[float | Fraction, float | Fraction]:
    """The positive and the negative predictive value, P(ill | +) and P(healthy | -); exact for fractions.

    >>> predictive_values(Fraction(1, 100), Test(Fraction(95, 100), Fraction(98, 100)))
    (Fraction(95, 293), Fraction(9702, 9707))
    """
    positive, negative = likelihood_ratios(test)
    return posterior(prior, positive), 1 - posterior(prior, negative)


def repeated_ratio(test: Test, share: float | Fraction, n: int) -> float | Fraction:
    r"""The likelihood ratio of n positive results when with probability ρ all repeats copy the first result.

    Otherwise they are independent, given the illness. Derived under ``thm-diagnostic-test-repeats``; exact for
    fractions:

    .. math:: \frac{s\,(\rho+(1-\rho)s^{n-1})}{(1-c)\,(\rho+(1-\rho)(1-c)^{n-1})} .

    Raises ValueError unless :math:`0\le\rho\le1` and :math:`n\ge1`.

    >>> repeated_ratio(Test(Fraction(95, 100), Fraction(98, 100)), Fraction(1), 2)
    Fraction(95, 2)
    """
    _check_test(test)
    if not 0 <= share <= 1 or n < 1:
        raise ValueError(f"share must lie between 0 and 1 and n be at least 1, not {share} and {n}")

    def all_positive(rate: float | Fraction) -> float | Fraction:
        return rate * (share + (1 - share) * rate ** (n - 1))

    return all_positive(test.sensitivity) / all_positive(1 - test.specificity)


def best_threshold(distance: float, prior: float, cost_ratio: float) -> float:
    r"""The threshold of the score with the least expected cost, :math:`t=\frac d2+\frac1d\ln\frac{1-\pi}{r\pi}`.

    cost_ratio: r, the cost of a missed illness in units of a false alarm. Derived under ``thm-diagnostic-test-cost``.

    Raises ValueError unless ``distance`` and ``cost_ratio`` are positive and ``prior`` is between 0 and 1.

    >>> best_threshold(2.0, 0.5, 1.0)
    1.0
    """
    _check_open(prior, "prior")
    _check_positive(distance, "distance")
    _check_positive(cost_ratio, "cost_ratio")
    return distance / 2 + math.log((1 - prior) / (cost_ratio * prior)) / distance


def roc(t: Float[Tensor, "*shape"], distance: float) -> tuple[Float[Tensor, "*shape"], Float[Tensor, "*shape"]]:
    r"""False-alarm rate and sensitivity at the threshold t: :math:`\Phi(-t)` and :math:`\Phi(d-t)`.

    >>> [float(rate) for rate in roc(torch.tensor(0.0), 0.0)]
    [0.5, 0.5]
    """
    return torch.special.ndtr(-t), torch.special.ndtr(distance - t)


def expected_cost(
    t: Float[Tensor, "*shape"], distance: float, prior: float, cost_ratio: float
) -> Float[Tensor, "*shape"]:
    """Mean cost of a decision at the threshold t, in units of a false alarm.

    >>> float(expected_cost(torch.tensor(0.0), 0.0, 0.5, 1.0))
    0.5
    """
    false_alarm, sensitivity = roc(t, distance)
    return (1 - prior) * false_alarm + cost_ratio * prior * (1 - sensitivity)


def information(prior: float | Fraction, test: Test) -> float:
    r"""The mutual information of illness and result in bits, :math:`h(P(+))-\pi h(s)-(1-\pi)h(c)`.

    h is the entropy of a yes or no in bits.

    >>> information(0.5, Test(0.5, 0.5))
    0.0
    """
    _check_open(prior, "prior")
    _check_test(test)
    p, s, c = float(prior), float(test.sensitivity), float(test.specificity)
    return binary_entropy(p * s + (1 - p) * (1 - c)) - p * binary_entropy(s) - (1 - p) * binary_entropy(c)


def binary_entropy(p: float) -> float:
    """The entropy of a yes with probability p, in bits.

    >>> binary_entropy(0.5), binary_entropy(0.0)
    (1.0, 0.0)
    """
    if not 0 <= p <= 1:
        raise ValueError(f"p must lie between 0 and 1, not {p}")
    return sum(q * math.log2(1 / q) for q in (p, 1 - p) if q > 0)


def decision_value(prior: float | Fraction, test: Test, cost_ratio: float | Fraction) -> float | Fraction:
    r"""What knowing the result saves on average, in units of a false alarm; exact for fractions.

    Without the test the cheaper of "treat all" and "treat none" costs :math:`\min(1-\pi,r\pi)`; with it each result
    has its own cheaper decision. Never negative.

    >>> decision_value(Fraction(1, 100), Test(Fraction(95, 100), Fraction(98, 100)), Fraction(2))
    Fraction(0, 1)
    """
    _check_open(prior, "prior")
    _check_test(test)
    _check_positive(cost_ratio, "cost_ratio")
    s, c = test.sensitivity, test.specificity
    positive = min((1 - prior) * (1 - c), cost_ratio * prior * s)
    negative = min((1 - prior) * c, cost_ratio * prior * (1 - s))
    return min(1 - prior, cost_ratio * prior) - positive - negative


def _check_test(test: Test) -> None:
    for name in test._fields:
        _check_open(getattr(test, name), name)


def _check_open(value: float | Fraction, name: str) -> None:
    if not 0 < value < 1:
        raise ValueError(f"{name} must lie strictly between 0 and 1, not {value}")


def _check_positive(value: float | Fraction, name: str) -> None:
    if not 0 < value < math.inf:
        raise ValueError(f"{name} must be positive and finite, not {value}")
