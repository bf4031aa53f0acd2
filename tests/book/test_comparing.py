"""Two builds compared claim by claim, on made-up notebooks."""

import json
import shutil

import nbformat
import pytest
from mgai_book import comparing, layout


def notebook(folder, *records: dict, page: str = "some/page"):
    """A made-up build: one executed notebook with one cell of the given records."""
    path = folder / f"executed/{page}.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    cell = nbformat.v4.new_code_cell("print(1)")
    cell.outputs = [
        nbformat.v4.new_output("display_data", {"application/vnd.mgai.claim+json": record}) for record in records
    ]
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), path)
    return str(folder)


def record(found, kind="equality", name="a", **fields) -> dict:
    known = (
        {"tolerance": fields.pop("tolerance", 0.0)} if kind not in ("enumeration", "symbolic", "observation") else {}
    )
    return {
        "id": f"dlt-0.0/{name}", "item": "dlt-0.0", "name": name, "kind": kind, "passed": True, "found": found,
        "reference": None, "detail": known, **fields,
    }  # fmt: skip


SUMMARY = "array 20×30 with entries in [-1.234, {}]"
SAME = {
    "within the tolerance": (record(1.0, tolerance=0.1), record(1.09, tolerance=0.1)),
    "the wider of two tolerances": (record(1.0, tolerance=0.01), record(1.09, tolerance=0.1)),
    "a list within the tolerance": (record([1, [2.0, 3]], tolerance=0.1), record([1, [2.05, 3]], tolerance=0.1)),
    "two estimates within both errors": (
        record(0.0, "statistical", tolerance=3),
        record(4.9, "statistical", tolerance=4),
    ),
    "an inequality up to rounding": (record(100.0, "inequality"), record(100.00005, "inequality")),
    "infinities": (record("inf", tolerance=0.1), record("inf", tolerance=0.1)),
    "complex numbers": (record("(1+1e-17j)", tolerance=1e-12), record("(1-1e-17j)", tolerance=1e-12)),
    "the digits of a summary": (record(SUMMARY.format("2.346")), record(SUMMARY.format("2.347"))),
    "observations": (record(1.0, "observation"), record(9.0, "observation")),
}
APART = {
    "beyond the tolerance": (record(1.0, tolerance=0.1), record(1.11, tolerance=0.1), "0.11 apart, allowed 0.1"),
    "exact numbers": (record(10**20), record(10**20 + 1), "found 100000000000000000000 in A"),
    "numbers beyond float64": (record(10**400), record(0.5), "found"),
    "one entry": (record([1.0, 2.0], tolerance=0.1), record([1.0, 2.2], tolerance=0.1), "0.2 apart"),
    "lengths": (record([1.0, 2.0]), record([1.0]), "[1.0] in B"),
    "estimates": (record(0.0, "statistical", tolerance=3), record(5.1, "statistical", tolerance=4), "allowed 5"),
    "an inequality": (record(100.0, "inequality"), record(100.01, "inequality"), "0.01 apart"),
    "cases": (record(8, "enumeration"), record(9, "enumeration"), "found 8 in A, 9 in B"),
    "expressions": (record("1000*x", "symbolic"), record("1001*x", "symbolic"), "1001*x in B"),
    "the truth of a refutation": (
        record(1.0, "refutation", reference=2.0), record(1.0, "refutation", reference=3.0), "reference 2.0 in A",
    ),
    "a range": (record(SUMMARY.format("2.346")), record(SUMMARY.format("2.446")), "2.446"),
    "a shape": (record(SUMMARY.format(2)), record(SUMMARY.format(2).replace("20×", "21×")), "21×30"),
    "counts in a summary": (record("array 50×50 with 2000 of 2500 entries true"),
                            record("array 50×50 with 2001 of 2500 entries true"), "2001"),
    "a number and none": (record(1.0), record("nan"), "nan in B"),
    "kinds": (record(1.0), record(1.0, "refutation", reference=2.0), "equality in A, refutation in B"),
    "verdicts": (record(1.0), record(1.0, passed=False), "holds in A, fails in B"),
}  # fmt: skip


@pytest.mark.parametrize("case", SAME)
def test_builds_that_agree(tmp_path, case):
    a, b = SAME[case]
    said = []
    extra = record(1, name="also")
    assert comparing.compare(notebook(tmp_path / "a", a, extra), notebook(tmp_path / "b", b, extra), said.append) == 0
    assert said == [f"{1 + (a['kind'] != 'observation')} claims in both, 0 only in A, 0 only in B; 0 differ"]


@pytest.mark.parametrize("case", APART)
def test_builds_that_do_not_agree(tmp_path, case):
    a, b, message = APART[case]
    said = []
    assert comparing.compare(notebook(tmp_path / "a", a), notebook(tmp_path / "b", b), said.append) == 1
    assert said[0].startswith("dlt-0.0/a (some/page, cell 1): ")
    assert message in said[0]
    assert said[-1] == "1 claims in both, 0 only in A, 0 only in B; 1 differ"


def test_a_claim_that_one_build_alone_has_is_told(tmp_path):
    said = []
    a = notebook(tmp_path / "a", record(1), record(2, name="only-a"))
    b = notebook(tmp_path / "b", record(1), record(3, name="only-b"))
    assert comparing.compare(a, b, said.append) == 1
    assert said == [
        "dlt-0.0/only-a (some/page, cell 1): only in A",
        "dlt-0.0/only-b (some/page, cell 1): only in B",
        "1 claims in both, 1 only in A, 1 only in B; 2 differ",
    ]


def test_a_claim_that_moved_to_another_page_is_the_same_claim(tmp_path):
    a, b = notebook(tmp_path / "a", record(1)), notebook(tmp_path / "b", record(1), page="other/page")
    assert comparing.compare(a, b, [].append) == 0


def test_what_the_builds_were_made_with_is_told_where_it_differs(book):
    assert book.run("check", MGAI_SEED="0").returncode == 0
    shutil.copytree(book.root / "_build/executed", book.root / "zero")
    assert book.run("check", MGAI_SEED="7").returncode == 0
    result = book.run("compare", "--a", "zero", "--b", "_build")
    assert result.returncode == 0
    assert result.stdout.splitlines() == [
        "seed: 0 in A, 7 in B",
        "1 claims in both, 0 only in A, 0 only in B; 0 differ",
    ]


def test_builds_without_claims_or_notebooks_are_refused(tmp_path):
    a, b = notebook(tmp_path / "a"), notebook(tmp_path / "b", record(1, "observation"))
    (tmp_path / "empty").mkdir()
    damaged = notebook(tmp_path / "damaged", record(1))
    (tmp_path / "damaged/executed/some/page.ipynb").write_text("{")
    twice = notebook(tmp_path / "twice", record(1))
    notebook(tmp_path / "twice", record(2), page="some/other")
    for first, second, message in [
        (a, b, "there are no claims"),
        (a, str(tmp_path / "nowhere"), "is no folder"),
        (a, str(tmp_path / "empty"), "holds no executed notebooks"),
        (damaged, a, "cannot be read as a notebook"),
        (twice, a, "is not one build: dlt-0.0/a is claimed twice, in some/other and some/page"),
    ]:
        with pytest.raises(layout.BookError, match=message):
            comparing.compare(first, second)


def test_a_build_and_its_executed_folder_are_the_same_build(book, tmp_path):
    other = tmp_path / "other"
    shutil.copytree(book.root / "_build/executed", other)
    assert book.run("compare", "--a", "_build", "--b", str(other)).returncode == 0
    path = next(other.rglob("*.ipynb"))
    text = json.loads(path.read_text())
    text["cells"][-1]["outputs"][0]["data"]["application/vnd.mgai.claim+json"]["found"] = 5
    path.write_text(json.dumps(text))
    result = book.run("compare", "--a", "_build", "--b", str(other))
    assert result.returncode == 1
    assert "dlt-0.0/sum" in result.stdout
