r"""Tensor contractions in index notation: which index is summed, what shape results, what it costs.

Shown on the page ``chapters/1-linear-algebra/tensor-contraction``. Index letters are written as in
:func:`torch.einsum`: ``"ij,jkl"`` stands for :math:`A_{ij}B_{jkl}`.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from itertools import product
from typing import Any

import torch
from jaxtyping import Num, Shaped
from torch import Tensor

Shape = tuple[int, ...]
Tree = int | tuple[Any, Any]  # a matrix number, or a pair of trees


def split_subscripts(subscripts: str) -> tuple[tuple[str, ...], str]:
    r"""The index letters of each operand and of the result.

    Without ``->`` the result is read off by :func:`free_indices`.

    Args:
        subscripts: letters for each operand, separated by commas; ``->`` and the result's letters may follow.

    Raises:
        ValueError: something other than a letter from a to z or A to Z stands for an index, the result
            repeats an index or has one that no operand has, or (without ``->``) an index appears more
            than twice.

    >>> split_subscripts("ij,jkl"), split_subscripts("ii->i")
    ((('ij', 'jkl'), 'ikl'), (('ii',), 'i'))
    """
    left, arrow, output = subscripts.replace(" ", "").partition("->")
    operands = tuple(left.split(","))
    if not all(letter.isascii() and letter.isalpha() for letter in "".join(operands) + output):
        raise ValueError(f"subscripts={subscripts!r}: an index is a letter; operands are separated by commas")
    if not arrow:
        return operands, free_indices(left)
    if len(set(output)) < len(output) or not set(output) <= set(left):
        raise ValueError(f"subscripts={subscripts!r}: the result has each of its indices once, from an operand")
    return operands, output


def free_indices(subscripts: str) -> str:
    r"""The free indices of a product (without ``->``) under the summation convention, in order of first appearance.

    An index that appears once is free; one that appears twice is summed. :func:`torch.einsum` sorts
    the free indices alphabetically when ``->`` is left out; here they keep the order of the operands.

    Raises:
        ValueError: an index appears more than twice, where the convention gives no meaning.

    >>> free_indices("ij,jkl"), free_indices("ij,ij"), free_indices("kb,ba")
    ('ikl', '', 'ka')
    """
    count = Counter(letter for letter in subscripts if letter.isalpha())
    for letter, times in count.items():
        if times > 2:
            raise ValueError(
                f"subscripts={subscripts!r}: {letter!r} appears {times} times; the convention sums over pairs"
            )
    return "".join(letter for letter, times in count.items() if times == 1)


def extents(subscripts: str, shapes: Sequence[Shape]) -> dict[str, int]:
    """The extent of every index; unlike :func:`torch.einsum`, an extent of 1 is not stretched.

    Raises:
        ValueError: the number of operands or of an operand's axes is not that of the subscripts, or
            an index has two extents.

    >>> extents("ij,j", [(2, 3), (3,)])
    {'i': 2, 'j': 3}
    """
    operands, _ = split_subscripts(subscripts)
    if len(operands) != len(shapes):
        raise ValueError(f"subscripts={subscripts!r} name {len(operands)} operands, but there are {len(shapes)}")
    found: dict[str, int] = {}
    for letters, shape in zip(operands, shapes, strict=True):
        if len(letters) != len(shape):
            raise ValueError(f"subscripts={subscripts!r}: {letters!r} does not fit an array of shape {tuple(shape)}")
        for letter, extent in zip(letters, shape, strict=True):
            if found.setdefault(letter, extent) != extent:
                raise ValueError(
                    f"subscripts={subscripts!r}: index {letter!r} has extents {found[letter]} and {extent}"
                )
    return found


def result_shape(subscripts: str, shapes: Sequence[Shape]) -> Shape:
    r"""The shape of a contraction: the extents of the free indices (theorem on the page).

    Raises:
        ValueError: as :func:`extents`.

    >>> result_shape("ij,jkl", [(2, 3), (3, 4, 5)])
    (2, 4, 5)
    """
    extent = extents(subscripts, shapes)
    return tuple(extent[letter] for letter in split_subscripts(subscripts)[1])


def multiply_adds(subscripts: str, shapes: Sequence[Shape]) -> int:
    r"""Terms of a direct evaluation: the product of the extents of all distinct indices.

    With two operands each term is one multiplication and one addition to a sum that starts at
    zero, so that :math:`A_{ij}B_{jkl}` takes :math:`IJKL` multiply-adds.

    >>> multiply_adds("ij,jkl", [(2, 3), (3, 4, 5)])
    120
    """
    return math.prod(extents(subscripts, shapes).values())


def contract(subscripts: str, *operands: Shaped[Tensor, ...]) -> Shaped[Tensor, ...]:
    r"""The contraction by :func:`torch.einsum`, after a check of every extent.

    Args:
        subscripts: see :func:`split_subscripts`.
        operands: one tensor for each group of letters, all of one dtype.

    Raises:
        ValueError: as :func:`extents`; in particular an extent of 1 against another extent. Or the dtypes differ.
        TypeError: an operand is not a tensor.

    Cost: at most :func:`multiply_adds` for two operands; memory of the operands and the result.

    >>> contract("ij,j", torch.eye(2), torch.tensor([3.0, 4.0]))
    tensor([3., 4.])
    """
    extents(subscripts, _shapes(operands))
    inputs, output = split_subscripts(subscripts)
    return torch.einsum(",".join(inputs) + "->" + output, *operands)


def contract_by_loops(subscripts: str, *operands: Shaped[Tensor, ...]) -> tuple[Shaped[Tensor, ...], int]:
    r"""The contraction by loops over all values of all indices, with the number of terms added up.

    A reference for :func:`contract` and :func:`multiply_adds` that shares with them the reading of the
    subscripts only: it counts what it does.

    Raises:
        ValueError, TypeError: as :func:`contract`.

    Cost: as many steps of the interpreter as terms; for small arrays.

    >>> contract_by_loops("ij,j", torch.eye(2), torch.tensor([3.0, 4.0]))
    (tensor([3., 4.]), 4)
    """
    inputs, output = split_subscripts(subscripts)
    extent = extents(subscripts, _shapes(operands))
    total = torch.zeros([extent[letter] for letter in output], dtype=operands[0].dtype, device=operands[0].device)
    count = 0
    for values in product(*(range(size) for size in extent.values())):
        at = dict(zip(extent, values, strict=True))
        factors = (array[tuple(at[k] for k in letters)] for letters, array in zip(inputs, operands, strict=True))
        total[tuple(at[k] for k in output)] += math.prod(factors)
        count += 1
    return total, count


def product_by_loops(a: Num[Tensor, "m n"], x: Num[Tensor, " n"]) -> list[float]:
    r"""The entries of :math:`y_i=A_{ij}x_j` by loops over Python numbers, which share nothing with :func:`contract`.

    >>> product_by_loops(torch.tensor([[1, 2], [3, 4]]), torch.tensor([1, -1]))
    [-1, -1]
    """
    entries = x.tolist()
    return [sum(p * q for p, q in zip(row, entries, strict=True)) for row in a.tolist()]


def squares_by_loops(a: Num[Tensor, "m n"]) -> float:
    r"""The sum of all squared entries, :math:`A_{ij}A_{ij}`, by loops over Python numbers: exact for integers.

    >>> squares_by_loops(torch.tensor([[1, 2], [3, 4]]))
    30
    """
    return sum(entry * entry for row in a.tolist() for entry in row)


def _shapes(operands: Sequence[Tensor]) -> list[Shape]:
    for operand in operands:
        if not isinstance(operand, Tensor):
            raise TypeError(f"operands must be tensors, not {type(operand).__name__}")
    if len({operand.dtype for operand in operands}) > 1:
        raise ValueError(f"operands must have one dtype, not {', '.join(str(each.dtype) for each in operands)}")
    return [tuple(operand.shape) for operand in operands]


def chain_multiply_adds(tree: Tree, sizes: Sequence[int]) -> int:
    r"""Multiply-adds of a matrix chain in the order that ``tree`` prescribes.

    Args:
        tree: a matrix number, or a pair of trees: ``((0, 1), 2)`` is :math:`(AB)C`.
        sizes: :math:`n_0, \dots, n_m`; matrix k has shape :math:`n_k \times n_{k+1}`.

    Raises:
        ValueError: the tree does not use neighbouring matrices from left to right.

    >>> chain_multiply_adds(((0, 1), 2), (10, 10, 10, 1)), chain_multiply_adds((0, (1, 2)), (10, 10, 10, 1))
    (1100, 200)
    """

    def walk(node: Tree) -> tuple[int, int, int]:
        if isinstance(node, int):
            if not 0 <= node < len(sizes) - 1:
                raise ValueError(f"tree names matrix {node}, but sizes describe {len(sizes) - 1} matrices")
            return node, node + 1, 0
        (first, middle, left), (other, last, right) = walk(node[0]), walk(node[1])
        if middle != other:
            raise ValueError(f"tree={tree}: matrix {middle} must come after matrix {middle - 1}")
        return first, last, left + right + sizes[first] * sizes[middle] * sizes[last]

    return walk(tree)[2]


def best_order(sizes: Sequence[int]) -> Tree:
    r"""An order of a matrix chain with the fewest multiply-adds, by dynamic programming.

    :math:`c(a, b) = \min_k c(a, k) + c(k, b) + n_a n_k n_b`.

    Raises:
        ValueError: fewer than two sizes, or a negative one.

    Cost: :math:`O(m^3)` for m matrices. Source: Godbole (1973).

    >>> best_order((10, 10, 10, 1))
    (0, (1, 2))
    """
    if len(sizes) < 2 or min(sizes) < 0:
        raise ValueError(f"sizes={tuple(sizes)}: a chain has at least two sizes, none negative")
    best: dict[tuple[int, int], tuple[int, Tree]] = {(a, a + 1): (0, a) for a in range(len(sizes) - 1)}
    for width in range(2, len(sizes)):
        for a in range(len(sizes) - width):
            best[a, a + width] = min(
                (
                    (
                        best[a, k][0] + best[k, a + width][0] + sizes[a] * sizes[k] * sizes[a + width],
                        (best[a, k][1], best[k, a + width][1]),
                    )
                    for k in range(a + 1, a + width)
                ),
                key=lambda option: option[0],
            )
    return best[0, len(sizes) - 1][1]


def all_orders(first: int, last: int) -> list[Tree]:
    """Every order of multiplying matrices ``first`` to ``last - 1``: as many as the Catalan numbers say.

    Raises:
        ValueError: there is no matrix between ``first`` and ``last``.

    >>> all_orders(0, 3), len(all_orders(0, 6))
    ([(0, (1, 2)), ((0, 1), 2)], 42)
    """
    if not 0 <= first < last:
        raise ValueError(f"last must be above first, and first not negative: first={first}, last={last}")
    if last - first == 1:
        return [first]
    splits = range(first + 1, last)
    return [(left, right) for k in splits for left in all_orders(first, k) for right in all_orders(k, last)]
