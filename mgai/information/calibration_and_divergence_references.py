"""Other routes to what the page ``chapters/6-information/calibration-and-divergence`` computes."""

from __future__ import annotations

import itertools
import math

import torch
from jaxtyping import Float
from scipy import stats
from torch import Tensor

from mgai.information.calibration_and_divergence import kl_from_logs
from mgai.information.naive_bayes import fit, log_joint, log_posterior


def mean_absolute_deviation(n: int, p: float) -> float:
    r"""De Moivre's :math:`E|B-np|=2\nu\binom n\nu p^\nu(1-p)^{n-\nu+1}`, with :math:`\nu=\lfloor np\rfloor+1`.

    Source: Diaconis and Zabell, Statistical Science 6 (1991) 284-302.

    >>> mean_absolute_deviation(2, 0.5)
    0.5
    """
    v = math.floor(n * p) + 1
    return 2 * v * math.comb(n, v) * p**v * (1 - p) ** (n - v + 1)


def precise_divergence(
    log_p: Float[Tensor, "n k"], scores: Float[Tensor, "n k"], digits: int = 60
) -> Float[Tensor, " n"]:
    """The divergence by the definition, from exponentials with so many decimal digits; q is exp(scores), normalised.

    >>> precise_divergence(torch.tensor([[0.0, -50.0]]), torch.tensor([[-1000.0, 0.0]]))
    tensor([1000.], dtype=torch.float64)
    """
    import mpmath

    values = []
    with mpmath.workdps(digits):
        for p_row, q_row in zip(log_p.tolist(), scores.tolist(), strict=True):
            q = [mpmath.exp(score) for score in q_row]
            total = mpmath.fsum(q)
            terms = [mpmath.exp(a) * (a - mpmath.log(b / total)) for a, b in zip(p_row, q, strict=True)]
            values.append(float(mpmath.fsum(terms)))
    return torch.tensor(values, dtype=torch.float64)


def divergence_by_chance() -> float:
    """Mean divergence from the exact posterior to naive Bayes for two fair, independent pixels, by enumeration.

    Two classes that do not differ, two training images of each: all 256 training sets and all four inputs.

    >>> round(divergence_by_chance(), 4)
    0.0732
    """
    inputs = torch.tensor(list(itertools.product((False, True), repeat=2)))
    labels, exact = torch.tensor([0, 0, 1, 1]), torch.full((4, 2), 0.5, dtype=torch.float64).log()
    total = 0.0
    for bits in itertools.product((False, True), repeat=8):
        posterior = log_posterior(log_joint(fit(torch.tensor(bits).view(4, 2), labels, 2), inputs))
        total += float(kl_from_logs(exact, posterior).mean())
    return total / 256


def divergence_by_counts() -> float:
    r"""The same from the binomial laws of the counts: the divergence of log-odds s from none is :math:`\ln\cosh(s/2)`.

    >>> math.isclose(divergence_by_counts(), divergence_by_chance())
    True
    """
    counts = [math.comb(2, a) / 4 for a in range(3)]
    odds = [(math.log((a + 1) / (b + 1)), counts[a] * counts[b]) for a in range(3) for b in range(3)]
    return sum(v * w * math.log(math.cosh((s + t) / 2)) for s, v in odds for t, w in odds)


def log_odds_error(n: int) -> float:
    r"""The variance of :math:`\ln\frac{A+1}{B+1}`, A and B independent, binomial (n, 1/2), by enumeration.

    >>> log_odds_error(1)  # ln 2 or ln 1, twice
    0.24022650695910072
    """
    law = stats.binom.pmf(range(n + 1), n, 0.5)
    logs = [math.log(a + 1) for a in range(n + 1)]
    mean = float(law @ logs)
    return 2 * float(law @ [(value - mean) ** 2 for value in logs])
