"""A rendered page as plain Markdown, for downloads that are read without Sphinx.

It is written from the resolved document, not from the page's source: numbers, references and the texts of boxes stand
there as on the site, whatever directive or role they came from. Boxes become headed quotations. A link into the book
needs the address of the site; without one its text remains.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from urllib.parse import urljoin

from docutils import nodes

#: Characters that Markdown would take for marks; an underscore within a word is none.
_MARKS = re.compile(r"([\\`*$])|(?<!\w)(_)|(_)(?!\w)|(<)(?=[A-Za-z/!])|(\[)(?=[^\]]*\]\()")
#: A line that starts like this would begin a list, a heading or a quotation.
_BEGINS = re.compile(r"\n[ \t]*(?=(?:[-+#>]|\d+[.)])(?:\s|$))")
_SILENT = (nodes.Invisible, nodes.raw, nodes.colspec)
_CELL = "cell_code"
_WIDTH = 118
_ALIGNED = r"\begin{{aligned}}{}\end{{aligned}}"


def is_cell(node: nodes.Node) -> bool:
    return isinstance(node, nodes.container) and node.get("nb_element") == _CELL


def pieces(
    document: nodes.document, docname: str, numbers: dict, site_url: str = ""
) -> Iterator[str | nodes.container]:
    """The page in order: Markdown between the code cells, and the nodes of the cells.

    numbers: kind of thing -> id -> number, for theorems and figures (Sphinx's ``toc_fignumbers`` of the page).
    """
    writer = _Writer(docname, numbers, site_url)
    waiting: list[str] = []
    for block in writer.blocks(document, 0):
        if isinstance(block, str):
            waiting.append(block)
            continue
        if waiting:
            yield "\n\n".join(waiting)
        yield block
        waiting = [writer.caption(figure) for figure in block.findall(nodes.figure)]
    waiting += writer.references()
    if waiting:
        yield "\n\n".join(waiting)


class _Writer:
    """Writes the nodes of one document; unknown nodes are passed through for what they hold."""

    def __init__(self, docname: str, numbers: dict, site_url: str):
        self.page = f"{site_url}/{docname}.html" if site_url else ""
        self.numbers = {name: number for of_kind in numbers.values() for name, number in of_kind.items()}
        self.cited: dict[str, str] = {}

    def number(self, node: nodes.Element) -> str:
        found = next((self.numbers[name] for name in node["ids"] if name in self.numbers), ())
        return "".join([" ", ".".join(map(str, found))]) if found else ""

    def blocks(self, node: nodes.Element, level: int) -> Iterator[str | nodes.container]:
        """The blocks below a node; ``level`` is that of the section it stands in."""
        for child in node.children:
            if is_cell(child):
                yield child
            elif isinstance(child, nodes.section):
                yield from self.blocks(child, level + 1)
            elif isinstance(child, nodes.title):
                yield f"{'#' * max(level, 1)} {self.text(child)}"
            elif not isinstance(child, _SILENT):
                yield from self.block(child, level)

    def block(self, node: nodes.Element, level: int) -> Iterator[str | nodes.container]:
        """One block that is neither section nor cell."""
        known = getattr(self, f"_{type(node).__name__}", None)
        if known:
            yield known(node)
        elif "realtype" in node:  # theorems and their like
            title = self.text(node[0]).strip()
            yield _quoted(f"**{' '.join(filter(None, [node['realtype'].capitalize() + self.number(node), title]))}.**",
                          self.inside(node[1]))  # fmt: skip
        elif isinstance(node, nodes.Admonition) or "dropdown" in type(node).__name__:
            yield self.box(node)
        elif isinstance(node, (nodes.TextElement, nodes.Text)):
            yield self.text(node)
        else:
            yield from self.blocks(node, level)

    def inside(self, node: nodes.Element) -> str:
        """The blocks below a node as one text; a box holds no cells."""
        return "\n\n".join(block for block in self.blocks(node, 3) if isinstance(block, str) and block.strip())

    def box(self, node: nodes.Element) -> str:
        """An admonition or a dropdown: its title in bold, and all in a quotation."""
        first = node[0]
        titled = isinstance(first, nodes.title) or type(first).__name__.endswith("_title")
        title = self.text(first).strip() if titled else ""
        body = [self.inside(nodes.container("", *(child.deepcopy() for child in node[titled:])))]
        return _quoted(f"**{title}**" if title else "", *body)

    def text(self, node: nodes.Node, in_table: bool = False) -> str:
        """Inline content as Markdown."""
        written = "".join(self.inline(child, in_table) for child in node.children)
        return " ".join(written.split()) if in_table else _BEGINS.sub(" ", written).strip()

    def inline(self, node: nodes.Node, in_table: bool) -> str:
        if isinstance(node, nodes.Text):
            return escaped(str(node), in_table)
        if isinstance(node, nodes.math):
            return f"${_for_table(node.astext().strip()) if in_table else node.astext().strip()}$"
        if isinstance(node, nodes.literal):
            return _code(node.astext())
        if isinstance(node, _SILENT):
            return ""
        if isinstance(node, nodes.image):
            return escaped(node.get("alt", ""), in_table)
        inner = "".join(self.inline(child, in_table) for child in node.children)
        if isinstance(node, (nodes.emphasis, nodes.strong)):
            mark = "*" if isinstance(node, nodes.emphasis) else "**"
            return f"{mark}{inner.strip()}{mark}"
        return self.link(node, inner) if isinstance(node, nodes.reference) else inner

    def link(self, node: nodes.reference, inner: str) -> str:
        """A link out of the book, or into it where its address is known; a citation is noted with its source."""
        if node.get("reftitle") and "bibliography" in node.get("refuri", ""):
            self.cited[node["reftitle"]] = node.astext()
        target = node.get("refuri") or f"#{node.get('refid', '')}"
        if node.get("internal") or "refid" in node:
            return f"[{inner}]({urljoin(self.page, target)})" if self.page else inner
        return f"[{inner}]({target})" if inner != target else f"<{target}>"

    def references(self) -> list[str]:
        """What the page cites, in full: the bibliography does not come along."""
        listed = "\n".join(f"- {escaped(source)}" for source in self.cited)
        return [f"## References\n\n{listed}"] if listed else []

    def caption(self, figure: nodes.figure) -> str:
        said = next((self.text(child) for child in figure.children if isinstance(child, nodes.caption)), "")
        return _wrapped(f"**Figure{self.number(figure)}.** {said}")

    # One method for each kind of block, called by the name of its class.

    def _paragraph(self, node: nodes.paragraph) -> str:
        return _wrapped(self.text(node))

    def _proof_node(self, node: nodes.Element) -> str:
        return self.inside(node).replace("> Proof.", "> *Proof.*", 1)

    def _math_block(self, node: nodes.math_block) -> str:
        tex = node.astext().strip()
        if node.get("no-wrap", node.get("nowrap")):  # an environment of its own, such as align
            return tex
        number = self.number(node).strip()
        tag = rf" \tag{{{number}}}" if number else ""
        return f"$$\n{_ALIGNED.format(tex) if _breaks(tex) else tex}{tag}\n$$"

    def _literal_block(self, node: nodes.literal_block) -> str:
        return f"```{node.get('language', '')}\n{node.astext()}\n```"

    def _bullet_list(self, node: nodes.bullet_list) -> str:
        return "\n".join(_indented("- ", self.inside(item)) for item in node.children)

    def _enumerated_list(self, node: nodes.enumerated_list) -> str:
        start = node.get("start", 1)
        return "\n".join(_indented(f"{n}. ", self.inside(item)) for n, item in enumerate(node.children, start))

    def _definition_list(self, node: nodes.definition_list) -> str:
        entries = [(self.text(item[0]), self.inside(item[-1])) for item in node.children]
        return "\n\n".join(f"**{term}**\n\n{meaning}" for term, meaning in entries)

    def _block_quote(self, node: nodes.block_quote) -> str:
        return _quoted(self.inside(node))

    def _figure(self, node: nodes.figure) -> str:
        return self.caption(node)

    def _image(self, node: nodes.image) -> str:
        return self.inline(node, False)

    def _table(self, node: nodes.table) -> str:
        rows = [[self.entry(entry) for entry in row.findall(nodes.entry)] for row in node.findall(nodes.row)]
        lines = [f"| {' | '.join(row)} |" for row in rows]
        return "\n".join([lines[0], "|" + "---|" * len(rows[0]), *lines[1:]])

    def entry(self, node: nodes.entry) -> str:
        return " ".join(self.text(child, in_table=True) for child in node.children)


def escaped(text: str, in_table: bool = False) -> str:
    """Text in which Markdown finds no marks.

    >>> escaped("2 * 3 < 7 and snake_case, _so_ <b>")
    '2 \\\\* 3 < 7 and snake_case, \\\\_so\\\\_ \\\\<b>'
    """
    written = _MARKS.sub(lambda found: "\\" + found[0], text)
    return written.replace("|", "\\|") if in_table else written


def _breaks(tex: str) -> bool:
    """Whether a formula has line breaks of its own, outside every environment."""
    return "\\\\" in re.sub(r"\\begin\{(\w+\*?)\}.*?\\end\{\1\}", "", tex, flags=re.S)


def _for_table(tex: str) -> str:
    """TeX without a bar, which would end the cell of a table."""
    return tex.replace(r"\|", r"\Vert ").replace("|", r"\vert ")


def _wrapped(text: str) -> str:
    """A paragraph with a line that is too long, in lines that are not; formulas and code stay whole."""
    if max(map(len, text.splitlines()), default=0) <= _WIDTH:
        return text
    whole = re.sub(r"\$[^$]*\$|`[^`]*`", lambda found: re.sub(r"\s+", "\0", found[0]), text)
    lines = textwrap.fill(whole, _WIDTH, break_long_words=False, break_on_hyphens=False).replace("\0", " ")
    return _BEGINS.sub(" ", lines)


def _code(text: str) -> str:
    fence = "``" if "`" in text else "`"
    space = " " if fence == "``" else ""
    return f"{fence}{space}{text}{space}{fence}"


def _quoted(*blocks: str) -> str:
    lines = "\n\n".join(block for block in blocks if block.strip()).splitlines()
    return "\n".join(f"> {line}".rstrip() for line in lines)


def _indented(mark: str, text: str) -> str:
    first, *others = text.splitlines() or [""]
    return "\n".join([mark + first, *(" " * len(mark) + line if line else "" for line in others)])
