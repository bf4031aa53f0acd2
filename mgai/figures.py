"""Figures of the book: made without pyplot state, shown with alternative text.

A figure is a :class:`matplotlib.figure.Figure` returned by a named function; :func:`show` puts it on
the page (or, outside a notebook, into a file whose path is printed). Line art is drawn in colours
that stay legible in light mode, in dark mode (where the site inverts lightness and keeps hue) and
in grey; give each line its own marker or dash as well.
"""

from __future__ import annotations

import base64
import hashlib
import io
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

#: Okabe-Ito colours in an order of falling contrast with white: distinguishable without colour vision.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#AA4499", "#56B4E9", "#E69F00", "#000000")
DASHES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (1, 1)))
MARKERS = ("o", "s", "^", "D", "v", "P", "X")

_STYLE = {
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "savefig.facecolor": "none",
    "axes.prop_cycle": matplotlib.cycler(color=COLOURS),
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.alpha": 0.25,
    "font.size": 11,
    "legend.frameon": False,
    "svg.hashsalt": "mgai",  # the same figure gives the same file
    "image.cmap": "viridis",
}
_FOLDER = "mgai-figures"


@contextmanager
def style() -> Iterator[None]:
    """The book's figure style for the duration of a ``with`` block; nothing global is left changed."""
    with matplotlib.rc_context(_STYLE):
        yield


class _BookFigure(Figure):
    """A figure whose axes take the book's style when they are made, whoever makes them."""

    def add_subplot(self, *args: Any, **kwargs: Any) -> Axes:
        with style():
            return super().add_subplot(*args, **kwargs)

    def add_axes(self, *args: Any, **kwargs: Any) -> Axes:
        with style():
            return super().add_axes(*args, **kwargs)


def figure(width: float = 7.0, height: float = 4.0) -> Figure:
    """An empty figure in the book's style; width and height in inches (7 inches are 700 px on the page).

    Its axes have the style. What is put into them later (a legend, a colour bar, an image) reads
    matplotlib's settings when it is made: make it in a ``with style():`` block.

    >>> figure(6, 3).get_size_inches().tolist()
    [6.0, 3.0]
    """
    with style():
        drawn = _BookFigure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(drawn)
    return drawn


def show(drawn: Figure, alt: str, *, raster: bool = False) -> None:
    """Show a figure with its alternative text.

    alt: what a reader who cannot see the figure needs to know, made from the numbers that are
    plotted; at least five words. raster: a PNG on its own background, for photographs, samples and
    dense images; otherwise a transparent SVG. In a notebook the figure is displayed; elsewhere, also in
    IPython at a terminal, it is saved below the working directory and its path is printed.

    Raises TypeError when ``drawn`` is no Figure, ValueError when ``alt`` says nothing.
    """
    if not isinstance(drawn, Figure):
        raise TypeError(f"drawn is a {type(drawn).__name__}, not a matplotlib Figure")
    check_alt(alt)
    mime, payload = render(drawn, raster)
    metadata = {mime: {"alt": alt, "classes": "mgai-raster" if raster else "mgai-line-art"}}
    if not displayed({mime: as_text(mime, payload), "text/plain": alt}, metadata):
        print(f"figure: {alt}\nsaved as {save(mime, payload)}")


def check_alt(alt: str) -> None:
    """Raise ValueError unless ``alt`` describes something: not empty, no file name, five words or more."""
    if not alt or not alt.strip():
        raise ValueError("alt is empty: say what the figure shows")
    if re.fullmatch(r"\S+\.(png|svg|jpe?g|webp|gif)", alt.strip(), re.I):
        raise ValueError(f"alt={alt!r} is a file name: say what the figure shows")
    if len(alt.split()) < 5:
        raise ValueError(f"alt={alt!r} is too short to describe a figure: use at least five words")


def render(drawn: Figure, raster: bool) -> tuple[str, bytes]:
    """The MIME type and the bytes of a figure: the same figure gives the same bytes."""
    buffer = io.BytesIO()
    with style():
        if raster:
            drawn.savefig(buffer, format="png", dpi=200, facecolor="white")
            return "image/png", buffer.getvalue()
        drawn.savefig(buffer, format="svg", transparent=True, metadata={"Date": None})
    return "image/svg+xml", buffer.getvalue()


def as_text(mime: str, payload: bytes) -> str:
    """A picture as notebooks store it: SVG as it is, anything else in base64."""
    return payload.decode() if mime == "image/svg+xml" else base64.b64encode(payload).decode()


def displayed(bundle: dict[str, Any], metadata: dict[str, Any]) -> bool:
    """Display one output in its several MIME types, if IPython is running and shows more than text; whether it is."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    if shell is None or set(shell.display_formatter.active_types) == {"text/plain"}:  # the latter: at a terminal
        return False
    ipython.display.display(bundle, raw=True, metadata=metadata)
    return True


def save(mime: str, payload: bytes) -> Path:
    """Write a picture below the working directory, under a name made from its content; the path."""
    folder = Path(_FOLDER)
    folder.mkdir(exist_ok=True)
    name = hashlib.sha256(payload).hexdigest()[:12] + (".png" if mime == "image/png" else ".svg")
    (folder / name).write_bytes(payload)
    return folder / name
