"""``make zip``: the offline edition, one file that holds the whole site, to be opened from disk.

The same site gives the same bytes: fixed order, dates and modes.
"""

from __future__ import annotations

import os
import shutil
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

from mgai_book import currency, publishing, wheel
from mgai_book.install import FOLDER, Offer
from mgai_book.layout import BookError, Layout, variables

#: The first date that an archive can tell, and the mode of every file: readable by all.
DATE, MODE = (1980, 1, 1, 0, 0, 0), 0o100644
_UNIX = 3
LICENCES = ("LICENSE", "LICENSE-CONTENT")


def target(layout: Layout) -> Path:
    return layout.build / f"mgai-book-{wheel.version(layout)}.zip"


def make(layout: Layout, say: Callable[[str], None] = print) -> int:
    """Build the site unless it is current, and pack it; returns the exit status.

    Where the site is built for an address (``SITE_URL``), the packed one is rendered again without it.
    """
    if not wheel.has_package(layout):
        raise BookError("this book has no package of its own: there is no version to name the offline edition by")
    if not currency.is_current(layout) and publishing.publish(layout, say):
        return 1
    if not os.environ.get("SITE_URL"):
        pack(layout, layout.html)
    elif not _pack_without_address(layout):
        say("rendering failed: nothing was packed")
        return 1
    say(f"the offline edition is packed: {target(layout)} ({target(layout).stat().st_size / 1e6:.1f} MB)")
    return 0


def _pack_without_address(layout: Layout) -> bool:
    with variables(SITE_URL=""):
        done = publishing.render(layout, "html") == 0
    if done:
        pack(layout, layout.staging)
    shutil.rmtree(layout.staging, ignore_errors=True)
    return done


def pack(layout: Layout, site: Path) -> Path:
    """Pack a built site into one folder of an archive, with a word on how to begin; whole or not at all."""
    packed = target(layout)
    part = packed.with_suffix(".part")
    with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in contents(layout, site):
            entry = zipfile.ZipInfo(f"{packed.stem}/{name}", DATE)
            entry.compress_type, entry.create_system, entry.external_attr = zipfile.ZIP_DEFLATED, _UNIX, MODE << 16
            archive.writestr(entry, content)
    part.replace(packed)
    return packed


def contents(layout: Layout, site: Path) -> Iterator[tuple[str, bytes]]:
    """(name, content) of every file, sorted by name; what only the builder needs stays behind."""
    files = {path.relative_to(site).as_posix(): path for path in site.rglob("*") if path.is_file()}
    files |= {f"{name}.txt": layout.root / name for name in LICENCES if (layout.root / name).exists()}
    kept = {name: path for name, path in files.items() if not name.startswith((".", "_sources/"))}
    for name in sorted([*kept, "README.txt"]):
        yield name, kept[name].read_bytes() if name in kept else readme(layout).encode()


def readme(layout: Layout) -> str:
    given = Offer(wheel.name(layout))
    line, extra = (text.replace(FOLDER, ".") for text in (given.command, given.command_with_extra))
    return f"""Mathematics of Generative AI: the checked companion
Offline edition, version {wheel.version(layout)}

To read it, open index.html in a browser. No network is needed.

To run its code you need Python 3.11 or later. In this folder, say

    {line}

or, with a sample of 5,000 MNIST digits, which a few pages use,

    {extra}

pip brings torch and the other packages from the network if they are not there. Every page has its executed notebook
and its script below downloads/chapters/.

Code: MIT licence (LICENSE.txt). Text and figures: CC BY 4.0 (LICENSE-CONTENT.txt).
"""
