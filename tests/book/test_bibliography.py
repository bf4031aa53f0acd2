"""Every work that the pages cite has one entry, and the entries follow the convention at the head of their file."""

import re
from collections import Counter
from pathlib import Path

import pytest
from pybtex.database import parse_file
from pybtex.style.formatting.plain import Style

ROOT = Path(__file__).parents[2]
ENTRIES = parse_file(ROOT / "book/reference/bibliography.bib").entries
CITED = re.compile(r"\{cite(?::\w+)?\}`([^`]+)`")
NEEDED = {"article": ("journal", "pages"), "inproceedings": ("booktitle",), "book": ("publisher",)}
BOOKS = ("book", "manual")  # the style keeps the capitals of their titles


def cited() -> set[str]:
    texts = [page.read_text(encoding="utf8") for page in (ROOT / "book").rglob("*.md")]
    return {key.strip() for text in texts for keys in CITED.findall(text) for key in keys.split(",")}


def surnames() -> set[str]:
    """Of four letters and more: some of the shorter ones are English words."""
    people = [person for entry in ENTRIES.values() for person in entry.persons["author"]]
    return {name for person in people for name in person.last_names if len(name) > 3}


def test_what_is_cited_is_listed_and_what_is_listed_is_cited():
    assert cited() == set(ENTRIES)


def test_no_work_is_listed_twice():
    titles = Counter(re.sub(r"\W", "", entry.fields["title"]).lower() for entry in ENTRIES.values())
    assert [title for title, times in titles.items() if times > 1] == []


@pytest.mark.parametrize("key", ENTRIES)
def test_an_entry_follows_the_convention(key):
    entry = ENTRIES[key]
    assert entry.persons["author"]
    assert all(entry.fields.get(field, "").strip() for field in ("title", "year", *NEEDED.get(entry.type, ())))
    ranges = entry.fields.get("pages", "") + " " + entry.fields.get("number", "")
    assert not re.search(r"\d\s*(-|–|---)\s*\d", ranges), "ranges are written with two hyphens"
    assert not re.search(r"\d", entry.fields.get("edition", "")), "editions are written in words"
    assert "arXiv" not in entry.fields.get("howpublished", ""), "preprints are written as note = {arXiv:...}"


def test_a_name_in_a_title_keeps_its_capital():
    style, names = Style(), surnames()
    for key, entry in ENTRIES.items():
        if entry.type not in BOOKS:
            shown = str(style.format_title(entry, "title").format_data({"entry": entry}))
            lost = names & set(re.findall(r"\w+", re.sub(r"[{}]", "", entry.fields["title"])))
            assert lost <= set(re.findall(r"\w+", shown)), f"{key}: a name needs braces"
