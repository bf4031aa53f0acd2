r"""Other routes to what the page ``chapters/5-probability/transformations`` computes, for its claims and for tests."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import sympy
import torch
from jaxtyping import Float, Int
from scipy import optimize, stats
from torch import Tensor

from mgai.probability.monotone_flow import panels

ATOM, START = 0.3, 1.0  # the mixed law: an atom at 0, the rest uniform on [1, 2]


def mixed_cdf(x: Float[Tensor, " n"]) -> Float[Tensor, " n"]:
    """The distribution function of the mixed law: a jump at 0, flat up to 1, then linear up to 2.

    >>> mixed_cdf(torch.tensor([-1.0, 0.0, 0.5, 1.5, 3.0]))
    tensor([0.0000, 0.3000, 0.3000, 0.6500, 1.0000])
    """
    return (ATOM + (1 - ATOM) * (x - START).clamp(0, 1)) * (x >= 0)


def squared_normal_density(y: Float[Tensor, " n"], mean: float) -> Float[Tensor, " n"]:
    r"""The density of :math:`X^2` for :math:`X\sim\mathcal N(\mu,1)`: the non-central chi-square law of SciPy.

    >>> squared_normal_density(torch.tensor([1.0], dtype=torch.float64), 0.0)
    tensor([0.2420], dtype=torch.float64)
    """
    law = stats.ncx2(1, mean**2) if mean else stats.chi2(1)
    return torch.from_numpy(np.asarray(law.pdf(y.numpy())))


def sine_moments(mean: float, sigma: float) -> Float[Tensor, " 4"]:
    r"""Expectations of :math:`1,Y,1-2Y^2,3Y-4Y^3` for :math:`Y=\sin X`, :math:`X\sim\mathcal N(\mu,\sigma^2)`.

    They are those of :math:`1,\sin X,\cos2X,\sin3X`, from the characteristic function of X.

    >>> sine_moments(0.0, 1.0)
    tensor([1.0000, 0.0000, 0.1353, 0.0000], dtype=torch.float64)
    """
    waves = torch.exp(-(sigma**2) / 2 * torch.arange(4, dtype=torch.float64) ** 2)
    return waves * torch.tensor([1.0, math.sin(mean), math.cos(2 * mean), math.sin(3 * mean)], dtype=torch.float64)


def sine_nodes() -> tuple[Float[Tensor, " n"], Float[Tensor, "4 n"]]:
    r"""Nodes y in (-1, 1), and the weights of a density there in the integrals for :func:`sine_moments`.

    With :math:`y=\sin a` and Gauss-Legendre panels in a: exact to rounding for the laws of the page, whose densities
    have poles at the ends.

    >>> y, weights = sine_nodes()
    >>> round(float(weights[0] @ (1 / (torch.pi * (1 - y**2).sqrt()))), 10)  # the arcsine law
    1.0
    """
    a, w = panels(torch.linspace(-math.pi / 2, math.pi / 2, 5, dtype=torch.float64))
    y = a.sin()
    return y, torch.stack([torch.ones_like(y), y, 1 - 2 * y**2, 3 * y - 4 * y**3]) * w * a.cos()


def tanh_peak(sigma: float) -> float:
    r"""The greatest density of :math:`\tanh X`, :math:`X\sim\mathcal N(0,\sigma^2)`, by a search over x.

    >>> round(tanh_peak(0.5), 4)  # one mode, at zero
    0.7979
    """

    def density(x: float) -> float:
        return math.exp(-((x / sigma) ** 2) / 2 + 2 * math.log(math.cosh(x))) / (sigma * math.sqrt(2 * math.pi))

    grid = np.linspace(0, 2 * sigma**2 + 1, 1001)
    best = grid[np.argmax([density(x) for x in grid])]
    step = grid[1]
    found = optimize.minimize_scalar(lambda x: -density(x), bounds=(best - step, best + step), method="bounded")
    return float(-found.fun)


def tanh_landmarks(sigma: float, n_bins: int) -> Float[Tensor, " 3"]:
    r"""The mode's density for :math:`\tanh X`, its distance from 1 in millionths, and the last bin's height.

    There must be two modes. The bin is the last of n on (-1, 1): :math:`\operatorname{artanh}(1-2/n)=\frac12\ln(n-1)`.

    >>> tanh_landmarks(2.0, 60)
    tensor([148.6538,   0.2251,   4.6203], dtype=torch.float64)
    """
    place = optimize.brentq(lambda x: x - 2 * sigma**2 * math.tanh(x), 0.5 * sigma, 2 * sigma**2 + 1, xtol=1e-13)
    last = stats.norm.cdf(-math.log(n_bins - 1) / (2 * sigma)) * n_bins / 2
    return torch.tensor([tanh_peak(sigma), 2e6 / (1 + math.exp(2 * place)), last], dtype=torch.float64)


def upper_quantiles(*bits: int) -> Float[Tensor, " k"]:
    r"""Normal quantiles of the upper tails :math:`2^{-b}`, from SciPy.

    >>> upper_quantiles(1, 24)
    tensor([0.0000, 5.2947], dtype=torch.float64)
    """
    return torch.from_numpy(stats.norm.isf([2.0**-b for b in bits]))


def grid_mean(bits: int) -> float:
    r"""The mean of :math:`-\ln(1-k/N)` over :math:`k=0,\dots,N-1` with :math:`N=2^b`: :math:`\ln N-\frac1N\ln N!`.

    >>> round(grid_mean(1), 6)  # 0 and ln 2
    0.346574
    """
    return bits * math.log(2) - math.lgamma(2**bits + 1) / 2**bits


def exponential_in_many_digits(u: Float[Tensor, " n"]) -> Float[Tensor, " n"]:
    r""":math:`-\ln(1-u)` with 50 digits, u taken as the fraction that it is.

    >>> exponential_in_many_digits(torch.tensor([0.5], dtype=torch.float64))
    tensor([0.6931], dtype=torch.float64)
    """
    logs = [-sympy.log(1 - sympy.Rational(*value.as_integer_ratio())).evalf(50) for value in u.tolist()]
    return torch.tensor([float(value) for value in logs], dtype=torch.float64)


def weights_of_quantiles(weights: Int[Tensor, " k"]) -> Int[Tensor, " k"]:
    r"""How many of the levels 1/N, 2/N, …, 1 have their generalised inverse at each atom, by sums of fractions.

    >>> weights_of_quantiles(torch.tensor([1, 0, 2]))
    tensor([1, 0, 2])
    """
    total, counts = int(weights.sum()), [0] * len(weights)
    for j in range(1, total + 1):
        reached = Fraction(0)
        for atom, weight in enumerate(weights.tolist()):
            reached += Fraction(weight, total)
            if reached >= Fraction(j, total):
                counts[atom] += 1
                break
    return torch.tensor(counts)


def first_rounded_to_one() -> int:
    """The least k for which k/2⁵³ becomes 1 in float32, by bisection over the integers.

    >>> 2**53 - first_rounded_to_one() == 2**28
    True
    """
    low, high = 2**52, 2**53
    while high - low > 1:
        middle = (low + high) // 2
        one = float(torch.tensor(middle / 2**53, dtype=torch.float64).float()) == 1.0
        low, high = (low, middle) if one else (middle, high)
    return high
