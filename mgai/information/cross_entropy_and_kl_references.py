r"""Largest cross-entropies and divergences by search: what claims and grading compare with.

Used on the page ``chapters/6-information/cross-entropy-and-kl``.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float
from scipy import optimize, special
from torch import Tensor

from mgai.information.laws import lattice_laws


def largest_by_linear_program(q: Float[Tensor, " n"]) -> float:
    r"""The maximum over laws p of the linear function :math:`-\sum_xp(x)\ln q(x)`, by SciPy's solver; q > 0.

    Raises:
        ValueError: q has zeros, so that the function is not finite.

    >>> import torch
    >>> round(largest_by_linear_program(torch.tensor([0.75, 0.25])), 6)
    1.386294
    """
    if not bool((q > 0).all()):
        raise ValueError("q must be positive")
    losses = -np.log(q.double().cpu().numpy())
    solved = optimize.linprog(-losses, A_eq=np.ones((1, len(losses))), b_eq=[1.0], bounds=(0, 1))
    return -float(solved.fun)


def largest_divergence_on_lattice(q: Float[Tensor, " n"], denominator: int = 6) -> float:
    """The largest of SciPy's divergences KL(p, q) over all p whose probabilities are multiples of 1/``denominator``.

    >>> import torch
    >>> round(largest_divergence_on_lattice(torch.tensor([0.75, 0.25])), 6)
    1.386294
    """
    p = lattice_laws(len(q), denominator).numpy() / denominator
    return float(special.rel_entr(p, q.double().cpu().numpy()).sum(1).max())


def largest_cross_entropy_on_lattice(p: Float[Tensor, " n"], floor: float, denominator: int = 6) -> float:
    r"""The largest :math:`-\sum_xp(x)\ln q(x)` over models that hand out what is above the floor in equal parts.

    >>> import torch
    >>> round(largest_cross_entropy_on_lattice(torch.tensor([0.75, 0.25]), 0.125), 6)
    1.592964
    """
    n = len(p)
    q = floor + (1 - n * floor) * lattice_laws(n, denominator).numpy() / denominator
    return float((-special.xlogy(p.double().cpu().numpy(), q)).sum(1).max())


def block_entropy_in_bits(n_blocks: int) -> float:
    r"""What the first K blocks of :func:`~mgai.information.cross_entropy_and_kl.block_law` add to the entropy, in bits.

    :math:`\sum_{k=1}^K(1+k2^{-k})=K+2-(K+2)2^{-K}`, without a list of the outcomes.

    >>> block_entropy_in_bits(1)
    1.5
    """
    return n_blocks + 2 - (n_blocks + 2) / 2**n_blocks
