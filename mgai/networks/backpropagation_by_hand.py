r"""One step of backpropagation in a network of two inputs, two hidden units and one output, number by number.

Shown on the page ``chapters/4-networks/backpropagation-by-hand``. The hidden values are
:math:`h=\sigma(z)` with :math:`z=W_1x+b_1`, the output is :math:`\hat y=\varphi(s)` with :math:`s=W_2h+b_2`.
"""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

import torch
from jaxtyping import Float
from scipy.optimize import brentq
from torch import Tensor

from mgai.calculus.activations import activation
from mgai.calculus.argument_checks import check_tensor
from mgai.calculus.backpropagation import TwoLayer, as_vector, from_vector, sample_gradient

INPUT, TARGET, STEP = (0.0, 1.0), 1.0, 0.1
#: Weights into the hidden units, their biases, weights into the output, its bias.
WEIGHTS = ([[2.5, 1.0], [-1.5, -0.3]], [1.5, 2.0], [[1.0, 0.5]], [-1.0])
#: The nine parameters in the order of ``as_vector``: w12 leads from the second input to the first hidden unit.
PARAMETERS = ("w11", "w12", "w21", "w22", "b1", "b2", "v1", "v2", "c")
#: What the copy we had gives, to as many digits.
PRINTED = {
    "h1": "0.9241", "h2": "0.8455", "s": "0.34685", "output": "0.5859",
    "error": "0.0993", "error1": "0.0069", "error2": "0.0065",
    "w11": "2.5", "w12": "1.0007", "w21": "-1.5", "w22": "-0.2994", "b1": "1.5007", "b2": "2.0007",
    "v1": "1.0092", "v2": "0.5084", "c": "-0.9901",
}  # fmt: skip


class Reading(NamedTuple):
    """What the exercise leaves open: the loss, the two activations, and whether "a bias of 1" means biases 1, 1, 1."""

    loss: str = "half square"
    hidden: str = "sigmoid"
    output: str = "sigmoid"
    ones: bool = False


#: The readings; the first is that of the source's solution.
READINGS = {
    "half square": Reading(),
    "square": Reading(loss="square"),
    "cross-entropy": Reading(loss="cross-entropy"),
    "biases of one": Reading(ones=True),
    "linear output": Reading(output="identity"),
    "tanh": Reading(hidden="tanh", output="tanh"),
}


class Step(NamedTuple):
    r"""One forward pass, one backward pass, one update.

    The errors are :math:`\delta=-\partial L/\partial s` and :math:`\delta_j=-\partial L/\partial z_j`, so that a weight
    grows by the step size times the error at its end times the value at its start.
    """

    hidden: Float[Tensor, " 2"]
    s: Float[Tensor, ""]
    output: Float[Tensor, ""]
    loss: Float[Tensor, ""]
    error: Float[Tensor, ""]
    hidden_errors: Float[Tensor, " 2"]
    gradient: TwoLayer
    updated: TwoLayer


def network(ones: bool = False) -> TwoLayer:
    """The nine parameters in float64; with ``ones`` all three biases are 1.

    >>> as_vector(network()).tolist()
    [2.5, 1.0, -1.5, -0.3, 1.5, 2.0, 1.0, 0.5, -1.0]
    """
    w1, b1, w2, b2 = (torch.tensor(each, dtype=torch.float64) for each in WEIGHTS)
    return TwoLayer(w1, torch.ones_like(b1), w2, torch.ones_like(b2)) if ones else TwoLayer(w1, b1, w2, b2)


def run(name: str = "half square", lr: float = STEP) -> Step:
    r"""Forward pass, backward pass and update under one reading (``thm-backpropagation-by-hand-errors``).

    Args:
        name: a key of :data:`READINGS`.
        lr: the step size α.

    Raises:
        ValueError: there is no such reading.

    Cost: a few dozen operations.

    >>> step = run()
    >>> print(f"{step.output:.4f} {step.error:.4f} {step.updated.w2[0, 0]:.4f}")
    0.5859 0.1005 1.0093
    """
    reading = _reading(name)
    net, x = network(reading.ones), torch.tensor(INPUT, dtype=torch.float64)
    hidden = activation(reading.hidden)(net.w1 @ x + net.b1)
    s = (net.w2 @ hidden + net.b2)[0]
    output = _output(s, reading)
    g = _loss_slope(output, reading) * _output_slope(s, reading)  # ∂L/∂s
    gradient, _ = sample_gradient(net, x, g[None], reading.hidden)
    updated = from_vector(as_vector(net) - lr * as_vector(gradient), net)
    return Step(hidden, s, output, _loss(output, reading), -g, -gradient.b1, gradient, updated)


def pre_output_along(lr: Float[Tensor, " n"], name: str = "half square") -> Float[Tensor, " n"]:
    r"""The output before :math:`\varphi`, as a function of the size of the step along the negative gradient.

    Args:
        lr: step sizes in float64.
        name: the reading.

    Raises:
        ValueError, TypeError: ``lr`` is no finite vector, or there is no such reading.

    >>> pre_output_along(torch.tensor([0.0, 0.1]).double()).round(decimals=4)
    tensor([0.3469, 0.3729], dtype=torch.float64)
    """
    check_tensor(lr, "lr", None)
    reading = _reading(name)
    start = network(reading.ones)
    theta = as_vector(start) - lr[:, None] * as_vector(run(name).gradient)  # (n, 9)
    w1, b1, w2, b2 = theta.split([part.numel() for part in start], dim=1)
    z = w1.reshape(-1, 2, 2) @ torch.tensor(INPUT, dtype=lr.dtype, device=lr.device) + b1
    return (w2 * activation(reading.hidden)(z)).sum(dim=1) + b2[:, 0]


def loss_along(lr: Float[Tensor, " n"], name: str = "half square") -> Float[Tensor, " n"]:
    """The loss after a step of each size. Arguments and errors as for :func:`pre_output_along`.

    >>> loss_along(torch.tensor([0.0, 0.1]).double()).round(decimals=6)
    tensor([0.0858, 0.0832], dtype=torch.float64)
    """
    reading = _reading(name)
    return _loss(_output(pre_output_along(lr, name), reading), reading)


def turning_steps() -> tuple[float, float]:
    r"""With a linear output: the step after which :math:`\hat y=y`, and that beyond which the loss is above its start.

    By :func:`scipy.optimize.brentq`; there is one of each, as the output grows with the step
    (``thm-backpropagation-by-hand-descent``).

    >>> [round(lr, 3) for lr in turning_steps()]
    [0.386, 0.77]
    """
    start = float(run("linear output").s)

    def crossing(level: float) -> float:
        def gap(lr: float) -> float:
            return float(pre_output_along(torch.tensor([lr], dtype=torch.float64), "linear output")) - level

        return brentq(gap, 0.0, 10.0, xtol=1e-15)

    return crossing(TARGET), crossing(2 * TARGET - start)


def quantities(step: Step) -> dict[str, float]:
    """All numbers of a step, by the names of :data:`PRINTED` and in its order.

    >>> list(quantities(run())) == list(PRINTED)
    True
    """
    numbers = [*step.hidden, step.s, step.output, step.error, *step.hidden_errors, *as_vector(step.updated)]
    return dict(zip(PRINTED, map(float, numbers), strict=True))


def from_printed() -> dict[str, Decimal]:
    """Each number worked out from the *printed* numbers that it depends on, in decimals.

    >>> from_printed()["error1"]
    Decimal('0.006964821567')
    """
    h1, h2, s, output, error, error1, error2 = (Decimal(text) for text in list(PRINTED.values())[:7])
    half, step = Decimal("0.5"), Decimal("0.1")
    exact = network()
    old = dict(zip(PARAMETERS, (Decimal(str(float(value))) for value in as_vector(exact)), strict=True))
    moves = {"w12": error1, "w22": error2, "b1": error1, "b2": error2, "v1": error * h1, "v2": error * h2, "c": error}
    values = run()
    return {
        "h1": Decimal(float(values.hidden[0])),
        "h2": Decimal(float(values.hidden[1])),
        "s": h1 + half * h2 - 1,
        "output": 1 / (1 + (-s).exp()),
        "error": output * (1 - output) * (1 - output),
        "error1": h1 * (1 - h1) * error,
        "error2": h2 * (1 - h2) * half * error,
    } | {name: old[name] + step * moves.get(name, Decimal(0)) for name in PARAMETERS}


def fits(value: Decimal | float, printed: str) -> bool:
    """Whether ``value`` differs from a printed number by at most half a unit of its last digit.

    >>> fits(0.92414, "0.9241"), fits(0.92414, "0.9242")
    (True, False)
    """
    number = Decimal(printed)
    return abs(Decimal(value) - number) <= Decimal((0, (5,), int(number.as_tuple().exponent) - 1))


def verdict(name: str) -> str:
    """What is to be said of a printed number: "right", "inherited" (as its predecessors have it) or "wrong".

    >>> [verdict(name) for name in ("output", "error", "v1")]
    ['right', 'wrong', 'inherited']
    """
    if fits(quantities(run())[name], PRINTED[name]):
        return "right"
    return "inherited" if fits(from_printed()[name], PRINTED[name]) else "wrong"


def _reading(name: str) -> Reading:
    if name not in READINGS:
        raise ValueError(f"name={name!r} is no reading: choose one of {', '.join(READINGS)}")
    return READINGS[name]


def _output(s: Tensor, reading: Reading) -> Tensor:
    return s if reading.output == "identity" else activation(reading.output)(s)


def _output_slope(s: Tensor, reading: Reading) -> Tensor:
    return torch.ones_like(s) if reading.output == "identity" else activation(reading.output).derivative(s)


def _loss(output: Tensor, reading: Reading) -> Tensor:
    if reading.loss == "cross-entropy":
        return -torch.log(output)  # the target is 1
    return (output - TARGET).square() / (1 if reading.loss == "square" else 2)


def _loss_slope(output: Tensor, reading: Reading) -> Tensor:
    if reading.loss == "cross-entropy":
        return -1 / output
    return (output - TARGET) * (2 if reading.loss == "square" else 1)
