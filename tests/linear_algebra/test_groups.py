"""The group axioms, against loops over all elements and SymPy's permutation groups."""

from itertools import product

import pytest
import torch
from sympy.combinatorics.named_groups import AlternatingGroup

from mgai.linear_algebra.groups import GroupAxioms, all_tables, example_tables, group_axioms, operation_table


def by_definition(table: list[list[int]]) -> tuple[bool, bool, bool, bool]:
    """The axioms as one reads them, one element at a time."""
    g = range(len(table))
    closure = all(table[a][b] in g for a, b in product(g, g))
    associativity = True
    for a, b, c in product(g, g, g):
        ab, bc = table[a][b], table[b][c]
        if ab in g and bc in g and table[ab][c] in g and table[a][bc] in g:
            associativity &= table[ab][c] == table[a][bc]
    neutral = [e for e in g if all(table[e][a] == a == table[a][e] for a in g)]
    inverses = any(all(any(table[a][b] == e == table[b][a] for b in g) for a in g) for e in neutral)
    return closure, associativity, bool(neutral), inverses


def as_bools(axioms: GroupAxioms) -> tuple[bool, ...]:
    return tuple(bool(holds) for holds in axioms)


def test_all_operations_on_two_elements_one_may_leave_the_set() -> None:
    tables = list(product((-1, 0, 1), repeat=4))
    found = group_axioms(torch.tensor(tables).reshape(-1, 2, 2))
    for i, (a, b, c, d) in enumerate(tables):
        assert as_bools(GroupAxioms(*(axiom[i] for axiom in found))) == by_definition([[a, b], [c, d]])


@pytest.mark.parametrize("name", list(example_tables()))
def test_examples_by_definition(name: str) -> None:
    table = example_tables()[name]
    assert as_bools(group_axioms(table)) == by_definition(table.tolist())


def test_an_alternating_group_is_a_group() -> None:
    elements = [tuple(p.array_form) for p in AlternatingGroup(4).generate()]
    table = operation_table(elements, lambda p, q: tuple(p[i] for i in q))
    assert table.shape == (12, 12)
    assert all(as_bools(group_axioms(table)))
    assert not torch.equal(table, table.mT)  # not commutative


@pytest.mark.parametrize(("n", "labelled"), [(1, 1), (2, 2), (3, 3)])
def test_number_of_group_tables(n: int, labelled: int) -> None:
    assert int(torch.stack(group_axioms(all_tables(n))).all(dim=0).sum()) == labelled


def test_axioms_do_not_depend_on_the_order_of_the_elements() -> None:
    order = [3, 0, 4, 1, 2]
    for operation in (lambda a, b: (a + b) % 5, lambda a, b: (a - b) % 5, lambda a, b: a * b % 5):
        plain, mixed = operation_table(range(5), operation), operation_table(order, operation)
        assert as_bools(group_axioms(plain)) == as_bools(group_axioms(mixed))


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: group_axioms(torch.zeros(2, 2)), TypeError, "integers"),
        (lambda: group_axioms(torch.zeros(2, 2, dtype=torch.bool)), TypeError, "integers"),
        (lambda: group_axioms([[0]]), TypeError, "integers"),
        (lambda: group_axioms(torch.zeros(2, 3, dtype=torch.int64)), ValueError, "square"),
        (lambda: group_axioms(torch.zeros(0, 0, dtype=torch.int64)), ValueError, "square"),
        (lambda: operation_table([], max), ValueError, "elements"),
        (lambda: operation_table([1, 1], max), ValueError, "all different"),
        (lambda: all_tables(4), ValueError, "n must be"),
    ],
)
def test_bad_input_is_refused_by_name(call, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        call()
