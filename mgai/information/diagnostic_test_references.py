"""Tests by counting people, results and rules one by one: references for the page on the diagnostic test.

Used on the page ``chapters/6-information/diagnostic-test``.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import numpy as np
import torch
from scipy import integrate, optimize, stats

from mgai.information.diagnostic_test import Test, predictive_values, roc
from mgai.information.diagnostic_uncertainty import Study, beta_parameters
from mgai.probability.exact_laws import Outcome, frequency, outcomes


def companion() -> tuple[Fraction, Test]:
    """Prevalence and test of the companion: one in a hundred; 95 and 98 per cent.

    >>> companion()[0]
    Fraction(1, 100)
    """
    return Fraction(1, 100), Test(Fraction(95, 100), Fraction(98, 100))


def people(prior: Fraction, test: Test, n: int) -> list[Outcome]:
    """n people, each as (ill, positive), in the exact proportions.

    Raises ValueError unless the proportions give whole numbers.

    >>> len(people(*companion(), 10_000))
    10000
    """
    shares = [[(1 - prior) * test.specificity, (1 - prior) * (1 - test.specificity)],
              [prior * (1 - test.sensitivity), prior * test.sensitivity]]  # fmt: skip
    counts = [[share * n for share in row] for row in shares]
    if any(Fraction(count).denominator != 1 for row in counts for count in row):
        raise ValueError(f"n={n} people do not divide in these proportions")
    return outcomes(torch.tensor([[int(count) for count in row] for row in counts]))


def values_by_counting(prior: Fraction, test: Test, n: int) -> tuple[Fraction, Fraction]:
    """The predictive values as shares of n people.

    >>> values_by_counting(*companion(), 10_000)
    (Fraction(95, 293), Fraction(9702, 9707))
    """
    everyone = people(prior, test, n)
    return (frequency(everyone, lambda one: one[0] == 1, lambda one: one[1] == 1),
            frequency(everyone, lambda one: one[0] == 0, lambda one: one[1] == 0))  # fmt: skip


def repeated_law(prior: Fraction, test: Test, share: Fraction, n: int) -> dict[tuple[int, tuple[int, ...]], Fraction]:
    """The joint law of the illness and n results: with probability ``share`` all repeat the first, else independent.

    >>> sum(repeated_law(*companion(), Fraction(1, 2), 2).values())
    Fraction(1, 1)
    """
    law = {}
    for ill, results in product((0, 1), product((0, 1), repeat=n)):
        rate = test.sensitivity if ill else 1 - test.specificity
        each = [rate if result else 1 - rate for result in results]
        alone = Fraction(1)
        for factor in each:
            alone *= factor
        copied = each[0] if len(set(results)) == 1 else Fraction(0)
        law[ill, results] = (prior if ill else 1 - prior) * (share * copied + (1 - share) * alone)
    return law


def posterior_of_repeats(prior: Fraction, test: Test, share: Fraction, n: int) -> Fraction:
    """P(ill | n positive results), from the joint law.

    >>> posterior_of_repeats(*companion(), Fraction(1), 2)
    Fraction(95, 293)
    """
    law = repeated_law(prior, test, share, n)
    ill, healthy = law[1, (1,) * n], law[0, (1,) * n]
    return ill / (ill + healthy)


def mean_posterior(prior: Fraction, test: Test) -> Fraction:
    """The mean of P(ill | result) by Bayes' rule for odds, with the shares of the results in the joint law.

    >>> mean_posterior(*companion())
    Fraction(1, 100)
    """
    law = repeated_law(prior, test, Fraction(0), 1)
    positive, negative = predictive_values(prior, test)
    return sum(
        ((law[0, (result,)] + law[1, (result,)]) * belief for result, belief in ((0, 1 - negative), (1, positive))),
        Fraction(0),
    )


def information_from_law(prior: Fraction, test: Test) -> float:
    """The mutual information of illness and result in bits: the joint law against the product of its margins.

    >>> round(information_from_law(*companion()), 4)
    0.048
    """
    law = np.array(list(repeated_law(prior, test, Fraction(0), 1).values()), dtype=float).reshape(2, 2)
    independent = law.sum(1, keepdims=True) * law.sum(0, keepdims=True)
    return float(stats.entropy(law.ravel(), independent.ravel(), base=2))


def threshold_by_search(distance: float, prior: float, cost_ratio: float) -> float:
    """The best threshold of the score by minimisation of the expected cost, with SciPy's normal law.

    >>> round(threshold_by_search(2.0, 0.5, 1.0), 6)
    1.0
    """

    def cost(t: float) -> float:
        return (1 - prior) * stats.norm.sf(t) + cost_ratio * prior * stats.norm.cdf(t - distance)

    def slope(t: float) -> float:
        return (cost(t + 1e-6) - cost(t - 1e-6)) / 2e-6

    start = optimize.minimize_scalar(cost, bounds=(-10, 10 + distance), method="bounded").x
    return float(optimize.brentq(slope, start - 0.1, start + 0.1, xtol=1e-12))


def slope_of_roc(t: float, distance: float) -> torch.Tensor:
    """The slope of sensitivity against false-alarm rate at the threshold t, by automatic differentiation.

    >>> round(float(slope_of_roc(1.0, 2.0)), 12)
    1.0
    """
    at = torch.tensor(t, dtype=torch.float64)
    alarm, power = torch.func.jacrev(lambda x: torch.stack(roc(x, distance)))(at)
    return power / alarm


def result_matters(prior: Fraction, test: Test, cost_ratio: Fraction) -> bool:
    """Whether the posterior at which both decisions cost the same lies between those of the two results.

    >>> result_matters(*companion(), Fraction(2)), result_matters(*companion(), Fraction(5))
    (False, True)
    """
    law = repeated_law(prior, test, Fraction(0), 1)
    posteriors = [law[1, (result,)] / (law[0, (result,)] + law[1, (result,)]) for result in (0, 1)]
    return min(posteriors) < 1 / (1 + cost_ratio) < max(posteriors)


def yes_or_no_bits(p: float) -> float:
    """The entropy of a yes with probability p in bits, by SciPy.

    >>> yes_or_no_bits(0.5)
    1.0
    """
    return float(stats.entropy([p, 1 - p], base=2))


def discrete_scores(n: int, generator: torch.Generator) -> tuple[list[int], list[int]]:
    """Two laws on n scores as integer weights of the same sum: healthy and ill.

    The score that is the most frequent in the ill is so in the healthy, too: no evidence of illness.

    >>> healthy, ill = discrete_scores(4, torch.Generator())
    >>> sum(healthy) == sum(ill), healthy.index(max(healthy)) == ill.index(max(ill))
    (True, True)
    """
    healthy, ill = (torch.randint(low, 20, (n,), generator=generator) for low in (1, 10))
    healthy[ill.argmax()] = 40
    return (healthy * ill.sum()).tolist(), (ill * healthy.sum()).tolist()


def rate(rule: tuple[int, ...], weights: list[int]) -> int:
    """The weight of the scores that a rule, a row of zeros and ones, calls ill.

    >>> rate((1, 0, 1), [3, 4, 5])
    8
    """
    return sum(weight for called, weight in zip(rule, weights, strict=True) if called)


def threshold_rules(keys: list[float]) -> list[tuple[int, ...]]:
    """All rules "call ill if the key is at least t", one for each t, from nobody to everybody.

    >>> threshold_rules([0.5, 2.0])
    [(0, 0), (0, 1), (1, 1)]
    """
    cuts = [float("inf"), *sorted(set(keys), reverse=True)]
    return [tuple(int(key >= cut) for key in keys) for cut in cuts]


def beaten(rule: tuple[int, ...], rules: list[tuple[int, ...]], healthy: list[int], ill: list[int]) -> bool:
    """Whether the rule has more power than one of the rules with at least as many false alarms.

    >>> beaten((0, 1), [(1, 0)], [1, 1], [1, 2])
    True
    """
    return any(rate(rule, healthy) <= rate(other, healthy) and rate(rule, ill) > rate(other, ill) for other in rules)


def mean_value_by_integration(prior: float, study: Study) -> float:
    """The mean predictive value by adaptive quadrature over both Beta laws.

    >>> round(mean_value_by_integration(0.01, Study(19, 20, 1, 50)), 4)
    0.2588
    """
    (a, b), (c, d) = beta_parameters(study)

    def inner(s: float) -> float:
        return integrate.quad(lambda q: stats.beta.pdf(q, c, d) * prior * s / (prior * s + (1 - prior) * q), 0, 1,
                              points=[0.01, 0.1], epsabs=1e-10)[0]  # fmt: skip

    nodes, weights = np.polynomial.legendre.leggauss(40)
    s = (1 + nodes) / 2
    return float(sum(w / 2 * stats.beta.pdf(x, a, b) * inner(x) for x, w in zip(s, weights, strict=True)))


def quantiles_by_bisection(prior: float, study: Study, levels: tuple[float, ...], n: int = 20_000) -> list[float]:
    """Quantiles of the predictive value: a midpoint sum over the quantiles of s, and bisection.

    >>> [round(value, 3) for value in quantiles_by_bisection(0.01, Study(19, 20, 1, 50), (0.5,))]
    [0.219]
    """
    (a, b), (c, d) = beta_parameters(study)
    s = stats.beta.ppf((np.arange(n) + 0.5) / n, a, b)
    found = []
    for level in levels:
        low, high = 0.0, 1.0
        for _ in range(30):
            v = (low + high) / 2
            below = float(stats.beta.sf(prior * s * (1 - v) / ((1 - prior) * v), c, d).mean())
            low, high = (v, high) if below < level else (low, v)
        found.append((low + high) / 2)
    return found


def simulated_patients(prior: float, study: Study, n: int, generator: np.random.Generator) -> np.ndarray:
    """Whether each patient with a positive result is ill, of n patients, each with its own draw of the test's rates.

    >>> set(simulated_patients(0.5, Study(9, 10, 1, 10), 100, np.random.default_rng(0)).tolist())
    {0.0, 1.0}
    """
    sensitivity, false_alarm = (generator.beta(a, b, n) for a, b in beta_parameters(study))
    ill = generator.random(n) < prior
    positive = generator.random(n) < np.where(ill, sensitivity, false_alarm)
    return ill[positive].astype(float)
