"""The rules that the package as a whole obeys, read off its source, and those of the test suite itself."""

import ast
import contextlib
import graphlib
import importlib.metadata
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.specifiers import SpecifierSet

import mgai
from mgai import settings

ROOT = Path(__file__).parents[1]
FILES = sorted((ROOT / "mgai").rglob("*.py"))
FOREIGN = {"IPython", "sphinx", "docutils", "myst_nb", "nbformat", "nbclient", "matplotlib.pyplot", "mlxtend",
           "pandas", "pytest", "mgai_book"}  # fmt: skip


def module_name(file):
    parts = file.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(file): ast.parse(file.read_text(encoding="utf-8")) for file in FILES}
each_module = pytest.mark.parametrize("name", MODULES)


def imported(tree, name, modules):
    """The modules among ``modules`` that a module imports, at its top or within functions."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in modules)
        elif isinstance(node, ast.ImportFrom):
            if node.level:
                raise AssertionError(f"{name} imports relatively: write the module's full name")
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield from {inner if inner in modules else node.module} & set(modules)


def attributes(tree):
    """Dotted names as they are written, such as ``os.environ.get``, and the names that are imported."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            yield ast.unparse(node)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def reads_environment(tree):
    doors = {"os.environ", "os.environb", "os.getenv", "os.putenv"}
    return any(".".join(name.split(".")[:2]) in doors for name in attributes(tree))


def undocumented(tree):
    """The public functions, classes and methods without a docstring."""
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and not node.name.startswith("_"):
            if not ast.get_docstring(node):
                yield node.name
            if isinstance(node, ast.ClassDef):
                yield from (f"{node.name}.{inner}" for inner in undocumented(node))


def test_the_readers_of_source_find_what_they_look_for():
    """Each check of this file on a module that breaks its rule."""
    assert reads_environment(ast.parse("import os\nx = os.environ.get('A')"))
    assert reads_environment(ast.parse("from os import getenv"))
    assert not reads_environment(ast.parse("import os\nx = os.path.join('a', 'b')"))
    broken = ast.parse('class A:\n    """A."""\n    def b(self): pass\n    def _c(self): pass\ndef d(): pass')
    assert list(undocumented(broken)) == ["A.b", "d"]
    tree = ast.parse("def f():\n    from mgai import claims\nimport mgai.data")
    assert sorted(imported(tree, "x", ["mgai", "mgai.claims", "mgai.data"])) == ["mgai.claims", "mgai.data"]


def test_the_module_graph_has_no_cycle():
    graph = {name: set(imported(tree, name, MODULES)) for name, tree in MODULES.items()}
    assert graph["mgai.claims"] >= {"mgai.records", "mgai.comparison"}
    tuple(graphlib.TopologicalSorter(graph).static_order())  # raises CycleError


def test_only_settings_reads_the_environment():
    assert [name for name, tree in MODULES.items() if reads_environment(tree)] == ["mgai.settings"]


@each_module
def test_every_module_and_everything_public_in_it_is_documented(name):
    assert ast.get_docstring(MODULES[name]), f"{name} has no docstring"
    assert list(undocumented(MODULES[name])) == []


@pytest.mark.parametrize("file", FILES, ids=module_name)
def test_modules_can_be_read_in_one_sitting(file):
    shared = file.parent == ROOT / "mgai"
    assert len(file.read_text(encoding="utf-8").splitlines()) <= (250 if shared else 400)


@each_module
def test_no_module_touches_global_random_state_or_pyplot(name):
    used = set(attributes(MODULES[name]))
    forbidden = {"torch.manual_seed", "torch.seed", "torch.cuda.manual_seed", "np.random.seed", "random",
                 "matplotlib.pyplot"}  # fmt: skip
    assert used & forbidden == set()


def test_importing_every_module_brings_in_no_tool_of_the_book(run_python):
    code = f"import importlib, sys\nfor name in {list(MODULES)}: importlib.import_module(name)\n"
    done = run_python("-W", "error", "-c", code + f"print(sorted({FOREIGN} & set(sys.modules)))")
    assert (done.stdout, done.stderr) == ("[]\n", "")


def test_the_version_is_that_of_the_project():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert mgai.__version__ == importlib.metadata.version("mgai") == project["version"]


def test_annotations_are_shipped_and_checked():
    assert (ROOT / "mgai" / "py.typed").is_file()
    if os.environ.get("MGAI_TYPECHECK", "1") == "0":
        pytest.skip("MGAI_TYPECHECK=0")
    with pytest.raises(Exception, match="Type-check error"):
        settings.generator(5)


# The suite itself

ONE_TEST = "import pytest\n@pytest.mark.{mark}\ndef test_it(): pass\n"


@pytest.fixture
def suite(tmp_path):
    """Run a suite of one marked test under our configuration, where there is no browser."""

    def run(mark, *arguments, **variables):
        (tmp_path / "conftest.py").write_text((ROOT / "tests" / "conftest.py").read_text(encoding="utf-8"))
        (tmp_path / "test_one.py").write_text(ONE_TEST.format(mark=mark))
        outer = ("MGAI_", "JAXTYPING", "PYTEST")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(outer)}
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-p",
            "no:cacheprovider",
            "-c",
            str(ROOT / "pyproject.toml"),
        ]
        command += ["--rootdir", str(tmp_path), *arguments, str(tmp_path)]
        return subprocess.run(command, env=kept | {"PATH": ""} | variables, capture_output=True, text=True)

    return run


def test_missing_browsers_are_announced_or_a_failure(suite):
    announced = suite("browser")
    assert announced.returncode == 0
    assert "BROWSER TESTS DID NOT RUN: 1 need Chromium" in announced.stdout
    required = suite("browser", MGAI_REQUIRE_BROWSER="1")
    assert required.returncode == 1 and "there is none of chromium" in required.stdout


def test_bad_input_never_passes_for_tested_while_the_hook_is_on(suite):
    mistaken = suite("bad_input", "-m", "bad_input")
    assert mistaken.returncode == 4 and "MGAI_TYPECHECK=0" in mistaken.stderr
    assert "1 skipped" in suite("bad_input").stdout
    assert "1 passed" in suite("bad_input", "-m", "bad_input", MGAI_TYPECHECK="0").stdout


def test_a_suite_without_the_hook_says_so_or_is_refused(suite):
    unchecked = suite("browser", MGAI_TYPECHECK="0")
    assert "TYPES WERE NOT CHECKED: 1 tests" in unchecked.stdout
    refused = suite("browser", JAXTYPING_DISABLE="1")
    assert refused.returncode != 0 and "JAXTYPING_DISABLE" in refused.stdout + refused.stderr


def test_installations_run_on_request_only(suite):
    assert "1 skipped" in suite("install").stdout
    assert "1 passed" in suite("install", MGAI_TEST_INSTALL="1").stdout
    assert suite("install", MGAI_TEST_INSTALL="yes").returncode == 1


def test_every_pinned_version_runs_on_the_first_python_that_is_promised():
    """A distribution that needs a later 3.11 would break the installation where that is the system's Python."""
    promised = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["requires-python"].removeprefix(">=")
    pinned = [line.split("==")[0] for line in (ROOT / "constraints.txt").read_text().splitlines() if "==" in line]
    for name in pinned:
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):  # for another system or an extra
            wanted = importlib.metadata.metadata(name).get("Requires-Python") or ""
            assert SpecifierSet(wanted).contains(f"{promised}.0"), f"{name} needs Python {wanted}"
