"""The errata page: what the sources claim, the executed counterexample, and what is right."""

from __future__ import annotations

from collections import Counter

from mgai_book import catalogue, ledger, rendering
from mgai_book.directives import erratum_anchor, erratum_markdown
from mgai_book.reports import Report, plain, table


def errata(items: dict[str, catalogue.Item]) -> list[tuple[catalogue.Item, catalogue.Discrepancy]]:
    """Every discrepancy that is not a fault of scanning, with its item, in the order of the catalogue."""
    return [(i, d) for i in items.values() for d in i.discrepancies if d.kind in catalogue.ERRATA_CLASSES]


def totals_markdown(found: list[tuple[catalogue.Item, catalogue.Discrepancy]]) -> str:
    """A table of the errata by source and class."""
    counts = Counter((item.source, d.kind) for item, d in found)
    rows = []
    for source, title in catalogue.SOURCES.items():
        mine = [counts[source, kind] for kind in catalogue.ERRATA_CLASSES]
        rows.append([title, *(str(n) for n in mine), str(sum(mine))])
    every = [sum(counts[source, kind] for source in catalogue.SOURCES) for kind in catalogue.ERRATA_CLASSES]
    rows.append(["All sources", *(str(n) for n in every), str(sum(every))])
    return table(["Source", *catalogue.ERRATA_CLASSES, "All"], rows)


def counterexample_markdown(entry: ledger.Entry) -> str:
    """What the refuting claim found: its sentence and its values."""
    says = plain(rendering.capitalised(entry.record["says"]))
    values = "; ".join(f"{label} {plain(text)}" for label, text in rendering.facts(entry.record)[:2])
    what = "Refuted by computation" if entry.record["kind"] == "refutation" else "Computed"
    return f"**{what}:** “{says}”: {values}.\n\n"


class ErrataTotals(Report):
    """``{errata-totals}``: how many there are, by source and class."""

    def markdown(self) -> str:
        found = errata(self.items())
        return totals_markdown(found) if found else ""


class Errata(Report):
    """``{errata}``: every erratum by source, each with an anchor that stays."""

    def markdown(self) -> str:
        found = errata(self.items())
        made = {entry.id: entry for entry in self.entries()}
        parts = []
        for source, title in catalogue.SOURCES.items():
            mine = [(item, d) for item, d in found if item.source == source]
            parts += [f"## {title}\n"] if mine else []
            parts += [self.erratum(item, d, made.get(d.refuted_by)) for item, d in mine]
        return "\n".join(parts) or "None so far.\n"

    def erratum(self, item: catalogue.Item, found: catalogue.Discrepancy, refuting: ledger.Entry | None) -> str:
        where = self.to(item.page, "page") if item.page else "page"
        return (
            f"({erratum_anchor(found)})=\n### {item.id}, {item.locator}: {found.name.replace('-', ' ')}\n\n"
            f"*{found.kind}*, in {item.title}; solved on its {where}.\n\n"
            f"{erratum_markdown(found)}\n{counterexample_markdown(refuting) if refuting else ''}"
        )


def setup(app) -> None:
    app.add_directive("errata-totals", ErrataTotals)
    app.add_directive("errata", Errata)
