"""Other routes to what the page ``chapters/6-information/naive-bayes`` computes."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor


def closed_testing(p_values: Float[Tensor, " m"]) -> Float[Tensor, " m"]:
    """Adjusted p-values by the definition of closed testing: the worst Bonferroni test of a set that holds i.

    All :math:`2^m-1` sets are tested: for small m. Source: Marcus, Peritz and Gabriel, Biometrika 63 (1976) 655-660.

    >>> closed_testing(torch.tensor([0.03, 0.01, 0.04]))
    tensor([0.0600, 0.0300, 0.0600])
    """
    m, values = len(p_values), p_values.tolist()
    subsets = [set(some) for size in range(1, m + 1) for some in itertools.combinations(range(m), size)]
    worst = [min(1.0, len(some) * min(values[j] for j in some)) for some in subsets]
    adjusted = [max(value for some, value in zip(subsets, worst, strict=True) if i in some) for i in range(m)]
    return torch.tensor(adjusted, dtype=p_values.dtype)


def counted_p_values(m: Int[Tensor, " n"], k: Int[Tensor, " n"]) -> list[float]:
    """The share of the outcomes of m + k fair coins with at least m heads, counted as integers.

    >>> counted_p_values(torch.tensor([3]), torch.tensor([0]))
    [0.125]
    """
    pairs = zip(m.tolist(), k.tolist(), strict=True)
    return [sum(math.comb(a + b, j) for j in range(a, a + b + 1)) / 2 ** (a + b) for a, b in pairs]


def library_information(x: Bool[Tensor, "n d"], labels: Int[Tensor, " n"], pairs: Int[Tensor, "e 2"]) -> list[float]:
    """Mutual information of pairs of pixels given the class, by scikit-learn within each class, in nats.

    >>> x, labels, pairs = torch.tensor([[False] * 2, [True] * 2]), torch.tensor([0, 0]), torch.tensor([[0, 1]])
    >>> round(library_information(x, labels, pairs)[0], 4)
    0.6931
    """
    from sklearn.metrics import mutual_info_score  # slow to import

    inside = [x[labels == c].numpy() for c in labels.unique()]
    return [
        sum(len(part) / len(x) * mutual_info_score(part[:, i], part[:, j]) for part in inside)
        for i, j in pairs.tolist()
    ]


def information_of_law(inputs: Bool[Tensor, "m 2"], joint: Float[Tensor, "m k"]) -> float:
    """I(X1; X2 | C) in nats by the definition, from an exact joint law of two bits and the class.

    >>> information_of_law(torch.tensor([[False, False], [True, True]]), torch.tensor([[0.5], [0.5]]))
    0.6931471824645996
    """
    total, rows, columns = 0.0, inputs[:, 0].long(), inputs[:, 1].long()
    for law in joint.unbind(1):
        p = joint.new_zeros(2, 2).index_put_((rows, columns), law / law.sum(), accumulate=True)
        independent = p.sum(1, keepdim=True) * p.sum(0)
        total += float(law.sum() * torch.where(p > 0, p * (p / independent).log(), 0).sum())
    return total


def lost_accuracy(scores: Float[Tensor, "m k"], joint: Float[Tensor, "m k"]) -> float:
    """How much less often decisions by scores are right than those by the exact joint law.

    >>> lost_accuracy(torch.tensor([[1.0, 0.0]]), torch.tensor([[0.25, 0.75]]))
    0.5
    """
    return float((joint.max(1).values - joint.gather(1, scores.argmax(1)[:, None])[:, 0]).sum())


def spanning_trees(d: int) -> list[Sequence[tuple[int, int]]]:
    r"""All :math:`d^{d-2}` spanning trees of d pixels, as sets of edges.

    >>> len(spanning_trees(4))
    16
    """
    found = []
    for edges in itertools.combinations(itertools.combinations(range(d), 2), d - 1):
        reached = {0}
        for _ in edges:
            reached |= {end for edge in edges if reached & set(edge) for end in edge}
        if len(reached) == d:
            found.append(edges)
    return found
