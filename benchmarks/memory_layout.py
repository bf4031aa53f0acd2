"""What the order of numbers in memory costs here: ratios of times measured side by side.

Run from the repository root: ``python benchmarks/memory_layout.py [rounds]``.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

import torch

from mgai.linear_algebra import memory_layout_measurement as measurement
from mgai.linear_algebra.memory_layout_figures import ceilings

Row = tuple[str, tuple[float, float, float]]


def rows(device: str, n_rounds: int) -> Iterator[Row]:
    """Names and quartiles of the ratios on one device: times over that of the contiguous copy or computation."""
    copies = measurement.measure_copies(device, n_rounds)
    for name, seconds in copies.items():
        yield f"copy, {name}", measurement.quartiles(seconds, copies["stride 1"])
    points = {point.name: point for point in measurement.measure_roofline(device, n_rounds)}
    for name, point in points.items():
        if not point.contiguous:
            yield name, measurement.quartiles(point.seconds, points[name.split(",")[0]].seconds)
    chain = measurement.measure_chain(device, n_rounds)
    yield "chain, (AB)x over A(Bx)", measurement.quartiles(chain["(AB)x"], chain["A(Bx)"])


def main(n_rounds: int) -> None:
    """Print one table a device: median and quartiles of each ratio, and the measured ceilings."""
    for device in measurement.devices():
        print(f"{device}, {torch.get_num_threads()} thread(s), {n_rounds} rounds; median ratio of times (quartiles)")
        for name, (low, middle, high) in rows(device, n_rounds):
            print(f"  {name:28} {middle:8.2f}  ({low:.2f} to {high:.2f})")
        peak, bandwidth = ceilings(measurement.measure_roofline(device, n_rounds))
        print(f"  peak {peak / 1e9:.3g} GFlop/s, bandwidth {bandwidth / 1e9:.3g} GB/s, balance {peak / bandwidth:.2g}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 9)
