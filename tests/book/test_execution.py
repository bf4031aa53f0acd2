"""Kernels that hang or die are named; a forked kernel behaves as a stock one."""

import json
import os
import signal
import socket
import subprocess
import sys
import textwrap
from collections.abc import Iterable
from contextlib import nullcontext
from pathlib import Path

import nbformat
import pytest
from mgai_book import execution, fork_server, gates
from mgai_book.layout import Layout
from mgai_book.pages import Page

HEAD = "---\nfile_format: mystnb\nkernelspec: {name: python3, display_name: Python 3, language: python}\n---\n# T\n"
PROBES = [
    "import os, sys; sorted(k for k in os.environ if k not in ('JPY_PARENT_PID', 'OLDPWD')), sys.path, __name__",
    "import os; os.path.basename(os.getcwd()).startswith('mgai-page-'), os.listdir()",
    "import torch; torch.get_num_threads(), torch.get_default_dtype(), torch.is_grad_enabled()",
    "import matplotlib; print(matplotlib.get_backend())\n"
    "for key in sorted(matplotlib.rcParams): print(key, matplotlib.rcParams[key])",
    "import matplotlib.pyplot as plt; plt.plot([1, 2]); plt.title('t')",
    "import warnings; warnings.warn('seen')",
    "print('out'); import sys; print('err', file=sys.stderr)",
    "1 / 0",
    "!echo from the shell",
    "import signal; signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGCHLD)",
    "import threading; sorted(each.name.split('-')[0] for each in threading.enumerate())",
    "import sys; sys.gettrace(), sys.getprofile(), sys.excepthook.__qualname__, sys.breakpointhook.__module__",
    "import logging; logging.root.handlers, logging.root.level",
    "import locale, tempfile; locale.setlocale(locale.LC_ALL), tempfile.gettempdir()",
    "from IPython.display import HTML, clear_output, display, update_display\n"
    "shown = display(HTML('<b>1</b>'), display_id='one')\nupdate_display(HTML('<b>2</b>'), display_id='one')\n"
    "display({'text/plain': 'raw'}, raw=True)\nclear_output(wait=True)\nprint('after')",
    "import asyncio; await asyncio.sleep(0.01)\nasyncio.get_running_loop().is_running()",
    # What is written below Python reaches the kernel through a pipe, in pieces and at times of its own.
    "import os, time; os.write(1, b'below Python\\n'); os.system('echo a child'); time.sleep(0.5); print('end')",
    "%timeit -n1 -r1 -q pass\n%who_ls\nIn[1][:9], len(Out) > 3",
    "import pydoc; help(len)",
    "input('asked')",
    "def deep():\n    raise ValueError('seen whole')\n\ndeep()",
    "import sympy\nx = sympy.Symbol('x')\nsympy.Integral(x**2, x)",
    "import numpy, torch; numpy.array([1 / 3, 2]), torch.tensor([1 / 3, 2]), numpy.get_printoptions()['precision']",
    "import gc; gc.isenabled(), gc.get_threshold(), sys.getrecursionlimit(), sys.flags.ignore_environment",
]


def page(*codes: str, front: str = HEAD) -> Page:
    cells = "".join(f"\n```{{code-cell}} ipython3\n{textwrap.dedent(code)}\n```\n" for code in codes)
    return Page("p", Path("p.md"), front + cells)


@pytest.fixture(scope="module")
def forked():
    if not fork_server.supported():
        pytest.skip("kernels cannot be forked here")
    with fork_server.serving() as name:
        yield name


def outputs(kernel: str) -> list:
    shown = execution.run(page(*PROBES), "p.md", kernel).notebook
    return [_joined(map(_plain, cell.outputs)) for cell in shown.cells if cell.cell_type == "code"]


def _joined(plain: Iterable[dict]) -> list[dict]:
    """Outputs in which what one stream printed without a break stands in one piece: the pieces depend on the time."""
    joined: list[dict] = []
    for output in plain:
        if joined and output["output_type"] == "stream" and output.get("name") == joined[-1].get("name"):
            joined[-1]["text"] += output["text"]
        else:
            joined.append(output)
    return joined


def _plain(output: nbformat.NotebookNode) -> dict:
    """An output without what differs between any two runs: the line numbers of temporary files."""
    plain = dict(output)
    plain.pop("traceback", None)
    if "text" in plain:
        plain["text"] = "".join(line for line in plain["text"].splitlines(True) if "ipykernel_" not in line)
    return plain


def test_a_forked_kernel_gives_the_outputs_of_a_stock_kernel(forked):
    for probe, stock, fork in zip(PROBES, outputs(execution.STOCK), outputs(forked), strict=True):
        assert fork == stock, probe


def test_forked_pages_share_no_state(forked):
    head = "import matplotlib, os, torch\n"
    changes = "matplotlib.rcParams['font.size'] = 99\nos.environ['LEFT'] = '1'\ntorch.set_num_threads(2)\nprint(1)"
    first = execution.run(page(head + changes), "p.md", forked)
    assert not first.faults
    asks = "print(matplotlib.rcParams['font.size'], 'LEFT' in os.environ, torch.get_num_threads())"
    second = execution.run(page(head + asks), "p.md", forked)
    assert second.notebook.cells[-1].outputs[0].text == "10.0 False 1\n"


def test_numbers_that_no_seed_fixes_differ_between_forked_pages(forked):
    code = "import random, numpy, torch\nprint(random.random(), numpy.random.rand(), torch.rand(1).item())"
    texts = [execution.run(page(code), "p.md", forked).notebook.cells[-1].outputs[0].text for _ in range(2)]
    assert not set(texts[0].split()) & set(texts[1].split())


def test_mgai_is_not_preloaded(forked):
    shown = execution.run(page("import sys\nprint('mgai' in sys.modules, 'torch' in sys.modules)"), "p.md", forked)
    assert shown.notebook.cells[-1].outputs[0].text == "False True\n"


def test_what_no_page_reaches_is_not_preloaded(forked):
    code = "import sys\nprint([name in sys.modules for name in ('sympy', 'scipy.stats')])"
    before = execution.run(page(code), "p.md", forked).notebook.cells[-1].outputs[0].text
    with fork_server.serving(fork_server.wanted({"scipy.stats.norm", "no_such_module"})) as name:
        after = execution.run(page(code), "p.md", name).notebook.cells[-1].outputs[0].text
    assert (before, after) == ("[False, False]\n", "[False, True]\n")


def test_what_cannot_be_imported_is_left_to_the_page():
    with fork_server.serving([*fork_server.PRELOADED, "no_such_module"]) as name:
        assert not execution.run(page("print(1)"), "p.md", name).faults
        (fault,) = execution.run(page("import no_such_module"), "p.md", name).faults
    assert "No module named 'no_such_module'" in fault.message


def test_something_else_is_done_while_the_server_starts():
    order = []
    with fork_server.serving(("os", "torch"), lambda: order.append("meanwhile")):
        order.append("ready")
    assert order == ["meanwhile", "ready"]


def test_a_stock_kernel_does_not_count_the_import_of_what_a_forked_one_has():
    import_ = page("import torch\nprint(1)")
    counted, left_out = (execution.run(import_, "p.md", modules=names).cpu_seconds for names in ((), ("torch",)))
    assert left_out < counted / 2


def test_a_kernel_that_does_not_start_is_a_fault_of_the_page(tmp_path, monkeypatch):
    spec = tmp_path / "kernels/broken/kernel.json"
    spec.parent.mkdir(parents=True)
    argv = [sys.executable, "-S", "-c", "import sys; sys.exit(3)"]
    spec.write_text(json.dumps({"argv": argv, "display_name": "Broken", "language": "python"}))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    (fault,) = execution.run(page("print(1)"), "p.md", "broken").faults
    assert fault.message == "the kernel died: exit status 3"


def test_a_kernel_that_starts_when_the_build_is_being_ended_is_ended_too():
    running = execution.Running()
    early, late = (subprocess.Popen([sys.executable, "-S", "-c", "input()"], stdin=subprocess.PIPE) for _ in range(2))
    running.add(early)
    running.end()
    running.add(late)
    with early, late:
        assert (early.wait(10), late.wait(10)) == (-signal.SIGKILL, -signal.SIGKILL)


@pytest.mark.parametrize("kernel", ["stock", "forked"])
@pytest.mark.parametrize(
    ("code", "message"),
    [
        (
            "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)",
            "the kernel died: SIGKILL (out of memory?)",
        ),
        ("import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)", "the kernel died: SIGSEGV"),
        ("import os\nos._exit(7)", "the kernel died: exit status 7"),
    ],
)
def test_a_kernel_that_dies_is_named_with_its_end(forked, kernel, code, message):
    outcome = execution.run(page("print(1)", code), "p.md", forked if kernel == "forked" else execution.STOCK)
    assert [fault.message for fault in outcome.faults] == [message]
    assert outcome.faults[0].cell == 2


def test_a_cell_that_hangs_is_ended_at_its_limit_and_named(forked):
    front = HEAD.replace("---\n# T", "mystnb: {execution_timeout: 2}\n---\n# T")
    outcome = execution.run(page("print(1)", "import time\ntime.sleep(600)", front=front), "p.md", forked)
    assert outcome.faults[0].cell == 2
    assert outcome.faults[0].message == "the cell ran longer than 2 s"
    assert outcome.seconds < 30


@pytest.mark.parametrize(
    "code", ["print(1)\nprint = None", "print(1)\nimport sys; sys.stdout = open('/dev/null', 'w')"]
)
def test_a_page_may_do_with_printing_what_it_likes(forked, code):
    outcome = execution.run(page(code), "p.md", forked)
    assert not outcome.faults and outcome.notebook.metadata["mgai"]["torch"]


def test_a_library_that_cannot_be_imported_is_a_fault_of_the_page(forked):
    (fault,) = execution.run(page("import sys\nsys.modules['mgai.settings'] = None\nprint(1)"), "p.md", forked).faults
    assert "the kernel cannot say how the page ran: ModuleNotFoundError" in fault.message


def test_a_kernel_tells_which_files_a_page_ran_however_it_imported_them(forked):
    code = "import importlib\nprint(importlib.import_module('mgai.answer_forms').__file__)"
    outcome = execution.run(page(code), "p.md", forked)
    assert outcome.notebook.cells[-1].outputs[0].text.strip() in outcome.ran


@pytest.mark.parametrize("kernel", ["stock", "forked"])
def test_the_users_own_configuration_does_not_reach_a_page(tmp_path, monkeypatch, kernel):
    (tmp_path / "matplotlib").mkdir()
    (tmp_path / "matplotlib/matplotlibrc").write_text("axes.titlesize: 33\n")
    (tmp_path / "start.py").write_text("leaked = 1\n")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("PYTHONSTARTUP", str(tmp_path / "start.py"))
    asks = page("import matplotlib\nprint(matplotlib.rcParams['axes.titlesize'], 'leaked' in globals())")
    with fork_server.serving() if kernel == "forked" else nullcontext(execution.STOCK) as name:
        assert execution.run(asks, "p.md", name).notebook.cells[-1].outputs[0].text == "large False\n"


def test_faults_are_those_of_the_present_text_when_outputs_are_stored(forked):
    """Prose, which is not in the key, stands between the cells, and tags, which are not either, on them."""
    stored = execution.run(page("print(1)", "print(2)"), "p.md", forked).notebook
    stored.cells.insert(1, nbformat.v4.new_markdown_cell("prose that was there"))
    assert gates.page_faults(Layout(Path()), page("print(1)", "print(2)"), stored) == []
    for tag, message in {"remove-input": "removed source", "skip-execution": "every cell of the book"}.items():
        (fault,) = gates.page_faults(Layout(Path()), page("print(1)", f":tags: [{tag}]\n\nprint(2)"), stored)
        assert (fault.cell, message in fault.message) == (2, True)


def test_a_stand_in_that_is_killed_before_it_asks_harms_no_other():
    with fork_server.serving() as name:
        with socket.socket(socket.AF_UNIX) as stand_in:
            stand_in.connect(str(Path(os.environ["JUPYTER_PATH"].split(os.pathsep)[0], "socket")))
        assert not execution.run(page("print(1)"), "p.md", name).faults


def test_a_server_that_was_killed_gives_a_line_for_each_page(capfd):
    with fork_server.serving() as name:
        outcome = execution.run(page("import os\nprint(os.getppid())"), "p.md", name)
        os.kill(int(outcome.notebook.cells[-1].outputs[0].text), signal.SIGKILL)
        (fault,) = execution.run(page("print(1)"), "p.md", name).faults
    assert fault.message == "the kernel died: exit status 1"
    assert capfd.readouterr().err == "the process that forks kernels has ended, or can fork no more\n"


def test_the_end_of_the_server_leaves_no_process():
    with fork_server.serving() as name:
        outcome = execution.run(page("import os\nprint(os.getppid())"), "p.md", name)
        server = int(outcome.notebook.cells[-1].outputs[0].text)
    with pytest.raises(ProcessLookupError):
        os.kill(server, 0)
