r"""Networks for :math:`(A\vee\bar B)\oplus(\bar C\vee\bar D)`: the printed one, and those with two hidden units.

Shown on the page ``chapters/4-networks/exclusive-or-of-clauses``. The inputs are A, B, C, D, the units those of
:mod:`mgai.networks.threshold_networks`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from mgai.networks.hidden_layers import threshold_functions
from mgai.networks.threshold_networks import ThresholdNetwork, network


def clauses(x: Float[Tensor, "n 4"]) -> tuple[Bool[Tensor, " n"], Bool[Tensor, " n"]]:
    r"""The two clauses :math:`A\vee\bar B` and :math:`\bar C\vee\bar D`.

    Raises ValueError when ``x`` has not four columns of bits.

    >>> [clause.tolist() for clause in clauses(torch.tensor([[0.0, 1.0, 1.0, 0.0]]))]
    [[False], [True]]
    """
    if x.ndim != 2 or x.shape[1] != 4 or not bool(((x == 0) | (x == 1)).all()):
        raise ValueError("x must have four columns of zeros and ones")
    a, b, c, d = x.bool().T
    return a | ~b, ~c | ~d


def target(x: Float[Tensor, "n 4"]) -> Float[Tensor, " n"]:
    """The exclusive or of the two clauses, as 0 and 1.

    Raises: as :func:`clauses`.

    >>> from mgai.networks.threshold_networks import all_inputs
    >>> target(all_inputs(4)).sum()
    tensor(6., dtype=torch.float64)
    """
    first, second = clauses(x)
    return (first ^ second).to(x.dtype)


class PrintedUnits(NamedTuple):
    """The bits of the printed network: both hidden units and the output."""

    first: Float[Tensor, " n"]
    second: Float[Tensor, " n"]
    output: Float[Tensor, " n"]


def printed_units(x: Float[Tensor, "n 4"], threshold: float) -> PrintedUnits:
    r"""The problem set's network, with units that fire at sums of ``threshold`` or more; it prints no threshold here.

    The sums are :math:`A-B+\tfrac12`, :math:`-C-D+\tfrac32` and :math:`T_1+T_2-1`.

    >>> from mgai.networks.threshold_networks import all_inputs
    >>> x = all_inputs(4)
    >>> [int((printed_units(x, threshold).output != target(x)).sum()) for threshold in (0.0, 0.5)]
    [9, 15]
    """
    a, b, c, d = x.T
    first = (a - b + 0.5 >= threshold).to(x.dtype)
    second = (-c - d + 1.5 >= threshold).to(x.dtype)
    return PrintedUnits(first, second, (first + second - 1 >= threshold).to(x.dtype))


def two_units() -> ThresholdNetwork:
    r"""Two hidden units, one for each way in which exactly one clause holds, joined by *or*.

    Derived under ``thm-exclusive-or-clauses``.

    >>> two_units().w1
    tensor([[-2.,  2., -1., -1.],
            [ 1., -1.,  2.,  2.]], dtype=torch.float64)
    """
    return network([[-2, 2, -1, -1], [1, -1, 2, 2]], [-0.5, -3.5], [[1, 1]], [-0.5])


def one_unit() -> ThresholdNetwork:
    """One hidden unit, with weights from the inputs to the output in place of the other.

    >>> one_unit().direct
    tensor([[-2.,  2., -1., -1.]], dtype=torch.float64)
    """
    return network([[1, -1, 2, 2]], [-3.5], [[5]], [-0.5], [[-2, 2, -1, -1]])


def rectified() -> ThresholdNetwork:
    r"""Two ReLU units with the same weights; their sum is at least 1 where the target is 1, and 0 elsewhere.

    >>> rectified().b1
    tensor([ 0., -3.], dtype=torch.float64)
    """
    return network([[-2, 2, -1, -1], [1, -1, 2, 2]], [0, -3], [[1, 1]], [-0.5])


def clause_network(first: list[int], second: list[int]) -> ThresholdNetwork:
    r"""Two hidden units for the exclusive or of any two clauses of separate inputs (``thm-exclusive-or-clauses``).

    Args:
        first: for each input of the first clause 1, or -1 where it is negated; the inputs of the second follow.
        second: the same for the second clause.

    Raises:
        ValueError: a clause is empty or has other entries.

    >>> clause_network([1, -1], [-1, -1]).w1
    tensor([[-2.,  2., -1., -1.],
            [ 1., -1.,  2.,  2.]], dtype=torch.float64)
    """
    for name, clause in (("first", first), ("second", second)):
        if not clause or any(sign not in (1, -1) for sign in clause):
            raise ValueError(f"{name} must hold signs 1 and -1, not {clause}")
    rows, biases = [], []
    for fails, holds, order in ((first, second, 1), (second, first, -1)):
        size = len(holds)
        parts = [[-size * sign for sign in fails], list(holds)][::order]
        rows.append(parts[0] + parts[1])
        biases.append(-0.5 - size * fails.count(-1) + holds.count(-1))
    return network(rows, biases, [[1, 1]], [-0.5])


def decompositions(labels: Bool[Tensor, " n"]) -> tuple[Bool[Tensor, "k 2 n"], Bool[Tensor, "l 2 n"]]:
    r"""All unordered pairs of threshold functions whose *or*, and all whose *and*, is the given function of d ≤ 4 bits.

    An output unit with two inputs is an *or* or an *and* of these or their complements, a copy, or constant. So these
    are all networks with two hidden units, up to complements of hidden units.

    Raises ValueError when the number of labels is not 2, 4, 8 or 16. Cost: pairs of the functions below, and above.

    >>> exclusive_or = torch.tensor([False, True, True, False])
    >>> [len(pairs) for pairs in decompositions(exclusive_or)]
    [1, 1]
    """
    if labels.ndim != 1 or len(labels) not in (2, 4, 8, 16):
        raise ValueError(f"labels must be 2, 4, 8 or 16 truth values, not of shape {tuple(labels.shape)}")
    everything = threshold_functions(len(labels).bit_length() - 1)
    below = everything[(everything <= labels).all(1)]
    above = everything[(everything >= labels).all(1)]
    return _pairs(below, labels, torch.logical_or), _pairs(above, labels, torch.logical_and)


def _pairs(functions: Tensor, labels: Tensor, joined: Callable[[Tensor, Tensor], Tensor]) -> Tensor:
    i, j = torch.combinations(torch.arange(len(functions)), 2, with_replacement=True).T
    right = (joined(functions[i], functions[j]) == labels).all(1)
    return torch.stack([functions[i[right]], functions[j[right]]], dim=1)
