"""Sequences of frames as docutils nodes: the middle frame, and a slider that JavaScript brings to life.

Without JavaScript, and on paper, the middle frame stands alone. The other frames lie in a ``template``,
which a browser does not load; ``frames.js`` loads them when the reader first reaches for the slider.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from html import escape
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from docutils import nodes

if TYPE_CHECKING:  # a build without sliders need not import what renders them
    from myst_nb.core.render import MimeData, NbElementRenderer

#: The type of :data:`mgai.frames.MIME`, repeated so that a build without sliders need not import matplotlib.
MIME = "application/vnd.mgai.frames+json"
_WORDS = ("name", "alt", "mime", "classes", "size", "middle", "frames")


class Frames(nodes.General, nodes.Element):
    """A sequence of frames; its children are the images, in order."""


def setup(app) -> None:
    app.add_node(Frames, html=(_visit, None))
    app.add_css_file("frames.css")
    app.add_js_file("frames.js")


def messages(record: Any) -> Iterator[str]:
    """What is wrong with a stored sequence, by the rules under which ``mgai.frames.show`` makes one."""
    from mgai import frames

    if not isinstance(record, dict) or set(_WORDS) - set(record):
        yield "the slider was not made by mgai.frames.show"
        return
    try:
        yield from (f"the slider {record['name']!r}: {fault}" for fault in frames.faults(record))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        yield f"the slider {record['name']!r} cannot be read: {error!r}"


def node(renderer: NbElementRenderer, data: MimeData) -> Frames:
    """The node of a stored sequence; its pictures become files of the site like those of any figure."""
    from myst_nb.core.render import MimeData

    record = data.content
    made = Frames(
        name=record["name"], alt=record["alt"], size=record["size"], middle=record["middle"],
        labels=[frame["label"] for frame in record["frames"]],
        slider=f"frames-{data.cell_index}-{data.output_index}",
    )  # fmt: skip
    for frame in record["frames"]:
        about = {record["mime"]: {"alt": frame["alt"], "classes": record["classes"]}}
        made += renderer.render_image(MimeData(record["mime"], frame["image"], data.cell_metadata, about))
    return made


def _visit(translator, node: Frames) -> None:
    images = [_image(translator, image, node["size"], label)
              for image, label in zip(node.children, node["labels"], strict=True)]  # fmt: skip
    translator.body.append(frames_html(node, images))
    raise nodes.SkipNode


def _image(translator, image: nodes.image, size: list[int], label: str) -> str:
    builder = translator.builder
    source = posixpath.join(builder.imgpath, quote(builder.images[image["uri"]]))
    width, height = size  # kept free on the page, so that nothing moves while a frame loads
    return (
        f'<img alt="{escape(image["alt"])}" class="{escape(" ".join(image["classes"]))}" data-label="{escape(label)}" '
        f'height="{height}" src="{escape(source)}" width="{width}">'
    )


def frames_html(node: Frames, images: list[str]) -> str:
    """The middle frame, the slider with its label and the state it shows, and all frames for the script."""
    slider, middle = escape(node["slider"]), node["middle"]
    name, state = escape(node["name"][:1].upper() + node["name"][1:]), escape(node["labels"][middle])
    return (
        f'<div class="mgai-frames">{images[middle]}\n<div class="mgai-slider">'
        f'<label for="{slider}">{name}</label> <output for="{slider}" aria-live="off">{state}</output>'
        f'<input type="range" id="{slider}" min="0" max="{len(images) - 1}" step="1" value="{middle}" '
        f'aria-valuetext="{state}" aria-describedby="{slider}-about" autocomplete="off">'
        f'<p id="{slider}-about" hidden>{escape(node["alt"])}</p>'
        '<p class="mgai-said" aria-live="polite"></p></div>\n'
        f"<template>{''.join(images)}</template></div>\n"
    )
