r"""Texts whose conditional entropies are known exactly, and one natural text, on one alphabet of 29 characters.

Shown on the page ``chapters/3-optimization/tiny-transformer``. A synthetic text is a stationary hidden Markov chain:
a state emits a character, then moves. Periodic, independent, Markov and renewal texts are all of this kind, so that
one filter gives the best prediction from the past, and its expected loss, for all of them. Entropies are in nats.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor

from mgai.optimization.prose import PROSE

ALPHABET = "abcdefghijklmnopqrstuvwxyz ,."
PERIOD = "tick tock tick. "
WORD_LETTERS, WORD_LENGTHS, SEPARATORS = "aeinst", (2, 3, 4, 5), {" ": 0.8, ".": 0.2}
MARKOV_LETTERS = "abdeikmo"
TRAINED_SHARE = 0.8  # of the natural text; the rest is for evaluation


class Source(NamedTuple):
    """A hidden Markov chain: where a state goes next, and which character it emits before."""

    transition: Float[Tensor, "k k"]
    emission: Float[Tensor, "k v"]


def encode(text: str) -> Int[Tensor, " n"]:
    """Characters as their places in :data:`ALPHABET`, capitals made small, line breaks made spaces.

    Raises ValueError for a character that is not in the alphabet.

    >>> encode("Ab.").tolist()
    [0, 1, 28]
    """
    places = [ALPHABET.find(character) for character in text.lower().replace("\n", " ")]
    if -1 in places:
        raise ValueError(f"text has the character {text[places.index(-1)]!r}, which is not among {ALPHABET!r}")
    return torch.tensor(places, dtype=torch.long)


def decode(places: Int[Tensor, " n"]) -> str:
    """The inverse of :func:`encode`.

    >>> decode(encode("a ferry."))
    'a ferry.'
    """
    return "".join(ALPHABET[place] for place in places.tolist())


def periodic(word: str = PERIOD) -> Source:
    """A word repeated without end, entered at a random place."""
    if not word:
        raise ValueError("word is empty: nothing can be repeated")
    places = encode(word)
    return Source(torch.eye(len(word), dtype=torch.float64).roll(1, 1), _one_hot(places))


def independent(frequencies: Float[Tensor, " v"]) -> Source:
    """Every character drawn anew from ``frequencies``, which are not negative and sum to one."""
    if frequencies.shape != (len(ALPHABET),) or bool((frequencies < 0).any()) or abs(frequencies.sum() - 1) > 1e-9:
        raise ValueError(f"frequencies must be {len(ALPHABET)} probabilities that sum to one")
    return Source(torch.ones(1, 1, dtype=torch.float64), frequencies.to(torch.float64)[None])


def markov() -> Source:
    """A Markov chain on eight letters: each prefers the next one and the one after it, and some are rarer."""
    k = len(MARKOV_LETTERS)
    rows = torch.tensor([1.0, 16, 4, 1, 1, 1, 1, 1], dtype=torch.float64)
    weights = torch.stack([rows.roll(i) for i in range(k)]) / torch.arange(2, k + 2, dtype=torch.float64)
    return Source(weights / weights.sum(1, keepdim=True), _one_hot(encode(MARKOV_LETTERS)))


def words() -> Source:
    """Words of random length and independent letters, each closed by a separator: a renewal process.

    The state counts the letters that remain, this one included; in state 0 a separator is emitted.
    """
    longest = max(WORD_LENGTHS)
    transition = torch.diag(torch.ones(longest, dtype=torch.float64), -1)
    transition[0, list(WORD_LENGTHS)] = 1 / len(WORD_LENGTHS)
    emission = _one_hot(encode(WORD_LETTERS)).mean(0).repeat(longest + 1, 1)
    emission[0] = sum(share * _one_hot(encode(mark))[0] for mark, share in SEPARATORS.items())
    return Source(transition, emission)


def prose(spaced: bool = True) -> Int[Tensor, " n"]:
    """The natural text; without ``spaced``, its letters alone."""
    text = PROSE.strip() if spaced else "".join(filter(str.isalpha, PROSE))
    return encode(text)


def frequencies(places: Int[Tensor, " n"]) -> Float[Tensor, " v"]:
    """How often each character occurs, as shares of all."""
    return torch.bincount(places, minlength=len(ALPHABET)).double() / len(places)


@lru_cache
def source(name: str) -> Source | None:
    """The synthetic text of that name; None for the natural ones, whose law nobody knows.

    >>> source("prose") is None, source("words").transition.shape
    (True, torch.Size([6, 6]))
    """
    if name not in TEXTS:
        raise ValueError(f"name must be one of {', '.join(TEXTS)}, not {name!r}")
    made = TEXTS[name]
    return made() if made is not None else None


def stationary(made: Source) -> Float[Tensor, " k"]:
    r"""The stationary law of the states: :math:`\pi P=\pi`, :math:`\sum\pi_i=1`.

    >>> stationary(periodic("ab")).round(decimals=12).tolist()
    [0.5, 0.5]
    """
    k = len(made.transition)
    equations = torch.cat([made.transition.T - torch.eye(k, dtype=torch.float64), torch.ones(1, k).double()])
    target = torch.zeros(k + 1, 1, dtype=torch.float64)
    target[-1] = 1
    return torch.linalg.lstsq(equations, target).solution[:, 0].clamp(min=0)


def sample(name: str, n: int, length: int, generator: torch.Generator, held_out: bool = False) -> Int[Tensor, "n l"]:
    """Windows of a text: from fresh stationary streams, or from random places of the natural text.

    Args:
        name: one of :data:`TEXTS`.
        n, length: how many windows, of how many characters; both positive.
        generator: on the CPU.
        held_out: natural texts only: from the last fifth instead of the first four.

    Raises ValueError for an unknown name, or sizes that are not positive or exceed the natural text.
    """
    if n < 1 or length < 1:
        raise ValueError(f"n and length must be positive, not {n} and {length}")
    made = source(name)
    if made is None:
        return _windows(_part(name, held_out), n, length, generator)
    state = torch.multinomial(stationary(made), n, replacement=True, generator=generator)
    characters = []
    for _ in range(length):
        characters.append(torch.multinomial(made.emission[state], 1, generator=generator)[:, 0])
        state = torch.multinomial(made.transition[state], 1, generator=generator)[:, 0]
    return torch.stack(characters, 1)


def _part(name: str, held_out: bool) -> Tensor:
    text = prose(spaced=name == "prose")
    cut = int(TRAINED_SHARE * len(text))
    return text[cut:] if held_out else text[:cut]


def _windows(text: Tensor, n: int, length: int, generator: torch.Generator) -> Tensor:
    if length > len(text):
        raise ValueError(f"length is {length}, but the text has only {len(text)} characters")
    starts = torch.randint(len(text) - length + 1, (n, 1), generator=generator)
    return text[starts + torch.arange(length)]


def _one_hot(places: Tensor) -> Tensor:
    return torch.nn.functional.one_hot(places, len(ALPHABET)).double()


def _shuffled() -> Source:
    return independent(frequencies(prose()))


#: The texts of the comparison, with the function that makes the law of the synthetic ones.
TEXTS = {
    "prose": None,
    "letters only": None,
    "shuffled prose": _shuffled,
    "periodic": periodic,
    "Markov": markov,
    "words": words,
}
