"""Links both ways: from names in cells to the API reference, from its entries to pages and sources."""

import functools
import re
from pathlib import Path

import pytest
from mgai_book import api_pages, layout, modules, pages
from mgai_book.references import first_of_each, references

BOOK = layout.find(Path(__file__).parents[2])
INVENTORY = modules.load(BOOK)
ELEMENTS = 5_000  # of one page of the reference, formulas not typeset
NORMS = "chapters/1-linear-algebra/norms"
each_module = pytest.mark.parametrize("name", [name for name, m in INVENTORY.modules.items() if not m.is_package])


def page_of(site, docname):
    return site / f"{docname}.html"


def cell_links(soup, path):
    return [block.select("a.mgai-code-link") for block in soup(path).select("div.cell_input pre")]


@pytest.mark.parametrize("page", [page.docname for page in pages.executable(BOOK)])
def test_names_in_cells_lead_to_their_entries(site, soup, page):
    path = page_of(site, page)
    cells = [cell.source for _, cell in pages.code_cells(pages.read(BOOK, page).notebook)]
    linked = cell_links(soup, path)
    assert len(linked) == len(cells)
    for source, links in zip(cells, linked, strict=True):
        known = [each for each in first_of_each(references(source, INVENTORY)) if INVENTORY.address(each.name)[0]]
        assert [link["title"] for link in links] == [each.name for each in known]
        assert [link.get_text() for link in links] == [source[each.start : each.end] for each in known]
        for link in links:
            target, _, anchor = link["href"].partition("#")
            entry = soup((path.parent / target).resolve())
            assert anchor in ("", link["title"])
            assert entry.find(id=anchor or f"module-{link['title']}"), link["href"]


@each_module
def test_every_module_has_a_light_page_that_index_sidebar_and_overview_name(site, soup, name):
    module = INVENTORY.modules[name]
    path = page_of(site, module.docname)
    assert len(soup(path).find_all()) < ELEMENTS
    for above, selector in (
        (path, ".book-navigation a"),
        (page_of(site, api_pages.INDEX), "article a"),
        (page_of(site, INVENTORY.modules[module.package].docname), "article a"),
    ):
        found = [
            link for link in soup(above).select(selector) if link.get_text().strip().startswith(name.split(".")[-1])
        ]
        assert any((above.parent / link["href"]).resolve() == path.resolve() or link["href"] == "#" for link in found)


@each_module
def test_every_entry_has_its_source_and_the_pages_that_use_it(site, soup, name):
    module = INVENTORY.modules[name]
    path = page_of(site, module.docname)
    entries = {entry["id"]: entry for entry in soup(path).select("dt.sig-object[id]")}
    for each in module.definitions.values():
        full = f"{name}.{each.name}"
        assert (full in entries) == each.is_public
        if each.is_public and each.kind != "data":
            assert entries[full].select_one(".viewcode-link"), full
        if each.is_public:
            lines = entries[full].find_parent("dl").select(".mgai-used-on")
            shown = {link["href"] for line in lines if line.get_text().startswith("Used on") for link in line("a")}
            assert {(path.parent / href).resolve() for href in shown} == {
                page_of(site, docname).resolve() for used, docname in uses() if used == full
            }, full


@functools.cache
def uses():
    """(name, page) for every name that a page uses in a cell, links in its text, or says that a formula implements."""
    found = set()
    for page in pages.executable(BOOK):
        cells = [cell.source for _, cell in pages.code_cells(page.notebook)]
        found |= {(each.name, page.docname) for source in cells for each in references(source, INVENTORY)}
        listed = re.findall(r"^:implements:(.*)$", page.text, re.M)
        found |= {(name.strip(), page.docname) for line in listed for name in line.split(",")}
        found |= {(name, page.docname) for name in re.findall(r"\{py:\w+\}`~?(mgai[\w.]+)`", page.text)}
    return found


@pytest.mark.parametrize(
    "package", [module for module in INVENTORY.packages() if INVENTORY.inside(module)], ids=lambda each: each.name
)
def test_old_addresses_of_entries_still_lead_somewhere(site, soup, package):
    overview = soup(page_of(site, package.docname))
    for module in INVENTORY.inside(package):
        for each in module.definitions.values():
            assert not each.is_public or overview.find(id=f"{module.name}.{each.name}").find("a")


def test_signatures_read_like_the_source(site, soup):
    path = page_of(site, INVENTORY.modules["mgai.linear_algebra.low_rank"].docname)
    entry = soup(path).find(id="mgai.linear_algebra.low_rank.low_rank_approximation").get_text()
    assert 'a: Float[Tensor, "m n"]' in entry and "mgai." not in entry
    completion = soup(page_of(site, INVENTORY.modules["mgai.linear_algebra.matrix_completion"].docname))
    long = completion.find(id="mgai.linear_algebra.matrix_completion.soft_impute")
    assert [each.get_text().split(":")[0] for each in long.select(".mgai-parameter em.sig-param")][:2] == [
        "a",
        "observed",
    ]


def test_no_entry_says_what_only_python_knows(html_files, soup):
    for path in html_files:
        assert "Alias for field number" not in soup(path).get_text(), path


@pytest.mark.browser
def test_the_keyboard_reaches_each_link_of_a_cell_once_and_sees_it(open_page):
    page = open_page(f"{NORMS}.html")
    cell = page.locator("div.cell_input:visible").nth(1)
    names = cell.locator("a.mgai-code-link").all_inner_texts()
    assert len(names) == len(set(names)) > 1
    cell.locator("a.mgai-code-link").first.focus()
    for name in names:
        assert page.evaluate("document.activeElement.innerText") == name
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
        page.keyboard.press("Tab")


@pytest.mark.browser
def test_selected_code_is_copied_without_its_links(open_page):
    page = open_page(f"{NORMS}.html", permissions=["clipboard-read", "clipboard-write"])
    code = page.locator("div.cell_input:visible pre").nth(1)
    source = code.evaluate("block => block.textContent")
    code.evaluate("block => getSelection().selectAllChildren(block)")
    page.keyboard.press("Control+c")
    assert page.evaluate("navigator.clipboard.readText()").strip() == source.strip()
    assert "http" not in source and "mgai-code-link" not in source


def test_what_is_stored_of_a_page_holds_no_copy_of_the_environment(site):
    stored = list((BOOK.build / "doctrees" / modules.API).rglob("*.doctree"))
    assert len(stored) > len(INVENTORY.modules) / 2
    assert not [path for path in stored if b"sphinx.environment" in path.read_bytes()]
