"""Every page in a real browser, without network: mathematics, accessibility in both themes, a phone's width."""

import re
from pathlib import Path

import nbformat
import pytest
from mgai_book import layout, wheel

pytestmark = pytest.mark.browser
ROOT = Path(__file__).parents[2]
NORMS, SHEET = "chapters/1-linear-algebra/norms", "chapters/1-linear-algebra/positive-semidefinite"
KEYS = 250  # more presses of Tab than any of these pages has stops before its first claim


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_page_is_sound_in_both_themes(visits, docname, theme):
    visit = visits(docname)
    facts = visit.facts[theme]
    told(docname, {
        "the theme": facts["theme"] != theme and facts["theme"],
        "asked for outside the site": visit.outside,
        "said on the console": visit.console,
        "formulas, and how many were typeset": facts["typeset"] != facts["formulas"] and facts["formulas"],
        "not typeset": facts["untypeset"],
        "formulas that say nothing to a screen reader": facts["mute"],
        "TeX with an error": facts["failed"],
        "raw TeX in the text": facts["raw"],
        "ids that occur twice": facts["repeatedIds"],
        "broken images": facts["broken"],
        "accessibility": visit.violations[theme],
    })  # fmt: skip


def test_every_page_fits_a_phone(visits, docname):
    visit = visits(docname)
    facts = visit.facts["phone"]
    assert facts["width"] == 390
    told(docname, {
        "sticking out, and in no box that scrolls": facts["bursting"],
        "the page scrolls sideways": facts["pageWidth"] > facts["width"] and facts["pageWidth"],
        "formulas that are cut": facts["cut"],
        "formulas whose top or bottom is cut": facts["flattened"],
        "accessibility": visit.violations["phone"],
    })  # fmt: skip


def told(docname: str, faults: dict) -> None:
    """Fail with all faults of a page at once."""
    lines = [f"{what}: {fault}" for what, found in faults.items() if found for fault in listed(found)]
    if lines:
        pytest.fail("\n".join([docname, *lines]), pytrace=False)


def listed(found) -> list:
    return found if isinstance(found, list) else [found]


def test_line_art_changes_its_lightness_in_the_dark(visits, docname):
    facts = visits(docname).facts
    assert all(each == "none" for each in facts["light"]["lineArt"])
    assert all("invert(0.9)" in each and "hue-rotate(180deg)" in each for each in facts["dark"]["lineArt"])
    assert not any("invert" in each for each in facts["dark"]["raster"]), "photographs keep their lightness"


@pytest.mark.parametrize("folder", ["_modules", "reference/api"])
def test_pages_of_one_template_show_nothing_that_was_not_looked_at(site, soup, alike, visits, folder):
    """Of listings and of modules' references those are visited that hold a kind of element which no earlier one has."""
    seen: set[str] = set()
    for path in (each for each in alike if each.is_relative_to(site / folder)):
        kinds = {name for tag in soup(path).select("article [class]") for name in tag["class"]}
        if not kinds <= seen:
            seen |= kinds
            docname = path.relative_to(site).with_suffix("").as_posix()
            test_every_page_is_sound_in_both_themes(visits, docname, "light")
            test_every_page_is_sound_in_both_themes(visits, docname, "dark")
            test_every_page_fits_a_phone(visits, docname)
    assert seen


def test_a_page_opens_from_a_file_with_its_mathematics(open_page, site):
    page = open_page(f"{NORMS}.html", base=site.as_uri())
    formulas = page.locator(".math").count()
    assert formulas > 0
    assert page.locator(".math mjx-container").count() == formulas
    assert page.locator("mjx-merror").count() == 0


def copied(page, button) -> str:
    button.dispatch_event("click")
    page.wait_for_function("button => button.classList.contains('success')", arg=button.element_handle())
    return page.evaluate("navigator.clipboard.readText()")


def copying_page(open_page, docname: str):
    page = open_page(f"{docname}.html", permissions=["clipboard-read", "clipboard-write"])
    page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    return page


@pytest.mark.parametrize("name", [NORMS, SHEET], ids=["exercise", "formula sheet"])
def test_the_copy_button_copies_the_cells_and_nothing_else(open_page, site, name):
    page = copying_page(open_page, name)
    notebook = nbformat.read(Path(site, "downloads", f"{name}.ipynb"), as_version=4)
    buttons = page.locator("div.cell button.copybtn")
    _, *expected = [cell.source.strip() for cell in notebook.cells if cell.cell_type == "code"]  # the first installs
    assert [copied(page, button).strip() for button in buttons.all()] == expected
    assert page.locator("div.cell_output button.copybtn").count() == 0


def test_the_install_line_unfolds_by_keyboard_and_is_copied_as_it_stands(open_page, server):
    page = copying_page(open_page, NORMS)
    page.evaluate("document.querySelector('.mgai-install').open = false")
    page.locator(".mgai-install summary").focus()
    page.keyboard.press("Enter")
    line = page.locator(".mgai-install pre").first
    assert line.is_visible()
    assert line.inner_text() == f'pip install "{server}/downloads/{wheel.name(layout.find(ROOT))}"'
    assert copied(page, page.locator(".mgai-install button.copybtn").first) == line.inner_text()


def test_the_copy_button_leaves_out_prompts_and_output(open_page):
    page = copying_page(open_page, "reference/api/shared/claims")
    examples = page.locator("div.highlight-pycon, div.highlight-default").filter(has_text=">>> ")
    assert examples.count() > 0
    for example in examples.all():
        lines = example.locator("pre").inner_text().splitlines()
        code = [line[4:] for line in lines if re.match(r"(>>>|\.\.\.)( |$)", line)]
        pasted = copied(page, example.locator("button.copybtn")).splitlines()
        assert list(filter(None, pasted)) == list(filter(None, code))  # an output in between leaves an empty line


def test_the_keyboard_reaches_search_sidebar_and_claims(open_page):
    page = open_page(f"{NORMS}.html")
    wanted = {
        "search": "button.search-button-field, .search-button__button",
        "sidebar": ".book-navigation a[aria-current=page]",
        "fold": "article details > summary",
        "claim": ".mgai-claim summary",
    }
    found = []
    for _ in range(KEYS):
        page.keyboard.press("Tab")
        is_at = "selector => document.activeElement.matches(selector)"
        found += [name for name, selector in wanted.items() if name not in found and page.evaluate(is_at, selector)]
        if "claim" in found:
            break
    assert found == list(wanted)
    claim = "document.activeElement.closest('details').open"
    assert page.evaluate(claim) is False
    page.keyboard.press("Enter")
    assert page.evaluate(claim) is True
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline not in ("none", ""), "where the keyboard is must be seen"


def test_the_search_finds_a_page_by_the_name_of_its_item(open_page):
    page = open_page("search.html?q=dlt-7.22")
    page.wait_for_selector(".search-summary:has-text('finished')", timeout=20_000)
    found = page.locator("#search-results li a").evaluate_all("links => links.map(link => link.pathname)")
    assert any(path.endswith(f"/{NORMS}.html") for path in found), found
