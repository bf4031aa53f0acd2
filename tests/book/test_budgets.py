"""Pages over their budget are reported; far over it they fail, but only under STRICT=1, and not for a slow machine."""

import pytest
from mgai_book import budgets, choosing, currency, execution, layout
from mgai_book.layout import Layout
from mgai_book.pages import Page

HEAD = "---\nfile_format: mystnb\nkernelspec: {name: python3}\n---\n# T\n"
BUSY = """import time

began = time.process_time()
while time.process_time() - began < 2.5:
    pass

print("done")"""
PICTURE = """import base64

from IPython.display import display

from mgai import settings

noise = base64.b64encode(settings.numpy_generator("noise").bytes({size})).decode()
display({{"image/png": noise}}, raw=True, metadata={{"image/png": {{"alt": "noise that no one would want to see"}}}})"""
#: Budgets a thousandth of the true ones, so that a test takes seconds: set where Python starts.
SMALL = """import mgai_book.budgets as budgets
budgets.REPORTED, budgets.FAILING, budgets.HEAVY, budgets.TOO_HEAVY = {}
import runpy, sys
sys.argv = ["mgai_book", "html"]
runpy.run_module("mgai_book", run_name="__main__")
"""


def page(front: str = "") -> Page:
    return Page("p", None, HEAD.replace("---\n# T", f"{front}---\n# T"))


def about(cpu: float = 0.0, **fields) -> dict:
    return {"cpu_seconds": cpu, "seconds": cpu, "slowness": 1.0, "profile": "fast", "device": "cpu", **fields}


@pytest.mark.parametrize(
    ("front", "stored", "reported", "fails"),
    [
        ("", about(14.9), False, False),
        ("", about(15.1), True, False),
        ("", about(60.1), True, True),
        ("", about(29.0, slowness=2.0), False, False),
        ("", about(121.0, slowness=2.0), True, True),
        ("", about(8.0, slowness=0.5), True, False),
        ("budget: 30\n", about(29.0), False, False),
        ("budget: 30\n", about(31.0), True, False),
        ("budget: 30\n", about(61.0), True, True),
        ("", about(299.0, profile="full"), False, False),
        ("", about(301.0, profile="full"), True, True),
        ("", about(2.0, profile="full", device="cuda", seconds=301.0), True, True),
        ("", about(400.0, profile="full", device="cuda", seconds=20.0), False, False),
        ("", {"cpu_seconds": 20.0}, True, False),
    ],
)
def test_what_is_reported_and_what_fails(front, stored, reported, fails):
    book, costs = Layout(None), [(page(front), budgets.cost(page(front), stored))]
    assert bool(budgets.time_reports(book, costs)) == reported
    assert bool(budgets.time_faults(book, costs, strict=True)) == fails
    assert budgets.time_faults(book, costs, strict=False) == []


@pytest.mark.parametrize("asked", ["31", "0", "-5", "much", "true", "[20]", ".nan"])
def test_a_page_may_not_ask_for_just_anything(asked):
    greedy = page(f"budget: {asked}\n")
    (fault,) = budgets.time_faults(Layout(None), [(greedy, budgets.cost(greedy, about()))], strict=False)
    assert "a page may ask for up to 30 CPU seconds" in fault.message


def test_slowness_is_the_time_of_the_calibration_over_that_of_the_reference(monkeypatch):
    measured = []
    known = budgets.slowness
    monkeypatch.setattr(budgets, "slowness", lambda seconds: measured.append(seconds) or known(seconds))
    slowness = execution.measure_slowness(execution.STOCK)
    assert slowness == round(measured[0] / budgets.REFERENCE, 3)
    assert 0.001 < measured[0] < 5, "long enough to be measured, short beside a page"


def test_a_machine_that_cannot_calibrate_is_taken_as_the_reference(monkeypatch):
    monkeypatch.setattr(budgets, "CALIBRATION", "raise RuntimeError('on purpose')")
    assert execution.measure_slowness(execution.STOCK) == 1.0


def test_a_stored_page_knows_how_slow_its_machine_was(good_book):
    import nbformat

    (path,) = (good_book.root / "_build/executed").rglob("*.ipynb")
    assert nbformat.read(path, as_version=4).metadata["mgai"]["slowness"] > 0


def test_the_weight_of_a_page_is_its_own_and_that_of_its_images(tmp_path):
    (tmp_path / "chapters").mkdir()
    (tmp_path / "_images").mkdir()
    (tmp_path / "_images/one.png").write_bytes(b"x" * 1000)
    (tmp_path / "_images/other.png").write_bytes(b"x" * 5000)
    shown = '<img alt="a &gt; b" src="../_images/one.png"><img src="../_images/one.png" />'
    others = '<img src="data:image/png;base64,AA"><a href="../_images/other.png">not shown</a>'
    (tmp_path / "chapters/p.html").write_text(shown + others)
    assert budgets.weight(tmp_path, "chapters/p") == 1000 + len((tmp_path / "chapters/p.html").read_text())


def build(book, times: tuple[float, float], weights: tuple[int, int], **environment: str):
    """Build with budgets that a test can exceed in seconds."""
    import os
    import subprocess
    import sys

    code = SMALL.format((*times, *weights))
    return subprocess.run([sys.executable, "-c", code], cwd=book.root, env=dict(os.environ, **environment),
                          capture_output=True, text=True, timeout=300)  # fmt: skip


ENOUGH = (10**9, 10**9)


def test_a_slow_page_is_reported_and_fails_under_strict(book):
    book.page.write_text(book.page.read_text() + f"\n```{{code-cell}} ipython3\n{BUSY}\n```\n")
    index = book.root / "book/index.md"
    index.write_text(index.read_text() + "\n```{build-report}\n```\n")
    shown = "book/chapters/1-linear-algebra/sample.md took"
    good = build(book, (1e-3, 1e9), ENOUGH, STRICT="1")
    assert good.returncode == 0, good.stdout + good.stderr
    assert f"over budget: {shown}" in good.stdout
    assert "WARNING" not in good.stderr
    html = (book.root / "_build/html/index.html").read_text()
    assert shown in html
    assert "No page weighs over" in html
    before = book.html.read_bytes()
    book.page.write_text(book.page.read_text() + "\nMore prose.\n")
    assert build(book, (1e-3, 2e-3), ENOUGH, STRICT="0").returncode == 0, "without STRICT it is only reported"
    assert book.html.read_bytes() != before
    before = book.html.read_bytes()
    bad = build(book, (1e-3, 2e-3), ENOUGH, STRICT="1")
    assert bad.returncode == 1
    assert "fails under STRICT=1" in bad.stdout
    assert "nothing was published" in bad.stdout
    assert book.html.read_bytes() == before


def test_a_heavy_page_is_reported_and_fails_under_strict(book):
    cell = PICTURE.format(size=30_000)
    book.page.write_text(book.page.read_text() + f"\n```{{code-cell}} ipython3\n{cell}\n```\n")
    index = book.root / "book/index.md"
    index.write_text(index.read_text() + "\n```{build-report}\n```\n")
    slow = (1e9, 1e9)
    plain = build(book, slow, (10**6, 3 * 10**6), STRICT="1")
    assert plain.returncode == 0, plain.stdout + plain.stderr
    assert "weighs" not in plain.stdout
    (size,) = [each for name, each in budgets.weights(Layout(book.root), book.root / "_build/html").items()
               if name.endswith("/sample")]  # fmt: skip
    assert size == book.html.stat().st_size + 30_000, "the picture's bytes count"
    currency.forget(Layout(book.root))  # the limits are patched here, which no digest of files sees
    good = build(book, slow, (size - 5000, 10**9), STRICT="1")
    assert good.returncode == 0
    assert "over budget: book/chapters/1-linear-algebra/sample.md weighs" in good.stdout
    assert "sample.md weighs" in (book.root / "_build/html/index.html").read_text()
    before = book.html.read_bytes()
    assert build(book, slow, (1000, size - 5000), STRICT="0").returncode == 0
    bad = build(book, slow, (1000, size - 5000), STRICT="1")
    assert bad.returncode == 1
    assert "it fails under STRICT=1" in bad.stdout
    assert book.html.read_bytes() == before


def test_strict_is_read_from_the_environment(monkeypatch):
    monkeypatch.delenv("STRICT", raising=False)
    assert not choosing.is_strict()
    monkeypatch.setenv("STRICT", "1")
    assert choosing.is_strict()
    with pytest.raises(layout.BookError):
        choosing.check_settings({"STRICT": "2"})
