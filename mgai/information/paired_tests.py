r"""Which of two classifiers confuses two classes more often: exact paired tests, with many pairs tested at once.

Shown on the page ``chapters/6-information/naive-bayes``.
"""

from __future__ import annotations

import torch
from jaxtyping import Float, Int
from scipy import stats
from torch import Tensor


def confusions(labels: Int[Tensor, " n"], predicted: Int[Tensor, " n"], n_classes: int) -> Int[Tensor, "k k"]:
    """How often class a (row) was called b (column).

    >>> confusions(torch.tensor([0, 0, 1]), torch.tensor([0, 1, 1]), 2)
    tensor([[1, 1],
            [0, 1]])
    """
    if labels.shape != predicted.shape or labels.numel() == 0:
        raise ValueError(f"labels and predicted must match, not {tuple(labels.shape)} and {tuple(predicted.shape)}")
    if not 0 <= int(torch.stack([labels, predicted]).min()) <= int(torch.stack([labels, predicted]).max()) < n_classes:
        raise ValueError(f"labels and predicted must lie between 0 and {n_classes - 1}")
    return torch.bincount(labels * n_classes + predicted, minlength=n_classes**2).view(n_classes, n_classes)


def discordant(
    labels: Int[Tensor, " n"], first: Int[Tensor, " n"], second: Int[Tensor, " n"], n_classes: int
) -> tuple[Int[Tensor, "k k"], Int[Tensor, "k k"]]:
    """For every pair (a, b): on how many images of class a only the first classifier says b, and only the second.

    Images on which both say b tell nothing about the difference and are left out.

    >>> discordant(torch.tensor([0, 0]), torch.tensor([1, 1]), torch.tensor([1, 0]), 2)[0][0, 1]
    tensor(1)
    """
    differ = first != second
    return (confusions(labels[differ], first[differ], n_classes), confusions(labels[differ], second[differ], n_classes))


def paired_p_values(only_first: Int[Tensor, "*shape"], only_second: Int[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
    r"""The exact one-sided p-value :math:`\Pr(B\ge b)` for :math:`B\sim\mathrm{Bin}(b+c,\tfrac12)`.

    Under the hypothesis that both classifiers are equally likely to say b, each image on which only one of them does
    so is a fair coin. Source: Q. McNemar, Psychometrika 12 (1947) 153-157, here with the exact law.

    >>> paired_p_values(torch.tensor([3]), torch.tensor([0]))
    tensor([0.1250], dtype=torch.float64)
    """
    if only_first.shape != only_second.shape or bool((torch.minimum(only_first, only_second) < 0).any()):
        raise ValueError("only_first and only_second must be counts of one shape")
    first, second = only_first.cpu().numpy(), only_second.cpu().numpy()
    return torch.as_tensor(stats.binom.sf(first - 1, first + second, 0.5), dtype=torch.float64)


def holm(p_values: Float[Tensor, " m"]) -> Float[Tensor, " m"]:
    r"""Holm's adjusted p-values: :math:`\max_{j\le i}\min(1,(m-j+1)\,p_{(j)})` for the i-th smallest.

    Rejecting where they are at most :math:`\alpha` makes any false rejection at all less likely than :math:`\alpha`,
    however the tests depend on each other.

    Args:
        p_values: between 0 and 1, at least one.

    Raises:
        ValueError: no p-values, or values outside [0, 1].

    Cost: O(m log m). Source: S. Holm, Scandinavian Journal of Statistics 6 (1979) 65-70.

    >>> holm(torch.tensor([0.03, 0.01, 0.04]))
    tensor([0.0600, 0.0300, 0.0600])
    """
    if p_values.ndim != 1 or len(p_values) == 0 or not bool(((p_values >= 0) & (p_values <= 1)).all()):
        raise ValueError("p_values must be a vector of numbers between 0 and 1")
    ordered, order = p_values.sort()
    factors = torch.arange(len(p_values), 0, -1, dtype=p_values.dtype, device=p_values.device)
    adjusted = (factors * ordered).clamp_max(1).cummax(0).values
    return torch.empty_like(adjusted).scatter(0, order, adjusted)
