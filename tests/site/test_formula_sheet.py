"""The formula sheet in the browser: what stands on it, on a screen, and printed on A4 with nothing clipped."""

import re
from pathlib import Path

import pytest
from mgai_book import catalogue, formula_sheet, layout, ledger
from mgai_book.measuring import PHONE

pytestmark = pytest.mark.browser
ROOT = Path(__file__).parents[2]
BOOK = layout.find(ROOT)
SHEETS = [formula_sheet.HOME, *formula_sheet.sheets(BOOK)]
A4 = {"width": round((210 - 2 * 11) / 25.4 * 96), "height": 1000}  # the width between the margins, in CSS pixels
#: Parts of an entry that stick out of it, and what is not typeset; in the medium that is emulated.
CLIPPED = """() => {
  const box = (element) => element.getBoundingClientRect();
  const name = (element) => element.closest(".mgai-entry").id + ": " + element.textContent.slice(0, 60);
  const shown = (element) => element.checkVisibility() && box(element).width > 0;
  const parts = [...document.querySelectorAll(".mgai-entry *")].filter(shown);
  const out = (part) => {
    const entry = box(part.closest(".mgai-entry"));
    return box(part).right > entry.right + 0.6 || box(part).left < entry.left - 0.6;
  };
  const cut = (formula, part) => box(formula).right > box(part).right + 0.6 || box(formula).left < box(part).left - 0.6;
  const clips = (part) => !["visible", "clip"].includes(getComputedStyle(part).overflowX)
    && getComputedStyle(part).display !== "inline";
  const hides = (part) => clips(part) && [...part.querySelectorAll("mjx-math")].some((formula) => cut(formula, part));
  // A formula in the text may not reach into the line of the next paragraph.
  const line = (part) => part.closest("p, li");
  const touches = (part) => part.matches("span.math mjx-math") && line(part) &&
    (box(part).bottom > box(line(part)).bottom + 2.5 || box(part).top < box(line(part)).top - 2.5);
  const visual = parts.filter((part) => !part.closest("mjx-assistive-mml"));
  return visual.filter((part) => out(part) || hides(part) || touches(part)).map(name);
}"""


def entries(page) -> list[str]:
    return page.locator(".mgai-entry").evaluate_all("all => all.map(each => each.id)")


def expected(chapter: int | None = None) -> set[str]:
    claims = formula_sheet.claims_by_item(ledger.load(BOOK))
    found = [i for i in catalogue.load(BOOK).values() if formula_sheet.enters(i, claims.get(i.id, []))]
    return {f"formula-{i.id.replace('.', '-')}" for i in found if chapter in (None, i.chapter)}


@pytest.mark.parametrize("sheet", SHEETS)
def test_the_sheet_has_every_finished_formula_once(open_page, sheet):
    chapter = re.search(r"/(\d)-", sheet)
    page = open_page(f"{sheet}.html")
    found = entries(page)
    assert len(found) == len(set(found))
    assert set(found) == expected(int(chapter[1]) if chapter else None)
    for entry in page.locator(".mgai-entry").all():
        assert entry.locator(".mgai-ways a").count() == 2, "a link to the page and one to the claims"
    for difference in page.locator(".mgai-differs").all():
        assert difference.locator("a[href*='errata.html#erratum-']").count() == 1


@pytest.mark.parametrize("sheet", SHEETS)
@pytest.mark.parametrize("device", ["desk", "phone in the dark"])
def test_nothing_is_clipped_on_paper(open_page, sheet, device):
    page = open_page(f"{sheet}.html", **({"color_scheme": "dark"} if device != "desk" else {}))
    if device != "desk":
        page.set_viewport_size(PHONE)
    pdf = page.pdf(format="A4", prefer_css_page_size=True)
    pages = len(re.findall(rb"/Type\s*/Page\b", pdf))
    count = len(entries(page))
    assert 1 <= pages <= 2 + count // 12, f"{count} formulas take {pages} sheets of paper"
    assert re.search(rb"/MediaBox\s*\[\s*0 0 59[45][.\d]* 84[12]", pdf), "A4, upright"
    page.set_viewport_size(A4)
    page.emulate_media(media="print")
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert page.evaluate(CLIPPED) == []
    formulas = page.locator(".mgai-entry .math")
    assert formulas.count() == page.locator(".mgai-entry .math mjx-container").count() > 0
    lefts = page.locator(".mgai-entry").evaluate_all("all => all.map(each => each.getBoundingClientRect().left)")
    assert len({round(left) for left in lefts}) == min(2, count), "two columns"
    ink = page.locator(".mgai-entry").first.evaluate("each => getComputedStyle(each).color")
    assert ink == "rgb(0, 0, 0)"
    for beside in (".bd-sidebar-primary", ".bd-header-article", ".prev-next-footer", ".bd-footer"):
        assert not any(each.is_visible() for each in page.locator(beside).all()), beside
    assert page.locator("h1").filter(visible=True).count() == 1


def test_the_measure_finds_a_formula_that_is_too_wide(open_page):
    page = open_page(f"{SHEETS[0]}.html")
    page.emulate_media(media="print")
    page.set_viewport_size(A4)
    assert page.evaluate(CLIPPED) == []
    page.evaluate("document.querySelector('.mgai-entry mjx-math').style.paddingLeft = '9cm'")
    assert page.evaluate(CLIPPED) != []


def test_one_column_on_a_phone_and_two_on_a_desk(open_page):
    page = open_page(f"{SHEETS[1]}.html")

    def columns() -> int:
        lefts = page.locator(".mgai-entry").evaluate_all("all => all.map(each => each.getBoundingClientRect().left)")
        return len({round(left) for left in lefts})

    assert columns() == 2
    page.set_viewport_size(PHONE)
    assert columns() == 1


def test_the_way_to_the_claims_leads_to_the_rows_of_the_item(open_page):
    page = open_page(f"{SHEETS[1]}.html")
    entry = page.locator("#formula-cs-03-07")
    count = int(re.search(r"\d+(?= claims?)", entry.inner_text())[0])
    entry.locator("a", has_text="claim").click()
    page.wait_for_function("document.querySelector('#ledger-count')?.textContent")
    rows = page.locator(".mgai-records tr[data-item]").filter(visible=True)
    assert rows.evaluate_all("all => [...new Set(all.map(row => row.dataset.item))]") == ["cs-03-07"]
    assert rows.locator("xpath=self::*[not(@data-kind='observation')]").count() == count
