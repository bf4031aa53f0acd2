"""Runs pages in Jupyter kernels, outside Sphinx.

Every page is executed, unless :mod:`mgai_book.store` has the outputs of the very same inputs. Failing
pages are never stored.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, as_completed
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellTimeoutError, DeadKernelError

from mgai_book import budgets, fork_server, gates, keys, scheduling, store
from mgai_book.gates import Fault
from mgai_book.layout import Layout
from mgai_book.pages import Page, code_cells

STOCK = "python3"
CELL_SECONDS = {"fast": 120, "full": 1200}
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


def execute(layout: Layout, pages: list[Page], workers: int, say: Callable[[str], None] = print) -> list[Outcome]:
    """Execute the pages that need it, in parallel; store the good ones; return an outcome for each page.

    Where there is a GPU, the pages that profit from it run on it one at a time, the others beside them without it.
    """
    outcomes = {page.docname: known for page in pages if (known := stored(layout, page, say))}
    todo = [page for page in pages if page.docname not in outcomes]
    say(f"executing {len(todo)} of {len(pages)} pages ({len(outcomes)} unchanged)")
    began = time.monotonic()
    with kernels(todo, say) as kernel, scheduling.lanes(workers, todo, _end_kernels) as lanes:
        speed = lanes.cpu.submit(measure_slowness, kernel) if todo else None
        ordered = scheduling.longest_first(layout, todo)
        futures = [lanes.submit(_run_and_store, page, layout, kernel, speed) for page in ordered]
        for done, future in enumerate(as_completed(futures), start=1):
            outcome = future.result()
            outcomes[outcome.page.docname] = outcome
            left = (time.monotonic() - began) / done * (len(todo) - done)
            state = "FAILED" if outcome.faults else "ok"
            shown = layout.shown(outcome.page.docname)
            say(f"[{done}/{len(todo)}] {shown}: {state}, {outcome.seconds:.1f} s; about {left:.0f} s left")
    return [outcomes[page.docname] for page in pages]


_running: set[subprocess.Popen] = set()  # the processes of kernels at work, to be ended with the build


def _end_kernels() -> None:
    for process in list(_running):
        process.kill()


@contextmanager
def kernels(todo: list[Page], say: Callable[[str], None]) -> Iterator[str]:
    """The kernel to use: forked from a preloaded process where that is possible, else a stock one."""
    if not todo or os.environ.get("MGAI_KERNEL") == "stock":
        yield STOCK
    elif not fork_server.supported():
        say("kernels cannot be forked here: using stock kernels, which start more slowly")
        yield STOCK
    else:
        with fork_server.serving() as name:
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
        store.use(layout, page)
    return outcome


def measure_slowness(kernel: str) -> float:
    """How many times longer than the reference machine this one takes now, with whatever else it does."""
    head = "---\nfile_format: mystnb\nkernelspec: {name: python3}\n---\n"
    text = f"{head}\n```{{code-cell}} ipython3\n{budgets.CALIBRATION.strip()}\n```\n"
    outcome = run(Page("calibration", Path("calibration.md"), text), "the calibration", kernel)
    if outcome.faults:  # a machine on which no page will run: the pages say why
        return 1.0
    return budgets.slowness(float(outcome.notebook.cells[-1].outputs[0].text))


def _run_and_store(page: Page, layout: Layout, kernel: str, speed: Future) -> Outcome:
    outcome = run(page, layout.shown(page.docname), kernel)
    outcome.notebook.metadata["mgai"]["slowness"] = speed.result()
    outcome.faults += gates.page_faults(layout, page, outcome.notebook)
    if outcome.faults:
        layout.notebook(page.docname).unlink(missing_ok=True)
    else:
        store.save(layout, page, outcome.notebook)
        store.use(layout, page)
    return outcome


def run(page: Page, shown: str, kernel: str = STOCK) -> Outcome:
    """Execute one page in a kernel of its own, in an empty folder; faults are collected, not raised."""
    limit = page.time_limit or CELL_SECONDS.get(os.environ.get("MGAI_PROFILE", "fast"), 120)
    notebook = page.notebook
    outcome = Outcome(page, notebook)
    began = time.monotonic()
    at, process = 0, None
    with tempfile.TemporaryDirectory(prefix="mgai-page-") as folder:
        client = _client(notebook, limit, folder, kernel)
        try:
            with client.setup_kernel(env=_environment(folder, keys.sees_gpu(page))):
                process = client.km.provisioner.process
                _running.add(process)
                before = _cpu_seconds(client)
                for at, cell in enumerate(notebook.cells):
                    client.execute_cell(cell, at)
                outcome.cpu_seconds = round(_cpu_seconds(client) - before, 2)
                notebook.metadata["mgai"] = _provenance(client)
        except CellTimeoutError:
            outcome.faults.append(_fault(page, shown, at, f"the cell ran longer than {limit} s"))
        except DeadKernelError:
            outcome.faults.append(_fault(page, shown, at, f"the kernel died{_how_it_ended(process)}"))
    _running.discard(process)
    outcome.seconds = round(time.monotonic() - began, 2)
    outcome.faults += _cell_faults(page, shown)
    notebook.metadata.setdefault("mgai", {}).update(seconds=outcome.seconds, cpu_seconds=outcome.cpu_seconds)
    return outcome


def _client(notebook: nbformat.NotebookNode, limit: int, folder: str, kernel: str) -> NotebookClient:
    return NotebookClient(
        notebook, timeout=limit, kernel_name=kernel, record_timing=False, allow_errors=True,
        extra_arguments=["--log-level=40"] if kernel == STOCK else [],
        resources={"metadata": {"path": folder}},
    )  # fmt: skip


def _environment(folder: str, on_gpu: bool) -> dict[str, str]:
    """The kernel's environment: one thread, warnings shown, no user configuration of IPython.

    A page that is not meant for the GPU does not see it; on it, cuBLAS gives the same numbers in every run.
    """
    return dict(
        os.environ, OMP_NUM_THREADS="1", IPYTHONDIR=str(Path(folder, ".ipython")), PYTHONWARNINGS="default",
        PYDEVD_DISABLE_FILE_VALIDATION="1",
        **({"CUBLAS_WORKSPACE_CONFIG": ":4096:8"} if on_gpu else {"CUDA_VISIBLE_DEVICES": ""}),
    )  # fmt: skip


def _cpu_seconds(client: NotebookClient) -> float:
    """CPU seconds that the kernel has used so far, as it says itself."""
    cell = nbformat.v4.new_code_cell("print(__import__('time').process_time())")
    return float(_ask(client, cell))


def _ask(client: NotebookClient, cell: nbformat.NotebookNode) -> str:
    """What a cell prints that is not part of the page."""
    client.nb.cells.append(cell)
    try:
        client.execute_cell(cell, len(client.nb.cells) - 1, store_history=False)
    finally:
        client.nb.cells.pop()
    return cell.outputs[0].text


def _how_it_ended(process: subprocess.Popen | None) -> str:
    """``: SIGKILL (out of memory?)`` where the exit status of the kernel's process tells."""
    status = process.poll() if process else None
    if status is None:
        return ""
    if status >= 0:
        return f": exit status {status}"
    name = signal.Signals(-status).name
    return f": {name}{' (out of memory?)' if name == 'SIGKILL' else ''}"


_PROVENANCE = """
import json, platform, torch, numpy, mgai
from mgai import settings
print(json.dumps({"python": platform.python_version(), "torch": torch.__version__, "numpy": numpy.__version__,
    "mgai": mgai.__version__, "device": settings.device().type, "seed": settings.seed(), "profile": settings.profile(),
    "device_name": torch.cuda.get_device_name() if settings.device().type == "cuda" else platform.machine()}))
"""


def _provenance(client: NotebookClient) -> dict:
    """Versions and settings as the kernel itself sees them."""
    return json.loads(_ask(client, nbformat.v4.new_code_cell(_PROVENANCE)))


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
