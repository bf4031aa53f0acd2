"""Links between code and pages: from names in cells to the API reference, from its entries to the pages that use them.

A name is linked where it first stands in a cell: each target is reached once by the keyboard, and the text of a
cell, which readers copy, stays exactly its code.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cached_property
from html import escape, unescape
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.util.nodes import make_refnode

from mgai_book import catalogue, modules, uses
from mgai_book.directives import BookDirective, item_anchor
from mgai_book.layout import Layout
from mgai_book.references import first_of_each, references

_PIECE = re.compile(r"<[^>]*>|[^<]+")
Span = tuple[int, int, str, str]  # from, to, address, full name


class LinkedCode(nodes.literal_block):
    """The source of a cell whose names are links (``spans``); only HTML knows it."""


class UsedOn(nodes.General, nodes.Element):
    """Stands for the list of pages that use a module."""


class ApiUsed(BookDirective):
    """``{api-used} NAME``: the pages that use anything of a module."""

    required_arguments = 1
    has_content = False

    def run(self) -> list[nodes.Node]:
        return [UsedOn(module=self.arguments[0])]


def add_links(html: str, spans: list[Span]) -> str:
    """Put links around pieces of the text of highlighted code, given by their places in the text.

    A link lies within one token, so that the markup stays well formed and keeps its colours.

    >>> add_links('<b>f</b>(<i>x</i> &lt; 1)', [(2, 3, "x.html", "m.x")])
    '<b>f</b>(<i><a class="mgai-code-link" href="x.html" title="m.x">x</a></i> &lt; 1)'
    """
    parts, at = [], 0
    for piece in _PIECE.findall(html):
        text = "" if piece.startswith("<") else unescape(piece)
        parts.append(_with_links(text, at, spans) if text else piece)
        at += len(text)
    return "".join(parts)


def _with_links(text: str, at: int, spans: list[Span]) -> str:
    parts, done = [], 0
    for start, end, address, name in spans:
        if at <= start and end <= at + len(text):
            shown = escape(text[start - at : end - at], quote=False)
            parts.append(escape(text[done : start - at], quote=False))
            parts.append(f'<a class="mgai-code-link" href="{escape(address)}" title="{escape(name)}">{shown}</a>')
            done = end - at
    return "".join([*parts, escape(text[done:], quote=False)])


def visit_linked_code(translator, node: LinkedCode) -> None:
    """Highlight the code as ever, then add the links to the result, unless its text is not the code."""
    try:
        translator.visit_literal_block(node)
    except nodes.SkipNode:
        head, opened, rest = translator.body[-1].partition("<pre>")
        code, closed, tail = rest.rpartition("</pre>")
        text = unescape(re.sub(r"<[^>]*>", "", code))
        if text.rstrip("\n") == node.rawsource.rstrip("\n"):
            translator.body[-1] = head + opened + add_links(code, node["spans"]) + closed + tail
        raise


class Linker:
    """Adds the links of one build when its pages are written."""

    def __init__(self, app) -> None:
        self.app = app

    def begin(self, app, builder) -> None:
        self.inventory = app.mgai_inventory
        self.items = catalogue.known(Layout(Path(app.confdir)))

    @cached_property
    def uses(self) -> uses.Uses:
        """Found when the first page of the API asks for it: in a build that writes none it is not needed."""
        return uses.collect(self.app.env, self.inventory)

    def resolved(self, app, doctree: nodes.document, docname: str) -> None:
        if docname.startswith(f"{modules.API}/"):
            self.link_docstrings(doctree, docname)
            self.add_uses(doctree, docname)
        elif app.builder.format == "html":
            for block in [each for each in doctree.findall(nodes.literal_block) if uses.is_cell(each)]:
                block.replace_self(self.linked(block, docname))

    def linked(self, block: nodes.literal_block, docname: str) -> LinkedCode:
        spans = []
        for each in first_of_each(references(block.astext(), self.inventory)):
            page, anchor = self.inventory.address(each.name)
            if page in self.app.env.found_docs:
                address = self.app.builder.get_relative_uri(docname, page) + (f"#{anchor}" if anchor else "")
                spans.append((each.start, each.end, address, each.name))
        return LinkedCode(block.rawsource, block.astext(), **block.attributes, spans=spans)

    def add_uses(self, doctree: nodes.document, docname: str) -> None:
        """Below each entry the formulas it implements and the pages that use it; above all, those of the module."""
        for place in list(doctree.findall(UsedOn)):
            known = self.inventory.modules[place["module"]]
            names = [known.name, *(f"{known.name}.{each}" for each in known.definitions)]
            pages = sorted({page for name in names for page in self.uses.pages.get(name, [])})
            more = [page for page in pages if f"``{page}``" not in known.doc]
            place.replace_self(self.used_on(more, docname, "Used on: " if more == pages else "Also used on: "))
        for entry in doctree.findall(addnodes.desc):
            ids = entry[0].get("ids")
            if ids and isinstance(entry.parent, nodes.section):
                entry[-1].extend(self.implemented(self.uses.formulas.get(ids[0], []), docname))
                entry[-1].extend(self.used_on(self.uses.pages.get(ids[0], []), docname))

    def used_on(self, pages: list[str], docname: str, words: str = "Used on: ") -> list[nodes.paragraph]:
        return self.sentence(words, [(self.app.env.titles[page].astext(), page, "") for page in pages], docname)

    def implemented(self, formulas: list[tuple[str, str, str]], docname: str) -> list[nodes.paragraph]:
        links = [(title, page, anchor) for page, anchor, title in formulas]
        return self.sentence("Implements the formula: ", links, docname)

    def sentence(self, words: str, links: list[tuple[str, str, str]], docname: str) -> list[nodes.paragraph]:
        if not links:
            return []
        line = nodes.paragraph(classes=["mgai-used-on"])
        line += nodes.Text(words)
        for number, (text, page, anchor) in enumerate(links):
            line += [nodes.Text("; ")] * bool(number)
            line += self.link(docname, page, anchor, nodes.Text(text))
        return [line]

    def link(self, docname: str, page: str, anchor: str, content: nodes.Node) -> nodes.reference:
        return make_refnode(self.app.builder, docname, page, anchor, content)

    def link_docstrings(self, doctree: nodes.document, docname: str) -> None:
        """Docstrings name pages, items and theorems in double backquotes, which say something in a terminal, too."""
        for literal in [each for each in doctree.findall(nodes.literal) if not _in_link(each)]:
            if target := self.target(literal.astext()):
                page, anchor = target
                shown = nodes.Text(self.app.env.titles[page].astext()) if not anchor else literal.deepcopy()
                literal.replace_self(self.link(docname, page, anchor, shown))

    def target(self, text: str) -> tuple[str, str] | None:
        """Page and anchor of what a docstring names: a page's path, a solved item's id, a theorem's label."""
        if text.startswith("chapters/") and text in self.app.env.found_docs:
            return text, ""
        if text in self.items and self.items[text].is_solved:
            return self.items[text].page, item_anchor(text)
        if label := self.theorems.get(text):
            return label["docname"], label.get("anchor", text)
        return None

    @property
    def theorems(self) -> dict[str, dict]:
        return getattr(self.app.env, "proof_list", {})


def _in_link(node: nodes.Node) -> bool:
    return isinstance(node.parent, nodes.reference | addnodes.pending_xref)


def setup(app) -> dict[str, Any]:
    linker = Linker(app)
    uses.setup(app)
    app.add_directive("api-used", ApiUsed)
    refuse: Callable = lambda translator, node: None  # noqa: E731
    app.add_node(LinkedCode, html=(visit_linked_code, refuse))
    app.add_node(UsedOn, html=(refuse, refuse))
    app.connect("write-started", linker.begin)
    app.connect("doctree-resolved", linker.resolved)
    app.add_css_file("api.css")
    return {"version": "1", "env_version": 1, "parallel_read_safe": True, "parallel_write_safe": True}
