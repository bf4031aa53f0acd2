"""One step of each optimiser: against torch.optim, in batches and structures, laws, and bad input."""

import math

import pytest
import torch
from hypothesis import given, strategies

from mgai.optimization.adaptive_rates import bias_corrected
from mgai.optimization.optimizers import (
    AdamState,
    adagrad_step,
    adam_start,
    adam_step,
    look_ahead,
    momentum_step,
    nesterov_step,
    newton_step,
    path,
    rmsprop_step,
    zeros,
)
from mgai.optimization.optimizers_references import torch_path
from mgai.optimization.parameter_trees import tree_map
from mgai.settings import generator

DOUBLE = torch.float64
N_STEPS = 12


def problem(label, *shape, dtype=DOUBLE):
    """A start, and a gradient that is not linear."""
    theta = torch.randn(*shape, dtype=dtype, generator=generator(f"test/optimizers/{label}"))
    return theta, lambda p: torch.sin(3 * p) + p


@pytest.mark.parametrize("dtype", [DOUBLE, torch.float32])
@pytest.mark.parametrize(
    ("kind", "step", "start", "theirs", "ours"),
    [
        (torch.optim.SGD, momentum_step, zeros, {"lr": 0.1, "momentum": 0.7}, {"lr": 0.1, "beta": 0.7}),
        (torch.optim.Adagrad, adagrad_step, zeros, {"lr": 0.3}, {"lr": 0.3}),
        (torch.optim.RMSprop, rmsprop_step, zeros, {"lr": 0.1, "alpha": 0.8}, {"lr": 0.1, "beta": 0.8}),
        (torch.optim.Adam, adam_step, adam_start, {"lr": 0.1}, {"lr": 0.1}),
        (torch.optim.Adam, adam_step, adam_start, {"lr": 0.1, "betas": (0.5, 0.6), "eps": 0.1},
         {"lr": 0.1, "beta1": 0.5, "beta2": 0.6, "eps": 0.1}),
    ],
)  # fmt: skip
def test_steps_are_those_of_torch(kind, step, start, theirs, ours, dtype):
    theta, gradient = problem(kind.__name__, 4, 3, dtype=dtype)
    expected = torch_path(kind, theta, gradient, N_STEPS, **theirs)
    found = path(step, theta, gradient, start(theta), N_STEPS, **ours)
    assert found.dtype == dtype
    rounding = 1e-13 if dtype == DOUBLE else 1e-5
    torch.testing.assert_close(found, expected, rtol=rounding, atol=rounding)


def test_torch_stores_the_look_ahead_points_of_nesterov():
    theta, gradient = problem("nesterov", 5)
    expected = torch_path(torch.optim.SGD, theta, gradient, N_STEPS, lr=0.1, momentum=0.7, nesterov=True)
    velocity = zeros(theta)
    for stored in expected[1:]:
        theta, velocity = nesterov_step(theta, gradient, velocity, 0.1, 0.7)
        torch.testing.assert_close(look_ahead(theta, velocity, 0.1, 0.7), stored, rtol=1e-12, atol=1e-14)


SWEEPS = [
    (momentum_step, zeros, {"beta": torch.tensor([0.0, 0.5, 0.9], dtype=DOUBLE)}),
    (adagrad_step, zeros, {"eps": torch.tensor([1e-8, 1e-2, 1.0], dtype=DOUBLE)}),
    (rmsprop_step, zeros, {"beta": torch.tensor([0.0, 0.5, 0.9], dtype=DOUBLE)}),
    (adam_step, adam_start, {"beta1": torch.tensor([0.0, 0.5, 0.9], dtype=DOUBLE),
                             "beta2": torch.tensor([0.5, 0.9, 0.999], dtype=DOUBLE)}),
]  # fmt: skip


@pytest.mark.parametrize(("step", "start", "options"), SWEEPS)
def test_a_sweep_over_structures_equals_single_runs(step, start, options):
    weights, gradient = problem("sweep", 3, 2, 4)
    theta = {"layers": [weights, weights[:, 0]], "bias": weights[:, 0, 0].contiguous()}
    options = {"lr": torch.tensor([0.05, 0.1, 0.2], dtype=DOUBLE), **options}
    together, state = theta, start(theta)
    for _ in range(4):
        together, state = step(together, tree_map(gradient, together), state, **options)
    for run in range(3):
        alone = tree_map(lambda leaf, run=run: leaf[run], theta)
        single, own = {name: float(value[run]) for name, value in options.items()}, start(alone)
        for _ in range(4):
            alone, own = step(alone, tree_map(gradient, alone), own, **single)
        torch.testing.assert_close(together["layers"][1][run], alone["layers"][1], rtol=1e-13, atol=1e-14)
        torch.testing.assert_close(together["bias"][run], alone["bias"], rtol=1e-13, atol=1e-14)


def test_a_run_that_diverges_leaves_the_others_alone():
    theta, lr = torch.ones(2, 1, dtype=DOUBLE), torch.tensor([0.1, 100.0], dtype=DOUBLE)
    velocity = zeros(theta)
    for _ in range(300):
        theta, velocity = momentum_step(theta, 2 * theta, velocity, lr, 0.5)
    assert abs(theta[0]) < 1e-12
    assert not theta[1].isfinite().all()


@given(strategies.integers(0, 10**6), strategies.floats(0.0, 0.99))
def test_an_average_of_equal_gradients_is_corrected_exactly(seed, beta):
    g = torch.randn(3, dtype=DOUBLE, generator=generator(f"test/optimizers/{seed}"))
    average, theta, state = torch.zeros_like(g), torch.zeros_like(g), adam_start(g)
    for count in range(1, 6):
        average = beta * average + (1 - beta) * g
        torch.testing.assert_close(bias_corrected(average, beta, count), g, rtol=1e-12, atol=0)
        before = theta
        theta, state = adam_step(theta, g, state, 0.1, beta, 0.999, eps=0.0)
        torch.testing.assert_close(theta - before, -0.1 * g.sign(), rtol=1e-10, atol=0)


def test_adam_without_momentum_and_correction_is_rmsprop():
    theta, gradient = problem("rmsprop", 6)
    rmsprop = path(rmsprop_step, theta, gradient, zeros(theta), N_STEPS, lr=0.1, beta=0.9)
    adam = path(adam_step, theta, gradient, adam_start(theta), N_STEPS, lr=0.1, beta1=0.0, beta2=0.9, correct=False)
    torch.testing.assert_close(adam, rmsprop, rtol=1e-14, atol=0)


def test_one_newton_step_minimises_a_quadratic():
    root = torch.randn(7, 4, 4, dtype=DOUBLE, generator=generator("test/optimizers/newton"))
    hessian, theta = root @ root.mT + torch.eye(4, dtype=DOUBLE), root[:, 0]
    gradient = torch.einsum("bij,bj->bi", hessian, theta - 1)
    torch.testing.assert_close(newton_step(theta, gradient, hessian), torch.ones(7, 4, dtype=DOUBLE))
    half = newton_step(theta, gradient, hessian, torch.full((7,), 0.5, dtype=DOUBLE))
    torch.testing.assert_close(half, (theta + 1) / 2)


def test_inputs_are_left_as_they_are():
    theta, state = torch.ones(2), adam_start(torch.ones(2))
    adam_step(theta, torch.ones(2), state, 0.1)
    adagrad_step(theta, torch.ones(2), state.first, 0.1)
    assert theta.eq(1).all()
    assert state.first.eq(0).all()
    assert state.second.eq(0).all()


ONES = torch.ones(2)


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: momentum_step(1.0, ONES, ONES, 0.1, 0.9), TypeError, "parameters must be tensors"),
        (lambda: momentum_step(torch.ones(2, dtype=torch.long), ONES, ONES, 0.1, 0.9), TypeError, "floating-point"),
        (lambda: momentum_step(ONES, ONES[:1], ONES, 0.1, 0.9), ValueError, "gradient does not fit"),
        (lambda: momentum_step(ONES, ONES, {"v": ONES}, 0.1, 0.9), ValueError, "velocity does not fit"),
        (lambda: momentum_step({"a": ONES}, {"b": ONES}, ONES, 0.1, 0.9), ValueError, "gradient does not fit.*keys"),
        (lambda: momentum_step([ONES], [ONES, ONES], [ONES], 0.1, 0.9), ValueError, "gradient does not fit.*entries"),
        (lambda: momentum_step(ONES, ONES, ONES, 0.0, 0.9), ValueError, "lr must be positive"),
        (lambda: momentum_step(ONES, ONES, ONES, "0.1", 0.9), TypeError, "lr must be a number"),
        (lambda: momentum_step(ONES, ONES, ONES, math.nan, 0.9), ValueError, "lr"),
        (lambda: momentum_step(ONES, ONES, ONES, 0.1, 1.0), ValueError, r"beta must be in \[0, 1\)"),
        (lambda: momentum_step(ONES, ONES, ONES, torch.ones(3), 0.9), ValueError, "lr has the shape"),
        (lambda: nesterov_step(ONES, lambda p: p[:1], ONES, 0.1, 0.9), ValueError, "gradient does not fit"),
        (lambda: adagrad_step(ONES, ONES, ONES, 0.1, -1.0), ValueError, "eps must be finite and not negative"),
        (lambda: rmsprop_step(ONES, ONES, ONES, 0.1, -0.1), ValueError, "beta"),
        (lambda: adam_step(ONES, ONES, adam_start(ONES), 0.1, 0.9, 1.0), ValueError, "beta2"),
        (lambda: adam_step(ONES, ONES, AdamState(ONES, ONES, -1), 0.1), ValueError, "state counts -1"),
        (lambda: adam_step(ONES, ONES, AdamState(ONES[:1], ONES, 0), 0.1), ValueError, "first does not fit"),
        (lambda: bias_corrected(ONES, 0.9, 0), ValueError, "count must be at least 1"),
        (lambda: path(adagrad_step, ONES, torch.sin, ONES, -1, lr=0.1), ValueError, "n_steps must not be negative"),
        (lambda: newton_step(ONES, ONES, torch.ones(2, 2)), ValueError, "hessian is singular"),
        (lambda: newton_step(ONES, ONES, torch.eye(3)), ValueError, "hessian of shape"),
        (lambda: newton_step(ONES, ONES, torch.eye(2), -1.0), ValueError, "lr must be positive"),
    ],
)  # fmt: skip
def test_bad_input_is_refused_by_name(call, error, words):
    with pytest.raises(error, match=words):
        call()
