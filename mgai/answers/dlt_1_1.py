"""Checks answers to ``dlt-1.1``: the step that minimises a quadratic risk along the negative gradient."""

from __future__ import annotations

import torch
from torch import Tensor

from mgai import settings
from mgai.answer_forms import number
from mgai.optimization.steepest_descent import optimal_step, worst_start
from mgai.optimization.steepest_descent_references import step_by_least_squares
from mgai.tasks import Part, Property, Task, agrees, exceeds


def _quadratics() -> list[dict]:
    plane = torch.tensor([[2.0, 0.0], [0.0, 8.0]], dtype=torch.float64)
    root = torch.randn(5, 5, dtype=torch.float64, generator=settings.generator("grading/dlt-1.1"))
    full, flat = root @ root.T + torch.eye(5, dtype=torch.float64), torch.diag(root[0].abs().sign() * 1.0)
    flat[0, 0] = 0.0  # a direction in which the risk is flat; no gradient has a part along it
    return [
        {"hessian": plane, "gradient": torch.tensor([1.0, 1.0], dtype=torch.float64)},
        {"hessian": plane, "gradient": plane @ worst_start(plane)},
        {"hessian": full, "gradient": root[1]},
        {"hessian": flat, "gradient": flat @ root[2]},
    ]


def _product(step: float, hessian: Tensor, gradient: Tensor) -> str:
    after = gradient - step * (hessian @ gradient)
    share = abs(float(after @ gradient / gradient.square().sum()))
    return exceeds("their product, over the squared old one,", share, 1e-10)


def _regressions() -> list[dict]:
    rng = settings.generator("grading/dlt-1.1/regression")
    small = torch.tensor([[1.0, 0.0], [1.0, 1.0], [1.0, 2.0]], dtype=torch.float64)
    drawn = torch.randn(12, 4, dtype=torch.float64, generator=rng)
    return [
        {"x": small, "y": small[:, 1] ** 2, "w": torch.zeros(2, dtype=torch.float64)},
        {"x": drawn, "y": torch.randn(12, dtype=torch.float64, generator=rng), "w": drawn[0]},
    ]


def _by_least_squares(x: Tensor, y: Tensor, w: Tensor) -> float:
    return step_by_least_squares(x, x @ w - y, 2 * x.T @ (x @ w - y) / len(y))


def _inner(x: Tensor, y: Tensor, w: Tensor) -> Tensor:
    return x.T @ (x @ w - y)


TASK = Task(
    "dlt-1.1",
    (
        Part(
            "optimal-step",
            asks="The learning rate that minimises a quadratic risk along the negative gradient.",
            arguments={"hessian": "symmetric matrix of shape (d, d)", "gradient": "vector of shape (d,), not zero"},
            form=number("a learning rate"),
            cases=_quadratics,
            properties=(
                Property("positive", "the step goes downhill", lambda step, hessian, gradient:
                         "" if step > 0 else "it is not positive"),
                Property("orthogonal", "the gradient after the step is orthogonal to the one before", _product,
                         hint="the gradient after a step η is g - ηHg"),
            ),
            right=(optimal_step, lambda hessian, gradient: gradient @ gradient / (gradient @ (hessian @ gradient))),
            near_misses={
                "the inverse of the largest eigenvalue":
                    (lambda hessian, gradient: 1 / torch.linalg.eigvalsh(hessian)[-1], "orthogonal"),
                "the best fixed step":
                    (lambda hessian, gradient: 2 / torch.linalg.eigvalsh(hessian)[[0, -1]].sum(), "orthogonal"),
                "the step to the shortest gradient":
                    (lambda hessian, gradient: gradient @ hessian @ gradient / (hessian @ gradient).square().sum(),
                     "orthogonal"),
                "a factor 2": (lambda hessian, gradient: optimal_step(hessian, gradient) / 2, "orthogonal"),
                "uphill": (lambda hessian, gradient: -optimal_step(hessian, gradient), "positive"),
            },
        ),
        Part(
            "mean-squared-error",
            asks="The same for the risk |Xw - y|² / n, at the point w.",
            arguments={"x": "matrix of shape (n, d)", "y": "vector of shape (n,)", "w": "vector of shape (d,)"},
            form=number("a learning rate"),
            cases=_regressions,
            properties=(
                agrees("value", "no other step along the gradient leaves a smaller error", _by_least_squares, rtol=1e-9,
                       because="rounding, with condition numbers below a thousand"),
            ),
            right=(
                lambda x, y, w: len(y) * _inner(x, y, w).square().sum() / 2 / (x @ _inner(x, y, w)).square().sum(),
            ),
            near_misses={
                "the factor 2 of the Hessian forgotten":
                    (lambda x, y, w: len(y) * _inner(x, y, w).square().sum() / (x @ _inner(x, y, w)).square().sum(),
                     "value"),
                "the number of samples forgotten":
                    (lambda x, y, w: _inner(x, y, w).square().sum() / 2 / (x @ _inner(x, y, w)).square().sum(),
                     "value"),
            },
        ),
    ),
    note="Question 1 is a derivation.",
)  # fmt: skip
