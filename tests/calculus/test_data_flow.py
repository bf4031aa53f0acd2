"""The two sweeps against autograd, node by node, and the drawn graph."""

from __future__ import annotations

import pytest
import torch

from mgai import settings
from mgai.calculus import backpropagation as bp
from mgai.calculus import data_flow
from mgai.calculus.activations import ACTIVATIONS


@pytest.mark.parametrize("name", ACTIVATIONS)
@pytest.mark.parametrize("sizes", [(3, 4, 2), (1, 1, 1), (2, 3, 1)])
def test_adjoints_agree_with_autograd(name, sizes):
    rng = settings.generator(f"tests/data-flow/{sizes}")
    net = bp.random_network(*sizes, rng)
    x, y = (torch.randn(k, dtype=torch.float64, generator=rng) for k in (sizes[0], sizes[2]))
    values = data_flow.forward_sweep(net, x, y, name)
    torch.testing.assert_close(values.f, bp.predict(net, x[None], name)[0], rtol=0, atol=1e-14)
    nodes = data_flow.forward_sweep(net, x.requires_grad_(), y, name)
    for found, reference in zip(
        data_flow.backward_sweep(net, values, y, name), torch.autograd.grad(nodes.loss, nodes), strict=True
    ):
        torch.testing.assert_close(found, reference, rtol=0, atol=1e-13)


def test_the_figure_shows_every_value_and_adjoint():
    net, x, y = data_flow.example()
    values = data_flow.forward_sweep(net, x, y)
    adjoints = data_flow.backward_sweep(net, values, y)
    drawn = data_flow.data_flow_figure(values, adjoints)
    texts = [text.get_text() for text in drawn.axes[0].texts]
    for part in (*values, *adjoints):
        for number in part.flatten().tolist():
            assert f"{number:.3f}".replace("-", "\N{MINUS SIGN}") in texts


@pytest.mark.bad_input
def test_bad_input():
    net, x, y = data_flow.example()
    values = data_flow.forward_sweep(net, x, y)
    for bad in (x[:1], x[None], x * float("nan")):
        with pytest.raises(ValueError, match="x"):
            data_flow.forward_sweep(net, bad, y)
    with pytest.raises(ValueError, match="y"):
        data_flow.forward_sweep(net, x, torch.zeros(3))
    with pytest.raises(ValueError, match="y"):
        data_flow.backward_sweep(net, values, torch.zeros(3))
    wide = values._replace(z=torch.zeros(4))
    with pytest.raises(ValueError, match="three nodes"):
        data_flow.data_flow_figure(wide, wide)
