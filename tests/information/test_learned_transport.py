"""Transport maps: exact ones, optimal matchings, order under descent, trained networks, figures, bad input."""

import math

import pytest
import torch
from hypothesis import given, strategies
from scipy import stats

from mgai import figures
from mgai.information import learned_transport as maps
from mgai.information import learned_transport_figures as drawings
from mgai.information.wasserstein_distance import gaussian_wasserstein
from mgai.settings import generator

DOUBLE = torch.float64


def draws(label, *shape):
    return torch.randn(*shape, dtype=DOUBLE, generator=generator(f"test/transport/{label}"))


@pytest.mark.parametrize("transport", [maps.monotone_map, maps.reflected_map, maps.folded_map])
def test_maps_transport(transport):
    images = transport(draws("maps", 20_000))
    assert stats.kstest(images.numpy(), stats.norm(2, 2).cdf).pvalue > 1e-6


def test_costs_of_the_maps():
    least = gaussian_wasserstein(0.0, 1.0, 2.0, 2.0)
    assert drawings.map_cost(maps.monotone_map) == pytest.approx(least, abs=1e-3)
    assert drawings.map_cost(maps.folded_map) == pytest.approx(least, abs=1e-3)
    assert drawings.map_cost(maps.reflected_map) > least + 0.8


@given(strategies.integers(0, 10**6), strategies.integers(1, 4))
def test_optimal_matchings_are_those_without_crossings(seed, n):
    x, y = draws(seed, 2, n)
    best = maps.optimal_permutations(x, y)
    for p in maps.permutations(n).tolist():
        assert (tuple(p) in best) == (not maps.crosses_both_ways(x, y[p]))
    monotone = tuple(y.argsort()[x.argsort().argsort()].tolist())
    assert monotone in best
    assert maps.optimal_permutations(x, y, power=2.0) == [monotone]


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5, 6])
def test_points_moved_by_one_have_powers_of_two(n):
    x = torch.arange(n, dtype=DOUBLE)
    assert len(maps.optimal_permutations(x, x + 1)) == 2 ** (n - 1)
    assert len(maps.optimal_permutations(x, x + n + 1)) == math.factorial(n)  # disjoint: every matching


@given(strategies.integers(0, 10**6), strategies.integers(1, 6))
def test_descent_keeps_the_order_and_reaches_the_targets(seed, n):
    start = draws(seed, n)
    gaps = 0.021 + 0.2 * draws((seed, "gaps"), n).abs()
    targets = gaps.cumsum(0)[torch.randperm(n, generator=generator(f"test/{seed}"))]
    ends = maps.sorting_descent(start, targets, 0.01)
    assert ends.argsort().tolist() == start.argsort().tolist()
    assert float((ends.sort().values - targets.sort().values).abs().max()) <= 0.01 + 1e-12


def test_networks_start_where_they_are_said_to():
    for start, sign in (("identity", 1), ("reflection", -1)):
        parameters = maps._initial(start, 2, generator("test/start"))
        x = draws("start", 2, 5)
        torch.testing.assert_close(maps._apply(parameters, start, x), sign * x)


def test_training_lowers_the_loss_and_depends_on_the_seed(monkeypatch):
    short, longer = (maps.learn("identity", n_networks=3, n_steps=steps, n=64) for steps in (1, 60))
    assert float(longer.losses.max()) < float(short.losses.min())
    assert longer.directions == ["increasing"] * 3
    assert longer.maps.dtype == longer.grid.dtype == DOUBLE
    assert maps.learn("identity", n_networks=3, n_steps=60, n=64) is longer  # memoised
    monkeypatch.setenv("MGAI_SEED", "17")
    assert not torch.equal(maps.learn("identity", n_networks=3, n_steps=60, n=64).maps, longer.maps)


def test_float32_and_a_penalty(monkeypatch):
    monkeypatch.setenv("MGAI_DTYPE", "float32")
    still = maps.learn("identity", weight=2.0, n_networks=2, n_steps=30, n=64)
    assert still.maps.dtype == torch.float32
    assert float(still.costs.max()) < 0.5  # with a weight above one it does not pay to move


@pytest.mark.parametrize("name", ["maps", "learned"])
def test_figures_have_labels_and_words(name, monkeypatch):
    quick = maps.learn
    monkeypatch.setattr(drawings, "learn", lambda start: quick(start, n_networks=2, n_steps=5, n=16))
    drawn = getattr(drawings, f"{name}_figure")()
    figures.check_alt(getattr(drawings, f"{name}_alt")())
    assert all(axes.get_xlabel() for axes in drawn.axes)
    assert drawn.axes[0].get_ylabel()


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: maps.optimal_permutations(torch.zeros(2), torch.zeros(3)), "x and y"),
        (lambda: maps.optimal_permutations(torch.zeros(10), torch.zeros(10)), "at most 9"),
        (lambda: maps.optimal_permutations(torch.zeros(2), torch.zeros(2), power=0.0), "power"),
        (lambda: maps.permutations(10), "n must be"),
        (lambda: maps.sorting_descent(torch.zeros(2), torch.zeros(3), 0.1), "targets"),
        (lambda: maps.sorting_descent(torch.zeros(2), torch.zeros(2), 0.0), "step"),
        (lambda: maps.learn("nowhere"), "start"),
        (lambda: maps.learn("identity", weight=-1.0), "weight"),
        (lambda: maps.learn("identity", n_steps=0), "n_steps"),
    ],
)
def test_bad_values_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
