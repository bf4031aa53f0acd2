"""One build: execute all pages, check them, render them, and only then replace the published site."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator

from mgai_book import execution, gates, ledger, pages
from mgai_book.gates import Fault
from mgai_book.layout import BookError, Layout


@contextlib.contextmanager
def alone(layout: Layout) -> Iterator[None]:
    """Hold the checkout's lock for a block; a second build at the same time is told so and ends."""
    try:
        layout.build.mkdir(parents=True, exist_ok=True)
        lock = open(layout.build / ".lock", "a+")
    except OSError as error:
        raise BookError(f"cannot write to {layout.build.name}/: {error.strerror}") from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise BookError(f"another build is running in this checkout (process {lock.read() or '?'})") from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def check(layout: Layout, say: Callable[[str], None] = print) -> list[Fault]:
    """Execute every page and check all claims, without rendering. Returns what is wrong."""
    began = time.monotonic()
    found = pages.executable(layout)
    outcomes = execution.execute(layout, found, workers(), say)
    faults = [fault for outcome in outcomes for fault in outcome.faults]
    entries = [entry for outcome in outcomes for entry in ledger.of_notebook(outcome.page.docname, outcome.notebook)]
    faults += gates.book_faults(layout, found, entries) if not faults else []
    for fault in faults:
        say(str(fault))
    claims = sum(entry.is_claim for entry in entries)
    slowest = sorted(outcomes, key=lambda outcome: -outcome.cpu_seconds)[:5]
    say(f"{len(found)} pages, {claims} claims, {len(faults)} faults, {time.monotonic() - began:.0f} s")
    say("slowest: " + ", ".join(f"{o.page.docname.split('/')[-1]} {o.cpu_seconds:.1f} CPU s" for o in slowest))
    return faults


def publish(layout: Layout, say: Callable[[str], None] = print) -> int:
    """Build the site; returns the exit status. The published folder changes only when all passed."""
    if check(layout, say):
        say("nothing was published; the site of the last good build is untouched")
        return 1
    if render(layout, "html") != 0:
        say("rendering failed: nothing was published; the site of the last good build is untouched")
        return 1
    replace(layout)
    say(f"the book is built: open {layout.html / 'index.html'}")
    return 0


def workers() -> int:
    """One kernel a core, each with one thread: more threads slow small tensors down."""
    return max(1, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)


def render(layout: Layout, builder: str) -> int:
    """Run Sphinx with warnings as errors into the staging folder; returns its exit status."""
    from sphinx.cmd.build import build_main

    shutil.rmtree(layout.staging, ignore_errors=True)
    doctrees = str(layout.build / "doctrees")
    target = str(layout.staging if builder == "html" else layout.build / builder)
    where = ["-c", str(layout.root), "-d", doctrees, str(layout.sources), target]
    status = build_main(["-b", builder, "-W", "--keep-going", "-n", "-q", *where])
    sys.stdout.flush()
    return status


def replace(layout: Layout) -> None:
    """Put the staged site in the place of the published one."""
    old = layout.build / "html.old"
    shutil.rmtree(old, ignore_errors=True)
    if layout.html.exists():
        layout.html.rename(old)
    layout.staging.rename(layout.html)
    shutil.rmtree(old, ignore_errors=True)


def clean(layout: Layout) -> None:
    """Remove everything that a build made, stored results included."""
    if layout.build.exists():
        with alone(layout):
            shutil.rmtree(layout.build)


def serve(layout: Layout, port: int) -> None:
    """Serve the published site on this machine only, until interrupted."""
    import functools
    import http.server

    if not layout.html.exists():
        raise BookError("there is no built site to serve: run `make html`")
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(layout.html))
    with http.server.ThreadingHTTPServer(("127.0.0.1", port), handler) as server:
        print(f"serving the book on http://127.0.0.1:{server.server_address[1]}/ (Ctrl-C ends)")
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            print("stopped")
