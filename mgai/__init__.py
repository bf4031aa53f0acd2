"""mgai: the mathematics of generative AI, shown and checked.

Each chapter of the book has a subpackage, each page a module of the same name:
the page ``1-linear-algebra/norms`` shows :mod:`mgai.linear_algebra.norms`.
"""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("mgai")
except PackageNotFoundError:  # imported from a source tree that was never installed
    __version__ = "0+unknown"

__all__ = ["__version__"]
