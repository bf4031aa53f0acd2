"""What must be true of every executed page, and of all pages together. Each fault names page and cell."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

import nbformat

from mgai import answers
from mgai_book import catalogue, ledger, pasting, sliders
from mgai_book.layout import Layout
from mgai_book.pages import REMOVED, SKIPPED, Page, code_cells, tags

_ALT_FILE = re.compile(r"\S+\.(png|svg|jpe?g|webp|gif)", re.I)
LINES, IMPORTS = 35, 3  # one idea a cell: what a reader copies is the mathematics
BOXED = re.compile(r"^[:`]{3,}\{(?:problem|formula)\}\s+(\S+)\s*$", re.M)


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong, and where; cell 0 means the page as a whole."""

    page: str
    cell: int
    line: int
    message: str

    def __str__(self) -> str:
        where = f", cell {self.cell}" if self.cell else ""
        return f"{self.page}:{self.line}{where}: {self.message}"


def page_faults(layout: Layout, page: Page, notebook: nbformat.NotebookNode) -> list[Fault]:
    """Faults of one executed page on its own.

    Of the notebook only the outputs count: prose and tags may have changed since it was stored.
    """
    shown = layout.shown(page.docname)
    faults = []
    cells = zip(code_cells(page.notebook), code_cells(notebook), strict=True)
    for number, ((index, present), (_, executed)) in enumerate(cells, start=1):
        line, found = page.line_of(index), [*_tag_messages(present), *_cell_messages(executed)]
        faults += [Fault(shown, number, line, message) for message in found]
    return faults


def _tag_messages(cell: nbformat.NotebookNode) -> Iterable[str]:
    if tags(cell) & REMOVED:
        yield "a cell with removed source or output has no place in the book"
    if SKIPPED in tags(cell):
        yield f"every cell of the book is executed: remove the tag {SKIPPED}"


def _cell_messages(cell: nbformat.NotebookNode) -> Iterable[str]:
    lines = [line for line in cell.source.splitlines() if line.strip()]
    if len(lines) > LINES:
        yield f"the cell has {len(lines)} lines, more than {LINES}: split it"
    if sum(line.startswith(("import ", "from ")) for line in lines) > IMPORTS:
        yield f"the cell has more than {IMPORTS} lines of imports: split it, or import less"
    if stops := pasting.prompt_fault(cell.source):
        yield stops
    outputs = cell.get("outputs", [])
    if not outputs:
        yield "the cell shows nothing: print or show its result"
    raised = any(output.output_type == "error" for output in outputs)
    for output in outputs:
        data = output.get("data", {})
        if record := data.get(ledger.MIME):
            yield from _record_messages(record, raised)
        if sliders.MIME in data:
            yield from sliders.messages(data[sliders.MIME])
        for mime in ("image/png", "image/svg+xml", "image/jpeg"):
            if mime in data:
                alt = str(output.get("metadata", {}).get(mime, {}).get("alt", "")).strip()
                if not alt or _ALT_FILE.fullmatch(alt):
                    yield "the figure has no alternative text: show it with mgai.figures.show(figure, alt=...)"
        if set(data) == {"text/plain"} and str(data["text/plain"]).startswith("<Figure size"):
            yield "the figure came out as text: show it with mgai.figures.show(figure, alt=...)"


def _record_messages(record: dict, raised: bool) -> Iterable[str]:
    if record.get("kind") == "observation":
        return
    if not record.get("passed") and not raised:  # else the exception is reported, with its line
        yield f"the claim {record.get('id')} failed: {record.get('line')}"
    if not record.get("controls"):
        yield f"the claim {record.get('id')} has no negative control"
    elif not all(control.get("rejected") for control in record["controls"]):
        yield f"the claim {record.get('id')} has a control that is not rejected"


def book_faults(layout: Layout, pages: list[Page], entries: list[ledger.Entry]) -> list[Fault]:
    """Faults between catalogue, pages and claims."""
    items = catalogue.known(layout)
    by_name = {page.docname: page for page in pages}
    faults = [*_claim_faults(layout, items, by_name, entries)]
    made = {entry.id: entry for entry in entries}
    for item in items.values():
        faults += _item_faults(layout, item, by_name, entries)
        for discrepancy in item.discrepancies:
            faults += _discrepancy_faults(layout, item, discrepancy, by_name, made)
    for page in pages:
        faults += _page_item_faults(layout, page, items)
    return faults


def _claim_faults(layout, items, by_name, entries) -> Iterable[Fault]:
    first: dict[str, ledger.Entry] = {}
    for entry in entries:
        shown = layout.shown(entry.docname)
        if entry.item not in items:
            yield Fault(shown, entry.cell, 1, f"claim {entry.id}: the catalogue has no item {entry.item!r}")
        elif entry.item not in by_name[entry.docname].items:
            yield Fault(shown, entry.cell, 1, f"claim {entry.id}: the page does not list {entry.item} in `items:`")
        if entry.id in first:
            other = layout.shown(first[entry.id].docname)
            yield Fault(shown, entry.cell, 1, f"claim {entry.id} was made twice (also in {other})")
        first.setdefault(entry.id, entry)


def _item_faults(layout, item, by_name, entries) -> Iterable[Fault]:
    file = f"book/catalogue/{item.source}.toml"
    if not item.is_solved:
        if item.page or item.discrepancies:
            yield Fault(file, 0, 1, f"{item.id} is planned but has a page or discrepancies")
        return
    page = by_name.get(item.page)
    if page is None:
        yield Fault(file, 0, 1, f"{item.id} is solved but its page {item.page!r} does not exist")
        return
    shown = layout.shown(item.page)
    if item.id not in page.items:
        yield Fault(shown, 0, 1, f"{item.id} is solved on this page, which does not list it in `items:`")
    if item.id not in BOXED.findall(page.text):
        yield Fault(shown, 0, 1, f"{item.id} has no {{problem}} or {{formula}} box on its page")
    if not item.page.startswith(catalogue.chapter_folder(item.chapter) + "/"):
        yield Fault(shown, 0, 1, f"{item.id} belongs to chapter {item.chapter}")
    if not item.no_claim and not any(e.is_claim and e.item == item.id and e.docname == item.page for e in entries):
        yield Fault(shown, 0, 1, f"{item.id} is called solved but makes no claim on its page")
    if item.kind == "exercise":
        yield from (Fault(shown, 0, 1, f"{item.id} {message}") for message in grade_messages(item, page.text))


def grade_messages(item: catalogue.Item, text: str) -> Iterable[str]:
    """What is wrong with how readers can check their own answer to a solved exercise."""
    if item.id not in answers.registered():
        if not item.no_grade:
            yield f"has no {answers.module_name(item.id)}, and the catalogue gives no reason in `no_grade`"
        return
    if item.no_grade:
        yield f"has a `no_grade` in the catalogue, but also {answers.module_name(item.id)}"
    box = re.search(rf"^[:`]{{3,}}\{{problem\}}\s+{re.escape(item.id)}\s*$", text, re.M)
    before_solution = re.split(r"^#+ ", text[box.end() :], maxsplit=1, flags=re.M)[0] if box else ""
    if f'mgai.grade("{item.id}")' not in before_solution:
        yield f'can be graded: put the cell mgai.grade("{item.id}") between its box and the next heading'


def _discrepancy_faults(layout, item, discrepancy, by_name, made) -> Iterable[Fault]:
    file = f"book/catalogue/{item.source}.toml"
    if discrepancy.refuted_by and discrepancy.refuted_by not in made:
        yield Fault(file, 0, 1, f"{item.id}/{discrepancy.name}: no claim {discrepancy.refuted_by!r} was made")
    if discrepancy.kind in catalogue.ERRATA_CLASSES and item.page in by_name:
        box = re.compile(rf"\{{erratum\}}\s+{re.escape(item.id)}\s+{re.escape(discrepancy.name)}\s*$", re.M)
        if not any(box.search(page.text) for page in by_name.values()):
            shown = layout.shown(item.page)
            yield Fault(shown, 0, 1, f"no {{erratum}} box for {item.id} {discrepancy.name}")


def _page_item_faults(layout, page, items) -> Iterable[Fault]:
    shown = layout.shown(page.docname)
    for name in page.items:
        if name not in items:
            yield Fault(shown, 0, 1, f"`items:` names {name!r}, which the catalogue does not have")
        elif not items[name].is_solved:
            yield Fault(shown, 0, 1, f"{name} stands on this page, but the catalogue calls it planned")
    if page.docname.startswith("chapters/") and not page.docname.endswith("/index") and not page.items:
        yield Fault(shown, 0, 1, "the page lists no `items:` in its front matter")
