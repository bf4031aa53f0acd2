"""The reference pages that are made from catalogue and claims, and the style and script that each of them needs."""

from __future__ import annotations

from mgai_book import build_page, counting, errata_page, formula_sheet, ledger_page

#: What shows in a page's HTML that it needs these files of ``_static``, which the other pages do not load.
FILES = {
    "mgai-sheet docutils": ("formula-sheet.css",),
    'id="ledger-filters"': ("ledger.css", "ledger.js"),
}


def add_files(app, pagename: str, templatename: str, context: dict, doctree) -> None:
    """Let a page load the files that its contents need."""
    for sign, files in FILES.items():
        if sign in context.get("body", ""):
            for name in files:
                add = app.add_css_file if name.endswith(".css") else app.add_js_file
                add(name)


def setup(app) -> None:
    for part in (build_page, counting, errata_page, formula_sheet, ledger_page):
        part.setup(app)
    app.connect("html-page-context", add_files)
