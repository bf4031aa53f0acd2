r"""The inequalities of Chebyshev, Cauchy-Schwarz and Jensen for laws with finitely many values, as gaps.

Shown on the page ``chapters/5-probability/rules-and-moments``.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor

from mgai.calculus.argument_checks import check_positive, check_tensor
from mgai.probability.rules_and_moments import expectation

Function = Callable[[Tensor], Tensor]


def tail_probability(values: Float[Tensor, " n"], probabilities: Float[Tensor, " n"], eps: float) -> Float[Tensor, ""]:
    r""":math:`P(|X-\mu|\ge\varepsilon)`, the left-hand side of Chebyshev's inequality.

    Args:
        values, probabilities: the law of X.
        eps: :math:`\varepsilon>0`. The comparison is made as it stands: an atom at the distance :math:`\varepsilon`
            counts only if neither it nor the mean is rounded.

    Raises:
        TypeError, ValueError: as :func:`mgai.probability.rules_and_moments.expectation`; or ``eps`` is not positive.

    >>> tail_probability(torch.tensor([-2.0, 0.0, 2.0]), torch.tensor([0.125, 0.75, 0.125]), 2.0)
    tensor(0.2500)
    """
    check_tensor(values, "values", None)
    check_positive(eps, "eps")
    far = (values - expectation(values, probabilities)).abs() >= eps
    return probabilities[far].sum()


def chebyshev_bound(variance: float, eps: float) -> float:
    r"""The bound of :math:`P(|X-\mu|\ge\varepsilon)` by :math:`\sigma^2/\varepsilon^2`.

    Formula ``cs-01-31``, on the page ``chapters/5-probability/rules-and-moments``. It says nothing if
    :math:`\varepsilon\le\sigma`.

    Raises:
        ValueError: ``variance`` is negative or not finite, or ``eps`` is not positive.

    >>> chebyshev_bound(1.0, 2.0)
    0.25
    """
    if not 0 <= variance < float("inf"):
        raise ValueError(f"variance must be finite and not negative, not {variance}")
    return variance / check_positive(eps, "eps") ** 2


def chebyshev_law(ratio: float) -> tuple[Float[Tensor, " 3"], Float[Tensor, " 3"]]:
    r"""Values and probabilities of a law with mean 0 and variance 1 that attains the bound at :math:`\varepsilon=k`.

    The values are :math:`-k,0,k` with the probabilities :math:`\frac1{2k^2},1-\frac1{k^2},\frac1{2k^2}` (see
    ``thm-chebyshev-equality``).

    Args:
        ratio: :math:`k=\varepsilon/\sigma\ge1`.

    Raises:
        ValueError: ``ratio`` is less than 1 or not finite.

    >>> chebyshev_law(2.0)[1].tolist()
    [0.125, 0.75, 0.125]
    """
    if not 1 <= ratio < float("inf"):
        raise ValueError(f"ratio must be finite and at least 1, not {ratio}")
    values = torch.tensor([-ratio, 0.0, ratio], dtype=torch.float64)
    side = 0.5 / ratio**2
    return values, torch.tensor([side, 1 - 2 * side, side], dtype=torch.float64)


def cauchy_schwarz_gap(
    x: Float[Tensor, " n"], y: Float[Tensor, " n"], probabilities: Float[Tensor, " n"]
) -> Float[Tensor, ""]:
    r""":math:`\mathbb E[X^2]\,\mathbb E[Y^2]-\mathbb E[XY]^2`, never negative.

    Formula ``cs-02-04``: zero if and only if X and Y are proportional with probability 1.

    Args:
        x, y, probabilities: joint values of X and Y, and their probabilities.

    Raises:
        TypeError, ValueError: as :func:`mgai.probability.rules_and_moments.expectation`.

    >>> cauchy_schwarz_gap(torch.tensor([1.0, -1.0]), torch.tensor([1.0, 1.0]), torch.tensor([0.5, 0.5]))
    tensor(1.)
    """
    check_tensor(x, "x", None)
    check_tensor(y, "y", len(x))
    squares = expectation(x**2, probabilities) * expectation(y**2, probabilities)
    return squares - expectation(x * y, probabilities) ** 2


def jensen_gap(f: Function, points: Float[Tensor, "n d"], weights: Float[Tensor, " n"]) -> Float[Tensor, ""]:
    r""":math:`\sum_i\lambda_if(x_i)-f(\sum_i\lambda_ix_i)`, not negative if f is convex.

    Formulas ``cs-02-23`` and, with the law of X as weights, ``cs-02-24``.

    Args:
        f: from one vector of d entries to a number; convex on a convex set that holds the points.
        points: one a row.
        weights: not negative, of sum 1.

    Raises:
        TypeError, ValueError: an argument is no finite floating-point tensor, shapes do not fit, or the weights are
            no law.

    Cost: n + 1 evaluations of f.

    >>> jensen_gap(lambda x: (x**2).sum(), torch.tensor([[0.0], [2.0]]), torch.tensor([0.5, 0.5]))
    tensor(1.)
    """
    check_tensor(points, "points", None, None)
    heights = torch.stack([f(point) for point in points])
    return expectation(heights, weights) - f(expectation(points, weights))
