r"""The numbers of one step by intervals, by differences with sixty digits and by torch, for claims and grading.

Used on the page ``chapters/4-networks/backpropagation-by-hand``. Only the given numbers are shared with
:mod:`mgai.networks.backpropagation_by_hand`.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from mgai.networks.backpropagation_by_hand import INPUT, PRINTED, READINGS, WEIGHTS, Reading

_DIGITS = 60
_H = "1e-20"  # of the differences: truncation of the order 1e-40, rounding 1e-40


def by_autograd(name: str = "half square", lr: float = 0.0) -> tuple[Tensor, Tensor]:
    """The loss and the nine derivatives by torch's reverse mode; with ``lr``, at the parameters after a step.

    >>> [round(value, 4) for value in by_autograd()[1].tolist()][4:]
    [-0.007, -0.0066, -0.0929, -0.085, -0.1005]
    """
    reading = READINGS[name]
    theta = torch.tensor([float(text) for text in _parameters(reading)], dtype=torch.float64)
    loss, gradient = _loss_and_gradient(theta, reading)
    return _loss_and_gradient(theta - lr * gradient, reading) if lr else (loss, gradient)


def gradient_by_differences(name: str = "half square") -> Tensor:
    """The nine derivatives by central differences of the loss, with sixty digits (mpmath).

    >>> [round(value, 4) for value in gradient_by_differences().tolist()][6:]
    [-0.0929, -0.085, -0.1005]
    """
    import mpmath

    reading = READINGS[name]
    with mpmath.workdps(_DIGITS):
        theta, h = [mpmath.mpf(text) for text in _parameters(reading)], mpmath.mpf(_H)

        def moved(i: int, by: Any) -> Any:
            return _loss([value + by if j == i else value for j, value in enumerate(theta)], reading, mpmath)

        slopes = [float((moved(i, h) - moved(i, -h)) / (2 * h)) for i in range(9)]
    return torch.tensor(slopes, dtype=torch.float64)


def turning_steps_by_newton() -> tuple[float, float]:
    """The two step sizes of the linear output by root finding with sixty digits (mpmath).

    >>> [round(lr, 3) for lr in turning_steps_by_newton()]
    [0.386, 0.77]
    """
    import mpmath

    reading = READINGS["linear output"]
    with mpmath.workdps(_DIGITS):
        theta = [mpmath.mpf(text) for text in _parameters(reading)]
        h, s = _forward(theta, reading, mpmath)
        e = 1 - s
        back = [e * v * value * (1 - value) for v, value in zip(theta[6:8], h, strict=True)]
        moves = [0, back[0], 0, back[1], *back, e * h[0], e * h[1], e]

        def after(lr: Any) -> Any:
            return _forward([a + lr * b for a, b in zip(theta, moves, strict=True)], reading, mpmath)[1]

        first = mpmath.findroot(lambda lr: after(lr) - 1, 0.4)
        return float(first), float(mpmath.findroot(lambda lr: after(lr) - 2 + s, 0.8))


def certified(decimals: int = 4) -> dict[str, str]:
    """All numbers of the first reading, rounded, from intervals that contain them (interval arithmetic, mpmath).

    Raises ArithmeticError when an interval does not decide the last digit.

    >>> certified()["error"], certified()["v1"]
    ('0.1005', '1.0093')
    """
    from mpmath.ctx_iv import MPIntervalContext

    context = MPIntervalContext()
    context.dps = _DIGITS
    theta = [context.mpf(text) for text in _parameters(READINGS["half square"])]
    h, s = _forward(theta, READINGS["half square"], context)
    output = 1 / (1 + context.exp(-s))
    error = output * (1 - output) * (1 - output)
    back = [value * (1 - value) * v * error for value, v in zip(h, theta[6:8], strict=True)]
    moves = [0, back[0], 0, back[1], *back, error * h[0], error * h[1], error]
    updated = [value + context.mpf("0.1") * move for value, move in zip(theta, moves, strict=True)]
    return {
        name: _rounded(number, decimals, context)
        for name, number in zip(PRINTED, [*h, s, output, error, *back, *updated], strict=True)
    }


def _rounded(number: Any, decimals: int, context: Any) -> str:
    scaled = number * context.mpf(10) ** decimals + context.mpf("0.5")
    low, high = (int(_floor(end)) for end in (scaled.a, scaled.b))
    if low != high:
        raise ArithmeticError(f"the interval {number} does not decide the digit {decimals} after the point")
    sign, digits = "-" if low < 0 else "", str(abs(low)).zfill(decimals + 1)
    return f"{sign}{digits[:-decimals]}.{digits[-decimals:]}"


def _floor(end: Any) -> Any:
    import mpmath

    with mpmath.workdps(_DIGITS):
        return mpmath.floor(mpmath.mpf(end))


def _parameters(reading: Reading) -> list[str]:
    w1, b1, w2, b2 = WEIGHTS
    biases = [1.0] * 3 if reading.ones else [*b1, *b2]
    return [str(value) for value in [*w1[0], *w1[1], *biases[:2], *w2[0], biases[2]]]


def _forward(theta: list[Any], reading: Reading, context: Any) -> tuple[list[Any], Any]:
    """Hidden values and pre-output, written out for the input (0, 1), which leaves two weights without effect."""
    z = [theta[1] + theta[4], theta[3] + theta[5]]
    h = [_squash(each, reading.hidden, context) for each in z]
    return h, theta[6] * h[0] + theta[7] * h[1] + theta[8]


def _squash(z: Any, name: str, context: Any) -> Any:
    return z if name == "identity" else context.tanh(z) if name == "tanh" else 1 / (1 + context.exp(-z))


def _loss(theta: list[Any], reading: Reading, context: Any) -> Any:
    output = _squash(_forward(theta, reading, context)[1], reading.output, context)
    if reading.loss == "cross-entropy":
        return -context.log(output)
    return (1 - output) ** 2 / (1 if reading.loss == "square" else 2)


def _loss_and_gradient(theta: Tensor, reading: Reading) -> tuple[Tensor, Tensor]:
    theta = theta.detach().requires_grad_()
    maps = {"sigmoid": torch.sigmoid, "tanh": torch.tanh, "identity": torch.nn.Identity()}
    x = torch.tensor([INPUT], dtype=theta.dtype)
    h = maps[reading.hidden](functional.linear(x, theta[:4].view(2, 2), theta[4:6]))
    output = maps[reading.output](functional.linear(h, theta[6:8].view(1, 2), theta[8:]))
    target = torch.ones_like(output)
    if reading.loss == "cross-entropy":
        loss = functional.binary_cross_entropy(output, target)
    else:
        loss = functional.mse_loss(output, target) / (1 if reading.loss == "square" else 2)
    (gradient,) = torch.autograd.grad(loss, theta)
    return loss.detach(), gradient
