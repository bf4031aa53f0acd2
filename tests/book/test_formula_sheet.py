"""What stands on the formula sheet: solved, with a formula, and with claims that all hold; typed once."""

import re
from pathlib import Path

import pytest
from mgai_book import catalogue, formula_sheet, layout, ledger, pages

ROOT = Path(__file__).parents[2]
BOOK = layout.Layout(ROOT)


def item(**fields) -> catalogue.Item:
    good = {"status": "solved", "page": "p", "formula": "$1+1=2$", "kind": "theorem"}
    return catalogue.Item(id="cs-0", title="T", source="cs", locator="L", chapter=1, **{**good, **fields})


def claim(passed: bool = True, kind: str = "equality") -> ledger.Entry:
    return ledger.Entry("p", 1, {"item": "cs-0", "kind": kind, "passed": passed})


def discrepancy(kind: str, short: str = "") -> catalogue.Discrepancy:
    return catalogue.Discrepancy("cs-0", "lost-bars", kind, "c", "f", "r", short, no_claim="n")


@pytest.mark.parametrize(
    ("fields", "entries", "expected"),
    [
        ({}, [claim()], True),
        ({}, [], False),
        ({}, [claim(), claim(passed=False)], False),
        ({}, [claim(kind="observation")], False),
        ({"status": "planned"}, [claim()], False),
        ({"formula": "", "kind": "exercise"}, [claim()], False),
    ],
)
def test_only_solved_formulas_whose_claims_hold_enter(fields, entries, expected):
    claims = formula_sheet.claims_by_item(entries).get("cs-0", [])
    assert formula_sheet.enters(item(**fields), claims) is expected


def test_where_the_source_differs_is_marked_but_not_what_the_scan_lost():
    found = (discrepancy("transcription"), discrepancy("misprint"))
    assert formula_sheet.differences(item(discrepancies=found)) == [found[1]]


def test_an_error_of_an_exercise_counts_only_if_it_concerns_the_formula():
    found = (discrepancy("misprint"), discrepancy("misprint", "wrong sign"))
    assert formula_sheet.differences(item(kind="exercise", discrepancies=found)) == [found[1]]


def test_a_difference_has_its_class_its_reason_and_a_link():
    assert formula_sheet.difference_markdown(discrepancy("misprint", "$-$ for $+$")) == (
        "≠ *misprint:* $-$ for $+$ [erratum](#erratum-cs-0-lost-bars)"
    )
    assert "lost bars" in formula_sheet.difference_markdown(discrepancy("misprint"))


def test_every_chapter_has_a_sheet_which_is_left_out_while_it_is_empty():
    for number, (_, title) in catalogue.CHAPTERS.items():
        text = BOOK.page(formula_sheet.docname(number)).read_text(encoding="utf-8")
        assert f"# Formula sheet: {title}\n" in text
        assert f"```{{formula-sheet}} {number}\n" in text
    empty, full = formula_sheet.empty_sheets(ROOT), formula_sheet.sheets(BOOK)
    assert len(empty) + len(full) == len(catalogue.CHAPTERS)
    assert "reference/formula-sheet/1-linear-algebra" in full


MATHS = re.compile(r"\$\$(.+?)\$\$|\$(.+?)\$", re.S)
LONG = 18  # shorter pieces, such as a matrix, must come again in a proof


def formulas(markdown: str) -> set[str]:
    pieces = (re.sub(r"\s+|[.,]\s*$", "", display or inline) for display, inline in MATHS.findall(markdown))
    return {piece for piece in pieces if len(piece) >= LONG}


def test_no_formula_of_the_catalogue_is_typed_again_on_its_page():
    checked = 0
    for each in catalogue.load(BOOK).values():
        if each.is_solved and each.formula:
            text = pages.read(BOOK, each.page).text
            for body in re.findall(rf"^:::+\{{formula\}} {re.escape(each.id)}\n(.*?)^:::", text, re.M | re.S):
                checked += 1
                assert not formulas(each.formula) & formulas(body), each.id
    assert checked
