r"""A convolutional layer as a dense one: its matrix, the ties between the entries, and gradients with and without them.

Shown on the page ``chapters/4-networks/convolution-as-a-dense-layer``; whole networks are in
:mod:`mgai.networks.network_as_perceptron`. Images and filters are flattened with the last axis fastest, as torch does.
"""

from __future__ import annotations

import torch
from jaxtyping import Float, Int
from torch import Tensor

from mgai.calculus.argument_checks import check_tensor
from mgai.linear_algebra.low_rank import check_integer
from mgai.networks.convolution_layer_gradients import PLAIN, Geometry


def ties(
    filters: tuple[int, int, int, int], extents: tuple[int, int], geometry: Geometry = PLAIN
) -> Int[Tensor, "outputs inputs"]:
    r"""Which weight of the filters stands at each place of the layer's matrix: its flat index, and -1 where none does.

    Derived under ``thm-convolution-as-a-dense-layer-matrix``: the output (k, i, j) reads the input (c, u, v) with the
    weight (k, c, m, n) for which :math:`u=si+dm-p` and :math:`v=sj+dn-p`.

    Args:
        filters: shape (k, c, M, N) of the filters.
        extents: height H and width W of the image.
        geometry: stride, padding and dilation.

    Returns:
        k·h·w rows and c·H·W columns.

    Raises:
        TypeError, ValueError: an extent is no positive integer, or the filter does not fit.

    >>> ties((1, 1, 1, 2), (1, 3)).tolist()
    [[0, 1, -1], [-1, 0, 1]]
    """
    for name, size in zip(("k", "c", "M", "N", "H", "W"), (*filters, *extents), strict=True):
        check_integer(size, name, 1)
    k, c, rows, columns = filters
    h, w = (geometry.extent(n, taps) for n, taps in zip(extents, (rows, columns), strict=True))
    table = torch.full((k, h, w, c, *extents), -1)
    weights = torch.arange(k * c * rows * columns).view(filters)
    for m in range(rows):
        i, u = _met(h, extents[0], m, geometry)
        for n in range(columns):
            j, v = _met(w, extents[1], n, geometry)
            table[:, i[:, None], j, :, u[:, None], v] = weights[:, :, m, n]
    return table.view(k * h * w, -1)


def dense_matrix(
    f: Float[Tensor, "k c M N"], extents: tuple[int, int], geometry: Geometry = PLAIN
) -> Float[Tensor, "outputs inputs"]:
    r"""The matrix A of the layer: :math:`\mathrm{vec}(O)=A\,\mathrm{vec}(X)`, without the bias.

    Raises TypeError or ValueError when ``f`` is no finite floating-point tensor, or as :func:`ties` does.

    Cost: kchwHW entries, of which at most khw·cMN are not zero.

    >>> dense_matrix(torch.tensor([[[[1.0, 10.0]]]]), (1, 3)).tolist()
    [[1.0, 10.0, 0.0], [0.0, 1.0, 10.0]]
    """
    check_tensor(f, "f", None, None, None, None)
    where = ties(tuple(f.shape), extents, geometry).to(f.device)
    return torch.where(where >= 0, f.flatten()[where.clamp(min=0)], 0)


def tied_gradient(
    g: Float[Tensor, "outputs inputs"], where: Int[Tensor, "outputs inputs"]
) -> Float[Tensor, " weights"]:
    r"""The gradient in the filter's weights from that in the matrix: for each weight the sum over its places.

    Derived under ``thm-convolution-as-a-dense-layer-gradient``.

    Args:
        g: the gradient in the dense layer's matrix.
        where: the :func:`ties`.

    Returns:
        One number a weight, flat, up to the last weight that has a place.

    Raises:
        TypeError, ValueError: ``g`` is no finite floating-point matrix, or the shapes differ.

    >>> tied_gradient(torch.tensor([[1.0, 2.0, 9.0], [9.0, 3.0, 4.0]]), ties((1, 1, 1, 2), (1, 3))).tolist()
    [4.0, 6.0]
    """
    used = _used(g, "g", where)
    return g.new_zeros(int(where.max()) + 1).index_add(0, where[used], g[used])


def nearest_tied(
    matrix: Float[Tensor, "outputs inputs"], where: Int[Tensor, "outputs inputs"]
) -> Float[Tensor, " weights"]:
    r"""The weights whose layer has the nearest matrix in the Frobenius norm: for each the mean over its places.

    Derived under ``thm-convolution-as-a-dense-layer-gradient``. A weight without a place, which reads padding
    alone, is 0, and left out behind the last weight that has one.

    Raises, as :func:`tied_gradient` does.

    >>> nearest_tied(torch.tensor([[1.0, 2.0, 9.0], [9.0, 3.0, 4.0]]), ties((1, 1, 1, 2), (1, 3))).tolist()
    [2.0, 3.0]
    """
    used = _used(matrix, "matrix", where)
    places = torch.bincount(where[used], minlength=int(where.max()) + 1)
    return tied_gradient(matrix, where) / places.clamp(min=1)


def as_filters(weight: Float[Tensor, "outputs inputs"], shape: tuple[int, int, int]) -> Float[Tensor, "outputs c H W"]:
    """A dense layer as a convolution: filters of the size of the image, one for each output; the output is 1×1.

    Raises TypeError or ValueError when ``weight`` is no finite matrix with c·H·W columns.

    >>> as_filters(torch.eye(4), (1, 2, 2)).shape
    torch.Size([4, 1, 2, 2])
    """
    c, h, w = (check_integer(size, "shape", 1) for size in shape)
    check_tensor(weight, "weight", None, c * h * w)
    return weight.reshape(-1, c, h, w)


def _met(outputs: int, inputs: int, tap: int, geometry: Geometry) -> tuple[Tensor, Tensor]:
    """Along one axis, the outputs for which a tap lies on the image, and where it lies."""
    i = torch.arange(outputs)
    u = geometry.stride * i + geometry.dilation * tap - geometry.padding
    inside = (u >= 0) & (u < inputs)
    return i[inside], u[inside]


def _used(matrix: Tensor, argument: str, where: Tensor) -> Tensor:
    check_tensor(matrix, argument, *where.shape)
    return where >= 0
