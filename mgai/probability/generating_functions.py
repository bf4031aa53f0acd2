r"""Moment generating functions :math:`\psi_X(t)=\mathbb E[e^{tX}]`: of finite laws, of five families, of sums.

Shown on the page ``chapters/5-probability/densities-and-generating-functions``. Where the mean is infinite so is the
value returned.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from mgai.calculus.argument_checks import check_positive, check_tensor
from mgai.probability.rules_and_moments import check_law


def finite_mgf(
    values: Float[Tensor, " n"], probabilities: Float[Tensor, " n"], t: Float[Tensor, "*batch"]
) -> Float[Tensor, "*batch"]:
    r"""The moment generating function :math:`\psi_X(t)=\sum_ip_ie^{tx_i}` of a law with finitely many values.

    Formula ``cs-01-18``. The largest exponent is taken out first, so that the result overflows only where it must.

    Args:
        values: :math:`x_i`.
        probabilities: :math:`p_i`.
        t: arguments, any shape.

    Raises:
        TypeError, ValueError: an argument is no finite floating-point tensor, shapes differ, or ``probabilities`` is
            no law.

    Cost: O(n) an argument.

    >>> finite_mgf(torch.tensor([0.0, 1.0]), torch.tensor([0.75, 0.25]), torch.tensor([1.0]))
    tensor([1.4296])
    """
    check_law(probabilities, "probabilities")
    check_tensor(probabilities, "probabilities", None)
    check_tensor(values, "values", len(probabilities))
    _check_arguments(t)
    return torch.logsumexp(t.unsqueeze(-1) * values + probabilities.log(), -1).exp()


def bernoulli_mgf(p: float, t: Float[Tensor, "*batch"]) -> Float[Tensor, "*batch"]:
    r""":math:`pe^t+1-p`, for 1 with probability p and 0 otherwise; formula ``cs-01-19``.

    Raises:
        TypeError, ValueError: ``t`` is no finite floating-point tensor; p lies outside [0, 1].

    Cost: one pass.

    >>> bernoulli_mgf(0.25, torch.tensor(0.0))
    tensor(1.)
    """
    return binomial_mgf(1, p, t)


def normal_mgf(mean: float, variance: float, t: Float[Tensor, "*batch"]) -> Float[Tensor, "*batch"]:
    r""":math:`\exp(\mu t+\frac12\sigma^2t^2)`, for the normal law; formula ``cs-01-20``.

    Raises:
        TypeError, ValueError: ``t`` is no finite floating-point tensor; the variance is not positive.

    Cost: one pass.

    >>> normal_mgf(1.0, 4.0, torch.tensor(0.5))
    tensor(2.7183)
    """
    _check_arguments(t)
    return (mean * t + 0.5 * check_positive(variance, "variance") * t.square()).exp()


def binomial_mgf(n: int, p: float, t: Float[Tensor, "*batch"]) -> Float[Tensor, "*batch"]:
    r""":math:`(pe^t+1-p)^n`, for the number of successes in n trials; formula ``cs-01-21``.

    Raises:
        TypeError, ValueError: ``t`` is no finite floating-point tensor; n is not positive; p lies outside [0, 1].

    Cost: one pass.

    >>> binomial_mgf(2, 0.5, torch.tensor(0.0))
    tensor(1.)
    """
    _check_arguments(t)
    if n != int(n) or n < 1:
        raise ValueError(f"n must be a positive integer, not {n}")
    if not 0 <= p <= 1:
        raise ValueError(f"p must lie between 0 and 1, not {p}")
    return (p * t.exp() + (1 - p)) ** n


def gamma_mgf(shape: float, scale: float, t: Float[Tensor, "*batch"]) -> Float[Tensor, "*batch"]:
    r""":math:`(1-\beta t)^{-\alpha}` for :math:`t<1/\beta`, infinite beyond; formula ``cs-01-22``.

    The law has the density :math:`x^{\alpha-1}e^{-x/\beta}/(\Gamma(\alpha)\beta^\alpha)` for x > 0. If :math:`\beta` is
    a rate, give its reciprocal as the scale.

    Raises:
        TypeError, ValueError: ``t`` is no finite floating-point tensor; shape or scale is not positive.

    Cost: one pass.

    >>> gamma_mgf(2.0, 0.5, torch.tensor([0.0, 1.0, 2.0]))
    tensor([1., 4., inf])
    """
    _check_arguments(t)
    left = 1 - check_positive(scale, "scale") * t
    return torch.where(left > 0, left.clamp_min(0) ** -check_positive(shape, "shape"), math.inf)


def poisson_mgf(rate: float, t: Float[Tensor, "*batch"]) -> Float[Tensor, "*batch"]:
    r""":math:`\exp(\lambda(e^t-1))`, for the Poisson law with mean :math:`\lambda`; formula ``cs-01-23``.

    Raises:
        TypeError, ValueError: ``t`` is no finite floating-point tensor; the rate is not positive.

    Cost: one pass.

    >>> poisson_mgf(3.0, torch.tensor(0.0))
    tensor(1.)
    """
    _check_arguments(t)
    return (check_positive(rate, "rate") * torch.expm1(t)).exp()


def combination_mgf(
    mgfs: Sequence[Callable[[Tensor], Tensor]], coefficients: Float[Tensor, " n"], t: Float[Tensor, "*batch"]
) -> Float[Tensor, "*batch"]:
    r""":math:`\psi_Y(t)=\prod_i\psi_{X_i}(a_it)` for :math:`Y=\sum_ia_iX_i` with independent :math:`X_i`.

    Formula ``cs-01-24``.

    Args:
        mgfs: the functions :math:`\psi_{X_i}`.
        coefficients: :math:`a_i`.
        t: arguments, any shape.

    Raises:
        TypeError, ValueError: an argument is no finite floating-point tensor, or there is not one coefficient for each
            function.

    Cost: one evaluation of each function.

    >>> combination_mgf([lambda t: t.exp()] * 2, torch.tensor([1.0, -1.0]), torch.tensor(5.0))  # X = 1
    tensor(1.)
    """
    check_tensor(coefficients, "coefficients", len(mgfs))
    _check_arguments(t)
    return torch.stack([mgf(a * t) for mgf, a in zip(mgfs, coefficients, strict=True)]).prod(0)


def _check_arguments(t: Tensor) -> None:
    check_tensor(t, "t", *([None] * t.ndim if isinstance(t, Tensor) else []))
