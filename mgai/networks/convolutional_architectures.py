r"""Well-known convolutional networks as lists of their trainable parts, and where their parameters are.

Shown on the page ``chapters/4-networks/convolutional-architectures``. Nothing is allocated: only numbers are kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from mgai.networks import counting_a_convolution as counting


class Conv(NamedTuple):
    """A convolution with square kernels; with g groups an output sees the g-th part of the inputs."""

    inputs: int
    outputs: int
    kernel: int
    groups: int = 1
    bias: bool = True


class Dense(NamedTuple):
    """A dense layer with biases."""

    inputs: int
    outputs: int


class Affine(NamedTuple):
    """A factor and a bias for each channel: what is trained in a batch normalisation, or in a pooling of LeNet-5."""

    channels: int


Part = Conv | Dense | Affine
KINDS = {Conv: "convolutions", Dense: "dense", Affine: "affine"}


def parameters(part: Part) -> int:
    r"""Trainable numbers: :math:`c'(k^2c/g+1)`, :math:`m(n+1)`, or :math:`2c`. Formula ``cs-12-40``.

    Raises TypeError or ValueError for sizes that are not positive integers, or groups that do not divide the channels.

    >>> parameters(Conv(48, 256, 5)), parameters(Conv(96, 256, 5, groups=2))
    (307456, 307456)
    """
    if isinstance(part, Affine):
        return counting.parameters(1, 1, part.channels)
    if isinstance(part, Dense):
        return counting.parameters(1, part.inputs, part.outputs)
    if part.groups < 1 or part.inputs % part.groups or part.outputs % part.groups:
        raise ValueError(f"groups must divide both numbers of channels, not {part.groups} of {part}")
    return counting.parameters(part.kernel, part.inputs // part.groups, part.outputs, part.bias)


def by_kind(parts: Sequence[Part]) -> dict[str, int]:
    """The parameters of a network in convolutions, dense layers, and factors and biases of channels.

    Formula ``cs-12-40``.

    >>> by_kind([Conv(1, 6, 5), Dense(2, 3), Affine(6)])
    {'convolutions': 156, 'dense': 9, 'affine': 12}
    """
    totals = dict.fromkeys(KINDS.values(), 0)
    for part in parts:
        totals[KINDS[type(part)]] += parameters(part)
    return totals


def total(parts: Sequence[Part]) -> int:
    """All trainable parameters of a network.

    >>> total(vgg16())
    138357544
    """
    return sum(by_kind(parts).values())


def lenet5() -> list[Part]:
    """LeNet-5, as published: 16 maps with 3, 4 or 6 inputs in its second convolution. The outputs are not trained.

    Formula ``cs-12-41``.

    Source: LeCun, Bottou, Bengio and Haffner (1998), section II.B and table I.

    >>> total(lenet5())
    60000
    """
    second = [*[Conv(3, 1, 5)] * 6, *[Conv(4, 1, 5)] * 9, Conv(6, 1, 5)]
    return [Conv(1, 6, 5), Affine(6), *second, Affine(16), Conv(16, 120, 5), Dense(120, 84)]


def lenet_of_textbooks() -> list[Part]:
    """Two full convolutions, poolings without parameters, three dense layers. Formula ``cs-12-41``.

    >>> total(lenet_of_textbooks())
    61706
    """
    return [Conv(1, 6, 5), Conv(6, 16, 5), Dense(400, 120), Dense(120, 84), Dense(84, 10)]


def alexnet(groups: int = 2) -> list[Part]:
    """AlexNet; its second, fourth and fifth convolutions have two groups, one for each processor.

    Formula ``cs-12-42``.

    Source: Krizhevsky, Sutskever and Hinton (2012), section 3.5.

    >>> total(alexnet()), total(alexnet(groups=1))
    (60965224, 62378344)
    """
    convolutions = [
        (3, 96, 11, 1),
        (96, 256, 5, groups),
        (256, 384, 3, 1),
        (384, 384, 3, groups),
        (384, 256, 3, groups),
    ]
    return [*(Conv(*sizes) for sizes in convolutions), Dense(9216, 4096), Dense(4096, 4096), Dense(4096, 1000)]


def vgg16() -> list[Part]:
    """VGG with 16 layers, configuration D. Formula ``cs-12-43``.

    Source: Simonyan and Zisserman (2015), tables 1 and 2.

    >>> by_kind(vgg16())
    {'convolutions': 14714688, 'dense': 123642856, 'affine': 0}
    """
    widths = [3, 64, 64, 128, 128, 256, 256, 256, 512, 512, 512, 512, 512, 512]
    convolutions = [Conv(c, m, 3) for c, m in pairwise(widths)]
    return [*convolutions, Dense(25088, 4096), Dense(4096, 4096), Dense(4096, 1000)]


def inception(inputs: int, widths: Sequence[int]) -> list[Conv]:
    """An inception module.

    Formula ``cs-12-44``.

    Args:
        inputs: its channels.
        widths: channels of 1×1; before and of 3×3; before and of 5×5; after the pooling.

    Returns:
        Six convolutions in this order.

    Raises:
        ValueError: there are not six widths.

    >>> sum(parameters(conv) for conv in inception(192, [64, 96, 128, 16, 32, 32]))
    163696
    """
    if len(widths) != 6:
        raise ValueError(f"widths must be six numbers, not {len(widths)}")
    one, before_three, three, before_five, five, pooled = widths
    sizes = [(inputs, one, 1), (inputs, before_three, 1), (before_three, three, 3)]
    sizes += [(inputs, before_five, 1), (before_five, five, 5), (inputs, pooled, 1)]
    return [Conv(*size) for size in sizes]


_INCEPTION = (
    (64, 96, 128, 16, 32, 32), (128, 128, 192, 32, 96, 64), (192, 96, 208, 16, 48, 64), (160, 112, 224, 24, 64, 64),
    (128, 128, 256, 24, 64, 64), (112, 144, 288, 32, 64, 64), (256, 160, 320, 32, 128, 128),
    (256, 160, 320, 32, 128, 128), (384, 192, 384, 48, 128, 128),
)  # fmt: skip


def googlenet() -> list[Part]:
    """GoogLeNet without its auxiliary classifiers. Formula ``cs-12-44``.

    Source: Szegedy et al. (2015), table 1.

    >>> total(googlenet())
    6998552
    """
    parts: list[Part] = [Conv(3, 64, 7), Conv(64, 64, 1), Conv(64, 192, 3)]
    channels = 192
    for widths in _INCEPTION:
        parts += inception(channels, widths)
        channels = widths[0] + widths[2] + widths[4] + widths[5]
    return [*parts, Dense(channels, 1000)]


def resnet50() -> list[Part]:
    """ResNet with 50 layers: convolutions without biases, a batch normalisation after each.

    Source: He, Zhang, Ren and Sun (2016), table 1.

    >>> total(resnet50())
    25557032
    """
    sizes, channels = [(3, 64, 7)], 64
    for width, blocks in ((64, 3), (128, 4), (256, 6), (512, 3)):
        sizes.append((channels, 4 * width, 1))  # the shortcut of the first block changes the number of channels
        for _ in range(blocks):
            sizes += [(channels, width, 1), (width, width, 3), (width, 4 * width, 1)]
            channels = 4 * width
    parts = [part for size in sizes for part in (Conv(*size, bias=False), Affine(size[1]))]
    return [*parts, Dense(channels, 1000)]


def unet(classes: int = 2) -> list[Part]:
    """U-Net for grey images: channels 64 to 1024 and back, up-convolutions of 2×2. Formula ``cs-12-46``.

    Source: Ronneberger, Fischer and Brox (2015), figure 1.

    >>> by_kind(unet())["dense"]
    0
    """
    down = [64, 128, 256, 512, 1024]
    parts = [conv for c, m in zip([1, *down[:-1]], down, strict=True) for conv in (Conv(c, m, 3), Conv(m, m, 3))]
    for c in reversed(down[1:]):
        parts += [Conv(c, c // 2, 2), Conv(c, c // 2, 3), Conv(c // 2, c // 2, 3)]
    return [*parts, Conv(64, classes, 1)]


def unet_sides(side: int) -> tuple[list[int], list[int], int]:
    r"""Sides of the maps of a U-Net without padding: skipped, from below where they meet, and output.

    Formula ``cs-12-46``. Two convolutions of 3×3 take 4 off; a pooling halves, an up-convolution doubles.

    Args:
        side: of the image; all maps that are pooled must have even sides.

    Raises:
        ValueError: they have not, or nothing is left.

    >>> unet_sides(572)
    ([64, 136, 280, 568], [56, 104, 200, 392], 388)
    """
    skipped, met = [], []
    for _ in range(4):
        side -= 4
        if side < 2 or side % 2:
            raise ValueError(f"side must leave an even side before each pooling, not {side}")
        skipped.append(side)
        side //= 2
    for _ in range(4):
        side = 2 * (side - 4)
        met.append(side)
    if side <= 4:
        raise ValueError("side is too small: nothing is left in the middle")
    return skipped[::-1], met, side - 4


NETWORKS = {
    "LeNet-5": lenet5, "AlexNet": alexnet, "VGG-16": vgg16, "GoogLeNet": googlenet, "ResNet-50": resnet50,
    "U-Net": unet,
}  # fmt: skip
