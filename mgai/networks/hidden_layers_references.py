r"""Threshold functions, conflicts and codes counted another way, by whole numbers whose bits are truth values.

Used by the claims and answers of ``chapters/4-networks/hamming-parity-network`` and
``chapters/4-networks/exclusive-or-of-clauses``. Bit i of a number is the value at the i-th input.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import combinations, combinations_with_replacement, product

_Quadruple = tuple[int, int, int, int]


def inputs(d: int) -> list[tuple[int, ...]]:
    """All inputs of d bits.

    >>> inputs(2)
    [(0, 0), (0, 1), (1, 0), (1, 1)]
    """
    return list(product((0, 1), repeat=d))


def mask(values: Sequence[float]) -> int:
    """The values of a function as a whole number.

    >>> mask([0, 1, 1, 0])
    6
    """
    return sum(1 << i for i, value in enumerate(values) if value)


def has_conflict(function: int, d: int) -> bool:
    """Whether two inputs with value 1 have the sum of two with value 0; then it is no threshold function.

    >>> has_conflict(mask([0, 1, 1, 0]), 2), has_conflict(mask([0, 1, 1, 1]), 2)
    (True, False)
    """
    x = inputs(d)
    sums: tuple[set, set] = (set(), set())
    for value in (0, 1):
        chosen = [x[i] for i in range(2**d) if function >> i & 1 == value]
        for p, q in combinations_with_replacement(chosen, 2):
            sums[value].add(tuple(a + b for a, b in zip(p, q, strict=True)))
    return bool(sums[0] & sums[1])


def fewest_by_masks(outputs: Sequence[int], d: int, size: int, direct: bool = False) -> int:
    """The least number of conflicts of ``outputs`` that ``size`` threshold functions of d ≤ 3 bits leave together.

    With ``direct``, only conflicts that the inputs do not resolve count.

    >>> [fewest_by_masks([mask([0, 1, 1, 0])], 2, size) for size in (1, 2)]
    [3, 0]
    """
    found = [each for output in outputs for each in _conflicts(output, d, direct)]
    left = [_left(f, found) for f in _threshold_functions(d)]
    best = len(found)
    for chosen in combinations(left, size):
        both = chosen[0]
        for each in chosen[1:]:
            both &= each
        best = min(best, both.bit_count())
    return best


@cache
def _threshold_functions(d: int) -> list[int]:
    """Those that are 0 at the first input, but not everywhere."""
    return [f for f in range(2, 2 ** (2**d), 2) if not has_conflict(f, d)]


def _conflicts(output: int, d: int, direct: bool) -> list[_Quadruple]:
    ones, zeros = ([i for i in range(2**d) if output >> i & 1 == value] for value in (1, 0))
    x = inputs(d)

    def kept(p: int, q: int, r: int, s: int) -> bool:
        return not direct or all(a + b == c + e for a, b, c, e in zip(x[p], x[q], x[r], x[s], strict=True))

    pairs = product(combinations_with_replacement(ones, 2), combinations_with_replacement(zeros, 2))
    return [(*left, *right) for left, right in pairs if kept(*left, *right)]


def _left(function: int, found: list[_Quadruple]) -> int:
    def bit(i: int) -> int:
        return function >> i & 1

    return mask([bit(p) + bit(q) == bit(r) + bit(s) for p, q, r, s in found])


def decompositions_by_masks(function: int, d: int) -> tuple[int, int]:
    """How many unordered pairs of threshold functions of d bits have ``function`` as their *or*, and as their *and*.

    >>> decompositions_by_masks(mask([0, 1, 1, 0]), 2)
    (1, 1)
    """
    full = (1 << 2**d) - 1
    return _covers(function, d), _covers(full & ~function, d)


def _covers(function: int, d: int) -> int:
    """Pairs below ``function`` that fill it; by complements, an *and* is a cover of the zeros."""
    places = [i for i in range(2**d) if function >> i & 1]
    subsets = [mask_of(chosen) for size in range(len(places) + 1) for chosen in combinations(places, size)]
    below = [part for part in subsets if not has_conflict(part, d)]
    return sum(p | q == function for p, q in combinations_with_replacement(below, 2))


def exclusive_or_by_loops(first: Sequence[int], second: Sequence[int]) -> list[int]:
    """The exclusive or of two clauses of separate inputs, -1 for a negated one, at all inputs.

    >>> exclusive_or_by_loops([1], [-1])
    [1, 0, 0, 1]
    """

    def holds(clause: Sequence[int], bits: Sequence[int]) -> int:
        return int(any(bit == (sign > 0) for sign, bit in zip(clause, bits, strict=True)))

    n = len(first)
    return [holds(first, x[:n]) ^ holds(second, x[n:]) for x in inputs(n + len(second))]


def mask_of(places: Sequence[int]) -> int:
    """The whole number with these bits.

    >>> mask_of((1, 2))
    6
    """
    return sum(1 << i for i in places)


def distance_by_columns(checks: Sequence[Sequence[int]]) -> int:
    """The distance of a linear code: the smallest number of columns of its parity-check matrix (checks, 1) with sum 0.

    >>> distance_by_columns([[1, 1]])
    2
    """
    m = len(checks)
    columns = [mask([row[j] for row in checks]) for j in range(len(checks[0]))] + [1 << i for i in range(m)]
    for size in range(1, len(columns) + 1):
        for chosen in combinations(columns, size):
            total = 0
            for column in chosen:
                total ^= column
            if total == 0:
                return size
    raise ValueError("checks must have a column")
