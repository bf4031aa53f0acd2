"""Rows and filters of the ledger."""

from bs4 import BeautifulSoup
from mgai_book import catalogue, counting, ledger_page

from .test_counting import entry


def soup(html: str) -> BeautifulSoup:
    return BeautifulSoup(html, "html.parser")


def test_a_row_says_what_was_found_and_links_to_the_claim():
    one = entry(distances=(12.0,), says="a < b & c", scope="all x (symbolic)")
    row = soup(ledger_page.row_html(one, "../p.html", "item=cs-01-11")).tr
    assert row["id"] == "item=cs-01-11"
    assert row.a["href"] == "../p.html#claim-cs-01-11-name"
    cells = [cell.get_text() for cell in row.find_all("td")]
    assert cells[0].startswith("✓ A < b & c. equality cs-01-11/name")
    assert cells[1] == "found 4; expected 4 (library: SciPy)"
    assert cells[2] == "exactly; scope: all x (symbolic)"
    assert cells[3] == "wrong 0 (12 tolerances off)"
    assert {name: row[f"data-{name}"] for name in ledger_page.FILTERS} == {
        "chapter": "1", "item": "cs-01-11", "kind": "equality", "route": "library", "scope": "symbolic",
    }  # fmt: skip


def test_an_observation_has_its_own_mark_and_no_control():
    row = soup(ledger_page.row_html(entry(kind="observation", distances=(), tolerance=""), "p.html")).tr
    cells = [cell.get_text() for cell in row.find_all("td")]
    assert cells[0].startswith("○")
    assert cells[2:] == ["scope: 1 instance", ""]
    assert not row.has_attr("id")


def test_an_exact_comparison_has_no_distance():
    assert ledger_page.nearest(entry(distances=("inf",)).record) == "wrong 0"


def test_the_filters_offer_what_there_is_with_counts_and_are_hidden_without_script():
    entries = [entry(), entry(), entry(kind="observation"), entry(item="dlt-7.22", route="closed form")]
    known = {"cs-01-11": catalogue.Item("cs-01-11", "Outer $xx^T$", "cs", "L", 1, "theorem")}
    form = soup(ledger_page.filters_html(entries, known))
    assert form.form.has_attr("hidden")
    assert form.find(id="ledger-count")["role"] == "status"
    assert form.find(id="ledger-count")["data-claims"] == "3"

    def options(name: str) -> list[str]:
        return [option.get_text() for option in form.find("select", attrs={"name": name}).find_all("option")]

    assert options("kind") == ["all", "equality (3)", "observation (1)"]
    assert options("item") == ["all", "cs-01-11 Outer xx^T (3)", "dlt-7.22 (1)"]
    assert options("route") == ["all", "closed form (1)", "library (3)"]
    assert options("chapter") == ["all", "1 Linear Algebra (4)"]
    assert form.find("input", attrs={"type": "search"})


def test_no_row_shows_a_sentence_that_is_not_true_as_if_it_were():
    row = ledger_page.row_html(entry(kind="refutation", says="one is two"), "norms.html")
    assert "✓ Refuted: One is two." in row


def test_the_totals_add_up():
    entries = [entry(), entry(kind="refutation"), entry(scope="all x (symbolic)")]
    text = ledger_page.summary_markdown(entries)
    assert f"| equality | 2 | {counting.KINDS['equality']} |" in text
    assert f"| counterexample | 1 | {counting.SCOPES['counterexample']} |" in text
    assert "statistical" not in text


def test_a_long_ledger_is_no_heavy_page():
    entries = [entry(says="the gap is the squared norm times the squared distance of u from the line of v")] * 1500
    html = "".join(ledger_page.row_html(each, "../chapters/1-linear-algebra/norms.html") for each in entries)
    assert len(html) < 1_000_000
