"""Where everything lies: one object that knows the folders of the book."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

MARKER = "book/catalogue"
#: Set to ``1`` while a draft is rendered: Sphinx then reads the draft's notebooks (see :mod:`mgai_book.drafting`).
DRAFT = "MGAI_BOOK_DRAFT"


class BookError(Exception):
    """Something a user can mend; shown as one line, without a traceback."""


@dataclass(frozen=True)
class Layout:
    """The folders of one checkout; ``root`` holds ``conf.py``, ``book/`` and ``mgai/``.

    ``is_draft``: the executed notebooks are those of a draft, outputs of failing pages included.
    """

    root: Path
    is_draft: bool = field(default_factory=lambda: os.environ.get(DRAFT) == "1")

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
        return self.drafting / "executed" if self.is_draft else self.build / "executed"

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
