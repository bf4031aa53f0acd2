"""A site that is current is left as it is; the least change of what it is made from renders it again."""

import shutil

import pytest

SAYS = "nothing changed since the book was built"


@pytest.fixture
def built(book):
    """A small book whose site is current."""
    assert book.run("html").returncode == 0
    return book


def test_a_second_build_examines_the_claims_and_leaves_the_site(built):
    before = built.html.stat().st_mtime_ns
    result = built.run("html")
    assert result.returncode == 0 and SAYS in result.stdout
    assert "1 pages, 1 claims, 0 faults" in result.stdout
    assert built.html.stat().st_mtime_ns == before


def a_sentence(book):
    book.page.write_text(book.page.read_text().replace("Add two and two.", "Add two to two."))


def a_style(book):
    path = book.root / "book/_static/book.css"
    path.write_text(path.read_text() + "\n/* wider */\n")


def the_results(book):
    shutil.rmtree(book.root / "_build/cache")


def the_site(book):
    (book.root / "_build/html/index.html").unlink()


@pytest.mark.parametrize("change", [a_sentence, a_style, the_results, the_site])
def test_what_changed_is_rendered_again(built, change):
    before = built.html.stat().st_mtime_ns
    change(built)
    result = built.run("html")
    assert result.returncode == 0 and SAYS not in result.stdout
    assert built.html.stat().st_mtime_ns > before
    assert SAYS in built.run("html").stdout


def test_a_setting_counts_as_a_change(built):
    assert SAYS not in built.run("html", SITE_URL="https://example.org/book").stdout
    assert SAYS not in built.run("html").stdout


def test_a_site_that_was_replaced_without_a_word_is_not_taken_for_current(built):
    """As when a build is killed between putting its site in place and noting what it was made from."""
    from mgai_book import currency, layout

    currency.forget(layout.Layout(built.root))
    assert SAYS not in built.run("html").stdout
