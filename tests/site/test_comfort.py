"""In the browser: finding an item, the way of the keyboard, still pages, little motion, paper."""

import pytest
from mgai_book import browsers, catalogue, layout, measuring

pytestmark = pytest.mark.browser
BOOK = layout.find()
NORMS = "chapters/1-linear-algebra/norms"
KEYS = 400  # more presses of Tab than the page with everything folded has stops


def first_of_each_kind() -> list[str]:
    names = sorted(path.relative_to(BOOK.sources).with_suffix("").as_posix() for path in BOOK.sources.rglob("*.md"))
    found = [*(name for name in names if not name.startswith(("extensions/", "catalogue/"))), *measuring.GENERATED]
    return [next(name for name in found if measuring.kind(name) == kind) for kind in measuring.KINDS]


def results(open_page, query: str) -> list[tuple[str, str]]:
    """(address, excerpt) of what the search finds, best first."""
    page = open_page("search.html")
    page.goto(page.url.split("?")[0] + "?q=" + query)
    page.wait_for_selector(".search-summary:has-text('finished')", timeout=20_000)
    page.wait_for_function("[...document.querySelectorAll('#search-results li')].length > 0")
    page.wait_for_timeout(500)  # the excerpts come one by one
    return page.locator("#search-results ul.search > li").evaluate_all(
        "all => all.map(each => [each.querySelector('a').getAttribute('href'), each.textContent])"
    )


@pytest.mark.parametrize("query", ["kaist-02", "cs-03-10", "dlt-7.22", "Cauchy-Schwarz inequality"])
def test_the_search_leads_to_the_box_of_an_item(open_page, query):
    items = catalogue.load(BOOK)
    item = items.get(query) or next(each for each in items.values() if each.title == query)
    address, excerpt = results(open_page, query)[0]
    assert address.endswith(f"{item.page}.html#item-{item.id.replace('.', '-')}"), address
    assert item.title.split("$")[0][:20] in excerpt


def test_the_search_finds_what_is_planned(open_page):
    planned = next(item for item in catalogue.load(BOOK).values() if not item.is_solved)
    address, excerpt = results(open_page, planned.id)[0]
    assert address.endswith(f"reference/sources.html#planned-{planned.id.replace('.', '-')}"), address
    assert planned.id in excerpt
    assert "planned" in excerpt


@pytest.mark.parametrize("query", ["norm", "eigenvalue"])
def test_excerpts_of_the_search_show_no_tex(open_page, query):
    found = results(open_page, query)
    assert len(found) > 3
    assert not [excerpt for _, excerpt in found if "\\" in excerpt]


FOCUS = """(kinds) => {
  const at = document.activeElement, style = getComputedStyle(at), box = at.getBoundingClientRect();
  const ring = (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 1) || style.boxShadow !== "none";
  const shown = at.checkVisibility({ visibilityProperty: true, opacityProperty: true }) && box.width * box.height > 0;
  const inside = box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
  const what = at.tagName + "." + at.className + " " + at.textContent.trim().slice(0, 40);
  const kind = Object.keys(kinds).find((name) => at.matches(kinds[name]));
  return { body: at === document.body, seen: ring && shown && inside, what, kind };
}"""
KINDS = {
    "skip": "#pst-skip-link a, a.skip-link, a[href='#main-content']",
    "search": ".search-button-field",
    "theme": ".theme-switch-button",
    "claim": ".mgai-claim summary",
    "sidebar": ".book-navigation a",
}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_keyboard_walks_through_a_page_and_is_always_seen(open_page, theme):
    page = open_page(f"{NORMS}.html", color_scheme=theme, reduced_motion="reduce")
    stops = []
    for _ in range(KEYS):
        page.keyboard.press("Tab")
        stop = page.evaluate(FOCUS, KINDS)
        if stop["body"]:
            break
        stops.append(stop)
    assert stop["body"], f"the keyboard is trapped after {stops[-1]}"
    assert not [each["what"] for each in stops if not each["seen"]]
    assert {each.get("kind") for each in stops} >= set(KINDS)


def test_the_keyboard_opens_a_claim_and_closes_it(open_page):
    page = open_page(f"{NORMS}.html")
    page.locator(".mgai-claim summary").first.focus()
    opened = "document.activeElement.closest('details').open"
    for state in (True, False):
        page.keyboard.press("Enter")
        assert page.evaluate(opened) is state


def test_nothing_moves_for_those_who_asked_for_little_motion(open_page):
    page = open_page(f"{NORMS}.html", reduced_motion="reduce")
    moving = """() => [...document.querySelectorAll("*")].filter((each) => {
      const style = getComputedStyle(each), seconds = (text) => Math.max(...text.split(",").map(parseFloat));
      return seconds(style.transitionDuration) > 0 || style.animationName !== "none";
    }).map((each) => each.tagName + "." + each.className)"""
    assert page.evaluate(moving) == []
    moved = open_page(f"{NORMS}.html", reduced_motion="no-preference")
    assert moved.evaluate(moving), "the same question finds the motion of others"


@pytest.mark.parametrize("name", first_of_each_kind())
def test_a_page_paints_and_stays_where_it_is(chromium, server, name):
    for viewport in (measuring.DESK, measuring.PHONE):
        seen = measuring.load(chromium, f"{server}/{name}.html", viewport)
        assert seen["fcp"] > 0
        assert seen["cls"] < measuring.JUMPS, (name, viewport)


def test_the_shift_of_a_page_that_jumps_is_seen(chromium, tmp_path):
    jump = "document.body.prepend(Object.assign(document.createElement('div'), {style: 'height:400px'}))"
    (tmp_path / "index.html").write_text(
        f"<h1>One</h1><p>{'two ' * 900}</p><script>setTimeout(() => {jump}, 150)</script>"
    )
    with browsers.serving(tmp_path) as address:
        assert measuring.load(chromium, f"{address}/index.html", measuring.DESK)["cls"] > measuring.JUMPS


def test_dark_is_dark_before_the_theme_has_loaded(chromium, server):
    context = chromium.new_context(color_scheme="dark")
    page = context.new_page()
    page.route("**/_static/scripts/**", lambda route: route.abort())
    page.goto(f"{server}/index.html")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    context.close()


def test_on_paper_there_is_the_text_alone(open_page):
    page = open_page(f"{NORMS}.html", color_scheme="dark")
    page.emulate_media(media="print", color_scheme="dark")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.evaluate("document.documentElement.dataset.theme") == "light"
    for selector in (".bd-sidebar-primary", ".prev-next-area", "button.copybtn", "details.hide"):
        assert not page.locator(selector).first.is_visible(), selector
    assert page.locator(".mgai-claim summary").first.is_visible()
    assert page.locator("img.mgai-line-art").first.evaluate("image => getComputedStyle(image).filter") == "none"
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
