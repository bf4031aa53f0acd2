"""The formula sheet: the finished formulas of the catalogue whose claims hold, to read and to print.

``{formula-sheet}`` shows all chapters, ``{formula-sheet} N`` one. Nothing is written on these pages by
hand: formula, condition and differences come from the catalogue, the counts of claims from the build.
"""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from docutils import nodes

from mgai_book import catalogue, gates, ledger, pages
from mgai_book.directives import erratum_anchor, statement_markdown
from mgai_book.layout import Layout
from mgai_book.ledger_page import item_filter
from mgai_book.reports import Report

HOME = "reference/formula-sheet"


def docname(chapter: int) -> str:
    """The page that holds the sheet of one chapter."""
    return f"{HOME}/{chapter}-{catalogue.CHAPTERS[chapter][0]}"


def has_formulas(items: dict[str, catalogue.Item], chapter: int) -> bool:
    """Whether any solved item of a chapter has a formula: only then the chapter has a sheet."""
    return any(item.chapter == chapter and item.is_solved and item.formula for item in items.values())


def sheets(book: Layout) -> list[str]:
    """The sheets of the chapters that have formulas."""
    items = catalogue.load(book)
    return [docname(chapter) for chapter in catalogue.CHAPTERS if has_formulas(items, chapter)]


def empty_sheets(root: Path) -> list[str]:
    """``exclude_patterns``: the sheets of chapters without a solved formula."""
    found = sheets(Layout(root))
    return [f"{name}.md" for name in map(docname, catalogue.CHAPTERS) if name not in found]


def claims_by_item(entries: list[ledger.Entry]) -> dict[str, list[ledger.Entry]]:
    """The claims of each item; observations are none."""
    found: dict[str, list[ledger.Entry]] = {}
    for entry in entries:
        if entry.is_claim:
            found.setdefault(entry.item, []).append(entry)
    return found


def enters(item: catalogue.Item, claims: list[ledger.Entry]) -> bool:
    """Whether an item stands on the sheet: solved, with a formula, and with claims that all hold."""
    return item.is_solved and bool(item.formula) and bool(claims) and all(c.record["passed"] for c in claims)


def topics(book: Layout, chapter: int) -> list[tuple[pages.Page, list[str]]]:
    """The pages of a chapter and the items boxed on each, both in the order in which one reads them."""
    found = {page.docname: page for page in pages.executable(book)}
    order = pages.reading_order(book, catalogue.chapter_folder(chapter), found)
    return [(found[name], gates.BOXED.findall(found[name].text)) for name in order]


def topic_title(page: pages.Page) -> str:
    """The subject of a page: its title, without saying that it is a formula sheet."""
    title = page.title.removeprefix("Formula sheet:").strip()
    return title[:1].upper() + title[1:]


def differences(item: catalogue.Item) -> list[catalogue.Discrepancy]:
    """Where the source differs from the formula. An exercise may be wrong in other ways: there ``short`` decides."""
    found = [each for each in item.discrepancies if each.kind in catalogue.ERRATA_CLASSES]
    return [each for each in found if each.short or item.kind in catalogue.STATED]


def difference_markdown(found: catalogue.Discrepancy) -> str:
    """Why the source differs, in one line, with a link to the erratum."""
    why = found.short or found.name.replace("-", " ")
    return f"≠ *{found.kind}:* {why} [erratum](#{erratum_anchor(found)})"


class FormulaSheet(Report):
    """``{formula-sheet}`` or ``{formula-sheet} N``: the formulas of all chapters or of one, by topic."""

    optional_arguments = 1
    option_spec: ClassVar = {}

    def run(self) -> list[nodes.Node]:
        if not self.book.is_preview:
            self.env.note_reread()
        self.claims = claims_by_item(self.entries())
        self.chosen = {i.id: i for i in self.items().values() if enters(i, self.claims.get(i.id, []))}
        if not self.chosen:
            return self.parse_text_to_nodes("No formula has been solved so far.\n")
        one = [int(self.arguments[0])] if self.arguments else []
        return [*self.legend(), *(self.chapter(one[0]) if one else self.chapters())]

    def chapters(self) -> list[nodes.Node]:
        """One section for each chapter that has formulas on the sheet."""
        numbers = dict.fromkeys(sorted(item.chapter for item in self.chosen.values()))
        return [self.section(f"sheet-{n}", f"{n} {catalogue.CHAPTERS[n][1]}", self.chapter(n)) for n in numbers]

    def legend(self) -> list[nodes.Node]:
        """What the signs mean; it is printed, too."""
        words = (
            "Each formula is checked by claims, all of which hold in this build (✓, with their number). "
            "≠ marks where the source differs from the formula, in the copy we had."
        )
        return self.parse_text_to_nodes(f"{{.mgai-legend}}\n{words}\n")

    def chapter(self, number: int) -> list[nodes.Node]:
        """One section for each page of the chapter that has formulas on the sheet."""
        found = []
        for page, names in topics(self.book, number):
            mine = [self.chosen[name] for name in names if name in self.chosen]
            if mine:
                columns = nodes.container(classes=["mgai-sheet"])
                columns += [self.entry(item) for item in mine]
                found.append(self.section("sheet-" + page.docname.split("/")[-1], topic_title(page), [columns]))
        return found

    def section(self, name: str, title: str, content: list[nodes.Node]) -> nodes.section:
        section = nodes.section(ids=[name])
        section += nodes.title(title, "", *self.parse_inline(title)[0])
        section += content
        return section

    def entry(self, item: catalogue.Item) -> nodes.container:
        """Title with the ways to page and claims, formula, condition, and where the source differs."""
        box = nodes.container(classes=["mgai-entry"], ids=[f"formula-{item.id.replace('.', '-')}"])
        title = nodes.inline("", "", *self.parse_inline(item.formula_title or item.title)[0])
        box += nodes.paragraph("", "", title, nodes.Text(" "), self.ways(item), classes=["mgai-entry-title"])
        box += self.parse_text_to_nodes(statement_markdown(item))
        for found in differences(item):
            box += self.parse_text_to_nodes(difference_markdown(found))
            box[-1]["classes"].append("mgai-differs")
        return box

    def ways(self, item: catalogue.Item) -> nodes.inline:
        count = len(self.claims[item.id])
        here = self.env.app.builder.get_relative_uri(self.env.docname, "reference/ledger")
        words = f"✓ {count} claim{'s' if count > 1 else ''}"
        line = nodes.inline(classes=["mgai-ways"])
        line += [*self.parse_inline(f"{{item}}`{item.id}`")[0], nodes.Text(" · ")]
        line += nodes.reference("", words, refuri=f"{here}#{item_filter(item.id)}", internal=True)
        return line


def setup(app) -> None:
    app.add_directive("formula-sheet", FormulaSheet)
