r"""Networks of threshold units with one hidden layer: bits, margins, and what smooth units make of them.

Shown on the pages ``chapters/4-networks/hamming-parity-network`` and ``chapters/4-networks/exclusive-or-of-clauses``.
A unit fires, that is returns 1, when its weighted sum plus bias is not negative.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

_BITS = 16  # at most so many inputs are listed


class ThresholdNetwork(NamedTuple):
    r"""Weights and biases of hidden units, :math:`W_1,b_1`, and outputs, :math:`W_2,b_2`; direct weights, if any."""

    w1: Float[Tensor, "h d"]
    b1: Float[Tensor, " h"]
    w2: Float[Tensor, "m h"]
    b2: Float[Tensor, " m"]
    direct: Float[Tensor, "m d"] | None = None


def network(w1: list, b1: list, w2: list, b2: list, direct: list | None = None) -> ThresholdNetwork:
    """A network from nested lists of numbers, in float64.

    Raises ValueError when the shapes do not fit, no layer is empty, or an entry is not finite.

    >>> network([[1, 1]], [-2], [[1]], [-0.5]).w1
    tensor([[1., 1.]], dtype=torch.float64)
    """
    given = [None if each is None else torch.tensor(each, dtype=torch.float64) for each in (w1, b1, w2, b2, direct)]
    made = ThresholdNetwork(*given)
    check_network(made)
    return made


def check_network(net: ThresholdNetwork) -> None:
    """Raise ValueError unless the shapes of the weights and biases fit and all entries are finite."""
    if net.w1.ndim != 2 or net.w2.ndim != 2 or 0 in net.w1.shape or 0 in net.w2.shape:
        raise ValueError(f"w1 and w2 must be matrices, not of shapes {tuple(net.w1.shape)}, {tuple(net.w2.shape)}")
    (h, d), m = net.w1.shape, net.w2.shape[0]
    for name, wanted in (("b1", (h,)), ("w2", (m, h)), ("b2", (m,)), ("direct", (m, d))):
        given = getattr(net, name)
        if given is not None and tuple(given.shape) != wanted:
            raise ValueError(f"{name} must have shape {wanted}, not {tuple(given.shape)}")
    for name, given in zip(net._fields, net, strict=True):
        if given is not None and not bool(torch.isfinite(given).all()):
            raise ValueError(f"{name} has entries that are not finite")


def all_inputs(d: int) -> Float[Tensor, "n d"]:
    """All :math:`2^d` inputs of d bits, counting upwards with the first bit as the most significant, in float64.

    Raises ValueError when ``d`` is not in 1..16.

    >>> all_inputs(2).tolist()
    [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]
    """
    if not 1 <= d <= _BITS:
        raise ValueError(f"d must be in 1..{_BITS}, not {d}")
    places = torch.arange(d - 1, -1, -1)
    return (torch.arange(2**d)[:, None] >> places & 1).double()


def step(z: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
    """1 where z is not negative, 0 elsewhere.

    >>> step(torch.tensor([-1.0, 0.0, 2.0]))
    tensor([0., 1., 1.])
    """
    return (z >= 0).to(z.dtype)


def hidden_sums(net: ThresholdNetwork, x: Float[Tensor, "n d"]) -> Float[Tensor, "n h"]:
    """The weighted sums plus biases of the hidden units.

    >>> hidden_sums(network([[1, 1]], [-2], [[1]], [-0.5]), all_inputs(2)).flatten().tolist()
    [-2.0, -1.0, -1.0, 0.0]
    """
    return x @ net.w1.mT + net.b1


def output_sums(
    net: ThresholdNetwork, x: Float[Tensor, "n d"], activation: Callable[[Tensor], Tensor] = step
) -> Float[Tensor, "n m"]:
    r"""The weighted sums plus biases of the outputs, :math:`W_2\,\sigma(W_1x+b_1)+b_2` and what comes directly.

    Args:
        net: the network.
        x: one input a row.
        activation: :math:`\sigma` of the hidden units, such as :func:`step` or ``torch.relu``.

    Raises:
        ValueError: ``x`` has not as many columns as the network has inputs.

    >>> output_sums(network([[1, 1]], [-2], [[1]], [-0.5]), all_inputs(2)).flatten().tolist()
    [-0.5, -0.5, -0.5, 0.5]
    """
    if x.ndim != 2 or x.shape[1] != net.w1.shape[1]:
        raise ValueError(f"x must have {net.w1.shape[1]} columns, not the shape {tuple(x.shape)}")
    sums = activation(hidden_sums(net, x)) @ net.w2.mT + net.b2
    return sums if net.direct is None else sums + x @ net.direct.mT


def outputs(
    net: ThresholdNetwork, x: Float[Tensor, "n d"], activation: Callable[[Tensor], Tensor] = step
) -> Float[Tensor, "n m"]:
    """The output bits, whatever the hidden units are.

    >>> outputs(network([[1, 1]], [-2], [[1]], [-0.5]), all_inputs(2)).flatten().tolist()
    [0.0, 0.0, 0.0, 1.0]
    """
    return step(output_sums(net, x, activation))


def margins(net: ThresholdNetwork) -> tuple[float, float]:
    """The smallest distance from zero of a hidden unit's and of an output's sum, over all inputs.

    Cost: a pass over all inputs.

    >>> margins(network([[1, 1]], [-1.5], [[1]], [-0.25]))
    (0.5, 0.25)
    """
    x = all_inputs(net.w1.shape[1]).to(net.w1)
    return float(hidden_sums(net, x).abs().min()), float(output_sums(net, x).abs().min())


def radius(net: ThresholdNetwork) -> float:
    r"""By so much each input may move, up or down, before the first hidden unit changes its mind.

    :math:`\min_{j,x}|w_j\cdot x+b_j|/\lVert w_j\rVert_1` (``thm-exclusive-or-radius``).

    >>> radius(network([[1, 1]], [-1.5], [[1]], [-0.25]))
    0.25
    """
    x = all_inputs(net.w1.shape[1]).to(net.w1)
    return float((hidden_sums(net, x).abs().amin(0) / net.w1.abs().sum(1)).min())


def smooth_outputs(net: ThresholdNetwork, x: Float[Tensor, "n d"], beta: float) -> Float[Tensor, "n m"]:
    r"""The outputs when every unit is the logistic function :math:`1/(1+e^{-\beta z})` of its sum.

    Raises ValueError when ``beta`` is not positive.

    >>> smooth_outputs(network([[1, 1]], [-1.5], [[1]], [-0.5]), all_inputs(2), 20.0).round(decimals=4).flatten()
    tensor([0., 0., 0., 1.], dtype=torch.float64)
    """
    _check_beta(beta)
    return torch.sigmoid(beta * output_sums(net, x, lambda z: torch.sigmoid(beta * z)))


def smooth_error_bound(net: ThresholdNetwork, beta: float) -> float:
    r"""A bound on the error of every output of :func:`smooth_outputs`, from the margins (``thm-exclusive-or-smooth``).

    Raises ValueError when ``beta`` is not positive.

    >>> smooth_error_bound(network([[1, 1]], [-1.5], [[1]], [-0.5]), 20.0) < 1e-4
    True
    """
    _check_beta(beta)
    hidden, output = margins(net)
    reach = float(net.w2.abs().sum(1).max())
    return _tail(beta * (output - reach * _tail(beta * hidden)))


def sufficient_steepness(net: ThresholdNetwork, error: float) -> float:
    r"""The smallest :math:`\beta`, to twelve digits, from which :func:`smooth_error_bound` stays below ``error``.

    Raises ValueError when ``error`` is not between 0 and 1/2 or a margin is zero. Cost: bisection.

    >>> round(sufficient_steepness(network([[1, 1]], [-1.5], [[1]], [-0.5]), 1e-3), 3)
    13.841
    """
    if not 0 < error < 0.5:
        raise ValueError(f"error must be between 0 and 1/2, not {error}")
    if min(margins(net)) <= 0:
        raise ValueError("a unit of the network has margin zero: no steepness suffices")
    high = 1.0
    while smooth_error_bound(net, high) > error:
        high *= 2
    low = 0.0
    for _ in range(50):  # the bound falls wherever it is below 1/2
        middle = (low + high) / 2
        low, high = (low, middle) if smooth_error_bound(net, middle) <= error else (middle, high)
    return high


def _tail(z: float) -> float:
    return 1 / (1 + math.exp(min(z, 700.0)))


def _check_beta(beta: float) -> None:
    if not (math.isfinite(beta) and beta > 0):
        raise ValueError(f"beta must be positive and finite, not {beta}")
