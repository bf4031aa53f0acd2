r"""Curvature of the squared loss of a ReLU network at a minimum, and what rescaling its units does to it.

Shown on the page ``chapters/4-networks/flat-and-sharp-minima``. The network is
:math:`f(x)=\sum_kv_k\max(0,w_k\cdot x)`; inputs end in a 1, so that the last entry of :math:`w_k` is the bias. The loss
is :math:`L=\frac1{2n}\sum_i(f(x_i)-y_i)^2`. What is called curvature here is that of :math:`\frac1nJ^\top J`, the
Hessian wherever all samples are fitted.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from mgai import settings
from mgai.calculus.argument_checks import check_tensor


class ReluNetwork(NamedTuple):
    """Weights: ``inner`` holds the rows w of the units, ``(*batch, m, d)``; ``outer`` holds v, ``(*batch, m)``."""

    inner: Tensor
    outer: Tensor


def with_ones(x: Float[Tensor, "*batch n d"]) -> Float[Tensor, "*batch n e"]:
    """The samples with a last coordinate 1, which carries the bias.

    >>> with_ones(torch.tensor([[2.0]]))
    tensor([[2., 1.]])
    """
    return torch.cat([x, torch.ones_like(x[..., :1])], dim=-1)


def outputs(network: ReluNetwork, x: Float[Tensor, "*batch n d"]) -> Float[Tensor, "*outputs n"]:
    """The outputs of one network or of many, all on the same samples or each on its own.

    Raises ValueError when shapes do not fit.

    >>> outputs(ReluNetwork(torch.eye(2), torch.tensor([1.0, -2.0])), torch.tensor([[3.0, 1.0], [-1.0, 1.0]]))
    tensor([ 1., -2.])
    """
    _check(network, x)
    return (torch.relu(x @ network.inner.mT) @ network.outer.unsqueeze(-1)).squeeze(-1)


def jacobian(network: ReluNetwork, x: Float[Tensor, "*batch n d"]) -> Float[Tensor, "*outputs n p"]:
    r"""The gradient of every output by the parameters: :math:`v_k1_{w_k\cdot x>0}\,x`, then :math:`\max(0,w_k\cdot x)`.

    Args:
        network: its parameters are counted as ``inner`` row by row, then ``outer``. x: samples; none may lie on a kink.

    Raises:
        ValueError: shapes do not fit.

    Cost: n m (d + 1) numbers.

    >>> jacobian(ReluNetwork(torch.tensor([[1.0, 0.0]]), torch.tensor([2.0])), torch.tensor([[3.0, 1.0]]))
    tensor([[6., 2., 3.]])
    """
    _check(network, x)
    before = x @ network.inner.mT
    slopes = (before > 0) * network.outer.unsqueeze(-2)
    return torch.cat([(slopes.unsqueeze(-1) * x.unsqueeze(-2)).flatten(-2), torch.relu(before)], dim=-1)


def unit_traces(
    network: ReluNetwork, x: Float[Tensor, "*batch n d"]
) -> tuple[Float[Tensor, "*outputs m"], Float[Tensor, "*outputs m"]]:
    r"""What each unit adds to the trace of :math:`\frac1nJ^\top J`: by its outer weight, A, and by its inner ones, B.

    .. math:: A_k=\tfrac1n\sum_i\max(0,w_k\cdot x_i)^2,\qquad B_k=v_k^2\,\tfrac1n\sum_{w_k\cdot x_i>0}\lVert x_i\rVert^2

    Raises ValueError when shapes do not fit.

    >>> unit_traces(ReluNetwork(torch.tensor([[1.0, 0.0]]), torch.tensor([2.0])), torch.tensor([[3.0, 1.0]]))
    (tensor([9.]), tensor([40.]))
    """
    _check(network, x)
    before = x @ network.inner.mT
    seen = ((before > 0) * x.square().sum(-1, keepdim=True)).mean(-2)
    return torch.relu(before).square().mean(-2), network.outer.square() * seen


def trace(network: ReluNetwork, x: Float[Tensor, "*batch n d"]) -> Float[Tensor, "*outputs"]:
    r"""The trace of :math:`\frac1nJ^\top J`, the mean squared length of an output's gradient.

    Raises as :func:`outputs`.

    >>> trace(ReluNetwork(torch.tensor([[1.0, 0.0]]), torch.tensor([2.0])), torch.tensor([[3.0, 1.0]]))
    tensor(49.)
    """
    outer, inner = unit_traces(network, x)
    return (outer + inner).sum(-1)


def least_trace(network: ReluNetwork, x: Float[Tensor, "*batch n d"]) -> Float[Tensor, "*outputs"]:
    r"""The least trace of all rescaled networks, :math:`2\sum_k\sqrt{A_kB_k}` (theorem ``thm-sharpness-least-trace``).

    It is the same for all of them. Raises as :func:`outputs`.

    >>> least_trace(ReluNetwork(torch.tensor([[1.0, 0.0]]), torch.tensor([2.0])), torch.tensor([[3.0, 1.0]]))
    tensor(37.9473)
    """
    outer, inner = unit_traces(network, x)
    return 2 * (outer * inner).sqrt().sum(-1)


def sharpness(network: ReluNetwork, x: Float[Tensor, "*batch n d"]) -> Float[Tensor, "*outputs"]:
    r"""The largest eigenvalue of :math:`\frac1nJ^\top J`, by the n times n matrix :math:`\frac1nJJ^\top`.

    Raises as :func:`outputs`. Cost: :math:`n^2p+n^3`.

    >>> sharpness(ReluNetwork(torch.tensor([[1.0, 0.0]]), torch.tensor([2.0])), torch.tensor([[3.0, 1.0]]))
    tensor(49.)
    """
    slopes = jacobian(network, x)
    return torch.linalg.eigvalsh(slopes @ slopes.mT / x.shape[-2])[..., -1]


def rescaled(network: ReluNetwork, factors: float | Float[Tensor, "*batch m"]) -> ReluNetwork:
    r"""The network :math:`(a_kw_k,v_k/a_k)`, which computes the same function (theorem ``thm-sharpness-rescaling``).

    Args:
        factors: a, one positive number or one for each unit.

    Raises:
        ValueError: a factor is not positive and finite.

    >>> rescaled(ReluNetwork(torch.tensor([[1.0, 0.0]]), torch.tensor([2.0])), 4.0)
    ReluNetwork(inner=tensor([[4., 0.]]), outer=tensor([0.5000]))
    """
    factors = torch.as_tensor(factors, dtype=network.outer.dtype, device=network.outer.device)
    if not bool(((factors > 0) & factors.isfinite()).all()):
        raise ValueError("factors must be positive and finite")
    return ReluNetwork(network.inner * factors.unsqueeze(-1), network.outer / factors)


def balanced(network: ReluNetwork, x: Float[Tensor, "*batch n d"]) -> ReluNetwork:
    r"""The rescaled network whose trace is least: :math:`a_k^4=B_k/A_k`. Units with A = 0 or B = 0 stay as they are.

    Raises as :func:`outputs`.

    >>> one = ReluNetwork(torch.tensor([[1.0, 0.0]]), torch.tensor([2.0]))
    >>> trace(balanced(one, torch.tensor([[3.0, 1.0]])), torch.tensor([[3.0, 1.0]]))
    tensor(37.9473)
    """
    outer, inner = unit_traces(network, x)
    lives = (outer > 0) & (inner > 0)
    return rescaled(network, torch.where(lives, inner / outer.where(lives, 1.0), 1.0) ** 0.25)


def fisher_rao(network: ReluNetwork, x: Float[Tensor, "*batch n d"]) -> Float[Tensor, "*outputs"]:
    r"""The squared Fisher-Rao norm :math:`\theta^\top\frac1nJ^\top J\theta`, here :math:`\frac4n\sum_if(x_i)^2`.

    Raises as :func:`outputs`. Source: Liang et al. (2019).

    >>> fisher_rao(ReluNetwork(torch.tensor([[1.0, 0.0]]), torch.tensor([2.0])), torch.tensor([[3.0, 1.0]]))
    tensor(144.)
    """
    theta = torch.cat([network.inner.flatten(-2), network.outer], dim=-1)
    return (jacobian(network, x) @ theta.unsqueeze(-1)).squeeze(-1).square().mean(-1)


def fit_outer(inner: Float[Tensor, "m d"], x: Float[Tensor, "n d"], y: Float[Tensor, " n"]) -> ReluNetwork:
    """The network with the given units and the shortest outer weights that fit all labels.

    Args:
        inner: the rows w. x: samples. y: labels.

    Raises:
        TypeError, ValueError: an argument is no finite tensor of its shape, or these units cannot fit the labels.

    Cost: one pseudo-inverse of the n times m features.

    >>> x = with_ones(torch.tensor([[0.0], [1.0]]))
    >>> fit_outer(torch.tensor([[1.0, 1.0], [2.0, -1.0]]), x, torch.tensor([3.0, 5.0])).outer
    tensor([ 3.0000, -1.0000])
    """
    check_tensor(x, "x", None, None)
    check_tensor(y, "y", len(x))
    check_tensor(inner, "inner", None, x.shape[1])
    features = torch.relu(x @ inner.mT)
    outer = torch.linalg.pinv(features) @ y
    if not bool((features @ outer - y).abs().max() <= 1e4 * torch.finfo(x.dtype).eps * (1 + y.abs().max())):
        raise ValueError("inner: these units cannot fit the labels")
    return ReluNetwork(inner, outer)


def example() -> tuple[ReluNetwork, Float[Tensor, "n 2"], Float[Tensor, " n"]]:
    """A network of 24 units that fits eight samples of one input exactly, and the samples; float64.

    A unit switches on in every gap between samples, which is enough for any labels; how large it is, is random.

    >>> example()[0].inner.shape
    torch.Size([24, 2])
    """
    rng = settings.generator("sharpness/fitted")
    grid = torch.linspace(-1, 1, 8, dtype=torch.float64)
    y = (3 * grid).sin() + 0.3 * torch.randn(8, dtype=torch.float64, generator=rng)
    kinks = torch.linspace(-1.25, 0.95, 24, dtype=torch.float64)
    sizes = 3 ** (2 * torch.rand(24, 1, dtype=torch.float64, generator=rng) - 1)
    x = with_ones(grid[:, None])
    return fit_outer(sizes * torch.stack([torch.ones_like(kinks), -kinks], dim=1), x, y), x, y


def _check(network: ReluNetwork, x: Tensor) -> None:
    inner, outer = network.inner.shape, network.outer.shape
    if outer != inner[:-1] or x.ndim < 2 or x.shape[-1] != inner[-1]:
        raise ValueError(f"network of shapes {tuple(inner)}, {tuple(outer)} does not fit x of shape {tuple(x.shape)}")
