"""mgai-book: executes the pages of the book, checks them and renders them. It knows no mathematics.

Data flows one way: catalogue -> pages -> executed notebooks -> ledger, errata, totals -> site.

=============  ==============================================================
module         what it does
=============  ==============================================================
layout         where everything lies
pages          reads MyST pages as notebooks, with their front matter
catalogue      the source items and the discrepancies found in them
keys           what an executed page depends on
store          keeps executed pages, addressed by what they depend on
fork_server    forks kernels from a process that has imported the heavy libraries
scheduling     which page next, which share, which worker
execution      runs pages in kernels
gates          what must be true of every executed page, and of all together
ledger         the claims and observations recorded in executed notebooks
rendering      claims and figures as docutils nodes
sliders        sequences of frames as docutils nodes
budgets        what a page may cost in CPU seconds and in weight
pasting        the ways a reader runs a copied cell
browsers       the system's Chromium, and a server on this machine
measuring      what a reader loads: bytes, first paint, layout shift
cells          runs every visible cell alone
directives     boxes and roles that authors use
reports        ledger, errata, sources map and look-up pages
overviews      totals, chapter cards and maps, figures and claims of other pages
formulas       formulas in plain characters, and about how wide they will be
finishing      the last touch to a page's HTML: sizes, plain formulas, repairs
sharing        descriptions, the page for wrong addresses, the sitemap
site           the Sphinx extension: settings, navigation, downloads
wheel          the library's own wheel, put beside the site
install        the install line, defined once
plain          a rendered page as plain Markdown
downloads      what a reader takes along: executed notebook, script, wheel
currency       whether the published site is that of the present files
offline        the offline edition in one file
publishing     one build, from pages to a published site
previewing     one page, built for a look
drafting       a draft: the whole book with its faults, in _build/draft
watching       builds after every save and reloads the browser
checking       sweeps over seeds, all cells alone
comparing      two builds, claim by claim
choosing       what the options of a command may be
=============  ==============================================================
"""
