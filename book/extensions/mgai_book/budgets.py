"""What a page may cost: CPU seconds when it is executed, bytes when it is read.

Seconds are those of the machine on which :data:`REFERENCE` was measured: each build times a small fixed
piece of work beside its pages, so that a slow or busy machine is not a page's fault. Pages over budget
are reported, in the summary and on the site's build page; those far over it fail under ``STRICT=1``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from mgai_book.gates import Fault
from mgai_book.layout import Layout
from mgai_book.pages import Page

AIM = 5  # CPU seconds in the fast profile
REPORTED, FAILING = 15, 60
LARGEST = 30  # what a page may ask for with `budget:`
FULL = 300  # seconds on one GPU in the full profile
MEGABYTE = 1_000_000
HEAVY, TOO_HEAVY = 1 * MEGABYTE, 3 * MEGABYTE

#: CPU seconds of :data:`CALIBRATION` where the budgets were set: one core of a two-core server, torch 2.13.
REFERENCE = 0.043
CALIBRATION = """
import time
import numpy, torch

def work():
    began = time.process_time()
    x = torch.arange(40_000, dtype=torch.float64).reshape(200, 200) / 40_000
    for _ in range(60):
        x = torch.tanh(x @ x / 100)
    numpy.linalg.svd(numpy.sin(numpy.arange(22_500.0)).reshape(150, 150))
    w = torch.zeros(50, dtype=torch.float64, requires_grad=True)
    for _ in range(300):
        (slope,) = torch.autograd.grad(((w - 1) ** 2).sum(), w)
        w = (w - 0.1 * slope).detach().requires_grad_()
    sum(i * i for i in range(200_000))
    return time.process_time() - began

print(min(work() for _ in range(3)))
"""


@dataclass(frozen=True)
class Cost:
    """What a page took, in seconds of the reference machine, and what it may take."""

    seconds: float
    reported: float
    failing: float

    @property
    def message(self) -> str:
        """What the summary says; empty within budget."""
        if self.seconds <= self.reported:
            return ""
        return f"took {self.seconds:.0f} s of the reference machine, its budget is {self.reported:g} s"


def slowness(seconds: float) -> float:
    """How many times longer than the reference machine this one takes."""
    return round(seconds / REFERENCE, 3)


def cost(page: Page, about: dict[str, Any]) -> Cost:
    """The cost of a page from what is stored with its outputs.

    CPU seconds count, divided by the slowness of the machine that executed the page; of a page on a GPU in
    the full profile the seconds that passed, as its CPU mostly waits.
    """
    full = about.get("profile") == "full"
    seconds = about.get("cpu_seconds", 0.0) / about.get("slowness", 1.0)
    if full and about.get("device") == "cuda":
        seconds = about.get("seconds", 0.0)
    allowed = page.budget if page.budget is not None and not problem(page) else REPORTED
    return Cost(seconds, FULL, FULL) if full else Cost(seconds, allowed, FAILING)


def problem(page: Page) -> str:
    """What is wrong with the front matter's ``budget:``; empty when nothing is."""
    asked = page.budget
    if asked is None:
        return ""
    if isinstance(asked, bool) or not isinstance(asked, (int, float)) or not 0 < asked <= LARGEST:
        return f"`budget: {asked}`: a page may ask for up to {LARGEST} CPU seconds"
    return ""


def time_reports(layout: Layout, costs: list[tuple[Page, Cost]]) -> list[str]:
    """One line for each page over its budget."""
    return [f"{layout.shown(page.docname)} {cost.message}" for page, cost in costs if cost.message]


def time_faults(layout: Layout, costs: list[tuple[Page, Cost]], strict: bool) -> list[Fault]:
    """Malformed budgets; under ``STRICT=1`` also the pages that are far over theirs."""
    faults = []
    for page, cost in costs:
        message = problem(page)
        if strict and not message and cost.seconds > cost.failing:
            message = f"the page {cost.message}, and over {cost.failing:g} s it fails under STRICT=1"
        faults += [Fault(layout.shown(page.docname), 0, 1, message)] if message else []
    return faults


_SOURCE = re.compile(r'<(?:img|source|image|object|embed)\b[^>]*?\s(?:src|href|xlink:href|data)="([^"#?]+)', re.I)


def images(page: Path) -> list[Path]:
    """The pictures that a rendered page shows, each once."""
    shown = {(page.parent / unquote(source)).resolve()
             for source in _SOURCE.findall(page.read_text(encoding="utf-8")) if ":" not in source}  # fmt: skip
    return sorted(image for image in shown if image.is_file())


def weight(html: Path, docname: str) -> int:
    """Bytes of a rendered page with the images that it shows."""
    page = html / f"{docname}.html"
    return sum(path.stat().st_size for path in [page, *images(page)])


def weights(layout: Layout, html: Path) -> dict[str, int]:
    """The weight of every page of the book, heaviest first."""
    docnames = [path.relative_to(layout.sources).with_suffix("").as_posix() for path in layout.sources.rglob("*.md")]
    found = {name: weight(html, name) for name in sorted(docnames) if (html / f"{name}.html").is_file()}
    return dict(sorted(found.items(), key=lambda entry: -entry[1]))


def weight_reports(layout: Layout, found: dict[str, int]) -> list[str]:
    """One line for each page over a megabyte."""
    return [f"{layout.shown(name)} weighs {size / MEGABYTE:.1f} MB, images included (over {HEAVY / MEGABYTE:g} MB)"
            for name, size in found.items() if size > HEAVY]  # fmt: skip


def weight_faults(layout: Layout, found: dict[str, int], strict: bool) -> list[Fault]:
    """Under ``STRICT=1`` the pages that are far too heavy."""
    message = "the page weighs {:.1f} MB, images included, and over {:g} MB it fails under STRICT=1"
    return [Fault(layout.shown(name), 0, 1, message.format(size / MEGABYTE, TOO_HEAVY / MEGABYTE))
            for name, size in found.items() if strict and size > TOO_HEAVY]  # fmt: skip


#: Where the build page tells of weights, which are known only when all pages are rendered.
PLACEHOLDER = '<ul class="mgai-weights"></ul>'
_PLACE = re.compile(r'<ul class="mgai-weights">.*?</ul>', re.S)


def fill_in_weights(layout: Layout, html: Path) -> None:
    """Put the weights into the pages that have a place for them."""
    lines = weight_reports(layout, weights(layout, html)) or [f"No page weighs over {HEAVY / MEGABYTE:g} MB."]
    listed = "".join(f"<li>{escape(line)}</li>" for line in lines)
    for path in layout.sources.rglob("*.md"):
        path = html / path.relative_to(layout.sources).with_suffix(".html")
        text = path.read_text(encoding="utf-8") if path.is_file() else ""
        if _PLACE.search(text):
            filled = _PLACE.sub(lambda _: f'<ul class="mgai-weights">{listed}</ul>', text)
            path.write_text(filled, encoding="utf-8")
