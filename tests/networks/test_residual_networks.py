"""Residual and plain stacks: gradients, growth, Euler's method, spirals, winding numbers; the ensembles and figures."""

import math

import pytest
import torch
from hypothesis import given, settings, strategies

from mgai.networks import residual_networks as residual
from mgai.networks import residual_networks_experiments as runs
from mgai.networks import residual_networks_figures as drawings
from mgai.networks import residual_networks_references as references
from mgai.settings import generator

DOUBLE = torch.float64


def draw(label, *shape, dtype=DOUBLE):
    return torch.randn(*shape, dtype=DOUBLE, generator=generator(f"test/residual/{label}")).to(dtype)


def weights(label, *sizes, batch=(), variances=(2.0, 1.0), dtype=DOUBLE):
    return residual.random_blocks(generator(f"test/residual/{label}"), *sizes, batch, variances, dtype)


@pytest.mark.parametrize("batch", [(), (3,), (2, 3)])
@pytest.mark.parametrize("dtype", [DOUBLE, torch.float32])
def test_a_stack_is_its_loop(batch, dtype):
    blocks, x = weights("loop", 3, 4, 5, batch=batch, dtype=dtype), draw("points", *batch, 6, 4, dtype=dtype)
    found = residual.states(x, blocks, 0.5, 0.7)
    assert len(found) == 4
    assert torch.equal(found[0], x)
    slow = x
    for u, v in zip(*blocks, strict=True):
        inner = torch.einsum("...mn,...pn->...pm", u, slow).clamp_min(0)
        slow = 0.5 * slow + 0.7 * torch.einsum("...nm,...pm->...pn", v, inner)
    assert torch.allclose(found[-1], slow, atol=1e-4 if dtype == torch.float32 else 1e-12)


@pytest.mark.parametrize(("skip", "scale"), [(0.0, 1.0), (1.0, 1.0), (1.0, 0.3), (0.5, -2.0)])
def test_gradients_are_those_of_automatic_differentiation(skip, scale):
    blocks, (x, a) = weights("reverse", 4, 3, 5, batch=(7,)), draw("reverse points", 2, 7, 3)
    seen = [x[:, None].requires_grad_()]
    for u, v in zip(*blocks, strict=True):
        step = residual.Blocks(u[None], v[None])
        seen.append(residual.states(seen[-1], step, skip, scale)[-1])
    slopes = torch.autograd.grad((seen[-1][:, 0] * a).sum(), seen)
    found = residual.gradient_squares(x.detach(), blocks, a, skip, scale)
    assert found.shape == (5, 7)
    assert torch.allclose(found, torch.stack([g.square().sum((1, 2)) for g in slopes]), rtol=1e-10)


@settings(max_examples=10)
@given(strategies.floats(0.1, 1.5), strategies.floats(0.1, 1.5), strategies.floats(0.2, 2))
def test_growth_is_the_mean_over_all_signs(small, large, skip):
    x = torch.tensor([1.0, math.pi / 2], dtype=DOUBLE)
    found = references.mean_square_by_enumeration(x, 1, (small, large), skip, 0.6)
    assert math.isclose(found, residual.growth_factor((2 * small**2, 2 * large**2), skip, 0.6), rel_tol=1e-12)


def test_ties_are_refused():
    with pytest.raises(ValueError, match="tied"):
        references.mean_square_by_enumeration(torch.ones(2, dtype=DOUBLE), 1, (1.0, 1.0), 1.0, 1.0)


def test_weights_have_their_variances():
    first, second = weights("variance", 50, 8, 16, batch=(20,), variances=(3.0, 0.5))
    assert first.shape == (50, 20, 16, 8)
    assert abs(float(first.square().mean()) * 8 / 3 - 1) < 0.03
    assert abs(float(second.square().mean()) * 16 / 0.5 - 1) < 0.03
    assert weights("none", 1, 1, 1, variances=(0.0, 0.0)).second.item() == 0


@pytest.mark.parametrize("n_steps", [1, 7, 100])
def test_eulers_method_on_a_linear_field_is_a_power(n_steps):
    a, x = draw("field", 3, 3), draw("start", 5, 3)
    step = torch.eye(3, dtype=DOUBLE) + 2 / n_steps * a
    found = residual.euler(lambda y: y @ a.mT, x, n_steps, 2.0)
    assert torch.allclose(found, x @ torch.linalg.matrix_power(step, n_steps).mT)


def test_the_twist_unwinds_the_spirals():
    x, arms, offsets = residual.spirals(generator("test/residual/spirals"), 40)
    flow = references.unwound(x)
    assert torch.allclose(flow.norm(dim=1), x.norm(dim=1))
    angle = torch.atan2(flow[:, 1], flow[:, 0]) - residual.TURN * arms - offsets
    assert torch.allclose(angle.cos(), torch.ones(120, dtype=DOUBLE))
    assert torch.allclose(residual.euler(residual.twist, x, 4000), flow, atol=0.02)
    assert torch.allclose(references.midpoint(residual.twist, x, 400), flow, atol=1e-3)
    assert torch.equal(residual.nearest_arm(flow)[offsets.abs() < 0.85], arms[offsets.abs() < 0.85])
    assert x.norm(dim=1).min() >= 0.1 - 1e-12


def test_three_points_of_the_companion_coincide():
    x, arms, _ = residual.spirals(generator("test/residual/ceiling"), 200, inner=0.0)
    assert references.most_that_can_be_right(x, arms) == references.most_by_counting(x, arms) == 598
    x, arms = torch.tensor([[0.0, 1.0]] * 3 + [[2.0, 0.0]], dtype=DOUBLE), torch.tensor([1, 1, 0, 2])
    assert references.most_that_can_be_right(x, arms) == references.most_by_counting(x, arms) == 3


@pytest.mark.parametrize("turns", [-2, 0, 1, 3])
def test_winding_numbers_count_turns(turns):
    angle = 2 * math.pi * turns * torch.arange(100, dtype=DOUBLE) / 100
    curve = torch.stack([angle.cos(), angle.sin()], dim=1)
    inside, outside = torch.tensor([[0.2, -0.1], [3.0, 0.0]], dtype=DOUBLE)
    if turns:
        assert math.isclose(residual.winding_number(curve, inside), turns, abs_tol=1e-12)
    assert abs(residual.winding_number(curve, outside)) < 1e-12


def test_a_bias_before_normalisation_does_nothing():
    x = draw("batch", 32, 4)
    bias, gain = references.bias_gradients(x, True, generator("test/residual/bias"))
    assert bias.abs().max() < 1e-14 < gain.abs().max()


def test_each_network_trains_alone():
    theta = runs.initial(generator("test/residual/train"), 2, 2)
    x, labels, _ = residual.spirals(generator("test/residual/data"), 10)
    skip, scale = torch.tensor([0.0, 1.0])[:, None, None], torch.ones(2, 1, 1)
    after = runs.train(theta, x.float(), labels, skip, scale, 20)
    other = {name: value.clone() for name, value in theta.items()}
    other["readout"][1] += 1
    beside = runs.train(other, x.float(), labels, skip, scale, 20)
    for name, value in after.items():
        axis = int(name in residual.Blocks._fields)
        assert torch.allclose(value.select(axis, 0), beside[name].select(axis, 0), atol=1e-4)
    loss = [
        torch.nn.functional.cross_entropy(runs.logits(t, x.float(), skip, scale)[1], labels) for t in (theta, after)
    ]
    assert loss[1] < loss[0]


def test_ensembles_and_figures():
    squares = runs.initial_gradients(3)
    assert squares["plain"].shape == (4, runs.DRAWN)
    assert torch.allclose(squares["residual"][-1], torch.ones(runs.DRAWN, dtype=DOUBLE))
    drawn = drawings.gradient_figure(squares)
    assert drawn.axes[0].get_yscale() == "log"
    assert drawn.axes[0].get_xlabel() == "block k"
    assert "root mean square 2.83" in drawings.gradient_alt(squares)
    table = {depth: {kind: draw(f"{depth}{kind}", 5, 2).sigmoid() for kind in runs.KINDS} for depth in runs.DEPTHS}
    assert drawings.accuracy_figure(table).axes[0].get_ylabel() == "accuracy on fresh points"
    assert f"{float(table[8]['plain'][:, 1].median()):.0%}" in drawings.accuracy_alt(table)
    x, arms, _ = residual.spirals(generator("test/residual/figure"), 5)
    assert drawings.spirals_figure(x, 2 * x, arms, 7).axes[1].get_title() == "after 7 blocks"
    assert "15 of 15" in drawings.spirals_alt(arms, arms, 7)


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("call", "error", "named"),
    [
        (lambda: weights("bad", 0, 2, 2), ValueError, "depth"),
        (lambda: weights("bad", 1, 2.5, 2), TypeError, "width"),
        (lambda: weights("bad", 1, 2, 2, variances=(math.nan, 1.0)), ValueError, "variances"),
        (lambda: residual.states(torch.ones(1, 3), weights("bad", 1, 2, 2)), ValueError, "blocks"),
        (lambda: residual.gradient_squares(torch.ones(2), weights("bad", 1, 2, 2), torch.ones(3), 1.0, 1.0),
         ValueError, "readout"),
        (lambda: residual.euler(lambda x: x, torch.ones(1), 0), ValueError, "n_steps"),
        (lambda: residual.euler(lambda x: x, torch.ones(1), 1, -1.0), ValueError, "time"),
        (lambda: residual.twist(torch.ones(3)), ValueError, "plane"),
        (lambda: residual.spirals(torch.Generator(), 0), ValueError, "n"),
        (lambda: residual.spirals(torch.Generator(), 3, inner=2.0), ValueError, "inner"),
        (lambda: residual.winding_number(torch.ones(4, 3), torch.ones(2)), ValueError, "curve"),
        (lambda: runs.coefficients("deep", 2), ValueError, "kind"),
    ],
)  # fmt: skip
def test_bad_input_is_named(call, error, named):
    with pytest.raises(error, match=named):
        call()
