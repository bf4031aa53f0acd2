"""mgai: the mathematics of generative AI, shown and checked.

Each chapter of the book has a subpackage, each page a module of the same name:
the page ``1-linear-algebra/norms`` shows :mod:`mgai.linear_algebra.norms`.
:func:`mgai.grade <mgai.grading.grade>` checks a reader's own answer to an exercise.
"""

from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import Any

try:
    __version__ = version("mgai")
except PackageNotFoundError:  # imported from a source tree that was never installed
    __version__ = "0+unknown"

__all__ = ["__version__", "grade"]


def __getattr__(name: str) -> Any:
    """``mgai.grade`` is loaded when it is first asked for, so that ``import mgai`` stays quick."""
    if name == "grade":
        return import_module("mgai.grading").grade
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
