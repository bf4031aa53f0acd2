"""One page, many seeds, every cell: what the commands do and say, and what they refuse in one line."""

import hashlib
import socket

import pytest
from mgai_book import catalogue, choosing, layout

OTHER = """---
file_format: mystnb
kernelspec: {name: python3, display_name: Python 3, language: python}
items: [dlt-0.1]
section: 1.1 Foundations of Representing Data
---
# Another page

:::{problem} dlt-0.1
Multiply two by three.
:::

```{code-cell} ipython3
from mgai import claims

claims.equal(
    2 * 3, 6, item="dlt-0.1", name="product", says="two by three makes six", route="closed form",
    rejects={"the sum": 5},
)
```
"""
ODD = """from mgai import claims, settings

claims.equal(
    2 + settings.seed() % 2, 2, item="dlt-0.0", name="even", says="the seed is even", route="closed form",
    rejects={"odd": 3, "odder": 5},
)"""
RAISES = "raise ValueError('on purpose')"
PAGES = "chapters/1-linear-algebra"


def add_cell(path, code: str) -> None:
    path.write_text(path.read_text() + f"\n```{{code-cell}} ipython3\n{code}\n```\n")


def executed_pages(result) -> str:
    return next(line for line in result.stdout.splitlines() if line.startswith("executing"))


def digests(folder) -> dict[str, str]:
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def two_pages(book):
    """The small book with a second page, which has not been executed."""
    other = book.page.with_name("other.md")
    other.write_text(OTHER)
    item = book.catalogue.read_text()
    book.catalogue.write_text(item + item.replace("dlt-0.0", "dlt-0.1").replace("/sample", "/other"))
    index = book.root / "book/index.md"
    index.write_text(index.read_text().replace(f"{PAGES}/sample\n", f"{PAGES}/sample\n{PAGES}/other\n"))
    return book


@pytest.mark.parametrize("name", ["dlt-0.0", f"{PAGES}/sample", f"book/{PAGES}/sample.md", f"./book/{PAGES}/sample.md"])
def test_a_page_is_named_by_its_item_or_its_path(good_book, name):
    assert choosing.page(layout.Layout(good_book.root), name).docname == f"{PAGES}/sample"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("dlt-0.7", "PAGE=dlt-0.7 is unknown: did you mean dlt-0.0"),
        ("samples", f"did you mean {PAGES}/sample"),
        ("?", "name an item such as kaist-02 or a page such as"),
        ("reference/ledger", "has no code to execute"),
    ],
)
def test_an_unknown_page_is_answered_with_what_there_is(good_book, name, message):
    with pytest.raises(layout.BookError) as error:
        choosing.page(layout.Layout(good_book.root), name)
    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_an_item_without_a_page_is_no_page(book):
    text = book.catalogue.read_text()
    planned = text.replace("dlt-0.0", "dlt-0.1").replace("'solved'", "'planned'").split("page =")[0]
    book.catalogue.write_text(text + planned)
    assert not catalogue.load(layout.Layout(book.root))["dlt-0.1"].is_solved
    with pytest.raises(layout.BookError, match="planned"):
        choosing.page(layout.Layout(book.root), "dlt-0.1")


@pytest.mark.parametrize("text", ["0", "-1", "2.5", "five", "0..4"])
def test_what_is_no_number_of_seeds(text):
    with pytest.raises(layout.BookError, match="SEEDS=5 checks the seeds 0 to 4"):
        choosing.seeds(text)


@pytest.mark.parametrize(
    ("variable", "value", "message"),
    [
        ("MGAI_PROFILE", "huge", "MGAI_PROFILE=huge is not one of fast, full"),
        ("MGAI_DTYPE", "float16", "is not one of float32, float64"),
        ("MGAI_SEED", "lucky", "MGAI_SEED=lucky is not an integer"),
        ("MGAI_DEVICE", "tpu", "is not one of auto, cpu, cuda, cuda:N"),
        ("STRICT", "yes", "STRICT=yes is not one of 0, 1"),
        ("MGAI_SEED", "1" * 5000, "… is not an integer"),
        ("MGAI_DEVICE", "cuda:01", "is not one of auto, cpu, cuda, cuda:N"),
        ("MGAI_KERNEL", "stok", "MGAI_KERNEL=stok is not one of forked, stock"),
        ("MGAI_DATA", "/nowhere/at/all", "MGAI_DATA=/nowhere/at/all is no folder"),
        ("MGAI_DATA", "~nobody-of-this-name/x", "MGAI_DATA=~nobody-of-this-name/x is no folder"),
        ("MGAI_DATA", "  ", "is no folder"),
    ],
)
def test_a_setting_that_no_page_could_run_with(variable, value, message):
    with pytest.raises(layout.BookError) as error:
        choosing.check_settings({variable: value})
    assert message in str(error.value)


def test_a_gpu_that_is_not_there(monkeypatch):
    monkeypatch.setattr("mgai_book.keys.gpu_kind", lambda: "")
    with pytest.raises(layout.BookError, match="no NVIDIA GPU"):
        choosing.check_settings({"MGAI_DEVICE": "cuda:1"})
    monkeypatch.setattr("mgai_book.keys.gpu_kind", lambda: "some GPU")
    choosing.check_settings({"MGAI_DEVICE": "cuda:1"})


def test_a_port_that_is_taken_is_named(good_book):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        for command in ("serve", "watch"):
            result = good_book.run(command, "--port", str(port))
            assert result.returncode == 2
            assert result.stderr.startswith(f"error: cannot serve on port {port}: ")
            assert len(result.stderr.splitlines()) == 1


def test_a_folder_of_data_is_found_from_where_the_command_is_given(book):
    """Pages run in folders of their own."""
    (book.root / "data").mkdir()
    add_cell(book.page, "from mgai import settings\n\nprint(settings.data_folder().is_dir())")
    result = book.run("check", MGAI_DATA="data")
    assert result.returncode == 0, result.stdout + result.stderr
    notebook = (book.root / f"_build/executed/{PAGES}/sample.ipynb").read_text()
    assert '"True\\n"' in notebook


@pytest.mark.parametrize(
    ("command", "environment"),
    [
        (("html", "--page", "nowhere"), {}),
        (("check", "--seeds", "many"), {}),
        (("execute", "--shard", "6/5"), {}),
        (("compare", "--a", "_build", "--b", "book"), {}),
        (("html",), {"MGAI_PROFILE": "huge"}),
        (("check",), {"MGAI_DATA": "nowhere"}),
        (("compare", "--a", "~nobody-of-this-name/x", "--b", "_build"), {}),
    ],
)
def test_what_is_not_understood_ends_in_one_line_before_anything_runs(good_book, command, environment):
    result = good_book.run(*command, **environment)
    assert result.returncode == 2
    assert result.stderr.startswith("error: ")
    assert len(result.stderr.splitlines()) == 1
    assert result.stdout == ""


def test_a_preview_executes_that_page_alone_and_leaves_the_site(two_pages):
    before = digests(two_pages.root / "_build/html") | digests(two_pages.root / "_build/executed")
    add_cell(two_pages.page, "print('new')")
    result = two_pages.run("html", "--page", "dlt-0.0")
    assert result.returncode == 0, result.stdout + result.stderr
    assert executed_pages(result) == "executing 1 of 1 pages (0 unchanged)"
    preview = two_pages.root / f"_build/preview/{PAGES}"
    assert "new" in (preview / "sample.html").read_text()
    assert not (preview / "other.html").exists()
    assert "1 pages have no current outputs" in (two_pages.root / "_build/preview/index.html").read_text()
    assert before == digests(two_pages.root / "_build/html") | digests(two_pages.root / "_build/executed")


def test_links_of_a_preview_lead_to_the_published_site(book):
    assert book.run("html", "--page", "dlt-0.0").returncode == 0
    text = (book.root / f"_build/preview/{PAGES}/sample.html").read_text()
    assert 'href="../../../html/reference/ledger.html"' in text
    assert 'href="../../index.html"' in text, "the contents pages above it are part of the preview"


@pytest.mark.parametrize(
    ("named", "shown"),
    [
        ("{value}`dlt-0.1/product:d`", '<span class="mgai-value">6</span>'),
        ("{claim}`dlt-0.1/product`", "other.html#claim-dlt-0-1-product"),
    ],
)
def test_a_preview_executes_the_pages_that_it_quotes(two_pages, named, shown):
    two_pages.page.write_text(two_pages.page.read_text() + f"\nElsewhere: {named}.\n")
    result = two_pages.run("html", "--page", "dlt-0.0")
    assert result.returncode == 0, result.stdout + result.stderr
    assert executed_pages(result) == "executing 1 of 2 pages (1 unchanged)"
    assert shown in (two_pages.root / f"_build/preview/{PAGES}/sample.html").read_text()


def test_a_preview_never_shows_outputs_of_other_code(two_pages):
    """The other page's outputs are taken into the preview while they are current, and not a moment longer."""
    assert two_pages.run("html").returncode == 0
    assert two_pages.run("html", "--page", "dlt-0.0").returncode == 0
    copy = two_pages.root / f"_build/previewing/executed/{PAGES}/other.ipynb"
    assert copy.exists()
    other = two_pages.page.with_name("other.md")
    other.write_text(OTHER.replace("the sum", "2 + 3"))
    result = two_pages.run("html", "--page", "dlt-0.0")
    assert result.returncode == 0, result.stdout + result.stderr
    assert not copy.exists()
    two_pages.page.write_text(two_pages.page.read_text() + "\n{value}`dlt-0.1/product:d`\n")
    assert executed_pages(two_pages.run("html", "--page", "dlt-0.0")) == "executing 1 of 2 pages (1 unchanged)"


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (f"\n```{{code-cell}} ipython3\n{RAISES}\n```\n", "ValueError: on purpose"),
        ("\nSee {doc}`nowhere`.\n", "nowhere"),
        ("\nThe value {value}`dlt-0.0/missing`.\n", "no claim 'dlt-0.0/missing'"),
        ("\n```{code-cell} ipython3\nx = 1\n```\n", "shows nothing"),
    ],
)
def test_a_preview_with_a_fault_fails_every_time(book, fault, message):
    book.page.write_text(book.page.read_text() + fault)
    for _ in range(2):
        result = book.run("html", "--page", "dlt-0.0")
        assert result.returncode == 1
        assert message in result.stdout
        assert "sample.md" in result.stdout


def test_a_preview_tells_a_fault_between_page_and_catalogue(book):
    book.catalogue.write_text(book.catalogue.read_text().replace("'solved'", "'planned'").split("page =")[0])
    result = book.run("html", "--page", f"{PAGES}/sample")
    assert result.returncode == 1
    assert "the catalogue calls it planned" in result.stdout


def test_the_preview_of_a_page_is_not_stopped_by_the_faults_of_another(two_pages):
    other = two_pages.page.with_name("other.md")
    other.write_text(OTHER.replace(":::{problem} dlt-0.1", "See {doc}`nowhere`.\n\n:::{problem} dlt-0.1"))
    add_cell(other, RAISES)
    assert two_pages.run("html", "--page", "dlt-0.0").returncode == 0


def test_one_page_can_be_checked(two_pages):
    add_cell(two_pages.page.with_name("other.md"), RAISES)
    result = two_pages.run("check", "--page", "dlt-0.0")
    assert result.returncode == 0, result.stdout
    assert executed_pages(result) == "executing 0 of 1 pages (1 unchanged)"
    failed = two_pages.run("check", "--page", "dlt-0.1")
    assert failed.returncode == 1
    assert "on purpose" in failed.stdout


def test_a_sweep_lists_the_claims_that_fail_for_any_seed(book):
    before = digests(book.root / "_build/executed")
    add_cell(book.page, ODD)
    result = book.run("check", "--seeds", "4")
    assert result.returncode == 1
    lines = [line.split() for line in result.stdout.splitlines()]
    page = f"book/{PAGES}/sample.md"
    table = [line[:4] for line in lines if line[1:2] == [page]]
    assert table == [["1", page, "2", "dlt-0.0/even"], ["3", page, "2", "dlt-0.0/even"]]
    assert "4 seeds, 8 claims, 2 failures" in result.stdout
    assert digests(book.root / "_build/executed") == before, "the site's outputs are those of its own seed"


def test_a_sweep_without_failures_keeps_the_results_of_every_seed(book):
    assert "2 seeds, 2 claims, 0 failures" in book.run("check", "--seeds", "2", "--page", "dlt-0.0").stdout
    assert executed_pages(book.run("check", MGAI_SEED="1")) == "executing 0 of 1 pages (1 unchanged)"


def test_a_sweep_lists_what_is_no_claim_too(book):
    add_cell(book.page, "from mgai import settings\n\nprint(1 / (1 - settings.seed()))")
    result = book.run("check", "--seeds", "2")
    assert result.returncode == 1
    (row,) = [line for line in result.stdout.splitlines() if "ZeroDivisionError" in line and line.startswith("1 ")]
    assert row.split()[2:4] == ["2", "-"]


def test_a_cell_that_does_not_run_alone_is_named(book):
    add_cell(book.page, "x = 3\nprint(x)")
    assert book.run("cells").returncode == 0
    add_cell(book.page, "print(x + 1)")
    result = book.run("cells")
    assert result.returncode == 1
    assert f"book/{PAGES}/sample.md, cell 3: NameError" in result.stdout
    assert "9 trials of visible cells, 3 that do not run alone" in result.stdout  # as a file, at two prompts
