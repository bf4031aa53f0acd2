"""What a computation costs, measured: operations in products, the most numbers alive at once, seconds.

The first two are the same on every machine. Shown on the page ``chapters/2-calculus/forward-and-reverse-mode``.
"""

from __future__ import annotations

import time
import weakref
from collections.abc import Callable, Sequence
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from torch.utils.flop_counter import FlopCounterMode

from mgai.linear_algebra.low_rank import check_integer


def counted_operations(function: Callable[[], Any]) -> int:
    """Multiplications and additions in products of matrices that ``function`` makes, by torch's own counter.

    A product of (n, k) with (k, m) counts 2nkm; products that torch does as matrix times vector are not counted.

    >>> counted_operations(lambda: torch.ones(2, 3) @ torch.ones(3, 4))
    48
    """
    with FlopCounterMode(display=False) as counter:
        function()
    return counter.get_total_flops()


def peak_numbers(function: Callable[[], Any]) -> int:
    """The most numbers alive at once in tensors that ``function`` makes; what was there before does not count.

    Each storage is counted from its first appearance until it is freed. The same on every machine, unlike a reading of
    the process's memory.

    >>> peak_numbers(lambda: torch.zeros(3) + torch.zeros(3))
    9
    """
    with _Watch() as watch:
        result = function()
    del result
    return watch.peak


def seconds(functions: Sequence[Callable[[], Any]], repeats: int = 9) -> Float[Tensor, "functions repeats"]:
    """Wall-clock seconds of each function, in turn so that a slow moment hits all alike, after one untimed round.

    repeats: timed rounds, at least 1; ValueError or TypeError otherwise.

    >>> seconds([lambda: None], 2).shape
    torch.Size([1, 2])
    """
    repeats = check_integer(repeats, "repeats", 1)
    rounds = [[_once(function) for function in functions] for _ in range(repeats + 1)]
    return torch.tensor(rounds[1:], dtype=torch.float64).T


class _Watch(TorchDispatchMode):
    """Counts the numbers in storages that appear while it is on."""

    def __init__(self) -> None:
        super().__init__()
        self.alive: dict[int, int] = {}
        self.peak = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        before = {leaf.untyped_storage()._cdata for leaf in tree_leaves((args, kwargs)) if isinstance(leaf, Tensor)}
        out = func(*args, **(kwargs or {}))
        for leaf in tree_leaves(out):
            if isinstance(leaf, Tensor):
                self._see(leaf, before)
        self.peak = max(self.peak, sum(self.alive.values()))
        return out

    def _see(self, tensor: Tensor, before: set[int]) -> None:
        storage = tensor.untyped_storage()
        key = storage._cdata
        if key not in self.alive and key not in before:
            self.alive[key] = storage.nbytes() // tensor.element_size()
            weakref.finalize(storage, self.alive.pop, key, None)


def _once(function: Callable[[], Any]) -> float:
    start = time.perf_counter()
    function()
    if torch.cuda.is_available() and torch.cuda.is_initialized():
        torch.cuda.synchronize()  # kernels run on after the call returns
    return time.perf_counter() - start
