"""Paths of descent and flow: against SciPy, matrix powers and closed forms; basins, borders and figures."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, strategies
from scipy.integrate import solve_ivp

from mgai import figures, frames
from mgai.optimization import gradient_descent_trajectories as paths
from mgai.optimization import gradient_descent_trajectories_figures as drawings
from mgai.optimization.gradient_descent_in_the_eigenbasis import gradient_descent
from mgai.optimization.small_network_references import example_slice
from mgai.settings import generator

DOUBLE = torch.float64
EYE = torch.eye(2, dtype=DOUBLE)
DIAGONAL = torch.diag(torch.tensor([1.0, 4.0], dtype=DOUBLE))


def quadratic(hessian):
    return lambda w: torch.einsum("...i,ij,...j->...", w, hessian, w) / 2


def instance(label, d=3, n=5):
    rng = generator(f"test/trajectories/{label}")
    root = torch.randn(d, d, dtype=DOUBLE, generator=rng)
    return root @ root.mT + torch.eye(d, dtype=DOUBLE) / 10, torch.randn(n, d, dtype=DOUBLE, generator=rng)


@given(strategies.integers(0, 10**6), strategies.integers(1, 5), strategies.integers(0, 8))
def test_descent_agrees_with_the_quadratic_iteration(seed, d, n_steps):
    hessian, starts = instance(seed, d)
    step = 1 / float(torch.linalg.eigvalsh(hessian)[-1])
    found = paths.descent_path(quadratic(hessian), starts, step, n_steps)
    expected = gradient_descent(hessian, torch.zeros(d, dtype=DOUBLE), step, n_steps, starts)
    torch.testing.assert_close(found, expected)
    torch.testing.assert_close(paths.descent_end(quadratic(hessian), starts, step, n_steps), expected[-1])


def test_a_sweep_over_step_sizes_is_the_runs_one_by_one():
    loss, starts = example_slice().loss, instance("sweep", 2)[1]
    steps = torch.tensor([0.01, 0.1, 0.3], dtype=DOUBLE)
    together = paths.descent_path(loss, starts.expand(3, 5, 2), steps[:, None, None], 6)
    for k, step in enumerate(steps.tolist()):
        torch.testing.assert_close(together[:, k], paths.descent_path(loss, starts, step, 6))
    alone = paths.descent_path(loss, starts[2], 0.1, 6)
    torch.testing.assert_close(together[:, 1, 2], alone)


def test_the_flow_and_its_modification_agree_with_scipy():
    loss, start = example_slice().loss, torch.tensor([2.0, 1.0], dtype=DOUBLE)
    for share in (0.0, 0.2):
        slope = paths.gradients(paths.modified_loss(loss, share))
        velocity = lambda t, w: -slope(torch.from_numpy(w)).numpy()  # noqa: B023, E731
        solved = solve_ivp(velocity, (0, 1), start.numpy(), rtol=1e-9, atol=1e-10, method="DOP853")
        found = paths.flow_path(paths.modified_loss(loss, share), start, 1.0, 100)[-1]
        np.testing.assert_allclose(found.numpy(), solved.y[:, -1], atol=1e-7)


def test_runge_kutta_is_of_fourth_order():
    start = torch.ones(1, dtype=DOUBLE)
    errors = [abs(float(paths.flow_path(quadratic(EYE[:1, :1]), start, 1.0, n)[-1]) - math.exp(-1)) for n in (10, 20)]
    assert 15 < errors[0] / errors[1] < 18


def test_distances_from_the_flow_on_a_quadratic_are_exact():
    start = torch.tensor([[3.0]], dtype=DOUBLE)
    for share, rate in ((0.0, lambda h: 1.0), (1.0, lambda h: 1 + h / 2)):
        found = paths.distances_from_flow(quadratic(EYE[:1, :1]), start, 2.0, [8, 16], share, 400)[:, 0]
        exact = [3 * abs((1 - 2 / k) ** k - math.exp(-2 * rate(2 / k))) for k in (8, 16)]
        np.testing.assert_allclose(found.numpy(), exact, rtol=1e-6)


@given(strategies.integers(0, 10**6), strategies.floats(0.01, 3.0))
def test_the_contraction_factor_is_the_spectral_norm(seed, multiple):
    hessian, _ = instance(seed)
    step = multiple / float(torch.linalg.eigvalsh(hessian)[-1])
    norm = np.linalg.norm(np.eye(3) - step * hessian.numpy(), 2)
    assert paths.contraction_factor(hessian, step) == pytest.approx(norm)


def test_the_limit_is_where_a_long_run_ends():
    rng = generator("test/trajectories/limit")
    design, starts = torch.randn(2, 4, dtype=DOUBLE, generator=rng), torch.randn(6, 4, dtype=DOUBLE, generator=rng)
    hessian = torch.diag(torch.tensor([1.0, 2.0, 0.0, 0.0], dtype=DOUBLE))
    turn = torch.linalg.qr(torch.randn(4, 4, dtype=DOUBLE, generator=rng)).Q
    hessian = turn @ hessian @ turn.T
    hessian = (hessian + hessian.T) / 2
    goal = design[0]
    found = paths.descent_limit(hessian, goal, starts)
    run = gradient_descent(hessian, goal, 0.6, 400, starts)[-1]
    torch.testing.assert_close(found, run, atol=1e-10, rtol=0)
    torch.testing.assert_close(paths.descent_limit(EYE, starts[0, :2], starts[:, :2]), starts[:1, :2].expand(6, 2))


def test_the_path_arrives_along_the_direction_named():
    for step, axis in ((0.1, 0), (0.39, 0), (0.41, 1), (0.49, 1)):
        assert paths.arrival_direction(DIAGONAL, step)[axis].abs() == 1
        end = paths.descent_end(quadratic(DIAGONAL), torch.ones(1, 2, dtype=DOUBLE), step, 400)[0]
        assert end[axis].abs() > 10 * end[1 - axis].abs()


def test_basins_and_border_of_a_known_saddle():
    def loss(w):
        return (w[..., 0] ** 2 - 1) ** 2 / 4 + w[..., 1] ** 2 / 2  # minima at (-1, 0) and (1, 0), border u = 0

    minima = torch.tensor([[-1.0, 0.0], [1.0, 0.0]], dtype=DOUBLE)
    border = paths.stable_manifold(loss, torch.zeros(2, dtype=DOUBLE), 2.0)
    assert border[..., 0].abs().max() < 1e-12 and border[..., 1].abs().max() == pytest.approx(2.0002)
    starts = torch.tensor([[-0.3, 1.0], [0.2, -1.0], [0.0, 1.0]], dtype=DOUBLE)
    ends = paths.descent_end(loss, starts, 0.1, 400)
    assert paths.basin_of(ends, minima).tolist() == [0, 1, -1]
    assert paths.basin_of(torch.full((1, 2), math.nan), minima.float()).tolist() == [-1]


def test_float32_stays_float32():
    start = torch.ones(2, 2)
    for end in (paths.descent_end(quadratic(EYE.float()), start, 0.1, 3),
                paths.flow_path(quadratic(EYE.float()), start, 1.0, 3)[-1],
                paths.descent_limit(EYE.float(), start[0], start)):  # fmt: skip
        assert end.dtype == torch.float32


def test_figures_show_what_their_words_say():
    loss, minima, saddle = example_slice()
    starts, border = instance("figures", 2)[1], paths.stable_manifold(loss, saddle, 2.0, 20)
    drawn = drawings.paths_figure(loss, starts, 0.1, 5, span=(-3, 3, -3, 3), labels=("$u$", "$v$"), minima=minima,
                                  saddle=saddle, border=2.0)  # fmt: skip
    axes = drawn.axes[0]
    assert axes.get_xlabel() == "$u$" and axes.get_ylabel() == "$v$"
    path = paths.descent_path(loss, starts, 0.1, 5)
    drawn_paths = [line.get_xydata() for line in axes.lines if len(line.get_xydata()) == 6 and line.get_marker() == "o"]
    np.testing.assert_allclose(drawn_paths, path.permute(1, 0, 2).numpy())
    alt = drawings.paths_alt(loss, starts, 0.1, 5, minima)
    figures.check_alt(alt)
    assert f"{loss(minima[0]):.3f}" in alt
    grid = drawings.plane((-3.0, 3.0, -3.0, 3.0), 5)
    reached = paths.basin_of(paths.descent_end(loss, grid, 0.2, 50), minima)
    figures.check_alt(drawings.basins_alt(reached))
    assert f"{float((reached == 0).double().mean()):.0%} reach the deeper" in drawings.basins_alt(reached)
    shown = drawings.basins_figure((-3.0, 3.0, -3.0, 3.0), reached, minima, saddle, border)
    assert shown.axes[0].images[0].get_array().shape == (5, 5) and shown.axes[0].get_ylabel()
    steps = torch.tensor([0.2, 0.1], dtype=DOUBLE)
    errors = {"line": (steps, steps**2)}
    assert "slope 1.00 from the flow and 2.00" in drawings.orders_alt(steps, errors)
    assert drawings.orders_figure(steps, errors).axes[0].get_xscale() == "log"


def test_the_slider_runs_through_the_regimes():
    multiples = [0.5, 1.0, 1.5, 2.0, 2.02]
    centre, start = torch.ones(2, dtype=DOUBLE), torch.tensor([[3.0, 2.0]], dtype=DOUBLE)
    made = drawings.step_frames(DIAGONAL, centre, start, multiples, ("a", "b"))
    assert list(frames.faults(frames.describe(made, "step size", "Paths of descent at rising step size."))) == []
    for frame, word in zip(made, ("monotone", "one step", "oscillating", "for ever", "divergent"), strict=True):
        assert f"steep direction {word}" in frame.alt
    for multiple, frame in zip(multiples, made, strict=True):
        end = np.array([2.0, 1.0]) * (1 - multiple / 4 * np.array([1.0, 4.0])) ** 20 + 1
        np.testing.assert_allclose(frame.drawn.axes[0].lines[0].get_xydata()[-1], end, atol=1e-10)


LOSS, STARTS = quadratic(EYE), torch.ones(1, 2, dtype=DOUBLE)


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: paths.descent_path(LOSS, STARTS, 0.0, 1), ValueError, "step must be positive and finite, not 0"),
        (lambda: paths.descent_path(LOSS, STARTS, torch.tensor([0.1, math.nan]), 1), ValueError, "step must be"),
        (lambda: paths.descent_end(LOSS, STARTS, 0.1, -1), ValueError, "n_steps must not be negative"),
        (lambda: paths.descent_end(LOSS, math.nan * STARTS, 0.1, 1), ValueError, "starts has entries"),
        (lambda: paths.descent_end(LOSS, STARTS[:0], 0.1, 1), ValueError, "at least one point"),
        (lambda: paths.descent_end(LOSS, [1.0], 0.1, 1), TypeError, "starts must be"),
        (lambda: paths.flow_path(LOSS, STARTS, -1.0, 5), ValueError, "time must be positive"),
        (lambda: paths.flow_path(LOSS, STARTS, 1.0, 0), ValueError, "n_steps must be at least 1"),
        (lambda: paths.modified_loss(LOSS, -0.1), ValueError, "step must not be negative"),
        (lambda: paths.distances_from_flow(LOSS, STARTS, 1.0, [], 0.0), ValueError, "count of steps"),
        (lambda: paths.contraction_factor(EYE, 0.0), ValueError, "step must be positive"),
        (lambda: paths.arrival_direction(EYE.expand(2, 2, 2), 0.1), ValueError, "one matrix"),
        (lambda: paths.descent_limit(-EYE, STARTS[0], STARTS), ValueError, "positive semidefinite"),
        (lambda: paths.descent_limit(0 * EYE, STARTS[0], STARTS), ValueError, "not zero"),
        (lambda: paths.descent_limit(EYE, STARTS[0, :1], STARTS), ValueError, "minimiser must have 2"),
        (lambda: paths.basin_of(STARTS, STARTS[:0]), ValueError, "at least one minimum"),
        (lambda: paths.stable_manifold(LOSS, STARTS[0], 1.0), ValueError, "not one of each sign"),
    ],
)
def test_bad_input_is_refused_by_name(call, error, words):
    with pytest.raises(error, match=words):
        call()
