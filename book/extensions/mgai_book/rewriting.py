"""Which pages Sphinx reads and writes where only prose changed: those, and no others.

Pages that show what others say (the ledger, overviews, counts) ask to be read in every build. They show nothing of the
plain prose of other pages, so that they are left alone as long as the frames of all pages are the same (see
:mod:`mgai_book.prose` and :mod:`mgai_book.currency`, which find that out before Sphinx starts).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

#: Names, one a line, the pages of which only prose changed; empty where the site is written anew.
CHANGED = "MGAI_BOOK_CHANGED"


def changed() -> list[str]:
    """The pages to be written, when not all are."""
    return os.environ.get(CHANGED, "").split()


def without_listings(app) -> None:
    """Leave out the listings of source: they take long, and are the same as long as the library is."""
    _disconnect(app, "html-collect-pages", "sphinx.ext.viewcode")


def _disconnect(app, event: str, module: str) -> None:
    for listener in list(app.events.listeners.get(event, [])):
        if listener.handler.__module__ == module:
            app.disconnect(listener.id)


def _begin(app) -> None:
    """Before Sphinx asks which pages are outdated: none is because it always is, or because it reads other pages.

    Where Sphinx cannot read what it remembers, all are read, numbered and written.
    """
    env = app.env
    if not env.all_docs:
        os.environ[CHANGED] = ""  # for this build: whoever set it puts back what was there
    app.mgai_aside = set(env.reread_always), dict(env.dependencies)
    app.mgai_numbers = dict(env.toc_secnumbers), dict(env.toc_fignumbers)
    if changed():
        env.reread_always.clear()
        env.dependencies.clear()
        without_listings(app)
        _disconnect(app, "env-get-updated", "sphinx.environment.collectors.toctree")  # numbers every page anew


def _outdated(app, env, *found: set[str]) -> list[str]:
    """Put back what was set aside, for the next build; name the changed pages, whatever the clock says of them."""
    always, dependencies = app.mgai_aside
    env.reread_always |= always
    env.dependencies.update(dependencies)
    return [docname for docname in changed() if docname in env.found_docs]


def _keep_numbers(app, env) -> None:
    """A page that is read loses the numbers of its sections and figures; where its frame is the same, they are, too."""
    if changed():
        sections, figures = app.mgai_numbers
        env.toc_secnumbers.update(sections)
        env.toc_fignumbers.update(figures)


def _remember_index_entries(app, builder) -> None:
    """The search index of a site that is written in part: Sphinx takes over the words of the other pages, but not
    their entries in the index, which are made here as it makes them for a page that it writes."""
    from sphinx.util.index_entries import split_index_msg

    for docname, entries in sorted(app.env.domaindata["index"]["entries"].items()) if changed() else ():
        made: set[tuple[str, str, str]] = set()
        for kind, value, target, main, _ in entries:
            with suppress(ValueError):
                words = split_index_msg(kind, value)
                made |= {(word, target or "", main) for word in words}
        app.env._search_index_index_entries[docname] = sorted(made)


def _forget_lost_words(app) -> Iterator[tuple[str, dict, str]]:
    """Words that no page has any more leave the search index; Sphinx keeps them, with no page."""
    indexer = app.builder.indexer if changed() else None
    for mapping in (indexer._mapping, indexer._title_mapping) if indexer else ():
        for word in [word for word, found in mapping.items() if not found]:
            del mapping[word]
    yield from ()


def setup(app) -> dict[str, Any]:
    app.connect("builder-inited", _begin)
    app.connect("env-get-outdated", _outdated)
    app.connect("env-updated", _keep_numbers)
    app.connect("write-started", _remember_index_entries)
    app.connect("html-collect-pages", _forget_lost_words)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
