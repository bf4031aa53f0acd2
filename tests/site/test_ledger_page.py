"""The ledger's filters in the browser: counts, keyboard, links, no script, many rows."""

import re

import pytest
from mgai_book.measuring import PHONE

pytestmark = pytest.mark.browser
LEDGER = "reference/ledger.html"
MANY = 1500
SECONDS = 0.5  # on a slow and busy machine; a reader's is several times faster


def shown(page) -> list[str]:
    """The kinds of the rows that one sees."""
    rows = page.locator(".mgai-records tr[data-item]")
    return rows.evaluate_all("all => all.filter(row => row.checkVisibility()).map(row => row.dataset.kind)")


def told(page) -> tuple[int, int, int, int]:
    """What the count says: claims shown and all, observations shown and all."""
    return tuple(map(int, re.findall(r"\d+", page.locator("#ledger-count").inner_text())))


def test_a_choice_by_keyboard_filters_counts_and_is_in_the_address(open_page):
    page = open_page(LEDGER)
    everything = shown(page)
    observations = everything.count("observation")
    claims = len(everything) - observations
    assert told(page) == (claims, claims, observations, observations)
    page.locator("select[name=kind]").focus()
    page.keyboard.type("refutation")
    page.keyboard.press("Enter")
    found = shown(page)
    assert set(found) == {"refutation"}
    assert 0 < len(found) < claims
    assert told(page) == (len(found), claims, 0, observations)
    assert page.url.endswith("#kind=refutation")
    assert page.locator("#ledger-count").get_attribute("role") == "status"
    label = page.locator("select[name=kind] option:checked").inner_text()
    assert label == f"refutation ({len(found)})"
    page.locator("button[type=reset]").press("Enter")
    page.wait_for_function("location.hash === ''")
    assert shown(page) == everything


def test_filters_combine_and_the_other_choices_are_counted_anew(open_page):
    page = open_page(f"{LEDGER}#chapter=1&kind=equality")
    one = len(shown(page))
    options = page.locator("select[name=scope] option").evaluate_all("all => all.map(o => [o.value, o.textContent])")
    counts = {value: int(re.search(r"\((\d+)\)$", text)[1]) for value, text in options if value}
    assert sum(counts.values()) == one
    scope = max(counts, key=counts.get)
    page.locator("select[name=scope]").select_option(scope)
    assert len(shown(page)) == counts[scope]
    impossible = page.locator("select[name=scope] option[value=observed]")
    assert impossible.is_disabled(), "an observation is no equality"
    page.locator("input[name=words]").fill("no such words anywhere")
    assert shown(page) == []
    assert page.locator(".mgai-ledger-chapter").filter(visible=True).count() == 0
    assert page.locator("#ledger-count").inner_text().startswith("0 of ")


def test_a_link_to_a_filter_is_followed_now_and_later(open_page):
    page = open_page(f"{LEDGER}#item=cs-03-07&words=minors")
    first = shown(page)
    assert 0 < len(first) < 10
    assert page.locator("input[name=words]").input_value() == "minors"
    page.wait_for_function("document.querySelector('#ledger-filters').getBoundingClientRect().top < innerHeight")
    page.evaluate("location.hash = '#kind=observation'")
    page.wait_for_function("document.querySelector('[name=kind]').value === 'observation'")
    assert set(shown(page)) == {"observation"}
    assert page.locator("select[name=item]").input_value() == ""


def test_an_anchor_filters_nothing(open_page):
    page = open_page(f"{LEDGER}#chapter-1")
    assert len(shown(page)) == page.locator(".mgai-records tr[data-item]").count()


def test_without_script_all_rows_are_there_and_no_filters(open_page):
    page = open_page("index.html")
    plain = page.context.browser.new_context(java_script_enabled=False).new_page()
    plain.goto(page.url.replace("index.html", f"{LEDGER}#item=cs-03-07"))
    assert not plain.locator("#ledger-filters").is_visible()
    rows = plain.locator(".mgai-records tr[data-item]")
    assert rows.count() > 100
    assert all(row.is_visible() for row in rows.all())
    assert plain.locator("tr[id='item=cs-03-07']").count() == 1, "the link leads to the first row of the item"
    plain.context.close()


def test_a_phone_shows_cards_within_its_width(open_page):
    page = open_page(LEDGER)
    page.set_viewport_size(PHONE)
    wide = "all => all.filter(each => each.getBoundingClientRect().right > innerWidth + 1).length"
    assert page.locator(".mgai-records td, #ledger-filters *").evaluate_all(wide) == 0
    display = page.locator(".mgai-records td").first.evaluate("cell => getComputedStyle(cell).display")
    assert display == "block"


def test_many_rows_are_filtered_at_once(open_page, server):
    page = open_page("index.html")

    def longer(route) -> None:
        html = route.fetch().text()
        rows = "".join(re.findall(r"<tr[^>]* data-chapter=.*?</tr>", html, re.S)).replace(' id="item=', ' data-was="')
        before, end, after = html.rpartition("</tbody>")
        body = before + rows * (MANY // rows.count("<tr") + 1) + end + after
        route.fulfill(content_type="text/html; charset=utf-8", body=body)

    page.route(f"**/{LEDGER}", longer)
    page.goto(f"{server}/{LEDGER}")
    page.wait_for_function("document.querySelector('#ledger-count').textContent")
    assert page.locator(".mgai-records tr[data-item]").count() > MANY
    seconds = page.evaluate("""() => Math.min(...["refutation", "", "equality", ""].map((kind) => {
      const select = document.querySelector("select[name=kind]"), began = performance.now();
      select.value = kind;
      select.dispatchEvent(new Event("input", { bubbles: true }));
      document.body.getBoundingClientRect();
      return performance.now() - began;
    })) / 1000""")
    assert seconds < SECONDS
