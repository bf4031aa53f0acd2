"""Strides, segments, work and the roofline against torch, enumeration and hand calculation."""

from __future__ import annotations

from fractions import Fraction

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mgai.linear_algebra import memory_layout as ml
from mgai.linear_algebra import memory_layout_figures as drawings
from mgai.linear_algebra import memory_layout_measurement as measurement

CPU = torch.device("cpu")


@given(st.lists(st.integers(1, 7), max_size=4))
def test_strides_are_those_of_torch(shape: list[int]) -> None:
    assert ml.contiguous_strides(tuple(shape)) == torch.empty(shape).stride()


@given(st.integers(1, 50), st.integers(0, 80), st.sampled_from((1, 2, 4, 8)), st.sampled_from((32, 64)), st.data())
def test_segments_are_those_of_the_bytes(n: int, stride: int, itemsize: int, segment: int, data: st.DataObject) -> None:
    offset = itemsize * data.draw(st.integers(0, segment // itemsize - 1))
    expected = ml.segments_by_enumeration(n, stride, itemsize, segment, offset)
    assert ml.segments_touched(n, stride, itemsize, segment, offset) == expected


@given(st.integers(1, 100), st.sampled_from((1, 2, 4, 8, 16)), st.sampled_from((32, 64)))
def test_useful_share_is_the_limit_for_many_elements(stride: int, itemsize: int, segment: int) -> None:
    n = 64  # a multiple of what fits a segment: whole segments, but for the last element's tail
    touched = ml.segments_by_enumeration(n, stride, itemsize, segment)
    share = Fraction(n * itemsize, touched * segment)
    limit = ml.useful_share(stride, itemsize, segment)
    assert limit <= share * (1 + Fraction(1, touched)) and share <= limit * (1 + Fraction(segment, n * itemsize))


def test_a_misaligned_warp_touches_one_more_sector() -> None:
    assert ml.segments_touched(32, 1, 4, 32) == 4
    assert ml.segments_touched(32, 1, 4, 32, offset=4) == 5


@given(st.integers(1, 20), st.integers(1, 20), st.integers(1, 20), st.integers(1, 4))
def test_work_is_what_torch_counts(m: int, k: int, n: int, batch: int) -> None:
    counted = ml.counted_work(torch.bmm, (batch, m, k), (batch, k, n))
    assert ml.matmul_work(m, k, n, 4, batch) == counted


def test_intensity_of_square_products_and_scaling() -> None:
    assert [ml.matmul_work(n, n, n, 8).intensity for n in (1, 12, 300)] == [Fraction(n, 12) for n in (1, 12, 300)]
    assert ml.scale_work(10, 8) == ml.Work(10, 160)


@given(st.floats(1e-3, 1e3), st.floats(1.0, 1e3), st.floats(1.0, 1e3))
def test_roofline_is_operations_over_the_longer_time(intensity: float, peak: float, bandwidth: float) -> None:
    seconds = max(intensity / peak, 1 / bandwidth)  # for one byte
    assert ml.attainable(intensity, peak, bandwidth) == pytest.approx(intensity / seconds, rel=1e-14)


@pytest.mark.parametrize("stride", [1, 2, 3, 6])
def test_gathered_phases_are_a_transposed_copy(stride: int) -> None:
    source, target = torch.arange(12, dtype=torch.float32), torch.zeros(12)
    measurement.gather_phases(source, target, stride)
    assert torch.equal(target, source.view(-1, stride).T.reshape(-1))


def test_rounds_take_turns_and_the_first_is_not_counted() -> None:
    calls: list[str] = []
    times = measurement.time_in_turn({name: lambda name=name: calls.append(name) for name in "ab"}, 3, CPU)
    assert calls == ["a", "b"] * 4
    assert all(len(seconds) == 3 and min(seconds) >= 0 for seconds in times.values())


def test_measurements_are_memoised_and_immutable() -> None:
    times = measurement.measure_copies("cpu", 1, 2**12)
    assert times is measurement.measure_copies("cpu", 1, 2**12)
    assert set(times) == {f"stride {s}" for s in measurement.STRIDES} | {"transposed"}
    with pytest.raises(TypeError):
        times["stride 1"] = (0.0,)  # type: ignore[index]


def test_both_layouts_have_the_same_work() -> None:
    points = {point.name: point for point in measurement.measure_roofline("cpu", 2, (2**16, 8))}
    for name in ("scale, stride 8", "matrix-vector, stride 8", "matrix-matrix, transposed"):
        assert points[name].work == points[name.split(",")[0]].work
        assert not points[name].contiguous
    assert points["matrix-vector"].work.flops == 2 * 2**16
    assert points["scale"].work == ml.scale_work(2**16, 4)


def test_planned_computations_do_what_their_names_say() -> None:
    n = 2**16
    numbers, plan = measurement._numbers(n, CPU), measurement._streams(n, CPU)
    blocks = plan["matrix-vector"][1]()
    assert torch.allclose(torch.stack(blocks), numbers.view(8, 16, 512) @ numbers[:512], rtol=1e-4, atol=1e-3)
    spread = plan["matrix-vector, stride 8"][1]()
    by_einsum = torch.einsum("rck,c->kr", numbers.view(16, 512, 8), numbers[:512])
    assert torch.allclose(torch.stack(spread), by_einsum, rtol=1e-4, atol=1e-3)


def test_planned_products_do_what_their_names_say() -> None:
    n, rows = 2**16, 8
    numbers, plan = measurement._numbers(n, CPU), measurement._products(n, rows, CPU)
    for size in (16, 64):
        left, right = numbers.view(2, -1, size, size)
        assert torch.equal(plan[f"{size}×{size} products"][1](), torch.bmm(left, right))
    a, b = measurement._numbers(3 * rows * rows, CPU).view(3, rows, rows)[:2]
    assert torch.allclose(plan["matrix-matrix"][1](), a @ b, rtol=1e-5, atol=1e-4)
    assert torch.allclose(plan["matrix-matrix, transposed"][1](), a @ b.T, rtol=1e-5, atol=1e-4)


def test_chain_and_cached_copies_are_timed() -> None:
    assert {len(t) for t in measurement.measure_chain("cpu", 2, 4).values()} == {2}
    assert {len(t) for t in measurement.measure_cached_copies(2, 64, 1).values()} == {2}


def test_figures_have_labels_and_one_panel_a_device() -> None:
    points = measurement.measure_roofline("cpu", 1, (2**16, 8))
    roof = drawings.roofline_figure({"cpu": points, "cuda": points})
    copies = drawings.strided_copies_figure({"cpu": measurement.measure_copies("cpu", 1, 2**12)})
    assert len(roof.axes) == 2 and len(copies.axes) == 1
    for axes in (*roof.axes, *copies.axes):
        assert axes.get_xlabel() and axes.get_ylabel() and axes.get_legend() is not None
    drawn = [text.get_text() for text in roof.axes[0].texts]
    assert drawn == ["scale", "matrix-vector", "16×16", "64×64", "matrix-matrix"]


def test_no_point_lies_above_the_ceilings() -> None:
    points = measurement.measure_roofline("cpu", 1, (2**16, 8))
    peak, bandwidth = drawings.ceilings(points)
    for point in points:
        assert point.rate <= ml.attainable(float(point.work.intensity), peak, bandwidth) * (1 + 1e-12)


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: ml.contiguous_strides((2, 0)), "shape must have extents"),
        (lambda: ml.segments_touched(0, 1, 4, 32), "n must be at least 1"),
        (lambda: ml.segments_touched(1, -1, 4, 32), "stride at least 0"),
        (lambda: ml.segments_touched(1, 1, 3, 32), "itemsize must divide segment"),
        (lambda: ml.segments_touched(1, 1, 4, 32, 32), "offset must be"),
        (lambda: ml.segments_touched(1, 1, 4, 32, 2), "offset must be"),
        (lambda: ml.segments_by_enumeration(0, 1, 4, 32), "n must be at least 1"),
        (lambda: ml.useful_share(0, 4, 32), "stride must be at least 1"),
        (lambda: ml.copy_share(1, 5, 32), "itemsize must divide segment"),
        (lambda: ml.matmul_work(1, 0, 1, 4), "must be at least 1"),
        (lambda: ml.scale_work(0, 4), "must be at least 1"),
        (lambda: ml.attainable(1.0, 0.0, 1.0), "must be positive"),
        (lambda: ml.attainable(float("nan"), 1.0, 1.0), "must be positive"),
        (lambda: measurement.time_in_turn({}, 1, CPU), "0 computations"),
        (lambda: measurement.time_in_turn({"a": int}, 0, CPU), "n_rounds=0"),
        (lambda: measurement.quartiles(()), "0 rounds"),
        (lambda: measurement.quartiles((1.0,), (1.0, 2.0)), "per has 2"),
        (lambda: measurement.gather_phases(torch.ones(5), torch.ones(5), 2), "stride=2 must divide"),
        (lambda: measurement.gather_phases(torch.ones(4), torch.ones(2), 2), "common size"),
        (lambda: measurement.measure_copies("cpu", 1, 100), "n=100 must be a positive multiple of 2048"),
        (lambda: measurement.measure_copies("tpu"), "device='tpu'"),
        (lambda: measurement.measure_roofline("cpu", 1, (100, 4)), "n=100 must be a positive multiple of 65536"),
        (lambda: measurement.measure_copies("cpu", 1, 0), "n=0 must be a positive multiple of 2048"),
        (lambda: measurement.measure_roofline("cpu", 1, (2**16, 0)), "rows=0 must be a positive multiple of 1"),
        (lambda: measurement.measure_chain("cpu", 1, 0), "rows=0 must be a positive multiple of 1"),
        (lambda: measurement.measure_chain("tpu"), "device='tpu'"),
        (lambda: measurement.measure_cached_copies(1, 9, 1), "n=9 must be a positive multiple of 8"),
        (lambda: drawings.ceilings(()), "points is empty"),
    ],
)
def test_bad_input_is_named(call, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        call()
