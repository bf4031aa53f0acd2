"""Independent routes to what the page ``chapters/4-networks/flat-and-sharp-minima`` states."""

from __future__ import annotations

import itertools

import numpy as np
import torch
from jaxtyping import Float
from scipy import optimize
from torch import Tensor

from mgai.networks.flat_and_sharp_minima import ReluNetwork


def hessian(network: ReluNetwork, x: Float[Tensor, "n d"], y: Float[Tensor, " n"]) -> Float[Tensor, "p p"]:
    """The Hessian of half the mean squared error by automatic differentiation, reverse mode twice, sample by sample."""
    shape = network.inner.shape

    def loss(theta: Tensor) -> Tensor:
        inner, outer = theta[: shape.numel()].reshape(shape), theta[shape.numel() :]
        found = torch.stack([outer @ torch.relu(inner @ sample) for sample in x])
        return (found - y).square().mean() / 2

    return torch.autograd.functional.hessian(loss, torch.cat([network.inner.flatten(), network.outer]))


def parameter_scales(network: ReluNetwork, factors: Float[Tensor, " m"]) -> Float[Tensor, " p"]:
    """The diagonal of D: one over the unit's factor for its inner weights, the factor for its outer weight."""
    return torch.cat([(1 / factors).repeat_interleave(network.inner.shape[1]), factors])


def least_trace_by_search(network: ReluNetwork, x: Float[Tensor, "n d"]) -> float:
    """The least mean squared gradient of the outputs over all factors of the units, by BFGS in their logarithms."""

    def mean_square(logs: Tensor) -> Tensor:
        inner, outer = network.inner * logs.exp()[:, None], network.outer * (-logs).exp()
        active = (x @ inner.T > 0).to(x)
        by_inner = torch.einsum("ik,k,id->ikd", active, outer, x)
        by_outer = torch.einsum("ik,kd,id->ik", active, inner, x)
        return (by_inner.square().sum() + by_outer.square().sum()) / len(x)

    def value_and_slope(logs: np.ndarray) -> tuple[float, np.ndarray]:
        here = torch.tensor(logs, requires_grad=True)
        value = mean_square(here)
        return value.item(), torch.autograd.grad(value, here)[0].numpy()

    return float(optimize.minimize(value_and_slope, np.zeros(len(network.outer)), jac=True, options={"gtol": 1e-8}).fun)


def product_recursion(
    residual: Tensor, total: Tensor, imbalance: Tensor, target: float, step: float, n_steps: int
) -> tuple[Tensor, Tensor, Tensor]:
    """The product model's r = uv - c, s = u² + v² and d = u² - v² after some steps, by a recursion in these alone."""
    for _ in range(n_steps):
        moved = step * residual
        residual, total, imbalance = (
            residual * (1 - step * total + moved * step * (residual + target)),
            total - 4 * moved * (residual + target) + moved**2 * total,
            imbalance * (1 - moved**2),
        )
    return residual, total, imbalance


def mean_square_by_enumeration(curvatures: Float[Tensor, " n"], size: int, step: float) -> float:
    """The mean of the squared factor of one step over all batches of one size."""
    batches = itertools.combinations(curvatures.tolist(), size)
    return float(np.mean([(1 - step * sum(batch) / size) ** 2 for batch in batches]))


def paths(factors: Float[Tensor, " n"], n_steps: int) -> Float[Tensor, " count"]:
    """The ends of all paths that start in 1 and are multiplied by one of the factors in every step."""
    ends = torch.ones(1, dtype=factors.dtype)
    for _ in range(n_steps):
        ends = torch.outer(ends, factors).flatten()
    return ends
