"""The inventory of ``mgai``, the references of code to it, and the sources of the API reference."""

import ast
import doctest

import pytest
from mgai_book import api_pages, code_links, modules, references
from mgai_book.layout import Layout

FILES = {
    "__init__.py": '"""The root."""\nfrom mgai.extra import helper\n',
    "extra.py": '"""Extras: of :func:`helper`.\n\nMore."""\n#: Three\n#: things.\nTHINGS = 3\nplain = 4\n'
    'def helper():\n    """Help."""\ndef bare(): pass\ndef _own():\n    """Own."""\n',
    "linear_algebra/__init__.py": '"""Chapter 1."""\n',
    "linear_algebra/low_rank.py": '"""Low rank."""\nfrom mgai.extra import THINGS\nfrom mgai.linear_algebra import '
    'norms as n\nclass Fit(NamedTuple):\n    """A fit."""\n    rank: int\n    @property\n    def size(self):\n'
    '        """Size."""\nclass Bad(ValueError):\n    """Bad."""\n'
    'def svd(a) -> Fit:\n    """SVD."""\n    return _inner(a)\n'
    'def _inner(a):\n    """Inner."""\n    return n.norm(a)\n'
    '@style()\ndef svd_figure() -> figures.Figure:\n    """Drawn."""\n',
    "linear_algebra/norms.py": '"""Norms."""\ndef norm(x):\n    """Norm."""\n',
    "odd_ones/__init__.py": '"""Odd."""\n',
}


@pytest.fixture
def checkout(tmp_path):
    for name, text in FILES.items():
        path = tmp_path / "mgai" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (tmp_path / "book").mkdir()
    return Layout(tmp_path)


@pytest.fixture
def inventory(checkout):
    return modules.load(checkout)


def test_modules_have_pages_named_after_them(inventory):
    assert {name: module.docname for name, module in inventory.modules.items()} == {
        "mgai": "reference/api/shared",
        "mgai.extra": "reference/api/shared/extra",
        "mgai.linear_algebra": "reference/api/linear-algebra",
        "mgai.linear_algebra.low_rank": "reference/api/linear-algebra/low-rank",
        "mgai.linear_algebra.norms": "reference/api/linear-algebra/norms",
        "mgai.odd_ones": "reference/api/odd-ones",
    }
    assert inventory.modules["mgai.extra"].summary == "Extras: of :func:`helper`."


def test_public_is_what_is_documented_and_no_name_of_its_own(inventory):
    kinds = {
        each.name: each.kind
        for name in ("mgai.extra", "mgai.linear_algebra.low_rank")
        for each in inventory.modules[name].definitions.values()
        if each.is_public
    }
    assert kinds == {"THINGS": "data", "helper": "function", "Fit": "class", "Bad": "exception", "svd": "function",
                     "svd_figure": "figure"}  # fmt: skip
    assert inventory.modules["mgai.extra"].definitions["THINGS"].doc == "Three things."


@pytest.mark.parametrize(
    ("name", "meaning"),
    [
        ("mgai.linear_algebra.norms.norm", "mgai.linear_algebra.norms.norm"),
        ("mgai.linear_algebra.norms", "mgai.linear_algebra.norms"),
        ("mgai.helper", "mgai.extra.helper"),
        ("mgai.linear_algebra.low_rank.n", "mgai.linear_algebra.norms"),
        ("mgai.linear_algebra.low_rank.absent", ""),
        ("mgai.absent.norm", ""),
        ("torch.norm", ""),
    ],
)
def test_a_dotted_name_is_followed_to_where_it_is_defined(inventory, name, meaning):
    assert inventory.resolve(name) == meaning


def test_names_that_import_each_other_in_a_circle_stand_for_nothing(checkout):
    (checkout.root / "mgai/a.py").write_text("from mgai.b import x")
    (checkout.root / "mgai/b.py").write_text("from mgai.a import x")
    assert modules.load(checkout).resolve("mgai.a.x") == ""


def test_only_what_is_public_has_an_address(inventory):
    assert inventory.address("mgai.extra.helper") == ("reference/api/shared/extra", "mgai.extra.helper")
    assert inventory.address("mgai.extra") == ("reference/api/shared/extra", "")
    for name in ("mgai.extra._own", "mgai.extra.bare", "mgai.extra.plain", "mgai.nothing"):
        assert inventory.address(name) == ("", "")


def test_lines_of_a_module_begin_with_the_decorators(inventory):
    lines = inventory.modules["mgai.linear_algebra.low_rank"].lines()
    source = inventory.modules["mgai.linear_algebra.low_rank"].source.splitlines()
    assert set(lines) == {"Fit", "Fit.size", "Bad", "svd", "_inner", "svd_figure"}
    assert source[lines["svd_figure"][1] - 1] == "@style()"
    assert source[lines["Fit.size"][1] - 1 : lines["Fit.size"][2]] == source[6:9]


def said(source, inventory):
    found = references.references(source, inventory)
    assert all(each.name.split(".")[-1] == source[each.start : each.end].split(".")[-1] for each in found)
    return [each.name.removeprefix("mgai.") for each in found]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("from mgai import extra\nextra.helper()", ["extra", "extra.helper"]),
        ("from mgai import extra as e\nprint('é', e.helper())", ["extra", "extra.helper"]),
        ("import mgai.linear_algebra.norms\nmgai.linear_algebra.norms.norm(1)",
         ["linear_algebra.norms", "linear_algebra.norms.norm"]),
        ("import mgai\nmgai.helper()", ["mgai", "extra.helper"]),
        ("from mgai.linear_algebra.low_rank import (\n    Fit,\n    svd,\n)\nFit(1).rank",
         ["linear_algebra.low_rank.Fit", "linear_algebra.low_rank.svd", "linear_algebra.low_rank.Fit"]),
        ("from mgai.linear_algebra.norms import norm\nnorm = norm(1)\nnorm", ["linear_algebra.norms.norm"]),
        ("from mgai import extra\n[extra for extra in range(3)]", ["extra"]),
        ("from mgai import extra\nf = lambda extra: extra.helper", ["extra"]),
        ("import torch\ntorch.helper()\nextra.helper()", []),
        ("def broken(", []),
        ("from mgai.extra import absent\nabsent()", []),
    ],
)  # fmt: skip
def test_references_of_a_cell(source, expected, inventory):
    assert said(source, inventory) == expected


def test_each_name_is_linked_where_it_first_stands(inventory):
    source = "from mgai import extra\nextra.helper()\nextra.helper()"
    found = references.references(source, inventory)
    assert len(found) == 3
    assert [each.start for each in references.first_of_each(found)] == [17, 29]


def test_names_of_a_function_are_those_of_its_module(inventory):
    module = inventory.modules["mgai.linear_algebra.low_rank"]
    bound = {**{name: f"{module.name}.{name}" for name in module.definitions}, **module.imports}
    used = {name: references.names(each.node, bound, inventory) for name, each in module.definitions.items()}
    assert used["_inner"] == {"mgai.linear_algebra.norms.norm"}
    assert used["svd"] == {"mgai.linear_algebra.low_rank._inner", "mgai.linear_algebra.low_rank.Fit"}


def test_links_leave_the_text_and_the_markup_of_code_as_they_are():
    html = '<span></span><span class="n">f</span><span class="p">(</span>a &lt; b<span class="s">&quot;é&quot;</span>)'
    linked = code_links.add_links(html, [(0, 1, "x.html#f", "m.f"), (6, 7, "y.html?a&b", "m.b")])
    assert linked.count("<a ") == 2 and "y.html?a&amp;b" in linked
    plain = linked.replace("</a>", "")
    for opening in {piece for piece in code_links._PIECE.findall(linked) if piece.startswith("<a ")}:
        plain = plain.replace(opening, "")
    assert plain == html.replace("&quot;", '"')


def test_a_link_never_crosses_a_token():
    html = "<b>ab</b><i>cd</i>"
    assert code_links.add_links(html, [(1, 3, "x", "y")]) == html


def test_examples_in_docstrings():
    for module in (modules, code_links):
        found = doctest.testmod(module)
        assert found.attempted > 0 and found.failed == 0


def test_the_sources_of_the_reference_follow_the_modules(checkout):
    api_pages.write_sources(checkout)
    written = {path: path.stat().st_mtime_ns for path in checkout.sources.rglob("*.md")}
    assert {checkout.page(name) for name in api_pages.docnames(checkout)} == set(written)
    assert len(written) == 7  # a page for each of the six modules, and the index
    (checkout.root / "mgai/linear_algebra/low_rank.py").unlink()
    (checkout.root / "mgai/odd_ones/new_one.py").write_text('"""New: the newest."""\n')
    api_pages.write_sources(checkout)
    now = {path: path.stat().st_mtime_ns for path in checkout.sources.rglob("*.md")}
    assert set(written) - set(now) == {checkout.page("reference/api/linear-algebra/low-rank")}
    assert set(now) - set(written) == {checkout.page("reference/api/odd-ones/new-one")}
    assert "New: the newest." in checkout.page("reference/api/index").read_text()
    untouched = checkout.page("reference/api/linear-algebra/norms")
    assert now[untouched] == written[untouched], "a file that does not change is not written"


def test_a_book_without_mgai_has_no_reference(tmp_path):
    (tmp_path / "book").mkdir()
    api_pages.write_sources(Layout(tmp_path))
    assert list((tmp_path / "book").rglob("*")) == []


def test_pages_list_functions_first_and_overviews_keep_every_anchor(checkout):
    inventory = modules.load(checkout)
    texts = api_pages.sources(inventory)
    page = texts["reference/api/linear-algebra/low-rank"]
    places = [page.index(part) for part in ("automodule", "svd", "svd_figure", "Fit", "Bad")]
    assert places == sorted(places) and "_inner" not in page
    names = [
        name for _, _, mine in api_pages._parts(inventory.modules["mgai.linear_algebra.low_rank"]) for name in mine
    ]
    overview = texts["reference/api/linear-algebra"]
    assert all(f"`mgai.linear_algebra.low_rank.{name}`" in overview for name in names)
    assert [package.name for package in api_pages.ordered(inventory)] == [
        "mgai",
        "mgai.linear_algebra",
        "mgai.odd_ones",
    ]


def test_rebound_names_of_a_piece_are_hidden(inventory):
    tree = ast.parse("def f(norm):\n    return norm(1)")
    assert references.names(tree, {"norm": "mgai.linear_algebra.norms.norm"}, inventory) == set()
