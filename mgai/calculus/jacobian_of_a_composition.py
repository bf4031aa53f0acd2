r"""A map from the plane to the plane through three dimensions, and its Jacobian by the chain rule.

Shown on the page ``chapters/2-calculus/jacobian-of-a-composition``. With

.. math:: g(x)=\begin{pmatrix}\tfrac1\pi\sin\pi x_2\\ e^{x_1-1}x_2^2\\ x_1x_2\end{pmatrix},\qquad
   f(y)=\begin{pmatrix}y_1+y_2+y_3\\ y_1^2+y_2^2+y_3^2\end{pmatrix}

the Jacobian of :math:`f\circ g` is :math:`J_f(g(x))\,J_g(x)`, in numerator layout: row i holds the derivatives of
output i.
"""

from __future__ import annotations

import math

import torch
from jaxtyping import Float
from torch import Tensor

from mgai.calculus.argument_checks import check_positive, check_tensor

#: The point of the exercise.
POINT = (1.0, 2.0)
#: What the copy we had gives as the Jacobian there.
PRINTED = ((4.0, 6.0), (32.0, 36.0))


def inner(x: Float[Tensor, "*batch 2"]) -> Float[Tensor, "*batch 3"]:
    r"""The first map :math:`g`, from the plane to space.

    >>> inner(torch.tensor([1.0, 0.0])).tolist()
    [0.0, 0.0, 0.0]
    """
    first, second = _entries(x, "x", 2)
    return torch.stack([(math.pi * second).sin() / math.pi, (first - 1).exp() * second**2, first * second], dim=-1)


def outer(y: Float[Tensor, "*batch 3"]) -> Float[Tensor, "*batch 2"]:
    r"""The second map :math:`f`: the sum of the entries, and the sum of their squares.

    >>> outer(torch.tensor([0.0, 4.0, 2.0]))
    tensor([ 6., 20.])
    """
    _entries(y, "y", 3)
    return torch.stack([y.sum(-1), y.square().sum(-1)], dim=-1)


def inner_jacobian(x: Float[Tensor, " 2"]) -> Float[Tensor, "3 2"]:
    """The derivatives of the first map, worked out by hand.

    >>> inner_jacobian(torch.tensor([1.0, 2.0])).round().tolist()
    [[0.0, 1.0], [4.0, 4.0], [2.0, 1.0]]
    """
    check_tensor(x, "x", 2)
    first, second = x
    grown, zero = (first - 1).exp(), torch.zeros_like(first)
    rows = ([zero, (math.pi * second).cos()], [grown * second**2, 2 * grown * second], [second, first])
    return torch.stack([torch.stack(row) for row in rows])


def outer_jacobian(y: Float[Tensor, " 3"]) -> Float[Tensor, "2 3"]:
    """The derivatives of the second map, worked out by hand.

    >>> outer_jacobian(torch.tensor([0.0, 4.0, 2.0])).tolist()
    [[1.0, 1.0, 1.0], [0.0, 8.0, 4.0]]
    """
    check_tensor(y, "y", 3)
    return torch.stack([torch.ones_like(y), 2 * y])


def jacobian(x: Float[Tensor, " 2"]) -> Float[Tensor, "2 2"]:
    r"""The Jacobian of the composition by the chain rule, :math:`J_f(g(x))\,J_g(x)` (``eq-composed-jacobian``).

    Args:
        x: a point of the plane, floating point, finite.

    Returns:
        Numerator layout: entry i, j is the derivative of output i by input j.

    Raises:
        ValueError: ``x`` is no finite vector of two entries.
        TypeError: ``x`` is no floating-point tensor.

    >>> jacobian(torch.tensor([1.0, 2.0])).round().tolist()
    [[6.0, 6.0], [40.0, 36.0]]
    """
    return outer_jacobian(inner(x)) @ inner_jacobian(x)


def circle(radius: float, n_points: int = 181) -> Float[Tensor, "n_points 2"]:
    """Displacements of one length in all directions, in float64; the first and the last coincide.

    Raises ValueError unless the radius is positive and finite and there are at least two points.

    >>> circle(2.0, 2)[0].tolist()
    [2.0, 0.0]
    """
    check_positive(radius, "radius")
    if n_points < 2:
        raise ValueError(f"n_points must be at least 2, not {n_points}")
    angle = torch.linspace(0, 2 * math.pi, n_points, dtype=torch.float64)
    return radius * torch.stack([angle.cos(), angle.sin()], dim=1)


def linear_error(matrix: Float[Tensor, "2 2"], radius: float) -> float:
    r"""The largest :math:`\lVert F(x+h)-F(x)-Mh\rVert` over the circle :math:`\lVert h\rVert=r` around :data:`POINT`.

    It shrinks like :math:`r^2` if M is the Jacobian of :math:`F=f\circ g`, and like :math:`r` if not.

    Raises ValueError when the matrix is not 2 by 2 and finite, or the radius is not positive.

    >>> linear_error(jacobian(torch.tensor(POINT, dtype=torch.float64)), 1e-3) < 1e-4
    True
    """
    check_tensor(matrix, "matrix", 2, 2)
    point, moves = torch.tensor(POINT, dtype=torch.float64), circle(radius)
    moved = outer(inner(point + moves)) - outer(inner(point))
    return float((moved - moves @ matrix.to(moved).T).norm(dim=1).max())


def _entries(x: Tensor, name: str, n: int) -> tuple[Tensor, ...]:
    check_tensor(x, name, *(None,) * (x.ndim - 1), n) if isinstance(x, Tensor) and x.ndim else check_tensor(x, name, n)
    return x.unbind(-1)
