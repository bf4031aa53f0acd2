r"""What an exercise asks for, as data: its parts, the form of each answer, and the properties of every right answer.

Registered in ``mgai.answers``, graded by :func:`mgai.grading.grade`. Properties are preferred to values, since an
answer need not be unique and a failing property says more than a wrong number; where a value is compared, the reference
is a function that the claims of the page use, too.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from mgai.answer_forms import Form
from mgai.comparison import ROUNDING, as_array, gap, scale, tolerance_for


@dataclass(frozen=True)
class Property:
    """Something that is true of every right answer.

    ``check(answer, **arguments)`` says what is wrong, in words without the right value, or "" when nothing is.
    A ``hint`` points the way without giving the solution; ``reference(**arguments)`` is what the check compares with,
    if it does, so that tests can look for it in reports.
    """

    name: str
    says: str
    check: Callable[..., str]
    hint: str = ""
    reference: Callable[..., Any] | None = None


@dataclass(frozen=True)
class Part:
    """One question with an answer that can be checked: a value, or with ``arguments`` a function of them.

    ``cases()`` gives the inputs, small ones first, each a mapping from argument names to values. ``right`` holds right
    answers and ``near_misses`` plausible wrong ones, each with the property it must fail: they are for the tests.
    """

    name: str
    asks: str
    form: Form
    properties: tuple[Property, ...]
    right: tuple[Any, ...]
    near_misses: Mapping[str, tuple[Any, str]]
    arguments: Mapping[str, str] = field(default_factory=dict)
    cases: Callable[[], Iterable[Mapping[str, Any]]] = lambda: [{}]


@dataclass(frozen=True)
class Task:
    """An exercise: its parts, and a note on what no program can check."""

    item: str
    parts: tuple[Part, ...]
    note: str = ""


def agrees(
    name: str,
    says: str,
    reference: Callable[..., Any],
    *,
    rtol: float = 0.0,
    atol: float = 0.0,
    because: str = ROUNDING,
    hint: str = "",
) -> Property:
    """The property that an answer equals ``reference(**arguments)``; tolerances as for :func:`mgai.claims.equal`."""

    def compare(answer: Any, **arguments: Any) -> str:
        return misses(answer, reference(**arguments), rtol=rtol, atol=atol, because=because)

    return Property(name, says, compare, hint, reference)


def exceeds(what: str, value: float, bound: float) -> str:
    """What to say when a quantity made from the answer is above its bound; "" when it is not. NaN is above.

    >>> exceeds("the largest deviation from unit length", 0.5, 1e-9), exceeds("the error", 0.0, 1e-9)
    ('the largest deviation from unit length is 0.5, at most 1e-09 is allowed', '')
    """
    return "" if value <= bound else f"{what} is {value:.3g}, at most {bound:.3g} is allowed"


def misses(found: Any, reference: Any, *, rtol: float = 0.0, atol: float = 0.0, because: str = ROUNDING) -> str:
    """How ``found`` differs from ``reference``, by its order of magnitude only; "" within the tolerance.

    Text is compared letter by letter, and of a difference from an exact value the size is not told.

    >>> misses(3.0, 4.0, rtol=1e-12), misses(3, 4), misses("ij", "ij")
    ('it is off by the order of 1e-01 of its size, allowed 1e-12 (rounding in float64)', 'it is not right', '')
    """
    if isinstance(reference, str):
        return "" if found == reference else "it is not right"
    value, target = as_array(found, "found"), as_array(reference, "reference")
    if value.shape != target.shape:
        return "its shape is not right"
    apart, allowed = gap(value, target), tolerance_for(target, rtol, atol, because)
    if apart <= allowed:
        return ""
    size = scale(target)
    where = f", most in entry {_farthest(value, target)}" if value.size > 1 else ""
    if allowed == 0 or size == 0:
        return f"it is not right{where}"
    order = math.floor(math.log10(apart / size)) if np.isfinite(apart) else 308
    return f"it is off by the order of 1e{order:+03d} of its size, allowed {allowed / size:.2g} ({because}){where}"


def _farthest(value: np.ndarray, target: np.ndarray) -> str:
    at = np.unravel_index(np.abs(value.astype(float) - target.astype(float)).argmax(), value.shape)
    return ", ".join(map(str, at)) if len(at) == 1 else f"({', '.join(map(str, at))})"
