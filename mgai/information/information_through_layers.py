r"""Entropy and information of the layers of a network: by counting, by bins, in closed form and by nearest neighbours.

Shown on the page ``chapters/6-information/information-through-layers``. All values in nats. Where a function speaks of
*codes*, each row of a tensor is the state of a layer for one of n equally likely inputs.
"""

from __future__ import annotations

import math

import numpy as np
import torch
from jaxtyping import Float, Int, Num
from scipy import special, stats
from torch import Tensor

from mgai.calculus.argument_checks import check_positive, check_tensor
from mgai.information.laws import check_law


def code_entropy(codes: Num[Tensor, "n d"]) -> float:
    r"""The entropy of a layer over n equally likely inputs, from how often each state occurs.

    For a deterministic layer T of X it is the information :math:`I(X;T)=H(T)`, at most :math:`\ln n`.

    Raises:
        ValueError: ``codes`` is no matrix with at least one row and column, or has NaN.

    Cost: a sort of the rows.

    >>> round(code_entropy(torch.tensor([[0, 1], [0, 1], [1, 1], [1, 0]])) / math.log(2), 9)
    1.5
    """
    if codes.ndim != 2 or 0 in codes.shape or bool(codes.isnan().any()):
        raise ValueError(f"codes must be (n, d) without NaN, not shape {tuple(codes.shape)}")
    counts = torch.unique(codes, dim=0, return_counts=True)[1].double()
    return float(torch.special.entr(counts / len(codes)).sum().abs())  # abs: no -0


def shared_information(a: Num[Tensor, "n d"], b: Num[Tensor, "n m"]) -> float:
    r""":math:`I(A;B)=H(A)+H(B)-H(A,B)` of two layers, or of a layer and a label, over n equally likely inputs.

    Raises ValueError when rows do not match.

    >>> x = torch.tensor([[0], [1], [2], [3]])
    >>> round(shared_information(x, x // 2) / math.log(2), 9)
    1.0
    """
    if len(a) != len(b):
        raise ValueError(f"b must have the {len(a)} rows of a, not {len(b)}")
    ranks = [torch.unique(part, dim=0, return_inverse=True)[1] for part in (a, b)]
    return code_entropy(a) + code_entropy(b) - code_entropy(torch.stack(ranks, 1))


def pooled_entropy(codes: Num[Tensor, "n d"]) -> float:
    """The entropy of a *randomly chosen entry* of the codes: of one list of all numbers. It is not that of the layer.

    >>> round(pooled_entropy(torch.tensor([[0, 0], [0, 1], [1, 0], [1, 1]])) / math.log(2), 9)  # the layer has 2 bits
    1.0
    """
    return code_entropy(codes.reshape(-1, 1))


def binned(values: Float[Tensor, "*shape"], width: float) -> Int[Tensor, "*shape"]:
    r"""The number :math:`\lfloor t/w\rfloor` of the bin of every entry.

    Raises ValueError when the width is not positive.

    >>> binned(torch.tensor([-0.1, 0.0, 0.6]), 0.5)
    tensor([-1,  0,  1])
    """
    return (values / check_positive(width, "width")).floor().long()


def expected_plugin_entropy(p: Float[Tensor, " k"], n: int) -> float:
    r"""The mean of the entropy of the frequencies of n draws from p: a sum of binomial means (``eq-plugin``).

    Raises:
        TypeError, ValueError: p is no law, or n is below 1.

    Cost: O(kn).

    >>> round(expected_plugin_entropy(torch.tensor([0.5, 0.5]), 2) / math.log(2), 9)  # one bit, half of the time
    0.5
    """
    check_law(p, "p")
    if p.ndim != 1 or n < 1:
        raise ValueError(f"p must be one law and n={n} at least 1")
    terms = special.entr(np.arange(n + 1) / n)
    chances = stats.binom.pmf(np.arange(n + 1), n, p.double().cpu().numpy()[:, None])
    return float((chances @ terms).sum())


def expected_plugin_information(joint: Float[Tensor, "k m"], n: int) -> float:
    r"""The mean of the information :math:`\hat H(X)+\hat H(Y)-\hat H(X,Y)` of the frequencies of n pairs.

    >>> expected_plugin_information(torch.full((2, 2), 0.25), 1)  # one pair says nothing
    0.0
    """
    if joint.ndim != 2:
        raise ValueError(f"joint must be a table, not of shape {tuple(joint.shape)}")
    parts = [expected_plugin_entropy(p, n) for p in (joint.sum(1), joint.sum(0), joint.flatten())]
    return parts[0] + parts[1] - parts[2]


def plugin_bias(p: Float[Tensor, " k"], n: int) -> tuple[float, float]:
    r"""The first two terms :math:`-\frac{k-1}{2n}`, :math:`\frac{1-\sum1/p}{12n^2}` of the bias of the plug-in entropy.

    Theorem ``thm-information-through-layers-bias``. Miller (1955); Paninski (2003).

    Raises:
        TypeError, ValueError: p is no law without zeros, or n is below 1.

    >>> plugin_bias(torch.tensor([0.5, 0.5], dtype=torch.float64), 10)
    (-0.05, -0.0025)
    """
    check_law(p, "p")
    if p.ndim != 1 or not bool((p > 0).all()) or n < 1:
        raise ValueError(f"p must be one law without zeros and n={n} at least 1")
    return -(len(p) - 1) / (2 * n), (1 - float((1 / p).sum())) / (12 * n**2)


def noisy_information(states: Float[Tensor, " n"], sigma: float) -> float:
    r""":math:`I(X;T+\sigma Z)` for the states t of one unit at n equally likely inputs and a standard normal Z.

    It is :math:`h(T+\sigma Z)-\frac12\ln2\pi e\sigma^2`; the density is a mixture of n normal ones, its entropy an
    integral, by the trapezoidal rule with the step σ/8.

    Returns:
        Between 0 and :func:`code_entropy`.

    Raises:
        TypeError, ValueError: ``states`` is no finite vector, or sigma is not positive.

    Cost: O(n times the range of the states over σ).

    >>> round(noisy_information(torch.tensor([0.0, 20.0]), 1.0), 6)  # ln 2: the two states are far apart
    0.693147
    """
    check_tensor(states, "states", None)
    check_positive(sigma, "sigma")
    t = states.double() / sigma
    grid = torch.arange(float(t.min()) - 10, float(t.max()) + 10, 0.125, dtype=torch.float64, device=t.device)
    log_density = (-(grid - t[:, None]).square() / 2).logsumexp(0) - math.log(len(t) * math.sqrt(2 * math.pi))
    spread = -float((log_density.exp() * log_density).sum()) / 8
    return max(spread - 0.5 * math.log(2 * math.pi * math.e), 0.0)


def gaussian_information(covariance: Float[Tensor, "*batch d d"], split: int) -> Float[Tensor, "*batch"]:
    r"""The information :math:`\tfrac12\ln\frac{|\Sigma_X||\Sigma_T|}{|\Sigma|}` of two parts of a Gaussian vector.

    Equation ``eq-gaussian-information``.

    Args:
        covariance: symmetric positive definite; the first ``split`` coordinates are X, the others T.
        split: from 1 to d - 1.

    Raises:
        ValueError: the split leaves a part empty, or a covariance is not positive definite.

    >>> gaussian_information(torch.tensor([[1.0, 0.6], [0.6, 1.0]]), 1)  # -ln(1 - 0.36) / 2
    tensor(0.2231)
    """
    d = covariance.shape[-1]
    if covariance.ndim < 2 or covariance.shape[-2] != d or not 0 < split < d:
        raise ValueError(f"split={split} must leave two parts of a covariance of shape {tuple(covariance.shape)}")
    parts = (covariance[..., :split, :split], covariance[..., split:, split:], covariance)
    roots = [torch.linalg.cholesky_ex(part) for part in parts]
    if any(bool((info > 0).any()) for _, info in roots):
        raise ValueError("covariance must be positive definite")
    halves = [root.diagonal(dim1=-2, dim2=-1).log().sum(-1) for root, _ in roots]  # half the log-determinants
    return halves[0] + halves[1] - halves[2]


def chain_covariances(weights: list[Tensor], sigma: float) -> list[Tensor]:
    r"""The covariances of :math:`(X,T_l)` in the chain :math:`T_l=W_lT_{l-1}+\sigma Z_l`; :math:`T_0=X` is normal.

    X and the noises are standard normal and independent.

    weights: of shapes (..., m, d), each with as many columns as the one before has rows.

    Raises ValueError when there are no layers or sigma is not positive.

    >>> chain_covariances([torch.eye(1)], 1.0)[0]
    tensor([[1., 1.],
            [1., 2.]])
    """
    check_positive(sigma, "sigma")
    if not weights:
        raise ValueError("weights must hold at least one layer")
    d = weights[0].shape[-1]
    x = torch.eye(d, dtype=weights[0].dtype, device=weights[0].device).expand(*weights[0].shape[:-2], d, d)
    product, own, found = x, x, []
    for w in weights:
        product = w @ product
        own = w @ own @ w.mT + sigma**2 * torch.eye(w.shape[-2], dtype=w.dtype, device=w.device)
        found.append(torch.cat([torch.cat([x, product.mT], -1), torch.cat([product, own], -1)], -2))
    return found
