"""The small network: against loops and nn.Module, its slice, its symmetries, and its stationary points."""

import math

import numpy as np
import pytest
import torch

from mgai.optimization import small_network as net
from mgai.optimization import small_network_references as references
from mgai.optimization.gradient_descent_trajectories import gradients
from mgai.settings import generator

DOUBLE = torch.float64


def drawn(label, *shape):
    return torch.randn(*shape, dtype=DOUBLE, generator=generator(f"test/network/{label}"))


def test_the_network_is_its_formula_one_number_at_a_time():
    theta, x = drawn("formula", 2, 10), drawn("inputs", 4)
    found = net.network(theta, x)
    for i in range(2):
        w, b, a, c = theta[i, :3], theta[i, 3:6], theta[i, 6:9], theta[i, 9]
        for j in range(4):
            expected = float(c) + sum(float(a[k]) * math.tanh(float(w[k] * x[j] + b[k])) for k in range(3))
            assert float(found[i, j]) == pytest.approx(expected, rel=1e-12)
    y = drawn("targets", 4)
    torch.testing.assert_close(net.network_loss(theta, x, y), ((found - y) ** 2).mean(1) / 2)


def test_the_slice_is_the_loss_at_the_embedded_points():
    theta, x, y = net.example()
    points = drawn("slice", 3, 4, 2)
    torch.testing.assert_close(net.slice_loss(theta, x, y)(points), net.network_loss(net.embedded(points, theta), x, y))
    assert torch.equal(net.embedded(points, theta)[..., [0, 8]], points)
    torch.testing.assert_close(net.left_over(theta, x, y), y - net.network(theta * (torch.arange(13) != 8), x))


def test_all_symmetries_leave_the_outputs_and_no_other_change_does():
    theta, x = drawn("symmetries", 10), drawn("inputs", 7)
    maps = net.symmetries(3)
    assert len(maps) == len(set(maps)) == 48
    for order, signs in maps:
        image = net.transformed(theta, order, signs)
        torch.testing.assert_close(net.network(image, x), net.network(theta, x))
        assert float(image.norm()) == pytest.approx(float(theta.norm()))
    flipped = theta * torch.tensor([-1.0] + [1.0] * 9)  # one weight alone
    assert (net.network(flipped, x) - net.network(theta, x)).abs().max() > 1e-3


def test_references_find_stationary_points_of_a_network_that_fits_exactly():
    x = torch.linspace(-2, 2, 21, dtype=DOUBLE)
    theta = torch.tensor([0.0, 0.3, 0.0, 0.0], dtype=DOUBLE)
    y = net.network(torch.tensor([1.5, 0.3, 2.0, 0.0], dtype=DOUBLE), x)
    minimum = references.minimum_by_projection(theta, x, y, (0.5, 4.0))
    np.testing.assert_allclose(minimum, [1.5, 2.0], rtol=1e-9)
    saddle, values = references.saddle_by_root(theta, x, y, (-2.0, 1.0))
    slope = gradients(net.slice_loss(theta, x, y))
    assert slope(saddle).abs().max() < 1e-12
    torch.testing.assert_close(torch.linalg.eigvalsh(torch.func.jacrev(slope)(saddle)), values)


def test_the_example_has_two_minima_and_a_saddle():
    loss, minima, saddle = references.example_slice()
    slope = gradients(loss)
    for point, signs in ((minima[0], [1, 1]), (minima[1], [1, 1]), (saddle, [-1, 1])):
        assert slope(point).abs().max() < 1e-10
        assert torch.linalg.eigvalsh(torch.func.jacrev(slope)(point)).sign().tolist() == signs
    assert loss(minima[0]) < loss(minima[1]) < loss(saddle)


def test_the_data_are_the_quadratic_with_noise():
    x, y = net.regression_data(generator("test/network/data"), 2000, 0.2)
    rest = y - (0.5 - x + 0.8 * x**2)
    assert float(rest.std()) == pytest.approx(0.2, rel=0.1) and abs(float(rest.mean())) < 0.03
    design = x[:, None] ** torch.arange(3)
    torch.testing.assert_close(net.least_squares_hessian(design), torch.einsum("ni,nj->ij", design, design) / 2000)
    assert net.network(torch.zeros(4), torch.ones(2)).dtype == torch.float32


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: net.regression_data(torch.Generator(), 1), ValueError, "n must be at least 2"),
        (lambda: net.regression_data(torch.Generator(), 5, math.nan), ValueError, "noise not negative"),
        (lambda: net.least_squares_hessian(torch.ones(0, 2)), ValueError, "at least one row"),
        (lambda: net.least_squares_hessian(torch.ones(2, 2) * math.inf), ValueError, "design has entries"),
        (lambda: net.network(torch.ones(5), torch.ones(2)), ValueError, r"3h \+ 1 entries, not 5"),
        (lambda: net.symmetries(0), ValueError, "h must be at least 1"),
        (lambda: net.transformed(torch.ones(7), (0, 0), (1, 1)), ValueError, "permutation of 2 units"),
        (lambda: net.transformed(torch.ones(4), (0,), (2,)), ValueError, "a sign for each"),
        (lambda: references.minimum_by_projection(*net.example(), (2.0, 4.0)), ValueError, "does not fall"),
    ],
)
def test_bad_input_is_refused_by_name(call, error, words):
    with pytest.raises(error, match=words):
        call()
