"""A draft: the whole book as it stands, failing pages included, with its faults in red: ``_build/draft``.

A draft is for the author's eyes. It has notebooks of its own (``_build/drafting/executed``), because those
of failing pages must never reach the store or the published site; the good ones are stored as in any
build. Its faults are those that ``make check`` reports. What Sphinx warns of is shown, but is no failure.
"""

from __future__ import annotations

import io
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from html import escape

import nbformat

from mgai_book import ledger, publishing
from mgai_book.execution import Outcome
from mgai_book.gates import Fault
from mgai_book.layout import DRAFTED, OUTPUTS, BookError, Layout, variables

_ANSI = re.compile(r"\x1b\[[0-9;]*m")
_WARNING = re.compile(r"\b(WARNING|ERROR|CRITICAL): ")
_CLAIM = re.compile(r"the claim (\S+) ")
#: What the strip below a page says of a page that did not get far enough to say it itself.
_UNKNOWN = dict.fromkeys(("mgai", "python", "torch", "numpy", "device", "device_name", "seed", "profile"), "?")
_STYLE = (
    "border: 3px solid var(--pst-color-danger, #b00); background: var(--pst-color-danger-bg, #fdd); "
    "padding: 0.6rem 1rem; margin-bottom: 1.5rem; overflow-wrap: anywhere"
)


def draft(layout: Layout, say: Callable[[str], None] = print) -> int:
    """Execute and render everything into ``_build/draft``; returns 1 when anything failed, else 0.

    The caller holds the checkout's lock (:func:`mgai_book.publishing.alone`).
    """
    with variables(MGAI_COLLECT="1"):  # a failing claim is shown in its place, and its page goes on
        found = publishing.examine_all(layout, say, publishing.import_sphinx)
    for fault in found.faults:
        say(str(fault))
    keep(layout, found.outcomes)
    warned = render(layout, found.faults)
    for line in warned:
        say(line)
    count = sum(bool(_WARNING.search(line)) for line in warned)
    say(f"{len(found.outcomes)} pages, {len(found.faults)} faults, {count} warnings of Sphinx")
    say(f"the draft is built: open {layout.draft / 'index.html'}")
    return 1 if found.faults else 0


def keep(layout: Layout, outcomes: list[Outcome]) -> None:
    """Write the draft's own notebooks anew: those of all pages, and no others."""
    drafted = replace(layout, outputs=DRAFTED)
    shutil.rmtree(drafted.executed, ignore_errors=True)
    for outcome in outcomes:
        about = outcome.notebook.metadata.setdefault("mgai", {})
        outcome.notebook.metadata["mgai"] = {**_UNKNOWN, "key": "none: failed", **about}
        path = drafted.notebook(outcome.page.docname)
        path.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(outcome.notebook, path)


def render(layout: Layout, faults: list[Fault]) -> list[str]:
    """Run Sphinx over the draft's notebooks, put the result in place, return the lines that it warned with.

    It starts from nothing each time, since Sphinx warns of a page only when it reads it.
    """
    from sphinx.application import Sphinx
    from sphinx.errors import SphinxError
    from sphinx.util.docutils import docutils_namespace, patch_docutils

    staging, doctrees = layout.drafting / "html", layout.drafting / "doctrees"
    for folder in (staging, doctrees):
        shutil.rmtree(folder, ignore_errors=True)
    warned = io.StringIO()

    def add_banner(app, pagename: str, templatename: str, context: dict, doctree) -> None:
        if context.get("body"):
            context["body"] = banner(faults, pagename, context["pathto"]) + context["body"]

    with variables(**{OUTPUTS: DRAFTED}), patch_docutils(layout.root), docutils_namespace():
        try:
            app = Sphinx(
                layout.sources, layout.root, staging, doctrees, "html", confoverrides={"nitpicky": True},
                status=None, warning=warned,
            )  # fmt: skip
            app.connect("html-page-context", add_banner, priority=950)  # after all that edits the body
            app.build()
        except SphinxError as error:  # a mistake in conf.py, a theme that is not there
            raise BookError(f"Sphinx cannot render the draft: {' '.join(str(error).split())}") from error
    shutil.rmtree(layout.draft, ignore_errors=True)
    staging.rename(layout.draft)
    return _ANSI.sub("", warned.getvalue()).splitlines()


def banner(faults: list[Fault], docname: str, pathto: Callable[[str], str]) -> str:
    """The red box above a page: its own faults, and every page that has any; empty for a faultless book."""
    if not faults:
        return ""
    by_page: dict[str, list[Fault]] = {}
    for fault in faults:
        by_page.setdefault(fault.page, []).append(fault)
    own = sorted(by_page.get(f"book/{docname}.md", []), key=lambda fault: fault.line)
    mine = "".join(f"<li>{_of_page(fault)}</li>" for fault in own)
    here = f"<p>On this page:</p><ul>{mine}</ul>" if mine else ""
    everywhere = "".join(f"<li>{_of_book(page, found, pathto)}</li>" for page, found in by_page.items())
    shown = " open" if docname == "index" else ""
    return (
        f'<aside class="mgai-draft" role="note" aria-label="Faults of this draft" style="{_STYLE}">'
        f"<p><strong>Draft with {_counted(len(faults), 'fault')}: not for readers.</strong></p>{here}"
        f"<details{shown}><summary>All that failed</summary><ul>{everywhere}</ul></details></aside>"
    )


def _of_page(fault: Fault) -> str:
    """A fault on its own page, with a link to the claim that it speaks of."""
    where = f"cell {fault.cell}, line {fault.line}" if fault.cell else f"line {fault.line}"
    claim = _CLAIM.match(fault.message)
    link = f' (<a href="#{ledger.anchor(claim[1])}">see it</a>)' if claim else ""
    return f"{where}: {escape(fault.message)}{link}"


def _of_book(page: str, faults: list[Fault], pathto: Callable[[str], str]) -> str:
    """A page that failed, with a link to it; for a file that is no page (the catalogue), its messages."""
    if not page.endswith(".md"):
        return f"{escape(page)}: " + "; ".join(escape(fault.message) for fault in faults)
    href = pathto(page.removeprefix("book/").removesuffix(".md"))
    return f'<a href="{escape(href)}">{escape(page)}</a>: {_counted(len(faults), "fault")}'


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
