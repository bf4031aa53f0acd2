"""A site that is current is left as it is; the least change of what it is made from renders it again."""

import hashlib
import shutil
import subprocess

import pytest
from mgai_book import prose

SAYS = "nothing changed since the book was built"


@pytest.fixture
def built(book):
    """A small book whose site is current."""
    assert book.run("html").returncode == 0
    return book


def test_a_second_build_examines_the_claims_and_leaves_the_site(built):
    before = built.html.stat().st_mtime_ns
    result = built.run("html")
    assert result.returncode == 0 and SAYS in result.stdout
    assert "1 pages, 1 claims, 0 faults" in result.stdout
    assert built.html.stat().st_mtime_ns == before


def a_sentence(book):
    book.page.write_text(book.page.read_text().replace("Add two and two.", "Add two to two."))


def a_style(book):
    path = book.root / "book/_static/book.css"
    path.write_text(path.read_text() + "\n/* wider */\n")


def the_results(book):
    shutil.rmtree(book.root / "_build/cache")


def the_site(book):
    (book.root / "_build/html/index.html").unlink()


@pytest.mark.parametrize("change", [a_sentence, a_style, the_results, the_site])
def test_what_changed_is_rendered_again(built, change):
    before = built.html.stat().st_mtime_ns
    change(built)
    result = built.run("html")
    assert result.returncode == 0 and SAYS not in result.stdout
    assert built.html.stat().st_mtime_ns > before
    assert SAYS in built.run("html").stdout


def digests(book):
    """Of every file of the published site."""
    folder = book.root / "_build/html"
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_changed_prose_is_written_alone_and_gives_the_site_that_is_written_anew(built):
    ledger = built.root / "_build/html/reference/ledger.html"
    before = ledger.stat().st_mtime_ns
    a_sentence(built)
    built.page.write_text(built.page.read_text().replace("The sum is", "As you know, the sum is"))
    assert built.run("html").returncode == 0
    in_part = digests(built)
    assert "Add two to two." in built.html.read_text() and ledger.stat().st_mtime_ns == before
    (built.root / "_build/html.json").unlink()
    assert built.run("html").returncode == 0
    assert ledger.stat().st_mtime_ns > before
    anew = digests(built)
    assert [name for name in sorted(in_part | anew) if in_part.get(name) != anew.get(name)] == []


FIGURE = """
See {numref}`fig-line`.

```{code-cell} ipython3
---
mystnb: {figure: {name: fig-line, caption: A line}}
---
from mgai import figures

drawn = figures.figure()
drawn.subplots().plot([0, 1])
figures.show(drawn, alt="A line from 0 to 1")
```
"""


def test_prose_mended_after_a_build_that_failed_gives_the_site_that_is_written_anew(built):
    """Sphinx then remembers no page and no number of a figure."""
    built.page.write_text(built.page.read_text() + FIGURE)
    assert built.run("html").returncode == 0
    good, before = built.page.read_text(), digests(built)
    assert "Fig. 1" in built.html.read_text()
    built.page.write_text(good.replace("The sum is", "[Here](no-such-page.md) the sum is"))
    assert built.run("html").returncode == 1 and digests(built) == before
    built.page.write_text(good.replace("The sum is", "As you know, the sum is"))
    mended = built.run("html")
    assert mended.returncode == 0, mended.stdout + mended.stderr
    in_part = digests(built)
    (built.root / "_build/html.json").unlink()
    assert built.run("html").returncode == 0
    assert digests(built) == in_part != before and "Fig. 1" in built.html.read_text()


def test_a_change_that_only_another_builder_saw_leaves_no_number_behind(built):
    """Sphinx then remembers the numbers of pages that were never published."""
    built.page.write_text(built.page.read_text() + FIGURE)
    assert built.run("html").returncode == 0
    good = built.page.read_text()
    built.page.write_text(good.replace(FIGURE, FIGURE.replace("fig-line", "fig-first") + FIGURE))
    assert built.run("linkcheck").returncode == 0
    built.page.write_text(good.replace("The sum is", "As you know, the sum is"))
    assert built.run("html").returncode == 0
    assert "Fig. 1" in built.html.read_text() and "Fig. 2" not in built.html.read_text()


def test_what_a_killed_build_was_warned_of_does_not_pass_in_the_next(built):
    """Sphinx warns of a page only when it reads it, and remembers that it did before it writes any."""
    before, settings = digests(built), (built.root / "conf.py").read_text()
    built.page.write_text(built.page.read_text().replace("The sum is", "{nosuchrole}`x` The sum is"))
    kill = "\n\ndef setup(app):\n    app.connect('write-started', lambda *_: os.kill(os.getpid(), 9))\n"
    (built.root / "conf.py").write_text(settings + kill)
    assert built.run("html").returncode == -9
    (built.root / "conf.py").write_text(settings)
    again = built.run("html")
    assert again.returncode == 1 and "nosuchrole" in again.stderr and digests(built) == before


def git(folder, *words):
    who = ("-c", "user.name=n", "-c", "user.email=e@x", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *who, *words], cwd=folder, check=True, capture_output=True)


def test_the_page_that_names_the_commit_says_at_once_that_files_differ_from_it(book):
    index, ledger = (book.root / "_build/html" / name for name in ("index.html", "reference/ledger.html"))
    source = book.root / "book/index.md"
    source.write_text(source.read_text() + "\n```{provenance}\n```\n")
    (book.root / ".gitignore").write_text("_build/\n__pycache__/\nbook/reference/api/\n")
    git(book.root, "init", "-q")
    git(book.root, "add", ".")
    git(book.root, "commit", "-qm", "first")
    assert book.run("html").returncode == 0
    before = ledger.stat().st_mtime_ns
    assert "changes that are not committed" not in index.read_text()
    a_sentence(book)
    assert book.run("html").returncode == 0
    assert "changes that are not committed" in index.read_text()
    git(book.root, "commit", "-qam", "second")
    assert book.run("html").returncode == 0
    assert "changes that are not committed" not in index.read_text()
    assert ledger.stat().st_mtime_ns == before, "no other page tells of the commit"


def test_a_new_heading_is_seen_on_the_pages_that_name_it(built):
    built.page.write_text(built.page.read_text().replace("# A sample page", "# A renamed page"))
    assert built.run("html").returncode == 0
    assert "A renamed page" in (built.root / "_build/html/reference/ledger.html").read_text()


PAGE = """---
items: [dlt-0.0]
---
# Title

Some prose with $x^2$ and {value}`dlt-0.0/sum` and `code`.

(label)=
:::{dropdown} Hint
:open:
Look.
:::

| a | b |
|---|---|

```{code-cell}
x = 1
```

$$
x = y
-
z
$$ (eq-one)

Last
words.
"""


@pytest.mark.parametrize(
    ("old", "new"),
    [("Some prose", "More prose"), ("$x^2$", "$x^3$"), ("Look.", "See."), ("x = y", "x = w"), ("words", "more\nwords")],
)
def test_plain_prose_is_not_part_of_the_frame(old, new):
    assert old in PAGE and prose.frame(PAGE.replace(old, new)) == prose.frame(PAGE)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("items: [dlt-0.0]", "items: []"), ("# Title", "# Heading"), ("dlt-0.0/sum", "dlt-0.0/other"),
        ("`code`", "`cods`"), ("(label)=", "(name)="), ("Hint", "Help"), (":open:", ":closed:"), ("| b |", "| c |"),
        ("x = 1", "x = 2"), ("(eq-one)", "(eq-two)"), ("Last\nwords.", "Last\n==="), ("Last\n", "Last\n\n## More\n"),
        ("words.", "words, see {cite}`someone`."), ("words.", "words.\n\n```{totals}\n```"), ("Look.", "![](a.png)"),
    ],
)  # fmt: skip
def test_what_other_pages_may_see_is_part_of_the_frame(old, new):
    assert old in PAGE and prose.frame(PAGE.replace(old, new)) != prose.frame(PAGE)


INSIDE = """# Title

> (label)=
> Quoted.

- first

  :::{figure} a.png
  :name: fig-a

  The caption.
  :::

:::{glossary}
gizmo
  A thing.
:::

$$
x = y $$ (eq-one)

# Part

$$ u =
v $$ (eq-two)

A lone \\` before {cite}`someone`, a ![picture](a.png) and a [file](a.zip).

A heading
in two lines
===
"""


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("> (label)=\n", ""), ("- first", "first"), ("The caption", "A caption"), ("gizmo", "gadget"),
        ("(eq-one)", "(eq-two)"), ("# Part", "# Chapter"), ("(eq-two)", "(eq-three)"), ("someone", "other"),
        ("![picture](a.png)", "picture"), ("a.zip", "b.zip"), ("A heading", "The heading"),
    ],
)  # fmt: skip
def test_what_other_pages_may_see_is_part_of_the_frame_wherever_it_stands(old, new):
    assert old in INSIDE and prose.frame(INSIDE.replace(old, new)) != prose.frame(INSIDE)


@pytest.mark.parametrize(("old", "new"), [("Quoted", "Said"), ("and a [file]", "or a [file]"), ("first", "then")])
def test_plain_prose_beside_it_is_not(old, new):
    assert old in INSIDE and prose.frame(INSIDE.replace(old, new)) == prose.frame(INSIDE)


def test_a_setting_counts_as_a_change(built):
    assert SAYS not in built.run("html", SITE_URL="https://example.org/book").stdout
    assert SAYS not in built.run("html").stdout


def test_a_site_that_was_replaced_without_a_word_is_not_taken_for_current(built):
    """As when a build is killed between putting its site in place and noting what it was made from."""
    from mgai_book import currency, layout

    currency.forget(layout.Layout(built.root))
    assert SAYS not in built.run("html").stdout
