r"""Prefix codes: what entropy and divergence mean in questions asked, or in bits sent.

Used on the page ``chapters/6-information/entropy-and-divergences`` (formulas ``cs-05-02`` and ``cs-05-11``). A code
is a list of binary words, none of which begins another; the words are what is counted, no formula for their lengths.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from fractions import Fraction


def huffman_code(weights: Sequence[int | Fraction]) -> list[str]:
    """A prefix code of the least mean length for outcomes with these weights: merge the two lightest, again and again.

    Of formula ``cs-05-02``: its mean length is the least mean number of questions.

    Args:
        weights: probabilities or counts, at least two, all positive.

    Returns:
        One word of zeros and ones for each outcome.

    Raises:
        ValueError: fewer than two outcomes, or a weight that is not positive.

    Cost: O(n log n) merges, words written in O(n²).

    Source: Huffman, Proceedings of the IRE 40 (1952); optimality in Cover and Thomas, section 5.8.

    >>> huffman_code([4, 2, 1, 1])
    ['0', '10', '110', '111']
    """
    if len(weights) < 2 or not all(weight > 0 for weight in weights):
        raise ValueError("weights must be at least two positive numbers")
    words = [""] * len(weights)
    heap = [(weight, i, [i]) for i, weight in enumerate(weights)]
    heapq.heapify(heap)
    for merge in range(len(weights) - 1):
        (light, _, first), (heavy, _, second) = heapq.heappop(heap), heapq.heappop(heap)
        if min(first) > min(second):
            first, second = second, first
        for bit, members in (("0", first), ("1", second)):
            for i in members:
                words[i] = bit + words[i]
        heapq.heappush(heap, (light + heavy, len(weights) + merge, first + second))
    return words


def mean_length(words: Sequence[str], p: Sequence[Fraction]) -> Fraction:
    """The mean number of bits per outcome when outcomes with the law p are written in these words; exact.

    Raises:
        ValueError: there are not as many probabilities as words, or they do not sum to 1.

    >>> mean_length(["0", "10", "11"], [Fraction(1, 2), Fraction(1, 4), Fraction(1, 4)])
    Fraction(3, 2)
    """
    if len(words) != len(p) or sum(p) != 1:
        raise ValueError(f"p must be {len(words)} probabilities with sum 1, as many as there are words")
    return sum((share * len(word) for share, word in zip(p, words, strict=True)), Fraction(0))
