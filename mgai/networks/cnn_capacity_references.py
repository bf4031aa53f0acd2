"""Other routes to what ``chapters/4-networks/cnn-capacity`` counts and computes: networks of torch's own modules."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from mgai.networks.cnn_capacity import Design, parts


def module(design: Design, theta: Tensor | None = None) -> nn.Sequential:
    """One network as torch's modules; with ``theta`` of shape (1, p) it has these parameters.

    >>> sum(p.numel() for p in module(Design(4, 3)).parameters())
    358
    """
    layers: list[nn.Module] = []
    for i, (into, out, _) in enumerate(design.maps):
        layers += [nn.Conv2d(into, out, design.kernel, padding="same"), nn.ReLU()]
        if (i + 1) % design.depth == 0:
            layers.append(nn.MaxPool2d(2))
    built = nn.Sequential(*layers, nn.Flatten(), nn.Linear(design.features, design.classes))
    if theta is not None:
        built.to(theta)
        with torch.no_grad():
            for parameter, part in zip(built.parameters(), parts(design, theta), strict=True):
                parameter.copy_(part[0])
    return built


def companion() -> nn.Sequential:
    """The companion notebook's network: 16 and 32 filters of 3×3 on 28×28, then 128 hidden units and 10 logits."""
    return nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(1568, 128), nn.ReLU(), nn.Linear(128, 10),
    )  # fmt: skip


def counted(network: nn.Sequential, side: int, with_padding: bool = True) -> dict[str, int]:
    """Products of each convolution and linear layer for one image, counted by hooks while the image passes.

    Every weight and every input is replaced by one, so that an output *is* the number of its products; padding
    with ones in place of zeros counts the products with the padding too.

    >>> sum(counted(module(Design(4, 3)), 8).values())
    4768
    """
    found: dict[str, int] = {}

    def hook(name: str):
        def count(layer: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
            ones = torch.ones_like(inputs[0], dtype=torch.float64)
            weights = torch.ones_like(layer.weight, dtype=torch.float64)
            if isinstance(layer, nn.Linear):
                products = nn.functional.linear(ones, weights)
            else:
                ring = [layer.kernel_size[0] // 2] * 4
                ones = nn.functional.pad(ones, ring, value=1.0 if with_padding else 0.0)
                products = nn.functional.conv2d(ones, weights)
            found[name] = round(float(products.sum()))

        return count

    handles = [
        layer.register_forward_hook(hook(f"{i} {type(layer).__name__}"))
        for i, layer in enumerate(network)
        if isinstance(layer, (nn.Conv2d, nn.Linear))
    ]
    with torch.no_grad():
        network(torch.zeros(1, 1, side, side, dtype=next(network.parameters()).dtype))
    for handle in handles:
        handle.remove()
    return found


def sizes(network: nn.Sequential) -> list[int]:
    """Parameters of each layer that has any."""
    counts = [sum(p.numel() for p in layer.parameters()) for layer in network]
    return [count for count in counts if count]
