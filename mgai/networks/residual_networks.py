r"""Residual networks: gradients by depth at initialisation, Euler's method, and what flows of the plane can separate.

Shown on the page ``chapters/4-networks/residual-networks``. One block maps :math:`x` to
:math:`cx+sV\max(0,Ux)`: ``skip`` is c (0 in a plain network, 1 in a residual one) and ``scale`` is s.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor

from mgai.calculus.argument_checks import check_positive
from mgai.linear_algebra.low_rank import check_integer

N_ARMS, TURN = 3, 4.0  # arms of the spirals, and the angle in radians through which each of them turns
Number = float | Tensor


class Blocks(NamedTuple):
    """The weights of the blocks: ``first`` is U, ``(depth, *batch, m, n)``; ``second`` V, ``(depth, *batch, n, m)``."""

    first: Tensor
    second: Tensor


def random_blocks(
    generator: torch.Generator, depth: int, width: int, hidden: int, batch: tuple[int, ...] = (),
    variances: tuple[float, float] = (2.0, 1.0), dtype: torch.dtype = torch.float64,
) -> Blocks:  # fmt: skip
    r"""Independent normal weights: U of variance :math:`\sigma_U^2/n`, V of variance :math:`\sigma_V^2/m`.

    Args:
        generator: on the CPU. depth, width (n), hidden (m): at least 1.
        batch: one set of blocks for each index. variances: :math:`(\sigma_U^2,\sigma_V^2)`, not negative.
        dtype: of the weights.

    Raises:
        TypeError, ValueError: a size or a variance is not as stated.

    >>> random_blocks(torch.Generator(), 3, 4, 5).second.shape
    torch.Size([3, 4, 5])
    """
    sizes = {"depth": depth, "width": width, "hidden": hidden}
    depth, width, hidden = (check_integer(size, name, 1) for name, size in sizes.items())
    if not all(0 <= variance < math.inf for variance in variances):
        raise ValueError(f"variances must be finite and not negative, not {variances}")
    first = torch.randn(depth, *batch, hidden, width, dtype=dtype, generator=generator)
    second = torch.randn(depth, *batch, width, hidden, dtype=dtype, generator=generator)
    return Blocks(first * math.sqrt(variances[0] / width), second * math.sqrt(variances[1] / hidden))


def growth_factor(variances: tuple[float, float], skip: float, scale: float) -> float:
    r"""What a block does to the mean square of a gradient: :math:`c^2+\tfrac12s^2\sigma_U^2\sigma_V^2`.

    Exact at every width and depth for independent weights with symmetric laws that give no ties
    (theorem ``thm-residual-growth``).

    >>> growth_factor((2.0, 1.0), 0.0, 1.0), growth_factor((2.0, 1.0), 1.0, 1.0)
    (1.0, 2.0)
    """
    return skip**2 + scale**2 * variances[0] * variances[1] / 2


def states(
    x: Float[Tensor, "*batch points n"], blocks: Blocks, skip: Number = 1.0, scale: Number = 1.0
) -> list[Float[Tensor, "*batch points n"]]:
    r"""The input and what each block makes of it, :math:`x_{k+1}=cx_k+sV_k\max(0,U_kx_k)`.

    Args:
        x: points in rows. blocks: as from :func:`random_blocks`, with the same ``batch``.
        skip, scale: numbers, or tensors that broadcast against x.

    Raises:
        ValueError: the weights do not fit the points or each other.

    Cost: 4 n m multiplications for each point and block.

    >>> one = Blocks(torch.tensor([[[1.0]]]), torch.tensor([[[2.0]]]))
    >>> states(torch.tensor([[3.0], [-3.0]]), one)[-1].flatten()
    tensor([ 9., -3.])
    """
    _check_fit(x.shape[-1], blocks)
    found = [x]
    for u, v in zip(blocks.first.unbind(0), blocks.second.unbind(0), strict=True):
        x = skip * x + scale * (torch.relu(x @ u.mT) @ v.mT)
        found.append(x)
    return found


def gradient_squares(
    x: Float[Tensor, "*batch n"], blocks: Blocks, readout: Float[Tensor, "*batch n"], skip: float, scale: float
) -> Float[Tensor, "layers ..."]:
    r"""The squared length of the gradient of :math:`a\cdot x_L` in :math:`x_k`, for k = 0..L, by reverse mode.

    .. math:: g_L=a,\qquad g_k=cg_{k+1}+sU_k^\top D_kV_k^\top g_{k+1},\qquad D_k=\operatorname{diag}(U_kx_k>0)

    Args:
        x: one input for each network. readout: a. skip, scale: c and s. blocks: as for :func:`states`.

    Raises:
        ValueError: shapes do not fit.

    >>> one = Blocks(torch.tensor([[[1.0]]]), torch.tensor([[[2.0]]]))
    >>> gradient_squares(torch.tensor([3.0]), one, torch.tensor([1.0]), 1.0, 1.0)
    tensor([9., 1.])
    """
    if x.shape != readout.shape:
        raise ValueError(f"readout must have the shape {tuple(x.shape)} of x, not {tuple(readout.shape)}")
    seen, g = states(x.unsqueeze(-2), blocks, skip, scale), readout.unsqueeze(-2)
    squares = [g.square().sum((-2, -1))]
    for u, v, before in zip(blocks.first.flip(0), blocks.second.flip(0), seen[-2::-1], strict=True):
        g = skip * g + scale * ((g @ v) * (before @ u.mT > 0)) @ u
        squares.append(g.square().sum((-2, -1)))
    return torch.stack(squares[::-1])


def euler(
    field: Callable[[Tensor], Tensor], x: Float[Tensor, "*batch d"], n_steps: int, time: float = 1.0
) -> Float[Tensor, "*batch d"]:
    r"""Forward Euler, :math:`x_{k+1}=x_k+hf(x_k)` with :math:`h=T/L`: a residual network of L equal blocks.

    Args:
        field: f. x: starting points. n_steps: L, at least 1. time: T, positive.

    Raises:
        TypeError, ValueError: ``n_steps`` or ``time`` is not as stated.

    Cost: L evaluations of f. The error at fixed T falls like h (theorem ``thm-residual-euler``).

    >>> euler(lambda x: x, torch.tensor([1.0]), 2)
    tensor([2.2500])
    """
    step = check_positive(time, "time") / check_integer(n_steps, "n_steps", 1)
    for _ in range(n_steps):
        x = x + step * field(x)
    return x


def twist(x: Float[Tensor, "*batch 2"]) -> Float[Tensor, "*batch 2"]:
    r"""The field :math:`f(x)=-4|x|\,(-x_2,x_1)`, which turns each circle as a whole: it unwinds the spirals in time 1.

    >>> twist(torch.tensor([2.0, 0.0]))
    tensor([  0., -16.])
    """
    if x.shape[-1] != 2:
        raise ValueError(f"x must hold points of the plane, not of shape {tuple(x.shape)}")
    return -TURN * x.norm(dim=-1, keepdim=True) * torch.stack([-x[..., 1], x[..., 0]], dim=-1)


def spirals(
    generator: torch.Generator, n: int, inner: float = 0.1, noise: float = 0.2
) -> tuple[Float[Tensor, "points 2"], Int[Tensor, " points"], Float[Tensor, " points"]]:
    r"""Points of three arms: radius r from ``inner`` to 1, angle :math:`4(j+r)+\epsilon` on arm j = 0, 1, 2.

    Args:
        generator: on the CPU. n: points of each arm, at least 1, at equal distances in r.
        inner: smallest radius, from 0 (as in the companion notebook) to 1. noise: deviation of :math:`\epsilon`.

    Returns:
        The points, their arms, and the :math:`\epsilon`; float64.

    Raises:
        TypeError, ValueError: ``n`` or ``inner`` is not as stated.

    >>> spirals(torch.Generator(), 2)[1]
    tensor([0, 0, 1, 1, 2, 2])
    """
    n = check_integer(n, "n", 1)
    if not 0 <= inner <= 1:
        raise ValueError(f"inner must lie between 0 and 1, not {inner}")
    arms = torch.arange(N_ARMS).repeat_interleave(n)
    radius = torch.linspace(inner, 1, n, dtype=torch.float64).repeat(N_ARMS)
    offsets = noise * torch.randn(N_ARMS * n, dtype=torch.float64, generator=generator)
    angle = TURN * (arms + radius) + offsets
    return radius[:, None] * torch.stack([angle.cos(), angle.sin()], dim=-1), arms, offsets


def nearest_arm(x: Float[Tensor, "*batch 2"]) -> Int[Tensor, "*batch"]:
    """The arm at whose direction, 4j, an unwound point lies: the largest of three linear functions of x.

    >>> nearest_arm(torch.tensor([[1.0, 0.0], [-1.0, -1.0], [0.0, 1.0]]))
    tensor([0, 1, 2])
    """
    angle = TURN * torch.arange(N_ARMS, dtype=x.dtype, device=x.device)
    return (x @ torch.stack([angle.cos(), angle.sin()])).argmax(-1)


def winding_number(
    curve: Float[Tensor, "*batch points 2"], centre: Float[Tensor, "*batch 2"]
) -> Float[Tensor, "*batch"]:
    """How often a closed polygon goes round a point: the sum of its angles seen from there, over a full turn.

    Whole numbers up to rounding. A sampled curve has that of its polygon when no step of it is seen under a half turn.

    >>> winding_number(torch.tensor([[1.0, 0.0], [0.0, 1.0], [-1.0, -1.0]]), torch.zeros(2)).round()
    tensor(1.)
    """
    if curve.shape[-1] != 2 or centre.shape[-1] != 2:
        raise ValueError("curve and centre must hold points of the plane")
    seen = curve - centre.unsqueeze(-2)
    after = seen.roll(-1, dims=-2)
    cross = seen[..., 0] * after[..., 1] - seen[..., 1] * after[..., 0]
    return torch.atan2(cross, (seen * after).sum(-1)).sum(-1) / (2 * math.pi)


def _check_fit(n: int, blocks: Blocks) -> None:
    first, second = blocks.first.shape, blocks.second.shape
    if first[-1] != n or second != (*first[:-2], n, first[-2]):
        raise ValueError(f"blocks of shapes {tuple(first)} and {tuple(second)} do not fit points of {n} coordinates")
