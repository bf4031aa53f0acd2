"""What depends on the site's own address, SITE_URL: sitemap, canonical addresses, the page for wrong addresses."""

import re
from urllib.parse import urljoin
from xml.etree import ElementTree

import pytest
from bs4 import BeautifulSoup

SITE = "https://book.invalid/checked"
PAGE = "chapters/1-linear-algebra/sample.html"


def read(root, name: str) -> BeautifulSoup:
    return BeautifulSoup((root / "_build/html" / name).read_text(encoding="utf-8"), "html.parser")


@pytest.fixture(scope="module")
def addressed(good_book, tmp_path_factory):
    """The small book, built for an address."""
    import shutil

    root = tmp_path_factory.mktemp("addressed") / "copy"
    shutil.copytree(good_book.root, root, symlinks=True)
    book = type(good_book)(root)
    result = book.run("html", SITE_URL=SITE)
    assert result.returncode == 0, result.stdout + result.stderr
    return root


def test_without_an_address_there_is_no_sitemap_and_nothing_is_absolute(good_book):
    html = good_book.root / "_build/html"
    assert not (html / "sitemap.xml").exists()
    for name in ("index.html", PAGE, "404.html"):
        head = read(good_book.root, name).head
        assert not head.select("link[rel=canonical], base, meta[property='og:url']"), name
    assert all("://" not in link["href"] for link in read(good_book.root, "404.html").select("article a[href]"))


def test_with_an_address_every_page_is_in_the_sitemap_and_names_its_own(addressed):
    tree = ElementTree.parse(addressed / "_build/html/sitemap.xml")
    listed = {each.text for each in tree.iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")}
    files = {path.relative_to(addressed / "book").with_suffix(".html") for path in (addressed / "book").rglob("*.md")}
    assert listed == {f"{SITE}/{name.as_posix()}" for name in files}
    head = read(addressed, PAGE).head
    assert head.select_one("link[rel=canonical]")["href"] == f"{SITE}/{PAGE}"
    assert head.select_one("meta[property='og:url']")["content"] == f"{SITE}/{PAGE}"


def test_the_page_for_wrong_addresses_works_at_any_depth(addressed):
    """A server shows it in place of any address; a browser resolves its links against the base."""
    page = read(addressed, "404.html")
    base = page.head.base["href"]
    loaded = [tag.get("href") or tag.get("src") for tag in page.select("a[href], link[href], script[src]")]
    assert any(each.endswith("book.css") or "book.css?" in each for each in loaded)
    for each in loaded:
        whole = urljoin(urljoin(f"{SITE}/chapters/9-none/deep/page.html", base), each)
        assert whole.startswith(f"{SITE}/"), each
        name = re.split(r"[?#]", whole.removeprefix(f"{SITE}/"))[0] or "index.html"
        assert (addressed / "_build/html" / name).is_file(), each
    assert page.head.base.find_previous_siblings(["link", "script"]) == [], "the base stands before all addresses"
    assert page.head.select_one("meta[name=robots]")["content"] == "noindex"
    assert not page.head.select("link[rel=canonical]")


def test_an_address_that_is_none_is_refused(book):
    result = book.run("html", SITE_URL="book.invalid")
    assert result.returncode != 0
    assert "SITE_URL=book.invalid: an address begins with https:// or http://" in result.stdout + result.stderr
