r"""Sums of heavy-tailed variables: rigorous bounds of their tails by convolution, and one big jump.

Shown on the page ``chapters/5-probability/rare-events``.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from mgai.calculus.argument_checks import check_positive

Survival = Callable[[Tensor], Tensor]


class Bracket(NamedTuple):
    """A number between two bounds."""

    lower: float
    upper: float


def pareto_survival(alpha: float) -> Survival:
    r""":math:`P(X>x)=x^{-\alpha}` for :math:`x\ge1`, with the mean :math:`\alpha/(\alpha-1)` if :math:`\alpha>1`.

    Raises:
        ValueError: :math:`\alpha` is not positive.

    >>> pareto_survival(2.0)(torch.tensor([0.5, 2.0])).tolist()
    [1.0, 0.25]
    """
    check_positive(alpha, "alpha")
    return lambda x: x.clamp_min(1.0) ** -alpha


def levy_survival(x: Float[Tensor, "*batch"]) -> Float[Tensor, "*batch"]:
    r""":math:`P(Z^{-2}>x)=\operatorname{erf}(1/\sqrt{2x})`, Z normal: the sum of n of them is as :math:`n^2` times one.

    >>> round(float(levy_survival(torch.tensor(1.0))), 4)
    0.6827
    """
    return torch.erf((2 * x.clamp_min(0)) ** -0.5)


def sum_tail(survival: Survival, n: int, x: float, n_cells: int) -> Bracket:
    r"""Bounds of :math:`P(X_1+\dots+X_n\ge x)` for independent :math:`X_i\ge0` (``thm-rare-events-bracket``).

    With cells of width :math:`h=x/K` let :math:`J_i=\lfloor X_i/h\rfloor`. Then :math:`\{\sum J_i\ge K\}` is part of
    the event, which is part of :math:`\{\sum J_i>K-n\}`. Both need the law of :math:`J_i` below K only: an n-th power
    of a polynomial modulo :math:`z^K`, by squaring and fast Fourier transforms. Nothing is cut off.

    Args:
        survival: :math:`P(X>x)` of a law without atoms, at a tensor of points.
        n: the number of summands.
        x: positive.
        n_cells: K, above n.

    Raises:
        ValueError: an argument is out of range.

    Cost: :math:`O(K\log K\log n)`. The bounds hold up to rounding, about 1e-14 absolutely.

    >>> low, high = sum_tail(levy_survival, 2, 8.0, 64)  # exactly erf(2 / √16)
    >>> low < math.erf(0.5) < high < low + 0.01
    True
    """
    check_positive(x, "x")
    if not 1 <= n < n_cells:
        raise ValueError(f"n_cells={n_cells} must be above n={n}, and n positive")
    edges = torch.arange(n_cells + 1, dtype=torch.float64) * (x / n_cells)
    below = _truncated_power(-survival(edges).diff(), n).cumsum(0)
    return Bracket(1 - float(below[-1]), 1 - float(below[n_cells - n]))


def big_jump(survival: Survival, n: int, x: float, mean: float) -> float:
    r""":math:`n\,P(X>x-n\mu)`, for :math:`P(S_n\ge x)`: one summand makes the whole excess.

    For tails of the index :math:`\alpha>1` the ratio tends to 1 uniformly in :math:`x\ge n(\mu+\gamma)`, any
    :math:`\gamma>0`.

    Args:
        survival: :math:`P(X>x)`.
        n: the number of summands.
        x: above :math:`n\mu`.
        mean: :math:`\mu`.

    Raises:
        ValueError: x is not above the mean of the sum.

    Source: Nagaev (1981).

    >>> round(big_jump(pareto_survival(2.5), 100, 300.0, 5 / 3), 8)
    0.00048714
    """
    if n < 1 or not x > n * mean:
        raise ValueError(f"x={x} must be above the mean of the sum, {n} times {mean:g}")
    return n * float(survival(torch.tensor(x - n * mean, dtype=torch.float64)))


def log_maximum_tail(survival: Survival, n: int, x: float) -> float:
    r""":math:`\ln P(\max_iX_i>x)=\ln(1-(1-P(X>x))^n)`, below :math:`\ln P(S_n\ge x)` if no summand is negative.

    Raises:
        ValueError: n or x is not positive.

    >>> round(log_maximum_tail(pareto_survival(2.0), 1, 10.0), 9) == round(math.log(0.01), 9)
    True
    """
    check_positive(x, "x")
    check_positive(n, "n")
    one = float(survival(torch.tensor(x, dtype=torch.float64)))
    return math.log(-math.expm1(n * math.log1p(-one))) if one < 1 else 0.0


def _truncated_power(p: Float[Tensor, " k"], n: int) -> Float[Tensor, " k"]:
    """The n-th convolution power, without the terms from k on: binary powers of the exponent."""
    power: Tensor | None = None
    while n:
        if n % 2:
            power = p if power is None else _product(power, p)
        n //= 2
        p = _product(p, p) if n else p
    assert power is not None
    return power


def _product(p: Float[Tensor, " k"], q: Float[Tensor, " k"]) -> Float[Tensor, " k"]:
    size = 2 * len(p)
    return torch.fft.irfft(torch.fft.rfft(p, size) * torch.fft.rfft(q, size), size)[: len(p)]
