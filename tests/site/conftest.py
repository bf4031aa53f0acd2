"""What tests of the site share: the built site, its pages, a server, a browser and one visit to each page."""

from __future__ import annotations

import fcntl
import functools
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import axe_playwright_python
import pytest
from bs4 import BeautifulSoup
from mgai_book import api_pages, browsers, layout
from mgai_book.formula_sheet import empty_sheets
from mgai_book.measuring import DESK, PHONE

ROOT = Path(__file__).parents[2]
#: Pages that Sphinx makes without a source file of ours; they are read and visited like the others.
GENERATED = ("genindex", "py-modindex", "prf-prf", "search", "_modules/index", "404")
STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
#: Rules whose verdict depends on colours or on the width; the others see the same document in every look.
COLOURS, WIDTHS = ["color-contrast", "link-in-text-block"], ["scrollable-region-focusable"]


def documents() -> list[str]:
    """The names of all pages that have a source file, known before anything is built."""
    book = layout.find(ROOT)
    api_pages.write_sources(book)  # as a build does when it starts
    paths = (path.relative_to(book.sources).with_suffix("") for path in book.sources.rglob("*.md"))
    left_out = {name.removesuffix(".md") for name in empty_sheets(ROOT)}
    found = {path.as_posix() for path in paths if path.parts[0] not in ("extensions", "catalogue")}
    return sorted(found - left_out)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that asks for ``docname`` runs once for each page with a source, and for Sphinx's own.

    In the browser, pages that are made from one template are visited by kind: see ``of_one_template``.
    """
    if "docname" in metafunc.fixturenames:
        names = [*documents(), *GENERATED]
        if metafunc.definition.get_closest_marker("browser"):
            names = [name for name in names if not of_one_template(f"{name}.html")]
        metafunc.parametrize("docname", names)


def of_one_template(path: str) -> bool:
    """Whether a page is one of many alike: a listing of source, or the reference of one module."""
    return path.startswith("_modules/") or (path.startswith("reference/api/") and path.count("/") > 2)


@pytest.fixture(scope="session")
def alike(site: Path, html_files: list[Path]) -> list[Path]:
    """The pages that are made from one template, many of each."""
    return [path for path in html_files if of_one_template(path.relative_to(site).as_posix())]


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the built site, built once a run (cheap when nothing changed)."""
    shared = tmp_path_factory.getbasetemp()
    shared = shared.parent if shared.name.startswith("popen-") else shared  # a worker of pytest-xdist
    with (shared / "site.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (shared / "site.built").exists():
            command = [sys.executable, "-m", "mgai_book", "html"]
            done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=1800)
            if done.returncode:
                print(done.stdout, done.stderr)  # shown with the first test only, not with each
                pytest.fail("the site was not built: its output stands with the first of these", pytrace=False)
            (shared / "site.built").touch()
    return layout.find(ROOT).html


@pytest.fixture(scope="session")
def html_files(site: Path) -> list[Path]:
    """All HTML files but the theme's fragments in _static, which are no pages."""
    return sorted(path for path in site.rglob("*.html") if path.relative_to(site).parts[0] != "_static")


@pytest.fixture(scope="session")
def soup(site: Path) -> Callable[[Path], BeautifulSoup]:
    """Read an HTML file of the site; each is parsed once."""
    return functools.cache(lambda path: BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser"))


@pytest.fixture(scope="session")
def server(site: Path) -> Iterator[str]:
    """The address of the site, served on this machine for the session."""
    with browsers.serving(site) as address:
        yield address


@pytest.fixture(scope="session")
def chromium(browser_path: str) -> Iterator[Any]:
    """One headless Chromium for the session; it resolves no name, so that nothing leaves this machine."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path, args=list(browsers.FLAGS))
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium: Any, server: str) -> Iterator[Callable[..., Any]]:
    """Open a page of the site, by its address below the root, in a context of its own."""
    contexts = []

    def opened(address: str, base: str = server, **options: Any) -> Any:
        contexts.append(chromium.new_context(viewport=DESK, **options))
        page = contexts[-1].new_page()
        page.goto(f"{base}/{address}")
        typeset(page)
        return page

    yield opened
    for context in contexts:
        context.close()


def typeset(page: Any) -> None:
    """Wait until fonts and mathematics are there."""
    page.evaluate("Promise.all([document.fonts.ready, window.MathJax && window.MathJax.startup.promise]).then(() => 0)")


@dataclass
class Visit:
    """What was seen of one page: requests, console, and the facts of each of its looks."""

    outside: list[str] = field(default_factory=list)
    console: list[str] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)
    violations: dict[str, list[str]] = field(default_factory=dict)


@pytest.fixture(scope="session")
def visits(chromium: Any, server: str) -> Iterator[Callable[[str], Visit]]:
    """Visit a page once: in light, in dark and at the width of a phone, with everything unfolded."""
    context = chromium.new_context(viewport=DESK, color_scheme="light", reduced_motion="reduce")
    axe = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
    probe = (Path(__file__).parent / "probe.js").read_text(encoding="utf-8")

    @functools.cache
    def visit(docname: str) -> Visit:
        visit, page = Visit(), context.new_page()
        _listen(page, visit, server)
        page.goto(f"{server}/{docname}.html")
        typeset(page)
        page.evaluate(axe)
        page.evaluate(probe)
        _look(page, visit)
        page.close()
        return visit

    yield visit
    context.close()


def _listen(page: Any, visit: Visit, server: str) -> None:
    ours = (f"{server}/", "data:", "blob:", "about:")
    page.on("request", lambda request: request.url.startswith(ours) or visit.outside.append(request.url))
    page.on("pageerror", lambda error: visit.console.append(str(error)))
    page.on(
        "console",
        lambda line: line.type in ("error", "warning") and visit.console.append(f"{line.text} {line.location}"),
    )


def _look(page: Any, visit: Visit) -> None:
    """Collect facts and violations in the three looks, without loading the page again."""
    page.evaluate("probe.unfold()")
    for theme, which in (
        ("light", {"type": "tag", "values": STANDARDS}),
        ("dark", {"type": "rule", "values": COLOURS}),
    ):
        page.emulate_media(color_scheme=theme)
        page.wait_for_function(f"document.documentElement.dataset.theme === '{theme}'", timeout=5000)
        visit.facts[theme] = page.evaluate("probe.facts()")
        visit.violations[theme] = page.evaluate("probe.axe", which)
    page.set_viewport_size(PHONE)
    page.evaluate("probe.settled()")
    visit.facts["phone"] = page.evaluate("probe.phone()")
    visit.violations["phone"] = page.evaluate("probe.axe", {"type": "rule", "values": WIDTHS})
