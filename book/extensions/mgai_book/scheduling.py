"""Who works when: the longest page first, a share for each machine, one page at a time on the GPU."""

from __future__ import annotations

import json
import os
import statistics
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

from mgai_book import keys
from mgai_book.layout import Layout
from mgai_book.pages import Page


def workers() -> int:
    """One kernel a core, each with one thread: more threads slow small tensors down."""
    return max(1, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)


def read_durations(layout: Layout) -> dict[str, float]:
    """CPU seconds of each page when it was last executed; empty when nothing is known."""
    try:
        known = json.loads((layout.build / "durations.json").read_text())
        return {str(name): float(seconds) for name, seconds in known.items()}
    except (OSError, ValueError, AttributeError, TypeError):
        return {}


def write_durations(layout: Layout, durations: dict[str, float]) -> None:
    """Add to what is known."""
    layout.build.mkdir(parents=True, exist_ok=True)
    (layout.build / "durations.json").write_text(json.dumps({**read_durations(layout), **durations}, indent=1))


def longest_first(layout: Layout, todo: list[Page]) -> list[Page]:
    """The pages in falling order of what they took last time, so that no long one is left to the end."""
    durations = read_durations(layout)
    return sorted(todo, key=lambda page: -durations.get(page.docname, float("inf")))


def shares(layout: Layout, found: list[Page], count: int) -> list[list[Page]]:
    """The pages in ``count`` shares of about the same CPU seconds, each page in exactly one.

    The longest page goes to the lightest share, and so on (longest processing time first: at most 4/3 of the
    best; Graham, SIAM Journal on Applied Mathematics 17, 1969). A page of which nothing is known counts
    as the median. The same durations give the same shares on every machine.
    """
    known = read_durations(layout)
    usual = statistics.median([known[page.docname] for page in found if page.docname in known] or [1.0])
    weight = {page.docname: known.get(page.docname, usual) for page in found}
    bins: list[list[Page]] = [[] for _ in range(count)]
    load = [0.0] * count
    for page in sorted(found, key=lambda page: (-weight[page.docname], page.docname)):
        lightest = load.index(min(load))
        bins[lightest].append(page)
        load[lightest] += weight[page.docname]
    return [sorted(share, key=lambda page: page.docname) for share in bins]


#: What a page holds while its cells run, so that no more of them compute at once than there are workers.
Turn = AbstractContextManager
NO_TURN: Turn = nullcontext()


class Lanes:
    """Two pools: CPU pages side by side, and beside them the pages that see the GPU, one at a time.

    A kernel mostly waits while it starts and ends. So there are twice as many CPU pages on their way as may
    compute: each is called with a turn to hold while it does.
    """

    def __init__(self, workers: int, todo: list[Page]) -> None:
        self.on_gpu = {page.docname for page in todo if keys.sees_gpu(page)}
        beside = max(1, workers - bool(self.on_gpu))  # a page on the GPU keeps a core busy, too
        self.cpu, self.gpu = ThreadPoolExecutor(2 * beside), ThreadPoolExecutor(1)
        self.turns = threading.BoundedSemaphore(beside)

    def submit(self, work: Callable[..., Any], page: Page, *arguments: Any) -> Future:
        """Call ``work`` with the page, the arguments and a turn as soon as there is a thread for it."""
        on_gpu = page.docname in self.on_gpu
        return (self.gpu if on_gpu else self.cpu).submit(work, page, *arguments, NO_TURN if on_gpu else self.turns)

    def end(self, *, abandon: bool = False) -> None:
        for lane in (self.cpu, self.gpu):
            lane.shutdown(wait=not abandon, cancel_futures=abandon)


@contextmanager
def lanes(workers: int, todo: list[Page], abandon: Callable[[], None]) -> Iterator[Lanes]:
    """Lanes that, when interrupted, abandon the work (``abandon`` ends what runs) instead of waiting for it."""
    opened = Lanes(workers, todo)
    try:
        yield opened
    except BaseException:
        opened.end(abandon=True)
        abandon()
        raise
    finally:
        opened.end()
