"""What a reader loads: bytes over the wire, the fingerprint of a site, what the build page tells."""

import gzip
import json

import pytest
from mgai_book import layout, measuring


@pytest.fixture
def html(tmp_path):
    """A site of two pages with a picture each, and a place for the report."""
    (tmp_path / "book").mkdir()
    root = tmp_path / "_build/html"
    root.mkdir(parents=True)
    (root / "line.svg").write_text("<svg>" + "0" * 5000 + "</svg>")
    (root / "dots.png").write_bytes(bytes(range(256)) * 8)
    for name, image in (("index", "line.svg"), ("other", "dots.png")):
        (tmp_path / "book" / f"{name}.md").write_text("# Title\n")
        (root / f"{name}.html").write_text(f'<p>{name}</p><img src="{image}"/>' + '<div class="mgai-measures"></div>')
    return root


def test_text_travels_compressed_and_rasters_as_they_are(html):
    text = len(gzip.compress((html / "other.html").read_bytes(), 6))
    assert measuring.wire(html, "other") == text + 256 * 8
    assert measuring.wire(html, "index") < 1000 < len((html / "line.svg").read_bytes())


def test_measures_are_shown_while_they_belong_to_the_site(html, tmp_path):
    book = layout.Layout(tmp_path)
    measuring.fill_in(book, html)
    assert "not measured" in (html / "index.html").read_text()
    seen = {name: {"fcp": 123, "cls": 0.0123} for name in ("index", "other")}
    found = {"site": measuring.fingerprint(html), "browser": "Chromium 1", "pages": seen}
    (tmp_path / "_build/measures.json").write_text(json.dumps(found))
    measuring.fill_in(book, html)
    assert "123" in (html / "index.html").read_text()
    assert "0.012" in (html / "index.html").read_text()
    assert measuring.fingerprint(html) == found["site"], "telling the measures is no change of the site"
    (html / "other.html").write_text("<p>changed</p>")
    measuring.fill_in(book, html)
    assert "not measured" in (html / "index.html").read_text()


@pytest.mark.parametrize("text", ["", "[]", '{"site": 1}', "{"])
def test_a_store_that_cannot_be_read_counts_as_none(html, tmp_path, text):
    (tmp_path / "_build/measures.json").write_text(text)
    assert measuring.stored(layout.Layout(tmp_path), html) == {}


def test_a_book_without_a_site_cannot_be_measured(book):
    import shutil

    shutil.rmtree(book.root / "_build/html")
    result = book.run("measure")
    assert result.returncode == 2
    assert result.stderr.count("\n") == 1
    assert "make html" in result.stderr or "Chromium" in result.stderr


def test_every_page_is_of_a_kind():
    kinds = [measuring.kind(name) for name in ("index", "chapters/a/index", "chapters/a/b", "reference/api/x", "404")]
    assert kinds == [*list(measuring.KINDS)[:4], "Made by Sphinx"]


def test_a_browser_that_does_not_start_is_named(good_book):
    pytest.importorskip("playwright")
    result = good_book.run("measure", MGAI_CHROMIUM="/bin/true")
    assert result.returncode == 2
    assert result.stderr.startswith("error: /bin/true does not start as a browser: ")
    assert len(result.stderr.splitlines()) == 1
