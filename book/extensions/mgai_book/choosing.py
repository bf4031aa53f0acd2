"""What the user asks for: which page, which share, how many seeds, which settings.

Everything is checked before the first page is executed; what is not understood ends in one line that
names what is allowed.
"""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Mapping
from pathlib import Path

from mgai_book import catalogue, keys, pages
from mgai_book.layout import BookError, Layout
from mgai_book.pages import Page

PROFILES = ("fast", "full")
DTYPES = ("float32", "float64")
SWITCHES = ("STRICT", "MGAI_COLLECT")
_EXAMPLES = "name an item such as kaist-02 or a page such as chapters/1-linear-algebra/low-rank"


def check_settings(environment: Mapping[str, str] = os.environ) -> None:
    """Raise BookError for a setting that no page could run with."""
    _one_of(environment, "MGAI_PROFILE", PROFILES)
    _one_of(environment, "MGAI_DTYPE", DTYPES)
    for name in SWITCHES:
        _one_of(environment, name, ("0", "1"))
    _one_of(environment, "MGAI_KERNEL", ("forked", "stock"))
    seed = environment.get("MGAI_SEED", "0")
    try:
        int(seed)
    except ValueError:  # also thousands of digits
        raise BookError(f"MGAI_SEED={_short(seed)} is not an integer") from None
    data = environment.get("MGAI_DATA", "")
    if data and not folder(data).is_dir():
        raise BookError(f"MGAI_DATA={data} is no folder")
    _check_device(environment.get("MGAI_DEVICE", "auto"))


def _one_of(environment: Mapping[str, str], name: str, allowed: tuple[str, ...]) -> None:
    value = environment.get(name, allowed[0])
    if value not in allowed:
        raise BookError(f"{name}={value} is not one of {', '.join(allowed)}")


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:39] + "…"


def folder(text: str) -> Path:
    """The path of a folder, which may begin with ``~``; that of a home that does not exist stays as it is written."""
    return Path(os.path.expanduser(text))


def _check_device(name: str) -> None:
    if not re.fullmatch(r"auto|cpu|cuda(:(0|[1-9][0-9]{0,5}))?", name):
        raise BookError(f"MGAI_DEVICE={name} is not one of auto, cpu, cuda, cuda:N")
    if name.startswith("cuda") and not keys.gpu_kind():
        raise BookError(f"MGAI_DEVICE={name}, but there is no NVIDIA GPU to see here: auto and cpu are possible")


def is_strict() -> bool:
    """Whether pages far over their budget fail the build (``STRICT=1``)."""
    return os.environ.get("STRICT", "0") == "1"


def page(layout: Layout, name: str) -> Page:
    """The page that ``name`` means: an item's id, or a page's path with or without ``book/`` and ``.md``."""
    found = {each.docname: each for each in pages.executable(layout)}
    items = catalogue.known(layout)
    if name in items:
        if not items[name].is_solved:
            raise BookError(f"PAGE={name}: this item is planned and has no page yet")
        if items[name].page not in found:
            raise BookError(f"PAGE={name}: its page {items[name].page} does not exist")
        return found[items[name].page]
    docname = os.path.normpath(name).removeprefix(f"{layout.root}/").removeprefix("book/").removesuffix(".md")
    if docname in found:
        return found[docname]
    if layout.page(docname).is_file():
        raise BookError(f"PAGE={name} has no code to execute: `make html` renders it with the whole book")
    raise BookError(f"PAGE={name} is unknown: {_suggestion(docname, [*found, *_solved(items)]) or _EXAMPLES}")


def _solved(items: dict[str, catalogue.Item]) -> list[str]:
    return [name for name, item in items.items() if item.is_solved]


def _suggestion(docname: str, names: list[str]) -> str:
    """``did you mean ...?`` with the names that look like what was given, by their last part."""
    by_end: dict[str, list[str]] = {}
    for name in names:
        by_end.setdefault(name.split("/")[-1], []).append(name)
    near = difflib.get_close_matches(docname.split("/")[-1], by_end, n=3)
    listed = [name for end in near for name in by_end[end]]
    return f"did you mean {' or '.join(listed)}?" if listed else ""


def shard(text: str) -> tuple[int, int]:
    """``2/5`` as (2, 5): the second of five shares.

    >>> shard("2/5")
    (2, 5)
    """
    match = re.fullmatch(r"([1-9]\d{0,3})/([1-9]\d{0,3})", text)
    if not match or int(match[1]) > int(match[2]):
        raise BookError(f"SHARD={text} is no share: 1/5, 2/5, ... 5/5 are the shares of five machines")
    return int(match[1]), int(match[2])


def seeds(text: str) -> range:
    """``5`` as the seeds 0 to 4.

    >>> list(seeds("3"))
    [0, 1, 2]
    """
    if not re.fullmatch(r"[1-9]\d{0,3}", text):
        raise BookError(f"SEEDS={text} is no number of seeds: 1 to 9999; SEEDS=5 checks the seeds 0 to 4")
    return range(int(text))


def port(text: str) -> int:
    """A port to serve on; 0 takes a free one."""
    if not re.fullmatch(r"\d{1,5}", text) or int(text) > 65535:
        raise BookError(f"PORT={text} is no port: 0 to 65535, where 0 takes a free one")
    return int(text)
