"""Checks answers to ``kaist-03``: Jacobian and weight gradient of a two-layer network, clipping by norm."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from mgai import settings
from mgai.answer_forms import array
from mgai.calculus.differentiation import central_jacobian
from mgai.calculus.gradient_clipping import clip_by_norm, clip_by_value, cosine
from mgai.tasks import Part, Property, Task, exceeds

_DIFFERENCES = 1e-7  # of central differences with a step of 6e-6, with a margin


def _networks() -> list[dict[str, Tensor]]:
    rng = settings.generator("grading/kaist-03")
    sizes = [(1, 1, 1), (2, 3, 2), (5, 4, 3)]
    return [
        {name: torch.randn(*shape, dtype=torch.float64, generator=rng)
         for name, shape in (("w1", (h, d)), ("w2", (m, h)), ("x", (d,)), ("g", (m,)))}
        for d, h, m in sizes
    ]  # fmt: skip


def _inputs_only() -> list[dict[str, Tensor]]:
    return [{name: case[name] for name in ("w1", "w2", "x")} for case in _networks()]


def _value(w1: Tensor, w2: Tensor, x: Tensor) -> Tensor:
    return w2 @ torch.tanh(w1 @ x)


def _differs(found: Tensor, wanted: Tensor, what: str) -> str:
    return exceeds(what, float((found - wanted).abs().max() / (1 + wanted.abs().max())), _DIFFERENCES)


def _jacobian_fits(j: Tensor, w1: Tensor, w2: Tensor, x: Tensor) -> str:
    moves = central_jacobian(lambda x: _value(w1, w2, x), x)
    return _differs(j, moves, "the deviation from differences of the outputs")


def _gradient_fits(gradient: Tensor, w1: Tensor, w2: Tensor, x: Tensor, g: Tensor) -> str:
    moves = central_jacobian(lambda flat: g @ _value(flat.reshape(w1.shape), w2, x), w1.flatten())
    return _differs(gradient.flatten(), moves, "the deviation from differences of the loss")


def _clips() -> list[dict[str, Any]]:
    rng = settings.generator("grading/kaist-03/clipping")
    long, short = torch.randn(2, 6, dtype=torch.float64, generator=rng)
    return [
        {"g": torch.tensor([5.0, 12.0], dtype=torch.float64), "c": 2.0},
        {"g": 100 * long, "c": 0.5},
        {"g": 1e-3 * short, "c": 0.5},
    ]


def _turned(clipped: Tensor, g: Tensor, c: float) -> str:
    if not bool(clipped.any()):
        return "a gradient that is not zero became zero"
    return exceeds("one minus the cosine of the angle", float(1 - cosine(g, clipped)), 1e-12)


def _length(clipped: Tensor, g: Tensor, c: float) -> str:
    apart = abs(float(clipped.norm()) / min(c, float(g.norm())) - 1)
    return exceeds("the relative error of the length", apart, 1e-5)  # frameworks add 1e-6 to the norm


_NETWORK: Mapping[str, str] = {
    "w1": "matrix of shape (h, d)",
    "w2": "matrix of shape (m, h)",
    "x": "vector of shape (d,)",
}

TASK = Task(
    "kaist-03",
    (
        Part(
            "weight-gradient",
            asks="The gradient of a loss in W₁ for f(x) = W₂ tanh(W₁ x), from the gradient g of the loss in f.",
            arguments={**_NETWORK, "g": "vector of shape (m,)"},
            form=array("a matrix of the shape of w1", lambda w1, w2, x, g: tuple(w1.shape)),
            cases=_networks,
            properties=(
                Property("differences", "it agrees with what small changes of W₁ do to the loss", _gradient_fits,
                         hint="go back through tanh with its slope at z = W₁ x"),
            ),
            right=(
                lambda w1, w2, x, g: torch.outer((1 - torch.tanh(w1 @ x) ** 2) * (w2.T @ g), x),
                lambda w1, w2, x, g: torch.diag(torch.cosh(w1 @ x) ** -2) @ w2.T @ g[:, None] @ x[None],
            ),
            near_misses={
                "the slope forgotten": (lambda w1, w2, x, g: torch.outer(w2.T @ g, x), "differences"),
                "the slope at a":
                    (lambda w1, w2, x, g:
                     torch.outer((1 - torch.tanh(torch.tanh(w1 @ x)) ** 2) * (w2.T @ g), x), "differences"),
                "the sign": (lambda w1, w2, x, g: -torch.outer((1 - torch.tanh(w1 @ x) ** 2) * (w2.T @ g), x),
                             "differences"),
            },
        ),
        Part(
            "jacobian",
            asks="The Jacobian of f(x) = W₂ tanh(W₁ x) in x.",
            arguments=_NETWORK,
            form=array("a matrix of shape (m, d)", lambda w1, w2, x: (w2.shape[0], w1.shape[1])),
            cases=_inputs_only,
            properties=(
                Property("differences", "it agrees with what small changes of x do to the outputs", _jacobian_fits,
                         hint="one matrix for each of the three steps, the last step leftmost"),
            ),
            right=(lambda w1, w2, x: w2 @ torch.diag(1 - torch.tanh(w1 @ x) ** 2) @ w1,),
            near_misses={
                "the slopes forgotten": (lambda w1, w2, x: w2 @ w1, "differences"),
                "the slopes at a":
                    (lambda w1, w2, x: w2 @ torch.diag(1 - torch.tanh(torch.tanh(w1 @ x)) ** 2) @ w1, "differences"),
            },
        ),
        Part(
            "clip-by-norm",
            asks="The gradient g clipped by its norm at the threshold c.",
            arguments={"g": "vector of shape (d,), not zero", "c": "a positive number"},
            form=array("a vector of the shape of g", lambda g, c: tuple(g.shape)),
            cases=_clips,
            properties=(
                Property("direction", "the direction is kept", _turned),
                Property("length", "a long gradient gets the length c, a short one keeps its own", _length),
            ),
            right=(clip_by_norm, lambda g, c: g * torch.clamp(c / (torch.linalg.norm(g) + 1e-12), max=1.0)),
            near_misses={
                "clipped by value": (clip_by_value, "direction"),
                "short ones stretched": (lambda g, c: c * g / torch.linalg.norm(g), "length"),
                "divided by the squared norm":
                    (lambda g, c: g * torch.clamp(c / g.square().sum(), max=1.0), "length"),
            },
        ),
    ),
    note="Questions 1 and 2 ask for explanations.",
)  # fmt: skip
