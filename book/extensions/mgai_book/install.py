"""How a reader gets ``mgai``: the one place that defines the install line and its forms.

With ``SITE_URL`` the line names the wheel on the published site. Without it, it names the wheel in the folder that the
reader has, such as the unpacked offline edition; there a script fills in that folder, which the build cannot know.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape
from pathlib import Path

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from mgai_book import wheel
from mgai_book.layout import Layout

#: Stands for the folder that holds ``index.html`` where only the reader knows it.
FOLDER = "path/to/mgai-book"
EXTRA = "mnist"
PLACEHOLDER = "<!-- mgai-install -->"
_FIRST_CELL = re.compile(r'<div class="cell (?:tag_[\w-]+ )*docutils container')


@dataclass(frozen=True)
class Offer:
    """A wheel among the downloads of the site at ``site_url`` (empty: of a copy in a folder)."""

    file: str
    site_url: str = ""

    @property
    def folder(self) -> str:
        return self.site_url or FOLDER

    @property
    def address(self) -> str:
        return f"{self.folder}/downloads/{self.file}"

    @property
    def command(self) -> str:
        """The install line."""
        return f'pip install "{self.address}"'

    @property
    def command_with_extra(self) -> str:
        name = wheel.PACKAGE
        return f'pip install "{name}[{EXTRA}] @ {self.address}"' if self.site_url else f'{self.command[:-1]}[{EXTRA}]"'

    @property
    def where(self) -> str:
        """What the placeholder stands for, as a sentence; empty with an address."""
        return "" if self.site_url else f"Here {FOLDER} is the folder of this book, the one with index.html in it."


def offer(layout: Layout, site_url: str) -> Offer | None:
    """What this checkout offers; None where it has no package of its own."""
    return Offer(wheel.name(layout), site_url.rstrip("/")) if wheel.has_package(layout) else None


def markdown(given: Offer) -> str:
    """The line for the first cell of a downloaded notebook."""
    parts = [
        f"The cells import `{wheel.PACKAGE}`. To install it, say once in a terminal, or in the next cell:",
        f"```\n{given.command}\n```",
        f"With a sample of 5,000 MNIST digits, which a few pages use:\n`{given.command_with_extra}`",
        given.where.replace(FOLDER, f"`{FOLDER}`"),
    ]
    return "\n\n".join(filter(None, parts))


def code(given: Offer) -> str:
    """The same as a cell that does nothing until it is uncommented."""
    return f"# %{given.command}"


def html(given: Offer, link: str) -> str:
    """The line and what goes with it; ``link`` leads to the wheel from the page."""
    return (
        f'<div class="mgai-install-line">{_command(given.command, given)}'
        f'<p>Python 3.11 or later. <a href="{escape(link)}" download>Download the wheel</a> ({escape(given.file)}) '
        f"to install it by hand. With a sample of 5,000 MNIST digits, which a few pages use:</p>"
        f"{_command(given.command_with_extra, given)}{_where(given)}</div>"
    )


def _command(line: str, given: Offer) -> str:
    shown = escape(line, quote=False)
    if not given.site_url:  # place.js puts the folder of this very copy in its place
        shown = shown.replace(f"{FOLDER}/", f"<span data-mgai-folder>{FOLDER}/</span>")
    return f'<div class="highlight"><pre>{shown}</pre></div>'


def _where(given: Offer) -> str:
    return f'<p class="mgai-install-where">{escape(given.where)}</p>' if given.where else ""


def folded(given: Offer, link: str) -> str:
    """The line behind a word; a native ``details`` element, so that it unfolds without JavaScript."""
    return f'<details class="mgai-install"><summary>install {wheel.PACKAGE}</summary>{html(given, link)}</details>\n'


class Install(SphinxDirective):
    """``{install}``: the install line; filled in when the page is written, because it depends on the address."""

    def run(self) -> list[nodes.Node]:
        return [nodes.raw("", PLACEHOLDER, format="html")]


def _fill_in(app, pagename: str, templatename: str, context: dict, doctree) -> None:
    """Put the line in the place of the directive, and behind a word above the first code cell."""
    body, given = context.get("body") or "", offer(Layout(Path(app.confdir)), app.config.html_baseurl)
    if given is None or not body or app.builder.format != "html":
        return
    link = context["pathto"](f"downloads/{given.file}", 1)
    body = body.replace(PLACEHOLDER, html(given, link))
    context["body"] = _FIRST_CELL.sub(lambda cell: folded(given, link) + cell[0], body, count=1)


def setup(app) -> None:
    app.add_directive("install", Install)
    app.add_css_file("install.css")
    app.add_js_file("place.js", loading_method="defer")
    app.connect("html-page-context", _fill_in)
