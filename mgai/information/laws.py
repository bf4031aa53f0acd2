r"""Laws on finitely many outcomes: what every function of the chapter asks of them, and where instances come from.

Used on ``chapters/6-information/entropy-and-divergences`` and ``chapters/6-information/cross-entropy-and-kl``. A law
is a tensor of probabilities along its last axis. Laws with a common denominator are given by integer counts, so that
inequalities between their divergences can be decided without rounding, for all laws of a kind at once.
"""

from __future__ import annotations

import math
from itertools import combinations

import torch
from jaxtyping import Float, Int
from torch import Tensor


def check_law(value: Tensor, argument: str) -> None:
    r"""Raise unless ``value`` holds probabilities: floating point, not negative, with sum 1 along the last axis.

    The sum may miss 1 by what rounding leaves, :math:`8\sqrt n` units in the last place and at least 1e-12.

    Raises:
        TypeError: it is no real floating-point tensor.
        ValueError: there are no outcomes, or the entries are no probabilities.

    >>> check_law(torch.tensor([0.25, 0.75]), "p")
    """
    if not isinstance(value, Tensor) or not value.is_floating_point():
        raise TypeError(f"{argument} must be a real floating-point tensor")
    if value.ndim == 0 or value.numel() == 0:
        raise ValueError(f"{argument} must have at least one outcome, not shape {tuple(value.shape)}")
    if not bool((value >= 0).all()):  # NaN fails, too
        raise ValueError(f"{argument} has entries that are negative or NaN")
    allowed = max(8 * value.shape[-1] ** 0.5 * torch.finfo(value.dtype).eps, 1e-12)
    off = (value.sum(-1) - 1).abs()
    if not bool((off <= allowed).all()):
        raise ValueError(f"{argument} must sum to 1 along its last axis; it is off by {float(off.detach().max()):.2g}")


def check_pair(p: Tensor, q: Tensor) -> None:
    """Raise unless p and q are laws on equally many outcomes whose leading axes broadcast.

    Raises:
        TypeError, ValueError: as :func:`check_law`; or dtypes or shapes do not fit.

    >>> check_pair(torch.tensor([0.25, 0.75]), torch.tensor([[0.5, 0.5], [1.0, 0.0]]))
    """
    check_law(p, "p")
    check_law(q, "q")
    if p.shape[-1] != q.shape[-1]:
        raise ValueError(f"p has {p.shape[-1]} outcomes, but q has {q.shape[-1]}")
    if p.dtype != q.dtype:
        raise TypeError(f"p is {p.dtype}, but q is {q.dtype}")
    try:
        torch.broadcast_shapes(p.shape, q.shape)
    except RuntimeError as error:
        raise ValueError(f"p and q have shapes {tuple(p.shape)} and {tuple(q.shape)}, which do not fit") from error


def lattice_laws(n_outcomes: int, denominator: int) -> Int[Tensor, "n_laws n_outcomes"]:
    r"""All laws whose probabilities are multiples of 1/``denominator``, as integer counts, one law a row.

    There are :math:`\binom{N+n-1}{n-1}` of them (stars and bars).

    Raises:
        ValueError: an argument is not positive, or there are more than 100,000 laws.

    >>> lattice_laws(2, 2).tolist()
    [[0, 2], [1, 1], [2, 0]]
    """
    if n_outcomes < 1 or denominator < 1:
        raise ValueError(f"n_outcomes={n_outcomes} and denominator={denominator} must be positive")
    places = denominator + n_outcomes - 1
    if math.comb(places, n_outcomes - 1) > 100_000:
        raise ValueError(f"n_outcomes={n_outcomes} and denominator={denominator} give more than 100,000 laws")
    bars = [(-1, *chosen, places) for chosen in combinations(range(places), n_outcomes - 1)]
    return torch.tensor(bars).diff(dim=1) - 1


def random_laws(n_laws: int, n_outcomes: int, generator: torch.Generator) -> Float[Tensor, "n_laws n_outcomes"]:
    """Laws drawn uniformly from the simplex, in float64 on the CPU: exponential draws over their sum.

    Raises:
        ValueError: an argument is not positive.

    >>> random_laws(3, 4, torch.Generator().manual_seed(0)).shape
    torch.Size([3, 4])
    """
    if n_laws < 1 or n_outcomes < 1:
        raise ValueError(f"n_laws={n_laws} and n_outcomes={n_outcomes} must be positive")
    draws = torch.empty(n_laws, n_outcomes, dtype=torch.float64).exponential_(generator=generator)
    return draws / draws.sum(1, keepdim=True)


def point_masses(n_outcomes: int) -> Float[Tensor, "n_outcomes n_outcomes"]:
    """The laws that are certain of one outcome, the corners of the simplex, one a row; float64.

    Raises:
        ValueError: ``n_outcomes`` is not positive.

    >>> point_masses(2).tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """
    if n_outcomes < 1:
        raise ValueError(f"n_outcomes={n_outcomes} must be positive")
    return torch.eye(n_outcomes, dtype=torch.float64)
