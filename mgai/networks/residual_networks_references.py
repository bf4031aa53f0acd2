"""Independent routes to what the page ``chapters/4-networks/residual-networks`` states."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable

import torch
from jaxtyping import Float, Int
from torch import Tensor

from mgai.networks.residual_networks import TURN


def mean_square_by_enumeration(
    x: Float[Tensor, " n"], depth: int, magnitudes: tuple[float, float], skip: float, scale: float
) -> float:
    r"""The mean of :math:`\lVert J\rVert_F^2/n` over *all* networks whose weights are plus or minus the magnitudes.

    J is the Jacobian of ``depth`` blocks with as many hidden units as coordinates. It is built up block by block,
    columns forwards. Raises ValueError if a pre-activation vanishes where the Jacobian does not: then gates are tied.

    Cost: :math:`2^{2n^2}` times as many networks for each block.
    """
    n = len(x)
    every = torch.tensor(list(itertools.product((-1.0, 1.0), repeat=2 * n * n)), dtype=x.dtype)
    u, v = (part.reshape(-1, n, n) * size for part, size in zip(every.chunk(2, dim=1), magnitudes, strict=True))
    points, jacobian = x[None], torch.eye(n, dtype=x.dtype)[None]
    for _ in range(depth):
        z = torch.einsum("bij,aj->abi", u, points)
        if bool(((z.abs() < 1e-9) & (jacobian.square().sum((1, 2)) > 0)[:, None, None]).any()):
            raise ValueError("x is tied: a pre-activation vanishes")
        gated = torch.einsum("bki,abi,bij,ajl->abkl", v, (z > 0).to(x), u, jacobian)
        moved = torch.einsum("bki,abi->abk", v, z.clamp_min(0))
        jacobian = (skip * jacobian[:, None] + scale * gated).reshape(-1, n, n)
        points = (skip * points[:, None] + scale * moved).reshape(-1, n)
    return float(jacobian.square().sum((1, 2)).mean() / n)


def unwound(x: Float[Tensor, "*batch 2"]) -> Float[Tensor, "*batch 2"]:
    r"""The flow of the twist for time 1 in closed form: the point at radius r turned by :math:`-4r`."""
    z = torch.view_as_complex(x.contiguous())
    return torch.view_as_real(z * torch.polar(torch.ones_like(z.abs()), -TURN * z.abs()))


def midpoint(
    field: Callable[[Tensor], Tensor], x: Float[Tensor, "*batch d"], n_steps: int
) -> Float[Tensor, "*batch d"]:
    """The midpoint method from time 0 to 1, of order 2."""
    step = 1 / n_steps
    for _ in range(n_steps):
        x = x + step * field(x + step / 2 * field(x))
    return x


def most_that_can_be_right(x: Float[Tensor, "points 2"], labels: Int[Tensor, " points"]) -> int:
    """How many points the best function of x gets right: in each place the commonest label."""
    places, where = x.unique(dim=0, return_inverse=True)
    counts = torch.zeros(len(places), int(labels.max()) + 1, dtype=torch.int64)
    counts.index_put_((where, labels), torch.tensor(1), accumulate=True)
    return int(counts.amax(1).sum())


def most_by_counting(x: Float[Tensor, "points 2"], labels: Int[Tensor, " points"]) -> int:
    """The same by a dictionary of places: all points but those that disagree with their place's commonest label."""
    places: dict[tuple[float, ...], Counter] = {}
    for point, label in zip(x.tolist(), labels.tolist(), strict=True):
        places.setdefault(tuple(point), Counter())[label] += 1
    return sum(counter.most_common(1)[0][1] for counter in places.values())


def bias_gradients(
    x: Float[Tensor, "points n"], normalised: bool, generator: torch.Generator
) -> tuple[Float[Tensor, " m"], Float[Tensor, " m"]]:
    """Gradients of a loss in the bias and in the gain behind a linear layer, with batch normalisation or without.

    The loss is the sum of the rectified outputs times random numbers; without normalisation the gain multiplies
    the layer's output directly.
    """
    width = x.shape[1]
    weight, noise = (torch.randn(k, width, dtype=x.dtype, generator=generator) for k in (width, len(x)))
    bias, gain = (torch.full((width,), value, dtype=x.dtype, requires_grad=True) for value in (0.3, 1.0))
    z = x @ weight.T + bias
    if normalised:
        z = (z - z.mean(0)) / (z.var(0, unbiased=False) + 1e-5).sqrt()
    return torch.autograd.grad((torch.relu(gain * z) * noise).sum() / len(x), (bias, gain))
