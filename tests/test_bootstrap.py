"""Installing: every decision on small stand-ins; the routes themselves, really, with MGAI_TEST_INSTALL=1."""

import ast
import importlib.util
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from importlib import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SCRIPT = ROOT / "book" / "extensions" / "bootstrap.py"
spec = importlib.util.spec_from_file_location("bootstrap", SCRIPT)
bootstrap = importlib.util.module_from_spec(spec)
spec.loader.exec_module(bootstrap)

OFFLINE = "connection broken by NewConnectionError\nERROR: No matching distribution found for torch\n"
CONFLICT = "    a 1 depends on b\nERROR: ResolutionImpossible: for help visit ...\n"
ENVIRONMENT = {"root": "/r", "prefix": "/usr", "python": "3.11.7", "torch": ""}
STAMP = {"environment": ENVIRONMENT, "inputs": "a", "executable": sys.executable}
really = pytest.mark.skipif(os.environ.get("MGAI_TEST_INSTALL") != "1", reason="needs MGAI_TEST_INSTALL=1")


def run(*command, cwd=ROOT, **environment):
    return subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env={**os.environ, "MAKEFLAGS": "", "MAKELEVEL": "0", **environment},  # as if no make had called us
        capture_output=True,
        text=True,
    )


@pytest.fixture
def project(tmp_path):
    """The files that decide about ``.venv``, and nothing else of the project."""
    for name in (*bootstrap.INPUTS, "Makefile", "book/extensions/bootstrap.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


@pytest.fixture
def pretended(project):
    """A finished ``.venv`` whose python notes how it is called and obeys the file ``answer``."""
    python = project / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text('#!/bin/sh\necho "$*" >> "$0.calls"\ncat "$0.answer"\nexit $(cat "$0.status")\n')
    python.chmod(0o755)
    (python.parent / "python.answer").write_text("/elsewhere/torch/__init__.py\n")
    (python.parent / "python.status").write_text("0")
    (project / ".venv" / "install.log").write_text("")
    facts = "import bootstrap as b, pathlib as p; b.write_stamp(p.Path('.venv'), b.wanted_stamp(p.Path.cwd()))"
    done = run(sys._base_executable, "-c", facts, cwd=project, PYTHONPATH=str(project / "book/extensions"))
    assert done.returncode == 0, done.stderr
    return project


def setup(project, **environment):
    return run(sys._base_executable, project / "book/extensions/bootstrap.py", "setup", cwd=project, **environment)


def calls(project):
    noted = project / ".venv" / "bin" / "python.calls"
    return noted.read_text().splitlines() if noted.exists() else []


@pytest.mark.parametrize("version, refused", [((3, 9), True), ((3, 10, 13), True), ((3, 11), False), ((4, 0), False)])
def test_interpreter_too_old(version, refused):
    assert bool(bootstrap.too_old(version)) == refused


def test_too_old_interpreter_says_so_in_one_line():
    ast.parse(SCRIPT.read_text(), feature_version=(3, 9))
    pretend = "import runpy, sys; sys.version_info = (3, 9, 2); sys.argv[1:] = ['setup', '--chosen']; "
    done = run(sys._base_executable, "-c", pretend + f"runpy.run_path({str(SCRIPT)!r}, run_name='__main__')")
    assert done.returncode == 1 and done.stdout == ""
    assert re.fullmatch(r"mgai: Python 3\.9 is too old, 3\.11 or later is needed: .*PYTHON=.*\n", done.stderr)


@pytest.mark.parametrize("version", ["2.6.0", "2.11.0+cu130", "2.13.0", "2.7.0a0+79aa17489c.nv25.4", "3.0"])
def test_torch_that_is_kept(version):
    assert bootstrap.usable_torch(version) == version


@pytest.mark.parametrize("version", ["", "2.5.1", "1.13.1+cu117", "unknown"])
def test_torch_that_is_not_used(version):
    assert bootstrap.usable_torch(version) == ""


def test_judge_tells_the_states_of_an_environment_apart(tmp_path):
    venv, other = tmp_path / ".venv", {**STAMP, "environment": {**ENVIRONMENT, "torch": "2.11.0"}}
    assert bootstrap.judge({}, STAMP, venv) == "absent"
    (venv / "bin").mkdir(parents=True)
    assert bootstrap.judge(STAMP, STAMP, venv) == "foreign"
    (venv / "install.log").touch()
    assert bootstrap.judge(STAMP, STAMP, venv) == "unfinished"  # no interpreter in it
    (venv / "bin" / "python").symlink_to(tmp_path / "gone")
    assert bootstrap.judge(STAMP, STAMP, venv) == "unfinished"
    (venv / "bin" / "python").unlink()
    (venv / "bin" / "python").touch()
    assert bootstrap.judge({}, STAMP, venv) == "unfinished"
    assert bootstrap.judge(other, STAMP, venv) == "other"
    assert bootstrap.judge({**STAMP, "inputs": "b"}, STAMP, venv) == "stale"
    assert bootstrap.judge(STAMP, STAMP, venv) == "finished"


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "3", '{"inputs": "a"}'])
def test_broken_stamp_is_no_stamp(tmp_path, text):
    (tmp_path / "stamp.json").write_text(text)
    assert bootstrap.read_stamp(tmp_path) == {}


def test_environment_stays_on_the_interpreter_it_was_made_with(tmp_path):
    recorded, own, base = sys.executable, "/usr/bin/python3", "/usr/bin/python3.11"
    stamp, venv = {**STAMP, "executable": recorded}, tmp_path / ".venv"
    choose = bootstrap.replacement
    assert choose(stamp, False, venv, "/usr", own, base) == recorded
    assert choose(stamp, True, venv, "/usr", own, base) == ""
    assert choose({**stamp, "executable": "/gone/python"}, False, venv, "/usr", own, base) == ""
    assert choose({}, False, venv, "/usr", own, base) == ""
    assert choose(stamp, True, venv, str(venv), str(venv / "bin/python"), base) == recorded  # activated
    assert choose({}, False, venv, str(venv), str(venv / "bin/python"), base) == base


@pytest.mark.parametrize("name", ["numpy", "scipy", "torch", "no_such_distribution"])
def test_installed_versions(name):
    try:
        assert bootstrap.installed(name) == metadata.version(name)
    except metadata.PackageNotFoundError:
        assert bootstrap.installed(name) == ""


def test_torch_is_installed_first_or_not_at_all(tmp_path):
    fresh, on_top = (bootstrap.pip_steps(tmp_path, torch, ["-c", "x"]) for torch in ("", "2.11.0"))
    assert fresh[0] == ("torch", ["install", "-c", "x", "torch"]) and fresh[1:] == on_top
    assert all(arguments[:3] == ["install", "-c", "x"] for _, arguments in fresh)
    assert "--no-deps" in on_top[-1][1]


def test_what_is_installed_already_is_frozen_on_top_of_a_torch(tmp_path, monkeypatch):
    (tmp_path / ".venv").mkdir()
    monkeypatch.setattr(bootstrap, "installed", {"torch": "2.11.0+cu130", "numpy": "2.1.0", "scipy": ""}.get)
    offline = bootstrap.Installer(tmp_path / ".venv", None, 0, tmp_path / "wheels")
    options = bootstrap.stack_options(tmp_path, "2.11.0+cu130", offline)
    frozen = tmp_path / ".venv" / "frozen.txt"
    assert frozen.read_text() == "torch==2.11.0+cu130\nnumpy==2.1.0\n"
    assert options == ["-c", str(frozen), "--find-links", str(tmp_path / "wheels")]
    fresh = bootstrap.Installer(tmp_path / ".venv", None, 0)
    assert bootstrap.stack_options(tmp_path, "", fresh) == ["-c", str(tmp_path / "constraints.txt")]


def test_pip_configuration_is_kept_for_the_network_and_unused_for_wheels(tmp_path, monkeypatch):
    monkeypatch.setenv("PIP_FIND_LINKS", "/links")
    monkeypatch.setenv("PIP_CONFIG_FILE", "/pip.conf")
    online = bootstrap.Installer(tmp_path, None, 0).environment
    assert online["PIP_FIND_LINKS"] == "/links" and online["PIP_CONFIG_FILE"] == "/pip.conf"
    offline = bootstrap.Installer(tmp_path, None, 0, tmp_path).environment
    assert "PIP_FIND_LINKS" not in offline and offline["PIP_NO_INDEX"] == "1"
    assert offline["PIP_CONFIG_FILE"] == os.devnull


def test_wheels_must_suit_the_interpreter(tmp_path):
    assert bootstrap.find_wheels(tmp_path, "", False) is None
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    assert bootstrap.find_wheels(tmp_path, "2.11.0", False) == bootstrap.find_wheels(tmp_path, "", True) == wheels
    with pytest.raises(bootstrap.SetupError, match="no torch"):
        bootstrap.find_wheels(tmp_path, "", False)
    (wheels / "torch-2.13.0-cp311-cp311-linux_x86_64.whl").touch()
    assert bootstrap.find_wheels(tmp_path, "", False) == wheels
    (wheels / "python.txt").write_text("3.8\n")
    with pytest.raises(bootstrap.SetupError, match=r"for Python 3\.8"):
        bootstrap.find_wheels(tmp_path, "2.11.0", False)


def test_wheels_that_the_other_machine_has_are_left_out():
    files = [Path(name) for name in ("numpy-2.4-cp312.whl", "scikit_learn-1.9-cp312.whl", "numpydoc-1-py3.whl")]
    assert bootstrap.left_out(files, ["NumPy", "scikit-learn"]) == files[:2]
    assert bootstrap.left_out(files, []) == []


def test_the_tools_of_the_tests_are_left_out_unless_wanted(tmp_path):
    with_tools, without = (set(bootstrap.requirements(ROOT, tests)) for tests in (True, False))
    assert {re.match(r"[\w.-]+", line)[0] for line in with_tools - without} >= {"pytest", "playwright"}
    steps = bootstrap.pip_steps(tmp_path, "2.11.0", [], tests=False)
    assert not any("[test]" in argument for _, arguments in steps for argument in arguments)


def test_wheels_are_asked_for_everything_but_torch():
    names = {re.match(r"[\w.-]+", line)[0].lower() for line in bootstrap.requirements(ROOT)}
    assert {"numpy", "jaxtyping", "pytest", "sphinx", "myst-nb", "setuptools", "wheel"} <= names
    assert "torch" not in names


@pytest.mark.parametrize(
    "output, wheels, index_off, expected",
    [
        (OFFLINE, None, False, "no network, no wheels/ folder and no finished .venv"),
        ("ERROR: No matching distribution found for torch", None, True, "no network, no wheels/"),
        ("ERROR: No matching distribution found for x", None, False, "pip failed:\n  ERROR: No matching"),
        ("ERROR: No matching distribution found for x", "wheels", True, "wheels/ does not hold what"),
        (CONFLICT, None, False, "pip failed:\n  a 1 depends on b"),
        ("connection broken by\n" + CONFLICT, None, False, "no network, no wheels/"),
        ("connection broken by\nDownloading a\n" + CONFLICT, None, False, "pip failed:"),
        ("Traceback\n  File\nERROR: disk full", None, False, "pip failed:\n  ERROR: disk full"),
        ("", None, False, "pip failed:\n  (no output)"),
    ],
)
def test_failures_are_explained(output, wheels, index_off, expected):
    message = bootstrap.explain(output, wheels, index_off)
    assert message.startswith(expected) and "Traceback" not in message


def test_finished_environment_costs_no_pip_call_and_no_time(pretended):
    before = os.times()
    done = [setup(pretended) for _ in range(3)]
    after = os.times()
    assert [(d.returncode, d.stdout, d.stderr) for d in done] == [(0, "", "")] * 3 and calls(pretended) == []
    spent = [t.children_user + t.children_system for t in (before, after)]  # whatever else is running
    assert (spent[1] - spent[0]) / 3 < 0.3


@pytest.mark.parametrize("name", bootstrap.INPUTS)
def test_changed_input_updates_the_environment(pretended, name):
    with (pretended / name).open("a") as handle:
        handle.write("\n# changed\n")
    assert setup(pretended).returncode == 0
    first = len(calls(pretended))
    assert first >= 4 and calls(pretended)[-1].startswith("-c import torch")
    assert setup(pretended).returncode == 0 and len(calls(pretended)) == first


def test_failed_update_is_tried_again_and_says_why(pretended):
    (pretended / "constraints.txt").write_text("# changed\n")
    (pretended / ".venv/bin/python.status").write_text("1")
    (pretended / ".venv/bin/python.answer").write_text(OFFLINE)
    for _ in range(2):
        done = setup(pretended)
        assert done.returncode == 1 and len(done.stderr.splitlines()) == 1 and "no network" in done.stderr
    (pretended / ".venv/bin/python.status").write_text("0")
    assert setup(pretended).returncode == 0 and (pretended / ".venv/bin/python.calls").exists()


def test_second_process_is_told_to_wait(pretended):
    (pretended / "constraints.txt").write_text("# changed\n")
    with bootstrap.exclusive(pretended):
        done = setup(pretended)
    assert done.returncode == 1 and "another make is installing" in done.stderr and calls(pretended) == []


def test_foreign_environment_is_left_alone(project):
    (project / ".venv").mkdir()
    (project / ".venv" / "mine").touch()
    done = setup(project)
    assert done.returncode == 1 and "not made by make" in done.stderr and (project / ".venv" / "mine").exists()


def test_target_version():
    assert {bootstrap.target_version(n) for n in ("3.12", "python3.12", "/usr/bin/python3.12")} == {"3.12"}
    with pytest.raises(bootstrap.SetupError, match="names no version"):
        bootstrap.target_version("pyhton")


def test_make_lists_its_commands_and_passes_the_interpreter_on():
    listed = run("make").stdout
    assert listed == run("make", "help").stdout
    commands = "cells check clean compare draft execute help html linkcheck measure serve setup test watch wheels zip"
    assert " ".join(sorted(re.findall(r"^make (\w+)", listed, re.M))) == commands
    assert '"python3.12" book/extensions/bootstrap.py setup --chosen' in run("make", "-n", "html", "PYTHON=3.12").stdout
    assert "--chosen" not in run("make", "-n", "html").stdout
    missing = run("make", "setup", "PYTHON=no-such-python")
    assert missing.returncode and missing.stderr.startswith("mgai: no no-such-python here")


# --- the routes, really ---


@pytest.fixture
def checkout(tmp_path):
    """The files that git knows or would add, as a clone has them."""
    listed = run("git", "ls-files", "-co", "--exclude-standard", "-z").stdout
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (tmp_path / "clone" / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, tmp_path / "clone" / name)
    return tmp_path / "clone"


@pytest.fixture
def timed(note):
    """Run a command, and tell at the end of the tests how long it took."""

    def run_timed(label, *command, cwd, **environment):
        started = time.monotonic()
        done = run(*command, cwd=cwd, **environment)
        note(f"{label}: {time.monotonic() - started:.0f} s")
        return done

    return run_timed


def assert_works(checkout):
    python = checkout / ".venv" / "bin" / "python"
    assert run(python, "-m", "mgai_book", "--help", cwd=checkout).returncode == 0
    stamp = (checkout / ".venv" / "stamp.json").stat().st_mtime_ns
    again = run("make", "setup", cwd=checkout)
    assert (again.returncode, again.stdout) == (0, "")
    assert (checkout / ".venv" / "stamp.json").stat().st_mtime_ns == stamp


@really
@pytest.mark.install
def test_fresh_interpreter(checkout, timed):
    if run(sys._base_executable, "-c", "import torch").returncode == 0:
        pytest.skip("the interpreter below this environment has a torch of its own")
    done = timed("fresh, from the network", "make", "setup", f"PYTHON={sys._base_executable}", cwd=checkout)
    assert done.returncode == 0, done.stderr
    assert_works(checkout)
    complaints = run(checkout / ".venv/bin/python", "-m", "pip", "check").stdout.splitlines()
    assert [line for line in complaints if not re.match(r"mlxtend \S+ requires pandas,", line)] in (
        [],
        ["No broken requirements found."],
    )


@really
@pytest.mark.install
def test_on_top_of_a_torch_without_network(checkout, environment_with, timed, tmp_path):
    parent = environment_with(tmp_path / "parent", "torch", "numpy", "scipy")
    where = "import json, numpy, scipy, torch; found = [torch, numpy, scipy]; "
    where += "print(json.dumps([[m.__file__, m.__version__] for m in found]))"
    before = json.loads(run(parent, "-c", where).stdout)
    done = timed("wheels", "make", "wheels", f"PYTHON={sys._base_executable}", cwd=checkout)
    assert done.returncode == 0, done.stderr
    closed = {"PIP_NO_INDEX": "1", "PIP_CONFIG_FILE": os.devnull, "PIP_FIND_LINKS": ""}
    kill_in_the_middle(checkout, parent, closed)
    done = timed("on torch, from wheels", "make", "setup", f"PYTHON={parent}", cwd=checkout, **closed)
    assert done.returncode == 0, done.stderr
    assert_works(checkout)
    assert json.loads(run(checkout / ".venv/bin/python", "-c", where).stdout) == before
    assert all(Path(file).is_relative_to(tmp_path / "parent") for file, _ in before)


def kill_in_the_middle(checkout, parent, closed):
    """An installation that was killed leaves no stamp."""
    command = [parent, checkout / "book/extensions/bootstrap.py", "setup", "--chosen"]
    process = subprocess.Popen(command, env={**os.environ, **closed}, stdout=subprocess.DEVNULL, start_new_session=True)
    while not list((checkout / ".venv").glob("lib/python*/site-packages/wheel")):
        assert process.poll() is None
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert not (checkout / ".venv" / "stamp.json").exists()


@really
@pytest.mark.install
@pytest.mark.parametrize(
    "closed",
    [{"PIP_NO_INDEX": "1"}, {"PIP_INDEX_URL": "http://127.0.0.1:9/"}],
    ids=["no index", "no answer"],
)
def test_neither_network_nor_wheels_nor_environment(checkout, timed, closed):
    neutral = {"PIP_CONFIG_FILE": os.devnull, "PIP_FIND_LINKS": "", "PIP_EXTRA_INDEX_URL": ""}
    done = timed("no network", "make", "setup", f"PYTHON={sys._base_executable}", cwd=checkout, **neutral, **closed)
    said = [line for line in done.stderr.splitlines() if not line.startswith("make")]
    assert done.returncode and len(said) == 1
    assert said[0].startswith("mgai: no network, no wheels/ folder and no finished .venv")
