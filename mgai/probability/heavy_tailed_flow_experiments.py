r"""Sweeps over the exponent of the power law: flows of greatest likelihood, gradients, stochastic training.

Shown on the page ``chapters/5-probability/heavy-tailed-flow``. In the training all exponents and replicas are rows of
one batch; their losses are added, and no row's gradient depends on another row.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from mgai import settings
from mgai.probability.heavy_tailed_flow import fit_adapted, power_law_sample
from mgai.probability.monotone_flow import MonotoneFlow, features, fit

TREATMENTS = ("linear tails", "tail map", "Student reference")
_CENTRES = torch.linspace(-4, 4, 9, dtype=torch.float64)


class Fitted(NamedTuple):
    """One sample of the sweep: its extent (largest minus smallest draw) and the two flows fitted to it."""

    extent: float
    linear: MonotoneFlow
    adapted: MonotoneFlow
    scale: float


def sweep(alphas: Sequence[float], n: int, n_replicas: int) -> dict[float, list[Fitted]]:
    """Flows of greatest likelihood with linear tails and with the tail map, on independent samples of each law.

    >>> [fitted] = sweep([1.0], 200, 1)[1.0]
    >>> bool(fitted.linear.theta[1] * fitted.extent <= (2 * 200) ** 0.5)
    True
    """
    return {a: [_fitted(a, n, r, settings.seed()) for r in range(n_replicas)] for a in alphas}


@lru_cache(maxsize=256)
def _fitted(alpha: float, n: int, replica: int, seed: int) -> Fitted:
    y = power_law_sample(alpha, n, f"heavy-tailed-flow/{alpha}/{n}/{replica}")
    return Fitted(float(y.max() - y.min()), fit(y), *fit_adapted(y))


def sample_gradients(flow: MonotoneFlow, y: Float[Tensor, " n"]) -> Float[Tensor, " n"]:
    r"""The length of each sample's gradient, by all parameters, of its cost under a normal reference.

    .. math:: \nabla_\theta\ell=g\,\nabla_\theta g-\frac{\nabla_\theta g'}{g'}

    >>> flow = MonotoneFlow(torch.tensor([0.0, 1.0]), torch.zeros(0), 1.0)  # (b, a): gradient (y, y^2 - 1)
    >>> sample_gradients(flow, torch.tensor([2.0]))
    tensor([3.6056])
    """
    values, slopes = features(y, flow.centres, flow.width)
    return ((values @ flow.theta)[:, None] * values - slopes / (slopes @ flow.theta)[:, None]).norm(dim=1)


class Training(NamedTuple):
    """Stochastic training of all rows: gradient lengths (steps, alphas, replicas), parameters at the end."""

    gradients: Float[Tensor, "steps alphas replicas"]
    theta: Float[Tensor, "alphas replicas parameters"]


def train(
    treatment: str, alphas: Sequence[float], n_replicas: int = 8, n_steps: int = 300, batch: int = 64, lr: float = 0.05
) -> Training:
    r"""Descent on fresh batches, by the logarithms of slope and heights (so that the map stays increasing).

    Args:
        treatment: ``linear tails`` and ``tail map`` have a normal reference; ``Student reference`` has linear
            tails and Student's law with the target's degrees of freedom :math:`2\alpha-1`.
        alphas: exponents of the targets.
        n_replicas: independent runs for each.
        n_steps, batch, lr: steps, samples in each, learning rate.

    Raises ValueError for an unknown treatment.

    Cost: n_steps * len(alphas) * n_replicas * batch * 11 evaluations, and their gradients.

    >>> train("tail map", [1.0], 1, 2).gradients.shape
    torch.Size([2, 1, 1])
    """
    if treatment not in TREATMENTS:
        raise ValueError(f"treatment={treatment!r} is none of {', '.join(TREATMENTS)}")
    return _train(treatment, tuple(alphas), n_replicas, n_steps, batch, lr, settings.seed())


@lru_cache(maxsize=32)
def _train(
    treatment: str, alphas: tuple[float, ...], n_replicas: int, n_steps: int, batch: int, lr: float, seed: int
) -> Training:
    size = (n_steps, n_replicas, batch)
    draws = [power_law_sample(a, math.prod(size), f"heavy-tailed-flow/train/{a}").view(size) for a in alphas]
    y = torch.stack(draws, 1)  # (steps, alphas, replicas, batch)
    if treatment == "tail map":
        y = torch.asinh(y) / torch.asinh(y[0]).abs().mean((1, 2), keepdim=True)  # the scale from the first batches
    nu = y.new_tensor([2 * a - 1 if treatment == "Student reference" else math.inf for a in alphas])[:, None, None]
    theta = y.new_zeros(len(alphas), n_replicas, len(_CENTRES) + 2)
    theta[..., 1:] = -2.0
    lengths = []
    for points in y:
        gradient = torch.func.grad(_total_cost)(theta, points, nu)
        lengths.append(gradient.norm(dim=-1))
        theta = theta - lr * gradient
    return Training(torch.stack(lengths), theta)


def _total_cost(theta: Tensor, y: Tensor, nu: Tensor) -> Tensor:
    """The mean cost of each row, added over all rows; constants of the reference left out."""
    bent = torch.tanh((y[..., None] - _CENTRES) / 1.0)
    slope, heights = theta[..., 1].exp()[..., None], theta[..., 2:].exp()
    x = theta[..., :1] + slope * y + torch.einsum("arbk,ark->arb", bent, heights)
    derivative = slope + torch.einsum("arbk,ark->arb", 1 - bent.square(), heights)
    finite = torch.where(nu.isinf(), 1.0, nu)
    reference = torch.where(nu.isinf(), x.square() / 2, (finite + 1) / 2 * torch.log1p(x.square() / finite))
    return (reference - derivative.log()).mean(-1).sum()


def broken(training: Training) -> Float[Tensor, " alphas"]:
    r"""The share of runs whose tail slope is lost: not finite, or below :math:`e^{-20}`, or beyond :math:`e^{20}`.

    >>> broken(Training(torch.zeros(1, 1, 2), torch.tensor([[[0.0, -99.0], [0.0, 0.0]]])))
    tensor([0.5000], dtype=torch.float64)
    """
    return (~(training.theta[..., 1].abs() < 20)).double().mean(1)
