"""Code without a page, pages without code, and formulas and functions that do not name each other.

No name is excepted. A name of a chapter's package must be *reached*, that is used on a page or by
something reached. So figures and references count as soon as a page shows them, and helpers as soon as a function
that a page shows needs them. The shared modules are machinery, and what they use (the grading of answers, for one)
is reached.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from mgai_book import catalogue, modules, pages
from mgai_book.gates import Fault
from mgai_book.layout import Layout
from mgai_book.modules import Inventory, Module
from mgai_book.pages import Page
from mgai_book.references import names, references

_FORMULA = re.compile(r"^(:{3,}|`{3,})\{formula\}\s+(\S+)\s*\n:implements:(.*)$", re.M)
_PAGE = re.compile(r"``(chapters/[\w/-]+)``")


def faults(layout: Layout) -> list[Fault]:
    """Everything that stands alone, in the whole book."""
    inventory, found = modules.load(layout), pages.executable(layout)
    chapters = [page for page in found if page.docname.startswith("chapters/") and not page.docname.endswith("/index")]
    return [
        *(fault for page in chapters for fault in _page_without_module(layout, page, inventory)),
        *(fault for page in chapters for fault in _formulas(layout, page, inventory)),
        *_modules_without_page(layout, inventory, _used(inventory, found)),
        *_unreached(inventory, found),
    ]


def topics() -> list[str]:
    """The packages of the chapters."""
    return [f"{modules.ROOT}.{slug.replace('-', '_')}" for slug, _ in catalogue.CHAPTERS.values()]


def module_of(docname: str) -> str:
    """The module that a page shows.

    >>> module_of("chapters/1-linear-algebra/low-rank")
    'mgai.linear_algebra.low_rank'
    """
    _, chapter, name = docname.split("/")
    return f"{modules.ROOT}.{chapter.split('-', 1)[1]}.{name}".replace("-", "_")


def implemented(page: Page) -> Iterator[tuple[str, str]]:
    """(item, full name) for every function that a formula of the page says implements it."""
    for _, item, listed in _FORMULA.findall(page.text):
        yield from ((item, name.strip()) for name in listed.split(",") if name.strip())


def _fault(file: str, message: str) -> Fault:
    return Fault(file, 0, 1, message)


def _page_without_module(layout: Layout, page: Page, inventory: Inventory) -> Iterable[Fault]:
    if module_of(page.docname) not in inventory.modules:
        yield _fault(layout.shown(page.docname), f"there is no module {module_of(page.docname)}")
    elif f"``{page.docname}``" not in inventory.modules[module_of(page.docname)].doc:
        yield _fault(layout.shown(page.docname), f"{module_of(page.docname)} does not say ``{page.docname}``")


def _formulas(layout: Layout, page: Page, inventory: Inventory) -> Iterable[Fault]:
    for item, name in implemented(page):
        definition = inventory.definition(name)
        if definition is None or not definition.is_public:
            yield _fault(layout.shown(page.docname), f"{item}: there is no public {name}")
        elif f"``{item}``" not in definition.doc:
            yield _fault(layout.shown(page.docname), f"{item}: the docstring of {name} does not say ``{item}``")


def _modules_without_page(layout: Layout, inventory: Inventory, used: set[str]) -> Iterable[Fault]:
    """A module that pages use says which page shows it; one that only other modules use is shown by theirs."""
    for module in inventory.modules.values():
        is_used = module.name in used or any(f"{module.name}.{name}" in used for name in module.definitions)
        if module.package in topics() and not module.is_package and is_used:
            named = _PAGE.findall(module.doc)
            if not any(layout.page(docname).is_file() for docname in named):
                yield _fault(_file(module), f"the docstring of {module.name} names no page that exists")


def _unreached(inventory: Inventory, found: list[Page]) -> Iterable[Fault]:
    reached = reach(inventory, _used(inventory, found) | _machinery(inventory))
    for module in inventory.modules.values():
        if module.package in topics():
            for each in module.definitions.values():
                if each.is_public and each.kind != "data" and f"{module.name}.{each.name}" not in reached:
                    yield _fault(_file(module), f"no page uses or names {module.name}.{each.name}")


def _file(module: Module) -> str:
    return module.name.replace(".", "/") + ("/__init__.py" if module.is_package else ".py")


def _used(inventory: Inventory, found: list[Page]) -> set[str]:
    """What the pages use in their cells or name in their text."""
    cells = [cell.source for page in found for _, cell in pages.code_cells(page.notebook)]
    in_cells = {each.name for source in cells for each in references(source, inventory)}
    in_text = {name for page in found for name in re.findall(r"\bmgai(?:\.\w+)+", page.text)}
    return (in_cells | {inventory.resolve(name) for name in in_text}) - {""}


def _machinery(inventory: Inventory) -> set[str]:
    """What the modules outside the chapters define."""
    outside = [module for module in inventory.modules.values() if module.package not in topics()]
    return {f"{module.name}.{name}" for module in outside for name in module.definitions}


def reach(inventory: Inventory, start: set[str]) -> set[str]:
    """The names that ``start`` uses, directly or through each other, itself included."""
    todo, seen = list(start), set(start)
    while todo:
        for name in _needs(inventory, todo.pop()) - seen:
            seen.add(name)
            todo.append(name)
    return seen


def _needs(inventory: Inventory, name: str) -> set[str]:
    definition = inventory.definition(name)
    if definition is None:
        return set()
    module = inventory.modules[name.rpartition(".")[0]]
    own = {each: f"{module.name}.{each}" for each in module.definitions}
    return names(definition.node, {**module.imports, **own}, inventory)
