"""``python -m mgai_book COMMAND``, run anywhere in a checkout; the Makefile passes its variables as options."""

from __future__ import annotations

import argparse
import gc
import os
import signal
import sys

from mgai_book import (
    checking,
    choosing,
    comparing,
    drafting,
    layout,
    measuring,
    offline,
    previewing,
    publishing,
    watching,
)
from mgai_book.layout import Layout

PAGE = "an item (kaist-02) or a page (chapters/1-linear-algebra/low-rank, also with book/ and .md)"


def parser() -> argparse.ArgumentParser:
    book = argparse.ArgumentParser(prog="python -m mgai_book", description="Builds and checks the book.")
    commands = book.add_subparsers(dest="command", required=True)
    html = commands.add_parser("html", help="execute all pages, check them, build the site")
    html.add_argument("--page", help=f"{PAGE}: build only that page, into _build/preview; the site stays as it is")
    check = commands.add_parser("check", help="execute all pages and check all claims, without rendering")
    check.add_argument("--page", help=f"{PAGE}: check only that page")
    check.add_argument("--seeds", help="how many seeds, from 0 on: a table of all that fails for any of them")
    share = commands.add_parser("execute", help="execute all pages, or a share of them, and check each by itself")
    share.add_argument("--shard", default="1/1", help="2/5: the second of five shares of about the same length")
    commands.add_parser("cells", help="build the site and run every visible cell of it alone")
    compare = commands.add_parser("compare", help="list the claims on which two builds do not agree")
    compare.add_argument("--a", default="", help="a _build folder, or one that holds executed notebooks")
    compare.add_argument("--b", default="", help="another one")
    commands.add_parser("draft", help="render everything, failing pages included, into _build/draft")
    commands.add_parser("zip", help="pack the site, built if it is not current, into one file to be read offline")
    commands.add_parser("measure", help="open every page of the built site in Chromium: first paint, layout shift")
    commands.add_parser("linkcheck", help="check the links to the outside (needs a network)")
    commands.add_parser("clean", help="remove everything that a build made")
    for name, text in {"serve": "serve the built site", "watch": "serve the site, build again on every save"}.items():
        commands.add_parser(name, help=f"{text}, on this machine").add_argument("--port", default="8000")
    return book


def main(arguments: list[str] | None = None) -> int:
    options = parser().parse_args(arguments)
    try:
        return run(options)
    except layout.BookError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except OSError as error:  # a full disk, an unwritable folder
        print(f"error: {error.strerror or error}: {error.filename or ''}".rstrip(": "), file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130


def run(options: argparse.Namespace) -> int:
    if options.command == "compare":
        if not (options.a and options.b):
            raise layout.BookError("compare needs two builds: make compare A=_build B=../other/_build")
        return comparing.compare(options.a, options.b)
    book = layout.find()
    os.environ["OMP_NUM_THREADS"] = os.environ.get("OMP_NUM_THREADS", "1")
    use_own_package(book)
    collect_seldom()
    if options.command == "clean":
        publishing.clean(book)
        return 0
    if options.command == "measure":
        with publishing.alone(book):
            return measuring.measure(book)
    if options.command == "serve":
        publishing.serve(book, choosing.port(options.port))
        return 0
    choosing.check_settings()
    if data := os.environ.get("MGAI_DATA"):  # pages run in folders of their own
        os.environ["MGAI_DATA"] = str(choosing.folder(data).absolute())
    if options.command == "watch":
        return watching.watch(book, choosing.port(options.port))
    with publishing.alone(book):
        return build(book, options)


def use_own_package(book: Layout) -> None:
    """Kernels import the ``mgai`` of this checkout, which the key of a page names, whichever is installed."""
    if (book.root / "mgai").is_dir():
        os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(book.root), os.environ.get("PYTHONPATH")]))


def collect_seldom() -> None:
    """What a build makes, notebooks and the trees of pages, it mostly keeps: to look through all that for garbage
    as often as Python does by itself takes a fifth of the time of a whole build, and finds nothing to speak of."""
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


def build(book: Layout, options: argparse.Namespace) -> int:
    """The commands that execute pages; the caller holds the checkout's lock."""
    page = choosing.page(book, options.page) if getattr(options, "page", None) else None
    if options.command == "html":
        return previewing.preview(book, page) if page else publishing.publish(book)
    if options.command == "check":
        return check(book, options, page)
    if options.command == "execute":
        with layout.variables(MGAI_COLLECT="1"):
            return publishing.execute_share(book, choosing.shard(options.shard))
    if options.command == "cells":
        return checking.check_cells(book)
    if options.command == "draft":
        return drafting.draft(book)
    if options.command == "zip":
        return offline.make(book)
    return 1 if publishing.check(book) else publishing.render(book, "linkcheck")


def check(book: Layout, options: argparse.Namespace, page: choosing.Page | None) -> int:
    """Failing claims are recorded and shown, and their pages go on."""
    with layout.variables(MGAI_COLLECT="1"):
        if options.seeds:
            return checking.sweep(book, choosing.seeds(options.seeds), page)
        if page:
            return checking.check_page(book, page)
        return 1 if publishing.check(book) else 0


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))  # what was begun is ended and removed
    sys.exit(main())
