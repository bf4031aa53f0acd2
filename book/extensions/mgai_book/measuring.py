"""What a reader loads: bytes of each page over the wire, and in a browser its first paint and its jumps.

The bytes are known after every build. The rest takes a browser: ``python -m mgai_book measure`` stores it in
``_build/measures.json``, with a fingerprint of the site; the build page shows it as long as the two belong together.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from collections.abc import Callable, Iterable
from html import escape
from pathlib import Path
from statistics import median
from typing import Any

from docutils import nodes

from mgai_book import browsers, budgets
from mgai_book.directives import BookDirective
from mgai_book.layout import BookError, Layout

MEDIAN = 400_000  # bytes over the wire that the median page may have
JUMPS = 0.1  # the layout shift of a page, below which it counts as still
DESK, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
#: Kinds of pages, by how their names begin; the first that fits.
KINDS = {
    "Front page": r"index",
    "Opener of a chapter": r"chapters/[^/]+/index",
    "Solution or formula sheet": r"chapters/.*",
    "API": r"reference/api/.*",
    "Reference": r"reference/.*",
    "Made by Sphinx": r".*",
}
GENERATED = ("404", "genindex", "search")
_MARK = '<div class="mgai-measures">'
_PLACE = re.compile(re.escape(_MARK) + ".*?</div>", re.S)

_HEADER = ("Kind", "Pages", "Median KB", "Largest KB", "First paint, median ms", "Latest ms", "Largest shift")
_MEASURED = (
    "First contentful paint (at 1280 × 900) and layout shift (the larger of those at 1280 × 900 and 390 × 844) were "
    "measured in {}, each page with an empty cache, from a server on the same machine."
)
_NOT_MEASURED = (
    "First contentful paint and layout shift of this site are not measured; <code>make measure</code> does that."
)

#: Sums the layout shifts of a page from its first frame on (scrolling and typing do not count).
OBSERVER = """
window.mgaiShift = 0;
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.mgaiShift += entry.value;
}).observe({ type: "layout-shift", buffered: true });
"""
_SETTLED = """Promise.all([document.fonts.ready, window.MathJax?.startup?.promise])
    .then(() => new Promise((done) => setTimeout(done, 300)))"""
_SEEN = """({
  fcp: Math.round(performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? -1),
  cls: Math.round(1e4 * window.mgaiShift) / 1e4,
})"""


def kind(docname: str) -> str:
    return next(name for name, pattern in KINDS.items() if re.fullmatch(pattern, docname))


def wire(html: Path, docname: str) -> int:
    """Bytes of a page and its pictures as a server sends them: text compressed, rasters as they are.

    The theme's files and those of the mathematics load once for all pages and are left out.
    """
    page = html / f"{docname}.html"
    return sum(_sent(path) for path in [page, *budgets.images(page)])


def _sent(path: Path) -> int:
    data = path.read_bytes()
    return len(gzip.compress(data, 6)) if path.suffix in (".html", ".svg") else len(data)


def names(layout: Layout, html: Path) -> list[str]:
    """The pages of a site that are weighed and measured."""
    return sorted([*budgets.weights(layout, html), *(name for name in GENERATED if (html / f"{name}.html").is_file())])


def fingerprint(html: Path) -> str:
    """What the pages and styles of a site are, but for the places where measures are told."""
    digest = hashlib.sha256()
    for path in sorted(path for path in html.rglob("*") if path.suffix in (".html", ".css", ".js")):
        text = _PLACE.sub(_MARK, path.read_text(encoding="utf-8", errors="replace"))
        digest.update(f"{path.relative_to(html)}\0{text}\0".encode())
    return digest.hexdigest()[:16]


def load(browser: Any, address: str, viewport: dict[str, int]) -> dict[str, float]:
    """Open a page with an empty cache: milliseconds to its first contentful paint, and the sum of its layout shifts."""
    context = browser.new_context(viewport=viewport)
    page = context.new_page()
    page.add_init_script(OBSERVER)
    page.goto(address)
    page.evaluate(_SETTLED)
    seen = page.evaluate(_SEEN)
    context.close()
    return seen


def measure(layout: Layout, say: Callable[[str], None] = print) -> int:
    """Open every page of the published site on a desk and on a phone, store what was seen, tell the build page."""
    path = browsers.find_browser()
    if path is None:
        raise BookError("measuring takes Chromium: install it, or name it with MGAI_CHROMIUM")
    if not (layout.html / "index.html").is_file():
        raise BookError("there is no built site to measure: run `make html`")
    try:
        from playwright.sync_api import Error, sync_playwright
    except ImportError:
        raise BookError(
            "measuring takes playwright: pip install playwright (it drives the system's Chromium)"
        ) from None
    with browsers.serving(layout.html) as site, sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=path, args=list(browsers.FLAGS))
        except Error as error:
            raise BookError(f"{path} does not start as a browser: {str(error).splitlines()[0]}") from error
        found = {"site": fingerprint(layout.html), "browser": f"Chromium {browser.version}", "pages": {}}
        for name in names(layout, layout.html):
            desk, phone = (load(browser, f"{site}/{name}.html", viewport) for viewport in (DESK, PHONE))
            found["pages"][name] = {"fcp": desk["fcp"], "cls": max(desk["cls"], phone["cls"])}
            say(f"{name}: first paint after {desk['fcp']} ms, layout shift {found['pages'][name]['cls']}")
        browser.close()
    _store(layout).write_text(json.dumps(found, indent=1), encoding="utf-8")
    fill_in(layout, layout.html)
    say(f"stored in _build/{_store(layout).name} and shown on the build page")
    return 0


def _store(layout: Layout) -> Path:
    return layout.build / "measures.json"


def stored(layout: Layout, html: Path) -> dict[str, Any]:
    """The measures of this very site; empty when there are none."""
    try:
        found = json.loads(_store(layout).read_text(encoding="utf-8"))
        return found if found["site"] == fingerprint(html) else {}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def report(weights: dict[str, int], found: dict[str, Any]) -> str:
    """What the build page tells, as HTML: a table by kinds of pages, the median and the heaviest page."""
    middle, heaviest = median(weights.values()), max(weights, key=lambda name: weights[name])
    rows = "".join(_row(label, [n for n in weights if kind(n) == label], weights, found) for label in KINDS)
    cells = "".join(f'<th scope="col">{each}</th>' for each in _HEADER)
    measured = _MEASURED.format(escape(found["browser"])) if found else _NOT_MEASURED
    return (
        f"<p>The median page takes {middle / 1000:.0f} KB over the wire (limit {MEDIAN / 1000:.0f} KB); the "
        f"heaviest is <code>{escape(heaviest)}</code> with {weights[heaviest] / 1000:.0f} KB.</p>"
        '<section class="pst-scrollable-table-container" aria-label="Pages by kind"><table class="table mgai-table">'
        f"<thead><tr>{cells}</tr></thead><tbody>{rows}</tbody></table></section><p>{measured}</p>"
    )


def _row(label: str, mine: list[str], weights: dict[str, int], found: dict[str, Any]) -> str:
    if not mine:
        return ""
    sizes = [weights[name] / 1000 for name in mine]
    seen = [found["pages"][name] for name in mine if name in found.get("pages", {})]
    cells = [str(len(mine)), f"{median(sizes):.0f}", f"{max(sizes):.0f}"]
    cells += _timed(seen) if seen else ["not measured"] * 3
    return f'<tr><th scope="row">{label}</th>{"".join(f"<td>{each}</td>" for each in cells)}</tr>'


def _timed(seen: Iterable[dict[str, float]]) -> list[str]:
    paints = [each["fcp"] for each in seen]
    return [f"{median(paints):.0f}", f"{max(paints):.0f}", f"{max(each['cls'] for each in seen):.3f}"]


def fill_in(layout: Layout, html: Path) -> None:
    """Tell the pages that have a place for it."""
    places = [path for path in html.rglob("*.html") if _MARK in path.read_text(encoding="utf-8", errors="replace")]
    if not places:
        return
    text = report({name: wire(html, name) for name in names(layout, html)}, stored(layout, html))
    for path in places:
        page = path.read_text(encoding="utf-8")
        path.write_text(_PLACE.sub(lambda _: f"{_MARK}{text}</div>", page), encoding="utf-8")


class LoadingReport(BookDirective):
    """``{loading-report}``: the place where a build tells what its pages weigh and how they load."""

    has_content = False

    def run(self) -> list[nodes.Node]:
        return [nodes.raw("", _MARK + "</div>", format="html")]


def setup(app) -> dict[str, Any]:
    app.add_directive("loading-report", LoadingReport)
    app.connect("build-finished", _tell, priority=900)  # when nothing else changes the pages
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _tell(app, failure: Exception | None) -> None:
    if failure is None and app.builder.format == "html":
        fill_in(Layout(Path(app.confdir)), Path(app.outdir))
