"""How fast the book builds, beside stock MyST-NB: both build the same generated pages, in turn, in one run.

``python benchmarks/build.py [--pages 8] [--repeats 3]``. Each page imports torch and matplotlib and draws two
figures, so that nearly all of the time is the builder's own. Stock is ``sphinx-build`` with
``nb_execution_mode = "force"``: one process, one fresh kernel after another. Ours is ``python -m mgai_book html``.
Ratios are what counts: absolute times belong to the machine and to what else it is doing.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import nbformat
from mgai_book import catalogue, cells, scheduling

ROOT = Path(__file__).resolve().parents[1]
FRONT = "---\nfile_format: mystnb\nkernelspec: {name: python3, display_name: Python 3, language: python}\n---\n"
CELL = """
```{{code-cell}} ipython3
import torch
from mgai import figures

x = torch.linspace(0, 1, 200)
drawn = figures.figure()
drawn.subplots().plot(x, torch.sin({periods} * 2 * torch.pi * x))
figures.show(drawn, alt="A sine wave with {periods} periods between zero and one")
```
"""
STOCK_CONFIGURATION = """
extensions = ["myst_nb"]
html_theme = "sphinx_book_theme"
nb_execution_mode = "force"
nb_execution_timeout = 600
nb_execution_raise_on_error = True
"""
#: Runs cells in one warm process and prints the seconds that they take themselves.
OWN_SECONDS = """
import contextlib, io, json, sys, time
codes = json.load(sys.stdin)
with contextlib.redirect_stdout(io.StringIO()):
    exec(codes[0], {})
    began = time.perf_counter()
    for code in codes:
        exec(code, {})
print(time.perf_counter() - began)
"""


def write_pages(folder: Path, n: int) -> None:
    """An index and ``n`` pages, the same for both sides."""
    folder.mkdir(parents=True)
    names = [f"page-{number:02}" for number in range(1, n + 1)]
    (folder / "index.md").write_text("# Pages\n\n```{toctree}\n" + "\n".join(names) + "\n```\n")
    for number, name in enumerate(names, start=1):
        drawn = CELL.format(periods=2 * number) + CELL.format(periods=2 * number + 1)
        (folder / f"{name}.md").write_text(f"{FRONT}# Page {number}\n\nA page that plots.\n{drawn}")


class Stock:
    """A project of stock MyST-NB with the same pages and the same theme."""

    def __init__(self, root: Path, n: int) -> None:
        self.root, self.pages = root, root / "source"
        write_pages(self.pages, n)
        (self.pages / "conf.py").write_text(STOCK_CONFIGURATION)

    def build(self) -> None:
        command(
            [sys.executable, "-m", "sphinx", "-q", "-b", "html", str(self.pages), str(self.root / "html")], self.root
        )


class Ours:
    """A checkout of ours with the same pages and no catalogue items."""

    def __init__(self, root: Path, n: int) -> None:
        self.root, self.pages = root, root / "book"
        write_pages(self.pages, n)
        shutil.copyfile(ROOT / "conf.py", root / "conf.py")
        for name in ("_static", "_templates"):
            shutil.copytree(ROOT / "book" / name, self.pages / name)
        for name in ("catalogue", "reference"):
            (self.pages / name).mkdir()
        for source in catalogue.SOURCES:
            (self.pages / f"catalogue/{source}.toml").write_text("")
        (self.pages / "reference/bibliography.bib").write_text("")

    def build(self) -> None:
        command([sys.executable, "-m", "mgai_book", "html"], self.root)

    def page_seconds(self) -> list[float]:
        """What the execution of each page took, from the start of its kernel to its end."""
        notebooks = sorted((self.root / "_build/executed").glob("*.ipynb"))
        return [nbformat.read(path, as_version=4).metadata["mgai"]["seconds"] for path in notebooks]

    def cell_seconds(self) -> tuple[int, float]:
        """The number of visible cells, and the seconds that one costs alone beyond its own computing."""
        names = sorted(path.stem for path in self.pages.glob("page-*.md"))
        book = [cells.visible(self.root / "_build/html", name) for name in names]
        began = time.perf_counter()
        results = cells.run_pages(book, workers=1)
        took = time.perf_counter() - began
        if problems := [f"{result.cell}: {result.problem}" for result in results if result.problem]:
            raise SystemExit("\n".join(problems))
        codes = json.dumps([cell.code for page in book for cell in page])
        own = float(command([sys.executable, "-c", OWN_SECONDS], self.root, codes))
        return len(results), (took - own) / len(results)


def command(arguments: list[str], folder: Path, text: str = "") -> str:
    """Run a command with one thread a process; ends the benchmark when it fails."""
    environment = dict(os.environ, OMP_NUM_THREADS="1")
    done = subprocess.run(arguments, cwd=folder, env=environment, input=text, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{' '.join(arguments)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


def change_nothing(page: Path) -> None:
    """Leave the page as it is."""


def change_prose(page: Path) -> None:
    page.write_text(page.read_text().replace("A page that plots.", "A page that plots, with one more phrase."))


def change_code(page: Path) -> None:
    page.write_text(page.read_text().replace("0, 1, 200", "0, 1, 201"))


#: What is measured, in this order: the first build finds nothing stored, the others what the one before left.
STAGES: dict[str, Callable[[Path], None]] = {
    "cold": change_nothing,
    "nothing changed": change_nothing,
    "one prose change": change_prose,
    "one code change": change_code,
}


def measure(n: int, folder: Path) -> tuple[dict[str, tuple[float, float]], Ours]:
    """Seconds of (stock, ours) in each stage, the two in turn."""
    sides = (Stock(folder / "stock", n), Ours(folder / "ours", n))
    found = {}
    for stage, change in STAGES.items():
        seconds = []
        for side in sides:
            change(side.pages / "page-01.md")
            began = time.perf_counter()
            side.build()
            seconds.append(time.perf_counter() - began)
        found[stage] = tuple(seconds)
    return found, sides[1]


def report(n: int, runs: list[dict[str, tuple[float, float]]], pages: list[float], alone: list[float]) -> str:
    """The table: medians over the runs; a ratio over 1 means that ours is faster."""
    lines = [f"{n} pages, {2 * n} cells; {scheduling.workers()} cores; medians of {len(runs)} runs, in seconds", ""]
    lines.append(f"{'':<18}{'stock':>8}{'ours':>8}{'stock/ours':>12}  each run")
    for stage in STAGES:
        stock, ours = (median(run[stage][side] for run in runs) for side in (0, 1))
        ratios = [run[stage][0] / run[stage][1] for run in runs]
        each = " ".join(f"{ratio:.2f}" for ratio in ratios)
        lines.append(f"{stage:<18}{stock:>8.2f}{ours:>8.2f}{median(ratios):>12.2f}  {each}")
    extra = [(run["cold"][1] - run["nothing changed"][1]) / n for run in runs]
    lines += ["", f"ours, a page to execute:       {median(extra):.2f} more in the build (cold less nothing changed)"]
    lines.append(f"ours, one page's kernel:       {median(pages):.2f} from its start to its end")
    lines.append(f"ours, each cell alone:         {median(alone):.2f} a cell beyond its own computing, one worker")
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pages", type=int, default=8, help="how many pages (default 8)")
    parser.add_argument("--repeats", type=int, default=3, help="how many runs, each from nothing (default 3)")
    parser.add_argument("--quick", action="store_true", help="two pages, one run: only to see that it works")
    options = parser.parse_args(arguments)
    n, repeats = (2, 1) if options.quick else (options.pages, options.repeats)
    if n < 1 or repeats < 1:
        parser.error("--pages and --repeats must be at least 1")
    runs, pages, alone = [], [], []
    for number in range(1, repeats + 1):
        print(f"run {number} of {repeats}", file=sys.stderr)
        with tempfile.TemporaryDirectory(prefix="mgai-benchmark-") as folder:
            found, ours = measure(n, Path(folder))
            runs.append(found)
            pages += ours.page_seconds()
            alone.append(ours.cell_seconds()[1])
    print(report(n, runs, pages, alone))


if __name__ == "__main__":
    main()
