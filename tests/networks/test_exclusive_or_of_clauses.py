"""The exclusive or of two clauses: truth tables, decompositions by masks, bad input."""

import itertools

import pytest
import torch

from mgai.networks import exclusive_or_of_clauses as ours
from mgai.networks.hidden_layers_references import decompositions_by_masks, inputs, mask
from mgai.networks.threshold_networks import all_inputs, output_sums, outputs

TRUE = [(a | 1 - b) ^ (1 - c | 1 - d) for a, b, c, d in inputs(4)]
FUNCTIONS = {"xor": [0, 1, 1, 0], "parity": [sum(x) % 2 for x in inputs(3)], "clauses": TRUE}


def test_networks_give_the_truth_table():
    x = all_inputs(4)
    assert ours.target(x).tolist() == TRUE
    assert outputs(ours.two_units(), x).flatten().tolist() == TRUE
    assert outputs(ours.one_unit(), x).flatten().tolist() == TRUE
    assert outputs(ours.rectified(), x, torch.relu).flatten().tolist() == TRUE
    sums = output_sums(ours.rectified(), x, torch.relu).flatten() + 0.5
    assert set(sums.tolist()) == {0.0, 1.0, 2.0}


def test_the_printed_network_under_both_readings():
    x = all_inputs(4)
    either, both = (ours.printed_units(x, threshold) for threshold in (0.0, 0.5))
    u, v = ours.clauses(x)
    for units in (either, both):
        assert units.first.bool().equal(u) and units.second.bool().equal(v)
    assert either.output.bool().equal(u | v) and both.output.bool().equal(u & v)


def test_clause_networks_of_unequal_length():
    for first, second in itertools.product(([1], [-1, 1, -1]), ([1, 1, -1, -1], [-1])):
        x = all_inputs(len(first) + len(second))
        true = x == (torch.tensor(first + second) > 0)
        wanted = true[:, : len(first)].any(1) ^ true[:, len(first) :].any(1)
        assert outputs(ours.clause_network(first, second), x).flatten().bool().equal(wanted)
    same = [1, -1]
    found = outputs(ours.clause_network(same, same), all_inputs(4)).flatten().tolist()
    assert found == [(a | 1 - b) ^ (c | 1 - d) for a, b, c, d in inputs(4)]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_decompositions_by_masks(name):
    values = FUNCTIONS[name]
    labels, d = torch.tensor(values) > 0, len(values).bit_length() - 1
    either, both = ours.decompositions(labels)
    assert (len(either), len(both)) == decompositions_by_masks(mask(values), d)
    assert all(pair.any(0).equal(labels) for pair in either) and all(pair.all(0).equal(labels) for pair in both)


@pytest.mark.bad_input
def test_bad_input_is_named():
    with pytest.raises(ValueError, match="x must"):
        ours.clauses(torch.zeros(2, 3))
    with pytest.raises(ValueError, match="x must"):
        ours.target(torch.full((1, 4), 0.5))
    for name, wrong in (("first", ([], [1])), ("second", ([1], [0]))):
        with pytest.raises(ValueError, match=name):
            ours.clause_network(*wrong)
    with pytest.raises(ValueError, match="labels must"):
        ours.decompositions(torch.zeros(5, dtype=torch.bool))
