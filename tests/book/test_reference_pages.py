"""The errata page and the build page."""

import subprocess
from pathlib import Path

from mgai_book import build_page, catalogue, errata_page

from .test_counting import entry

ROOT = Path(__file__).parents[2]


def item(source: str, *kinds: str) -> catalogue.Item:
    found = tuple(
        catalogue.Discrepancy("cs-0", f"n{i}", kind, "c", "f", "r", no_claim="n") for i, kind in enumerate(kinds)
    )
    return catalogue.Item(f"{source}-0", "T", source, "L", 1, "theorem", discrepancies=found)


def test_the_errata_are_counted_by_source_and_class_without_what_the_scan_lost():
    items = {
        each.id: each for each in (item("cs", "misprint", "transcription", "misprint"), item("dlt", "false statement"))
    }
    found = errata_page.errata(items)
    assert len(found) == 3
    rows = errata_page.totals_markdown(found).splitlines()
    assert f"| {catalogue.SOURCES['cs']} | 2 | 0 | 0 | 0 | 2 |" in rows
    assert "| All sources | 2 | 0 | 1 | 0 | 3 |" in rows


def test_a_counterexample_shows_the_values_of_the_claim():
    refuting = entry(kind="refutation", found=2.0, reference=1.0, says="one is two")
    assert errata_page.counterexample_markdown(refuting) == (
        "**Refuted by computation:** “One is two”: claimed 2; true 1 (library: SciPy).\n\n"
    )
    assert errata_page.counterexample_markdown(entry()).startswith("**Computed:**")


def git(folder: Path, *words: str) -> None:
    who = ("-c", "user.name=n", "-c", "user.email=e@x", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *who, *words], cwd=folder, check=True, capture_output=True)


def test_the_commit_is_named_and_whether_anything_differs_from_it(tmp_path):
    assert "unknown" in build_page.commit(tmp_path)
    git(tmp_path, "init", "-q")
    (tmp_path / "file").write_text("one")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "first")
    clean = build_page.commit(tmp_path)
    assert len(clean.split(",")[0]) == 40
    (tmp_path / "file").write_text("two")
    assert build_page.commit(tmp_path) == clean + " and changes that are not committed"


def test_a_folder_inside_another_checkout_has_no_commit_of_its_own(tmp_path):
    git(tmp_path, "init", "-q")
    (tmp_path / "inner").mkdir()
    assert "unknown" in build_page.commit(tmp_path / "inner")


def test_where_pages_were_executed_differently_each_way_is_counted():
    rows = dict(
        build_page.executed_with(
            [{"seed": 0, "torch": "2.6"}, {"seed": 0, "torch": "2.7"}, {"seed": 0, "torch": "2.7"}]
        )
    )
    assert rows["Seed"] == "0"
    assert rows["torch"] == "2.6 (1 pages); 2.7 (2 pages)"


def test_only_what_is_installed_has_a_version():
    assert build_page.versions(["sphinx", "no-such-distribution"]).startswith("sphinx ")
    assert "no-such" not in build_page.versions(["sphinx", "no-such-distribution"])
