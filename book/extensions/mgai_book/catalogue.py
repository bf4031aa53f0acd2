"""The catalogue: every item of the four sources, its page, its status and the discrepancies found in it.

Beside them stand the subjects of the pages that go further, after the companion notebooks of the living book. They bear
claims as items do, but are no items of a source: :func:`load` has them not, and no total counts them.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from mgai_book.layout import BookError, Layout

STATUSES = ("planned", "solved")
CLASSES = ("transcription", "misprint", "missing condition", "false statement", "doubtful premise")
#: An item of one of these kinds that is solved has its finished statement in the catalogue, as ``formula``.
STATED = ("definition", "formula", "theorem")
#: What the errata and the totals count; a transcription fault is noted in the sources map only.
ERRATA_CLASSES = CLASSES[1:]
SOURCES = {
    "kaist": "Mini-course challenges",
    "dlt": "Deep-learning theory exercises",
    "ps03": "Machine-learning problem set 03",
    "cs": "Deep-learning formula sheet",
}
#: The file and the title of the subjects that go further; ``companion`` is their kind.
FURTHER, COMPANIONS = "further", "Companion notebooks of the living book"
CHAPTERS = {
    1: ("linear-algebra", "Linear Algebra"),
    2: ("calculus", "Calculus and Differential Equations"),
    3: ("optimization", "Optimization"),
    4: ("networks", "Neural Networks and Deep Learning"),
    5: ("probability", "Probability and Statistics"),
    6: ("information", "Entropy and Information Theory"),
    7: ("stochastic", "Stochastic Processes"),
    8: ("energy", "Energy-Based and Graphical Models"),
    9: ("synthesis", "Synthesis: Generative Models"),
}


@dataclass(frozen=True)
class Discrepancy:
    """Where a source and the truth part: what is claimed, why it fails, what is right.

    ``short`` is the difference in a few words, for the formula sheet.
    """

    item: str
    name: str
    kind: str
    claimed: str
    fails: str
    right: str
    short: str = ""
    refuted_by: str = ""
    no_claim: str = ""


@dataclass(frozen=True)
class Item:
    """One exercise, definition, theorem or formula of a source; its formula, and when that holds.

    ``formula_title`` names the formula where the item's title does not, as that of an exercise.
    """

    id: str
    title: str
    source: str
    locator: str
    chapter: int
    kind: str
    status: str = "planned"
    page: str = ""
    formula: str = ""
    condition: str = ""
    formula_title: str = ""
    exercise: str = ""
    notebook: str = ""
    no_claim: str = ""
    no_grade: str = ""
    discrepancies: tuple[Discrepancy, ...] = ()

    @property
    def is_solved(self) -> bool:
        return self.status == "solved"

    @property
    def source_title(self) -> str:
        return {**SOURCES, FURTHER: COMPANIONS}[self.source]


def chapter_folder(number: int) -> str:
    return f"chapters/{number}-{CHAPTERS[number][0]}"


def load(layout: Layout) -> dict[str, Item]:
    """All items of the sources by id, in the order of the files."""
    return {name: item for name, item in known(layout).items() if item.source != FURTHER}


def known(layout: Layout) -> dict[str, Item]:
    """All that a claim may belong to: the items of the sources, then the subjects that go further."""
    stamp = tuple((str(p), p.stat().st_mtime_ns) for p in files(layout) if p.exists() or p.stem != FURTHER)
    return dict(_load(stamp))


def files(layout: Layout) -> list[Path]:
    """The files that :func:`known` reads; the last one may be missing."""
    return [layout.catalogue / f"{source}.toml" for source in (*SOURCES, FURTHER)]


@lru_cache(maxsize=4)
def _load(stamp: tuple[tuple[str, int], ...]) -> dict[str, Item]:
    items: dict[str, Item] = {}
    for path in map(Path, (name for name, _ in stamp)):
        for entry in tomllib.loads(path.read_text(encoding="utf-8")).get("item", []):
            item = _item(entry, path.stem)
            if item.id in items:
                raise BookError(f"catalogue: {item.id} is listed twice")
            items[item.id] = item
    return items


def _item(entry: dict, source: str) -> Item:
    name = entry.get("id", "?")
    fields = dict(entry, source=source)
    raw = fields.pop("discrepancy", [])
    try:
        found = tuple(_discrepancy(name, each) for each in raw)
        item = Item(**fields, discrepancies=found)
    except TypeError as error:
        raise BookError(f"catalogue: {name}: {error}") from error
    if item.status not in STATUSES:
        raise BookError(f"catalogue: {name}: status {item.status!r} is not one of {', '.join(STATUSES)}")
    if item.chapter not in CHAPTERS:
        raise BookError(f"catalogue: {name}: there is no chapter {item.chapter}")
    if (item.source == FURTHER) != (item.kind == "companion"):
        raise BookError(f"catalogue: {name}: a companion belongs in {FURTHER}.toml, and nothing else does")
    if item.source == FURTHER and item.discrepancies:
        raise BookError(f"catalogue: {name}: only the sources have discrepancies; the page's text says the rest")
    if item.is_solved and not item.page:
        raise BookError(f"catalogue: {name} is solved but names no page")
    _check_statement(item)
    return item


def _check_statement(item: Item) -> None:
    if item.is_solved and item.kind in STATED and not item.formula.strip():
        wanted = "write its finished statement into `formula`, and when it holds into `condition`"
        raise BookError(f"catalogue: {item.id} is a solved {item.kind} without `formula`: {wanted}")
    if item.condition and not item.formula.strip():
        raise BookError(f"catalogue: {item.id} has a `condition` but no `formula`")
    if item.formula_title and not item.formula.strip():
        raise BookError(f"catalogue: {item.id} has a `formula_title` but no `formula`")
    if len(item.condition.strip().splitlines()) > 1:
        raise BookError(f"catalogue: {item.id}: `condition` is one line")


def _discrepancy(item: str, entry: dict) -> Discrepancy:
    fields = dict(entry)
    kind = fields.pop("class", "")
    found = Discrepancy(item=item, kind=kind, **fields)
    if kind not in CLASSES:
        raise BookError(f"catalogue: {item}: class {kind!r} is not one of {', '.join(CLASSES)}")
    if not (found.claimed and found.fails and found.right):
        raise BookError(f"catalogue: {item}/{found.name}: claimed, fails and right must all be given")
    if not (found.refuted_by or found.no_claim):
        raise BookError(f"catalogue: {item}/{found.name}: name the refuting claim or say why there is none")
    return found
