"""What of a page other pages may show or count, as opposed to its plain prose."""

from __future__ import annotations

import re
from collections.abc import Iterator

#: Lines that are more than prose: headings, directives and their options, labels, tables, formulas, images, HTML ...
_MARKED = ("#", ":", "`", "(", "$$", "|", "{", "[", "!", "<", "%", "+", "\\", "~")
_FENCE = re.compile(r"(`{3,}|~{3,})")
_UNDERLINE = re.compile(r"\s*(=+|-+)\s*$")
#: Code, and the contents of roles with the name of the role.
_SPAN = re.compile(r"(?:\{[\w:+.-]+\})?(`+)(?!`).+?(?<!`)\1(?!`)", re.S)


def frame(text: str) -> list[str]:
    r"""A page without its plain prose: marked lines, everything inside fences, and all spans of code and of roles.

    Two texts with the same frame have the same cells, headings, labels, boxes, references and citations, so that
    no other page can tell them apart.

    >>> frame("# Title\n\nTwo and {value}`sum` make `four`.\n") == frame("# Title\n\nHere {value}`sum` or `four`.\n")
    True
    >>> frame("# Title\n\nTwo and two.\n") == frame("# Another title\n\nTwo and two.\n")
    False
    """
    lines = text.splitlines()
    return [*_marked(lines), *(found[0] for found in _SPAN.finditer(text))]


def _body(lines: list[str]) -> list[str]:
    """The lines below the front matter."""
    if not lines or not lines[0].startswith("---"):
        return lines
    ends = (number for number, line in enumerate(lines[1:], start=2) if line.startswith(("---", "...")))
    return lines[next(ends, len(lines)) :]


def _marked(lines: list[str]) -> Iterator[str]:
    body = _body(lines)
    yield from lines[: len(lines) - len(body)]
    closing, before, in_formula = "", "", False
    for line in body:
        stripped = line.strip()
        fence = _FENCE.match(stripped)
        if closing:
            yield line
            closing = "" if fence and stripped == fence[0] and fence[0].startswith(closing) else closing
        elif in_formula:
            in_formula = not stripped.startswith("$$")
            yield stripped if not in_formula else ""
        elif _UNDERLINE.match(line):  # the line above may be a heading by what stands here
            yield f"{before}\n{line}"
        elif stripped.startswith(_MARKED):
            yield line
            closing = fence[0] if fence else ""
            in_formula = stripped == "$$"
        before = line
