"""Linear flows against SciPy, the spectrum on a circle, explicit Euler's limit, conservation, orders, figures."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given, strategies
from scipy.linalg import expm

from mgai.calculus import heat_equation as heat
from mgai.calculus import heat_equation_figures as drawings
from mgai.calculus.heat_equation_references import solved
from mgai.settings import generator

seeds = strategies.integers(0, 10**6)


@given(seeds, strategies.integers(1, 5))
def test_flows_agree_with_scipys_exponential(seed, n):
    rng = generator(f"test/heat/{seed}")
    a, x0, b = (torch.randn(*shape, dtype=torch.float64, generator=rng) for shape in ((n, n), (n,), (n,)))
    condition = float(torch.linalg.cond(torch.linalg.eig(a).eigenvectors))
    size = float(torch.linalg.matrix_norm(a, 2).exp()) * 10
    free = torch.from_numpy(expm(a.numpy()) @ x0.numpy())
    torch.testing.assert_close(heat.flow_by_eigenvectors(a, x0, 1.0), free, rtol=0, atol=1e-13 * size * condition)
    forced = free + sum(torch.matrix_power(a, k) @ b / float(math.factorial(k + 1)) for k in range(60))
    torch.testing.assert_close(heat.forced_flow(a, b, x0, 1.0), forced, rtol=0, atol=1e-12 * size)


def test_a_steady_state_is_reached_and_a_singular_matrix_is_allowed():
    a = torch.tensor([[-1.0, 0.5], [0.0, -2.0]], dtype=torch.float64)
    b, x0 = torch.tensor([1.0, 2.0], dtype=torch.float64), torch.zeros(2, dtype=torch.float64)
    torch.testing.assert_close(heat.forced_flow(a, b, x0, 50.0), -torch.linalg.solve(a, b))
    torch.testing.assert_close(heat.forced_flow(0 * a, b, x0, 3.0), 3 * b)
    torch.testing.assert_close(heat.forced_flow(a, b, x0, 0.4), solved(a, b, x0, 0.4), rtol=1e-10, atol=1e-11)


@pytest.mark.parametrize("n", [3, 4, 9, 20])
def test_the_spectrum_and_the_three_kinds_of_ends(n):
    spacing = float(heat.grid(n)[1])
    found = torch.linalg.eigvalsh(heat.second_difference(n) / spacing**2)
    torch.testing.assert_close(found, heat.laplacian_eigenvalues(n).sort().values, rtol=0, atol=1e-11)
    assert heat.second_difference(n, "insulated").sum(0).abs().max() == 0
    assert heat.second_difference(n, "cold").sum(0).tolist() == [-1.0] + [0.0] * (n - 2) + [-1.0]


@given(seeds, strategies.floats(0.01, 0.5), strategies.integers(0, 20))
def test_euler_is_its_matrix_conserves_and_keeps_the_range(seed, ratio, steps):
    u = torch.randn(3, 7, dtype=torch.float64, generator=generator(f"test/heat/euler/{seed}"))
    found = heat.euler_heat(u, ratio, steps)
    matrix = torch.matrix_power(torch.eye(7, dtype=torch.float64) + ratio * heat.second_difference(7), steps)
    torch.testing.assert_close(found, u @ matrix, rtol=0, atol=1e-12)
    torch.testing.assert_close(found.sum(-1), u.sum(-1), rtol=0, atol=1e-12)
    assert (found.amax(-1) <= u.amax(-1) + 1e-14).all() and (found.amin(-1) >= u.amin(-1) - 1e-14).all()


@pytest.mark.parametrize("n", [8, 9])
def test_fourier_modes_solve_both_equations(n):
    u = torch.randn(n, dtype=torch.float64, generator=generator("test/heat/fourier"))
    matrix = heat.second_difference(n) / heat.grid(n)[1] ** 2
    torch.testing.assert_close(heat.fourier_heat(u, 0.1, exact=False), torch.linalg.matrix_exp(0.1 * matrix) @ u)
    wave = torch.sin(3 * heat.grid(n))
    torch.testing.assert_close(heat.fourier_heat(wave, 0.1), math.exp(-0.9) * wave)
    assert heat.fourier_heat(u.float(), 0.1).dtype == torch.float32


def test_figure_has_labels_and_shows_the_errors():
    sizes, ratios = [12, 24], [1 / 2, 1 / 6]
    drawn = drawings.heat_figure(sizes, ratios)
    assert all(axes.get_xlabel() and axes.get_ylabel() for axes in drawn.axes)
    shown = drawings.errors(sizes, ratios)
    for line, row in zip(drawn.axes[1].lines, shown.values(), strict=True):
        np.testing.assert_array_equal(line.get_ydata(), row)
    assert shown[1 / 2][0] / shown[1 / 2][1] == pytest.approx(4, rel=0.2)
    assert shown[1 / 6][0] / shown[1 / 6][1] == pytest.approx(16, rel=0.2)
    assert f"{shown[1 / 6][1]:.1e}" in drawings.heat_alt(sizes, ratios)


@pytest.mark.bad_input
def test_bad_input():
    a, x = torch.ones(2, 2), torch.ones(2)
    with pytest.raises(ValueError, match="a"):
        heat.flow_by_eigenvectors(torch.ones(2, 3), x, 1.0)
    with pytest.raises(ValueError, match="a: its eigenvectors"):
        heat.flow_by_eigenvectors(torch.tensor([[0.0, 1.0], [0.0, 0.0]]), x, 1.0)
    with pytest.raises(ValueError, match="b"):
        heat.forced_flow(a, torch.ones(3), x, 1.0)
    with pytest.raises(ValueError, match="n must"):
        heat.laplacian_eigenvalues(2)
    with pytest.raises(ValueError, match="ends"):
        heat.second_difference(4, "warm")
    for u, ratio, steps, error in ((x, 0.0, 1, ValueError), (x, 0.1, -1, ValueError), ([1.0], 0.1, 1, TypeError)):
        with pytest.raises(error):
            heat.euler_heat(u if isinstance(u, torch.Tensor) else torch.ones(2, dtype=torch.int64), ratio, steps)
    with pytest.raises(ValueError, match="u"):
        heat.fourier_heat(torch.full((4,), float("nan")), 1.0)
