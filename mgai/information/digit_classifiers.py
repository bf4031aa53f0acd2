"""Four classifiers of binary digits, fitted to one half of the images and judged on the other; kept within a process.

Shown on the pages ``chapters/6-information/naive-bayes`` and ``chapters/6-information/calibration-and-divergence``. All
four see the same binary pixels, so that they differ in what they assume and not in what they are shown.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from functools import lru_cache

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from mgai import data, settings
from mgai.information import naive_bayes, tree_augmented

N_CLASSES = 10
NETWORK, LINEAR = 64, 0  # hidden units; none is logistic regression
MODELS = ("naive Bayes", "tree", "logistic regression", "network")
_LARGEST, _THRESHOLD = 10_000, 0.5
_EPOCHS, _BATCH, _RATE, _DECAY = 15, 64, 3e-3, 1e-4

Parameters = tuple[tuple[Tensor, Tensor], ...]


@dataclass(frozen=True)
class Half:
    """Grey images of shape ``(n, 28, 28)``, their pixels as truth values ``(n, 784)``, and their labels."""

    images: Tensor
    x: Tensor
    labels: Tensor


def halves() -> tuple[Half, Half, str]:
    """Every other image of each class of ``mnist()``, the rest, and where they come from; at most 10,000 in all.

    A pixel is on where its grey value exceeds one half. The split depends on no seed.

    >>> fitted, judged, _ = halves()
    >>> len(fitted.x) == len(judged.x), fitted.x.shape[1]
    (True, 784)
    """
    source = data.mnist()
    images, labels = source.images[:_LARGEST], source.labels[:_LARGEST]
    occurrence = torch.nn.functional.one_hot(labels).cumsum(0)[torch.arange(len(labels)), labels]
    parts = [occurrence % 2 == parity for parity in (1, 0)]
    first, second = (Half(images[i], images[i].flatten(1) > _THRESHOLD, labels[i]) for i in parts)
    return first, second, source.provenance


def log_posteriors(swapped: bool = False, replica: int = 0) -> dict[str, Float[Tensor, "n 10"]]:
    r""":math:`\ln p(c\mid x)` of the four models on the half that they were not fitted to, float64 on the CPU.

    Args:
        swapped: fit to the second half and judge on the first.
        replica: of logistic regression and network: another start and order of the images.

    Do not change them in place: they are kept. Cost: 1 s at the first call, most of it for the network.
    """
    return dict(_log_posteriors(swapped, replica, _key()))


@lru_cache(maxsize=8)
def _log_posteriors(swapped: bool, replica: int, _: tuple) -> dict[str, Tensor]:
    fitted, judged = halves()[:2][:: -1 if swapped else 1]
    naive = naive_bayes.fit(fitted.x, fitted.labels, N_CLASSES)
    tree = tree_augmented.fit_tree(fitted.x, fitted.labels, N_CLASSES, dependence(swapped)[1])
    scores = (
        naive_bayes.log_joint(naive, judged.x),
        tree_augmented.tree_log_joint(tree, judged.x),
        logits(trained(LINEAR, replica, swapped), judged.x),
        logits(trained(NETWORK, replica, swapped), judged.x),
    )
    return {name: naive_bayes.log_posterior(score) for name, score in zip(MODELS, scores, strict=True)}


def dependence(swapped: bool = False) -> tuple[Float[Tensor, "784 784"], Int[Tensor, "783 2"]]:
    """Conditional mutual information of all pairs of pixels in the half fitted to, and its heaviest spanning tree.

    Do not change them in place: they are kept.
    """
    return _dependence(swapped, _key())


@lru_cache(maxsize=4)
def _dependence(swapped: bool, _: tuple) -> tuple[Tensor, Tensor]:
    half = halves()[int(swapped)]
    weights = tree_augmented.conditional_mutual_information(half.x, half.labels, N_CLASSES)
    return weights, tree_augmented.maximum_spanning_tree(weights)


def trained(hidden: int = NETWORK, replica: int = 0, swapped: bool = False) -> Parameters:
    """Weights and biases of each layer after 15 epochs of AdamW on the cross-entropy in batches of 64.

    Args:
        hidden: ReLU units in the one hidden layer; 0 for none.
        replica, swapped: as for :func:`log_posteriors`.

    Returns:
        Layers on the settings' device, in their dtype; kept, so do not change them in place.

    Cost: 0.3 s for 2,500 images on one core.
    """
    return _trained(hidden, replica, swapped, _key())


def logits(layers: Parameters, x: Bool[Tensor, "n d"]) -> Float[Tensor, "n k"]:
    """The outputs of a network whose hidden layers are ReLU layers, float64 on the CPU.

    >>> layer = (torch.eye(2), torch.tensor([0.0, -0.5]))
    >>> logits((layer, layer), torch.tensor([[True, True]]))
    tensor([[1., 0.]], dtype=torch.float64)
    """
    return _forward(layers, x.to(layers[0][0])).detach().cpu().double()


def _forward(layers: Parameters, x: Tensor) -> Tensor:
    for weights, biases in layers[:-1]:
        x = torch.relu(x @ weights + biases)
    return x @ layers[-1][0] + layers[-1][1]


@lru_cache(maxsize=32)
def _trained(hidden: int, replica: int, swapped: bool, _: tuple) -> Parameters:
    half, device = halves()[int(swapped)], settings.device()
    rng = settings.generator(f"digits/{hidden}/{replica}/{swapped}")
    sizes = [half.x.shape[1], *([hidden] if hidden else []), N_CLASSES]
    layers = tuple(_start(rows, columns, rng) for rows, columns in itertools.pairwise(sizes))
    x, labels = half.x.to(device, settings.dtype()), half.labels.to(device)
    leaves = [part for layer in layers for part in layer]
    rule = torch.optim.AdamW(leaves, lr=_RATE, weight_decay=_DECAY)
    for _ in range(_EPOCHS):
        for batch in torch.randperm(len(x), generator=rng).to(device).split(_BATCH):
            rule.zero_grad()
            torch.nn.functional.cross_entropy(_forward(layers, x[batch]), labels[batch]).backward()
            rule.step()
    return tuple((weights.detach(), biases.detach()) for weights, biases in layers)


def _start(rows: int, columns: int, rng: torch.Generator) -> tuple[Tensor, Tensor]:
    """He's initial weights and zero biases, drawn on the CPU."""
    weights = torch.randn(rows, columns, dtype=torch.float64, generator=rng) * (2 / rows) ** 0.5
    weights = weights.to(settings.device(), settings.dtype()).requires_grad_()
    return weights, torch.zeros(columns, device=weights.device, dtype=weights.dtype, requires_grad=True)


def _key() -> tuple:
    """What a result depends on beside its arguments."""
    return (settings.seed(), settings.device(), settings.dtype(), settings.profile(), data.mnist().provenance)
