"""The code of the project and of its pages passes the linter; code files are formatted."""

import subprocess
import sys
from pathlib import Path

from mgai_book import layout, pages

ROOT = Path(__file__).parents[1]
CODE = ["mgai", "tests", "benchmarks", "book/extensions", "conf.py"]


def ruff(*arguments: str, folder: Path = ROOT) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "ruff", *arguments, "--no-cache", "--config", str(ROOT / "pyproject.toml")]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True)


def test_code_passes_the_linter():
    result = ruff("check", *CODE)
    assert result.returncode == 0, result.stdout


def test_code_is_formatted():
    result = ruff("format", "--check", *CODE)
    assert result.returncode == 0, result.stdout


def test_cells_pass_the_linter(tmp_path):
    book = layout.find(ROOT)
    for page in pages.executable(book):
        for number, (_, cell) in enumerate(pages.code_cells(page.notebook), start=1):
            name = page.docname.replace("/", "_").replace("-", "_")
            (tmp_path / f"{name}_cell_{number}.py").write_text(cell.source + "\n")
    # Cells display expressions (B018), use the letters of their formulas (E741, SIM300), are one block (I001).
    result = ruff("check", "--ignore", "B018,E741,I001,SIM300", ".", folder=tmp_path)
    assert result.returncode == 0, result.stdout
