r"""One step of each optimiser as a pure function: parameters, gradient and state in, parameters and state out.

Shown on the page ``chapters/3-optimization/optimizers``. Parameters are a tensor, or a dictionary, list or tuple of
parameters; gradients and states have the same structure and shapes. A hyperparameter is a number, or a tensor whose
axes are the *leading* axes of every parameter: with parameters stacked along a first axis, a sweep over ``n`` learning
rates is one computation with ``lr`` of shape ``(n,)``. NaN and infinity pass through, so that one run which diverges
does not stop the others.

>>> theta, velocity = torch.tensor([[1.0], [1.0]]), torch.zeros(2, 1)  # two runs from one start
>>> momentum_step(theta, 2 * theta, velocity, lr=torch.tensor([0.1, 0.5]), beta=0.9)[0]
tensor([[0.8000],
        [0.0000]])
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from mgai.optimization.adaptive_rates import bias_corrected
from mgai.optimization.parameter_trees import Number, Tree, check_step, lead, tree_map


class AdamState(NamedTuple):
    """Adam's memory: averages of gradients and of their squares, and how many gradients are in them."""

    first: Tree
    second: Tree
    count: int


def path(
    step: Callable[..., tuple[Tensor, Any]],
    theta: Tensor,
    gradient: Callable[[Tensor], Tensor],
    state: Any,
    n_steps: int,
    **options: Number,
) -> Float[Tensor, n_points * shape]:
    """The points from ``theta`` on that a step visits: the step is given the gradient at each, and its own state.

    Raises ValueError when ``n_steps`` is negative, and what the step raises.

    >>> path(momentum_step, torch.ones(1), lambda p: p, torch.zeros(1), 2, lr=0.5, beta=0.0).flatten()
    tensor([1.0000, 0.5000, 0.2500])
    """
    if n_steps < 0:
        raise ValueError(f"n_steps must not be negative, not {n_steps}")
    points = [theta]
    for _ in range(n_steps):
        given = gradient if step is nesterov_step else gradient(points[-1])
        moved, state = step(points[-1], given, state, **options)
        points.append(moved)
    return torch.stack(points)


def zeros(theta: Tree) -> Tree:
    """The state of every step but Adam's before the first gradient: zeros of the parameters' structure.

    >>> zeros({"bias": torch.ones(2)})
    {'bias': tensor([0., 0.])}
    """
    return tree_map(torch.zeros_like, theta)


def adam_start(theta: Tree) -> AdamState:
    """Adam's state before the first gradient.

    >>> adam_start(torch.ones(1))
    AdamState(first=tensor([0.]), second=tensor([0.]), count=0)
    """
    return AdamState(zeros(theta), zeros(theta), 0)


def momentum_step(theta: Tree, gradient: Tree, velocity: Tree, lr: Number, beta: Number) -> tuple[Tree, Tree]:
    r"""Momentum (heavy ball): :math:`v^+ = \beta v + g`, :math:`\theta^+ = \theta - \eta v^+`; new point and velocity.

    That is :math:`\theta_{t+1}=\theta_t-\eta g+\beta(\theta_t-\theta_{t-1})`. The average
    :math:`v^+ = \beta v + (1-\beta) g` with the rate :math:`\alpha` takes the same steps with
    :math:`\eta = \alpha(1-\beta)`. Derived on the page ``chapters/3-optimization/optimizers``. Formula ``cs-11-13``.

    Args:
        theta: floating point.
        gradient: at ``theta``, of the same structure and shapes.
        velocity: zeros before the first step.
        lr: :math:`\eta > 0`.
        beta: in [0, 1).

    Raises:
        TypeError: a parameter is no floating-point tensor.
        ValueError: structures or shapes differ, or a hyperparameter is out of range or has other leading axes.

    Cost: O(number of parameters). Source: Polyak (1964).

    >>> momentum_step(torch.tensor([1.0]), torch.tensor([2.0]), torch.tensor([1.0]), lr=0.1, beta=0.5)
    (tensor([0.7500]), tensor([2.5000]))
    """
    check_step({"gradient": gradient, "velocity": velocity}, theta, lr, beta=beta)
    velocity = tree_map(lambda v, g: lead(beta, v) * v + g, velocity, gradient)
    return tree_map(lambda p, v: p - lead(lr, p) * v, theta, velocity), velocity


def look_ahead(theta: Tree, velocity: Tree, lr: Number, beta: Number) -> Tree:
    r"""Where momentum alone would carry the parameters: :math:`\theta - \eta\beta v`.

    With velocities that are averages of gradients it is :math:`\theta-\alpha\beta v`: the factor :math:`\beta` stays.
    Arguments as for :func:`momentum_step`.

    >>> look_ahead(torch.tensor([1.0]), torch.tensor([1.0]), lr=0.1, beta=0.5)
    tensor([0.9500])
    """
    check_step({"velocity": velocity}, theta, lr, beta=beta)
    return tree_map(lambda p, v: p - lead(lr, p) * lead(beta, p) * v, theta, velocity)


def nesterov_step(
    theta: Tree, gradient: Callable[[Tree], Tree], velocity: Tree, lr: Number, beta: Number
) -> tuple[Tree, Tree]:
    r"""Nesterov's step: :math:`v^+ = \beta v + \nabla f(\theta-\eta\beta v)`, :math:`\theta^+ = \theta - \eta v^+`.

    ``gradient`` is the function :math:`\nabla f`; the rest is as for :func:`momentum_step`. `torch.optim.SGD` with
    ``nesterov=True`` stores the points of :func:`look_ahead` in place of :math:`\theta`.
    Derived on the page ``chapters/3-optimization/optimizers``. Formula ``cs-11-14``. Source: Nesterov (1983).

    >>> nesterov_step(torch.tensor([1.0]), lambda p: 2 * p, torch.tensor([1.0]), lr=0.1, beta=0.5)
    (tensor([0.7600]), tensor([2.4000]))
    """
    return momentum_step(theta, gradient(look_ahead(theta, velocity, lr, beta)), velocity, lr, beta)


def adagrad_step(theta: Tree, gradient: Tree, squares: Tree, lr: Number, eps: Number = 1e-10) -> tuple[Tree, Tree]:
    r"""Adagrad: :math:`s^+ = s + g^2`, :math:`\theta^+ = \theta - \alpha g/(\sqrt{s^+}+\epsilon)`, entry by entry.

    Arguments, returns and raises as for :func:`momentum_step`; ``squares`` is the sum :math:`s`, zeros at the start,
    and ``eps`` is not negative. With ``eps=0`` the first step is :math:`-\alpha\operatorname{sign}g`, and an entry
    whose gradients have all been zero becomes NaN. Formula ``cs-11-15``. Source: Duchi, Hazan and Singer (2011).

    >>> adagrad_step(torch.tensor([1.0, 1.0]), torch.tensor([3.0, 0.1]), torch.tensor([16.0, 0.0]), lr=0.5)[0]
    tensor([0.7000, 0.5000])
    """
    check_step({"gradient": gradient, "squares": squares}, theta, lr, eps=eps)
    squares = tree_map(lambda s, g: s + g.square(), squares, gradient)
    return tree_map(lambda p, g, s: p - _scaled(g, s, lr, eps), theta, gradient, squares), squares


def rmsprop_step(
    theta: Tree, gradient: Tree, squares: Tree, lr: Number, beta: Number = 0.99, eps: Number = 1e-8
) -> tuple[Tree, Tree]:
    r"""RMSProp: :math:`s^+ = \beta s + (1-\beta) g^2`, :math:`\theta^+ = \theta - \alpha g/(\sqrt{s^+}+\epsilon)`.

    Arguments, returns and raises as for :func:`adagrad_step`; ``squares`` is the average :math:`s`, ``beta`` in [0, 1).
    Nothing corrects the start at zero: the first step is :math:`\alpha/\sqrt{1-\beta}` long.
    Formula ``cs-11-16``. Source: Tieleman and Hinton (2012).

    >>> rmsprop_step(torch.tensor([1.0]), torch.tensor([4.0]), torch.tensor([0.0]), lr=0.5, beta=0.75)[0]
    tensor([0.])
    """
    check_step({"gradient": gradient, "squares": squares}, theta, lr, beta=beta, eps=eps)
    squares = tree_map(lambda s, g: _average(s, g.square(), beta), squares, gradient)
    return tree_map(lambda p, g, s: p - _scaled(g, s, lr, eps), theta, gradient, squares), squares


def adam_step(
    theta: Tree,
    gradient: Tree,
    state: AdamState,
    lr: Number,
    beta1: Number = 0.9,
    beta2: Number = 0.999,
    eps: Number = 1e-8,
    correct: bool = True,
) -> tuple[Tree, AdamState]:
    r"""Adam: :math:`\theta^+ = \theta - \alpha\hat m/(\sqrt{\hat v}+\epsilon)` with bias-corrected averages.

    .. math:: m^+ = \beta_1 m + (1-\beta_1) g,\quad v^+ = \beta_2 v + (1-\beta_2) g^2,\quad
        \hat m = \frac{m^+}{1-\beta_1^t},\quad \hat v = \frac{v^+}{1-\beta_2^t}

    :math:`t` counts the gradients, this one included. Derived on the page ``chapters/3-optimization/optimizers``.
    Formula ``cs-11-17``.

    Args:
        theta, gradient: as for :func:`momentum_step`.
        state: :func:`adam_start` before the first step.
        lr: :math:`\alpha > 0`.
        beta1, beta2: in [0, 1).
        eps: not negative.
        correct: whether the averages are corrected; without it the first steps are longer by default.

    Raises:
        TypeError, ValueError: as :func:`momentum_step`, or the state counts fewer than no gradients.

    Cost: O(number of parameters). Source: Kingma and Ba (2015), algorithm 1.

    >>> adam_step(torch.tensor([1.0]), torch.tensor([0.01]), adam_start(torch.tensor([1.0])), lr=0.25)[0]
    tensor([0.7500])
    """
    check_step({"gradient": gradient, "first": state.first, "second": state.second}, theta, lr,
           beta1=beta1, beta2=beta2, eps=eps)  # fmt: skip
    first = tree_map(lambda m, g: _average(m, g, beta1), state.first, gradient)
    second = tree_map(lambda v, g: _average(v, g.square(), beta2), state.second, gradient)
    count = state.count + 1
    if count < 1:
        raise ValueError(f"state counts {state.count} gradients")
    mean, square = (bias_corrected(a, b, count) if correct else a for a, b in ((first, beta1), (second, beta2)))
    moved = tree_map(lambda p, m, v: p - _scaled(m, v, lr, eps), theta, mean, square)
    return moved, AdamState(first, second, count)


def newton_step(
    theta: Float[Tensor, "*#batch d"],
    gradient: Float[Tensor, "*#batch d"],
    hessian: Float[Tensor, "*#batch d d"],
    lr: Number = 1.0,
) -> Float[Tensor, "*shape"]:
    r"""Newton's step :math:`\theta^+ = \theta - \alpha H^{-1}g`, by solving :math:`Hx=g`, not by an inverse.

    It goes to the stationary point of the quadratic model, be that a minimum, a saddle or a maximum.
    Derived on the page ``chapters/3-optimization/optimizers``.

    Args:
        theta, gradient: vectors.
        hessian: invertible.
        lr: :math:`\alpha > 0`; 1 is the full step.

    Raises:
        TypeError, ValueError: shapes do not fit, ``lr`` is not positive, or a Hessian is exactly singular.

    Cost: O(d³) a vector.

    >>> newton_step(torch.tensor([3.0, 1.0]), torch.tensor([6.0, 8.0]), torch.diag(torch.tensor([2.0, 8.0])))
    tensor([0., 0.])
    """
    check_step({}, [theta, gradient, hessian], lr)
    if not theta.shape[-1:] == gradient.shape[-1:] == hessian.shape[-1:] == hessian.shape[-2:-1] != ():
        raise ValueError(f"hessian of shape {tuple(hessian.shape)} does not fit gradient {tuple(gradient.shape)}")
    direction, info = torch.linalg.solve_ex(hessian, gradient.unsqueeze(-1))
    if bool((info != 0).any()):
        raise ValueError("hessian is singular: its quadratic model has no single stationary point")
    return theta - lead(lr, theta) * direction.squeeze(-1)


def _average(average: Tensor, new: Tensor, beta: Number) -> Tensor:
    return lead(beta, average) * average + lead(1 - beta, average) * new


def _scaled(gradient: Tensor, squares: Tensor, lr: Number, eps: Number) -> Tensor:
    return lead(lr, gradient) * gradient / (squares.sqrt() + lead(eps, gradient))
