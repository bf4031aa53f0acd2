"""One build: execute all pages, check them, render them, and only then replace the published site."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import importlib
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from mgai_book import budgets, choosing, currency, execution, gates, ledger, pages, rewriting, scheduling, store
from mgai_book.execution import Outcome
from mgai_book.gates import Fault
from mgai_book.layout import BookError, Layout, variables
from mgai_book.pages import Page
from mgai_book.scheduling import workers
from mgai_book.watching import listening


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


@dataclass
class Found:
    """What an execution of the book, or of a part of it, brought to light."""

    outcomes: list[Outcome]
    entries: list[ledger.Entry]
    faults: list[Fault]
    costs: list[tuple[Page, budgets.Cost]]


def nothing() -> None:
    """What a command does that has nothing else to do while kernels get ready."""


def import_sphinx() -> None:
    """Import what renders the book, so that it is there when the pages are."""
    for name in ("sphinx.cmd.build", "sphinx.builders.html", "myst_nb", "sphinx_book_theme", "mgai_book.site"):
        importlib.import_module(name)


def examine(
    layout: Layout, chosen: list[Page], say: Callable[[str], None], meanwhile: Callable[[], None] = nothing
) -> Found:
    """Execute some pages, and check them by themselves; ``meanwhile`` is called while the first kernel gets ready."""
    outcomes = execution.execute(layout, chosen, workers(), say, meanwhile)
    entries = [entry for outcome in outcomes for entry in ledger.of_notebook(outcome.page.docname, outcome.notebook)]
    costs = [(each.page, budgets.cost(each.page, each.notebook.metadata["mgai"])) for each in outcomes]
    faults = [fault for outcome in outcomes for fault in outcome.faults]
    faults += budgets.time_faults(layout, costs, choosing.is_strict())
    return Found(outcomes, entries, faults, costs)


def check(layout: Layout, say: Callable[[str], None] = print, meanwhile: Callable[[], None] = nothing) -> list[Fault]:
    """Execute every page and check all claims, without rendering. Returns what is wrong."""
    began = time.monotonic()
    found = examine_all(layout, say, meanwhile)
    for fault in found.faults:
        say(str(fault))
    summary(layout, found, time.monotonic() - began, say)
    return found.faults


def examine_all(layout: Layout, say: Callable[[str], None], meanwhile: Callable[[], None] = nothing) -> Found:
    """Execute every page, check each by itself and, where all are well, the book as a whole."""
    everything = pages.executable(layout)
    found = examine(layout, everything, say, meanwhile)
    store.keep_only(layout, everything)
    remember(layout, found)
    if not found.faults:
        found.faults += gates.book_faults(layout, everything, found.entries)
    return found


def remember(layout: Layout, found: Found) -> None:
    """Note how long the pages took, for the order and the shares of the next execution."""
    done = [each for each in found.outcomes if not each.faults]
    scheduling.write_durations(layout, {each.page.docname: max(each.cpu_seconds, 0.01) for each in done})


def summary(layout: Layout, found: Found, seconds: float, say: Callable[[str], None]) -> None:
    claims = sum(entry.is_claim for entry in found.entries)
    slowest = sorted(found.outcomes, key=lambda outcome: -outcome.cpu_seconds)[:5]
    say(f"{len(found.outcomes)} pages, {claims} claims, {len(found.faults)} faults, {seconds:.0f} s")
    say("slowest: " + ", ".join(f"{o.page.docname.split('/')[-1]} {o.cpu_seconds:.1f} CPU s" for o in slowest))
    for line in budgets.time_reports(layout, found.costs):
        say(f"over budget: {line}")


def publish(layout: Layout, say: Callable[[str], None] = print) -> int:
    """Build the site; returns the exit status. The published folder changes only when all passed.

    The claims are examined every time. Where they and everything else are those of the published site, it stays.
    """
    made_from = currency.inputs(layout)
    if check(layout, say, import_sphinx):
        say("nothing was published; the site of the last good build is untouched")
        return 1
    changed = currency.changed_prose(layout, made_from)
    if changed == []:
        if too_heavy(layout, layout.html, say):
            say("nothing was published; the site of the last good build is untouched")
            return 1
        say(f"nothing changed since the book was built: open {layout.html / 'index.html'}")
        return 0
    if render(layout, "html", changed) != 0:
        say("rendering failed: nothing was published; the site of the last good build is untouched")
        return 1
    if too_heavy(layout, layout.staging, say):
        say("nothing was published; the site of the last good build is untouched")
        return 1
    currency.forget(layout)
    replace(layout)
    currency.note(layout, made_from)
    _published(layout).touch()
    say(f"the book is built: open {layout.html / 'index.html'}")
    return 0


def too_heavy(layout: Layout, site: Path, say: Callable[[str], None]) -> bool:
    """Report the pages of a site that weigh too much; whether any fails the build."""
    weights = budgets.weights(layout, site)
    for line in budgets.weight_reports(layout, weights):
        say(f"over budget: {line}")
    faults = budgets.weight_faults(layout, weights, choosing.is_strict())
    for fault in faults:
        say(str(fault))
    return bool(faults)


def execute_share(layout: Layout, share: tuple[int, int], say: Callable[[str], None] = print) -> int:
    """Execute one of several shares of the pages; returns 1 when a page of it fails.

    The durations that the shares are made from stay as they are, so that every machine makes the same; the
    whole build, which finds the merged stores, notes the new ones. Checks between pages are left to it, too.
    """
    number, count = share
    everything = pages.executable(layout)
    shares = scheduling.shares(layout, everything, count)
    plan = hashlib.sha256(repr([[page.docname for page in each] for each in shares]).encode()).hexdigest()[:8]
    say(f"share {number} of {count}: {len(shares[number - 1])} of {len(everything)} pages (plan {plan})")
    found = examine(layout, shares[number - 1], say)
    for fault in found.faults:
        say(str(fault))
    say(f"{len(found.outcomes)} pages, {len(found.faults)} faults; to merge shares, copy their _build/cache/ together")
    return 1 if found.faults else 0


def render(layout: Layout, builder: str, changed: list[str] | None = None) -> int:
    """Run Sphinx with warnings as errors into the staging folder; returns its exit status.

    changed: the pages of which only prose changed since the site was published; Sphinx then reads and writes these
    in a copy of that site. Without it, all pages are written anew.

    What Sphinx remembers is used only where it is that of the published site. After a build that failed, was killed or
    was not published it forgets all: it warns of a page only when it reads it, and keeps the numbers it last gave.
    """
    from sphinx.cmd.build import build_main

    doctrees = _published(layout).parent
    if not _published(layout).exists():
        shutil.rmtree(doctrees, ignore_errors=True)
        changed = None
    _published(layout).unlink(missing_ok=True)
    target = layout.staging if builder == "html" else layout.build / builder
    shutil.rmtree(target, ignore_errors=True)
    if changed:
        shutil.copytree(layout.html, target, ignore=shutil.ignore_patterns("_static"))  # which Sphinx always makes
    with variables(**{rewriting.CHANGED: "\n".join(changed or [])}):
        where = ["-c", str(layout.root), "-d", str(doctrees), str(layout.sources), str(target)]
        status = build_main(["-b", builder, "-W", "--keep-going", "-n", "-q", *where])
    sys.stdout.flush()
    return status


def _published(layout: Layout) -> Path:
    """Lies beside what Sphinx remembers as long as that is what the published site was made from."""
    return layout.build / "doctrees/published"


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
    with listening(port, handler) as server:
        print(f"serving the book on http://127.0.0.1:{server.server_address[1]}/ (Ctrl-C ends)")
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            print("stopped")
