r"""The predictive value of a test whose sensitivity and specificity were estimated: its law, mean and quantiles.

Shown on the page ``chapters/6-information/diagnostic-test``. The prevalence π is known; with uniform priors and study
counts the sensitivity and the false-alarm rate have independent Beta laws.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import optimize, special

_LARGEST = 998  # people in a group: SciPy's Jacobi weights overflow beyond
_REACH = 40.0  # of the logit: the tails fall at least as exp(-|logit|)


class Study(NamedTuple):
    """Counts of a validation study: positive results among the ill, and among the healthy."""

    ill_positive: int
    ill: int
    healthy_positive: int
    healthy: int


def beta_parameters(study: Study) -> tuple[tuple[int, int], tuple[int, int]]:
    """The Beta laws of the sensitivity and of the false-alarm rate, from uniform priors.

    Raises ValueError when a count is negative or exceeds its group.

    >>> beta_parameters(Study(19, 20, 1, 50))
    ((20, 2), (2, 50))
    """
    ill_positive, ill, healthy_positive, healthy = study
    if not 0 <= ill_positive <= ill or not 0 <= healthy_positive <= healthy:
        raise ValueError(f"study must have counts within their groups, not {tuple(study)}")
    return (ill_positive + 1, ill - ill_positive + 1), (healthy_positive + 1, healthy - healthy_positive + 1)


def next_patient(prior: float, study: Study) -> float:
    r"""The probability that the next patient with a positive result is ill, given the study.

    :math:`\pi\,\mathbb Es/(\pi\,\mathbb Es+(1-\pi)\,\mathbb E(1-c))`: the plug-in at the posterior means, derived under
    ``thm-diagnostic-test-estimated``.

    >>> round(next_patient(0.01, Study(19, 20, 1, 50)), 4)
    0.1927
    """
    _check_prior(prior)
    sensitivity, false_alarm = (a / (a + b) for a, b in beta_parameters(study))
    return prior * sensitivity / (prior * sensitivity + (1 - prior) * false_alarm)


def mean_value(prior: float, study: Study, n_nodes: int = 40) -> float:
    r"""The mean of the predictive value :math:`\pi s/(\pi s+(1-\pi)q)` over the laws of s and q.

    Gauss-Jacobi quadrature over s, the trapezoidal rule over the logit of q, which converges exponentially.

    Raises ValueError for a study of more than 998 people in a group, for which the rules are too coarse.

    >>> round(mean_value(0.01, Study(19, 20, 1, 50)), 4)
    0.2588
    """
    _check_prior(prior)
    sensitivity, false_alarm = beta_parameters(study)
    s, weights = _beta_nodes(*sensitivity, n_nodes)
    q, masses = _logit_nodes(*false_alarm)
    ill = prior * s[:, None]
    return float(weights @ (ill / (ill + (1 - prior) * q)) @ masses)


def value_below(v: float, prior: float, study: Study, n_nodes: int = 40) -> float:
    r"""The probability that the predictive value is at most v.

    Given s that is :math:`P\bigl(q\ge\frac{\pi s}{1-\pi}\frac{1-v}v\bigr)`, a Beta tail, averaged by quadrature.

    Raises ValueError unless ``v`` lies strictly between 0 and 1.

    >>> value_below(0.99999, 0.01, Study(19, 20, 1, 50)) > 0.999
    True
    """
    _check_prior(prior)
    if not 0 < v < 1:
        raise ValueError(f"v must lie strictly between 0 and 1, not {v}")
    sensitivity, (a, b) = beta_parameters(study)
    s, weights = _beta_nodes(*sensitivity, n_nodes)
    at = np.clip(prior * s / (1 - prior) * (1 - v) / v, 0.0, 1.0)
    return float(weights @ special.betaincc(a, b, at))


def value_quantile(level: float, prior: float, study: Study) -> float:
    """The value below which the predictive value lies with the given probability.

    >>> round(value_below(value_quantile(0.25, 0.1, Study(9, 10, 1, 9)), 0.1, Study(9, 10, 1, 9)), 9)
    0.25
    """
    if not 0 < level < 1:
        raise ValueError(f"level must lie strictly between 0 and 1, not {level}")
    return float(optimize.brentq(lambda v: value_below(v, prior, study) - level, 1e-9, 1 - 1e-9, xtol=1e-13))


def _beta_nodes(a: int, b: int, n_nodes: int) -> tuple[np.ndarray, np.ndarray]:
    """Nodes and weights of Gauss's rule for the Beta law: Jacobi's, moved to the unit interval."""
    _check_size(a + b)
    nodes, weights = special.roots_jacobi(n_nodes, b - 1, a - 1)
    return (1 + nodes) / 2, weights / weights.sum()


def _logit_nodes(a: int, b: int) -> tuple[np.ndarray, np.ndarray]:
    """Equidistant nodes in the logit of a Beta variable, as probabilities, and their weights."""
    _check_size(a + b)
    logits = np.linspace(-_REACH, _REACH, 8001)
    logs = a * special.log_expit(logits) + b * special.log_expit(-logits)
    weights = np.exp(logs - logs.max())
    return special.expit(logits), weights / weights.sum()


def _check_size(total: int) -> None:
    if total > _LARGEST + 2:
        raise ValueError(f"study must have at most {_LARGEST} people in a group for this quadrature")


def _check_prior(prior: float) -> None:
    if not 0 < prior < 1:
        raise ValueError(f"prior must lie strictly between 0 and 1, not {prior}")
