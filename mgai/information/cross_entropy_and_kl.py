r"""How large cross-entropy and divergence can get, and the two parts of a cross-entropy, in nats.

Shown on the page ``chapters/6-information/cross-entropy-and-kl``. Laws stand along the last axis, as in
:mod:`mgai.information.entropy_and_divergences`.
"""

from __future__ import annotations

import math

import torch
from jaxtyping import Float
from torch import Tensor

from mgai.information.entropy_and_divergences import entropy, kl
from mgai.information.laws import check_law


def decomposition(
    p: Float[Tensor, "*#batch n"], q: Float[Tensor, "*#batch n"]
) -> tuple[Float[Tensor, "*shape"], Float[Tensor, "*shape"]]:
    r"""Entropy and divergence, the two parts of :math:`H(p,q)=H(p)+KL(p,q)` (``thm-decomposition``).

    Args:
        p: the law of the outcomes.
        q: the model.

    Returns:
        H(p), which no model changes, and KL(p, q), possibly infinite; of one shape.

    Raises:
        TypeError, ValueError: an argument holds no laws, or shapes or dtypes do not fit.

    Cost: O(n) a pair.

    >>> [float(part) for part in decomposition(torch.tensor([1.0, 0.0]), torch.tensor([0.0, 1.0]))]
    [0.0, inf]
    """
    divergence = kl(p, q)
    return entropy(p).expand(divergence.shape), divergence


def largest_over_data(q: Float[Tensor, "*batch n"]) -> Float[Tensor, "*batch"]:
    r"""The largest cross-entropy, and the largest divergence, over all p for a given q: :math:`\ln\frac1{\min q}`.

    Both are attained by the law that is certain of the outcome that q finds least likely (``thm-largest``).

    Raises:
        TypeError, ValueError: ``q`` holds no laws.

    Cost: O(n) a law.

    >>> largest_over_data(torch.tensor([[0.5, 0.5], [1.0, 0.0]]))
    tensor([0.6931,    inf])
    """
    check_law(q, "q")
    return (-q.amin(-1).log()).clamp(min=0)


def largest_over_models(p: Float[Tensor, "*batch n"], floor: float) -> Float[Tensor, "*batch"]:
    r"""The largest cross-entropy over all q with :math:`q\ge\varepsilon`, for a given p (``thm-largest``).

    :math:`\ln\frac1\varepsilon-\min p\,\ln\frac{1-(n-1)\varepsilon}\varepsilon`, attained by the model that puts all it
    may on the outcome that p finds least likely. The largest divergence is less by H(p).

    Args:
        p: the law of the outcomes.
        floor: :math:`\varepsilon`, from 0 to 1/n. With 0 and two outcomes or more the value is infinite.

    Raises:
        TypeError, ValueError: ``p`` holds no laws, or no law is that large everywhere.

    Cost: O(n) a law.

    >>> largest_over_models(torch.tensor([0.75, 0.25]), 0.125)
    tensor(1.5930)
    >>> largest_over_models(torch.tensor([0.75, 0.25]), 0.0)
    tensor(inf)
    """
    check_law(p, "p")
    n = p.shape[-1]
    if not 0 <= floor <= 1 / n:
        raise ValueError(f"floor must lie between 0 and 1/{n}, or no law on {n} outcomes is that large; it is {floor}")
    if floor == 0:
        return torch.full_like(p[..., 0], math.inf if n > 1 else 0.0)
    favoured = 1 - (n - 1) * floor
    return -math.log(floor) - p.amin(-1) * math.log(favoured / floor)


def largest_for_logits(n_outcomes: int, bound: float) -> float:
    r"""The largest cross-entropy of a softmax with logits in :math:`[-B,B]`: :math:`\ln(1+(n-1)e^{2B})`.

    It is :math:`\ln\frac1\varepsilon` for the smallest probability :math:`\varepsilon` that such logits can give.

    Raises:
        ValueError: ``n_outcomes`` is not positive, or the bound is negative or not finite.

    >>> largest_for_logits(10, 0.0) == math.log(10)
    True
    """
    if n_outcomes < 1:
        raise ValueError(f"n_outcomes={n_outcomes} must be positive")
    if not 0 <= bound < math.inf:
        raise ValueError(f"bound must be finite and not negative, not {bound}")
    others = math.log(n_outcomes - 1) + 2 * bound if n_outcomes > 1 else -math.inf
    return max(others, 0.0) + math.log1p(math.exp(-abs(others)))


def block_law(n_blocks: int) -> Float[Tensor, " n_outcomes"]:
    r"""The first blocks of a law with infinite entropy: block k divides :math:`2^{-k}` among :math:`2^{2^k}` outcomes.

    Each block adds more than one bit to the entropy, so that no finite number is enough (``eq-blocks``).

    Returns:
        The probabilities, in float64; their sum is :math:`1-2^{-K}`.

    Raises:
        ValueError: ``n_blocks`` is not from 1 to 4 (the fifth block has four thousand million outcomes).

    >>> block_law(1).tolist()
    [0.125, 0.125, 0.125, 0.125]
    """
    if not 1 <= n_blocks <= 4:
        raise ValueError(f"n_blocks={n_blocks} must be from 1 to 4")
    blocks = [torch.full((2**2**k,), 2.0 ** -(k + 2**k), dtype=torch.float64) for k in range(1, n_blocks + 1)]
    return torch.cat(blocks)
