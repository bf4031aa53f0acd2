"""Runs pages in Jupyter kernels, outside Sphinx.

Every page is executed, unless :mod:`mgai_book.store` has the outputs of the very same inputs. Failing
pages are never stored.
"""

from __future__ import annotations

import importlib.util
import os
import py_compile
import re
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, as_completed
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from py_compile import PycInvalidationMode
from queue import Empty
from typing import Any

import nbformat
from jupyter_client import AsyncKernelClient
from jupyter_core.utils import run_sync
from nbclient import NotebookClient
from nbclient.exceptions import CellTimeoutError, DeadKernelError

from mgai_book import budgets, fork_server, gates, keys, scheduling, store
from mgai_book.gates import Fault
from mgai_book.layout import Layout
from mgai_book.pages import Page, code_cells
from mgai_book.scheduling import NO_TURN, Turn

STOCK = "python3"
CELL_SECONDS = {"fast": 120, "full": 1200}
UNSEEN = "the page ran {}, which its key does not name: import it by a plain import statement"
CHANGED = "a module that it reaches, or a setting, changed while it was executed: build again"
_ANSI = re.compile(r"\x1b\[[0-9;]*m")


@dataclass
class Outcome:
    """What became of one page."""

    page: Page
    notebook: nbformat.NotebookNode
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    cached: bool = False
    faults: list[Fault] = field(default_factory=list)
    #: The files of the modules that the kernel had imported in the end.
    ran: list[str] = field(default_factory=list)


def execute(
    layout: Layout,
    pages: list[Page],
    workers: int,
    say: Callable[[str], None] = print,
    meanwhile: Callable[[], object] = lambda: None,
) -> list[Outcome]:
    """Execute the pages that need it, in parallel; store the good ones; return an outcome for each page.

    Where there is a GPU, the pages that profit from it run on it one at a time, the others beside them without it.
    ``meanwhile`` is called here while the first kernels get ready, if any page is to be executed.
    """
    outcomes = {page.docname: known for page in pages if (known := stored(layout, page, say))}
    todo = [page for page in pages if page.docname not in outcomes]
    say(f"executing {len(todo)} of {len(pages)} pages ({len(outcomes)} unchanged)")
    began = time.monotonic()
    modules = fork_server.wanted({name for page in todo for name in keys.imported(layout.root, page)})
    check_bytecode({path for page in todo for path in keys.reached(layout.root, page)})
    running.begin()
    with kernels(todo, modules, say, meanwhile) as kernel, scheduling.lanes(workers, todo, running.end) as lanes:
        speed = lanes.cpu.submit(measure_slowness, kernel, lanes.turns) if todo else None
        ordered = scheduling.longest_first(layout, todo)
        futures = [lanes.submit(_run_and_store, page, layout, kernel, modules, speed) for page in ordered]
        for done, future in enumerate(as_completed(futures), start=1):
            outcome = future.result()
            outcomes[outcome.page.docname] = outcome
            left = (time.monotonic() - began) / done * (len(todo) - done)
            state = "FAILED" if outcome.faults else "ok"
            shown = layout.shown(outcome.page.docname)
            say(f"[{done}/{len(todo)}] {shown}: {state}, {outcome.seconds:.1f} s; about {left:.0f} s left")
    return [outcomes[page.docname] for page in pages]


def check_bytecode(sources: Iterable[Path]) -> None:
    """Let the stored bytecode of some modules depend on what is in them, as a page's key does.

    Python by itself takes a file of the same size and time for the same.
    """
    for source in sources:
        compiled = Path(importlib.util.cache_from_source(str(source)))
        with suppress(OSError, py_compile.PyCompileError):  # a read-only checkout; what a page says better
            if compiled.is_file() and compiled.read_bytes()[4:8] != b"\3\0\0\0":  # PEP 552: a hash, to be checked
                py_compile.compile(str(source), doraise=True, invalidation_mode=PycInvalidationMode.CHECKED_HASH)


class Running:
    """The processes of kernels at work, to be ended with the build."""

    def begin(self) -> None:
        self.processes: set[subprocess.Popen] = set()
        self.ended = False

    __init__ = begin

    def add(self, process: subprocess.Popen) -> None:
        self.processes.add(process)
        if self.ended:  # it was about to start when the build was interrupted
            process.kill()

    def end(self) -> None:
        self.ended = True
        for process in list(self.processes):
            process.kill()


running = Running()


@contextmanager
def kernels(
    todo: list[Page], modules: list[str], say: Callable[[str], None], meanwhile: Callable[[], object]
) -> Iterator[str]:
    """The kernel to use: forked from a preloaded process where that is possible, else a stock one."""
    if not todo or os.environ.get("MGAI_KERNEL") == "stock":
        yield STOCK
    elif not fork_server.supported():
        say("kernels cannot be forked here: using stock kernels, which start more slowly")
        yield STOCK
    else:
        with fork_server.serving(modules, meanwhile) as name:
            yield name


def stored(layout: Layout, page: Page, say: Callable[[str], None]) -> Outcome | None:
    """The outcome of an earlier execution of the present page, if there is a good one."""
    notebook = store.load(layout, page, say)
    if notebook is None:
        return None
    about = notebook.metadata["mgai"]
    outcome = Outcome(page, notebook, about["seconds"], about["cpu_seconds"], cached=True)
    outcome.faults = gates.page_faults(layout, page, notebook)  # a gate may be newer than the outputs
    if not outcome.faults:
        store.use(layout, page, notebook)
    return outcome


def measure_slowness(kernel: str, turn: Turn = NO_TURN) -> float:
    """How many times longer than the reference machine this one takes now, with whatever else it does."""
    head = "---\nfile_format: mystnb\nkernelspec: {name: python3}\n---\n"
    text = f"{head}\n```{{code-cell}} ipython3\n{budgets.CALIBRATION.strip()}\n```\n"
    outcome = run(Page("calibration", Path("calibration.md"), text), "the calibration", kernel, turn=turn)
    if outcome.faults:  # a machine on which no page will run: the pages say why
        return 1.0
    return budgets.slowness(float(outcome.notebook.cells[-1].outputs[0].text))


#: Python's parser counts its depth once for all threads: pages that finish together are checked one after the other.
_CHECKING = threading.Lock()


def _run_and_store(page: Page, layout: Layout, kernel: str, modules: list[str], speed: Future, turn: Turn) -> Outcome:
    with _CHECKING:
        key = keys.key(layout, page)
    outcome = run(page, layout.shown(page.docname), kernel, modules, turn)
    outcome.notebook.metadata["mgai"]["slowness"] = speed.result()
    with _CHECKING:
        outcome.faults += gates.page_faults(layout, page, outcome.notebook)
        if unseen := _unseen(layout, page, outcome):
            outcome.faults.append(Fault(layout.shown(page.docname), 0, 1, UNSEEN.format(", ".join(unseen))))
        if keys.key(layout, page) != key:  # which of the two the page has run, nobody knows
            outcome.faults.append(Fault(layout.shown(page.docname), 0, 1, CHANGED))
        if outcome.faults:
            layout.notebook(page.docname).unlink(missing_ok=True)
        else:
            store.save(layout, page, outcome.notebook, key)
            store.use(layout, page, outcome.notebook)
    return outcome


def _unseen(layout: Layout, page: Page, outcome: Outcome) -> list[str]:
    """The files of the checkout that the page ran, by whatever way it imported them, and that its key leaves out."""
    named = keys.reached(layout.root, page)
    ran = [path for path in map(Path, outcome.ran) if path.is_relative_to(layout.root / "mgai") and path not in named]
    return [path.relative_to(layout.root).as_posix() for path in ran]


def run(page: Page, shown: str, kernel: str = STOCK, modules: Iterable[str] = (), turn: Turn = NO_TURN) -> Outcome:
    """Execute one page in a kernel of its own, in an empty folder; faults are collected, not raised.

    ``turn`` is held while cells run: kernels start and end beside the pages that compute. ``modules`` are those
    that a forked kernel has imported already: a stock one imports them before its seconds count.
    """
    limit = page.time_limit or CELL_SECONDS.get(os.environ.get("MGAI_PROFILE", "fast"), 120)
    notebook = page.notebook
    outcome = Outcome(page, notebook)
    began, waited = time.monotonic(), 0.0
    at = 0
    with tempfile.TemporaryDirectory(prefix="mgai-page-") as folder:
        client = _client(notebook, limit, folder, kernel)
        try:
            with client.setup_kernel(env=_environment(folder, keys.sees_gpu(page))):
                ready = time.monotonic()
                with turn:
                    waited = time.monotonic() - ready
                    if kernel == STOCK:
                        _ask(client, f"any(not __import__(name) for name in {list(modules)})")
                    before = _cpu_seconds(client)
                    for at, cell in enumerate(notebook.cells):
                        client.execute_cell(cell, at)
                    outcome.cpu_seconds = round(_cpu_seconds(client) - before, 2)
                    outcome.ran = _ask(client, _FILES)
                    notebook.metadata["mgai"] = _ask(client, _PROVENANCE)
        except Unanswered as error:
            outcome.faults.append(_fault(page, shown, at, f"the kernel cannot say how the page ran: {error}"))
        except CellTimeoutError:
            outcome.faults.append(_fault(page, shown, at, f"the cell ran longer than {limit} s"))
        except DeadKernelError:
            outcome.faults.append(_fault(page, shown, at, f"the kernel died{_how_it_ended(client.process)}"))
    running.processes.discard(client.process)
    outcome.seconds = round(time.monotonic() - began - waited, 2)
    outcome.faults += _cell_faults(page, shown)
    notebook.metadata.setdefault("mgai", {}).update(seconds=outcome.seconds, cpu_seconds=outcome.cpu_seconds)
    return outcome


def _client(notebook: nbformat.NotebookNode, limit: int, folder: str, kernel: str) -> Client:
    return Client(
        notebook, timeout=limit, kernel_name=kernel, record_timing=False, allow_errors=True,
        extra_arguments=["--log-level=40"] if kernel == STOCK else [],
        resources={"metadata": {"path": folder}},
    )  # fmt: skip


class Client(NotebookClient):
    """nbclient's client, except that it goes on the moment the kernel is ready, and registers its process."""

    process: subprocess.Popen | None = None

    async def async_start_new_kernel(self, **options: Any) -> None:
        await super().async_start_new_kernel(**options)
        self.process = self.km.provisioner.process
        running.add(self.process)

    async def async_start_new_kernel_client(self) -> AsyncKernelClient:
        self.kc = self.km.client()
        try:
            self.kc.start_channels()
            await _ready(self.kc, self.startup_timeout)
        except Exception:
            await self._async_cleanup_kernel()
            raise
        self.kc.allow_stdin = False
        return self.kc

    start_new_kernel_client = run_sync(async_start_new_kernel_client)
    start_new_kernel = run_sync(async_start_new_kernel)


async def _ready(client: AsyncKernelClient, seconds: float) -> None:
    """Wait until the kernel answers and its messages arrive; raises DeadKernelError when it will not.

    ``wait_for_ready`` does the same, but ends with 0.2 s in which nothing may arrive.
    """
    end = time.monotonic() + seconds
    while time.monotonic() < end and await client.is_alive():
        asked = client.kernel_info()
        with suppress(Empty):
            await client.get_shell_msg(timeout=1)
            while True:
                message = await client.get_iopub_msg(timeout=0.2)  # Empty: it is not connected yet
                said = (message["parent_header"].get("msg_id"), message["content"].get("execution_state"))
                if said == (asked, "idle"):
                    return
    raise DeadKernelError("the kernel did not start")


def _environment(folder: str, on_gpu: bool) -> dict[str, str]:
    """The kernel's environment: one thread, warnings shown, nothing of the user's own configuration.

    A page that is not meant for the GPU does not see it; on it, cuBLAS gives the same numbers in every run.
    """
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONSTARTUP"}  # IPython runs it
    return dict(
        inherited, OMP_NUM_THREADS="1", IPYTHONDIR=str(Path(folder, ".ipython")), PYTHONWARNINGS="default",
        MATPLOTLIBRC=os.devnull, PYDEVD_DISABLE_FILE_VALIDATION="1",
        **({"CUBLAS_WORKSPACE_CONFIG": ":4096:8"} if on_gpu else {"CUDA_VISIBLE_DEVICES": ""}),
    )  # fmt: skip


class Unanswered(Exception):
    """The kernel gave an exception for an answer."""


#: Shown, not printed: a page may do with ``print`` and with standard output what it likes.
_SHOW = "__import__('IPython').display.display({{'application/json': {}}}, raw=True)"


def _cpu_seconds(client: NotebookClient) -> float:
    """CPU seconds that the kernel has used so far, as it says itself."""
    return _ask(client, "__import__('time').process_time()")


def _ask(client: NotebookClient, expression: str) -> Any:
    """The value of an expression that is not part of the page; raises Unanswered when it has none."""
    cell = nbformat.v4.new_code_cell(_SHOW.format(expression))
    client.nb.cells.append(cell)
    try:
        client.execute_cell(cell, len(client.nb.cells) - 1, store_history=False)
    finally:
        client.nb.cells.pop()
    for output in cell.outputs:
        if "application/json" in output.get("data", {}):
            return output.data["application/json"]
    errors = [f"{each.ename}: {_ANSI.sub('', each.evalue)}" for each in cell.outputs if each.output_type == "error"]
    raise Unanswered("; ".join(errors) or "it shows nothing")


def _how_it_ended(process: subprocess.Popen | None) -> str:
    """``: SIGKILL (out of memory?)`` where the exit status of the kernel's process tells."""
    status = process.poll() if process else None
    if status is None:
        return ""
    if status >= 0:
        return f": exit status {status}"
    name = signal.Signals(-status).name
    return f": {name}{' (out of memory?)' if name == 'SIGKILL' else ''}"


_FILES = """sorted({str(each.__file__) for each in list(__import__('sys').modules.values())
    if 'mgai' in str(getattr(each, '__file__', None))})"""
#: Versions and settings as the kernel itself sees them.
_PROVENANCE = """(lambda platform, torch, numpy, mgai, settings: {
    "python": platform.python_version(), "torch": torch.__version__, "numpy": numpy.__version__,
    "mgai": mgai.__version__, "device": settings.device().type, "seed": settings.seed(), "profile": settings.profile(),
    "device_name": torch.cuda.get_device_name() if settings.device().type == "cuda" else platform.machine(),
})(*map(__import__('importlib').import_module, ("platform", "torch", "numpy", "mgai", "mgai.settings")))"""


def _cell_faults(page: Page, shown: str) -> list[Fault]:
    """Cells that raised, or printed a warning (anything on standard error)."""
    faults = []
    for index, cell in code_cells(page.notebook):
        for output in cell.get("outputs", []):
            if output.output_type == "error":
                text = _ANSI.sub("", "\n".join(output.traceback))
                found = re.findall(r"Cell In\[\d+\], line (\d+)", text)
                line = int(found[-1]) - 1 if found else 0
                faults.append(_fault(page, shown, index, f"{output.ename}: {_ANSI.sub('', output.evalue)}", line))
            elif output.output_type == "stream" and output.name == "stderr":
                message = " ".join(_ANSI.sub("", output.text).split())
                faults.append(_fault(page, shown, index, f"the cell printed a warning: {message[:400]}"))
    return faults


def _fault(page: Page, shown: str, index: int, message: str, line: int = 0) -> Fault:
    number = 1 + sum(cell.cell_type == "code" for cell in page.notebook.cells[:index])
    return Fault(shown, number, page.line_of(index) + line, message)
