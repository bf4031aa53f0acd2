"""The two-layer network: Jacobians and gradients against torch, NumPy, each other; edge cases; bad input."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from mgai import settings
from mgai.calculus import backpropagation as bp
from mgai.calculus.activations import ACTIVATIONS

SIZES = [(3, 4, 2), (1, 1, 1), (5, 1, 3), (1, 6, 1), (2, 7, 4)]
each_name = pytest.mark.parametrize("name", ACTIVATIONS)


def drawn(d, h, m, n=3, label="tests/backpropagation"):
    rng = settings.generator(f"{label}/{d}/{h}/{m}")
    net = bp.random_network(d, h, m, rng)
    return net, *(torch.randn(n, k, dtype=torch.float64, generator=rng) for k in (d, m))


def leaves(net):
    return bp.TwoLayer(*(part.clone().requires_grad_() for part in net))


@each_name
@pytest.mark.parametrize("sizes", SIZES)
def test_gradients_agree_with_torch_modules(name, sizes):
    net, x, g = drawn(*sizes)
    first, second = torch.nn.Linear(sizes[0], sizes[1]).double(), torch.nn.Linear(sizes[1], sizes[2]).double()
    with torch.no_grad():
        for layer, w, b in ((first, net.w1, net.b1), (second, net.w2, net.b2)):
            layer.weight.copy_(w)
            layer.bias.copy_(b)
    inputs = x.clone().requires_grad_()
    outputs = second(ACTIVATIONS[name](first(inputs)))
    torch.testing.assert_close(bp.predict(net, x, name), outputs.detach(), rtol=0, atol=1e-14)
    (outputs * g).sum().backward()
    ours, ours_x = bp.backward(net, x, g, name)
    expected = (first.weight.grad, first.bias.grad, second.weight.grad, second.bias.grad, inputs.grad)
    for found, reference in zip((*ours, ours_x), expected, strict=True):
        torch.testing.assert_close(found, reference, rtol=0, atol=1e-13)


@each_name
@pytest.mark.parametrize("sizes", SIZES)
def test_jacobians_are_what_gradients_contract(name, sizes):
    net, x, g = drawn(*sizes, n=1)
    gradients, inputs = bp.backward(net, x, g, name)
    torch.testing.assert_close(g @ bp.input_jacobian(net, x[0], name), inputs, rtol=0, atol=1e-13)
    for jacobian, gradient in zip(bp.weight_jacobians(net, x[0], name), gradients, strict=True):
        torch.testing.assert_close(torch.tensordot(g[0], jacobian, 1), gradient, rtol=0, atol=1e-13)


@each_name
def test_jacobian_against_loops_over_numbers(name):
    net, x, _ = drawn(3, 4, 2)
    w1, b1, w2 = (part.numpy() for part in net[:3])
    point, sigma = x[0].numpy(), ACTIVATIONS[name]
    for k in range(2):
        for j in range(3):
            total = 0.0
            for i in range(4):
                z = torch.tensor(float(w1[i] @ point + b1[i]), dtype=torch.float64)
                total += w2[k, i] * float(sigma.derivative(z)) * w1[i, j]
            assert float(bp.input_jacobian(net, x[0], name)[k, j]) == pytest.approx(total, abs=1e-13)


@hypothesis_settings(max_examples=30)
@given(st.integers(1, 5), st.integers(1, 5), st.integers(1, 4), st.integers(1, 6), st.sampled_from(list(ACTIVATIONS)))
def test_batch_is_the_sum_of_its_samples(d, h, m, n, name):
    net, x, g = drawn(d, h, m, n)
    gradients, inputs = bp.backward(net, x, g, name)
    samples = [bp.sample_gradient(net, *pair, name) for pair in zip(x, g, strict=True)]
    total = sum(bp.as_vector(parts) for parts, _ in samples)
    torch.testing.assert_close(bp.as_vector(gradients), total, rtol=0, atol=1e-12)
    torch.testing.assert_close(inputs, torch.stack([each for _, each in samples]), rtol=0, atol=1e-13)


def test_weight_jacobians_are_kronecker_products():
    net, x, _ = drawn(3, 4, 2)
    j = bp.weight_jacobians(net, x[0], "tanh")
    a = np.tanh(net.w1.numpy() @ x[0].numpy() + net.b1.numpy())
    through = net.w2.numpy() * (1 - a**2)
    np.testing.assert_allclose(j.w1.reshape(2, -1), np.kron(through, x[0].numpy()), atol=1e-14)
    np.testing.assert_allclose(j.w2.reshape(2, -1), np.kron(np.eye(2), a), atol=1e-14)


def test_the_rank_is_at_most_the_hidden_width():
    net, x, _ = drawn(5, 1, 3)
    assert torch.linalg.matrix_rank(bp.input_jacobian(net, x[0])) == 1


def test_vectors_and_back():
    net, _, _ = drawn(3, 4, 2)
    flat = bp.as_vector(net)
    assert len(flat) == 12 + 4 + 8 + 2
    assert all(torch.equal(a, b) for a, b in zip(bp.from_vector(flat, net), net, strict=True))


def test_single_precision_strides_and_arguments_are_kept():
    net, x, g = drawn(4, 6, 2, n=8)
    single = bp.TwoLayer(*(part.float() for part in net))
    wide = x.float().mT.contiguous().mT  # column-major
    before = wide.clone()
    parts, inputs = bp.backward(single, wide, g.float())
    exact, exact_inputs = bp.backward(net, x, g)
    assert torch.equal(wide, before) and inputs.dtype == torch.float32
    torch.testing.assert_close(bp.as_vector(parts).double(), bp.as_vector(exact), rtol=0, atol=1e-4)
    torch.testing.assert_close(inputs.double(), exact_inputs, rtol=0, atol=1e-4)


def test_gradients_flow_through_the_network():
    net, x, _ = drawn(2, 3, 1)
    parts = leaves(net)
    bp.predict(parts, x).sum().backward()
    assert all(part.grad is not None for part in parts)


@pytest.mark.bad_input
def test_bad_input():
    net, x, g = drawn(3, 4, 2)
    for bad in (x[:, :2], x[0], x[:0], x.clone().fill_(float("nan"))):
        with pytest.raises(ValueError, match="x"):
            bp.predict(net, bad)
        with pytest.raises(ValueError, match="x"):
            bp.backward(net, bad, g)
    for bad in (g[:1], g[:, :1], g.clone().fill_(float("inf"))):
        with pytest.raises(ValueError, match="g"):
            bp.backward(net, x, bad)
    with pytest.raises(ValueError, match="g"):
        bp.sample_gradient(net, x[0], g[0, :1])
    with pytest.raises(TypeError, match="x"):
        bp.predict(net, x.long())
    with pytest.raises(ValueError, match="relu"):
        bp.predict(net, x, "step")
    for function in (bp.input_jacobian, bp.weight_jacobians):
        with pytest.raises(ValueError, match="x"):
            function(net, x)


@pytest.mark.bad_input
def test_networks_whose_parts_do_not_fit():
    net, x, _ = drawn(3, 4, 2)
    changes = {"w1": net.w1[0], "b1": net.b1[:2], "w2": net.w2[:, :2], "b2": net.b2[:1]}
    for name, part in changes.items():
        with pytest.raises(ValueError, match=name):
            bp.predict(net._replace(**{name: part}), x)
    with pytest.raises(ValueError, match="flat"):
        bp.from_vector(torch.zeros(3), net)
    with pytest.raises(ValueError, match="h must be"):
        bp.random_network(1, 0, 1, torch.Generator())
    with pytest.raises(TypeError, match="d must be"):
        bp.random_network(1.5, 1, 1, torch.Generator())
