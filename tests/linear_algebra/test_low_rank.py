"""Low-rank approximation: the theorem as a law, ranks at ties and thresholds, storage, figures."""

from __future__ import annotations

import re
from fractions import Fraction

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mgai import figures, frames, settings
from mgai.linear_algebra import low_rank as lr
from mgai.linear_algebra.low_rank_figures import rank_frames, reconstructions_figure, stored_share, trade_off_figure

SHAPES = [(7, 4), (4, 7), (5, 5), (1, 1), (6, 1), (1, 6)]
values = st.lists(st.integers(0, 1000), max_size=8).map(lambda s: sorted(s, reverse=True))
seeds = st.integers(0, 2**32)


def gaussian(*shape: int, label: str = "tests/low-rank") -> torch.Tensor:
    return torch.randn(*shape, dtype=torch.float64, generator=settings.generator(label))


def vector(*entries: float) -> torch.Tensor:
    return torch.tensor(entries, dtype=torch.float64)


@pytest.mark.parametrize("shape", SHAPES)
def test_errors_agree_with_numpy_and_with_rebuilding(shape):
    a = gaussian(*shape)
    s = np.linalg.svd(a.numpy(), compute_uv=False)
    errors = lr.relative_errors(torch.linalg.svdvals(a))
    for k in range(len(s) + 1):
        rest = a - lr.low_rank_approximation(a, k)
        np.testing.assert_allclose(rest.norm() / a.norm(), np.sqrt((s[k:] ** 2).sum() / (s**2).sum()), atol=1e-14)
        np.testing.assert_allclose(errors[k], rest.norm() / a.norm(), atol=1e-14)
        np.testing.assert_allclose(torch.linalg.matrix_norm(rest, 2), s[k] if k < len(s) else 0, atol=1e-13)


@given(seeds, st.integers(1, 6), st.integers(1, 6), st.data())
def test_no_matrix_of_the_same_rank_is_nearer(seed, m, n, data):
    k = data.draw(st.integers(0, min(m, n)))
    rng = torch.Generator().manual_seed(seed)
    a, x, y = (torch.randn(rows, cols, dtype=torch.float64, generator=rng) for rows, cols in ((m, n), (m, k), (k, n)))
    best = lr.low_rank_approximation(a, k)
    for rival in (x @ y, x @ torch.linalg.lstsq(x, a).solution if k else x @ y):
        assert torch.linalg.matrix_rank(rival) <= k
        assert (a - best).norm() <= (a - rival).norm() + 1e-12
        spectral = torch.linalg.matrix_norm(a - best, 2), torch.linalg.matrix_norm(a - rival, 2)
        assert spectral[0] <= spectral[1] + 1e-12


@given(values, st.integers(0, 100))
def test_energy_rank_agrees_with_exact_arithmetic(entries, percent):
    t, squares = Fraction(percent, 100), [value**2 for value in entries]
    exact = next(k for k in range(len(entries) + 1) if sum(squares[:k]) >= t * sum(squares))
    assert lr.energy_rank(vector(*entries), percent / 100) == exact


@given(st.integers(2, 60), st.integers(2, 200))
def test_exact_ties_with_a_rounded_threshold_still_count(r, extra):
    total = r + extra  # energies (total - r + 1, 1, ..., 1), cut after the first: sqrt(1 - t) stays above 1/(8 r)
    s = vector(total - r + 1, *[1] * (r - 1)).sqrt()
    assert lr.energy_rank(s, (total - r + 1) / total) == 1
    assert lr.energy_rank(s, (total - r + 1) / total + 1e-9) == 2


def test_a_tie_that_rounding_splits_still_counts():
    tilted = torch.linalg.qr(gaussian(2, 2)).Q
    for scale in (1.0, 1e-200, 1e200, 1 / 3):  # squares over- and underflow unless scaled
        s = torch.linalg.svdvals(scale * tilted @ torch.diag(vector(3, 1)) @ tilted.mT)
        assert lr.energy_rank(s, 0.9) == 1
    assert lr.energy_rank(vector(3, 1 + 1e-12), 0.9) == 2


@pytest.mark.parametrize("n", [1, 2, 9, 10, 11, 50])
def test_a_flat_spectrum_needs_nine_tenths_of_the_ranks(n):
    s = torch.linalg.svdvals(torch.linalg.qr(gaussian(n, n)).Q)
    assert lr.energy_rank(s, 0.9) == -(-9 * n // 10)


def test_all_the_energy_is_the_numerical_rank():
    assert lr.energy_rank(vector(1, 2.0**-30), 1.0) == 2
    assert lr.energy_rank(vector(1, 1e-17), 1.0) == 1
    assert lr.energy_rank(vector(1, 1e-17), 1.0, rtol=0) == 2
    a = gaussian(20, 3) @ gaussian(3, 15, label="tests/right")
    for dtype in (torch.float32, torch.float64):
        assert lr.energy_rank(torch.linalg.svdvals(a.to(dtype)), 1.0) == 3


def test_edges():
    assert lr.energy_rank(torch.zeros(4), 1.0) == 0 == lr.energy_rank(torch.zeros(0))
    assert lr.relative_errors(torch.zeros(2)).tolist() == [0, 0, 0]
    assert lr.relative_errors(torch.zeros(0)).tolist() == [0]
    assert lr.low_rank_approximation(torch.zeros(0, 3), 0).shape == (0, 3)
    assert lr.low_rank_approximation(torch.zeros(2, 3), 1).tolist() == [[0.0] * 3] * 2
    assert [tuple(part.shape) for part in lr.truncated_svd(gaussian(4, 3), 0)] == [(4, 0), (0,), (0, 3)]


def test_dtype_strides_and_argument_are_kept():
    wide = gaussian(8, 6)
    a = wide[::2].mT.float()
    before = a.clone()
    rebuilt = lr.low_rank_approximation(a, 4)
    assert rebuilt.dtype == torch.float32 and torch.equal(a, before)
    torch.testing.assert_close(rebuilt, a, rtol=0, atol=1e-5)


@given(st.integers(1, 40), st.integers(1, 40))
def test_storage(m, n):
    k = lr.break_even_rank(m, n)
    assert lr.stored_numbers(m, n, k) < m * n <= (k + 1) * (m + n + 1)
    for rank in range(min(m, n) + 1):
        u, s, vh = lr.truncated_svd(torch.zeros(m, n), rank)
        assert lr.stored_numbers(m, n, rank) == u.numel() + s.numel() + vh.numel()
        assert lr.degrees_of_freedom(m, n, rank) == m * n - (m - rank) * (n - rank)


def test_reconstructions_are_truncations_of_the_rows():
    images = gaussian(5, 3, 2)
    frames = lr.reconstructions(images, [0, 2, 5])
    assert frames.shape == (3, 5, 3, 2) and not frames[0].any()
    expected = lr.low_rank_approximation(images.flatten(1), 2)
    torch.testing.assert_close(frames[1].flatten(1), expected)
    torch.testing.assert_close(frames[2], images)
    assert lr.reconstructions(images, []).shape == (0, 5, 3, 2)


def test_trade_off_figure_plots_the_errors():
    a = gaussian(9, 6)
    s = torch.linalg.svdvals(a)
    (axes,) = trade_off_figure(s, (9, 6)).axes
    assert axes.get_xlabel() and axes.get_ylabel()
    drawn = {line.get_label(): line for line in axes.lines}
    curve = drawn["data, factors and values: k(m+n+1)"]
    np.testing.assert_allclose(curve.get_ydata(), lr.relative_errors(s))
    np.testing.assert_allclose(curve.get_xdata(), stored_share((9, 6), 6))
    assert axes.get_xlim()[1] > stored_share((9, 6), 6)[-1]  # the whole curve is drawn
    assert sum("k = " in text.get_text() for text in axes.texts) == 5


def test_reconstructions_figure_has_one_row_a_rank():
    images = gaussian(3, 4, 4).abs()
    drawn = reconstructions_figure(lr.reconstructions(images, [1, 3]), [1, 3])
    assert len(drawn.axes) == 6
    assert [axes.get_ylabel() for axes in drawn.axes[::3]] == ["k = 1", "k = 3"]
    np.testing.assert_allclose(drawn.axes[3].images[0].get_array(), images[0], atol=1e-12)


def test_reconstructions_of_the_first_images_are_those_of_all():
    images = gaussian(5, 3, 4)
    torch.testing.assert_close(lr.reconstructions(images, [1, 4], n_shown=2), lr.reconstructions(images, [1, 4])[:, :2])
    assert lr.reconstructions(images, [], n_shown=2).shape == (0, 2, 3, 4)


def sequence_of_frames(ranks=(1, 2, 4, 6)):
    images = gaussian(9, 2, 3)
    s = torch.linalg.svdvals(images.flatten(1))
    return images, s, rank_frames(images[:2], lr.reconstructions(images, ranks, n_shown=2), s, ranks)


def test_rank_frames_tell_and_mark_rank_energy_and_error():
    ranks = (1, 2, 4, 6)
    images, _, sequence = sequence_of_frames(ranks)
    a = images.flatten(1)
    assert list(frames.faults(frames.describe(sequence, "rank", "Two images at rising rank."))) == []
    for k, frame in zip(ranks, sequence, strict=True):
        left = a - lr.low_rank_approximation(a, k)
        energy, error = 1 - (left.norm() / a.norm()) ** 2, left.norm() / a.norm()
        off = left[:2].square().mean().sqrt()
        label, alt = (re.findall(r"\d[\d.e-]*\d|\d", text) for text in (frame.label, frame.alt))
        np.testing.assert_allclose([float(n) for n in label], [k, 100 * energy], rtol=5e-3)
        np.testing.assert_allclose([float(n) for n in alt], [k, 100 * energy, error, off], rtol=5e-2, atol=1e-12)
        *_, curve = frame.drawn.axes
        np.testing.assert_allclose(curve.lines[-1].get_xydata(), [[k, energy]], rtol=1e-12)
        np.testing.assert_allclose(frame.drawn.axes[0].images[0].get_array(), images[0] - left[0].reshape(2, 3))


def test_rank_frames_move_nothing_but_what_the_rank_changes():
    _, _, sequence = sequence_of_frames()
    for frame in sequence:
        figures.render(frame.drawn, raster=False)  # which lays it out
    drawn = [frame.drawn.axes for frame in sequence]
    assert len({tuple(axes.get_position().bounds for axes in each) for each in drawn}) == 1
    assert len({(each[-1].get_xlim(), each[-1].get_ylim()) for each in drawn}) == 1


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: lr.truncated_svd(torch.eye(2, dtype=torch.int64), 1), TypeError, "a must be"),
        (lambda: lr.truncated_svd(np.eye(2), 1), TypeError, "a must be"),
        (lambda: lr.truncated_svd(torch.eye(2, dtype=torch.complex64), 1), TypeError, "a must be"),
        (lambda: lr.truncated_svd(torch.ones(2), 1), ValueError, "a must be a matrix"),
        (lambda: lr.truncated_svd(torch.ones(2, 2) / 0, 1), ValueError, "not finite"),
        (lambda: lr.truncated_svd(torch.eye(2), 3), ValueError, "k must be from 0 to 2"),
        (lambda: lr.truncated_svd(torch.eye(2), -1), ValueError, "k must be"),
        (lambda: lr.truncated_svd(torch.eye(2), 1.0), TypeError, "k must be an integer"),
        (lambda: lr.relative_errors([1.0]), TypeError, "s must be"),
        (lambda: lr.relative_errors(torch.ones(2, 2)), ValueError, "s must be a vector"),
        (lambda: lr.relative_errors(vector(1, float("nan"))), ValueError, "finite"),
        (lambda: lr.relative_errors(vector(1, 2)), ValueError, "descending"),
        (lambda: lr.relative_errors(vector(1, -1)), ValueError, "negative"),
        (lambda: lr.energy_rank(vector(1), 1.1), ValueError, "threshold must be"),
        (lambda: lr.energy_rank(vector(1), float("nan")), ValueError, "threshold must be"),
        (lambda: lr.energy_rank(vector(1), 0.9, rtol=-1), ValueError, "rtol must be"),
        (lambda: lr.stored_numbers(3, 2, 3), ValueError, "k must be"),
        (lambda: lr.degrees_of_freedom(-1, 2, 0), ValueError, "m must be at least 0"),
        (lambda: lr.break_even_rank(2.5, 2), TypeError, "m must be an integer"),
        (lambda: lr.reconstructions(torch.ones(2, 2), [1]), ValueError, "images must have three axes"),
        (lambda: lr.reconstructions([[[1.0]]], [1]), TypeError, "images must be"),
        (lambda: lr.reconstructions(torch.ones(2, 2, 2).long(), [1]), TypeError, "images must be"),
        (lambda: lr.reconstructions(torch.ones(2, 2, 2), [3]), ValueError, "ranks must be"),
        (lambda: lr.reconstructions(torch.ones(2, 2, 2), [1], n_shown=3), ValueError, "n_shown must be"),
        (lambda: reconstructions_figure(torch.ones(2, 1, 2, 2), [1]), ValueError, "frames must have"),
        (lambda: rank_frames(torch.ones(1, 2, 2), torch.ones(2, 1, 2, 2), vector(1), [1]), ValueError, "rebuilt must"),
        (lambda: rank_frames(torch.ones(1, 2, 2), torch.ones(1, 1, 2, 2), vector(1), [0]), ValueError, "ranks must be"),
    ],
)
def test_bad_input(call, error, message):
    with pytest.raises(error, match=message):
        call()
