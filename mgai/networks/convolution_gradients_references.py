"""Gradients of convolutional layers by other routes, for claims and grading.

Used on the page ``chapters/4-networks/convolution-gradients``.
"""

from __future__ import annotations

import torch
from jaxtyping import Float
from scipy import signal
from torch import Tensor
from torch.nn import functional
from torch.utils.flop_counter import FlopCounterMode

from mgai.calculus.discrete_convolution import convolve, fourier_convolve
from mgai.linear_algebra.structured_matrices import convolution_matrix
from mgai.networks.convolution_layer_gradients import PLAIN, Geometry


def by_unit_arrays(
    x: Float[Tensor, "H W"], f: Float[Tensor, "M N"], g: Float[Tensor, "h w"]
) -> tuple[Float[Tensor, "M N"], Float[Tensor, "H W"]]:
    r"""Both gradients from their definition: what a unit change of an entry does to :math:`\langle G,O\rangle`.

    The output is bilinear, so that differences are derivatives; SciPy computes it. Exact in integers.

    >>> by_unit_arrays(torch.tensor([[1.0, 2.0, 3.0]]), torch.tensor([[1.0, 10.0]]), torch.tensor([[1.0, 10.0]]))
    (tensor([[21., 32.]]), tensor([[  1.,  20., 100.]]))
    """

    def score(x: Tensor, f: Tensor) -> float:
        return float((torch.from_numpy(signal.correlate2d(x.numpy(), f.numpy(), "valid")) * g).sum())

    in_filter = [score(x, unit.view_as(f)) for unit in torch.eye(f.numel(), dtype=f.dtype)]
    in_input = [score(unit.view_as(x), f) for unit in torch.eye(x.numel(), dtype=x.dtype)]
    return f.new_tensor(in_filter).view_as(f), x.new_tensor(in_input).view_as(x)


def by_autograd(
    x: Float[Tensor, "b c H W"],
    f: Float[Tensor, "k c M N"],
    bias: Float[Tensor, " k"],
    g: Float[Tensor, "b k h w"],
    geometry: Geometry = PLAIN,
) -> tuple[Tensor, Tensor, Tensor]:
    """The gradients in input, filters and bias by torch's own layer and reverse mode.

    >>> ones = torch.ones(1, 1, 2, 2)
    >>> [part.flatten().tolist() for part in by_autograd(ones, ones[..., :1, :1], torch.zeros(1), ones)]
    [[1.0, 1.0, 1.0, 1.0], [4.0], [4.0]]
    """
    arguments = [part.detach().requires_grad_() for part in (x, f, bias)]
    out = functional.conv2d(*arguments, **geometry._asdict())
    return torch.autograd.grad(out, arguments, g)


def by_scipy(
    x: Float[Tensor, "H W"], f: Float[Tensor, "M N"], g: Float[Tensor, "h w"]
) -> tuple[Float[Tensor, "M N"], Float[Tensor, "H W"]]:
    """Both gradients by SciPy: the valid correlation of X with G, and the full convolution of G with F.

    >>> by_scipy(torch.tensor([[1.0, 2.0, 3.0]]), torch.tensor([[1.0, 10.0]]), torch.tensor([[1.0, 10.0]]))
    (tensor([[21., 32.]]), tensor([[  1.,  20., 100.]]))
    """
    arrays = signal.correlate2d(x.numpy(), g.numpy(), "valid"), signal.convolve2d(g.numpy(), f.numpy(), "full")
    return torch.from_numpy(arrays[0]), torch.from_numpy(arrays[1])


def by_fourier(f: Float[Tensor, "M N"], g: Float[Tensor, "h w"]) -> Float[Tensor, "H W"]:
    """The input's gradient by fast Fourier transforms.

    >>> by_fourier(torch.tensor([[1.0, 10.0]]), torch.tensor([[1.0, 0.0, 2.0]])).round().tolist()
    [[1.0, 10.0, 2.0, 20.0]]
    """
    return fourier_convolve(g, f)


def counted_products(x: tuple[int, ...], f: tuple[int, ...], geometry: Geometry, first_layer: bool) -> tuple[int, int]:
    """Products of the forward and of the backward pass as torch counts them; the first layer's input needs no gradient.

    >>> counted_products((1, 1, 4, 4), (1, 1, 3, 3), PLAIN, first_layer=False)
    (36, 72)
    """
    image, filters = torch.zeros(x, requires_grad=not first_layer), torch.zeros(f, requires_grad=True)
    with FlopCounterMode(display=False) as forth:
        out = functional.conv2d(image, filters, **geometry._asdict())
    with FlopCounterMode(display=False) as back:
        out.sum().backward()
    return forth.get_total_flops() // 2, back.get_total_flops() // 2


def layer_matrix(f: Float[Tensor, "M N"], shape: tuple[int, int]) -> Float[Tensor, "outputs inputs"]:
    r"""The matrix A with :math:`\mathrm{vec}(O)=A\,\mathrm{vec}(X)`, rows read one after another: Toeplitz blocks.

    f: the filter; shape: of the input, no smaller than the filter.

    >>> layer_matrix(torch.tensor([[1.0, 10.0]]), (1, 3)).tolist()
    [[1.0, 10.0, 0.0], [0.0, 1.0, 10.0]]
    """
    rows, columns = shape
    blocks = [convolution_matrix(row.flip(0), columns, "valid") for row in f]
    places = [torch.eye(rows, dtype=f.dtype)[m : m + rows - len(f) + 1] for m in range(len(f))]
    return sum(torch.kron(place, block) for place, block in zip(places, blocks, strict=True))


def input_gradient_by_insertion(
    f: Float[Tensor, "k c M N"],
    g: Float[Tensor, "b k h w"],
    shape: tuple[int, int, int, int],
    geometry: Geometry = PLAIN,
) -> Float[Tensor, "b c H W"]:
    """The input's gradient as the theorem words it: insert zeros, convolve fully, sum over channels, cut the frame off.

    >>> ones = torch.ones(1, 1, 2, 2)
    >>> input_gradient_by_insertion(ones, ones, (1, 1, 4, 4), Geometry(stride=2)).sum()
    tensor(16.)
    """
    spread, taps = zeros_between(g, geometry.stride), zeros_between(f, geometry.dilation)
    p = geometry.padding
    result = f.new_zeros(*shape[:2], shape[2] + 2 * p, shape[3] + 2 * p)
    for b, c in ((b, c) for b in range(shape[0]) for c in range(shape[1])):
        full = sum(convolve(spread[b, k], taps[k, c]) for k in range(len(f)))
        result[b, c, : full.shape[0], : full.shape[1]] = full
    return result[..., p : p + shape[2], p : p + shape[3]]


def zeros_between(a: Float[Tensor, "*batch h w"], step: int) -> Float[Tensor, "*batch H W"]:
    """An array with step - 1 zeros between neighbours along its last two axes.

    >>> zeros_between(torch.tensor([[1.0, 2.0]]), 2).tolist()
    [[1.0, 0.0, 2.0]]
    """
    spread = a.new_zeros(*a.shape[:-2], *((n - 1) * step + 1 for n in a.shape[-2:]))
    spread[..., ::step, ::step] = a
    return spread


def integers(*shape: int, generator: torch.Generator) -> Tensor:
    """Random whole numbers from -9 to 9 in float64, in which products and sums are exact.

    >>> integers(2, 3, generator=torch.Generator()).shape
    torch.Size([2, 3])
    """
    return torch.randint(-9, 10, shape, generator=generator).double()
