"""The Sphinx extension: reads executed notebooks, adds navigation and provenance."""

from __future__ import annotations

import shutil
from html import escape
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from docutils import nodes

from mgai_book import (
    catalogue,
    directives,
    downloads,
    finishing,
    formula_sheet,
    install,
    measuring,
    overviews,
    pages,
    reference,
    reports,
    rewriting,
    sharing,
    sliders,
)
from mgai_book.formulas import formula_as_text
from mgai_book.layout import Layout

#: What the site needs of MathJax 3: TeX in, CommonHTML out, with hidden MathML for screen readers.
MATHJAX_PARTS = ("tex-mml-chtml.js", "output/chtml/fonts", "input/tex/extensions", "a11y", "ui", "sre")


def custom_formats(root: Path) -> dict[str, list]:
    """``nb_custom_formats``: each page with code is read together with its executed outputs."""
    reader = "mgai_book.pages.read_with_outputs"
    found = pages.executable(Layout(root))
    return {f"book/{p.docname}.md": [reader, {"root": str(root), "docname": p.docname}, False] for p in found}


def setup(app) -> dict[str, Any]:
    directives.setup(app)
    reports.setup(app)
    reference.setup(app)
    sliders.setup(app)
    overviews.setup(app)
    finishing.setup(app)
    sharing.setup(app)
    install.setup(app)
    downloads.setup(app)
    measuring.setup(app)
    rewriting.setup(app)
    app.connect("source-read", _depend_on_outputs)
    app.connect("doctree-read", _titles_as_text, priority=900)
    app.connect("doctree-read", _doctests_as_python)
    app.connect("html-page-context", _navigation)
    app.connect("build-finished", _copy_mathjax)
    return {"version": "1", "env_version": 2, "parallel_read_safe": True, "parallel_write_safe": True}


def _depend_on_outputs(app, docname: str, source: list[str]) -> None:
    """A page is read again when its outputs change, even if its text does not."""
    path = Layout(Path(app.confdir)).notebook(docname)
    if path.exists():
        app.env.note_dependency(str(path))


def _titles_as_text(app, doctree: nodes.document) -> None:
    """The title by which other pages, the window and the search name a page is text; its heading keeps its formulas."""
    for stored in (app.env.titles, app.env.longtitles):
        for formula in list(stored[app.env.docname].findall(nodes.math)):
            formula.replace_self(nodes.Text(formula_as_text(formula.astext())))


def _doctests_as_python(app, doctree: nodes.document) -> None:
    """Examples in docstrings are highlighted as sessions, so that the copy button can leave out the prompts."""
    for example in doctree.findall(nodes.doctest_block):
        example["language"] = "pycon"


def _navigation(app, pagename: str, templatename: str, context: dict, doctree) -> None:
    """The sidebar's contents: chapters, and in the open chapter its pages under the living book's sections."""
    layout = Layout(Path(app.confdir))
    if not hasattr(app.builder, "book_chapters"):
        app.builder.book_chapters = _chapters(layout, app.env)
    shown = [{**each, "open": pagename.startswith(each["folder"] + "/")} for each in app.builder.book_chapters]
    context["book_chapters"] = shown
    listed = [name for name in pages.contents(layout, "reference/index") if name in app.env.titles]
    context["book_reference"] = [(name, app.env.titles[name].astext()) for name in listed]
    if context.get("body"):
        context["body"] += _provenance(layout, pagename)


def _chapters(layout: Layout, env) -> list[dict[str, Any]]:
    """What the sidebar of every page lists; made once a build, when all titles are known."""
    found = {page.docname: page for page in pages.executable(layout)}
    chapters = []
    for number, (_, title) in catalogue.CHAPTERS.items():
        folder = catalogue.chapter_folder(number)
        sections: dict[str, list] = {}
        for docname in pages.reading_order(layout, folder, found):
            sections.setdefault(found[docname].section, []).append((docname, env.titles[docname].astext()))
        chapters.append({
            "number": number, "title": title, "folder": folder, "index": f"{folder}/index",
            "exists": layout.page(f"{folder}/index").exists(), "sections": list(sections.items()),
            "sheet": formula_sheet.docname(number) if formula_sheet.docname(number) in env.found_docs else "",
        })  # fmt: skip
    return chapters


def _provenance(layout: Layout, pagename: str) -> str:
    """The strip below a page that says how it was executed; empty for pages without code."""
    path = layout.notebook(pagename)
    if not path.exists():
        return ""
    about = pages.executed(path).metadata.get("mgai", {})
    line = (
        f"Executed with mgai {about['mgai']}, Python {about['python']}, torch {about['torch']}, NumPy {about['numpy']} "
        f"on {about['device']} ({about['device_name']}); seed {about['seed']}, profile {about['profile']}; "
        f"{about['cpu_seconds']:.1f} CPU seconds; inputs {about['key'][:12]}"
    )
    return f'<p class="mgai-provenance">{escape(line)}</p>'


def _copy_mathjax(app, failure: Exception | None) -> None:
    """Serve MathJax from our own folder: it comes from a Python package, so no network and no node is needed."""
    if failure or app.builder.format != "html":
        return
    spec = find_spec("sphinx-mathjax-offline")
    source = Path(spec.origin).parent / "static" / "mathjax"
    target = Path(app.outdir, "_static", "mathjax")
    for part in MATHJAX_PARTS:
        if (source / part).is_dir():
            shutil.copytree(source / part, target / part, dirs_exist_ok=True)
        elif (source / part).is_file():
            target.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source / part, target / part)
