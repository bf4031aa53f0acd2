"""Families and tails against SciPy, laws of the rate, weighted draws, heavy tails, dice, figures, bad input."""

import itertools
import math
from fractions import Fraction

import numpy as np
import pytest
import torch
from hypothesis import given, settings, strategies
from scipy import stats

from mgai import figures
from mgai import settings as book
from mgai.probability import conditioned_dice as dice
from mgai.probability import heavy_sums as heavy
from mgai.probability import rare_events as rare
from mgai.probability import rare_events_figures as drawings
from mgai.probability import rare_events_references as references
from mgai.probability.exponential_families import Bernoulli, Exponential, Normal, Poisson

DOUBLE = torch.float64
LAWS = (Bernoulli(0.3), Exponential(2.0), Normal(1.0, 4.0), Poisson(1.5))


def scipy_sum(law, n):
    if isinstance(law, Bernoulli):
        return stats.binom(n, law.p)
    if isinstance(law, Exponential):
        return stats.gamma(n, scale=1 / law.decay)
    if isinstance(law, Normal):
        return stats.norm(n * law.mean, math.sqrt(n * law.variance))
    return stats.poisson(n * law.mean)


@pytest.mark.parametrize("law", LAWS)
def test_tails_and_moments_are_those_of_scipy(law):
    assert law.mean == pytest.approx(float(scipy_sum(law, 1).mean()))
    assert law.variance == pytest.approx(float(scipy_sum(law, 1).var()))
    for n, share in itertools.product((1, 7, 40), (0.5, 1.0, 2.0)):
        total = math.ceil(n * law.mean * share) if law.span else n * law.mean * share
        expected = scipy_sum(law, n).sf(total - 1 if law.span else total)
        assert law.log_tail(n, total / n) == pytest.approx(math.log(expected) if expected else -math.inf, abs=1e-9)


@pytest.mark.parametrize("law", LAWS)
def test_cumulants_are_derivatives_of_log_mgf_and_tilting_shifts_it(law):
    zero = torch.tensor(0.0, dtype=DOUBLE)
    first = torch.func.grad(law.log_mgf)
    assert float(first(zero)) == pytest.approx(law.mean)
    assert float(torch.func.grad(first)(zero)) == pytest.approx(law.variance)
    theta, t = 0.4, torch.tensor([-0.5, 0.3], dtype=DOUBLE)
    shifted = law.log_mgf(t + theta) - law.log_mgf(torch.tensor(theta, dtype=DOUBLE))
    torch.testing.assert_close(law.tilted(theta).log_mgf(t), shifted)
    assert law.tilted(theta).mean == pytest.approx(float(first(torch.tensor(theta, dtype=DOUBLE))))
    assert law.tilt(law.tilted(theta).mean) == pytest.approx(theta)


@settings(max_examples=40)
@given(strategies.sampled_from(LAWS), strategies.floats(0.05, 0.9), strategies.floats(-1.5, 1.5))
def test_young_inequality_holds_between_rate_and_log_mgf(law, a, theta):
    gap = law.rate(torch.tensor(a, dtype=DOUBLE)) + law.log_mgf(torch.tensor(theta, dtype=DOUBLE)) - theta * a
    assert float(gap) >= -1e-12
    at = law.tilt(a)
    equal = law.rate(torch.tensor(a, dtype=DOUBLE)) + law.log_mgf(torch.tensor(at, dtype=DOUBLE)) - at * a
    assert float(equal) == pytest.approx(0, abs=1e-10)


def test_rates_and_log_mgf_are_infinite_outside():
    outside = torch.tensor([-0.1, 1.1], dtype=DOUBLE)
    assert Bernoulli(0.5).rate(outside).isinf().all()
    assert Bernoulli(0.5).rate(torch.tensor([0.0, 1.0], dtype=DOUBLE)).tolist() == pytest.approx([math.log(2)] * 2)
    assert Exponential(1.0).rate(torch.tensor(0.0)).isinf() and Poisson(1.0).rate(torch.tensor(-1.0)).isinf()
    assert Poisson(2.0).rate(torch.tensor(0.0)) == 2
    assert Exponential(1.0).log_mgf(torch.tensor([1.0, 2.0])).isinf().all()
    assert Bernoulli(0.5).log_tail(3, 1.5) == -math.inf and Bernoulli(0.5).log_tail(3, 0.0) == pytest.approx(0)


def test_bound_and_leading_term_enclose_large_samples():
    for law, a in references.CASES:
        for n in (50, 500):
            exact = law.log_tail(n, a)
            assert exact < rare.chernoff(law, n, a)
            assert abs(exact - rare.bahadur_rao(law, n, a)) < 8 / n
    assert rare.normal_log_tail(Normal(), 9, 1.0) == Normal().log_tail(9, 1.0)


def test_second_moments_by_sampling_and_at_the_edges():
    law, n, a = Exponential(1.0), 4, 2.0
    assert rare.log_second_moment(law, n, a, 0.0) == pytest.approx(law.log_tail(n, a))
    for theta in (-0.3, 0.5):
        sums = torch.from_numpy(book.numpy_generator(f"test/rare/{theta}").gamma(n, 1 / (1 - theta), 400_000))
        squares = (sums >= n * a) * torch.exp(2 * rare.log_weights(law, n, sums, theta))
        expected = math.exp(rare.log_second_moment(law, n, a, theta))
        assert float(squares.mean()) == pytest.approx(expected, abs=6 * float(squares.std()) / 400_000**0.5)
    assert rare.log_second_moment(law, n, a, -1.0) == math.inf == rare.relative_deviation(law, n, a, -2.0)
    assert rare.relative_deviation(law, n, a, 0.0) == pytest.approx(math.sqrt(1 / math.exp(law.log_tail(n, a)) - 1))


def test_mixed_tilts_are_bounded_and_unbiased():
    c = 3.0
    y = torch.linspace(-12, 12, 200_001, dtype=DOUBLE)
    weight = (y.abs() >= c) * torch.exp(c * c / 2 - torch.cosh(c * y).log())
    drawn = (torch.exp(-((y - c) ** 2) / 2) + torch.exp(-((y + c) ** 2) / 2)) / math.sqrt(8 * math.pi)
    assert float(weight.max()) <= 2 * math.exp(-c * c / 2)
    assert float(torch.trapezoid(weight * drawn, y)) == pytest.approx(math.erfc(c / 2**0.5), rel=1e-3)


@settings(max_examples=15)
@given(strategies.integers(1, 20), strategies.floats(2.0, 500.0), strategies.integers(32, 512))
def test_brackets_hold_the_levy_sum_and_shrink(n, x, cells):
    exact = math.erf(n / math.sqrt(2 * x))
    low, high = heavy.sum_tail(heavy.levy_survival, n, x, cells)
    finer = heavy.sum_tail(heavy.levy_survival, n, x, 4 * cells)
    assert low - 1e-12 <= exact <= high + 1e-12
    assert finer.upper - finer.lower <= high - low + 1e-12


def test_bracket_of_two_paretos_holds_the_convolution_integral():
    x = np.linspace(1.0, 9.0, 400_001)
    below = np.trapezoid(2.5 * x**-3.5 * (1 - (10 - x) ** -2.5), x)
    low, high = heavy.sum_tail(heavy.pareto_survival(2.5), 2, 10.0, 20_000)
    assert low <= 1 - below <= high and high - low < 1e-4
    jump = heavy.big_jump(heavy.pareto_survival(2.5), 512, 1536.0, 5 / 3)
    assert drawings.pareto_brackets()[-1].lower < jump < drawings.pareto_brackets()[-1].upper


def test_dice_are_counted_and_tilted():
    throws = list(itertools.product(range(1, 7), repeat=4))
    for total in (4, 9, 18):
        kept = [throw[0] for throw in throws if sum(throw) == total]
        assert dice.conditional_law(4, total) == [Fraction(kept.count(face), len(kept)) for face in range(1, 7)]
        share = sum(sum(throw) >= total for throw in throws) / len(throws)
        assert dice.log_probability(4, total) == pytest.approx(math.log(share))
    q, theta = dice.tilted_law(4.5), dice.die_tilt(4.5)
    faces = torch.arange(1, 7, dtype=DOUBLE)
    assert float(q @ faces) == pytest.approx(4.5)
    assert float((6 * q).log() @ q) == pytest.approx(theta * 4.5 - dice.die_log_mgf(theta))
    assert float(dice.corrected_law(50, 4.5) @ faces) == pytest.approx(4.5)


def test_figures_have_labels_and_alt_texts_tell_their_numbers():
    for drawn, alt in (
        (drawings.tails_figure(), drawings.tails_alt()),
        (drawings.big_jump_figure(), drawings.big_jump_alt()),
    ):
        figures.check_alt(alt)
        assert all(axes.get_xlabel() and axes.get_ylabel() for axes in drawn.axes)
    assert f"{drawings.tail_curves(200)['exact']:.2f}" in drawings.tails_alt()


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("call", "argument"),
    [
        (lambda: Bernoulli(1.0), "p must"),
        (lambda: Exponential(-1.0), "decay"),
        (lambda: Normal(0.0, 0.0), "variance"),
        (lambda: Normal(math.nan, 1.0), "mean"),
        (lambda: Poisson(math.inf), "mean"),
        (lambda: Bernoulli(0.5).tilt(1.0), "a must"),
        (lambda: Exponential(1.0).tilted(1.0), "theta"),
        (lambda: Poisson(1.0).log_tail(0, 1.0), "n must"),
        (lambda: rare.chernoff(Normal(), 1, 0.0), "above the mean"),
        (lambda: rare.chernoff(Normal(), 0, 1.0), "n must"),
        (lambda: rare.decay_constant(Normal(), 0.0), "theta"),
        (lambda: rare.log_second_moment(Exponential(1.0), 2, 2.0, 1.5), "theta"),
        (lambda: rare.relative_deviation(Exponential(1.0), 10_000, 3.0, 0.0), "log_second_moment"),
        (lambda: rare.log_weights(Normal(), 0, torch.zeros(2), 1.0), "n must"),
        (lambda: rare.two_sided_log_second_moment(-1.0), "c must"),
        (lambda: heavy.pareto_survival(0.0), "alpha"),
        (lambda: heavy.sum_tail(heavy.levy_survival, 4, 1.0, 4), "n_cells"),
        (lambda: heavy.sum_tail(heavy.levy_survival, 4, -1.0, 8), "x must"),
        (lambda: heavy.big_jump(heavy.levy_survival, 4, 1.0, 1.0), "above the mean"),
        (lambda: heavy.log_maximum_tail(heavy.levy_survival, 4, 0.0), "x must"),
        (lambda: dice.ways(0), "n must"),
        (lambda: dice.conditional_law(3, 2), "sum"),
        (lambda: dice.log_probability(3, 19), "sum"),
        (lambda: dice.die_tilt(6.0), "mean"),
        (lambda: dice.corrected_law(0, 4.5), "n must"),
    ],
)
def test_bad_input_is_named(call, argument):
    with pytest.raises(ValueError, match=argument):
        call()
