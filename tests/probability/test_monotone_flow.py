"""The flow: inverse, derivative, convexity and stationarity of its likelihood, weights, bad input."""

import numpy as np
import pytest
import torch

from mgai.probability import monotone_flow as mono
from mgai.settings import generator

DOUBLE = torch.float64
CENTRES = torch.linspace(-2, 2, 5, dtype=DOUBLE)


def drawn_theta(label, units=5):
    theta = torch.rand(units + 2, dtype=DOUBLE, generator=generator(label)) + 0.05
    theta[0] -= 0.5
    return theta


@pytest.mark.parametrize("number", range(12))
def test_the_map_increases_and_is_inverted(number):
    flow = mono.MonotoneFlow(drawn_theta(f"test/flow/{number}"), CENTRES, 0.7)
    y = torch.linspace(-40, 40, 161, dtype=DOUBLE)
    x = flow(y)
    assert bool((x.diff() > 0).all())
    torch.testing.assert_close(flow.inverse(x), y, rtol=1e-9, atol=1e-9)
    slopes = torch.func.vmap(torch.func.grad(lambda u: flow(u[None])[0]))(y)
    torch.testing.assert_close(flow.derivative(y), slopes)


def test_the_model_density_integrates_to_one():
    flow = mono.MonotoneFlow(drawn_theta("test/flow/density"), CENTRES, 0.7)
    y, w = mono.panels(torch.linspace(-200, 200, 401, dtype=DOUBLE))
    assert float(w @ torch.exp(-flow.loss(y))) == pytest.approx(1, abs=1e-10)


def test_the_fit_is_stationary_where_no_bound_holds_it():
    y = torch.randn(500, dtype=DOUBLE, generator=generator("test/flow/fit")) ** 3
    flow = mono.fit(y)
    theta = flow.theta.clone().requires_grad_()
    values, slopes = mono.features(y, flow.centres, flow.width)
    cost = ((values @ theta).square() / 2 - (slopes @ theta).log()).mean()
    [gradient] = torch.autograd.grad(cost, theta)
    assert float((gradient * flow.theta).abs().max()) < 1e-5  # complementary slackness
    assert float(gradient[2:].min()) > -1e-5  # no height wants to grow
    assert float(flow(y).square().mean()) == pytest.approx(1, abs=1e-6)
    for factor in (0.9, 1.1):
        nearby = mono.MonotoneFlow(flow.theta * factor, flow.centres, flow.width)
        assert float(nearby.loss(y).mean()) > float(flow.loss(y).mean())


def test_the_affine_fit_standardises_and_weights_repeat_points():
    y = torch.tensor([1.0, 2.0, 4.0, 8.0], dtype=DOUBLE)
    affine = mono.fit(y, centres=[])
    torch.testing.assert_close(affine(y), (y - y.mean()) / y.std(correction=0), rtol=1e-6, atol=1e-6)
    weighted = mono.fit(y, weights=torch.tensor([0.4, 0.2, 0.2, 0.2], dtype=DOUBLE), centres=[])
    repeated = mono.fit(torch.cat([y[:1], y]), centres=[])
    torch.testing.assert_close(weighted.theta, repeated.theta, rtol=1e-5, atol=1e-6)


def test_single_precision_and_strides_are_accepted():
    """The maps agree where there is data; parameters of units far from it are not determined, and may differ."""
    y = torch.randn(300, generator=generator("test/flow/single"))
    expected = mono.fit(y.double())
    for given in (y, torch.stack([y.double(), y.double()], 1)[:, 0]):
        found = mono.fit(given)
        torch.testing.assert_close(found.loss(y.double()).mean(), expected.loss(y.double()).mean(), rtol=0, atol=1e-8)
        torch.testing.assert_close(found(y.double()), expected(y.double()), rtol=1e-3, atol=1e-3)


def test_the_excess_of_a_normal_law_is_a_known_divergence():
    y, w = mono.panels(torch.linspace(-12, 12, 97, dtype=DOUBLE))
    w = w * torch.exp(-y.square() / 2 - mono.LOG_ROOT_TWO_PI)
    flow = mono.MonotoneFlow(torch.tensor([0.3, 2.0], dtype=DOUBLE), torch.zeros(0, dtype=DOUBLE), 1.0)
    assert mono.excess(flow, y, w, 0.5 + mono.LOG_ROOT_TWO_PI) == pytest.approx((4 + 0.09 - 1) / 2 - np.log(2))


Y = torch.tensor([0.0, 1.0, 2.0], dtype=DOUBLE)
THETA = torch.tensor([0.0, 1.0, 1.0], dtype=DOUBLE)


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: mono.MonotoneFlow(THETA, Y, 1.0), "theta has 3 entries for 3 units"),
        (lambda: mono.MonotoneFlow(-THETA, Y[:1], 1.0), "theta must have a positive slope"),
        (lambda: mono.MonotoneFlow(THETA, Y[:1], 0.0), "width must be positive"),
        (lambda: mono.MonotoneFlow(THETA / 0, Y[:1], 1.0), "theta has entries that are not finite"),
        (lambda: mono.fit(Y[:0]), "y must have shape"),
        (lambda: mono.fit(Y[:1]), "two different points"),
        (lambda: mono.fit(Y * 0), "two different points"),
        (lambda: mono.fit(Y / 0), "y has entries that are not finite"),
        (lambda: mono.fit(Y, weights=Y), "weights must be"),
        (lambda: mono.fit(Y, weights=Y[:2]), "weights must be"),
        (lambda: mono.MonotoneFlow(THETA, Y[:1], 1.0).inverse(Y / 0), "x has entries that are not finite"),
    ],
)
def test_bad_input_is_refused(call, words):
    with pytest.raises(ValueError, match=words):
        call()


@pytest.mark.bad_input
def test_integers_are_refused():
    with pytest.raises(TypeError, match="y must be a real floating-point tensor"):
        mono.fit(torch.arange(5))
