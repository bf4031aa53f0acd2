r"""Ensembles of small convolutional networks, trained at once on their own data and batches.

Used by ``chapters/4-networks/cnn-capacity`` and ``chapters/4-networks/effective-receptive-field``. Network r of every
design sees the same images in the same batches, so that two designs can be compared network by network.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor

from mgai import settings
from mgai.networks.cnn_capacity import Design, initial, logits
from mgai.optimization.optimizers import adam_start, adam_step

DTYPE = torch.float32  # training is no identity: half the time, and rounding is far below the noise of sampling
BATCH, RATE, WARM = 25, 0.03, 20  # images a step, largest rate of Adam, steps until it is reached


class Labelled(NamedTuple):
    """Images of shape (s, n, h, w) and labels (s, n): a set for each of s networks."""

    images: Float[Tensor, "s n h w"]
    labels: Int[Tensor, "s n"]


class Trained(NamedTuple):
    """Parameters (s, p); at each of the steps ``times`` the training loss since the last one and the test accuracy."""

    theta: Tensor
    times: list[int]
    losses: Float[Tensor, "t s"]
    accuracies: Float[Tensor, "t s"]


def train(design: Design, data: Labelled, test: Labelled | None, n_steps: int, label: str, n_looks: int = 5) -> Trained:
    r"""Adam on the cross-entropy, batches of 25, the rate rising for 20 steps to 0.03 and falling linearly to 0.

    Args:
        data: a training set for each network.
        test: judged at each look; None for no look.
        n_steps: positive.
        label: of the random numbers; start and order of network r depend on it and on r, the order not on the design.
        n_looks: how often the curves are taken, evenly over the steps.

    Raises:
        ValueError: no steps, or no looks.

    Cost: 3 × the design's multiplications × 25 for each network and step.

    >>> data = Labelled(torch.rand(2, 60, 8, 8), torch.zeros(2, 60, dtype=torch.int64))
    >>> train(Design(1, 3), data, data, 2, "doctest", 1).accuracies.shape
    torch.Size([1, 2])
    """
    if n_steps < 1 or not 1 <= n_looks <= n_steps:
        raise ValueError(f"n_steps={n_steps} and n_looks={n_looks} must be positive, with no more looks than steps")
    n_networks, n = data.labels.shape
    theta = initial(design, [settings.generator(f"{label}/start/{r}") for r in range(n_networks)], DTYPE)
    order = orders(n_networks, n, n_steps, label).to(theta.device)
    rows = torch.arange(n_networks, device=theta.device)[:, None]
    times = [n_steps * (i + 1) // n_looks for i in range(n_looks)]
    state, losses, curve, accuracies = adam_start(theta), [], [], []
    for step in range(n_steps):
        at = rows, order[:, step]
        theta.requires_grad_()
        loss = cross_entropy(logits(design, theta, data.images[at]), data.labels[at])
        gradient = torch.autograd.grad(loss.sum(), theta)[0]
        losses.append(loss.detach())
        theta, state = adam_step(theta.detach(), gradient, state, lr=rate(step, n_steps))
        if step + 1 in times:
            curve.append(torch.stack(losses).mean(0))
            accuracies.append(accuracy(design, theta, test) if test else torch.full_like(curve[-1], torch.nan))
            losses = []
    return Trained(theta, times, torch.stack(curve).cpu().double(), torch.stack(accuracies).cpu().double())


def rate(step: int, n_steps: int) -> float:
    """The rate of a step, counted from 0: a linear rise, times a linear fall.

    >>> round(rate(0, 100), 4), round(rate(50, 100), 4)
    (0.0015, 0.015)
    """
    return RATE * min(1.0, (step + 1) / WARM) * (1 - step / n_steps)


def orders(n_networks: int, n: int, n_steps: int, label: str) -> Int[Tensor, "s t b"]:
    """Which images each network sees in each step: whole passes in random order, the same for every design."""
    batch = min(BATCH, n)
    each = []
    for r in range(n_networks):
        generator = settings.generator(f"{label}/order/{r}")
        passes = [torch.randperm(n, generator=generator) for _ in range(-(-n_steps * batch // n))]
        each.append(torch.cat(passes)[: n_steps * batch].view(n_steps, batch))
    return torch.stack(each)


def cross_entropy(scores: Float[Tensor, "s n k"], labels: Int[Tensor, "s n"]) -> Float[Tensor, " s"]:
    """The mean cross-entropy of each network, in nats.

    >>> cross_entropy(torch.zeros(1, 3, 2), torch.zeros(1, 3, dtype=torch.int64))
    tensor([0.6931])
    """
    return -scores.log_softmax(-1).gather(-1, labels[..., None])[..., 0].mean(-1)


@torch.no_grad()
def judged(design: Design, theta: Tensor, data: Labelled) -> tuple[Float[Tensor, " s"], Float[Tensor, " s"]]:
    """The mean cross-entropy of each network on all of its images, and the share of them that it calls right."""
    scores = logits(design, theta, data.images)
    return cross_entropy(scores, data.labels), (scores.argmax(-1) == data.labels).to(scores.dtype).mean(-1)


def accuracy(design: Design, theta: Tensor, data: Labelled) -> Float[Tensor, " s"]:
    """The share of its images that each network calls right."""
    return judged(design, theta, data)[1]
