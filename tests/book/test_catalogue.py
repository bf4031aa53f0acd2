"""The catalogue holds every item of the sources, and refuses entries that say too little."""

from collections import Counter
from pathlib import Path

import pytest
from mgai_book import catalogue, layout, pages

ROOT = Path(__file__).parents[2]

GOOD = """[[item]]
id = 'dlt-0.0'
title = 'T'
locator = 'L'
chapter = 1
kind = 'exercise'
"""


def load(tmp_path, text: str):
    folder = tmp_path / "book/catalogue"
    folder.mkdir(parents=True)
    for source in catalogue.SOURCES:
        (folder / f"{source}.toml").write_text(text if source == "dlt" else "")
    return catalogue.load(layout.Layout(tmp_path))


def test_all_items_of_the_four_sources_are_listed():
    items = catalogue.load(layout.Layout(ROOT)).values()
    assert Counter(item.source for item in items) == {"kaist": 12, "dlt": 30, "ps03": 15, "cs": 335}


def test_every_item_has_a_title_and_a_locator():
    for item in catalogue.load(layout.Layout(ROOT)).values():
        assert item.title.strip(), item.id
        assert item.locator.strip(), item.id


def test_solved_items_stand_on_the_page_the_catalogue_names():
    book = layout.Layout(ROOT)
    for item in catalogue.load(book).values():
        if item.is_solved:
            assert item.id in pages.read(book, item.page).items


def test_chapter_one_is_complete():
    mine = [item for item in catalogue.load(layout.Layout(ROOT)).values() if item.chapter == 1]
    assert len(mine) == 37
    assert [item.id for item in mine if not item.is_solved] == []


def test_a_good_entry_is_read(tmp_path):
    assert load(tmp_path, GOOD)["dlt-0.0"].status == "planned"


SOLVED = "status = 'solved'\npage = 'p'\n"


@pytest.mark.parametrize("kind", catalogue.STATED)
def test_a_solved_statement_is_in_the_catalogue(tmp_path, kind):
    text = GOOD.replace("'exercise'", f"'{kind}'") + SOLVED
    with pytest.raises(layout.BookError, match=f"dlt-0.0 is a solved {kind} without `formula`: write"):
        load(tmp_path / "without", text)
    with pytest.raises(layout.BookError, match="without `formula`"):
        load(tmp_path / "blank", text + "formula = ' '")
    item = load(tmp_path / "with", text + "formula = '$1+1=2$'\ncondition = 'in the integers'")["dlt-0.0"]
    assert (item.formula, item.condition) == ("$1+1=2$", "in the integers")


def test_an_exercise_needs_no_formula(tmp_path):
    assert load(tmp_path, GOOD + SOLVED)["dlt-0.0"].formula == ""


DISCREPANCY = "status = 'solved'\npage = 'p'\n[[item.discrepancy]]\nname = 'n'\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (GOOD + GOOD, "listed twice"),
        (GOOD + "status = 'done'", "status 'done'"),
        (GOOD + "status = 'solved'", "names no page"),
        (GOOD + "condition = 'always'", "a `condition` but no `formula`"),
        (GOOD + "formula = 'f'\ncondition = '''one\ntwo'''", "one line"),
        (GOOD.replace("chapter = 1", "chapter = 10"), "no chapter 10"),
        (GOOD + "colour = 'red'", "colour"),
        (GOOD.replace("title = 'T'\n", ""), "title"),
        (
            GOOD + DISCREPANCY + "class = 'typo'\nclaimed = 'a'\nfails = 'b'\nright = 'c'\nno_claim = 'd'",
            "'typo'",
        ),
        (
            GOOD + DISCREPANCY + "class = 'misprint'\nclaimed = 'a'\nfails = ''\nright = 'c'\nno_claim = 'd'",
            "must all be given",
        ),
        (
            GOOD + DISCREPANCY + "class = 'misprint'\nclaimed = 'a'\nfails = 'b'\nright = 'c'",
            "refuting claim",
        ),
    ],
)
def test_a_bad_entry_is_refused_by_name(tmp_path, text, message):
    with pytest.raises(layout.BookError, match=message):
        load(tmp_path, text)


FAULT = "class = 'misprint'\nclaimed = 'c'\nfails = 'f'\nright = 'r'\nno_claim = 'n'\n"
FURTHER = """[[item]]
id = 'further-1.1'
title = 'T'
locator = 'companion N'
chapter = 1
kind = 'companion'
"""


def test_subjects_that_go_further_bear_claims_but_are_no_items(tmp_path):
    book = layout.Layout(tmp_path)
    load(tmp_path, GOOD)
    (book.catalogue / "further.toml").write_text(FURTHER)
    assert list(catalogue.load(book)) == ["dlt-0.0"]
    assert list(catalogue.known(book)) == ["dlt-0.0", "further-1.1"]
    assert catalogue.known(book)["further-1.1"].source_title == catalogue.COMPANIONS


@pytest.mark.parametrize(
    ("file", "text", "message"),
    [
        ("dlt", GOOD.replace("exercise", "companion"), "dlt-0.0: a companion belongs in further.toml"),
        ("further", FURTHER.replace("'companion'", "'exercise'"), "further-1.1: a companion belongs in further.toml"),
        ("further", FURTHER + DISCREPANCY + FAULT, "further-1.1: only the sources have discrepancies"),
    ],
)
def test_companions_stand_apart(tmp_path, file, text, message):
    book = layout.Layout(tmp_path)
    load(tmp_path, "")
    (book.catalogue / f"{file}.toml").write_text(text)
    with pytest.raises(layout.BookError, match=message):
        catalogue.load(book)
