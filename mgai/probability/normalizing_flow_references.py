r"""Other routes to what the page ``chapters/5-probability/normalizing-flow`` computes, for its claims and for tests."""

from __future__ import annotations

import math

import numpy as np
import sympy
import torch
from jaxtyping import Float
from scipy import optimize
from torch import Tensor

from mgai.probability.monotone_flow import LOG_ROOT_TWO_PI, MonotoneFlow, features, panels
from mgai.probability.normalizing_flow import laplace_transport


def transport_in_many_digits(y: Float[Tensor, " n"]) -> Float[Tensor, " n"]:
    r"""The Laplace law's transport for y > 0 with 50 digits: the root of :math:`\ln\operatorname{erfc}(x/\sqrt2)=-y`.

    >>> transport_in_many_digits(torch.tensor([1.0], dtype=torch.float64))
    tensor([0.9005], dtype=torch.float64)
    """
    x = sympy.Symbol("x")
    starts = (2 * y - torch.log1p(y)).sqrt()
    misses = (sympy.log(sympy.erfc(x / sympy.sqrt(2))) + sympy.Float(float(point), 50) for point in y)
    roots = [sympy.nsolve(miss, x, float(start), prec=50) for miss, start in zip(misses, starts, strict=True)]
    return torch.tensor([float(root) for root in roots], dtype=y.dtype)


def laplace_slope(y: Float[Tensor, " n"]) -> Float[Tensor, " n"]:
    r"""The derivative of the Laplace law's transport, :math:`g'(y)=p(y)/\varphi(g(y))`.

    >>> round(float(laplace_slope(torch.zeros(1, dtype=torch.float64))) - math.sqrt(math.pi / 2), 12)
    0.0
    """
    return torch.exp(laplace_transport(y).square() / 2 - y.abs() + LOG_ROOT_TWO_PI - math.log(2))


def divergence_of_mapped_law(flow: MonotoneFlow) -> float:
    r"""The divergence of the law of :math:`g_\theta(Y)`, Y Laplace, from the standard normal, in the mapped variable.

    The density there is :math:`q(x)=p(g^{-1}(x))/g'(g^{-1}(x))`, the integral one of :math:`q\ln(q/\varphi)`.

    >>> affine = MonotoneFlow(torch.tensor([0.0, 0.5**0.5]).double(), torch.zeros(0).double(), 1.0)
    >>> round(divergence_of_mapped_law(affine) - (math.log(math.pi) - 1) / 2, 9)
    0.0
    """
    ends = flow(torch.tensor([-50.0, 0.0, 50.0], dtype=flow.theta.dtype))
    halves = [torch.linspace(float(low), float(high), 301, dtype=torch.float64) for low, high in ends.unfold(0, 2, 1)]
    x, w = (torch.cat(parts) for parts in zip(*(panels(edges) for edges in halves), strict=True))
    y = flow.inverse(x)
    log_density = -y.abs() - math.log(2) - flow.derivative(y).log()
    return float(w @ (log_density.exp() * (log_density + x.square() / 2 + LOG_ROOT_TWO_PI)))


def best_cost_by_slsqp(y: Float[Tensor, " n"], centres: int = 17) -> float:
    """The least mean cost of a flow on a sample, by sequential quadratic programming from the map y/2.

    >>> y = torch.tensor([-1.0, 1.0], dtype=torch.float64)
    >>> round(best_cost_by_slsqp(y, 0) - 0.5 - LOG_ROOT_TWO_PI, 9)
    0.0
    """
    middles = torch.linspace(-4, 4, centres, dtype=torch.float64)
    values, slopes = (part.numpy() for part in features(y, middles, 0.5))

    def cost(theta: np.ndarray) -> tuple[float, np.ndarray]:
        g, slope = values @ theta, np.maximum(slopes @ theta, 1e-300)
        return np.mean(g * g / 2 - np.log(slope)), (values.T @ g - slopes.T @ (1 / slope)) / len(g)

    start = np.zeros(values.shape[1])
    start[1] = 0.5
    bounds = [(None, None), (1e-9, None)] + [(0, None)] * centres
    found = optimize.minimize(cost, start, jac=True, method="SLSQP", bounds=bounds,
                              options={"ftol": 1e-14, "maxiter": 1000})  # fmt: skip
    return float(found.fun) + LOG_ROOT_TWO_PI
