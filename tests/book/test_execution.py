"""Kernels that hang or die are named; a forked kernel behaves as a stock one."""

import os
import textwrap
from pathlib import Path

import nbformat
import pytest
from mgai_book import execution, fork_server
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
    "import gc; gc.isenabled(), sys.getrecursionlimit(), sys.flags.ignore_environment",
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
    return [[_plain(output) for output in cell.outputs] for cell in shown.cells if cell.cell_type == "code"]


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


def test_the_end_of_the_server_leaves_no_process():
    with fork_server.serving() as name:
        outcome = execution.run(page("import os\nprint(os.getppid())"), "p.md", name)
        server = int(outcome.notebook.cells[-1].outputs[0].text)
    with pytest.raises(ProcessLookupError):
        os.kill(server, 0)
