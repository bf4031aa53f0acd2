"""Dimension from neighbours: distances, exact laws, intervals, clouds of known dimension, figures."""

import math

import pytest
import torch
from scipy import stats

from mgai.networks import intrinsic_dimension as dimension
from mgai.networks import intrinsic_dimension_figures as drawings
from mgai.networks import intrinsic_dimension_references as references
from mgai.networks import manifolds
from mgai.settings import generator

DOUBLE = torch.float64


def rng(label):
    return generator(f"test/dimension/{label}")


@pytest.mark.parametrize("offset", [0.0, 1e4])
def test_distances_are_scikit_learns(offset):
    x = manifolds.cube(60, 4, rng("distances")) + offset
    found = dimension.neighbour_distances(x, 3)
    assert torch.allclose(found, references.distances_by_scikit_learn(x, 3), atol=1e-7)
    both = dimension.neighbour_distances(torch.stack([x, 2 * x]), 3)
    assert torch.allclose(both, torch.stack([found, 2 * found]), atol=1e-7)
    assert torch.allclose(dimension.neighbour_distances(x.float(), 3), found.float(), atol=1e-2 if offset else 1e-5)


def test_estimates_are_their_formulas_and_ignore_scale():
    x = manifolds.cube(50, 3, rng("formulas"))
    t = references.distances_by_scikit_learn(x, 4)
    sums = sum((t[:, 3] / t[:, j]).log() for j in range(3))
    assert math.isclose(dimension.pooled_dimension(x, 4), (150 - 1) / sums.sum(), rel_tol=1e-6)
    assert math.isclose(dimension.levina_bickel(x, 4), (3 / sums).mean(), rel_tol=1e-6)
    assert math.isclose(dimension.pooled_dimension(7 * x - 3), dimension.pooled_dimension(x), rel_tol=1e-6)
    assert dimension.pooled_dimension(torch.stack([x, x])).shape == (2,)


def test_the_sums_have_their_gamma_law():
    sums = dimension.log_ratio_sums(references.ball_distances(3000, 4, 5, rng("law")))
    assert stats.kstest(sums.numpy(), stats.gamma(4, scale=1 / 4).cdf).pvalue > 1e-6
    ratios = references.ball_distances(3000, 4, 2, rng("pareto"))
    assert stats.kstest((ratios[:, 1] / ratios[:, 0]).numpy(), stats.pareto(4).cdf).pvalue > 1e-6
    law = stats.invgamma(6, scale=6 * 3.0)  # (k - 1) / L for k = 7 and d = 3
    assert math.isclose(references.levina_bickel_mean(3, 7), law.mean())
    assert math.isclose(references.levina_bickel_deviation(3, 7), law.std())


def test_an_interval_inverts_the_law():
    low, high = dimension.dimension_interval(12.0, 40, 0.9)
    assert math.isclose(stats.gamma.cdf(12.0, 40, scale=1 / high), 0.95)
    assert math.isclose(stats.gamma.cdf(12.0, 40, scale=1 / low), 0.05)


@pytest.mark.parametrize(("name", "d"), [("torus", 2), ("sphere", 2), ("roll", 2), ("curve", 1)])
def test_clouds_have_about_their_dimension(name, d):
    g = rng(name)
    clouds = {
        "torus": lambda: manifolds.flat_torus(1000, d, g),
        "sphere": lambda: manifolds.embedded(manifolds.sphere(1000, d, g), 8, g),
        "roll": lambda: manifolds.swiss_roll(1000, g),
        "curve": lambda: manifolds.winding_curve(2 * math.pi * manifolds.cube(1000, 1, g)[:, 0], 3),
    }
    assert abs(dimension.pooled_dimension(clouds[name]()) - d) < 0.4  # ten standard errors or more


def test_embedding_keeps_distances_and_noise_moves_points():
    g = rng("embedding")
    x = manifolds.sphere(20, 2, g)
    placed = manifolds.embedded(x, 9, g)
    assert placed.shape == (20, 9)
    assert torch.allclose(placed @ placed.T, x @ x.T)
    assert torch.equal(manifolds.noisy(x, 0.0, g), x)
    assert not torch.equal(manifolds.noisy(x, 0.1, g), x)


def test_the_figure_names_its_axes_and_its_alternative_text_its_numbers():
    drawn = drawings.bias_figure()
    assert [axes.get_xlabel() for axes in drawn.axes] == ["true dimension", "standard deviation of the noise"]
    assert f"cube {float(drawings.boundary_bias()['cube'][-1]):.1f}" in drawings.bias_alt()


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("call", "error", "named"),
    [
        (lambda: dimension.neighbour_distances(torch.ones(3), 1), ValueError, "x"),
        (lambda: dimension.neighbour_distances(torch.ones(3, 1, dtype=torch.int64), 1), TypeError, "x"),
        (lambda: dimension.neighbour_distances(torch.full((3, 1), math.nan), 1), ValueError, "x"),
        (lambda: dimension.neighbour_distances(torch.rand(3, 1), 3), ValueError, "k"),
        (lambda: dimension.log_ratio_sums(torch.ones(3, 1)), ValueError, "two"),
        (lambda: dimension.pooled_dimension(torch.tensor([[0.0], [0.0], [1.0]])), ValueError, "repeated"),
        (lambda: dimension.pooled_dimension(torch.tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])),
         ValueError, "regular"),
        (lambda: dimension.levina_bickel(torch.rand(9, 2), 2), ValueError, "k"),
        (lambda: dimension.dimension_interval(0.0, 3), ValueError, "total"),
        (lambda: dimension.dimension_interval(1.0, 3, 1.0), ValueError, "level"),
        (lambda: dimension.dimension_interval(1.0, 0), ValueError, "shape"),
        (lambda: manifolds.cube(0, 1, torch.Generator()), ValueError, "n"),
        (lambda: manifolds.winding_curve(torch.zeros(2), 0), ValueError, "m"),
        (lambda: manifolds.embedded(torch.zeros(2, 3), 2, torch.Generator()), ValueError, "dimensions"),
        (lambda: manifolds.noisy(torch.zeros(2, 3), -1.0, torch.Generator()), ValueError, "noise"),
    ],
)  # fmt: skip
def test_bad_input_is_named(call, error, named):
    with pytest.raises(error, match=named):
        call()
