"""A device that is not there: does a page keep its tensors on one device, and copy before it leaves it?

``python tests/second_device.py [PAGE ...]`` executes pages (by default those that say ``gpu: true``) with
:func:`mgai.settings.device` on a device of our own. Its tensors lie on the CPU in truth, but wear another
device's name; a product of one with a tensor of the CPU, an index, NumPy, or a generator of the CPU
that draws on it raises, as on a GPU. So a misplaced tensor is found on a machine without one. What such a device
cannot find: differences of rounding, kernels that are missing, memory that runs out.
"""

from __future__ import annotations

import contextlib
import io
import sys
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import torch
import torch.utils.backend_registration as backends
from mgai_book import choosing, layout, pages
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map

from mgai import settings

backends._setup_privateuseone_for_python_backend("second")
SECOND = torch.device("second", 0)
made = 0


class Elsewhere(torch.Tensor):
    """A tensor that says it is on the second device; its numbers are in ``here``."""

    @staticmethod
    def __new__(cls, here: torch.Tensor) -> Elsewhere:
        global made
        made += 1
        return torch.Tensor._make_wrapper_subclass(
            cls, here.shape, strides=here.stride(), storage_offset=here.storage_offset(),
            dtype=here.dtype, layout=here.layout, device=SECOND,
        )  # fmt: skip

    def __init__(self, here: torch.Tensor) -> None:
        self.here = here

    @classmethod
    def __torch_dispatch__(cls, function: Any, types: Any, args: tuple = (), kwargs: dict | None = None) -> Any:
        return run(function, args, kwargs or {})

    def tolist(self) -> Any:  # which copies, on every device
        return self.here.tolist()

    def __repr__(self) -> str:
        return f"{self.here}, elsewhere"

    def numpy(self, **options: Any) -> Any:
        raise TypeError("a tensor on the second device is not NumPy's to read: copy it with cpu() first")

    __array__ = numpy


def run(function: Any, args: tuple, kwargs: dict) -> Any:
    """One operation, where its tensors are; raises where they are not together."""
    tensors = [value for value in tree_leaves((args, kwargs)) if isinstance(value, torch.Tensor)]
    there = any(isinstance(tensor, Elsewhere) for tensor in tensors)
    name = function.name()
    if there and not name.startswith(("aten::_to_copy", "aten::copy_")):
        _refuse_two_devices(name, args, tensors)
    if (target := kwargs.get("device")) is not None:
        lands = torch.device(target).type == SECOND.type
    else:
        lands = isinstance(args[0], Elsewhere) if name.startswith("aten::copy_") else there
    if kwargs.get("generator") is not None and lands:
        raise RuntimeError(f"{name}: a generator of the CPU draws for the second device")
    if target is not None:
        kwargs = {**kwargs, "device": torch.device("cpu")}
    known = {id(_here(tensor)): tensor for tensor in tensors}
    result = function(*tree_map(_here, args), **tree_map(_here, kwargs))

    def place(value: Any) -> Any:
        if not isinstance(value, torch.Tensor):
            return value
        return known.get(id(value), Elsewhere(value) if lands else value)  # in place: the tensor that was given

    return tree_map(place, result)


def _refuse_two_devices(name: str, args: tuple, tensors: list[torch.Tensor]) -> None:
    """As CUDA: numbers (no axes) may come from the CPU, and so may the indices of a tensor that is there."""
    indexed = name.startswith(("aten::index", "aten::_index"))
    if indexed and isinstance(args[0], Elsewhere) and "index_" not in name:
        return
    strangers = [tuple(t.shape) for t in tensors if not isinstance(t, Elsewhere) and (t.dim() > 0 or indexed)]
    if strangers:
        raise RuntimeError(f"{name}: tensors of shapes {strangers} are on the CPU, others on the second device")


def _here(value: Any) -> Any:
    return value.here if isinstance(value, Elsewhere) else value


def _is_second(device: Any) -> bool:
    return device is not None and torch.device(device).type == SECOND.type


class _Operations(TorchDispatchMode):
    def __torch_dispatch__(self, function: Any, types: Any, args: tuple = (), kwargs: dict | None = None) -> Any:
        return run(function, args, kwargs or {})


class _Constructors(TorchFunctionMode):
    """``torch.tensor`` and its like copy from Python below the reach of :class:`_Operations`: make, then move."""

    def __torch_function__(self, function: Any, types: Any, args: tuple = (), kwargs: dict | None = None) -> Any:
        kwargs = dict(kwargs or {})
        if function in (torch.tensor, torch.as_tensor) and _is_second(kwargs.get("device")):
            del kwargs["device"]
            needs_grad = kwargs.pop("requires_grad", False)
            return function(*args, **kwargs).to(SECOND).requires_grad_(needs_grad)
        if function is torch.Tensor.new_tensor and isinstance(args[0], Elsewhere):
            return torch.tensor(args[1], dtype=kwargs.get("dtype", args[0].dtype)).to(SECOND)
        return function(*args, **kwargs)


@contextlib.contextmanager
def second_device() -> Iterator[None]:
    """A block in which the second device exists, and is the one that the settings name."""
    usual: Callable[[], torch.device] = settings.device
    settings.device = lambda: SECOND
    try:
        with _Constructors(), _Operations():
            yield
    finally:
        settings.device = usual


def execute(page: pages.Page) -> tuple[int, list[str]]:
    """How many tensors the cells of a page make on the second device, and what goes wrong."""
    before, problems = made, []
    names: dict[str, Any] = {"__name__": "__main__"}
    for number, cell in pages.code_cells(page.notebook):
        try:
            with second_device(), contextlib.redirect_stdout(io.StringIO()):
                exec(compile(cell.source, f"{page.docname}, cell {number}", "exec"), names)
        except Exception:
            problems.append(f"{page.docname}, cell {number}: {traceback.format_exc(limit=-3)}")
    return made - before, problems


def main(names: list[str]) -> int:
    book = layout.find(Path(__file__).parents[1])
    try:
        chosen = [choosing.page(book, name) for name in names]
    except layout.BookError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    chosen = chosen or [page for page in pages.executable(book) if page.wants_gpu]
    if not chosen:
        print("no page says `gpu: true`", file=sys.stderr)
        return 2
    failed = 0
    for page in chosen:
        count, problems = execute(page)
        print(f"{page.docname}: {count} tensors on the second device, {len(problems)} cells that fail")
        print(*problems, sep="\n", end="")
        failed += bool(problems) or not count
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
