"""Independent routes for the page ``chapters/2-calculus/convolution-and-transforms``: libraries, closed forms."""

from __future__ import annotations

import functools
import math

import numpy as np
import scipy.signal
import torch
from jaxtyping import Float
from torch import Tensor

from mgai.calculus.argument_checks import check_positive, check_tensor


def convolution_by_numpy(f: Float[Tensor, " n"], h: Float[Tensor, " k"]) -> Float[Tensor, " m"]:
    """NumPy's full convolution of two sequences, float64 on the CPU. Raises as ``check_tensor`` does.

    >>> convolution_by_numpy(torch.tensor([1.0, 2.0]), torch.tensor([1.0, 10.0])).tolist()
    [1.0, 12.0, 20.0]
    """
    return torch.from_numpy(np.convolve(_array(f, "f"), _array(h, "h")))


def correlation_by_numpy(h: Float[Tensor, " k"], f: Float[Tensor, " n"]) -> Float[Tensor, " m"]:
    r"""NumPy's full cross-correlation, in our order of arguments: :math:`h\star f` is ``numpy.correlate(f, h)``.

    >>> correlation_by_numpy(torch.tensor([1.0, 10.0]), torch.tensor([1.0, 2.0])).tolist()
    [10.0, 21.0, 2.0]
    """
    return torch.from_numpy(np.correlate(_array(f, "f"), _array(h, "h"), "full"))


def product_of_polynomials(*factors: Float[Tensor, " _"]) -> Float[Tensor, " m"]:
    """The coefficients of a product of polynomials, from the constant term on, by NumPy.

    Raises ValueError when there is no factor, or one without finite coefficients.

    >>> product_of_polynomials(torch.tensor([1.0, 1.0]), torch.tensor([1.0, -1.0])).tolist()
    [1.0, 0.0, -1.0]
    """
    if not factors:
        raise ValueError("factors is empty: give at least one polynomial")
    arrays = [_array(factor, "factors") for factor in factors]
    return torch.from_numpy(functools.reduce(np.polynomial.polynomial.polymul, arrays))


def recursive_filter(x: Float[Tensor, " n"], pole: float) -> Float[Tensor, " n"]:
    """The recursion y[u] = pole y[u - 1] + x[u] from rest, by SciPy; float64 on the CPU.

    >>> recursive_filter(torch.tensor([1.0, 0.0, 0.0]), 0.5).tolist()
    [1.0, 0.5, 0.25]
    """
    return torch.from_numpy(scipy.signal.lfilter([1.0], [1.0, -pole], _array(x, "x")))


def mean_of_wave(omega: float, r: int) -> float:
    r"""The factor by which the mean over 2r + 1 entries scales a wave :math:`\cos\omega u`.

    The Dirichlet kernel over its length, :math:`\frac{\sin((2r+1)\omega/2)}{(2r+1)\sin(\omega/2)}`.

    omega: between 0 and :math:`2\pi`.

    Raises ValueError unless ``omega`` is positive and ``r`` not negative.

    >>> mean_of_wave(1.0, 0)
    1.0
    """
    if r < 0:
        raise ValueError(f"r must not be negative, not {r}")
    half = check_positive(omega, "omega") / 2
    return math.sin((2 * r + 1) * half) / math.sin(half) / (2 * r + 1)


def _array(x: Tensor, argument: str) -> np.ndarray:
    check_tensor(x, argument, None)
    return x.detach().double().cpu().numpy()
