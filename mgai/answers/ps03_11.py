"""Checks answers to ``ps03-11``: the updates of momentum, Nesterov, Adagrad, Newton and Adam."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from mgai import settings
from mgai.answer_forms import array, number
from mgai.optimization.momentum_rates import momentum_limit
from mgai.optimization.optimizers import adagrad_step, adam_start, adam_step, look_ahead, newton_step
from mgai.tasks import Part, Property, Task, agrees


def _points() -> list[dict]:
    cases = [(1.0, 2.0, 0.1, 0.5), (0.0, -1.0, 0.3, 0.9), (3.0, 0.5, 1.0, 0.0)]
    return [dict(zip(("theta", "v", "alpha", "beta"), case, strict=True)) for case in cases]


def _ahead(theta: float, v: float, alpha: float, beta: float) -> float:
    """By the sum in place of the average: its velocity is v / (1 - β), its learning rate α (1 - β)."""
    point, velocity = (torch.tensor(x, dtype=torch.float64) for x in (theta, v / (1 - beta)))
    return float(look_ahead(point, velocity, alpha * (1 - beta), beta))


def _largest(beta: float, curvature: float) -> float:
    return momentum_limit(beta) / ((1 - beta) * curvature)


def _histories() -> list[dict]:
    drawn = torch.randn(7, dtype=torch.float64, generator=settings.generator("grading/ps03-11"))
    tensors = [torch.tensor(values, dtype=torch.float64) for values in ([2.0], [3.0, 4.0], [1.0, 1.0, -1.0])]
    return [{"gradients": gradients, "alpha": 0.5} for gradients in (*tensors, drawn)]


def _after_adagrad(gradients: Tensor, alpha: float) -> float:
    theta = squares = gradients.new_zeros(())
    for g in gradients:
        theta, squares = adagrad_step(theta, g, squares, lr=alpha, eps=0.0)
    return float(theta)


def _after_adam(gradients: Tensor, alpha: float, correct: bool = True) -> float:
    theta = gradients.new_zeros(())
    state = adam_start(theta)
    for g in gradients:
        theta, state = adam_step(theta, g, state, lr=alpha, eps=0.0, correct=correct)
    return float(theta)


def _adam_by_sums(gradients: Tensor, alpha: float, late: int = 0) -> float:
    """Adam from its averages as weighted sums, with the exponents of the correction ``late`` steps behind."""
    total = 0.0
    for t in range(1, len(gradients) + 1):
        m = sum(0.1 * 0.9 ** (t - i) * float(gradients[i - 1]) for i in range(1, t + 1))
        v = sum(0.001 * 0.999 ** (t - i) * float(gradients[i - 1]) ** 2 for i in range(1, t + 1))
        total -= alpha * m / (1 - 0.9 ** (t + late)) / math.sqrt(v / (1 - 0.999 ** (t + late)))
    return total


def _models() -> list[dict]:
    root = torch.randn(3, 3, dtype=torch.float64, generator=settings.generator("grading/ps03-11/newton"))
    eye = torch.eye(3, dtype=torch.float64)
    small = torch.tensor([[2.0, 0.0], [0.0, -4.0]], dtype=torch.float64)
    return [
        {"theta": torch.ones(2, dtype=torch.float64), "gradient": small[0] + small[1], "hessian": small},
        {"theta": root[0], "gradient": root[1], "hessian": root @ root.T + eye},
    ]


def _stationary(answer: Tensor, theta: Tensor, gradient: Tensor, hessian: Tensor) -> str:
    left = float((gradient + hessian @ (answer - theta)).norm() / gradient.norm())
    return "" if left <= 1e-10 else "the gradient of the quadratic model is not zero there"


_HISTORY = {"gradients": "one gradient a step, shape (t,), none of them zero", "alpha": "the learning rate"}

TASK = Task(
    "ps03-11",
    (
        Part(
            "look-ahead",
            asks="The point where Nesterov's method takes the gradient, when velocities are averages of gradients.",
            arguments={"theta": "the parameter", "v": "the velocity", "alpha": "learning rate", "beta": "momentum"},
            form=number("a point"),
            cases=_points,
            properties=(
                agrees("value", "it is where momentum leads when the next gradient is zero", _ahead, rtol=1e-12,
                       hint="write down the next displacement of momentum without the gradient"),
            ),
            right=(lambda theta, v, alpha, beta: theta - alpha * beta * v,),
            near_misses={
                "the velocity without its factor": (lambda theta, v, alpha, beta: theta - alpha * v, "value"),
                "backwards": (lambda theta, v, alpha, beta: theta + alpha * beta * v, "value"),
            },
        ),
        Part(
            "largest-rate",
            asks="The learning rate α up to which the momentum of the exercise converges on ½λθ².",
            arguments={"beta": "momentum", "curvature": "λ"},
            form=number("a learning rate"),
            cases=lambda: [{"beta": 0.0, "curvature": 1.0}, {"beta": 0.5, "curvature": 1.0},
                           {"beta": 0.9, "curvature": 4.0}],
            properties=(
                agrees("value", "the step is stable just below it and not just above", _largest, rtol=1e-9,
                       hint="write one step as a matrix; when is an eigenvalue -1?"),
            ),
            right=(lambda beta, curvature: 2 * (1 + beta) / (1 - beta) / curvature,),
            near_misses={
                "that of gradient descent": (lambda beta, curvature: 2 / curvature, "value"),
                "for a sum of gradients": (lambda beta, curvature: 2 * (1 + beta) / curvature, "value"),
            },
        ),
        Part(
            "adagrad",
            asks="Where Adagrad has taken a parameter from 0, with ε = 0.",
            arguments=_HISTORY,
            form=number("a parameter"),
            cases=_histories,
            properties=(
                agrees("value", "it is where the steps lead", _after_adagrad, rtol=1e-10,
                       hint="the present gradient is in the sum already"),
            ),
            right=(lambda gradients, alpha: float(-alpha * (gradients / gradients.square().cumsum(0).sqrt()).sum()),),
            near_misses={
                "no root": (lambda gradients, alpha: float(-alpha * (gradients / gradients.square().cumsum(0)).sum()),
                            "value"),
                "a mean": (lambda gradients, alpha: float(-alpha * (gradients / (gradients.square().cumsum(0) / (
                    torch.arange(len(gradients), dtype=torch.float64) + 1)).sqrt()).sum()), "value"),
            },
        ),
        Part(
            "newton",
            asks="The point after one full Newton step.",
            arguments={"theta": "shape (d,)", "gradient": "shape (d,)", "hessian": "invertible, shape (d, d)"},
            form=array("a point of shape (d,)", lambda theta, gradient, hessian: theta.shape),
            cases=_models,
            properties=(Property("stationary", "it is the stationary point of the quadratic model", _stationary),),
            right=(newton_step, lambda theta, gradient, hessian: theta - torch.linalg.inv(hessian) @ gradient),
            near_misses={
                "uphill":
                    (lambda theta, gradient, hessian: theta + torch.linalg.solve(hessian, gradient), "stationary"),
                "not inverted": (lambda theta, gradient, hessian: theta - hessian @ gradient, "stationary"),
            },
        ),
        Part(
            "adam",
            asks="Where Adam has taken a parameter from 0, with β₁ = 0.9, β₂ = 0.999 and ε = 0.",
            arguments=_HISTORY,
            form=number("a parameter"),
            cases=_histories,
            properties=(
                agrees("value", "it is where the steps lead", _after_adam, rtol=1e-10,
                       because="rounding, 1 - 0.999ᵗ being known to 1e-13", hint="what is t in the first step?"),
            ),
            right=(_adam_by_sums,),
            near_misses={
                "no correction": (lambda gradients, alpha: _after_adam(gradients, alpha, correct=False), "value"),
                "one step late": (lambda gradients, alpha: _adam_by_sums(gradients, alpha, 1), "value"),
            },
        ),
        Part(
            "weights",
            asks="The sum of the weights in Adam's average of t gradients.",
            arguments={"beta": "the decay of the average", "t": "how many gradients"},
            form=number("a sum of weights"),
            cases=lambda: [{"beta": 0.5, "t": 1}, {"beta": 0.9, "t": 4}, {"beta": 0.999, "t": 10}],
            properties=(
                agrees("value", "it is the sum", lambda beta, t: sum((1 - beta) * beta**k for k in range(t)),
                       rtol=1e-11, hint="unroll the recursion and add up"),
            ),
            right=(lambda beta, t: 1 - beta**t,),
            near_misses={
                "what is missing": (lambda beta, t: beta**t, "value"),
                "one gradient less": (lambda beta, t: 1 - beta ** (t - 1), "value"),
            },
        ),
    ),
    note="Each question also asks for an explanation.",
)  # fmt: skip
