r"""Adam's averages in closed form: their bias, their age, and how long steps can be.

Shown on the page ``chapters/3-optimization/optimizers``. Lengths are in units of the learning rate :math:`\alpha`, and
:math:`\epsilon=0`.
"""

from __future__ import annotations

import math

import torch
from jaxtyping import Float, Int
from torch import Tensor

from mgai.optimization.parameter_trees import Number, Tree, check_step, lead, tree_map


def bias_corrected(average: Tree, beta: Number, count: int) -> Tree:
    r"""An average that started at zero, over the sum of its weights: :math:`m_t/(1-\beta^t)`.

    Derived on the page ``chapters/3-optimization/optimizers`` (``thm-bias``). Formula ``cs-11-18``.

    Args:
        average: :math:`m_t=(1-\beta)\sum_i\beta^{t-i}g_i`.
        beta: in [0, 1).
        count: :math:`t \ge 1`, how many gradients are in it.

    Raises ValueError when ``count`` is below one or beta out of range.

    >>> bias_corrected(torch.tensor([0.1]), beta=0.9, count=1)
    tensor([1.])
    """
    if count < 1:
        raise ValueError(f"count must be at least 1, not {count}: an average of nothing has no correction")
    check_step({}, average, 1.0, beta=beta)
    return tree_map(lambda m: m / lead(1 - beta**count, m), average)


def uncorrected_ratio(
    count: Int[Tensor, "*shape"], beta1: float = 0.9, beta2: float = 0.999
) -> Float[Tensor, "*shape"]:
    r"""How much longer Adam's t-th step is without bias correction: :math:`(1-\beta_1^t)/\sqrt{1-\beta_2^t}`.

    Whatever the gradients were. Above one, the correction shortens the step. Formula ``cs-11-18``.

    Raises ValueError when a count is below one or a beta not in [0, 1).

    >>> uncorrected_ratio(torch.tensor([1]), 0.5, 0.75)
    tensor([1.], dtype=torch.float64)
    """
    _check_betas(beta1, beta2)
    return (1 - beta1 ** check_counts(count)) / (1 - beta2 ** check_counts(count)).sqrt()


def longest_adam_step(count: int, beta1: float = 0.9, beta2: float = 0.999) -> float:
    r"""The largest length of Adam's t-th step over all gradients, from Cauchy and Schwarz (``thm-adam-step``).

    .. math:: \frac{\sqrt{1-\beta_2^t}}{1-\beta_1^t}\cdot\frac{1-\beta_1}{\sqrt{1-\beta_2}}
        \sqrt{\frac{1-r^t}{1-r}},\qquad r=\beta_1^2/\beta_2

    Attained by :func:`worst_gradients`. Formula ``cs-11-17``.

    Raises ValueError when the count is below one or a beta not in (0, 1).

    >>> round(longest_adam_step(1), 2), round(longest_adam_step(10**5), 2)
    (1.0, 7.27)
    """
    if count < 1:
        raise ValueError(f"count must be at least 1, not {count}")
    ratio = beta1**2 / _second(beta1, beta2)
    weights = count if ratio == 1 else math.expm1(count * math.log(ratio)) / (ratio - 1)
    size = (1 - beta1) / math.sqrt(1 - beta2) * math.sqrt(weights)
    return size * math.sqrt(1 - beta2**count) / (1 - beta1**count)


def worst_gradients(count: int, beta1: float = 0.9, beta2: float = 0.999) -> Float[Tensor, " count"]:
    r"""Gradients :math:`(\beta_1/\beta_2)^{t-i}`, the last one 1, after which Adam's step is as long as it can be.

    Raises ValueError when the count is below one or a beta not in (0, 1).

    >>> worst_gradients(3, 0.5, 0.5)
    tensor([1., 1., 1.], dtype=torch.float64)
    """
    if count < 1:
        raise ValueError(f"count must be at least 1, not {count}")
    quotient = beta1 / _second(beta1, beta2)
    return quotient ** torch.arange(count - 1, -1, -1, dtype=torch.float64)


def lag(count: Int[Tensor, "*shape"], beta: float) -> Float[Tensor, "*shape"]:
    r"""The mean age of the gradients in a corrected average, :math:`\frac\beta{1-\beta}-\frac{t\beta^t}{1-\beta^t}`.

    Under a mean gradient that moves by b a step, :math:`\hat m_t` is off by b times the lag (``thm-bias``).
    Formula ``cs-11-18``. Raises ValueError when a count is below one or beta not in [0, 1).

    >>> lag(torch.tensor([1, 2]), 0.5)
    tensor([0.0000, 0.3333], dtype=torch.float64)
    """
    _check_betas(beta)
    t = check_counts(count)
    return beta / (1 - beta) - t * beta**t / (1 - beta**t)


def check_counts(count: Tensor) -> Tensor:
    """Counts as float64; raise ValueError unless they are whole numbers, at least 1."""
    if not isinstance(count, Tensor) or count.is_floating_point() or count.numel() == 0 or bool((count < 1).any()):
        raise ValueError("count must hold whole numbers, at least 1")
    return count.to(torch.float64)


def _check_betas(*betas: float) -> None:
    for beta in betas:
        if not 0 <= beta < 1:
            raise ValueError(f"beta must be in [0, 1), not {beta}")


def _second(beta1: float, beta2: float) -> float:
    """The second of two checked betas, neither of them zero."""
    if not (0 < beta1 < 1 and 0 < beta2 < 1):
        raise ValueError(f"beta1 and beta2 must be in (0, 1), not {beta1} and {beta2}")
    return beta2
