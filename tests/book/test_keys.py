"""What an executed page depends on, case by case."""

import os
import py_compile
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from mgai_book import execution, keys
from mgai_book.layout import Layout
from mgai_book.pages import Page

ROOT = Path(__file__).parents[2]
HEAD = "---\nfile_format: mystnb\nkernelspec: {name: python3, display_name: Python 3, language: python}\n---\n"
CODE = "```{code-cell} ipython3\nfrom mgai.topic import one\nprint(one.f())\n```\n"


@pytest.fixture
def tree(tmp_path) -> Layout:
    package = tmp_path / "mgai"
    (package / "topic").mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "topic/__init__.py").write_text("")
    (package / "topic/one.py").write_text("from mgai import shared\n\ndef f(): return shared.g()\n")
    (package / "topic/other.py").write_text("def h(): return 1\n")
    (package / "shared.py").write_text("from .deep import g\n")
    (package / "deep.py").write_text("def g(): return 1\n")
    return Layout(tmp_path)


def key(tree: Layout, text: str = HEAD + CODE) -> str:
    return keys.key(tree, Page("p", tree.page("p"), text))


def test_prose_is_not_part_of_the_key(tree):
    assert key(tree) == key(tree, HEAD + "Some prose.\n\n" + CODE)


def test_code_is_part_of_the_key(tree):
    assert key(tree) != key(tree, HEAD + CODE.replace("one.f()", "one.f() + 1"))


def test_what_a_page_imports_from_elsewhere_is_followed_through_the_package(tree):
    (tree.root / "mgai/deep.py").write_text("def g():\n    import sympy\n    from scipy import stats\n")
    (tree.root / "mgai/topic/other.py").write_text("import networkx\n")
    text = HEAD + CODE.replace("from mgai", "import torch.linalg\nfrom mgai")
    assert keys.imported(tree.root, Page("p", tree.page("p"), text)) == {
        "torch.linalg", "sympy", "scipy", "scipy.stats",
    }  # fmt: skip


@pytest.mark.parametrize("module", ["topic/one.py", "shared.py", "deep.py", "topic/__init__.py", "__init__.py"])
def test_modules_that_the_page_reaches_are_part_of_the_key(tree, module):
    before = key(tree)
    path = tree.root / "mgai" / module
    path.write_text(path.read_text() + "\n# changed\n")
    assert key(tree) != before


def test_a_module_that_the_page_does_not_reach_is_not(tree):
    before = key(tree)
    (tree.root / "mgai/topic/other.py").write_text("def h(): return 2\n")
    assert key(tree) == before


def test_the_graded_exercise_is_part_of_the_key(tree):
    graded = HEAD + '```{code-cell} ipython3\nimport mgai\nmgai.grade("dlt-0.0/part", 4)\n```\n'
    path = tree.root / "mgai/answers/dlt_0_0.py"
    path.parent.mkdir()
    before = key(tree, graded)
    path.write_text("from mgai import shared\n")
    registered = key(tree, graded)
    (tree.root / "mgai/deep.py").write_text("def g(): return 2\n")
    assert len({before, registered, key(tree, graded)}) == 3


@pytest.mark.parametrize(
    ("variable", "value"),
    [("MGAI_SEED", "5"), ("MGAI_DEVICE", "cuda"), ("MGAI_PROFILE", "full"), ("MGAI_DTYPE", "float32")],
)
def test_settings_are_part_of_the_key(tree, monkeypatch, variable, value):
    monkeypatch.delenv(variable, raising=False)
    before = key(tree)
    monkeypatch.setenv(variable, value)
    assert key(tree) != before
    monkeypatch.setenv(variable, keys.SETTINGS[variable])
    assert key(tree) == before, "the default spelled out is the default"


def test_the_data_set_is_part_of_the_key(tree, monkeypatch, tmp_path):
    monkeypatch.delenv("MGAI_DATA", raising=False)
    before = key(tree)
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "images").write_bytes(b"1")
    monkeypatch.setenv("MGAI_DATA", str(folder))
    first = key(tree)
    (folder / "images").write_bytes(b"22")
    assert len({before, first, key(tree)}) == 3


def test_kernels_import_the_package_that_the_key_names(tmp_path):
    """Also in a second checkout, which shares an environment with the first."""
    chapter = tmp_path / "book/chapters/1-linear-algebra"
    chapter.mkdir(parents=True)
    shutil.copytree(ROOT / "mgai", tmp_path / "mgai")
    with (tmp_path / "mgai/__init__.py").open("a") as package:
        package.write("\nCHECKOUT = 'this one'\n")
    (tmp_path / "book/catalogue").mkdir()
    for source in ("kaist", "dlt", "ps03", "cs"):
        (tmp_path / f"book/catalogue/{source}.toml").write_text("")
    (tmp_path / "book/index.md").write_text(
        HEAD + "# T\n\n```{code-cell} ipython3\nimport mgai\nprint(mgai.CHECKOUT)\n```\n"
    )
    command = [sys.executable, "-m", "mgai_book", "check"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr


def test_installed_versions_are_part_of_the_key(tree, monkeypatch):
    before = key(tree)
    monkeypatch.setattr(keys, "environment", lambda: ("3.11", "torch==99"))
    assert key(tree) != before


@pytest.mark.parametrize("folder", ["empty", "not there"])
def test_a_folder_without_data_is_not_the_same_as_none(tree, monkeypatch, tmp_path, folder):
    """A page executed with it fails: it must not be given the outputs of another data set."""
    monkeypatch.delenv("MGAI_DATA", raising=False)
    before = key(tree)
    (tmp_path / "empty").mkdir()
    monkeypatch.setenv("MGAI_DATA", str(tmp_path / folder))
    assert key(tree) != before


def test_bytecode_of_other_content_is_not_run_whatever_its_time(tree):
    """As when files are unpacked with one time for all."""
    module = tree.root / "mgai/topic/other.py"
    first = module.stat()
    py_compile.compile(str(module), invalidation_mode=py_compile.PycInvalidationMode.TIMESTAMP)
    for number in (2, 3):  # the first finds Python's own kind of bytecode, the second ours
        module.write_text(f"def h(): return {number}\n")
        os.utime(module, ns=(first.st_atime_ns, first.st_mtime_ns))
        execution.check_bytecode([module])
        command = [sys.executable, "-P", "-c", "from mgai.topic import other; print(other.h())"]
        environment = dict(os.environ, PYTHONPATH=str(tree.root))
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        assert done.stdout == f"{number}\n"


def test_a_module_that_the_key_does_not_name_is_told(tree):
    page = Page("p", tree.page("p"), HEAD + CODE)
    unseen, elsewhere = str(tree.root / "mgai/topic/other.py"), "/elsewhere/mgai/x.py"
    seen = [str(path) for path in keys.reached(tree.root, page)]
    outcome = execution.Outcome(page, page.notebook, ran=[*seen, unseen, elsewhere])
    assert execution._unseen(tree, page, outcome) == ["mgai/topic/other.py"]
