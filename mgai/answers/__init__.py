"""The exercises that :func:`mgai.grade <mgai.grading.grade>` checks: one module an exercise, found by its name.

The module of ``dlt-7.22`` is ``mgai/answers/dlt_7_22.py`` and holds one :class:`mgai.tasks.Task`, named ``TASK``.
There is no list to keep, and a module is imported when its exercise is graded, not before.
"""

from __future__ import annotations

import re
from pathlib import Path


def module_name(item: str) -> str:
    """The module in which the exercise ``item`` is registered, if it is.

    >>> module_name("dlt-7.22"), module_name("ps03-03/jacobian")
    ('mgai.answers.dlt_7_22', 'mgai.answers.ps03_03')
    """
    return "mgai.answers." + re.sub(r"\W", "_", item.partition("/")[0])


def registered() -> list[str]:
    """The exercises that have a module, read off the file names: nothing is imported.

    >>> "dlt-7.22" in registered()
    True
    """
    stems = sorted(path.stem for path in Path(__file__).parent.glob("[a-z]*.py"))
    return [stem.replace("_", "-", 1).replace("_", ".") for stem in stems]
