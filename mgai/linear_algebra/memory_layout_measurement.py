"""Measured: what the order of elements in memory costs on the machine at hand.

The computations of one measurement take turns, so that a busy moment hits all of them alike; ratios
are formed within a round. On one CPU thread the thread's own time is taken, without that of other
programs. Every time is an observation: it holds for this machine at this moment.
Shown on the page ``chapters/1-linear-algebra/tensor-contraction``.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

import numpy as np
import torch
from jaxtyping import Float32
from torch import Tensor

from mgai import settings
from mgai.linear_algebra.memory_layout import Work, matmul_work, scale_work

Seconds = tuple[float, ...]
Plan = dict[str, tuple[Work, Callable[[], object]]]
STRIDES = (1, 2, 4, 8, 16, 32)
ITEMSIZE = 4  # float32, the usual type on a GPU
#: Numbers in one array (64 MiB; 512 MiB on a GPU: well beyond most caches), and rows of the large matrices.
SIZES = {"cpu": (2**24, 1024), "cuda": (2**27, 4096)}


def time_in_turn(
    computations: Mapping[str, Callable[[], object]], n_rounds: int, device: torch.device
) -> Mapping[str, Seconds]:
    """Seconds of each computation in each round, after one round that is not counted.

    Args:
        computations: functions without arguments, by name.
        n_rounds: rounds counted, at least 1.
        device: where they run; a GPU is synchronised before and after each.

    Raises:
        ValueError: ``n_rounds`` is below 1, or there is nothing to time.

    >>> len(time_in_turn({"nothing": lambda: None}, 3, torch.device("cpu"))["nothing"])
    3
    """
    if n_rounds < 1 or not computations:
        raise ValueError(f"n_rounds={n_rounds} and {len(computations)} computations: both must be at least 1")
    seconds: dict[str, list[float]] = {name: [] for name in computations}
    clock = _clock(device)
    for _ in range(n_rounds + 1):
        for name, compute in computations.items():
            _synchronise(device)
            start = clock()
            compute()
            _synchronise(device)
            seconds[name].append(clock() - start)
    return MappingProxyType({name: tuple(each[1:]) for name, each in seconds.items()})


def quartiles(values: Seconds, per: Seconds | None = None) -> tuple[float, float, float]:
    """Lower quartile, median and upper quartile of ``values``, or of ``values / per`` round by round.

    >>> quartiles((2.0, 4.0, 6.0)), quartiles((2.0, 4.0), per=(1.0, 2.0))
    ((3.0, 4.0, 5.0), (2.0, 2.0, 2.0))
    """
    if not values or (per is not None and len(per) != len(values)):
        raise ValueError(f"values has {len(values)} rounds, per has {0 if per is None else len(per)}")
    ratio = np.asarray(values) / (1.0 if per is None else np.asarray(per))
    low, middle, high = (float(quartile) for quartile in np.quantile(ratio, (0.25, 0.5, 0.75)))
    return low, middle, high


def devices() -> tuple[str, ...]:
    """The kinds of device to measure: the CPU, and the GPU when the settings choose one."""
    return tuple(dict.fromkeys(("cpu", settings.device().type)))


def gather_phases(source: Float32[Tensor, " n"], target: Float32[Tensor, " n"], stride: int) -> None:
    """Copy ``source`` in ``stride`` passes: each reads every ``stride``-th number and writes contiguously.

    Raises:
        ValueError: ``stride`` does not divide the size, or the sizes differ.

    >>> target = torch.zeros(6)
    >>> gather_phases(torch.arange(6.0), target, 2)
    >>> target
    tensor([0., 2., 4., 1., 3., 5.])
    """
    if stride < 1 or source.numel() % stride or source.shape != target.shape:
        raise ValueError(f"stride={stride} must divide the common size of source and target, {source.numel()}")
    for phase, part in enumerate(target.chunk(stride)):
        part.copy_(source[phase::stride])


@cache
def measure_copies(device: str = "cpu", n_rounds: int = 5, n: int | None = None) -> Mapping[str, Seconds]:
    """Copies of the same numbers in several orders: ``"stride s"`` for s in STRIDES, and ``"transposed"``.

    Each moves the same bytes, :math:`8n`, and makes no floating-point operation.

    Args:
        device: ``"cpu"`` or ``"cuda"``.
        n_rounds: rounds counted.
        n: how many numbers, a multiple of 2048; the default is beyond the cache.

    >>> sorted(measure_copies(n_rounds=1, n=4096))[:2]
    ['stride 1', 'stride 16']
    """
    where, n = _known(device), _whole(SIZES[device][0] if n is None else n, 2048)
    source = _numbers(n, where)
    target = torch.empty_like(source)
    square, result = source.view(-1, 2048), target.view(2048, -1)
    computations = {f"stride {s}": lambda s=s: gather_phases(source, target, s) for s in STRIDES}
    return time_in_turn(computations | {"transposed": lambda: result.copy_(square.T)}, n_rounds, where)


@cache
def measure_cached_copies(n_rounds: int = 51, n: int = 2**15, repeats: int = 10) -> Mapping[str, Seconds]:
    """Copies of stride 1 and 8 on the CPU, ``repeats`` times, with all numbers in its cache (256 KiB).

    >>> list(measure_cached_copies(1, 64, 1))
    ['stride 1', 'stride 8']
    """
    source = _numbers(_whole(n, 8), torch.device("cpu"))
    target = torch.empty_like(source)

    def often(stride: int) -> None:  # in slices of equal length, so that both make the same number of calls
        for _ in range(repeats):
            for phase, part in enumerate(target.chunk(8)):
                part.copy_(source[phase::8] if stride == 8 else source[phase * n // 8 : (phase + 1) * n // 8])

    return time_in_turn({f"stride {s}": lambda s=s: often(s) for s in (1, 8)}, n_rounds, torch.device("cpu"))


@dataclass(frozen=True)
class Point:
    """A timed computation: its work, its layout and its seconds in each round."""

    name: str
    contiguous: bool
    work: Work
    seconds: Seconds

    @property
    def rate(self) -> float:
        """Median floating-point operations a second."""
        return self.work.flops / quartiles(self.seconds)[1]

    @property
    def bandwidth(self) -> float:
        """Median bytes a second of the bytes the computation needs at least."""
        return self.work.n_bytes / quartiles(self.seconds)[1]


@cache
def measure_roofline(device: str = "cpu", n_rounds: int = 5, sizes: tuple[int, int] | None = None) -> tuple[Point, ...]:
    """Computations of rising intensity; three of them in a second layout with the same work.

    Args:
        device: ``"cpu"`` or ``"cuda"``.
        n_rounds: rounds counted.
        sizes: numbers in a large array (a multiple of 65,536) and rows of the large matrices.

    >>> [point.name for point in measure_roofline("cpu", 1, (2**16, 8)) if not point.contiguous]
    ['scale, stride 8', 'matrix-vector, stride 8', 'matrix-matrix, transposed']
    """
    where, (n, rows) = _known(device), SIZES[device] if sizes is None else sizes
    planned = _streams(_whole(n, 65536), where) | _products(n, _whole(rows, 1, "rows"), where)
    seconds = time_in_turn({name: compute for name, (_, compute) in planned.items()}, n_rounds, where)
    return tuple(Point(name, "," not in name, work, seconds[name]) for name, (work, _) in planned.items())


@cache
def measure_chain(device: str = "cpu", n_rounds: int = 5, rows: int | None = None) -> Mapping[str, Seconds]:
    """The chain :math:`ABx` in both orders: ``"(AB)x"`` and ``"A(Bx)"``.

    >>> list(measure_chain("cpu", 1, 8))
    ['(AB)x', 'A(Bx)']
    """
    where, size = _known(device), _whole(SIZES[device][1] if rows is None else rows, 1, "rows")
    a, b = _numbers(2 * size * size, where).view(2, size, size)
    x = a[0].clone()
    return time_in_turn({"(AB)x": lambda: (a @ b) @ x, "A(Bx)": lambda: a @ (b @ x)}, n_rounds, where)


def _streams(n: int, device: torch.device) -> Plan:
    """Scaling and matrix-vector products, in eight contiguous parts or in eight interleaved ones."""
    source, rows = _numbers(n, device), n // 4096
    target, vector = torch.empty_like(source), source[:512].clone()
    parts, out = source.chunk(8), target.chunk(8)
    apart = [source[k::8] for k in range(8)]
    blocks, interleaved = source.view(8, rows, 512), source.view(rows, 512, 8).permute(2, 0, 1)
    products, scale = matmul_work(rows, 512, 1, ITEMSIZE, batch=8), scale_work(n, ITEMSIZE)

    def double(numbers: Sequence[Tensor]) -> None:
        for a, b in zip(numbers, out, strict=True):
            torch.mul(a, 2.0, out=b)

    return {
        "scale": (scale, lambda: double(parts)),
        "scale, stride 8": (scale, lambda: double(apart)),
        "matrix-vector": (products, lambda: [block @ vector for block in blocks]),
        "matrix-vector, stride 8": (products, lambda: [block @ vector for block in interleaved]),
    }


def _products(n: int, rows: int, device: torch.device) -> Plan:
    """Batches of small matrix products, and one large product in two layouts; results go into existing arrays."""
    source, plan = _numbers(n, device), {}
    target = torch.empty_like(source[: n // 2])  # fresh pages of memory would cost more than small products
    for size in (16, 64):
        batch = source.view(-1, size, size)
        work = matmul_work(size, size, size, ITEMSIZE, batch=len(batch) // 2)
        halves = batch[: len(batch) // 2], batch[len(batch) // 2 :]
        out = target.view(-1, size, size)
        plan[f"{size}×{size} products"] = (work, lambda halves=halves, out=out: torch.bmm(*halves, out=out))
    a, b, result = _numbers(3 * rows * rows, device).view(3, rows, rows)
    large = matmul_work(rows, rows, rows, ITEMSIZE)
    plan["matrix-matrix"] = (large, lambda: torch.mm(a, b, out=result))
    plan["matrix-matrix, transposed"] = (large, lambda: torch.mm(a, b.T, out=result))
    return plan


def _numbers(n: int, device: torch.device) -> Float32[Tensor, " n"]:
    """Normal numbers; blocks repeat, since only their place matters here."""
    block = torch.randn(min(n, 2**20), generator=settings.generator("memory-layout"))
    return block.repeat(-(-n // block.numel()))[:n].to(device)


def _known(device: str) -> torch.device:
    if device not in SIZES:
        raise ValueError(f"device={device!r} must be one of {', '.join(SIZES)}")
    chosen = settings.device()  # names one of several GPUs
    return chosen if chosen.type == device else torch.device(device)


def _whole(n: int, unit: int, name: str = "n") -> int:
    if n < unit or n % unit:
        raise ValueError(f"{name}={n} must be a positive multiple of {unit}")
    return n


def _clock(device: torch.device) -> Callable[[], float]:
    alone = device.type == "cpu" and torch.get_num_threads() == 1
    return time.thread_time if alone and time.get_clock_info("thread_time").resolution < 1e-6 else time.perf_counter


def _synchronise(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)
