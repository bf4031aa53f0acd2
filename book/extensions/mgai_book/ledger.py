"""The claims and observations recorded in executed notebooks."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import nbformat

from mgai_book.layout import Layout
from mgai_book.pages import code_cells, executable, executed

MIME = "application/vnd.mgai.claim+json"
_FIELD = re.compile(
    r"(?P<id>[\w.-]+/[a-z0-9-]+)(?:\.(?P<field>[a-z_]+))?(?P<index>(?:\[-?\d+\])*)(?::(?P<format>[^`]+))?"
)


@dataclass(frozen=True)
class Entry:
    """One recorded claim or observation, and where it stands."""

    docname: str
    cell: int
    record: dict[str, Any]

    @property
    def id(self) -> str:
        return self.record["id"]

    @property
    def item(self) -> str:
        return self.record["item"]

    @property
    def is_claim(self) -> bool:
        return self.record["kind"] != "observation"

    @property
    def anchor(self) -> str:
        return anchor(self.id)


def anchor(claim_id: str) -> str:
    """The permanent HTML id of a claim: ``dlt-7.22/metric`` becomes ``claim-dlt-7-22-metric``."""
    return "claim-" + re.sub(r"[^a-z0-9]+", "-", claim_id.lower())


def of_notebook(docname: str, notebook: nbformat.NotebookNode) -> list[Entry]:
    """The entries of one executed notebook, in the order in which they were made."""
    found = []
    for number, (_, cell) in enumerate(code_cells(notebook), start=1):
        for output in cell.get("outputs", []):
            record = output.get("data", {}).get(MIME)
            if record is not None:
                found.append(Entry(docname, number, record))
    return found


def load(layout: Layout) -> list[Entry]:
    """The entries of all executed pages of the book, in page order."""
    entries: list[Entry] = []
    for page in executable(layout):
        path = layout.notebook(page.docname)
        if path.exists():
            entries += of_notebook(page.docname, executed(path))
    return entries


def value(entries: dict[str, Entry], query: str) -> str:
    """A field of a recorded claim as text: ``item/name``, ``item/name.reference[1]:.3g``.

    Raises KeyError for an unknown claim, ValueError for a field or format that does not fit.
    """
    match = _FIELD.fullmatch(query.strip())
    if not match:
        raise ValueError(f"{query!r} is not of the form item/name.field[index]:format")
    if match["id"] not in entries:
        raise KeyError(f"no claim {match['id']!r} was recorded")
    record = entries[match["id"]].record
    field = match["field"] or "found"
    fields = {**record.get("detail", {}), **record}
    if field not in fields:
        raise ValueError(f"{match['id']} has no field {field!r}; it has {', '.join(sorted(fields))}")
    got = fields[field]
    for index in re.findall(r"-?\d+", match["index"]):
        try:
            got = got[int(index)]
        except (IndexError, TypeError, KeyError) as error:
            raise ValueError(f"{match['id']}.{field} cannot be indexed by {match['index']}") from error
    return format(got, match["format"] or "") if not isinstance(got, list) else _listed(got, match["format"] or "")


def _listed(values: list, spec: str) -> str:
    return ", ".join(_listed(v, spec) if isinstance(v, list) else format(v, spec) for v in values)
