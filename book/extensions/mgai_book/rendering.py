"""Claims and figures as docutils nodes: what MyST-NB calls when it meets an output."""

from __future__ import annotations

from html import escape
from typing import Any, ClassVar

from docutils import nodes
from myst_nb.core.render import MimeData, NbElementRenderer

from mgai_book import sliders
from mgai_book.ledger import MIME, anchor

_GLIMPSE = 90  # values up to this many characters stand in the line itself
_STATE = {True: "holds", False: "fails"}


class BookRenderer(NbElementRenderer):
    """MyST-NB's renderer, except that an image keeps the alternative text and classes of its output.

    MyST-NB takes these from the cell's metadata only, and falls back on the file name; ours are
    computed with the figure, so they travel in the output's metadata.
    """

    def render_image(self, data: MimeData) -> list[nodes.Element]:
        rendered = super().render_image(data)
        given = data.output_metadata.get(data.mime_type, {})
        for image in rendered:
            if given.get("alt"):
                image["alt"] = given["alt"]
            image["classes"] += str(given.get("classes", "")).split()
        return rendered


class ClaimPlugin:
    """Renders our own MIME types: a claim as one quiet line that unfolds, a sequence of frames with its slider."""

    mime_priority_overrides: ClassVar = [("*", MIME, 1), ("*", sliders.MIME, 1)]

    @staticmethod
    def handle_mime(renderer: NbElementRenderer, data: MimeData, inline: bool) -> list[nodes.Element] | None:
        if inline or data.mime_type not in (MIME, sliders.MIME):
            return None
        return [claim_node(data.content) if data.mime_type == MIME else sliders.node(renderer, data)]


def claim_node(record: dict[str, Any]) -> nodes.container:
    """One claim: a line with mark, sentence and values, which unfolds to tolerance, scope and controls."""
    state = "observed" if record["kind"] == "observation" else _STATE[record["passed"]]
    box = nodes.container(classes=["mgai-claim", f"mgai-claim-{state}"], ids=[anchor(record["id"])])
    box += nodes.raw("", claim_html(record, state), format="html")
    return box


def claim_html(record: dict[str, Any], state: str) -> str:
    """The inside of a claim's box; a native ``details`` element, so that it unfolds without JavaScript."""
    mark = {"observed": "○", "holds": "✓", "fails": "✗"}[state]
    word = {"observed": "Observed: ", "holds": "", "fails": "FAILED: "}[state]
    lines = facts(record)
    values = "; ".join(f"{label} {text}" for label, text in lines[:2])
    glimpse = f' <span class="mgai-values">{escape(values)}</span>' if len(values) <= _GLIMPSE else ""
    rows = "".join(f"<div><dt>{escape(label)}</dt><dd>{escape(text)}</dd></div>" for label, text in lines)
    rows += f"<div><dt>scope</dt><dd>{escape(record['scope'])}</dd></div>"
    rows += f"<div><dt>name</dt><dd><code>{escape(record['id'])}</code></dd></div>"
    said = escape(word + sentence(record))
    return (
        f'<details><summary><span class="mgai-mark">{mark}</span> {said}.{glimpse}</summary><dl>{rows}</dl></details>'
    )


def sentence(record: dict[str, Any]) -> str:
    """What a claim says; of a refutation the sentence is what is not true."""
    refuted = record["kind"] == "refutation" and record["passed"]
    return "Refuted: " * refuted + capitalised(record["says"])


def facts(record: dict[str, Any]) -> list[tuple[str, str]]:
    """(label, text) pairs that a reader of a claim or of the ledger wants to see."""
    if record["kind"] == "observation":
        return [("seen", short(record["found"]))]
    found = {"refutation": "claimed", "inequality": "smaller side"}.get(record["kind"], "found")
    reference = {"refutation": "true", "inequality": "larger side"}.get(record["kind"], "expected")
    lines = [
        (found, short(record["found"])),
        (reference, f"{short(record['reference'])} ({record['route']})"),
    ]
    if record["tolerance"]:
        lines.append(("comparison", f"{record['tolerance']} ({record['because']})"))
    lines.append(("would have caught", caught(record)))
    return lines


def caught(record: dict[str, Any]) -> str:
    """The controls, each with its distance in units of the tolerance where that is a number."""
    words = []
    for control in record["controls"]:
        distance = control["distance"]
        far = f" ({distance:.2g} tolerances off)" if isinstance(distance, (int, float)) else ""
        words.append(control["label"] + far)
    return "; ".join(words)


def short(value: Any) -> str:
    """A stored value in a few words."""
    if isinstance(value, bool) or not isinstance(value, (int, float, list)):
        return str(value)
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, list):
        inner = ", ".join(short(entry) for entry in value[:12])
        return f"[{inner}{', …' if len(value) > 12 else ''}]"
    return str(value)


def capitalised(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]
