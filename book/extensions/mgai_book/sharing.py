"""How the site is found and shared: descriptions, OpenGraph titles, the page for wrong addresses, the map for robots.

Two of these need the site's own address, ``SITE_URL``: without it there is no sitemap and no canonical address, and the
page for wrong addresses works at the root only.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from html import escape, unescape
from pathlib import Path
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

from docutils import nodes
from markupsafe import Markup
from sphinx.errors import ConfigError

from mgai_book.formulas import formula_as_text

_LONGEST = 200  # characters of a description; search engines cut longer ones
_MISSING = "404"
_SITE = (
    "Solved exercises and corrected formulas of the mathematics of generative AI, every number computed and checked."
)
_BODY = """
<h1>There is no page at this address</h1>
<p>Addresses of pages and claims are permanent in this book, so this one was
probably mistyped or cut short.</p>
<ul>
<li><a href="index.html">The front page</a> shows all chapters.</li>
<li><a href="search.html">The search</a> knows items by number (<code>kaist-02</code>), titles and formulas.</li>
</ul>
"""


def site_url(app) -> str:
    """The address of the site, ending in a slash; empty without ``SITE_URL``."""
    url = app.config.html_baseurl
    return url if not url or url.endswith("/") else url + "/"


def _check_site_url(app, config) -> None:
    if config.html_baseurl and (urlsplit(config.html_baseurl).scheme not in ("http", "https")):
        raise ConfigError(f"SITE_URL={config.html_baseurl}: an address begins with https:// or http://")


def _describe(app, pagename: str, templatename: str, context: dict, doctree) -> None:
    """Put title and description into the head, for search engines and for those who are sent a link."""
    stored = app.env.titles.get(pagename)
    title = stored.astext() if stored else Markup(own_title(pagename, context)).striptags()
    told = {
        "og:type": "website", "og:site_name": app.config.html_title, "og:title": title,
        "og:description": description(doctree),
    }  # fmt: skip
    if site_url(app):
        told["og:url"] = urljoin(site_url(app), app.builder.get_target_uri(pagename))
    tags = [meta("name", "description", told["og:description"])]
    tags += [meta("property", name, content) for name, content in told.items()]
    if pagename == _MISSING:
        tags.append(meta("name", "robots", "noindex"))
        # Shown in place of any address, however deep: its links are those of the root.
        tags.append(f'<base href="{escape(site_url(app), quote=True)}{_MISSING}.html"/>' if site_url(app) else "")
        context["pageurl"] = None
    context["metatags"] = (context.get("metatags") or "") + "".join(f"\n    {tag}" for tag in tags if tag)


def own_title(pagename: str, context: dict) -> str:
    """The title of a page without a source: in the context, or known to its template only."""
    return (
        context.get("title") or context.get("indextitle") or {"genindex": "Index"}.get(pagename, pagename.capitalize())
    )


def meta(kind: str, name: str, content: str) -> str:
    return f'<meta {kind}="{name}" content="{escape(unescape(content), quote=True)}"/>'


def description(doctree: nodes.document | None) -> str:
    """The first paragraph of a page, shortened; of a page without one, what the site is."""
    paragraphs = doctree.findall(nodes.paragraph) if doctree is not None else []
    first = next((each for each in paragraphs if isinstance(each.parent, nodes.section)), None)
    if first is None or not first.astext().strip():
        return _SITE
    first = first.deepcopy()
    for formula in list(first.findall(nodes.math)):
        formula.replace_self(nodes.Text(formula_as_text(formula.astext())))
    return textwrap.shorten(first.astext(), _LONGEST, placeholder=" …")


def _missing_page(app) -> Iterator[tuple[str, dict, str]]:
    yield _MISSING, {"title": "There is no page at this address", "body": _BODY}, "page.html"


def _sitemap(app, failure: Exception | None) -> None:
    """Write the addresses of all pages for robots, where the site has an address."""
    if failure or app.builder.format != "html" or not site_url(app):
        return
    uris = (app.builder.get_target_uri(docname) for docname in sorted(app.env.found_docs))
    lines = [f"  <url><loc>{escape(site_url(app) + quote(uri))}</loc></url>" for uri in uris]
    head = '<?xml version="1.0" encoding="utf-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
    Path(app.outdir, "sitemap.xml").write_text("\n".join([head, *lines, "</urlset>", ""]), encoding="utf-8")


def setup(app) -> dict[str, Any]:
    app.connect("config-inited", _check_site_url)
    app.connect("html-collect-pages", _missing_page)
    app.connect("html-page-context", _describe)
    app.connect("build-finished", _sitemap)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
