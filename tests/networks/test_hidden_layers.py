"""Threshold functions and conflicts: two lists of them, brute force over subsets, bad input."""

import itertools

import pytest
import torch

from mgai.networks import hidden_layers as ours
from mgai.networks import hidden_layers_references as references
from mgai.networks.threshold_networks import all_inputs


@pytest.mark.parametrize("d", [1, 2, 3])
def test_lists_are_the_functions_without_conflict(d):
    listed = {references.mask(row) for row in ours.threshold_functions(d).tolist()}
    assert listed == {f for f in range(2 ** (2**d)) if not references.has_conflict(f, d)}
    assert len(listed) == ours.without_conflict(d)


def test_four_bits_are_closed_under_complements_and_flips():
    listed = ours.threshold_functions(4)
    codes = set(map(references.mask, listed.tolist()))
    assert len(codes) == len(listed) == 1882  # as tabulated in the literature
    assert {2**16 - 1 - code for code in codes} == codes
    assert set(map(references.mask, listed.view(-1, 2, 8).flip(1).reshape(-1, 16).tolist())) == codes
    assert 2 * len(ours.up_to_complement(listed)) + 2 == len(listed)


@pytest.mark.parametrize("direct", [False, True])
@pytest.mark.parametrize("size", [1, 2, 3])
def test_fewest_by_brute_force(size, direct):
    x = all_inputs(3)
    units, labels = ours.up_to_complement(ours.threshold_functions(3)), [x[:, 0] != x[:, 1], x.sum(1) % 2 == 1]
    found = torch.cat([ours.conflicts(each, x if direct else None) for each in labels])
    masks = [references.mask(each.tolist()) for each in labels]
    left = ours.unresolved(units, found)
    assert ours.fewest_unresolved(left, size) == references.fewest_by_masks(masks, 3, size, direct)


def test_conflicts_are_what_they_say():
    x = all_inputs(3)
    labels = x.sum(1) % 2 == 1
    for p, q, r, s in ours.conflicts(labels, x).tolist():
        assert labels[p] and labels[q] and not labels[r] and not labels[s]
        assert torch.equal(x[p] + x[q], x[r] + x[s])
    assert len(ours.conflicts(labels)) == 100 and len(ours.conflicts(labels, x)) == 6
    assert len(ours.equal_sums(4)) == sum(1 for _ in _equal_sums(4))


def _equal_sums(d):
    x = references.inputs(d)
    for left, right in itertools.combinations(itertools.combinations(range(2**d), 2), 2):
        if all(x[left[0]][i] + x[left[1]][i] == x[right[0]][i] + x[right[1]][i] for i in range(d)):
            yield left, right


def test_four_units_in_halves():
    left = torch.ones(8, 4, dtype=torch.bool)
    for i in range(4):
        left[2 * i, i] = False
    assert [ours.fewest_unresolved(left, size) for size in (1, 2, 3, 4)] == [3, 2, 1, 0]


@pytest.mark.bad_input
def test_bad_input_is_named():
    for d in (0, 5):
        with pytest.raises(ValueError, match="d must"):
            ours.threshold_functions(d)
        with pytest.raises(ValueError, match="d must"):
            ours.without_conflict(d)
    with pytest.raises(ValueError, match="labels must hold both"):
        ours.conflicts(torch.ones(4, dtype=torch.bool))
    with pytest.raises(ValueError, match="size must"):
        ours.fewest_unresolved(torch.ones(2, 2, dtype=torch.bool), 5)
    with pytest.raises(ValueError, match="too many"):
        ours.fewest_unresolved(torch.ones(940, 2, dtype=torch.bool), 4)
