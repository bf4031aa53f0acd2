r"""Entropies and divergences by routes that are not ours: SciPy, PyTorch's loss, and whole numbers.

What the claims of ``chapters/6-information/entropy-and-divergences`` and those of
``chapters/6-information/cross-entropy-and-kl`` compare with.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

import numpy as np
import torch
from jaxtyping import Float, Int
from scipy import special, stats
from scipy.spatial import distance
from torch import Tensor

from mgai.information.prefix_codes import huffman_code, mean_length


def entropy_by_scipy(p: Float[Tensor, "*batch n"], base: float | None = None) -> np.ndarray:
    """Entropies along the last axis, in nats or to another base.

    >>> float(entropy_by_scipy(torch.tensor([0.5, 0.5]), base=2))
    1.0
    """
    return np.asarray(stats.entropy(p.cpu().numpy(), axis=-1, base=base))


def kl_by_scipy(p: Float[Tensor, "*#batch n"], q: Float[Tensor, "*#batch n"]) -> np.ndarray:
    """Divergences along the last axis, in nats.

    >>> float(kl_by_scipy(torch.tensor([0.5, 0.5]), torch.tensor([1.0, 0.0])))
    inf
    """
    return np.asarray(special.rel_entr(p.cpu().numpy(), q.cpu().numpy()).sum(-1))


def cross_entropy_by_torch(p: Float[Tensor, "n_laws n"], logits: Float[Tensor, "n_laws n"]) -> Float[Tensor, " n_laws"]:
    """Cross-entropies of the laws p and the softmax of logits: PyTorch's loss with probabilities for targets.

    >>> cross_entropy_by_torch(torch.tensor([[0.5, 0.5]]), torch.zeros(1, 2))
    tensor([0.6931])
    """
    return torch.nn.functional.cross_entropy(logits, p, reduction="none")


def jensen_shannon_by_scipy(p: Float[Tensor, "n_laws n"], q: Float[Tensor, "n_laws n"]) -> np.ndarray:
    """Jensen-Shannon divergences, in nats: the squares of SciPy's distances.

    >>> jensen_shannon_by_scipy(torch.eye(2).double(), torch.eye(2).flip(0).double()).round(4).tolist()
    [0.6931, 0.6931]
    """
    return distance.jensenshannon(p.cpu().numpy(), q.cpu().numpy(), axis=-1) ** 2


def uniform_differential_entropy(width: float) -> float:
    """The differential entropy of the uniform density on an interval of this width.

    >>> uniform_differential_entropy(1.0)
    0.0
    """
    return float(stats.uniform(0, width).entropy())


def scaled_likelihood(counts: Sequence[int], model: Sequence[int]) -> int:
    r"""The integer :math:`\prod_ib_i^{a_i}=N^Ne^{-NH(a/N,b/N)}` for counts a, b with sum N.

    The larger the likelihood the smaller the cross-entropy, so that cross-entropies are compared without rounding.

    >>> scaled_likelihood([1, 2], [2, 1]), scaled_likelihood([1, 2], [1, 2])
    (2, 4)
    """
    return math.prod(b**a for a, b in zip(counts, model, strict=True))


def code_length_in_excess(counts: Sequence[int]) -> float:
    r"""Mean length of Huffman's code for the law counts/N, less its entropy in bits.

    >>> code_length_in_excess([2, 1, 1])
    0.0
    """
    p = [Fraction(n, sum(counts)) for n in counts]
    return float(mean_length(huffman_code(counts), p)) - float(stats.entropy(list(counts), base=2))


def chain_cross_entropy(
    initial: Float[Tensor, "two v"], transition: Float[Tensor, "two v v"], n_tokens: int
) -> Float[Tensor, ""]:
    r"""Cross-entropy per token of two Markov chains, from the marginal laws of the first.

    :math:`\frac1N\bigl[H(p_1,q_1)+\sum_{i=1}^{N-1}\sum_sP(x_i=s)H(p(\cdot\mid s),q(\cdot\mid s))\bigr]`, with
    marginals by powers of the transition matrix: no sequence is written down.

    Args:
        initial: the initial laws of text and model.
        transition: their transition matrices.
        n_tokens: N, at least 1.

    >>> half = torch.full((2, 2), 0.5)
    >>> chain_cross_entropy(half, torch.stack([half, half]), 7)
    tensor(0.6931)
    """
    total = -torch.xlogy(initial[0], initial[1]).sum()
    rows = -torch.xlogy(transition[0], transition[1]).sum(-1)
    for power in range(n_tokens - 1):
        total = total + initial[0] @ torch.linalg.matrix_power(transition[0], power) @ rows
    return total / n_tokens


def mean_code_lengths(counts: Int[Tensor, "k n"]) -> Float[Tensor, "k k"]:
    """Mean bits per outcome: entry (i, j) is for data of law i, written in Huffman's code for law j.

    >>> mean_code_lengths(torch.tensor([[2, 1, 1], [1, 1, 2]])).tolist()
    [[1.5, 1.75], [1.75, 1.5]]
    """
    laws = [[Fraction(n, sum(row)) for n in row] for row in counts.tolist()]
    codes = [huffman_code(row) for row in counts.tolist()]
    return torch.tensor([[float(mean_length(code, p)) for code in codes] for p in laws], dtype=torch.float64)
