"""The group axioms, decided for a finite operation given by its table.

Shown on the page ``chapters/1-linear-algebra/positive-semidefinite``.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from itertools import permutations, product
from typing import NamedTuple

import torch
from jaxtyping import Bool, Int
from torch import Tensor


class GroupAxioms(NamedTuple):
    """Which of the four axioms hold, one truth value a table."""

    closure: Bool[Tensor, "*batch"]
    associativity: Bool[Tensor, "*batch"]
    identity: Bool[Tensor, "*batch"]
    inverses: Bool[Tensor, "*batch"]


def operation_table(elements: Sequence[Hashable], operation: Callable) -> Int[Tensor, "n n"]:
    r"""The table of :math:`a\circ b` as indices into ``elements``; -1 where the result is none of them.

    Args:
        elements: the n >= 1 elements, all different.
        operation: a function of two elements.

    Raises:
        ValueError: there are no elements, or two are equal.

    Cost: n^2 operations.

    >>> operation_table([0, 1], lambda a, b: a + b)
    tensor([[ 0,  1],
            [ 1, -1]])
    """
    index = {element: i for i, element in enumerate(elements)}
    if not index or len(index) < len(elements):
        raise ValueError("elements must be at least one, all different")
    return torch.tensor([[index.get(operation(a, b), -1) for b in elements] for a in elements])


def group_axioms(table: Int[Tensor, "*batch n n"]) -> GroupAxioms:
    r"""Which group axioms an operation on :math:`\{0,\dots,n-1\}` satisfies.

    Formula ``cs-03-01``.

    Entry (a, b) of the table is :math:`a\circ b`; an entry outside the range lies outside the set.
    Associativity is asked wherever both :math:`(a\circ b)\circ c` and :math:`a\circ(b\circ c)` stay in the
    set. Inverses are asked with respect to a two-sided identity: without one, that axiom fails.

    Args:
        table: integers, n >= 1.

    Raises:
        ValueError: the last two axes are not of one size, or are empty.
        TypeError: ``table`` is not a tensor of integers.

    Cost: O(n^3).

    >>> [bool(holds) for holds in group_axioms(torch.tensor([[0, 1], [1, 0]]))]
    [True, True, True, True]
    """
    _check_table(table)
    n = table.shape[-1]
    inside = (table >= 0) & (table < n)
    neutral = _identities(table)  # (*batch, e)
    undone = table[..., None, :, :] == torch.arange(n, device=table.device)[:, None, None]  # e, a, b
    invertible = (undone & undone.mT).any(dim=-1).all(dim=-1)  # (*batch, e)
    return GroupAxioms(
        closure=inside.flatten(-2).all(dim=-1),
        associativity=_is_associative(table.where(inside, n)),
        identity=neutral.any(dim=-1),
        inverses=(neutral & invertible).any(dim=-1),
    )


def all_tables(n: int) -> Int[Tensor, "count n n"]:
    r"""All :math:`n^{n^2}` operations on a set of n elements.

    Raises ValueError unless 1 <= n <= 3 (four elements have more than four thousand million).

    >>> all_tables(2).shape
    torch.Size([16, 2, 2])
    """
    if not 1 <= n <= 3:
        raise ValueError(f"n must be 1, 2 or 3, not {n}")
    return torch.tensor(list(product(range(n), repeat=n * n))).reshape(-1, n, n)


def example_tables() -> dict[str, Int[Tensor, "n n"]]:
    """Two groups, then four operations that miss one axiom each (without an identity, inverses fail too).

    >>> [name for name, table in example_tables().items() if all(group_axioms(table))]
    ['addition modulo 5', 'permutations of three']
    """
    orders = list(permutations(range(3)))
    loop = [[0, 1, 2, 3, 4], [1, 0, 3, 4, 2], [2, 4, 0, 1, 3], [3, 2, 4, 0, 1], [4, 3, 1, 2, 0]]
    return {
        "addition modulo 5": operation_table(range(5), lambda a, b: (a + b) % 5),
        "permutations of three": operation_table(orders, lambda p, q: tuple(p[i] for i in q)),
        "addition of -1, 0, 1": operation_table((-1, 0, 1), lambda a, b: a + b),
        "a Latin square with identity": torch.tensor(loop),
        "the second of two": operation_table(range(3), lambda a, b: b),
        "multiplication modulo 5": operation_table(range(5), lambda a, b: a * b % 5),
    }


def _identities(table: Tensor) -> Tensor:
    """Whether row and column e both read 0, ..., n-1, for each e."""
    elements = torch.arange(table.shape[-1], device=table.device)
    return (table == elements).all(dim=-1) & (table.mT == elements).all(dim=-1)


def _is_associative(table: Tensor) -> Tensor:
    """Associativity of tables whose entry n stands for "outside", for which nothing is asked."""
    n = table.shape[-1]
    flat = torch.nn.functional.pad(table, (0, 1, 0, 1), value=n).flatten(-2)  # outside absorbs
    ab, bc = table[..., :, :, None], table[..., None, :, :]
    a, c = torch.arange(n, device=table.device)[:, None, None], torch.arange(n, device=table.device)
    left = _look_up(flat, ab * (n + 1) + c)
    right = _look_up(flat, a * (n + 1) + bc)
    return ((left == right) | (left == n) | (right == n)).flatten(-3).all(dim=-1)


def _look_up(flat: Tensor, index: Tensor) -> Tensor:
    return flat.gather(-1, index.flatten(-3)).unflatten(-1, index.shape[-3:])


def _check_table(table: Tensor) -> None:
    if not isinstance(table, Tensor):
        raise TypeError("table must be a tensor of integers")
    if table.is_floating_point() or table.is_complex() or table.dtype == torch.bool:
        raise TypeError("table must be a tensor of integers")
    if table.ndim < 2 or table.shape[-1] != table.shape[-2] or table.shape[-1] == 0:
        raise ValueError(f"table must be square with at least one row, not of shape {tuple(table.shape)}")
