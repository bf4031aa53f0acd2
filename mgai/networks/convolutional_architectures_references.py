"""Architectures built of PyTorch's modules on the meta device: shapes and counts without any memory.

What the claims of ``chapters/4-networks/convolutional-architectures`` compare with.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor, nn

from mgai.networks.convolutional_architectures import KINDS, Affine, Conv, Dense, Part

META = torch.device("meta")


def module(part: Part) -> nn.Module:
    """PyTorch's layer for a part.

    >>> sum(weights.numel() for weights in module(Conv(3, 8, 3)).parameters())
    224
    """
    if isinstance(part, Dense):
        return nn.Linear(part.inputs, part.outputs, device=META)
    if isinstance(part, Affine):
        return nn.BatchNorm2d(part.channels, device=META)
    return nn.Conv2d(part.inputs, part.outputs, part.kernel, groups=part.groups, bias=part.bias, device=META)


def counted(parts: Sequence[Part]) -> dict[str, int]:
    """Trainable entries of PyTorch's layers, by kind.

    >>> counted([Dense(2, 3), Affine(6)])
    {'convolutions': 0, 'dense': 9, 'affine': 12}
    """
    totals = dict.fromkeys(KINDS.values(), 0)
    for part in parts:
        totals[KINDS[type(part)]] += sum(weights.numel() for weights in module(part).parameters())
    return totals


def alexnet_features(side: int, padding: int = 0) -> list[tuple[int, ...]]:
    """Shapes (channels, side, side) after the five convolutions and three poolings of AlexNet.

    >>> alexnet_features(227)[0]
    (96, 55, 55)
    """
    pool = nn.MaxPool2d(3, 2)
    layers = [nn.Conv2d(3, 96, 11, 4, padding, device=META), pool, nn.Conv2d(96, 256, 5, 1, 2, 1, 2, device=META), pool]
    for c, m, groups in ((256, 384, 1), (384, 384, 2), (384, 256, 2)):
        layers.append(nn.Conv2d(c, m, 3, padding=1, groups=groups, device=META))
    return _shapes([*layers, pool], (3, side, side))


def vgg_features(side: int = 224) -> list[tuple[int, ...]]:
    """Shapes after the five stages of VGG, poolings included.

    >>> vgg_features()[-1]
    (512, 7, 7)
    """
    stages, c = [], 3
    for depth, m in ((2, 64), (2, 128), (3, 256), (3, 512), (3, 512)):
        convs = [nn.Conv2d(m if i else c, m, 3, padding=1, device=META) for i in range(depth)]
        stages.append(nn.Sequential(*convs, nn.MaxPool2d(2)))
        c = m
    return _shapes(stages, (3, side, side))


def _shapes(layers: Sequence[nn.Module], shape: tuple[int, ...]) -> list[tuple[int, ...]]:
    found, x = [], torch.empty(1, *shape, device=META)
    for layer in layers:
        x = layer(x)
        found.append(tuple(x.shape[1:]))
    return found


def inception_outputs(inputs: int, convs: Sequence[Conv], side: int) -> tuple[int, ...]:
    """Shape of the four branches of an inception module, concatenated; all keep the side by padding.

    >>> inception_outputs(8, [Conv(8, 1, 1), Conv(8, 2, 1), Conv(2, 3, 3), Conv(8, 2, 1), Conv(2, 5, 5),
    ...                       Conv(8, 7, 1)], 6)
    (16, 6, 6)
    """
    x = torch.empty(1, inputs, side, side, device=META)
    one, before_three, three, before_five, five, last = (
        nn.Conv2d(c.inputs, c.outputs, c.kernel, padding=c.kernel // 2, device=META) for c in convs
    )
    pooled = nn.MaxPool2d(3, 1, 1)(x)
    branches = [one(x), three(before_three(x)), five(before_five(x)), last(pooled)]
    return tuple(torch.cat(branches, 1).shape[1:])


def unet_sides(side: int) -> tuple[list[int], list[int], int]:
    """As :func:`mgai.networks.convolutional_architectures.unet_sides`, by running layers of one channel.

    >>> unet_sides(572)[2]
    388
    """
    twice = nn.Sequential(nn.Conv2d(1, 1, 3, device=META), nn.Conv2d(1, 1, 3, device=META))
    x, skipped, met = torch.empty(1, 1, side, side, device=META), [], []
    for _ in range(4):
        x = twice(x)
        skipped.append(x.shape[-1])
        x = nn.MaxPool2d(2)(x)
    for _ in range(4):
        x = nn.ConvTranspose2d(1, 1, 2, 2, device=META)(twice(x))
        met.append(x.shape[-1])
    return skipped[::-1], met, twice(x).shape[-1]


def text_features(words: Float[Tensor, "length channels"], filters: Float[Tensor, "m k channels"]) -> Tensor:
    """Each filter at each place of a sentence, by PyTorch: places × filters.

    >>> text_features(torch.ones(5, 2), torch.ones(3, 2, 2)).shape
    torch.Size([4, 3])
    """
    return nn.functional.conv1d(words.T[None], filters.transpose(1, 2))[0].T
