"""What a reader is offered: the front page, the map of a chapter, the order of pages, titles and descriptions."""

import re

import pytest
from bs4 import BeautifulSoup
from mgai_book import catalogue, layout, ledger, pages

BOOK = layout.find()
CHAPTERS = [n for n in catalogue.CHAPTERS if BOOK.page(f"{catalogue.chapter_folder(n)}/index").exists()]


def opener(number: int) -> str:
    return f"{catalogue.chapter_folder(number)}/index"


def items_of(number: int) -> list[catalogue.Item]:
    return [item for item in catalogue.load(BOOK).values() if item.chapter == number]


@pytest.fixture
def read(site, soup):
    return lambda docname: soup(site / f"{docname}.html")


def test_the_front_page_shows_a_figure_of_the_book_as_its_page_has_it(read):
    shown = read("index").select_one("figure.mgai-shown")
    page = shown.select_one("figcaption a")["href"].removesuffix(".html")
    pictures = {image["src"].split("/")[-1]: image["alt"] for image in read(page).select("figure img")}
    picture = shown.img
    assert pictures[picture["src"].split("/")[-1]] == picture["alt"]


def test_the_front_page_counts_what_there_is(read):
    items, entries = catalogue.load(BOOK).values(), ledger.load(BOOK)
    errors = [d for item in items for d in item.discrepancies if d.kind in catalogue.ERRATA_CLASSES]
    shown = [int(each.get_text().replace(",", "")) for each in read("index").select(".mgai-totals .mgai-number")]
    assert shown == [sum(i.is_solved for i in items), sum(e.is_claim for e in entries), len(errors)]


def test_the_front_page_has_a_card_for_each_chapter(read):
    cards = read("index").select(".mgai-cards .sd-card")
    assert len(cards) == len(catalogue.CHAPTERS)
    for number, card in zip(catalogue.CHAPTERS, cards, strict=True):
        mine = items_of(number)
        done = sum(item.is_solved for item in mine)
        assert f"{done} of {len(mine)} item" in card.get_text() if done else f"planned: {len(mine)}" in card.get_text()
        assert bool(card.select("a[href]")) == (number in CHAPTERS)
        assert card.select_one(".mgai-bar[aria-hidden] > span")


@pytest.mark.parametrize("number", CHAPTERS)
def test_the_map_of_a_chapter_shows_every_item_and_every_page(read, number):
    article = read(opener(number)).article
    squares = article.select_one(".mgai-squares[role=img]")
    done = sum(item.is_solved for item in items_of(number))
    assert len(squares.select(".mgai-solved")) == done
    assert len(squares.select("span")) == len(items_of(number))
    assert f"{done} solved" in squares["aria-label"]
    listed = " ".join(article.select_one("ul.mgai-map").get_text().split())
    ahead = [each.get_text() for each in article.select(".mgai-ahead .mgai-id")]
    assert sorted(ahead) == sorted(item.id for item in items_of(number) if not item.is_solved)
    for page in pages.executable(BOOK):
        if page.docname.startswith(catalogue.chapter_folder(number) + "/"):
            assert all(name in listed for name in page.items), page.docname


def links_of(found: BeautifulSoup, selector: str) -> list[str]:
    return [link["href"].split("/")[-1] for link in found.select(selector)]


@pytest.mark.parametrize("number", CHAPTERS)
def test_next_and_sidebar_follow_the_contents_of_the_chapter(read, number):
    """From the opener, Next leads through all pages of the chapter, in the order in which the sidebar shows them."""
    folder = catalogue.chapter_folder(number)
    found = {page.docname for page in pages.executable(BOOK)}
    order = [name.split("/")[-1] + ".html" for name in pages.reading_order(BOOK, folder, found)]
    page = read(opener(number))
    assert links_of(page, "nav.book-navigation details[open] li.section a") == order
    walked, here = [], opener(number)
    for _ in order:
        following = links_of(read(here), "a.right-next")
        walked += following
        here = f"{folder}/{following[0].removesuffix('.html')}"
        assert links_of(read(here), "a.left-prev"), here
    assert walked == order


def test_every_page_describes_itself(site, html_files, soup):
    described = {}
    for path in html_files:
        head = soup(path).head
        told = {tag.get("property") or tag.get("name"): tag["content"] for tag in head.find_all("meta", content=True)}
        assert told["og:title"] and told["og:title"] in soup(path).title.get_text(), path
        assert 20 < len(told["description"]) <= 205, (path, told["description"])
        assert told["description"] == told["og:description"]
        assert not re.search(r"[\\$]", told["description"]), (path, told["description"])
        assert "og:image" not in told, "no social cards"
        described[path.relative_to(site).as_posix()] = told["description"]
    written = {name: text for name, text in described.items() if name.startswith("chapters/")}
    assert len(set(written.values())) == len(written), "each page of a chapter has a description of its own"


def test_images_have_a_size_before_they_are_loaded(html_files, soup):
    images = [image for path in html_files for image in soup(path).select("article img[src*='_images/']")]
    assert images
    assert not [image["src"] for image in images if not (image.get("width") and image.get("height"))]
