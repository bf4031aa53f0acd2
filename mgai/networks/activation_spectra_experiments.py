"""Trained and untrained ensembles of small networks, and what the clouds of their activations look like.

Shown on the page ``chapters/4-networks/activation-spectra``. All networks of one start differ only in what they are
shown. What is kept within a process must not be changed in place.
"""

from __future__ import annotations

import functools
import itertools
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from mgai import data, settings
from mgai.networks import activation_ensemble as ensemble
from mgai.networks import activation_spectra as spectra
from mgai.networks.intrinsic_dimension import pooled_dimension

#: What the networks of each condition are shown: how many images (None: all), and whether their labels are random.
CONDITIONS = {"all": (None, False), "300": (300, False), "100": (100, False), "100 at random": (100, True)}
UNTRAINED = "untrained"
MEASURES = ("participation ratio", "TwoNN", "between-class share")
LAST = "ReLU 3"  # the last hidden layer
_NETWORKS, _STEPS = {"fast": 6, "full": 12}, {"fast": 300, "full": 1000}
_MOST_TEST_IMAGES, _CLASS_AXES = 400, ensemble.N_CLASSES - 1


@dataclass(frozen=True)
class Trained:
    """Networks of every condition, the images with their true labels, and what each network was shown."""

    networks: dict[str, ensemble.Parameters]
    seen: dict[str, list[Tensor]]
    shown_labels: dict[str, Tensor]
    train_images: Tensor
    test_images: Tensor
    test_labels: Tensor
    provenance: str


def n_networks() -> int:
    """How many networks each condition has in this profile."""
    return _NETWORKS[settings.profile()]


def trained() -> Trained:
    """All networks after training, untrained ones included; in float32. Cost: 2 s for 24 networks on one core."""
    return _trained(*_key())


@functools.lru_cache(maxsize=2)
def _trained(*_: object) -> Trained:
    source = data.digits if settings.profile() == "fast" else data.mnist
    train, test = source("train"), source("test")
    device, count = settings.device(), n_networks()
    rng = settings.generator("activation-spectra/networks")
    start = ensemble.initial(rng, count, train.images.shape[1])
    order = [torch.randperm(len(train), generator=rng) for _ in range(count)]
    shuffled = torch.stack([train.labels[torch.randperm(len(train), generator=rng)] for _ in range(count)])
    seen = {name: [each[:size] for each in order] for name, (size, _) in CONDITIONS.items()}
    labels = {
        name: shuffled if random else train.labels.expand_as(shuffled) for name, (_, random) in CONDITIONS.items()
    }
    everyone = {name: value.repeat(len(CONDITIONS), *[1] * (value.ndim - 1)) for name, value in start.items()}
    after = ensemble.train(
        {name: value.to(device) for name, value in everyone.items()}, train.images, [*itertools.chain(*seen.values())],
        torch.cat(list(labels.values())), rng, _STEPS[settings.profile()],
    )  # fmt: skip
    parts = [{name: value.chunk(len(CONDITIONS))[i] for name, value in after.items()} for i in range(len(CONDITIONS))]
    networks = {UNTRAINED: {name: value.to(device) for name, value in start.items()}} | dict(
        zip(CONDITIONS, parts, strict=True)
    )
    kept = torch.randperm(len(test), generator=rng)[:_MOST_TEST_IMAGES]
    return Trained(networks, seen, labels, train.images, test.images[kept], test.labels[kept], test.provenance)


def clouds(condition: str, images: Float[Tensor, "*networks n h w"]) -> dict[str, Float[Tensor, "networks n units"]]:
    """The activations of every stage in float64 on the CPU, one row for each image, units flattened."""
    theta = {name: value.double() for name, value in trained().networks[condition].items()}
    found = ensemble.activations(theta, images.to(theta["dense"].device, torch.float64))
    return {stage: value.flatten(2).cpu() for stage, value in found.items()}


def depth_profile(condition: str, on: str = "test") -> dict[str, Float[Tensor, "networks stages"]]:
    """The three :data:`MEASURES` at every stage, on test images or on as many training images of each network.

    Args:
        condition: a key of :data:`CONDITIONS`, or :data:`UNTRAINED`.
        on: ``test`` or ``train``, the latter for ``all`` only.

    Do not change them in place: they are kept. Cost: 0.3 s for 6 networks, the first time.
    """
    return _depth_profile(condition, on, *_key())


@functools.lru_cache(maxsize=8)
def _depth_profile(condition: str, on: str, *_: object) -> dict[str, Tensor]:
    nets = trained()
    images, labels = nets.test_images, nets.test_labels
    if on == "train":
        own = nets.seen["all"][0][: len(labels)]
        images, labels = nets.train_images[own], nets.shown_labels["all"][0][own]
    measured = {measure: [] for measure in MEASURES}
    for cloud in clouds(condition, images).values():
        measured["participation ratio"].append(spectra.sample_participation_ratio(cloud))
        measured["TwoNN"].append(pooled_dimension(cloud))
        measured["between-class share"].append(spectra.between_class_share(cloud, labels))
    return {name: torch.stack(values, dim=1) for name, values in measured.items()}


def shares(condition: str) -> dict[str, Float[Tensor, "networks r"]]:
    """The shares of the variance along the principal axes before and after each ReLU, on test images, descending."""
    return _shares(condition, *_key())


@functools.lru_cache(maxsize=8)
def _shares(condition: str, *_: object) -> dict[str, Tensor]:
    found = clouds(condition, trained().test_images)
    return {stage: variance_shares(found[stage]) for pair in ensemble.RECTIFIED for stage in pair}


def variance_shares(x: Float[Tensor, "*batch n d"]) -> Float[Tensor, "*batch r"]:
    """Descending shares of variance of many clouds, from the smaller Gram matrix: below 1e-15 they are rounding."""
    shifted = x - x.mean(-2, keepdim=True)
    gram = shifted @ shifted.mT if x.shape[-2] < x.shape[-1] else shifted.mT @ shifted
    values = torch.linalg.eigvalsh(gram).flip(-1).clamp_min(0)
    return values / values.sum(-1, keepdim=True)


def seen_and_fresh(condition: str) -> dict[str, Float[Tensor, "networks two"]]:
    """What the last hidden layer does with images that its network was shown, and with as many that it was not.

    Columns: own images with the labels shown, test images with their true labels. Rows of the dictionary: accuracy,
    participation ratio, between-class share, share of the variance along the nine leading axes of the *own* images.
    """
    return _seen_and_fresh(condition, *_key())


@functools.lru_cache(maxsize=8)
def _seen_and_fresh(condition: str, *_: object) -> dict[str, Tensor]:
    nets, shown = trained(), CONDITIONS[condition][0]
    n = min(len(nets.test_labels), shown or len(nets.test_labels))
    own = torch.stack([each[:n] for each in nets.seen[condition]])
    labels = nets.shown_labels[condition].gather(1, own), nets.test_labels[:n].expand(len(own), n)
    found = [clouds(condition, images) for images in (nets.train_images[own], nets.test_images[:n])]
    axes = torch.linalg.svd(_centred(found[0][LAST]), full_matrices=False)[2][:, :_CLASS_AXES]
    columns = {"accuracy": [], "participation ratio": [], "between-class share": [], "own nine axes": []}
    for cloud, label in zip(found, labels, strict=True):
        columns["accuracy"].append(ensemble.accuracy(cloud["logits"], label))
        columns["participation ratio"].append(spectra.sample_participation_ratio(cloud[LAST]))
        separate = [spectra.between_class_share(x, y) for x, y in zip(cloud[LAST], label, strict=True)]
        columns["between-class share"].append(torch.stack(separate))
        shifted = _centred(cloud[LAST])
        along = (shifted @ axes.mT).square().sum((1, 2)) / shifted.square().sum((1, 2))
        columns["own nine axes"].append(along)
    return {name: torch.stack(values, dim=1) for name, values in columns.items()}


def quartiles(values: Float[Tensor, "networks ..."]) -> Float[Tensor, "three ..."]:
    """Lower quartile, median and upper quartile over the networks.

    >>> quartiles(torch.tensor([1.0, 2.0, 3.0, 4.0, 5.0]))
    tensor([2., 3., 4.])
    """
    return torch.quantile(values, values.new_tensor([0.25, 0.5, 0.75]), dim=0)


def _centred(x: Tensor) -> Tensor:
    return x - x.mean(-2, keepdim=True)


def _key() -> tuple:
    """What a result depends on beside its arguments."""
    source = "digits" if settings.profile() == "fast" else data.mnist().provenance
    return (settings.seed(), settings.device(), settings.profile(), source)
