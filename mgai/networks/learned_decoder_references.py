"""Decoding by other routes: densities, enumeration of errors, the dual code, quadrature.

Used on the page ``chapters/4-networks/learned-decoder``.
"""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import product

import numpy as np
import torch
from jaxtyping import Float, Int
from scipy.integrate import quad
from scipy.optimize import brentq
from scipy.stats import norm
from torch import Tensor

from mgai.information.hopfield_and_hamming import codewords, states
from mgai.networks.separability import common_point

_CHECKS = ((4, 5, 6, 7), (2, 3, 6, 7), (1, 3, 5, 7))


def companion_words() -> Float[Tensor, "4 3"]:
    """The companion's code: the words of three bits, as 0 and 1, with an even number of ones.

    >>> companion_words().sum(1).tolist()
    [0.0, 2.0, 2.0, 2.0]
    """
    return torch.tensor([[0, 0, 0], [1, 1, 0], [1, 0, 1], [0, 1, 1]], dtype=torch.float64)


def posterior_by_densities(y: Float[Tensor, "m n"], words: Float[Tensor, "k n"], sigma: float) -> Float[Tensor, "m k"]:
    """The posterior of equally likely words from the normal densities of the received numbers.

    >>> posterior_by_densities(torch.zeros(1, 1), torch.tensor([[1.0], [-1.0]]), 1.0)
    tensor([[0.5000, 0.5000]])
    """
    densities = torch.distributions.Normal(words, sigma).log_prob(y[:, None]).sum(-1).exp()
    return densities / densities.sum(-1, keepdim=True)


def posterior_by_flips(p: float) -> Float[Tensor, "128 16"]:
    """The posterior of the codewords for each received word of the binary symmetric channel, bit by bit.

    >>> posterior_by_flips(0.1)[0, 0] > 0.9
    tensor(True)
    """
    likelihood = _likelihoods(p)
    return likelihood / likelihood.sum(-1, keepdim=True)


def dual_means(y: Float[Tensor, "m 7"], sigma: float) -> Float[Tensor, "m 7"]:
    r"""Posterior means of the sent signs from the eight words of the dual code.

    .. math:: \frac{\sum_{s}\prod_jt_j^{\,s_j\oplus[j=i]}}{\sum_s\prod_jt_j^{\,s_j}},\qquad t_j=\tanh(y_j/\sigma^2)

    Source: Hartmann and Rudolph, IEEE Transactions on Information Theory 22 (1976) 514-517.

    >>> bool((dual_means(states(7)[:1], 0.1) > 0.99).all())
    True
    """
    t = (y / sigma**2).tanh()
    means = []
    for i in range(7):
        flipped = [s ^ torch.eye(7, dtype=torch.bool)[i] for s in dual_words()]
        means.append(sum(torch.where(s, t, 1.0).prod(-1) for s in flipped))
    return torch.stack(means, -1) / sum(torch.where(s, t, 1.0).prod(-1) for s in dual_words())[:, None]


def dual_words() -> list[Tensor]:
    """The eight sums of the three checks modulo 2.

    >>> [int(word.sum()) for word in dual_words()]
    [0, 4, 4, 4, 4, 4, 4, 4]
    """
    rows = torch.tensor([[position in check for position in range(1, 8)] for check in _CHECKS])
    return [(torch.tensor(take)[:, None] * rows).sum(0) % 2 == 1 for take in product((0, 1), repeat=3)]


def bit_error_by_patterns(p: float) -> float:
    """The share of wrong bits after syndrome decoding, over all 128 patterns of errors.

    >>> round(bit_error_by_patterns(0.5), 12)
    0.5
    """
    total = 0.0
    for pattern in product((0, 1), repeat=7):
        place = 0
        for position, wrong in enumerate(pattern, 1):
            place ^= position * wrong
        left = sum(wrong ^ (position == place) for position, wrong in enumerate(pattern, 1))
        total += left / 7 * p ** sum(pattern) * (1 - p) ** (7 - sum(pattern))
    return total


def least_bit_error(p: float) -> float:
    """The least share of wrong bits that any decision on the bits has, by enumeration of the received words.

    >>> round(least_bit_error(0.0), 12), round(least_bit_error(0.5), 12)
    (0.0, 0.5)
    """
    likelihood = _likelihoods(p)
    means = likelihood @ codewords() / 16
    return float((likelihood.sum(-1, keepdim=True) / 16 - means.abs()).sum()) / 14


def crossing() -> float:
    """The p at which the syndrome decoder leaves as many bits wrong as there were, by bisection.

    >>> 0.2 < crossing() < 0.22
    True
    """
    return float(brentq(lambda p: bit_error_by_patterns(p) - p, 0.1, 0.3, xtol=1e-15, rtol=1e-14))


def hulls_meet(bit: int, decisions: Float[Tensor, 128]) -> bool:
    """Whether the two sets of the text have the labels that ``decisions`` (signs) give, and their hulls a point.

    In exact fractions: eight codewords with +1 at ``bit``, inverted there, with the label +1, and the eight codewords
    with -1 there, with the label -1, each with the share 1/8.

    >>> hulls_meet(0, states(7)[:, 0])  # the received sign itself is linear
    False
    """
    words = codewords()
    flip = 1 - 2 * torch.eye(7, dtype=torch.float64)[bit]
    points = torch.cat([words[words[:, bit] > 0] * flip, words[words[:, bit] < 0]])
    labels = decisions[_places(points)] > 0
    if labels.tolist() != [True] * 8 + [False] * 8:
        return False
    return common_point(points.int().tolist(), labels.int().tolist(), [Fraction(1, 8)] * 16) is not None


def equidistant_error(k: int, distance: float, sigma: float) -> float:
    """The word error of k equally likely points that are all as far apart, on the Gaussian channel, by quadrature.

    >>> round(equidistant_error(2, 2.0, 1.0), 6)
    0.158655
    """
    shift = distance / (sigma * math.sqrt(2))
    return 1 - quad(lambda t: norm.pdf(t) * norm.cdf(t + shift) ** (k - 1), -12, 12, epsabs=1e-13)[0]


def noisy_nodes(
    words: Float[Tensor, "k n"], sigma: float, n_nodes: int
) -> tuple[Float[Tensor, "k m n"], Float[Tensor, "k m"]]:
    """Gauss-Hermite nodes around each word, a product over the coordinates, and their weights, which add up to 1.

    >>> float(noisy_nodes(companion_words(), 0.4, 3)[1].sum().round(decimals=12))
    1.0
    """
    nodes, weights = (torch.from_numpy(each) for each in np.polynomial.hermite_e.hermegauss(n_nodes))
    grid = torch.cartesian_prod(*[nodes] * words.shape[1])
    shares = torch.cartesian_prod(*[weights / weights.sum()] * words.shape[1]).prod(1)
    return words[:, None] + sigma * grid, (shares / len(words)).expand(len(words), -1)


def companion_floor(sigma: float = 0.4, n_nodes: int = 24) -> float:
    """The least mean cross-entropy of a bit on the companion's channel, in nats, by quadrature.

    >>> 0.15 < companion_floor(n_nodes=12) < 0.16
    True
    """
    words = companion_words()
    y, shares = noisy_nodes(words, sigma, n_nodes)
    densities = -((y[:, :, None] - words) ** 2).sum(-1) / (2 * sigma**2)
    ones = torch.logsumexp(densities[..., None].masked_fill(words == 0, -torch.inf), 2)
    zeros = torch.logsumexp(densities[..., None].masked_fill(words == 1, -torch.inf), 2)
    losses = torch.nn.functional.softplus((1 - 2 * words)[:, None] * (ones - zeros))
    return float((shares[..., None] * losses).sum()) / 3


def _likelihoods(p: float) -> Tensor:
    """Entry (y, c): the probability of the received word y for the codeword c, bit by bit."""
    same = states(7)[:, None] == codewords()
    return torch.where(same, torch.tensor(1 - p, dtype=torch.float64), torch.tensor(p, dtype=torch.float64)).prod(-1)


def _places(points: Tensor) -> Int[Tensor, " m"]:
    return (points[:, None] == states(7)).all(-1).long().argmax(1)
