"""Boxes and roles that authors use; their texts come from the catalogue and from recorded claims."""

from __future__ import annotations

import re
from typing import ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.addnodes import index, pending_xref
from sphinx.util.docutils import SphinxDirective, SphinxRole
from sphinx.util.nodes import make_refnode

from mgai_book import catalogue, ledger
from mgai_book.formulas import formula_as_text
from mgai_book.layout import Layout


class BookDirective(SphinxDirective):
    """A directive that knows the checkout and depends on the catalogue."""

    has_content = True

    @property
    def book(self) -> Layout:
        return Layout(self.env.app.confdir)

    def items(self) -> dict[str, catalogue.Item]:
        """The items of the sources."""
        self.known()
        return catalogue.load(self.book)

    def known(self) -> dict[str, catalogue.Item]:
        """The items of the sources, and the subjects that go further."""
        for path in catalogue.files(self.book):
            self.env.note_dependency(str(path))
        return catalogue.known(self.book)

    def item(self) -> catalogue.Item:
        name = self.arguments[0]
        if name not in self.known():
            raise self.error(f"the catalogue has no item {name!r}")
        return self.known()[name]

    def box(
        self, title: str, classes: list[str], markdown: str | None = None, ids: tuple[str, ...] = ()
    ) -> nodes.Element:
        """An admonition with the given title, and the directive's content or ``markdown`` as its body."""
        box = nodes.admonition(classes=["mgai-box", *classes], ids=list(ids))
        inline, messages = self.parse_inline(title)
        box += nodes.title(title, "", *inline)
        box += messages
        if markdown is not None:
            box += self.parse_text_to_nodes(markdown)
        elif self.content:
            box += self.parse_content_to_nodes()
        self.set_source_info(box)
        return box


def item_anchor(name: str) -> str:
    """The permanent HTML id of an item's box."""
    return "item-" + name.replace(".", "-")


def index_entries(item: catalogue.Item, target: str) -> index:
    """Entries of the index by id and by title: what the search looks at first."""
    title = re.sub(r"\$(.+?)\$", lambda found: formula_as_text(found[1]), item.title).replace(";", ",")
    return index(entries=[("single", name, target, "main", None) for name in (item.id, title)])


class Problem(BookDirective):
    """``{problem} ITEM``: an exercise restated; title, source and locator come from the catalogue."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        item = self.item()
        word = "Subject" if item.source == catalogue.FURTHER else "Exercise"
        box = self.box(f"{word} {item.id}: {item.title}", ["mgai-problem"], ids=(item_anchor(item.id),))
        origin = f"{item.source_title}, {item.locator}"
        if item.exercise:
            origin += f"; living book, exercise {item.exercise}"
        box += nodes.paragraph(text=origin, classes=["mgai-origin"])
        return [index_entries(item, item_anchor(item.id)), box]


def statement_markdown(item: catalogue.Item) -> str:
    """The finished formula of an item and, below it, its condition in one line; empty without a formula."""
    when = f"{{.mgai-condition}}\n*Condition:* {item.condition.strip()}\n" if item.condition else ""
    return f"{item.formula.strip()}\n\n{when}" if item.formula else ""


class Formula(BookDirective):
    """``{formula} ITEM``: formula and condition from the catalogue, then the body: proof, reason, remarks.

    ``:implements:`` names functions of ``mgai``.
    """

    required_arguments = 1
    option_spec: ClassVar = {"implements": directives.unchanged}

    def run(self) -> list[nodes.Node]:
        item = self.item()
        box = self.box(item.title, ["mgai-formula"], ids=(item_anchor(item.id),))
        box[1:1] = self.parse_text_to_nodes(statement_markdown(item))
        last = nodes.paragraph(classes=["mgai-origin"])
        last += nodes.Text(f"{item.id} · {item.source_title}, {item.locator}")
        for name in filter(None, (n.strip() for n in self.options.get("implements", "").split(","))):
            last += nodes.Text(" · ")
            reference = pending_xref(
                "",
                refdomain="py",
                reftype="func",
                reftarget=name,
                refdoc=self.env.docname,
                refexplicit=True,
                refwarn=True,
            )
            reference += nodes.literal(text=name.removeprefix("mgai."))
            last += reference
        box += last
        return [index_entries(item, item_anchor(item.id)), box]


class Answer(BookDirective):
    """``{answer}``: the answer in one to three sentences, right below a question's heading."""

    def run(self) -> list[nodes.Node]:
        return [self.box("Answer", ["mgai-answer"])]


class Breaks(BookDirective):
    """``{breaks} Title``: what goes wrong without a condition."""

    required_arguments = 1
    final_argument_whitespace = True

    def run(self) -> list[nodes.Node]:
        return [self.box(f"What breaks: {self.arguments[0]}", ["mgai-breaks"])]


def erratum_markdown(found: catalogue.Discrepancy) -> str:
    """The body of an erratum, from the catalogue."""
    proof = f"Checked by {{claim}}`{found.refuted_by}`." if found.refuted_by else f"No claim: {found.no_claim}"
    return (
        f"**In the copy we had:** {found.claimed}\n\n**Why it fails:** {found.fails}\n\n"
        f"**Right:** {found.right}\n\n{proof}\n"
    )


def erratum_anchor(found: catalogue.Discrepancy) -> str:
    """The permanent HTML id of a discrepancy, on its page and on the errata page."""
    return f"erratum-{found.item.replace('.', '-')}-{found.name}"


class Erratum(BookDirective):
    """``{erratum} ITEM NAME``: a discrepancy of the catalogue, in a box."""

    required_arguments = 2

    def run(self) -> list[nodes.Node]:
        item = self.item()
        chosen = {found.name: found for found in item.discrepancies}.get(self.arguments[1])
        if chosen is None:
            raise self.error(f"the catalogue has no discrepancy {self.arguments[1]!r} of {item.id}")
        title = f"Erratum ({chosen.kind}): {item.source_title}, {item.locator}"
        return [
            self.box(
                title,
                ["mgai-erratum"],
                erratum_markdown(chosen),
                ids=(erratum_anchor(chosen),),
            )
        ]


class ItemRole(SphinxRole):
    """``{item}`id```: a link to the page that solves an item; plain text while it is planned."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        items = catalogue.known(Layout(self.env.app.confdir))
        if self.text not in items:
            message = self.inliner.reporter.warning(f"the catalogue has no item {self.text!r}", line=self.lineno)
            return [nodes.literal(text=self.text)], [message]
        return [LaterReference(self.rawtext, self.text, kind="item", query=self.text)], []


class ClaimRole(SphinxRole):
    """``{claim}`item/name```: a link to a recorded claim."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        return [LaterReference(self.rawtext, self.text, kind="claim", query=self.text)], []


class ValueRole(SphinxRole):
    """``{value}`item/name.field[index]:format```: a field of a recorded claim or observation."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        return [LaterReference(self.rawtext, self.text, kind="value", query=self.text)], []


class LaterReference(nodes.Inline, nodes.TextElement):
    """Stands for a link or value until all pages are read; resolved by :func:`resolve`."""


def resolve(app, doctree: nodes.document, docname: str) -> None:
    """Replace every LaterReference: values and links come from the executed notebooks of the whole book."""
    from sphinx.util.logging import getLogger

    later = list(doctree.findall(LaterReference))
    if not later:
        return
    layout = Layout(app.confdir)
    entries = {entry.id: entry for entry in ledger.load(layout)}
    for node in later:
        try:
            node.replace_self(_resolved(app, docname, node, entries))
        except (KeyError, ValueError) as error:
            location = (docname, node.line)
            getLogger(__name__).warning("{%s}: %s", node["kind"], error.args[0], location=location)
            node.replace_self(nodes.Text(node["query"]))


def _resolved(app, docname: str, node: LaterReference, entries: dict[str, ledger.Entry]) -> nodes.Node:
    query = node["query"]
    if node["kind"] == "value":
        return nodes.inline(text=ledger.value(entries, query), classes=["mgai-value"])
    if node["kind"] == "claim":
        if query not in entries:
            raise KeyError(f"no claim {query!r} was recorded")
        return link(app, docname, entries[query].docname, entries[query].anchor, query)
    item = catalogue.known(Layout(app.confdir))[query]
    if not item.is_solved:
        return nodes.Text(f"{query} (planned)")
    return link(app, docname, item.page, item_anchor(query), query)


def link(app, here: str, there: str, target: str, text: str) -> nodes.reference:
    return make_refnode(app.builder, here, there, target, nodes.Text(text))


def setup(app) -> None:
    boxes = {"problem": Problem, "formula": Formula, "answer": Answer, "breaks": Breaks, "erratum": Erratum}
    for name, directive in boxes.items():
        app.add_directive(name, directive)
    for name, role in {"item": ItemRole, "claim": ClaimRole, "value": ValueRole}.items():
        app.add_role(name, role())
    app.add_node(LaterReference)
    app.connect("doctree-resolved", resolve)
