"""Runs every visible cell alone: the text behind each copy button of the rendered pages.

A page's process first runs all its cells once, so that memoised experiments are there; then every
cell runs in a fork of it, in an empty namespace and an empty folder, with the state of a fresh start.
"""

from __future__ import annotations

import contextlib
import io
import json
import multiprocessing
import multiprocessing.connection
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import traceback
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil
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

    warm: let the cells of a page share what its experiments memoise. The work is done in a process of its own,
    because only a process with one thread can fork safely.
    """
    todo = [[asdict(cell) for cell in page] for page in book]
    request = json.dumps({"book": todo, "workers": workers, "seconds": seconds, "warm": warm})
    command = [sys.executable, "-P", "-m", "mgai_book.cells"]  # -P: the package that is installed, wherever we are
    environment = dict(os.environ, OMP_NUM_THREADS="1", MPLBACKEND="agg")
    done = subprocess.run(command, input=request, capture_output=True, text=True, env=environment)
    if done.returncode:
        raise RuntimeError(f"the process that runs cells ended with {done.returncode}:\n{done.stderr}")
    answer = json.loads(done.stdout.splitlines()[-1])
    return [Result(Cell(**each["cell"]), each["printed"], each["problem"]) for each in answer]


def _serve() -> None:
    """The process behind :func:`run_pages`: preloads the libraries, forks a process for each page."""
    import matplotlib.figure  # noqa: F401
    import torch  # noqa: F401

    request = json.loads(sys.stdin.read())
    if any(cell["form"] == "ipython" for page in request["book"] for cell in page):
        import IPython.terminal.interactiveshell  # noqa: F401
    context = multiprocessing.get_context("fork")
    todo = [[Cell(**cell) for cell in page] for page in request["book"]]
    running: dict = {}
    results: list[Result] = []
    while todo or running:
        while todo and len(running) < request["workers"]:
            page = todo.pop(0)
            receiver, sender = context.Pipe(duplex=False)
            process = context.Process(target=_page_process, args=(page, request["seconds"], request["warm"], sender))
            process.start()
            sender.close()
            running[receiver] = (process, page)
        for receiver in multiprocessing.connection.wait(list(running)):
            try:
                result = receiver.recv()
                results.append(result)
                running[receiver][1].remove(result.cell)
            except EOFError:
                process, left = running.pop(receiver)
                process.join()
                results += [Result(cell, "", f"the page's process died ({process.exitcode})") for cell in left]
    results.sort(key=lambda result: (result.cell.docname, result.cell.number))
    print(json.dumps([asdict(result) for result in results]))


def _page_process(cells: list[Cell], seconds: int, warm: bool, sender) -> None:
    if warm:
        _fill_memory([cell for cell in cells if cell.form == "file"], seconds)
    for cell in cells:
        sender.send(_alone(cell, seconds))
    sender.close()


def _fill_memory(cells: list[Cell], seconds: int) -> None:
    """Run the experiments of a page once; what fails here fails again alone, and is told there."""
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        signal.signal(signal.SIGALRM, _stop)
        for cell in cells:
            signal.alarm(PATIENCE * seconds)
            with contextlib.suppress(BaseException), contextlib.redirect_stdout(io.StringIO()):
                exec(compile(cell.code, str(cell), "exec"), {"__name__": "__main__"})
            signal.alarm(0)
        signal.signal(signal.SIGALRM, signal.SIG_DFL)


def _stop(number: int, frame) -> None:
    raise TimeoutError("the cell ran too long")


def _alone(cell: Cell, seconds: int) -> Result:
    """Fork, run one cell in an empty namespace and folder, and wait for what it has to say."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder, "printed")
        pid = os.fork()
        if pid == 0:
            os._exit(_child(cell, folder, out))
        status, late = _wait(pid, seconds)
        printed = out.read_text(encoding="utf-8", errors="replace") if out.exists() else ""
    code = os.waitstatus_to_exitcode(status)
    if late:
        return Result(cell, printed, late)
    if code != 0:
        return Result(cell, printed, printed.strip().splitlines()[-1] if printed.strip() else f"ended with {code}")
    return Result(cell, printed, "" if printed.strip() else "shows nothing")


def _wait(pid: int, seconds: int) -> tuple[int, str]:
    """Wait for a process, and end it when its time is over; returns its status and, in that case, what to say.

    It is watched from here, because a timer of its own would make its clock of processor time as coarse as the
    ticks of the kernel, and some cells read that clock.
    """
    began, late = time.monotonic(), ""
    while True:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            return status, late
        passed = time.monotonic() - began
        if sum(psutil.Process(pid).cpu_times()[:2]) > seconds:
            late = f"used more than {seconds} s of processor time"
        elif passed > PATIENCE * seconds:
            late = f"ran longer than {PATIENCE * seconds} s"
        if late:
            os.kill(pid, signal.SIGKILL)
        time.sleep(min(0.1, 0.002 + passed / 20))


def _child(cell: Cell, folder: str, out: Path) -> int:
    descriptor = os.open(out, os.O_WRONLY | os.O_CREAT)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    sys.stdout = open(1, "w", encoding="utf-8", closefd=False)
    sys.stderr = open(2, "w", encoding="utf-8", closefd=False)
    empty = Path(folder, "empty")
    empty.mkdir()
    os.chdir(empty)
    _fresh_state()
    try:
        pasting.run(cell.code, cell.form, str(cell))
        status = 0
    except BaseException:
        traceback.print_exc(file=sys.stdout)
        status = 1
    sys.stdout.flush()
    return status


def _fresh_state() -> None:
    """Undo what the page's first run may have left behind, except memoised experiments."""
    import matplotlib

    from mgai import records

    records._made.clear()
    matplotlib.rcdefaults()
    matplotlib.use("agg")
    warnings.resetwarnings()
    warnings.simplefilter("error")


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


if __name__ == "__main__":
    _serve()
