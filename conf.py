"""Sphinx configuration. Execution happens before Sphinx starts: see ``mgai_book.publishing``."""

import os
from importlib.metadata import version as installed
from pathlib import Path

from mgai_book.formula_sheet import empty_sheets
from mgai_book.pages import MYST_EXTENSIONS
from mgai_book.site import custom_formats

ROOT = Path(__file__).parent

project = "Mathematics of Generative AI: the checked companion"
author = "the mgai authors"
copyright = "the mgai authors"
version = release = installed("mgai")
language = "en"

extensions = [
    "myst_nb",
    "mgai_book.site",
    "mgai_book.api_pages",
    "mgai_book.code_links",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx.ext.viewcode",
    "sphinx_design",
    "sphinx_copybutton",
    "sphinx_proof",
    "sphinxcontrib.bibtex",
]
exclude_patterns = ["extensions/**", "catalogue/**", *empty_sheets(ROOT)]
suppress_warnings: list[str] = []
nitpicky = True
# Our own names must resolve; those of other libraries cannot without their inventories, which need a network.
nitpick_ignore_regex = [("py:.*", r"(?!mgai\b).*")]

nb_custom_formats = custom_formats(ROOT)
nb_execution_mode = "off"
nb_render_plugin = "mgai"
nb_merge_streams = True

myst_enable_extensions = sorted(MYST_EXTENSIONS)
myst_heading_anchors = 3
numfig = True
math_numfig = True
bibtex_bibfiles = ["book/reference/bibliography.bib"]
bibtex_default_style = "plain"
bibtex_reference_style = "author_year"

autodoc_typehints = "signature"
autodoc_member_order = "bysource"
autodoc_preserve_defaults = True
viewcode_follow_imported_members = False
add_module_names = False
toc_object_entries_show_parents = "hide"
python_maximum_signature_line_length = 88
# A name that a module passes on is documented where it is defined, so that links to its source meet it there.
autodoc_default_options = {"members": True, "show-inheritance": False, "ignore-module-all": True}
napoleon_numpy_docstring = False

mathjax_path = "mathjax/tex-mml-chtml.js"
mathjax3_config = {"options": {"enableMenu": False}, "chtml": {"mtextInheritFont": True}}

html_theme = "sphinx_book_theme"
html_title = "Mathematics of Generative AI, checked"
html_static_path = ["book/_static"]
html_css_files = ["book.css"]
html_js_files = ["book.js"]
templates_path = ["book/_templates"]
html_baseurl = os.environ.get("SITE_URL", "")
html_context = {"default_mode": "auto"}
html_show_sourcelink = False
html_theme_options = {
    "navbar_persistent": [],
    "use_download_button": True,
    "use_fullscreen_button": False,
    "show_toc_level": 2,
}
html_sidebars = {"**": ["navbar-logo.html", "search-button-field.html", "book-navigation.html"]}

copybutton_exclude = ".linenos, .gp, .go"
copybutton_selector = (
    "div.cell_input div.highlight pre, div.highlight-python pre, div.highlight-pycon pre, .mgai-install-line pre"
)
