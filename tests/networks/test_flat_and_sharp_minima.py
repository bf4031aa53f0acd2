"""Curvature and rescaling of ReLU networks, the product model, batches; the ensemble and the figures."""

import math

import pytest
import torch
from hypothesis import given, settings, strategies

from mgai.networks import flat_and_sharp_minima as sharp
from mgai.networks import flat_and_sharp_minima_experiments as runs
from mgai.networks import flat_and_sharp_minima_figures as drawings
from mgai.networks import flat_and_sharp_minima_references as references
from mgai.networks import step_size_selection as selection
from mgai.settings import generator

DOUBLE = torch.float64


def draw(label, *shape, dtype=DOUBLE):
    return torch.randn(*shape, dtype=DOUBLE, generator=generator(f"test/sharpness/{label}")).to(dtype)


def network(label, m, d, batch=(), dtype=DOUBLE):
    return sharp.ReluNetwork(draw(f"{label} inner", *batch, m, d, dtype=dtype),
                             draw(f"{label} outer", *batch, m, dtype=dtype))  # fmt: skip


@pytest.mark.parametrize("dtype", [DOUBLE, torch.float32])
@pytest.mark.parametrize("batch", [(), (3,), (2, 3)])
def test_outputs_and_jacobian_are_those_of_a_loop(batch, dtype):
    net, x = network("loop", 4, 3, batch, dtype), draw("loop x", *batch, 5, 3, dtype=dtype)
    found, slopes = sharp.outputs(net, x), sharp.jacobian(net, x)
    assert slopes.shape == (*batch, 5, 16)
    flat = [part.reshape(-1, *part.shape[len(batch) :]) for part in (*net, x, found, slopes)]
    tolerance = {"rtol": 1e-4, "atol": 1e-4} if dtype == torch.float32 else {}
    for inner, outer, points, values, rows in zip(*flat, strict=True):
        theta = torch.cat([inner.flatten(), outer]).requires_grad_()
        for point, value, row in zip(points, values, rows, strict=True):
            slow = sum(theta[12 + k] * torch.relu(theta[3 * k : 3 * k + 3] @ point) for k in range(4))
            assert torch.allclose(value, slow.detach(), **tolerance)
            assert torch.allclose(row, torch.autograd.grad(slow, theta)[0], **tolerance)


def test_samples_may_be_shared_by_many_networks():
    net, x = network("shared", 4, 3, (6,)), draw("shared x", 5, 3)
    one = sharp.ReluNetwork(net.inner[2], net.outer[2])
    for function in (sharp.outputs, sharp.jacobian, sharp.trace, sharp.least_trace, sharp.sharpness, sharp.fisher_rao):
        assert torch.allclose(function(net, x)[2], function(one, x))


def test_the_hessian_has_two_parts():
    net, x, y = network("hessian", 5, 2), draw("hessian x", 4, 2), draw("labels", 4)
    fits = references.hessian(net, x, sharp.outputs(net, x))
    slopes = sharp.jacobian(net, x)
    assert torch.allclose(fits, slopes.mT @ slopes / 4)
    assert math.isclose(sharp.trace(net, x), fits.trace(), rel_tol=1e-12)
    assert math.isclose(sharp.sharpness(net, x), torch.linalg.eigvalsh(fits)[-1], rel_tol=1e-12)
    # the second part has only entries between a unit's inner weights and its own outer one
    missed = sharp.outputs(net, x) - y
    mixed = torch.einsum("i,ik,id->kd", missed, (x @ net.inner.mT > 0).to(x), x) / 4
    second = references.hessian(net, x, y) - fits
    for k in range(5):
        assert torch.allclose(second[10 + k, 2 * k : 2 * k + 2], mixed[k])
        second[10 + k, 2 * k : 2 * k + 2] = second[2 * k : 2 * k + 2, 10 + k] = 0
    assert second.abs().max() < 1e-12


@settings(max_examples=20, deadline=None)
@given(strategies.lists(strategies.floats(0.05, 20), min_size=4, max_size=4))
def test_rescaling_changes_curvature_but_nothing_of_the_function(factors):
    net, x = network("rescale", 4, 3), draw("rescale x", 6, 3)
    factors = torch.tensor(factors, dtype=DOUBLE)
    other = sharp.rescaled(net, factors)
    assert torch.allclose(sharp.outputs(other, x), sharp.outputs(net, x))
    assert torch.allclose(sharp.fisher_rao(other, x), 4 * sharp.outputs(net, x).square().mean())
    assert torch.allclose(sharp.least_trace(other, x), sharp.least_trace(net, x))
    assert sharp.trace(other, x) >= sharp.least_trace(net, x) * (1 - 1e-12)
    slopes, scales = sharp.jacobian(net, x), references.parameter_scales(net, factors)
    assert torch.allclose(sharp.jacobian(other, x), slopes * scales)


def test_the_balanced_network_is_found_by_search_too():
    net, x = network("balance", 6, 3), draw("balance x", 20, 3)
    least = references.least_trace_by_search(net, x)
    assert math.isclose(sharp.least_trace(net, x), least, rel_tol=1e-9)
    assert math.isclose(sharp.trace(sharp.balanced(net, x), x), least, rel_tol=1e-9)
    outer, inner = sharp.unit_traces(sharp.balanced(net, x), x)
    assert torch.allclose(outer, inner)


def test_dead_and_idle_units_stay_as_they_are():
    x = sharp.with_ones(torch.tensor([[0.5], [1.0]], dtype=DOUBLE))
    net = sharp.ReluNetwork(torch.tensor([[-1.0, 0.0], [1.0, 0.0]], dtype=DOUBLE), torch.tensor([2.0, 0.0]).double())
    assert all(torch.equal(*pair) for pair in zip(sharp.balanced(net, x), net, strict=True))
    assert sharp.least_trace(net, x) == 0
    assert sharp.sharpness(sharp.ReluNetwork(net.inner[:1], net.outer[:1]), x) == 0


def test_the_example_fits_and_keeps_away_from_kinks():
    net, x, y = sharp.example()
    assert torch.allclose(sharp.outputs(net, x), y)
    assert (x @ (net.inner / net.inner.norm(dim=1, keepdim=True)).mT).abs().min() > 1e-3
    assert torch.linalg.matrix_rank(sharp.jacobian(net, x)) == 8


def test_steps_on_the_product_follow_the_recursion():
    starts = draw("starts", 50, 2)
    after, square = selection.product_descent(starts, -0.7, 0.1, 12), starts.square()
    r, s, d = references.product_recursion(
        starts.prod(-1) + 0.7, square.sum(-1), square[:, 0] - square[:, 1], -0.7, 0.1, 12
    )
    assert torch.allclose(after.prod(-1) + 0.7, r)
    assert torch.allclose(after.square().sum(-1), s)
    assert torch.allclose(after[:, 0].square() - after[:, 1].square(), d)
    theta = starts.clone().requires_grad_()
    slope = torch.autograd.grad((theta.prod(-1) + 0.7).square().sum() / 2, theta)[0]
    assert torch.allclose(selection.product_descent(starts, -0.7, 0.1, 1), starts - 0.1 * slope)
    assert torch.equal(selection.product_descent(starts, 1.0, 0.1, 0), starts)


def test_small_steps_end_where_the_flow_does_and_large_ones_below_their_bound():
    starts = draw("ends", 40, 2)
    ends, flow = selection.product_ends(starts, 1.0, 0.002, 8000)
    assert len(ends) > 30
    assert torch.allclose(ends, flow, rtol=0.02)
    assert torch.all(flow >= 2)
    for step, (ends, _) in selection.product_runs().items():
        assert len(ends) > 30
        assert ends.max() <= 2 / step
        assert ends.min() > 2 - 1e-6
    assert len(selection.product_ends(starts, 1.0, 1.1, 500)[0]) == 0  # no minimum is stable beyond 1/|c|


@settings(max_examples=20, deadline=None)
@given(strategies.lists(strategies.floats(0.1, 4), min_size=2, max_size=6), strategies.floats(0.05, 2))
def test_the_mean_square_is_that_over_all_batches(curvatures, step):
    a = torch.tensor(curvatures, dtype=DOUBLE)
    for size in range(1, len(a) + 1):
        by_batches = references.mean_square_by_enumeration(a, size, step)
        assert math.isclose(selection.mean_square_factor(a, size, step), by_batches, rel_tol=1e-9, abs_tol=1e-12)
        edge = selection.largest_stable_step(a, size)
        assert math.isclose(selection.mean_square_factor(a, size, edge), 1, rel_tol=1e-9)
        assert selection.mean_square_factor(a, size, 0.9 * edge) < 1 < selection.mean_square_factor(a, size, 1.1 * edge)


def test_most_runs_shrink_although_their_mean_square_grows():
    factors = 1 - torch.tensor([0.5, 0.5, 0.5, 3.0], dtype=DOUBLE)
    ends = references.paths(factors, 6)
    assert len(ends) == 4**6
    assert math.isclose(ends.square().mean(), selection.mean_square_factor(1 - factors, 1, 1.0) ** 6, rel_tol=1e-12)
    assert math.isclose(ends.abs().log().mean() / 6, math.log(selection.typical_factor(1 - factors, 1.0)))
    assert (ends.abs() < 1).double().mean() > 0.8


def test_descent_with_all_samples_is_gradient_descent_and_networks_do_not_mix():
    x, y = draw("descend x", 2, 5, 2), draw("descend y", 2, 5)
    net, steps = network("descend", 3, 2, (2,)), torch.tensor([0.1, 0.05], dtype=DOUBLE)
    whole = runs.descend(net, x, y, steps, torch.tensor([5.0, 5.0]), 1, generator("test/sharpness/order"))
    parts = [part.clone().requires_grad_() for part in net]
    loss = (sharp.outputs(sharp.ReluNetwork(*parts), x) - y).square().mean(-1).sum() / 2
    for part, slope, found in zip(net, torch.autograd.grad(loss, parts), whole, strict=True):
        assert torch.allclose(found, part - steps.reshape(-1, *[1] * (part.ndim - 1)) * slope)
    sizes = torch.tensor([5.0, 2.0])
    mixed = runs.descend(net, x, y, steps, sizes, 3, generator("test/sharpness/mixed"))
    alone = runs.descend(net, x, y + torch.tensor([[0.0], [1.0]]), steps, sizes, 3, generator("test/sharpness/mixed"))
    assert torch.equal(mixed.inner[0], alone.inner[0])
    assert not torch.equal(mixed.inner[1], alone.inner[1])


def test_the_ensemble_its_correlations_and_any_order(monkeypatch):
    monkeypatch.setitem(runs._STEPS, "fast", 50)
    runs._trained.cache_clear()
    try:
        found = runs.trained()
        assert set(found) == set(runs.MEASURES)
        assert all(value.shape == (4, runs.n_replicas()) for value in found.values())
        assert torch.all(found["sharpness"] <= found["trace"])
        assert torch.all(found["least trace"] <= found["trace"])
        value, low, high = runs.rank_correlation("test")
        assert math.isclose(value, 1)
        assert low <= high
        assert -1 <= runs.rank_correlation("trace", within=True)[0] <= 1
        traces, errors, changed = runs.reordered()
        assert torch.equal(traces.argsort(), errors.argsort())
        assert torch.all(traces >= found["least trace"][0].max())
        assert changed < 1e-10
        assert torch.equal(runs.reordered(descending=True)[0].argsort().flip(0), errors.argsort())
    finally:
        runs._trained.cache_clear()


def test_figures_say_what_they_show():
    networks, x, y = drawings.valleys()
    drawn = drawings.valley_figure(networks, x, y)
    assert [axes.get_ylabel() for axes in drawn.axes] == ["output f(x)", "loss"]
    assert f"{float(sharp.sharpness(networks[1], x)):.3g} at factor 4" in drawings.valley_alt(networks, x)
    found = {0.5: (torch.tensor([2.0, 3.0]), torch.tensor([2.5, 6.0]))}
    assert drawings.ends_figure(found).axes[0].get_xlabel() == "bound 2/η"
    assert "2 of 300 runs converge, to at most 3 (flow 6)" in drawings.ends_alt(found)


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("call", "error", "named"),
    [
        (lambda: sharp.outputs(network("bad", 2, 3), torch.ones(4, 2)), ValueError, "network"),
        (lambda: sharp.jacobian(sharp.ReluNetwork(torch.ones(2, 3), torch.ones(3)), torch.ones(4, 3)), ValueError,
         "network"),
        (lambda: sharp.trace(network("bad", 2, 3), torch.ones(3)), ValueError, "x of shape"),
        (lambda: sharp.rescaled(network("bad", 2, 3), 0.0), ValueError, "factors"),
        (lambda: sharp.rescaled(network("bad", 2, 3), torch.tensor([1.0, math.nan])), ValueError, "factors"),
        (lambda: sharp.fit_outer(-torch.ones(3, 2), torch.ones(2, 2), torch.ones(2)), ValueError, "cannot fit"),
        (lambda: sharp.fit_outer(torch.ones(3, 2), torch.ones(2, 2), torch.ones(3)), ValueError, "y"),
        (lambda: selection.product_descent(torch.ones(3), 1.0, 0.1, 1), ValueError, "start"),
        (lambda: selection.product_descent(torch.ones(2), 1.0, -0.1, 1), ValueError, "step"),
        (lambda: selection.product_descent(torch.ones(2), 1.0, 0.1, 1.5), TypeError, "n_steps"),
        (lambda: selection.mean_square_factor(torch.ones(3), 4, 0.1), ValueError, "size"),
        (lambda: selection.mean_square_factor(torch.tensor([1.0, math.inf]), 1, 0.1), ValueError, "curvatures"),
        (lambda: selection.largest_stable_step(torch.tensor([-1.0, 0.5]), 1), ValueError, "curvatures"),
        (lambda: selection.typical_factor(torch.ones(2, 2), 0.1), ValueError, "curvatures"),
    ],
)  # fmt: skip
def test_bad_input_is_named(call, error, named):
    with pytest.raises(error, match=named):
        call()
