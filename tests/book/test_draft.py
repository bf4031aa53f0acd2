"""A draft shows the whole book with its faults; the store and the published site see nothing of them."""

import hashlib
import subprocess
import sys

import pytest
from bs4 import BeautifulSoup

DRAFT = """
import sys
from mgai_book import drafting, layout
try:
    sys.exit(drafting.draft(layout.find()))
except layout.BookError as error:
    sys.exit(f"error: {error}")
"""
FALSE = (
    "from mgai import claims\n\nclaims.equal(2 + 2, 5, item='dlt-0.0', name='false', says='two and two make five', "
    "route='closed form', rejects={'four, doubled': 8})"
)
RAISES = 'x = 1\nraise ValueError("on purpose")'
DIES = "import os\n\nos._exit(3)"
LATER = "print('a later cell')"


def make_draft(book) -> subprocess.CompletedProcess:
    command = [sys.executable, "-c", DRAFT]
    return subprocess.run(command, cwd=book.root, capture_output=True, text=True, timeout=300)


def add_cells(book, *codes: str) -> list[int]:
    """Append cells to the page; returns the line of the first code line of each."""
    text, lines = book.page.read_text(), []
    for code in codes:
        text += f"\n```{{code-cell}} ipython3\n{code}\n```\n"
        lines.append(text.count("\n") - code.count("\n") - 1)
    book.page.write_text(text)
    return lines


def drafted(book, docname: str = "chapters/1-linear-algebra/sample") -> BeautifulSoup:
    text = (book.root / f"_build/draft/{docname}.html").read_text()
    return BeautifulSoup(text, "html.parser")


def digests(book, *folders: str) -> dict[str, str]:
    """What lies in some folders of ``_build``, byte by byte."""
    files = [path for folder in folders for path in sorted((book.root / "_build" / folder).rglob("*"))]
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files if path.is_file()}


def test_faults_stand_in_their_places_and_nowhere_else(book):
    false, raises, _ = add_cells(book, FALSE, RAISES, LATER)
    before = digests(book, "html", "cache")
    result = make_draft(book)
    assert result.returncode == 1, result.stdout + result.stderr
    assert f"sample.md:{raises + 1}, cell 3: ValueError: on purpose" in result.stdout
    assert digests(book, "html", "cache") == before

    page = drafted(book)
    (banner,) = page.select(".mgai-draft")
    own = [item.get_text() for item in banner.select("ul")[0].select("li")]
    assert [text.split(":")[0] for text in own] == [f"cell 2, line {false}", f"cell 3, line {raises + 1}"]
    target = banner.select_one("a[href^='#claim']")["href"][1:]
    assert "mgai-claim-fails" in page.find(id=target)["class"]
    assert "ValueError: on purpose" in page.select_one(".traceback").get_text()
    assert "a later cell" in page.get_text()

    links = drafted(book, "index").select(".mgai-draft a")
    assert [link["href"] for link in links] == ["chapters/1-linear-algebra/sample.html"]

    again = book.run("html")  # nothing of the draft makes a false book publishable
    assert again.returncode == 1
    assert "executing 1 of 1 pages" in again.stdout
    assert digests(book, "html", "cache") == before


def test_a_faultless_draft_has_no_banner_and_its_results_serve_the_next_build(book):
    add_cells(book, LATER)
    result = make_draft(book)
    assert result.returncode == 0, result.stdout + result.stderr
    assert not drafted(book).select(".mgai-draft")
    assert "a later cell" in drafted(book).get_text()
    assert "a later cell" not in book.html.read_text()
    assert "executing 0 of 1 pages" in book.run("check").stdout


def test_a_page_whose_kernel_dies_is_drafted_all_the_same(book):
    add_cells(book, DIES)
    result = make_draft(book)
    assert result.returncode == 1, result.stdout + result.stderr
    assert "the kernel died: exit status 3" in drafted(book).select_one(".mgai-draft").get_text()
    assert "two and two make four" in drafted(book).get_text().lower()


def test_what_sphinx_warns_of_is_shown_every_time_and_is_no_failure(book):
    with (book.root / "book/reference/sources.md").open("a") as page:
        page.write("\n{item}`nope-1`\n")
    for _ in range(2):
        result = make_draft(book)
        assert "the catalogue has no item 'nope-1'" in result.stdout
        assert "1 warnings of Sphinx" in result.stdout
        assert result.returncode == 0, result.stdout + result.stderr


def test_a_fault_of_the_catalogue_is_named_on_every_page(book):
    text = book.catalogue.read_text()
    book.catalogue.write_text(text + text.replace("dlt-0.0", "dlt-0.1").replace("/sample", "/missing"))
    result = make_draft(book)
    assert result.returncode == 1, result.stdout + result.stderr
    for docname in ("index", "reference/errata", "chapters/1-linear-algebra/sample"):
        assert "dlt-0.1 is solved but its page" in drafted(book, docname).select_one(".mgai-draft").get_text()


@pytest.mark.parametrize("mistake", ["html_theme = 'no-such-theme'", "extensions = ['no_such_extension']"])
def test_a_mistake_in_the_configuration_gives_one_line(book, mistake):
    with (book.root / "conf.py").open("a") as configuration:
        configuration.write(f"\n{mistake}\n")
    result = make_draft(book)
    (line,) = result.stderr.splitlines()
    assert line.startswith("error: Sphinx cannot render the draft: ")
    assert "such" in line
    assert result.returncode == 1
