"""Where everything lies: one object that knows the folders of the book."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

MARKER = "book/catalogue"
#: Names the folder of ``_build`` whose executed notebooks Sphinx reads; a build that is not the published one sets it.
OUTPUTS = "MGAI_BOOK_OUTPUTS"
#: The executed notebooks of a draft, failing pages included (see :mod:`mgai_book.drafting`).
DRAFTED = "drafting/executed"
#: The executed notebooks of a preview (see :mod:`mgai_book.previewing`).
PREVIEWED = "previewing/executed"


class BookError(Exception):
    """Something a user can mend; shown as one line, without a traceback."""


@dataclass(frozen=True)
class Layout:
    """The folders of one checkout; ``root`` holds ``conf.py``, ``book/`` and ``mgai/``.

    ``outputs``: the folder of ``_build`` that holds the executed notebooks.
    """

    root: Path
    outputs: str = field(default_factory=lambda: os.environ.get(OUTPUTS, "executed"))

    @property
    def sources(self) -> Path:
        return self.root / "book"

    @property
    def catalogue(self) -> Path:
        return self.sources / "catalogue"

    @property
    def build(self) -> Path:
        return self.root / "_build"

    @property
    def executed(self) -> Path:
        return self.build / self.outputs

    @property
    def is_preview(self) -> bool:
        """Whether pages without current outputs are rendered without any, instead of being refused."""
        return self.outputs == PREVIEWED

    @property
    def preview(self) -> Path:
        """The preview of one page, with its own style and links to the published site."""
        return self.build / "preview"

    @property
    def draft(self) -> Path:
        """The draft as a site."""
        return self.build / "draft"

    @property
    def drafting(self) -> Path:
        """What a draft is made from: its own notebooks and Sphinx's files."""
        return self.build / "drafting"

    @property
    def html(self) -> Path:
        return self.build / "html"

    @property
    def staging(self) -> Path:
        return self.build / "staging"

    def notebook(self, docname: str) -> Path:
        """Where the executed notebook of a page lies."""
        return self.executed / f"{docname}.ipynb"

    def page(self, docname: str) -> Path:
        """The MyST file of a page."""
        return self.sources / f"{docname}.md"

    def shown(self, docname: str) -> str:
        """The page's path as messages name it."""
        return f"book/{docname}.md"


def find(start: Path | None = None) -> Layout:
    """The layout of the checkout that ``start`` (default: the working directory) lies in."""
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        if (folder / MARKER).is_dir():
            return Layout(folder)
    raise BookError(f"no book here: no folder above the working directory has {MARKER}/")


@contextmanager
def variables(**values: str) -> Iterator[None]:
    """Set environment variables for a block, and put back what was there."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
