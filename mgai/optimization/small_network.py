r"""A regression problem with two losses: a convex one (a quadratic model) and that of a small network.

Shown on the page ``chapters/3-optimization/gradient-descent-trajectories``. The network has one hidden layer of
:math:`h` tanh units, :math:`f(x) = c + \sum_j a_j\tanh(w_j x + b_j)`; its parameters are one vector
:math:`\theta = (w_1..w_h, b_1..b_h, a_1..a_h, c)`. Everything is batched over leading axes of :math:`\theta`.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from mgai import settings
from mgai.optimization.steepest_descent import check_finite


def regression_data(
    generator: torch.Generator, n: int = 50, noise: float = 0.2
) -> tuple[Float[Tensor, " n"], Float[Tensor, " n"]]:
    r"""Equally spaced :math:`x` in [-2, 2] and :math:`y = 0.5 - x + 0.8x^2 + \varepsilon` in float64.

    Args:
        generator: draws the noise.
        n: at least 2.
        noise: standard deviation of :math:`\varepsilon`, not negative.

    Raises:
        ValueError: n or noise out of range.

    >>> x, y = regression_data(torch.Generator(), n=3, noise=0.0)
    >>> y
    tensor([5.7000, 0.5000, 1.7000], dtype=torch.float64)
    """
    if n < 2 or not noise >= 0:
        raise ValueError(f"n must be at least 2 and noise not negative, not {n} and {noise}")
    x = torch.linspace(-2, 2, n, dtype=torch.float64)
    return x, 0.5 - x + 0.8 * x**2 + noise * torch.randn(n, dtype=torch.float64, generator=generator)


def least_squares_hessian(design: Float[Tensor, "n d"]) -> Float[Tensor, "d d"]:
    r"""The Hessian :math:`X^\top X/n` of the loss :math:`\frac1{2n}\lVert Xw-y\rVert^2`, the same everywhere.

    Raises TypeError or ValueError unless the design is a finite floating-point matrix with at least one sample.

    >>> least_squares_hessian(torch.tensor([[1.0, 0.0], [1.0, 2.0]]))
    tensor([[1., 1.],
            [1., 2.]])
    """
    check_finite(design, "design")
    if design.ndim != 2 or 0 in design.shape:
        raise ValueError(f"design must be a matrix with at least one row and column, not {tuple(design.shape)}")
    return design.mT @ design / len(design)


def frozen_parameters(device: torch.device | str = "cpu") -> Float[Tensor, " 13"]:
    r"""The network of four units whose loss the page slices: the values at which the other eleven weights stand.

    The unit that moves has the bias 0.3; its two weights, here 1 and -1, are replaced point by point.
    """
    weights, biases, out = (1.0, 0.4, -0.3, 0.2), (0.3, -0.2, 0.1, 0.4), (-1.0, 0.3, -0.4, 0.2)
    return torch.tensor([*weights, *biases, *out, 1.3], dtype=torch.float64, device=device)


def example() -> tuple[Float[Tensor, " 13"], Float[Tensor, " n"], Float[Tensor, " n"]]:
    """The frozen parameters and the data of the page, drawn under the seed in force.

    >>> [tuple(t.shape) for t in example()]
    [(13,), (50,), (50,)]
    """
    return frozen_parameters(), *regression_data(settings.generator("landscape/data"))


def network(theta: Float[Tensor, "*batch p"], x: Float[Tensor, " n"]) -> Float[Tensor, "*batch n"]:
    r"""The outputs :math:`c + \sum_j a_j\tanh(w_jx+b_j)` of one network or of many.

    Args:
        theta: :math:`p = 3h+1` numbers in the order weights, biases, output weights, output bias.
        x: the inputs.

    Raises:
        ValueError: p is not 3h + 1 for some h of at least 1.

    >>> network(torch.tensor([0.0, 1.0, 2.0, 3.0]), torch.zeros(1))  # 3 + 2 tanh(1)
    tensor([4.5232])
    """
    w, b, a = theta[..., :-1].unflatten(-1, (3, _units(theta))).unbind(-2)
    hidden = torch.tanh(x[:, None] * w.unsqueeze(-2) + b.unsqueeze(-2))  # (*batch, n, h)
    return (hidden * a.unsqueeze(-2)).sum(-1) + theta[..., -1:]


def network_loss(
    theta: Float[Tensor, "*batch p"], x: Float[Tensor, " n"], y: Float[Tensor, " n"]
) -> Float[Tensor, "*batch"]:
    r"""Half the mean squared error :math:`\frac1{2n}\sum_i(f(x_i)-y_i)^2`.

    >>> network_loss(torch.tensor([0.0, 0.0, 0.0, 3.0]), torch.zeros(2), torch.tensor([1.0, 3.0]))
    tensor(1.)
    """
    return (network(theta, x) - y).square().mean(-1) / 2


def embedded(points: Float[Tensor, "*batch 2"], theta: Float[Tensor, " p"]) -> Float[Tensor, "*batch p"]:
    r"""Networks with :math:`(w_1, a_1)` from ``points`` and all other parameters from ``theta``.

    >>> embedded(torch.tensor([5.0, 6.0]), torch.tensor([0.0, 1.0, 2.0, 3.0]))
    tensor([5., 1., 6., 3.])
    """
    full = theta.expand(*points.shape[:-1], -1).clone()
    full[..., 0], full[..., 2 * _units(theta)] = points[..., 0], points[..., 1]
    return full


def left_over(theta: Float[Tensor, " p"], x: Float[Tensor, " n"], y: Float[Tensor, " n"]) -> Float[Tensor, " n"]:
    r"""What the first unit has to fit: :math:`r = y - f` with :math:`a_1 = 0`.

    >>> left_over(torch.tensor([0.0, 1.0, 2.0, 3.0]), torch.zeros(1), torch.ones(1))
    tensor([-2.])
    """
    return y - network(embedded(theta.new_zeros(2), theta), x)


def slice_loss(
    theta: Float[Tensor, " p"], x: Float[Tensor, " n"], y: Float[Tensor, " n"]
) -> Callable[[Tensor], Tensor]:
    r"""The loss on the plane of the first unit's two weights: :math:`\frac1{2n}\lVert r-v\tanh(ux+b)\rVert^2`.

    The same as :func:`network_loss` at the :func:`embedded` points, at the cost of one unit instead of all.

    Args:
        theta: the parameters; those that move are not used.
        x, y: the data.

    Returns:
        A function of points :math:`(u, v) = (w_1, a_1)` of shape ``(*batch, 2)``, one loss for each.

    >>> loss = slice_loss(torch.tensor([0.0, 0.0, 0.0, 1.0]), torch.tensor([0.0]), torch.tensor([3.0]))
    >>> loss(torch.tensor([[1.0, 2.0]]))
    tensor([2.])
    """
    r, bias = left_over(theta, x, y), theta[_units(theta)]

    def loss(points: Float[Tensor, "*batch 2"]) -> Float[Tensor, "*batch"]:
        return (r - points[..., 1:] * torch.tanh(points[..., :1] * x + bias)).square().mean(-1) / 2

    return loss


def symmetries(h: int) -> list[tuple[tuple[int, ...], tuple[int, ...]]]:
    r"""All :math:`2^h\,h!` orders and signs of the hidden units, which leave the network as it is.

    >>> symmetries(1), len(symmetries(4))
    ([((0,), (1,)), ((0,), (-1,))], 384)
    """
    if h < 1:
        raise ValueError(f"h must be at least 1, not {h}")
    return [(order, signs) for order in itertools.permutations(range(h))
            for signs in itertools.product((1, -1), repeat=h)]  # fmt: skip


def transformed(
    theta: Float[Tensor, "*batch p"], order: Sequence[int], signs: Sequence[int]
) -> Float[Tensor, "*batch p"]:
    r"""The same network with its units in another order, and with :math:`(w_j,b_j,a_j)\to(-w_j,-b_j,-a_j)` for some.

    Since tanh is odd, the outputs stay. The map is orthogonal: gradient descent commutes with it.

    Raises ValueError unless ``order`` is a permutation of the units and ``signs`` holds one sign for each.

    >>> transformed(torch.tensor([1.0, 2.0, 3.0, 4.0]), (0,), (-1,))
    tensor([-1., -2., -3.,  4.])
    """
    h = _units(theta)
    if sorted(order) != list(range(h)) or len(signs) != h or set(signs) - {-1, 1}:
        raise ValueError(f"order and signs must be a permutation of {h} units and a sign for each")
    units = theta[..., :-1].unflatten(-1, (3, h))[..., list(order)] * theta.new_tensor(signs)
    return torch.cat([units.flatten(-2), theta[..., -1:]], dim=-1)


def _units(theta: Tensor) -> int:
    h, rest = divmod(theta.shape[-1] - 1, 3)
    if h < 1 or rest:
        raise ValueError(f"theta must have 3h + 1 entries, not {theta.shape[-1]}")
    return h
