"""Subdifferentials of piecewise affine functions: two linear programs and one-sided differences agree; bad input."""

import numpy as np
import pytest
import torch

from mgai.optimization.subdifferential import (
    active_pieces,
    directional_derivative,
    in_convex_hull,
    lowest_gap,
    max_affine,
)
from mgai.settings import generator

DOUBLE = torch.float64


def kink(d=3, active=4, lower=3, dtype=DOUBLE):
    """Random pieces of which the first ``active`` meet at a random point and the others lie one below."""
    rng = generator("test/subdifferential/kink")
    slopes, x = torch.randn(active + lower, d, dtype=DOUBLE, generator=rng), torch.randn(d, dtype=DOUBLE, generator=rng)
    drop = torch.tensor([0.0] * active + [1.0] * lower, dtype=DOUBLE)
    return slopes.to(dtype), (-slopes @ x - drop).to(dtype), x.to(dtype)


def test_values_agree_with_a_loop():
    slopes, offsets, x = kink()
    points = torch.stack([x, -x, 2 * x])
    expected = [max(float(a @ p + b) for a, b in zip(slopes, offsets, strict=True)) for p in points]
    np.testing.assert_allclose(max_affine(slopes, offsets, points).numpy(), expected, rtol=1e-13, atol=1e-13)


@pytest.mark.parametrize("dtype", [torch.float32, DOUBLE])
def test_active_pieces_survive_rounding(dtype):
    slopes, offsets, x = kink(dtype=dtype)
    assert active_pieces(slopes, offsets, x).tolist() == [True] * 4 + [False] * 3
    away = x + 100 * slopes[0]
    pieces = slopes @ away + offsets
    assert bool(active_pieces(slopes, offsets, away)[pieces.argmax()])


def test_hull_and_definition_agree():
    slopes, offsets, x = kink(d=2)
    candidates = 3 * torch.randn(60, 2, dtype=DOUBLE, generator=generator("test/subdifferential/candidates"))
    candidates = torch.cat([candidates, slopes[:4].mean(0, keepdim=True), 0.9 * slopes[:1] + 0.1 * slopes[1:2]])
    hull = slopes[active_pieces(slopes, offsets, x)]
    verdicts = [in_convex_hull(hull, g) for g in candidates]
    gaps = [lowest_gap(slopes, offsets, x, g) for g in candidates]
    assert verdicts == [gap > -1e-7 for gap in gaps]
    assert verdicts[-2:] == [True, True] and not all(verdicts)
    assert max(gaps) < 1e-7  # y = x gives zero


def test_directional_derivative_of_the_one_norm():
    signs = torch.cartesian_prod(*[torch.tensor([-1.0, 1.0])] * 3)
    x, v = torch.tensor([0.0, 2.0, -1.0]), torch.tensor([-3.0, 1.0, 4.0])
    assert float(directional_derivative(signs, torch.zeros(8), x, v)) == 3.0 + 1.0 - 4.0


def test_a_single_piece_has_its_slope_only():
    slope, zero = torch.tensor([[2.0]]), torch.zeros(1)
    assert lowest_gap(slope, zero, torch.ones(1), torch.tensor([2.0])) == pytest.approx(0, abs=1e-12)
    assert lowest_gap(slope, zero, torch.ones(1), torch.tensor([2.1])) == -np.inf
    assert in_convex_hull(slope, torch.tensor([2.0])) and not in_convex_hull(slope, torch.tensor([2.1]))


@pytest.mark.bad_input
def test_bad_input_is_named():
    slopes, zero = torch.eye(2), torch.zeros(2)
    with pytest.raises(ValueError, match="offsets"):
        max_affine(slopes, torch.zeros(3), torch.zeros(1, 2))
    with pytest.raises(ValueError, match="x must have shape"):
        active_pieces(slopes, zero, torch.zeros(3))
    with pytest.raises(ValueError, match="direction has entries"):
        directional_derivative(slopes, zero, zero, zero + float("nan"))
    with pytest.raises(ValueError, match="target"):
        in_convex_hull(slopes, torch.zeros(3))
    with pytest.raises(ValueError, match="points"):
        in_convex_hull(torch.zeros(0, 2), zero)
    with pytest.raises(TypeError, match="g must be"):
        lowest_gap(slopes, zero, zero, torch.zeros(2, dtype=torch.long))
