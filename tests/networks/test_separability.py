"""Separability: margins against the dual, certificates against a list of all functions, bad input."""

import itertools
from fractions import Fraction

import pytest
import torch

from mgai.networks import separability as ours
from mgai.networks.hidden_layers import threshold_functions
from mgai.networks.threshold_networks import all_inputs
from mgai.settings import generator

DOUBLE = torch.float64


def test_functions_of_three_bits():
    x, listed = all_inputs(3), set(map(tuple, threshold_functions(3).int().tolist()))
    chosen = torch.randperm(254, generator=generator("test/separability/three"))[:60] + 1  # without the constants
    for code in chosen.tolist():
        labels = [code >> i & 1 for i in range(8)]
        if tuple(labels) in listed:
            found = ours.separate(x, torch.tensor(labels).double())
            assert [float(z >= 0) for z in x @ found.w + found.b] == labels
            with pytest.raises(ValueError, match="can be separated"):
                ours.certificate(x, torch.tensor(labels).double())
        else:
            shares = ours.certificate(x, torch.tensor(labels).double())
            assert ours.common_point(x.int().tolist(), labels, shares) is not None


def test_the_dual_attains_the_radius():
    rng = generator("test/separability/dual")
    for _ in range(5):
        x = torch.randn(12, 3, dtype=DOUBLE, generator=rng)
        heights = x @ torch.randn(3, dtype=DOUBLE, generator=rng)
        labels = (heights > heights.median()).double()
        found = ours.separate(x, labels)
        ends = [found.shares * (labels == value) for value in (0, 1)]
        assert [float(end.sum()) for end in ends] == pytest.approx([1.0, 1.0])
        apart = float((ends[1] @ x - ends[0] @ x).abs().max())
        assert found.radius > 0 and apart == pytest.approx(2 * found.radius, abs=1e-9)
        least = float(((2 * labels - 1) * (x @ found.w + found.b)).min())
        assert least == pytest.approx(found.radius, abs=1e-9) and float(found.w.abs().sum()) == pytest.approx(1.0)


def test_common_points_are_exact():
    square, labels, half = list(itertools.product((0, 1), repeat=2)), [0, 1, 1, 0], Fraction(1, 2)
    assert ours.common_point(square, labels, ours.midpoint_shares(range(4), 4)) == (half, half)
    for wrong in (
        [half, half, half, Fraction(1, 3)],
        [Fraction(1), half, half, Fraction(0)],
        [Fraction(3, 2), half, half, -half],
    ):
        assert ours.common_point(square, labels, wrong) is None
    assert ours.common_point(square, [1, 1, 1, 1], [half] * 4) is None


@pytest.mark.bad_input
def test_bad_input_is_named():
    x, labels = all_inputs(2), torch.tensor([0.0, 1.0, 1.0, 0.0])
    for wrong in (torch.ones(4), torch.tensor([0.0, 1.0, 2.0, 0.0])):
        with pytest.raises(ValueError, match="labels must be 0 and 1"):
            ours.separate(x, wrong)
    with pytest.raises(ValueError, match="one for each row"):
        ours.separate(x, torch.ones(3))
    with pytest.raises(ValueError, match="not finite"):
        ours.separate(x / 0, labels)
    with pytest.raises(ValueError, match="whole"):
        ours.certificate(x / 2, labels)
