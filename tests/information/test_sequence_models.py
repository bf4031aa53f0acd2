"""Sequence models: cross-entropy against loops and PyTorch, perplexity, chains by enumeration; bad input."""

import math
from itertools import pairwise

import numpy as np
import pytest
import torch

from mgai.information.entropy_and_divergences_references import chain_cross_entropy
from mgai.information.laws import random_laws
from mgai.information.sequence_models import chain_predictions, chain_sequences, perplexity, sequence_cross_entropy
from mgai.settings import generator


def chain(label, v=3):
    rng = generator(f"test/sequences/{label}")
    return random_laws(1, v, rng)[0], random_laws(v, v, rng)


def test_cross_entropy_agrees_with_pytorch():
    rng = generator("test/sequences/torch")
    logits = torch.randn(7, 11, 5, dtype=torch.float64, generator=rng)
    tokens = torch.randint(5, (7, 11), generator=rng)
    library = torch.nn.functional.cross_entropy(logits.mT, tokens, reduction="none").mean(1)
    np.testing.assert_allclose(sequence_cross_entropy(logits.softmax(-1), tokens).numpy(), library.numpy(), rtol=1e-13)


def test_perplexity_is_the_inverse_of_the_geometric_mean():
    predictions, tokens = torch.tensor([[0.5, 0.5], [0.25, 0.75], [0.9, 0.1]]), torch.tensor([0, 1, 1])
    expected = (0.5 * 0.75 * 0.1) ** (-1 / 3)
    assert float(perplexity(sequence_cross_entropy(predictions, tokens))) == pytest.approx(expected, rel=1e-6)


def test_probabilities_of_all_sequences_sum_to_one_and_agree_with_loops():
    initial, transition = chain("all")
    sequences, weights = chain_sequences(initial, transition, 5)
    assert float(weights.sum()) == pytest.approx(1, abs=1e-13) and len(sequences) == 3**5
    for sequence, weight in zip(sequences[::17].tolist(), weights[::17].tolist(), strict=True):
        steps = [float(transition[a, b]) for a, b in pairwise(sequence)]
        assert weight == pytest.approx(float(initial[sequence[0]]) * math.prod(steps), rel=1e-13)


def test_information_of_a_sequence_is_that_of_its_tokens():
    initial, transition = chain("information")
    sequences, weights = chain_sequences(initial, transition, 4)
    losses = sequence_cross_entropy(chain_predictions(initial, transition, sequences), sequences)
    np.testing.assert_allclose((4 * losses).numpy(), -weights.log().numpy(), rtol=1e-13)


@pytest.mark.parametrize("n_tokens", [1, 2, 6])
def test_expected_loss_agrees_with_the_marginals(n_tokens):
    (start, p), (other, q) = chain("text"), chain("model")
    sequences, weights = chain_sequences(start, p, n_tokens)
    found = weights @ sequence_cross_entropy(chain_predictions(other, q, sequences), sequences)
    expected = chain_cross_entropy(torch.stack([start, other]), torch.stack([p, q]), n_tokens)
    assert float(found) == pytest.approx(float(expected), rel=1e-13)


def test_an_impossible_token_costs_everything():
    loss = sequence_cross_entropy(torch.eye(2), torch.tensor([1, 1]))
    assert math.isinf(float(loss)) and math.isinf(float(perplexity(loss)))


@pytest.mark.bad_input
def test_bad_input_is_named():
    half = torch.full((2, 2), 0.5)
    with pytest.raises(ValueError, match="tokens must have shape"):
        sequence_cross_entropy(half, torch.tensor([0]))
    for wrong in ([0, 2], [-1, 0]):
        with pytest.raises(ValueError, match="tokens must be integers"):
            sequence_cross_entropy(half, torch.tensor(wrong))
        with pytest.raises(ValueError, match="tokens must be sequences"):
            chain_predictions(half[0], half, torch.tensor(wrong))
    with pytest.raises(ValueError, match="predictions must sum"):
        sequence_cross_entropy(2 * half, torch.tensor([0, 1]))
    for wrong in (-1.0, float("nan")):
        with pytest.raises(ValueError, match="cross_entropy"):
            perplexity(torch.tensor([wrong]))
    with pytest.raises(TypeError, match="cross_entropy"):
        perplexity(2.0)
    with pytest.raises(ValueError, match="transition must be square"):
        chain_sequences(half[0], torch.ones(3, 1), 2)
    for wrong in (0, 25):
        with pytest.raises(ValueError, match="n_tokens"):
            chain_sequences(half[0], half, wrong)
