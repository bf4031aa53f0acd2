r"""Interpolation by polynomials: cardinal functions, Lebesgue constants, Runge's function, growth outside.

The interval is [-1, 1]; a polynomial of degree n has n + 1 nodes. Shown on the page
``chapters/4-networks/interpolation-and-extrapolation``; what networks do outside is in :mod:`mgai.networks.tails`.
"""

from __future__ import annotations

import math

import torch
from jaxtyping import Float
from torch import Tensor

from mgai.calculus.argument_checks import check_tensor
from mgai.linear_algebra.low_rank import check_integer

#: The sum of the semi-axes of the largest ellipse with foci -1 and 1 in which Runge's function is analytic.
RUNGE_RATE = (1 + math.sqrt(26)) / 5
_GOLDEN, _NARROWINGS = (math.sqrt(5) - 1) / 2, 42  # 0.618^42 is below 1e-8, and a maximum is flat: 1e-16


def equidistant_nodes(degree: int) -> Float[Tensor, " nodes"]:
    """The nodes -1 + 2i/n, i = 0..n, float64; ValueError unless the degree n is a positive integer.

    >>> equidistant_nodes(2).tolist()
    [-1.0, 0.0, 1.0]
    """
    return torch.linspace(-1, 1, check_integer(degree, "degree", 1) + 1, dtype=torch.float64)


def chebyshev_nodes(degree: int) -> Float[Tensor, " nodes"]:
    r"""The zeros of :math:`T_{n+1}`, :math:`-\cos\frac{(2i+1)\pi}{2n+2}`, i = 0..n, ascending, float64.

    ValueError unless the degree n is a positive integer.

    >>> [round(float(x), 4) for x in chebyshev_nodes(1)]
    [-0.7071, 0.7071]
    """
    odd = torch.arange(1, 2 * check_integer(degree, "degree", 1) + 2, 2, dtype=torch.float64)
    return -(odd * math.pi / (2 * degree + 2)).cos()


def chebyshev_extrema(degree: int) -> Float[Tensor, " nodes"]:
    r"""The points where :math:`T_n=\pm1` on [-1, 1], :math:`-\cos\frac{i\pi}n`, i = 0..n, ascending, float64.

    >>> [round(float(x), 4) + 0.0 for x in chebyshev_extrema(2)]
    [-1.0, 0.0, 1.0]
    """
    return -(torch.arange(check_integer(degree, "degree", 1) + 1, dtype=torch.float64) * math.pi / degree).cos()


def cardinal_functions(nodes: Float[Tensor, " nodes"], x: Float[Tensor, " m"]) -> Float[Tensor, "m nodes"]:
    r"""Lagrange's cardinal functions :math:`\ell_i(x)=\prod_{j\ne i}\frac{x-x_j}{x_i-x_j}`, a column for each node.

    Multiplied with values at the nodes they give the interpolant. The product form is accurate entry by entry, outside
    the nodes too; the barycentric formula costs less, O(nodes) for each point once its weights are known.

    Args:
        nodes: finite, all different.
        x: finite.

    Raises:
        TypeError, ValueError: ``nodes`` or ``x`` is no such vector.

    Cost: O(m nodes²), in memory too. Source: Berrut and Trefethen (2004), equation 2.1.

    >>> cardinal_functions(torch.tensor([0.0, 1.0]), torch.tensor([0.25]))
    tensor([[0.7500, 0.2500]])
    """
    check_tensor(nodes, "nodes", None)
    check_tensor(x, "x", None)
    own = torch.eye(len(nodes), dtype=torch.bool, device=nodes.device)
    spans = (nodes[:, None] - nodes).masked_fill(own, 1)
    if not bool((spans != 0).all()):
        raise ValueError("nodes must all be different")
    return ((x[:, None, None] - nodes) / spans).masked_fill(own, 1).prod(-1)


def lebesgue_constant(nodes: Float[Tensor, " nodes"]) -> float:
    r"""The Lebesgue constant :math:`\Lambda=\max_{|x|\le1}\sum_i|\ell_i(x)|` of nodes in [-1, 1].

    The largest factor by which interpolation magnifies errors of the values. The sum has one maximum between
    neighbouring nodes, found for all pairs at once by golden sections; beyond the outer nodes it is largest at ±1.

    Args:
        nodes: two or more in [-1, 1], all different.

    Raises:
        TypeError, ValueError: ``nodes`` is no such vector.

    Cost: O(84 nodes³). Source: Brutman, Lebesgue functions for polynomial interpolation (1997).

    >>> round(lebesgue_constant(equidistant_nodes(2)), 12)
    1.25
    """
    check_tensor(nodes, "nodes", None)
    if len(nodes) < 2 or float(nodes.abs().max()) > 1:
        raise ValueError("nodes must be two or more, in [-1, 1]")
    ordered = nodes.sort().values
    low, high = ordered[:-1], ordered[1:]
    for _ in range(_NARROWINGS):
        width = _GOLDEN * (high - low)
        first, second = high - width, low + width
        rises = _lebesgue_function(nodes, first) < _lebesgue_function(nodes, second)
        low, high = torch.where(rises, first, low), torch.where(rises, high, second)
    ends = torch.tensor([-1.0, 1.0]).to(nodes)
    return float(_lebesgue_function(nodes, torch.cat([(low + high) / 2, ends])).max())


def _lebesgue_function(nodes: Tensor, x: Tensor) -> Tensor:
    return cardinal_functions(nodes, x).abs().sum(1)


def least_squares_functions(
    nodes: Float[Tensor, " nodes"], degree: int, x: Float[Tensor, " m"]
) -> Float[Tensor, "m nodes"]:
    r"""What :func:`cardinal_functions` is to interpolation, for the least-squares polynomial of a lower degree.

    Multiplied with values at the nodes it gives that polynomial at x; the largest sum of absolute values of a row is
    the factor by which the fit magnifies errors (theorem ``thm-interpolation-least-squares``).

    Args:
        nodes: finite, all different.
        degree: from 0 to nodes - 1.
        x: finite.

    Raises:
        TypeError, ValueError: ``nodes`` or ``x`` is no such vector, or the degree is out of range.

    Cost: O(nodes degree² + m nodes degree).

    >>> least_squares_functions(torch.tensor([0.0, 1.0]), 0, torch.tensor([7.0]))
    tensor([[0.5000, 0.5000]])
    """
    check_tensor(nodes, "nodes", None)
    check_tensor(x, "x", None)
    degree = check_integer(degree, "degree", 0, len(nodes) - 1)
    powers = torch.arange(degree + 1, device=nodes.device)
    q, r = torch.linalg.qr(torch.special.chebyshev_polynomial_t(nodes[:, None], powers))
    at_x = torch.special.chebyshev_polynomial_t(x[:, None], powers)
    return torch.linalg.solve_triangular(r, at_x, upper=True, left=False) @ q.T


def runge(x: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
    r"""Runge's function :math:`1/(1+25x^2)`; its poles are :math:`\pm i/5`.

    >>> runge(torch.tensor([0.0, 1.0]))
    tensor([1.0000, 0.0385])
    """
    return 1 / (1 + 25 * x.square())


def growth(degree: int, x: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
    r"""The largest :math:`|p(x)|` of a polynomial of the degree n with :math:`|p|\le1` on [-1, 1].

    It is 1 inside and :math:`|T_n(x)|=\cosh(n\operatorname{arcosh}|x|)` outside (theorem ``thm-interpolation-growth``).

    Raises:
        ValueError: the degree is negative or no integer.

    >>> growth(2, torch.tensor([0.3, -2.0]))
    tensor([1.0000, 7.0000])
    """
    return (check_integer(degree, "degree", 0) * x.abs().clamp_min(1).acosh()).cosh()
