r"""A family of small convolutional networks: what it costs, what it contains, and many of its members at once.

Shown on the page ``chapters/4-networks/cnn-capacity``. A :class:`Design` has stages of convolutions with zero padding
that keep the size, each followed by a ReLU; a stage ends with the maximum over blocks of 2×2; a linear map of the
last maps gives the logits. The parameters of s networks of one design are the rows of one matrix, and grouped
convolutions compute all s at once.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

from mgai import settings
from mgai.calculus.argument_checks import check_tensor


@dataclass(frozen=True)
class Design:
    """Filters of every convolution, side of the kernel (odd), side of the image, convolutions a stage, stages, classes.

    Raises ValueError for an even kernel, a number below 1, or an image that the poolings leave nothing of.

    >>> Design(4, 3).maps
    [(1, 4, 8), (4, 4, 4)]
    """

    filters: int
    kernel: int
    side: int = 8
    depth: int = 1
    stages: int = 2
    classes: int = 10

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if isinstance(value, bool) or not isinstance(value, int) or value < 1:
                raise ValueError(f"{name} must be a positive integer, not {value!r}")
        if self.kernel % 2 == 0:
            raise ValueError(f"kernel must be odd, so that padding keeps the size, not {self.kernel}")
        if self.side >> self.stages == 0:
            raise ValueError(f"side={self.side} leaves nothing after {self.stages} poolings")

    @property
    def maps(self) -> list[tuple[int, int, int]]:
        """Channels read, channels written and side of the map, for each convolution."""
        sides = [self.side >> stage for stage in range(self.stages) for _ in range(self.depth)]
        return [(self.filters if i else 1, self.filters, side) for i, side in enumerate(sides)]

    @property
    def features(self) -> int:
        """How many numbers the linear head reads."""
        return self.filters * (self.side >> self.stages) ** 2

    @property
    def shapes(self) -> list[tuple[int, ...]]:
        """Shapes of the parameters in turn: weights and biases of each convolution, then of the head."""
        convolutions = [((out, into, self.kernel, self.kernel), (out,)) for into, out, _ in self.maps]
        return [shape for pair in convolutions for shape in pair] + [(self.classes, self.features), (self.classes,)]


def parameter_count(design: Design) -> int:
    r"""Weights and biases: :math:`\sum_l c_l(c_{l-1}k^2+1)` for the convolutions, and the head.

    Derived on the page ``chapters/4-networks/cnn-capacity``.

    >>> parameter_count(Design(4, 3))
    358
    """
    return sum(out * (into * design.kernel**2 + 1) for into, out, _ in design.maps) + design.classes * (
        design.features + 1
    )


def multiplications(design: Design, with_padding: bool = True) -> int:
    r"""Products of a weight with an input, for one image: :math:`\sum_lc_{l-1}c_lk^2m_l^2`, and the head.

    Without the products with zeros of the padding, one axis of a map of side m has :math:`mk-r(r+1)` in place of
    :math:`mk`, with :math:`r=\min(\frac{k-1}2,m-1)` (and :math:`2r+1` for k).

    Args:
        with_padding: whether products with zeros of the padding count, as in the usual formula.

    >>> multiplications(Design(4, 3)), multiplications(Design(4, 3), with_padding=False)
    (4768, 3696)
    """
    total = design.classes * design.features
    for into, out, side in design.maps:
        axis = side * design.kernel if with_padding else _pairs(side, design.kernel)
        total += into * out * axis**2
    return total


def _pairs(side: int, kernel: int) -> int:
    reach = min(kernel // 2, side - 1)
    return side * (2 * reach + 1) - reach * (reach + 1)


def useful_kernel(side: int) -> int:
    """The largest kernel all of whose weights meet a pixel of a map of this side: 2m - 1.

    >>> useful_kernel(4)
    7
    """
    if side < 1:
        raise ValueError(f"side must be at least 1, not {side}")
    return 2 * side - 1


def initial(
    design: Design, generators: list[torch.Generator], dtype: torch.dtype = torch.float64
) -> Float[Tensor, "s p"]:
    """He's initial weights and zero biases, one network for each generator, on the settings' device.

    >>> initial(Design(1, 1), [torch.Generator()]).shape
    torch.Size([1, 54])
    """
    rows = []
    for generator in generators:
        parts = [_start(shape, generator) for shape in design.shapes]
        rows.append(torch.cat([part.flatten() for part in parts]))
    return torch.stack(rows).to(settings.device(), dtype)


def _start(shape: tuple[int, ...], generator: torch.Generator) -> Tensor:
    if len(shape) == 1:
        return torch.zeros(shape, dtype=torch.float64)
    gain = 2 if len(shape) == 4 else 1  # no ReLU follows the head
    drawn = torch.randn(shape, dtype=torch.float64, generator=generator)
    return drawn * math.sqrt(gain / math.prod(shape[1:]))


def parts(design: Design, theta: Float[Tensor, "s p"]) -> list[Tensor]:
    """The rows of parameters as tensors of shape (s, …), in the order of ``design.shapes``.

    >>> [tuple(part.shape) for part in parts(Design(1, 1), torch.zeros(2, 54))][:2]
    [(2, 1, 1, 1, 1), (2, 1)]
    """
    sizes = [math.prod(shape) for shape in design.shapes]
    pieces = theta.split(sizes, dim=1)
    return [piece.view(len(theta), *shape) for piece, shape in zip(pieces, design.shapes, strict=True)]


def feature_maps(
    design: Design, theta: Float[Tensor, "s p"], images: Float[Tensor, "s n h w"]
) -> Float[Tensor, "n c m m"]:
    """The last convolution after its ReLU, before the last pooling; channels of the s networks one after the other."""
    _check(design, theta, images)
    tensors, maps = parts(design, theta), images.transpose(0, 1)
    for layer in range(len(design.maps)):
        if layer and layer % design.depth == 0:
            maps = functional.max_pool2d(maps, 2)
        weights, biases = (part.flatten(0, 1) for part in tensors[2 * layer : 2 * layer + 2])
        maps = functional.conv2d(maps, weights, biases, padding=design.kernel // 2, groups=len(theta)).relu()
    return maps


def logits(
    design: Design, theta: Float[Tensor, "s p"], images: Float[Tensor, "s n h w"]
) -> Float[Tensor, "s n classes"]:
    """What s networks say of their own images: unnormalised logarithms of probabilities.

    Args:
        theta: parameters in rows, as :func:`initial` gives them.
        images: n images for each network, of the design's side.

    Raises:
        TypeError, ValueError: arguments that do not fit each other.

    Cost: :func:`multiplications` for each network and image.

    >>> small = Design(2, 3)
    >>> logits(small, initial(small, [torch.Generator()]), torch.rand(1, 5, 8, 8).double()).shape
    torch.Size([1, 5, 10])
    """
    maps = functional.max_pool2d(feature_maps(design, theta, images), 2)
    weights, biases = parts(design, theta)[-2:]
    return torch.baddbmm(biases[:, None], maps.reshape(len(maps), len(theta), -1).transpose(0, 1), weights.mT)


def embedded(design: Design, larger: Design, theta: Float[Tensor, "s p"]) -> Float[Tensor, "s q"]:
    """The same functions in a larger family: kernels and channels padded with zeros (``thm-cnn-capacity-nested``).

    Args:
        larger: at least as many filters, a kernel at least as large, the rest equal.

    Raises:
        ValueError: ``larger`` is not larger, or differs in something else.

    >>> small, large = Design(1, 3), Design(2, 5)
    >>> embedded(small, large, initial(small, [torch.Generator()])).shape
    torch.Size([1, 244])
    """
    rest = [(d.side, d.depth, d.stages, d.classes) for d in (design, larger)]
    if larger.filters < design.filters or larger.kernel < design.kernel or rest[0] != rest[1]:
        raise ValueError(f"larger={larger} does not contain {design}")
    edge, padded = (larger.kernel - design.kernel) // 2, []
    for part, shape in zip(parts(design, theta), larger.shapes, strict=True):
        missing = [wanted - there for there, wanted in zip(part.shape[1:], shape, strict=True)]
        if part.ndim == 5:
            part = functional.pad(part, (edge,) * 4 + (0, missing[1], 0, missing[0]))
        else:  # biases, and the head, whose features come channel by channel
            part = functional.pad(part, [width for axis in reversed(missing) for width in (0, axis)])
        padded.append(part.flatten(1))
    return torch.cat(padded, dim=1)


def shuffled_in_blocks(images: Tensor, generator: torch.Generator) -> Tensor:
    """Pixels exchanged within blocks of 2×2, and those blocks within blocks of 4×4, one draw for all images.

    Args:
        images: of shape (…, h, w), both sides divisible by 4.
    """
    height, width = images.shape[-2:]
    if height % 4 or width % 4:
        raise ValueError(f"images must have sides divisible by 4, not {height} and {width}")
    fine, coarse = (torch.randperm(4, generator=generator).tolist() for _ in range(2))
    blocks = images.reshape(*images.shape[:-2], height // 4, 2, 2, width // 4, 2, 2)  # row: 4-block, 2-block, pixel
    moved = torch.empty_like(blocks)
    for to_block, from_block in enumerate(coarse):
        for to_pixel, from_pixel in enumerate(fine):
            (a, b), (c, d) = divmod(to_block, 2), divmod(to_pixel, 2)
            (e, f), (g, h) = divmod(from_block, 2), divmod(from_pixel, 2)
            moved[..., :, a, c, :, b, d] = blocks[..., :, e, g, :, f, h]
    return moved.reshape(images.shape)


def _check(design: Design, theta: Tensor, images: Tensor) -> None:
    check_tensor(theta, "theta", None, parameter_count(design))
    check_tensor(images, "images", len(theta), None, design.side, design.side)
