r"""Paths of gradient descent from many starts at once, and of the flow that they follow.

Shown on the page ``chapters/3-optimization/gradient-descent-trajectories``. A loss is a function of tensors of shape
``(*batch, d)`` that returns one value for each point; starts and step sizes are batched, so that a sweep over both is
one computation.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import torch
from jaxtyping import Float, Int
from torch import Tensor

from mgai.optimization.steepest_descent import check_finite, check_hessian, check_vector

Loss = Callable[[Tensor], Tensor]


def gradients(loss: Loss) -> Loss:
    r"""The gradient of a batched loss at every point of a batch, in one backward pass.

    The derivative of the sum: no point's loss depends on another point.

    >>> gradients(lambda w: (w**2).sum(-1))(torch.tensor([[1.0, 2.0], [3.0, 4.0]]))
    tensor([[2., 4.],
            [6., 8.]])
    """
    return torch.func.grad(lambda points: loss(points).sum())


def descent_path(
    loss: Loss, starts: Float[Tensor, "*batch d"], step: float | Tensor, n_steps: int
) -> Float[Tensor, "n_points ..."]:
    r"""The points :math:`w_{t+1} = w_t - \eta\nabla f(w_t)` from many starts.

    Args:
        loss: batched.
        starts: one start for each entry of the batch.
        step: :math:`\eta > 0`, a number, or a tensor that broadcasts against ``starts``.
        n_steps: at least 0.

    Returns:
        ``n_steps + 1`` points for each start, the start first. Points that overflow become infinite or NaN.

    Raises:
        ValueError: a start is not finite, a step not positive and finite, or ``n_steps`` negative.

    Cost: one gradient of the batch a step; memory for all points.

    >>> descent_path(lambda w: (w**2).sum(-1) / 2, torch.tensor([[4.0]]), 0.5, 2).flatten()
    tensor([4., 2., 1.])
    """
    _check(starts, step, n_steps)
    slope, points = gradients(loss), [starts]
    for _ in range(n_steps):
        points.append(points[-1] - step * slope(points[-1]))
    return torch.stack(points)


def descent_end(
    loss: Loss, starts: Float[Tensor, "*batch d"], step: float | Tensor, n_steps: int
) -> Float[Tensor, "*batch d"]:
    """The last point of :func:`descent_path`, without storing the others.

    >>> descent_end(lambda w: (w**2).sum(-1) / 2, torch.tensor([[4.0]]), 0.5, 2)
    tensor([[1.]])
    """
    _check(starts, step, n_steps)
    slope, points = gradients(loss), starts
    for _ in range(n_steps):
        points = points - step * slope(points)
    return points


def flow_path(
    loss: Loss, starts: Float[Tensor, "*batch d"], time: float, n_steps: int
) -> Float[Tensor, "n_points ..."]:
    r"""The gradient flow :math:`\dot w = -\nabla f(w)` at equally spaced times, by the classical Runge-Kutta method.

    Args:
        loss: batched.
        starts: one start for each entry of the batch.
        time: where the flow ends, positive.
        n_steps: at least 1; the error falls like its fourth power.

    Raises:
        ValueError: a start is not finite, the time not positive and finite, or ``n_steps`` below 1.

    Source: Hairer, Nørsett and Wanner, Solving Ordinary Differential Equations I, section II.1.

    >>> end = flow_path(lambda w: (w**2).sum(-1) / 2, torch.ones(1, dtype=torch.float64), 1.0, 100)[-1]
    >>> round(float(end), 9)  # 1/e
    0.367879441
    """
    if n_steps < 1:
        raise ValueError(f"n_steps must be at least 1, not {n_steps}")
    _check(starts, time, n_steps, "time")
    slope = gradients(loss)
    points = [starts]
    for _ in range(n_steps):
        points.append(_runge_kutta(lambda w: -slope(w), points[-1], time / n_steps))
    return torch.stack(points)


def modified_loss(loss: Loss, step: float | Tensor) -> Loss:
    r"""The loss :math:`f+\frac\eta4\lVert\nabla f\rVert^2`, whose flow descent follows to second order in :math:`\eta`.

    Derived on the page (``thm-backward-error``).

    Args:
        loss: batched.
        step: :math:`\eta \ge 0`, a number, or a tensor that broadcasts against the losses of a batch.

    Raises:
        ValueError: a step is negative or not finite.

    Source: Barrett and Dherin, Implicit Gradient Regularization, 2021, theorem 3.1.

    >>> modified_loss(lambda w: (w**2).sum(-1) / 2, 0.4)(torch.tensor([1.0]))  # 1/2 + 0.1
    tensor(0.6000)
    """
    steps = torch.as_tensor(step)
    if not bool(((steps >= 0) & steps.isfinite()).all()):
        raise ValueError(f"step must not be negative, and finite, not {step}")
    slope = gradients(loss)
    return lambda points: loss(points) + step / 4 * slope(points).square().sum(-1)


def distances_from_flow(
    loss: Loss, starts: Float[Tensor, "n d"], time: float, counts: Sequence[int], share: float, n_flow: int = 200
) -> Float[Tensor, "k n"]:
    r"""How far descent with :math:`k` steps of size :math:`T/k` ends from the flow of the modified loss at time T.

    Args:
        loss: batched.
        starts: one row each.
        time: :math:`T > 0`.
        counts: the numbers of steps k.
        share: what part of :math:`\frac\eta4\lVert\nabla f\rVert^2` is added to the loss: 0 for the flow itself.
        n_flow: Runge-Kutta steps of the flow; all counts run as one batch.

    Raises:
        ValueError: as :func:`descent_path`, or no count is given.

    >>> start = torch.ones(1, 1, dtype=torch.float64)  # descent ends at 1/4 and 81/256, the flow at 1/e
    >>> distances_from_flow(lambda w: (w**2).sum(-1) / 2, start, 1.0, [2, 4], 0.0).flatten()
    tensor([0.1179, 0.0515], dtype=torch.float64)
    """
    if not counts or not 0 < time < math.inf:
        raise ValueError(f"there must be a count of steps, and time must be positive and finite, not {time}")
    steps = starts.new_tensor([share * time / count for count in counts])[:, None]
    many = starts.expand(len(counts), *starts.shape)
    flow = flow_path(modified_loss(loss, steps) if share else loss, many, time, n_flow)[-1]
    return (torch.stack([descent_end(loss, starts, time / count, count) for count in counts]) - flow).norm(dim=-1)


def contraction_factor(hessian: Float[Tensor, "d d"], step: float) -> float:
    r"""What one step leaves of the distance of two paths at most: :math:`\max_i|1-\eta\lambda_i|`.

    Below one if and only if the Hessian is positive definite and :math:`\eta<2/\lambda_{\max}`; attained along an
    eigenvector (``thm-contraction``).

    Raises ValueError when the matrix is not symmetric or the step not positive and finite.

    >>> contraction_factor(torch.diag(torch.tensor([1.0, 3.0])), 0.5)
    0.5
    """
    _check_curvature(hessian, step)
    return float((1 - step * torch.linalg.eigvalsh(hessian)).abs().max())


def arrival_direction(hessian: Float[Tensor, "d d"], step: float) -> Float[Tensor, " d"]:
    r"""The eigenvector with the largest :math:`|1-\eta\lambda_i|`: along it lies the last part of the path.

    That of :math:`\lambda_{\min}` for :math:`\eta<2/(\lambda_{\min}+\lambda_{\max})`, that of :math:`\lambda_{\max}`
    above. Its sign is that of the eigenvalue solver.

    Raises ValueError when the matrix is not symmetric or the step not positive and finite.

    >>> arrival_direction(torch.diag(torch.tensor([1.0, 3.0])), 0.6).abs()
    tensor([0., 1.])
    """
    _check_curvature(hessian, step)
    values, vectors = torch.linalg.eigh(hessian)
    return vectors[:, int((1 - step * values).abs().argmax())]


def descent_limit(
    hessian: Float[Tensor, "d d"], minimiser: Float[Tensor, " d"], starts: Float[Tensor, "*batch d"]
) -> Float[Tensor, "*batch d"]:
    r"""Where descent ends on a convex quadratic: at the minimiser nearest to the start, :math:`w^*+P_0(w_0-w^*)`.

    :math:`P_0` projects on the kernel of the Hessian; eigenvalues within rounding of zero, below
    :math:`d\,\varepsilon\lambda_{\max}`, count as zero.

    Args:
        hessian: symmetric positive semidefinite, not zero.
        minimiser: one of the minimisers.
        starts: any points.

    Raises:
        ValueError: an eigenvalue is negative, the matrix is zero, or shapes do not fit.

    >>> descent_limit(torch.diag(torch.tensor([1.0, 0.0])), torch.zeros(2), torch.tensor([5.0, 3.0]))
    tensor([0., 3.])
    """
    check_hessian(hessian)
    check_vector(hessian, minimiser, "minimiser")
    check_vector(hessian, starts, "starts")
    values, vectors = torch.linalg.eigh(hessian)
    rounding = len(values) * torch.finfo(values.dtype).eps * values[-1]
    if values[-1] <= 0 or values[0] < -rounding:
        raise ValueError("hessian must be positive semidefinite and not zero")
    kernel = vectors[:, values <= rounding]
    return minimiser + (starts - minimiser) @ kernel @ kernel.mT


def basin_of(
    ends: Float[Tensor, "*batch d"], minima: Float[Tensor, "k d"], radius: float = 1e-2
) -> Int[Tensor, "*batch"]:
    """The number of the minimum within ``radius`` of each end, -1 where there is none.

    Raises ValueError when there is no minimum or the radius is not positive.

    >>> basin_of(torch.tensor([[0.0], [1.0], [5.0]]), torch.tensor([[0.0], [1.0]]))
    tensor([ 0,  1, -1])
    """
    if len(minima) == 0 or not radius > 0:
        raise ValueError("there must be at least one minimum and a positive radius")
    distance, nearest = (ends.unsqueeze(-2) - minima).norm(dim=-1).nan_to_num(math.inf).min(-1)
    return torch.where(distance <= radius, nearest, -1)


def stable_manifold(
    loss: Loss, saddle: Float[Tensor, " 2"], length: float, n_steps: int = 400
) -> Float[Tensor, "two n_points 2"]:
    r"""The two branches of the curve from which the flow runs into a saddle in the plane: the border of the basins.

    Followed backwards from the saddle, uphill at unit speed, from a ten-thousandth of the length off along the
    eigenvector of the positive eigenvalue.

    Args:
        loss: batched, of two variables.
        saddle: a stationary point with eigenvalues of both signs.
        length: of each branch, positive.
        n_steps: Runge-Kutta steps.

    Raises:
        ValueError: the Hessian at ``saddle`` has not one positive and one negative eigenvalue, or the length is wrong.

    >>> saddle = torch.zeros(2, dtype=torch.float64)
    >>> curve = stable_manifold(lambda w: (w[..., 0] ** 2 - w[..., 1] ** 2) / 2, saddle, 2.0)
    >>> [round(abs(float(end)), 9) for end in curve[:, -1, 0]], float(curve[..., 1].abs().max()) < 1e-12
    ([2.0002, 2.0002], True)
    """
    _check(saddle, length, n_steps, "length")
    slope = gradients(loss)
    values, vectors = torch.linalg.eigh(torch.func.jacrev(slope)(saddle))
    if not values[0] < 0 < values[1]:
        raise ValueError(f"saddle: the Hessian there has the eigenvalues {values.tolist()}, not one of each sign")
    offset = 1e-4 * length * vectors[:, 1]
    points = [saddle + torch.stack([offset, -offset])]
    for _ in range(n_steps):
        points.append(_runge_kutta(lambda w: torch.nn.functional.normalize(slope(w), dim=-1), points[-1],
                                   length / n_steps))  # fmt: skip
    return torch.stack(points, dim=1)


def _runge_kutta(velocity: Loss, points: Tensor, span: float) -> Tensor:
    first = velocity(points)
    second = velocity(points + span / 2 * first)
    third = velocity(points + span / 2 * second)
    fourth = velocity(points + span * third)
    return points + span / 6 * (first + 2 * second + 2 * third + fourth)


def _check(starts: Tensor, step: float | Tensor, n_steps: int, name: str = "step") -> None:
    check_finite(starts, "starts")
    if starts.ndim == 0 or 0 in starts.shape:
        raise ValueError(f"starts must hold at least one point, not shape {tuple(starts.shape)}")
    steps = torch.as_tensor(step)
    if not bool(((steps > 0) & steps.isfinite()).all()):
        raise ValueError(f"{name} must be positive and finite, not {step}")
    if n_steps < 0:
        raise ValueError(f"n_steps must not be negative, not {n_steps}")


def _check_curvature(hessian: Tensor, step: float) -> None:
    check_hessian(hessian)
    if hessian.ndim != 2:
        raise ValueError(f"hessian must be one matrix, not of shape {tuple(hessian.shape)}")
    if not 0 < step < math.inf:
        raise ValueError(f"step must be positive and finite, not {step}")
