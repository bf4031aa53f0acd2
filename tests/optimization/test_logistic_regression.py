"""Logistic regression: derivatives, separability, the largest margin, flow and its law, Newton, figures."""

import math

import pytest
import torch
from hypothesis import given, strategies

from mgai.optimization import logistic_regression as logistic
from mgai.optimization import logistic_regression_figures as drawings
from mgai.optimization import logistic_regression_references as references
from mgai.settings import generator

DOUBLE = torch.float64


def draw(label, *shape):
    return torch.randn(*shape, dtype=DOUBLE, generator=generator(f"test/logistic/{label}"))


def test_derivatives_against_autograd_and_a_loop():
    z, w = draw("z", 7, 3), draw("w", 4, 3)
    slow = torch.tensor([[math.log1p(math.exp(-float(a @ b))) for a in z] for b in w]).double().mean(1)
    assert torch.allclose(logistic.risk(w, z), slow)
    one = torch.func.grad(lambda v: logistic.risk(v, z))
    assert torch.allclose(logistic.risk_gradient(w, z), torch.stack([one(v) for v in w]))
    assert torch.allclose(logistic.risk_hessian(w, z), torch.stack([torch.func.jacrev(one)(v) for v in w]))
    assert torch.isfinite(logistic.risk(1e6 * w, z)).all()
    top = torch.linalg.eigvalsh(logistic.risk_hessian(torch.zeros(3, dtype=DOUBLE), z))[-1]
    assert float(top) == pytest.approx(1 / logistic.stable_rate(z))
    assert logistic.risk_gradient(w.float(), z.float()).dtype == torch.float32


@given(strategies.integers(0, 10**6), strategies.integers(1, 6))
def test_the_largest_margin_by_two_routes(seed, n):
    z = draw(seed, n, 2) + torch.tensor([1.5, 0.0], dtype=DOUBLE)
    if not logistic.is_separable(z):
        with pytest.raises(ValueError, match="separable"):
            logistic.max_margin(z)
        return
    w, alpha = logistic.max_margin(z)
    assert torch.allclose(w, references.max_margin_by_least_squares(z), rtol=1e-6, atol=1e-8)
    assert (alpha >= 0).all() and torch.allclose(alpha @ z, w) and ((z @ w)[alpha > 0] - 1).abs().max() < 1e-6


def test_flow_descent_and_the_law_agree():
    z, u = references.separable_samples()
    assert torch.allclose(logistic.max_margin(z)[0], u)
    times = torch.tensor([1e2, 1e10], dtype=DOUBLE)
    path = logistic.flow(z, times)
    assert torch.allclose(path[1:], logistic.asymptote(z, times[1:]), atol=1e-4)
    rate = logistic.stable_rate(z) / 50
    descent = logistic.descent_path(z, torch.zeros(2, dtype=DOUBLE), rate, round(100 / rate))[-1]
    assert torch.allclose(descent, path[0], atol=0.02)


def test_newton_is_least_squares_and_converges():
    z, zero = references.overlapping_samples(), torch.zeros(2, dtype=DOUBLE)
    path = logistic.newton_path(z, zero, 8)
    assert torch.allclose(path[1], references.reweighted_least_squares(z, zero))
    assert torch.allclose(path[-1], references.minimiser_by_root_finding(z))
    assert torch.allclose(logistic.descent_path(z, zero, logistic.stable_rate(z), 500)[-1], path[-1], atol=1e-6)
    assert not logistic.is_separable(z)
    with pytest.raises(RuntimeError, match="stationary"):
        references.minimiser_by_root_finding(torch.tensor([[1.0, 0.0], [1.0, 1.0], [0.5, -1.0]], dtype=DOUBLE))


def test_rings_and_the_critical_start():
    x, labels = references.rings()
    assert ((x.norm(dim=1) > 0.9) == (labels > 0)).all() and len(x) == 60
    start = references.critical_start()
    assert math.sinh(start) == pytest.approx(2 * start)


def test_figures_have_labels_and_numbers():
    samples = {"overlapping": references.overlapping_samples(), "separable": references.separable_samples()[0]}
    for axes in drawings.field_figure(samples).axes:
        assert axes.get_xlabel() and axes.get_ylabel()
    assert "overlapping" in drawings.field_alt(samples)
    z = samples["separable"]
    assert all(axes.get_xlabel() and axes.get_ylabel() for axes in drawings.directions_figure(z).axes)
    times, norms, angles, law = drawings.directions(z)
    assert f"{norms[48]:.1f}" in drawings.directions_alt(z)
    assert angles[-1] == pytest.approx(float(law[-1]), rel=1e-3) and times[-1] == 1e12
    least = references.minimiser_by_root_finding(samples["overlapping"])
    assert drawings.newton_figure(samples["overlapping"], least).axes[0].get_yscale() == "log"
    errors = drawings.newton_errors(samples["overlapping"], least, 6)
    assert f"{errors[0]:.1g}" in drawings.newton_alt(samples["overlapping"], least)


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("call", "argument"),
    [
        (lambda z: logistic.risk(torch.zeros(3).double(), z), "w"),
        (lambda z: logistic.risk(torch.zeros(2).double(), z * math.nan), "z"),
        (lambda z: logistic.risk(torch.zeros(2).double(), z[:0]), "z"),
        (lambda z: logistic.stable_rate(0 * z), "z"),
        (lambda z: logistic.descent_path(z, z[0], 0.0, 1), "lr"),
        (lambda z: logistic.newton_path(z, z[0], -1), "n_steps"),
        (lambda z: logistic.max_margin(torch.ones(2, 3)), "two features"),
        (lambda z: logistic.max_margin(torch.cat([z, -z])), "separable"),
        (lambda z: references.max_margin_by_least_squares(torch.cat([z, -z])), "separable"),
        (lambda z: logistic.asymptote(z[:1], torch.ones(1).double()), "support"),
        (lambda z: logistic.asymptote(z, torch.zeros(1).double()), "times"),
        (lambda z: logistic.flow(z, torch.tensor([2.0, 1.0]).double()), "times"),
        (lambda z: references.overlapping_samples(1), "n"),
        (lambda z: references.separable_samples(1), "n"),
        (lambda z: references.rings(1), "n"),
    ],
)
def test_bad_input_is_named(call, argument):
    with pytest.raises(ValueError, match=argument):
        call(torch.tensor([[1.0, 1.0], [1.0, -1.0]], dtype=DOUBLE))
