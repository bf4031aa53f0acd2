"""The wheel beside the site: what is in it, the same bytes from the same content, made only when needed; its line."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from mgai_book import install, wheel
from mgai_book.layout import BookError, Layout
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]


def copy_of_the_library(folder: Path, mode: int) -> Layout:
    """What the wheel is made from, with file modes and dates of its own."""
    for path in wheel.sources(Layout(ROOT)):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / path, folder / path)
        (folder / path).chmod(mode)
    return Layout(folder)


@pytest.fixture(scope="module")
def library(tmp_path_factory) -> Layout:
    return copy_of_the_library(tmp_path_factory.mktemp("library"), 0o600)


def test_it_holds_the_library_and_nothing_else(library):
    with zipfile.ZipFile(wheel.build(library)) as archive:
        names = archive.namelist()
        metadata = archive.read(next(name for name in names if name.endswith("/METADATA"))).decode()
    about = f"mgai-{wheel.version(library)}.dist-info/"
    inside = {path.as_posix() for path in wheel.sources(library) if path.parts[0] == "mgai"}
    assert {"mgai/__init__.py", "mgai/py.typed", "mgai/linear_algebra/norms.py"} <= inside
    assert {name for name in names if not name.startswith(about)} == inside
    needed = {
        Requirement(line.split(":", 1)[1]).name for line in metadata.splitlines() if line.startswith("Requires-D")
    }
    assert {"torch", "numpy", "jaxtyping"} <= needed and not needed & {"sphinx", "myst-nb", "nbclient"}


def test_the_same_content_gives_the_same_bytes_and_leaves_the_checkout_clean(library, tmp_path, monkeypatch):
    first = wheel.build(library).read_bytes()
    before = os.umask(0o077)
    try:
        other = copy_of_the_library(tmp_path / "elsewhere", 0o755)
        os.utime(other.root / "mgai/__init__.py", (1, 1))
        monkeypatch.setenv("TZ", "Asia/Tokyo")
        assert wheel.build(other).read_bytes() == first
    finally:
        os.umask(before)
    assert sorted(path.name for path in other.root.iterdir()) == sorted(["_build", "mgai", *wheel.DESCRIPTION])


def test_it_is_made_again_only_when_its_content_changed(tmp_path):
    library = copy_of_the_library(tmp_path, 0o644)
    first = wheel.build(library)
    made = first.stat().st_mtime_ns
    assert wheel.build(library) == first and first.stat().st_mtime_ns == made
    with (library.root / "mgai/settings.py").open("a") as file:
        file.write("\n# changed\n")
    second = wheel.build(library)
    assert second.name == first.name and second.parent != first.parent
    assert not first.exists(), "the wheel of another state is removed"


def test_a_wheel_that_cannot_be_built_is_told_in_one_line_and_leaves_none(tmp_path):
    library = copy_of_the_library(tmp_path, 0o644)
    project = library.root / "pyproject.toml"
    project.write_text(project.read_text().replace('license = "MIT"', "license = 7"))
    with pytest.raises(BookError, match=r"the wheel of mgai cannot be built: .+"):
        wheel.build(library)
    assert not list(library.build.rglob("*.whl"))


def test_pip_installs_it_and_it_is_the_library(library, tmp_path):
    command = ["-m", "pip", "install", "-q", "--no-index", "--no-deps", "--target", tmp_path, wheel.build(library)]
    subprocess.run([sys.executable, *command], check=True)
    code = "import mgai; print(mgai.__file__, mgai.__version__)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.split() == [str(tmp_path / "mgai/__init__.py"), wheel.version(library)]


def test_a_book_without_a_library_offers_none(tmp_path):
    assert install.offer(Layout(tmp_path), "https://example.org") is None


@pytest.mark.parametrize("address", ["https://example.org/book", "https://example.org/book/"])
def test_with_an_address_the_line_names_it(library, address):
    given = install.offer(library, address)
    url = f"https://example.org/book/downloads/{wheel.name(library)}"
    assert given.command == f'pip install "{url}"'
    asked = Requirement(given.command_with_extra.split('"')[1])
    assert (asked.name, asked.extras, asked.url) == ("mgai", {"mnist"}, url)
    assert "path/to" not in install.html(given, "x") + install.markdown(given)


def test_without_an_address_the_line_names_the_folder_and_says_which(library):
    given = install.offer(library, "")
    path = f"path/to/mgai-book/downloads/{wheel.name(library)}"
    assert (given.command, given.command_with_extra) == (f'pip install "{path}"', f'pip install "{path}[mnist]"')
    for text in (install.html(given, "x"), install.markdown(given)):
        assert "index.html" in text and "path/to/mgai-book" in text
    assert install.code(given) == f'# %pip install "{path}"'
