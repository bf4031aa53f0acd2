"""Codes and memories by other routes: characters, enumeration, the companion's procedure, random networks.

Used on the page ``chapters/6-information/hopfield-and-hamming``.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from itertools import combinations

import torch
from jaxtyping import Float, Int
from scipy.optimize import brentq
from torch import Tensor

from mgai.information.entropy_and_divergences import entropy, kl
from mgai.information.hopfield_and_hamming import (
    codewords,
    corrected,
    hebbian_weights,
    indices,
    quadratic_energies,
    states,
    success,
)

#: Bit-flip probabilities of the companion's figure, and the shares of 500 trials that it printed.
COMPANION_NOISE = (0.05, 0.10, 0.15, 0.20, 0.25, 0.30)
COMPANION_MEMORY = (0.772, 0.642, 0.492, 0.386, 0.282, 0.220)
COMPANION_TRIALS = 500


def companion_words() -> Float[Tensor, "2 7"]:
    """The two words that the companion stored, with its signs: a bit 0 is -1.

    >>> companion_words().sum(1).tolist()
    [-7.0, -1.0]
    """
    return 2 * torch.tensor([[0, 0, 0, 0, 0, 0, 0], [0, 0, 1, 0, 1, 1, 0]], dtype=torch.float64) - 1


def companion_limits(stops_early: bool = True, n_steps: int = 20) -> Float[Tensor, "128 128"]:
    """Where the companion's retrieval ends: the exact law over its random bits.

    A random bit takes the sign of its field, +1 for a field of zero. From the third update on the procedure stops as
    soon as one update has left the energy as it was; without ``stops_early`` only the number of steps ends it.

    >>> bool(companion_limits().sum(1).allclose(torch.ones(128).double()))
    True
    """
    weights, x = hebbian_weights(companion_words()), states(7)
    energies, field = quadratic_energies(weights), x @ weights
    level, moving = torch.zeros(2, 128, 128, dtype=torch.float64)
    for i in range(7):
        after = x.clone()
        after[:, i] = torch.where(field[:, i] >= 0, 1.0, -1.0).double()
        ends = indices(after)
        same = energies[ends] == energies
        level[torch.arange(128), ends] += same.double() / 7
        moving[torch.arange(128), ends] += (~same).double() / 7
    running, done = torch.eye(128, dtype=torch.float64), torch.zeros(128, 128, dtype=torch.float64)
    for step in range(1, n_steps + 1):
        if stops_early and step >= 3:
            running, done = running @ moving, done + running @ level
        else:
            running = running @ (level + moving)
    return running + done


def companion_success(stops_early: bool = True, n_steps: int = 20) -> Float[Tensor, " levels"]:
    """The companion's probabilities of recovery at its noise levels, exactly.

    >>> [round(value, 3) for value in companion_success().tolist()]
    [0.792, 0.621, 0.481, 0.367, 0.277, 0.205]
    """
    profile = corrected(companion_limits(stops_early, n_steps), companion_words())
    return success(profile, torch.tensor(COMPANION_NOISE, dtype=torch.float64))


def pairs() -> Float[Tensor, "8 7"]:
    """One codeword of each of the eight pairs of opposite codewords: those with an even number of ones.

    >>> (pairs() @ pairs().T).unique().tolist()
    [-1.0, 7.0]
    """
    words = codewords()
    return words[words.prod(1) > 0]


@functools.cache
def choices_of_pairs() -> tuple[tuple[int, ...], ...]:
    """All 255 choices of one or more of the eight pairs.

    >>> len(choices_of_pairs())
    255
    """
    return tuple(choice for k in range(1, 9) for choice in combinations(range(8), k))


def least_field(choice: Sequence[int]) -> float:
    r"""The least :math:`\xi_ih_i` over the stored words and their bits, for chosen pairs: negative if one is not fixed.

    >>> least_field([0]), least_field([0, 1, 2])
    (6.0, 2.0)
    """
    stored = pairs()[list(choice)]
    return float((stored * (stored @ hebbian_weights(stored))).min())


def limits_by_powers(weights: Float[Tensor, "n n"], n_squarings: int = 9) -> Float[Tensor, "states states"]:
    """Where single random updates by the sign of the field end: a power of their transition matrix.

    >>> limits_by_powers(torch.tensor([[0.0, 1.0], [1.0, 0.0]]).double())[1].tolist()
    [0.5, 0.0, 0.0, 0.5]
    """
    n = len(weights)
    x = states(n)
    field, matrix = x @ weights, torch.zeros(len(x), len(x), dtype=torch.float64)
    for i in range(n):
        after = x.clone()
        after[:, i] = torch.where(field[:, i] == 0, x[:, i], field[:, i].sign())
        matrix[torch.arange(len(x)), indices(after)] += 1 / n
    for _ in range(n_squarings):
        matrix = matrix @ matrix
    return matrix


def words_within(radius: int) -> list[list[int]]:
    """For each state of seven bits, the places of the codewords at most so far away.

    >>> words_within(0)[:2]
    [[0], []]
    """
    x, words = states(7), codewords()
    return [indices(words[(x[i] != words).sum(1) <= radius]).tolist() for i in range(128)]


def noise_of_capacity(rate: float) -> float:
    r"""The :math:`p<\frac12` at which the capacity :math:`1-H(p)` of the binary symmetric channel is the rate, in bits.

    >>> round(noise_of_capacity(0.5), 4)
    0.11
    """

    def excess(p: float) -> float:
        return 1 - float(entropy(torch.tensor([p, 1 - p], dtype=torch.float64))) / math.log(2) - rate

    return float(brentq(excess, 1e-12, 0.5, xtol=1e-14))


def transmitted_bits(p: float) -> float:
    """What the output of the binary symmetric channel says of a fair input bit: the joint law against independence.

    >>> transmitted_bits(0.5), transmitted_bits(0.0)
    (0.0, 1.0)
    """
    joint = torch.tensor([1 - p, p, p, 1 - p], dtype=torch.float64) / 2
    return float(kl(joint, torch.full((4,), 0.25, dtype=torch.float64))) / math.log(2)


def words_of(generators: Int[Tensor, "k n"]) -> Float[Tensor, "words n"]:
    r"""All :math:`2^k` sums of rows of a generator matrix modulo 2, as signs; as often as they occur.

    >>> words_of(torch.tensor([[1, 1, 0]])).tolist()
    [[1.0, 1.0, 1.0], [-1.0, -1.0, 1.0]]
    """
    messages = (states(len(generators)) < 0).long()
    return 1 - 2 * ((messages @ generators) % 2).double()


def hamming_generators() -> Int[Tensor, "4 7"]:
    """Four words that generate the Hamming code with the checks of the page.

    >>> sorted(indices(words_of(hamming_generators())).tolist()) == indices(codewords()).tolist()
    True
    """
    rows = ((1, 2, 3), (1, 4, 5), (2, 4, 6), (1, 2, 4, 7))
    return torch.tensor([[int(i in row) for i in range(1, 8)] for row in rows])


def energy_by_dual(generators: Int[Tensor, "k n"], f: Callable[[Tensor], Tensor]) -> Float[Tensor, " states"]:
    r"""The energy :math:`-2^k\sum_{s\in C^\perp}f_{|s|}x^s`, with coefficients by enumeration of the cube.

    >>> energy_by_dual(torch.tensor([[1, 1]]), torch.square).tolist()
    [-8.0, 0.0, 0.0, -8.0]
    """
    n, everything = generators.shape[1], states(generators.shape[1])
    monomials = torch.stack([everything[:, row < 0].prod(1) for row in everything])  # row s: x^s on all states
    coefficients = monomials @ f(everything.sum(1)) / 2**n
    dual = (((everything < 0).long() @ generators.T) % 2 == 0).all(1)
    return -(2 ** len(generators)) * coefficients[dual] @ monomials[dual]


def best_success(words: Float[Tensor, "k n"], p: float) -> float:
    """The success of the best decoder of a code, by enumeration of the channel's outputs.

    >>> best_success(torch.tensor([[1.0, 1.0, 1.0], [-1.0, -1.0, -1.0]]), 0.1)
    0.972
    """
    n = words.shape[1]
    errors = ((n - states(n) @ words.double().T) / 2).min(1).values
    return round(float((p**errors * (1 - p) ** (n - errors)).sum()) / len(words), 15)


def unstable_by_enumeration(n: int, k: int) -> float:
    """The share of all k patterns of n bits for which the first bit of the first pattern has a field against it.

    >>> unstable_by_enumeration(2, 3)
    0.25
    """
    every = states(n * k).reshape(-1, k, n)
    return float(_against(every).double().mean())


def unstable_draws(n: int, k: int, n_networks: int, generator: torch.Generator) -> Float[Tensor, " networks"]:
    """Whether the first bit of the first pattern is unstable (1) or not (0), for as many random networks.

    >>> unstable_draws(5, 1, 3, torch.Generator()).tolist()
    [0.0, 0.0, 0.0]
    """
    patterns = 2.0 * torch.randint(0, 2, (n_networks, k, n), generator=generator) - 1
    return _against(patterns.double()).double()


def _against(patterns: Tensor) -> Tensor:
    overlaps = patterns[:, :, 1:] @ patterns[:, 0, 1:, None]  # of every pattern with the first, without the first bit
    return (patterns[:, :, 0] * overlaps[..., 0]).sum(1) * patterns[:, 0, 0] < 0


def product_profile(blocks: Sequence[Sequence[float]]) -> list[float]:
    """The profile of blocks that are decoded apart: the product of their polynomials.

    >>> product_profile([(1, 4, 3), (1, 3)])
    [1.0, 7.0, 15.0, 9.0]
    """
    total = [1.0]
    for block in blocks:
        longer = [0.0] * (len(total) + len(block) - 1)
        for i, left in enumerate(total):
            for j, right in enumerate(block):
                longer[i + j] += left * right
        total = longer
    return total
