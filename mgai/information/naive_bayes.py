r"""Bernoulli naive Bayes: binary pixels, independent given the class, with Laplace's smoothing.

Shown on the page ``chapters/6-information/naive-bayes``. The log joint :math:`\ln p(c)+\sum_i\ln p(x_i\mid c)` is
affine in the pixels, so that the classifier is a network without a hidden layer whose weights are counted, not trained.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor


class NaiveBayes(NamedTuple):
    """Log prior of shape ``(k,)`` and the probability that a pixel is on, given the class, of shape ``(k, d)``."""

    log_prior: Tensor
    on: Tensor


def fit(x: Bool[Tensor, "n d"], labels: Int[Tensor, " n"], n_classes: int, smoothing: float = 1.0) -> NaiveBayes:
    r"""Shares of the classes, and :math:`\hat\theta_{ci}=(n_{ci}+s)/(n_c+2s)` for pixel :math:`i` in class :math:`c`.

    Args:
        x: binary pixels, one image a row.
        labels: classes from 0 to ``n_classes`` - 1, each with an image.
        smoothing: :math:`s`, positive; 1 is Laplace's.

    Raises:
        TypeError: x is not boolean.
        ValueError: shapes do not fit, a class is empty, or the smoothing is not positive.

    Cost: O(nkd). Source: C. Bishop, Pattern Recognition and Machine Learning, 2006, section 4.2.3.

    >>> fit(torch.tensor([[True], [True], [False]]), torch.tensor([0, 0, 1]), 2).on
    tensor([[0.7500],
            [0.3333]], dtype=torch.float64)
    """
    members = one_hot(x, labels, n_classes)
    if not (math.isfinite(smoothing) and smoothing > 0):
        raise ValueError(f"smoothing must be positive and finite, not {smoothing}")
    counts = members.sum(0)
    on = (members.mT @ x.double() + smoothing) / (counts[:, None] + 2 * smoothing)
    return NaiveBayes((counts / len(x)).log(), on)


def log_joint(model: NaiveBayes, x: Bool[Tensor, "n d"]) -> Float[Tensor, "n k"]:
    r""":math:`\ln p(c)+\sum_i\bigl[x_i\ln\theta_{ci}+(1-x_i)\ln(1-\theta_{ci})\bigr]`, by :func:`as_linear`.

    Never exponentiated: for 784 pixels its values are some hundreds below zero.

    >>> model = fit(torch.tensor([[True], [False]]), torch.tensor([0, 1]), 2)
    >>> log_joint(model, torch.tensor([[True]])).exp()
    tensor([[0.3333, 0.1667]], dtype=torch.float64)
    """
    weights, biases = as_linear(model)
    return x.to(weights.dtype) @ weights + biases


def as_linear(model: NaiveBayes) -> tuple[Float[Tensor, "d k"], Float[Tensor, " k"]]:
    r"""Weights :math:`\ln\frac{\theta_{ci}}{1-\theta_{ci}}` and biases of the one-layer network that naive Bayes is.

    >>> as_linear(NaiveBayes(torch.zeros(1), torch.tensor([[0.5, 0.5]])))
    (tensor([[0.],
            [0.]]), tensor([-1.3863]))
    """
    off = torch.log1p(-model.on)
    return (model.on.log() - off).mT, off.sum(1) + model.log_prior


def log_posterior(joint: Float[Tensor, "n k"]) -> Float[Tensor, "n k"]:
    r""":math:`\ln p(c\mid x)`: the log joint minus its log-sum-exp, without overflow.

    >>> log_posterior(torch.tensor([[-2000.0, -2000.0]]))
    tensor([[-0.6931, -0.6931]])
    """
    return joint.log_softmax(1)


def accuracy(scores: Float[Tensor, "n k"], labels: Int[Tensor, " n"]) -> float:
    """The share of samples whose largest score is at the label.

    >>> accuracy(torch.tensor([[0.0, 1.0], [0.0, 1.0]]), torch.tensor([1, 0]))
    0.5
    """
    return float((scores.argmax(1) == labels).double().mean())


def copies_world(k: int, agreement: float = 0.8) -> tuple[NaiveBayes, Bool[Tensor, "2 k"], Float[Tensor, "2 2"]]:
    r"""A fair bit as class, one noisy pixel that is written down ``k`` times, and naive Bayes fitted to it.

    Args:
        k: number of copies, at least 1.
        agreement: the probability that the pixel equals the class, between 0 and 1.

    Returns:
        Naive Bayes with the exact marginals; the two inputs that occur; the true joint law of input and class.

    >>> model, inputs, joint = copies_world(3)
    >>> log_posterior(log_joint(model, inputs)).exp()[1, 1], joint[1, 1] / joint[1].sum()
    (tensor(0.9846, dtype=torch.float64), tensor(0.8000, dtype=torch.float64))
    """
    if k < 1 or not 0 < agreement < 1:
        raise ValueError(f"k must be at least 1 and agreement between 0 and 1, not {k} and {agreement}")
    on = torch.tensor([1 - agreement, agreement], dtype=torch.float64)
    inputs = torch.tensor([[False], [True]]).expand(2, k)
    joint = torch.stack([1 - on, on]) / 2  # rows: inputs, columns: classes
    return NaiveBayes(on.new_full((2,), 0.5).log(), on[:, None].expand(2, k)), inputs, joint


def crowded_world() -> tuple[NaiveBayes, Bool[Tensor, "4 4"], Float[Tensor, "4 2"]]:
    """A pixel that agrees with the class in 4 of 5 cases beside three copies of one that does so in 7 of 10.

    As :func:`copies_world`. The exact posterior follows the first pixel, naive Bayes the majority.

    >>> model, inputs, joint = crowded_world()
    >>> log_joint(model, inputs).argmax(1).tolist(), joint.argmax(1).tolist()
    ([0, 1, 0, 1], [0, 0, 1, 1])
    """
    first, copied = (torch.tensor([1 - p, p], dtype=torch.float64) for p in (0.8, 0.7))
    inputs = torch.tensor([[False] * 4, [False, True, True, True], [True, False, False, False], [True] * 4])
    chances = [torch.where(inputs[:, i, None], on, 1 - on) for i, on in ((0, first), (1, copied))]
    model = NaiveBayes(first.new_full((2,), 0.5).log(), torch.stack([first, copied, copied, copied], 1))
    return model, inputs, chances[0] * chances[1] / 2


def parity_world() -> tuple[NaiveBayes, Bool[Tensor, "4 2"], Float[Tensor, "4 2"]]:
    """Two fair bits whose parity is the class, as :func:`copies_world`: given the class each bit tells the other.

    >>> log_posterior(log_joint(*parity_world()[:2])).exp().unique()
    tensor([0.5000], dtype=torch.float64)
    """
    half = torch.full((2,), 0.5, dtype=torch.float64)
    inputs = torch.tensor([[False, False], [False, True], [True, False], [True, True]])
    parity = inputs[:, 0] ^ inputs[:, 1]
    return NaiveBayes(half.log(), half.expand(2, 2)), inputs, torch.stack([~parity, parity], 1).double() / 4


def one_hot(x: Bool[Tensor, "n d"], labels: Int[Tensor, " n"], n_classes: int) -> Float[Tensor, "n k"]:
    """Membership of each image in each class in float64, after checks of images and labels.

    >>> one_hot(torch.ones(2, 1, dtype=torch.bool), torch.tensor([1, 0]), 2)
    tensor([[0., 1.],
            [1., 0.]], dtype=torch.float64)
    """
    if not isinstance(x, Tensor) or x.dtype != torch.bool:
        raise TypeError("x must be a boolean tensor: threshold grey values first")
    if x.ndim != 2 or 0 in x.shape or labels.shape != x.shape[:1]:
        raise ValueError(f"x must be (n, d) with a label for each row, not {tuple(x.shape)} and {tuple(labels.shape)}")
    if int(labels.min()) < 0 or len(torch.unique(labels)) != n_classes or int(labels.max()) >= n_classes:
        raise ValueError(f"labels must take all values from 0 to {n_classes - 1}, and no other")
    return torch.nn.functional.one_hot(labels.long(), n_classes).double()
