r"""Bayesian inference in closed form, and the gap between the risk and its estimate on the sample.

Shown on the page ``chapters/5-probability/inference-and-generalisation``: decoding through a noisy channel, coins with
a Beta prior, linear regression with a Gaussian prior, and empirical risk minimisation over finitely many functions.
"""

from __future__ import annotations

from itertools import product
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from scipy.special import betaln
from torch import Tensor

from mgai.calculus.argument_checks import check_positive, check_tensor
from mgai.probability.rules_and_moments import check_law, posterior


class Gaussian(NamedTuple):
    """Mean and covariance matrix of a Gaussian law of weights."""

    mean: Float[Tensor, " p"]
    covariance: Float[Tensor, "p p"]


class Gaps(NamedTuple):
    """Expected generalisation errors: of every function by itself, and of one with the least empirical risk."""

    fixed: Float[Tensor, " m"]
    minimiser: Float[Tensor, ""]


def decode(language_model: Float[Tensor, " k"], channel: Float[Tensor, "k n"]) -> Int[Tensor, " n"]:
    r"""The most probable target of every source, :math:`\arg\max_t\Pr(s\mid t)\Pr(t)`.

    Formula ``cs-15-01``, on the page ``chapters/5-probability/inference-and-generalisation``.

    Args:
        language_model: :math:`\Pr(t)`, a law.
        channel: :math:`\Pr(s\mid t)`, one target a row, one source a column.

    Raises:
        TypeError, ValueError: as :func:`mgai.probability.rules_and_moments.posterior`.

    Cost: O(kn).

    >>> decode(torch.tensor([0.75, 0.25]), torch.tensor([[0.5, 0.125], [0.75, 0.875]])).tolist()
    [0, 1]
    """
    return posterior(language_model, channel).argmax(0)


def beta_posterior(a: float, b: float, successes: int, failures: int) -> tuple[float, float]:
    r"""The parameters :math:`(a+k,b+m)` of the law of a coin after k successes and m failures, if it was Beta(a, b).

    Formula ``cs-17-08``. The likelihood :math:`\theta^k(1-\theta)^m` adds to the exponents of the prior.

    Args:
        a, b: parameters of the prior, not negative; zero stands for the improper prior with the exponent -1.
        successes, failures: what was seen, in any order.

    Raises:
        ValueError: an argument is negative or not finite, or the product has no finite integral: no posterior.

    >>> beta_posterior(1.0, 1.0, 3, 0)
    (4.0, 1.0)
    """
    for value, argument in ((a, "a"), (b, "b"), (successes, "successes"), (failures, "failures")):
        if not 0 <= value < float("inf"):
            raise ValueError(f"{argument} must be finite and not negative, not {value}")
    if min(a + successes, b + failures) == 0:
        raise ValueError("a and b: prior times likelihood has an infinite integral, there is no posterior")
    return float(a + successes), float(b + failures)


def evidence(a: float, b: float, successes: int, failures: int) -> float:
    r"""The probability :math:`p(S)=B(a+k,b+m)/B(a,b)` of a sequence of tosses, by which the posterior is divided.

    Formula ``cs-17-08``.

    Args:
        a, b: parameters of the prior, positive.
        successes, failures: of the sequence.

    Raises:
        ValueError: as :func:`beta_posterior`; or ``a`` or ``b`` is zero.

    >>> round(evidence(1.0, 1.0, 1, 1), 12)  # the integral of t(1 - t)
    0.166666666667
    """
    check_positive(a, "a"), check_positive(b, "b")
    return float(torch.tensor(betaln(*beta_posterior(a, b, successes, failures)) - betaln(a, b)).exp())


def predictive_probability(a: float, b: float, successes: int, failures: int) -> float:
    r"""The probability :math:`\frac{a+k}{a+b+k+m}` of a success in the next toss, the mean of the posterior.

    Formula ``cs-17-09``; for a = b = 1 Laplace's rule of succession.

    Raises:
        ValueError: as :func:`beta_posterior`.

    >>> predictive_probability(1.0, 1.0, 3, 0)
    0.8
    """
    a, b = beta_posterior(a, b, successes, failures)
    return a / (a + b)


def linear_posterior(
    x: Float[Tensor, "n p"], y: Float[Tensor, " n"], noise_variance: float, prior_variance: float
) -> Gaussian:
    r"""The law of w given y for :math:`y=Xw+\varepsilon`, where w and the noise are Gaussian.

    Formula ``cs-17-09``: if :math:`w\sim N(0,\tau^2I)` and :math:`\varepsilon\sim N(0,\sigma^2I)`, the covariance
    is :math:`\Sigma=(X^\top X/\sigma^2+I/\tau^2)^{-1}`, the mean :math:`\Sigma X^\top y/\sigma^2`,
    which is ridge regression with :math:`\lambda=\sigma^2/\tau^2`.

    Args:
        x, y: inputs, one a row, and outputs.
        noise_variance, prior_variance: :math:`\sigma^2` and :math:`\tau^2`, positive.

    Raises:
        TypeError, ValueError: an argument is no finite tensor, shapes do not fit, or a variance is not positive.

    Cost: O(np² + p³).

    >>> linear_posterior(torch.eye(1), torch.ones(1), 1.0, 1.0).mean
    tensor([0.5000])
    """
    check_tensor(x, "x", None, None)
    check_tensor(y, "y", len(x))
    check_positive(noise_variance, "noise_variance"), check_positive(prior_variance, "prior_variance")
    eye = torch.eye(x.shape[1], dtype=x.dtype, device=x.device)
    factor = torch.linalg.cholesky(x.mT @ x / noise_variance + eye / prior_variance)
    covariance = torch.cholesky_inverse(factor)
    return Gaussian(covariance @ (x.mT @ y) / noise_variance, covariance)


def predictive_variance(law: Gaussian, x: Float[Tensor, "m p"], noise_variance: float) -> Float[Tensor, " m"]:
    r"""The variance :math:`\sigma^2+x^\top\Sigma x` of a new output at x: noise, and what is not known of w.

    Formula ``cs-17-09``.

    Args:
        law: of the weights.
        x: new inputs, one a row.
        noise_variance: :math:`\sigma^2`.

    Raises:
        TypeError, ValueError: ``x`` does not fit, or ``noise_variance`` is not positive.

    >>> predictive_variance(Gaussian(torch.zeros(1), torch.eye(1)), torch.tensor([[2.0]]), 1.0)
    tensor([5.])
    """
    check_tensor(x, "x", None, len(law.mean))
    return check_positive(noise_variance, "noise_variance") + ((x @ law.covariance) * x).sum(1)


def generalisation_error(
    losses: Float[Tensor, "m k"], law: Float[Tensor, " k"], samples: Int[Tensor, "s n"]
) -> Float[Tensor, "s m"]:
    r""":math:`R[f]-R_{\mathrm{emp}}[f]` of every function on every sample.

    Formula ``cs-17-15``.

    Args:
        losses: the loss of function i on datum z in row i and column z.
        law: of a datum.
        samples: data by their number, one sample a row.

    Raises:
        TypeError, ValueError: as :func:`mgai.probability.rules_and_moments.check_law`; shapes do not fit, or
            ``samples`` holds what is no datum.

    Cost: O(smn).

    >>> losses = torch.tensor([[0.0, 1.0]])
    >>> generalisation_error(losses, torch.tensor([0.5, 0.5]), torch.tensor([[0, 0], [0, 1]])).flatten().tolist()
    [0.5, 0.0]
    """
    check_law(law, "law")
    check_tensor(law, "law", None)
    check_tensor(losses, "losses", None, len(law))
    if samples.ndim != 2 or samples.numel() == 0 or samples.dtype != torch.int64:
        raise ValueError("samples must be a table of integers with at least one row and column")
    if not bool(((samples >= 0) & (samples < len(law))).all()):
        raise ValueError(f"samples must hold numbers from 0 to {len(law) - 1}")
    return losses @ law - losses[:, samples].mean(2).mT


def expected_gaps(losses: Float[Tensor, "m k"], law: Float[Tensor, " k"], n: int) -> Gaps:
    r"""Means of :func:`generalisation_error` over all :math:`k^n` samples: for fixed functions, and for a minimiser.

    Among several functions with the least empirical risk the first is taken.

    Raises:
        TypeError, ValueError: as :func:`generalisation_error`; or there are more than a million samples.

    Cost: :math:`O(k^nmn)`.

    >>> expected_gaps(torch.tensor([[0.0, 1.0], [1.0, 0.0]]), torch.tensor([0.5, 0.5]), 1).minimiser
    tensor(0.5000)
    """
    if n < 1 or len(law) ** n > 1_000_000:
        raise ValueError(f"n={n} must be positive and give at most a million samples")
    samples = torch.tensor(list(product(range(len(law)), repeat=n)))
    gaps = generalisation_error(losses, law, samples)
    weights = law[samples].prod(1)
    chosen = (losses @ law - gaps).argmin(1)  # the empirical risks are the risks less the gaps
    return Gaps(weights @ gaps, weights @ gaps.gather(1, chosen.unsqueeze(1)).squeeze(1))
