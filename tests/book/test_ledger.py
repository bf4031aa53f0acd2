"""Fields of recorded claims as text, and anchors."""

import os

import nbformat
import pytest
from mgai_book import ledger, pages

RECORD = {
    "id": "dlt-7.22/metric", "item": "dlt-7.22", "kind": "equality", "found": [1.25, [2.0, 3.5]], "reference": 2.0,
    "detail": {"n": 40}, "says": "a b",
}  # fmt: skip
ENTRIES = {"dlt-7.22/metric": ledger.Entry("p", 1, RECORD)}


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("dlt-7.22/metric[0]:.1f", "1.2"),
        ("dlt-7.22/metric.found[1][1]", "3.5"),
        ("dlt-7.22/metric.reference:.3g", "2"),
        ("dlt-7.22/metric.n", "40"),
        ("dlt-7.22/metric[1]:.1f", "2.0, 3.5"),
        ("dlt-7.22/metric[-1][0]:.0f", "2"),
    ],
)
def test_values(query, text):
    assert ledger.value(ENTRIES, query) == text


@pytest.mark.parametrize(
    ("query", "error"),
    [
        ("dlt-7.22/other", KeyError),
        ("nonsense", ValueError),
        ("dlt-7.22/metric.colour", ValueError),
        ("dlt-7.22/metric[7]", ValueError),
        ("dlt-7.22/metric.reference[0]", ValueError),
        ("dlt-7.22/metric.says:.3g", ValueError),
    ],
)
def test_values_that_are_not_there(query, error):
    with pytest.raises(error):
        ledger.value(ENTRIES, query)


def test_anchors_are_valid_and_permanent():
    assert ledger.anchor("dlt-7.22/metric") == "claim-dlt-7-22-metric"


def test_a_notebook_is_read_once_and_anew_when_its_file_changes(tmp_path):
    path = tmp_path / "page.ipynb"
    for seed in (1, 2):  # the same size, another content
        nbformat.write(nbformat.v4.new_notebook(metadata={"mgai": {"seed": seed}}), path)
        os.utime(path, ns=(seed, seed))
        first, second = pages.executed(path), pages.executed(path)
        assert first is second
        assert first.metadata["mgai"]["seed"] == seed
