"""``make compare A=... B=...``: whether two builds found the same, claim by claim.

The builds may differ in device, versions, machine or seed. Values agree when they differ by no more than the
claim's own tolerance; two estimates from samples by no more than both tolerances together.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat

from mgai_book import cells, choosing, ledger
from mgai_book.layout import BookError
from mgai_book.ledger import Entry

#: An inequality has no tolerance for its own value; up to this part of its size ``mgai`` speaks of rounding.
ROUNDING = 1e-6
#: Large arrays are stored as a summary, whose numbers have four digits.
SUMMARY = 1e-3
_MADE_WITH = ("seed", "profile", "device", "device_name", "torch", "numpy", "python")
_SUMMARY = re.compile(r"((?:complex )?array \S+ with) (entries in|moduli up to) .*")


#: What a build computes; in a refutation that is the reference, while the value found is the source's.
_FIELDS = {"refutation": ("found", "reference")}


@dataclass(frozen=True)
class Difference:
    """One claim on which two builds do not agree."""

    claim: str
    where: str
    message: str

    def __str__(self) -> str:
        return f"{self.claim} ({self.where}): {self.message}"


def compare(first: str, second: str, say: Callable[[str], None] = print) -> int:
    """Print every claim on which two builds do not agree; returns 1 when there are any."""
    one, other = read(first), read(second)
    a, b = one.claims, other.claims
    if not a and not b:
        raise BookError(f"there are no claims in {first} and {second}")
    found = list(differences(a, b))
    for each in found:
        say(str(each))
    for name in _MADE_WITH:
        if one.made[name] != other.made[name]:
            say(f"{name}: {', '.join(sorted(one.made[name]))} in A, {', '.join(sorted(other.made[name]))} in B")
    common = len(a.keys() & b.keys())
    say(f"{common} claims in both, {len(a) - common} only in A, {len(b) - common} only in B; {len(found)} differ")
    return 1 if found else 0


@dataclass(frozen=True)
class Build:
    """The claims of a build by their ids, and what its pages were made with."""

    claims: dict[str, Entry]
    made: dict[str, set[str]]


def read(build: str) -> Build:
    """A folder that holds executed notebooks: a ``_build`` or an ``executed`` folder."""
    folder = choosing.folder(build)
    if not folder.is_dir():
        raise BookError(f"{build} is no folder: name a _build folder, or one that holds executed notebooks")
    folder = folder / "executed" if (folder / "executed").is_dir() else folder
    found = sorted(folder.rglob("*.ipynb"))
    if not found:
        raise BookError(f"{build} holds no executed notebooks: name a _build folder after `make html` or `make check`")
    notebooks = {path.relative_to(folder).with_suffix("").as_posix(): _notebook(path) for path in found}
    entries = [entry for name, notebook in notebooks.items() for entry in ledger.of_notebook(name, notebook)]
    about = [notebook.metadata.get("mgai", {}) for notebook in notebooks.values()]
    made = {name: {str(each[name]) for each in about if name in each} for name in _MADE_WITH}
    claims: dict[str, Entry] = {}
    for entry in (entry for entry in entries if entry.is_claim):
        if entry.id in claims:  # as in _build/cache, which has the outputs of many builds
            both = f"{claims[entry.id].docname} and {entry.docname}"
            raise BookError(f"{build} is not one build: {entry.id} is claimed twice, in {both}")
        claims[entry.id] = entry
    return Build(claims, made)


def _notebook(path: Path) -> nbformat.NotebookNode:
    try:
        return nbformat.read(path, as_version=4)
    except Exception as error:  # whatever a damaged file makes the reader raise
        raise BookError(f"{path} cannot be read as a notebook ({type(error).__name__})") from error


def differences(a: dict[str, Entry], b: dict[str, Entry]) -> Iterator[Difference]:
    """The claims that one build alone has, and those that say, pass or find something else."""
    for name in sorted(a.keys() | b.keys()):
        entry = a.get(name) or b[name]
        where = f"{entry.docname}, cell {entry.cell}"
        if name not in a or name not in b:
            yield Difference(name, where, f"only in {'A' if name in a else 'B'}")
        elif message := _message(a[name].record, b[name].record):
            yield Difference(name, where, message)


def _message(a: dict[str, Any], b: dict[str, Any]) -> str:
    """How two records of one claim differ; empty when they agree."""
    if a["kind"] != b["kind"]:
        return f"{a['kind']} in A, {b['kind']} in B"
    if a["passed"] != b["passed"]:
        return f"{'holds' if a['passed'] else 'fails'} in A, {'holds' if b['passed'] else 'fails'} in B"
    tolerance = allowed(a, b)
    for field in _FIELDS.get(a["kind"], ("found",)):
        apart = distance(a[field], b[field], tolerance)
        if not apart <= tolerance:
            far = "" if math.isinf(apart) else f": {apart:.3g} apart, allowed {tolerance:.3g}"
            return f"{field} {_short(a[field])} in A, {_short(b[field])} in B{far}"
    return ""


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 80 else text[:79] + "…"


def allowed(a: dict[str, Any], b: dict[str, Any]) -> float:
    """How far apart the values of one claim may lie."""
    own = [float(record.get("detail", {}).get("tolerance", 0.0)) for record in (a, b)]
    if a["kind"] == "statistical":
        return math.hypot(*own)  # the errors of two independent estimates
    if a["kind"] == "inequality":
        return max(*own, ROUNDING * max(_size(a["found"]), _size(b["found"])))
    return max(own)


def _size(value: Any) -> float:
    if isinstance(value, list):
        return max(map(_size, value), default=0.0)
    number = _number(value)
    size = 0.0 if number is None else _float(abs(number))
    return size if math.isfinite(size) else 0.0


def distance(a: Any, b: Any, tolerance: float) -> float:
    """The largest distance between two stored values; infinite where they cannot be compared and differ."""
    if isinstance(a, list) and isinstance(b, list):
        if len(a) != len(b):
            return math.inf
        return max((distance(x, y, tolerance) for x, y in zip(a, b, strict=True)), default=0.0)
    if a == b:
        return 0.0
    x, y = _number(a), _number(b)
    if x is not None and y is not None:
        return _gap(x, y)
    return 0.0 if _same_summary(a, b, tolerance) else math.inf


def _gap(x: complex | float, y: complex | float) -> float:
    try:
        apart = abs(x - y)
    except OverflowError:  # a float and an integer beyond its range
        return math.inf
    return math.inf if apart != apart else _float(apart)


def _float(size: float) -> float:
    try:
        return float(size)
    except OverflowError:  # an integer beyond the range of float64
        return math.inf


def _same_summary(a: Any, b: Any, tolerance: float) -> bool:
    """Whether two large arrays have the same shape, and the same range up to the digits that are stored."""
    parts = [_SUMMARY.fullmatch(text) if isinstance(text, str) else None for text in (a, b)]
    if not all(parts) or parts[0].groups() != parts[1].groups():
        return False
    ranges = [text[match.end(2) :] for text, match in zip((a, b), parts, strict=True)]
    return cells.same_line(*ranges, relative=SUMMARY, absolute=tolerance)


def _number(value: Any) -> complex | float | None:
    """A stored number: as such, or as text where JSON has none (complex numbers, infinities); else None."""
    if isinstance(value, (int, float)):
        return value
    try:
        return complex(value) if isinstance(value, str) else None
    except ValueError:
        return None
