"""Each fault fails the build: message with page and cell, exit status not zero, the published site untouched."""

import pytest
from mgai_book import layout

RAISES = 'x = 1\nraise ValueError("on purpose")'
WARNS = 'import warnings\nwarnings.warn("on purpose")\nprint(1)'
SVG = "<svg xmlns='http://www.w3.org/2000/svg'/>"
NO_ALT = f'from IPython.display import SVG, display\n\ndisplay(SVG("{SVG}"))'
FILE_ALT = NO_ALT.replace("))", '), metadata={"image/svg+xml": {"alt": "plot.png"}})')
BARE = "from matplotlib.figure import Figure\nfrom IPython.display import display\n\ndisplay(Figure())"
SILENT = "x = 1"
FALSE = (
    "from mgai import claims\n\nclaims.equal(2 + 2, 5, item='dlt-0.0', name='false', says='two and two make five', "
    "route='closed form', rejects={'four, doubled': 8})"
)
NO_CONTROL = (
    "from mgai import claims\n\nclaims.equal(2 + 2, 4, item='dlt-0.0', name='bare', says='two and two make four', "
    "route='closed form', rejects={})"
)
TWICE = (
    "from mgai import claims\n\nclaims.equal(2 + 2, 4, item='dlt-0.0', name='sum', says='two and two make four', "
    "route='closed form', rejects={'off by one': 5})"
)
UNKNOWN = TWICE.replace("dlt-0.0", "dlt-9.9")

SLIDER = """from IPython.display import display
from mgai import figures, frames

def line(slope):
    drawn = figures.figure(3.0, 2.0)
    drawn.subplots().plot([0, slope], linewidth=slope)
    return drawn

made = [frames.Frame(line(s), f"slope {s}", f"a line that rises to {s}") for s in (1, 2, 3)]
record = frames.describe(made, "slope", "a line that rises steeper")
CHANGE
display({frames.MIME: record, "text/plain": "a line that rises"}, raw=True)"""
SLIDER_NO_ALT = SLIDER.replace("CHANGE", "record['frames'][0]['alt'] = ''")
SLIDER_HEAVY = SLIDER.replace("CHANGE", "record['frames'][0]['image'] += ' ' * frames.LIMIT")

UNCLOSED = "for i in range(2):\n    print(i)\nprint(2)"
LONG = "\n".join(f"print({number})" for number in range(36))
IMPORTS = "import os\nimport re\nimport sys\nimport time\n\nprint(1)"

CELL_FAULTS = {
    "a cell too long": (LONG, "36 lines, more than 35", 0),
    "a cell with many imports": (IMPORTS, "more than 3 lines of imports", 0),
    "a cell that a prompt does not take": (UNCLOSED, "leave a blank line after the block above", 0),
    "a raising cell": (RAISES, "ValueError: on purpose", 1),
    "a warning": (WARNS, "printed a warning", 0),
    "a figure without alt": (NO_ALT, "no alternative text", 0),
    "a figure whose alt is a file name": (FILE_ALT, "no alternative text", 0),
    "a figure that nothing shows": (BARE, "came out as text", 0),
    "a slider with a frame without alt": (SLIDER_NO_ALT, "frame 'slope 1': alt is empty", 0),
    "a slider that is too heavy": (SLIDER_HEAVY, "more than 300,000", 0),
    "a cell that shows nothing": (SILENT, "shows nothing", 0),
    "a failing claim": (FALSE, "ClaimFailed", 2),
    "a claim without control": (NO_CONTROL, "negative control", 2),
    "a claim made twice": (TWICE, "made twice", None),
    "a claim of an unknown item": (UNKNOWN, "no item 'dlt-9.9'", None),
}


def add_cell(book, code: str) -> int:
    """Append a cell to the page; returns the line of its first code line."""
    text = book.page.read_text()
    book.page.write_text(text + f"\n```{{code-cell}} ipython3\n{code}\n```\n")
    return len(text.splitlines()) + 3


@pytest.mark.parametrize("fault", CELL_FAULTS)
def test_a_faulty_cell_stops_the_build(book, fault):
    code, message, offset = CELL_FAULTS[fault]
    before = book.html.read_bytes()
    line = add_cell(book, code)
    result = book.run("html")
    assert result.returncode == 1
    reported = [each for each in result.stdout.splitlines() if message in each]
    assert reported, result.stdout + result.stderr
    assert "book/chapters/1-linear-algebra/sample.md" in reported[0]
    assert "cell 2" in reported[0]
    if offset is not None:
        assert f"sample.md:{line + offset}," in reported[0]
    assert "nothing was published" in result.stdout
    assert book.html.read_bytes() == before


def test_a_second_run_without_a_change_fails_again(book):
    add_cell(book, RAISES)
    assert book.run("check").returncode == 1
    second = book.run("check")
    assert second.returncode == 1
    assert "on purpose" in second.stdout


def test_check_collects_every_failure(book):
    add_cell(book, FALSE + "\n" + FALSE.replace("'false'", "'also-false'"))
    add_cell(book, RAISES)
    result = book.run("check")
    assert result.returncode == 1
    for expected in ("dlt-0.0/false", "dlt-0.0/also-false", "on purpose"):
        assert expected in result.stdout


def test_a_solved_item_without_a_page_stops_the_build(book):
    text = book.catalogue.read_text()
    book.catalogue.write_text(text + text.replace("dlt-0.0", "dlt-0.1").replace("/sample", "/missing"))
    before = book.html.read_bytes()
    result = book.run("html")
    assert result.returncode == 1
    assert "dlt-0.1 is solved but its page" in result.stdout
    assert book.html.read_bytes() == before


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("\nSee {doc}`nowhere`.\n", "nowhere"),
        ("\nThe value {value}`dlt-0.0/missing`.\n", "no claim 'dlt-0.0/missing'"),
        ("\n[gone](#no-such-heading)\n", "no-such-heading"),
    ],
)
def test_a_broken_reference_stops_the_build(book, text, message):
    before = book.html.read_bytes()
    with book.page.open("a") as page:
        page.write(text)
    result = book.run("html")
    assert result.returncode == 1
    output = result.stdout + result.stderr
    assert message in output
    assert "sample.md" in output
    assert book.html.read_bytes() == before


def test_a_broken_reference_stops_the_second_build_too(book):
    with book.page.open("a") as page:
        page.write("\nSee {item}`dlt-9.9`.\n")
    assert book.run("html").returncode == 1
    second = book.run("html")
    assert second.returncode == 1
    assert "dlt-9.9" in second.stdout + second.stderr


@pytest.mark.parametrize("damage", ["\n```{code-cell} ipython3\n:tags: [a\nprint(1)\n```\n"])
def test_options_that_cannot_be_read_give_one_line_with_the_page(book, damage):
    with book.page.open("a") as page:
        page.write(damage)
    result = book.run("check")
    assert result.returncode == 2
    assert result.stderr.startswith("error: book/chapters/1-linear-algebra/sample.md: ")
    assert len(result.stderr.splitlines()) == 1


def test_prose_changes_execute_nothing_and_code_changes_execute_the_page(book):
    with book.page.open("a") as page:
        page.write("\nOne more sentence.\n")
    assert "executing 0 of 1 pages" in book.run("check").stdout
    result = book.run("html")
    assert "executing 0 of 1 pages" in result.stdout
    assert "One more sentence" in book.html.read_text()
    add_cell(book, "print(3)")
    assert "executing 1 of 1 pages" in book.run("html").stdout


def test_another_seed_is_never_served_the_outputs_of_this_one(book):
    add_cell(book, "from mgai import settings\n\nprint('seed', settings.seed())")
    assert book.run("html", MGAI_SEED="3").returncode == 0
    assert "seed 3" in book.html.read_text()
    assert book.run("html", MGAI_SEED="4").returncode == 0
    assert "seed 4" in book.html.read_text()


def test_the_built_page_shows_claim_value_and_provenance(good_book):
    html = good_book.html.read_text()
    assert 'id="claim-dlt-0-0-sum"' in html
    assert '<span class="mgai-value">4</span>' in html
    assert "CPU seconds" in html
    assert (good_book.root / "_build/html/downloads/chapters/1-linear-algebra/sample.ipynb").exists()


def test_outside_a_checkout_there_is_one_line(tmp_path):
    with pytest.raises(layout.BookError, match="no book here"):
        layout.find(tmp_path)
