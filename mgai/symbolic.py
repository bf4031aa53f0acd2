"""Symbolic claims: identities that a computer algebra system proves for all values of the symbols.

Exported by :mod:`mgai.claims`. SymPy is imported when the first such claim is made, since it is slow to load.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from mgai.comparison import labelled, rejected
from mgai.records import ClaimDefect, Record, publish


def symbolic(
    found: Any,
    reference: Any,
    *,
    item: str,
    name: str,
    says: str,
    rejects: Mapping[str, Any],
    route: str = "symbolic",
    scope: str = "all x (symbolic)",
) -> None:
    """``found - reference`` simplifies to zero (SymPy expressions or matrices of one shape).

    A control counts as rejected only if its difference is nonzero at a rational point that the
    assumptions on its symbols allow, so that a simplification that merely gets stuck is not taken for
    a rejection.
    """
    import sympy

    left, right = _expression(found, "found"), _expression(reference, "reference")
    difference = sympy.simplify(_minus(left, right))
    zero = difference.is_zero_matrix if isinstance(difference, sympy.MatrixBase) else difference == 0
    wrong = {label: _expression(entry, "a control") for label, entry in labelled(rejects).items()}
    controls = rejected(wrong, lambda entry: _apart_at_a_point(_minus(entry, right)))
    publish(
        Record(
            item, name, "symbolic", says, bool(zero), left, right, route, scope,
            tolerance="identically", because="symbolic identity", controls=controls,
        )
    )  # fmt: skip


def _expression(value: Any, argument: str) -> Any:
    import sympy

    try:
        expression = sympy.sympify(value)
    except (sympy.SympifyError, TypeError) as error:
        raise ClaimDefect(f"{argument} is no SymPy expression: {value!r}") from error
    if not isinstance(expression, (sympy.Expr, sympy.MatrixBase)):
        raise ClaimDefect(f"{argument} is no SymPy expression or matrix: {value!r}")
    return expression


def _minus(left: Any, right: Any) -> Any:
    if getattr(left, "shape", ()) != getattr(right, "shape", ()):
        raise ClaimDefect("found, reference and controls must all be scalars, or matrices of one shape")
    return left - right


def _apart_at_a_point(expression: Any) -> float:
    """Infinity if the expression is certainly nonzero at a rational point, else zero."""
    import sympy

    entries = list(expression) if isinstance(expression, sympy.MatrixBase) else [expression]
    for shift in range(3):
        symbols = sorted(expression.free_symbols, key=str)
        point = {symbol: _allowed(symbol, shift + index) for index, symbol in enumerate(symbols)}
        values = [sympy.N(entry.subs(point), 30) for entry in entries]
        if any(value.is_number and value.is_finite and abs(value) > 1e-9 for value in values):
            return np.inf
    return 0.0


def _allowed(symbol: Any, index: int) -> Any:
    """A rational number that contradicts none of the symbol's assumptions."""
    import sympy

    fraction, integer = sympy.Rational(7 + 3 * index, 5 + index), sympy.Integer(2 + index)
    sizes = (fraction, fraction / 5, integer, integer + 1)
    for number in (*sizes, *(-size for size in sizes)):
        facts = symbol.assumptions0.items()
        if all(getattr(number, f"is_{fact}", None) in (truth, None) for fact, truth in facts):
            return number
    raise ClaimDefect(f"no rational number meets the assumptions on {symbol}: claim enumeration or equality")
