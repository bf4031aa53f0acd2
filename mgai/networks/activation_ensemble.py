r"""Many small convolutional networks at once, and the activations of each of their layers.

Two convolutions, each with ReLU and max pooling, a dense ReLU layer and ten logits: the layers of the companion
notebook, with fewer channels. A leading axis counts the networks: every tensor of parameters has one, and images may
have one (each network its own images). Shown on the page ``chapters/4-networks/activation-spectra``.
"""

from __future__ import annotations

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn import functional

from mgai.optimization.optimizers import adam_start, adam_step

#: The layers in the order of the data: before and after each nonlinearity.
STAGES = ("input", "conv 1", "ReLU 1", "pool 1", "conv 2", "ReLU 2", "pool 2", "dense", "ReLU 3", "logits")
#: Pairs of stages just before and just after a ReLU.
RECTIFIED = (("conv 1", "ReLU 1"), ("conv 2", "ReLU 2"), ("dense", "ReLU 3"))
N_CLASSES, _KERNEL, _POOL = 10, 3, 2

Parameters = dict[str, Tensor]


def initial(
    generator: torch.Generator, n_networks: int, side: int, channels: tuple[int, int] = (4, 8), hidden: int = 32
) -> Parameters:
    """He's initial weights and zero biases, float32, drawn on the CPU.

    Args:
        generator: a CPU generator.
        n_networks: how many networks.
        side: of the square images in pixels, a multiple of 4.
        channels: of the two convolutions. hidden: units of the dense layer.

    Raises:
        ValueError: ``side`` is not a positive multiple of 4.

    >>> initial(torch.Generator(), 3, 8)["dense"].shape
    torch.Size([3, 32, 32])
    """
    if side < 4 or side % 4:
        raise ValueError(f"side must be a positive multiple of 4, not {side}")
    flat = channels[1] * (side // 4) ** 2
    shapes = {"conv1": (channels[0], 1, 3, 3), "conv2": (channels[1], channels[0], 3, 3),
              "dense": (hidden, flat), "out": (N_CLASSES, hidden)}  # fmt: skip
    theta = {}
    for name, shape in shapes.items():
        fan_in = torch.Size(shape[1:]).numel()
        theta[name] = torch.randn(n_networks, *shape, generator=generator) * (2 / fan_in) ** 0.5
        theta[f"{name} bias"] = torch.zeros(n_networks, shape[0])
    return theta


def activations(
    theta: Parameters, images: Float[Tensor, "*networks n h w"]
) -> dict[str, Float[Tensor, "networks n ..."]]:
    """What every layer of every network makes of the images, under the names of :data:`STAGES`.

    Args:
        theta: parameters as from :func:`initial`.
        images: the same for all networks, ``(n, h, w)``, or for each its own, ``(networks, n, h, w)``.

    Returns:
        One tensor for each stage, networks and images first; no stage shares memory that a later one overwrites.

    Raises:
        ValueError: ``images`` do not fit.

    Cost: 8,000 multiplications for an image of 8×8 and a network.
    """
    n_networks = len(theta["dense"])
    if images.ndim == 3:
        images = images.expand(n_networks, *images.shape)
    if images.ndim != 4 or len(images) != n_networks:
        raise ValueError(f"images must be (n, h, w) or ({n_networks}, n, h, w), not {tuple(images.shape)}")
    found = {"input": images.to(theta["dense"])[:, :, None]}
    x = found["input"]
    for layer in ("1", "2"):
        x = found[f"conv {layer}"] = _convolution(x, theta[f"conv{layer}"], theta[f"conv{layer} bias"])
        x = found[f"ReLU {layer}"] = functional.relu(x)
        x = found[f"pool {layer}"] = _max_pool(x)
    x = found["dense"] = _dense(x.flatten(2), theta["dense"], theta["dense bias"])
    x = found["ReLU 3"] = functional.relu(x)
    found["logits"] = _dense(x, theta["out"], theta["out bias"])
    return found


def _convolution(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """Each network's convolution: networks are groups of channels of one convolution."""
    n_networks, n, channels, h, w = x.shape
    grouped = x.transpose(0, 1).reshape(n, n_networks * channels, h, w)
    out = functional.conv2d(grouped, weight.flatten(0, 1), bias.flatten(), padding=_KERNEL // 2, groups=n_networks)
    return out.reshape(n, n_networks, -1, h, w).transpose(0, 1)


def _max_pool(x: Tensor) -> Tensor:
    return functional.max_pool2d(x.flatten(0, 1), _POOL).unflatten(0, x.shape[:2])


def _dense(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    return torch.baddbmm(bias[:, None], x, weight.mT)


def accuracy(
    logits: Float[Tensor, "networks n classes"], labels: Int[Tensor, "*networks n"]
) -> Float[Tensor, " networks"]:
    """The share of images whose largest logit is that of their label, for each network.

    >>> accuracy(torch.tensor([[[1.0, 0.0], [1.0, 0.0]]]), torch.tensor([0, 1]))
    tensor([0.5000], dtype=torch.float64)
    """
    return (logits.argmax(-1) == labels).double().mean(-1)


def train(
    theta: Parameters, images: Float[Tensor, "n h w"], chosen: list[Tensor], labels: Int[Tensor, "networks n"],
    generator: torch.Generator, n_steps: int, batch: int = 32, rate: float = 0.01,
) -> Parameters:  # fmt: skip
    """Adam on the mean cross-entropy of random batches, each network on its own images and labels.

    The loss is the sum over the networks, and Adam works entry by entry: no network feels another.

    Args:
        theta: initial parameters; they are not changed.
        images: all images. chosen: for each network the indices of those that it may see.
        labels: of all images, for each network.
        generator: a CPU generator for the batches, drawn with replacement.
        n_steps, batch, rate: of Adam; the rate falls linearly to zero.

    Raises:
        ValueError: ``chosen`` or ``labels`` are not one for each network.

    Cost: 3 times a forward pass for each step.
    """
    n_networks = len(theta["dense"])
    if len(chosen) != n_networks or len(labels) != n_networks:
        raise ValueError(f"chosen and labels must be {n_networks}, not {len(chosen)} and {len(labels)}")
    device = theta["dense"].device
    images, labels = images.to(device, theta["dense"].dtype), labels.to(device)
    state = adam_start(theta)
    for step in range(n_steps):
        drawn = torch.stack([seen[torch.randint(len(seen), (batch,), generator=generator)] for seen in chosen]).to(
            device
        )
        leaves = {name: value.detach().requires_grad_() for name, value in theta.items()}
        logits = activations(leaves, images[drawn])["logits"]
        loss = functional.cross_entropy(logits.flatten(0, 1), labels.gather(1, drawn).flatten(), reduction="sum")
        slopes = torch.autograd.grad(loss / batch, tuple(leaves.values()))
        gradient = dict(zip(leaves, slopes, strict=True))
        with torch.no_grad():
            theta, state = adam_step(leaves, gradient, state, rate * (1 - step / n_steps))
    return {name: value.detach() for name, value in theta.items()}
