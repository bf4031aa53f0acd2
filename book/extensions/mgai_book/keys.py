"""What an executed page depends on: the key under which its outputs may be used again.

The key covers the code cells, every module of ``mgai`` that they reach, the installed versions,
Python, the settings of the run and the data set. Prose is not part of it.
"""

from __future__ import annotations

import ast
import hashlib
import os
import platform
from collections.abc import Iterator
from functools import cache, lru_cache
from importlib.metadata import distributions
from pathlib import Path

from mgai import answers
from mgai_book.layout import Layout
from mgai_book.pages import Page, code_cells

#: Settings that change outputs; with their defaults, so that unset and default are the same key.
#: ``MGAI_COLLECT`` is not among them: it changes failing pages only, which are never stored.
SETTINGS = {
    "MGAI_DEVICE": "auto",
    "MGAI_DTYPE": "float64",
    "MGAI_SEED": "0",
    "MGAI_PROFILE": "fast",
}


def key(layout: Layout, page: Page) -> str:
    """A digest of all that the outputs of ``page`` depend on, the executor itself included."""
    from mgai_book import execution, fork_server

    digest = hashlib.sha256()
    for _, cell in code_cells(page.notebook):
        digest.update(cell.source.encode() + b"\0")
    for path in reached(layout.root, page):
        digest.update(path.relative_to(layout.root).as_posix().encode() + path.read_bytes())
    for module in (execution, fork_server):
        digest.update(Path(module.__file__).read_bytes())
    for part in (*environment(), *run_settings(page)):
        digest.update(part.encode() + b"\0")
    return digest.hexdigest()


def run_settings(page: Page) -> list[str]:
    """The settings of this run, the GPU where the page sees it, and the data set, as ``name=value``."""
    values = [f"{name}={os.environ.get(name, default)}" for name, default in SETTINGS.items()]
    values.append(f"gpu={gpu_kind() if sees_gpu(page) else ''}")
    folder = os.environ.get("MGAI_DATA", "")
    if folder:
        files = sorted(p for p in Path(folder).expanduser().glob("*") if p.is_file())
        values.append("data from a folder")  # one that is empty or not there is not the same as none
        values += [f"{p.name}:{p.stat().st_size}:{p.stat().st_mtime_ns}" for p in files]
    return values


@lru_cache(maxsize=1)
def environment() -> tuple[str, ...]:
    """Python, the platform and every installed distribution with its version."""
    installed = {f"{d.name}=={d.version}" for d in distributions() if d.name}
    return (platform.python_version(), platform.machine(), *sorted(installed))


def sees_gpu(page: Page) -> bool:
    """Whether a page is executed with the GPU in sight: if it profits (``gpu: true``) or all must (MGAI_DEVICE).

    With the device ``auto`` only pages that say ``gpu: true`` see it; with ``cuda`` every page does; with ``cpu`` none.
    """
    device, wanted = os.environ.get("MGAI_DEVICE", SETTINGS["MGAI_DEVICE"]), page.wants_gpu
    return (wanted if device == "auto" else device.startswith("cuda")) and bool(gpu_kind())


def gpu_kind() -> str:
    """The driver's name for the first GPU; empty without one (torch is not imported for this)."""
    visible = os.environ.get("CUDA_VISIBLE_DEVICES", "all")
    if visible.strip() in ("", "-1"):
        return ""
    for path in sorted(Path("/proc/driver/nvidia/gpus").glob("*/information")):
        return f"{path.read_text().splitlines()[0]} {visible}"
    return f"nvidia {visible}" if Path("/dev/nvidiactl").exists() else ""


def reached(root: Path, page: Page) -> list[Path]:
    """The files of ``mgai`` that the page's cells import, directly or through each other."""
    return sorted(_follow(root, page)[0])


def imported(root: Path, page: Page) -> set[str]:
    """Dotted names of other packages that the page's cells, or the files of ``mgai`` that they reach, may import."""
    return _follow(root, page)[1]


def _follow(root: Path, page: Page) -> tuple[set[Path], set[str]]:
    todo = [name for _, cell in code_cells(page.notebook) for name in _imports(cell.source, "")]
    met: set[str] = set()
    files: set[str] = set()
    others: set[str] = set()
    while todo:
        name = todo.pop()
        if name.split(".")[0] != "mgai":
            others.add(name)
        elif name not in met:
            met.add(name)
            for file in _files(root, name):
                if file not in files:
                    files.add(file)
                    todo += _imports(
                        (root / file).read_text(encoding="utf-8"), file.removesuffix(".py").replace("/", ".")
                    )
    return {root / file for file in files}, others


@cache
def _imports(source: str, module: str) -> tuple[str, ...]:
    """Dotted names that a source may import (``from a import b`` gives a and a.b)."""
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return ()
    names: list[str] = []
    for node in ast.walk(tree) if "grade(" in source else _statements(tree):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                base = ".".join([*module.split(".")[: -node.level], base]).rstrip(".")
            names += [base, *(f"{base}.{alias.name}" for alias in node.names)]
        elif isinstance(node, ast.Call):
            names += _graded(node)
    return tuple(names)


def _statements(tree: ast.AST) -> Iterator[ast.AST]:
    """All statements of a program: a tenth of its nodes, and an import is one."""
    todo = [tree]
    while todo:
        node = todo.pop()
        yield node
        for block in ("body", "orelse", "finalbody", "handlers", "cases"):
            inner = getattr(node, block, ())
            todo += inner if isinstance(inner, list) else ()


def _graded(call: ast.Call) -> list[str]:
    """The modules behind ``mgai.grade("ITEM/part", …)``, which are imported when it is called."""
    if ast.unparse(call.func) not in ("grade", "mgai.grade", "grading.grade", "mgai.grading.grade") or not call.args:
        return []
    item = call.args[0].value if isinstance(call.args[0], ast.Constant) else None
    return ["mgai.grading", answers.module_name(item)] if isinstance(item, str) else []


def _files(root: Path, name: str) -> list[str]:
    """The file of a module and the ``__init__`` files above it, as far as they exist; from the root on."""
    parts = name.split(".")
    found = [f"{'/'.join(parts[:i])}/__init__.py" for i in range(1, len(parts) + 1)]
    found.append(f"{'/'.join(parts)}.py")
    return [file for file in found if os.path.isfile(f"{root}/{file}")]
