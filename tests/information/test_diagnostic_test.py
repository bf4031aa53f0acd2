"""The diagnostic test: exact values, repeats, thresholds, information, estimated rates, figures; bad input."""

import math
from fractions import Fraction
from itertools import product

import numpy as np
import pytest
import torch
from hypothesis import given, strategies
from hypothesis import settings as hypothesis_settings
from scipy import special, stats

from mgai import figures
from mgai.information import diagnostic_test as ours
from mgai.information import diagnostic_test_figures as drawings
from mgai.information import diagnostic_test_references as references
from mgai.information import diagnostic_uncertainty as estimated
from mgai.settings import generator, numpy_generator

PARTS = strategies.fractions(Fraction(1, 50), Fraction(49, 50), max_denominator=50)


@hypothesis_settings(max_examples=40, deadline=None)
@given(PARTS, PARTS, PARTS)
def test_values_are_those_of_the_joint_law(prior, sensitivity, specificity):
    test = ours.Test(sensitivity, specificity)
    law = references.repeated_law(prior, test, Fraction(0), 1)
    positive, negative = ours.predictive_values(prior, test)
    assert positive == law[1, (1,)] / (law[1, (1,)] + law[0, (1,)])
    assert negative == law[0, (0,)] / (law[1, (0,)] + law[0, (0,)])
    assert (positive == sensitivity) == (law[1, (1,)] + law[0, (1,)] == prior)
    assert (1 - negative < prior) == (sensitivity + specificity > 1)
    assert references.mean_posterior(prior, test) == prior
    bits = ours.information(prior, test)
    assert bits == pytest.approx(references.information_from_law(prior, test), abs=1e-12) and bits > -1e-12
    assert (ours.decision_value(prior, test, Fraction(3)) > 0) == references.result_matters(prior, test, Fraction(3))


@hypothesis_settings(max_examples=30, deadline=None)
@given(PARTS, PARTS, PARTS, PARTS, strategies.integers(1, 4))
def test_repeats_are_those_of_the_joint_law(prior, sensitivity, specificity, share, n):
    test = ours.Test(sensitivity, specificity)
    ratio = ours.repeated_ratio(test, share, n)
    assert ours.posterior(prior, ratio) == references.posterior_of_repeats(prior, test, share, n)
    assert ratio <= ours.likelihood_ratios(test)[0] / share
    assert sum(references.repeated_law(prior, test, share, n).values()) == 1


def test_odds_of_independent_results_multiply():
    prior, test = references.companion()
    positive, negative = ours.likelihood_ratios(test)
    one_each = ours.posterior(ours.posterior(prior, positive), negative)
    assert one_each == ours.posterior(prior, positive * negative)
    assert ours.repeated_ratio(test, Fraction(0), 3) == positive**3


def test_thresholds_and_slopes():
    for case in ((1.0, 0.2, 1.0), (3.0, 0.05, 30.0)):
        t = ours.best_threshold(*case)
        assert t == pytest.approx(references.threshold_by_search(*case), abs=1e-5)
        near = ours.expected_cost(torch.tensor([t - 0.01, t, t + 0.01], dtype=torch.float64), *case)
        assert near.argmin() == 1
        slope = float(references.slope_of_roc(t, case[0]))
        assert slope == pytest.approx((1 - case[1]) / (case[1] * case[2]))
    distance, t, slope = drawings.score_of_companion()
    alarm, power = ours.roc(torch.tensor(t, dtype=torch.float64), distance)
    assert (float(alarm), float(power)) == pytest.approx((0.02, 0.95))
    assert slope == pytest.approx(stats.norm.pdf(t, distance) / stats.norm.pdf(t))


def test_likelihood_ratio_rules_are_not_beaten():
    healthy, ill = references.discrete_scores(6, generator("test/diagnostic/rules"))
    rules = references.threshold_rules([b / a for a, b in zip(healthy, ill, strict=True)])
    assert rules[0] == (0,) * 6 and rules[-1] == (1,) * 6
    assert not any(references.beaten(rule, rules, healthy, ill) for rule in rules)
    named = references.threshold_rules([float(weight) for weight in ill])
    assert any(references.beaten(rule, named, healthy, ill) for rule in product((0, 1), repeat=6))


@pytest.mark.parametrize("study", [drawings.STUDY, estimated.Study(3, 4, 5, 30), estimated.Study(40, 50, 0, 10)])
def test_the_law_of_the_value(study):
    (a, b), (c, d) = estimated.beta_parameters(study)
    rng = numpy_generator("test/diagnostic/value")
    s, q = rng.beta(a, b, 20_000), rng.beta(c, d, 20_000)
    values = 0.1 * s / (0.1 * s + 0.9 * q)
    error = values.std() / math.sqrt(len(values))
    assert abs(values.mean() - estimated.mean_value(0.1, study)) < 6 * error
    assert abs(np.mean(values <= 0.5) - estimated.value_below(0.5, 0.1, study)) < 6 * 0.5 / math.sqrt(20_000)
    assert estimated.value_below(estimated.value_quantile(0.3, 0.1, study), 0.1, study) == pytest.approx(0.3)


def test_quadratures_agree():
    assert references.mean_value_by_integration(0.01, drawings.STUDY) == pytest.approx(
        estimated.mean_value(0.01, drawings.STUDY), abs=1e-9
    )
    (a, b), (c, d) = estimated.beta_parameters(drawings.STUDY)
    known = special.hyp2f1(1, c, c + d, -99 / (a / (a + b)))
    narrow = estimated.Study(a * 40, (a + b) * 40, *drawings.STUDY[2:])
    assert estimated.mean_value(0.01, narrow) == pytest.approx(known, rel=1e-3)
    large = estimated.Study(855, 900, 18, 900)
    exact = float(ours.predictive_values(0.01, ours.Test(0.95, 0.98))[0])
    for value in (estimated.next_patient(0.01, large), estimated.mean_value(0.01, large)):
        assert value == pytest.approx(exact, abs=0.03)


def test_figures_show_what_they_name():
    left, right = drawings.posterior_figure().axes
    assert left.get_xscale() == "log" and right.get_xlabel() and len(left.lines) == 4
    assert "0.324" in drawings.posterior_alt() and "0.478" in drawings.posterior_alt()
    (axes,) = drawings.uncertainty_figure().axes
    assert axes.get_xlabel() and axes.get_ylabel() and len(axes.lines) == 4
    for alt in (drawings.posterior_alt(), drawings.uncertainty_alt()):
        figures.check_alt(alt)


STUDY = estimated.Study(1, 2, 1, 2)


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("call", "argument"),
    [
        (lambda: ours.posterior(1.0, 2.0), "prior"),
        (lambda: ours.posterior(0.5, math.nan), "likelihood_ratio"),
        (lambda: ours.likelihood_ratios(ours.Test(0.9, 1.0)), "specificity"),
        (lambda: ours.likelihood_ratios(ours.Test(math.nan, 0.9)), "sensitivity"),
        (lambda: ours.repeated_ratio(ours.Test(0.9, 0.9), 1.5, 2), "share"),
        (lambda: ours.repeated_ratio(ours.Test(0.9, 0.9), 0.5, 0), "n be"),
        (lambda: ours.best_threshold(0.0, 0.5, 1.0), "distance"),
        (lambda: ours.best_threshold(1.0, 0.5, math.inf), "cost_ratio"),
        (lambda: ours.binary_entropy(1.1), "p must"),
        (lambda: ours.decision_value(0.0, ours.Test(0.9, 0.9), 1.0), "prior"),
        (lambda: references.people(*references.companion(), 10), "n=10"),
        (lambda: estimated.beta_parameters(estimated.Study(3, 2, 1, 2)), "study"),
        (lambda: estimated.next_patient(0.0, STUDY), "prior"),
        (lambda: estimated.value_below(1.0, 0.5, STUDY), "v must"),
        (lambda: estimated.mean_value(0.5, estimated.Study(1, 2000, 1, 2)), "study"),
        (lambda: estimated.value_quantile(0.0, 0.5, STUDY), "level"),
    ],
)
def test_bad_input_is_named(call, argument):
    with pytest.raises(ValueError, match=argument):
        call()
