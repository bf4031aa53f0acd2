"""The figure of the page ``chapters/4-networks/small-convolutional-network``, and what it shows in words."""

from __future__ import annotations

import torch
from matplotlib.figure import Figure
from torch import Tensor

from mgai import figures
from mgai.networks.small_convolutional_network import counterexample, gradient, loss, printed_derivative

_REACH, _TANGENT = 0.6, 0.2


@figures.style()
def slopes_figure() -> Figure:
    """The loss against the first filter weight, with the line of the derivative and that of the printed one."""
    net, x, y = counterexample()
    drawn = figures.figure(6.6, 3.8)
    axes = drawn.add_subplot(xlabel="first filter weight $w_1$", ylabel="loss $(y^*-y)^2$")
    places = torch.linspace(-_REACH, _REACH, 121, dtype=torch.float64)
    near = torch.linspace(-_TANGENT, _TANGENT, 2, dtype=torch.float64)
    at_zero, (right, printed) = float(loss(net, x, y)), _slopes()
    axes.plot(places, _losses(places), color=figures.COLOURS[0], label="loss of the network")
    axes.plot(near, at_zero + right * near, "--", color=figures.COLOURS[2], label=f"derivative, slope {right:g}")
    axes.plot(near, at_zero + printed * near, "-.", color=figures.COLOURS[1], label=f"printed, slope {printed:g}")
    axes.plot(0, at_zero, "o", color=figures.COLOURS[6])
    axes.legend(loc="upper left", fontsize=9)
    return drawn


def slopes_alt() -> str:
    """What :func:`slopes_figure` shows, in words and numbers."""
    right, printed = _slopes()
    left, middle, end = _losses(torch.tensor([-_REACH, 0.0, _REACH], dtype=torch.float64)).tolist()
    return (
        f"The loss rises with the first filter weight, from {left:.3f} at {-_REACH} through {middle:.2f} at 0 to "
        f"{end:.3f} at {_REACH}. At 0 a dashed line of slope {right:g} touches it; a dash-dotted line of slope "
        f"{printed:g} crosses it downhill."
    )


def _slopes() -> tuple[float, float]:
    net, x, y = counterexample()
    return float(gradient(net, x, y).filter[0]), float(printed_derivative(net, x, y))


def _losses(places: Tensor) -> Tensor:
    net, x, y = counterexample()
    step = torch.tensor([1.0, 0.0], dtype=torch.float64)
    return torch.stack([loss(net._replace(filter=net.filter + place * step), x, y) for place in places])
