"""The three ways a reader runs a copied cell: as a file, line by line at a plain prompt, in IPython.

At a plain prompt a blank line ends a block, and nothing else does. So a block at the outermost level needs a blank line
after it, and none within; a gate says where a cell breaks this.
"""

from __future__ import annotations

import codeop
import sys
from code import InteractiveConsole
from collections.abc import Callable

#: The ways, and how messages name them.
FORMS = {"file": "", "prompt": ", at a plain prompt", "ipython": ", in IPython"}
_NAMESPACE = {"__name__": "__main__"}


def prompt_fault(source: str) -> str:
    """Where a plain prompt would stop at a cell that is pasted line by line, and what to do; empty if nowhere.

    >>> prompt_fault("for i in range(2):\\n    print(i)\\nprint(3)")
    'pasted at a plain prompt it stops at `print(3)`: leave a blank line after the block above'
    >>> prompt_fault("for i in range(2):\\n    print(i)\\n\\nprint(3)")
    ''
    """
    compiler, waiting = codeop.CommandCompiler(), []
    for line in [*source.splitlines(), ""]:
        waiting.append(line)
        try:
            if compiler("\n".join(waiting), "<prompt>", "single") is not None:
                waiting = []
        except (SyntaxError, ValueError, OverflowError) as error:
            inside = isinstance(error, IndentationError) and len(waiting) == 1
            advice = "no blank line within a block" if inside else "leave a blank line after the block above"
            return f"pasted at a plain prompt it stops at `{line.strip()}`: {advice}"
    return f"pasted at a plain prompt it never ends: `{waiting[0].strip()}`" if waiting else ""


def as_file(source: str, name: str) -> None:
    exec(compile(source, name, "exec"), dict(_NAMESPACE))


class _Console(InteractiveConsole):
    """Python's own prompt, except that what fails is raised."""

    def showtraceback(self) -> None:
        raise

    def showsyntaxerror(self, filename: str | None = None, **more) -> None:
        raise


def at_prompt(source: str, name: str) -> None:
    sys.ps1 = ">>> "  # by this a program knows that somebody types
    console = _Console(dict(_NAMESPACE), name)
    for line in [*source.splitlines(), ""]:
        unfinished = console.push(line)
    if unfinished:
        raise SyntaxError("the prompt still waits for the end of the cell")


def in_ipython(source: str, name: str) -> None:
    from IPython.terminal.interactiveshell import TerminalInteractiveShell
    from traitlets.config import Config

    settings = Config()
    settings.HistoryManager.enabled = False
    settings.TerminalInteractiveShell.simple_prompt = True
    shell = TerminalInteractiveShell.instance(config=settings)
    shell.run_cell(source).raise_error()


WAYS: dict[str, Callable[[str, str], None]] = {"file": as_file, "prompt": at_prompt, "ipython": in_ipython}


def run(source: str, form: str, name: str) -> None:
    """Run a cell in one of the ways, in an empty namespace; whatever fails is raised."""
    WAYS[form](source, name)
