"""Softmax regressions and small networks trained on samples of a known law, many at once; exact losses along the way.

Shown on the page ``chapters/6-information/entropy-along-training``. Test losses are no sample means but those of a
quadrature of the law.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from mgai import settings
from mgai.information import entropy_along_training as law

N_NETWORKS, WIDTH, RATE = 24, 24, 0.02
SAMPLES = {"regression": 200, "network": 40}
STEPS = (0, 1, 2, 4, 7, 11, 17, 26, 40, 60, 90, 140, 210, 320, 480, 720)
Parameters = dict[str, Tensor]


@dataclass(frozen=True)
class Course:
    """What was recorded along training; rows are checkpoints (:data:`STEPS`), columns networks. In nats.

    training: cross-entropy on the sample; certainty: mean entropy of predictions there. loss, entropy, of_mean: the
    cross-entropy under the law, the mean entropy of predictions and the entropy of the mean prediction. errors: the
    share of wrong decisions under the law. logits: under the law, at the end.
    """

    training: Tensor
    certainty: Tensor
    loss: Tensor
    entropy: Tensor
    of_mean: Tensor
    errors: Tensor
    logits: Tensor


def initial(kind: str, generator: torch.Generator, n_networks: int = N_NETWORKS) -> Parameters:
    """Parameters at the start: the output layer is zero, hidden weights and biases are normal.

    Raises ValueError for a kind other than ``regression`` and ``network``.

    >>> {name: tuple(value.shape) for name, value in initial("regression", torch.Generator(), 2).items()}
    {'w': (2, 2, 3), 'b': (2, 1, 3)}
    """
    if kind not in SAMPLES:
        raise ValueError(f"kind must be one of {', '.join(SAMPLES)}, not {kind!r}")
    inputs, k = (2, len(law.SHARES)) if kind == "regression" else (WIDTH, len(law.SHARES))
    theta = {"w": torch.zeros(n_networks, inputs, k), "b": torch.zeros(n_networks, 1, k)}
    if kind == "network":
        theta["v"] = torch.randn(n_networks, 2, WIDTH, dtype=torch.float64, generator=generator)
        theta["c"] = torch.randn(n_networks, 1, WIDTH, dtype=torch.float64, generator=generator)
    return {name: value.double() for name, value in theta.items()}


def logits(theta: Parameters, x: Float[Tensor, "*networks n 2"]) -> Float[Tensor, "networks n k"]:
    """The outputs of every network: linear in x, or in tanh(xV + c) where there is a hidden layer.

    >>> logits(initial("network", torch.Generator(), 2), torch.ones(5, 2).double()).abs().max()
    tensor(0., dtype=torch.float64)
    """
    hidden = torch.tanh(x @ theta["v"] + theta["c"]) if "v" in theta else x
    return hidden @ theta["w"] + theta["b"]


def course(kind: str) -> Course:
    """The :class:`Course` of 24 regressions (200 points each) or networks (40 points each) under Adam; memoised.

    Raises ValueError for another kind. Cost: 1 s, the first time.
    """
    if kind not in SAMPLES:
        raise ValueError(f"kind must be one of {', '.join(SAMPLES)}, not {kind!r}")
    return _course(kind, settings.seed(), settings.device())


@functools.lru_cache(maxsize=4)
def _course(kind: str, seed: int, device: torch.device) -> Course:
    rng = settings.generator(f"entropy-along-training/{kind}", seed)
    x, labels = law.sample(rng, SAMPLES[kind], (N_NETWORKS,))
    x, joint = x.to(device), law.labelled(labels).to(device)
    theta = {name: value.to(device).requires_grad_() for name, value in initial(kind, rng).items()}
    grid = tuple(part.to(device) for part in law.quadrature(0.3, 9.0))
    optimizer = torch.optim.Adam(theta.values(), lr=RATE)
    records = []
    for step in range(STEPS[-1] + 1):
        if step in STEPS:
            records.append(_record(theta, x, joint, *grid))
        optimizer.zero_grad()
        (-(joint * logits(theta, x).log_softmax(-1)).sum()).backward()  # networks share nothing: one sum trains all
        optimizer.step()
    columns = [torch.stack(column).cpu() for column in zip(*(r[:-1] for r in records), strict=True)]
    return Course(*columns, records[-1][-1].cpu())


@torch.no_grad()
def _record(theta: Parameters, x: Tensor, joint: Tensor, points: Tensor, weights: Tensor) -> tuple[Tensor, ...]:
    """The entries of a :class:`Course` at one step."""
    here, outputs = logits(theta, x).log_softmax(-1), logits(theta, points)
    there = outputs.log_softmax(-1)
    entropies = law.prediction_entropies(weights, there)
    right = weights.expand(len(there), -1, -1).gather(-1, there.argmax(-1, keepdim=True)).sum((-2, -1))
    return (
        law.mean_loss(joint, here), law.prediction_entropies(joint, here).mean,
        law.mean_loss(weights, there), entropies.mean, entropies.of_mean, 1 - right, outputs,
    )  # fmt: skip
