"""Receptive fields: sets against gradients, gaps, matrices, bad input."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mgai import settings
from mgai.networks import receptive_fields_and_dilation as fields
from mgai.networks import receptive_fields_references as references
from mgai.networks.receptive_fields_and_dilation_figures import growth, growth_alt, growth_figure

LAYERS = st.lists(
    st.builds(fields.Layer, st.integers(1, 4), st.integers(1, 3), dilation=st.integers(1, 3)), min_size=1, max_size=3
)


@given(LAYERS)
def test_offsets_are_where_the_gradient_is_not_zero(layers: list[fields.Layer]) -> None:
    n = fields.extents(layers)[-1]
    assert references.seen(layers, n).nonzero()[:, 0].tolist() == fields.offsets(layers)
    assert references.seen_extent(layers, n) == n


@given(LAYERS)
def test_matrices_compose(layers: list[fields.Layer]) -> None:
    n = fields.extents(layers)[-1] + 3
    product = torch.eye(n)
    for layer in layers:
        product = fields.connections(layer, product.shape[0]).float() @ product
    first = product[0].nonzero()[:, 0].tolist()
    assert first == fields.offsets(layers)


@pytest.mark.parametrize(("k", "d"), [(1, 1), (2, 3), (3, 2), (5, 1), (4, 9)])
def test_causal_matrix_is_pytorch(k: int, d: int) -> None:
    rng = settings.generator("test/causal")
    signal, weights = (torch.randn(n, dtype=torch.float64, generator=rng) for n in (12, k))
    matrix = fields.causal_matrix(weights, 12, d)
    torch.testing.assert_close(matrix @ signal, references.causal_by_torch(signal, weights, d))
    assert torch.equal(matrix, matrix.tril())


def test_known_values() -> None:
    vgg = [fields.Layer(3), fields.Layer(3), fields.Layer(2, 2)] * 2 + (
        [fields.Layer(3)] * 3 + [fields.Layer(2, 2)]
    ) * 3
    assert fields.extents(vgg)[-1] == 212  # a published value
    assert fields.extents(fields.wavenet(2))[-1] == 2047
    assert references.dilated_length(3, 4) == fields.spread(fields.Layer(3, dilation=4)) == 9


def test_figure() -> None:
    axes = growth_figure().axes[0]
    assert axes.get_xlabel() and axes.get_ylabel()
    assert all(str(sizes[-1]) in growth_alt() for sizes in growth().values())


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: fields.extents([]), "layers"),
        (lambda: fields.offsets([fields.Layer(0)]), "layer"),
        (lambda: fields.spread(fields.Layer(3, dilation=0)), "layer"),
        (lambda: fields.connections(fields.Layer(3), 2), "n must"),
        (lambda: fields.causal_matrix(torch.ones(2, 2), 3), "weights"),
        (lambda: fields.causal_matrix(torch.ones(2), 0), "n and dilation"),
    ],
)
def test_bad_input(call: object, name: str) -> None:
    with pytest.raises(ValueError, match=name):
        call()
