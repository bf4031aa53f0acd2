"""What the claims of a build amount to: counts by kind and scope, controls and how near they lie.

``{count}`name``` puts one of these numbers into the text, so that none is typed by hand.
"""

from __future__ import annotations

import ast
import statistics as averages
from collections import Counter
from functools import lru_cache
from pathlib import Path

from docutils import nodes
from sphinx.util.docutils import SphinxRole

import mgai
from mgai_book import budgets, catalogue, gates, ledger, pages
from mgai_book.layout import Layout

#: Kinds of records in the order in which tables list them, and what each compares.
KINDS = {
    "equality": "two values agree within a tolerance, or exactly",
    "inequality": "one side is at most the other, with its margin",
    "symbolic": "two expressions are identical for all values of their symbols",
    "enumeration": "a statement holds in every one of finitely many cases",
    "refutation": "a value that a source claims is wrong by at least ten tolerances",
    "statistical": "an estimate agrees with its reference within its standard error",
    "observation": "something seen, such as a timing; gates nothing, no claim",
}
#: What the tick of a claim covers.
SCOPES = {
    "symbolic": "all values of the symbols",
    "enumerated": "all cases of a finite set",
    "proof by hand": "the instances named; the general statement is proved in the text, by hand",
    "counterexample": "cases in which what a source claims fails; one is enough",
    "instances": "the instances named, and no more",
    "statistical": "a sample; a true statement fails less than once in a million runs",
    "observed": "what was seen, once",
}


def scope_kind(record: dict) -> str:
    """Which of :data:`SCOPES` the scope of a claim is.

    >>> scope_kind({"kind": "equality", "scope": "10,000 instances; proof in the text"})
    'proof by hand'
    >>> scope_kind({"kind": "equality", "scope": "all 1,024 graphs on 5 vertices"})
    'enumerated'
    """
    kind, scope = record["kind"], record["scope"]
    if kind in ("observation", "refutation", "statistical"):
        return {"observation": "observed", "refutation": "counterexample"}.get(kind, kind)
    if kind == "symbolic" or "(symbolic)" in scope:
        return "symbolic"
    if "proof in the text" in scope:
        return "proof by hand"
    return "enumerated" if kind == "enumeration" or scope.startswith("all ") else "instances"


def route_kind(record: dict) -> str:
    """The route without its detail: ``library: SciPy`` is ``library``."""
    return record["route"].split(":")[0]


def finite(distance: object) -> bool:
    """Whether a stored distance is a number; an exact comparison has none, and stores ``inf``."""
    return isinstance(distance, (int, float)) and not isinstance(distance, bool)


def numbers(entries: list[ledger.Entry]) -> dict[str, int | float]:
    """The counts that ``{count}`` knows, by name."""
    claims = [entry.record for entry in entries if entry.is_claim]
    controls = [control for record in claims for control in record["controls"]]
    distances = [record["nearest"]["distance"] for record in claims if record["nearest"]]
    near = [distance for distance in distances if finite(distance)]
    return {
        "claims": len(claims),
        "observations": len(entries) - len(claims),
        **Counter(f"kind {record['kind']}" for record in claims),
        **Counter(f"scope {scope_kind(record)}" for record in claims),
        "controls": len(controls),
        "claims with several controls": sum(len(record["controls"]) > 1 for record in claims),
        "exact claims": len(distances) - len(near),
        "claims with a distance": len(near),
        "nearest distance": min(near, default=0.0),
        "median distance": averages.median(near) if near else 0.0,
    }


def _constant(module: str, name: str) -> float:
    """A number that a module of ``mgai`` assigns, read from its source: importing it would import torch."""
    path = Path(mgai.__path__[0], f"{module}.py")
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == name:
            return ast.literal_eval(node.value)
    raise AttributeError(f"mgai.{module} assigns no {name}")


#: Limits that the checks use; named here, so that a page that tells of them cannot differ from them.
LIMITS = {
    "least distance": _constant("comparison", "NEAREST"),
    "furthest near control": _constant("comparison", "FAR"),
    "runs a false alarm": round(1 / _constant("statistical", "LEVEL")),
    "standard errors": _constant("statistical", "CONTROL_GAP"),
    "lines a cell": gates.LINES,
    "imports a cell": gates.IMPORTS,
    "seconds reported": budgets.REPORTED,
    "seconds failing": budgets.FAILING,
}


def of_book(book: Layout) -> dict[str, int | float]:
    """All numbers of the build of a checkout; read once for all the places that show one."""
    return _of_book(book, tuple(path.stat().st_mtime_ns for path in sorted(book.executed.rglob("*.ipynb"))))


@lru_cache(maxsize=1)
def _of_book(book: Layout, stamp: tuple[int, ...]) -> dict[str, int | float]:
    entries, found = ledger.load(book), pages.executable(book)
    items = catalogue.load(book).values()
    kinds = [f"kind {name}" for name in KINDS] + [f"scope {name}" for name in SCOPES]
    return {
        **dict.fromkeys(kinds, 0),
        **numbers(entries),
        "pages": len(found),
        "cells": sum(len(pages.code_cells(page.notebook)) for page in found),
        "items": len(items),
        "solved": sum(item.is_solved for item in items),
        "without claim": sum(item.is_solved and bool(item.no_claim) for item in items),
        "errata": sum(d.kind in catalogue.ERRATA_CLASSES for item in items for d in item.discrepancies),
        "errata without claim": sum(
            d.kind in catalogue.ERRATA_CLASSES and not d.refuted_by for item in items for d in item.discrepancies
        ),
        **LIMITS,
    }


def shown(value: int | float) -> str:
    """A number for the text: integers with commas; others with few digits, large ones as a power of ten.

    >>> shown(1500), shown(10.0), shown(12.345), shown(9.97e13)
    ('1,500', '10', '12.3', '1.0 · 10¹⁴')
    """
    if value == int(value) and abs(value) < 10**9:
        return f"{int(value):,}"
    if abs(value) < 1000:
        return f"{value:.3g}"
    digits, power = f"{value:.1e}".split("e")
    return f"{digits} · 10{str(int(power)).translate(str.maketrans('-0123456789', '⁻⁰¹²³⁴⁵⁶⁷⁸⁹'))}"


class CountRole(SphinxRole):
    """``{count}`name```: a number of this build."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        book = Layout(self.env.app.confdir)
        if not book.is_preview:
            self.env.note_reread()
        known = of_book(book)
        if self.text not in known:
            message = self.inliner.reporter.warning(f"nothing is counted as {self.text!r}", line=self.lineno)
            return [nodes.literal(text=self.text)], [message]
        return [nodes.inline(text=shown(known[self.text]), classes=["mgai-value"])], []


def setup(app) -> None:
    app.add_role("count", CountRole())
