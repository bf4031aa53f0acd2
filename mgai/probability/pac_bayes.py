r"""Bounds on the risk of randomised predictors, how often they fail, and the divergence of Gaussian weights.

Shown on the page ``chapters/5-probability/inference-and-generalisation`` (formulas ``cs-17-17`` and ``cs-17-18``).
Losses lie in [0, 1]; P is the prior, Q the posterior, n the size of the sample.
"""

from __future__ import annotations

import math
from fractions import Fraction

import torch
from jaxtyping import Float
from scipy.optimize import brentq
from scipy.stats import binom
from torch import Tensor

from mgai.calculus.argument_checks import check_positive, check_tensor
from mgai.information.entropy_and_divergences import kl as divergence
from mgai.probability.rules_and_moments import check_law


def confidence_term(n: int, delta: float) -> float:
    r"""The price :math:`\ln\frac{2\sqrt n}\delta` of a bound for n data that may fail with probability :math:`\delta`.

    Raises:
        ValueError: n is not positive, or ``delta`` lies outside (0, 1].

    >>> round(confidence_term(1, 1.0), 6)
    0.693147
    """
    if n < 1 or not 0 < delta <= 1:
        raise ValueError(f"n={n} must be positive, and delta={delta} between 0 and 1")
    return math.log(2 * math.sqrt(n) / delta)


def mcallester_bound(empirical: float, kl: float, n: int, delta: float) -> float:
    r"""The bound :math:`R_{\mathrm{emp}}(Q)+\sqrt{(KL(Q\|P)+\ln\frac{2\sqrt n}\delta)/(2n)}` of the risk of Q.

    Formula ``cs-17-17``. McAllester (1999), with the constant of Maurer (2004).

    Args:
        empirical: the mean loss of draws from Q on the sample, in [0, 1].
        kl: the divergence of Q from P, not negative.
        n: size of the sample.
        delta: the probability, over samples, with which the bound may fail.

    Raises:
        ValueError: an argument lies outside its range.

    >>> round(mcallester_bound(0.0, 0.0, 100, 0.05), 4)
    0.1731
    """
    _check(empirical, kl)
    return empirical + math.sqrt((kl + confidence_term(n, delta)) / (2 * n))


def maurer_bound(empirical: float, kl: float, n: int, delta: float) -> float:
    r"""The largest r with :math:`n\,\mathrm{kl}(R_{\mathrm{emp}}(Q),r)\le KL(Q\|P)+\ln\frac{2\sqrt n}\delta`.

    Never above :func:`mcallester_bound`, by Pinsker's inequality, and much below it for small empirical risks.
    Maurer (2004), theorem 5.

    Args, Raises: as :func:`mcallester_bound`.

    >>> round(maurer_bound(0.0, 0.0, 100, 0.05), 4)
    0.0582
    """
    _check(empirical, kl)
    allowed = (kl + confidence_term(n, delta)) / n
    if empirical == 1:
        return 1.0

    def excess(r: float) -> float:
        return _binary_kl(empirical, r) - allowed

    top = 1 - 1e-16
    return 1.0 if excess(top) < 0 else float(brentq(excess, empirical, top, xtol=1e-14))


def exponential_moment(n: int) -> Fraction:
    r"""The mean of :math:`e^{n\,\mathrm{kl}(K/n,r)}` for a binomial K with parameters n and r.

    It is :math:`\sum_k\binom nk(\frac kn)^k(1-\frac kn)^{n-k}`.
    It does not depend on r in (0, 1), and lies between :math:`\sqrt n` and :math:`2\sqrt n`. Maurer (2004).

    Raises:
        ValueError: n is not positive.

    Cost: n products of integers with about n log n digits.

    >>> exponential_moment(2)
    Fraction(5, 2)
    """
    if n < 1:
        raise ValueError(f"n={n} must be positive")
    return Fraction(sum(math.comb(n, k) * k**k * (n - k) ** (n - k) for k in range(n + 1)), n**n)


def failure_probability(
    risks: Float[Tensor, " 2"], prior: Float[Tensor, " 2"], n: int, term: float, n_grid: int = 400
) -> float:
    r"""How often :math:`R(Q)-R_{\mathrm{emp}}(Q)>\sqrt{(KL(Q\|P)+c)/(2n)}` for *some* Q on two functions.

    Their errors are independent. With :math:`\Delta=R-R_{\mathrm{emp}}`, some Q fails if and only if
    :math:`\ln\mathbb E_Pe^{\beta\Delta}>c+\frac{\beta^2}{8n}` for some :math:`\beta>0`
    (Donsker and Varadhan's formula, and the root as a minimum of straight lines). All pairs of counts are listed, with
    their binomial probabilities; :math:`\beta` runs through a grid, so that the value is a lower bound.

    Args:
        risks: of the two functions, strictly between 0 and 1.
        prior: their probabilities under P.
        n: size of the sample.
        term: c, :func:`confidence_term` in the bound.
        n_grid: values of :math:`\beta` up to 8n.

    Raises:
        TypeError, ValueError: an argument is no tensor of probabilities, or n is not positive.

    Cost: O(n² n_grid).

    >>> failure_probability(torch.tensor([0.5, 0.5]), torch.tensor([0.5, 0.5]), 4, 100.0)
    0.0
    """
    check_tensor(risks, "risks", 2)
    check_tensor(prior, "prior", 2)
    check_law(prior, "prior")
    if n < 1 or not bool(((risks > 0) & (risks < 1)).all()):
        raise ValueError("risks must lie strictly between 0 and 1, and n must be positive")
    counts = torch.arange(n + 1, dtype=torch.float64)
    first, second = (torch.from_numpy(binom.pmf(counts.numpy(), n, r)) for r in risks.tolist())
    gaps = torch.cartesian_prod(*(r - counts / n for r in risks.tolist()))
    beta = 8 * n * torch.arange(1, n_grid + 1, dtype=torch.float64) / n_grid
    moments = torch.logsumexp(beta[:, None, None] * gaps + prior.cpu().double().log(), 2)
    fails = (moments > (term + beta**2 / (8 * n)).unsqueeze(1)).any(0)
    return float(torch.outer(first, second).flatten()[fails].sum())


def selected_failure_probability(n_functions: int, n: int, width: float) -> float:
    r"""How often the best of N coins on n tosses has :math:`R_{\mathrm{emp}}<R-w`.

    That is the price of choosing P after the data.
    All functions have independent losses 0 or 1 with equal probabilities, so that :math:`R=\frac12` for each; the
    probability is :math:`1-(1-F)^N` with a binomial F.

    Raises:
        ValueError: N or n is not positive, or the width not in [0, 1/2).

    >>> selected_failure_probability(2, 1, 0.25)
    0.75
    """
    if min(n_functions, n) < 1 or not 0 <= width < 0.5:
        raise ValueError(f"n_functions={n_functions}, n={n} must be positive, and width={width} in [0, 1/2)")
    single = binom.cdf(math.ceil(n * (0.5 - width)) - 1, n, 0.5)
    return float(-math.expm1(n_functions * math.log1p(-single)))


def gaussian_kl(mean: Float[Tensor, " d"], deviation: float, prior_deviation: float) -> float:
    r"""The divergence of :math:`N(\mu,\sigma_Q^2I)` from :math:`N(0,\sigma_P^2I)`.

    Formula ``cs-17-18``: with :math:`v=\sigma_Q^2/\sigma_P^2` it is
    :math:`\frac d2(v-1-\ln v)+\frac{\|\mu\|^2}{2\sigma_P^2}`, least at :math:`v=1`.

    Args:
        mean: the weights at the minimum.
        deviation, prior_deviation: :math:`\sigma_Q` and :math:`\sigma_P`, positive.

    Raises:
        TypeError, ValueError: ``mean`` is no finite tensor, or a deviation is not positive.

    >>> gaussian_kl(torch.tensor([3.0, 4.0]), 1.0, 1.0)
    12.5
    """
    check_tensor(mean, "mean", None)
    ratio = check_positive(deviation, "deviation") / check_positive(prior_deviation, "prior_deviation")
    spread = len(mean) / 2 * (ratio**2 - 1 - 2 * math.log(ratio))
    return spread + float((mean / prior_deviation).square().sum()) / 2


def best_deviation(curvature: float, strength: float, prior_deviation: float) -> float:
    r"""The :math:`\sigma_Q` that minimises :math:`\beta\,\mathbb E_Q[\text{loss}]+KL(Q\|P)` at a quadratic minimum.

    Formula ``cs-17-18``: for the loss :math:`\frac h2\|w-\mu\|^2` it is given by
    :math:`\sigma_Q^{-2}=\sigma_P^{-2}+\beta h`: the flatter, the wider, and never wider than the prior.

    Args:
        curvature: h, not negative.
        strength: :math:`\beta`, such as n, positive.
        prior_deviation: :math:`\sigma_P`, positive.

    Raises:
        ValueError: an argument lies outside its range.

    >>> best_deviation(0.0, 10.0, 2.0)
    2.0
    """
    if not 0 <= curvature < math.inf:
        raise ValueError(f"curvature must be finite and not negative, not {curvature}")
    check_positive(strength, "strength"), check_positive(prior_deviation, "prior_deviation")
    return prior_deviation / math.sqrt(1 + strength * curvature * prior_deviation**2)


def _check(empirical: float, kl: float) -> None:
    if not 0 <= empirical <= 1:
        raise ValueError(f"empirical must lie between 0 and 1, not {empirical}")
    if not 0 <= kl < math.inf:
        raise ValueError(f"kl must be finite and not negative, not {kl}")


def _binary_kl(q: float, p: float) -> float:
    laws = torch.tensor([[q, 1 - q], [p, 1 - p]], dtype=torch.float64)
    return float(divergence(laws[0], laws[1]))
