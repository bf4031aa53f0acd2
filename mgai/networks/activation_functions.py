r"""Activation functions and their derivatives in forms that stay accurate far from zero and close to it.

All act entry by entry and take infinite arguments to their limits; NaN stays NaN. Shown on the page
``chapters/4-networks/activation-functions``.
"""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor


def tanh_by_quotient(x: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
    r"""The quotient :math:`(e^x-e^{-x})/(e^x+e^{-x})` as it stands, to show where it breaks.

    NaN where :math:`e^{|x|}` overflows, from 710 in float64 and from 89 in float32; for small x the difference cancels.

    Raises TypeError when ``x`` is no floating-point tensor.

    >>> tanh_by_quotient(torch.tensor([0.0, 1.0, 800.0]))
    tensor([0.0000, 0.7616,    nan])
    """
    _check_real(x, "x")
    up, down = torch.exp(x), torch.exp(-x)
    return (up - down) / (up + down)


def tanh(x: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
    r"""The hyperbolic tangent as :math:`\mathrm{sign}(x)\,(1-e^{-2|x|})/(1+e^{-2|x|})`. Formula ``cs-06-02``.

    No exponential exceeds 1, and the difference is computed without cancellation (``expm1``).

    Args:
        x: any shape and floating-point type.

    Raises:
        TypeError: ``x`` is no floating-point tensor.

    Cost: one exponential and one ``expm1`` an entry.

    >>> tanh(torch.tensor([0.0, 1.0, -800.0]))
    tensor([ 0.0000,  0.7616, -1.0000])
    """
    _check_real(x, "x")
    decay = -2 * x.abs()
    return torch.sign(x) * (-torch.expm1(decay)) / (1 + torch.exp(decay))


def tanh_slope(x: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
    r"""The derivative :math:`1-\tanh^2x=4e^{-2|x|}/(1+e^{-2|x|})^2`, by the second form. Formula ``cs-06-03``.

    The first form is zero from x = 20 on in float64. Arguments and errors as for :func:`tanh`.

    >>> tanh_slope(torch.tensor([0.0, 40.0]))
    tensor([1.0000e+00, 7.2194e-35])
    """
    _check_real(x, "x")
    decay = torch.exp(-2 * x.abs())
    return 4 * decay / (1 + decay).square()


def relu(x: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
    r"""The larger of x and 0. Formula ``cs-06-04``. Arguments and errors as for :func:`tanh`.

    >>> relu(torch.tensor([-1.0, 0.0, 2.0]))
    tensor([0., 0., 2.])
    """
    _check_real(x, "x")
    return torch.maximum(x, torch.zeros_like(x))


def relu_subdifferential(x: Float[Tensor, "*shape"]) -> tuple[Float[Tensor, "*shape"], Float[Tensor, "*shape"]]:
    r"""The ends of the set of subgradients of ReLU: 0 and 0, 1 and 1, and at zero 0 and 1. Formula ``cs-06-05``.

    They are the slopes on the left and on the right. Arguments and errors as for :func:`tanh`; NaN gives NaN.

    >>> relu_subdifferential(torch.tensor([-1.0, 0.0, 2.0]))
    (tensor([0., 0., 1.]), tensor([0., 1., 1.]))
    """
    _check_real(x, "x")
    unknown = x.isnan()
    left, right = (test.to(x.dtype).masked_fill(unknown, torch.nan) for test in (x > 0, x >= 0))
    return left, right


def sigmoid(x: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
    r"""The logistic sigmoid: 1 or :math:`e^{-|x|}` over :math:`1+e^{-|x|}`. Formulas ``cs-06-06`` and ``cs-06-11``.

    Args, Raises: as for :func:`tanh`.

    Cost: one exponential an entry.

    >>> sigmoid(torch.tensor([0.0, -40.0]))
    tensor([5.0000e-01, 4.2484e-18])
    """
    _check_real(x, "x")
    decay = torch.exp(-x.abs())
    return torch.where(x < 0, decay, torch.ones_like(decay)) / (1 + decay)


def sigmoid_slope(x: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
    r"""The derivative :math:`\sigma(1-\sigma)=e^{-|x|}/(1+e^{-|x|})^2`. Formulas ``cs-06-07`` and ``cs-06-10``.

    By the second form; the product is zero from x = 37 on in float64. Arguments and errors as for :func:`tanh`.

    >>> sigmoid_slope(torch.tensor([0.0, 40.0]))
    tensor([2.5000e-01, 4.2484e-18])
    """
    _check_real(x, "x")
    decay = torch.exp(-x.abs())
    return decay / (1 + decay).square()


def sigmoid_jacobian(x: Float[Tensor, "*batch d"]) -> Float[Tensor, "*batch d d"]:
    r"""The Jacobian :math:`\mathrm{diag}(\sigma(x)\odot(1-\sigma(x)))` at a vector, or at each of a batch.

    Formula ``cs-06-09``. Raises TypeError when ``x`` is no floating-point tensor, ValueError when it has no axis.

    >>> sigmoid_jacobian(torch.tensor([0.0, 0.0]))
    tensor([[0.2500, 0.0000],
            [0.0000, 0.2500]])
    """
    _check_real(x, "x")
    if x.ndim == 0:
        raise ValueError("x must have an axis: the Jacobian belongs to a vector")
    return torch.diag_embed(sigmoid_slope(x))


def logit(y: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
    r"""The inverse of the sigmoid, :math:`\ln\frac y{1-y}`. Formula ``cs-06-08``.

    Computed as :math:`\ln\bigl(1+\frac{2y-1}{1-y}\bigr)` for :math:`y\ge\frac12`, and by symmetry below:
    ``log1p`` keeps the relative error small near :math:`\frac12` too, where the value passes zero.

    Args:
        y: entries strictly between 0 and 1, any shape.

    Raises:
        ValueError: an entry is not between 0 and 1.
        TypeError: ``y`` is no floating-point tensor.

    Cost: one logarithm an entry.

    >>> logit(torch.tensor([0.25, 0.5, 0.75]))
    tensor([-1.0986,  0.0000,  1.0986])
    """
    _check_real(y, "y")
    if not bool(((y > 0) & (y < 1)).all()):
        raise ValueError("y must lie strictly between 0 and 1")
    upper = y >= 0.5
    size = torch.log1p((2 * y - 1).abs() / torch.where(upper, 1 - y, y))
    return torch.where(upper, size, -size)


def _check_real(value: Tensor, argument: str) -> None:
    if not isinstance(value, Tensor) or not value.is_floating_point():
        raise TypeError(f"{argument} must be a real floating-point tensor")
