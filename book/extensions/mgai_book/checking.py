"""Checks beyond one build: the whole book under several seeds, and every visible cell alone."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from mgai_book import cells, keys, pages, pasting, publishing, scheduling
from mgai_book.gates import Fault
from mgai_book.layout import Layout, variables
from mgai_book.pages import Page
from mgai_book.publishing import Found

PASTED = 3  # cells of each page that are also run at a prompt and in IPython


@dataclass(frozen=True)
class Failure:
    """What does not hold for one seed: a claim, or (with no claim) anything else that is wrong."""

    seed: int
    page: str
    cell: int
    claim: str
    message: str


def check_page(layout: Layout, page: Page, say: Callable[[str], None] = print) -> int:
    """Execute one page and check all its claims; returns 1 when any fails. Checks between pages are left out."""
    found = publishing.examine(layout, [page], say)
    for fault in found.faults:
        say(str(fault))
    publishing.summary(layout, found, found.outcomes[0].seconds, say)
    return 1 if found.faults else 0


def sweep(layout: Layout, seeds: Iterable[int], page: Page | None = None, say: Callable[[str], None] = print) -> int:
    """Check the book, or one page of it, for every seed; print a table of all that fails; returns 1 if anything does.

    Results are stored under each seed's own key. The notebooks that the site is rendered from stay as they are.
    """
    layout = replace(layout, outputs="sweep/executed")
    began, failures, claims, count = time.monotonic(), [], 0, 0
    for seed in seeds:
        say(f"seed {seed}:")
        with variables(MGAI_SEED=str(seed)):
            found = publishing.examine(layout, [page], say) if page else publishing.examine_all(layout, say)
        failures += failures_of(layout, seed, found)
        claims += sum(entry.is_claim for entry in found.entries)
        count += 1
    for line in table(failures):
        say(line)
    say(f"{count} seeds, {claims} claims, {len(failures)} failures, {time.monotonic() - began:.0f} s")
    return 1 if failures else 0


def failures_of(layout: Layout, seed: int, found: Found) -> list[Failure]:
    """The claims that fail for one seed, and the faults that are no failing claim."""
    false = [entry for entry in found.entries if entry.is_claim and not entry.record["passed"]]
    failures = [Failure(seed, layout.shown(e.docname), e.cell, e.id, e.record["line"]) for e in false]
    return failures + [
        Failure(seed, fault.page, fault.cell, "", fault.message)
        for fault in found.faults
        if not any(_is_of(fault, failure) for failure in failures)
    ]


def _is_of(fault: Fault, failure: Failure) -> bool:
    """Whether a fault only repeats that a claim failed."""
    here = (fault.page, fault.cell) == (failure.page, failure.cell)
    return here and fault.message in (f"the claim {failure.claim} failed: {failure.message}",
                                      f"ClaimFailed: {failure.message}")  # fmt: skip


def table(failures: list[Failure]) -> list[str]:
    """Aligned lines: seed, page, cell, claim, and what was found; by page, claim and seed. Empty without failures."""
    if not failures:
        return []
    ordered = sorted(failures, key=lambda f: (f.page, f.cell, f.claim, f.message if not f.claim else "", f.seed))
    rows = [("seed", "page", "cell", "claim", "what happened")]
    rows += [(str(f.seed), f.page, str(f.cell or "-"), f.claim or "-", f.message) for f in ordered]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    return ["  ".join([*(text.ljust(width) for text, width in zip(row, widths, strict=False)), row[4]]) for row in rows]


def check_cells(layout: Layout, say: Callable[[str], None] = print) -> int:
    """Build the site if it is not current, then run every visible cell of it alone; returns 1 when any fails."""
    status = publishing.publish(layout, say)
    if status:
        return status
    began = time.monotonic()
    results = run_cells(layout, pages.executable(layout))
    failed = [result for result in results if result.problem]
    for result in failed:
        say(f"{result.cell}: {result.problem}")
    say(
        f"{len(results)} trials of visible cells, {len(failed)} that do not run alone, {time.monotonic() - began:.0f} s"
    )
    return 1 if failed else 0


def run_cells(layout: Layout, found: list[Page]) -> list[cells.Result]:
    """Run the visible cells of the published pages, each alone, where their pages were executed; some also pasted.

    A process that has used a GPU cannot fork: each cell of a page that sees it runs in a fresh interpreter.
    """
    on_cpu: list[list[cells.Cell]] = []
    on_gpu: list[cells.Cell] = []
    for page in found:
        visible = cells.visible(layout.html, page.docname)
        visible += pasted(visible)
        if keys.sees_gpu(page):
            on_gpu += [cell for cell in visible if cell.form != "ipython"]
        else:
            on_cpu.append(visible)
    with variables(CUDA_VISIBLE_DEVICES=""):
        results = cells.run_pages(on_cpu, scheduling.workers())
    return [*results, *cells.run_all_fresh(on_gpu, workers=1)]


def pasted(visible: list[cells.Cell]) -> list[cells.Cell]:
    """A sample of a page's cells, always the same, as they are typed: its first figure, its first claim, some more."""
    kinds = [next((cell for cell in visible if word in cell.code), None) for word in ("figures.show(", "claims.")]
    chosen = [cell for cell in kinds if cell]
    others = [cell for cell in visible if cell not in chosen]
    more = random.Random(visible[0].docname).sample(others, min(max(PASTED - len(chosen), 0), len(others)))
    return [replace(cell, form=form) for cell in chosen + more for form in pasting.FORMS if form != "file"]
