"""Texts and their floors: samples against laws, floors against enumeration, laws of entropy, bad input."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, strategies

from mgai.optimization import text_prediction, text_sources
from mgai.optimization import tiny_transformer_references as references
from mgai.optimization.text_sources import ALPHABET, Source
from mgai.settings import generator

SYNTHETIC = [name for name, law in text_sources.TEXTS.items() if law is not None]


def chain(seed, k=3):
    rng = generator(f"test/chain/{seed}")
    transition, emission = torch.rand(k, k, generator=rng).double(), torch.zeros(k, len(ALPHABET)).double()
    emission[:, :3] = torch.rand(k, 3, generator=rng).double()
    return Source(transition / transition.sum(1, keepdim=True), emission / emission.sum(1, keepdim=True))


def test_a_text_is_encoded_and_decoded():
    assert text_sources.decode(text_sources.encode("Two boats,\nthen none.")) == "two boats, then none."
    assert len(text_sources.prose()) > len(text_sources.prose(spaced=False)) > 1000
    assert text_sources.prose(spaced=False).max() < 26


@pytest.mark.parametrize("name", SYNTHETIC)
def test_rows_are_laws_and_the_stationary_law_is_stationary(name):
    made = text_sources.source(name)
    for part in made:
        torch.testing.assert_close(part.sum(1), torch.ones(len(part)).double())
        assert (part >= 0).all()
    law = text_sources.stationary(made)
    torch.testing.assert_close(law @ made.transition, law)
    assert float(law.sum()) == pytest.approx(1)


@pytest.mark.parametrize("name", SYNTHETIC)
def test_samples_have_the_frequencies_of_the_law_at_every_place(name):
    places = text_sources.sample(name, 4000, 5, generator(f"test/sample/{name}"))
    made = text_sources.source(name)
    law = text_sources.stationary(made) @ made.emission
    for column in places.T:
        found = text_sources.frequencies(column)
        assert (found - law).abs().max() < 6 * math.sqrt(0.25 / 4000)
    assert text_prediction.ideal_predictions(made, places).isfinite().all()  # every window is possible


def test_natural_windows_come_from_their_part():
    text = text_sources.decode(text_sources.prose())
    cut = int(0.8 * len(text))
    for held_out, part in ((False, text[:cut]), (True, text[cut:])):
        for window in text_sources.sample("prose", 20, 30, generator("test/prose"), held_out):
            assert text_sources.decode(window) in part


@given(strategies.integers(0, 10**6))
def test_floors_are_differences_of_block_entropies_and_never_rise(seed):
    made = chain(seed)
    floors = text_prediction.conditional_entropies(made, 5)
    np.testing.assert_allclose(floors, references.floors_by_enumeration(made, 5), atol=1e-9)
    assert (floors.diff() <= 1e-12).all()


def test_an_independent_text_has_its_entropy_as_floor():
    shares = text_sources.frequencies(text_sources.prose())
    floors = text_prediction.conditional_entropies(text_sources.independent(shares), 3)
    torch.testing.assert_close(floors, torch.special.entr(shares).sum().expand(3))


@given(strategies.text("abc", min_size=1, max_size=12))
def test_a_periodic_text_becomes_certain(word):
    floors = text_prediction.conditional_entropies(text_sources.periodic(word), 2 * len(word) + 1)
    assert float(floors[-1]) < 1e-9


@given(strategies.integers(0, 10**6))
def test_predictions_are_quotients_of_block_probabilities(seed):
    made = chain(seed)
    places = torch.randint(3, (4, 4), generator=generator(f"test/blocks/{seed}"))
    laws = text_prediction.ideal_predictions(made, places)
    for window, law in zip(places, laws, strict=True):
        belief, log = text_sources.stationary(made).numpy(), 0.0
        for place in window:  # the forward algorithm without normalisation
            belief = belief * made.emission[:, place].numpy() @ made.transition.numpy()
        log = law.gather(1, window[:, None]).log().sum()
        assert float(log) == pytest.approx(math.log(belief.sum()), abs=1e-9)


def test_confusions_of_laws_sum_to_the_frequencies():
    rng = generator("test/confusion")
    laws, truth = torch.rand(50, 4, generator=rng).softmax(1), torch.randint(4, (50,), generator=rng)
    joint = text_prediction.soft_confusion(laws, truth)
    torch.testing.assert_close(joint.sum(1), torch.bincount(truth, minlength=4) / 50)
    slow = torch.zeros(4, 4)
    for law, i in zip(laws, truth, strict=True):
        slow[i] += law / 50
    torch.testing.assert_close(joint, slow)


@pytest.mark.bad_input
def test_bad_input_is_named():
    made = text_sources.markov()
    with pytest.raises(ValueError, match="character '!'"):
        text_sources.encode("oh!")
    with pytest.raises(ValueError, match="word is empty"):
        text_sources.periodic("")
    with pytest.raises(ValueError, match="frequencies"):
        text_sources.independent(torch.ones(29).double())
    with pytest.raises(ValueError, match="name must be one of"):
        text_sources.source("poetry")
    with pytest.raises(ValueError, match="n and length"):
        text_sources.sample("words", 0, 3, generator("test/bad"))
    with pytest.raises(ValueError, match="only"):
        text_sources.sample("prose", 1, 10**6, generator("test/bad"))
    with pytest.raises(ValueError, match="length must be positive"):
        text_prediction.conditional_entropies(made, 0)
    with pytest.raises(ValueError, match="empty"):
        text_prediction.ideal_predictions(made, torch.zeros(0, 3, dtype=torch.long))
    with pytest.raises(ValueError, match="cannot come"):
        text_prediction.ideal_predictions(made, text_sources.encode("zz")[None])
    with pytest.raises(ValueError, match="one length"):
        text_prediction.soft_confusion(torch.ones(2, 3), torch.zeros(3, dtype=torch.long))
