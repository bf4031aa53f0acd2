r"""The data flow of backpropagation on a small graph: values in one sweep, adjoints in the other.

Shown on the page ``chapters/2-calculus/backpropagation``.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from torch import Tensor

from mgai import figures
from mgai.calculus.activations import activation
from mgai.calculus.argument_checks import check_tensor
from mgai.calculus.backpropagation import TwoLayer


class Nodes(NamedTuple):
    """One number for every node of the graph: the inputs, the hidden layer before and after σ, outputs and loss."""

    x: Float[Tensor, " d"]
    z: Float[Tensor, " h"]
    a: Float[Tensor, " h"]
    f: Float[Tensor, " m"]
    loss: Float[Tensor, ""]


def forward_sweep(net: TwoLayer, x: Float[Tensor, " d"], y: Float[Tensor, " m"], name: str = "tanh") -> Nodes:
    r"""The values of all nodes for the loss :math:`L=\tfrac12\|f-y\|^2`, from the inputs to the loss.

    Args:
        net: the parameters.
        x: one input.
        y: its target.
        name: the activation.

    Raises:
        ValueError: shapes that do not fit, entries that are not finite, an unknown activation.
        TypeError: an argument is no floating-point tensor.

    >>> net = TwoLayer(torch.eye(2), torch.zeros(2), torch.ones(1, 2), torch.zeros(1))
    >>> forward_sweep(net, torch.tensor([1.0, -2.0]), torch.tensor([3.0]), "relu").loss
    tensor(2.)
    """
    sigma = activation(name)
    check_tensor(x, "x", net.w1.shape[1])
    check_tensor(y, "y", net.w2.shape[0])
    z = net.w1 @ x + net.b1
    a = sigma(z)
    f = net.w2 @ a + net.b2
    return Nodes(x, z, a, f, (f - y).square().sum() / 2)


def backward_sweep(net: TwoLayer, values: Nodes, y: Float[Tensor, " m"], name: str = "tanh") -> Nodes:
    r"""The adjoint of every node, :math:`\bar v=\partial L/\partial v`, from the loss to the inputs.

    It reads the stored ``values`` of :func:`forward_sweep`: :math:`f` for the loss, :math:`z` for the slopes.

    Raises: as :func:`forward_sweep`.

    >>> net = TwoLayer(torch.eye(2), torch.zeros(2), torch.ones(1, 2), torch.zeros(1))
    >>> y = torch.tensor([3.0])
    >>> backward_sweep(net, forward_sweep(net, torch.tensor([1.0, -2.0]), y, "relu"), y, "relu").a
    tensor([-2., -2.])
    """
    check_tensor(y, "y", net.w2.shape[0])
    f = values.f - y
    a = net.w2.mT @ f
    z = activation(name).derivative(values.z) * a
    return Nodes(net.w1.mT @ z, z, a, f, torch.ones_like(values.loss))


def example() -> tuple[TwoLayer, Float[Tensor, " d"], Float[Tensor, " m"]]:
    """The network, input and target of the page's graph, in float64.

    >>> net, x, y = example()
    >>> forward_sweep(net, x, y).z
    tensor([0.5000, 0.7500], dtype=torch.float64)
    """
    numbers = [[[1.0, -1.0], [0.5, 1.5]], [0.0, -0.5], [[1.5, -1.0]], [0.25], [1.0, 0.5], [1.0]]
    *net, x, y = (torch.tensor(each, dtype=torch.float64) for each in numbers)
    return TwoLayer(*net), x, y


_ROWS = ("x", "z", "a", "f", "loss")
_BETWEEN = (
    (r"$z=W_1x+b_1$", r"$\bar x=W_1^{\top}\bar z$"),
    (r"$a=\sigma(z)$", r"$\bar z=\sigma'(z)\odot\bar a$"),
    (r"$f=W_2a+b_2$", r"$\bar a=W_2^{\top}\bar f$"),
    (r"$L=\frac{1}{2}\|f-y\|^2$", r"$\bar f=(f-y)\,\bar L$"),
)
_VALUE, _ADJOINT = figures.COLOURS[0], figures.COLOURS[1]


_GAP, _HALF_WIDTH, _HALF_HEIGHT = 1.25, 0.36, 0.29


@figures.style()
def data_flow_figure(values: Nodes, adjoints: Nodes) -> Figure:
    """The graph with the value and the adjoint of every node; at most three nodes a row, narrow enough for a phone."""
    if max(part.numel() for part in values) > 3:
        raise ValueError("values: the graph has room for at most three nodes a row")
    drawn = figures.figure(4.8, 7.4)
    axes = drawn.add_subplot(xlim=(-1.5, 3.1), ylim=(-4 * _GAP - 0.4, 0.75))
    axes.set_axis_off()
    axes.text(-1.45, 0.55, "values: down, solid", color=_VALUE, weight="bold")
    axes.text(0.85, 0.55, "adjoints: up, dashed", color=_ADJOINT, weight="bold")
    for row in range(4):
        _edges(axes, values, row)
        for text, colour, shift in zip(_BETWEEN[row], (_VALUE, _ADJOINT), (0.18, -0.18), strict=True):
            axes.text(1.55, -(row + 0.5) * _GAP + shift, text, color=colour, va="center")
    for row, name in enumerate(_ROWS):
        for place, value, adjoint, label in _row(values, adjoints, name):
            _node(axes, place, -row * _GAP, label, value, adjoint)
    return drawn


def _places(count: int) -> list[float]:
    return [0.0] if count == 1 else [-1.0 + 2.0 * i / (count - 1) for i in range(count)]


def _row(values: Nodes, adjoints: Nodes, name: str) -> list[tuple[float, float, float, str]]:
    numbers, slopes = (getattr(part, name).reshape(-1).tolist() for part in (values, adjoints))
    letter = "L" if name == "loss" else name
    labels = [f"${letter}$" if len(numbers) == 1 else f"${letter}_{i + 1}$" for i in range(len(numbers))]
    return list(zip(_places(len(numbers)), numbers, slopes, labels, strict=True))


def _node(axes: Axes, x: float, y: float, label: str, value: float, adjoint: float) -> None:
    corner = (x - _HALF_WIDTH, y - _HALF_HEIGHT)
    axes.add_patch(Rectangle(corner, 2 * _HALF_WIDTH, 2 * _HALF_HEIGHT, facecolor="none", edgecolor="black"))
    for text, colour, shift in (
        (label, "black", 0.18),
        (_number(value), _VALUE, 0.0),
        (_number(adjoint), _ADJOINT, -0.18),
    ):
        axes.text(x, y + shift, text, color=colour, ha="center", va="center")


def _number(value: float) -> str:
    return f"{value:.3f}".replace("-", "\N{MINUS SIGN}")


def _edges(axes: Axes, values: Nodes, row: int) -> None:
    """Arrows down and up between a row and the next; σ joins each unit with itself only."""
    above, below = (_places(getattr(values, _ROWS[i]).numel()) for i in (row, row + 1))
    pairs = zip(above, below, strict=True) if row == 1 else ((i, j) for i in above for j in below)
    top, bottom = -row * _GAP - _HALF_HEIGHT - 0.03, -(row + 1) * _GAP + _HALF_HEIGHT + 0.03
    for start, end in pairs:
        for shift, colour, dash, way in ((-0.09, _VALUE, "-", "->"), (0.09, _ADJOINT, "--", "<-")):
            arrow = {
                "arrowstyle": way,
                "color": colour,
                "linestyle": dash,
                "linewidth": 1.4,
                "shrinkA": 0,
                "shrinkB": 0,
            }
            axes.annotate("", (end + shift, bottom), (start + shift, top), arrowprops=arrow)
