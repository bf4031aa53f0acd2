"""What a reader can take along from a page: its executed notebook, the same as a script, and the wheel of ``mgai``."""

from __future__ import annotations

import base64
import re
import shutil
from collections.abc import Iterator
from html import escape
from pathlib import Path

import nbformat
from docutils import nodes
from nbformat import NotebookNode, v4

from mgai_book import install, pages, plain, wheel
from mgai_book.install import Offer
from mgai_book.layout import Layout
from mgai_book.pages import FOLDED, code_cells, tags

SVG = "image/svg+xml"
_LICENCE = "Code: MIT licence; text and figures: CC BY 4.0."


def setup(app) -> None:
    app.connect("html-page-context", _of_page, priority=600)
    app.connect("build-finished", _wheel)


def _wheel(app, failure: Exception | None) -> None:
    """Put the wheel where the install line says it is."""
    layout = Layout(Path(app.confdir))
    if failure is None and app.builder.format == "html" and wheel.has_package(layout):
        built = wheel.build(layout)
        folder = Path(app.outdir, "downloads")
        folder.mkdir(exist_ok=True)
        shutil.copyfile(built, folder / built.name)


def _of_page(app, pagename: str, templatename: str, context: dict, doctree) -> None:
    """Write notebook and script of a page, and offer them in the theme's download menu."""
    layout = Layout(Path(app.confdir))
    stored = layout.notebook(pagename)
    if app.builder.format != "html" or doctree is None or not stored.exists():
        return
    site_url = app.config.html_baseurl.rstrip("/")
    numbers = app.env.toc_fignumbers.get(pagename, {})
    text = list(plain.pieces(doctree, pagename, numbers, site_url))
    given = install.offer(layout, site_url)
    first = opening(app.config.project, site_url and f"{site_url}/{pagename}.html", given)
    made = notebook(text, pages.executed(stored), first, given)
    target = Path(app.outdir, "downloads", f"{pagename}.ipynb")
    target.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(made, target)
    target.with_suffix(".py").write_text(script(made), encoding="utf-8")
    _offer(context, pagename)


def _offer(context: dict, pagename: str) -> None:
    for group in context.get("header_buttons", []):
        if group.get("label") == "download-buttons":
            for ending, text in ((".ipynb", "Executed notebook"), (".py", "Script")):
                url = context["pathto"](f"downloads/{pagename}{ending}", 1)
                group["buttons"].insert(0, {"type": "link", "url": url, "text": ending, "tooltip": f"Download: {text}",
                                            "icon": "fas fa-file-code", "label": f"download-{ending[1:]}"})  # fmt: skip


def opening(project: str, address: str, given: Offer | None) -> str:
    """The first cell: where this comes from (``address``: the page on the site), and how to get what it imports."""
    book = f"[{project}]({address})" if address else f"*{project}*"
    told = f"From {book}.\n{_LICENCE}"
    return f"{told}\n\n{install.markdown(given)}" if given else told


def notebook(
    text: list[str | nodes.container], executed: NotebookNode, first: str, given: Offer | None
) -> NotebookNode:
    """The page's text in plain Markdown with the executed cells and their outputs in between."""
    made = [v4.new_markdown_cell(first)]
    if given:
        made.append(v4.new_code_cell(install.code(given)))
    cells = iter(cell for _, cell in code_cells(executed))
    for piece in text:
        made.append(v4.new_markdown_cell(piece) if isinstance(piece, str) else _code_cell(next(cells)))
    if next(cells, None) is not None:
        raise ValueError("the page has fewer cells than its executed notebook")
    for number, cell in enumerate(made):
        cell.id = f"cell-{number}"  # the same in every build
    return v4.new_notebook(cells=made, metadata=_metadata(executed), nbformat_minor=5)


def _metadata(executed: NotebookNode) -> dict:
    """Kernel, language, and how the notebook was executed."""
    kept = {name: executed.metadata[name] for name in ("language_info", "mgai") if name in executed.metadata}
    return {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}, **kept}


def _code_cell(cell: NotebookNode) -> NotebookNode:
    """A cell with its outputs; what is folded on the page is folded in a notebook as well."""
    metadata = {"jupyter": {"source_hidden": True}, "tags": [FOLDED]} if FOLDED in tags(cell) else {}
    outputs = [_shown_anywhere(output) for output in cell.outputs]
    return v4.new_code_cell(cell.source, execution_count=cell.execution_count, outputs=outputs, metadata=metadata)


def _shown_anywhere(output: NotebookNode) -> NotebookNode:
    """The output with a picture in HTML beside the SVG.

    A notebook that was not executed here is not trusted, and JupyterLab then shows no SVG; a picture in HTML it does.
    """
    if SVG not in output.get("data", {}):
        return output
    output = nbformat.from_dict(dict(output, data=dict(output.data)))
    payload = base64.b64encode(output.data[SVG].encode()).decode()
    alt = escape(output.metadata.get(SVG, {}).get("alt", ""))
    style = "background-color: white; max-width: 100%"  # lines are dark, whatever the theme
    output.data["text/html"] = f'<img alt="{alt}" style="{style}" src="data:{SVG};base64,{payload}">'
    return output


def script(made: NotebookNode) -> str:
    """The notebook as a plain Python script: prose as comments, cells in order."""
    return "\n\n".join(_commented(made)) + "\n"


def _commented(made: NotebookNode) -> Iterator[str]:
    for cell in made.cells:
        if cell.cell_type == "code":
            yield "# %%\n" + cell.source
        else:
            yield "# %% [markdown]\n" + re.sub(r"^.*$", lambda line: f"# {line[0]}".rstrip(), cell.source, flags=re.M)
