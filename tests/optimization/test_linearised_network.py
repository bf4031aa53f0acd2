"""The linearised network: features against differences, second-order accuracy, symmetry; bad input."""

import numpy as np
import pytest
import torch

from mgai.calculus.differentiation import central_jacobian
from mgai.optimization.linearised_network import linearise, linearised_outputs, two_layer_network
from mgai.settings import generator

DOUBLE = torch.float64


def setting():
    rng = generator("test/linearised")
    return torch.randn(12, dtype=DOUBLE, generator=rng), torch.randn(5, 3, dtype=DOUBLE, generator=rng)


def test_the_network_agrees_with_a_loop_and_is_even_in_its_parameters():
    theta, x = setting()
    w, a = theta[:9].reshape(3, 3).numpy(), theta[9:].numpy()
    expected = [sum(a[j] * np.tanh(w[j] @ row) for j in range(3)) for row in x.numpy()]
    np.testing.assert_allclose(two_layer_network(theta, x).numpy(), expected, rtol=1e-12, atol=1e-14)
    assert two_layer_network(-theta, x).equal(two_layer_network(theta, x))


def test_features_agree_with_central_differences():
    theta, x = setting()
    outputs, features = linearise(two_layer_network, theta, x)
    assert outputs.equal(two_layer_network(theta, x)) and features.shape == (5, 12)
    for i in range(5):
        numerical = central_jacobian(lambda theta, i=i: two_layer_network(theta, x)[i], theta)
        np.testing.assert_allclose(features[i].numpy(), numerical.numpy(), atol=1e-7)


def test_the_error_is_of_second_order():
    theta, x = setting()
    outputs, features = linearise(two_layer_network, theta, x)

    def error(size):
        beta = size * torch.ones(12, dtype=DOUBLE)
        return float((two_layer_network(theta + beta, x) - linearised_outputs(outputs, features, beta)).norm())

    assert error(1e-3) / error(5e-4) == pytest.approx(4, rel=0.1)


def test_no_change_gives_the_outputs():
    theta, x = setting()
    outputs, features = linearise(two_layer_network, theta, x)
    assert linearised_outputs(outputs, features, torch.zeros(12, dtype=DOUBLE)).equal(outputs)


@pytest.mark.bad_input
def test_bad_input_is_named():
    x = torch.ones(2, 3)
    with pytest.raises(ValueError, match="theta"):
        two_layer_network(torch.ones(5), x)
    with pytest.raises(ValueError, match="theta"):
        linearise(two_layer_network, torch.ones(0), x)
    with pytest.raises(ValueError, match="network: its outputs"):
        linearise(lambda theta, x: x, torch.ones(4), x)
    with pytest.raises(ValueError, match="beta"):
        linearised_outputs(torch.ones(2), torch.ones(2, 4), torch.ones(3))
    with pytest.raises(TypeError, match="features"):
        linearised_outputs(torch.ones(2), torch.ones(2, 4).long(), torch.ones(4))
