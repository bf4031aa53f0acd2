"""The wheel of ``mgai`` that every build puts beside the site: made from the checkout, the same bytes each time.

It holds the library and nothing of the book's tools, needs no network, and is made again only when one of the files
it is made from has changed.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from importlib.metadata import version as installed
from pathlib import Path

from mgai_book.layout import BookError, Layout

PACKAGE = "mgai"
#: What setuptools reads besides the package itself.
DESCRIPTION = ("pyproject.toml", "README.md", "LICENSE")
#: Seconds since 1970: the date of every file within, 1 January 1980, the first that an archive can tell.
DATE = "315532800"
_BUILD = "import sys; from setuptools.build_meta import build_wheel; print(build_wheel(sys.argv[1]))"


def has_package(layout: Layout) -> bool:
    """Whether the checkout has a library of its own to offer."""
    return (layout.root / PACKAGE).is_dir()


def version(layout: Layout) -> str:
    return str(tomllib.loads((layout.root / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"])


def name(layout: Layout) -> str:
    """The name of the wheel's file: ``mgai-0.1.0-py3-none-any.whl``."""
    return f"{PACKAGE}-{version(layout)}-py3-none-any.whl"


def sources(layout: Layout) -> list[Path]:
    """The files that the wheel is made from, relative to the checkout, sorted."""
    inside = (path for path in (layout.root / PACKAGE).rglob("*") if path.suffix == ".py" or path.name == "py.typed")
    return sorted(path.relative_to(layout.root) for path in [*inside, *(layout.root / each for each in DESCRIPTION)])


def key(layout: Layout) -> str:
    """A digest of the files the wheel is made from, and of the tool that makes it."""
    digest = hashlib.sha256(f"setuptools {installed('setuptools')}".encode())
    for path in sources(layout):
        content = (layout.root / path).read_bytes()
        digest.update(b"\0%s\0%d\0" % (path.as_posix().encode(), len(content)) + content)
    return digest.hexdigest()[:16]


def build(layout: Layout) -> Path:
    """The wheel of the present checkout, from ``_build/wheel/<key>/``; the wheels of other states are removed."""
    folder = layout.build / "wheel"
    target = folder / key(layout) / name(layout)
    if not target.exists():
        shutil.rmtree(folder, ignore_errors=True)
        target.parent.mkdir(parents=True)
        made = target.with_suffix(".part")
        make(layout, made)
        made.replace(target)
    return target


def make(layout: Layout, target: Path) -> None:
    """Make the wheel from a copy of its sources: the checkout stays clean, and file modes are always the same."""
    with tempfile.TemporaryDirectory(prefix="mgai-wheel-") as folder:
        copy = Path(folder, "source")
        for path in sources(layout):
            (copy / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(layout.root / path, copy / path)
            (copy / path).chmod(0o644)
        command = [sys.executable, "-W", "ignore", "-c", _BUILD, folder]
        environment = dict(os.environ, SOURCE_DATE_EPOCH=DATE)
        environment.pop("PYTHONPATH", None)  # setuptools must not meet another checkout's files
        done = subprocess.run(command, cwd=copy, env=environment, umask=0o022, capture_output=True, text=True)
        if done.returncode:
            reason = (done.stderr.strip().splitlines() or ["no reason was given"])[-1]
            raise BookError(f"the wheel of {PACKAGE} cannot be built: {reason}")
        shutil.move(Path(folder, done.stdout.splitlines()[-1]), target)
