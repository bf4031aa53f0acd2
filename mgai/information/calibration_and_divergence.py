r"""Whether confidences are right: reliability, the error of calibration and its bias, Brier's score, temperature.

Shown on the page ``chapters/6-information/calibration-and-divergence``. The *confidence* of a classifier is its
largest probability; it is calibrated when of the decisions made with confidence :math:`p` the share :math:`p` is right.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from scipy import optimize, stats
from torch import Tensor


class Reliability(NamedTuple):
    """For each bin that is not empty: how many decisions, their mean confidence, how many were right."""

    counts: Tensor
    confidence: Tensor
    hits: Tensor


def decisions(log_p: Float[Tensor, "n k"], labels: Int[Tensor, " n"]) -> tuple[Float[Tensor, " n"], Bool[Tensor, " n"]]:
    """The confidence of every decision, and whether it was right.

    >>> decisions(torch.tensor([[0.25, 0.75]]).log(), torch.tensor([0]))
    (tensor([0.7500]), tensor([False]))
    """
    if log_p.ndim != 2 or 0 in log_p.shape or labels.shape != log_p.shape[:1]:
        raise ValueError(f"log_p must be (n, k) with n labels, not {tuple(log_p.shape)} and {tuple(labels.shape)}")
    largest, where = log_p.max(1)
    return largest.exp(), where == labels


def reliability(confidence: Float[Tensor, " n"], right: Bool[Tensor, " n"], n_bins: int = 10) -> Reliability:
    """Decisions in bins of equal width, each closed on the right: a confidence of exactly 1 is in the last one.

    Args:
        confidence: between 0 and 1; right: whether each decision was.
        n_bins: at least 1.

    Raises:
        ValueError: no decisions, shapes that differ, or confidences outside [0, 1].

    >>> reliability(torch.tensor([0.3, 1.0, 0.9]), torch.tensor([True, True, False]), 2).counts
    tensor([1, 2])
    """
    bins = _bins(confidence, right, n_bins)
    counts = torch.bincount(bins, minlength=n_bins)
    totals = [torch.bincount(bins, part.double(), n_bins) for part in (confidence, right)]
    some = counts > 0
    return Reliability(counts[some], totals[0][some] / counts[some], totals[1][some].long())


def calibration_error(bins: Reliability) -> float:
    r"""The expected calibration error :math:`\sum_b\frac{n_b}n\lvert s_b-\bar f_b\rvert`: share right and confidence.

    Source: Pakdaman Naeini, Cooper and Hauskrecht, AAAI 2015.

    >>> calibration_error(Reliability(torch.tensor([4]), torch.tensor([1.0]), torch.tensor([3])))
    0.25
    """
    return float((bins.hits - bins.counts * bins.confidence).abs().sum() / bins.counts.sum())


def error_if_calibrated(confidence: Float[Tensor, " n"], n_bins: int = 10) -> float:
    r"""The mean of :func:`calibration_error` if each decision is right with its confidence: the bias, exactly.

    The number of right decisions in a bin is a sum of independent bits with different probabilities; its law is their
    convolution, and the bin contributes its mean absolute deviation.

    Cost: O(m²) for a bin with m decisions.

    >>> error_if_calibrated(torch.tensor([0.5, 0.5]))  # 0, 1 or 2 right with 1/4, 1/2, 1/4
    0.25
    """
    bins = _bins(confidence, torch.zeros(len(confidence), dtype=torch.bool), n_bins)
    total = 0.0
    for number in bins.unique():
        chances, law = confidence[bins == number].double().cpu().numpy(), np.ones(1)
        for chance in chances:
            law = np.append((1 - chance) * law, 0.0) + np.append(0.0, chance * law)
        total += float(np.abs(np.arange(len(law)) - chances.sum()) @ law)
    return total / len(confidence)


def simulated_errors(
    confidence: Float[Tensor, " n"], generator: torch.Generator, n: int = 1000, n_bins: int = 10
) -> Float[Tensor, " draws"]:
    """Calibration errors of ``n`` draws in which each decision is right with its confidence.

    >>> simulated_errors(torch.tensor([1.0]), torch.Generator(), 2)
    tensor([0., 0.], dtype=torch.float64)
    """
    chances = confidence.double().cpu()
    bins = _bins(chances, torch.zeros(len(chances), dtype=torch.bool), n_bins)
    members = torch.nn.functional.one_hot(bins, n_bins).double()
    right = torch.rand(n, len(chances), dtype=torch.float64, generator=generator) < chances
    return ((right.double() - chances) @ members).abs().sum(1) / len(chances)


def share_interval(hits: int, n: int, level: float = 0.95) -> tuple[float, float]:
    """Clopper and Pearson's interval for a share, which covers it at least with probability ``level``.

    >>> [round(end, 3) for end in share_interval(0, 10)]
    [0.0, 0.308]
    """
    found = stats.binomtest(int(hits), int(n)).proportion_ci(level, "exact")
    return float(found.low), float(found.high)


class BrierTerms(NamedTuple):
    """Reliability, resolution and uncertainty, and the variance and covariance that binning hides."""

    reliability: float
    resolution: float
    uncertainty: float
    variance_within: float
    covariance_within: float

    @property
    def score(self) -> float:
        """Brier's score that the five terms make."""
        return self.reliability - self.resolution + self.uncertainty + self.variance_within - self.covariance_within


def brier_terms(confidence: Float[Tensor, " n"], right: Bool[Tensor, " n"], n_bins: int = 10) -> BrierTerms:
    r"""Murphy's decomposition of :math:`\frac1n\sum(f_i-o_i)^2` with the two terms for bins of unequal confidences.

    Source: Murphy, J. Appl. Meteorol. 12 (1973) 595; Stephenson, Coelho and Jolliffe, Weather Forecast. 23 (2008) 752.

    >>> brier_terms(torch.tensor([0.5, 0.5]), torch.tensor([True, False]))[:3]
    (0.0, 0.0, 0.25)
    """
    bins = _bins(confidence, right, n_bins)
    f, o = confidence.double(), right.double()
    counts = torch.bincount(bins, minlength=n_bins).clamp_min(1)
    f_mean, o_mean = ((torch.bincount(bins, part, n_bins) / counts)[bins] for part in (f, o))
    share = o.mean()
    return BrierTerms(
        float((f_mean - o_mean).square().mean()),
        float((o_mean - share).square().mean()),
        float(share * (1 - share)),
        float((f - f_mean).square().mean()),
        float(2 * ((o - o_mean) * (f - f_mean)).mean()),
    )


def tempered(log_p: Float[Tensor, "n k"], temperature: float) -> Float[Tensor, "n k"]:
    r""":math:`\ln p^{1/T}` normalised: the same decisions at every positive T, other confidences.

    >>> tempered(torch.tensor([[0.8, 0.2]]).log(), 0.5).exp()
    tensor([[0.9412, 0.0588]])
    """
    if not (math.isfinite(temperature) and temperature > 0):
        raise ValueError(f"temperature must be positive and finite, not {temperature}")
    return (log_p / temperature).log_softmax(1)


def best_temperature(log_p: Float[Tensor, "n k"], labels: Int[Tensor, " n"]) -> float:
    r"""The temperature of least log-loss, found in :math:`1/T`, in which the loss is convex.

    Source: Guo, Pleiss, Sun and Weinberger, ICML 2017.

    >>> round(best_temperature(torch.tensor([[0.9, 0.1]] * 3).log(), torch.tensor([0, 0, 1])), 3)  # ln 9 / ln 2
    3.17
    """
    decisions(log_p, labels)

    def loss(inverse: float) -> float:
        return float(-(log_p.double() * inverse).log_softmax(1).gather(1, labels[:, None]).mean())

    return 1 / float(optimize.minimize_scalar(loss, bounds=(1e-3, 10), method="bounded", options={"xatol": 1e-9}).x)


def kl_from_logs(log_p: Float[Tensor, "n k"], log_q: Float[Tensor, "n k"]) -> Float[Tensor, " n"]:
    r""":math:`\sum_c p_c(\ln p_c-\ln q_c)` of each row, with :math:`0\ln0=0` and without exponentiating q.

    :func:`mgai.information.entropy_and_divergences.kl` takes the probabilities themselves: they may underflow.

    Args:
        log_p, log_q: logarithms of laws; log_p may be minus infinity.

    Returns:
        Not negative up to rounding; infinite where q is zero and p is not.

    >>> kl_from_logs(torch.tensor([[0.0, -torch.inf]]), torch.tensor([[-2000.0, 0.0]]))
    tensor([2000.])
    """
    if log_p.shape != log_q.shape or log_p.ndim != 2 or 0 in log_p.shape:
        raise ValueError(f"log_p and log_q must be (n, k), not {tuple(log_p.shape)} and {tuple(log_q.shape)}")
    p = log_p.exp()
    return torch.where(p > 0, p * (log_p - log_q), 0).sum(1)


def log_odds_variance(weights: Float[Tensor, " d"], x: Bool[Tensor, "n d"]) -> tuple[float, float]:
    r"""The variance of :math:`\sum_iw_ix_i` over images, and what it would be for independent pixels.

    Their quotient is the inflation :math:`r` of ``thm-inflation``.

    >>> log_odds_variance(torch.ones(2), torch.tensor([[True, True], [False, False]]))
    (1.0, 0.5)
    """
    pixels = x.double()
    share, w = pixels.mean(0), weights.double()
    return float((pixels @ w).var(correction=0)), float((w.square() * share * (1 - share)).sum())


def _bins(confidence: Tensor, right: Tensor, n_bins: int) -> Tensor:
    if confidence.ndim != 1 or len(confidence) == 0 or right.shape != confidence.shape or n_bins < 1:
        raise ValueError("confidence and right must be vectors of one length, with at least one decision and one bin")
    if not bool(((confidence >= 0) & (confidence <= 1)).all()):
        raise ValueError("confidence must lie between 0 and 1")
    return ((confidence.double() * n_bins).ceil().long() - 1).clamp_min(0)
