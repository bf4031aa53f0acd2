"""Two parallel segments: closed forms against enumeration, programming and quadrature; bad input; figures."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, strategies
from hypothesis import settings as hypothesis_settings

from mgai import figures
from mgai.information import parallel_segments as ours
from mgai.information import parallel_segments_figures as drawings
from mgai.information import parallel_segments_references as references
from mgai.information.entropy_and_divergences import jensen_shannon, kl
from mgai.settings import generator

DOUBLE = torch.float64


@hypothesis_settings(max_examples=30, deadline=None)
@given(strategies.floats(-3, 3), strategies.integers(1, 12))
def test_closed_forms_are_those_of_atoms(theta, n):
    p, q = ours.on_common_points(ours.segment(0.0, n), ours.segment(theta, n))
    found = ours.separation(theta)
    assert float(kl(p, q)) == float(kl(q, p)) == found.kl
    assert float(jensen_shannon(p, q)) == pytest.approx(found.jensen_shannon, abs=1e-14)
    assert float((p - q).abs().sum() / 2) == pytest.approx(found.total_variation, abs=1e-14)
    assert references.segments_by_assignment(theta, n) == pytest.approx(found.wasserstein, abs=1e-14)


@pytest.mark.parametrize("power", [1.0, 2.0, 3.0])
def test_every_power_gives_the_separation(power):
    cost, coupling = references.distance_by_linear_program(ours.segment(0.0, 6), ours.segment(-0.7, 6), power)
    assert cost ** (1 / power) == pytest.approx(0.7, abs=1e-9)
    np.testing.assert_allclose(coupling, np.eye(6) / 6, atol=1e-9)
    x, y = references.sampled_segments(0.2, 5, generator("test/segments/program"))
    assert references.distance_by_linear_program(x, y)[0] == pytest.approx(
        references.distance_by_assignment(x, y), abs=1e-9
    )
    assert references.distance_by_assignment(x, y) >= 0.2


def test_common_points_are_merged():
    x = torch.tensor([[0.0, 0.0], [0.0, 0.0], [1.0, 0.0]], dtype=DOUBLE)
    p, q = ours.on_common_points(x, x[1:])
    torch.testing.assert_close(p, torch.tensor([2 / 3, 1 / 3], dtype=DOUBLE))
    torch.testing.assert_close(q, torch.tensor([0.5, 0.5], dtype=DOUBLE))
    assert ours.on_common_points(x.float(), x.float())[0].dtype == torch.float32


@pytest.mark.parametrize("theta", [0.0, 0.05, -0.3, 2.0])
@pytest.mark.parametrize("sigma", [0.1, 1.0])
def test_noise_against_the_plane(theta, sigma):
    divergence, middle = references.blurred_on_grid(theta, sigma)
    if abs(theta) / sigma < 10:
        assert ours.blurred_kl(theta, sigma) == pytest.approx(divergence, rel=1e-9, abs=1e-12)
    found = float(ours.blurred_jensen_shannon(torch.tensor(theta, dtype=DOUBLE), sigma))
    assert found == pytest.approx(middle, abs=1e-9)


def test_limits_of_the_noise():
    theta = torch.tensor([1e-3, 1e3, -1e3, 1e300], dtype=DOUBLE)
    found = ours.blurred_jensen_shannon(theta, 1.0)
    assert float(found[0]) == pytest.approx(1e-6 / 8, rel=1e-5)
    torch.testing.assert_close(found[1:], torch.full((3,), math.log(2), dtype=DOUBLE))
    grid = torch.linspace(-2, 2, 81, dtype=DOUBLE)
    values = ours.blurred_jensen_shannon(grid.view(9, 9), 0.4).flatten()
    torch.testing.assert_close(values, values.flip(0))
    assert bool((values[40:].diff() > 0).all())
    numeric = (ours.blurred_jensen_shannon(grid + 1e-5, 0.4) - ours.blurred_jensen_shannon(grid - 1e-5, 0.4)) / 2e-5
    torch.testing.assert_close(drawings.slopes(grid, 0.4), numeric, atol=1e-8, rtol=0)


@pytest.mark.bad_input
def test_bad_input_is_named():
    for wrong in (math.nan, math.inf):
        for call in (lambda t: ours.separation(t), lambda t: ours.segment(t, 3), lambda t: ours.blurred_kl(t, 1.0)):
            with pytest.raises(ValueError, match="theta must be finite"):
                call(wrong)
    with pytest.raises(ValueError, match="n must"):
        ours.segment(0.0, 0)
    for wrong in (0.0, -1.0, math.nan):
        with pytest.raises(ValueError, match="sigma must"):
            ours.blurred_kl(1.0, wrong)
        with pytest.raises(ValueError, match="sigma must"):
            ours.blurred_jensen_shannon(torch.zeros(1).double(), wrong)
    with pytest.raises(TypeError, match="theta must be a float64"):
        ours.blurred_jensen_shannon(torch.zeros(1), 1.0)
    with pytest.raises(ValueError, match="theta must be finite"):
        ours.blurred_jensen_shannon(torch.tensor([math.nan]).double(), 1.0)
    with pytest.raises(ValueError, match="x and y"):
        ours.on_common_points(torch.zeros(0, 2), torch.zeros(1, 2))
    with pytest.raises(ValueError, match="x and y"):
        ours.on_common_points(torch.zeros(1, 2), torch.zeros(1, 3))


def test_figures_show_what_they_name():
    left, right = drawings.segments_figure().axes
    assert left.get_xlabel() == "$x$" and right.get_xlabel() and right.get_ylabel()
    assert len(left.texts) == 9 and "0.693" in drawings.segments_alt()
    left, right = drawings.blurred_figure().axes
    assert right.get_yscale() == "log" and left.get_ylabel() and len(left.lines) == len(drawings.NOISES)
    assert left.lines[2].get_ydata()[-1] == pytest.approx(math.log(2))
    for alt in (drawings.segments_alt(), drawings.blurred_alt()):
        figures.check_alt(alt)
