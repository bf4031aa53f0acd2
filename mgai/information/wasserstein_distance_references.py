"""Wasserstein distances and divergences by routes that use no closed form: what claims and grading compare with.

Used on the pages ``chapters/6-information/wasserstein-distance``, ``learned-transport`` and ``parallel-segments``.
Laws are SciPy's frozen distributions; ``norm``, ``laplace`` and ``cauchy`` are at hand under their names.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from scipy import integrate, optimize
from scipy.stats import cauchy, laplace, norm, wasserstein_distance
from torch import Tensor

__all__ = [
    "area_between",
    "cauchy",
    "kl_by_quadrature",
    "laplace",
    "mean_log_one_plus_square",
    "norm",
    "transport_by_assignment",
    "transport_by_linear_program",
    "transport_cost",
    "wasserstein_by_assignment",
    "wasserstein_by_library",
    "wasserstein_by_linear_program",
    "wasserstein_by_quadrature",
]

_TAIL = 1e-14  # what a quadrature leaves out of each tail


def wasserstein_by_quadrature(p: Any, q: Any, breaks: Sequence[float] = ()) -> float:
    r""":math:`\int|F-G|\,dx` by adaptive quadrature between the places where the integrand has kinks.

    ``breaks`` holds known kinks; crossings of F and G are searched for on a grid and added.

    >>> from scipy.stats import uniform
    >>> round(wasserstein_by_quadrature(uniform(0, 1), uniform(0.25, 1), (0, 0.25, 1, 1.25)), 12)
    0.25
    """
    low = min(float(law.ppf(_TAIL)) for law in (p, q))
    high = max(float(law.isf(_TAIL)) for law in (p, q))

    def difference(x: float) -> float:
        return float(p.cdf(x) - q.cdf(x))

    grid = np.linspace(low, high, 2002)
    values = p.cdf(grid) - q.cdf(grid)
    turns = np.flatnonzero(values[:-1] * values[1:] < -1e-24)  # signs of rounding errors are no crossings
    crossings = [optimize.brentq(difference, grid[i], grid[i + 1], xtol=1e-15) for i in turns]
    ends = sorted({low, high, *crossings, *(float(b) for b in breaks if low < b < high)})
    pieces = [integrate.quad(difference, a, b, epsabs=1e-13, limit=200)[0] for a, b in pairwise(ends)]
    return float(sum(map(abs, pieces)))


def kl_by_quadrature(p: Any, q: Any, breaks: Sequence[float] = (0.0,)) -> float:
    r""":math:`\int p\,\ln(p/q)\,dx` by adaptive quadrature; ``breaks`` holds the kinks of the densities.

    >>> from scipy.stats import norm
    >>> round(kl_by_quadrature(norm(0, 1), norm(2, 1)), 12)
    2.0
    """
    ends = sorted({float(p.ppf(1e-18)), float(p.isf(1e-18)), *map(float, breaks)})

    def integrand(x: float) -> float:
        return float(np.exp(p.logpdf(x)) * (p.logpdf(x) - q.logpdf(x)))

    return float(sum(integrate.quad(integrand, a, b, epsabs=1e-13, limit=200)[0] for a, b in pairwise(ends)))


def wasserstein_by_assignment(x: Float[Tensor, " n"], y: Float[Tensor, " n"]) -> float:
    r"""The smallest mean :math:`|x_i-y_{\sigma(i)}|` over permutations, an assignment problem: no sorting, O(n³).

    >>> wasserstein_by_assignment(torch.tensor([0.0, 3.0]), torch.tensor([4.0, 1.0]))
    1.0
    """
    return transport_by_assignment((x[:, None] - y[None, :]).abs())


def wasserstein_by_linear_program(x: Float[Tensor, " n"], y: Float[Tensor, " m"]) -> float:
    r"""The smallest mean :math:`|x-y|` over couplings of two samples of any sizes, as a linear programme (HiGHS).

    >>> round(wasserstein_by_linear_program(torch.tensor([0.0]), torch.tensor([1.0, -3.0])), 12)
    2.0
    """
    return transport_by_linear_program((x[:, None] - y[None, :]).abs())[0]


def transport_by_linear_program(costs: Float[Tensor, "n m"]) -> tuple[float, np.ndarray]:
    r"""The smallest mean cost over couplings of two uniform laws, and an optimal coupling, by HiGHS.

    ``costs`` holds what it costs to move atom i of the first law to atom j of the second.

    >>> round(transport_by_linear_program(torch.tensor([[1.0, 3.0]]))[0], 12)
    2.0
    """
    n, m = costs.shape
    sums = np.concatenate([np.kron(np.eye(n), np.ones(m)), np.kron(np.ones(n), np.eye(m))])
    marginals = np.concatenate([np.full(n, 1 / n), np.full(m, 1 / m)])
    solved = optimize.linprog(costs.cpu().numpy().ravel(), A_eq=sums, b_eq=marginals, method="highs")
    return float(solved.fun), solved.x.reshape(n, m)


def transport_by_assignment(costs: Float[Tensor, "n n"]) -> float:
    r"""The smallest mean cost over permutations, an assignment problem: O(n³).

    >>> transport_by_assignment(torch.tensor([[4.0, 1.0], [1.0, 2.0]]))
    1.0
    """
    chosen = costs.cpu().numpy()
    return float(chosen[optimize.linear_sum_assignment(chosen)].mean())


def wasserstein_by_library(x: Float[Tensor, " n"], y: Float[Tensor, " m"]) -> float:
    r""":math:`W_1` of two samples by ``scipy.stats.wasserstein_distance``.

    >>> wasserstein_by_library(torch.tensor([0.0]), torch.tensor([1.0, -3.0]))
    2.0
    """
    return float(wasserstein_distance(x.cpu().numpy(), y.cpu().numpy()))


def transport_cost(transport: Callable[[Tensor], Tensor], breaks: Sequence[float] = ()) -> float:
    r""":math:`\mathbb E|T(Z)-Z|` for a standard normal Z, by quadrature between the kinks and jumps in ``breaks``.

    >>> round(transport_cost(lambda z: z + 2), 12)
    2.0
    """

    def integrand(z: float) -> float:
        return abs(float(transport(torch.tensor(z, dtype=torch.float64))) - z) * norm.pdf(z)

    return float(sum(integrate.quad(integrand, *ends, epsabs=1e-12)[0] for ends in pairwise((-12, *breaks, 12))))


def area_between(p: Any, q: Any, low: float, high: float) -> float:
    r"""The integral of :math:`|F-G|` over :math:`low\le|x|\le high` for two laws symmetric about 0.

    >>> from scipy.stats import uniform
    >>> round(area_between(uniform(-1, 2), uniform(-2, 4), 0, 2), 9)  # 1 - 1/2
    0.5
    """

    def difference(t: float) -> float:  # x = e^t - 1, for tails over many decades
        x = math.expm1(t)
        return abs(float(p.sf(x) - q.sf(x))) * math.exp(t)

    return 2 * float(integrate.quad(difference, math.log1p(low), math.log1p(high), limit=500)[0])


def mean_log_one_plus_square() -> float:
    r""":math:`\mathbb E\ln(1+Z^2)=\int_0^\infty\bigl(1-(1+2u)^{-1/2}\bigr)e^{-u}\,du/u`, from Z's Laplace transform.

    >>> round(mean_log_one_plus_square(), 6)
    0.533453
    """
    return float(
        integrate.quad(lambda u: -math.expm1(-math.log1p(2 * u) / 2) * math.exp(-u) / u, 0, math.inf, epsabs=1e-12)[0]
    )
