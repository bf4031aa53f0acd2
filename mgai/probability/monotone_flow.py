r"""A monotone flow of the line with an exact log-determinant, and its maximum likelihood.

Shown on the pages ``chapters/5-probability/normalizing-flow`` and ``chapters/5-probability/heavy-tailed-flow``. The map

.. math:: g_\theta(y)=b+a\,y+\sum_k c_k\,s\tanh\frac{y-m_k}{s},\qquad a>0,\ c_k\ge0

increases by construction. It is linear in its parameters, so that its negative log-likelihood is convex.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from scipy import optimize
from torch import Tensor

from mgai.calculus.argument_checks import check_positive, check_tensor

LOG_ROOT_TWO_PI = 0.5 * math.log(2 * math.pi)
_LEAST_SLOPE = 1e-9  # of the outermost slope times the spread of the data: keeps the map increasing everywhere


@dataclass(frozen=True)
class MonotoneFlow:
    r"""The map :math:`g_\theta` with the parameters (b, a, c) in ``theta``; derived on the page (``thm-convex-flow``).

    Args:
        theta: shift b, slope a > 0, heights c >= 0, of shape (units + 2,).
        centres: :math:`m_k`, of shape (units,).
        width: :math:`s > 0`.

    Raises ValueError when shapes do not fit or a parameter is out of range.

    >>> flow = MonotoneFlow(torch.tensor([0.0, 0.5, 1.0]), torch.tensor([0.0]), 1.0)
    >>> flow(torch.tensor([0.0, 100.0])), flow.derivative(torch.tensor([0.0, 100.0]))
    (tensor([ 0., 51.]), tensor([1.5000, 0.5000]))
    """

    theta: Float[Tensor, " parameters"]
    centres: Float[Tensor, " units"]
    width: float

    def __post_init__(self) -> None:
        check_tensor(self.theta, "theta", None)
        _check_units(self.centres, self.width)
        if len(self.theta) != len(self.centres) + 2:
            raise ValueError(f"theta has {len(self.theta)} entries for {len(self.centres)} units: it needs two more")
        if not (self.theta[1] > 0 and bool((self.theta[2:] >= 0).all())):
            raise ValueError("theta must have a positive slope and no negative height")

    def __call__(self, y: Float[Tensor, " n"]) -> Float[Tensor, " n"]:
        """The points mapped; (n * units) operations."""
        return features(y, self.centres, self.width)[0] @ self.theta

    def derivative(self, y: Float[Tensor, " n"]) -> Float[Tensor, " n"]:
        """The slope of the map, at least a: in one dimension the whole Jacobian."""
        return features(y, self.centres, self.width)[1] @ self.theta

    def loss(self, y: Float[Tensor, " n"]) -> Float[Tensor, " n"]:
        r"""What each point costs in nats, :math:`-\ln p_\theta(y)=\tfrac12g(y)^2+\ln\sqrt{2\pi}-\ln g'(y)`."""
        values, slopes = features(y, self.centres, self.width)
        return (values @ self.theta).square() / 2 + LOG_ROOT_TWO_PI - (slopes @ self.theta).log()

    def inverse(self, x: Float[Tensor, " n"]) -> Float[Tensor, " n"]:
        """The points that are mapped to x, by bisection to the last bit: how the flow generates samples."""
        check_tensor(x, "x", None)
        reach = (x - self.theta[0]).abs() + self.width * self.theta[2:].sum()
        high = reach / self.theta[1]
        low = -high
        for _ in range(80):
            middle = (low + high) / 2
            below = self(middle) < x
            low, high = torch.where(below, middle, low), torch.where(below, high, middle)
        return (low + high) / 2


def features(
    y: Float[Tensor, " n"], centres: Float[Tensor, " units"], width: float
) -> tuple[Float[Tensor, "n parameters"], Float[Tensor, "n parameters"]]:
    r"""The columns :math:`1,\ y,\ s\tanh\frac{y-m_k}{s}`, and their derivatives by y.

    >>> values, slopes = features(torch.tensor([2.0]), torch.tensor([2.0]), 0.5)
    >>> values, slopes
    (tensor([[1., 2., 0.]]), tensor([[0., 1., 1.]]))
    """
    bent = torch.tanh((y[:, None] - centres) / width)
    one = torch.ones_like(y)[:, None]
    return torch.cat([one, y[:, None], width * bent], 1), torch.cat([0 * one, one, 1 - bent.square()], 1)


def fit(
    y: Float[Tensor, " n"],
    weights: Float[Tensor, " n"] | None = None,
    centres: Iterable[float] | None = None,
    width: float = 0.5,
) -> MonotoneFlow:
    r"""The flow of greatest likelihood: the minimum of :math:`\sum_iw_i\bigl(\tfrac12g(y_i)^2-\ln g'(y_i)\bigr)`.

    Derived on the page (``thm-convex-flow``): the problem is convex with bounds, so that every minimum is global. It is
    solved by L-BFGS with bounds (SciPy), from the affine map, with columns scaled to mean square one.

    Args:
        y: the sample, or the nodes of a quadrature; not all equal.
        weights: nonnegative, with sum one; equal when left out. With the weights of a quadrature the fit is
            that of infinitely many samples.
        centres: where the units sit; 17 from -4 to 4 when left out.
        width: of the units.

    Raises:
        TypeError, ValueError: bad tensors, fewer than two different points, weights of another shape or sum.

    Cost: about 100 products of a matrix of shape (n, units + 2) with a vector, and its transpose.

    >>> flow = fit(torch.tensor([-3.0, 1.0], dtype=torch.float64), centres=[])  # the best affine map: (y + 1) / 2
    >>> flow.theta
    tensor([0.5000, 0.5000], dtype=torch.float64)
    """
    check_tensor(y, "y", None)
    if len(y) < 2 or bool((y == y[0]).all()):
        raise ValueError("y needs at least two different points")
    middles = torch.tensor(list(np.linspace(-4, 4, 17) if centres is None else centres), dtype=torch.float64)
    _check_units(middles, width)
    w = torch.full_like(y, 1 / len(y), dtype=torch.float64) if weights is None else weights
    if w.shape != y.shape or bool((w < 0).any()) or not math.isclose(float(w.sum()), 1, rel_tol=1e-6):
        raise ValueError("weights must be as many as points, not negative, with sum one")
    values, slopes, w = (t.numpy() for t in (*features(y.double().cpu(), middles, width), w.double().cpu()))
    scales = np.sqrt(w @ values**2)
    theta = _minimise(values / scales, slopes / scales, w) / scales
    return MonotoneFlow(torch.from_numpy(theta).to(y.device), middles.to(y.device), width)


def _minimise(values: np.ndarray, slopes: np.ndarray, w: np.ndarray) -> np.ndarray:
    def objective(theta: np.ndarray) -> tuple[float, np.ndarray]:
        g, slope = values @ theta, slopes @ theta
        return w @ (g * g / 2 - np.log(slope)), values.T @ (w * g) - slopes.T @ (w / slope)

    start = np.full(values.shape[1], 1 / values.shape[1])
    start[0] = 0
    bounds = [(None, None), (_LEAST_SLOPE, None)] + [(0, None)] * (len(start) - 2)
    options = {"maxiter": 3000, "maxfun": 6000, "ftol": 1e-16, "gtol": 1e-9, "maxcor": 30}
    return optimize.minimize(objective, start, jac=True, method="L-BFGS-B", bounds=bounds, options=options).x


def excess(flow: MonotoneFlow, y: Float[Tensor, " n"], weights: Float[Tensor, " n"], entropy: float) -> float:
    r"""What the flow costs beyond the entropy, the divergence from the law of Y to the model's.

    .. math:: \mathbb E[-\ln p_\theta(Y)]-h(Y)=\mathrm{KL}(p\,\|\,p_\theta)\ge0

    y, weights: nodes and weights of a quadrature under the law of Y; entropy: h(Y) in nats.

    >>> y = torch.tensor([-1.0, 1.0], dtype=torch.float64)  # two nodes with the first two moments of a normal law
    >>> entropy = 0.5 + LOG_ROOT_TWO_PI
    >>> round(excess(fit(y, centres=[]), y, torch.full_like(y, 0.5), entropy), 12)
    0.0
    """
    return float(weights @ flow.loss(y)) - entropy


def panels(edges: Float[Tensor, " edges"], order: int = 20) -> tuple[Float[Tensor, " n"], Float[Tensor, " n"]]:
    r"""Nodes and weights of Gauss-Legendre quadrature on consecutive intervals.

    >>> x, w = panels(torch.tensor([0.0, 1.0, 3.0], dtype=torch.float64))
    >>> round(float(w @ x**5), 9)  # 3^6 / 6
    121.5
    """
    nodes, weights = (torch.from_numpy(part) for part in np.polynomial.legendre.leggauss(order))
    half = edges.diff()[:, None] / 2
    return (edges[:-1, None] + half * (nodes + 1)).flatten(), (half * weights).flatten()


def _check_units(centres: Tensor, width: float) -> None:
    if len(centres):
        check_tensor(centres, "centres", None)
    check_positive(width, "width")
