r"""Densities of scaled variables and of sums, and the gradient of a mean by the log-derivative trick.

Shown on the page ``chapters/5-probability/densities-and-generating-functions``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import torch
from jaxtyping import Float
from scipy.integrate import quad
from torch import Tensor

from mgai.calculus.argument_checks import check_tensor


def scaled_density(
    density: Callable[[Tensor], Tensor], factor: float, z: Float[Tensor, "*batch"]
) -> Float[Tensor, "*batch"]:
    r"""The density of :math:`\alpha Y`, :math:`f_{\alpha Y}(z)=f_Y(z/\alpha)/|\alpha|`.

    Formula ``cs-01-17``.

    Args:
        density: :math:`f_Y`, elementwise.
        factor: :math:`\alpha`, not zero.
        z: where it is wanted, any shape.

    Raises:
        TypeError: ``z`` is no floating-point tensor.
        ValueError: ``factor`` is zero or not finite: then there is no density; or an entry of ``z`` is not finite.

    Cost: one evaluation of ``density``.

    >>> scaled_density(lambda y: torch.exp(-y) * (y >= 0), -2.0, torch.tensor([-2.0, 2.0]))
    tensor([0.1839, 0.0000])
    """
    if not (math.isfinite(factor) and factor != 0):
        raise ValueError(f"factor={factor} leaves no density: it must be finite and not zero")
    check_tensor(z, "z", *([None] * z.ndim if isinstance(z, Tensor) else []))
    return density(z / factor) / abs(factor)


def sum_density(
    f: Callable[[float], float],
    g: Callable[[float], float],
    z: float,
    lower: float,
    upper: float,
    breaks: Sequence[float] = (),
) -> float:
    r"""The density of a sum of independent variables, :math:`f_{X+Y}(z)=\int f_X(t)f_Y(z-t)\,dt`, by quadrature.

    Formula ``cs-01-25``.

    Args:
        f, g: the densities.
        z: where the density of the sum is wanted.
        lower, upper: an interval outside which ``f`` is zero, or small enough to leave out.
        breaks: where the integrand jumps or bends, known to the caller; those outside the interval are left out.

    Raises:
        ValueError: the interval is empty or unbounded.

    Cost: some hundred evaluations of each; error about 1e-13 for smooth pieces.

    >>> def uniform(t): return float(0 <= t <= 1)
    >>> round(sum_density(uniform, uniform, 0.5, 0.0, 1.0, breaks=[0.5]), 12)
    0.5
    """
    if not -math.inf < lower < upper < math.inf:
        raise ValueError(f"lower={lower} and upper={upper} give no bounded interval")
    inside = sorted(point for point in set(breaks) if lower < point < upper)
    return quad(lambda t: f(t) * g(z - t), lower, upper, points=inside or None, epsabs=1e-13, epsrel=1e-13)[0]


def score_gradient(
    values: Float[Tensor, " n"],
    log_probabilities: Callable[[Tensor], Tensor],
    theta: Float[Tensor, " d"],
    baseline: float = 0.0,
) -> Float[Tensor, " d"]:
    r"""The gradient of a mean by the log-derivative trick, :math:`\mathbb E[(g(X)-b)\,\nabla_\theta\ln p_\theta(X)]`.

    Formula ``cs-02-01``, for finitely many values of X, all of positive probability. It equals
    :math:`\nabla_\theta\,\mathbb E[g(X)]` whatever the baseline b, since the scores have mean zero.

    Args:
        values: :math:`g(x_i)`; they do not depend on :math:`\theta`.
        log_probabilities: the function from :math:`\theta` to all :math:`\ln p_\theta(x_i)`.
        theta: the parameters.
        baseline: b, any number.

    Raises:
        TypeError, ValueError: an argument is no finite floating-point tensor, or a probability is zero.

    Cost: n backward passes.

    Source: Williams, Machine Learning 8 (1992), with samples in place of the sum.

    >>> score_gradient(torch.tensor([0.0, 1.0]), lambda theta: theta.log_softmax(0), torch.zeros(2))
    tensor([-0.2500,  0.2500])
    """
    check_tensor(theta, "theta", None)
    check_tensor(values, "values", None)
    logs = log_probabilities(theta)
    check_tensor(logs, "log_probabilities(theta)", len(values))
    scores = torch.func.jacrev(log_probabilities)(theta)
    return (logs.exp() * (values - baseline)) @ scores
