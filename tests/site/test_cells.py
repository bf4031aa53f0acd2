"""Every visible cell runs by itself, shows something, and gives the numbers that its page shows.

All cells run as files; a sample from every page also as typed at a plain prompt and in IPython (a gate of the build
looks at all of them for what a prompt does not take).
"""

import os
import random
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import nbformat
import pytest
from mgai_book import cell_processes, cells, checking, layout, ledger, pages, pasting, scheduling

ROOT = Path(__file__).parents[2]
SAMPLE = 20


@pytest.fixture(scope="module")
def book_cells(site) -> dict[str, list[cells.Cell]]:
    """The visible cells of every page with code."""
    found = {page.docname: cells.visible(site, page.docname) for page in pages.executable(layout.find(ROOT))}
    assert found
    return found


@pytest.fixture(scope="module")
def results(site) -> list[cells.Result]:
    """What each cell does alone, as ``make cells`` finds it."""
    book = layout.find(ROOT)
    return checking.run_cells(book, pages.executable(book))


def test_the_rendered_cells_are_the_cells_of_the_page(book_cells):
    for docname, found in book_cells.items():
        source = [cell.source for _, cell in pages.code_cells(pages.read(layout.find(ROOT), docname).notebook)]
        assert [cell.code.strip() for cell in found] == [text.strip() for text in source], docname


def test_the_sample_has_cells_of_every_page_and_of_every_kind(book_cells, results):
    typed = [result.cell for result in results if result.cell.form != "file"]
    assert {cell.docname for cell in typed} == set(book_cells)
    assert {cell.form for cell in typed} == set(pasting.FORMS) - {"file"}
    for word in ("figures.show(", "claims.", "for "):
        assert any(word in cell.code for cell in typed)


def test_every_cell_runs_alone_and_shows_something(results):
    problems = [f"{result.cell}: {result.problem}" for result in results if result.problem]
    assert not problems, "\n".join(problems)


def test_a_cell_gives_the_same_numbers_alone_and_on_its_page(results):
    book = layout.find(ROOT)
    compared = 0
    for docname in {result.cell.docname for result in results}:
        notebook = nbformat.read(book.notebook(docname), as_version=4)
        on_page = [entry for entry in ledger.of_notebook(docname, notebook) if entry.is_claim]
        for result in (each for each in results if each.cell.docname == docname):
            alone = cells.claim_lines(result.printed)
            expected = [entry.record["line"] for entry in on_page if entry.cell == result.cell.number]
            assert len(alone) == len(expected), str(result.cell)
            for one, other in zip(alone, expected, strict=True):
                assert cells.same_line(one, other), f"{result.cell}: alone {one!r}, on the page {other!r}"
                compared += 1
    assert compared > 0


def test_a_cell_of_each_kind_runs_at_the_prompt_of_a_fresh_interpreter(book_cells):
    everything = [cell for found in book_cells.values() for cell in found]
    kinds = [
        next(cell for cell in everything if word in cell.code) for word in ("\n    print(", "figures.show(", "claims.")
    ]
    typed = [replace(cell, form="prompt") for cell in kinds]
    found = list(cells.run_all_fresh(typed, scheduling.workers()))
    assert [f"{result.cell}: {result.problem}" for result in found if result.problem] == []
    assert "saved as mgai-figures" in found[1].printed and "✓" in found[2].printed


def test_a_sample_of_cells_runs_in_a_fresh_interpreter(book_cells):
    everything = [cell for found in book_cells.values() for cell in found]
    chosen = random.Random(int(os.environ.get("MGAI_SEED", "0"))).sample(everything, min(SAMPLE, len(everything)))
    changed = [cell for cell in everything if cell.docname in changed_pages() and cell not in chosen]
    problems = [
        f"{r.cell}: {r.problem}" for r in cells.run_all_fresh(chosen + changed, scheduling.workers()) if r.problem
    ]
    assert not problems, "\n".join(problems)


def changed_pages() -> set[str]:
    """Pages that differ from the last commit (none outside a git checkout)."""
    command = ["git", "-C", str(ROOT), "status", "--porcelain", "--untracked-files=all", "--", "book"]
    done = subprocess.run(command, capture_output=True, text=True)
    files = [line[3:] for line in done.stdout.splitlines()] if done.returncode == 0 else []
    return {name.removeprefix("book/").removesuffix(".md") for name in files if name.endswith(".md")}


@pytest.mark.parametrize(
    ("code", "problem"),
    [
        ("x = 1", "shows nothing"),
        ("print(undefined)", "undefined"),
        ("import warnings\nwarnings.warn('loud')\nprint(1)", "loud"),
        ("import time\nprint(1)\ntime.sleep(60)", "ran longer than 6 s"),
        ("print(1)\n\nwhile True:\n    pass", "used more than 1 s of processor time"),
        ("print(open('left-over').read())", "left-over"),
    ],
)
def test_a_cell_that_does_not_stand_alone_is_told(code, problem):
    writer = cells.Cell("some/page", 1, "open('left-over', 'w').write('x')\nundefined = 1\nprint(1)")
    found = cells.run_pages([[writer, cells.Cell("some/page", 2, code)]], workers=1, seconds=1)
    assert found[0].problem == ""
    assert problem in found[1].problem


def test_a_cell_that_ends_the_process_is_told_and_the_others_run():
    codes = ("print(1)", "import os\nos._exit(3)", "print(3)")
    found = cells.run_pages([[cells.Cell("some/page", n, code) for n, code in enumerate(codes, 1)]], workers=1)
    assert [result.problem for result in found] == ["", "the page's process died (3)", ""]


def test_a_process_that_has_ended_is_on_no_clock():
    """A page's last result may arrive when its process is gone already."""
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    clock = cell_processes._Clock(process.pid, 1)
    process.communicate(b"\n")
    clock.start()
    assert clock.late() == ""


def test_a_cell_leaves_nothing_to_the_next_but_what_is_memoised():
    codes = (
        "import os, torch, warnings, matplotlib\nleft = 1\nos.environ['LEFT'] = '1'\nopen('left', 'w').close()\n"
        "torch.set_default_dtype(torch.float64)\ntorch.set_grad_enabled(False)\nwarnings.simplefilter('ignore')\n"
        "matplotlib.rcParams['font.size'] = 77\nprint(1)",
        "import os, torch, warnings, matplotlib\n"
        "print('left' in globals(), 'LEFT' in os.environ, os.listdir(), torch.get_default_dtype(),"
        " torch.is_grad_enabled(), warnings.filters[0][0], matplotlib.rcParams['font.size'])",
    )
    found = cells.run_pages([[cells.Cell("some/page", n, code) for n, code in enumerate(codes, 1)]], workers=1)
    assert found[1].printed.split() == ["False", "False", "[]", "torch.float32", "True", "error", "10.0"]


def test_memoised_experiments_are_computed_once_for_all_cells(tmp_path):
    counter = tmp_path / "count"
    code = (
        "import functools, json\nfrom mgai import settings\n"
        "if not hasattr(settings, '_slow'):\n"
        f"    open({str(counter)!r}, 'a').write('x')\n    settings._slow = 1\nprint(settings._slow)"
    )
    found = cells.run_pages([[cells.Cell("some/page", number, code) for number in (1, 2, 3)]], workers=1)
    assert [result.problem for result in found] == ["", "", ""]
    assert counter.read_text() == "x"
