"""Ensembles of plain and residual networks: gradients at initialisation, and training on spirals.

Shown on the page ``chapters/4-networks/residual-networks``. The networks of all kinds and one depth train at once.
What is kept within a process must not be changed in place.
"""

from __future__ import annotations

import functools

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn import functional

from mgai import settings
from mgai.networks import residual_networks as residual
from mgai.optimization.optimizers import adam_start, adam_step

#: The three kinds of network; :func:`coefficients` says what they are.
KINDS = ("plain", "residual", "scaled residual")
DEPTHS, WIDTH, DRAWN = (2, 8, 32), 12, 300
VARIANCES = (2.0, 1.0)  # He's weights before ReLU: a plain block keeps mean squares
_NETWORKS, _STEPS, _ARM = {"fast": 6, "full": 24}, {"fast": 120, "full": 1000}, {"fast": 50, "full": 200}
_FRESH, _RATE = 200, 0.01


def coefficients(kind: str, depth: int) -> tuple[float, float]:
    r"""The pair (c, s) of a kind: plain (0, 1), residual (1, 1), scaled residual (1, :math:`1/\sqrt L`).

    Raises ValueError for another kind.

    >>> coefficients("scaled residual", 4)
    (1.0, 0.5)
    """
    if kind not in KINDS:
        raise ValueError(f"kind must be one of {KINDS}, not {kind!r}")
    return (float(kind != "plain"), depth**-0.5 if kind == "scaled residual" else 1.0)


def n_networks() -> int:
    """How many networks of each kind and depth are trained in this profile."""
    return _NETWORKS[settings.profile()]


def initial_gradients(depth: int) -> dict[str, Float[Tensor, "layers networks"]]:
    """Squared gradients in every state, over the readout's, of 300 random networks of each kind; the same weights."""
    return _initial_gradients(depth, settings.seed())


@functools.lru_cache(maxsize=4)
def _initial_gradients(depth: int, _: int) -> dict[str, Tensor]:
    rng = settings.generator(f"residual/initial/{depth}")
    blocks = residual.random_blocks(rng, depth, WIDTH, WIDTH, (DRAWN,), VARIANCES)
    x, readout = torch.randn(2, DRAWN, WIDTH, dtype=torch.float64, generator=rng)
    return {
        kind: residual.gradient_squares(x, blocks, readout, *coefficients(kind, depth)) / readout.square().sum(-1)
        for kind in KINDS
    }


def accuracies(depth: int) -> dict[str, Float[Tensor, "networks two"]]:
    """Accuracy of each trained network on its training points and on fresh ones. Cost: 1 s for 18 of depth 32."""
    return _accuracies(depth, settings.seed(), settings.profile(), settings.device())


@functools.lru_cache(maxsize=8)
def _accuracies(depth: int, _: int, profile: str, device: torch.device) -> dict[str, Tensor]:
    rng, count = settings.generator(f"residual/train/{depth}"), n_networks()
    shown, labels, _ = residual.spirals(rng, _ARM[profile])
    fresh, fresh_labels, _ = residual.spirals(rng, _FRESH)
    pairs = torch.tensor([coefficients(kind, depth) for kind in KINDS]).repeat_interleave(count, 0)
    skip, scale = pairs.to(device)[:, :, None, None].unbind(1)
    start = {name: torch.cat([value] * len(KINDS), dim=int(name in residual.Blocks._fields)).to(device)
             for name, value in initial(rng, depth, count).items()}  # fmt: skip
    theta = train(start, shown.float().to(device), labels.to(device), skip, scale, _STEPS[profile])
    columns = []
    for x, y in ((shown, labels), (fresh, fresh_labels)):
        found = logits(theta, x.float().to(device), skip, scale).argmax(-1)
        columns.append((found == y.to(device)).double().mean(-1).cpu())
    return dict(zip(KINDS, torch.stack(columns, dim=1).chunk(len(KINDS)), strict=True))


def initial(generator: torch.Generator, depth: int, count: int) -> dict[str, Tensor]:
    """Weights of ``count`` networks in float32: a random lift of the plane to the width, blocks, a linear readout.

    >>> initial(torch.Generator(), 2, 3)["readout"].shape
    torch.Size([3, 3, 12])
    """
    blocks = residual.random_blocks(generator, depth, WIDTH, WIDTH, (count,), VARIANCES, torch.float32)
    lift, shift, readout = (
        torch.randn(count, *shape, generator=generator) for shape in ((WIDTH, 2), (1, WIDTH), (residual.N_ARMS, WIDTH))
    )
    return blocks._asdict() | {"lift": lift, "shift": shift, "readout": readout / WIDTH**0.5}


def logits(
    theta: dict[str, Tensor], x: Float[Tensor, "points 2"], skip: Tensor, scale: Tensor
) -> Float[Tensor, "networks points arms"]:
    """The networks' outputs: lift, blocks, readout."""
    lifted = x @ theta["lift"].mT + theta["shift"]
    last = residual.states(lifted, residual.Blocks(theta["first"], theta["second"]), skip, scale)[-1]
    return last @ theta["readout"].mT


def train(
    theta: dict[str, Tensor], x: Float[Tensor, "points 2"], labels: Int[Tensor, " points"], skip: Tensor,
    scale: Tensor, n_steps: int,
) -> dict[str, Tensor]:  # fmt: skip
    """Adam on the mean cross-entropy of all points; the sum over the networks, so that no network feels another.

    The rate falls linearly to zero. Cost: 3 forward passes a step.
    """
    state = adam_start(theta)
    for step in range(n_steps):
        leaves = {name: value.detach().requires_grad_() for name, value in theta.items()}
        out = logits(leaves, x, skip, scale)
        loss = functional.cross_entropy(out.flatten(0, 1), labels.repeat(len(out)), reduction="sum") / len(labels)
        slopes = torch.autograd.grad(loss, tuple(leaves.values()))
        with torch.no_grad():
            theta, state = adam_step(
                leaves, dict(zip(leaves, slopes, strict=True)), state, _RATE * (1 - step / n_steps)
            )
    return {name: value.detach() for name, value in theta.items()}
