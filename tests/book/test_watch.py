"""A save rebuilds the site and reloads the browser; a failing build leaves the last good site in place."""

import contextlib
import fcntl
import os
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from mgai_book import watching
from mgai_book.layout import BookError, Layout

WATCH = """
import functools, signal, sys
from mgai_book import layout, watching
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job ignores it
sys.exit(watching.watch(layout.find(), 0, functools.partial(print, flush=True)))
"""
PAGE = "chapters/1-linear-algebra/sample.html"
SECONDS = 60


def get(address: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(address, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


class Watching:
    """A running ``watch``, and what its terminal shows."""

    def __init__(self, root: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", WATCH], cwd=root, env=dict(os.environ), stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, start_new_session=True,
        )  # fmt: skip
        self.lines: list[str] = []
        self.reader = threading.Thread(target=lambda: self.lines.extend(iter(self.process.stdout.readline, "")))
        self.reader.start()

    def wait_for(self, text: str, after: int = 0) -> str:
        """The first line from line ``after`` on that contains ``text``; fails when none comes in time."""
        return self.until(lambda: next((line for line in self.lines[after:] if text in line), ""), text)

    def until(self, condition, what: str):
        end = time.monotonic() + SECONDS
        while time.monotonic() < end and self.process.poll() is None:
            if found := condition():
                return found
            time.sleep(0.1)
        pytest.fail(f"not within {SECONDS} s: {what}\n" + "".join(self.lines))

    def interrupt(self) -> int:
        self.process.send_signal(signal.SIGINT)
        status = self.process.wait(SECONDS)
        self.reader.join()
        return status


@contextlib.contextmanager
def running(root: Path):
    watching = Watching(root)
    try:
        yield watching
    finally:
        if watching.process.poll() is None:
            os.killpg(watching.process.pid, signal.SIGKILL)
            watching.process.wait()
        watching.reader.join()
        watching.process.stdout.close()


def test_a_save_rebuilds_and_reloads_and_a_fault_keeps_the_last_good_site(book):
    with running(book.root) as watch:
        address = watch.wait_for("serving the book on").split()[4]
        watch.until(lambda: "watching\n" in watch.lines, "the first build ends")
        before = get(address + ".version")[1]

        book.page.write_text(book.page.read_text() + "\nSaved a moment ago.\n")
        watch.until(lambda: "Saved a moment ago" in get(address + PAGE)[1], "the page shows the save")
        good = get(address + ".version")[1]
        assert good != before
        assert f'!== "{good}") location.reload()' in get(address + PAGE)[1]
        assert "location.reload" not in book.html.read_text()

        seen = len(watch.lines)
        line = book.page.read_text().count("\n") + 3
        fault = '\n```{code-cell} ipython3\nraise ValueError("on purpose")\n```\n'
        book.page.write_text(book.page.read_text() + fault)
        assert f"sample.md:{line}, cell 2: ValueError: on purpose" in watch.wait_for("ValueError", seen)
        watch.wait_for("last good build", seen)
        assert "changed: book/chapters/1-linear-algebra/sample.md\n" in watch.lines[seen:]
        assert get(address + ".version")[1] == good
        assert "Saved a moment ago" in get(address + PAGE)[1]

        book.page.write_text(book.page.read_text().replace(fault, "\nMended.\n"))
        configuration = book.root / "conf.py"
        configuration.write_text(configuration.read_text() + '\nhtml_title = "Retitled"\n')
        watch.until(lambda: "Mended." in get(address + PAGE)[1], "the mended page")
        watch.until(lambda: "Retitled</title>" in get(address)[1], "the new title")
        assert watch.interrupt() == 0
    assert watch.lines[-1] == "stopped\n"
    assert "Traceback" not in "".join(watch.lines)


def test_what_is_watched(tmp_path):
    inputs = ["book/a.md", "conf.py", "mgai/topic/b.py"]
    others = ["book/.#a.md", "book/a.md~", "mgai/topic/__pycache__/b.pyc", "_build/x", "README.md"]
    for name in inputs + others:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("1")
    found = watching.snapshot(Layout(tmp_path))
    assert sorted(path.relative_to(tmp_path).as_posix() for path in found) == inputs


@pytest.mark.parametrize("change", ["write", "add", "remove"])
def test_saves_name_the_files_that_changed_once_each(tmp_path, change):
    (tmp_path / "book").mkdir()
    page, other = tmp_path / "book/a.md", tmp_path / "book/b.md"
    page.write_text("1")
    saves = watching.saves(Layout(tmp_path), seconds=0.05)
    assert next(saves) == []
    if change == "write":
        page.write_text("22")
    elif change == "remove":
        page.unlink()
    else:
        other.write_text("1")
    assert next(saves) == [other if change == "add" else page]
    other.write_text("333")  # while the caller builds
    assert next(saves) == [other]


def test_before_the_first_build_a_page_waits_for_it(tmp_path):
    with watching.serving(Layout(tmp_path), 0) as address:
        status, text = get(address)
        assert status == 503
        assert '!== "none") location.reload()' in text
        assert get(address + ".version") == (200, "none")
        (tmp_path / "_build/html/deep").mkdir(parents=True)
        (tmp_path / "_build/html/index.html").write_text("<body>µ</body>")
        (tmp_path / "_build/html/deep/index.html").write_text("deep")
        (tmp_path / "_build/html/book.css").write_text("</body>")
        assert get(address)[1].startswith("<body>µ<script>")
        assert get(address + "deep")[1].startswith("deep<script>")
        assert get(address + "book.css") == (200, "</body>")
        assert get(address + "gone.html")[0] == 404
        assert get(address + "../../../etc/passwd")[0] == 404
        assert get(address + ".version")[1] != "none"


def test_a_port_in_use_gives_one_line(tmp_path):
    with watching.serving(Layout(tmp_path), 0) as address:
        port = int(address.rsplit(":", 1)[1].strip("/"))
        with pytest.raises(BookError, match=f"cannot serve on port {port}: .*; name another port"):
            watching.watch(Layout(tmp_path), port)


def test_a_build_elsewhere_is_waited_for(tmp_path):
    said: list[str] = []
    (tmp_path / "_build").mkdir()
    with open(tmp_path / "_build/.lock", "a+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        waiting = threading.Thread(target=watching.wait_for_others, args=(Layout(tmp_path), said.append))
        waiting.start()
        waiting.join(0.5)
        assert waiting.is_alive()
        assert said == ["waiting for another build in this checkout to end"]
    waiting.join(10)
    assert not waiting.is_alive()


def test_what_a_build_writes_among_the_sources_is_no_save(book):
    before = watching.snapshot(Layout(book.root))
    page = book.root / "book/reference/api/mgai/norms.md"
    page.parent.mkdir(parents=True)
    page.write_text("# Norms\n")
    assert watching.snapshot(Layout(book.root)) == before


def test_a_browser_that_hangs_up_leaves_the_terminal_quiet(good_book, capfd):
    large = max((good_book.root / "_build/html/_static").rglob("*.js"), key=lambda path: path.stat().st_size)
    name = large.relative_to(good_book.root / "_build/html").as_posix()
    with watching.serving(Layout(good_book.root), 0) as address:
        port = int(address.rstrip("/").rsplit(":", 1)[1])
        for _ in range(5):
            caller = socket.create_connection(("127.0.0.1", port))
            caller.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # reset, not closed
            caller.sendall(f"GET /{name} HTTP/1.0\r\n\r\n".encode())
            caller.recv(10)
            caller.close()
        assert get(address)[0] == 200
        time.sleep(0.5)
    assert capfd.readouterr().err == ""
