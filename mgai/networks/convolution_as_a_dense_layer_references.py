"""Dense layers for convolutions by other routes, and the examples of the page, for claims and grading.

Used on the page ``chapters/4-networks/convolution-as-a-dense-layer``.
"""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from mgai.networks.convolution_gradients_references import integers
from mgai.networks.convolution_layer_gradients import PLAIN, Geometry

GEOMETRIES = tuple(Geometry(s, p, d) for s in (1, 2) for p in (0, 1, 2) for d in (1, 2))


def by_impulses(
    f: Float[Tensor, "k c M N"], extents: tuple[int, int], geometry: Geometry = PLAIN
) -> Float[Tensor, "outputs inputs"]:
    """The layer's matrix from what torch's layer makes of images with a single 1.

    >>> by_impulses(torch.tensor([[[[1.0, 10.0]]]]), (1, 3)).tolist()
    [[1.0, 10.0, 0.0], [0.0, 1.0, 10.0]]
    """
    n = f.shape[1] * extents[0] * extents[1]
    images = torch.eye(n, dtype=f.dtype).view(n, f.shape[1], *extents)
    return functional.conv2d(images, f, **geometry._asdict()).flatten(1).T


def gradients(
    f: Float[Tensor, "k c M N"], matrix: Tensor, x: Float[Tensor, "b c H W"], geometry: Geometry = PLAIN
) -> tuple[Tensor, Tensor]:
    """Gradients of half the sum of squared outputs: in the filters of torch's layer, and in the dense matrix.

    >>> one = torch.ones(1, 1, 1, 1)
    >>> [float(g) for g in gradients(one, torch.ones(1, 1), 2 * one)]
    [4.0, 4.0]
    """
    f, matrix = f.detach().requires_grad_(), matrix.detach().requires_grad_()
    tied = functional.conv2d(x, f, **geometry._asdict()).square().sum() / 2
    dense = (x.flatten(1) @ matrix.T).square().sum() / 2
    return torch.autograd.grad(tied, f)[0], torch.autograd.grad(dense, matrix)[0]


def draws(generator: torch.Generator) -> list[tuple[Tensor, Tensor, Geometry]]:
    """Filters, images and geometries, in whole numbers: two channels in, three out.

    >>> len(draws(torch.Generator()))
    12
    """
    return [
        (integers(3, 2, 3, 2, generator=generator), integers(2, 2, 6, 5, generator=generator), geometry)
        for geometry in GEOMETRIES
    ]


def small_network(generator: torch.Generator) -> nn.Sequential:
    """A network with every layer that the page translates, for images of 1×8×8; random weights, evaluation mode.

    >>> small_network(torch.Generator())(torch.zeros(1, 1, 8, 8).double()).shape
    torch.Size([1, 3])
    """
    with torch.device("meta"):
        network = nn.Sequential(
            nn.Conv2d(1, 3, 3, padding=1), nn.BatchNorm2d(3), nn.ReLU(), nn.AvgPool2d(2),
            nn.Conv2d(3, 4, 2, dilation=2), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(4, 3),
        )  # fmt: skip
    network = network.to_empty(device="cpu").double().eval()
    for values in (*network.parameters(), network[1].running_mean):
        nn.init.normal_(values, std=0.5, generator=generator)
    for values in (network[1].weight, network[1].running_var):  # no channel is off for every image
        nn.init.uniform_(values, 0.5, 2.0, generator=generator)
    return network


def invariant_outputs(x: Float[Tensor, "b 1 H W"], generator: torch.Generator) -> Float[Tensor, " b"]:
    """A random network of two convolutions on the torus and an average over all places, on each image.

    >>> invariant_outputs(torch.zeros(2, 1, 5, 5).double(), torch.Generator()).shape
    torch.Size([2])
    """
    for shape in ((4, 1, 3, 3), (4, 4, 3, 3)):
        weights = torch.randn(shape, dtype=x.dtype, generator=generator)
        x = functional.conv2d(functional.pad(x, (1, 1, 1, 1), mode="circular"), weights).relu()
    return x.mean((1, 2, 3))
