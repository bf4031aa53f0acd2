"""Reads MyST pages as notebooks, and merges stored outputs into them for rendering."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import takewhile
from pathlib import Path
from typing import Any

import nbformat
import yaml
from myst_nb.core.read import MystMetadataParsingError, is_myst_markdown_notebook, read_myst_markdown_notebook
from myst_parser.config.main import MdParserConfig

from mgai_book.layout import BookError, Layout

MYST_EXTENSIONS = frozenset({"dollarmath", "amsmath", "colon_fence", "deflist", "attrs_inline", "attrs_block"})
FOLDED = "hide-input"
REMOVED = frozenset({"remove-cell", "remove-input", "remove-output"})
SKIPPED = "skip-execution"  # nbclient heeds it


@dataclass(frozen=True)
class Page:
    """One page: its name in the site, its text, and the same as a notebook."""

    docname: str
    path: Path
    text: str

    @cached_property
    def notebook(self) -> nbformat.NotebookNode:
        config = MdParserConfig(enable_extensions=set(MYST_EXTENSIONS))
        try:
            return read_myst_markdown_notebook(self.text, config, add_source_map=True, path=str(self.path))
        except MystMetadataParsingError as error:
            raise BookError(f"book/{self.docname}.md: {' '.join(str(error).split())}") from error

    @cached_property
    def front_matter(self) -> dict[str, Any]:
        """The metadata above the page; the cells are not read for it."""
        first, *rest = self.text.splitlines() or [""]
        if not first.startswith("---"):
            return {}
        return yaml.safe_load("\n".join(takewhile(lambda line: not line.startswith(("---", "...")), rest))) or {}

    @property
    def items(self) -> list[str]:
        """The catalogue items that this page solves."""
        return list(self.front_matter.get("items") or [])

    @property
    def section(self) -> str:
        return str(self.front_matter.get("section", ""))

    @property
    def title(self) -> str:
        lines = (line[2:].strip() for line in self.text.splitlines() if line.startswith("# "))
        return next(lines, self.docname)

    @property
    def time_limit(self) -> int | None:
        """Seconds one cell may take, where the page sets its own (``mystnb: {execution_timeout: n}``)."""
        return (self.front_matter.get("mystnb") or {}).get("execution_timeout")

    @property
    def wants_gpu(self) -> bool:
        """Whether the page profits from a GPU (``gpu: true``)."""
        asked = self.front_matter.get("gpu", False)
        if not isinstance(asked, bool):
            raise BookError(f"book/{self.docname}.md: `gpu: {asked}` is neither true nor false")
        return asked

    @property
    def budget(self) -> Any:
        """CPU seconds that the page asks for (``budget: 30``), None where it asks for nothing special."""
        return self.front_matter.get("budget")

    def line_of(self, cell_index: int) -> int:
        """The line of the page on which the code of a cell begins, counted from one."""
        start = self.notebook.metadata.source_map[cell_index]
        lines = self.text.splitlines()
        first = self.notebook.cells[cell_index].source.split("\n", 1)[0]
        for number in range(start, min(start + 40, len(lines))):  # skip the cell's options
            if lines[number].strip() == first.strip():
                return number + 1
        return start + 1


def code_cells(notebook: nbformat.NotebookNode) -> list[tuple[int, nbformat.NotebookNode]]:
    """(index among all cells, cell) of the code cells, in order."""
    return [(i, cell) for i, cell in enumerate(notebook.cells) if cell.cell_type == "code"]


def tags(cell: nbformat.NotebookNode) -> set[str]:
    return set(cell.metadata.get("tags") or [])


def read(layout: Layout, docname: str) -> Page:
    path = layout.page(docname)
    return Page(docname, path, path.read_text(encoding="utf-8"))


def executed(path: Path) -> nbformat.NotebookNode:
    """An executed notebook, read once as long as its file stays as it is; to be looked at, never changed."""
    stamp = _stamp(path)
    if _known.get(path, (None,))[0] != stamp:
        remember(path, parsed(path))
    return _known[path][1]


def remember(path: Path, notebook: nbformat.NotebookNode) -> None:
    """Note what an executed notebook's file holds, so that it need not be read."""
    _known[path] = (_stamp(path), notebook)


def parsed(path: Path) -> nbformat.NotebookNode:
    """A notebook that we wrote, as it stands in its file, which is not validated."""
    return nbformat.reader.reads(path.read_text(encoding="utf-8"))


def _stamp(path: Path) -> tuple[int, ...]:
    status = path.stat()
    return status.st_ino, status.st_mtime_ns, status.st_size


_known: dict[Path, tuple[tuple[int, ...], nbformat.NotebookNode]] = {}


_has_code = cache(is_myst_markdown_notebook)


def executable(layout: Layout) -> list[Page]:
    """All pages with code, sorted by name. No page is ever excluded."""
    found = []
    for path in sorted(layout.sources.rglob("*.md")):
        docname = path.relative_to(layout.sources).with_suffix("").as_posix()
        if docname.startswith("extensions/"):
            continue
        text = path.read_text(encoding="utf-8")
        if _has_code(text):
            found.append(Page(docname, path, text))
    return found


_TOCTREE = re.compile(r"^```\{toctree\}\n(.*?)^```", re.M | re.S)


def contents(layout: Layout, docname: str) -> list[str]:
    """The pages that the tables of contents of a page name, in their order; options and titles left out."""
    path = layout.page(docname)
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    lines = [line.strip() for block in _TOCTREE.findall(text) for line in block.splitlines()]
    names = [line for line in lines if re.fullmatch(r"[\w./-]+", line)]
    return [posixpath.normpath(posixpath.join(posixpath.dirname(docname), name)) for name in names]


def reading_order(layout: Layout, folder: str, among: Iterable[str]) -> list[str]:
    """The pages of a chapter in the order in which one reads them, which is that of its table of contents."""
    order = contents(layout, f"{folder}/index")
    mine = [name for name in among if name.startswith(f"{folder}/") and name != f"{folder}/index"]
    return sorted(mine, key=lambda name: (order.index(name) if name in order else len(order), name))


def read_with_outputs(text: str, root: str, docname: str) -> nbformat.NotebookNode:
    """The reader that Sphinx uses: the page's present text with the outputs of its executed notebook.

    Raises BookError when the stored notebook is missing or belongs to other code, so that an output
    that the present code would not produce is never rendered. In a preview, whose notebooks are all of
    the present inputs, a page that has none is rendered without outputs.
    """
    layout = Layout(Path(root))
    page = Page(docname, layout.page(docname), text)
    stored = layout.notebook(docname)
    if not stored.exists() and layout.is_preview:
        return page.notebook
    if not stored.exists():
        raise BookError(f"{layout.shown(docname)} was not executed: run `make html`")
    executed_cells = code_cells(parsed(stored))
    present = code_cells(page.notebook)
    if [cell.source for _, cell in executed_cells] != [cell.source for _, cell in present]:
        raise BookError(f"{layout.shown(docname)} changed since it was executed: run `make html`")
    for (_, cell), (_, source) in zip(present, executed_cells, strict=True):
        cell.outputs = source.outputs
        cell.execution_count = source.execution_count
    return page.notebook
