"""The store of executed pages, addressed by content: ``_build/cache/<key>.ipynb``.

A key names everything the outputs depend on (see :mod:`mgai_book.keys`), so that outputs of another seed,
device or version are never served, and stores of several machines merge by copying files. An
entry is trusted only if it is whole and is what its name says; anything else is discarded, with a
notice, and the page is executed again.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path

import nbformat

from mgai_book import keys, pages
from mgai_book.layout import Layout
from mgai_book.pages import Page, code_cells

#: How the digest of an entry stands in it; it is taken with an empty one.
_FIELD = '"digest": "{}"'


def entry(layout: Layout, key: str) -> Path:
    return layout.build / "cache" / f"{key}.ipynb"


def load(layout: Layout, page: Page, say: Callable[[str], None]) -> nbformat.NotebookNode | None:
    """The stored outputs of the present page, or None; a bad entry is removed and named."""
    key = keys.key(layout, page)
    path = entry(layout, key)
    if not path.exists():
        return None
    problem = ""
    try:
        notebook = pages.parsed(path)
        nbformat.validate(notebook)
        problem = _problem(notebook, page, key) or _damage(path, notebook)
    except Exception as error:  # whatever a damaged file makes the reader raise
        problem = f"it cannot be read ({type(error).__name__})"
    if not problem:
        return notebook
    say(f"{layout.shown(page.docname)}: a stored result was discarded: {problem}")
    path.unlink()
    return None


def _problem(notebook: nbformat.NotebookNode, page: Page, key: str) -> str:
    about = notebook.metadata.get("mgai", {})
    if about.get("key") != key:
        return "it belongs to another key"
    if {"seconds", "cpu_seconds", "torch"} - set(about):
        return "it does not say how it was made"
    if [c.source for _, c in code_cells(notebook)] != [c.source for _, c in code_cells(page.notebook)]:
        return "its code is not the page's"
    return ""


def _damage(path: Path, notebook: nbformat.NotebookNode) -> str:
    digest = notebook.metadata["mgai"].get("digest", "")
    text = path.read_text(encoding="utf-8").replace(_FIELD.format(digest), _FIELD.format(""))
    return "" if digest == _digest(text) else "it was changed after it was stored"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def save(layout: Layout, page: Page, notebook: nbformat.NotebookNode, key: str) -> None:
    """Store the outputs of an executed page under the key that it had: whole or not at all."""
    about = notebook.metadata["mgai"]
    about.update(key=key, page=page.docname, digest="")
    text = nbformat.writes(notebook) + "\n"
    about["digest"] = _digest(text)
    path = entry(layout, key)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".part")
    temporary.write_text(text.replace(_FIELD.format(""), _FIELD.format(about["digest"])), encoding="utf-8")
    temporary.replace(path)


def use(layout: Layout, page: Page, notebook: nbformat.NotebookNode) -> None:
    """Make stored outputs, as loaded or saved, those that the site is rendered from."""
    source, target = entry(layout, notebook.metadata["mgai"]["key"]), layout.notebook(page.docname)
    target.parent.mkdir(parents=True, exist_ok=True)
    if not target.exists() or target.read_bytes() != source.read_bytes():
        shutil.copyfile(source, target)
    pages.remember(target, notebook)


def keep_only(layout: Layout, present: list[Page]) -> None:
    """Forget the executed notebooks of pages that no longer exist."""
    kept = {layout.notebook(page.docname) for page in present}
    for path in layout.executed.rglob("*.ipynb"):
        if path not in kept:
            path.unlink()
