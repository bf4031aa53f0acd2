"""What a reader sees of a graded answer, and of the parts of an exercise that can be graded.

Nothing here knows the reference: a report names the property that fails, the input and the reader's own answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

from torch import Tensor

from mgai.comparison import as_array
from mgai.records import brief

MARKS = {True: "✓", False: "✗", None: "–"}


class Shown:
    """Something that shows itself: as HTML in a notebook, as text elsewhere."""

    def text(self) -> str:
        """The lines that a plain interpreter shows."""
        raise NotImplementedError

    def html(self) -> str:
        """The same as a fragment of HTML."""
        raise NotImplementedError

    def __str__(self) -> str:
        return self.text()

    __repr__ = __str__

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/html": self.html(), "text/plain": self.text()}


@dataclass(frozen=True)
class Outcome:
    """One property of an answer: whether it holds, None where an earlier failure left it unchecked."""

    name: str
    says: str
    passed: bool | None
    violation: str = ""
    case: str = ""
    hint: str = ""

    @property
    def remarks(self) -> list[str]:
        """What follows a failing property: the first input for which it fails, and the hint."""
        if self.passed is not False:
            return []
        where = f"{self.case}: {self.violation}" if self.case else self.violation
        return [where, *([f"hint: {self.hint}"] if self.hint else [])]


@dataclass(frozen=True, repr=False)
class Report(Shown):
    """A graded answer: true when every property holds; ``properties`` has one :class:`Outcome` for each."""

    part: str
    properties: tuple[Outcome, ...]
    n_cases: int

    def __bool__(self) -> bool:
        return all(outcome.passed is True for outcome in self.properties)

    @property
    def failing(self) -> list[Outcome]:
        """The properties that do not hold."""
        return [outcome for outcome in self.properties if outcome.passed is False]

    def headline(self) -> str:
        """The first line: which part, and how many properties hold."""
        held = sum(outcome.passed is True for outcome in self.properties)
        inputs = f" for {self.n_cases} inputs" if self.n_cases > 1 else ""
        if held == len(self.properties):
            return f"every property holds{inputs}"
        return f"{held} of {len(self.properties)} properties hold{inputs}"

    def text(self) -> str:
        """A line for each property, and below a failing one the first input for which it fails."""
        lines = [f"{self.part}: {self.headline()}"]
        for outcome in self.properties:
            lines.append(f"{MARKS[outcome.passed]} {outcome.name}: {outcome.says}{_unchecked(outcome)}")
            lines += [f"    {remark}" for remark in outcome.remarks]
        return "\n".join(lines)

    def html(self) -> str:
        """The same as a list."""
        rows = "".join(_outcome_html(outcome) for outcome in self.properties)
        head = f"<p><code>{escape(self.part)}</code>: {escape(self.headline())}</p>"
        state = "holds" if self else "fails"
        return f'<div class="mgai-grade mgai-grade-{state}">{head}<ul style="list-style: none">{rows}</ul></div>'


def _outcome_html(outcome: Outcome) -> str:
    state = {True: "holds", False: "fails", None: "unchecked"}[outcome.passed]
    below = "".join(f"<br>{escape(remark)}" for remark in outcome.remarks)
    says = escape(f": {outcome.says}{_unchecked(outcome)}")
    mark = f"{MARKS[outcome.passed]} <strong>{escape(outcome.name)}</strong>"
    return f'<li class="mgai-grade-{state}">{mark}{says}{below}</li>'


def _unchecked(outcome: Outcome) -> str:
    return " (not checked)" if outcome.passed is None else ""


@dataclass(frozen=True)
class Entry:
    """A part of an exercise as the list of parts shows it."""

    part: str
    asks: str
    arguments: Mapping[str, str]
    returns: str
    example: str

    @property
    def name(self) -> str:
        """The part's name without the exercise's."""
        return self.part.partition("/")[2]

    @property
    def call(self) -> str:
        """How to have an answer graded."""
        answer = f"lambda {', '.join(self.arguments)}: ..." if self.arguments else "your_answer"
        return f'mgai.grade("{self.part}", {answer})'

    @property
    def facts(self) -> list[tuple[str, str]]:
        """(label, text) pairs: the arguments, what comes back, an input."""
        kind = "returns" if self.arguments else "answer"
        example = [("for example", self.example)] if self.example else []
        return [*self.arguments.items(), (kind, self.returns), *example]


@dataclass(frozen=True, repr=False)
class Listing(Shown):
    """The parts of an exercise: what each asks for, and how to call the grader."""

    item: str
    parts: tuple[Entry, ...]
    note: str = ""

    def headline(self) -> str:
        """One sentence above the parts."""
        many = f"{len(self.parts)} answers" if len(self.parts) > 1 else "an answer"
        return f"{self.item}: {many} that you can check" + (f". {self.note}" if self.note else "")

    def text(self) -> str:
        """A paragraph for each part."""
        lines = [self.headline()]
        for entry in self.parts:
            lines += [entry.call, f"    {entry.asks}"]
            lines += [f"    {label}: {text}" for label, text in entry.facts]
        return "\n".join(lines)

    def html(self) -> str:
        """The same, each part folded unless it is the only one."""
        rows = "".join(_entry_html(entry, len(self.parts) == 1) for entry in self.parts)
        return f'<div class="mgai-grade"><p>{escape(self.headline())}</p>{rows}</div>'


def _entry_html(entry: Entry, unfolded: bool) -> str:
    rows = "".join(f"<li>{escape(label)}: {escape(text)}</li>" for label, text in entry.facts)
    summary = f"<summary><code>{escape(entry.name)}</code> {escape(entry.asks)}</summary>"
    call = f"<p><code>{escape(entry.call)}</code></p>"
    return f"<details{' open' if unfolded else ''}>{summary}{call}<ul>{rows}</ul></details>"


def case_text(arguments: Mapping[str, Any]) -> str:
    """An input in words: small arrays whole, large ones by shape and range.

    >>> case_text({"a": [[3.0, 0.0], [0.0, 1.0]], "k": 1})
    'a = [[3, 0], [0, 1]], k = 1'
    """
    return ", ".join(f"{name} = {shown(value)}" for name, value in arguments.items())


def shown(value: Any) -> str:
    """A value of a reader or of an input, briefly; a tuple entry by entry."""
    if isinstance(value, Tensor):
        return brief(as_array(value, "value")) if value.numel() else f"array of shape {tuple(value.shape)}"
    if isinstance(value, (tuple, list)):
        return "(" + ", ".join(map(shown, value)) + ")" if isinstance(value, tuple) else brief(value)
    if callable(value):
        return getattr(value, "__name__", "a function")
    text = brief(value)
    return text if len(text) <= 200 else text[:200] + "…"
