"""Checks answers to ``kaist-05``: where descent ends, how fast two paths meet, how noise spreads."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from mgai import settings
from mgai.answer_forms import array, number
from mgai.optimization.gradient_descent_trajectories import contraction_factor, descent_limit
from mgai.optimization.noise_and_saddles import noisy_variance
from mgai.tasks import Part, Property, Task, agrees, exceeds


def _quadratics() -> list[dict]:
    rng = settings.generator("grading/kaist-05")
    valley = torch.diag(torch.tensor([1.0, 0.0], dtype=torch.float64))
    design, goal, start = (torch.randn(*shape, dtype=torch.float64, generator=rng) for shape in ((3, 5), (5,), (5,)))
    square = torch.tensor([[2.0, 1.0], [1.0, 2.0]], dtype=torch.float64)
    return [
        {"hessian": valley, "minimiser": valley[0], "start": torch.tensor([4.0, 3.0], dtype=torch.float64)},
        {"hessian": square, "minimiser": valley[0], "start": 3 * square[1]},
        {"hessian": design.T @ design, "minimiser": goal, "start": start},
    ]


def _stationary(end: Tensor, hessian: Tensor, minimiser: Tensor, start: Tensor) -> str:
    return exceeds("the length of the gradient there", float((hessian @ (end - minimiser)).norm()), 1e-9)


def _unmoved(end: Tensor, hessian: Tensor, minimiser: Tensor, start: Tensor) -> str:
    values, vectors = torch.linalg.eigh(hessian)
    flat = vectors[:, values < 1e-9 * values[-1]]
    moved = float((flat.T @ (end - start)).norm())
    return exceeds("the part of end minus start to which no gradient contributes", moved, 1e-9)


def _least_norm(hessian: Tensor, minimiser: Tensor, start: Tensor) -> Tensor:
    return torch.linalg.pinv(hessian, hermitian=True, rtol=1e-9) @ (hessian @ minimiser)


def _steps() -> list[dict]:
    valley = torch.diag(torch.tensor([1.0, 4.0], dtype=torch.float64))
    root = torch.randn(4, 4, dtype=torch.float64, generator=settings.generator("grading/kaist-05/steps"))
    drawn = root @ root.T + torch.eye(4, dtype=torch.float64)
    scale = float(torch.linalg.eigvalsh(drawn)[-1])
    cases = [(valley, 0.1), (valley, 0.45), (drawn, 0.5 / scale), (drawn, 1.9999 / scale), (drawn, 2.5 / scale)]
    return [{"hessian": hessian, "step": step} for hessian, step in cases]


def _by_norm(hessian: Tensor, step: float) -> float:
    """The spectral norm of the matrix that a difference of two paths is multiplied by."""
    return float(torch.linalg.matrix_norm(torch.eye(len(hessian), dtype=hessian.dtype) - step * hessian, ord=2))


def _extreme(hessian: Tensor, which: int) -> float:
    return float(torch.linalg.eigvalsh(hessian)[which])


def _noises() -> list[dict]:
    cases = [(-1.0, 1.0, 1.0, 2), (-2.0, 0.1, 0.5, 10), (3.0, 0.2, 2.0, 4), (1.0, 0.5, 1.0, 1), (-0.5, 0.2, 1e-3, 60)]
    return [dict(zip(("eigenvalue", "step", "noise", "n_steps"), case, strict=True)) for case in cases]


def _by_recursion(eigenvalue: float, step: float, noise: float, n_steps: int) -> float:
    variance = 0.0
    for _ in range(n_steps):
        variance = (1 - step * eigenvalue) ** 2 * variance + (step * noise) ** 2
    return variance


TASK = Task(
    "kaist-05",
    (
        Part(
            "limit",
            asks="(1) Where descent with a small step ends on a convex quadratic whose Hessian may be singular.",
            arguments={
                "hessian": "symmetric positive semidefinite matrix of shape (d, d)",
                "minimiser": "one of the minimisers, of shape (d,)",
                "start": "vector of shape (d,)",
            },
            form=array("a vector of shape (d,)", lambda hessian, minimiser, start: start.shape),
            cases=_quadratics,
            properties=(
                Property("stationary", "the gradient vanishes there", _stationary),
                Property("unmoved", "what no gradient can change is as at the start", _unmoved,
                         hint="in which subspace do all gradients lie?"),
            ),
            right=(
                lambda hessian, minimiser, start: descent_limit(hessian, minimiser, start),
                lambda hessian, minimiser, start: start + torch.linalg.pinv(hessian, hermitian=True, rtol=1e-9)
                @ (hessian @ (minimiser - start)),
            ),
            near_misses={
                "the minimiser given": (lambda hessian, minimiser, start: minimiser, "unmoved"),
                "the minimiser of least norm": (_least_norm, "unmoved"),
                "the start": (lambda hessian, minimiser, start: start, "stationary"),
            },
        ),
        Part(
            "contraction",
            asks="(1) The smallest factor that bounds what one step leaves of the distance of any two paths.",
            arguments={"hessian": "symmetric positive definite matrix of shape (d, d)", "step": "the learning rate"},
            form=number("a factor"),
            cases=_steps,
            properties=(
                agrees("value", "it bounds the factors of all directions and one attains it", _by_norm, rtol=1e-9,
                       hint="what does one step do along an eigenvector?"),
            ),
            right=(contraction_factor,),
            near_misses={
                "the gentlest direction alone":
                    (lambda hessian, step: abs(1 - step * _extreme(hessian, 0)), "value"),
                "the steepest direction alone":
                    (lambda hessian, step: abs(1 - step * _extreme(hessian, -1)), "value"),
                "the best step's":
                    (lambda hessian, step: 1 - 2 / (1 + _extreme(hessian, -1) / _extreme(hessian, 0)), "value"),
            },
        ),
        Part(
            "spread",
            asks="(2) The variance of one component after some noisy steps from a stationary point.",
            arguments={
                "eigenvalue": "the curvature along the component, of any sign",
                "step": "the learning rate",
                "noise": "the standard deviation of the noise in the gradient",
                "n_steps": "the number of steps",
            },
            form=number("a variance"),
            cases=_noises,
            properties=(
                agrees("value", "it is what the steps add up to", _by_recursion, rtol=1e-9,
                       hint="how does one step change the variance?"),
            ),
            right=(noisy_variance,),
            near_misses={
                "one step too many":
                    (lambda eigenvalue, step, noise, n_steps: noisy_variance(eigenvalue, step, noise, n_steps + 1),
                     "value"),
                "noise not multiplied by the step":
                    (lambda eigenvalue, step, noise, n_steps:
                     noisy_variance(eigenvalue, step, noise / step, n_steps), "value"),
                "the diffusion's":
                    (lambda eigenvalue, step, noise, n_steps:
                     -step * noise**2 * math.expm1(-2 * eigenvalue * step * n_steps) / (2 * eigenvalue), "value"),
            },
        ),
    ),
    note="The explanations, the pictures and the basins of the network are yours to make.",
)  # fmt: skip
