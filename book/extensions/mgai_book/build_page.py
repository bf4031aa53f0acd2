"""The build page: with what the book was executed and rendered, and what each page took.

What its pages weigh and how they load: :mod:`mgai_book.measuring`.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed
from pathlib import Path
from typing import Any

from docutils import nodes

from mgai_book import budgets
from mgai_book.currency import commit
from mgai_book.layout import Layout
from mgai_book.pages import Page, executable, executed
from mgai_book.reports import Report, plain, table

#: What renders the site; what executes the pages is recorded by the kernels themselves.
RENDERED_WITH = ("sphinx", "myst-nb", "sphinx-book-theme", "nbclient", "matplotlib")
EXECUTED_WITH = {
    "mgai": "mgai", "python": "Python", "torch": "torch", "numpy": "NumPy", "device": "Device",
    "device_name": "Machine", "seed": "Seed", "profile": "Profile",
}  # fmt: skip


def versions(names: Iterable[str]) -> str:
    """Distributions with their versions; one that is not installed is left out."""
    found = []
    for name in names:
        try:
            found.append(f"{name} {installed(name)}")
        except PackageNotFoundError:
            continue
    return ", ".join(found)


def executed_with(records: list[dict[str, Any]]) -> list[list[str]]:
    """One row for each fact of the execution; where pages differ, every value with the number of pages."""
    rows = []
    for key, label in EXECUTED_WITH.items():
        values = [str(record.get(key, "?")) for record in records]
        counts = {value: values.count(value) for value in sorted(set(values))}
        only = len(counts) == 1
        rows.append([label, "; ".join(plain(v) if only else f"{plain(v)} ({n} pages)" for v, n in counts.items())])
    return rows


class Stored(Report):
    """A report on what was stored with the executed pages."""

    def stored(self) -> list[tuple[Page, dict[str, Any]]]:
        paths = [(page, self.book.notebook(page.docname)) for page in executable(self.book)]
        return [(page, executed(path).metadata.get("mgai", {})) for page, path in paths if path.exists()]


class Provenance(Stored):
    """``{provenance}``: the versions, device, seed, profile and commit of the build."""

    def markdown(self) -> str:
        rows = executed_with([about for _, about in self.stored()])
        rows += [["Rendered with", plain(versions(RENDERED_WITH))], ["Commit", plain(commit(self.book.root))]]
        return table(["What", "This build"], rows)


class BuildReport(Stored):
    """``{build-report}``: what each page took when it was executed, and which are over their budget.

    What pages weigh is known when all are rendered: :func:`mgai_book.budgets.fill_in_weights` puts it in its place.
    """

    def run(self) -> list[nodes.Node]:
        return [*super().run(), nodes.raw("", budgets.PLACEHOLDER, format="html")]

    def markdown(self) -> str:
        stored = self.stored()
        return self.durations(stored, [(page, budgets.cost(page, about)) for page, about in stored])

    def durations(self, stored: list[tuple[Page, dict]], costs: list[tuple[Page, budgets.Cost]]) -> str:
        rows = [
            [self.to(page.docname, page.title), f"{about.get('cpu_seconds', 0):.1f}", f"{cost.seconds:.1f}",
             f"{cost.reported:g}"]
            for (page, about), (_, cost) in zip(stored, costs, strict=True)
        ]  # fmt: skip
        every = sum(about.get("cpu_seconds", 0) for _, about in stored)
        rows.append(["All pages", f"{every:.1f}", f"{sum(cost.seconds for _, cost in costs):.1f}", ""])
        lines = [f"- {plain(line)}" for line in budgets.time_reports(self.book, costs)]
        header = ["Page", "CPU seconds", "Reference seconds", "Budget"]
        return "\n".join([table(header, rows), *(lines or ["- Every page is within its budget of time."]), ""])


def setup(app) -> None:
    app.add_directive("provenance", Provenance)
    app.add_directive("build-report", BuildReport)
    app.connect("build-finished", _fill_in_weights)


def _fill_in_weights(app, failure: Exception | None) -> None:
    if failure is None and app.builder.format == "html":
        budgets.fill_in_weights(Layout(Path(app.confdir)), Path(app.outdir))
