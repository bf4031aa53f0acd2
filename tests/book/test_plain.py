"""Pages as plain Markdown: whatever it is made of, Markdown reads it back as the same text."""

import pytest
from bs4 import BeautifulSoup
from docutils import nodes
from docutils.core import publish_doctree
from markdown_it import MarkdownIt
from mdit_py_plugins.dollarmath import dollarmath_plugin
from mgai_book import plain

RST = r"""
Section
=======

A *word*, **two words**, ``code *with* marks`` and 2 * 3 < 7, a_b, _c_, \\ back, `tick`, $5, a [bracket](not a link).

- one

  with a second paragraph
- two

  1. inner
  2. inner

     - innermost

::

    literal  <b> *text*

.. note:: Careful

   A formula :math:`x_1*y*z` in it.

.. math:: a &= b \\ c &= d

term
    its meaning

======  =======
a|b     c
======  =======
1 * 2   ``x``
======  =======

    A quotation.

`A link <https://example.org/x>`_ ends it.
"""


@pytest.fixture(scope="module")
def document() -> nodes.document:
    return publish_doctree(RST, settings_overrides={"report_level": 5, "doctitle_xform": False})


@pytest.fixture(scope="module")
def written(document) -> str:
    (text,) = plain.pieces(document, "some/page", {})
    return text


def read(markdown: str) -> BeautifulSoup:
    """What a reader of notebooks makes of it."""
    html = MarkdownIt("commonmark").enable("table").use(dollarmath_plugin, allow_digits=False).render(markdown)
    return BeautifulSoup(html, "html.parser")


def test_markdown_reads_back_the_same_words_in_the_same_order(document, written):
    found = read(written).get_text(" ").split()
    for node in document.findall(nodes.math_block):
        node[0] = nodes.Text(f"\\begin{{aligned}}{node.astext()}\\end{{aligned}}")
    expected = document.astext().split()
    assert "".join(found) == "".join(expected) and len(expected) > 50


def test_blocks_become_the_blocks_of_markdown(written):
    soup = read(written)
    assert [li.parent.name for li in soup.find_all("li")] == ["ul", "ul", "ol", "ol", "ul"]
    assert soup.find("li").find_all("p")[1].get_text() == "with a second paragraph"
    assert soup.select_one("pre code").get_text() == "literal  <b> *text*\n"
    assert soup.select_one("blockquote").get_text(" ", strip=True).startswith("Careful")
    assert [td.get_text() for td in soup.select("td")] == ["1 * 2", "x"]
    assert soup.a["href"] == "https://example.org/x"
    assert soup.em.get_text() == "word" and soup.h1.get_text() == "Section"


def test_links_into_the_book_need_its_address():
    inside = nodes.reference("", "elsewhere", internal=True, refuri="../other.html#x")
    here = nodes.reference("", "above", internal=True, refid="y")
    text = nodes.paragraph("", "", inside, nodes.Text(" "), here)
    document = nodes.section("", text)
    assert list(plain.pieces(document, "a/page", {})) == ["elsewhere above"]
    assert list(plain.pieces(document, "a/page", {}, "https://e.org/b")) == [
        "[elsewhere](https://e.org/b/other.html#x) [above](https://e.org/b/a/page.html#y)"
    ]


def test_what_is_cited_comes_along_in_full():
    reference = nodes.reference(
        "", "Doe, 2001", internal=True, refuri="../bibliography.html#id1", reftitle="J. Doe. T_x."
    )
    document = nodes.section("", nodes.paragraph("", "", reference))
    assert list(plain.pieces(document, "a/page", {})) == ["Doe, 2001\n\n## References\n\n- J. Doe. T_x."]


def test_cells_part_the_text_and_captions_follow_their_figures():
    figure = nodes.figure("", nodes.caption("", "What is seen."), ids=["fig-x"])
    cell = nodes.container("", figure, nb_element="cell_code")
    document = nodes.section("", nodes.paragraph(text="before"), cell, nodes.paragraph(text="after"))
    assert list(plain.pieces(document, "a/page", {"figure": {"fig-x": (4,)}})) == [
        "before", cell, "**Figure 4.** What is seen.\n\nafter",
    ]  # fmt: skip


def test_long_paragraphs_are_wrapped_and_no_line_begins_a_list():
    formula = "$" + " + ".join("abcdefgh") + "$"
    text = " ".join(["word"] * 20 + [formula, "-", "1.", "#"] * 9)
    lines = plain._wrapped(text).splitlines()
    assert len(lines) > 1 and " ".join(lines) == text
    assert all(line.count("$") % 2 == 0 for line in lines)
    assert not any(line.startswith(("- ", "1. ", "# ")) for line in lines)
