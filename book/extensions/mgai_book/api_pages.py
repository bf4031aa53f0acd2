"""The API reference: one page a module of ``mgai``, one overview a package, written when a build starts.

The pages are Markdown files in ``book/reference/api/``, which git ignores; a module that is added, renamed or
removed needs no edit. They say what stands where; the docstrings are fetched by Sphinx's autodoc.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx import addnodes

from mgai_book import catalogue, modules
from mgai_book.layout import Layout
from mgai_book.modules import Inventory, Module

#: What a page lists, in this order: kind of definition, heading, directive of autodoc.
PARTS = (
    ("function", "Functions", "autofunction"),
    ("figure", "Figures", "autofunction"),
    ("class", "Classes", "autoclass"),
    ("exception", "Exceptions", "autoexception"),
    ("data", "Constants", "autodata"),
)
INDEX = f"{modules.API}/index"
_PARAMETERS = re.compile(r'(?<=<span class="sig-paren">\(</span>)\s*<dl>(.*?)</dl>\s*', re.S)
_ABOUT = """# API of `mgai`

Made from the docstrings. A page of the book and the module that it shows have the same name, and each entry lists the
pages that use it. In the cells of the book, names of `mgai` are links to their entries here.
"""


def docnames(layout: Layout) -> list[str]:
    """The pages of the API reference."""
    return sorted(sources(modules.load(layout)))


def write_sources(layout: Layout) -> Inventory:
    """Write the Markdown files that are new or different, remove those of modules that are gone; give the modules."""
    inventory = modules.load(layout)
    texts = {layout.page(docname): text for docname, text in sources(inventory).items()}
    for path, text in texts.items():
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    for path in (layout.sources / modules.API).rglob("*.md"):
        if path not in texts:
            path.unlink()
    return inventory


def sources(inventory: Inventory) -> dict[str, str]:
    """The Markdown of every page of the reference; no page where there is no ``mgai``."""
    pages = {each.docname: _overview(each, inventory) for each in inventory.packages()}
    pages |= {each.docname: _module(each) for package in inventory.packages() for each in inventory.inside(package)}
    return pages | ({INDEX: _index(inventory)} if pages else {})


def _index(inventory: Inventory) -> str:
    parts = [_ABOUT]
    for package in ordered(inventory):
        parts.append(f"## {title(package)}: [{package.name}](/{package.docname}.md)\n\n{_rst(package.summary)}")
        parts.append(_rst("\n".join(map(_listed, inventory.inside(package)))))
    return "\n".join([*parts, _toctree(ordered(inventory))])


def _listed(module: Module) -> str:
    """A module in a list: a link, and its line of meaning, whose names are those of the module."""
    last = module.name.split(".")[-1]
    summary = f".. py:currentmodule:: {module.name}\n\n   {module.summary}"
    return f":doc:`{last} </{module.docname}>`\n   {summary}\n"


def _overview(package: Module, inventory: Inventory) -> str:
    """The overview of a package; it keeps the anchors of all names, which once had their entries there."""
    parts = [f"# API: {title(package)}\n", *_documentation(package)]
    for module in inventory.inside(package):
        names = [f"{{api-name}}`{module.name}.{name}`" for *_, mine in _parts(module) for name in mine]
        summary = _rst(f".. py:currentmodule:: {module.name}\n\n{module.summary}")
        heading = f"## [{module.name.split('.')[-1]}](/{module.docname}.md)"
        parts.append(f"{heading}\n\n{summary}\n{' · '.join(names)}\n")
    return "\n".join([*parts, _toctree(inventory.inside(package))])


def _module(module: Module) -> str:
    """What a module is for, then its public functions, figures, classes and constants."""
    return "\n".join([f"# `{module.name}`\n", *_documentation(module)])


def _documentation(module: Module) -> list[str]:
    parts = [_rst(f".. automodule:: {module.name}\n   :no-members:"), f"```{{api-used}} {module.name}\n```\n"]
    for heading, directive, names in _parts(module):
        entries = "\n\n".join(f".. {directive}:: {module.name}.{name}" for name in names)
        parts.append(f"## {heading}\n\n{_rst(entries)}")
    return parts


def _parts(module: Module) -> list[tuple[str, str, list[str]]]:
    """Heading, directive and public names of each part of a module that is not empty."""
    public = [each for each in module.definitions.values() if each.is_public]
    parts = [(heading, how, [each.name for each in public if each.kind == kind]) for kind, heading, how in PARTS]
    return [part for part in parts if part[-1]]


def _rst(text: str) -> str:
    return f"`````{{eval-rst}}\n{text}\n`````\n"


def _toctree(listed: list[Module]) -> str:
    names = "\n".join(f"/{module.docname}" for module in listed)
    return f"```{{toctree}}\n:hidden:\n\n{names}\n```\n" if listed else ""


def title(package: Module) -> str:
    """What the sidebar and the overviews call a package: its chapter's title where it is a chapter's."""
    if package.name == modules.ROOT:
        return "Shared modules"
    topic = package.name.split(".")[-1].replace("_", "-")
    titles = {slug: f"{number} {name}" for number, (slug, name) in catalogue.CHAPTERS.items()}
    return titles.get(topic, topic.replace("-", " ").capitalize())


def ordered(inventory: Inventory) -> list[Module]:
    """The packages with something in them: shared modules, chapters in their order, others."""
    topics = [slug.replace("-", "_") for slug, _ in catalogue.CHAPTERS.values()]

    def place(package: Module) -> tuple[int, str]:
        last = package.name.split(".")[-1]
        return (topics.index(last) if last in topics else len(topics)) + (package.name != modules.ROOT), package.name

    first = [package for package in inventory.packages() if package.name == modules.ROOT]
    return first + sorted((p for p in inventory.packages() if p not in first), key=place)


def api_name_role(name, rawtext, text, lineno, inliner, options=None, content=None) -> tuple[list, list]:
    """``{api-name}`full.name```: a link to an entry; with the anchor that old addresses name."""
    env = inliner.document.settings.env
    reference = addnodes.pending_xref(
        "", refdomain="py", reftype="obj", reftarget=text, refdoc=env.docname, refexplicit=True, refwarn=True
    )
    reference += nodes.literal(text=text.split(".")[-1])
    return [nodes.inline("", "", reference, ids=[text])], []


def _begin(app) -> None:
    """Read the library once: to look after its files for each name of each page took a tenth of a build."""
    app.mgai_inventory = write_sources(Layout(Path(app.confdir)))


def _source_of(app, name: str) -> tuple[str, dict[str, tuple[str, int, int]]] | None:
    """The source of a module and the lines of its names, for the listings; Sphinx would import it in every build."""
    module = app.mgai_inventory.modules.get(name)
    return (module.source, module.lines()) if module else None


def _skip_field(app, what: str, name: str, obj: Any, skip: bool, options: Any) -> bool | None:
    """Fields of named tuples have no docstring but Python's own; the class's docstring says what they are."""
    return True if str(getattr(obj, "__doc__", "")).startswith("Alias for field number") else None


def _readable_signatures(app, doctree: nodes.document) -> None:
    """Axes stand in double quotes, as in the source: ``Float[Tensor, "m n"]``."""
    for text in doctree.findall(addnodes.desc_sig_literal_string):
        shown = text.astext()
        if shown.startswith("'") and '"' not in shown:
            text.children = []
            text += nodes.Text(f'"{shown[1:-1]}"')


def _navigation(app, pagename: str, templatename: str, context: dict, doctree) -> None:
    """The sidebar's part: the packages, and in the open one its modules."""
    context["api_packages"] = []
    if pagename.startswith(f"{modules.API}/"):
        inventory = app.mgai_inventory
        for package in ordered(inventory):
            listed = [(module.docname, module.name.split(".")[-1]) for module in inventory.inside(package)]
            is_open = pagename in {package.docname, *(docname for docname, _ in listed)}
            shown = {"docname": package.docname, "title": title(package), "modules": listed if is_open else []}
            context["api_packages"].append(shown)


def _title_of_listing(app, pagename: str, templatename: str, context: dict, doctree) -> None:
    """A window that shows the source of a module is not called as the one that shows its documentation."""
    if pagename.startswith("_modules/mgai"):
        context["title"] = f"Source of {context['title']}"


def _signatures_as_text(app, pagename: str, templatename: str, context: dict, doctree) -> None:
    """Sphinx sets parameters a line each as a list of definitions without terms, which is no valid HTML."""
    if context.get("body") and pagename.startswith(f"{modules.API}/"):
        context["body"] = _PARAMETERS.sub(_lines, context["body"])


def _lines(found: re.Match) -> str:
    return re.sub("<dd>(.*?)</dd>", r'<span class="mgai-parameter">\1</span>', found[1], flags=re.S)


def _in_one_document(app, doctree: nodes.document) -> None:
    """Parts that were parsed as reStructuredText keep a document of their own, and with it the whole environment.

    What is stored of the page would hold a copy of it, which every build would load.
    """
    for node in doctree.findall():
        node.document = doctree


def setup(app) -> dict[str, Any]:
    app.setup_extension("sphinx.ext.autodoc")
    app.add_role("api-name", api_name_role)
    app.connect("builder-inited", _begin)
    app.setup_extension("sphinx.ext.viewcode")
    app.connect("viewcode-find-source", _source_of)
    app.connect("autodoc-skip-member", _skip_field)
    app.connect("doctree-read", _readable_signatures)
    app.connect("doctree-read", _in_one_document, priority=950)
    app.connect("html-page-context", _navigation)
    app.connect("html-page-context", _title_of_listing)
    app.connect("html-page-context", _signatures_as_text)
    return {"version": "1", "env_version": 1, "parallel_read_safe": True, "parallel_write_safe": True}
