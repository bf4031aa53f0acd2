"""What of a page other pages may show or count, as opposed to its plain prose."""

from __future__ import annotations

import re
from collections.abc import Iterator

#: Lines that are more than prose: headings, directives and their options, labels, tables, formulas, images, HTML ...
_MARKED = ("#", ":", "`", "(", "$$", "|", "{", "[", "!", "<", "%", "+", "\\", "~")
#: What a line in a list or a quotation begins with.
_INSIDE = re.compile(r"(?:\s*(?:>|[-+*]\s|\d+[.)]\s))*\s*")
#: Fences whose contents are no prose. Of those of colons these are the boxes: others have captions, terms, pages.
_FENCE = re.compile(r"(`{3,}|~{3,}|:{3,}(?=\{(?!(?:formula|answer|erratum|breaks|problem|dropdown)\}))|:{3,}$)")
_UNDERLINE = re.compile(r"\s*(=+|-+)\s*$")
#: Code, and the contents of roles with the name of the role.
_SPAN = re.compile(r"(?:\{[\w:+.-]+\})?(`+)(?!`).+?(?<!`)\1(?!`)", re.S)
#: Roles once more, since a lone backtick sets the pairs of the others wrong, and the files that a page shows or offers.
_ROLE = re.compile(r"\{[\w:+.-]+\}(`+)(?!`).+?(?<!`)\1(?!`)", re.S)
_FILE = re.compile(r"\]\((?!#|https?:|[^)]*\.md[#)])[^)]*\)|<path:[^>]*>")


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
    return [*_marked(lines), *(found[0] for pattern in (_SPAN, _ROLE, _FILE) for found in pattern.finditer(text))]


def _body(lines: list[str]) -> list[str]:
    """The lines below the front matter."""
    if not lines or not lines[0].startswith("---"):
        return lines
    ends = (number for number, line in enumerate(lines[1:], start=2) if line.startswith(("---", "...")))
    return lines[next(ends, len(lines)) :]


def _marked(lines: list[str]) -> Iterator[str]:
    body = _body(lines)
    yield from lines[: len(lines) - len(body)]
    closing, above, around, in_formula = "", "", "", False
    for line in body:
        inside = _INSIDE.match(line)[0]
        stripped = line[len(inside) :].rstrip()
        fence = _FENCE.match(stripped)
        if closing:
            yield line
            closing = "" if fence and stripped == fence[0] and fence[0].startswith(closing) else closing
        elif in_formula:
            in_formula = "$$" not in line
            yield "" if in_formula else line
        elif _UNDERLINE.match(line):  # the lines above may be a heading by what stands here
            yield f"{above}\n{line}"
        elif stripped.startswith(_MARKED):
            yield f"{around}\n{line}" if inside else line  # the paragraph or list above may hold what is set in
            closing = fence[0] if fence and stripped != ":" * len(stripped) else ""
            in_formula = stripped.startswith("$$") and "$$" not in stripped[2:]
        elif line and not line[0].isspace():
            around = inside
        above = f"{above}\n{line}" if line.strip() else ""
