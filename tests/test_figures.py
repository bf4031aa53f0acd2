"""Figures: described, shown without pyplot, the same file every time, nothing global changed."""

import base64
import hashlib
import json
from pathlib import Path

import matplotlib
import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from mgai import figures

ALT = "a straight line rising from 0 to 2"

SCRIPT = """
import sys
from mgai import figures
assert "matplotlib.pyplot" not in sys.modules, "importing mgai.figures imports pyplot"
def line():
    drawn = figures.figure()
    drawn.subplots().plot([0, 1, 2])
    return drawn
figures.show(line(), "a straight line rising from 0 to 2")
figures.show(line(), "a straight line rising from 0 to 2")
assert "matplotlib.pyplot" not in sys.modules, "showing a figure imports pyplot"
"""


def line(end=2):
    drawn = figures.figure()
    axes = drawn.subplots()
    axes.plot([0, end], label="rise")
    axes.set_xlabel("step")
    return drawn


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def saved(output):
    return Path(output.strip().splitlines()[-1].removeprefix("saved as "))


@pytest.mark.parametrize("alt", ["", " \n ", "figure.png", "a/b/Plot.SVG", "a line", "loss over many steps"])
def test_a_figure_needs_a_description(alt):
    with pytest.raises(ValueError, match="alt"):
        figures.show(line(), alt)
    with pytest.raises(ValueError, match="alt"):
        figures.check_alt(alt)
    assert not list(Path().iterdir())


@pytest.mark.bad_input
@pytest.mark.parametrize("drawn", [None, "figure", np.zeros((2, 2))])
def test_only_figures_are_shown(drawn):
    with pytest.raises(TypeError, match="matplotlib Figure"):
        figures.show(drawn, ALT)


@pytest.mark.bad_input
def test_the_description_is_no_none():
    with pytest.raises(ValueError, match="alt is empty"):
        figures.show(line(), None)


def test_outside_a_notebook_a_figure_is_saved_and_its_path_printed(capsys):
    assert figures.show(line(), ALT) is None
    output = capsys.readouterr().out
    assert output.startswith(f"figure: {ALT}\n")
    assert saved(output).suffix == ".svg" and saved(output).read_bytes().lstrip().startswith(b"<?xml")


def test_a_raster_figure_is_an_opaque_png(capsys):
    figures.show(line(), ALT, raster=True)
    file = saved(capsys.readouterr().out)
    from matplotlib.image import imread

    pixels = imread(file)
    assert file.suffix == ".png" and pixels.shape[:2] == (800, 1400)
    assert (pixels[0, 0, :3] == 1).all() and (pixels.shape[2] == 3 or (pixels[..., 3] == 1).all())


def test_a_vector_figure_is_transparent():
    payload = figures.render(line(), raster=False)[1].decode()
    backgrounds = [part.split("</g>")[0] for part in payload.split('<g id="patch_')[1:3]]
    assert len(backgrounds) == 2 and all("fill: none" in drawn for drawn in backgrounds)


@pytest.mark.parametrize("raster", [False, True])
def test_the_same_figure_gives_the_same_file_and_another_another(raster):
    first, again, other = (figures.render(line(end), raster)[1] for end in (2, 2, 3))
    assert hashlib.sha256(first).digest() == hashlib.sha256(again).digest()
    assert first != other


def test_the_file_does_not_depend_on_the_process(run_python, capsys, tmp_path):
    (tmp_path / "script.py").write_text(SCRIPT)
    done = run_python("script.py", PYTHONHASHSEED="123")
    assert done.returncode == 0, done.stderr
    first, second = done.stdout.splitlines()[1::2]
    assert first == second and (tmp_path / first.removeprefix("saved as ")).is_file()
    drawn = figures.figure()
    drawn.subplots().plot([0, 1, 2])
    figures.show(drawn, ALT)
    assert capsys.readouterr().out.splitlines()[1] == first


def test_nothing_global_is_changed():
    before = dict(matplotlib.rcParams)
    figures.show(line(), ALT)
    figures.show(line(), ALT, raster=True)
    with figures.style():
        assert matplotlib.rcParams["axes.grid"] is True
    with pytest.raises(ZeroDivisionError), figures.style():
        raise ZeroDivisionError
    assert dict(matplotlib.rcParams) == before


def test_axes_have_the_style_whoever_makes_them():
    drawn = figures.figure()
    for axes in (drawn.subplots(), drawn.add_subplot(), drawn.add_axes((0, 0, 1, 1))):
        (first,) = axes.plot([0, 1])
        (second,) = axes.plot([1, 0])
        assert (first.get_color(), second.get_color()) == figures.COLOURS[:2]
        assert not axes.spines["top"].get_visible() and axes.get_facecolor()[3] == 0
    assert isinstance(drawn, Figure) and drawn.get_facecolor()[3] == 0


def test_a_figure_of_another_make_can_be_shown(capsys):
    drawn = Figure()
    drawn.subplots().plot([0, 1])
    figures.show(drawn, ALT)
    assert saved(capsys.readouterr().out).is_file()


def luminance(colour):
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_there_is_a_dash_and_a_marker_for_nearly_every_colour():
    assert len(set(figures.COLOURS)) == len(figures.MARKERS) == len(set(figures.MARKERS)) == 7
    assert len(set(figures.DASHES)) == 6


def test_the_first_colours_stand_out_from_white():
    for colour in figures.COLOURS[:4]:
        assert 1.05 / (luminance(colour) + 0.05) >= 3.0  # WCAG 2.1, 1.4.11: graphical objects


IPYTHON = """
import json
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
shell = InteractiveShell.instance()
with capture_output() as captured:
    shell.run_cell('''
from mgai import figures
drawn = figures.figure()
drawn.subplots().plot([0, 1])
figures.show(drawn, "a straight line rising to 1")
figures.show(drawn, "a straight line rising to 1", raster=True)
''').raise_error()
print(json.dumps([[output.data, output.metadata] for output in captured.outputs]))
"""


def test_in_a_notebook_a_figure_is_displayed_with_its_description(run_python, tmp_path):
    (tmp_path / "cells.py").write_text(IPYTHON)
    done = run_python("cells.py", IPYTHONDIR=str(tmp_path))
    assert done.returncode == 0, done.stderr
    (vector, vector_metadata), (raster, raster_metadata) = json.loads(done.stdout)
    assert vector["image/svg+xml"].startswith("<?xml") and vector["text/plain"] == "a straight line rising to 1"
    assert base64.b64decode(raster["image/png"]).startswith(b"\x89PNG")
    assert vector_metadata["image/svg+xml"]["alt"] == raster_metadata["image/png"]["alt"] == vector["text/plain"]
    assert not (tmp_path / "mgai-figures").exists()
