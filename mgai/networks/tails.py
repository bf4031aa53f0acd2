r"""One hidden layer on the line, :math:`f(x)=c+\sum_ja_j\phi(w_jx+b_j)`: what it does far from the data.

Networks are dictionaries of tensors: w, b, a of shape (s, h) and c of shape (s,) for s networks of h units. Shown on
the page ``chapters/4-networks/interpolation-and-extrapolation``.
"""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

Parameters = dict[str, Tensor]
ACTIVATIONS = {"ReLU": torch.relu, "tanh": torch.tanh}


def outputs(theta: Parameters, x: Float[Tensor, "*networks m"], activation: str) -> Float[Tensor, "s m"]:
    """The outputs of s networks at m points, the same for all, or for each its own.

    Args:
        theta: as in the module's text.
        x: of shape (m,) or (s, m).
        activation: a key of :data:`ACTIVATIONS`.

    Raises:
        ValueError: an unknown activation, or shapes that do not fit.

    Cost: O(s m h).

    >>> one = {"w": torch.ones(1, 1), "b": torch.zeros(1, 1), "a": torch.ones(1, 1), "c": torch.ones(1)}
    >>> outputs(one, torch.tensor([-2.0, 2.0]), "ReLU")
    tensor([[1., 3.]])
    """
    check_networks(theta)
    if activation not in ACTIVATIONS:
        raise ValueError(f"activation must be one of {', '.join(ACTIVATIONS)}, not {activation!r}")
    if x.ndim not in (1, 2) or (x.ndim == 2 and len(x) != len(theta["c"])):
        raise ValueError(f"x must have shape (m,) or ({len(theta['c'])}, m), not {tuple(x.shape)}")
    units = ACTIVATIONS[activation](theta["w"][:, None] * x[..., None] + theta["b"][:, None])
    return (units * theta["a"][:, None]).sum(-1) + theta["c"][:, None]


def check_networks(theta: Parameters) -> None:
    """Raise ValueError unless ``theta`` has w, b, a of one shape (s, h) and c of shape (s,)."""
    missing = {"w", "b", "a", "c"} - set(theta)
    if missing:
        raise ValueError(f"theta lacks {', '.join(sorted(missing))}")
    shape = theta["w"].shape
    if len(shape) != 2 or any(theta[name].shape != shape for name in "ba") or theta["c"].shape != shape[:1]:
        raise ValueError("theta must have w, b and a of one shape (s, h), and c of shape (s,)")


def last_kink(theta: Parameters) -> Float[Tensor, " s"]:
    r"""The right-most kink :math:`\max_{w_j\ne0}(-b_j/w_j)` of every ReLU network; minus infinity without kinks.

    >>> theta = {"w": torch.tensor([[2.0, 0.0]]), "b": torch.ones(1, 2), "a": torch.ones(1, 2), "c": torch.ones(1)}
    >>> last_kink(theta)
    tensor([-0.5000])
    """
    check_networks(theta)
    return torch.where(theta["w"] == 0, -torch.inf, -theta["b"] / theta["w"]).amax(-1)


def relu_tail(theta: Parameters) -> tuple[Float[Tensor, " s"], Float[Tensor, " s"]]:
    r"""Slope and intercept of every ReLU network to the right of its last kink.

    .. math:: s=\sum_{w_j>0}a_jw_j,\qquad t=c+\sum_{w_j>0}a_jb_j+\sum_{w_j=0}a_j\max(0,b_j)

    Source: theorem ``thm-interpolation-tails``.

    >>> theta = {"w": torch.tensor([[2.0, -1.0]]), "b": torch.ones(1, 2), "a": torch.ones(1, 2), "c": torch.ones(1)}
    >>> relu_tail(theta)
    (tensor([2.]), tensor([2.]))
    """
    check_networks(theta)
    on, flat = theta["w"] > 0, theta["w"] == 0
    slope = (theta["a"] * theta["w"] * on).sum(-1)
    constant = on * theta["b"] + flat * theta["b"].clamp_min(0)
    return slope, theta["c"] + (theta["a"] * constant).sum(-1)


def tanh_limit(theta: Parameters) -> Float[Tensor, " s"]:
    r"""What every tanh network tends to on the right: :math:`c+\sum_ja_j\operatorname{sign}w_j` if no w is zero.

    A unit with w = 0 contributes :math:`a_j\tanh b_j`.

    >>> theta = {"w": torch.tensor([[2.0, -1.0]]), "b": torch.ones(1, 2), "a": torch.ones(1, 2), "c": torch.ones(1)}
    >>> tanh_limit(theta)
    tensor([1.])
    """
    check_networks(theta)
    ends = torch.where(theta["w"] == 0, theta["b"].tanh(), theta["w"].sign())
    return theta["c"] + (theta["a"] * ends).sum(-1)


def tanh_remainder(theta: Parameters, x: Float[Tensor, " m"]) -> Float[Tensor, "s m"]:
    r"""A bound on the distance :math:`|f(x)-f_\infty|` of tanh networks from their limit.

    .. math:: 2\sum_j|a_j|e^{-2(|w_j|x+b_j\operatorname{sign}w_j)}

    Units with w = 0 are constant and left out. Source: theorem ``thm-interpolation-tails``.

    >>> theta = {"w": torch.ones(1, 1), "b": torch.zeros(1, 1), "a": torch.ones(1, 1), "c": torch.zeros(1)}
    >>> tanh_remainder(theta, torch.tensor([0.0]))
    tensor([[2.]])
    """
    check_networks(theta)
    sign = theta["w"].sign()[:, None]
    towards = sign * (theta["w"][:, None] * x[:, None] + theta["b"][:, None])
    return 2 * (theta["a"][:, None].abs() * sign.abs() * (-2 * towards).exp()).sum(-1)


def affine_floor(values: Float[Tensor, "*shape 3"]) -> Float[Tensor, "*shape"]:
    r"""The least largest error of an affine function at three equidistant points: :math:`|g_0-2g_1+g_2|/4`.

    Source: theorem ``thm-interpolation-affine``.

    Raises:
        ValueError: the last axis is not of length 3.

    >>> affine_floor(torch.tensor([1.0, -1.0, 1.0]))
    tensor(1.)
    """
    if values.ndim < 1 or values.shape[-1] != 3:
        raise ValueError(f"values must have three entries along the last axis, not the shape {tuple(values.shape)}")
    return (values[..., 0] - 2 * values[..., 1] + values[..., 2]).abs() / 4
