"""Checks answers to ``ps03-12``: gradient descent on a quadratic error, along the eigenvectors of the Hessian."""

from __future__ import annotations

import torch
from torch import Tensor

from mgai import settings
from mgai.answer_forms import number
from mgai.optimization.gradient_descent_in_the_eigenbasis import (
    best_fixed_step,
    gradient_descent,
    largest_stable_step,
    learned_share,
)
from mgai.tasks import Part, Property, Task, agrees


def _components() -> list[dict]:
    cases = [(1.0, 2.0, 0.5, 3), (4.0, -1.0, 0.25, 1), (3.0, 1.0, 0.5, 4), (0.2, 5.0, 0.1, 50), (2.0, 1.0, 0.3, 0)]
    return [dict(zip(("eigenvalue", "goal", "rate", "n_steps"), case, strict=True)) for case in cases]


def _by_iteration(eigenvalue: float, goal: float, rate: float, n_steps: int) -> float:
    """The component by taking the steps, one after the other."""
    alone = torch.tensor([[eigenvalue]], dtype=torch.float64), torch.tensor([goal], dtype=torch.float64)
    return float(gradient_descent(*alone, rate, n_steps)[-1])


def _hessians() -> list[dict]:
    root = torch.randn(4, 4, dtype=torch.float64, generator=settings.generator("grading/ps03-12"))
    small = torch.tensor([[3.0, 1.0], [1.0, 3.0]], dtype=torch.float64)
    return [{"hessian": small}, {"hessian": root @ root.T + torch.eye(4, dtype=torch.float64)}]


def _slowest(rate: float, hessian: Tensor) -> float:
    """What one step leaves of the slowest component."""
    return float((1 - rate * torch.linalg.eigvalsh(hessian)).abs().max())


def _at_the_edge(rate: float, hessian: Tensor) -> str:
    left = _slowest(rate, hessian)
    return "" if abs(left - 1) < 1e-9 else f"some component {'grows' if left > 1 else 'still shrinks'} there"


def _best(rate: float, hessian: Tensor) -> str:
    left = _slowest(rate, hessian)
    beside = min(_slowest(rate * factor, hessian) for factor in (1 - 1e-6, 1 + 1e-6))
    return "" if left < beside else "a rate close by leaves less of the slowest component"


TASK = Task(
    "ps03-12",
    (
        Part(
            "component",
            asks="The component of the weight vector along one eigenvector after a number of steps from the origin.",
            arguments={
                "eigenvalue": "that of the eigenvector",
                "goal": "the component of the minimiser along it",
                "rate": "the learning rate",
                "n_steps": "the number of steps, 0 or more",
            },
            form=number("a component"),
            cases=_components,
            properties=(
                agrees("value", "it is where the steps lead", _by_iteration, rtol=1e-10, atol=1e-14,
                       hint="the distance from the goal is multiplied by the same number in each step"),
            ),
            right=(lambda eigenvalue, goal, rate, n_steps:
                   goal * float(learned_share(torch.tensor(eigenvalue, dtype=torch.float64), rate, n_steps)),),
            near_misses={
                "the distance in place of the component":
                    (lambda eigenvalue, goal, rate, n_steps: goal * (1 - rate * eigenvalue) ** n_steps, "value"),
                "one step too many":
                    (lambda eigenvalue, goal, rate, n_steps:
                     goal - goal * (1 - rate * eigenvalue) ** (n_steps + 1), "value"),
                "the rate of the flow":
                    (lambda eigenvalue, goal, rate, n_steps:
                     goal * (1 - 2.718281828459045 ** (-rate * eigenvalue * n_steps)), "value"),
                "first order": (lambda eigenvalue, goal, rate, n_steps: goal * rate * eigenvalue * n_steps, "value"),
            },
        ),
        Part(
            "largest-rate",
            asks="The bound below which every learning rate converges, from the Hessian.",
            arguments={"hessian": "symmetric positive definite matrix of shape (d, d)"},
            form=number("a learning rate"),
            cases=_hessians,
            properties=(Property("edge", "there, and not before, a component ceases to shrink", _at_the_edge),),
            right=(largest_stable_step,),
            near_misses={
                "the inverse of the largest eigenvalue": (lambda hessian: largest_stable_step(hessian) / 2, "edge"),
                "the smallest eigenvalue": (lambda hessian: 2 / torch.linalg.eigvalsh(hessian)[0], "edge"),
                "the trace": (lambda hessian: 2 / hessian.trace(), "edge"),
            },
        ),
        Part(
            "best-rate",
            asks="The fixed learning rate that leaves least of the slowest component.",
            arguments={"hessian": "symmetric positive definite matrix of shape (d, d)"},
            form=number("a learning rate"),
            cases=_hessians,
            properties=(Property("best", "no rate close by is better", _best,
                                 hint="compare the factors of the two extreme eigenvalues"),),
            right=(lambda hessian: best_fixed_step(hessian)[0],),
            near_misses={
                "the inverse of the largest eigenvalue": (lambda hessian: largest_stable_step(hessian) / 2, "best"),
                "a hundredth too large": (lambda hessian: 1.01 * best_fixed_step(hessian)[0], "best"),
            },
        ),
    ),
    note="The proof by induction and the conditions are yours to write.",
)  # fmt: skip
