r"""How far a unit of a convolutional network sees, and where it looks: extent and effective width.

Shown on the page ``chapters/4-networks/effective-receptive-field``. Layers are pairs (kernel, stride), from the image
on; a pooling is a layer too. The weight of a pixel is the square of the unit's derivative with respect to it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

from mgai.calculus.argument_checks import check_tensor
from mgai.calculus.discrete_convolution import convolve
from mgai.networks.cnn_capacity import Design

Layers = Sequence[tuple[int, int]]


def layers_of(design: Design) -> list[tuple[int, int]]:
    """The layers of a design up to its last convolution, before the last pooling.

    >>> layers_of(Design(4, 3))
    [(3, 1), (2, 2), (3, 1)]
    """
    stage = [(design.kernel, 1)] * design.depth
    return [layer for _ in range(design.stages) for layer in [*stage, (2, 2)]][:-1]


def jumps(layers: Layers) -> list[int]:
    r"""The distance in pixels of neighbouring inputs of each layer: :math:`j_l=\prod_{i<l}s_i`.

    Raises ValueError for no layers, or a kernel or stride below 1.

    >>> jumps([(3, 1), (2, 2), (3, 1)])
    [1, 1, 2]
    """
    if not layers or any(kernel < 1 or stride < 1 for kernel, stride in layers):
        raise ValueError(f"layers must be pairs (kernel, stride) of positive numbers, not {layers}")
    return [math.prod(stride for _, stride in layers[:i]) for i in range(len(layers))]


def extent(layers: Layers) -> int:
    r"""The side of the theoretical receptive field, in pixels: :math:`1+\sum_lj_l(k_l-1)`.

    >>> extent([(3, 1), (2, 2), (3, 1)])
    8
    """
    return 1 + sum(jump * (kernel - 1) for jump, (kernel, _) in zip(jumps(layers), layers, strict=True))


def uniform_variance(layers: Layers) -> float:
    r"""The variance along one axis of where a stack of uniform kernels looks: :math:`\sum_lj_l^2(k_l^2-1)/12`.

    Derived on the page ``chapters/4-networks/effective-receptive-field`` (``thm-effective-receptive-field-width``).
    It is also that of the mean square gradient of a linear stack with independent random weights.

    Source: Luo, Li, Urtasun and Zemel, Understanding the Effective Receptive Field (2016), for stride 1.

    >>> uniform_variance([(3, 1)] * 6)
    4.0
    """
    return sum(j**2 * (kernel**2 - 1) for j, (kernel, _) in zip(jumps(layers), layers, strict=True)) / 12


def effective_width(variance: float) -> float:
    r"""The side of the uniform square with this variance along each axis: :math:`\sqrt{1+12v}`.

    Raises ValueError for a negative variance.

    >>> effective_width(uniform_variance([(7, 1)]))
    7.0
    """
    if not variance >= 0:
        raise ValueError(f"variance must not be negative, not {variance}")
    return math.sqrt(1 + 12 * variance)


def uniform_profile(layers: Layers) -> Float[Tensor, " extent"]:
    """Along one axis, the share of each pixel of the field in a stack of uniform kernels; float64, sum 1.

    Cost: O(sum of products of extents and kernels).

    >>> (9 * uniform_profile([(3, 1), (3, 1)])).round().tolist()
    [1.0, 2.0, 3.0, 2.0, 1.0]
    """
    profile = torch.ones(1, dtype=torch.float64)
    for jump, (kernel, _) in zip(jumps(layers), layers, strict=True):
        box = torch.zeros(jump * (kernel - 1) + 1, dtype=torch.float64)
        box[::jump] = 1 / kernel
        profile = convolve(profile, box)
    return profile


def variance_of(weights: Float[Tensor, "h w"]) -> float:
    """The mean of the variances of the two coordinates of a pixel drawn with these weights.

    Raises:
        ValueError: weights that are negative, or all zero.

    >>> variance_of(torch.ones(3, 3))
    0.6666666865348816
    """
    check_tensor(weights, "weights", None, None)
    if bool((weights < 0).any()) or not bool(weights.any()):
        raise ValueError("weights must not be negative, and not all zero")
    total = 0.0
    for axis in (0, 1):
        law = weights.sum(1 - axis) / weights.sum()
        places = torch.arange(len(law), dtype=law.dtype, device=law.device)
        mean = law @ places
        total += float(law @ (places - mean).square()) / 2
    return total


def squared_gradients(
    maps: Callable[[Tensor], Tensor], images: Float[Tensor, "*batch h w"]
) -> Float[Tensor, "*batch h w"]:
    r"""For each pixel the sum over channels of :math:`(\partial h_c/\partial x)^2`, for the unit in the middle.

    Args:
        maps: computes maps of shape (n, c, h, w) from the images.
        images: what it takes; the images must not influence each other.

    Returns:
        The shape of ``images``.

    Cost: a backward pass for each channel.
    """
    inputs = images.detach().clone().requires_grad_()
    out = maps(inputs)
    middle = out[..., out.shape[-2] // 2, out.shape[-1] // 2]  # (n, c)
    total = torch.zeros_like(images)
    for channel in range(middle.shape[1]):
        total += torch.autograd.grad(middle[:, channel].sum(), inputs, retain_graph=True)[0].square()
    return total


def random_stack(
    n_layers: int, kernel: int, channels: int, generator: torch.Generator, with_relu: bool
) -> Float[Tensor, "side side"]:
    """The squared gradients of one unit of a stack of random convolutions, on a canvas as large as its field.

    One channel is read and ``channels`` are written by each layer; weights are normal with He's variance, the input is
    white noise. Without ReLU the gradient does not depend on the input.

    Raises:
        ValueError: an even kernel, or numbers below 1.

    >>> random_stack(2, 3, 4, torch.Generator(), False).shape
    torch.Size([5, 5])
    """
    if min(n_layers, kernel, channels) < 1 or kernel % 2 == 0:
        raise ValueError(f"n_layers={n_layers}, kernel={kernel}, channels={channels} must be positive, kernel odd")
    side = extent([(kernel, 1)] * n_layers)
    shapes = [(channels, channels if i else 1, kernel, kernel) for i in range(n_layers)]
    weights = [torch.randn(s, dtype=torch.float64, generator=generator) * (2 / math.prod(s[1:])) ** 0.5 for s in shapes]

    def maps(x: Tensor) -> Tensor:
        for w in weights[:-1]:
            x = functional.conv2d(x, w)
            x = x.relu() if with_relu else x
        return functional.conv2d(x, weights[-1])[:, :1]

    return squared_gradients(maps, torch.randn(1, 1, side, side, dtype=torch.float64, generator=generator))[0, 0]
