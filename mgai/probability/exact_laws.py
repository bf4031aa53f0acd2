r"""All laws with integer weights, and probabilities by counting: references without rounding.

Used on the page ``chapters/5-probability/rules-and-moments``. A law with weights :math:`w_i\in\{0,\dots,N\}` of sum N
is a finite probability space of N equally likely outcomes, and a probability there is a quotient of two counts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction
from itertools import combinations
from math import comb

import torch
from jaxtyping import Int
from torch import Tensor

Outcome = tuple[int, ...]
Event = Callable[[Outcome], bool]


def all_weights(n_atoms: int, total: int) -> Int[Tensor, "n_laws n_atoms"]:
    r"""All :math:`\binom{N+n-1}{n-1}` ways to share N equally likely outcomes among n atoms, one a row.

    Raises:
        ValueError: no atoms, no outcomes, or more than a million laws.

    >>> all_weights(2, 2).tolist()
    [[0, 2], [1, 1], [2, 0]]
    """
    if n_atoms < 1 or total < 1 or comb(total + n_atoms - 1, n_atoms - 1) > 1_000_000:
        raise ValueError(f"n_atoms={n_atoms} and total={total} give no list of at most a million laws")
    bars = torch.tensor(list(combinations(range(total + n_atoms - 1), n_atoms - 1)), dtype=torch.int64)
    ends = torch.full((len(bars), 1), -1), torch.full((len(bars), 1), total + n_atoms - 1)
    return torch.cat([ends[0], bars, ends[1]], 1).diff() - 1


def all_tables(n_rows: int, n_columns: int, total: int) -> Int[Tensor, "n_tables n_rows n_columns"]:
    """All joint tables of integer weights with the given total.

    Raises:
        ValueError: as :func:`all_weights`.

    >>> len(all_tables(2, 2, 8))
    165
    """
    return all_weights(n_rows * n_columns, total).reshape(-1, n_rows, n_columns)


def outcomes(weights: Int[Tensor, "*sizes"]) -> list[Outcome]:
    """The equally likely outcomes behind a table: every index as often as its weight says.

    Raises:
        ValueError: a weight is negative, or all are zero.

    >>> outcomes(torch.tensor([[2, 0], [0, 1]]))
    [(0, 0), (0, 0), (1, 1)]
    """
    if bool((weights < 0).any()) or not bool((weights > 0).any()):
        raise ValueError("weights must not be negative, nor all zero")
    return [tuple(index) for index in weights.nonzero().tolist() for _ in range(int(weights[tuple(index)]))]


def frequency(space: Iterable[Outcome], event: Event, given: Event = lambda outcome: True) -> Fraction:
    r""":math:`P(A\mid B)`, the share of the outcomes in B that lie in A, by counting.

    Raises:
        ValueError: no outcome lies in B.

    >>> frequency(outcomes(torch.tensor([[2, 0], [0, 1]])), lambda outcome: outcome[0] == 0)
    Fraction(2, 3)
    """
    left = [outcome for outcome in space if given(outcome)]
    if not left:
        raise ValueError("given holds for no outcome: the conditional probability is not defined")
    return Fraction(sum(event(outcome) for outcome in left), len(left))


def cell_frequencies(space: list[Outcome], i: int, j: int) -> dict[str, Fraction]:
    r""":math:`P(x,y)`, :math:`P(x)`, :math:`P(y)`, :math:`P(y\mid x)`, :math:`P(x\mid y)` in cell (i, j), by counting.

    A conditional probability that is not defined is left out.

    >>> cell_frequencies(outcomes(torch.tensor([[2, 0], [0, 1]])), 0, 0)["y | x"]
    Fraction(1, 1)
    """

    def x(outcome: Outcome) -> bool:
        return outcome[0] == i

    def y(outcome: Outcome) -> bool:
        return outcome[1] == j

    found = {"x, y": frequency(space, lambda o: x(o) and y(o)), "x": frequency(space, x), "y": frequency(space, y)}
    if found["x"]:
        found["y | x"] = frequency(space, y, x)
    if found["y"]:
        found["x | y"] = frequency(space, x, y)
    return found


def exact_variance(sample: Iterable[float]) -> Fraction:
    r"""The mean square deviation :math:`\frac1n\sum_i(x_i-\bar x)^2` of floating-point numbers, in rational arithmetic.

    Raises:
        ValueError: there are no numbers, or one is not finite.

    >>> exact_variance([1e16, 1e16 + 2])
    Fraction(1, 1)
    """
    values = list(sample)
    if not values or any(value - value != 0 for value in values):  # inf - inf and nan - nan are nan
        raise ValueError("sample must hold finite numbers, at least one")
    exact = [Fraction(value) for value in values]
    mean = sum(exact) / len(exact)
    return sum((value - mean) ** 2 for value in exact) / len(exact)
