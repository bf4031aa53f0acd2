"""Networks for the Hamming check bits: exclusive ors by whole numbers, syndromes, bad input."""

import pytest
import torch

from mgai.networks import hamming_parity_network as ours
from mgai.networks.hidden_layers_references import distance_by_columns, inputs
from mgai.networks.threshold_networks import all_inputs, margins, output_sums, outputs

TRUE = [[a ^ b ^ d, a ^ c ^ d, b ^ c ^ d] for a, b, c, d in inputs(4)]
NETWORKS = {"nine": ours.nine_units(), "five": ours.five_units(), "direct": ours.with_direct_weights()}


@pytest.mark.parametrize("name", NETWORKS)
def test_networks_give_all_bits(name):
    net, x = NETWORKS[name], all_inputs(4)
    assert outputs(net, x).int().tolist() == TRUE
    assert ours.wrong_bits(outputs(net, x)) == 0 and margins(net) == (0.5, 0.5)


def test_rectified_units_give_the_bits_themselves():
    assert output_sums(ours.rectified(), all_inputs(4), torch.relu).tolist() == TRUE


def test_one_wrong_bit_is_found_by_its_syndrome():
    x, net = all_inputs(4), ours.five_units()
    words = torch.cat([x, outputs(net, x)], dim=1)
    seen = set()
    for place in range(7):
        received = words.clone()
        received[:, place] = 1 - received[:, place]
        syndromes = (outputs(net, received[:, :4]) != received[:, 4:]).int()
        assert bool((syndromes == syndromes[0]).all())
        seen.add(tuple(syndromes[0].tolist()))
    assert len(seen) == 7 and (0, 0, 0) not in seen


def test_distances():
    x = all_inputs(4)
    assert ours.smallest_distance(ours.check_bits(x)) == distance_by_columns(ours.CHECKS) == 3
    assert ours.smallest_distance(x[:, :3] * 0) == 1
    assert ours.printed_layer(x, 0.0).equal(ours.printed_layer(x)) and ours.wrong_bits(ours.printed_layer(x)) == 18


@pytest.mark.bad_input
def test_bad_input_is_named():
    for wrong in (torch.zeros(2, 3), torch.full((1, 4), 0.5), torch.full((1, 4), float("nan"))):
        with pytest.raises(ValueError, match="data must"):
            ours.check_bits(wrong)
    with pytest.raises(ValueError, match="found must"):
        ours.wrong_bits(torch.zeros(3, 16))
