"""A small book in a temporary folder: the real configuration, one page, one item."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

PAGE = """---
file_format: mystnb
kernelspec: {name: python3, display_name: Python 3, language: python}
items: [dlt-0.0]
section: 1.1 Foundations of Representing Data
---
# A sample page

:::{problem} dlt-0.0
Add two and two.
:::

The sum is {value}`dlt-0.0/sum:d`, see {claim}`dlt-0.0/sum`.

```{code-cell} ipython3
from mgai import claims

claims.equal(
    2 + 2, 4, item="dlt-0.0", name="sum", says="two and two make four", route="closed form",
    rejects={"off by one": 5},
)
```
"""

ITEM = """[[item]]
id = 'dlt-0.0'
title = 'Two and two'
locator = 'Lecture 0, exercise 0.0'
chapter = 1
kind = 'exercise'
status = 'solved'
page = 'chapters/1-linear-algebra/sample'
no_grade = 'a sample'
"""

CELL = "\n```{{code-cell}} ipython3\n{}\n```\n"


@dataclass
class SmallBook:
    """A checkout with one page, and the means to change and build it."""

    root: Path

    @property
    def page(self) -> Path:
        return self.root / "book/chapters/1-linear-algebra/sample.md"

    @property
    def catalogue(self) -> Path:
        return self.root / "book/catalogue/dlt.toml"

    @property
    def html(self) -> Path:
        return self.root / "_build/html/chapters/1-linear-algebra/sample.html"

    def run(self, *command: str, **environment: str) -> subprocess.CompletedProcess:
        return subprocess.run(
            [sys.executable, "-m", "mgai_book", *command],
            cwd=self.root, env=dict(os.environ, **environment), capture_output=True, text=True, timeout=300,
        )  # fmt: skip


@pytest.fixture(autouse=True)
def not_strict(monkeypatch):
    """What a build does under ``STRICT=1`` is asked for by the tests that mean it, not by who runs them."""
    monkeypatch.delenv("STRICT", raising=False)


@pytest.fixture(scope="session")
def good_book(tmp_path_factory) -> SmallBook:
    """The small book, built once."""
    root = tmp_path_factory.mktemp("small")
    write_small_book(root)
    book = SmallBook(root)
    result = book.run("html")
    assert result.returncode == 0, result.stdout + result.stderr
    return book


@pytest.fixture
def book(good_book, tmp_path) -> SmallBook:
    """A private copy of the built small book."""
    root = tmp_path / "copy"
    shutil.copytree(good_book.root, root, symlinks=True)
    return SmallBook(root)


def write_small_book(root: Path) -> None:
    chapter = root / "book/chapters/1-linear-algebra"
    chapter.mkdir(parents=True)
    (root / "book/catalogue").mkdir()
    (root / "book/reference").mkdir()
    shutil.copyfile(ROOT / "conf.py", root / "conf.py")
    for folder in ("_static", "_templates"):
        shutil.copytree(ROOT / "book" / folder, root / "book" / folder)
    for source in ("kaist", "dlt", "ps03", "cs"):
        (root / f"book/catalogue/{source}.toml").write_text(ITEM if source == "dlt" else "")
    toctree = "```{toctree}\nreference/ledger\nchapters/1-linear-algebra/sample\n```\n"
    (root / "book/index.md").write_text(f"# Small\n\n{toctree}\n```{{totals}}\n```\n")
    (root / "book/reference/ledger.md").write_text("# Ledger\n\n```{ledger}\n```\n")
    (root / "book/reference/sources.md").write_text("---\norphan: true\n---\n# Sources\n")
    (root / "book/reference/errata.md").write_text("---\norphan: true\n---\n# Errata\n\n```{errata}\n```\n")
    (root / "book/reference/bibliography.bib").write_text("")
    (chapter / "sample.md").write_text(PAGE)
