"""``python -m mgai_book html|check|serve|linkcheck|clean``, run anywhere in a checkout."""

from __future__ import annotations

import argparse
import os
import sys

from mgai_book import layout, publishing


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m mgai_book", description="Builds and checks the book.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("html", help="execute all pages, check them, build the site")
    commands.add_parser("check", help="execute all pages and check all claims, without rendering")
    commands.add_parser("linkcheck", help="check the links to the outside (needs a network)")
    commands.add_parser("clean", help="remove everything that a build made")
    commands.add_parser("serve", help="serve the built site on this machine").add_argument(
        "--port", type=int, default=8000
    )
    options = parser.parse_args(arguments)
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
    book = layout.find()
    os.environ["OMP_NUM_THREADS"] = os.environ.get("OMP_NUM_THREADS", "1")
    if options.command == "serve":
        publishing.serve(book, options.port)
        return 0
    if options.command == "clean":
        publishing.clean(book)
        return 0
    with publishing.alone(book):
        if options.command == "html":
            return publishing.publish(book)
        if options.command == "check":
            os.environ["MGAI_COLLECT"] = "1"
            return 1 if publishing.check(book) else 0
        return 1 if publishing.check(book) else publishing.render(book, "linkcheck")


if __name__ == "__main__":
    sys.exit(main())
