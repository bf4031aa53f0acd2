r"""What the routes to the principal directions cost: operations counted exactly, seconds measured.

Shown on the page ``chapters/1-linear-algebra/low-rank``; the routes themselves are in
:mod:`mgai.linear_algebra.principal_directions`.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor

from mgai.linear_algebra.low_rank import check_integer
from mgai.linear_algebra.principal_directions import (
    centred,
    directions_by_covariance,
    directions_by_gram,
    directions_by_svd,
)

#: The routes that are timed, each from raw samples to directions.
ROUTES: dict[str, Callable[[Tensor], object]] = {
    "SVD of the data": lambda x: directions_by_svd(centred(x)),
    "eigenvectors of the Gram matrix": lambda x: directions_by_gram(centred(x)),
    "SVD of the covariance": directions_by_covariance,
}


def gram_operations(n: int, d: int) -> int:
    r"""Multiplications and additions that form :math:`X^\top X`, symmetry used: :math:`\tfrac12d(d+1)(2n-1)`.

    n, d: rows and columns, at least 1; ValueError or TypeError otherwise.

    >>> gram_operations(2, 1)  # x₁x₁ + x₂x₂
    3
    """
    _check_sizes(n, d)
    return d * (d + 1) // 2 * (2 * n - 1)


def covariance_operations(n: int, d: int) -> int:
    r"""Operations that form the covariance: more than :func:`gram_operations`.

    Centring takes :math:`2nd` more and scaling :math:`\tfrac12d(d+1)`.
    n, d: rows (at least 2) and columns; ValueError or TypeError otherwise.

    >>> covariance_operations(2, 1)
    8
    """
    _check_sizes(n, d, least=2)
    return gram_operations(n, d) + 2 * n * d + d * (d + 1) // 2


class Tally:
    """Arithmetic that counts itself.

    >>> tally = Tally()
    >>> tally.add(tally.multiply(2.0, 3.0), 1.0), tally.count
    (7.0, 2)
    """

    def __init__(self) -> None:
        self.count = 0

    def add(self, a: float, b: float) -> float:
        """The sum (or, with ``-b``, the difference); one operation."""
        self.count += 1
        return a + b

    def multiply(self, a: float, b: float) -> float:
        """The product (or, with ``1/b``, the quotient); one operation."""
        self.count += 1
        return a * b

    def total(self, values: list[float]) -> float:
        """The sum of one or more values; one operation less than there are values."""
        result = values[0]
        for value in values[1:]:
            result = self.add(result, value)
        return result


def counted_gram(x: Float[Tensor, "n d"]) -> tuple[Float[Tensor, "d d"], int]:
    """The Gram matrix by loops over numbers, and how many operations that took.

    Slow on purpose: the independent count for :func:`gram_operations`.

    >>> counted_gram(torch.tensor([[1.0], [2.0]]))
    (tensor([[5.]]), 3)
    """
    tally, columns = Tally(), x.mT.tolist()
    _check_sizes(*x.shape)
    result = _products(columns, tally)
    return torch.tensor(result, dtype=x.dtype), tally.count


def counted_covariance(x: Float[Tensor, "n d"]) -> tuple[Float[Tensor, "d d"], int]:
    """The sample covariance by loops over numbers, and how many operations that took.

    >>> counted_covariance(torch.tensor([[1.0], [3.0]]))
    (tensor([[2.]]), 8)
    """
    tally, n = Tally(), len(x)
    _check_sizes(*x.shape, least=2)
    columns = []
    for column in x.mT.tolist():
        mean = tally.multiply(tally.total(column), 1 / n)
        columns.append([tally.add(value, -mean) for value in column])
    result = _products(columns, tally)
    for j in range(len(columns)):
        for i in range(j + 1):
            result[i][j] = result[j][i] = tally.multiply(result[i][j], 1 / (n - 1))
    return torch.tensor(result, dtype=x.dtype), tally.count


def seconds(x: Float[Tensor, "n d"], repeats: int = 7) -> dict[str, Float[Tensor, " repeats"]]:
    """Wall-clock seconds of every route on ``x``, the routes in turn so that a slow moment hits all alike.

    repeats: timed runs a route, at least 1, after one that is not timed; ValueError or TypeError otherwise.

    >>> sorted(seconds(torch.eye(3), repeats=2)) == sorted(ROUTES)
    True
    """
    repeats = check_integer(repeats, "repeats", 1)
    for route in ROUTES.values():
        route(x)
    runs = [[_once(route, x) for route in ROUTES.values()] for _ in range(repeats)]
    return dict(zip(ROUTES, torch.tensor(runs, dtype=torch.float64).T, strict=True))


def _once(route: Callable[[Tensor], object], x: Tensor) -> float:
    _wait_for(x)
    start = time.perf_counter()
    route(x)
    _wait_for(x)
    return time.perf_counter() - start


def _wait_for(x: Tensor) -> None:
    if x.is_cuda:  # kernels run on after the call returns
        torch.cuda.synchronize(x.device)


def _products(columns: list[list[float]], tally: Tally) -> list[list[float]]:
    d = len(columns)
    result = [[0.0] * d for _ in range(d)]
    for j in range(d):
        for i in range(j + 1):
            pairs = zip(columns[i], columns[j], strict=True)
            result[i][j] = result[j][i] = tally.total([tally.multiply(a, b) for a, b in pairs])
    return result


def _check_sizes(n: int, d: int, least: int = 1) -> None:
    check_integer(n, "n", least)
    check_integer(d, "d", 1)
