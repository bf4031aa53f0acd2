"""A copied cell as a file, line by line at a plain prompt, and in IPython; what a prompt does not take is told."""

import pytest
from mgai_book import cells, pasting

FIGURE = """
from mgai import figures
drawn = figures.figure()
drawn.subplots().plot([0, 1])
figures.show(drawn, "a straight line rising to 1", raster={})
"""
CLAIM = """
from mgai import claims
claims.equal(4, 4, item="demo", name="sum", says="two and two", route="closed form", rejects={"off by one": 5})
"""


VALUES = ("print(2 + 2)", "for i in range(2):\n    print(i + 3)\n")
UNCLOSED = "for i in range(2):\n    print(i)\nprint(3)"
FAULTY = ("print(undefined)", "x = 1", "def f(:\n    pass", "import os\nos._exit(3)")
ALL = (*VALUES, CLAIM, FIGURE.format(False), FIGURE.format(True), "2 + 2", UNCLOSED, *FAULTY)


@pytest.fixture(scope="module")
def ways() -> dict[str, dict[str, cells.Result]]:
    """What becomes of each code above, in each way."""
    book = [[cells.Cell(f"page-{n}", 1, code, form) for form in pasting.FORMS] for n, code in enumerate(ALL)]
    found: dict[str, dict[str, cells.Result]] = {code: {} for code in ALL}
    for result in cells.run_pages(book, workers=2):
        found[result.cell.code][result.cell.form] = result
    assert all(set(each) == set(pasting.FORMS) for each in found.values())
    return found


@pytest.mark.parametrize(
    ("code", "advice"),
    [
        ("for i in range(2):\n    print(i)\nprint(3)", "stops at `print(3)`: leave a blank line after the block above"),
        ("def f():\n    return 1\nprint(f())", "stops at `print(f())`: leave a blank line after"),
        ("def f():\n    a = 1\n\n    return a\n\nprint(f())", "stops at `return a`: no blank line within a block"),
        ("if True:\n    print(1)\n\nelse:\n    print(2)", "stops at `else:`"),
        ("x = [1,\n\n     2]\nprint(x)", ""),
        ('x = """a\n\nb"""\nprint(x)', ""),
        ("for i in range(2):\n    print(i)\n\nprint(3)", ""),
        ("def f():\n    return 1\n\n\nprint(f())", ""),
        ("for i in range(2):\n    print(i)", ""),
        ("print(1)\n", ""),
        ("print((1)", "never ends"),
    ],
)
def test_what_a_plain_prompt_does_not_take_is_told_and_stops_it_really(code, advice):
    fault = pasting.prompt_fault(code)
    assert advice in fault and bool(fault) == bool(advice)
    real = cells.run_fresh(cells.Cell("some/page", 1, code, "prompt"))
    assert bool(real.problem) == bool(advice), real


def test_each_way_shows_a_value_a_claim_and_the_path_of_a_figure(ways):
    shown = dict.fromkeys(VALUES, "4") | {CLAIM: "✓ two and two: found 4, expected 4"}
    shown |= {FIGURE.format(raster): "saved as mgai-figures" for raster in (False, True)}
    for code, words in shown.items():
        for result in ways[code].values():
            assert not result.problem and words in result.printed, result


def test_a_value_alone_is_shown_where_somebody_types_but_not_by_a_file(ways):
    found = ways["2 + 2"]
    assert found["file"].problem == "shows nothing"
    assert "4" in found["prompt"].printed and "4" in found["ipython"].printed


@pytest.mark.parametrize("code", FAULTY)
def test_what_fails_or_shows_nothing_is_told_in_each_way(ways, code):
    found = ways[code]
    assert all(result.problem for result in found.values()), found
    names = [str(result.cell).split(", ", 1)[1] for result in found.values()]
    assert names == ["cell 1", "cell 1, at a plain prompt", "cell 1, in IPython"]


def test_a_block_without_a_blank_line_after_it_runs_as_a_file_and_stops_at_a_prompt(ways):
    found = ways[UNCLOSED]
    assert not found["file"].problem and not found["ipython"].problem
    assert "SyntaxError" in found["prompt"].problem
