"""Visible cells, the text behind each copy button of the rendered pages, and what each does alone."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

from bs4 import BeautifulSoup

from mgai_book import pasting

#: What the copy button copies in an executed page (``copybutton_selector`` and ``copybutton_exclude`` of conf.py).
SELECTOR = "div.cell_input div.highlight pre"
EXCLUDED = ".linenos, .gp, .go"
#: A cell may use so much processor time; a busy machine is not its fault, so its time by the clock may be longer.
SECONDS = 30
PATIENCE = 6
_CLAIM = re.compile(r"✓ .*\[.*; would (?:have caught|not refute): .*\]")
_PROMPTS = re.compile(r"(?:>>> |\.\.\. )+")


@dataclass(frozen=True)
class Cell:
    """One visible cell of a rendered page, and how it is run (see :mod:`mgai_book.pasting`)."""

    docname: str
    number: int
    code: str
    form: str = "file"

    def __str__(self) -> str:
        return f"book/{self.docname}.md, cell {self.number}{pasting.FORMS[self.form]}"


@dataclass(frozen=True)
class Result:
    """What a cell printed alone, and what was wrong (empty when nothing was)."""

    cell: Cell
    printed: str
    problem: str


def visible(html: Path, docname: str) -> list[Cell]:
    """The cells of one rendered page, in order, as a reader copies them."""
    soup = BeautifulSoup((html / f"{docname}.html").read_text(encoding="utf-8"), "html.parser")
    found = []
    for number, block in enumerate(soup.select(SELECTOR), start=1):
        for hidden in block.select(EXCLUDED):
            hidden.decompose()
        found.append(Cell(docname, number, block.get_text()))
    return found


def run_pages(book: list[list[Cell]], workers: int, seconds: int = SECONDS, warm: bool = True) -> list[Result]:
    """Run the cells of several pages, each cell alone; pages side by side, at most ``workers`` at once.

    warm: let the cells of a page share what its experiments memoise; without it, each is forked from a process that
    has run none. The work is done in a process of its own, because only a process with one thread can fork safely.
    """
    todo = [[asdict(cell) for cell in page] for page in book]
    request = json.dumps({"book": todo, "workers": workers, "seconds": seconds, "warm": warm})
    # -P: the package that is installed, wherever we are
    command = [sys.executable, "-P", "-m", "mgai_book.cell_processes"]
    environment = dict(os.environ, OMP_NUM_THREADS="1", MPLBACKEND="agg")
    done = subprocess.run(command, input=request, capture_output=True, text=True, env=environment)
    if done.returncode:
        raise RuntimeError(f"the process that runs cells ended with {done.returncode}:\n{done.stderr}")
    answer = json.loads(done.stdout.splitlines()[-1])
    return [Result(Cell(**each["cell"]), each["printed"], each["problem"]) for each in answer]


def run_fresh(cell: Cell, seconds: int = PATIENCE * SECONDS) -> Result:
    """Run one cell in a truly fresh interpreter, as pasted into ``python -`` or, line by line, at its prompt."""
    typed = ["-i", "-q"] if cell.form == "prompt" else []
    with tempfile.TemporaryDirectory() as folder:
        try:
            done = subprocess.run(
                [sys.executable, "-W", "error", *typed, "-"], input=cell.code + "\n\n" * bool(typed), cwd=folder,
                capture_output=True, text=True, timeout=seconds, env=dict(os.environ, OMP_NUM_THREADS="1"),
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            return Result(cell, "", f"ran longer than {seconds} s")
    complaint = _PROMPTS.sub("", done.stderr) if typed else done.stderr
    if done.returncode or complaint.strip():
        return Result(cell, done.stdout, (complaint.strip().splitlines() or [f"ended with {done.returncode}"])[-1])
    return Result(cell, done.stdout, "" if done.stdout.strip() else "shows nothing")


def run_all_fresh(cells: list[Cell], workers: int) -> Iterator[Result]:
    with ThreadPoolExecutor(workers) as pool:
        yield from pool.map(run_fresh, cells)


_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e[+-]?\d+)?")


def claim_lines(printed: str) -> list[str]:
    """The lines of claims that hold, among all that was printed (a grading has ticks as well).

    >>> claim_lines("✓ runs: it returns\\n✓ so it is: found 4 [1 instance; would have caught: five]")
    ['✓ so it is: found 4 [1 instance; would have caught: five]']
    """
    return [line for line in printed.splitlines() if _CLAIM.fullmatch(line)]


def same_line(one: str, other: str, relative: float = 1e-4, absolute: float = 1e-8) -> bool:
    """Whether two lines have the same words and the same numbers up to rounding.

    >>> same_line("found 1.25, off by 1e-16", "found 1.25, off by 3e-16"), same_line("found 1", "found 2")
    (True, False)
    """
    if _NUMBER.sub("#", one) != _NUMBER.sub("#", other):
        return False
    pairs = zip(_NUMBER.findall(one), _NUMBER.findall(other), strict=True)
    return all(abs(float(a) - float(b)) <= absolute + relative * abs(float(a)) for a, b in pairs)
