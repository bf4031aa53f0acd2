"""Sequences of frames: described one by one, of one size, small, the same bytes every time."""

import io
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from mgai import figures, frames
from mgai.frames import Frame

ALT = "a line that rises steeper from frame to frame"
L, CURVATURES, N_STEPS = 10.0, torch.tensor([1.0, 10.0], dtype=torch.float64), 20
START = torch.tensor([-4.0, 1.0], dtype=torch.float64)


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def line(slope, width=3.0):
    drawn = figures.figure(width, 2.0)
    drawn.subplots().plot([0, 1], [0, slope])
    drawn.axes[0].set_ylim(0, 5)
    return drawn


def lines(*slopes):
    return [Frame(line(slope), f"slope {slope}", f"a line that rises from 0 to {slope}") for slope in slopes]


def png(width, height, grey):
    file = io.BytesIO()
    Image.new("L", (width, height), grey).save(file, format="PNG")
    return file.getvalue()


def svg(width, height, text=""):
    size = f'width="{width}" height="{height}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}><desc>{text}</desc></svg>'.encode()


def given(*pictures):
    return [Frame(picture, f"state {i}", f"the picture of the state number {i}") for i, picture in enumerate(pictures)]


# Rules


@pytest.mark.parametrize(
    ("sequence", "message"),
    [
        ([], "at least two frames, not 0"),
        (lines(1), "at least two frames, not 1"),
        ([*lines(1), Frame(line(2), "slope 1", "a line that rises to 2")], "two frames have the same label: 'slope 1'"),
        ([*lines(1), Frame(line(2), "slope 2", "a line that rises from 0 to 1")], "two frames have the same alt"),
        ([*lines(1), Frame(line(1), "slope 2", "a line that rises from 0 to 2")], "two frames have the same image"),
        ([*lines(1), Frame(line(2), "slope 2", "")], "frame 'slope 2': alt is empty"),
        ([*lines(1), Frame(line(2), "slope 2", "line.svg")], "frame 'slope 2': .* is a file name"),
        ([*lines(1), Frame(line(2), "slope 2", "rises to 2")], "frame 'slope 2': .* too short"),
        ([*lines(1), Frame(line(2), " ", "a line that rises from 0 to 2")], "the label of frame 2 must be one line"),
        ([*lines(1), Frame(line(2), "x" * 41, "a line that rises from 0 to 2")], "1 to 40 characters"),
        ([*lines(1), Frame(line(2), "a\nb", "a line that rises from 0 to 2")], "the label of frame 2 must be one line"),
        ([*lines(1), Frame(line(2, 4.0), "2", "a line that rises to 2")], r"one size, not 288×192, 384×192 px"),
        (given(png(3, 2, 0), svg(3, 2)), "different types: image/png, image/svg.xml"),
        (given(png(3, 2, 0), png(2, 3, 0)), "one size, not 2×3, 3×2 px"),
        (given(svg("3pt", "3pt"), svg("4px", "4px", "same"), svg("5px", "4px")), "one size, not 4×4, 5×4 px"),
        (given(svg("100%", "100%"), svg("3", "3")), "needs a width and a height in px, pt or in"),
        (given(b"GIF89a", b"GIF89a"), "neither a PNG nor an SVG"),
        (given(svg(3, 3, "x" * 200_000), svg(3, 3, "y" * 100_000)), "300,16. bytes together, more than 300,000"),
    ],
)
def test_a_sequence_that_breaks_a_rule_is_not_shown(sequence, message, capsys):
    with pytest.raises(ValueError, match=message):
        frames.show(sequence, name="slope", alt=ALT)
    assert not list(Path().iterdir()) and capsys.readouterr().out == ""


@pytest.mark.parametrize(("name", "alt", "message"), [
    ("slope", "", "the sequence: alt is empty"), ("slope", "some lines", "the sequence: .* too short"),
    ("", ALT, "name must be one line"), ("the slope of the line drawn", ALT, "name must be .* 1 to 24 characters"),
])  # fmt: skip
def test_a_sequence_has_a_name_and_a_description(name, alt, message):
    with pytest.raises(ValueError, match=message):
        frames.show(lines(1, 2), name=name, alt=alt)


@pytest.mark.bad_input
@pytest.mark.parametrize("given", [line, "frame", None])
def test_only_frames_of_figures_and_pictures_are_shown(given):
    with pytest.raises(TypeError, match=r"not a mgai\.frames\.Frame"):
        frames.show([given], name="slope", alt=ALT)
    with pytest.raises(TypeError, match="neither a matplotlib Figure nor bytes"):
        frames.show([Frame(given, "a", ALT)], name="slope", alt=ALT)


@pytest.mark.bad_input
def test_words_must_be_words():
    with pytest.raises(ValueError, match="the label of frame 1 must be one line"):
        frames.show([Frame(line(1), 1, ALT), *lines(2)], name="slope", alt=ALT)
    with pytest.raises(ValueError, match="frame 'slope': alt is empty"):
        frames.show([Frame(line(1), "slope", None), *lines(2)], name="slope", alt=ALT)
    with pytest.raises(ValueError, match="name must be one line"):
        frames.show(lines(1, 2), name=None, alt=ALT)


def test_each_rule_of_a_stored_sequence_is_checked_again():
    """What a build is given is a record: whatever is changed in it must be seen."""
    good = json.loads(json.dumps(frames.describe(lines(1, 2, 3), "slope", ALT)))
    assert list(frames.faults(good)) == []
    for change, message in [
        (lambda record: record["frames"][0].update(alt=""), "alt is empty"),
        (lambda record: record.update(alt="lines"), "too short"),
        (lambda record: record["frames"][1].update(label="slope 1"), "same label"),
        (lambda record: record.update(size=[1, 1]), "one size"),
        (lambda record: record["frames"][2].update(image=record["frames"][2]["image"] + " " * 300_000), "bytes"),
        (lambda record: record.update(frames=record["frames"][:1]), "at least two frames"),
    ]:
        bad = json.loads(json.dumps(good))
        change(bad)
        assert any(message in fault for fault in frames.faults(bad)), message


# Bytes


@pytest.mark.parametrize("raster", [False, True])
def test_the_same_frames_give_the_same_bytes(raster, run_python, tmp_path):
    code = (
        "import hashlib, json\nfrom mgai import figures, frames\n"
        "def line(slope):\n    drawn = figures.figure(3.0, 2.0)\n    drawn.subplots().plot([0, 1], [0, slope])\n"
        "    drawn.axes[0].set_ylim(0, 5)\n    return drawn\n"
        "made = [frames.Frame(line(s), f'slope {s}', f'a line that rises from 0 to {s}') for s in (1, 2)]\n"
        f"print(json.dumps(frames.describe(made, 'slope', {ALT!r}, {raster})))"
    )
    here = frames.describe(lines(1, 2), "slope", ALT, raster)
    assert here == frames.describe(lines(1, 2), "slope", ALT, raster)
    done = run_python("-c", code, PYTHONHASHSEED="123")
    assert json.loads(done.stdout) == here, done.stderr


def test_pictures_that_are_given_stay_as_they_are():
    pictures = [png(30, 20, grey) for grey in (0, 128, 255)]
    record = frames.describe(given(*pictures), "grey", ALT)
    assert frames._pictures(record) == pictures
    assert (record["size"], record["mime"], record["middle"]) == ([30, 20], "image/png", 1)


def pixels(payload):
    return np.asarray(Image.open(io.BytesIO(payload)).convert("RGB")).astype(int)


def test_the_palette_is_shared_and_changes_no_colour_by_much():
    coloured = []
    for number, colour in enumerate(figures.COLOURS):
        drawn = figures.figure(3.0, 2.0)
        axes = drawn.subplots()
        axes.imshow(np.outer(np.linspace(0, 1, 20), np.linspace(0, 1, 20)), cmap="gray")
        axes.plot(5, 5, "o", color=colour)
        coloured.append(Frame(drawn, str(number), f"a grey ramp with a dot in {colour}"))
    found = frames._pictures(frames.describe(coloured, "colour", ALT, raster=True))
    true = [figures.render(frame.drawn, raster=True)[1] for frame in coloured]
    assert max(np.abs(pixels(one) - pixels(other)).max() for one, other in zip(found, true, strict=True)) <= 24
    assert {Image.open(io.BytesIO(one)).mode for one in found} == {"P"}
    still = np.ones(pixels(found[0]).shape[:2], dtype=bool)
    for one in true:
        still &= (pixels(one) == pixels(true[0])).all(axis=2)
    assert still.mean() > 0.5, "most of the picture does not move"
    for one in found:
        assert (pixels(one)[still] == pixels(found[0])[still]).all(), "what does not move keeps its colour"


def test_a_drawing_without_ballast_has_the_same_points_to_a_hundredth(tmp_path):
    path = '<g transform="scale(0.015625)">\n<!-- a -->\n<path d="M 1.23456 -7.5 \nL 2.0 0.001"/></g>'
    assert frames._without_ballast(f"<metadata>\n</metadata>{path}".encode()).decode() == (
        '<g transform="scale(0.015625)"> <path d="M 1.23 -7.5 L 2 0"/></g>'
    )
    whole = figures.render(line(2), raster=False)[1]
    assert len(frames._without_ballast(whole)) < 0.9 * len(whole)


# Where it is shown


def test_outside_a_notebook_every_frame_is_saved_and_its_path_printed(capsys):
    assert frames.show(lines(1, 2, 3), name="slope", alt=ALT) is None
    first, *others = capsys.readouterr().out.splitlines()
    assert first == f"figure: {ALT}"
    assert [text.split(": saved as ")[0] for text in others] == ["slope 1", "slope 2", "slope 3"]
    files = [Path(text.split(": saved as ")[1]) for text in others]
    assert len(set(files)) == 3 and all(b"<svg" in file.read_bytes() for file in files)


IPYTHON = f"""
import json
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
shell = InteractiveShell.instance()
with capture_output() as captured:
    shell.run_cell('''
from mgai import figures, frames
def line(slope):
    drawn = figures.figure(3.0, 2.0)
    drawn.subplots().plot([0, 1], [0, slope])
    return drawn
made = [frames.Frame(line(s), f"slope {{s}}", f"a line that rises from 0 to {{s}}") for s in (1, 2, 3, 4)]
frames.show(made, name="slope", alt="{ALT}")
frames.show(made, name="slope", alt="{ALT}", raster=True)
''').raise_error()
print(json.dumps([[output.data, output.metadata] for output in captured.outputs]))
"""


def test_in_a_notebook_there_is_one_output_that_falls_back_on_the_middle_frame(run_python, tmp_path):
    (tmp_path / "cells.py").write_text(IPYTHON)
    done = run_python("cells.py", IPYTHONDIR=str(tmp_path))
    assert done.returncode == 0, done.stderr
    (vector, vector_metadata), (raster, raster_metadata) = json.loads(done.stdout)
    for data, metadata in ((vector, vector_metadata), (raster, raster_metadata)):
        assert list(data) == [frames.MIME, "image/png", "text/plain"]
        assert list(frames.faults(data[frames.MIME])) == [] and data[frames.MIME]["middle"] == 2
        assert data["text/plain"] == f"{ALT}\nslope 3: a line that rises from 0 to 3"
        assert metadata["image/png"]["alt"] == "a line that rises from 0 to 3"
    assert vector["image/png"].startswith("iVBOR")
    assert vector[frames.MIME]["classes"] == "mgai-line-art" and raster[frames.MIME]["classes"] == "mgai-raster"
    middle = raster[frames.MIME]["frames"][2]["image"]
    assert np.abs(pixels_of(raster["image/png"]) - pixels_of(middle)).max() <= 24, "the picture is the middle frame"
    assert not (tmp_path / "mgai-figures").exists()


def pixels_of(text):
    return pixels(frames._pictures({"mime": "image/png", "frames": [{"image": text}]})[0])


# An example: gradient descent on a quadratic, with the step size as slider


def descent(step_size):
    """The points of gradient descent on the quadratic with curvatures 1 and L, from its start on."""
    points = [START]
    for _ in range(N_STEPS):
        points.append(points[-1] - step_size * CURVATURES * points[-1])
    return torch.stack(points)


@figures.style()
def descent_figure(points):
    """The path on the level lines; the same limits whatever the path."""
    drawn = figures.figure(6.0, 3.0)
    axes = drawn.add_subplot(xlabel="$x_1$", ylabel="$x_2$", xlim=(-5, 5), ylim=(-2, 2))
    x, y = np.meshgrid(np.linspace(-5, 5, 60), np.linspace(-2, 2, 60))
    axes.contour(x, y, (x**2 + L * y**2) / 2, levels=6, colors="0.5", linewidths=0.8)
    axes.plot(*points.T, "o-", markersize=4)
    return drawn


def descent_frame(multiple):
    points = descent(multiple / L)
    first, last = float(points[0].norm()), float(points[-1].norm())
    alt = f"With step size {multiple:g}/L the distance from the minimum goes from {first:.3g} to {last:.3g}."
    return Frame(descent_figure(points), f"step size {multiple:g}/L", alt)


def test_gradient_descent_becomes_a_slider_over_the_step_size(capsys):
    multiples = [0.1, 0.5, 1.0, 1.5, 1.8, 1.9, 1.95, 2.0, 2.1]
    made = [descent_frame(multiple) for multiple in multiples]
    assert len({(axes.get_xlim(), axes.get_ylim()) for frame in made for axes in frame.drawn.axes}) == 1
    record = frames.describe(made, "step size", "Paths of gradient descent at rising step size.")
    assert list(frames.faults(record)) == []
    frames.show(made, name="step size", alt="Paths of gradient descent at rising step size.")
    assert capsys.readouterr().out.count("saved as") == len(multiples)
    for multiple, frame in zip(multiples, made, strict=True):
        last = START * (1 - multiple / L * CURVATURES) ** N_STEPS  # closed form
        assert frame.alt.endswith(f"to {float(last.norm()):.3g}.")
        (path,) = frame.drawn.axes[0].lines
        np.testing.assert_allclose(path.get_xydata()[-1], last, rtol=1e-12, atol=1e-300)


def test_one_figure_moves_nothing_but_what_the_state_changes():
    boxes = set()
    for multiple in (0.1, 1.0, 2.1):
        frame = descent_frame(multiple)
        figures.render(frame.drawn, raster=False)
        boxes.add(tuple(frame.drawn.axes[0].get_position().bounds))
    assert len(boxes) == 1
