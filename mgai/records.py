"""What a claim leaves behind: a record that displays itself, stores itself in the output, and may raise.

Claims are made with :mod:`mgai.claims`. In IPython a record is displayed with the MIME type
:data:`MIME`, so that it stays in the executed notebook; elsewhere one line is printed.
"""

from __future__ import annotations

import html
import math
import re
import sys
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from mgai import settings

MIME = "application/vnd.mgai.claim+json"

#: How a reference may have been obtained; a route is one of these, optionally followed by ``: detail``.
ROUTES = (
    "closed form",
    "symbolic",
    "automatic differentiation",
    "float64",
    "another algorithm",
    "library",
    "enumeration",
    "sampling",
    "definition",
    "measurement",
)
KINDS = ("equality", "inequality", "symbolic", "enumeration", "refutation", "statistical", "observation")
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_STORED = 64  # arrays up to this many entries are stored whole
_SHOWN = 12  # arrays up to this many entries are shown whole
_WRITTEN = 4096  # integers up to this many bits are written out; Python refuses to print much longer ones


class ClaimFailed(AssertionError):
    """The comparison was made and the claim is not true."""


class ClaimDefect(ValueError):
    """The claim is badly made: nothing to compare, no control, a control that is not rejected."""


@dataclass(frozen=True)
class Control:
    """A plausible wrong value, and its distance from the reference in units of the tolerance."""

    label: str
    value: Any
    distance: float
    rejected: bool


@dataclass(frozen=True)
class Record:
    """One claim or observation, as it is stored in the notebook and shown in the ledger."""

    item: str
    name: str
    kind: str
    says: str
    passed: bool
    found: Any
    reference: Any
    route: str
    scope: str
    difference: float = 0.0
    tolerance: str = ""
    because: str = ""
    controls: list[Control] = field(default_factory=list)
    detail: dict[str, Any] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """``item/name``: the same for every seed, device and profile."""
        return f"{self.item}/{self.name}"

    @property
    def nearest(self) -> Control | None:
        """The control that came closest to being accepted."""
        return min(self.controls, key=lambda control: control.distance, default=None)

    @property
    def mark(self) -> str:
        """✓ or ✗ for a claim, ○ for an observation."""
        if self.kind == "observation":
            return "○"
        return "✓" if self.passed else "✗"

    def as_json(self) -> dict[str, Any]:
        """The record as plain JSON (no NaN, no infinities: they become strings)."""
        near = self.nearest
        extra = {"id": self.id, "nearest": asdict(near) if near else None, "line": self.line()}
        return jsonable({**asdict(self), **extra})

    def line(self) -> str:
        """The one quiet line that a reader sees."""
        if self.kind == "observation":
            return f"○ observed: {self.says}: {brief(self.found)} ({self.scope})"
        verb, word = "found", ""
        if self.kind == "refutation":  # the sentence is what is not true
            verb, word = "claimed", "refuted: " if self.passed else "not refuted: "
        parts = [f"{self.mark} {word}{self.says}: {verb} {brief(self.found)}, "]
        parts.append(f"{_RELATION[self.kind]} {brief(self.reference)} ({self.route})")
        if self.tolerance:
            parts.append(f"; {self.tolerance}")
        labels = ", ".join(control.label for control in self.controls)
        spared = "would not refute" if self.kind == "refutation" else "would have caught"
        return "".join(parts) + f" [{self.scope}; {spared}: {labels}]"

    def __str__(self) -> str:
        return self.line()

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        state = "observed" if self.kind == "observation" else "holds" if self.passed else "fails"
        shown = f'<p class="mgai-claim mgai-claim-{state}">{html.escape(self.line())}</p>'
        return {MIME: self.as_json(), "text/html": shown, "text/plain": self.line()}


_RELATION = {
    "equality": "expected",
    "inequality": "bound",
    "symbolic": "equal to",
    "enumeration": "of",
    "refutation": "but the truth is",
    "statistical": "expected",
}

_made: dict[str, int | None] = {}


def publish(record: Record) -> None:
    """Check that the record is well formed and new, show it, and raise ClaimFailed if it does not hold."""
    _check_identity(record)
    running = shell()
    moment = getattr(running, "execution_count", None)
    interactive = running is not None or hasattr(sys, "ps1")
    if record.id in _made and (not interactive or (running is not None and _made[record.id] == moment)):
        raise ClaimDefect(f"claim {record.id!r} was made twice: names are unique within an item")
    _made[record.id] = moment
    if running is None:
        print(record.line())
    else:
        from IPython.display import display

        display(record)
    if not record.passed and not settings.collects_failures():
        raise ClaimFailed(record.line())


def shell() -> Any:
    """The running IPython shell, or None in a plain interpreter (IPython need not be installed)."""
    ipython = sys.modules.get("IPython")
    return ipython.get_ipython() if ipython is not None else None


def _check_identity(record: Record) -> None:
    if not record.item or "/" in record.item or record.item != record.item.strip():
        raise ClaimDefect(f"item={record.item!r}: name the item the claim belongs to, such as 'kaist-01'")
    if not _SLUG.fullmatch(record.name):
        raise ClaimDefect(f"name={record.name!r}: use lower-case words joined by hyphens")
    if len(record.says.split()) < 2:
        raise ClaimDefect(f"says={record.says!r}: state the claim in words a reader understands")
    if "\n" in record.says + record.scope:
        raise ClaimDefect(f"{record.id}: says and scope are shown on one line: leave out the line breaks")
    if not record.scope.strip():
        raise ClaimDefect(f"{record.id}: scope is empty: say what the tick covers")
    if record.kind != "observation" and record.route.split(":")[0] not in ROUTES:
        raise ClaimDefect(f"{record.id}: route={record.route!r} starts with none of: {', '.join(ROUTES)}")


def jsonable(value: Any) -> Any:
    """``value`` as strict JSON: long sequences become a summary, non-finite numbers become strings."""
    if isinstance(value, dict):
        return {str(key): jsonable(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [jsonable(entry) for entry in value] if len(value) <= _STORED else brief(value)
    if isinstance(value, np.ndarray):
        return jsonable(value.tolist()) if value.size <= _STORED else brief(value)
    if isinstance(value, np.longdouble):  # has no plain counterpart: item() returns it unchanged
        value = float(value)
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, int) and value.bit_length() > _WRITTEN:
        return brief(value)
    if value is None or isinstance(value, (bool, int, str)):
        return value
    return str(value)


def brief(value: Any) -> str:
    """A value in at most a few words: ``3``, ``[1, 2]``, ``array 20×30 with entries in [-1, 2]``."""
    if isinstance(value, (bool, np.bool_, str)):
        return str(value)
    if isinstance(value, int) and value.bit_length() > _WRITTEN:
        return f"integer of {value.bit_length()} bits"
    if isinstance(value, (int, np.integer)):
        return str(value)
    if isinstance(value, (float, complex, np.number)):
        return f"{value:.6g}"
    if isinstance(value, np.ndarray):
        return _brief_array(value)
    if isinstance(value, (list, tuple)):
        return _bracketed(value) if len(value) <= _SHOWN else f"list of {len(value)} entries"
    return str(value)


def _brief_array(array: np.ndarray) -> str:
    if array.ndim == 0:
        return brief(array[()])
    if array.size <= _SHOWN:
        return _bracketed(array)
    shape = "×".join(map(str, array.shape))
    if array.dtype.kind == "c":
        return f"complex array {shape} with moduli up to {np.abs(array).max():.4g}"
    if array.dtype.kind == "b":
        return f"array {shape} with {int(array.sum())} of {array.size} entries true"
    if array.dtype.kind == "O":
        return f"array {shape} of integers"
    return f"array {shape} with entries in [{array.min():.4g}, {array.max():.4g}]"


def _bracketed(entries: Any) -> str:
    return "[" + ", ".join(brief(entry) for entry in entries) + "]"
