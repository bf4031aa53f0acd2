"""The process behind :func:`mgai_book.cells.run_pages`, which runs cells alone without starting Python for each.

A page's process runs its cells one after the other, each in an empty namespace and an empty folder, with the state
of a fresh start; only what experiments memoise is still there. Cells that are typed run in forks of it.
"""

from __future__ import annotations

import json
import multiprocessing
import multiprocessing.connection
import os
import signal
import sys
import tempfile
import time
import traceback
import warnings
from dataclasses import asdict
from pathlib import Path

import psutil

from mgai_book import pasting
from mgai_book.cells import PATIENCE, Cell, Result

#: How much longer the process of a page may take than the fork that it waits for, in seconds by the clock.
_GRACE = 5


def _serve() -> None:
    """Preload the libraries, fork a process for each page, and print what the cells did."""
    import matplotlib.figure  # noqa: F401
    import torch  # noqa: F401

    request = json.loads(sys.stdin.read())
    if any(cell["form"] == "ipython" for page in request["book"] for cell in page):
        import IPython.terminal.interactiveshell  # noqa: F401
    todo = [[Cell(**cell) for cell in page] for page in request["book"]]
    running: list[_Page] = []
    results: list[Result] = []
    while todo or running:
        while todo and len(running) < request["workers"]:
            running.append(_Page(todo.pop(0), request["seconds"], request["warm"]))
        multiprocessing.connection.wait([page.receiver for page in running], timeout=0.5)
        for page in list(running):
            results += page.heard()
            if page.ended:
                running.remove(page)
                if page.left:  # behind a cell that ended the process
                    todo.insert(0, page.left)
    results.sort(key=lambda result: (result.cell.docname, result.cell.number))
    print(json.dumps([asdict(result) for result in results]))


class _Page:
    """The process that runs the cells of one page in order, as the process that started it sees it."""

    def __init__(self, cells: list[Cell], seconds: int, warm: bool) -> None:
        context = multiprocessing.get_context("fork")
        self.receiver, sender = context.Pipe(duplex=False)
        self.left, self.ended = list(cells), False
        self.process = context.Process(target=_page_process, args=(cells, seconds, warm, sender))
        self.process.start()
        sender.close()
        self.clock = _Clock(self.process.pid, seconds, _GRACE)

    def heard(self) -> list[Result]:
        """Results that have arrived; a cell that takes too long, or ends the process, has one made for it."""
        found: list[Result] = []
        try:
            while self.receiver.poll():
                result = self.receiver.recv()
                if result is not None:  # None: the process is ready
                    found.append(result)
                    self.left.remove(result.cell)
                self.clock.start()
            if self.left and (late := self.clock.late()):
                self.process.kill()
                found.append(Result(self.left.pop(0), "", late))
                self.process.join()
                self.ended = True
        except EOFError:
            self.process.join()
            self.ended = True
            if self.left:
                found.append(Result(self.left.pop(0), "", f"the page's process died ({self.process.exitcode})"))
        return found


class _Clock:
    """How long a process has worked since the clock was started; one that has ended works no more."""

    def __init__(self, pid: int, seconds: int, grace: int = 0) -> None:
        self.process, self.seconds, self.grace = psutil.Process(pid), seconds, grace
        self.start()

    def start(self) -> None:
        self.cpu, self.began = self._cpu(), time.monotonic()

    def _cpu(self) -> float:
        try:
            return sum(self.process.cpu_times()[:2])
        except psutil.NoSuchProcess:
            return 0.0

    def late(self) -> str:
        """What to say of a process that takes too long; empty for others.

        It is watched from outside, because a timer of its own would make its clock of processor time as coarse as the
        ticks of the kernel, and some cells read that clock.
        """
        if self._cpu() - self.cpu > self.seconds:
            return f"used more than {self.seconds} s of processor time"
        if time.monotonic() - self.began > PATIENCE * self.seconds + self.grace:
            return f"ran longer than {PATIENCE * self.seconds} s"
        return ""


def _page_process(cells: list[Cell], seconds: int, warm: bool, sender: multiprocessing.connection.Connection) -> None:
    parent = os.getppid()
    _fresh_state()  # which imports what every page imports
    sender.send(None)
    with tempfile.TemporaryDirectory() as folder:
        for cell in cells:
            if os.getppid() != parent:  # it was killed
                return
            here = warm and cell.form == "file"
            sender.send(_here(cell, folder) if here else _alone(cell, seconds))
    sender.close()


def _here(cell: Cell, folder: str) -> Result:
    """Run one cell in this process, in an empty namespace and folder."""
    with tempfile.TemporaryDirectory(dir=folder) as own:
        out = Path(own, "printed")
        status = _child(cell, own, out)
        os.chdir(folder)
        return _result(cell, out, status)


def _alone(cell: Cell, seconds: int) -> Result:
    """Fork, run one cell in an empty namespace and folder, and wait for what it has to say."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder, "printed")
        pid = os.fork()
        if pid == 0:
            os._exit(_child(cell, folder, out))
        clock, late = _Clock(pid, seconds), ""
        while not (ended := os.waitpid(pid, os.WNOHANG))[0]:
            if late := late or clock.late():
                os.kill(pid, signal.SIGKILL)
            time.sleep(min(0.1, 0.002 + (time.monotonic() - clock.began) / 20))
        return _result(cell, out, os.waitstatus_to_exitcode(ended[1]), late)


def _result(cell: Cell, out: Path, status: int, late: str = "") -> Result:
    printed = out.read_text(encoding="utf-8", errors="replace") if out.exists() else ""
    if late:
        return Result(cell, printed, late)
    if status != 0:
        return Result(cell, printed, printed.strip().splitlines()[-1] if printed.strip() else f"ended with {status}")
    return Result(cell, printed, "" if printed.strip() else "shows nothing")


def _child(cell: Cell, folder: str, out: Path) -> int:
    descriptor = os.open(out, os.O_WRONLY | os.O_CREAT)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    os.close(descriptor)
    sys.stdout = open(1, "w", encoding="utf-8", closefd=False)
    sys.stderr = open(2, "w", encoding="utf-8", closefd=False)
    empty = Path(folder, "empty")
    empty.mkdir()
    os.chdir(empty)
    _fresh_state()
    try:
        pasting.run(cell.code, cell.form, str(cell))
        status = 0
    except KeyboardInterrupt:  # Ctrl-C is for all cells, not for this one
        raise
    except BaseException:
        traceback.print_exc(file=sys.stdout)
        status = 1
    sys.stdout.flush()
    sys.stderr.flush()
    return status


_ENVIRONMENT = dict(os.environ)


def _fresh_state() -> None:
    """Undo what cells that ran before may have left behind, except memoised experiments."""
    import matplotlib
    import torch

    from mgai import records

    os.environ.clear()
    os.environ.update(_ENVIRONMENT)
    records._made.clear()
    matplotlib.rcdefaults()
    matplotlib.use("agg")
    torch.set_default_dtype(torch.float32)
    torch.set_default_device(None)
    torch.set_grad_enabled(True)
    warnings.resetwarnings()
    warnings.simplefilter("error")


if __name__ == "__main__":
    _serve()
