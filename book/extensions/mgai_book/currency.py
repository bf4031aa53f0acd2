"""Whether the published site is the one that the present files, settings and packages would give."""

from __future__ import annotations

import hashlib
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

from mgai_book import keys
from mgai_book.layout import Layout

#: Besides the pages, the library and the tools: what the site and the wheel are made from.
FILES = ("conf.py", "pyproject.toml", "README.md", "LICENSE")
_SETTINGS = (*keys.SETTINGS, "MGAI_DATA", "SITE_URL")


def results(layout: Layout) -> str:
    """A digest of the executed notebooks, with what each says of its execution."""
    digest = hashlib.sha256()
    for path in sorted(layout.executed.rglob("*.ipynb")):
        digest.update(str(path).encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def fingerprint(layout: Layout) -> str:
    """A digest of the files, settings and packages that the site depends on."""
    digest = hashlib.sha256(repr([os.environ.get(name, "") for name in _SETTINGS]).encode())
    for part in (*keys.environment(), _commit(layout)):
        digest.update(part.encode() + b"\0")
    for path in sorted(set(_inputs(layout))):
        digest.update(str(path).encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def note(layout: Layout, found: str) -> None:
    """Remember from what the published site was made: the fingerprint taken before it was begun, and the results."""
    _stamp(layout).write_text(f"{found} {results(layout)}\n", encoding="utf-8")


def forget(layout: Layout) -> None:
    """To be called before the site is replaced, so that no stamp of the old one is left beside the new one."""
    _stamp(layout).unlink(missing_ok=True)


def is_current(layout: Layout, found: str = "") -> bool:
    """Whether rendering now would give the published site again; ``found`` is the fingerprint, where it is known."""
    stamp = _stamp(layout)
    if not (layout.html / "index.html").is_file() or not stamp.exists():
        return False
    return stamp.read_text(encoding="utf-8").split() == [found or fingerprint(layout), results(layout)]


def _stamp(layout: Layout) -> Path:
    return layout.build / "html.key"


def _inputs(layout: Layout) -> Iterator[Path]:
    for folder in (layout.sources, layout.root / "mgai", Path(__file__).parent):
        yield from (path for path in folder.rglob("*") if path.is_file() and path.suffix != ".pyc")
    yield from filter(Path.is_file, (layout.root / name for name in FILES))


def _commit(layout: Layout) -> str:
    """The commit, which the site may name; empty outside a git checkout."""
    command = ["git", "-C", str(layout.root), "rev-parse", "HEAD"]
    try:
        return subprocess.run(command, capture_output=True, text=True).stdout.strip()
    except OSError:  # no git
        return ""
