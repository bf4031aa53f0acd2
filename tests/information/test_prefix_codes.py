"""Prefix codes: decodable, of least mean length by enumeration, and what a wrong code costs; bad input."""

import math
from fractions import Fraction
from itertools import product

import pytest
import torch
from hypothesis import given, strategies

from mgai.information.entropy_and_divergences_references import code_length_in_excess, mean_code_lengths
from mgai.information.prefix_codes import huffman_code, mean_length

weights = strategies.lists(strategies.integers(1, 20), min_size=2, max_size=8)


@given(weights)
def test_codes_are_complete_and_no_word_begins_another(given_weights):
    words = huffman_code(given_weights)
    assert sum(Fraction(1, 2 ** len(word)) for word in words) == 1  # Kraft's sum
    assert not any(a != b and b.startswith(a) for a, b in product(words, repeat=2))
    assert len(set(words)) == len(words) == len(given_weights)


@given(strategies.lists(strategies.integers(1, 12), min_size=2, max_size=5))
def test_no_lengths_that_satisfy_kraft_are_better(given_weights):
    p = [Fraction(w, sum(given_weights)) for w in given_weights]
    choices = product(range(1, 5), repeat=len(p))
    allowed = (c for c in choices if sum(Fraction(1, 2**length) for length in c) <= 1)
    best = min(sum(x * length for x, length in zip(p, c, strict=True)) for c in allowed)
    assert mean_length(huffman_code(given_weights), p) == best


@given(weights)
def test_mean_length_is_entropy_and_less_than_one_bit(given_weights):
    assert -1e-12 <= code_length_in_excess(given_weights) < 1


def test_a_code_for_another_law_is_no_shorter():
    lengths = mean_code_lengths(torch.tensor([[5, 2, 1], [1, 3, 4], [1, 1, 6]]))
    assert (lengths >= lengths.diagonal()[:, None]).all() and math.isclose(float(lengths[0, 0]), 11 / 8)


@pytest.mark.bad_input
def test_bad_input_is_named():
    for wrong in ([1], [], [1, 0], [1, -1]):
        with pytest.raises(ValueError, match="weights"):
            huffman_code(wrong)
    for wrong in ([Fraction(1)], [Fraction(1, 2), Fraction(1, 3)]):
        with pytest.raises(ValueError, match="p must be 2"):
            mean_length(["0", "1"], wrong)
