"""Kernels and their Gram matrices, against loops and SymPy."""

import numpy as np
import pytest
import sympy
import torch
from hypothesis import given, strategies

from mgai.linear_algebra import kernels
from mgai.linear_algebra.positive_semidefinite import definiteness, inertia
from mgai.settings import generator

DOUBLE = torch.float64


def normal(*shape: int, label: str) -> torch.Tensor:
    return torch.randn(*shape, dtype=DOUBLE, generator=generator(label))


def test_gaussian_kernel_is_the_formula_and_the_product_of_features() -> None:
    x, y = normal(4, 3, label="x"), normal(5, 3, label="y")
    loops = [[np.exp(-np.sum((p - q) ** 2) / 8) for q in y.numpy()] for p in x.numpy()]
    np.testing.assert_allclose(kernels.gaussian_kernel(x, y, 2.0).numpy(), loops, rtol=1e-13)
    line = torch.linspace(-3, 3, 11, dtype=DOUBLE)
    features = kernels.gaussian_features(line)
    gram = kernels.gaussian_kernel(line[:, None], line[:, None])
    torch.testing.assert_close(features @ features.mT, gram, rtol=0, atol=1e-13)


def test_features_are_the_terms_of_the_series() -> None:
    found = kernels.gaussian_features(torch.tensor([1.5], dtype=DOUBLE), 6)[0].tolist()
    x = sympy.Rational(3, 2)
    exact = [float(sympy.exp(-(x**2) / 2) * x**k / sympy.sqrt(sympy.factorial(k))) for k in range(6)]
    assert found == pytest.approx(exact, rel=1e-14)


def test_sigmoid_kernel_is_not_semidefinite() -> None:
    x = torch.tensor([[1.0], [2.0]], dtype=DOUBLE)
    assert definiteness(kernels.sigmoid_kernel(x, x)) == "indefinite"
    assert kernels.sigmoid_kernel(torch.zeros(1, 2), torch.zeros(1, 2), offset=-1.0).item() < 0


@given(strategies.lists(strategies.floats(-5, 5), min_size=1, max_size=6), strategies.floats(0.1, 10))
def test_gaussian_gram_matrices_are_semidefinite(points: list[float], width: float) -> None:
    x = torch.tensor(points, dtype=DOUBLE)[:, None]
    gram = kernels.gaussian_kernel(x, x, width)
    assert torch.equal(gram, gram.mT) and (gram.diagonal() == 1).all()
    assert inertia(gram)[1] == 0


def test_extreme_widths_and_no_points() -> None:
    x = torch.tensor([[0.0], [1.0]], dtype=DOUBLE)
    assert torch.equal(kernels.gaussian_kernel(x, x, 1e-200), torch.eye(2, dtype=DOUBLE))
    assert (kernels.gaussian_kernel(x, x, 1e200) == 1).all()
    assert kernels.gaussian_kernel(x.float(), x[:0].float()).shape == (2, 0)
    assert kernels.sigmoid_kernel(x.float(), x.float()).dtype == torch.float32


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: kernels.gaussian_kernel(torch.ones(2, 1), torch.ones(2, 2)), ValueError, "dimension 1"),
        (lambda: kernels.gaussian_kernel(torch.ones(2), torch.ones(2)), ValueError, "one point a row"),
        (lambda: kernels.gaussian_kernel(torch.ones(2, 1), torch.ones(2, 1), 0.0), ValueError, "width"),
        (lambda: kernels.gaussian_features(torch.ones(2, 1)), ValueError, "one-dimensional"),
        (lambda: kernels.gaussian_features(torch.ones(2, dtype=torch.int64)), TypeError, "floating-point"),
        (lambda: kernels.gaussian_features(torch.ones(2), 0), ValueError, "n_features"),
        (lambda: kernels.sigmoid_kernel([[1.0]], torch.ones(1, 1)), TypeError, "x must be"),
        (lambda: kernels.gaussian_kernel(torch.ones(2, 1), torch.ones(2, 1, dtype=DOUBLE)), TypeError, "dtype of x"),
        (lambda: kernels.sigmoid_kernel(torch.ones(2, 1), torch.ones(2, 1, dtype=DOUBLE)), TypeError, "dtype of x"),
        (lambda: kernels.gaussian_kernel(torch.ones(2, 1), torch.ones(2, 1), torch.nan), ValueError, "width"),
    ],
)
def test_bad_input_is_refused_by_name(call, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        call()
