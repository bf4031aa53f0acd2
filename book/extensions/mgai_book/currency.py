"""Whether the published site is the one that the present files, settings and packages would give."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from mgai_book import keys, modules, prose
from mgai_book.layout import Layout

#: Besides the pages, the library and the tools: what the site and the wheel are made from.
FILES = ("conf.py", "pyproject.toml", "README.md", "LICENSE")
#: In the text of a page: the directive that names the commit, and whether files differ from it.
NAMES_COMMIT = "{provenance}"
_SETTINGS = (*keys.SETTINGS, "MGAI_DATA", "SITE_URL")


@dataclass(frozen=True)
class Inputs:
    """What a site is made from, as digests: all that is no page, and for each page its text and its frame."""

    surroundings: str
    texts: dict[str, str]
    frames: dict[str, str]


def inputs(layout: Layout) -> Inputs:
    """The digests of the present files, settings and packages; the commit belongs to the page that names it."""
    around = hashlib.sha256(repr([os.environ.get(name, "") for name in _SETTINGS]).encode())
    for part in keys.environment():
        around.update(part.encode() + b"\0")
    files = set(_files(layout))
    pages = {path for path in files if path.suffix == ".md" and layout.sources in path.parents}
    for path in sorted(files - pages):
        around.update(str(path).encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    texts = {path.relative_to(layout.sources).with_suffix("").as_posix(): path for path in sorted(pages)}
    read = {docname: path.read_text(encoding="utf-8") for docname, path in texts.items()}
    now = commit(layout.root)
    return Inputs(
        around.hexdigest(),
        {docname: _digest(text + now * (NAMES_COMMIT in text)) for docname, text in read.items()},
        {docname: _digest("\n".join(prose.frame(text))) for docname, text in read.items()},
    )


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def results(layout: Layout) -> str:
    """A digest of the executed notebooks, with what each says of its execution."""
    digest = hashlib.sha256()
    for path in sorted(layout.executed.rglob("*.ipynb")):
        digest.update(str(path).encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def note(layout: Layout, made_from: Inputs) -> None:
    """Remember from what the published site was made: the inputs read before it was begun, and the results."""
    stamp = {**asdict(made_from), "results": results(layout)}
    _stamp(layout).write_text(json.dumps(stamp, indent=1), encoding="utf-8")


def forget(layout: Layout) -> None:
    """To be called before the site is replaced, so that no stamp of the old one is left beside the new one."""
    _stamp(layout).unlink(missing_ok=True)


def is_current(layout: Layout, found: Inputs | None = None) -> bool:
    """Whether rendering now would give the published site again; ``found``: the present inputs, where known."""
    return changed_prose(layout, found or inputs(layout)) == []


def changed_prose(layout: Layout, found: Inputs) -> list[str] | None:
    """The pages of the published site of which only prose changed; None where anything else did."""
    stamp = _stamp(layout)
    if not (layout.html / "index.html").is_file() or not stamp.exists():
        return None
    try:
        then = json.loads(stamp.read_text(encoding="utf-8"))
    except ValueError:  # cut short, or of another version
        return None
    same = {"surroundings": found.surroundings, "frames": found.frames, "results": results(layout)}
    if not isinstance(then, dict) or any(then.get(name) != value for name, value in same.items()):
        return None
    return [docname for docname, text in found.texts.items() if then.get("texts", {}).get(docname) != text]


def _stamp(layout: Layout) -> Path:
    return layout.build / "html.json"


def _files(layout: Layout) -> Iterator[Path]:
    """All files but the pages of the API, which a build writes from the library when it starts."""
    api = layout.sources / modules.API
    for folder in (layout.sources, layout.root / "mgai", Path(__file__).parent):
        found = (path for path in folder.rglob("*") if path.is_file() and path.suffix != ".pyc")
        yield from (path for path in found if not path.is_relative_to(api))
    yield from filter(Path.is_file, (layout.root / name for name in FILES))


def commit(root: Path) -> str:
    """The commit of a checkout, its date, and whether files differ from it; says so where there is none."""
    try:
        shown = _git(root, "log", "-1", "--format=%H, %cs")
        changed = _git(root, "status", "--porcelain")
    except (OSError, subprocess.CalledProcessError):
        return "unknown: not built in a git checkout"
    return shown + (" and changes that are not committed" if changed else "")


def _git(root: Path, *words: str) -> str:
    # A folder inside another project's checkout has no commit of its own.
    top = subprocess.run(["git", "rev-parse", "--show-toplevel"], cwd=root, capture_output=True, text=True, check=True)
    if Path(top.stdout.strip()).resolve() != root.resolve():
        raise OSError("not the top of a checkout")
    return subprocess.run(["git", *words], cwd=root, capture_output=True, text=True, check=True).stdout.strip()
