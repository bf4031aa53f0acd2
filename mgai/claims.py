"""Claims: one checked statement each, with an independent reference and negative controls.

Every kind takes ``item`` (whose exercise it answers), ``name`` (unique within the item), ``says``
(the statement in words), ``route`` (how the reference was obtained, see :data:`mgai.records.ROUTES`),
``scope`` (what the tick covers) and ``rejects`` (plausible wrong values which the same comparison
must reject). A claim shows itself, records itself, and raises :class:`~mgai.records.ClaimFailed`
when it is not true; a badly made claim raises :class:`~mgai.records.ClaimDefect`.

>>> equal(2 + 2, 4, item="demo", name="sum", says="two and two", route="closed form",
...       rejects={"off by one": 5})
✓ two and two: found 4, expected 4 (closed form); exactly [1 instance; would have caught: off by one]
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from mgai.comparison import (
    NEAREST,
    ROUNDING,
    as_array,
    as_control,
    distance_to,
    excess,
    gap,
    has_nan,
    labelled,
    rejected,
    require_near,
    require_reason,
    scale,
    tolerance_for,
    where,
)
from mgai.records import ClaimDefect, ClaimFailed, Control, Record, publish
from mgai.statistical import observe, statistical
from mgai.symbolic import symbolic

__all__ = [
    "ClaimDefect",
    "ClaimFailed",
    "at_most",
    "enumerated",
    "equal",
    "observe",
    "refuted",
    "statistical",
    "symbolic",
]


def equal(
    found: Any,
    reference: Any,
    *,
    item: str,
    name: str,
    says: str,
    route: str,
    rejects: Mapping[str, Any],
    rtol: float = 0.0,
    atol: float = 0.0,
    because: str = ROUNDING,
    scope: str = "1 instance",
) -> None:
    """``max |found - reference| <= atol + rtol * max |reference|``; exact when both are zero.

    found, reference, and each value of ``rejects``: numbers, arrays or tensors of one shape
    (no broadcasting); truth values count as 0 and 1, integers are exact at any size. NaN never passes.
    ``because`` says where the tolerance comes from; it must be given when ``rtol``, or ``atol`` over
    the larger of 1 and the reference, exceeds 1e-6.
    """
    if found is reference and not isinstance(found, (bool, int, float, complex)):
        raise ClaimDefect("found and reference are one object: take the reference by another route")
    value, target = as_array(found, "found"), as_array(reference, "reference")
    tolerance = tolerance_for(target, rtol, atol, because)
    distance, apart = distance_to(target, tolerance), gap(value, target)
    wrong = {label: as_control(entry, label) for label, entry in labelled(rejects).items()}
    controls = rejected(wrong, distance)
    require_near(wrong, target, tolerance)
    passed = distance(value) <= 1
    shown = f"difference {apart:.2g} ≤ {tolerance:.2g}"
    if not passed:
        shown = f"difference {apart:.3g}, allowed {tolerance:.2g}"
    elif tolerance == 0:
        shown = "exactly"
    publish(
        Record(
            item, name, "equality", says, passed, value, target, route, scope,
            difference=apart, tolerance=shown, because=because, controls=controls,
            detail=where(found) | {"tolerance": tolerance},
        )
    )  # fmt: skip


def at_most(
    left: Any,
    right: Any,
    *,
    item: str,
    name: str,
    says: str,
    route: str,
    rejects: Mapping[str, tuple[Any, Any]],
    slack: float = 0.0,
    strict: bool = False,
    because: str = ROUNDING,
    scope: str = "1 instance",
) -> None:
    """``left <= right + slack`` in every entry (``<`` when ``strict``), shown with its margin.

    left, right: real, the same shape. ``rejects`` maps labels to pairs (left, right) that violate it,
    by at least ten times the slack. ``because`` as for :func:`equal`, for the slack.
    """
    low, high = as_array(left, "left"), as_array(right, "right")
    if not 0 <= slack < np.inf:
        raise ClaimDefect(f"slack={slack} must be finite and not negative")
    require_reason(slack / max(scale(high), 1.0), "slack", because)

    def distance(pair: tuple[np.ndarray, np.ndarray]) -> float:
        over = excess(*pair)
        if slack == 0:
            return np.inf if over > 0 or (strict and over == 0) else 0.0
        return over / slack

    wrong = {label: _pair(entry, label) for label, entry in labelled(rejects).items()}
    controls = rejected(wrong, distance)
    over = excess(low, high)
    publish(
        Record(
            item, name, "inequality", says, over < slack or (over == slack and not strict), low, high,
            route, scope, difference=over, because=because, controls=controls,
            tolerance=f"margin {-over:.3g}" + (f", slack {slack:.2g}" if slack else ""),
            detail=where(left) | {"tolerance": slack},
        )
    )  # fmt: skip


def _pair(entry: Any, label: str) -> tuple[np.ndarray, np.ndarray]:
    if not isinstance(entry, (tuple, list)) or len(entry) != 2:
        raise ClaimDefect(f"the control {label!r} is no pair (left, right) that violates the inequality")
    return as_control(entry[0], label), as_control(entry[1], label)


def enumerated(
    cases: Iterable[Any],
    holds: Callable[[Any], bool],
    *,
    item: str,
    name: str,
    says: str,
    rejects: Mapping[str, Callable[[Any], bool]],
    route: str = "enumeration",
) -> None:
    """``holds(case)`` for every one of finitely many cases; each control is a predicate that fails somewhere.

    Predicates answer with a truth value (Python, NumPy or torch); anything else is a defect.
    """
    everything = list(cases)
    if not everything:
        raise ClaimDefect("cases is empty: an enumeration of nothing shows nothing")
    n, count = len(everything), sum(_truth(holds, case) for case in everything)
    for label, wrong in labelled(rejects).items():
        if not callable(wrong):
            raise ClaimDefect(f"the control {label!r} is no predicate: give a function of a case")
    controls = rejected(rejects, lambda wrong: 0.0 if all(_truth(wrong, case) for case in everything) else np.inf)
    publish(
        Record(
            item, name, "enumeration", says, count == n, count, n, route, f"all cases ({n} enumerated)",
            difference=float(n - count), tolerance="exactly", because="exact", controls=controls,
        )
    )  # fmt: skip


def _truth(predicate: Callable[[Any], Any], case: Any) -> bool:
    answer = predicate(case)
    truth = as_array(answer, "the predicate's answer")
    if truth.dtype.kind != "b" or truth.size != 1:
        raise ClaimDefect(f"the predicate answers {answer!r} for the case {case!r}: it must be true or false")
    return bool(truth.item())


def refuted(
    claimed: Any,
    reference: Any,
    *,
    item: str,
    name: str,
    says: str,
    route: str,
    rejects: Mapping[str, Any],
    rtol: float = 0.0,
    atol: float = 0.0,
    because: str = ROUNDING,
    scope: str = "1 counterexample",
) -> None:
    """The value ``claimed`` by a source differs from ``reference`` by more than ten tolerances.

    ``says`` is the sentence or the quantity that is wrong: the page shows it behind the word "Refuted".
    ``rejects`` holds the true value, computed another way: the same comparison must *not* refute it.
    NaN refutes nothing. Tolerances as for :func:`equal`.
    """
    value, target = as_array(claimed, "claimed"), as_array(reference, "reference")
    tolerance = tolerance_for(target, rtol, atol, because)
    distance, apart = distance_to(target, tolerance), gap(value, target)
    off = distance(value)
    controls = []
    for label, true in labelled(rejects).items():
        control = as_control(true, label)
        if not distance(control) <= 1:
            raise ClaimDefect(f"the control {label!r} should be true, but it is {distance(control):.3g} tolerances off")
        controls.append(Control(label, control, off, True))
    passed = off >= NEAREST and not has_nan(value)
    shown = f"wrong by {apart:.3g}" if passed else f"differs by {apart:.3g}, needed {NEAREST * tolerance:.2g}"
    publish(
        Record(
            item, name, "refutation", says, passed, value, target, route, scope,
            difference=apart, tolerance=shown, because=because,
            controls=controls, detail=where(claimed) | {"tolerance": tolerance},
        )
    )  # fmt: skip
