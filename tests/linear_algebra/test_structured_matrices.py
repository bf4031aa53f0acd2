"""Laws and edge cases of Toeplitz, circulant and permutation matrices, and of the figures of their page."""

import numpy as np
import pytest
import scipy.linalg
import scipy.signal
import torch
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from mgai import settings
from mgai.linear_algebra import structured_matrices as sm
from mgai.linear_algebra import structured_matrices_figures as drawings

unhurried = hypothesis_settings(deadline=None)  # the first call pays for lazy imports
permutations = (
    st.integers(0, 7)
    .flatmap(lambda n: st.permutations(list(range(n))))
    .map(lambda line: torch.tensor(line, dtype=torch.int64))
)


def draw(*shape, label="test/structured"):
    return torch.randn(*shape, dtype=torch.float64, generator=settings.generator(label))


@pytest.mark.parametrize("mode", sm.MODES)
@pytest.mark.parametrize(("k", "n"), [(1, 1), (1, 5), (2, 2), (3, 3), (3, 8), (4, 9), (5, 5)])
def test_the_matrix_convolves_as_numpy_does(k, n, mode):
    h, x = draw(k, label="test/h"), draw(n, label="test/x")
    expected = np.convolve(x.numpy(), h.numpy(), mode)
    np.testing.assert_allclose(sm.convolution_matrix(h, n, mode) @ x, expected, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize(("k", "n"), [(4, 2), (5, 1), (3, 2)])
def test_same_keeps_the_length_of_a_signal_shorter_than_the_kernel(k, n):
    h, x = draw(k, label="test/h"), draw(n, label="test/x")
    expected = scipy.signal.convolve(x.numpy(), h.numpy(), "same", "direct")
    np.testing.assert_allclose(sm.convolution_matrix(h, n, "same") @ x, expected, rtol=1e-12, atol=1e-13)


@unhurried
@given(st.integers(1, 6), st.integers(1, 9))
def test_full_convolution_matrices_are_toeplitz_and_commute(k, n):
    h, x = torch.arange(1.0, k + 1), torch.arange(2.0, n + 2)
    matrix = sm.convolution_matrix(h, n)
    assert torch.equal(matrix[1:, 1:], matrix[:-1, :-1])
    assert torch.equal(matrix @ x, sm.convolution_matrix(x, k) @ h)  # integers: exact


@pytest.mark.parametrize(("k", "n"), [(1, 1), (2, 5), (5, 5)])
def test_circulant_matrices_agree_with_scipy_and_are_diagonal_in_fourier_space(k, n):
    h = draw(k)
    matrix = sm.circulant_matrix(h, n)
    assert np.array_equal(matrix, scipy.linalg.circulant(np.pad(h.numpy(), (0, n - k))))
    modes = torch.fft.fft(torch.eye(n, dtype=torch.complex128)) / n**0.5
    diagonal = modes @ matrix.to(torch.complex128) @ modes.mH
    torch.testing.assert_close(diagonal, torch.diag(torch.fft.fft(h, n)))


def test_convolution_matrices_keep_dtype_and_gradient():
    h = torch.ones(3, requires_grad=True)
    matrix = sm.convolution_matrix(h[::2], 4)  # not contiguous
    assert matrix.dtype == torch.float32
    matrix.sum().backward()
    assert h.grad.tolist() == [4, 0, 4]  # each kernel value stands in each of the 4 columns


@unhurried
@given(permutations)
def test_permutation_matrices_gather_rows_and_columns_and_are_inverted_by_transposing(pi):
    p, n = sm.permutation_matrix(pi), len(pi)
    x = torch.arange(float(n * n), dtype=torch.float64).reshape(n, n)
    assert torch.equal(p @ x, x[pi]) and torch.equal(x @ p.mT, x[:, pi])
    assert torch.equal(p @ p.mT, torch.eye(n, dtype=torch.float64))
    assert torch.equal(p.mT, sm.permutation_matrix(pi.argsort()))
    assert torch.equal(sm.permutation_of(p), pi)


@unhurried
@given(st.tuples(st.permutations(range(5)), st.permutations(range(5))))
def test_products_of_permutation_matrices_reverse_the_composition(lines):
    pi, sigma = (torch.tensor(line) for line in lines)
    product = sm.permutation_matrix(pi) @ sm.permutation_matrix(sigma)
    assert torch.equal(product, sm.permutation_matrix(sigma[pi]))


def test_permutation_matrices_take_a_dtype_and_int32():
    p = sm.permutation_matrix(torch.tensor([1, 0], dtype=torch.int32), dtype=torch.float32)
    assert p.dtype == torch.float32 and p.tolist() == [[0, 1], [1, 0]]


def test_the_figures_have_labels_and_plot_the_spectra():
    drawn = drawings.convolution_matrices_figure(torch.tensor([1.0, 2.0]), 5)
    panels = drawn.axes[:4]
    assert [axes.get_title().split(",")[0] for axes in panels] == ["full", "same", "valid", "circular"]
    assert all(axes.get_xlabel() for axes in panels) and panels[0].get_ylabel()
    a = 1 - torch.eye(4, dtype=torch.float64)
    spectra = drawings.laplacian_spectra(a)
    right = drawings.laplacian_spectra_figure(a).axes[1]
    assert right.get_xlabel() and right.get_ylabel()
    for line, values in zip(right.lines, spectra.values(), strict=False):
        np.testing.assert_array_equal(line.get_ydata(), values)
    torch.testing.assert_close(spectra["mixed"][0].item(), 0.25)  # 1 / (degree + 1)


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: sm.convolution_matrix(torch.ones(2), 3, "circular"), ValueError, "mode='circular'"),
        (lambda: sm.convolution_matrix(torch.ones(4), 3, "valid"), ValueError, "n=3 is shorter"),
        (lambda: sm.convolution_matrix(torch.ones(0), 3), ValueError, "h must be a vector"),
        (lambda: sm.convolution_matrix(torch.ones(2, 2), 3), ValueError, "h must be a vector"),
        (lambda: sm.convolution_matrix(torch.ones(2), 0), ValueError, "n must be at least 1"),
        (lambda: sm.convolution_matrix(torch.tensor([1, 2]), 3), TypeError, "h must be a floating"),
        (lambda: sm.convolution_matrix(torch.ones(2), 3.0), TypeError, "n must be an integer"),
        (lambda: sm.circulant_matrix(torch.ones(4), 3), ValueError, "h has 4 values"),
        (lambda: sm.circulant_matrix(torch.ones(2), 2.5), TypeError, "n must be an integer"),
        (lambda: sm.permutation_matrix(torch.tensor([0, 0])), ValueError, "pi must hold each"),
        (lambda: sm.permutation_matrix(torch.tensor([1, 2])), ValueError, "pi must hold each"),
        (lambda: sm.permutation_matrix(torch.tensor([[0]])), ValueError, "pi must hold each"),
        (lambda: sm.permutation_matrix([1, 0]), TypeError, "pi must be a tensor of integers"),
        (lambda: sm.permutation_of([[1]]), TypeError, "p must be a tensor"),
        (lambda: sm.permutation_of(torch.ones(2, 2)), ValueError, "p must hold zeros and a single one"),
        (lambda: sm.permutation_of(torch.tensor([[1.0, 0.5], [0.0, 1.0]])), ValueError, "p must hold"),
        (lambda: sm.permutation_of(torch.ones(2, 3)), ValueError, "p must be one square"),
        (lambda: sm.permutation_of(torch.zeros(2, 2)), ValueError, "p must hold"),
    ],
)
def test_bad_input_is_refused_with_the_name_of_the_argument(call, error, message):
    with pytest.raises(error, match=message):
        call()
