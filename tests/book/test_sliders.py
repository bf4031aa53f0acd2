"""Sequences of frames on the page: what a build accepts, and what it makes of them."""

import copy
import json
from types import SimpleNamespace

import nbformat
import pytest
from bs4 import BeautifulSoup
from mgai_book import gates, sliders
from mgai_book.rendering import BookRenderer, ClaimPlugin
from myst_nb.core.render import MimeData

from mgai import figures, frames

ALT = "a line that rises < steeper from frame to frame"
OUTPUTS = {"image/png": {"alt": "a line that rises from 0 to 2"}}


def line(slope):
    drawn = figures.figure(3.0, 2.0)
    drawn.subplots().plot([0, slope])
    return drawn


@pytest.fixture(scope="module")
def stored():
    """A sequence as it comes out of a notebook file."""
    made = [frames.Frame(line(s), f'slope "{s}"', f"a line that rises from 0 to {s}") for s in (1, 2, 3)]
    return json.loads(json.dumps(frames.describe(made, "slope", ALT)))


@pytest.fixture
def record(stored):
    return copy.deepcopy(stored)


def messages(data, metadata=OUTPUTS):
    output = nbformat.v4.new_output("display_data", data, metadata=metadata)
    return list(gates._cell_messages(nbformat.v4.new_code_cell("show()", outputs=[output])))


def test_there_is_one_type():
    assert sliders.MIME == frames.MIME


def test_a_good_sequence_passes_the_gates(record):
    assert messages({sliders.MIME: record, "image/png": "", "text/plain": ALT}) == []


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda r: r["frames"][1].update(alt=""), "alt is empty"),
        (lambda r: r["frames"][1].update(alt="line.svg"), "is a file name"),
        (lambda r: r.update(alt="a line"), "too short"),
        (lambda r: r["frames"][1].update(label=r["frames"][0]["label"]), "two frames have the same label"),
        (lambda r: r["frames"][1].update(image="<svg/>"), "cannot be read"),
        (lambda r: r["frames"][1].pop("alt"), "cannot be read"),
        (lambda r: r.pop("size"), "was not made by mgai.frames.show"),
        (lambda r: r["frames"][1].update(image=r["frames"][1]["image"] + " " * frames.LIMIT), "more than 300,000"),
    ],
)
def test_a_faulty_sequence_does_not(record, change, message):
    change(record)
    assert any(message in each for each in messages({sliders.MIME: record, "text/plain": ALT}))


def test_its_fallback_needs_an_alt_as_any_figure_does(record):
    assert any("no alternative text" in each for each in messages({sliders.MIME: record, "image/png": ""}, {}))


class Renderer(BookRenderer):
    """Renders without Sphinx: pictures are kept in a list."""

    def __init__(self):
        options = SimpleNamespace(get_cell_level_config=lambda *arguments, **options: {})
        super().__init__(options, None)
        self.written = []

    def write_file(self, path, content, overwrite=False, exists_ok=False):
        self.written.append(content)
        return path[0]


def rendered(record):
    renderer = Renderer()
    data = MimeData(sliders.MIME, record, output_metadata=OUTPUTS, cell_index=4, output_index=1)
    (node,) = ClaimPlugin.handle_mime(renderer, data, inline=False)
    translator = SimpleNamespace(
        builder=SimpleNamespace(imgpath="../_images", images={image["uri"]: image["uri"] for image in node.children}),
        body=[],
    )
    with pytest.raises(sliders.nodes.SkipNode):
        sliders._visit(translator, node)
    return BeautifulSoup("".join(translator.body), "html.parser"), renderer


def test_the_middle_frame_is_shown_and_all_are_at_hand(record):
    soup, renderer = rendered(record)
    assert [each.decode() for each in renderer.written] == [frame["image"] for frame in record["frames"]]
    shown, *rest = soup.select(".mgai-frames > img")
    all_frames = soup.template.find_all("img")
    assert rest == [] and shown == all_frames[1]
    for image, frame in zip(all_frames, record["frames"], strict=True):
        assert (image["alt"], image["data-label"]) == (frame["alt"], frame["label"])
        assert image["class"] == ["mgai-line-art"] and image["src"].startswith("../_images/")
        assert [int(image["width"]), int(image["height"])] == record["size"] == [288, 192]


def test_the_slider_is_named_and_described_and_at_the_middle(record):
    soup, _ = rendered(record)
    (slider,) = soup.select('input[type="range"]')
    assert (slider["min"], slider["max"], slider["value"]) == ("0", "2", "1")
    assert slider["aria-valuetext"] == soup.output.get_text() == 'slope "2"'
    assert soup.find("label", attrs={"for": slider["id"]}).get_text() == "Slope"
    assert soup.find(id=slider["aria-describedby"]).get_text() == ALT
    assert soup.select_one("[aria-live=polite]").get_text() == ""


def test_claims_are_rendered_as_before_and_nothing_within_a_line(record):
    data = MimeData(sliders.MIME, record)
    assert ClaimPlugin.handle_mime(Renderer(), data, inline=True) is None
    assert ClaimPlugin.handle_mime(Renderer(), MimeData("text/plain", "x"), inline=False) is None
