"""Counts of claims, the scopes that they have, and the numbers that pages show."""

import re
from pathlib import Path

import pytest
from mgai_book import counting, layout, ledger

ROOT = Path(__file__).parents[2]


def entry(kind="equality", scope="1 instance", distances=(50.0,), item="cs-01-11", **fields) -> ledger.Entry:
    controls = [{"label": f"wrong {n}", "distance": far} for n, far in enumerate(distances)]
    record = {
        "id": f"{item}/name", "item": item, "kind": kind, "scope": scope, "route": "library: SciPy", "passed": True,
        "controls": controls, "nearest": controls[0] if controls else None, "says": "two and two", "found": 4,
        "reference": 4, "tolerance": "exactly", "because": "exact",
    }  # fmt: skip
    return ledger.Entry("chapters/1-linear-algebra/norms", 1, {**record, **fields})


@pytest.mark.parametrize(
    ("kind", "scope", "expected"),
    [
        ("equality", "1 instance", "instances"),
        ("equality", "10,000 instances; proof in the text", "proof by hand"),
        ("equality", "1 size; formula in the text", "instances"),
        ("equality", "all real 3 × 3 matrices (symbolic)", "symbolic"),
        ("symbolic", "all x in four dimensions", "symbolic"),
        ("inequality", "all 1,024 graphs on 5 vertices", "enumerated"),
        ("inequality", "all 64 masks of one 2×3 matrix; proof in the text", "proof by hand"),
        ("enumeration", "all cases (24 enumerated)", "enumerated"),
        ("refutation", "1 counterexample", "counterexample"),
        ("refutation", "all cases (24 enumerated)", "counterexample"),
        ("statistical", "statistical (n = 40, level 1e-06)", "statistical"),
        ("observation", "n = 5; seeds 0", "observed"),
    ],
)
def test_scopes(kind, scope, expected):
    assert counting.scope_kind({"kind": kind, "scope": scope}) == expected
    assert expected in counting.SCOPES


def test_observations_are_no_claims_and_exact_claims_have_no_distance():
    entries = [
        entry(),
        entry(distances=(12.0, 99.0)),
        entry(distances=("inf",)),
        entry(kind="observation", distances=()),
    ]
    found = counting.numbers(entries)
    assert (found["claims"], found["observations"], found["controls"]) == (3, 1, 4)
    assert (found["exact claims"], found["claims with a distance"]) == (1, 2)
    assert (found["nearest distance"], found["median distance"]) == (12.0, 31.0)
    assert (found["kind equality"], found["claims with several controls"]) == (3, 1)


def test_nothing_counted_is_nothing():
    assert counting.numbers([])["claims"] == 0
    assert counting.of_book(layout.Layout(ROOT))["kind statistical"] >= 0


def test_kinds_and_scopes_cover_every_claim_of_the_library():
    from mgai import records

    assert set(counting.KINDS) == set(records.KINDS)


def test_the_page_on_the_checks_types_no_number_by_hand():
    text = (ROOT / "book/reference/how-it-checks-itself.md").read_text(encoding="utf-8")
    names = re.findall(r"\{count\}`([^`]+)`", text)
    assert names
    assert set(names) <= set(counting.of_book(layout.Layout(ROOT)))
    prose = re.sub(r"\{\w+\}`[^`]*`|`[^`]*`", "", text)
    assert re.findall(r"\d+", prose) == []
