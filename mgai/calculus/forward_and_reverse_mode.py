r"""Forward and reverse mode on a chain of layers: the same Jacobian, multiplied from the right or from the left.

The network is :math:`f(x)=W_L\tanh(W_{L-1}\cdots\tanh(W_1x))`. Shown on the page
``chapters/2-calculus/forward-and-reverse-mode``.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
from jaxtyping import Float
from torch import Tensor

from mgai.calculus.argument_checks import check_tensor
from mgai.linear_algebra.low_rank import check_integer


def random_layers(widths: Sequence[int], generator: torch.Generator) -> list[Float[Tensor, "_ _"]]:
    r"""Weight matrices for layers of these widths, normal with variance one over the fan-in, float64 on the CPU.

    widths: the sizes of the input, the hidden layers and the output, two or more; ValueError or TypeError otherwise.

    >>> [tuple(w.shape) for w in random_layers([3, 4, 2], torch.Generator())]
    [(4, 3), (2, 4)]
    """
    sizes = _checked(widths)
    return [torch.randn(n, m, dtype=torch.float64, generator=generator) / m**0.5 for m, n in pairwise(sizes)]


def forward_mode(
    weights: Sequence[Float[Tensor, "_ _"]], x: Float[Tensor, " d"]
) -> tuple[Float[Tensor, " m"], Float[Tensor, "m d"]]:
    r"""Value and Jacobian in **one** sweep: tangents travel with the values, :math:`\dot a_l=D_lW_l\dot a_{l-1}`.

    The sweep starts from :math:`\dot a_0=I` and multiplies from the right; nothing is kept for later.

    Args:
        weights: one or more matrices whose shapes chain.
        x: the input.

    Returns:
        The output and the Jacobian.

    Raises:
        ValueError: shapes that do not chain, entries that are not finite, no matrix at all.
        TypeError: an argument is no floating-point tensor.

    Cost: :math:`2S(1+d)` operations in products of matrices, :math:`S=\sum_ln_ln_{l-1}` (``thm-mode-cost``).

    >>> forward_mode([torch.tensor([[2.0, 3.0]])], torch.tensor([1.0, 1.0]))
    (tensor([5.]), tensor([[2., 3.]]))
    """
    _check_chain(weights, x)
    value, tangents = x[:, None], torch.eye(len(x), dtype=x.dtype, device=x.device)
    for w in weights[:-1]:
        value, tangents = torch.tanh(w @ value), w @ tangents
        tangents *= 1 - value.square()
    return (weights[-1] @ value)[:, 0], weights[-1] @ tangents


def reverse_mode(
    weights: Sequence[Float[Tensor, "_ _"]], x: Float[Tensor, " d"]
) -> tuple[Float[Tensor, " m"], Float[Tensor, "m d"]]:
    r"""Value and Jacobian in two sweeps: values forward, all of them kept; adjoints back.

    The sweep back starts from the identity and multiplies from the left, :math:`\bar a_{l-1}=\bar a_lD_lW_l`,
    each adjoint a row.

    Args, Returns and Raises: as :func:`forward_mode`.

    Cost: :math:`2S(1+m)` operations in products of matrices (``thm-mode-cost``); one stored value a hidden unit.

    >>> reverse_mode([torch.tensor([[2.0, 3.0]])], torch.tensor([1.0, 1.0]))
    (tensor([5.]), tensor([[2., 3.]]))
    """
    _check_chain(weights, x)
    kept = _values(weights[:-1], x[:, None])
    value = (weights[-1] @ kept[-1])[:, 0]
    adjoints = torch.eye(len(value), dtype=x.dtype, device=x.device) @ weights[-1]
    return value, _sweep_back(adjoints, weights[:-1], kept)


def checkpointed_reverse_mode(
    weights: Sequence[Float[Tensor, "_ _"]], x: Float[Tensor, " d"], every: int
) -> tuple[Float[Tensor, " m"], Float[Tensor, "m d"]]:
    r"""Reverse mode that keeps every ``every``-th layer's values and computes the others again when they are needed.

    With L hidden layers, about :math:`L/k+k` layers are kept at once in place of L, least at :math:`k=\sqrt L`.

    Args:
        weights, x: as :func:`forward_mode`.
        every: the k, an integer from 1.

    Returns and Raises: as :func:`forward_mode`.

    Cost: that of :func:`reverse_mode` and one more sweep forward.

    >>> checkpointed_reverse_mode([torch.tensor([[2.0, 3.0]])], torch.tensor([1.0, 1.0]), 1)
    (tensor([5.]), tensor([[2., 3.]]))
    """
    _check_chain(weights, x)
    every = check_integer(every, "every", 1)
    hidden, a = weights[:-1], x[:, None]
    starts = []
    for number, w in enumerate(hidden):
        if number % every == 0:
            starts.append(a)
        a = torch.tanh(w @ a)
    value = (weights[-1] @ a)[:, 0]
    adjoints = torch.eye(len(value), dtype=x.dtype, device=x.device) @ weights[-1]
    for first in reversed(range(0, len(hidden), every)):
        segment = hidden[first : first + every]
        adjoints = _sweep_back(adjoints, segment, _values(segment, starts.pop()))
    return value, adjoints


def forward_operations(widths: Sequence[int]) -> int:
    r"""Operations (multiplications and additions) of :func:`forward_mode` in products: :math:`2S(1+d)`.

    >>> forward_operations([3, 4, 2])  # S = 12 + 8
    160
    """
    sizes = _checked(widths)
    return 2 * _products(sizes) * (1 + sizes[0])


def reverse_operations(widths: Sequence[int]) -> int:
    r"""Operations of :func:`reverse_mode` in products: :math:`2S(1+m)`.

    >>> reverse_operations([3, 4, 2])
    120
    """
    sizes = _checked(widths)
    return 2 * _products(sizes) * (1 + sizes[-1])


def weight_gradient_operations(n: int, d: int, h: int, m: int) -> int:
    r"""Operations for a batch's loss and its gradient in both weights of a two-layer network, by reverse mode.

    :math:`2nh(d+m)` for the values, :math:`4nhm` back through the second layer, :math:`2nhd` for the weights of the
    first.

    n, d, h, m: samples, inputs, hidden units and outputs, at least 1; ValueError or TypeError otherwise.

    >>> weight_gradient_operations(1, 1, 1, 1)
    10
    """
    n, d, h, m = (check_integer(size, name, 1) for size, name in ((n, "n"), (d, "d"), (h, "h"), (m, "m")))
    return 2 * n * h * (d + m) + 4 * n * h * m + 2 * n * h * d


def _values(weights: Sequence[Tensor], a: Tensor) -> list[Tensor]:
    values = [a]
    for w in weights:
        values.append(torch.tanh(w @ values[-1]))
    return values


def _sweep_back(adjoints: Tensor, weights: Sequence[Tensor], kept: list[Tensor]) -> Tensor:
    """Adjoints, as rows, back through tanh layers; the values are dropped as they are used."""
    for w in reversed(weights):
        adjoints = (adjoints * (1 - kept.pop().square()).mT) @ w
    return adjoints


def _products(widths: list[int]) -> int:
    return sum(m * n for m, n in pairwise(widths))


def _checked(widths: Sequence[int]) -> list[int]:
    if len(widths) < 2:
        raise ValueError(f"widths must name an input and an output at least, not {list(widths)}")
    return [check_integer(width, "widths", 1) for width in widths]


def _check_chain(weights: Sequence[Tensor], x: Tensor) -> None:
    if not weights:
        raise ValueError("weights is empty: a network needs at least one matrix")
    check_tensor(x, "x", None)
    columns = len(x)
    for w in weights:
        check_tensor(w, "weights", None, columns)
        columns = len(w)
