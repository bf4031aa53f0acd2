"""The optimisers of torch, the matrix of a step, counts of steps: what claims and tests compare our own steps with.

Used on the pages ``chapters/3-optimization/optimizers`` and ``chapters/3-optimization/momentum-and-adaptive-methods``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from mgai.optimization.optimizers import adam_start, adam_step
from mgai.optimization.steepest_descent import excess_risk


def torch_path(
    kind: type[torch.optim.Optimizer],
    theta: Tensor,
    gradient: Callable[[Tensor], Tensor],
    n_steps: int,
    **options: Any,
) -> Float[Tensor, n_points * shape]:
    """The points from ``theta`` on that an optimiser of torch visits when it is given the gradient at each of them.

    >>> torch_path(torch.optim.SGD, torch.ones(1), lambda p: p, 2, lr=0.5).flatten()
    tensor([1.0000, 0.5000, 0.2500])
    """
    leaf = theta.clone().requires_grad_()
    optimizer, points = kind([leaf], **options), [theta]
    for _ in range(n_steps):
        leaf.grad = gradient(leaf.detach().clone())
        optimizer.step()
        points.append(leaf.detach().clone())
    return torch.stack(points)


def step_matrix(step: Callable[..., tuple[Tensor, Tensor]], product: float, beta: float) -> Float[Tensor, "2 2"]:
    r"""The matrix of a step on :math:`\tfrac12\theta^2`, from (parameter, velocity) to the next, by differentiation.

    ``step(theta, velocity, lr, beta)`` returns both; ``product`` is the learning rate.

    >>> step_matrix(lambda p, v, lr, beta: (p - lr * (beta * v + p), beta * v + p), 0.5, 0.9)
    tensor([[ 0.5000, -0.4500],
            [ 1.0000,  0.9000]], dtype=torch.float64)
    """

    def state(both: Tensor) -> Tensor:
        return torch.stack(step(both[0], both[1], product, beta))

    return torch.autograd.functional.jacobian(state, torch.zeros(2, dtype=torch.float64))


def steps_of_adam(
    hessians: Float[Tensor, "problems 2 2"],
    starts: Float[Tensor, "n 2"],
    rates: Float[Tensor, " rates"],
    most: int = 1500,
) -> Float[Tensor, "problems n"]:
    """How many steps Adam needs for a thousandth of the start's excess risk, at the best of several learning rates.

    All problems, starts and rates run as one computation. Infinite where no rate arrives within ``most`` steps.

    >>> eye, rates = torch.eye(2, dtype=torch.float64), torch.tensor([0.05, 0.1], dtype=torch.float64)
    >>> bool((steps_of_adam(eye[None], torch.ones(1, 2, dtype=torch.float64), rates) < 50).all())
    True
    """
    shape = (len(rates), len(hessians), *starts.shape)
    theta = starts.expand(shape).clone()
    state, matrices = adam_start(theta), hessians[None, :, None]
    goal = 1e-3 * excess_risk(matrices, theta)
    counts = torch.full(shape[:-1], torch.inf, dtype=theta.dtype, device=theta.device)
    for t in range(1, most + 1):
        theta, state = adam_step(theta, torch.einsum("...ij,...j->...i", matrices, theta), state, lr=rates)
        arrived = excess_risk(matrices, theta) <= goal
        counts = torch.where(arrived & counts.isinf(), float(t), counts)
    return counts.amin(0)
