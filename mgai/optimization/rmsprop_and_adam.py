r"""What one large gradient does to later steps of RMSProp, Adam and Adagrad: closed forms, and a cliff in the plane.

Shown on the page ``chapters/3-optimization/rmsprop-and-adam``. A stream of gradients of size :math:`g` is interrupted
once by :math:`Rg`. The *share* is the length of a step after the spike over what it would be without the spike.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache, partial
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from mgai.optimization import optimizers
from mgai.optimization.transformer_training import Rule

START, RATIO, RATE = 6.0, 100.0, 0.02


def step_share(n: Tensor, ratio: float, beta: float, age: float = math.inf) -> Tensor:
    r"""The share of RMSProp, and of Adam without its first moment, ``n`` steps after the spike.

    .. math:: \sqrt{\frac{w}{w+(1-\beta)\beta^n(R^2-1)}},\qquad w=1-\beta^{a+1+n}

    Derived on the page ``chapters/3-optimization/rmsprop-and-adam`` (``thm-share``).

    Args:
        n: steps since the spike, at least 1.
        ratio: :math:`R\ge1`, the spike over the other gradients.
        beta: of the average of squares, in (0, 1).
        age: :math:`a`, how many gradients came before the spike; infinite for a long history.

    Raises ValueError for values out of these ranges.

    >>> step_share(torch.tensor([1.0, 1000.0]), 100.0, 0.99).round(decimals=3)
    tensor([0.1000, 0.9980])
    """
    _check(ratio, beta)
    if age < 0 or bool((n < 1).any()):
        raise ValueError("n must be at least 1 and age not negative: the share is about later steps")
    weight = 1 - beta ** (age + 1 + n)
    return (weight / (weight + (1 - beta) * beta**n * (ratio**2 - 1))).sqrt()


def steps_to_recover(share: float, ratio: float, beta: float) -> int:
    r"""The first step after the spike whose share is at least ``share``, after a long history.

    .. math:: \Bigl\lceil\frac{1}{\ln(1/\beta)}\ln\frac{(1-\beta)(R^2-1)\rho^2}{1-\rho^2}\Bigr\rceil,

    and at least 1. Derived on the page ``chapters/3-optimization/rmsprop-and-adam``.

    Args:
        share: :math:`\rho`, in (0, 1).
        ratio, beta: as for :func:`step_share`.

    Raises ValueError for values out of these ranges.

    >>> steps_to_recover(0.5, 100.0, 0.99), steps_to_recover(0.5, 100.0, 0.999)
    (349, 1204)
    """
    _check(ratio, beta)
    if not 0 < share < 1:
        raise ValueError(f"share must be in (0, 1), not {share}")
    odds = (1 - beta) * (ratio**2 - 1) * share**2 / (1 - share**2)
    return max(1, math.ceil(math.log(odds) / -math.log(beta))) if odds > 0 else 1


def steps_lost(ratio: float, beta: float) -> float:
    r"""How many ordinary steps all later steps together fall short: :math:`\int_0^\infty(1-\text{share})\,dn`.

    .. math:: \frac{2}{\ln(1/\beta)}\,\ln\frac{1+\sqrt{1+(1-\beta)(R^2-1)}}{2}

    The sum over whole steps is smaller, by less than one. Derived on the page
    ``chapters/3-optimization/rmsprop-and-adam`` (``thm-lost``). Arguments and errors as for :func:`step_share`.

    >>> round(steps_lost(100.0, 0.99)), round(steps_lost(10_000.0, 0.99))
    (340, 1237)
    """
    _check(ratio, beta)
    return 2 / -math.log(beta) * math.log((1 + math.sqrt(1 + (1 - beta) * (ratio**2 - 1))) / 2)


def adagrad_share(n: Tensor, ratio: float, age: float = 0) -> Tensor:
    r"""Adagrad's share: :math:`\sqrt{(a+1+n)/(a+n+R^2)}`, which needs of the order of :math:`R^2` steps to recover.

    Derived on the page ``chapters/3-optimization/rmsprop-and-adam``. Arguments as for :func:`step_share`.

    >>> adagrad_share(torch.tensor([1.0, 1000.0]), 100.0).round(decimals=3)
    tensor([0.0140, 0.3020])
    """
    _check(ratio, 0.5)
    return ((age + 1 + n) / (age + n + ratio**2)).sqrt()


def adam_share(n: Tensor, ratio: float, beta1: float, beta2: float) -> Tensor:
    r"""Adam's share after a long history: :math:`1+(1-\beta_1)\beta_1^n(R-1)` times :func:`step_share`.

    The first factor is the spike that the first moment carries on; it is gone long before the second one recovers.
    Derived on the page ``chapters/3-optimization/rmsprop-and-adam``.

    >>> adam_share(torch.tensor([1.0, 100.0]), 100.0, 0.9, 0.99).round(decimals=2)
    tensor([0.9900, 0.1600])
    """
    return (1 + (1 - beta1) * beta1**n * (ratio - 1)) * step_share(n, ratio, beta2)


def spiked_shares(rule: Rule, ratio: float, age: int, n_steps: int) -> Float[Tensor, " n_steps"]:
    """The shares found by running an optimiser twice on one parameter, with the spike and without it.

    >>> spiked_shares(RULES["Adagrad"], 100.0, 0, 2).round(decimals=3)
    tensor([0.0140, 0.0170], dtype=torch.float64)
    """
    gradients = torch.ones(2, age + 1 + n_steps, dtype=torch.float64)
    gradients[0, age] = ratio
    theta = torch.zeros(2, dtype=torch.float64)
    state, moves = rule.start(theta), []
    for gradient in gradients.T:
        after, state = rule.step(theta, gradient, state, lr=1.0, eps=0.0)
        moves.append(theta - after)
        theta = torch.zeros_like(after)
    spiked, plain = torch.stack(moves[age + 1 :], 1)
    return spiked / plain


def cliff(point: Float[Tensor, 2], ratio: float = RATIO) -> Float[Tensor, ""]:
    r"""A bowl with a cliff at the start: :math:`\sqrt{1+x^2}+\sqrt{1+y^2}+Rw\ln(1+e^{(y-y_0)/w})`.

    Far from the minimum (0, 0) both slopes are nearly 1; above :math:`y_0`, just below the start (6, 6), the slope
    in y is larger by R.

    >>> torch.func.grad(cliff)(torch.tensor([6.0, 6.0])).round()
    tensor([  1., 101.])
    """
    width = RATE / 20
    wall = ratio * width * torch.nn.functional.softplus((point[1] - START + RATE / 2) / width)
    return (1 + point.square()).sqrt().sum() + wall


@lru_cache(maxsize=32)
def path(rule: Rule, rate: float = RATE, n_steps: int = 1200, ratio: float = RATIO) -> Float[Tensor, "points 2"]:
    """The optimiser's path on :func:`cliff` from (6, 6), the start included.

    >>> path(RULES["SGD"], n_steps=1).shape
    torch.Size([2, 2])
    """
    slope = torch.func.grad(partial(cliff, ratio=ratio))
    theta = torch.full((2,), START, dtype=torch.float64)
    state, points = rule.start(theta), [theta]
    for _ in range(n_steps):
        theta, state = rule.step(theta, slope(theta), state, lr=rate)
        points.append(theta)
    return torch.stack(points)


def arrival(points: Float[Tensor, "points 2"], radius: float = 0.5) -> tuple[float, float]:
    """After how many steps each coordinate is first within ``radius`` of the minimum; infinite if never.

    >>> arrival(torch.tensor([[6.0, 6.0], [0.1, 3.0]]))
    (1.0, inf)
    """
    inside = points.abs() <= radius
    return tuple(float(column.int().argmax()) if column.any() else math.inf for column in inside.T)


def _rule(start: Callable[[Any], Any], step: Callable[..., tuple[Any, Any]], **numbers: float) -> Rule:
    return Rule(start, partial(step, **numbers), ())


def _plain(theta: Any, gradient: Any, state: Any, lr: Any, eps: float = 0.0) -> tuple[Any, Any]:
    return optimizers.momentum_step(theta, gradient, state, lr, beta=0.0)


#: The optimisers of the page. "RMSProp" and "Adam" have the same memory; Adam's default is 0.999.
RULES = {
    "SGD": _rule(optimizers.zeros, _plain),
    "RMSProp": _rule(optimizers.zeros, optimizers.rmsprop_step, beta=0.95),
    "Adam": _rule(optimizers.adam_start, optimizers.adam_step, beta1=0.9, beta2=0.95),
    "Adam, 0.999": _rule(optimizers.adam_start, optimizers.adam_step, beta1=0.9, beta2=0.999),
    "Adagrad": _rule(optimizers.zeros, optimizers.adagrad_step),
}
#: Adam without its first moment.
SECOND_MOMENT = _rule(optimizers.adam_start, optimizers.adam_step, beta1=0.0, beta2=0.95)
RATES = {"Adagrad": 0.2}  # on the cliff; the others take steps of RATE


def _check(ratio: float, beta: float) -> None:
    if not 1 <= ratio < math.inf:
        raise ValueError(f"ratio must be at least 1 and finite, not {ratio}")
    if not 0 < beta < 1:
        raise ValueError(f"beta must be in (0, 1), not {beta}")
