r"""The rules of probability on joint tables, and the moments of laws with finitely many values.

Shown on the page ``chapters/5-probability/rules-and-moments``. A table holds :math:`P(X=x_i,Y=y_j)` in row i and
column j. Tables whose entries are multiples of a power of 1/2 are added and multiplied without rounding, so that
equalities can be tested as such (:mod:`mgai.probability.exact_laws` lists all of a kind).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from jaxtyping import Float
from scipy.integrate import quad
from torch import Tensor

from mgai.calculus.argument_checks import check_tensor


def marginal(joint: Float[Tensor, "*sizes"], axis: int) -> Float[Tensor, " n"]:
    r"""The law of one variable of a joint table, :math:`P(X=x_i)=\sum_jP(X=x_i,Y=y_j)`.

    Formula ``cs-01-01``, on the page ``chapters/5-probability/rules-and-moments``.

    Args:
        joint: probabilities, one axis for each variable.
        axis: the variable that is kept; all others are summed over.

    Raises:
        TypeError: ``joint`` is no floating-point tensor.
        ValueError: ``joint`` has no axes, negative entries, or a sum other than 1; or there is no such ``axis``.

    Cost: one pass.

    >>> marginal(torch.tensor([[0.25, 0.25], [0.0, 0.5]]), 1)
    tensor([0.2500, 0.7500])
    """
    check_law(joint, "joint")
    if not -joint.ndim <= axis < joint.ndim:
        raise ValueError(f"axis={axis} is none of the {joint.ndim} axes of joint")
    return joint.movedim(axis, 0).flatten(1).sum(1) if joint.ndim > 1 else joint.clone()


def conditional(joint: Float[Tensor, "m n"]) -> Float[Tensor, "m n"]:
    r"""The conditional laws :math:`P(Y=y_j\mid X=x_i)`, one in each row.

    Formula ``cs-01-02``: row i times :math:`P(X=x_i)` is row i of the table.

    Args:
        joint: the table; no row may have probability zero.

    Raises:
        TypeError, ValueError: as :func:`marginal`; or a value of X has probability zero.

    Cost: O(mn).

    >>> conditional(torch.tensor([[0.25, 0.25], [0.0, 0.5]]))
    tensor([[0.5000, 0.5000],
            [0.0000, 1.0000]])
    """
    rows = marginal(joint, 0)
    if bool((rows == 0).any()):
        raise ValueError("joint gives a value of X the probability 0: nothing can be conditioned on it")
    return joint / rows.unsqueeze(1)


def independence_gap(joint: Float[Tensor, "m n"]) -> Float[Tensor, ""]:
    r"""The largest :math:`|P(X=x,Y=y)-P(X=x)P(Y=y)|`; zero if and only if X and Y are independent.

    Formula ``cs-01-03``. The differences are the covariances of the indicators of the two events.

    Raises:
        TypeError, ValueError: as :func:`marginal`.

    Cost: O(mn).

    >>> independence_gap(torch.tensor([[0.5, 0.0], [0.0, 0.5]]))
    tensor(0.2500)
    """
    rows, columns = marginal(joint, 0), marginal(joint, 1)
    return (joint - rows.unsqueeze(1) * columns).abs().amax()


def posterior(prior: Float[Tensor, " k"], likelihood: Float[Tensor, "k n"]) -> Float[Tensor, "k n"]:
    r"""Bayes' rule :math:`P(Y_i\mid X)=P(X\mid Y_i)P(Y_i)\big/\sum_lP(X\mid Y_l)P(Y_l)`, one observation a column.

    Formula ``cs-01-05``.

    Args:
        prior: :math:`P(Y_i)` for cases that exclude each other and leave nothing out; they sum to 1.
        likelihood: :math:`P(X=x_j\mid Y_i)` in row i and column j. Columns may be missing: rows need not sum to 1.

    Raises:
        TypeError, ValueError: ``prior`` is no law; an entry of ``likelihood`` is no probability; shapes do not fit; or
            an observation has probability zero in every case that the prior allows.

    Cost: O(kn).

    >>> posterior(torch.tensor([0.75, 0.25]), torch.tensor([[0.25], [0.75]])).flatten().tolist()
    [0.5, 0.5]
    """
    check_law(prior, "prior")
    check_tensor(prior, "prior", None)
    check_tensor(likelihood, "likelihood", len(prior), None)
    if bool((likelihood < 0).any() or (likelihood > 1).any()):
        raise ValueError("likelihood must lie between 0 and 1")
    joint = prior.unsqueeze(1) * likelihood
    evidence = joint.sum(0)
    if bool((evidence == 0).any()):
        raise ValueError("likelihood and prior give an observation the probability 0: there is no posterior")
    return joint / evidence


def expectation(values: Float[Tensor, " n *sizes"], probabilities: Float[Tensor, " n"]) -> Float[Tensor, "*sizes"]:
    r"""The mean :math:`\mathbb E[g(X)]=\sum_ip_i\,g(x_i)` of a function of X, or of X itself.

    Formula ``cs-01-07`` for a law with finitely many values; the law of g(X) is not needed.

    Args:
        values: :math:`g(x_i)`, numbers, vectors or arrays, along the first axis.
        probabilities: :math:`p_i`.

    Raises:
        TypeError, ValueError: an argument is no finite floating-point tensor, shapes do not fit, or
            ``probabilities`` is no law.

    Cost: one pass.

    >>> expectation(torch.tensor([0.0, 4.0]), torch.tensor([0.75, 0.25]))
    tensor(1.)
    """
    check_law(probabilities, "probabilities")
    check_tensor(probabilities, "probabilities", None)
    sizes = values.shape[1:] if isinstance(values, Tensor) else ()
    check_tensor(values, "values", len(probabilities), *sizes)
    return torch.tensordot(probabilities.to(values.dtype), values, dims=1)


def covariance(
    x: Float[Tensor, "n d"], y: Float[Tensor, "n e"], probabilities: Float[Tensor, " n"]
) -> Float[Tensor, "d e"]:
    r"""The matrix :math:`\operatorname{Cov}(X,Y)=\mathbb E[(X-\mu_X)(Y-\mu_Y)^\top]`.

    Formulas ``cs-01-08`` and ``cs-01-09``: ``covariance(x, x, p)`` is the matrix Var[X], which a linear map changes as
    in ``cs-01-13``. Centred before multiplied, so that large means do no harm.

    Args:
        x, y: joint values :math:`x_i`, :math:`y_i`, one a row; numbers are vectors of length 1.
        probabilities: :math:`p_i`.

    Raises:
        TypeError, ValueError: as :func:`expectation`.

    Cost: O(nde).

    >>> x = torch.tensor([[0.0], [4.0]])
    >>> covariance(x, 3 * x, torch.tensor([0.5, 0.5]))
    tensor([[12.]])
    """
    check_tensor(x, "x", None, None)
    check_tensor(y, "y", len(x), None)
    dx, dy = x - expectation(x, probabilities), y - expectation(y, probabilities)
    return dx.mT @ (probabilities.unsqueeze(1).to(dy.dtype) * dy)


def weighted_sum_variance(coefficients: Float[Tensor, " d"], variance: Float[Tensor, "d d"]) -> Float[Tensor, ""]:
    r""":math:`\operatorname{Var}[\sum_ia_iX_i]=\sum_ia_i^2\operatorname{Var}[X_i]+2\sum_{i<j}a_ia_j\operatorname{Cov}(X_i,X_j)`.

    Formula ``cs-01-15``, as it stands: each pair once, and twice its value.

    Args:
        coefficients: :math:`a`.
        variance: the matrix Var[X]; only its diagonal and what is above it are read.

    Raises:
        TypeError, ValueError: an argument is no finite floating-point tensor, or shapes do not fit.

    Cost: O(d²).

    >>> weighted_sum_variance(torch.tensor([1.0, -1.0]), torch.tensor([[2.0, 1.0], [1.0, 2.0]]))
    tensor(2.)
    """
    check_tensor(coefficients, "coefficients", None)
    check_tensor(variance, "variance", len(coefficients), len(coefficients))
    pairs = torch.outer(coefficients, coefficients) * variance
    return pairs.diagonal().sum() + 2 * pairs.triu(1).sum()


def mean_from_distribution_function(
    cdf: Callable[[float], float], lower: float, upper: float, breaks: Sequence[float] = ()
) -> float:
    r"""The mean of any law on an interval, :math:`\mathbb E[X]=\int t\,dF(t)=b-\int_a^bF(t)\,dt` (by parts).

    It needs no density: jumps of F are atoms of the law. See ``cs-01-07`` on the page
    ``chapters/5-probability/rules-and-moments``.

    Args:
        cdf: the distribution function :math:`F(t)=P(X\le t)`, with :math:`F(b)=1`.
        lower, upper: an interval [a, b] that holds X with probability 1.
        breaks: where F jumps or bends, inside the interval; adaptive quadrature should know.

    Raises:
        ValueError: the interval is empty or unbounded, or :math:`F(b)\ne1`.

    Cost: some hundred evaluations of ``cdf``; error about 1e-14 between known breaks of a smooth F.

    >>> round(mean_from_distribution_function(lambda t: 0.5 if t < 1 else 1.0, 0.0, 1.0), 12)  # 0 or 1, a fair coin
    0.5
    """
    if not -float("inf") < lower < upper < float("inf"):
        raise ValueError(f"lower={lower} and upper={upper} give no bounded interval")
    if abs(cdf(upper) - 1) > 1e-12:
        raise ValueError(f"cdf is {cdf(upper)} at upper={upper}: the interval does not hold the whole law")
    area, _ = quad(cdf, lower, upper, points=sorted(breaks) or None, epsabs=1e-13, epsrel=1e-13)
    return upper - area


def check_law(value: Tensor, argument: str) -> None:
    """Raise unless ``value`` has real floating-point entries, none negative, with the sum 1 up to rounding.

    Raises:
        TypeError: it is no floating-point tensor.
        ValueError: it has no axes or entries, negative entries, entries that are not finite, or another sum.

    >>> check_law(torch.tensor([0.5, 0.5]), "p")
    """
    if isinstance(value, Tensor) and value.ndim == 0:
        raise ValueError(f"{argument} must have at least one axis")
    check_tensor(value, argument, *([None] * value.ndim if isinstance(value, Tensor) else []))
    if bool((value < 0).any()):
        raise ValueError(f"{argument} has negative entries")
    total = float(value.sum(dtype=torch.float64))
    if abs(total - 1) > 4 * value.numel() * torch.finfo(value.dtype).eps:  # each entry correctly rounded, and more
        raise ValueError(f"{argument} sums to {total:.6g}, not to 1")
