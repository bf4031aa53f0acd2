r"""The Hamming code of length 7 and memories that descend on an energy, on all states at once.

Shown on the page ``chapters/6-information/hopfield-and-hamming``. A word of n bits is written with signs,
:math:`x_i=(-1)^{b_i}`. A memory is the table of its energies on all :math:`2^n` states; a decoder is a matrix of
probabilities: row = the state received, column = the state where it ends.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

_LARGEST = 12  # bits: the matrix of limits has 4^n entries
_ROUNDING = 1e-9  # energies nearer than this share of the largest count as equal


def states(n: int) -> Float[Tensor, "states n"]:
    """All states of n bits as rows of signs, in float64; the first is all +1.

    Raises ValueError unless ``n`` is from 1 to 12.

    >>> states(2).tolist()
    [[1.0, 1.0], [1.0, -1.0], [-1.0, 1.0], [-1.0, -1.0]]
    """
    if not 1 <= n <= _LARGEST:
        raise ValueError(f"n must be from 1 to {_LARGEST}, not {n}")
    bits = torch.arange(2**n)[:, None] >> torch.arange(n - 1, -1, -1) & 1
    return 1.0 - 2.0 * bits.double()


def indices(x: Float[Tensor, "*batch n"]) -> Int[Tensor, "*batch"]:
    """The place of each state among :func:`states`.

    >>> indices(states(3)).tolist()
    [0, 1, 2, 3, 4, 5, 6, 7]
    """
    n = x.shape[-1]
    return ((x < 0).long() << torch.arange(n - 1, -1, -1, device=x.device)).sum(-1)


def parity_checks() -> Int[Tensor, "3 7"]:
    """The Hamming code's three checks: column i holds the binary digits of i, for i from 1 to 7.

    >>> parity_checks().tolist()
    [[0, 0, 0, 1, 1, 1, 1], [0, 1, 1, 0, 0, 1, 1], [1, 0, 1, 0, 1, 0, 1]]
    """
    return torch.arange(1, 8) >> torch.tensor([[2], [1], [0]]) & 1


def syndromes(x: Float[Tensor, "*batch 7"]) -> Int[Tensor, "*batch"]:
    """The syndrome, read as a binary number: 0 for a codeword, else the position (from 1) of a single error.

    >>> syndromes(states(7)[[0, 1, 64]]).tolist()  # no error; an error in the last bit; in the first
    [0, 7, 1]
    """
    checks = parity_checks().to(x.device)
    return (((x < 0).long() @ checks.T) % 2) @ torch.tensor([4, 2, 1], device=x.device)


def codewords() -> Float[Tensor, "16 7"]:
    """The sixteen words whose syndrome is zero.

    >>> codewords().shape, codewords().sum(0).tolist()
    (torch.Size([16, 7]), [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0])
    """
    everything = states(7)
    return everything[syndromes(everything) == 0]


def syndrome_decoder() -> Float[Tensor, "128 128"]:
    """The Hamming decoder as a matrix: it inverts the bit that the syndrome names.

    >>> bool((syndrome_decoder().sum(1) == 1).all())
    True
    """
    everything = states(7)
    flips = torch.cat([torch.ones(1, 7), 1 - 2 * torch.eye(7)]).double()
    return torch.eye(128, dtype=torch.float64)[indices(everything * flips[syndromes(everything)])]


def hebbian_weights(patterns: Float[Tensor, "k n"]) -> Float[Tensor, "n n"]:
    r"""Hebb's rule :math:`W_{ij}=\sum_\mu\xi^\mu_i\xi^\mu_j`, with zeros on the diagonal.

    Raises ValueError unless the patterns are signs.

    >>> hebbian_weights(torch.tensor([[1.0, 1.0], [1.0, -1.0]])).tolist()
    [[0.0, 0.0], [0.0, 0.0]]
    """
    _check_signs(patterns, "patterns")
    weights = patterns.T @ patterns
    return weights - weights.diagonal().diag()


def quadratic_energies(weights: Float[Tensor, "n n"]) -> Float[Tensor, " states"]:
    r"""Hopfield's energy :math:`-\frac12x^\top Wx` of all states.

    Raises ValueError unless ``weights`` is symmetric with a zero diagonal: descent needs both.

    >>> quadratic_energies(torch.tensor([[0.0, 1.0], [1.0, 0.0]])).tolist()
    [-1.0, 1.0, 1.0, -1.0]
    """
    if weights.shape[0] != weights.shape[1] or not torch.equal(weights, weights.T) or bool(weights.diagonal().any()):
        raise ValueError("weights must be symmetric with a zero diagonal")
    x = states(len(weights)).to(weights)
    return -((x @ weights) * x).sum(-1) / 2


def dense_energies(patterns: Float[Tensor, "k n"], f: Callable[[Tensor], Tensor]) -> Float[Tensor, " states"]:
    r"""The energy :math:`-\sum_\mu F(\xi^\mu\cdot x)` of all states.

    Derived on the page under ``thm-hopfield-and-hamming-dual``; Krotov and Hopfield (2016).

    Raises ValueError unless the patterns are signs.

    >>> dense_energies(torch.ones(1, 2), torch.square).tolist()
    [-4.0, 0.0, 0.0, -4.0]
    """
    _check_signs(patterns, "patterns")
    return 0.0 - f(states(patterns.shape[1]).to(patterns) @ patterns.T).sum(-1)


def neighbours(n: int) -> Int[Tensor, "states n"]:
    """For every state, the places of the n states that differ from it in one bit.

    >>> neighbours(2).tolist()
    [[2, 1], [3, 0], [0, 3], [1, 2]]
    """
    return torch.arange(len(states(n)))[:, None] ^ (1 << torch.arange(n - 1, -1, -1))


def descent_limits(energies: Float[Tensor, " states"]) -> Float[Tensor, "states states"]:
    r"""Where descent ends: one bit at a time, drawn at random, is inverted if that lowers the energy.

    Ties are kept. Entry (x, y) is the probability to end in y from x. It is 1 exactly where *every* order of updates
    ends in y; y is a fixed point where entry (y, y) is 1.

    Raises ValueError unless there are :math:`2^n` finite energies, n from 1 to 12.

    Cost: :math:`O(n4^n)`.

    >>> descent_limits(torch.tensor([0.0, 1.0, 1.0, 0.0]))[1].tolist()
    [0.5, 0.0, 0.0, 0.5]
    """
    n = len(energies).bit_length() - 1
    if not 1 <= n <= _LARGEST or len(energies) != 2**n or not bool(torch.isfinite(energies).all()):
        raise ValueError(f"energies must be finite and one for each state, not {len(energies)} values")
    levels = energies.detach().double().cpu()
    beside = neighbours(n)
    lower = levels[beside] < levels[:, None] - _ROUNDING * levels.abs().max()
    limits = np.eye(2**n)
    for state in levels.argsort().tolist():  # from the bottom: what lies lower is already known
        if bool(lower[state].any()):
            limits[state] = limits[beside[state][lower[state]].numpy()].mean(0)
    return torch.from_numpy(limits)


def corrected(limits: Float[Tensor, "states states"], words: Float[Tensor, "k n"]) -> Float[Tensor, " errors"]:
    r"""How many of the :math:`\binom nd` patterns of d errors are corrected, d = 0, ..., n; the mean over the words.

    Raises ValueError when the words do not fit the table or are no signs.

    >>> corrected(syndrome_decoder(), codewords()).tolist()
    [1.0, 7.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]
    """
    _check_signs(words, "words")
    n = words.shape[1]
    if limits.shape != (2**n, 2**n):
        raise ValueError(f"words of length {n} do not fit limits of shape {tuple(limits.shape)}")
    errors = ((n - states(n) @ words.double().T) / 2).long().flatten()
    ends = limits[:, indices(words)].flatten()
    return torch.zeros(n + 1, dtype=torch.float64).index_add_(0, errors, ends) / len(words)


def success(profile: Float[Tensor, " errors"], p: Float[Tensor, "*batch"]) -> Float[Tensor, "*batch"]:
    r"""The probability :math:`\sum_da_dp^d(1-p)^{n-d}` that a word survives a binary symmetric channel.

    profile: what :func:`corrected` gives. Raises ValueError unless ``p`` lies in [0, 1].

    >>> success(torch.tensor([1.0, 7.0, 0, 0, 0, 0, 0, 0]), torch.tensor([0.0, 0.5]))
    tensor([1.0000, 0.0625])
    """
    if not bool(((p >= 0) & (p <= 1)).all()):
        raise ValueError("p must lie between 0 and 1")
    d = torch.arange(len(profile), device=p.device)
    return (p[..., None] ** d * (1 - p[..., None]) ** d.flip(0)) @ profile.to(p)


def synchronous_step(weights: Float[Tensor, "n n"], x: Float[Tensor, "*batch n"]) -> Float[Tensor, "*batch n"]:
    r"""All bits at once take the sign of their field :math:`Wx`; a bit whose field is zero stays.

    >>> synchronous_step(torch.tensor([[0.0, 1.0], [1.0, 0.0]]), torch.tensor([1.0, -1.0])).tolist()
    [-1.0, 1.0]
    """
    field = x @ weights.T
    return torch.where(field == 0, x, field.sign())


def _check_signs(value: Tensor, name: str) -> None:
    if value.ndim != 2 or len(value) == 0 or not bool((value.abs() == 1).all()):
        raise ValueError(f"{name} must be a matrix of signs with at least one row")
