r"""Entropy, cross-entropy and the divergences of Kullback-Leibler and Jensen-Shannon, in nats.

Shown on the page ``chapters/6-information/entropy-and-divergences``. Laws stand along the last axis; leading axes
broadcast. The values lie in :math:`[0,\infty]`: an outcome without probability under p adds nothing, also where q has
none, and one that has probability under p alone makes cross-entropy and divergence infinite. Divide by ln 2 for bits.
"""

from __future__ import annotations

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from mgai.information.laws import check_law, check_pair


def information(p: Float[Tensor, "*batch n"]) -> Float[Tensor, "*batch n"]:
    r"""The information content :math:`I(x)=-\ln p(x)` of each outcome, infinite where it has no probability.

    Formula ``cs-05-02``.

    Raises:
        TypeError, ValueError: ``p`` holds no laws.

    Cost: O(n) a law.

    >>> information(torch.tensor([0.5, 0.5, 0.0]))
    tensor([0.6931, 0.6931,    inf])
    """
    check_law(p, "p")
    return -p.log()


def entropy(p: Float[Tensor, "*batch n"]) -> Float[Tensor, "*batch"]:
    r"""The entropy :math:`H(p)=-\sum_xp(x)\ln p(x)`, between 0 and :math:`\ln n`.

    Formula ``cs-05-01``. Shannon (1948).

    Raises:
        TypeError, ValueError: ``p`` holds no laws.

    Cost: O(n) a law.

    >>> entropy(torch.tensor([[0.5, 0.5], [1.0, 0.0]]))
    tensor([0.6931, 0.0000])
    """
    check_law(p, "p")
    return torch.special.entr(p).sum(-1)


def cross_entropy(p: Float[Tensor, "*#batch n"], q: Float[Tensor, "*#batch n"]) -> Float[Tensor, "*shape"]:
    r"""The cross-entropy :math:`H(p,q)=-\sum_xp(x)\ln q(x)`: mean information of draws from p, reckoned with q.

    Formula ``cs-05-03``.

    Args:
        p: the law of the outcomes.
        q: the model.

    Returns:
        In :math:`[H(p),\infty]`.

    Raises:
        TypeError, ValueError: an argument holds no laws, or shapes or dtypes do not fit.

    Cost: O(n) a pair.

    >>> cross_entropy(torch.tensor([1.0, 0.0]), torch.tensor([[0.5, 0.5], [0.0, 1.0]]))
    tensor([0.6931,    inf])
    """
    check_pair(p, q)
    return (-torch.xlogy(p, q)).clamp(min=0).sum(-1)  # the clamp turns -0 into 0


def kl(p: Float[Tensor, "*#batch n"], q: Float[Tensor, "*#batch n"]) -> Float[Tensor, "*shape"]:
    r"""The Kullback-Leibler divergence :math:`KL(p,q)=\sum_xp(x)\ln\frac{p(x)}{q(x)}`, also written :math:`D(p\|q)`.

    Formula ``cs-05-07``. Kullback and Leibler (1951). Exactly zero for equal arguments; for others that are nearly
    equal rounding may give a negative number of the order of the unit round-off.

    Args:
        p: the law of the outcomes.
        q: the model.

    Returns:
        In :math:`[0,\infty]`; finite if and only if p is absolutely continuous with respect to q.

    Raises:
        TypeError, ValueError: an argument holds no laws, or shapes or dtypes do not fit.

    Cost: O(n) a pair.

    >>> kl(torch.tensor([0.5, 0.5]), torch.tensor([[0.25, 0.75], [0.5, 0.5], [1.0, 0.0]]))
    tensor([0.1438, 0.0000,    inf])
    """
    check_pair(p, q)
    there = p > 0
    one = torch.ones_like(p)
    difference = p.where(there, one).log() - q.where(there, torch.ones_like(q)).log()
    return (p * difference).sum(-1)


def is_absolutely_continuous(p: Float[Tensor, "*#batch n"], q: Float[Tensor, "*#batch n"]) -> Bool[Tensor, "*shape"]:
    r"""Whether :math:`q(x)=0` implies :math:`p(x)=0`: no outcome of p is impossible under q.

    Formula ``cs-05-09``.

    Raises:
        TypeError, ValueError: an argument holds no laws, or shapes or dtypes do not fit.

    >>> is_absolutely_continuous(torch.tensor([1.0, 0.0]), torch.tensor([[0.5, 0.5], [0.0, 1.0]]))
    tensor([ True, False])
    """
    check_pair(p, q)
    return ((q > 0) | (p == 0)).all(-1)


def jensen_shannon(p: Float[Tensor, "*#batch n"], q: Float[Tensor, "*#batch n"]) -> Float[Tensor, "*shape"]:
    r"""The Jensen-Shannon divergence :math:`\tfrac12KL(p,m)+\tfrac12KL(q,m)` with :math:`m=\tfrac12(p+q)`.

    Formula ``cs-05-13``. Lin (1991).

    Returns:
        In :math:`[0,\ln2]`; :math:`\ln2` for laws that share no outcome.

    Raises:
        TypeError, ValueError: an argument holds no laws, or shapes or dtypes do not fit.

    Cost: O(n) a pair.

    >>> jensen_shannon(torch.tensor([1.0, 0.0]), torch.tensor([[0.0, 1.0], [1.0, 0.0]]))
    tensor([0.6931, 0.0000])
    """
    check_pair(p, q)
    middle = (p + q) / 2
    return (kl(p, middle) + kl(q, middle)) / 2


def jensen_shannon_of_many(
    laws: Float[Tensor, "*batch k n"], weights: Float[Tensor, " k"] | None = None
) -> Float[Tensor, "*batch"]:
    r"""Divergence of k laws, :math:`\sum_jw_jKL(p_j,m)` with :math:`m=\sum_jw_jp_j`; uniform weights by default.

    Of the range of formula ``cs-05-13`` for more than two laws: at most :math:`H(w)\le\ln k`, and
    :math:`\ln k` for k laws of equal weight of which no two share an outcome. Lin (1991).

    Raises:
        TypeError, ValueError: ``laws`` or ``weights`` holds no laws, or their shapes or dtypes do not fit.

    Cost: O(kn).

    >>> jensen_shannon_of_many(torch.eye(4))
    tensor(1.3863)
    """
    check_law(laws, "laws")
    if laws.ndim < 2:
        raise ValueError(f"laws must have at least two axes, not shape {tuple(laws.shape)}")
    w = laws.new_full((laws.shape[-2],), 1 / laws.shape[-2]) if weights is None else weights
    check_law(w, "weights")
    if w.shape != laws.shape[-2:-1] or w.dtype != laws.dtype:
        raise ValueError(f"weights must be {laws.shape[-2]} numbers of the dtype of laws, not shape {tuple(w.shape)}")
    middle = torch.einsum("k,...kn->...n", w, laws)
    return kl(laws, (middle / middle.sum(-1, keepdim=True)).unsqueeze(-2)) @ w
