"""Architectures: counts against PyTorch's modules, chains of channels, published totals, bad input."""

from __future__ import annotations

from itertools import pairwise

import pytest
import torch

from mgai.networks import convolutional_architectures as nets
from mgai.networks import convolutional_architectures_references as references
from mgai.networks.convolutional_architectures_figures import shares, shares_alt, shares_figure


@pytest.mark.parametrize("name", nets.NETWORKS)
def test_counts_are_those_of_modules(name: str) -> None:
    parts = nets.NETWORKS[name]()
    assert nets.by_kind(parts) == references.counted(parts)


@pytest.mark.parametrize("parts", [nets.alexnet(), nets.vgg16(), nets.lenet_of_textbooks()])
def test_channels_fit(parts: list[nets.Part]) -> None:
    for before, after in pairwise(parts):
        if type(before) is type(after):
            assert before.outputs == after.inputs
        else:
            assert after.inputs % before.outputs == 0  # the map is flattened
            assert round((after.inputs // before.outputs) ** 0.5) ** 2 == after.inputs // before.outputs


def test_published_totals() -> None:
    found = {name: nets.total(network()) for name, network in nets.NETWORKS.items()}
    assert found["LeNet-5"] == 60_000
    assert round(found["VGG-16"] / 1e6) == 138
    assert round(found["AlexNet"] / 1e7) == 6


def test_shapes() -> None:
    assert references.alexnet_features(227)[-1] == references.alexnet_features(224, 2)[-1] == (256, 6, 6)
    assert references.vgg_features()[-1] == (512, 7, 7)
    for side in (188, 572, 700 - 16):
        assert nets.unet_sides(side) == references.unet_sides(side)
    words, filters = torch.randn(9, 4), torch.randn(2, 3, 4)
    direct = torch.stack([(filters * words[t : t + 3]).sum((1, 2)) for t in range(7)])
    torch.testing.assert_close(references.text_features(words, filters), direct)


def test_figure() -> None:
    axes = shares_figure().axes[0]
    assert axes.get_xlabel() and axes.get_ylabel()
    assert all(abs(sum(share.values()) - 1) < 1e-12 for share in shares().values())
    assert "VGG-16 89" in shares_alt()


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: nets.parameters(nets.Conv(3, 8, 0)), "kernel"),
        (lambda: nets.parameters(nets.Conv(3, 8, 3, groups=2)), "groups"),
        (lambda: nets.inception(8, [1, 2]), "widths"),
        (lambda: nets.unet_sides(573), "side"),
        (lambda: nets.unet_sides(60), "side"),
    ],
)
def test_bad_input(call: object, name: str) -> None:
    with pytest.raises(ValueError, match=name):
        call()
