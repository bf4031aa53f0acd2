"""Records: well formed, strictly JSON, shown once in every kind of interpreter, raising after display."""

import json
from textwrap import indent

import numpy as np
import pytest
import sympy
import torch
from hypothesis import given
from hypothesis import strategies as st

from mgai import claims, records
from mgai.claims import ClaimDefect, ClaimFailed
from mgai.records import Control, Record, brief, jsonable, publish

CELL = """
from mgai import claims
claims.equal(2 + 2, {found}, item="demo", name="{name}", says="two and two", route="closed form",
             rejects={{"off by one": 6 if {found} == 5 else 5}})
"""
HOLDS, FAILS = CELL.format(found=4, name="holds"), CELL.format(found=5, name="fails")
LINE = "✓ two and two: found 4, expected 4 (closed form); exactly [1 instance; would have caught: off by one]"


def record(**changes):
    plain = {
        "item": "demo", "name": "one", "kind": "equality", "says": "a plain statement", "passed": True,
        "found": 1.0, "reference": 1.0, "route": "closed form", "scope": "1 instance",
        "controls": [Control("a slip", 2.0, 1e9, True), Control("near", 1.1, 1e8, True)],
    }  # fmt: skip
    return Record(**(plain | changes))


# Identity


def test_a_record_knows_its_id_and_its_nearest_control():
    assert record().id == "demo/one"
    assert record().nearest.label == "near"
    assert record(controls=[]).nearest is None
    assert [record(passed=passed).mark for passed in (True, False)] == ["✓", "✗"]
    assert record(kind="observation").mark == "○"


@pytest.mark.parametrize("name", ["", "One", "a b", "a_b", "-a", "a-", "a--b", "a/b", "ä", "a\n"])
def test_names_are_lower_case_words_joined_by_hyphens(name):
    with pytest.raises(ClaimDefect, match="name="):
        publish(record(name=name))


@pytest.mark.parametrize("item", ["", " ", "a/b", " a", "a "])
def test_items_are_named(item):
    with pytest.raises(ClaimDefect, match="item="):
        publish(record(item=item))


@pytest.mark.parametrize("says", ["", " ", "word", "two\nlines here"])
def test_a_claim_says_something_in_one_line(says):
    with pytest.raises(ClaimDefect, match="says"):
        publish(record(says=says))


@pytest.mark.parametrize("scope", ["", "  ", "two\nlines"])
def test_a_claim_says_what_it_covers(scope):
    with pytest.raises(ClaimDefect, match="scope"):
        publish(record(scope=scope))


@pytest.mark.parametrize("route", ["", "intuition", "Closed form", "my library", "closed forms"])
def test_routes_are_known(route):
    with pytest.raises(ClaimDefect, match="route="):
        publish(record(route=route))


@pytest.mark.parametrize("route", records.ROUTES)
def test_routes_may_have_details(route, capsys):
    publish(record(route=f"{route}: in detail"))
    assert f"({route}: in detail)" in capsys.readouterr().out


def test_names_are_unique_within_an_item():
    publish(record())
    publish(record(item="other"))
    with pytest.raises(ClaimDefect, match="made twice"):
        publish(record())


# Storage

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.complex_numbers(),
    lambda inner: st.lists(inner, max_size=70) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=100,
)


@given(VALUES)
def test_everything_becomes_strict_json(value):
    text = json.dumps(jsonable(value), allow_nan=False)
    assert jsonable(json.loads(text)) == json.loads(text)


@pytest.mark.parametrize(
    "value",
    [np.nan, -np.inf, np.float32("nan"), np.longdouble("1.5"), np.clongdouble(1j), np.array([np.nan, np.inf]),
     np.arange(12.0).reshape(3, 4), np.ones((20, 30)), np.ones((20, 30), bool), np.ones((20, 30), complex),
     np.array([10**400] * 70, object), np.array(1), 10**5000, -(10**5000), [np.nan] * 100,
     {"a": (1, {2: np.inf})}, sympy.Symbol("x") / 2, torch.ones(3), torch.float32],
    ids=lambda value: type(value).__name__,
)  # fmt: skip
def test_every_kind_of_value_is_stored_and_shown_in_few_words(value):
    entry = record(found=value, reference=value, controls=[Control("a slip", value, np.inf, True)])
    text = json.dumps(entry.as_json(), allow_nan=False)
    assert json.loads(text)["found"] == jsonable(value)
    assert len(brief(value)) < 200 and "\n" not in entry.line()


def test_small_values_survive_storage():
    stored = record(found=np.array([[1, 2], [3, 4]]), reference=np.float32(0.5), difference=np.inf).as_json()
    assert (stored["found"], stored["reference"], stored["difference"]) == ([[1, 2], [3, 4]], 0.5, "inf")
    assert stored["id"] == "demo/one" and stored["nearest"]["label"] == "near"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (3, "3"), (True, "True"), (1 / 3, "0.333333"), (np.int8(5), "5"), (np.array(2.5), "2.5"),
        (1 + 2j, "1+2j"), ([1, 2.5], "[1, 2.5]"), (np.eye(2), "[[1, 0], [0, 1]]"),
        (10**20, "1" + 20 * "0"), ("text", "text"),
        (np.arange(600.0).reshape(20, 30), "array 20×30 with entries in [0, 599]"),
        (np.eye(5, dtype=bool), "array 5×5 with 5 of 25 entries true"),
        (list(range(13)), "list of 13 entries"), (2**5000, "integer of 5001 bits"),
    ],
    ids=lambda value: type(value).__name__,
)  # fmt: skip
def test_brief(value, words):
    assert brief(value) == words


def test_the_html_is_escaped():
    shown = record(says="a < b & c")._repr_mimebundle_()
    assert "a &lt; b &amp; c" in shown["text/html"] and "mgai-claim-holds" in shown["text/html"]
    assert shown[records.MIME]["says"] == "a < b & c"
    assert "mgai-claim-fails" in record(passed=False)._repr_mimebundle_()["text/html"]
    assert "mgai-claim-observed" in record(kind="observation")._repr_mimebundle_()["text/html"]


# Failing


def test_a_failing_claim_is_shown_before_it_raises(capsys):
    with pytest.raises(ClaimFailed, match="✗ a plain statement"):
        publish(record(passed=False))
    assert capsys.readouterr().out.startswith("✗ a plain statement")


def test_failures_can_be_collected(monkeypatch, recorded, capsys):
    monkeypatch.setenv("MGAI_COLLECT", "1")
    claims.equal(1.0, 2.0, item="demo", name="one", says="a plain statement", route="closed form",
                 rejects={"a slip": 3.0})  # fmt: skip
    assert recorded[0].passed is False and recorded[0].as_json()["passed"] is False
    assert capsys.readouterr().out.startswith("✗")


def test_a_defect_is_raised_even_when_failures_are_collected(monkeypatch):
    monkeypatch.setenv("MGAI_COLLECT", "1")
    with pytest.raises(ClaimDefect):
        publish(record(name=""))


# Interpreters


def test_a_claim_pasted_into_standard_input(run_python):
    done = run_python("-", stdin=HOLDS)
    assert (done.stdout, done.stderr, done.returncode) == (LINE + "\n", "", 0)


def test_a_script_refuses_a_second_claim_of_the_name_and_shows_a_failure_before_it_raises(run_python, tmp_path):
    twice = "try:" + indent(HOLDS, "    ") + "except claims.ClaimDefect as error:\n    print(error)\n"
    (tmp_path / "script.py").write_text(HOLDS + twice + FAILS)
    done = run_python("script.py")
    first, second, third = done.stdout.splitlines()
    assert first == LINE and "made twice" in second and third.startswith("✗ two and two: found 4, expected 5")
    assert done.returncode == 1 and "ClaimFailed" in done.stderr


def test_a_claim_can_be_pasted_again_at_the_prompt(run_python):
    done = run_python("-i", stdin=HOLDS.replace("\n    ", "") + HOLDS.replace("\n    ", ""))
    assert done.stdout.count(LINE) == 2 and "Error" not in done.stderr


IPYTHON = """
import io, json, sys
from contextlib import redirect_stdout
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

shell = InteractiveShell.instance()
for cell in json.loads(sys.stdin.read()):
    with capture_output() as captured:
        result = shell.run_cell(cell, store_history=True)
    error = type(result.error_in_exec).__name__ if result.error_in_exec else None
    print(json.dumps([error, captured.stdout, [output.data for output in captured.outputs]], allow_nan=False))
"""


def test_ipython_displays_stores_and_allows_a_cell_to_run_again(run_python, tmp_path):
    (tmp_path / "cells.py").write_text(IPYTHON)
    done = run_python("cells.py", stdin=json.dumps([HOLDS, HOLDS, HOLDS + HOLDS, FAILS]), IPYTHONDIR=str(tmp_path))
    assert done.returncode == 0, done.stderr
    first, again, twice, fails = map(json.loads, done.stdout.splitlines())
    assert first == again and first[0] is None
    (bundle,) = first[2]
    assert bundle["text/plain"] == LINE and bundle[records.MIME]["id"] == "demo/holds"
    assert twice[0] == "ClaimDefect" and len(twice[2]) == 1
    assert fails[0] == "ClaimFailed" and fails[2][0][records.MIME]["passed"] is False


def test_no_shell_is_seen_where_ipython_is_only_imported():
    import IPython

    assert IPython.get_ipython() is None and records.shell() is None
