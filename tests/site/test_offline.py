"""The offline edition: unpacked, opened from disk in a real browser with the network cut."""

import subprocess
import sys
import zipfile
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from mgai_book import layout, offline, wheel

ROOT = Path(__file__).parents[2]
NORMS = "chapters/1-linear-algebra/norms"


@pytest.fixture(scope="module")
def packed(site) -> Path:
    """What ``make zip`` packs."""
    done = subprocess.run([sys.executable, "-m", "mgai_book", "zip"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "the book is built" not in done.stdout, "the site was current: it is packed, not built again"
    return offline.target(layout.find(ROOT))


@pytest.fixture(scope="module")
def unpacked(packed, tmp_path_factory) -> Path:
    """The one folder in it, below a folder whose name is not plain."""
    folder = tmp_path_factory.mktemp("offline") / "mein Büchlein"
    with zipfile.ZipFile(packed) as archive:
        archive.extractall(folder)
    (book,) = folder.iterdir()
    return book


@pytest.fixture
def reader(chromium):
    """Open pages from disk without network; says afterwards what was asked for and what went wrong."""
    context = chromium.new_context(offline=True)
    page = context.new_page()
    page.asked, page.wrong = [], []
    page.on("request", lambda request: page.asked.append(request.url))
    page.on("pageerror", lambda error: page.wrong.append(str(error)))
    yield page
    context.close()


def test_the_same_site_gives_the_same_bytes_in_any_order_of_time(packed, site, monkeypatch):
    book, first = layout.find(ROOT), packed.read_bytes()
    monkeypatch.setattr(offline, "target", lambda book: packed.with_name("again") / packed.name)
    packed.with_name("again").mkdir(exist_ok=True)
    for path in list(site.rglob("*.html"))[:3]:
        path.touch()
    again = offline.pack(book, site)
    assert again.read_bytes() == first
    again.unlink()
    again.parent.rmdir()


def test_it_holds_the_site_the_wheel_and_a_word_on_how_to_begin(packed, site):
    with zipfile.ZipFile(packed) as archive:
        names = [name.removeprefix(f"{packed.stem}/") for name in archive.namelist()]
        told = archive.read(f"{packed.stem}/README.txt").decode()
    file = wheel.name(layout.find(ROOT))
    pages = {path.relative_to(site).as_posix() for path in site.rglob("*.html")}
    assert pages | {f"downloads/{file}", "LICENSE.txt", "LICENSE-CONTENT.txt"} <= set(names)
    assert names == sorted(names)
    assert "open index.html" in told and f'pip install "./downloads/{file}"' in told
    assert not any(Path(name).name.startswith(".") for name in names)


@pytest.mark.browser
def test_its_install_line_names_the_wheel_in_the_very_folder(reader, unpacked):
    reader.goto((unpacked / "index.html").as_uri())
    plain, with_extra = reader.locator(".mgai-install-line pre").all_inner_texts()
    assert plain == f'pip install "{unpacked}/downloads/{wheel.name(layout.find(ROOT))}"'
    assert Path(plain.split('"')[1]).is_file()
    assert with_extra == plain[:-1] + '[mnist]"'
    assert told_nothing_wrong(reader, unpacked)


@pytest.mark.browser
def test_its_mathematics_is_typeset_and_its_figures_and_downloads_are_there(reader, unpacked):
    reader.goto((unpacked / f"{NORMS}.html").as_uri())
    reader.evaluate("window.MathJax.startup.promise.then(() => 0)")
    formulas = reader.locator(".math").count()
    assert formulas > 0
    assert reader.locator(".math mjx-container").count() == formulas
    assert reader.locator("mjx-merror").count() == 0
    widths = reader.locator("article img").evaluate_all("images => images.map(image => image.naturalWidth)")
    assert widths and all(widths)
    links = reader.locator("a[href*='downloads/']").evaluate_all("links => links.map(link => link.href)")
    files = [Path(unquote(urlsplit(link).path)) for link in links]
    assert {file.suffix for file in files} == {".ipynb", ".py", ".whl"}
    assert all(file.is_file() for file in files)
    assert told_nothing_wrong(reader, unpacked)


@pytest.mark.browser
def test_its_search_finds_a_page_and_leads_to_it(reader, unpacked):
    reader.goto((unpacked / "index.html").as_uri())
    reader.keyboard.press("Control+K")
    reader.keyboard.type("triangle inequality")
    reader.keyboard.press("Enter")
    reader.wait_for_selector(".search-summary:has-text('finished')", timeout=20_000)
    found = reader.locator("#search-results li a").evaluate_all("links => links.map(link => link.pathname)")
    assert any(path.endswith(f"/{NORMS}.html") for path in found), found
    reader.locator(f"#search-results li a[href*='{NORMS}.html']").first.click()
    reader.wait_for_url(f"**/{NORMS}.html*")
    assert told_nothing_wrong(reader, unpacked)


def told_nothing_wrong(page, folder: Path) -> bool:
    """Whether nothing was asked for outside the folder and no script failed."""
    inside = (folder.as_uri() + "/", "data:", "blob:", "about:")
    assert [url for url in page.asked if not url.startswith(inside)] == []
    assert page.wrong == []
    return bool(page.asked)
