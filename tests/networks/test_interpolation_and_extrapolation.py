"""Polynomial interpolation, its Lebesgue constants and growth; tails of networks; the small ensemble, figures."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings, strategies
from numpy.polynomial import chebyshev, polynomial
from scipy.interpolate import BarycentricInterpolator

from mgai.networks import interpolation_and_extrapolation as poly
from mgai.networks import interpolation_and_extrapolation_experiments as runs
from mgai.networks import interpolation_and_extrapolation_figures as drawings
from mgai.networks import interpolation_and_extrapolation_references as references
from mgai.networks import tails
from mgai.settings import generator

DOUBLE = torch.float64


def draw(label, *shape):
    return torch.randn(*shape, dtype=DOUBLE, generator=generator(f"test/interpolation/{label}"))


def networks(label, n=4, h=5):
    theta = {name: draw(f"{label}/{name}", n, h) for name in "wba"} | {"c": draw(f"{label}/c", n)}
    theta["w"][0, :2] = 0
    return theta


@pytest.mark.parametrize("make", [poly.equidistant_nodes, poly.chebyshev_nodes, poly.chebyshev_extrema])
@pytest.mark.parametrize("degree", [1, 2, 9])
def test_nodes_are_ascending_and_symmetric(make, degree):
    x = make(degree)
    assert x.shape == (degree + 1,)
    assert bool((x.diff() > 0).all())
    assert torch.allclose(x, -x.flip(0), atol=1e-15)
    if make is poly.chebyshev_nodes:
        assert np.allclose(chebyshev.chebval(x.numpy(), [0] * (degree + 1) + [1]), 0, atol=1e-13)
    if make is poly.chebyshev_extrema:
        assert np.allclose(np.abs(chebyshev.chebval(x.numpy(), [0] * degree + [1])), 1)


@settings(max_examples=20)
@given(strategies.lists(strategies.integers(-50, 50), min_size=1, max_size=7, unique=True))
def test_cardinal_functions_reproduce_polynomials(ticks):
    nodes = torch.tensor(ticks, dtype=DOUBLE) / 25
    x = torch.linspace(-2, 2, 9, dtype=DOUBLE)
    rule = poly.cardinal_functions(nodes, x)
    for power in range(len(nodes)):
        assert torch.allclose(rule @ nodes**power, x**power, atol=1e-10 * float(rule.abs().max()) * 2**power)
    assert torch.equal(poly.cardinal_functions(nodes, nodes), torch.eye(len(nodes), dtype=DOUBLE))


def test_the_interpolant_is_scipys():
    nodes, values = poly.chebyshev_nodes(12), draw("values", 13)
    x = torch.linspace(-1, 1, 33, dtype=DOUBLE)
    exact = BarycentricInterpolator(nodes.numpy(), values.numpy())(x.numpy())
    assert np.allclose(poly.cardinal_functions(nodes, x) @ values, exact)
    single = poly.cardinal_functions(nodes.float(), x.float())
    assert single.dtype == torch.float32
    assert torch.allclose(single.double(), poly.cardinal_functions(nodes, x), atol=1e-4)


@pytest.mark.parametrize("n", [2, 3, 6])
def test_lebesgue_constants(n):
    for nodes in (poly.equidistant_nodes(n), poly.equidistant_nodes(n).flip(0)):
        assert math.isclose(poly.lebesgue_constant(nodes), references.lebesgue_constant_by_roots(nodes), rel_tol=1e-11)
    found = poly.lebesgue_constant(poly.chebyshev_nodes(n))
    assert math.isclose(found, references.chebyshev_lebesgue_constant(n), rel_tol=1e-12)
    assert found <= 2 / math.pi * math.log(n + 1) + 1
    fine = poly.cardinal_functions(poly.chebyshev_extrema(n), torch.linspace(-1, 1, 500, dtype=DOUBLE)).abs().sum(1)
    assert 0 <= poly.lebesgue_constant(poly.chebyshev_extrema(n)) - float(fine.max()) < 1e-3


def test_least_squares_is_numpys_and_interpolates_at_full_degree():
    nodes, x, values = poly.equidistant_nodes(20), torch.linspace(-1.2, 1.2, 30, dtype=DOUBLE), draw("noisy", 21)
    fit = polynomial.polyfit(nodes.numpy(), values.numpy(), 6)
    found = poly.least_squares_functions(nodes, 6, x) @ values
    assert np.allclose(found, polynomial.polyval(x.numpy(), fit))
    few = nodes[::5]
    assert torch.allclose(poly.least_squares_functions(few, 4, x), poly.cardinal_functions(few, x))


@pytest.mark.parametrize("degree", [0, 1, 7])
def test_growth_is_chebyshevs_polynomial(degree):
    x = torch.tensor([-3.0, -1.0, 1.0, 1.7], dtype=DOUBLE)
    assert np.allclose(poly.growth(degree, x), np.abs(chebyshev.chebval(x.numpy(), [0] * degree + [1])))
    assert poly.growth(degree, x * 0).eq(1).all()


def test_the_references_know_closed_forms():
    assert math.isclose(references.root_of_node_polynomial(1.0), 2 / math.e, rel_tol=1e-12)
    assert math.isclose(references.root_of_node_polynomial(0.0), 1 / math.e, rel_tol=1e-9)
    assert references.turning_points_of_target() == 3
    assert references.turning_points_of_fit(2, 3) == 1


@pytest.mark.parametrize("activation", list(tails.ACTIVATIONS))
def test_outputs_unit_by_unit(activation):
    theta, x = networks("outputs"), draw("x", 6)
    found = tails.outputs(theta, x, activation)
    function = {"ReLU": lambda u: np.maximum(u, 0), "tanh": np.tanh}[activation]
    w, b, a, c = (theta[name].numpy() for name in "wbac")
    for i in range(4):
        slow = c[i] + sum(a[i, j] * function(w[i, j] * x.numpy() + b[i, j]) for j in range(5))
        assert np.allclose(found[i], slow)
    assert torch.equal(tails.outputs(theta, x.expand(4, -1), activation), found)


def test_relu_networks_are_affine_beyond_the_last_kink():
    theta = networks("relu")
    slope, constant = tails.relu_tail(theta)
    x = tails.last_kink(theta)[:, None] + torch.tensor([0.0, 1.0, 50.0])
    assert torch.allclose(tails.outputs(theta, x, "ReLU"), slope[:, None] * x + constant[:, None])
    still = {name: value * (name != "w") for name, value in theta.items()}
    assert tails.last_kink(still).eq(-torch.inf).all()
    assert tails.relu_tail(still)[0].eq(0).all()


def test_tanh_networks_tend_to_their_limit():
    theta, x = networks("tanh"), torch.tensor([-1.0, 0.0, 3.0, 1e6], dtype=DOUBLE)
    gap = (tails.outputs(theta, x, "tanh") - tails.tanh_limit(theta)[:, None]).abs()
    assert bool((gap <= tails.tanh_remainder(theta, x) + 1e-12).all())


def test_no_line_beats_the_floor():
    g = draw("floor", 50, 3)
    lines = draw("lines", 50, 2)
    error = (lines[:, :1] + lines[:, 1:] * torch.arange(3) - g).abs().amax(1)
    assert bool((error >= tails.affine_floor(g) - 1e-12).all())
    best = (g[:, :1] + (g[:, 2:] - g[:, :1]) / 2 * torch.arange(3)) - (g[:, :1] - 2 * g[:, 1:2] + g[:, 2:]) / 4
    assert torch.allclose((best - g).abs().amax(1), tails.affine_floor(g))


def test_training_is_of_each_network_alone():
    theta = runs.initial(generator("test/interpolation/start"), 3)
    x = torch.linspace(-1, 1, 9, dtype=DOUBLE)
    y = runs.values(runs.SINE, x).expand(3, -1)
    together = runs.train(theta, x, y, "tanh", 20)
    alone = runs.train({name: value[1:2] for name, value in theta.items()}, x, y[1:2], "tanh", 20)
    assert torch.allclose(together["w"][1:2], alone["w"])
    before, after = ((tails.outputs(each, x, "tanh") - y).square().mean(1) for each in (theta, together))
    assert bool((after < before).all())
    assert sum(value[0].numel() for value in theta.values()) == runs.POINTS


@pytest.fixture
def short(monkeypatch):
    """An ensemble of few steps, never kept for others."""
    monkeypatch.setattr(runs, "_STEPS", {"fast": 5, "full": 5})
    runs._trained.cache_clear()
    yield
    runs._trained.cache_clear()


@pytest.mark.usefixtures("short")
def test_the_ensemble_and_its_far_points():
    for activation in tails.ACTIVATIONS:
        for target in (runs.SINE, runs.SQUARE):
            floor, error = runs.missed(activation, target)
            assert bool((floor <= error + 1e-9).all())
            x = runs.far_points(activation, target)
            assert torch.allclose(x.diff(dim=1)[:, 0], x.diff(dim=1)[:, 1])
        assert runs.errors_inside(activation, runs.RUNGE).shape == (runs.n_networks(),)


@pytest.mark.usefixtures("short")
def test_figures_have_labels_and_numbers():
    measured = runs.runge_errors((4, 8, 12))
    for drawn in (drawings.runge_figure(measured), drawings.tails_figure()):
        assert all(axes.get_xlabel() for axes in drawn.axes)
        assert drawn.axes[0].get_ylabel()
    assert f"{measured.errors[runs.RULES[1]][-1]:.2g}" in drawings.runge_alt(measured)
    assert "At x = 3" in drawings.tails_alt()


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("call", "named"),
    [
        (lambda: poly.equidistant_nodes(0), "degree"),
        (lambda: poly.chebyshev_nodes(1.5), "degree"),
        (lambda: poly.cardinal_functions(torch.zeros(2), torch.zeros(1)), "nodes"),
        (lambda: poly.cardinal_functions(torch.zeros(1), torch.full((1,), torch.nan)), "x"),
        (lambda: poly.lebesgue_constant(torch.tensor([0.0, 2.0])), "nodes"),
        (lambda: poly.lebesgue_constant(torch.zeros(0)), "nodes"),
        (lambda: poly.least_squares_functions(torch.zeros(2), 2, torch.zeros(1)), "degree"),
        (lambda: poly.growth(-1, torch.ones(1)), "degree"),
        (lambda: tails.outputs(networks("bad"), torch.zeros(2, 3), "ReLU"), "x"),
        (lambda: tails.outputs(networks("bad"), torch.zeros(3), "sine"), "activation"),
        (lambda: tails.relu_tail({"w": torch.ones(1, 1)}), "theta"),
        (lambda: tails.tanh_limit(networks("bad") | {"c": torch.zeros(3)}), "theta"),
        (lambda: tails.affine_floor(torch.zeros(2)), "values"),
        (lambda: runs.train(networks("bad"), torch.zeros(2), torch.zeros(4, 2), "tanh", 0), "n_steps"),
        (lambda: runs.train(networks("bad"), torch.zeros(2), torch.zeros(3, 2), "tanh", 1), "y"),
    ],
)
def test_bad_input_is_named(call, named):
    with pytest.raises((TypeError, ValueError), match=named):
        call()
