r"""Two parallel segments: what divergences and transport distances say of their separation.

Shown on the page ``chapters/6-information/parallel-segments``. P is the uniform law on the segment from (0, 0) to
(0, 1), :math:`Q_\theta` that on the segment from (θ, 0) to (θ, 1), for a fixed real θ.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

_REACH, _NODES = 12.0, 2401  # of the trapezoidal rule in z: spacing 0.01
_FAR = 40.0  # beyond it the Jensen-Shannon divergence of N(0, 1) and N(a, 1) is ln 2 in float64


class Separation(NamedTuple):
    """What separates P and Q: divergences in nats and distances."""

    kl: float
    jensen_shannon: float
    total_variation: float
    wasserstein: float


def separation(theta: float) -> Separation:
    r"""Divergence, Jensen-Shannon divergence, total variation and :math:`W_1` of P and :math:`Q_\theta`.

    For θ ≠ 0 they are ∞ (in both directions), ln 2, 1 and :math:`|\theta|`, for θ = 0 all zero (``thm-singular``,
    ``thm-parallel-segments``). :math:`W_p` is :math:`|\theta|` for every p ≥ 1.

    Raises ValueError when ``theta`` is not finite.

    >>> separation(-0.5)
    Separation(kl=inf, jensen_shannon=0.6931471805599453, total_variation=1.0, wasserstein=0.5)
    >>> separation(0.0)
    Separation(kl=0.0, jensen_shannon=0.0, total_variation=0.0, wasserstein=0.0)
    """
    _check_finite(theta, "theta")
    if theta == 0:
        return Separation(0.0, 0.0, 0.0, 0.0)
    return Separation(math.inf, math.log(2), 1.0, abs(theta))


def segment(theta: float, n: int) -> Float[Tensor, "n 2"]:
    r"""The midpoints of n equal parts of the segment at θ: its uniform law with n atoms, in float64.

    Raises ValueError when ``theta`` is not finite or ``n`` below one.

    >>> segment(2.0, 2)
    tensor([[2.0000, 0.2500],
            [2.0000, 0.7500]], dtype=torch.float64)
    """
    _check_finite(theta, "theta")
    if n < 1:
        raise ValueError(f"n must be at least 1, not {n}")
    y = (torch.arange(n, dtype=torch.float64) + 0.5) / n
    return torch.stack([torch.full_like(y, theta), y], dim=1)


def on_common_points(
    x: Float[Tensor, "n d"], y: Float[Tensor, "m d"]
) -> tuple[Float[Tensor, " k"], Float[Tensor, " k"]]:
    r"""The uniform laws of two sets of atoms, as probabilities on their union: atoms count as one where they are equal.

    Raises ValueError when a set is empty or the dimensions differ.

    >>> on_common_points(torch.tensor([[0.0], [1.0]]), torch.tensor([[1.0], [2.0]]))
    (tensor([0.5000, 0.5000, 0.0000]), tensor([0.0000, 0.5000, 0.5000]))
    """
    if len(x) == 0 or len(y) == 0 or x.shape[1:] != y.shape[1:]:
        raise ValueError(f"x and y must hold points of one dimension, not {tuple(x.shape)} and {tuple(y.shape)}")
    _, place = torch.unique(torch.cat([x, y]), dim=0, return_inverse=True)
    count = int(place.max()) + 1
    p, q = (torch.bincount(part, minlength=count).to(x.dtype) for part in (place[: len(x)], place[len(x) :]))
    return p / len(x), q / len(y)


def blurred_kl(theta: float, sigma: float) -> float:
    r"""The divergence after Gaussian noise of standard deviation σ is added to both: :math:`\theta^2/2\sigma^2`.

    The same in both directions; derived under ``thm-blurred``. Tends to ∞ as σ → 0 unless θ = 0.

    Raises ValueError when ``theta`` is not finite or ``sigma`` not positive.

    >>> blurred_kl(0.5, 0.1)
    12.5
    """
    _check_finite(theta, "theta")
    _check_positive(sigma)
    return (theta / sigma) ** 2 / 2


def blurred_jensen_shannon(theta: Float[Tensor, "*shape"], sigma: float) -> Float[Tensor, "*shape"]:
    r"""The Jensen-Shannon divergence after the noise (``eq-blurred-js``).

    With :math:`a=\theta/\sigma` and a standard normal Z it is

    .. math:: \ln2-\mathbb E\ln\bigl(1+e^{aZ-a^2/2}\bigr) .

    By the trapezoidal rule, which converges exponentially here; differentiable in θ.

    Args:
        theta: float64, finite.
        sigma: positive.

    Raises:
        TypeError, ValueError: ``theta`` is no float64 tensor or not finite, or ``sigma`` is not positive.

    Cost: 2,401 nodes an entry.

    >>> blurred_jensen_shannon(torch.tensor([0.0, 0.1, 9.0]).double(), 0.1)
    tensor([0.0000, 0.1114, 0.6931], dtype=torch.float64)
    """
    if not isinstance(theta, Tensor) or theta.dtype != torch.float64:
        raise TypeError("theta must be a float64 tensor")
    if not bool(torch.isfinite(theta).all()):
        raise ValueError("theta must be finite")
    _check_positive(sigma)
    a = (theta.abs() / sigma).clamp(max=_FAR).unsqueeze(-1)
    z = torch.linspace(-_REACH, _REACH, _NODES, dtype=theta.dtype, device=theta.device)
    weights = torch.exp(-(z**2) / 2)
    weights = weights / weights.sum()
    return (math.log(2) - torch.nn.functional.softplus(a * z - a**2 / 2) @ weights).clamp(min=0.0)


def _check_finite(value: float, name: str) -> None:
    if not math.isfinite(value):
        raise ValueError(f"{name} must be finite, not {value}")


def _check_positive(sigma: float) -> None:
    if not 0 < sigma < math.inf:
        raise ValueError(f"sigma must be positive and finite, not {sigma}")
