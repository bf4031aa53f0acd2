r"""Dependence of binary pixels given the class, and the tree that models the strongest of it.

Shown on the page ``chapters/6-information/naive-bayes``. Tree-augmented naive Bayes lets each pixel depend, given the
class, on one other pixel (``thm-tree-gain``; Chow and Liu 1968; Friedman, Geiger and Goldszmidt 1997).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from scipy import sparse, stats
from scipy.sparse import csgraph
from scipy.special import xlogy
from torch import Tensor

from mgai.information.naive_bayes import NaiveBayes, as_linear, fit, log_joint, one_hot


def conditional_mutual_information(
    x: Bool[Tensor, "n d"], labels: Int[Tensor, " n"], n_classes: int
) -> Float[Tensor, "d d"]:
    r"""Plug-in :math:`\hat I(X_i;X_j\mid C)=\sum_{c,a,b}\frac{n_{cab}}n\ln\frac{n_{cab}\,n_c}{n_{ca}\,n_{cb}}` in nats.

    Args:
        x, labels, n_classes: as for :func:`mgai.information.naive_bayes.fit`.

    Returns:
        A symmetric matrix, with the conditional entropies :math:`\hat H(X_i\mid C)` on the diagonal.

    Cost: O(nd²). Its bias is :func:`plug_in_bias`.

    >>> x = torch.tensor([[False, False], [True, True]])
    >>> conditional_mutual_information(x, torch.tensor([0, 0]), 1)  # ln 2
    tensor([[0.6931, 0.6931],
            [0.6931, 0.6931]], dtype=torch.float64)
    """
    members = one_hot(x, labels, n_classes)
    total = torch.zeros(x.shape[1], x.shape[1], dtype=torch.float64, device=x.device)
    for member in members.unbind(1):
        inside = x[member > 0].double()
        size, on = len(inside), inside.sum(0)
        both = inside.mT @ inside
        cells = (both, on[:, None] - both, on - both, size - on[:, None] - on + both)
        margins = torch.xlogy(on, on) + torch.xlogy(size - on, size - on)
        total += sum(torch.xlogy(cell, cell) for cell in cells) - margins[:, None] - margins + size * math.log(size)
    return ((total + total.mT) / (2 * len(x))).clamp_min(0)  # rounding leaves neither symmetry nor sign alone


def plug_in_bias(n: int, n_classes: int) -> float:
    r"""Miller and Madow's :math:`k/2n`: the mean of the plug-in value for independent binary pixels, to first order.

    :math:`2n\hat I` is then approximately chi-squared with one degree of freedom for each class.

    >>> plug_in_bias(2500, 10)
    0.002
    """
    if n < 1 or n_classes < 1:
        raise ValueError(f"n and n_classes must be positive, not {n} and {n_classes}")
    return n_classes / (2 * n)


def independence_moments(x: Bool[Tensor, "n 2"], labels: Int[Tensor, " n"], n_classes: int) -> tuple[float, float]:
    r"""Mean and deviation of the plug-in value when one pixel is shuffled within each class, exactly.

    Given the margins, the number of images of a class with both pixels on has a hypergeometric law, and the classes are
    independent: what :func:`plug_in_bias` approximates where all four cells of every class are filled.

    >>> x = torch.tensor([[False, False], [True, True]])
    >>> independence_moments(x, torch.tensor([0, 0]), 1)  # ln 2 at every shuffle
    (0.6931471805599453, 0.0)
    """
    members, mean, variance = one_hot(x, labels, n_classes), 0.0, 0.0
    for member in members.unbind(1):
        size = int(member.sum())
        first, second = (x[member > 0].sum(0)).tolist()
        both = np.arange(max(0, first + second - size), min(first, second) + 1)
        cells = np.stack([both, first - both, second - both, size - first - second + both])
        margins = (first, size - first, second, size - second)
        values = xlogy(cells, cells).sum(0) - xlogy(margins, margins).sum() + xlogy(size, size)
        law = stats.hypergeom.pmf(both, size, first, second)
        mean, variance = mean + law @ values, variance + law @ (values - law @ values) ** 2
    return float(mean) / len(x), float(variance) ** 0.5 / len(x)


def maximum_spanning_tree(weights: Float[Tensor, "d d"]) -> Int[Tensor, "e 2"]:
    """The edges (parent, child) of a spanning tree of largest total weight, the heaviest first; pixel 0 is the root.

    Args:
        weights: symmetric, not negative; the diagonal is not used.

    Raises:
        ValueError: not a square, symmetric matrix of at least two finite weights that are not negative.

    Cost: O(d² log d), SciPy's Kruskal. Source: Chow and Liu, IEEE Trans. Inf. Theory 14 (1968) 462-467.

    >>> maximum_spanning_tree(torch.tensor([[0.0, 1.0, 3.0], [1.0, 0.0, 2.0], [3.0, 2.0, 0.0]]))
    tensor([[0, 2],
            [2, 1]])
    """
    if weights.ndim != 2 or weights.shape[0] != weights.shape[1] or len(weights) < 2:
        raise ValueError(f"weights must be square with at least two rows, not {tuple(weights.shape)}")
    if not bool(torch.isfinite(weights).all()) or bool((weights < 0).any()) or not torch.equal(weights, weights.mT):
        raise ValueError("weights must be finite, not negative and symmetric")
    costs = np.triu((1 + weights.max() - weights).cpu().numpy(), 1)  # positive: SciPy takes 0 for no edge
    return directed(torch.from_numpy(np.argwhere(csgraph.minimum_spanning_tree(costs).toarray())), weights)


def directed(edges: Int[Tensor, "e 2"], weights: Float[Tensor, "d d"]) -> Int[Tensor, "e 2"]:
    """The edges of a forest as (parent, child), away from the first pixel of each tree, the heaviest first.

    >>> directed(torch.tensor([[1, 2], [0, 2]]), torch.ones(3, 3)).sort(0).values
    tensor([[0, 1],
            [2, 2]])
    """
    d, pairs = len(weights), edges.cpu().numpy()
    graph = sparse.coo_matrix((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(d, d)).tocsr()
    roots = np.unique(csgraph.connected_components(graph, directed=False)[1], return_index=True)[1]
    parents = np.full(d, -1)
    for root in roots:
        before = csgraph.breadth_first_order(graph, root, directed=False)[1]
        parents = np.where(before >= 0, before, parents)
    children = np.flatnonzero(parents >= 0)
    found = torch.from_numpy(np.stack([parents[children], children], 1)).long().to(weights.device)
    return found[weights[found[:, 0], found[:, 1]].argsort(descending=True, stable=True)]


class TreeAugmented(NamedTuple):
    """Naive Bayes, the edges (parent, child), and p(child on | parent off or on, class) of shape ``(2, k, e)``."""

    naive: NaiveBayes
    edges: Tensor
    child_on: Tensor


def fit_tree(
    x: Bool[Tensor, "n d"], labels: Int[Tensor, " n"], n_classes: int, edges: Int[Tensor, "e 2"], smoothing: float = 1.0
) -> TreeAugmented:
    r"""Naive Bayes in which the child of every edge depends on its parent: :math:`(n_{cab}+s)/(n_{ca}+2s)`.

    Args:
        x, labels, n_classes, smoothing: as for :func:`mgai.information.naive_bayes.fit`.
        edges: (parent, child), every pixel the child of at most one; without edges it is naive Bayes.

    Cost: O(nke).

    >>> x = torch.tensor([[False, False], [True, True]])
    >>> fit_tree(x, torch.tensor([0, 0]), 1, torch.tensor([[0, 1]])).child_on.flatten()
    tensor([0.3333, 0.6667], dtype=torch.float64)
    """
    naive, members = fit(x, labels, n_classes, smoothing), one_hot(x, labels, n_classes)
    parent, child = x[:, edges[:, 0]].double(), x[:, edges[:, 1]].double()
    tables = [
        (members.mT @ (given * child) + smoothing) / (members.mT @ given + 2 * smoothing)
        for given in (1 - parent, parent)
    ]
    return TreeAugmented(naive, edges, torch.stack(tables))


def tree_log_joint(model: TreeAugmented, x: Bool[Tensor, "n d"]) -> Float[Tensor, "n k"]:
    r""":math:`\ln p(c)+\sum_i\ln p(x_i\mid x_{\mathrm{pa}(i)},c)`, looked up in the tables.

    >>> x = torch.tensor([[False, False], [True, True]])
    >>> tree_log_joint(fit_tree(x, torch.tensor([0, 0]), 1, torch.tensor([[0, 1]])), x).exp().flatten()  # 1/2 · 2/3
    tensor([0.3333, 0.3333], dtype=torch.float64)
    """
    parent, child = x[:, model.edges[:, 0]], x[:, model.edges[:, 1]]
    columns = []
    for c, alone in enumerate(model.naive.on[:, model.edges[:, 1]]):
        on = torch.where(parent, model.child_on[1, c], model.child_on[0, c])
        gain = torch.where(child, on / alone, (1 - on) / (1 - alone)).log()
        columns.append(gain.sum(1))
    return log_joint(model.naive, x) + torch.stack(columns, 1)


def as_network(model: TreeAugmented) -> tuple[Float[Tensor, "d h"], Float[Tensor, " h"], Float[Tensor, "h k"], Tensor]:
    r"""Weights of a network with one hidden ReLU layer whose outputs are the log joint (``thm-tree-network``).

    One unit for each pixel, :math:`\max(0,x_i)=x_i`, and one for each edge, :math:`\max(0,x_i+x_j-1)=x_ix_j`.

    Returns:
        Weights and biases of the hidden layer, weights and biases of the output.
    """
    weights, biases = (part.clone() for part in as_linear(model.naive))
    off, on = model.child_on  # (k, e) each
    parent, child = model.edges.unbind(1)
    alone = model.naive.on[:, child]
    base = torch.log1p(-off) - torch.log1p(-alone)
    by_parent = torch.log1p(-on) - torch.log1p(-off)
    by_child = torch.logit(off) - torch.logit(alone)
    weights.index_add_(0, parent, by_parent.mT)
    weights.index_add_(0, child, by_child.mT)
    unit = torch.eye(len(weights), dtype=weights.dtype, device=weights.device)
    hidden = torch.cat([unit, unit[:, parent] + unit[:, child]], 1)
    shift = torch.cat([weights.new_zeros(len(weights)), -weights.new_ones(len(parent))])
    return hidden, shift, torch.cat([weights, (torch.logit(on) - torch.logit(off)).mT]), biases + base.sum(1)
