"""The last touch to a page's HTML: sizes of images, formulas as plain text, repairs for screen readers.

Both save the reader a jump: a browser that knows the size of an image and about the length of a formula lays the
page out before it has loaded the one and typeset the other. The plain text is also what the search shows.
"""

from __future__ import annotations

import re
from functools import cache
from html import escape, unescape
from pathlib import Path
from typing import Any

from mgai_book.formulas import formula_as_text, formula_width

_DPI = 200  # of the raster figures
_CSS_DPI = 96

_INLINE = re.compile(r'<span class="math notranslate nohighlight">(\\\((.*?)\\\))</span>', re.S)


def with_plain_formulas(body: str) -> str:
    """Each formula in the text also carries its plain characters and about the width it will have."""

    def carrying(found: re.Match) -> str:
        tex = unescape(found[2])
        given = f'data-plain="{escape(formula_as_text(tex), quote=True)}" style="--width: {formula_width(tex):.1f}em"'
        return f'<span class="math notranslate nohighlight" {given}>{found[1]}</span>'

    return _INLINE.sub(carrying, body)


_IMAGE = re.compile(r'<img\b(?![^>]*\swidth=)([^>]*?\ssrc="([^":]+)"[^>]*?)(/?)>')


def with_sizes(body: str, sources: dict[str, Path]) -> str:
    """Each image has the width and height at which it is drawn; ``sources``: the files by their names in the site."""

    def sized(found: re.Match) -> str:
        size = image_size(sources.get(found[2].rsplit("/", 1)[-1]))
        given = f' width="{size[0]}" height="{size[1]}"' if size else ""
        return f"<img{found[1]}{given}{found[3]}>"

    return _IMAGE.sub(sized, body)


@cache
def image_size(path: Path | None) -> tuple[int, int] | None:
    """Width and height in CSS pixels of a figure: an SVG in points, or a PNG at the resolution of raster figures."""
    if path is None or not path.is_file():
        return None
    with path.open("rb") as file:
        head = file.read(2000)
    if head.startswith(b"\x89PNG"):
        width, height = (int.from_bytes(head[at : at + 4], "big") for at in (16, 20))
        return round(width * _CSS_DPI / _DPI), round(height * _CSS_DPI / _DPI)
    found = [re.search(rb"<svg[^>]*?\s" + side + rb'="([\d.]+)pt"', head) for side in (b"width", b"height")]
    if all(found):
        width, height = (float(each[1]) * _CSS_DPI / 72 for each in found)
        return round(width), round(height)
    return None


def accessible(body: str) -> str:
    """Mend what the extensions of the stack get wrong: misnamed summaries, misused roles, repeated ids."""
    body = body.replace('<summary aria-label="Toggle hidden content">', "<summary>")
    body = body.replace('<div role="list" class="citation-list">', '<div class="citation-list">')
    body = body.replace(' role="doc-biblioentry"', "")
    return body.replace(' id="proof-content"', "").replace(' id="proof"', "")


def _finish(app, pagename: str, templatename: str, context: dict, doctree) -> None:
    if context.get("body"):
        sources = {name: Path(app.srcdir, path) for path, name in app.builder.images.items()}
        context["body"] = with_sizes(with_plain_formulas(accessible(context["body"])), sources)


def setup(app) -> dict[str, Any]:
    app.connect("html-page-context", _finish, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
