"""Threshold networks and their drawings: loops, margins, smooth units, bad input."""

import itertools
import math

import pytest
import torch

from mgai import figures
from mgai.networks import threshold_networks as ours
from mgai.networks.exclusive_or_of_clauses import one_unit, two_units
from mgai.networks.hamming_parity_network import five_units, nine_units
from mgai.networks.threshold_networks_figures import network_alt, network_figure
from mgai.settings import generator

DOUBLE = torch.float64
BY_HAND = {"two": two_units(), "one": one_unit(), "five": five_units(), "nine": nine_units()}


def drawn_network(label, h=3, d=4, m=2):
    rng = generator(f"test/threshold/{label}")
    parts = [torch.randn(*shape, dtype=DOUBLE, generator=rng) for shape in ((h, d), (h,), (m, h), (m,), (m, d))]
    return ours.ThresholdNetwork(*parts)


def test_outputs_by_loops():
    net, x = drawn_network("loops"), ours.all_inputs(4)

    def dot(left, right):
        return sum(a * b for a, b in zip(left, right, strict=True))

    for row, bits in zip(x.tolist(), ours.outputs(net, x).tolist(), strict=True):
        hidden = [float(dot(w, row) + b >= 0) for w, b in zip(net.w1.tolist(), net.b1.tolist(), strict=True)]
        rest = zip(net.w2.tolist(), net.b2.tolist(), net.direct.tolist(), strict=True)
        assert bits == [float(dot(w, hidden) + b + dot(direct, row) >= 0) for w, b, direct in rest]


def test_inputs_are_all_and_float32_is_kept():
    assert ours.all_inputs(3).tolist() == [list(map(float, bits)) for bits in itertools.product((0, 1), repeat=3)]
    net = ours.ThresholdNetwork(*(part.float() for part in drawn_network("single")))
    x = ours.all_inputs(4).float()
    assert ours.outputs(net, x).dtype == torch.float32
    assert ours.outputs(net, x.T.contiguous().T).equal(ours.outputs(net, x))


def test_radius_is_sharp():
    net, x = drawn_network("radius")._replace(direct=None), ours.all_inputs(4)
    r, signs = ours.radius(net), 2 * ours.all_inputs(4) - 1
    before = ours.step(ours.hidden_sums(net, x)).repeat_interleave(16, 0)
    for factor, same in ((0.999999, True), (1.000001, False)):
        moved = ours.step(ours.hidden_sums(net, (x[:, None] + factor * r * signs).view(-1, 4)))
        assert bool((moved == before).all()) == same


@pytest.mark.parametrize("name", BY_HAND)
@pytest.mark.parametrize("error", [0.1, 1e-3, 1e-9])
def test_steepness_suffices_and_is_least(name, error):
    net, x = BY_HAND[name], ours.all_inputs(4)
    beta = ours.sufficient_steepness(net, error)
    assert ours.smooth_error_bound(net, beta) == pytest.approx(error, rel=1e-9)
    for factor in (1.0, 1.3, 4.0):
        off = (ours.smooth_outputs(net, x, factor * beta) - ours.outputs(net, x)).abs().max()
        bound = ours.smooth_error_bound(net, factor * beta)
        assert float(off) <= bound * (1 + 1e-9) + 1e-15 and bound <= error * (1 + 1e-9)


def test_margins_by_hand():
    assert ours.margins(two_units()) == (0.5, 0.5)
    assert ours.radius(two_units()) == pytest.approx(1 / 12)
    assert math.isinf(ours.radius(ours.network([[0, 0]], [1], [[1]], [0.5])))


def test_drawing_has_a_line_for_each_weight():
    for net, names in ((five_units(), ["P1", "P2", "P3"]), (two_units(), ["f"])):
        axes = network_figure(net, "abcd", names).axes[0]
        weights = torch.cat([net.w1.flatten(), net.w2.flatten()])
        assert len(axes.lines) == int((weights != 0).sum())
        assert sum(line.get_linestyle() == "--" for line in axes.lines) == int((weights < 0).sum())
        written = {text.get_text() for text in axes.texts}
        assert {f"{w:g}".replace("-", "−") for w in weights.tolist() if abs(w) > 1} <= written and set(names) <= written
        figures.check_alt(network_alt(net, "abcd", names))
    assert "P2: 2h1 +h2 -3h3 -h4 +2h5 ≥ 0.5" in network_alt(five_units(), "abcd", ["P1", "P2", "P3"])


@pytest.mark.bad_input
def test_bad_input_is_named():
    for name, wrong in (
        ("b1", ([[1, 1]], [0, 0], [[1]], [0])),
        ("w2", ([[1, 1]], [0], [[1, 1]], [0])),
        ("b2", ([[1, 1]], [0], [[1]], [0, 0])),
        ("direct", ([[1, 1]], [0], [[1]], [0], [[1]])),
        ("w1 and w2", ([1, 1], [0], [[1]], [0])),
        ("b2 has entries", ([[1, 1]], [0], [[1]], [math.nan])),
    ):
        with pytest.raises(ValueError, match=name):
            ours.network(*wrong)
    for d in (0, 17):
        with pytest.raises(ValueError, match="d must"):
            ours.all_inputs(d)
    with pytest.raises(ValueError, match="x must have 4 columns"):
        ours.outputs(two_units(), torch.zeros(2, 3, dtype=DOUBLE))
    for beta in (0.0, -1.0, math.inf):
        with pytest.raises(ValueError, match="beta must"):
            ours.smooth_outputs(two_units(), ours.all_inputs(4), beta)
    for error in (0.0, 0.5, math.nan):
        with pytest.raises(ValueError, match="error must"):
            ours.sufficient_steepness(two_units(), error)
    with pytest.raises(ValueError, match="margin zero"):
        ours.sufficient_steepness(ours.network([[1, 1]], [-1], [[1]], [-0.5]), 0.1)
    with pytest.raises(ValueError, match="direct"):
        network_figure(one_unit(), "ABCD", ["f"])
    with pytest.raises(ValueError, match="inputs and names"):
        network_figure(two_units(), "ABC", ["f"])
