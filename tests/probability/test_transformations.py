"""Quantiles as inverses, densities by branches against SciPy and mass, uniforms, references, figures; bad input."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, strategies
from scipy import integrate, stats

from mgai import figures
from mgai.probability import transformations as t
from mgai.probability import transformations_figures as drawings
from mgai.probability import transformations_references as references
from mgai.settings import generator

DOUBLE = torch.float64


def vector(*values):
    return torch.tensor(values, dtype=DOUBLE)


@given(strategies.lists(strategies.integers(0, 9), min_size=1, max_size=6).filter(any), strategies.integers(1, 40))
def test_a_discrete_quantile_is_the_first_atom_that_reaches_the_level(weights, j):
    law = vector(*weights) / sum(weights)
    level = min(1.0, j / 40)
    found = int(t.discrete_quantile(law, vector(level)))
    reached = np.cumsum(weights)
    assert law[found] > 0 and reached[found] >= (level - 1e-12) * sum(weights)
    assert found == 0 or reached[found - 1] < (level + 1e-12) * sum(weights)


def test_quantiles_of_a_law_whose_sum_falls_short_of_one():
    law = torch.full((10,), 0.1)  # rounded: the last sum may fall short of 1
    padded = torch.cat([law, torch.zeros(2)])
    assert t.discrete_quantile(padded, torch.tensor([1e-9, 1.0])).tolist() == [0, 9]


def test_bisection_agrees_with_scipy_for_every_law():
    level = torch.rand(50, dtype=DOUBLE, generator=generator("test/transformations/levels")).clamp(1e-6, 1 - 1e-6)
    for law in (stats.norm(), stats.gamma(2.5), stats.t(3)):

        def cdf(x, law=law):
            return torch.from_numpy(law.cdf(x.numpy()))

        found = t.quantile_by_bisection(cdf, level, -3e3, 3e3, 60)
        np.testing.assert_allclose(found, law.ppf(level.numpy()), rtol=1e-8, atol=1e-9)


def test_bisection_with_an_inexact_function_stays_within_the_theorem():
    level, delta = vector(0.1, 0.5, 0.9), 1e-3

    def cdf(x):
        return torch.special.ndtr(x) + delta * torch.sin(1e4 * x)

    found = t.quantile_by_bisection(cdf, level, -8.0, 8.0, 40)
    assert (torch.special.ndtri(level - delta) - 1e-9 <= found).all()
    assert (found <= torch.special.ndtri(level + delta) + 1e-9).all()


def test_jumps_and_flat_pieces():
    found = t.quantile_by_bisection(references.mixed_cdf, vector(0.1, 0.3, 0.3000001, 0.65), -1.0, 3.0, 45)
    torch.testing.assert_close(found, vector(0.0, 0.0, 1.0, 1.5), atol=1e-6, rtol=0)


@pytest.mark.parametrize("mean", [0.0, 0.7, -2.0])
def test_squares_of_normal_variables(mean):
    y = torch.linspace(0.01, 12, 50, dtype=DOUBLE)
    found = t.branch_density(lambda x: drawings.normal_density(x, mean), t.square_branches(), y).sum(0)
    torch.testing.assert_close(found, references.squared_normal_density(y, mean), rtol=1e-11, atol=1e-15)


def test_sine_branches_invert_the_sine_and_carry_its_law():
    y, weights = references.sine_nodes()
    for k, branch in enumerate(t.sine_branches(2)):
        torch.testing.assert_close(branch(y).sin(), y, atol=1e-13, rtol=0)
        assert bool((branch(y).cos() > 0).all()) is (k < 5)
    for mean, sigma in ((0.0, 0.3), (1.0, 2.0)):
        parts = t.branch_density(lambda x, m=mean, s=sigma: drawings.normal_density(x, m, s), t.sine_branches(5), y)
        torch.testing.assert_close(weights @ parts.sum(0), references.sine_moments(mean, sigma), atol=1e-12, rtol=0)


@pytest.mark.parametrize("sigma", [0.5, 0.7071, 0.75, 1.0, 2.0])
def test_the_mode_of_the_hyperbolic_tangent(sigma):
    mode = t.tanh_mode(sigma)
    assert (mode > 0) is (sigma**2 > 0.5) and mode == pytest.approx(2 * sigma**2 * math.tanh(mode), abs=1e-12)
    top = float(drawings.tanh_density(vector(math.tanh(mode)), sigma))
    assert top == pytest.approx(references.tanh_peak(sigma), rel=1e-6)


def test_the_tanh_density_has_mass_one_and_vanishes_at_the_ends():
    mass, _ = integrate.quad(lambda y: float(drawings.tanh_density(vector(y), 0.6)), -1, 1)
    assert mass == pytest.approx(1, abs=1e-7)
    assert float(drawings.tanh_density(vector(1 - 1e-15), 2.0)) < 1


def test_box_muller_is_standard_normal():
    x = t.box_muller(torch.rand(20_000, 2, dtype=DOUBLE, generator=generator("test/transformations/plane")))
    assert stats.kstest(x.numpy().ravel(), "norm").pvalue > 1e-6
    assert abs(float((x[:, 0] * x[:, 1]).mean())) < 6 / 20_000**0.5
    assert t.box_muller(torch.rand(3, 2)).dtype == torch.float32


def test_fine_uniform_is_uniform_and_fills_what_a_grid_leaves_out():
    u = t.fine_uniform(20_000, generator("test/transformations/fine"))
    assert stats.kstest(u.numpy(), "uniform").pvalue > 1e-6 and float(u.min()) > 0 and float(u.max()) <= 1
    assert bool(((u * 2.0**53) % 1 != 0).any())


def test_references():
    u = vector(1e-20, 1e-9, 0.5, 0.999)
    torch.testing.assert_close(references.exponential_in_many_digits(u), -torch.log1p(-u), rtol=1e-15, atol=0)
    assert references.grid_mean(2) == pytest.approx(np.mean(-np.log1p(-np.arange(4) / 4)), rel=1e-13)
    assert references.weights_of_quantiles(torch.tensor([3, 0, 1])).tolist() == [3, 0, 1]
    assert references.upper_quantiles(53)[0] == pytest.approx(8.2095, abs=1e-4)
    mode, gap, height = references.tanh_landmarks(1.5, 40).tolist()
    assert mode == pytest.approx(references.tanh_peak(1.5)) and height == pytest.approx(
        drawings.last_bin_height(1.5, 40)
    )
    assert gap == pytest.approx(1e6 * (1 - math.tanh(t.tanh_mode(1.5))), rel=1e-9)


def test_figures_show_what_they_name():
    left, right = drawings.inverse_figure().axes
    assert left.get_ylabel() == "$F(x)$" and right.get_xlabel() == "$u$"
    square, sine, tanh = drawings.densities_figure().axes
    assert all(axes.get_xlabel() for axes in (square, sine, tanh)) and tanh.get_xscale() == tanh.get_yscale() == "log"
    assert max(tanh.lines[1].get_ydata()) == pytest.approx(references.tanh_peak(2.0), rel=0.01)
    for alt in (drawings.inverse_alt(), drawings.densities_alt()):
        figures.check_alt(alt)
    assert f"{drawings.last_bin_height(2.0):.2f}" in drawings.densities_alt()


@pytest.mark.bad_input
def test_bad_input_is_named():
    law, level = torch.tensor([0.5, 0.5]), torch.tensor([0.5])
    with pytest.raises(ValueError, match="probabilities sums to"):
        t.discrete_quantile(law / 2, level)
    for bad in (0.0, 1.5, -1.0):
        with pytest.raises(ValueError, match="level must be in"):
            t.discrete_quantile(law, torch.tensor([bad]))
    with pytest.raises(ValueError, match="level has entries that are not finite"):
        t.discrete_quantile(law, torch.tensor([math.nan]))
    with pytest.raises(ValueError, match="level must be in"):
        t.quantile_by_bisection(torch.special.ndtr, torch.tensor([1.0]), -1.0, 1.0)
    with pytest.raises(ValueError, match="must be below upper"):
        t.quantile_by_bisection(torch.special.ndtr, level, 1.0, -1.0)
    with pytest.raises(ValueError, match="does not hold all"):
        t.quantile_by_bisection(torch.special.ndtr, level, 1.0, 2.0)
    with pytest.raises(ValueError, match="branches is empty"):
        t.branch_density(torch.exp, [], level)
    with pytest.raises(ValueError, match="y must have shape"):
        t.branch_density(torch.exp, [torch.sqrt], torch.zeros(0))
    with pytest.raises(ValueError, match="reach"):
        t.sine_branches(-1)
    with pytest.raises(ValueError, match="sigma"):
        t.tanh_mode(0.0)
    with pytest.raises(ValueError, match="u must be in"):
        t.box_muller(torch.ones(1, 2))
    with pytest.raises(ValueError, match="u must have shape"):
        t.box_muller(torch.ones(2, 3))
    with pytest.raises(ValueError, match="n must be positive"):
        t.fine_uniform(0, torch.Generator())
