"""Cuts and cells of the plane, far fields, and the fits of the three models; small ensembles, figure."""

import itertools

import numpy as np
import pytest
import torch
from hypothesis import given, settings, strategies
from scipy import optimize

from mgai import figures
from mgai.networks import lines_and_networks_in_the_plane as plane
from mgai.networks import lines_and_networks_in_the_plane_experiments as runs
from mgai.networks import lines_and_networks_in_the_plane_figures as drawings
from mgai.networks import lines_and_networks_in_the_plane_references as references
from mgai.optimization import relu_classifier as relu
from mgai.settings import generator

DOUBLE = torch.float64


def draw(label, *shape):
    return torch.randn(*shape, dtype=DOUBLE, generator=generator(f"test/plane/{label}"))


def rows(table):
    return {tuple(row) for row in table.tolist()}


@settings(max_examples=15, deadline=None)
@given(strategies.integers(1, 9), strategies.integers(0, 2**31))
def test_points_in_general_position_have_covers_number_of_cuts(n, seed):
    x = torch.randn(n, 2, dtype=DOUBLE, generator=torch.Generator().manual_seed(seed))
    cuts = rows(plane.dichotomies(x))
    assert len(cuts) == n * n - n + 2
    assert {tuple(not entry for entry in cut) for cut in cuts} == cuts


def test_cuts_are_those_of_linear_programming_in_special_positions():
    grid = torch.cartesian_prod(*2 * [torch.arange(3.0, dtype=DOUBLE)])[:6]
    doubled = torch.cat([draw("doubled", 3, 2), draw("doubled", 3, 2)])
    for x in (grid, doubled, torch.arange(4.0, dtype=DOUBLE)[:, None].expand(4, 2).contiguous()):
        assert rows(plane.dichotomies(x)) == rows(references.cuts_by_programming(x))


def test_cuts_do_not_depend_on_the_frame():
    x, turn = draw("frame", 7, 2), torch.linalg.qr(draw("turn", 2, 2))[0]
    assert rows(plane.dichotomies(x)) == rows(plane.dichotomies(3 * x @ turn + 5)) == rows(plane.dichotomies(x.float()))
    moved = draw("strided", 2, 7).T
    assert rows(plane.dichotomies(moved)) == rows(plane.dichotomies(moved.contiguous()))


@pytest.mark.parametrize("n", [1, 2, 8])
def test_the_best_half_plane_is_the_best_cut(n):
    x = draw("best", n, 2)
    cuts = plane.dichotomies(x)
    for labels in itertools.islice(itertools.product((0.0, 1.0), repeat=n), 40):
        wanted = torch.tensor(labels, dtype=DOUBLE)
        assert plane.best_half_plane(x, wanted) == int((cuts == wanted.bool()).sum(1).max())
        assert plane.best_half_plane(x, 1 - wanted) == plane.best_half_plane(x, wanted)


def test_logistic_regression_is_the_unpenalised_minimiser():
    x, labels = references.outlier_data(2, 3.0)
    signed = ((2 * labels - 1)[:, None] * torch.cat([x, torch.ones(6, 1)], dim=1)).numpy()
    best = optimize.minimize(lambda w: np.logaddexp(0, -signed @ w).sum(), np.zeros(3), tol=1e-12)
    assert np.allclose(plane.logistic_line(x, labels), best.x, atol=1e-5)
    assert np.allclose(plane.logistic_line(x, labels)[0], references.outlier_slope(2, 3.0))


def test_equal_points_with_both_labels_cannot_be_parted():
    assert plane.best_half_plane(torch.ones(5, 2), torch.tensor([0.0, 0.0, 1.0, 1.0, 1.0])) == 3


@pytest.mark.parametrize("h", [2, 3, 6])
def test_cells_are_those_of_linear_programming(h):
    w, b = draw(f"cells/{h}", h, 2), draw(f"biases/{h}", h)
    found = rows(plane.cells(w, b))
    assert found == rows(references.cells_by_programming(w, b))
    assert len(found) == plane.most_cells(h)
    x = 5 * draw("points", 500, 2)
    assert rows(x @ w.T + b > 0) <= found


def test_most_cells_grow_by_one_more_each_time():
    counts = [plane.most_cells(h) for h in range(8)]
    assert [b - a for a, b in itertools.pairwise(counts)] == list(range(1, 8))


def test_a_line_is_a_network():
    w, b, x = draw("line", 3, 4, 2), draw("offset", 3, 4), draw("where", 9, 2)
    assert torch.allclose(relu.logits(plane.line_as_network(w, b), x), w @ x.T + b[..., None])
    assert relu.logits(plane.line_as_network(w[0, 0], b[0, 0]), x).shape == (9,)


@pytest.mark.parametrize("dtype", [torch.float32, DOUBLE])
def test_networks_are_affine_far_out(dtype):
    theta = relu.initial(generator("test/plane/far"), 5, (4,))
    theta["b"], theta["c"] = draw("far-b", 4, 5), draw("far-c", 4)
    theta, u = {name: leaf.to(dtype) for name, leaf in theta.items()}, runs.directions(12).to(dtype)
    slope, constant, start = plane.far_field(theta, u)
    for factor in (1.0, 3.0):
        x = factor * start[..., None] * u
        found = torch.cat([relu.logits({name: leaf[i] for name, leaf in theta.items()}, x[i])[None] for i in range(4)])
        assert torch.allclose(found, factor * start * slope + constant, rtol=1e-4 if dtype == torch.float32 else 1e-10)
    inside = 0.5 * start[..., None] * u
    bent = torch.stack([relu.logits({k: leaf[i] for k, leaf in theta.items()}, inside[i]) for i in range(4)])
    assert not torch.allclose(bent, 0.5 * start * slope + constant, rtol=1e-3)


@pytest.mark.parametrize("model", runs.MODELS[:2])
def test_logistic_fits_are_scipys(model):
    x, y = runs.draw(runs.EQUAL, generator("test/plane/fit"), 2, 30)
    z = runs.features(x, model)
    found = runs.logistic(z, y)
    for i in range(2):
        signed = ((2 * y[i] - 1)[:, None] * z[i]).numpy()
        best = optimize.minimize(
            lambda w, s=signed: np.logaddexp(0, -s @ w).sum() + w[1:] @ w[1:] / 2, np.zeros(z.shape[-1]), tol=1e-12
        )
        assert np.allclose(found[i], best.x, atol=1e-4)


def test_separable_data_have_a_penalised_minimiser():
    x = torch.tensor([[[-1.0, 0.0], [1.0, 0.0]]], dtype=DOUBLE)
    w = runs.logistic(runs.features(x, "line"), torch.tensor([[0.0, 1.0]], dtype=DOUBLE))[0]
    assert torch.allclose(w[1], 2 * torch.sigmoid(-w[1]))
    assert torch.allclose(w[[0, 2]], torch.zeros(2, dtype=DOUBLE), atol=1e-12)


@pytest.mark.parametrize("problem", runs.PROBLEMS)
def test_draws_follow_the_posterior(problem):
    x, y = runs.draw(problem, generator("test/plane/draws"), 5, 2000)
    eta = runs.posterior(problem, x.flatten(0, 1))
    assert x.shape == (5, 2000, 2)
    assert set(y.unique().tolist()) == {0.0, 1.0}
    assert abs(float((y.flatten() - eta).mean())) < 6 * 0.5 / 100
    assert abs(float(((y.flatten() - eta) * (eta - 0.5)).mean())) < 6 * 0.25 / 100


@pytest.mark.parametrize("problem", runs.PROBLEMS)
def test_the_lattice_stands_for_the_problem(problem):
    x = runs.lattice(problem)
    eta = runs.posterior(problem, x)
    first, second = references.least_risks(2.0, runs.SPREAD)
    exact = {runs.EQUAL: first, runs.UNEQUAL: second, runs.SPIRAL: runs.FLIPPED}[problem]
    assert abs(float(torch.minimum(eta, 1 - eta).mean()) - exact) < 1e-3
    assert abs(float(eta.mean()) - 0.5) < 1e-3
    assert float(x.mean(0).norm()) < 2e-3


@pytest.fixture
def short(monkeypatch):
    """An ensemble of few draws and steps, never kept for others."""
    monkeypatch.setattr(runs, "_DRAWS", {"fast": {runs.FEW: 3, runs.MANY: 2}, "full": {runs.FEW: 3, runs.MANY: 2}})
    monkeypatch.setattr(runs, "_STEPS", 4)
    for kept in (runs._ensemble, runs._tossed):
        kept.cache_clear()
    yield
    for kept in (runs._ensemble, runs._tossed):
        kept.cache_clear()


@pytest.mark.usefixtures("short")
def test_the_ensemble_its_risks_and_its_figure(monkeypatch):
    fitted = runs.ensemble()
    assert len(fitted.excess) == 6
    for table in fitted.excess.values():
        assert all(bool((risks >= 0).all()) for risks in table.values())
    found = runs.line_risks()
    assert torch.allclose(found.lattice, found.exact, atol=4e-3)
    monkeypatch.setattr(drawings, "_PIXELS", 41)
    drawn, alt = drawings.regions_figure(), drawings.regions_alt()
    assert drawn.axes[0].get_ylabel()
    assert all(axes.get_xlabel() for axes in drawn.axes[3:])
    assert f"network {float(fitted.excess[runs.SPIRAL, runs.MANY]['network'][0]):.3f}" in alt
    assert f"{drawings.cells_in_window(runs.SPIRAL)} of the network's 79" in alt
    assert figures.render(drawn, raster=True)[0] == "image/png"


@pytest.mark.usefixtures("short")
def test_fits_to_coin_tosses():
    fits = runs.tossed()
    assert fits.line.shape == (16, 3)
    assert fits.conic.shape == (16, 6)
    assert fits.network["w"].shape == (16, runs.UNITS, 2)
    assert [len(part) for part in runs.logits(fits, "network", runs.directions(4))] == [16]


def test_references_know_closed_forms():
    assert abs(references.outlier_slope(1, 1.0)) < 1e-12
    assert runs.sign_test(torch.ones(3), torch.zeros(3)) == 1 / 8
    assert abs(references.ring_accuracy(0.5) - 2 / 3) < 1e-4
    tangent = references.overlap_risk(1.3, 1.0, 1.0), references.overlap_risk_by_quadrature(1.3, 1.0, 1.0)
    assert abs(tangent[0] - tangent[1]) < 1e-9


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("call", "named"),
    [
        (lambda: plane.dichotomies(torch.zeros(0, 2)), "x"),
        (lambda: plane.dichotomies(torch.zeros(3, 3)), "x"),
        (lambda: plane.dichotomies(torch.full((2, 2), torch.nan)), "x"),
        (lambda: plane.dichotomies(torch.zeros(101, 2)), "x"),
        (lambda: plane.dichotomies(torch.zeros(2, 2, dtype=torch.long)), "x"),
        (lambda: plane.best_half_plane(torch.zeros(2, 2), torch.tensor([0.0, 2.0])), "labels"),
        (lambda: plane.best_half_plane(torch.zeros(2, 2), torch.zeros(3)), "labels"),
        (lambda: plane.logistic_line(torch.zeros(2, 2), torch.tensor([-1.0, 1.0])), "labels"),
        (lambda: plane.most_cells(-1), "h"),
        (lambda: plane.cells(torch.ones(1, 2), torch.ones(1)), "w"),
        (lambda: plane.cells(torch.ones(2, 2), torch.zeros(2)), "w"),
        (lambda: plane.cells(torch.eye(2), torch.zeros(3)), "b"),
        (lambda: plane.cells(torch.tensor([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]), torch.zeros(3)), "b"),
        (lambda: plane.line_as_network(torch.ones(3), torch.tensor(0.0)), "w"),
        (lambda: plane.line_as_network(torch.ones(2), torch.zeros(1)), "b"),
        (lambda: plane.far_field(plane.line_as_network(torch.ones(2), torch.tensor(1.0)), torch.ones(1, 3)), "u"),
        (lambda: plane.far_field(plane.line_as_network(torch.ones(2), torch.tensor(1.0)), torch.eye(2) * 0), "u"),
        (lambda: runs.classes("ring"), "problem"),
    ],
)
def test_bad_input_is_named(call, named):
    with pytest.raises((TypeError, ValueError), match=named):
        call()
