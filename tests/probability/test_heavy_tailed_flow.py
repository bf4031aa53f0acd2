"""The power law against SciPy and quadrature, concentration of gradients, remedies, training, figures."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings, strategies
from scipy import integrate, special, stats

from mgai import figures
from mgai.probability import heavy_tailed_flow as heavy
from mgai.probability import heavy_tailed_flow_experiments as experiments
from mgai.probability import heavy_tailed_flow_figures as drawings
from mgai.probability import heavy_tailed_flow_references as references
from mgai.probability.monotone_flow import MonotoneFlow

DOUBLE = torch.float64
ALPHAS = (3.0, 1.5, 1.0, 0.7)


def law(alpha):
    """SciPy's distribution of the power law."""
    return stats.t(2 * alpha - 1, scale=(2 * alpha - 1) ** -0.5)


@settings(max_examples=30)
@given(strategies.floats(0.55, 20))
def test_constant_entropy_and_density_are_those_of_student(alpha):
    assert 1 / heavy.normalising_constant(alpha) == pytest.approx(law(alpha).pdf(0.0), rel=1e-9)
    assert heavy.power_law_entropy(alpha) == pytest.approx(float(law(alpha).entropy()), rel=1e-9, abs=1e-9)


def test_moments_exist_below_the_threshold_only():
    for alpha in ALPHAS:
        assert heavy.absolute_moment(alpha, 0) == pytest.approx(1)
        assert heavy.absolute_moment(alpha, 2 * alpha - 1) == math.inf
        assert heavy.absolute_moment(alpha, 2 * alpha - 1.001) > 100
    assert heavy.absolute_moment(3.0, 2) == pytest.approx(law(3.0).var())
    assert references.moment_integral(2.0, 1.0) == pytest.approx(1.0)


def test_survival_quantile_and_transport_are_those_of_scipy():
    y = torch.tensor([0.0, 0.3, 2.0, 50.0], dtype=DOUBLE)
    for alpha in ALPHAS:
        np.testing.assert_allclose(heavy.power_law_survival(alpha, y), law(alpha).sf(y.numpy()), rtol=1e-9)
        levels = heavy.power_law_survival(alpha, y[1:])
        torch.testing.assert_close(heavy.power_law_quantile(alpha, levels), y[1:], rtol=1e-8, atol=0)
        both = torch.cat([-y, y])
        by_scipy = stats.norm.isf(law(alpha).sf(both.numpy()))
        np.testing.assert_allclose(heavy.power_law_transport(alpha, both), by_scipy, rtol=1e-6, atol=1e-9)


def test_nodes_integrate_and_samples_follow_the_law():
    for alpha in (3.0, 1.0, 0.6):
        t, w = heavy.power_law_nodes(alpha)
        assert float(w.sum()) == pytest.approx(1, abs=1e-12)
        assert 2 * float(w @ torch.cosh(t).log()) == pytest.approx(heavy.mean_log(alpha), rel=1e-10)
        y = heavy.power_law_sample(alpha, 5000, f"test/power/{alpha}")
        assert stats.kstest(y.numpy(), law(alpha).cdf).pvalue > 1e-6


def test_concentration_agrees_with_tricomis_function_and_with_two_samples():
    alpha, n = 1.25, 50
    constant = heavy.normalising_constant(alpha)

    def integrand(log_s):
        s = math.exp(log_s)
        first = math.sqrt(math.pi) * special.hyperu(0.5, 1.5 - alpha, s) / constant
        return n * s * s * special.gamma(2.5) * special.hyperu(2.5, 3.5 - alpha, s) / constant * first ** (n - 1)

    by_tricomi = integrate.quad(integrand, -50, 15, limit=500)[0]
    assert heavy.mean_concentration(alpha, n) == pytest.approx(by_tricomi, abs=1e-7)
    assert heavy.mean_concentration(2.0, 1) == pytest.approx(1)
    y = heavy.power_law_sample(3.0, 40_000, "test/concentration").view(-1, 2).square()
    found = (y.square().sum(1) / y.sum(1).square()).mean()
    assert float(found) == pytest.approx(heavy.mean_concentration(3.0, 2), abs=6 * 0.5 / math.sqrt(20_000))


def test_the_gradient_of_the_log_slope_and_its_bounds():
    x = torch.tensor([0.0, 0.5, -3.0, 1e6], dtype=DOUBLE)
    torch.testing.assert_close(heavy.slope_gradient(x), x.square() - 1)
    found = heavy.slope_gradient(x, 2.0)
    torch.testing.assert_close(found, 3 * x.square() / (2 + x.square()) - 1)
    assert float(found.max()) <= 2 and float(found.min()) >= -1
    y = torch.tensor([(1e10 + 1) ** 0.5 / 0.3], dtype=DOUBLE)
    tail = 2 * float(heavy.power_law_survival(1.3, y)) * 1e10**0.8
    assert tail == pytest.approx(heavy.gradient_tail_constant(1.3, 0.3), rel=1e-7)


def test_excesses_are_divergences():
    flow = MonotoneFlow(torch.tensor([0.1, 0.8], dtype=DOUBLE), torch.zeros(0, dtype=DOUBLE), 1.0)
    assert heavy.linear_excess(flow, 1.5) == math.inf
    linear = math.log(math.sqrt(2 * math.pi) / 0.8) + (0.64 / 3 + 0.01) / 2 - heavy.power_law_entropy(3.0)
    assert heavy.linear_excess(flow, 3.0) == pytest.approx(linear)
    model = stats.norm(-0.1 / 0.8 * 0.5, 0.5 / 0.8)  # arsinh Y under the model

    def integrand(t):
        p = math.cosh(t) ** (-1.0) / math.pi
        return p * (math.log(p) - model.logpdf(t))

    by_quadrature = integrate.quad(integrand, -40, 40, limit=400)[0]
    assert heavy.adapted_excess(flow, 0.5, 1.0) == pytest.approx(by_quadrature, rel=1e-7)


def test_the_sweep_keeps_its_bound_and_the_remedy_wins():
    [fitted] = experiments.sweep([1.0], 2000, 1)[1.0]
    assert float(fitted.linear.theta[1]) * fitted.extent <= math.sqrt(2 * 2000) * (1 + 1e-6)
    assert 0 < heavy.adapted_excess(fitted.adapted, fitted.scale, 1.0) < 0.5
    assert experiments.sweep([1.0], 2000, 1)[1.0][0] is fitted


def test_gradients_of_samples_are_those_of_autograd():
    centres = torch.tensor([-1.0, 0.5], dtype=DOUBLE)
    theta, y = torch.tensor([0.2, 0.7, 0.3, 0.9], dtype=DOUBLE), torch.tensor([-3.0, 0.1, 40.0], dtype=DOUBLE)

    def cost(theta, point):
        bent = torch.tanh((point - centres) / 0.6)
        slope = theta[1] + (theta[2:] * (1 - bent**2)).sum()
        return (theta[0] + theta[1] * point + (theta[2:] * 0.6 * bent).sum()) ** 2 / 2 - slope.log()

    by_autograd = torch.stack([torch.func.grad(cost)(theta, point).norm() for point in y])
    torch.testing.assert_close(experiments.sample_gradients(MonotoneFlow(theta, centres, 0.6), y), by_autograd)


def test_rows_of_the_training_do_not_depend_on_each_other():
    one = experiments.train("linear tails", (3.0,), 2, 5)
    two = experiments.train("linear tails", (3.0, 1.5), 2, 5)
    torch.testing.assert_close(one.gradients[:, 0], two.gradients[:, 0])
    torch.testing.assert_close(one.theta[0], two.theta[0])
    assert not torch.equal(two.theta[0], experiments.train("Student reference", (3.0, 1.5), 2, 5).theta[0])
    assert experiments.broken(one).tolist() == [0.0]


def test_figures_show_what_was_computed(monkeypatch):
    monkeypatch.setattr(drawings, "TRAINED", (3.0,))
    monkeypatch.setattr(drawings, "_SHOWN", (3.0,))
    monkeypatch.setattr(drawings, "_N", 2000)
    left, right = drawings.gradient_figure().axes
    assert float(left.lines[0].get_xdata()[0]) == float(drawings.gradient_lengths(3.0)[0])
    np.testing.assert_allclose(right.lines[0].get_ydata(), drawings.largest_gradients("linear tails").clamp(max=1e9))
    assert f"tail map {drawings.largest_gradients('tail map')[0]:.2g} at 3" in drawings.gradient_alt()
    left, right = drawings.distortion_figure().axes
    scores = torch.tensor(right.lines[0].get_xdata())
    np.testing.assert_allclose(right.lines[0].get_ydata(), drawings.learned_scores(3.0, scores, adapted=True)[0])
    for axes in (left, right):
        assert axes.get_xlabel()
    for alt in (drawings.gradient_alt(), drawings.distortion_alt()):
        figures.check_alt(alt)


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: heavy.normalising_constant(0.5), "alpha must be larger than 1/2"),
        (lambda: heavy.power_law_entropy(math.nan), "alpha must be larger than 1/2"),
        (lambda: heavy.power_law_sample(0.4, 3, "x"), "alpha must be larger than 1/2"),
        (lambda: heavy.absolute_moment(1.0, -1), "k must not be negative"),
        (lambda: heavy.power_law_survival(1.0, torch.tensor([-1.0])), "y has negative entries"),
        (lambda: heavy.power_law_survival(1.0, torch.tensor([math.inf])), "y has entries that are not finite"),
        (lambda: heavy.gradient_tail_constant(1.0, 0.0), "slope must be positive"),
        (lambda: heavy.mean_concentration(1.0, 0), "n must be at least 1"),
        (lambda: heavy.slope_gradient(torch.zeros(1), 0.0), "nu must be positive"),
        (lambda: experiments.train("none", [1.0]), "treatment='none' is none of"),
    ],
)
def test_bad_input_is_refused(call, words):
    with pytest.raises(ValueError, match=words):
        call()
