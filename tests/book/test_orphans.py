"""Formulas and functions name each other; pages and modules have each other. First on a small book, then on ours."""

import doctest
from pathlib import Path

import pytest
from mgai_book import layout, orphans

ROOT = Path(__file__).parents[2]
CHAPTER = "1-linear-algebra"
SHOWS, NORMS = f"book/chapters/{CHAPTER}/norms.md", "mgai/linear_algebra/norms.py"
HEAD = "---\nfile_format: mystnb\nkernelspec: {name: python3, display_name: Python 3, language: python}\n---\n# Norms\n"
PAGE = HEAD + (
    "\n:::{formula} cs-01-01\n:implements: mgai.linear_algebra.norms.norm\n:::\n\n"
    "```{code-cell} ipython3\nfrom mgai.linear_algebra import norms\n\nnorms.shown(1)\n```\n"
)
MODULE = '''"""Norms. Shown on the page ``chapters/1-linear-algebra/norms``."""
from mgai.linear_algebra.checks import check
def norm(x):
    """A norm.

    Formula ``cs-01-01``.
    """
    return _inner(x)
def shown(x):
    """Shown."""
def _inner(x):
    return helper(x)
def helper(x):
    """Reached by a private name from a used one."""
    check(x)
'''


@pytest.fixture
def book(tmp_path):
    files = {
        f"book/chapters/{CHAPTER}/norms.md": PAGE,
        "mgai/__init__.py": '"""Root."""\n',
        "mgai/linear_algebra/__init__.py": '"""Chapter."""\n',
        "mgai/linear_algebra/norms.py": MODULE,
        "mgai/linear_algebra/checks.py": '"""Checks; no page uses them itself."""\ndef check(x):\n    """Check."""\n',
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


def told(book):
    return [str(fault) for fault in orphans.faults(layout.Layout(book))]


def change(path, old, new):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_a_book_in_which_everything_is_linked_has_no_orphan(book):
    assert told(book) == []


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        (SHOWS, "norms.shown(1)", "print(1)", "names mgai.linear_algebra.norms.shown"),
        (SHOWS, ".norms.norm", ".norms.nrom", "no public mgai.linear_algebra.norms.nrom"),
        (SHOWS, ".norms.norm", ".norms._inner", "no public mgai.linear_algebra.norms._inner"),
        (NORMS, "cs-01-01", "cs-01-02", "norms.norm does not say ``cs-01-01``"),
        (NORMS, "algebra/norms``", "algebra/nomrs``", "norms does not say ``chapters/1-linear-algebra/norms``"),
        (NORMS, "algebra/norms``", "algebra/nomrs``", "norms names no page that exists"),
        (NORMS, "return helper(x)", "return x", "names mgai.linear_algebra.norms.helper"),
        (NORMS, "    check(x)", "", "names mgai.linear_algebra.checks.check"),
        (NORMS, "    check(x)", "    check = x", "names mgai.linear_algebra.checks.check"),
    ],
)
def test_each_kind_of_orphan_is_told(book, file, old, new, message):
    change(book / file, old, new)
    assert any(message in each for each in told(book)), told(book)


def test_a_page_without_its_module_is_told(book):
    (book / f"book/chapters/{CHAPTER}/other-page.md").write_text(HEAD)
    assert told(book) == [f"book/chapters/{CHAPTER}/other-page.md:1: there is no module mgai.linear_algebra.other_page"]


def test_the_grading_of_answers_reaches_what_it_compares_with(book):
    (book / "mgai/linear_algebra/extra.py").write_text('"""Extra."""\ndef reference():\n    """Reference."""\n')
    assert told(book) == ["mgai/linear_algebra/extra.py:1: no page uses or names mgai.linear_algebra.extra.reference"]
    (book / "mgai/answers.py").write_text("from mgai.linear_algebra import extra\nANSWERS = {1: extra.reference}\n")
    assert told(book) == []


def test_examples_in_docstrings():
    assert doctest.testmod(orphans) == (0, 1)


def test_this_book_has_no_orphan():
    found = orphans.faults(layout.find(ROOT))
    assert not found, "\n".join(map(str, found))
