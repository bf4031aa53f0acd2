r"""Gradients of straight-line programs with every operation counted: one reverse sweep against differences.

A program is a function of a list of numbers that uses ``+``, ``-``, ``*``, ``/`` and ``.sin()`` alone, each of which
counts as one operation. Shown on the page ``chapters/2-calculus/gradient-cost``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from mgai.calculus.argument_checks import check_positive, check_tensor
from mgai.linear_algebra.low_rank import check_integer

Program = Callable[[Sequence[Any]], Any]


class Counted:
    """A float whose operations are counted: each adds one to the list ``tally``, which its results share."""

    def __init__(self, value: float, tally: list[int]) -> None:
        self.value, self.tally = value, tally

    def _done(self, value: float) -> Counted:
        self.tally[0] += 1
        return Counted(value, self.tally)

    def __add__(self, other: Counted | float) -> Counted:
        return self._done(self.value + _plain(other))

    def __sub__(self, other: Counted | float) -> Counted:
        return self._done(self.value - _plain(other))

    def __mul__(self, other: Counted | float) -> Counted:
        return self._done(self.value * _plain(other))

    def __truediv__(self, other: Counted | float) -> Counted:
        return self._done(self.value / _plain(other))

    def sin(self) -> Counted:
        """The sine, one operation."""
        return self._done(math.sin(self.value))

    def cos(self) -> Counted:
        """The cosine, one operation."""
        return self._done(math.cos(self.value))

    __radd__, __rmul__ = __add__, __mul__


class Taped:
    """A counted number on a tape: it remembers how its adjoint goes back to the numbers that it was made from.

    ``back`` takes the adjoint and gives triples (number, whether to subtract, contribution).
    """

    def __init__(self, value: Counted, tape: list[Taped], back: Callable[[Counted], list[Any]] | None = None) -> None:
        self.value, self.tape, self.back = value, tape, back
        self.adjoint = Counted(0.0, value.tally)
        tape.append(self)

    def __add__(self, other: Taped | float) -> Taped:
        return Taped(self.value + _value(other), self.tape, lambda g: [(self, False, g), (other, False, g)])

    def __sub__(self, other: Taped | float) -> Taped:
        return Taped(self.value - _value(other), self.tape, lambda g: [(self, False, g), (other, True, g)])

    def __mul__(self, other: Taped | float) -> Taped:
        def back(g: Counted) -> list[Any]:
            to_other = [(other, False, g * self.value)] if isinstance(other, Taped) else []
            return [(self, False, g * _value(other)), *to_other]

        return Taped(self.value * _value(other), self.tape, back)

    def __truediv__(self, other: Taped | float) -> Taped:
        quotient = self.value / _value(other)

        def back(g: Counted) -> list[Any]:
            shared = g / _value(other)
            to_other = [(other, True, shared * quotient)] if isinstance(other, Taped) else []
            return [(self, False, shared), *to_other]

        return Taped(quotient, self.tape, back)

    def sin(self) -> Taped:
        """The sine; on the way back a cosine and a product."""
        return Taped(self.value.sin(), self.tape, lambda g: [(self, False, g * self.value.cos())])

    __radd__, __rmul__ = __add__, __mul__


def value_operations(program: Program, x: Float[Tensor, " n"]) -> int:
    """How many operations one evaluation takes, the L of the page.

    Args:
        program: see the module.
        x: its inputs.

    Raises:
        ValueError: ``x`` is no finite vector.
        TypeError: ``x`` is no floating-point tensor.

    >>> value_operations(lambda x: x[0] * x[1] + x[2].sin(), torch.ones(3))
    3
    """
    tally = [0]
    program(_counted(x, tally))
    return tally[0]


def reverse_gradient(program: Program, x: Float[Tensor, " n"]) -> tuple[Float[Tensor, " n"], int]:
    r"""The gradient by one sweep forward and one back, and all operations of both: at most 5L (``thm-cheap-gradient``).

    Adjoints start at zero, and each contribution to one is an addition that counts.

    Args, Raises: as :func:`value_operations`; TypeError too when the program's result does not depend on ``x``.

    Returns:
        The gradient in float64 and the number of operations.

    Cost: O(L) time and memory. Source: Baur and Strassen (1983), with the count of this book.

    >>> reverse_gradient(lambda x: x[0] * x[1] * x[2], torch.tensor([2.0, 3.0, 5.0]))
    (tensor([15., 10.,  6.], dtype=torch.float64), 10)
    """
    tally, tape = [0], []
    inputs = [Taped(each, tape) for each in _counted(x, tally)]
    result = program(inputs)
    if not isinstance(result, Taped):
        raise TypeError("program: its result does not depend on its inputs")
    result.adjoint = Counted(1.0, tally)
    for entry in reversed(tape):
        for source, subtract, part in entry.back(entry.adjoint) if entry.back else []:
            if isinstance(source, Taped):
                source.adjoint = source.adjoint - part if subtract else source.adjoint + part
    return _gradient([each.adjoint.value for each in inputs], x), tally[0]


def difference_gradient(program: Program, x: Float[Tensor, " n"], step: float) -> tuple[Float[Tensor, " n"], int]:
    r"""The gradient by forward differences, and all operations: :math:`(n+1)L+3n`.

    Args:
        program, x: as :func:`value_operations`.
        step: the h, positive and finite; ValueError otherwise.

    >>> difference_gradient(lambda x: x[0] * x[1], torch.tensor([2.0, 3.0]), 0.5)
    (tensor([3., 2.], dtype=torch.float64), 9)
    """
    check_positive(step, "step")
    tally = [0]
    inputs = _counted(x, tally)
    base, slopes = program(inputs), []
    for j, each in enumerate(inputs):
        moved = program([*inputs[:j], each + step, *inputs[j + 1 :]])
        slopes.append(((moved - base) / step).value)
    return _gradient(slopes, x), tally[0]


def random_program(n: int, length: int, generator: torch.Generator) -> Program:
    r"""A random straight-line program of n inputs whose values stay in [-1, 1] when its inputs do.

    Each of its ``length`` lines takes two earlier numbers, preferring late ones, and makes :math:`\sin a`, :math:`ab`,
    :math:`(a+b)/2`, :math:`(a-b)/2` or :math:`a/(b^2+2)`.

    n, length: at least 1; ValueError or TypeError otherwise.

    >>> program = random_program(2, 5, torch.Generator().manual_seed(0))
    >>> abs(program([Counted(0.5, [0]), Counted(-0.5, [0])]).value) <= 1
    True
    """
    n, length = check_integer(n, "n", 1), check_integer(length, "length", 1)
    kinds = torch.randint(5, (length,), generator=generator).tolist()
    shares = torch.rand(length, 2, generator=generator).sqrt().tolist()

    def program(x: Sequence[Any]) -> Any:
        numbers = list(x)
        for kind, picks in zip(kinds, shares, strict=True):
            a, b = (numbers[min(int(share * len(numbers)), len(numbers) - 1)] for share in picks)
            numbers.append(_line(kind, a, b))
        return numbers[-1]

    return program


def _line(kind: int, a: Any, b: Any) -> Any:
    if kind == 0:
        return a.sin()
    if kind == 1:
        return a * b
    if kind == 4:
        return a / (b * b + 2.0)
    return (a + b) / 2.0 if kind == 2 else (a - b) / 2.0


def _counted(x: Tensor, tally: list[int]) -> list[Counted]:
    check_tensor(x, "x", None)
    return [Counted(each, tally) for each in x.double().tolist()]


def _gradient(values: list[float], x: Tensor) -> Tensor:
    return torch.tensor(values, dtype=torch.float64, device=x.device)


def _plain(number: Counted | float) -> float:
    return number.value if isinstance(number, Counted) else number


def _value(number: Taped | float) -> Counted | float:
    return number.value if isinstance(number, Taped) else number
