r"""Check your own answer to an exercise: which property fails, and for which input, but not what is right.

:func:`grade`, also called ``mgai.grade``, is for readers. Authors register an exercise as a :class:`mgai.tasks.Task`,
in a module of ``mgai.answers``.
"""

from __future__ import annotations

import difflib
import sys
import traceback
import warnings
from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from typing import Any

from torch import Tensor

from mgai import answers, records
from mgai.answer_forms import Unfit
from mgai.grading_report import Entry, Listing, Outcome, Report, case_text, shown
from mgai.tasks import Part, Property, Task

__all__ = ["check", "find", "grade"]

_MISSING = object()


def grade(task: str, answer: Any = _MISSING) -> Report | Listing:
    """Check an answer of your own, or list what can be checked.

    Args:
        task: an exercise such as ``"dlt-7.22"``, or one part of it, ``"dlt-7.22/counterexample"``; with an answer, the
            exercise alone means its first part.
        answer: a value or a function, as the part asks; lists, NumPy arrays and tensors are all accepted. A
            function gets tensors, or NumPy arrays if it raises on those, and may return either.

    Returns:
        A :class:`~mgai.grading_report.Report`, true when every property holds, or the list of parts. Both show
        themselves. What the answer raises is reported, not raised.

    Raises:
        ValueError: there is no such exercise or part; the message names those that come near.

    >>> report = grade("dlt-7.22/counterexample", lambda p: ([1.0, 1.0], [2.0, 2.0]))  # doctest: +ELLIPSIS
    dlt-7.22/counterexample: 3 of 4 properties hold for ... inputs
    ...
    ✗ violation: the triangle inequality fails: ...
        for p = 0.5, your answer is ([1, 1], [2, 2]): the size of x + y is 12, and the sizes of x and y add up to 12
    ...
    >>> bool(report), [outcome.name for outcome in report.failing]
    (False, ['violation'])
    """
    chosen, part = find(task)
    shows: Report | Listing
    if answer is _MISSING:
        parts, note = (chosen.parts, chosen.note) if part is None else ((part,), "")
        shows = Listing(chosen.item, tuple(_entry(chosen.item, each) for each in parts), note)
    else:
        shows = check(chosen.item, part or chosen.parts[0], answer)
    if records.shell() is None and not hasattr(sys, "ps1"):  # a script shows nothing of its own accord
        print(shows)
    return shows


def find(task: str) -> tuple[Task, Part | None]:
    """The exercise, and the part of it if one is named.

    Raises:
        ValueError: there is none of that name.

    >>> find("dlt-7.22/counterexample")[1].name
    'counterexample'
    """
    if not isinstance(task, str):
        raise TypeError(f"task must be the name of an exercise, such as 'dlt-7.22', not {type(task).__name__}")
    item, slash, name = task.strip().partition("/")
    known = answers.registered()
    if item not in known:
        raise ValueError(f"there is no exercise {item!r} to grade{_like(item, known)}")
    found: Task = import_module(answers.module_name(item)).TASK
    if not slash:
        return found, None
    parts = {part.name: part for part in found.parts}
    if name not in parts:
        raise ValueError(f"{item} has no part {name!r}{_like(name, list(parts))}")
    return found, parts[name]


def _like(name: str, known: list[str]) -> str:
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
    return f": did you mean {' or '.join(near)}?" if near else f": there is {', '.join(known)}"


def check(item: str, part: Part, answer: Any) -> Report:
    """Every property of one part for every case; the first case that fails is kept."""
    first = Property("runs", "the function returns for every input", lambda *_: "")
    form = Property("form", part.form.says, lambda *_: "")
    every = (*([first] if part.arguments else []), form, *part.properties)
    failed: dict[str, tuple[str, str]] = {}
    reached: set[str] = set()
    if part.arguments and not callable(answer):
        failed["form"] = (f"a function of {', '.join(part.arguments)} is asked for, not a value", "")
    cases = [] if failed else list(part.cases())
    for arguments in cases:
        for name, wrong, returned in _violations(part, answer, arguments):
            reached.add(name)
            if wrong and name not in failed:
                failed[name] = (wrong, _case(arguments, returned))
    return Report(f"{item}/{part.name}", tuple(_outcome(each, failed, reached) for each in every), len(cases))


def _violations(part: Part, answer: Any, arguments: Mapping[str, Any]) -> Iterable[tuple[str, str, Any]]:
    """(property, what is wrong or "", the reader's value) for one case, as far as it goes."""
    value = answer
    if part.arguments:
        value, raised = _called(answer, arguments)
        yield "runs", raised, _MISSING
        if raised:
            return
    try:
        value = part.form.convert(value, arguments)
    except Unfit as error:
        yield "form", str(error), _MISSING
        return
    yield "form", "", value
    for each in part.properties:
        try:
            yield each.name, each.check(value, **arguments), value
        except (ArithmeticError, ValueError, RuntimeError) as error:  # such as a decomposition that does not converge
            yield each.name, f"it cannot be checked for this answer ({_last_line(error)})", value


def _called(answer: Callable[..., Any], arguments: Mapping[str, Any]) -> tuple[Any, str]:
    """What the reader's function returns, and what it raises: with tensors, and if it raises, with arrays."""
    raised = []
    for given in (_tensors, _arrays):
        try:
            with warnings.catch_warnings():  # NumPy's about how torch converts is no fault of the reader's
                warnings.filterwarnings("ignore", "__array__ implementation", DeprecationWarning)
                return answer(*map(given, arguments.values())), ""
        except Exception as error:
            raised.append(_last_line(error))
    return None, f"it raises {raised[0]}" + (f" (with NumPy arrays: {raised[1]})" if raised[1] != raised[0] else "")


def _tensors(value: Any) -> Any:
    """A copy, so that a function that changes its arguments spoils nothing."""
    return value.clone() if isinstance(value, Tensor) else value


def _arrays(value: Any) -> Any:
    return value.numpy().copy() if isinstance(value, Tensor) else value


def _last_line(error: Exception) -> str:
    line = traceback.format_exception_only(error)[-1].strip().splitlines()[0]
    return line if len(line) <= 200 else line[:200] + "…"


def _case(arguments: Mapping[str, Any], returned: Any) -> str:
    yours = [] if returned is _MISSING else [f"your answer is {shown(returned)}"]
    return ", ".join([*([f"for {case_text(arguments)}"] if arguments else []), *yours])


def _outcome(each: Property, failed: Mapping[str, tuple[str, str]], reached: set[str]) -> Outcome:
    if each.name in failed:
        return Outcome(each.name, each.says, False, *failed[each.name], each.hint)
    return Outcome(each.name, each.says, True if each.name in reached else None)


def _entry(item: str, part: Part) -> Entry:
    example = case_text(next(iter(part.cases()))) if part.arguments else ""
    return Entry(f"{item}/{part.name}", part.asks, part.arguments, part.form.says, example)
