"""The trainings of ``chapters/4-networks/effective-receptive-field``: depth and a harder task; where networks look.

All networks get the same steps and the same canvas of 12×12 (20×20 in the profile ``full``). On the easy task the digit
stands in the middle; on the harder one it stands anywhere. Network r sees the same digits on both, with every design.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import torch
from jaxtyping import Float
from torch import Tensor

from mgai import settings
from mgai.networks import cnn_capacity_experiments as capacity
from mgai.networks.cnn_capacity import Design, feature_maps, initial
from mgai.networks.cnn_ensembles import DTYPE, Labelled, train
from mgai.networks.effective_receptive_field import random_stack, squared_gradients

TASKS = ("in the middle", "anywhere")
BASE, WIDER, LARGER = (4, 3), (8, 3), (4, 5)  # filters and kernel
CHANGES, DEPTHS = (BASE, WIDER, LARGER), (1, 2)
NETWORKS, IMAGES, STEPS = 5, 1400, 100


@dataclass(frozen=True)
class Harder:
    """Test accuracies of shape (tasks, depths, changes, networks), and the parameters of each ensemble."""

    accuracy: Float[Tensor, "t d c s"]
    thetas: dict[tuple[int, int, int], tuple[Design, Tensor]]


def canvas_side() -> int:
    """The side of the canvas: 12, and 20 in the profile ``full``."""
    return 20 if settings.profile() == "full" else 12


def placed(sets: Labelled, anywhere: bool, label: str) -> Labelled:
    """Each image on an empty canvas: in the middle, or where a generator of this label puts it."""
    side, room = sets.images.shape[-1], canvas_side() - sets.images.shape[-1]
    middle = torch.full((*sets.labels.shape, 2), room // 2)
    drawn = torch.randint(room + 1, middle.shape, generator=settings.generator(label))
    corner = (drawn if anywhere else middle).to(sets.images.device)
    at = corner[..., None] + torch.arange(side, device=corner.device)  # (s, n, axis, pixel)
    canvas = sets.images.new_zeros(*sets.labels.shape, canvas_side(), canvas_side())
    first, second = (torch.arange(size, device=corner.device) for size in sets.labels.shape)
    canvas[first[:, None, None, None], second[:, None, None], at[:, :, 0, :, None], at[:, :, 1, None, :]] = sets.images
    return Labelled(canvas, sets.labels)


def harder() -> Harder:
    """Three designs, one and two convolutions a stage, both tasks. Cost: 4 s, the first time."""
    return _harder(_key())


@lru_cache(maxsize=2)
def _harder(_: tuple) -> Harder:
    n_networks, n_steps = (6, 300) if settings.profile() == "full" else (NETWORKS, STEPS)
    sets, test = capacity.training_sets(n_networks, IMAGES), capacity.test_set(n_networks)
    table, thetas = torch.empty(len(TASKS), len(DEPTHS), len(CHANGES), n_networks, dtype=torch.float64), {}
    for task in range(len(TASKS)):
        shown, judged = (placed(part, task == 1, f"erf/{use}") for part, use in ((sets, "train"), (test, "test")))
        for i, depth in enumerate(DEPTHS):
            for j, (filters, kernel) in enumerate(CHANGES):
                design = Design(filters, kernel, canvas_side(), depth)
                run = train(design, shown, judged, n_steps, "erf", 1)
                table[task, i, j], thetas[task, depth, j] = run.accuracies[-1], (design, run.theta)
    return Harder(table, thetas)


def looked_at(task: int, depth: int, change: int, trained: bool = True) -> Float[Tensor, "h w"]:
    """Squared gradients of the middle unit of the last convolution, summed over networks, channels and test images."""
    return _looked_at(task, depth, change, trained, _key()).clone()


@lru_cache(maxsize=32)
def _looked_at(task: int, depth: int, change: int, trained: bool, _: tuple) -> Tensor:
    design, theta = harder().thetas[task, depth, change]
    if not trained:
        theta = initial(design, [settings.generator(f"erf/start/{r}") for r in range(len(theta))], DTYPE)
    images = placed(capacity.test_set(len(theta)), task == 1, "erf/test").images[:, :50]
    found = squared_gradients(lambda x: feature_maps(design, theta, x), images)
    return found.sum((0, 1)).double().cpu()


def random_fields(kernel: int, depths: tuple[int, ...], n: int, with_relu: bool) -> dict[int, Float[Tensor, "h w"]]:
    """For each depth the squared gradients of random stacks of 8 channels, each of sum 1, their mean over n draws.

    A draw in which all units of some layer are off has no gradient and is left out.
    """
    found = {}
    for depth in depths:
        generator = settings.generator(f"erf/random/{kernel}/{depth}/{with_relu}")
        draws = [random_stack(depth, kernel, 8, generator, with_relu) for _ in range(n)]
        found[depth] = torch.stack([draw / draw.sum() for draw in draws if draw.any()]).mean(0)
    return found


def _key() -> tuple:
    """What a result depends on beside its arguments."""
    return (settings.seed(), settings.device(), settings.profile(), capacity.sources()[-1])
