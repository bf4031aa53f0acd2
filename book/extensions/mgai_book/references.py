"""Which names of ``mgai`` a piece of code uses, and where they stand in it.

Every cell stands alone, so its own imports say what its names mean.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from mgai_book.modules import ROOT, Inventory, bindings


@dataclass(frozen=True)
class Reference:
    """A name in a source: what it stands for, and the characters from ``start`` to ``end`` that say it."""

    name: str
    start: int
    end: int


def references(source: str, inventory: Inventory) -> list[Reference]:
    """The names of ``mgai`` in a cell, in their order: imported names, and attributes as far as they are known.

    Of ``low_rank.truncated_svd`` the reference is its last part. Code that Python cannot parse has none.
    """
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return []
    place = _Places(source)
    found = {}
    for name, line, column, text in (*_imported(tree), *_chains(tree, dict(bindings(tree)), inventory)):
        start = place(line, column)
        resolved = inventory.resolve(name)
        if resolved and source[start : start + len(text)] == text:  # Python 3.11 misplaces names within f-strings
            found[start] = Reference(resolved, start, start + len(text))
    return [found[start] for start in sorted(found)]


def first_of_each(found: list[Reference]) -> list[Reference]:
    """The first place of every name: a reader needs one link to it, and the keyboard should stop there once."""
    first: dict[str, Reference] = {}
    for each in found:
        first.setdefault(each.name, each)
    return list(first.values())


def names(tree: ast.AST, bound: Mapping[str, str], inventory: Inventory) -> set[str]:
    """The full names that a piece of code uses, where ``bound`` says what its free names stand for."""
    return {inventory.resolve(name) for name, *_ in _chains(tree, bound, inventory)} - {""}


class _Places:
    """Turns Python's line and column (in bytes) into an index of the source."""

    def __init__(self, source: str) -> None:
        self.lines = source.splitlines(keepends=True)
        self.starts = [0]
        for line in self.lines:
            self.starts.append(self.starts[-1] + len(line))

    def __call__(self, line: int, column: int) -> int:
        return self.starts[line - 1] + len(self.lines[line - 1].encode()[:column].decode(errors="ignore"))


_Found = tuple[str, int, int, str]


def _imported(tree: ast.AST) -> Iterator[_Found]:
    """The names that import statements name: ``y`` of ``from x import y``, ``x.y`` of ``import x.y``."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((each.name, each.lineno, each.col_offset, each.name) for each in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            for each in node.names:
                yield f"{node.module}.{each.name}", each.lineno, each.col_offset, each.name


def _chains(tree: ast.AST, bound: Mapping[str, str], inventory: Inventory) -> Iterator[_Found]:
    """Names and dotted names that begin with a bound name; of a dotted one the longest part that is known."""
    hidden = _rebound(tree)
    inner = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    for node in ast.walk(tree):
        if id(node) not in inner and isinstance(node, ast.Attribute | ast.Name):
            while isinstance(node, ast.Attribute) and not inventory.resolve(_dotted(node, bound)):
                node = node.value
            base = _dotted(node, bound)
            if base.split(".")[0] == ROOT and _first(node) not in hidden:
                text = node.attr if isinstance(node, ast.Attribute) else node.id
                yield base, node.end_lineno, node.end_col_offset - len(text.encode()), text


def _rebound(tree: ast.AST) -> set[str]:
    """Names that the code itself gives another meaning: assigned, or parameters."""
    stored = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)}
    return stored | {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}


def _first(node: ast.AST) -> str:
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def _dotted(node: ast.AST, bound: Mapping[str, str]) -> str:
    """``a.b.c`` with what ``a`` is bound to in its place; empty for what is no dotted name."""
    if isinstance(node, ast.Attribute):
        before = _dotted(node.value, bound)
        return f"{before}.{node.attr}" if before else ""
    return bound.get(node.id, "") if isinstance(node, ast.Name) else ""
