"""Builds the book again whenever a file of it is saved, and reloads the pages that a browser shows.

Files are watched by looking at them (their times and sizes), which works on every file system and needs
no library. Each build is a process of its own, so that edits of ``mgai`` and of this package count.
The site itself knows nothing of this: the script that reloads is added by the server, to what it sends.
"""

from __future__ import annotations

import contextlib
import fcntl
import functools
import http.server
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http import HTTPStatus
from pathlib import Path

from mgai_book import modules
from mgai_book.browsers import Server
from mgai_book.layout import BookError, Layout

WATCHED = ("book", "mgai", "conf.py")
VERSION = "/.version"
SECONDS = 0.5  # between two looks
_EDITORS = ("~", ".swp", ".swx", ".part", ".tmp", "4913")  # endings of what editors write beside a file
_SCRIPT = """<script>
setInterval(async () => {
  const answer = await fetch("%s", {cache: "no-store"}).catch(() => null);
  if (answer && answer.ok && (await answer.text()) !== "%s") location.reload();
}, 700);
</script>"""

Snapshot = dict[Path, tuple[int, int]]


def watch(layout: Layout, port: int, say: Callable[[str], None] = print) -> int:
    """Build, serve the site on this machine only, and build again after every save, until interrupted.

    A build that fails says why in the terminal and leaves the site of the last good build in place.
    The caller holds no lock: each build takes it. ``port`` 0 takes any free one.
    """
    with serving(layout, port) as address:
        say(f"serving the book on {address} and watching {', '.join(WATCHED)} (Ctrl-C ends)")
        try:
            for changed in saves(layout):
                for path in changed:
                    say(f"changed: {path.relative_to(layout.root)}")
                wait_for_others(layout, say)
                status = build(layout)
                say("watching" if status == 0 else "watching; the site is that of the last good build")
                sys.stdout.flush()
        except KeyboardInterrupt:
            say("stopped")
    return 0


def saves(layout: Layout, seconds: float = SECONDS) -> Iterator[list[Path]]:
    """First an empty list, then after every save the files that changed, once they have come to rest.

    What changes while the caller is busy is found when it comes back.
    """
    known = snapshot(layout)
    yield []
    while True:
        time.sleep(seconds)
        now = snapshot(layout)
        if now != known:
            while (later := _after(seconds, layout)) != now:  # an editor may still be writing
                now = later
            changed = sorted(path for path in {*known, *now} if known.get(path) != now.get(path))
            known = now
            if changed:
                yield changed


def _after(seconds: float, layout: Layout) -> Snapshot:
    time.sleep(seconds / 2)
    return snapshot(layout)


def snapshot(layout: Layout) -> Snapshot:
    """Time and size of every file that a build reads: the book, ``mgai``, ``conf.py``."""
    found: Snapshot = {}
    for name in WATCHED:
        top = layout.root / name
        for path in [top, *top.rglob("*")]:
            if _is_input(path.relative_to(layout.root)):
                with contextlib.suppress(OSError):  # removed since it was listed
                    status = path.stat()
                    if path.is_file():
                        found[path] = (status.st_mtime_ns, status.st_size)
    return found


def _is_input(path: Path) -> bool:
    """Whether a path is a source: not hidden, no bytecode, nothing that a build or an editor writes beside it."""
    if path.is_relative_to(f"book/{modules.API}"):
        return False
    hidden = any(part.startswith((".", "#")) or part == "__pycache__" for part in path.parts)
    return not hidden and not path.name.endswith(_EDITORS)


def wait_for_others(layout: Layout, say: Callable[[str], None]) -> None:
    """Wait while another build holds the checkout's lock, so that the save is not lost."""
    layout.build.mkdir(parents=True, exist_ok=True)
    with open(layout.build / ".lock", "a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("waiting for another build in this checkout to end")
            fcntl.flock(lock, fcntl.LOCK_EX)


def build(layout: Layout) -> int:
    """Run ``html`` in a process of its own, which writes to this terminal; returns its exit status."""
    sys.stdout.flush()
    process = subprocess.Popen([sys.executable, "-m", "mgai_book", "html"], cwd=layout.root)
    try:
        return process.wait()
    except (KeyboardInterrupt, SystemExit):
        process.send_signal(signal.SIGINT)  # it ends its kernels itself
        process.wait()
        raise


def listening(port: int, handler: Callable) -> Server:
    """A server on this machine only; ``port`` 0 takes any free one."""
    try:
        return Server(("127.0.0.1", port), handler)
    except OSError as error:
        raise BookError(f"cannot serve on port {port}: {error.strerror}; name another port") from error


@contextlib.contextmanager
def serving(layout: Layout, port: int) -> Iterator[str]:
    """Serve the site on this machine only for the duration of a block; gives its address."""
    with listening(port, functools.partial(Handler, layout=layout)) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/"
        finally:
            server.shutdown()
            thread.join()


class Handler(http.server.SimpleHTTPRequestHandler):
    """Sends the files of the site; into pages it puts a script that reloads them after a build."""

    def __init__(self, *arguments, layout: Layout) -> None:
        self.layout = layout
        super().__init__(*arguments, directory=str(layout.html))

    def version(self) -> str:
        """Another text after every build: the published folder is a new one."""
        try:
            status = self.layout.html.stat()
        except OSError:
            return "none"
        return f"{status.st_ino}-{status.st_mtime_ns}"

    def do_GET(self) -> None:
        version = self.version()  # before the page is read: a page that is too new reloads once more
        path = Path(self.translate_path(self.path))
        if self.path.split("?")[0] == VERSION:
            self.answer(HTTPStatus.OK, "text/plain", version)
        elif version == "none":
            self.page(HTTPStatus.SERVICE_UNAVAILABLE, "<p>There is no built site yet.</p></body>", version)
        elif path.is_dir() and self.path.split("?")[0].endswith("/"):
            self.file(path / "index.html", version)
        elif path.suffix == ".html":
            self.file(path, version)
        else:
            super().do_GET()

    def file(self, path: Path, version: str) -> None:
        try:
            self.page(HTTPStatus.OK, path.read_text(encoding="utf-8"), version)
        except OSError:
            self.page(HTTPStatus.NOT_FOUND, "<p>This page is not in the site.</p></body>", version)

    def page(self, status: HTTPStatus, text: str, version: str) -> None:
        script = _SCRIPT % (VERSION, version)
        head, body, tail = text.rpartition("</body>")
        self.answer(status, "text/html", f"{head}{script}{body}{tail}" if body else tail + script)

    def answer(self, status: HTTPStatus, kind: str, text: str) -> None:
        content = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def end_headers(self) -> None:
        self.send_header("Cache-Control", "no-store")
        super().end_headers()

    def log_message(self, *arguments) -> None:
        """The terminal belongs to the builds."""
