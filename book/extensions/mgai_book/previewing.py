"""``make html PAGE=...``: one page as it will look, in ``_build/preview``; the published site stays as it is.

That page is executed, and so are those whose claims or figures it names. Of all other pages the present text
is read, so that every link and number is resolved as in the whole book, and the outputs that
belong to their present inputs, if there are any. Written are the page and the contents pages above it; links to
other pages lead to the published site. What only the whole book can tell (the ledger, totals) is left to it.
"""

from __future__ import annotations

import io
import re
import shutil
from collections.abc import Callable
from dataclasses import replace

from mgai_book import catalogue, gates, keys, ledger, pages, publishing, rewriting, store
from mgai_book.gates import Fault
from mgai_book.layout import OUTPUTS, PREVIEWED, BookError, Layout, variables
from mgai_book.pages import Page

_ANSI = re.compile(r"\x1b\[[0-9;]*m")
_WARNING = re.compile(r"\b(WARNING|ERROR|CRITICAL): ")
_NAMED = re.compile(r"\{(?:value|claim)\}`([\w.-]+)/")
_ERRATUM = re.compile(r"\{erratum\}\s+(\S+)\s+(\S+)")


def preview(layout: Layout, page: Page, say: Callable[[str], None] = print) -> int:
    """Execute and render one page; returns 1 when it has a fault, and then renders nothing."""
    layout = replace(layout, outputs=PREVIEWED)
    everything = pages.executable(layout)
    chosen = needed(layout, page, everything)
    current = [each for each in everything if each in chosen or bring(layout, each, say)]
    store.keep_only(layout, current)
    found = publishing.examine(layout, chosen, say, publishing.import_sphinx)
    if not found.faults:
        found.faults += own_faults(layout, page, everything)
    for fault in found.faults:
        say(str(fault))
    if found.faults:
        say("no preview was made: `make draft` shows a page with its faults")
        return 1
    warned = render(layout, page, len(everything) - len(current))
    for line in warned:
        say(line)
    if not warned:
        say(f"the preview is built: open {layout.preview / page.docname}.html")
    return 1 if warned else 0


def needed(layout: Layout, page: Page, everything: list[Page]) -> list[Page]:
    """The page and those whose claims, discrepancies or figures it names."""
    items = catalogue.known(layout)
    named = set(_NAMED.findall(page.text))
    for item, name in _ERRATUM.findall(page.text):
        found = items[item].discrepancies if item in items else ()
        named |= {each.refuted_by.split("/")[0] for each in found if each.name == name}
    return [each for each in everything
            if each == page or named & set(each.items) or any(name in page.text for name in figures(each))]  # fmt: skip


def figures(page: Page) -> list[str]:
    """The names by which other pages refer to the figures of this one."""
    settings = [cell.metadata.get("mystnb") or {} for _, cell in pages.code_cells(page.notebook)]
    return [name for each in settings if (name := (each.get("figure") or {}).get("name"))]


def bring(layout: Layout, page: Page, say: Callable[[str], None]) -> bool:
    """Lay out the stored outputs of a page if there are some of its present inputs; whether there are."""
    source, target = store.entry(layout, keys.key(layout, page)), layout.notebook(page.docname)
    if source.exists() and target.exists() and source.read_bytes() == target.read_bytes():
        return True
    notebook = store.load(layout, page, say)
    if notebook is None:
        return False
    store.use(layout, page, notebook)
    return True


def own_faults(layout: Layout, page: Page, everything: list[Page]) -> list[Fault]:
    """What is wrong between the page, its items in the catalogue and its claims; other pages are left out."""
    shown = layout.shown(page.docname)
    faults = gates.book_faults(layout, everything, ledger.load(layout))
    return [each for each in faults if each.page == shown or re.split(r"[/ ]", each.message)[0] in page.items]


def render(layout: Layout, page: Page, missing: int) -> list[str]:
    """Write the page into ``_build/preview``; returns Sphinx's warnings of it (those of other pages are left out)."""
    from sphinx.application import Sphinx
    from sphinx.errors import SphinxError
    from sphinx.util.docutils import docutils_namespace, patch_docutils

    shutil.rmtree(layout.preview, ignore_errors=True)
    doctrees, warned = layout.build / "previewing/doctrees", io.StringIO()
    with variables(**{OUTPUTS: PREVIEWED}), patch_docutils(layout.root), docutils_namespace():
        try:
            app = Sphinx(
                layout.sources, layout.root, layout.preview, doctrees, "html", confoverrides={"nitpicky": True},
                status=None, warning=warned,
            )  # fmt: skip
            _leave_out_what_is_not_of_the_page(app)
            app.connect("env-get-outdated", lambda app, env, *changes: _outdated(layout, page, env))
            app.connect("html-page-context", _note(page, missing), priority=950)
            app.connect("write-started", lambda app, builder: _link_to_published(builder, layout, page.docname))
            app.build(filenames=[page.path])
        except SphinxError as error:
            raise BookError(f"Sphinx cannot render the preview: {' '.join(str(error).split())}") from error
    lines = [line for line in _ANSI.sub("", warned.getvalue()).splitlines() if _WARNING.search(line)]
    own = (f"{page.path}:", "WARNING", "ERROR", "CRITICAL")  # the last three: of no page in particular
    return [line for line in lines if line.startswith(own)]


def _outdated(layout: Layout, page: Page, env) -> list[str]:
    """Besides what Sphinx sees itself: the page, of which it must warn again, the contents pages above it, which
    count, and pages that have outputs only now."""
    there = [path.relative_to(layout.executed).with_suffix("") for path in layout.executed.rglob("*.ipynb")]
    known = {str(path) for paths in env.dependencies.values() for path in paths}
    names = [path.as_posix() for path in there if str(layout.notebook(path.as_posix())) not in known]
    above = env.files_to_rebuild.get(page.docname, set())
    return [name for name in {page.docname, *above, *names} if name in env.found_docs]


def _leave_out_what_is_not_of_the_page(app) -> None:
    """The index of the search and the listings of source are made from the whole book, and take their time."""
    app.builder.search = False
    rewriting.without_listings(app)


def _note(page: Page, missing: int) -> Callable:
    """Says above the contents pages what they do not count."""

    def add(app, pagename: str, templatename: str, context: dict, doctree) -> None:
        if missing and context.get("body") and pagename != page.docname:
            note = f"Preview of {page.docname}: {missing} pages have no current outputs, and nothing here counts them."
            context["body"] = f'<aside role="note" class="admonition warning"><p>{note}</p></aside>' + context["body"]

    return add


def _link_to_published(builder, layout: Layout, docname: str) -> None:
    """Let links to pages that are not part of the preview lead to those of the published site, where there are some."""
    address, env = builder.get_target_uri, builder.env
    elsewhere = {"search", *env.found_docs} - {docname} - env.files_to_rebuild.get(docname, set())

    def target(name: str, typ: str | None = None) -> str:
        uri = address(name, typ)
        return f"../{layout.html.name}/{uri}" if name in elsewhere and (layout.html / uri).exists() else uri

    builder.get_target_uri = target
