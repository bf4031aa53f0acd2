r"""Subgradients of a maximum of affine functions, and the linear programs that decide which vectors are subgradients.

Shown on the page ``chapters/3-optimization/convexity``. The function is :math:`f(x)=\max_i(a_i^\top x+b_i)`, with the
slopes :math:`a_i` as rows of a matrix and the offsets :math:`b_i` in a vector.
"""

from __future__ import annotations

import numpy as np
import torch
from jaxtyping import Bool, Float
from scipy import optimize
from torch import Tensor

from mgai.calculus.argument_checks import check_tensor

_TIE = 16  # units of rounding of the largest term: pieces this close count as equal


def max_affine(
    slopes: Float[Tensor, "k d"], offsets: Float[Tensor, " k"], x: Float[Tensor, "n d"]
) -> Float[Tensor, " n"]:
    r"""The values :math:`\max_i(a_i^\top x+b_i)`, a convex function of x (``cs-02-13``).

    Raises:
        TypeError, ValueError: an argument is no finite floating-point tensor, or shapes do not fit.

    >>> max_affine(torch.tensor([[1.0], [-1.0]]), torch.zeros(2), torch.tensor([[-3.0], [2.0]]))  # |x|
    tensor([3., 2.])
    """
    _check_pieces(slopes, offsets)
    check_tensor(x, "x", None, slopes.shape[1])
    return (x @ slopes.mT + offsets).amax(1)


def active_pieces(
    slopes: Float[Tensor, "k d"], offsets: Float[Tensor, " k"], x: Float[Tensor, " d"]
) -> Bool[Tensor, " k"]:
    r"""Which pieces attain the maximum at x: :math:`\partial f(x)` is the convex hull of their slopes.

    Formula ``cs-04-31``, on the page ``chapters/3-optimization/convexity`` (``thm-max-affine``).

    Args:
        slopes, offsets: the pieces.
        x: one point.

    Raises:
        TypeError, ValueError: as :func:`max_affine`.

    Cost: O(kd).

    >>> active_pieces(torch.tensor([[1.0], [-1.0], [0.0]]), torch.tensor([0.0, 0.0, -1.0]), torch.zeros(1))
    tensor([ True,  True, False])
    """
    _check_pieces(slopes, offsets)
    check_tensor(x, "x", slopes.shape[1])
    pieces = slopes @ x + offsets
    rounding = torch.finfo(pieces.dtype).eps * (slopes.abs() @ x.abs() + offsets.abs()).amax()
    return pieces >= pieces.amax() - _TIE * len(x) * rounding


def directional_derivative(
    slopes: Float[Tensor, "k d"], offsets: Float[Tensor, " k"], x: Float[Tensor, " d"], direction: Float[Tensor, " d"]
) -> Float[Tensor, ""]:
    r"""The one-sided derivative :math:`f'(x;v)=\max_{g\in\partial f(x)}g^\top v`.

    Raises:
        TypeError, ValueError: as :func:`max_affine`.

    >>> slopes, offsets = torch.tensor([[1.0], [-1.0]]), torch.zeros(2)
    >>> directional_derivative(slopes, offsets, torch.zeros(1), torch.tensor([-2.0]))
    tensor(2.)
    """
    active = active_pieces(slopes, offsets, x)
    check_tensor(direction, "direction", slopes.shape[1])
    return (slopes[active] @ direction).amax()


def in_convex_hull(points: Float[Tensor, "k d"], target: Float[Tensor, " d"]) -> bool:
    r"""Whether weights :math:`\lambda_i\ge0` with sum one give :math:`\sum_i\lambda_i p_i=t`: a linear program.

    Raises:
        TypeError, ValueError: an argument is no finite floating-point tensor, or shapes do not fit.

    Cost: one linear program with k unknowns and d + 1 equations.

    >>> in_convex_hull(torch.tensor([[0.0], [2.0]]), torch.tensor([0.5]))
    True
    """
    check_tensor(points, "points", None, None)
    check_tensor(target, "target", points.shape[1])
    equations = np.vstack([_numpy(points).T, np.ones(len(points))])
    solved = optimize.linprog(
        np.zeros(len(points)), A_eq=equations, b_eq=np.append(_numpy(target), 1.0), bounds=(0, None)
    )
    return solved.status == 0


def lowest_gap(
    slopes: Float[Tensor, "k d"], offsets: Float[Tensor, " k"], x: Float[Tensor, " d"], g: Float[Tensor, " d"]
) -> float:
    r"""The infimum over y of :math:`f(y)-f(x)-g^\top(y-x)`: zero if g is a subgradient at x, else negative.

    The definition itself as a linear program: minimise :math:`t-g^\top y` subject to :math:`t\ge a_i^\top y+b_i`. It
    knows nothing of active pieces.

    Returns:
        :math:`-\infty` when the difference is unbounded below.

    Raises:
        TypeError, ValueError: as :func:`max_affine`.
        RuntimeError: the solver fails.

    >>> lowest_gap(torch.tensor([[1.0], [-1.0]]), torch.zeros(2), torch.zeros(1), torch.tensor([1.5]))
    -inf
    """
    value = float(max_affine(slopes, offsets, x.unsqueeze(0))[0])
    check_tensor(g, "g", slopes.shape[1])
    constraints = np.hstack([_numpy(slopes), -np.ones((len(slopes), 1))])
    cost = np.append(-_numpy(g), 1.0)
    solved = optimize.linprog(cost, A_ub=constraints, b_ub=-_numpy(offsets), bounds=(None, None))
    if solved.status in (2, 3):  # the constraints have solutions, so that "infeasible or unbounded" is unbounded
        return float("-inf")
    if solved.status != 0:
        raise RuntimeError(f"the linear program was not solved: {solved.message}")
    return float(solved.fun) - value + float(_numpy(g) @ _numpy(x))


def _numpy(tensor: Tensor) -> np.ndarray:
    return tensor.detach().cpu().to(torch.float64).numpy()


def _check_pieces(slopes: Tensor, offsets: Tensor) -> None:
    check_tensor(slopes, "slopes", None, None)
    check_tensor(offsets, "offsets", len(slopes))
