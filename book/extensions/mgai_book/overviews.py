"""What shows the book at a glance: totals, chapter cards, chapter maps, and a figure or a claim of another page."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterable
from copy import deepcopy
from html import escape

from docutils import nodes
from sphinx.util.logging import getLogger

from mgai_book import catalogue, rendering
from mgai_book.catalogue import Item
from mgai_book.layout import Layout
from mgai_book.pages import Page, executable, reading_order
from mgai_book.reports import Report, plain

_FEW = 12  # so many planned items are shown unfolded


def counted(number: int, thing: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'}"


class Totals(Report):
    """``{totals}``: items solved, claims checked, observations, errors found by class; each leads to its list."""

    def markdown(self) -> str:
        items, entries = self.items().values(), self.entries()
        found = Counter(d.kind for item in items for d in item.discrepancies)
        errors = {kind: found[kind] for kind in catalogue.ERRATA_CLASSES if found[kind]}
        claims = sum(entry.is_claim for entry in entries)
        classes = ", ".join(f"{count} {kind}{'s' if count > 1 else ''}" for kind, count in errors.items())
        lines = [
            self.line(sum(item.is_solved for item in items), f"of {len(items)} items solved", "sources"),
            self.line(claims, "claims checked in this build", "ledger", f"and {len(entries) - claims} observations"),
            self.line(sum(errors.values()), "errors found in the sources", "errata", classes),
        ]
        return "\n".join(["{.mgai-totals}", *lines, ""])

    def line(self, number: int, what: str, where: str, more: str = "") -> str:
        line = f"- [{number:,}]{{.mgai-number}} {self.to(f'reference/{where}', what)}"
        return line + (f" [{more}]{{.mgai-more}}" if more else "")


class ChapterCards(Report):
    """``{chapter-cards}``: one card for each chapter, with what is solved and what is to come."""

    def markdown(self) -> str:
        claims = Counter(entry.docname.split("/")[1] for entry in self.entries() if entry.is_claim)
        cards = [line for number in catalogue.CHAPTERS for line in self.card(number, claims)]
        return "\n".join(["::::{grid} 1 2 3 3", ":gutter: 2", ":class-container: mgai-cards", "", *cards, "::::", ""])

    def card(self, number: int, claims: Counter) -> list[str]:
        folder = catalogue.chapter_folder(number)
        mine = [item for item in self.items().values() if item.chapter == number]
        done = sum(item.is_solved for item in mine)
        made = claims[folder.split("/")[1]]
        text = f"{done} of {counted(len(mine), 'item')}" if done else f"planned: {counted(len(mine), 'item')}"
        lines = [f":::{{grid-item-card}} [{number}]{{.mgai-chapter}} {catalogue.CHAPTERS[number][1]}"]
        lines += [f":class-card: mgai-{'begun' if done else 'planned'}"]
        if self.book.page(f"{folder}/index").exists():
            lines += [f":link: /{folder}/index", ":link-type: doc"]
        lines += [
            "",
            text + (f", {counted(made, 'claim')}" if made else ""),
            "",
            *html(bar(done, len(mine))),
            ":::",
            "",
        ]
        return lines


class ChapterMap(Report):
    """``{chapter-map} N``: a chapter's items at a glance, its pages by section, and what is planned."""

    required_arguments = 1

    def markdown(self) -> str:
        number = int(self.arguments[0])
        mine = [item for item in self.items().values() if item.chapter == number]
        folder = catalogue.chapter_folder(number)
        found = {page.docname: page for page in executable(self.book)}
        pages = [found[name] for name in reading_order(self.book, folder, found)]
        claims = Counter(entry.docname for entry in self.entries() if entry.is_claim)
        done = sum(item.is_solved for item in mine)
        summary = f"**{done} of {counted(len(mine), 'item')} solved** on {counted(len(pages), 'page')}"
        made = sum(claims[page.docname] for page in pages)
        lines = [summary + (f", with {counted(made, 'claim')}." if made else "."), "", *html(squares(mine))]
        return "\n".join([*lines, *self.sections(number, pages, claims), *self.planned(mine)])

    def sections(self, number: int, pages: list[Page], claims: Counter) -> list[str]:
        names = dict.fromkeys([*self.named(number), *(page.section for page in pages)])
        lines = ["{.mgai-map}"]
        for name in names:
            here = [page for page in pages if page.section == name]
            lines.append(f"- [{plain(name)}]{{.mgai-section}}" + ("" if here else " [no page yet]{.mgai-more}"))
            lines += [f"  - {self.to(page.docname, page.title)} {self.solved(page, claims)}" for page in here]
        return [*lines, ""]

    def named(self, number: int) -> list[str]:
        """The sections of a chapter of the living book."""
        path = self.book.catalogue / "living-book.toml"
        self.env.note_dependency(str(path))
        chapters = tomllib.loads(path.read_text(encoding="utf-8"))["chapter"]
        return next((chapter["sections"] for chapter in chapters if chapter["number"] == number), [])

    def solved(self, page: Page, claims: Counter) -> str:
        known = self.known()
        names = ", ".join(f"{{item}}`{name}`" if name in known else name for name in page.items)
        return f"[{counted(claims[page.docname], 'claim')}: {names}]{{.mgai-more}}"

    def planned(self, mine: list[Item]) -> list[str]:
        ahead = [item for item in mine if not item.is_solved]
        if not ahead:
            return []
        unfolded = [":open:"] if len(ahead) <= _FEW else []
        lines = [
            f"::::{{dropdown}} Planned: {counted(len(ahead), 'item')}",
            *unfolded,
            ":class-container: mgai-ahead",
            "",
        ]
        for source, title in catalogue.SOURCES.items():
            these = [item for item in ahead if item.source == source]
            lines += [f"**{title}**", ""] if these else []
            lines += [f"- [{item.id}]{{.mgai-id}} {plain(item.title)}" for item in these] + [""]
        return [*lines, "::::", ""]


def html(text: str) -> list[str]:
    """Lines of Markdown that pass HTML on as it is."""
    return ["```{raw} html", text, "```", ""]


def bar(done: int, of: int) -> str:
    """A bar for the eye; the numbers stand beside it as text."""
    share = 100 * done / of if of else 0
    return f'<div class="mgai-bar" aria-hidden="true"><span style="width: {share:.4g}%"></span></div>'


def squares(items: Iterable[Item]) -> str:
    """One square for each item, full when it is solved; one picture with one text to a screen reader."""
    items = list(items)
    done = sum(item.is_solved for item in items)
    titles = [escape(f"{item.id}, {item.status}: {item.title}", quote=True) for item in items]
    each = "".join(
        f'<span class="mgai-{item.status}" title="{title}"></span>' for item, title in zip(items, titles, strict=True)
    )
    label = f"One square for each item: {done} solved, {len(items) - done} planned"
    return f'<p class="mgai-squares" role="img" aria-label="{label}">{each}</p>'


class ClaimShown(Report):
    """``{claim-shown} item/name``: a recorded claim as it stands on its page."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        found = [entry.record for entry in self.entries() if entry.id == self.arguments[0]]
        if not found and not self.book.is_preview:
            raise self.error(f"no claim {self.arguments[0]!r} was recorded")
        super().run()
        shown = [rendering.claim_node(record) for record in found]
        for node in shown:
            node["ids"] = []  # the claim's own address is on its page
        return shown

    def markdown(self) -> str:
        return ""


class _LaterFigure(nodes.General, nodes.Element):
    """Stands for a figure of another page until all are read; its children are the caption."""


class FigureFrom(Report):
    """``{figure-from} DOCNAME NAME``: the figure of that name as that page's cell made it; the content is the caption.

    The picture and its alternative text are those of the executed cell, so that they cannot go stale.
    """

    required_arguments = 2
    has_content = True

    def run(self) -> list[nodes.Node]:
        self.env.note_reread()
        later = _LaterFigure("", *self.parse_content_to_nodes(), docname=self.arguments[0], name=self.arguments[1])
        self.set_source_info(later)
        return [later]


def _show_figures(app, doctree: nodes.document, docname: str) -> None:
    """Put in the figures of other pages."""
    for later in list(doctree.findall(_LaterFigure)):
        try:
            picture = deepcopy(_picture(app, later["docname"], later["name"]))
        except (KeyError, FileNotFoundError):
            if not Layout(app.confdir).is_preview:
                message = "{figure-from}: %s has no figure %r"
                getLogger(__name__).warning(message, later["docname"], later["name"], location=later)
            later.parent.remove(later)
            continue
        around = [nodes.raw("", text, format="html") for text in _AROUND]
        later.replace_self([around[0], picture, around[1], *later.children, around[2]])


_AROUND = ('<figure class="mgai-shown">', "<figcaption>", "</figcaption></figure>")


def _picture(app, docname: str, name: str) -> nodes.image:
    for figure in app.env.get_doctree(docname).findall(nodes.figure):
        if name in figure["ids"] + figure["names"]:
            return next(figure.findall(nodes.image))
    raise KeyError(name)


def setup(app) -> None:
    made = {
        "totals": Totals, "chapter-cards": ChapterCards, "chapter-map": ChapterMap, "claim-shown": ClaimShown,
        "figure-from": FigureFrom,
    }  # fmt: skip
    for name, directive in made.items():
        app.add_directive(name, directive)
    app.add_node(_LaterFigure)
    app.connect("doctree-resolved", _show_figures, priority=400)  # before the values in the captions
