"""Independent routes to what the page ``chapters/4-networks/interpolation-and-extrapolation`` states."""

from __future__ import annotations

import math

import mpmath
import numpy as np
import torch
from jaxtyping import Float
from numpy.polynomial import chebyshev
from torch import Tensor


def chebyshev_lebesgue_constant(degree: int) -> float:
    r"""At the zeros :math:`\cos\theta_i` of :math:`T_{n+1}`, worst at ±1: :math:`\sum_i\cot(\theta_i/2)/(n+1)`."""
    angles = (2 * np.arange(degree + 1) + 1) * math.pi / (4 * degree + 4)
    return float((1 / np.tan(angles)).sum() / (degree + 1))


def lebesgue_constant_by_roots(nodes: Float[Tensor, " nodes"]) -> float:
    """For few nodes: between two nodes the sum is the polynomial through alternating signs; its critical points."""
    x, largest = nodes.sort().values.numpy(), 0.0
    for gap in range(len(x) - 1):
        signs = [(-1.0) ** (gap - i if i <= gap else i - gap - 1) for i in range(len(x))]
        series = chebyshev.chebfit(x, signs, len(x) - 1)
        roots = chebyshev.chebroots(chebyshev.chebder(series))
        inside = [r.real for r in roots if abs(r.imag) < 1e-9 and x[gap] <= r.real <= x[gap + 1]]
        largest = max(largest, *np.abs(chebyshev.chebval(np.array([*inside, x[gap]]), series)))
    return float(largest)


def monic_chebyshev(degree: int, x: Float[Tensor, " m"]) -> Float[Tensor, " m"]:
    r"""The monic :math:`2^{1-n}T_n(x)` by NumPy's recurrence, inside and outside."""
    return torch.from_numpy(2.0 ** (1 - degree) * chebyshev.chebval(x.numpy(), [0] * degree + [1]))


def runge_error(nodes: Float[Tensor, " nodes"], x: Float[Tensor, " m"]) -> Float[Tensor, " m"]:
    r"""For an even number of symmetric nodes: :math:`f(x)\,\omega(x)/\omega(i/5)` with :math:`\omega=\prod(x-x_i)`."""
    at_pole = torch.prod(0.2j - nodes).real
    return (x[:, None] - nodes).prod(1) / at_pole / (1 + 25 * x**2)


def root_of_node_polynomial(z: complex) -> float:
    r"""The limit of :math:`|\omega(z)|^{1/n}` for equidistant nodes, :math:`\exp\frac12\int_{-1}^1\ln|z-t|dt`.

    At an end of the interval it is the limit of the maximum in the outermost gap.
    """
    area = mpmath.quad(lambda t: mpmath.log(abs(z - t)), [-1, 0, 1])  # its rule minds no logarithm at an end
    return math.exp(float(area) / 2)


def turning_points_of_target() -> int:
    r"""Of :math:`e^{-x^2}\cos3x` in (-1, 1): 0 and the zeros of :math:`2x\cos3x+3\sin3x`, by sign changes."""
    x = np.linspace(-1, 1, 20_000)  # an even number: 0 is between two points
    return int((np.diff(np.sign(2 * x * np.cos(3 * x) + 3 * np.sin(3 * x))) != 0).sum())


def turning_points_of_fit(degree: int, n: int) -> int:
    """Of the polynomial that NumPy's polyfit gives for n equidistant values of that function."""
    x = np.linspace(-1, 1, n)
    slopes = np.polyval(np.polyder(_quiet_polyfit(x, target(x), degree)), np.linspace(-1, 1, 20_000))
    return int((np.diff(np.sign(slopes)) != 0).sum())


def target(x: np.ndarray) -> np.ndarray:
    r"""The companion's :math:`e^{-x^2}\cos3x`."""
    return np.exp(-(x**2)) * np.cos(3 * x)


def polyfit_error(degree: int, n: int) -> float:
    """The largest error on [-1, 1] of that polynomial."""
    x, fine = np.linspace(-1, 1, n), np.linspace(-1, 1, 2001)
    return float(np.abs(np.polyval(_quiet_polyfit(x, target(x), degree), fine) - target(fine)).max())


def _quiet_polyfit(x: np.ndarray, y: np.ndarray, degree: int) -> np.ndarray:
    """NumPy's polyfit; ``full`` only keeps it from warning that more coefficients than values are not unique."""
    return np.polyfit(x, y, degree, full=True)[0]
