"""Each solved exercise says how a reader checks an answer to it, where the reader looks for it, or why not."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from mgai_book import catalogue, gates, layout, pages

from mgai import answers

ROOT = Path(__file__).parents[2]
ITEM = catalogue.Item("dlt-7.22", "Title", "dlt", "locator", 1, "exercise", "solved", "page")
BOX = ":::{problem} dlt-7.22\nText.\n:::\n\n"
CELL = '```{code-cell} ipython3\nimport mgai\n\nmgai.grade("dlt-7.22")\n```\n\n'


def messages(text: str, **changes: str) -> str:
    return "; ".join(gates.grade_messages(replace(ITEM, **changes), text))


def test_the_cell_stands_between_the_exercise_and_its_solution():
    assert messages(f"# Page\n\n{BOX}{CELL}## Solution\n") == ""
    for misplaced in (BOX, f"{CELL}{BOX}## Solution\n", f"{BOX}## Solution\n{CELL}", f"{BOX}### Step\n{CELL}"):
        assert "put the cell" in messages(misplaced), misplaced


def test_another_exercise_or_a_part_of_it_is_not_enough():
    assert "put the cell" in messages(BOX + CELL.replace("dlt-7.22", "dlt-7.2"))
    assert "put the cell" in messages(BOX + CELL.replace('"dlt-7.22"', '"dlt-7.22/counterexample"'))


def test_an_exercise_without_parts_needs_a_reason():
    assert "no reason in `no_grade`" in messages(BOX, id="dlt-0.0")
    assert messages(BOX, id="dlt-0.0", no_grade="asks for a drawing") == ""
    assert "also mgai.answers.dlt_7_22" in messages(BOX + CELL, no_grade="asks for a drawing")


def test_the_gate_stops_a_build(book):
    text = book.catalogue.read_text()
    book.catalogue.write_text(re.sub("no_grade = .*\n", "", text))
    result = book.run("check")
    assert result.returncode == 1
    assert "sample.md:1: dlt-0.0 has no mgai.answers.dlt_0_0" in result.stdout


def test_every_solved_exercise_of_the_book_passes():
    book = layout.find(ROOT)
    solved = [item for item in catalogue.load(book).values() if item.is_solved and item.kind == "exercise"]
    assert solved
    faults = {item.id: list(gates.grade_messages(item, pages.read(book, item.page).text)) for item in solved}
    assert {name: found for name, found in faults.items() if found} == {}


@pytest.mark.parametrize("item", answers.registered())
def test_what_can_be_graded_is_an_exercise_of_the_catalogue(item):
    assert catalogue.load(layout.find(ROOT))[item].kind == "exercise"
