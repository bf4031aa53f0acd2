"""Pages made from catalogue and claims: sources map, look-up, reading paths.

Each is a directive that writes MyST Markdown and has it parsed, so that formulas, links and roles
work as everywhere else.
"""

from __future__ import annotations

import tomllib
from typing import ClassVar

from docutils import nodes
from docutils.parsers.rst import directives

from mgai_book import catalogue, ledger
from mgai_book.directives import BookDirective, index_entries
from mgai_book.pages import executable


class Report(BookDirective):
    """A generated part of a page; read anew in every build, because it depends on all pages.

    A preview names the pages that it reads anew.
    """

    has_content = False

    def run(self) -> list[nodes.Node]:
        if not self.book.is_preview:
            self.env.note_reread()
        return self.parse_text_to_nodes(self.markdown(), allow_section_headings=True)

    def markdown(self) -> str:
        raise NotImplementedError

    def entries(self) -> list[ledger.Entry]:
        return ledger.load(self.book)

    def to(self, docname: str, text: str) -> str:
        """A Markdown link to another page of the book; ``text`` is Markdown."""
        return f"[{text}](/{docname}.md)"


def plain(text: str) -> str:
    """Text that is not Markdown, made safe for a Markdown table cell."""
    for character in "\\`*_{}[]<>#$|~":
        text = text.replace(character, "\\" + character)
    return " ".join(text.split())


def table(header: list[str], rows: list[list[str]], classes: str = "") -> str:
    lines = ["| " + " | ".join(header) + " |", "|" + "---|" * len(header)]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join([f"{{.mgai-table{classes}}}", *lines, ""])


def planned_anchor(item: catalogue.Item) -> str:
    """The HTML id of a planned item's row in the sources map."""
    return "planned-" + item.id.replace(".", "-")


class SourcesMap(Report):
    """``{sources-map} SOURCE``: every item of one source, with its page or *planned*."""

    required_arguments = 1
    option_spec: ClassVar = {"chapter": directives.nonnegative_int}

    def run(self) -> list[nodes.Node]:
        """The table, after entries of the index for what has no page yet."""
        mine = [item for item in self.items().values() if item.source == self.arguments[0] and not item.is_solved]
        return [*(index_entries(item, planned_anchor(item)) for item in mine), *super().run()]

    def markdown(self) -> str:
        rows = []
        for item in self.items().values():
            if item.source == self.arguments[0]:
                where = f"{{item}}`{item.id}`" if item.is_solved else "planned"
                notes = "; ".join(self.note(d) for d in item.discrepancies)
                shown = item.id if item.is_solved else f"[{item.id}]{{#{planned_anchor(item)}}}"
                rows.append([shown, plain(item.title), plain(item.locator), str(item.chapter), where, notes])
        return table(["Item", "Title", "Locator", "Chapter", "Page", "Discrepancies"], rows)

    def note(self, found: catalogue.Discrepancy) -> str:
        if found.kind == "transcription":
            return f"transcription: {' '.join(found.right.split())}".replace("|", "\\|")
        return f"[{found.kind}](/reference/errata.md)"


class LookUp(Report):
    """``{look-up}``: the living book's sections, exercises and companions, and where they are here."""

    def markdown(self) -> str:
        path = self.book.catalogue / "living-book.toml"
        self.env.note_dependency(str(path))
        chapters = tomllib.loads(path.read_text(encoding="utf-8"))["chapter"]
        pages = executable(self.book)
        parts = []
        for chapter in chapters:
            parts.append(f"## Chapter {chapter['number']}: {chapter['title']}\n")
            rows = [
                ["Section", plain(section), self.listed([p for p in pages if p.section == section])]
                for section in chapter["sections"]
            ]
            mine = [item for item in self.known().values() if item.chapter == chapter["number"]]
            rows += [["Exercise", i.exercise, self.solved(i)] for i in mine if i.exercise]
            used = {i.notebook.split("/")[-1].removesuffix(".ipynb"): i for i in mine if i.notebook}
            rows += [
                ["Companion", plain(name), self.solved(used[name]) if name in used else "planned"]
                for name in chapter["companions"]
            ]
            parts.append(table(["Kind", "In the living book", "Here"], rows))
        return "\n".join(parts)

    def listed(self, pages: list) -> str:
        return ", ".join(self.to(page.docname, page.title) for page in pages) or "planned"

    def solved(self, item: catalogue.Item) -> str:
        return f"{{item}}`{item.id}`" if item.is_solved else f"planned ({item.id})"


class ReadingPath(Report):
    """``{reading-path} SOURCE``: the items of a source in their order, as a course would take them."""

    required_arguments = 1

    def markdown(self) -> str:
        mine = [item for item in self.items().values() if item.source == self.arguments[0]]
        lines = [f"1. {plain(item.title)}: {{item}}`{item.id}`" for item in mine]
        return "\n".join([*lines, ""])


REPORTS = {
    "reading-path": ReadingPath,
    "sources-map": SourcesMap,
    "look-up": LookUp,
}


def setup(app) -> None:
    for name, directive in REPORTS.items():
        app.add_directive(name, directive)
