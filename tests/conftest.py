"""What all tests share: the type-checking hook, the browser, claims forgotten between tests.

The suite runs in two passes. In the first, jaxtyping and beartype check every annotation in mgai at run
time. A user has no such hook and meets our own errors on bad input: tests of those carry the mark
``bad_input`` and run in a second pass, ``MGAI_TYPECHECK=0 pytest -m bad_input``.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

os.environ["OMP_NUM_THREADS"] = "1"  # before torch is imported: two processes with many threads each crawl
os.environ["MPLBACKEND"] = "agg"  # for the processes that tests start, too

import pytest
from hypothesis import settings as hypothesis_settings
from mgai_book.browsers import NAMES, find_browser
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

# The same examples in every run, and no limit on the time of one: the first call of a function pays for its hook.
hypothesis_settings.register_profile("book", deadline=None, derandomize=True)
hypothesis_settings.load_profile("book")

_TYPECHECKER = "beartype.beartype(conf=beartype.BeartypeConf(is_pep484_tower=True))"  # an int is a float
ROOT = Path(__file__).parents[1]


def _switch(variable: str, default: str) -> bool:
    value = os.environ.get(variable, default)
    if value not in ("0", "1"):
        raise pytest.UsageError(f"{variable}={value!r} is neither 0 nor 1")
    return value == "1"


TYPECHECKED = _switch("MGAI_TYPECHECK", "1")


def _install_hook() -> None:
    if "mgai" in sys.modules:
        raise pytest.UsageError("mgai was imported before the type-checking hook could be installed")
    if os.environ.get("JAXTYPING_DISABLE", "0").lower() not in ("", "0", "false"):
        raise pytest.UsageError("JAXTYPING_DISABLE turns type checking off: unset it, or set MGAI_TYPECHECK=0")
    import jaxtyping

    jaxtyping.install_import_hook("mgai", _TYPECHECKER)


if TYPECHECKED:
    _install_hook()


class _Everywhere:
    """Hooks and fixtures that also hold for the doctests in mgai/, which lie outside this folder."""

    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        if item.get_closest_marker("bad_input") and TYPECHECKED:
            pytest.skip("the type-checking hook is on: run with MGAI_TYPECHECK=0 -m bad_input")
        if item.get_closest_marker("install") and not _switch("MGAI_TEST_INSTALL", "0"):
            pytest.skip("installs into fresh environments: set MGAI_TEST_INSTALL=1")
        if item.get_closest_marker("browser") and find_browser() is None:
            if _switch("MGAI_REQUIRE_BROWSER", "0"):
                pytest.fail(f"MGAI_REQUIRE_BROWSER=1, but there is none of {', '.join(NAMES)}")
            pytest.skip("no Chromium")

    @pytest.fixture(autouse=True)
    def _apart(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        """Each test is on its own: no claims made before, no failures merely collected, no data folder."""
        monkeypatch.delenv("MGAI_COLLECT", raising=False)
        monkeypatch.delenv("MGAI_DATA", raising=False)
        _forget_claims()
        yield
        _forget_claims()


def _forget_claims() -> None:
    records = sys.modules.get("mgai.records")  # not imported here: importing torch takes seconds
    if records is not None:
        records._made.clear()


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(_Everywhere(), "mgai-everywhere")


#: The files that take longest come first, so that no process is left with one of them when the others are done; then
#: those that do not wait for the whole site.
_FIRST = ("tests/site/test_cells.py", "tests/site/test_browser.py", "tests/book/", "tests/site/")


def _turn(item: pytest.Item) -> int:
    return next((turn for turn, start in enumerate(_FIRST) if item.nodeid.startswith(start)), len(_FIRST))


@pytest.hookimpl(trylast=True)  # after -m and -k have deselected
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    items.sort(key=_turn)
    bad_input = [item for item in items if item.get_closest_marker("bad_input")]
    if TYPECHECKED and config.option.markexpr and items and len(bad_input) == len(items):
        raise pytest.UsageError("only bad_input tests are selected, and they do not run with the hook on: "
                                "set MGAI_TYPECHECK=0")  # fmt: skip
    _note_what_does_not_run(config, items, 0 if TYPECHECKED else len(items) - len(bad_input))


_NOTES = pytest.StashKey[list[str]]()


def _notes(config: pytest.Config) -> list[str]:
    """What is said once, next to the totals; each process of a parallel run has its own list."""
    return config.stash.setdefault(_NOTES, [])


def _note_what_does_not_run(config: pytest.Config, items: list[pytest.Item], unchecked: int) -> None:
    browser_tests = sum(item.get_closest_marker("browser") is not None for item in items)
    if browser_tests and find_browser() is None:
        _notes(config).append(f"BROWSER TESTS DID NOT RUN: {browser_tests} need Chromium, and there is none")
    if unchecked:
        _notes(config).append(f"TYPES WERE NOT CHECKED: {unchecked} tests ran with MGAI_TYPECHECK=0")


def pytest_sessionfinish(session: pytest.Session) -> None:
    if hasattr(session.config, "workeroutput"):  # a process of a parallel run tells the one that prints
        session.config.workeroutput["notes"] = _notes(session.config)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    _notes(node.config).extend(getattr(node, "workeroutput", {}).get("notes", []))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    for line in dict.fromkeys(_notes(config)):
        terminalreporter.write_line(line, yellow=True, bold=True)


@pytest.fixture(scope="session")
def note(pytestconfig: pytest.Config) -> Callable[[str], None]:
    """Say something at the end of the run, such as a page that is allowed but heavy."""
    return _notes(pytestconfig).append


@pytest.fixture
def run_python(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run Python with arguments and standard input in an empty folder, as a user would: without the hook."""

    def run(*arguments: str, stdin: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
        mine = {name: value for name, value in os.environ.items() if not name.startswith(("MGAI_", "MPL"))}
        environment = mine | {"PYTHONPATH": str(ROOT)} | variables
        command = [sys.executable, *arguments]
        return subprocess.run(
            command, input=stdin, env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=120
        )

    return run


def _with_needs(*names: str) -> list[metadata.Distribution]:
    """The named distributions and all that they need, here and now."""
    found: dict[str, metadata.Distribution] = {}
    waiting = list(names)
    while waiting:
        name = canonicalize_name(waiting.pop())
        if name not in found:
            found[name] = metadata.distribution(name)
            needs = map(Requirement, found[name].requires or [])
            waiting += [need.name for need in needs if need.marker is None or need.marker.evaluate({"extra": ""})]
    return list(found.values())


@pytest.fixture
def environment_with() -> Callable[..., Path]:
    """Make a virtual environment that has some distributions: links to the ones in use here.

    ``alone``: distributions that are linked without what they need. Returns its interpreter.
    """

    def make(folder: Path, *names: str, pip: bool = False, alone: Iterable[str] = ()) -> Path:
        command = [sys._base_executable, "-m", "venv", *([] if pip else ["--without-pip"]), folder]
        subprocess.run(command, check=True, capture_output=True)
        (site,) = folder.glob("lib/python*/site-packages")
        for distribution in [*_with_needs(*names), *map(metadata.distribution, alone)]:
            for top in {file.parts[0] for file in distribution.files} - {"..", "__pycache__"}:
                if not (site / top).exists():
                    (site / top).symlink_to(distribution.locate_file(top))
        return folder / "bin" / "python"

    return make


@pytest.fixture
def recorded(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The records published during a test, in order, also those of failing claims."""
    from mgai import claims, records, statistical, symbolic

    published: list[Any] = []

    def publish(record: Any) -> None:
        published.append(record)
        records.publish(record)

    for module in (claims, statistical, symbolic):
        monkeypatch.setattr(module, "publish", publish)
    return published


@pytest.fixture(scope="session")
def browser_path() -> str:
    """The path of the system's Chromium; tests that use it carry the mark ``browser``."""
    found = find_browser()
    if found is None:
        pytest.skip("no Chromium")
    return found
