"""What the page ``chapters/6-information/calibration-and-divergence`` measures on digits: divergences and inflation."""

from __future__ import annotations

import itertools

import torch
from jaxtyping import Bool, Float, Int
from scipy import stats
from torch import Tensor

from mgai.information import digit_classifiers, naive_bayes
from mgai.information.calibration_and_divergence import kl_from_logs, log_odds_variance
from mgai.information.digit_classifiers import N_CLASSES


def divergences(replica: int = 0, quarter: int | None = None) -> Float[Tensor, " n"]:
    """The divergence from the network's posterior to that of naive Bayes, for every judged image, in nats.

    replica: of the network. quarter: 0 or 1 for naive Bayes fitted to one half of its training images only.
    """
    fitted, judged, _ = digit_classifiers.halves()
    part = slice(None)
    if quarter is not None:
        occurrence = torch.nn.functional.one_hot(fitted.labels).cumsum(0)[torch.arange(len(fitted.x)), fitted.labels]
        part = occurrence % 2 == quarter
    model = naive_bayes.fit(fitted.x[part], fitted.labels[part], N_CLASSES)
    naive = naive_bayes.log_posterior(naive_bayes.log_joint(model, judged.x))
    return kl_from_logs(digit_classifiers.log_posteriors(replica=replica)["network"], naive)


def rank_correlation(first: Float[Tensor, " n"], second: Float[Tensor, " n"]) -> float:
    """Spearman's rank correlation.

    >>> rank_correlation(torch.tensor([1.0, 2.0, 4.0]), torch.tensor([1.0, 10.0, 100.0]))
    1.0
    """
    return float(stats.spearmanr(first.cpu().numpy(), second.cpu().numpy()).statistic)


def errors(replica: int = 0) -> tuple[Bool[Tensor, " n"], Bool[Tensor, " n"]]:
    """On which judged images naive Bayes is wrong, and on which the network is."""
    logs, labels = digit_classifiers.log_posteriors(replica=replica), digit_classifiers.halves()[1].labels
    return tuple(logs[name].argmax(1) != labels for name in ("naive Bayes", "network"))


def inflations() -> Float[Tensor, " pairs"]:
    """Variance of the log-odds of two classes over what independence would give, for all pairs, within each class."""
    fitted = digit_classifiers.halves()[0]
    weights = naive_bayes.as_linear(naive_bayes.fit(fitted.x, fitted.labels, N_CLASSES))[0]
    found = []
    for a, b in itertools.permutations(range(N_CLASSES), 2):
        actual, independent = log_odds_variance(weights[:, a] - weights[:, b], fitted.x[fitted.labels == a])
        found.append(actual / independent)
    return torch.tensor(found, dtype=torch.float64)


def contributions(images: Int[Tensor, " m"]) -> tuple[Float[Tensor, "m d"], list[tuple[int, int, int]]]:
    """Which pixels make naive Bayes prefer its class to that in which the network's divergence is largest.

    images: indices of judged images. Returns each pixel's part of the log-odds, and for each image the label, naive
    Bayes' decision and the network's class.
    """
    fitted, judged, _ = digit_classifiers.halves()
    logs = digit_classifiers.log_posteriors()
    naive, network = logs["naive Bayes"][images], logs["network"][images]
    other = (network.exp() * (network - naive)).argmax(1)
    on = naive_bayes.fit(fitted.x, fitted.labels, N_CLASSES).on
    decided, x = naive.argmax(1), judged.x[images]
    parts = torch.where(x, on[decided] / on[other], (1 - on[decided]) / (1 - on[other])).log()
    return parts, list(zip(judged.labels[images].tolist(), decided.tolist(), other.tolist(), strict=True))
