"""The files of the built site, without a browser: links, images, headings, weight, downloads."""

import ast
import re
import statistics
import tempfile
from collections import Counter
from pathlib import Path
from urllib.parse import unquote, urlsplit

import nbformat
import pytest
from mgai_book import layout, measuring, pages

ROOT = Path(__file__).parents[2]
REPORTED, HEAVIEST = 1_000_000, 3_000_000  # bytes of a page with its images
TRACEBACK = "Traceback (most recent call last)"
FILE_NAME = re.compile(r"\S+\.(png|svg|jpe?g|webp|gif)", re.I)
HOME = re.compile(r"(?<![\w.:/])(?:/(?:home|Users|root|tmp|work|workspace|private|mnt)/\w|[A-Z]:\\+Users)")
IN_CSS = re.compile(r"(?:url\(\s*['\"]?|@import\s+['\"])([^'\")]+)")
LOADED = {
    "script": "src",
    "img": "src",
    "source": "src",
    "iframe": "src",
    "embed": "src",
    "object": "data",
    "video": "src",
}
#: A <link> of these kinds makes the browser load something (canonical, next, prev, search and index do not).
LOADING_LINKS = {"stylesheet", "icon", "preload", "prefetch", "modulepreload", "manifest", "apple-touch-icon"}


def faulty(found) -> None:
    """Fail with every fault on a line of its own."""
    lines = list(found)
    assert not lines, "\n".join(map(str, lines))


def is_outside(address: str) -> bool:
    parts = urlsplit(address)
    return bool(parts.netloc) or parts.scheme in ("http", "https", "file", "ftp")


def executed() -> list[str]:
    """The names of the pages with code."""
    return [page.docname for page in pages.executable(layout.find(ROOT))]


def test_the_site_has_a_page_for_every_source(site, html_files, docname):
    path = site / f"{docname}.html"
    assert path in html_files


def test_every_image_says_what_it_shows(html_files, soup):
    def fault(image) -> str:
        alt = (image.get("alt") or "").strip()
        if not alt or FILE_NAME.fullmatch(alt):
            return f"alt is {alt!r}"
        short = image.find_parent(class_="cell_output") and len(alt.split()) < 5
        return f"alt of an output is too short: {alt!r}" if short else ""

    faulty(f"{p}: {f}: {i.get('src')}" for p in html_files for i in soup(p).find_all("img") if (f := fault(i)))


def test_every_link_inside_the_site_leads_somewhere(site, html_files, soup):
    ids = {path: {tag["id"] for tag in soup(path).select("[id]")} for path in html_files}
    faulty(
        f"{path.relative_to(site)}: {link['href']}"
        for path in html_files
        for link in soup(path).select("a[href], link[href], area[href]")
        if not is_outside(link["href"]) and not leads_somewhere(site, path, link["href"], ids)
    )


def leads_somewhere(site: Path, page: Path, href: str, ids: dict[Path, set[str]]) -> bool:
    parts = urlsplit(href)
    if parts.scheme:
        return parts.scheme in ("mailto", "data", "doi")
    target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
    target = target / "index.html" if target.is_dir() else target
    if not target.is_file() or not target.is_relative_to(site.resolve()):
        return False
    # "#" alone is the top of the page.
    return not parts.fragment or target not in ids or unquote(parts.fragment) in ids[target]


def test_nothing_is_loaded_from_outside(site, html_files, soup):
    def loaded(path: Path):
        for tag in soup(path).find_all([*LOADED, "link"]):
            if tag.name != "link":
                yield tag.get(LOADED[tag.name]) or ""
            elif LOADING_LINKS & set(tag.get("rel", [])):
                yield tag.get("href", "")
        for style in soup(path).find_all("style"):
            yield from IN_CSS.findall(style.get_text())
        for tag in soup(path).select("[style]"):
            yield from IN_CSS.findall(tag["style"])

    faulty(f"{path.relative_to(site)}: {each}" for path in html_files for each in loaded(path) if is_outside(each))


def test_no_style_sheet_and_no_picture_loads_from_outside(site):
    files = [*site.rglob("*.css"), *site.rglob("*.svg")]
    assert files
    found = ((path, each) for path in files for each in IN_CSS.findall(path.read_text(encoding="utf-8")))
    faulty(f"{path.relative_to(site)}: {each}" for path, each in found if is_outside(each))


def test_no_id_stands_twice_on_a_page(site, html_files, soup):
    for path in html_files:
        counts = Counter(tag["id"] for tag in soup(path).select("[id]"))
        faulty(f"{path.relative_to(site)}: {name} {count} times" for name, count in counts.items() if count > 1)


def test_no_path_of_this_machine_is_published(site):
    here = {str(ROOT), str(Path.home()), tempfile.gettempdir()} - {"/"}
    files = [path for ending in ("html", "ipynb", "py") for path in site.rglob(f"*.{ending}")]
    assert files

    def found(text: str) -> str:
        places = [place for place in here if re.search(rf"(?<![\w.:/]){re.escape(place)}(?![\w-])", text)]
        return next(iter(places), "") or (m.group() if (m := HOME.search(text)) else "")

    faulty(f"{p.relative_to(site)}: {f}" for p in files if (f := found(p.read_text(encoding="utf-8"))))


def test_no_output_is_a_traceback(site, html_files, soup):
    """Only outputs are searched: docstrings may show, as an example, which error is raised."""
    shown = ((path, box.get_text()) for path in html_files for box in soup(path).select(".cell_output"))
    faulty(path.relative_to(site) for path, text in shown if TRACEBACK in text)
    for path in site.rglob("*.ipynb"):
        for _, cell in pages.code_cells(nbformat.read(path, as_version=4)):
            assert not any(out.output_type == "error" or TRACEBACK in str(out) for out in cell.outputs), path


def test_headings_do_not_skip_a_level(site, html_files, soup):
    for path in html_files:
        # What is only printed repeats the page's title and contents; it is not there on a screen.
        headings = [
            tag for tag in soup(path).find_all(re.compile(r"h[1-6]")) if not tag.find_parent(class_="onlyprint")
        ]
        levels = [int(tag.name[1]) for tag in headings]
        assert levels[:1] == [1], path
        assert levels.count(1) == 1, path
        steps = zip(headings, levels, levels[1:], strict=False)
        faulty(f"{path.relative_to(site)}: after {h.get_text()!r}" for h, one, next_ in steps if next_ > one + 1)


def test_every_page_has_a_language_and_a_title_of_its_own(site, html_files, soup):
    titles = {}
    for path in html_files:
        assert soup(path).html.get("lang") == "en", path
        title = soup(path).title.get_text().strip()
        assert len(title) > 3, path
        assert not re.search(r"\\\(|\$", title), f"{path}: TeX is not typeset in a window's title: {title}"
        titles.setdefault(title, []).append(str(path.relative_to(site)))
    faulty(f"{title}: {paths}" for title, paths in titles.items() if len(paths) > 1)


def test_no_page_is_too_heavy(site, html_files, soup, note):
    for path in html_files:
        images = {tag["src"] for tag in soup(path).find_all("img") if not tag["src"].startswith("data:")}
        files = [path, *(path.parent / unquote(urlsplit(image).path) for image in images)]
        weight = sum(file.stat().st_size for file in files)
        assert weight < HEAVIEST, f"{path.relative_to(site)} weighs {weight / 1e6:.1f} MB with its images"
        if weight > REPORTED:
            note(f"heavy page: {path.relative_to(site)}: {weight / 1e6:.1f} MB with its images")


@pytest.mark.parametrize("name", executed())
def test_every_page_with_code_can_be_downloaded(site, soup, name):
    base = site / "downloads" / name
    notebook = nbformat.read(f"{base}.ipynb", as_version=4)
    nbformat.validate(notebook)
    cells = [cell for _, cell in pages.code_cells(notebook)]
    assert any(cell.outputs for cell in cells)
    code = Path(f"{base}.py").read_text(encoding="utf-8")
    whole = ast.dump(ast.parse(code))
    assert whole == ast.dump(ast.parse("\n\n".join(cell.source for cell in cells)))
    links = {Path(link["href"]).name for link in soup(site / f"{name}.html").select("a[href*='downloads/']")}
    assert {f"{base.name}.ipynb", f"{base.name}.py"} <= links


def test_the_median_page_is_light_and_the_build_page_says_so(site, soup):
    book = layout.find(ROOT)
    weights = [measuring.wire(site, name) for name in measuring.names(book, site)]
    assert statistics.median(weights) < measuring.MEDIAN
    told = soup(site / "reference/build.html").select_one(".mgai-measures")
    assert f"{statistics.median(weights) / 1000:.0f} KB" in told.get_text()
    assert {row.th.get_text() for row in told.select("tbody tr")} == set(measuring.KINDS)
