"""Which pages use a name of ``mgai``, by their cells, and which name it, by their text and formulas.

What pages say is noted when they are read and kept with Sphinx's environment; what it means is worked out
when the site is written, because that depends on ``mgai``, too.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from docutils import nodes
from sphinx import addnodes

from mgai_book import modules
from mgai_book.modules import Inventory
from mgai_book.references import references


@dataclass
class Noted:
    """What one page says: the sources of its cells, the names in its text, and those that its formulas implement."""

    cells: list[str] = field(default_factory=list)
    named: list[str] = field(default_factory=list)
    formulas: list[tuple[str, str, list[str]]] = field(default_factory=list)  # anchor, title, names


@dataclass
class Uses:
    """For each full name: the pages that use or name it, and the formulas (page, anchor, title) that it implements."""

    pages: dict[str, list[str]]
    formulas: dict[str, list[tuple[str, str, str]]]


def is_cell(block: nodes.literal_block) -> bool:
    """Whether a block of code is the source of a cell."""
    return "cell_input" in block.parent.get("classes", [])


def note(app, doctree: nodes.document) -> None:
    """Keep what a page says with the environment."""
    found = Noted(
        [block.astext() for block in doctree.findall(nodes.literal_block) if is_cell(block)],
        _named(doctree),
        [_formula(box) for box in doctree.findall(nodes.admonition) if "mgai-formula" in box["classes"]],
    )
    if not app.env.docname.startswith(f"{modules.API}/"):
        _kept(app.env)[app.env.docname] = found


def _named(node: nodes.Element) -> list[str]:
    found = (each for each in node.findall(addnodes.pending_xref) if each.get("refdomain") == "py")
    return [each["reftarget"] for each in found if each["reftarget"].startswith(f"{modules.ROOT}.")]


def _formula(box: nodes.admonition) -> tuple[str, str, list[str]]:
    from mgai_book.site import formula_as_text

    heading = box[0].deepcopy()
    for formula in list(heading.findall(nodes.math)):
        formula.replace_self(nodes.Text(formula_as_text(formula.astext())))
    return box["ids"][0], heading.astext(), _named(box)


def _kept(env) -> dict[str, Noted]:
    if not hasattr(env, "mgai_noted"):
        env.mgai_noted = {}
    return env.mgai_noted


def forget(app, env, docname: str) -> None:
    _kept(env).pop(docname, None)


def merge(app, env, docnames: set[str], other) -> None:
    _kept(env).update({name: each for name, each in _kept(other).items() if name in docnames})


def collect(env, inventory: Inventory) -> Uses:
    """What all pages together use, in the order of the pages' names."""
    pages: dict[str, dict[str, None]] = defaultdict(dict)
    formulas: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
    for docname, noted in sorted(_kept(env).items()):
        found = [reference.name for source in noted.cells for reference in references(source, inventory)]
        for name in (*found, *map(inventory.resolve, noted.named)):
            pages[name][docname] = None
        for anchor, title, names in noted.formulas:
            for name in names:
                formulas[inventory.resolve(name)].append((docname, anchor, title))
    return Uses({name: list(found) for name, found in pages.items()}, dict(formulas))


def setup(app) -> dict[str, Any]:
    app.connect("doctree-read", note)
    app.connect("env-purge-doc", forget)
    app.connect("env-merge-info", merge)
    return {"version": "1", "env_version": 1, "parallel_read_safe": True, "parallel_write_safe": True}
