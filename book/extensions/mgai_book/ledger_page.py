"""The ledger as a page: every claim and observation, with totals and with filters that a link can carry.

The rows are written as HTML at once, since there will be thousands of them. Without JavaScript all of them are
shown and the filters stay hidden; ``ledger.js`` shows the filters and keeps their state in the address.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from html import escape
from urllib.parse import quote

from docutils import nodes

from mgai_book import catalogue, counting, ledger, rendering
from mgai_book.formulas import formula_as_text
from mgai_book.pages import executable
from mgai_book.reports import Report, table

#: What one can filter by, and the data of a row that holds it (see :func:`row_data`).
FILTERS = {"chapter": "Chapter", "item": "Item", "kind": "Kind", "route": "Route", "scope": "Scope"}
COLUMNS = ("Claim", "Found and expected", "Comparison and scope", "Nearest control")


def item_filter(item: str) -> str:
    """What follows ``#`` in a link to the ledger's rows of one item.

    It is the id of the first of them as well, so that the link works without JavaScript, too.
    """
    return f"item={quote(item)}"


def row_data(entry: ledger.Entry) -> dict[str, str]:
    """What the filters compare, by filter."""
    record = entry.record
    return {
        "chapter": entry.docname.split("/")[1].split("-")[0] if entry.docname.startswith("chapters/") else "0",
        "item": entry.item,
        "kind": record["kind"],
        "route": counting.route_kind(record),
        "scope": counting.scope_kind(record),
    }


def row_html(entry: ledger.Entry, page: str, anchor: str = "") -> str:
    """One row; ``page`` is the address of the claim's page, ``anchor`` an id for the row."""
    record, mark = entry.record, "✓" if entry.is_claim else "○"
    data = "".join(f' data-{name}="{escape(text)}"' for name, text in row_data(entry).items())
    identity = f' id="{escape(anchor)}"' if anchor else ""
    values = "; ".join(f"{label} {text}" for label, text in rendering.facts(record)[:2])
    covers = f"<i>scope:</i> {escape(record['scope'])}"
    compared = f"{escape(record['tolerance'])}; {covers}" if record["tolerance"] else covers
    return (
        f"<tr{identity}{data}><td>{mark} {escape(rendering.sentence(record))}. "
        f'<span class="mgai-kind">{record["kind"]}</span> <a href="{page}#{entry.anchor}">{escape(entry.id)}</a></td>'
        f"<td>{escape(values)}</td><td>{compared}</td><td>{escape(nearest(record))}</td></tr>"
    )


def nearest(record: dict) -> str:
    """The nearest control, with its distance where that is a number."""
    near = record["nearest"]
    if not near:
        return ""
    far = f" ({near['distance']:.2g} tolerances off)" if counting.finite(near["distance"]) else ""
    return near["label"] + far


def filters_html(entries: list[ledger.Entry], items: dict[str, catalogue.Item]) -> str:
    """The form with the filters, hidden until the script that serves it runs."""
    fields = []
    for name, label in FILTERS.items():
        counts = Counter(row_data(entry)[name] for entry in entries)
        options = "".join(
            f'<option value="{escape(value)}" data-label="{escape(shown)}">{escape(shown)} ({counts[value]})</option>'
            for value, shown in choices(name, counts, items)
        )
        select = f'<select name="{name}"><option value="">all</option>{options}</select>'
        fields.append(f"<label>{label} {select}</label>")
    return (
        '<form id="ledger-filters" role="search" aria-label="Filter the claims" hidden>'
        f'{"".join(fields)}<label>Words <input type="search" name="words" autocomplete="off"></label>'
        '<button type="reset">Show all</button></form>'
        f'<p id="ledger-count" role="status" data-claims="{sum(e.is_claim for e in entries)}"></p>'
    )


def choices(name: str, counts: Counter, items: dict[str, catalogue.Item]) -> Iterable[tuple[str, str]]:
    """(value, text) of the options of one filter, in the order in which a reader expects them."""
    if name == "chapter":
        return [(str(n), f"{n} {title}") for n, (_, title) in catalogue.CHAPTERS.items() if counts[str(n)]]
    if name == "item":
        known = [(i, f"{i} {item.title.replace('$', '')}") for i, item in items.items() if counts[i]]
        return [*known, *((i, i) for i in counts if i not in items)]
    order = {"kind": counting.KINDS, "scope": counting.SCOPES}.get(name, sorted(counts))
    return [(value, value) for value in order if counts[value]]


def summary_markdown(entries: list[ledger.Entry]) -> str:
    """How many records there are of each kind and of each scope."""
    kinds = Counter(entry.record["kind"] for entry in entries)
    scopes = Counter(counting.scope_kind(entry.record) for entry in entries)
    parts = []
    for title, meaning, counts in (("Kind", counting.KINDS, kinds), ("Scope", counting.SCOPES, scopes)):
        rows = [[name, str(counts[name]), text] for name, text in meaning.items() if counts[name]]
        parts.append(table([title, "Records", "What it says" if title == "Kind" else "What the tick covers"], rows))
    return "\n".join(parts)


class Ledger(Report):
    """``{ledger}``: totals, filters, and a table of all records for each chapter."""

    def run(self) -> list[nodes.Node]:
        if not self.book.is_preview:
            self.env.note_reread()
        entries = self.entries()
        if not entries:
            return self.parse_text_to_nodes("No claim has been recorded.\n")
        self.seen: set[str] = set()
        self.titles = {page.docname: self.title(page.title) for page in executable(self.book)}
        filters = nodes.raw("", filters_html(entries, self.known()), format="html")
        return [*self.parse_text_to_nodes(summary_markdown(entries)), filters, *self.chapters(entries)]

    def title(self, markdown: str) -> str:
        """A page's title as text: in the raw table nothing is typeset."""
        children = self.parse_inline(markdown)[0]
        return "".join(formula_as_text(n.astext()) if isinstance(n, nodes.math) else n.astext() for n in children)

    def chapters(self, entries: list[ledger.Entry]) -> list[nodes.section]:
        found = []
        for number, (_, title) in catalogue.CHAPTERS.items():
            mine = [entry for entry in entries if row_data(entry)["chapter"] == str(number)]
            if mine:
                section = nodes.section(ids=[f"chapter-{number}"], classes=["mgai-ledger-chapter"])
                section += nodes.title(text=f"Chapter {number}: {title}")
                section += nodes.raw("", self.table_html(mine), format="html")
                found.append(section)
        return found

    def table_html(self, entries: list[ledger.Entry]) -> str:
        """The records of one chapter, the rows of a page under its title."""
        head = "".join(f'<th scope="col">{name}</th>' for name in COLUMNS)
        groups = "\n".join(
            self.group_html(docname, [entry for entry in entries if entry.docname == docname])
            for docname in dict.fromkeys(entry.docname for entry in entries)
        )
        return f'<table class="table mgai-records"><thead><tr>{head}</tr></thead>\n{groups}\n</table>'

    def group_html(self, docname: str, entries: list[ledger.Entry]) -> str:
        page = escape(self.env.app.builder.get_relative_uri(self.env.docname, docname))
        title = f'<a href="{page}">{escape(self.titles[docname])}</a>'
        rows = "\n".join(row_html(entry, page, self.anchor(entry.item)) for entry in entries)
        return f'<tbody><tr><th colspan="4" scope="rowgroup">{title}</th></tr>\n{rows}</tbody>'

    def anchor(self, item: str) -> str:
        """An id for the first row of an item; nothing for the others."""
        if item in self.seen:
            return ""
        self.seen.add(item)
        return item_filter(item)


def setup(app) -> None:
    app.add_directive("ledger", Ledger)
