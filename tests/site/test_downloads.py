"""What a reader takes along from a page says what the page says, and runs in an empty folder with the site's wheel."""

import copy
import json
import os
import random
import re
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from importlib import metadata
from pathlib import Path

import nbformat
import pytest
from mgai_book import cells, install, keys, layout, ledger, pages, scheduling, sliders, wheel
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]
DIRECTIVE = re.compile(r"^\s*(?:> )*(?::{3,}|`{3,}\{)|\{[a-z:-]+\}`", re.M)
FORMULA = re.compile(r"(?<![\\$])\$(?!\$)([^$]+)\$|\$\$([^$]+)\$\$|(\\begin\{(\w+\*?)\}.*?\\end\{\4\})", re.S)
EXECUTE = """
import json, sys
import nbformat
from nbclient import NotebookClient
notebook = nbformat.read(sys.argv[1], as_version=4)
probe = nbformat.v4.new_code_cell("import mgai; print(mgai.__file__)")
notebook.cells.append(probe)
NotebookClient(notebook, kernel_name="python3", timeout=600, record_timing=False).execute()
nbformat.write(notebook, "executed.ipynb")
print(json.dumps({"mgai": probe.outputs[0].text.strip()}))
"""
SAMPLE = 24
executed = [page.docname for page in pages.executable(layout.find(ROOT))]
each_page = pytest.mark.parametrize("name", executed)
#: The pages that run as scripts; in the whole check, which installs, the others run as notebooks.
as_scripts = random.Random(int(os.environ.get("MGAI_SEED", "0"))).sample(executed, min(SAMPLE, len(executed)))


def without_ours() -> dict[str, str]:
    """The environment as a reader has it: nothing of this project but the settings under which the site was built."""
    apart = ("MGAI_", "PYTHON")
    return {key: value for key, value in os.environ.items() if not key.startswith(apart) or key in keys.SETTINGS}


def notebook(site: Path, name: str) -> nbformat.NotebookNode:
    return nbformat.read(site / "downloads" / f"{name}.ipynb", as_version=4)


def claim_lines(name: str, made: nbformat.NotebookNode) -> list[str]:
    return [entry.record["line"] for entry in ledger.of_notebook(name, made) if entry.is_claim]


def prose(made: nbformat.NotebookNode) -> str:
    """The Markdown of a downloaded notebook without its first cell."""
    return "\n\n".join(cell.source for cell in made.cells[1:] if cell.cell_type == "markdown")


@each_page
def test_no_directive_is_left_in_it(site, name):
    text = prose(notebook(site, name))
    code = (site / "downloads" / f"{name}.py").read_text(encoding="utf-8")
    assert DIRECTIVE.findall(text) == DIRECTIVE.findall(re.sub("^# ?", "", code, flags=re.M)) == []
    assert (
        DIRECTIVE.search(":::{answer}") and DIRECTIVE.search("see {value}`a/b`") and DIRECTIVE.search("```{prf:proof}")
    )


@each_page
def test_it_says_what_the_page_says(site, soup, name):
    """Headings, titles of boxes, numbers from claims and every formula, as often as on the page."""
    article, text = copy.copy(soup(site / f"{name}.html").article), prose(notebook(site, name))
    unlinked = re.sub(r"\[([^\]]*)\]\(http[^)]*\)", r"\1", re.sub(r"\s*\n(> *)*|\s+", " ", FORMULA.sub("$", text)))
    shown = Counter(bare(formula.get_text()) for formula in article.select(".math"))
    assert shown == Counter(bare("".join(groups[:3])) for groups in FORMULA.findall(text))
    for apart in article.select(".cell, .mgai-install, .mgai-provenance"):
        apart.extract()  # cells are compared below
    for selector in ("h1, h2, h3", ".admonition-title", ".sd-summary-text", ".mgai-value", "p"):
        missing = [words for tag in article.select(selector) if (words := letters(tag)) not in marks(unlinked)]
        assert not missing, selector


def marks(text: str) -> str:
    """The text without what Markdown or the page adds to it."""
    return re.sub(r"[\\*`#\s]", "", text)


def letters(tag) -> str:
    """What a tag says, a sign in the place of each formula."""
    parts = ("$" if "math" in part.parent.get("class", []) else part for part in tag.find_all(string=True))
    return marks("".join(parts))


def bare(tex: str) -> str:
    """A formula with its number, without delimiters, environments of the display and spaces."""
    tex = re.sub(r"^\s*\(([\d.]+)\)#?\s*(.*?)(\\\])?\s*$", r"\2\\tag{\1}", tex, flags=re.S)
    tex = re.sub(r"^\s*\\[\[(]|\\[\])]\s*$|\\(?:begin|end)\{(?:split|aligned|align)\}|^> ?", "", tex, flags=re.M)
    return re.sub(r"[\s>]+", "", tex.replace(r"\vert ", "|").replace(r"\Vert ", r"\|"))


@each_page
def test_its_first_cells_give_the_install_line_and_nothing_runs_it(site, name):
    given = install.offer(layout.find(ROOT), os.environ.get("SITE_URL", ""))
    first, line = notebook(site, name).cells[:2]
    assert first.cell_type == "markdown" and given.command in first.source and given.command_with_extra in first.source
    assert (line.cell_type, line.source, line.outputs) == ("code", f"# %{given.command}", [])
    code = (site / "downloads" / f"{name}.py").read_text(encoding="utf-8")
    assert f"# {given.command}" in code.split("# %%")[1]


@each_page
def test_its_outputs_show_everywhere(site, name):
    """Claims as a line of text beside the record; pictures in forms that an untrusted notebook shows, too."""
    made = notebook(site, name)
    assert made.nbformat_minor >= 5 and set(made.metadata) <= {"kernelspec", "language_info", "mgai"}
    stored = nbformat.read(layout.find(ROOT).notebook(name), as_version=4)
    given = [cell.outputs for _, cell in pages.code_cells(made)][1:]
    assert [len(each) for each in given] == [len(cell.outputs) for _, cell in pages.code_cells(stored)]
    for output in (output for outputs in given for output in outputs if "data" in output):
        if ledger.MIME in output.data:
            assert output.data[ledger.MIME]["line"] == output.data["text/plain"]
        elif "image/svg+xml" in output.data:
            alt = output.metadata["image/svg+xml"]["alt"]
            assert output.data["text/html"].startswith('<img alt="') and alt in output.data["text/plain"]


@each_page
def test_the_install_line_is_behind_one_word_above_the_first_cell(site, soup, name):
    given = install.offer(layout.find(ROOT), os.environ.get("SITE_URL", ""))
    page = soup(site / f"{name}.html")
    (folded,) = page.select("details.mgai-install")
    assert "cell" in folded.find_next_sibling()["class"] and not folded.find_previous(class_="cell")
    assert folded.find("pre").get_text() == given.command and not folded.has_attr("open")
    assert (site / f"{name}.html").parent.joinpath(folded.a["href"]).resolve().name == wheel.name(layout.find(ROOT))


def test_the_install_line_is_on_the_front_page(site, soup):
    given = install.offer(layout.find(ROOT), os.environ.get("SITE_URL", ""))
    lines = [line.get_text() for line in soup(site / "index.html").select(".mgai-install-line pre")]
    assert lines == [given.command, given.command_with_extra]
    assert (site / "downloads" / given.file).is_file()


# --- they run, with mgai from the wheel ---


@pytest.fixture(scope="session")
def library(site, tmp_path_factory) -> Path:
    """A folder with what is in the wheel among the downloads."""
    folder = tmp_path_factory.mktemp("library")
    (built,) = (site / "downloads").glob("*.whl")
    command = ["-m", "pip", "install", "-q", "--no-index", "--no-deps", "--target", folder, built]
    subprocess.run([sys.executable, *command], check=True)
    return folder


def test_a_sample_of_scripts_runs_in_an_empty_folder(site, library, monkeypatch):
    """Each prints the claims of its page with the same numbers, and saves its figures.

    The other pages run as notebooks in the test at the end, and the cells of all of them alone in ``test_cells``.
    """
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(library), str(ROOT / "book/extensions")]))
    probe = "\nimport mgai\nprint('mgai from', mgai.__file__)\n"
    scripts = [(name, (site / "downloads" / f"{name}.py").read_text(encoding="utf-8")) for name in as_scripts]
    book = [[cells.Cell(name, 1, code + probe)] for name, code in scripts]
    compared = 0
    for result in cells.run_pages(book, scheduling.workers(), seconds=600, warm=False):
        assert not result.problem, f"{result.cell.docname}.py: {result.problem}"
        assert f"mgai from {library}" in result.printed
        made = notebook(site, result.cell.docname)
        expected = claim_lines(result.cell.docname, made)
        alone = cells.claim_lines(result.printed)
        assert len(alone) == len(expected) and all(map(cells.same_line, alone, expected)), result.cell.docname
        compared += len(alone)
        shown = [output.get("data", {}) for _, cell in pages.code_cells(made) for output in cell.outputs]
        figures = sum(len(data[sliders.MIME]["frames"]) for data in shown if sliders.MIME in data)
        figures += sum("image/" in " ".join(data) for data in shown if sliders.MIME not in data)
        assert result.printed.count("saved as mgai-figures") == figures
    assert compared > 0


def execute(python: Path | str, site: Path, name: str, folder: Path, **variables: str) -> dict:
    """Execute a downloaded notebook in an empty folder; its claims hold again, and it warns of nothing."""
    folder.mkdir()
    environment = without_ours() | {"IPYTHONDIR": str(folder / ".ipython"), "PYDEVD_DISABLE_FILE_VALIDATION": "1"}
    environment |= variables
    command = [str(python), "-c", EXECUTE, str(site / "downloads" / f"{name}.ipynb")]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, f"{name}: {done.stderr[-2000:]}"
    found, given = nbformat.read(folder / "executed.ipynb", as_version=4), notebook(site, name)
    now, before = (claim_lines(name, each) for each in (found, given))
    assert len(now) == len(before) and all(map(cells.same_line, now, before)), name
    outputs = [output for _, cell in pages.code_cells(found) for output in cell.outputs]
    assert not [output.text for output in outputs if output.get("name") == "stderr"]
    return {"claims": len(now), **json.loads(done.stdout.splitlines()[-1])}


def test_a_notebook_of_each_chapter_runs_in_an_empty_folder(site, library, tmp_path):
    """The shortest of each chapter; far more of them in the test below."""
    shortest = {}
    for name in sorted(executed, key=lambda name: -len(prose(notebook(site, name)))):
        shortest[name.split("/")[1]] = name
    jobs = enumerate(shortest.values())
    told = [execute(sys.executable, site, name, tmp_path / str(n), PYTHONPATH=str(library)) for n, name in jobs]
    assert all(Path(said["mgai"]).is_relative_to(library) for said in told) and any(said["claims"] for said in told)


@pytest.fixture
def python(site, environment_with, tmp_path) -> Path:
    """The interpreter of a new environment: mgai installed from the wheel by pip, what it needs linked from here."""
    needs = [Requirement(line).name for line in metadata.requires("mgai") if "extra" not in line]
    made = environment_with(tmp_path / "environment", *needs, "nbclient", "ipykernel", pip=True, alone=["mlxtend"])
    (built,) = (site / "downloads").glob("*.whl")
    command = [made, "-m", "pip", "install", "--no-index", "--no-cache-dir", built]  # its needs must be there
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "PIP_"))}
    done = subprocess.run(command, env=environment | {"PIP_CONFIG_FILE": os.devnull}, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return made


@pytest.mark.install
def test_the_wheel_installs_into_a_new_environment_where_downloads_run(site, python, tmp_path):
    book = python.parents[1]
    code = (site / "downloads" / f"{executed[0]}.py").read_text(encoding="utf-8")
    (tmp_path / "empty").mkdir()
    done = subprocess.run(
        [str(python), "-"], input=code + "\nimport mgai\nprint(mgai.__file__)", cwd=tmp_path / "empty",
        env=without_ours(), capture_output=True, text=True, timeout=900,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert "✓" in done.stdout and Path(done.stdout.splitlines()[-1]).is_relative_to(book)
    jobs = enumerate(name for name in executed if name not in as_scripts)
    with ThreadPoolExecutor(scheduling.workers()) as pool:
        told = list(pool.map(lambda job: execute(python, site, job[1], tmp_path / str(job[0])), jobs))
    assert all(Path(said["mgai"]).is_relative_to(book) for said in told) and any(said["claims"] for said in told)
