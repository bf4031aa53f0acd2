r"""How few hidden units: all threshold functions of a few bits, and the conflicts that a hidden layer must resolve.

Shown on the pages ``chapters/4-networks/hamming-parity-network`` and ``chapters/4-networks/exclusive-or-of-clauses``.
"""

from __future__ import annotations

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from mgai.networks.threshold_networks import all_inputs

_LARGEST = 3  # integer weights up to 3 give every threshold function of four bits
_PAIRS = 4_000_000  # entries of the largest table of pairs, 16 MB


def threshold_functions(d: int) -> Bool[Tensor, "count n"]:
    r"""All functions of d ≤ 4 bits that one threshold unit computes, each with its :math:`2^d` values.

    They are listed from integer weights; that none is missing is proved otherwise (claim ``ps03-02/all-listed``).

    Raises ValueError when ``d`` is not in 1..4. Cost: :math:`7^d` weight vectors.

    >>> [len(threshold_functions(d)) for d in (1, 2, 3)]
    [4, 14, 104]
    """
    if not 1 <= d <= 4:
        raise ValueError(f"d must be in 1..4, not {d}")
    x = all_inputs(d)
    weights = torch.cartesian_prod(*[torch.arange(-_LARGEST, _LARGEST + 1)] * d).double().view(-1, d)
    thresholds = torch.arange(-_LARGEST * d, _LARGEST * d + 2)
    fires = (weights @ x.T)[:, None] >= thresholds[:, None]
    return torch.unique(fires.flatten(0, 1), dim=0)


def up_to_complement(functions: Bool[Tensor, "count n"]) -> Bool[Tensor, "kept n"]:
    """Those that are 0 at the first input and not constant: one of each pair of a function and its complement.

    >>> [len(up_to_complement(threshold_functions(d))) for d in (2, 3, 4)]
    [6, 51, 940]
    """
    return functions[~functions[:, 0] & functions.any(1)]


def conflicts(labels: Bool[Tensor, " n"], x: Float[Tensor, "n d"] | None = None) -> Int[Tensor, "count 4"]:
    r"""Two inputs p, q with label 1 and two inputs r, s with label 0, as row numbers.

    A hidden layer h resolves the conflict when :math:`h(p)+h(q)\ne h(r)+h(s)`, which it must
    (``thm-hamming-parity-conflicts``). p = q and r = s are allowed. With ``x``, only those with p + q = r + s: all
    others are resolved by the inputs themselves.

    Raises ValueError when one label is missing.

    >>> conflicts(torch.tensor([False, True, True, False]), all_inputs(2)).tolist()
    [[1, 2, 0, 3]]
    """
    ones, zeros = (torch.nonzero(part).flatten() for part in (labels, ~labels))
    if len(ones) == 0 or len(zeros) == 0:
        raise ValueError("labels must hold both values")
    left, right = (torch.combinations(each, 2, with_replacement=True) for each in (ones, zeros))
    found = torch.cat([left.repeat_interleave(len(right), 0), right.repeat(len(left), 1)], dim=1)
    if x is None:
        return found
    p, q, r, s = (x[column] for column in found.T)
    return found[(p + q == r + s).all(1)]


def unresolved(functions: Bool[Tensor, "count n"], found: Int[Tensor, "k 4"]) -> Bool[Tensor, "count k"]:
    """Which conflicts each hidden function leaves as they are.

    >>> exclusive_or = conflicts(torch.tensor([False, True, True, False]), all_inputs(2))
    >>> unresolved(torch.tensor([[False, True, True, True], [False, False, True, True]]), exclusive_or).tolist()
    [[False], [True]]
    """
    p, q, r, s = (functions[:, column].to(torch.int8) for column in found.T)
    return p + q == r + s


def fewest_unresolved(left: Bool[Tensor, "count k"], size: int) -> int:
    """The least number of conflicts that ``size`` functions of the list leave unresolved together, over all choices.

    Args:
        left: from :func:`unresolved`.
        size: 1 to 4.

    Raises:
        ValueError: another size, or more than two thousand subsets of half the size.

    Cost: all pairs of subsets of half the size, as one matrix product.

    >>> fewest_unresolved(torch.tensor([[True, False, False], [False, True, False], [True, True, True]]), 2)
    0
    """
    if not 1 <= size <= 4:
        raise ValueError(f"size must be in 1..4, not {size}")
    halves = [_together(left, part) for part in (size // 2, size - size // 2)]
    if len(halves[0]) * len(halves[1]) > _PAIRS:
        raise ValueError(f"left has {len(left)} functions: too many to choose {size} of them")
    return int((halves[0].float() @ halves[1].float().T).min())  # whole numbers below 2^24: exact


def _together(left: Tensor, size: int) -> Tensor:
    """What all subsets of at most two functions, repetitions allowed, leave unresolved."""
    if size == 0:
        return torch.ones_like(left[:1])
    if size == 1:
        return left
    i, j = torch.combinations(torch.arange(len(left), device=left.device), 2, with_replacement=True).T
    return left[i] & left[j]


def equal_sums(d: int) -> Int[Tensor, "count 4"]:
    r"""All p, q, r, s with p + q = r + s among the inputs of d bits, as row numbers with p < q, r < s, p < r.

    >>> len(equal_sums(2)), len(equal_sums(3))
    (1, 12)
    """
    x = all_inputs(d)
    pairs = torch.combinations(torch.arange(len(x)), 2)
    sums = x[pairs].sum(1)
    first, second = torch.combinations(torch.arange(len(pairs)), 2).T
    same = (sums[first] == sums[second]).all(1)
    return torch.cat([pairs[first[same]], pairs[second[same]]], dim=1)


def without_conflict(d: int) -> int:
    """How many of the :math:`2^{2^d}` functions of d ≤ 4 bits have no conflict p + q = r + s: they are *2-asummable*.

    Every threshold function is one of them, so that none is missing in a list of threshold functions of this length.

    Raises ValueError when ``d`` is not in 1..4. Cost: a pass over all functions for each equal sum.

    >>> [without_conflict(d) for d in (1, 2, 3)]
    [4, 14, 104]
    """
    if not 1 <= d <= 4:
        raise ValueError(f"d must be in 1..4, not {d}")
    codes = torch.arange(2 ** (2**d))
    fine = torch.ones_like(codes, dtype=torch.bool)
    for quadruple in equal_sums(d).tolist():
        p, q, r, s = (codes >> place & 1 for place in quadruple)
        fine &= ~((p == q) & (r == s) & (p != r))
    return int(fine.sum())
