"""Sequences of frames: one figure in several states, which a slider of the site steps through.

A :class:`Frame` is a figure with the label of its state ("rank 5") and its own alternative text;
:func:`show` puts a sequence on the page. A reader without JavaScript, on paper or in a downloaded notebook
sees the middle frame, so it must stand alone: write the state into the picture too.

So that the eye can compare frames, all have the same size, and their axes should have the same limits: set
them from the whole sequence, never from the frame, and let no text push the axes about.
"""

from __future__ import annotations

import base64
import io
import re
import struct
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from matplotlib.figure import Figure
from PIL import Image

from mgai import figures

#: The type under which a notebook stores a sequence.
MIME = "application/vnd.mgai.frames+json"
#: Bytes that the pictures of one sequence may have together.
LIMIT = 300_000
_COLOURS = 128  # in the palette that the PNG pictures of a sequence share
_NAME, _LABEL = 24, 40  # characters that stand beside the slider on a phone
_PNG = b"\x89PNG\r\n\x1a\n"
_DECIMALS = re.compile(r"-?\d+\.\d+")
_PIXELS = {"": 1.0, "px": 1.0, "pt": 4 / 3, "in": 96.0}  # of CSS


@dataclass(frozen=True)
class Frame:
    """One state of a figure.

    drawn: the figure, or the bytes of a PNG or SVG picture. label: the state, up to 40 characters, such as
    "rank 5". alt: what the frame shows, made from the numbers plotted in it; at least five words.
    """

    drawn: Figure | bytes
    label: str
    alt: str


def show(sequence: Iterable[Frame], *, name: str, alt: str, raster: bool = False) -> None:
    """Show a sequence of frames with a slider; the middle one alone where there can be no slider.

    sequence: two frames or more, of one size, with different labels and different alternative texts; name: what the
    slider changes, up to 24 characters ("rank"); alt: what is to be seen from the first frame to
    the last; raster: PNG pictures with a palette on their own background, as in :func:`mgai.figures.show`.
    In a notebook one output is displayed; elsewhere every frame is saved below the working directory and
    its path is printed.

    Raises TypeError when ``sequence`` holds anything but frames, ValueError when a rule is broken, also that all
    pictures together have at most :data:`LIMIT` bytes.
    """
    frames = list(sequence)
    record = describe(frames, name, alt, raster)
    for fault in faults(record):
        raise ValueError(fault)
    middle = record["frames"][record["middle"]]
    mime, picture = _still(frames[record["middle"]].drawn, record)
    words = f"{alt}\n{middle['label']}: {middle['alt']}"
    if not figures.displayed({MIME: record, mime: picture, "text/plain": words}, {mime: {"alt": middle["alt"]}}):
        print(f"figure: {alt}")
        for frame, payload in zip(frames, _pictures(record), strict=True):
            print(f"{frame.label}: saved as {figures.save(record['mime'], payload)}")


def describe(sequence: Sequence[Frame], name: str, alt: str, raster: bool = False) -> dict[str, Any]:
    """What a notebook stores of a sequence: words, pictures as text, their MIME type and size in pixels.

    Raises TypeError for anything but frames, ValueError for pictures of different types, or of an unknown one.
    """
    for frame in sequence:
        if not isinstance(frame, Frame):
            raise TypeError(f"sequence holds a {type(frame).__name__}, not a mgai.frames.Frame")
    pictures = _rendered([frame.drawn for frame in sequence], raster)
    mimes = sorted({mime for mime, _ in pictures})
    if len(mimes) > 1:
        raise ValueError(f"the frames have different types: {', '.join(mimes)}")
    mime = mimes[0] if mimes else ""
    stored = [
        {"label": frame.label, "alt": frame.alt, "image": figures.as_text(mime, payload)}
        for frame, (_, payload) in zip(sequence, pictures, strict=True)
    ]
    size = list(_size(mime, pictures[0][1])) if pictures else []
    classes = "mgai-line-art" if mime == "image/svg+xml" else "mgai-raster"
    return {"name": name, "alt": alt, "mime": mime, "classes": classes, "size": size,
            "middle": len(stored) // 2, "frames": stored}  # fmt: skip


def faults(record: dict[str, Any]) -> Iterator[str]:
    """The rules that a stored sequence breaks: what :func:`show` raises, and what stops a build."""
    frames = record["frames"]
    if len(frames) < 2:
        yield f"a slider needs at least two frames, not {len(frames)}"
        return
    yield from _faults_of_words("name", record["name"], _NAME)
    yield from _faults_of_alt("the sequence", record["alt"])
    for number, frame in enumerate(frames, start=1):
        yield from _faults_of_words(f"the label of frame {number}", frame["label"], _LABEL)
        yield from _faults_of_alt(f"frame {frame['label']!r}", frame["alt"])
    for what in ("label", "alt", "image"):
        twice = [text for text, times in Counter(frame[what] for frame in frames).items() if times > 1]
        yield from (f"two frames have the same {what}: {text[:60]!r}" for text in twice)
    pictures = _pictures(record)
    sizes = sorted({_size(record["mime"], payload) for payload in pictures})
    if sizes != [tuple(record["size"])]:
        yield f"the frames must have one size, not {', '.join(f'{w}×{h}' for w, h in sizes)} px"
    total = sum(map(len, pictures))
    if total > LIMIT:
        yield (
            f"the {len(frames)} frames have {total:,} bytes together, more than {LIMIT:,}: "
            "show fewer frames or fewer points, or a smaller figure; raster=True for dense images"
        )


def _faults_of_words(what: str, words: str, longest: int) -> Iterator[str]:
    if not isinstance(words, str) or not words.strip() or "\n" in words or len(words) > longest:
        yield f"{what} must be one line of 1 to {longest} characters, not {words!r}"


def _faults_of_alt(what: str, alt: str) -> Iterator[str]:
    try:
        figures.check_alt(alt if isinstance(alt, str) else "")
    except ValueError as error:
        yield f"{what}: {error}"


def _rendered(drawings: Sequence[Figure | bytes], raster: bool) -> list[tuple[str, bytes]]:
    """MIME type and bytes of each picture; figures are made small, pictures stay as they are given."""
    pictures = [figures.render(each, raster) if isinstance(each, Figure) else _given(each) for each in drawings]
    if not drawings or not all(isinstance(each, Figure) for each in drawings):
        return pictures
    payloads = [payload for _, payload in pictures]
    small = _with_one_palette(payloads) if raster else [_without_ballast(payload) for payload in payloads]
    return [(mime, payload) for (mime, _), payload in zip(pictures, small, strict=True)]


def _given(picture: bytes) -> tuple[str, bytes]:
    if not isinstance(picture, bytes):
        raise TypeError(f"drawn is a {type(picture).__name__}, neither a matplotlib Figure nor bytes")
    if picture.startswith(_PNG):
        return "image/png", picture
    if b"<svg" in picture[:2000]:
        return "image/svg+xml", picture
    raise ValueError("drawn is neither a PNG nor an SVG picture")


def _with_one_palette(pngs: list[bytes]) -> list[bytes]:
    """The pictures in the same few colours, so that no colour changes from frame to frame by rounding alone."""
    pictures = [Image.open(io.BytesIO(png)).convert("RGB") for png in pngs]
    tops = [0, *accumulate(picture.height for picture in pictures)]
    together = Image.new("RGB", (max(picture.width for picture in pictures), tops[-1]), "white")
    for picture, top in zip(pictures, tops, strict=False):
        together.paste(picture, (0, top))
    palette = together.quantize(_COLOURS, method=Image.Quantize.MAXCOVERAGE)
    return [_as_png(picture.quantize(palette=palette, dither=Image.Dither.NONE)) for picture in pictures]


def _as_png(picture: Image.Image) -> bytes:
    file = io.BytesIO()
    picture.save(file, format="PNG", optimize=True)
    return file.getvalue()


def _without_ballast(svg: bytes) -> bytes:
    """The same drawing without description, comments and line breaks, its paths to a hundredth of a point."""
    text = re.sub(r"<metadata>.*?</metadata>|<!--.*?-->", "", svg.decode(), flags=re.S)
    text = re.sub(r"\s*\n\s*", " ", text)
    return re.sub(r'(?<= d=")[^"]*', lambda path: _DECIMALS.sub(_rounded, path[0]), text).encode()


def _rounded(number: re.Match[str]) -> str:
    return f"{float(number[0]):.2f}".rstrip("0").rstrip(".")


def _still(drawn: Figure | bytes, record: dict[str, Any]) -> tuple[str, str]:
    """The middle frame for programs that know no sequences: a PNG where possible, because not all trust an SVG."""
    if isinstance(drawn, Figure):
        ((mime, payload),) = _rendered([drawn], raster=True)
        return mime, figures.as_text(mime, payload)
    return record["mime"], record["frames"][record["middle"]]["image"]


def _pictures(record: dict[str, Any]) -> list[bytes]:
    if record["mime"] == "image/svg+xml":
        return [frame["image"].encode() for frame in record["frames"]]
    return [base64.b64decode(frame["image"]) for frame in record["frames"]]


def _size(mime: str, payload: bytes) -> tuple[int, int]:
    """Width and height in pixels."""
    if mime == "image/png":
        return struct.unpack(">II", payload[16:24])
    head = re.search(r"<svg\b[^>]*>", payload.decode())
    found = dict(re.findall(r'\s(width|height)="([\d.]+(?:px|pt|in|))"', head[0] if head else ""))
    if set(found) != {"width", "height"}:
        raise ValueError("an SVG picture needs a width and a height in px, pt or in")
    width, height = (_in_pixels(found[side]) for side in ("width", "height"))
    return width, height


def _in_pixels(length: str) -> int:
    number = length.rstrip("pxtin")
    return round(float(number) * _PIXELS[length[len(number) :]])
