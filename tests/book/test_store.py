"""Stored results: used only when whole and of the very same inputs; two builds do not meet."""

import fcntl
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def entries(book):
    return sorted((book.root / "_build/cache").glob("*.ipynb"))


@pytest.mark.parametrize("damage", ["", "{", '{"cells": []}', "foreign", "number"])
def test_a_bad_entry_is_discarded_with_a_notice_and_executed_again(book, damage):
    (path,) = entries(book)
    text = path.read_text()
    edited = {"foreign": text.replace("2 + 2", "2 + 3"), "number": text.replace("found 4", "found 7")}
    path.write_text(edited.get(damage, damage))
    assert path.read_text() != text
    result = book.run("check")
    assert result.returncode == 0, result.stdout
    assert "a stored result was discarded" in result.stdout
    assert "executing 1 of 1 pages" in result.stdout
    assert "2 + 2" in path.read_text() and "found 4" in path.read_text()


def test_a_module_changed_while_a_page_runs_is_told_and_nothing_is_stored(book):
    """Which version the page has run, nobody knows: under either key its outputs might be another's."""
    shutil.copytree(ROOT / "mgai", book.root / "mgai", ignore=shutil.ignore_patterns("__pycache__"))
    edits = (
        "from pathlib import Path\nfrom mgai import claims\npath = Path(claims.__file__)\n"
        "if path.parents[1].joinpath('edit').exists():\n    path.write_text(path.read_text() + '# edited')\n\nprint(1)"
    )
    book.page.write_text(book.page.read_text() + f"\n```{{code-cell}} ipython3\n{edits}\n```\n")
    before = entries(book)
    (book.root / "edit").touch()
    result = book.run("check")
    assert result.returncode == 1 and "changed while it was executed" in result.stdout, result.stdout + result.stderr
    assert entries(book) == before
    (book.root / "edit").unlink()
    result = book.run("check")
    assert result.returncode == 0 and "executing 1 of 1 pages" in result.stdout
    assert len(entries(book)) == len(before) + 1


def test_stores_of_two_checkouts_merge_by_copying(book, tmp_path):
    other = tmp_path / "other"
    shutil.copytree(book.root, other)
    shutil.rmtree(other / "_build")
    (other / "_build/cache").mkdir(parents=True)
    shutil.copy(entries(book)[0], other / "_build/cache")
    assert "executing 0 of 1 pages" in type(book)(other).run("html").stdout


def test_results_of_several_seeds_are_kept_side_by_side(book):
    here = int(os.environ.get("MGAI_SEED", "0"))
    book.run("check", MGAI_SEED=str(here + 1))
    assert len(entries(book)) == 2
    assert "executing 0 of 1 pages" in book.run("check", MGAI_SEED=str(here)).stdout


def test_a_second_build_at_the_same_time_is_told_so(book):
    with open(book.root / "_build/.lock", "a+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        result = book.run("check")
    assert result.returncode == 2
    assert "another build is running" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere; the next test covers the message")
def test_an_unwritable_folder_gives_one_line(book):
    (book.root / "_build").chmod(0o500)
    result = book.run("check")
    assert result.returncode == 2
    assert len(result.stderr.splitlines()) == 1


def test_a_build_folder_that_is_a_file_gives_one_line(book):
    shutil.rmtree(book.root / "_build")
    (book.root / "_build").write_text("")
    result = book.run("check")
    assert result.returncode == 2
    assert result.stderr.startswith("error: cannot write to _build/")
    assert len(result.stderr.splitlines()) == 1


def test_a_file_that_cannot_be_written_gives_one_line(book):
    """A full disk, provoked by a limit on the size of files: the same error on another number."""
    shutil.rmtree(book.root / "_build/cache")
    limit = "import resource, runpy; resource.setrlimit(resource.RLIMIT_FSIZE, (1500, 1500)); "
    code = limit + "import sys; sys.argv = ['mgai_book', 'check']; runpy.run_module('mgai_book', run_name='__main__')"
    result = subprocess.run([sys.executable, "-c", code], cwd=book.root, capture_output=True, text=True, timeout=120)
    assert result.returncode == 2
    assert result.stderr.startswith("error: File too large"), result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert entries(book) == []


CHECK = """
import runpy, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job ignores it
sys.argv = ["mgai_book", "check"]
runpy.run_module("mgai_book", run_name="__main__")
"""


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupt_ends_the_build_and_all_its_children(book, tmp_path, number, status):
    """As at a terminal, whose Ctrl-C every process of the build gets."""
    with book.page.open("a") as page:
        page.write("\n```{code-cell} ipython3\nimport time\nprint('waiting', flush=True)\ntime.sleep(600)\n```\n")
    command = [sys.executable, "-c", CHECK]
    folder = tmp_path / "a-path-that-is-too-long-for-a-socket-in-it-and-must-do-no-harm-therefore-in-any-way-at-all"
    folder.mkdir()
    build = subprocess.Popen(
        command, cwd=book.root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
        env=dict(os.environ, TMPDIR=str(folder)),
    )  # fmt: skip
    wait_for(lambda: list(folder.glob("mgai-page-*")))
    time.sleep(3)
    children = descendants(build.pid)
    assert children, "the fork server and a kernel should be running"
    os.killpg(build.pid, number)
    _, stderr = build.communicate(timeout=30)
    assert build.returncode == status
    assert "Traceback" not in stderr
    wait_for(lambda: not any(map(running, children)))
    assert list(folder.iterdir()) == []


SLEEPING_CELLS = """
import signal
from mgai_book.cells import Cell, run_pages
signal.signal(signal.SIGINT, signal.default_int_handler)
run_pages([[Cell("p", number, "import time; time.sleep(3)") for number in range(100)]], workers=1)
"""


@pytest.mark.parametrize("send", [os.killpg, os.kill])
def test_an_interrupt_ends_cells_that_run_alone(send):
    """At a terminal every process gets Ctrl-C; the process of a page must not take it for the failure of one cell."""
    run = subprocess.Popen([sys.executable, "-c", SLEEPING_CELLS], start_new_session=True, stderr=subprocess.DEVNULL)
    wait_for(lambda: len(descendants(run.pid)) == 2)
    page = descendants(run.pid)[-1]
    wait_for(lambda: os.readlink(f"/proc/{page}/cwd").endswith("empty"))  # it runs a cell
    send(run.pid, signal.SIGINT)
    run.wait(timeout=30)
    wait_for(lambda: not running(page), seconds=10)


def wait_for(state, seconds=60):
    end = time.monotonic() + seconds
    while not state():
        assert time.monotonic() < end, "it never came to that"
        time.sleep(0.1)


def descendants(pid: int) -> list[int]:
    done = subprocess.run(["ps", "-e", "-o", "pid=,ppid="], capture_output=True, text=True, check=True)
    parents = {int(child): int(parent) for child, parent in map(str.split, done.stdout.splitlines())}
    found, todo = [], [pid]
    while todo:
        here = todo.pop()
        below = [child for child, parent in parents.items() if parent == here]
        found += below
        todo += below
    return found


def running(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as status:
            return status.read().rsplit(")", 1)[1].split()[0] not in "ZX"
    except OSError:
        return False
