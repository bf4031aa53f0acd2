r"""The gradients of a convolutional layer in closed form: one array for the filter, one for the input.

Shown on the page ``chapters/4-networks/convolution-gradients``. The layer of two-dimensional arrays is

.. math:: O_{ij}=\sum_{m,n}X_{i+m,\,j+n}\,F_{mn} ,

wherever the filter lies wholly on the input: a cross-correlation, which networks call convolution. With channels,
strides, padding and dilation it is in :mod:`mgai.networks.convolution_layer_gradients`.
"""

from __future__ import annotations

from jaxtyping import Float
from torch import Tensor

from mgai.calculus.argument_checks import check_tensor
from mgai.calculus.discrete_convolution import convolve, cross_correlate


def rotate(f: Float[Tensor, "M N"]) -> Float[Tensor, "M N"]:
    """An array turned by 180 degrees: both axes reversed. Formula ``cs-12-29``.

    Raises TypeError or ValueError when ``f`` is no finite matrix of floating-point numbers.

    >>> import torch
    >>> rotate(torch.tensor([[1.0, 2.0], [3.0, 4.0]])).tolist()
    [[4.0, 3.0], [2.0, 1.0]]
    """
    check_tensor(f, "f", None, None)
    return f.flip(0, 1)


def layer_output(x: Float[Tensor, "H W"], f: Float[Tensor, "M N"]) -> Float[Tensor, "h w"]:
    r"""The output :math:`O=X\star F`, the part of the cross-correlation where the filter lies on the input.

    Args:
        x: the input.
        f: the filter, no larger than the input.

    Returns:
        H - M + 1 rows and W - N + 1 columns.

    Raises:
        TypeError: an argument is no floating-point tensor.
        ValueError: an argument is no finite matrix, or the filter is larger than the input.

    Cost: hwMN products (and as many again at the borders, which are cut off).

    >>> import torch
    >>> layer_output(torch.tensor([[1.0, 2.0, 3.0]]), torch.tensor([[1.0, 10.0]])).tolist()
    [[21.0, 32.0]]
    """
    rows, columns = _fits(x, f, "f")
    return cross_correlate(f, x)[f.shape[0] - 1 :, f.shape[1] - 1 :][:rows, :columns]


def filter_gradient(x: Float[Tensor, "H W"], g: Float[Tensor, "h w"]) -> Float[Tensor, "M N"]:
    r"""The gradient in the filter, :math:`\partial L/\partial F=X\star G` with :math:`G=\partial L/\partial O`.

    Derived under ``thm-convolution-gradients-filter``: entry m, n is :math:`\sum_{ij}G_{ij}X_{i+m,\,j+n}`.

    Args:
        x: the input.
        g: the gradient in the output, no larger than the input.

    Returns:
        The filter's shape: H - h + 1 rows and W - w + 1 columns.

    Raises, Cost: as for :func:`layer_output`.

    >>> import torch
    >>> filter_gradient(torch.tensor([[1.0, 2.0, 3.0]]), torch.tensor([[1.0, 10.0]])).tolist()
    [[21.0, 32.0]]
    """
    _fits(x, g, "g")
    return layer_output(x, g)


def input_gradient(f: Float[Tensor, "M N"], g: Float[Tensor, "h w"]) -> Float[Tensor, "H W"]:
    r"""The gradient in the input, a full convolution: :math:`F*G` with :math:`G=\partial L/\partial O`.

    Derived under ``thm-convolution-gradients-input``: entry p, q is :math:`\sum_{ij}G_{ij}F_{p-i,\,q-j}`. The same
    numbers are the cross-correlation of G, in a frame of M - 1 and N - 1 zeros, with the *rotated* filter.

    Args:
        f: the filter.
        g: the gradient in the output.

    Returns:
        The input's shape: h + M - 1 rows and w + N - 1 columns.

    Raises:
        TypeError: an argument is no floating-point tensor.
        ValueError: an argument is no finite matrix.

    Cost: hwMN products.

    >>> import torch
    >>> input_gradient(torch.tensor([[1.0, 10.0]]), torch.tensor([[1.0, 0.0, 2.0]])).tolist()
    [[1.0, 10.0, 2.0, 20.0]]
    """
    check_tensor(f, "f", None, None)
    check_tensor(g, "g", None, None)
    return convolve(g, f)


def pairing(g: Float[Tensor, "h w"], x: Float[Tensor, "H W"], f: Float[Tensor, "M N"]) -> Float[Tensor, ""]:
    r"""The trilinear form :math:`T(G,X,F)=\langle G,\,X\star F\rangle`, of which all three arrays are gradients.

    Its gradients in G, F and X are the output, the filter's and the input's gradient
    (``eq-convolution-gradients-trilinear``).

    Raises TypeError or ValueError when an argument is no finite matrix, or the shapes do not fit.

    >>> import torch
    >>> float(pairing(torch.ones(1, 2), torch.tensor([[1.0, 2.0, 3.0]]), torch.tensor([[1.0, 10.0]])))
    53.0
    """
    shape = _fits(x, f, "f")
    check_tensor(g, "g", *shape)
    return (g * layer_output(x, f)).sum()


def _fits(x: Tensor, small: Tensor, argument: str) -> tuple[int, int]:
    """The extents of the output, if the array called ``argument`` fits into the input."""
    check_tensor(x, "x", None, None)
    check_tensor(small, argument, None, None)
    rows, columns = (n - k + 1 for n, k in zip(x.shape, small.shape, strict=True))
    if rows < 1 or columns < 1:
        raise ValueError(f"{argument} of shape {tuple(small.shape)} must not be larger than x, {tuple(x.shape)}")
    return rows, columns
