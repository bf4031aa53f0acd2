"""Sliders of the built site: complete in the files, moved by the keyboard, and at rest without a script."""

import base64
from pathlib import Path
from urllib.parse import unquote

import axe_playwright_python
import nbformat
import pytest
from mgai_book import layout, pages

from mgai import figures, frames

ROOT = Path(__file__).parents[2]
PAGE = "chapters/1-linear-algebra/low-rank.html"
BOX = ".mgai-frames"
SHOWN = "image => image.checkVisibility() && image.complete && image.naturalWidth > 0"
WHAT = "image => [image.alt, image.currentSrc.split('/').pop()]"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture(scope="module")
def boxes(html_files, soup) -> list[tuple[Path, object]]:
    """Every slider of the site with the page it stands on; there is at least one."""
    found = [(path, box) for path in html_files for box in soup(path).select(BOX)]
    assert found
    return found


def test_every_slider_has_its_label_its_state_and_a_description(boxes, soup):
    for path, box in boxes:
        (slider,) = box.select("input[type=range]")
        images = box.template.find_all("img")
        assert len(images) == int(slider["max"]) + 1 >= 2, path
        assert box.select_one(f"label[for={slider['id']}]").get_text().strip(), path
        middle = images[int(slider["value"])]
        assert slider["aria-valuetext"] == box.output.get_text() == middle["data-label"], path
        figures.check_alt(soup(path).find(id=slider["aria-describedby"]).get_text())
        assert box.find("img") == middle, path
        assert box.find_parent("figure").figcaption.get_text().strip(), path


def test_the_room_for_sliders_is_known_before_the_page_is_drawn(boxes, soup):
    for path, _ in boxes:
        (script,) = soup(path).head.select("script[src*='frames.js']")
        assert not {"defer", "async"} & set(script.attrs), path


def test_every_frame_says_what_it_shows_and_is_a_file_of_its_own(boxes, site):
    for path, box in boxes:
        images = box.template.find_all("img")
        for image in images:
            figures.check_alt(image["alt"])
        files = {(path.parent / unquote(image["src"])).resolve() for image in images}
        assert len(files) == len({image["alt"] for image in images}) == len(images), path
        assert len({(image["width"], image["height"]) for image in images}) == 1, path
        assert all(file.is_relative_to(site.resolve()) for file in files), path
        assert sum(file.stat().st_size for file in files) <= frames.LIMIT, path


def test_a_downloaded_notebook_shows_the_middle_frame(boxes, site):
    shown = 0
    for page in pages.executable(layout.find(ROOT)):
        notebook = nbformat.read(site / "downloads" / f"{page.docname}.ipynb", as_version=4)
        outputs = [output for _, cell in pages.code_cells(notebook) for output in cell.outputs]
        for output in (each for each in outputs if frames.MIME in each.get("data", {})):
            record = output.data[frames.MIME]
            middle = record["frames"][record["middle"]]
            assert base64.b64decode(output.data["image/png"]).startswith(b"\x89PNG"), page.docname
            assert output.metadata["image/png"]["alt"] == middle["alt"], page.docname
            assert output.data["text/plain"].endswith(f"{middle['label']}: {middle['alt']}"), page.docname
            shown += 1
    assert shown == len(boxes)


def shown(page) -> list[list[str]]:
    """Alternative text and file of each picture to be seen in the first slider figure."""
    images = page.locator(f"{BOX} >> nth=0").locator("> img")
    page.wait_for_function("box => [...box.querySelectorAll('img')].every(image => image.complete)",
                           arg=page.locator(BOX).first.element_handle())  # fmt: skip
    return [image.evaluate(WHAT) for image in images.all() if image.evaluate(SHOWN)]


def as_shown(frame: dict) -> list[list[str]]:
    """What is to be seen when the slider stands at a frame."""
    return [[frame["alt"], frame["file"].rsplit("/", 1)[1]]]


def all_frames(page) -> list[dict]:
    return page.locator(BOX).first.evaluate(
        "box => [...box.querySelector('template').content.querySelectorAll('img')]"
        ".map(image => ({alt: image.alt, label: image.dataset.label, file: image.getAttribute('src')}))"
    )


def reach(page) -> None:
    """Go to the slider by the keyboard: by Tab, from the picture above it."""
    page.locator(f"{BOX} > img").first.click()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.matches('.mgai-slider input')")


def state(page) -> dict:
    return page.locator(BOX).first.evaluate(
        "box => ({value: box.querySelector('input').valueAsNumber, text: box.querySelector('output').textContent,"
        " spoken: box.querySelector('input').getAttribute('aria-valuetext'),"
        " below: box.nextElementSibling.getBoundingClientRect().top + scrollY, page: document.body.scrollHeight})"
    )


@pytest.mark.browser
@pytest.mark.parametrize("width", [1280, 390])
def test_the_keyboard_moves_picture_and_text_and_nothing_else(open_page, width):
    page = open_page(PAGE)
    page.set_viewport_size({"width": width, "height": 900})
    expected = all_frames(page)
    reach(page)
    before = state(page)
    middle = len(expected) // 2
    keys = ["ArrowRight", "ArrowLeft", "ArrowLeft", "Home", "End"]
    for key, at in zip(keys, [middle + 1, middle, middle - 1, 0, len(expected) - 1], strict=True):
        page.keyboard.press(key)
        now = state(page)
        assert (now["value"], now["text"], now["spoken"]) == (at, expected[at]["label"], expected[at]["label"])
        assert (now["below"], now["page"]) == (before["below"], before["page"]), "the page moves with the slider"
        assert shown(page) == as_shown(expected[at])
        assert page.evaluate("document.getAnimations().length") == 0
    said = f"() => document.querySelector('.mgai-said').textContent === {expected[-1]['alt']!r}"
    page.wait_for_function(said, timeout=5000)
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid", "where the keyboard is must be seen"


@pytest.mark.browser
def test_the_other_frames_are_loaded_when_the_slider_is_first_reached(open_page):
    page = open_page(PAGE)
    files = {frame["file"].rsplit("/", 1)[1] for frame in all_frames(page)}
    loaded = "() => performance.getEntriesByType('resource').map(entry => entry.name.split('/').pop())"
    assert len(files & set(page.evaluate(loaded))) <= 1
    page.locator(".mgai-slider input").first.focus()
    page.wait_for_function(
        f"files => {{ const there = ({loaded})(); return files.every(file => there.includes(file)); }}",
        arg=sorted(files), timeout=5000,
    )  # fmt: skip


@pytest.mark.browser
def test_it_works_from_a_file_without_a_network(open_page, site):
    page = open_page(PAGE, base=site.as_uri(), offline=True)
    expected = all_frames(page)
    reach(page)
    page.keyboard.press("End")
    assert shown(page) == as_shown(expected[-1])


@pytest.mark.browser
def test_without_a_script_the_middle_frame_stands_alone(open_page):
    page = open_page(PAGE, java_script_enabled=False)
    images = page.locator(f"{BOX} img")
    assert [image.evaluate(SHOWN) for image in images.all()] == [True]
    assert images.first.get_attribute("alt") == all_frames(page)[len(all_frames(page)) // 2]["alt"]
    assert not page.locator(".mgai-slider").first.is_visible()
    assert page.locator(f"figure:has({BOX}) figcaption").first.is_visible()


@pytest.mark.browser
def test_paper_shows_the_middle_frame_whatever_was_moved(open_page):
    page = open_page(PAGE)
    expected = all_frames(page)
    reach(page)
    page.keyboard.press("Home")
    page.emulate_media(media="print")
    assert shown(page) == as_shown(expected[len(expected) // 2])
    assert not page.locator(".mgai-slider").first.is_visible()


@pytest.mark.browser
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_slider_in_use_is_accessible_in_both_themes(open_page, theme):
    page = open_page(PAGE, color_scheme=theme, reduced_motion="reduce")
    page.evaluate((Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8"))
    reach(page)
    page.keyboard.press("ArrowRight")
    page.wait_for_function("document.querySelector('.mgai-said').textContent !== ''")
    assert page.evaluate("document.documentElement.dataset.theme") == theme
    found = page.evaluate(
        "rules => axe.run(document.querySelector('figure:has(.mgai-frames)'),"
        " {runOnly: {type: 'tag', values: rules}}).then(result => result)", RULES,
    )  # fmt: skip
    assert found["passes"] and [each["id"] for each in found["violations"]] == []
    assert page.locator(f"{BOX} > img:visible").first.evaluate("image => image.className").startswith("mgai-")
