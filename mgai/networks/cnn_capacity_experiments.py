"""The trainings of ``chapters/4-networks/cnn-capacity``: filters and kernels, less data, random labels; kept.

Network r of every design has the same training images, in the same order, so that designs are compared pair by pair.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

from mgai import data, settings
from mgai.networks.cnn_capacity import Design
from mgai.networks.cnn_ensembles import DTYPE, Labelled, accuracy, judged, train

FILTERS, KERNELS = (1, 2, 4, 8, 16), (1, 3, 5, 7)
NETWORKS, IMAGES, STEPS = 5, 500, 80
FEW, FEW_STEPS = 50, 80


@dataclass(frozen=True)
class Sweep:
    """The whole grid; axes: filters, kernels, networks, and for the curves also looks (before the networks).

    train_loss, train_accuracy, test_accuracy: after the last step, on all images of each set.
    curve_loss: mean training loss between looks; curve_accuracy: test accuracy at each look.
    """

    times: list[int]
    train_loss: Float[Tensor, "f k s"]
    train_accuracy: Float[Tensor, "f k s"]
    test_accuracy: Float[Tensor, "f k s"]
    curve_loss: Float[Tensor, "f k t s"]
    curve_accuracy: Float[Tensor, "f k t s"]


@dataclass(frozen=True)
class Gaps:
    """Kernel 3: accuracies of shape (setting, filters, networks); the settings in words."""

    settings: tuple[str, str, str]
    train_accuracy: Float[Tensor, "c f s"]
    test_accuracy: Float[Tensor, "c f s"]


def side() -> int:
    """The side of the images: 8, and 14 in the profile ``full``, where MNIST is averaged over blocks of 2×2."""
    return 14 if settings.profile() == "full" else 8


def sizes() -> tuple[int, int, int]:
    """Networks of each design, training images of each, steps; more in the profile ``full``."""
    return (8, 2000, 300) if settings.profile() == "full" else (NETWORKS, IMAGES, STEPS)


def sources() -> tuple[Tensor, Tensor, Tensor, Tensor, str]:
    """Images and labels to train on and to test on, and where they come from.

    >>> [tuple(part.shape) for part in sources()[:4]]
    [(1442, 8, 8), (1442,), (355, 8, 8), (355,)]
    """
    read = data.mnist if settings.profile() == "full" else data.digits
    found: list[Tensor] = []
    for split in ("train", "test"):
        part = read(split)
        images = part.images.to(DTYPE)
        if images.shape[-1] > side():
            images = functional.avg_pool2d(images[:, None], 2)[:, 0]
        found += [images, part.labels]
    return *found, part.provenance


def training_sets(n_networks: int, n: int) -> Labelled:
    """For each network its own n images to train on; a smaller n gives the first of them."""
    images, labels, *_ = sources()
    generators = [settings.generator(f"cnn/subset/{r}") for r in range(n_networks)]
    chosen = torch.stack([torch.randperm(len(labels), generator=each)[:n] for each in generators])
    return _moved(images[chosen], labels[chosen])


def test_set(n_networks: int) -> Labelled:
    """The images that no network trains on, the same for all (at most 1,000)."""
    _, _, images, labels, _ = sources()
    return _moved(*(part[:1000].expand(n_networks, *part[:1000].shape) for part in (images, labels)))


def _moved(images: Tensor, labels: Tensor) -> Labelled:
    return Labelled(images.to(settings.device()), labels.to(settings.device()))


def relabelled(sets: Labelled) -> Labelled:
    """The same images with labels drawn at random, each of ten classes alike: nothing about them can be learned."""
    rows = [
        torch.randint(10, sets.labels.shape[1:], generator=settings.generator(f"cnn/labels/{r}"))
        for r in range(len(sets.labels))
    ]
    return Labelled(sets.images, torch.stack(rows).to(sets.labels.device))


def sweep() -> Sweep:
    """Every number of filters with every kernel. Do not change it in place. Cost: 4 s, the first time."""
    return _sweep(_key())


@lru_cache(maxsize=2)
def _sweep(_: tuple) -> Sweep:
    n_networks, n, n_steps = sizes()
    sets, test = training_sets(n_networks, n), test_set(n_networks)
    rows: list[list[list[Tensor]]] = []
    times: list[int] = []
    for filters in FILTERS:
        rows.append([])
        for kernel in KERNELS:
            design = Design(filters, kernel, side())
            run = train(design, sets, test, n_steps, "cnn/sweep", 4)
            ends = [_double(found) for found in judged(design, run.theta, sets)]
            rows[-1].append([*ends, run.accuracies[-1], run.losses, run.accuracies])
            times = run.times
    stacked = [torch.stack([torch.stack([cell[i] for cell in row]) for row in rows]) for i in range(5)]
    return Sweep(times, *stacked)


def gaps() -> Gaps:
    """Kernel 3 on all, on few images, and on few with random labels. Cost: 2 s, the first time, beside the sweep."""
    return _gaps(_key())


@lru_cache(maxsize=2)
def _gaps(_: tuple) -> Gaps:
    whole, column = sweep(), KERNELS.index(3)
    n_networks = whole.train_loss.shape[-1]
    few, test = training_sets(n_networks, FEW), test_set(2 * n_networks)
    both = Labelled(*(torch.cat(pair) for pair in zip(few, relabelled(few), strict=True)))
    trained, tested = [], []
    for filters in FILTERS:
        design = Design(filters, 3, side())
        theta = train(design, both, None, FEW_STEPS, "cnn/few", 1).theta
        for kept, on in ((trained, both), (tested, test)):
            kept.append(_double(accuracy(design, theta, on)).view(2, n_networks))
    few_images = [torch.stack(each, dim=1) for each in (trained, tested)]
    all_images = (whole.train_accuracy[:, column], whole.test_accuracy[:, column])
    names = f"{sizes()[1]} images", f"{FEW} images", f"{FEW} images, random labels"
    return Gaps(names, *(torch.cat([one[None], two]) for one, two in zip(all_images, few_images, strict=True)))


def _double(values: Tensor) -> Tensor:
    return values.double().cpu()


def _key() -> tuple:
    """What a result depends on beside its arguments."""
    return (settings.seed(), settings.device(), settings.profile(), sources()[-1])
