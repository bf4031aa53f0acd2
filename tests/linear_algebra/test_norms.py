"""The p-functional against NumPy, exact arithmetic and loops; its laws; the unit circles and their figure."""

import math
from fractions import Fraction

import numpy as np
import pytest
import torch
from hypothesis import assume, given, strategies
from matplotlib.colors import to_rgba

from mgai.linear_algebra.norms import (
    p_functional,
    quasi_norm_constant,
    triangle_ratio,
    unit_circle,
    unit_circles_figure,
)
from mgai.settings import generator

DOUBLE = torch.float64
EXPONENTS = (0.1, 0.5, 0.9, 1.0, 1.5, 2.0, 3.0, 20.0)
exponents = strategies.floats(0.1, 20)
entries = strategies.floats(-1e6, 1e6).filter(lambda x: x == 0 or abs(x) > 1e-6)


def pairs_of(n_min: int = 1) -> strategies.SearchStrategy:
    return strategies.lists(strategies.tuples(entries, entries), min_size=n_min, max_size=6)


def vector(*values: float, dtype: torch.dtype = DOUBLE) -> torch.Tensor:
    return torch.tensor(values, dtype=dtype)


def normal(*shape: int, label: str = "test/norms") -> torch.Tensor:
    return torch.randn(*shape, dtype=DOUBLE, generator=generator(label))


@pytest.mark.parametrize("p", EXPONENTS)
def test_numpys_norm(p: float) -> None:
    x = normal(50, 7)
    expected = np.linalg.norm(x.numpy(), ord=p, axis=1)
    np.testing.assert_allclose(p_functional(x, p).numpy(), expected, rtol=1e-13)


@given(strategies.lists(strategies.integers(-1000, 1000), min_size=1, max_size=8), strategies.integers(1, 6))
def test_sums_of_powers_in_exact_arithmetic(whole: list[int], k: int) -> None:
    x = torch.tensor(whole, dtype=DOUBLE)
    size = Fraction(p_functional(x, k).item())  # exponent k: the k-th power is an integer
    assert float(size**k) == pytest.approx(sum(abs(v) ** k for v in whole), rel=1e-13)
    powers = x.sign() * x.abs() ** k  # exponent 1/k of k-th powers: the sum of the entries to the power k
    assert p_functional(powers, 1 / k).item() == pytest.approx(sum(map(abs, whole)) ** k, rel=1e-12)


@given(pairs_of(), exponents, strategies.floats(-100, 100))
def test_definite_and_homogeneous(pairs: list[tuple[float, float]], p: float, factor: float) -> None:
    x, _ = torch.tensor(pairs, dtype=DOUBLE).T
    assert (p_functional(x, p) == 0) == bool((x == 0).all())
    assume(factor == 0 or abs(factor) > 1e-6)
    torch.testing.assert_close(p_functional(factor * x, p), abs(factor) * p_functional(x, p), rtol=1e-12, atol=0)


@given(pairs_of(), exponents)
def test_no_pair_exceeds_the_constant(pairs: list[tuple[float, float]], p: float) -> None:
    x, y = torch.tensor(pairs, dtype=DOUBLE).T
    assume(bool((x != 0).any()))
    assert triangle_ratio(x, y, p) <= quasi_norm_constant(p) * (1 + 1e-12)
    assert triangle_ratio(x, x, p).item() == pytest.approx(1, rel=1e-13)


@given(pairs_of(), strategies.floats(0.1, 1))
def test_the_power_is_subadditive_up_to_one(pairs: list[tuple[float, float]], p: float) -> None:
    x, y = torch.tensor(pairs, dtype=DOUBLE).T
    powers = p_functional(x, p) ** p + p_functional(y, p) ** p
    assert p_functional(x + y, p) ** p <= powers * (1 + 1e-12)


@given(pairs_of(), exponents, exponents)
def test_it_falls_with_the_exponent_down_to_the_largest_entry(
    pairs: list[tuple[float, float]], p: float, q: float
) -> None:
    x, _ = torch.tensor(pairs, dtype=DOUBLE).T
    small, large = p_functional(x, max(p, q)), p_functional(x, min(p, q))
    assert x.abs().max() * (1 - 1e-12) <= small <= large * (1 + 1e-12)


@given(strategies.floats(0.1, 0.99), strategies.integers(2, 6))
def test_two_unit_vectors_attain_the_constant(p: float, n: int) -> None:
    e1, e2 = torch.eye(n, dtype=DOUBLE)[:2]
    assert triangle_ratio(e1, e2, p).item() == pytest.approx(2 ** (1 / p - 1), rel=1e-12)
    assert triangle_ratio(e1, e2, p).item() == pytest.approx(quasi_norm_constant(p), rel=1e-12)


def test_constant_is_one_for_norms_and_infinite_beyond_float64() -> None:
    assert [quasi_norm_constant(p) for p in (1, 1.5, 2, 1e300)] == [1.0] * 4
    assert quasi_norm_constant(1 / 1024) == 2.0**1023
    assert [quasi_norm_constant(p) for p in (1 / 1025, 1e-4, 5e-324)] == [math.inf] * 3


@pytest.mark.parametrize("p", EXPONENTS)
def test_one_entry_gives_the_absolute_value(p: float) -> None:
    x, y = normal(100, 1, label="x"), normal(100, 1, label="y")
    torch.testing.assert_close(p_functional(x, p), x.abs()[:, 0], rtol=1e-15, atol=0)
    assert (triangle_ratio(x, y, p) <= 1 + 1e-14).all()


@pytest.mark.parametrize(("x", "p", "expected"), [
    ((1e300, 1e300), 2, 2**0.5 * 1e300),  # squares beyond float64
    ((3e-300, 4e-300), 2, 5e-300),  # squares below it
    ((1e-300, 1e-300), 0.5, 4e-300),
    ((5e-324, 0.0), 3, 5e-324),
    ((-2.0,), 1e-6, 2.0),
    ((1.0, 0.5), 1e300, 1.0),
])  # fmt: skip
def test_no_overflow_on_the_way(x: tuple[float, ...], p: float, expected: float) -> None:
    assert p_functional(vector(*x), p).item() == pytest.approx(expected, rel=1e-14)


def test_float32_batches_views_and_no_vectors() -> None:
    x = normal(4, 3, 6)
    found = p_functional(x, 0.5)
    assert found.shape == (4, 3)
    loops = [[sum(abs(v) ** 0.5 for v in row) ** 2 for row in rows] for rows in x.tolist()]
    np.testing.assert_allclose(found.numpy(), loops, rtol=1e-13)
    view = x.mT[:, ::2]  # not contiguous
    assert torch.equal(p_functional(view, 0.5), p_functional(view.contiguous(), 0.5))
    narrow = p_functional(x.float(), 0.5)
    assert narrow.dtype == torch.float32
    torch.testing.assert_close(narrow.double(), found, rtol=1e-5, atol=0)
    assert p_functional(x[:0], 0.5).shape == (0, 3)


def test_the_input_is_left_alone_and_gradients_pass() -> None:
    x = vector(3.0, -4.0).requires_grad_()
    p_functional(x, 2).backward()
    torch.testing.assert_close(x.grad, vector(0.6, -0.8))
    assert x.tolist() == [3.0, -4.0]


@pytest.mark.parametrize("p", EXPONENTS)
def test_unit_circle_lies_on_the_circle_and_runs_around_once(p: float) -> None:
    points = unit_circle(p, 25)
    assert points.shape == (101, 2)
    sizes = np.linalg.norm(points.numpy(), ord=p, axis=1)
    np.testing.assert_allclose(sizes, 1, rtol=1e-12 / min(p, 1))
    axes = vector(1, 0, 0, 1, -1, 0, 0, -1, 1, 0).reshape(5, 2)
    assert torch.equal(points[::25], axes)  # the spikes are reached
    angles = np.unwrap(np.arctan2(*points.numpy().T[::-1]))
    assert (np.diff(angles) >= 0).all() and angles[-1] - angles[0] == pytest.approx(2 * math.pi)


def test_figure_has_its_labels_and_its_curves_pass_through_the_unit_vectors() -> None:
    axes = unit_circles_figure().axes[0]
    assert axes.get_xlabel() and axes.get_ylabel() and axes.get_aspect() == 1
    curves, marks = axes.lines[:3], axes.lines[3:]
    assert [line.get_label() for line in axes.lines] == [text.get_text() for text in axes.get_legend().get_texts()]
    assert len({line.get_linestyle() for line in curves}) == len({to_rgba(line.get_color()) for line in curves}) == 3
    for line, p in zip(curves, (0.5, 1.0, 2.0), strict=True):
        points = line.get_xydata()
        for unit in marks[0].get_xydata():
            assert abs(points - unit).sum(axis=1).min() == 0
        np.testing.assert_allclose((abs(points) ** p).sum(axis=1), 1, rtol=1e-12)
    assert marks[1].get_xydata().tolist() == [[0.5, 0.5]]


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: p_functional(vector(1, 2), 0), ValueError, "p must be positive and finite, not 0"),
        (lambda: p_functional(vector(1, 2), -1.0), ValueError, "p must be"),
        (lambda: p_functional(vector(1, 2), math.inf), ValueError, "p must be"),
        (lambda: p_functional(vector(1, 2), math.nan), ValueError, "p must be"),
        (lambda: p_functional([1.0], 1.0), TypeError, "x must be a floating-point tensor"),
        (lambda: p_functional(torch.tensor([1, 2]), 1.0), TypeError, "x must be a floating-point tensor"),
        (lambda: p_functional(torch.ones(2, dtype=torch.complex64), 1.0), TypeError, "x must be"),
        (lambda: p_functional(torch.tensor(1.0), 1.0), ValueError, "x must have at least one entry"),
        (lambda: p_functional(torch.ones(3, 0), 1.0), ValueError, r"not shape \(3, 0\)"),
        (lambda: p_functional(vector(1, math.nan), 1.0), ValueError, "x has entries that are not finite"),
        (lambda: p_functional(vector(1, -math.inf), 1.0), ValueError, "x has entries that are not finite"),
        (lambda: triangle_ratio(vector(1, 2), vector(1), 0.5), ValueError, "y must have the shape of x"),
        (lambda: triangle_ratio(torch.zeros(2), torch.zeros(2), 0.5), ValueError, "both zero"),
        (lambda: triangle_ratio([1.0], vector(1), 0.5), TypeError, "x must be"),
        (lambda: triangle_ratio(vector(1), 1.0, 0.5), TypeError, "y must be"),
        (lambda: triangle_ratio(vector(1), vector(math.nan), 0.5), ValueError, "y has entries"),
        (lambda: triangle_ratio(vector(1), vector(1), 0.0), ValueError, "p must be"),
        (lambda: quasi_norm_constant(0.0), ValueError, "p must be"),
        (lambda: quasi_norm_constant(math.nan), ValueError, "p must be"),
        (lambda: unit_circle(0.0), ValueError, "p must be"),
        (lambda: unit_circle(1.0, 0), ValueError, "n_quarter must be at least 1, not 0"),
        (lambda: unit_circles_figure((1.0,) * 7), ValueError, "exponents"),
    ],
)
def test_bad_input_is_refused_by_name(call, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        call()
