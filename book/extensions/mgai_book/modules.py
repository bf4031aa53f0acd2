"""What ``mgai`` has: its modules and the names they define, read off the source without importing it.

The API reference, the links in code cells and the search for orphans share this inventory, so that a new
module needs no entry anywhere.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

from mgai_book.layout import Layout

ROOT = "mgai"
API = "reference/api"
#: The overview of the modules that lie in no subpackage.
SHARED = "shared"


@dataclass(frozen=True)
class Definition:
    """A name that a module defines at its top."""

    name: str
    kind: str
    doc: str
    node: ast.stmt

    @property
    def is_public(self) -> bool:
        """Whether it stands in the API reference: documented, and no name of the module's own."""
        return bool(self.doc) and not self.name.startswith("_")


@dataclass(frozen=True)
class Module:
    """One module, or the ``__init__`` of a package."""

    name: str
    path: Path
    source: str

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.source)

    @property
    def doc(self) -> str:
        return ast.get_docstring(self.tree) or ""

    @property
    def summary(self) -> str:
        """The first line of meaning: what stands before the first empty line, as one line."""
        return " ".join(self.doc.split("\n\n")[0].split())

    @property
    def is_package(self) -> bool:
        return self.path.name == "__init__.py"

    @property
    def package(self) -> str:
        """The package under which it is listed."""
        return self.name if self.is_package else self.name.rpartition(".")[0]

    @property
    def docname(self) -> str:
        """Its page of the API reference: ``mgai.a_b.c_d`` stands on ``reference/api/a-b/c-d``."""
        parts = self.name.replace("_", "-").split(".")[1:]
        if self.package == ROOT:
            parts.insert(0, SHARED)
        return "/".join([API, *parts])

    @cached_property
    def definitions(self) -> dict[str, Definition]:
        return {each.name: each for each in _definitions(self.tree, self.source.splitlines())}

    def lines(self) -> dict[str, tuple[str, int, int]]:
        """For each function, class and method, as ``Class.method``: what it is, its first and its last line."""
        inner = ((f"{each.name}.", each.body) for each in self.tree.body if isinstance(each, ast.ClassDef))
        named = ((prefix, each) for prefix, body in (("", self.tree.body), *inner) for each in body)
        return {
            prefix + each.name: (
                "class" if isinstance(each, ast.ClassDef) else "def",
                min(part.lineno for part in (each, *each.decorator_list)),
                each.end_lineno or each.lineno,
            )
            for prefix, each in named
            if isinstance(each, ast.FunctionDef | ast.ClassDef)
        }

    @cached_property
    def imports(self) -> dict[str, str]:
        """What the imports of the module, wherever they stand, bind: name to full name."""
        return dict(bindings(self.tree))


def bindings(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """(name, full name) of everything that the imports of a piece of code bind.

    >>> dict(bindings(ast.parse("import a.b, a.c as d; from e.f import g as h")))
    {'a': 'a', 'd': 'a.c', 'h': 'e.f.g'}
    >>> dict(bindings(ast.parse("def __getattr__(name): return import_module('a.b').c")))
    {'c': 'a.b.c'}
    """
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(value=ast.Call(func=ast.Name("import_module"), args=[ast.Constant(str(module))])):
                yield node.attr, f"{module}.{node.attr}"
        if isinstance(node, ast.Import):
            for alias in node.names:
                top = alias.name.split(".")[0]
                yield (alias.asname, alias.name) if alias.asname else (top, top)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield from ((alias.asname or alias.name, f"{node.module}.{alias.name}") for alias in node.names)


def _definitions(tree: ast.Module, lines: list[str]) -> Iterator[Definition]:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield Definition(node.name, _kind(node), ast.get_docstring(node) or "", node)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in targets:
                if isinstance(target, ast.Name):
                    yield Definition(target.id, "data", _comment(lines, node.lineno), node)


def _kind(node: ast.FunctionDef | ast.ClassDef) -> str:
    if isinstance(node, ast.ClassDef):
        bases = [ast.unparse(base) for base in node.bases]
        return "exception" if any(base.endswith(("Error", "Exception", "Failed")) for base in bases) else "class"
    returns = ast.unparse(node.returns) if node.returns else ""
    return "figure" if returns.split(".")[-1] == "Figure" else "function"


def _comment(lines: list[str], number: int) -> str:
    """The ``#:`` comment that documents the name assigned on a line (counted from one)."""
    found: list[str] = []
    while number >= 2 and lines[number - 2].startswith("#:"):
        found.insert(0, lines[number - 2][2:].strip())
        number -= 1
    return " ".join(found)


class Inventory:
    """All modules, and what their names stand for."""

    def __init__(self, modules: list[Module]) -> None:
        self.modules = {module.name: module for module in modules}

    def packages(self) -> list[Module]:
        """The root first, which stands for the shared modules; then the subpackages by name."""
        return [module for module in self.modules.values() if module.is_package]

    def inside(self, package: Module) -> list[Module]:
        """The modules listed under a package."""
        return [m for m in self.modules.values() if m.package == package.name and not m.is_package]

    def resolve(self, name: str) -> str:
        """The full name of what a dotted name stands for, followed through imports; empty if it is none of ours."""
        for _ in range(len(self.modules) + 1):
            if name in self.modules:
                return name
            module, _, last = name.rpartition(".")
            if module not in self.modules:
                return ""
            if last in self.modules[module].definitions:
                return name
            name = self.modules[module].imports.get(last, "")
        return ""

    def definition(self, name: str) -> Definition | None:
        """The definition that a full name means; None for modules and for what is not ours."""
        module, _, last = name.rpartition(".")
        return self.modules[module].definitions.get(last) if module in self.modules else None

    def address(self, name: str) -> tuple[str, str]:
        """Page and anchor of a full name in the API reference; two empty strings for what is not public."""
        if name in self.modules:
            return self.modules[name].docname, ""
        definition = self.definition(name)
        if definition is None or not definition.is_public:
            return "", ""
        return self.modules[name.rpartition(".")[0]].docname, name


def load(layout: Layout) -> Inventory:
    """The inventory of a checkout; empty where there is no ``mgai`` in it."""
    folder = layout.root / ROOT
    found = []
    for path in sorted(folder.rglob("*.py")):
        parts = path.relative_to(layout.root).with_suffix("").parts
        if parts[-1] == "__init__":
            parts = parts[:-1]
        if not parts[-1].startswith("_"):
            status = path.stat()
            found.append(_module(".".join(parts), path, status.st_mtime_ns, status.st_size))
    return Inventory(sorted(found, key=lambda module: module.name))


@lru_cache(maxsize=4096)
def _module(name: str, path: Path, mtime: int, size: int) -> Module:
    return Module(name, path, path.read_text(encoding="utf-8"))
